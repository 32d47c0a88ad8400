//! HTML: a fragment or a page out, and whatever a page or a clipboard holds in.

pub mod read;
mod parse;
pub mod write;
