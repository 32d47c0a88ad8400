//! A document in every format, out and in.
//!
//! Pure. A document is read from its shared types into a [tree](tree::Tree) (or,
//! where it is no document of rich text, into a text or plain data: [`roots`]), and
//! all formats are made from that; formats that come in are turned into the same
//! tree, from which [`encoding`] makes an update. The encoding is that of the bundled
//! editor (y-tiptap 3; docs/design.md, "Encoding"). Nodes of any name are exported.
//! Nothing recurses over a document: how deep one nests is a stranger's choice.
//!
//! What each format keeps and loses: docs/formats.md.

pub mod address;
pub mod comments;
pub mod comparison;
pub mod delta;
mod draft;
pub mod encoding;
pub mod format;
pub mod html;
pub mod import;
pub mod json;
pub mod markdown;
pub mod passage;
pub mod revision;
pub mod roots;
pub mod schema;
pub mod signed;
pub mod simplified;
pub mod text;
pub mod tree;
mod walk;

pub use format::{Format, Rendered};
pub use import::{ImportError, Imported};
pub use roots::{Content, DEFAULT_ROOT, Found};
pub use simplified::Simplified;
