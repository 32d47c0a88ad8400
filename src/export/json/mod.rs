//! ProseMirror JSON, as `Node.toJSON()` writes it and `Node.fromJSON()` reads it.

pub mod read;
pub mod write;
