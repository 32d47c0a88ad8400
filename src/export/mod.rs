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

use std::fmt::Write;

use sha2::{Digest, Sha256};
use yrs::{Doc, ReadTxn, Transact};

/// The root that the bundled editor writes to.
pub const DEFAULT_ROOT: &str = "content";

/// A hash of a document's state, in hexadecimal: equal states have equal
/// fingerprints, in every process.
pub fn fingerprint(doc: &Doc) -> String {
    let snapshot = doc.transact().snapshot();
    let mut hash = Sha256::new();
    let mut clocks: Vec<(u64, u32)> = snapshot
        .state_map
        .iter()
        .map(|(client, clock)| (client.get(), *clock))
        .collect();
    clocks.sort_unstable();
    for (client, clock) in clocks {
        hash.update(client.to_le_bytes());
        hash.update(clock.to_le_bytes());
    }
    let mut deleted: Vec<(u64, u32, u32)> = snapshot
        .delete_set
        .iter()
        .flat_map(|(client, ranges)| {
            ranges
                .iter()
                .map(|range| (client.get(), range.start, range.end))
        })
        .collect();
    deleted.sort_unstable();
    for (client, start, end) in deleted {
        hash.update(client.to_le_bytes());
        hash.update(start.to_le_bytes());
        hash.update(end.to_le_bytes());
    }
    hash.finalize()[..16]
        .iter()
        .fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
