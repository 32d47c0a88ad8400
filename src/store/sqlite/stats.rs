//! Counts that tell how well group commit does its work.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a [`SqliteStore`](super::SqliteStore) has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Transactions committed: with [`Durability::Fsync`](super::Durability)
    /// as many waits for the disk.
    pub commits: u64,
    /// Operations in them.
    pub writes: u64,
    /// The most operations that one of them held.
    pub largest_group: u64,
    /// How often the write-ahead log was moved into the database.
    pub checkpoints: u64,
}

/// The same, being counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    commits: AtomicU64,
    writes: AtomicU64,
    largest_group: AtomicU64,
    checkpoints: AtomicU64,
}

impl Counters {
    pub(super) fn committed(&self, writes: usize) {
        let writes = writes as u64;
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(writes, Ordering::Relaxed);
        self.largest_group.fetch_max(writes, Ordering::Relaxed);
    }

    pub(super) fn checkpointed(&self) {
        self.checkpoints.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Stats {
        Stats {
            commits: self.commits.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            largest_group: self.largest_group.load(Ordering::Relaxed),
            checkpoints: self.checkpoints.load(Ordering::Relaxed),
        }
    }
}
