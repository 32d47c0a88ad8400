//! A document, read: as ProseMirror JSON and as text.
//!
//! Pure, over the encoding that the bundled editor uses (y-tiptap 3 in a root
//! XML fragment, by default `content`; docs/design.md, "Encoding"). Nodes of any
//! name are exported: this room does not know the editor's schema. Documents are
//! walked with a stack of our own, never by recursion: how deep a document nests
//! is a stranger's choice.

pub mod json;
pub mod text;
mod walk;

/// The root that the bundled editor writes to.
pub const DEFAULT_ROOT: &str = "content";
