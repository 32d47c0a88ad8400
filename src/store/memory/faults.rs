//! How a test makes a memory store misbehave.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::{Health, StoreError};
use super::desk::{Desk, Kind};
use crate::id::DocumentId;

/// What a test does to a [`MemoryStore`]. Clones reach the same store.
#[derive(Debug, Clone)]
pub struct Faults {
    desk: Arc<Mutex<Desk>>,
    waiting: watch::Sender<usize>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            desk: Arc::default(),
            waiting: watch::Sender::new(0),
        }
    }
}

impl Faults {
    /// From now on appends wait, and behind an append that waits whatever comes
    /// after it for the same document, until [`release`](Self::release).
    pub fn hold_appends(&self) {
        self.desk().gated.insert(Kind::Append);
    }

    /// The same for loads.
    pub fn hold_loads(&self) {
        self.desk().gated.insert(Kind::Load);
    }

    /// The same for compactions.
    pub fn hold_compactions(&self) {
        self.desk().gated.insert(Kind::Compact);
    }

    /// Opens every gate and does what was held back, in order.
    pub fn release(&self) {
        let mut desk = self.desk();
        desk.gated.clear();
        while let Some(held) = desk.held.pop_front() {
            (held.run)(&mut desk);
        }
        self.tell(&desk);
    }

    /// Does the oldest operation held back; the gates stay as they are. `false`
    /// when there is none.
    pub fn release_one(&self) -> bool {
        let mut desk = self.desk();
        let held = desk.held.pop_front();
        let found = held.is_some();
        if let Some(held) = held {
            (held.run)(&mut desk);
        }
        self.tell(&desk);
        found
    }

    /// How many operations are held back.
    pub fn held(&self) -> usize {
        self.desk().held.len()
    }

    /// Waits until at least `count` operations are held back.
    pub async fn until_held(&self, count: usize) {
        // An error would say that the sender is gone, and `self` holds one.
        let _ = self
            .waiting
            .subscribe()
            .wait_for(|held| *held >= count)
            .await;
    }

    /// Lets the next `count` appends fail with `error`. They leave no trace; an
    /// [`StoreError::Engine`] makes the store [`Health::Failing`] until a write
    /// succeeds.
    pub fn fail_appends(&self, count: usize, error: StoreError) {
        self.desk().failing.insert(Kind::Append, (count, error));
    }

    /// The same for loads.
    pub fn fail_loads(&self, count: usize, error: StoreError) {
        self.desk().failing.insert(Kind::Load, (count, error));
    }

    /// The same for compactions.
    pub fn fail_compactions(&self, count: usize, error: StoreError) {
        self.desk().failing.insert(Kind::Compact, (count, error));
    }

    /// Makes a document unreadable: loads fail with [`StoreError::Damaged`].
    pub fn damage(&self, document: &DocumentId) {
        self.desk().damaged.insert(document.clone());
    }

    /// Undoes [`damage`](Self::damage).
    pub fn mend(&self, document: &DocumentId) {
        self.desk().damaged.remove(document);
    }

    /// Stops writes for good, as a failed fsync does; reads go on.
    pub fn stop(&self, reason: &str) {
        self.desk().health = Health::Stopped(reason.to_owned());
    }

    pub(super) fn over(desk: Desk) -> Self {
        Self {
            desk: Arc::new(Mutex::new(desk)),
            ..Self::default()
        }
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, desk: &Desk) {
        self.waiting.send_replace(desk.held.len());
    }
}
