//! A short name for a document's state: for caches, and to prove that a snapshot
//! holds what the document holds.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use yrs::{Doc, ReadTxn, Transact};

/// A hash over everything that was ever inserted and deleted, in hexadecimal:
/// equal states have equal fingerprints, in every process.
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
    // How ranges are cut depends on the order of events: neighbours are one.
    deleted.dedup_by(|next, last| {
        let joins = next.0 == last.0 && next.1 <= last.2;
        if joins {
            last.2 = last.2.max(next.2);
        }
        joins
    });
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
