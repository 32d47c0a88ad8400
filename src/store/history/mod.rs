//! What a document was: the rows that snapshots replaced, and the way back to any
//! moment of them.
//!
//! A document's history is a row of [`Segment`]s, oldest first, and behind them its
//! snapshot and tail. Each part holds the rows that were folded at once; it builds
//! on what came before it, or on a *base*: the snapshot that was there before. A
//! base is kept when the rows since the last one take twice what it does, so bases
//! cost less than rows, and a moment is made of a base and few rows.
//!
//! A snapshot may be ahead of its row by what was on its way to the disk when it was
//! taken: two rows at most. So a base is not used for the first row after it, unless
//! nothing else is left.
//!
//! Pure: every store finds its way by [`Course`], packs by [`Segment::pack`] and
//! forgets by [`Retention`], so that no two of them disagree.

use std::time::SystemTime;

use bytes::Bytes;

use super::StoreError;
use crate::id::{DocumentId, Sender, Seq};

mod course;
mod retention;
mod segment;

pub(super) use course::{Course, Parts};
pub use retention::Retention;
pub use segment::Segment;
pub(super) use segment::{Seal, base, keeps_base, packed, rows, unpacked};

/// A row of a document's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its position.
    pub seq: Seq,
    /// When it was written.
    pub at: SystemTime,
    /// A Yjs update, v1.
    pub update: Bytes,
    /// Whose it is, where the update does not say.
    pub sender: Sender,
}

/// Where a part of a document's history begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The document's row before the first, 0 for none.
    pub after: Seq,
    /// The last row.
    pub last: Seq,
    /// How many rows.
    pub rows: usize,
    /// When the first of them was written, by the clock of then.
    pub since: SystemTime,
    /// When the last one was.
    pub until: SystemTime,
    /// Bytes of the rows' updates.
    pub bytes: u64,
    /// Bytes that it takes in the store.
    pub stored: u64,
    /// Whether it has a base.
    pub has_base: bool,
}

/// A moment in a document's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After this row, or the last one before it.
    Row(Seq),
    /// After the last row that was written by then.
    At(SystemTime),
}

/// What a document was at a moment: apply these in order, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The last row of it.
    pub row: Seq,
    /// When that was written; if it is not kept itself, when the one after it was.
    pub at: SystemTime,
    /// The state that the updates build on.
    pub base: Option<Bytes>,
    /// Updates, oldest first.
    pub updates: Vec<Bytes>,
}

impl Past {
    /// Base and updates, oldest first.
    pub fn parts(&self) -> Vec<&Bytes> {
        self.base.iter().chain(&self.updates).collect()
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }
}

/// That a moment lies where nothing is known.
fn unknown(begins: SystemTime, from_nothing: bool) -> StoreError {
    match from_nothing {
        true => StoreError::NotYet(begins),
        false => StoreError::Forgotten(begins),
    }
}

/// Whether a version of `row` can be had where these segments are left, and behind
/// them a tail that begins after the row `folded`.
pub(super) fn can_be_had(row: Seq, segments: &[Bounds], folded: Seq) -> bool {
    // The state after the row before a segment is its base.
    let is_in = |segment: &Bounds| segment.after <= row && row <= segment.last;
    row > folded || segments.iter().any(is_in)
}

/// That a segment does not hold the rows that were to be replaced.
pub(super) fn misfit(document: &DocumentId, through: Seq) -> StoreError {
    StoreError::Engine(format!(
        "a segment of {document:?} does not hold the rows up to {through}; nothing was replaced"
    ))
}
