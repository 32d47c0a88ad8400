//! What the fuzz targets share: a [`tape`] that turns bytes into choices, and
//! the [`forge`] that turns choices into updates.

pub mod content;
pub mod forge;
pub mod tape;
