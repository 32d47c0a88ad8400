//! HTML: a fragment or a page out, and whatever a page or a clipboard holds in.

mod parse;
pub mod read;
mod vocabulary;
pub mod write;
