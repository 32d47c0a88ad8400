//! An append that may grow until the store comes to write it.
//!
//! Between the call and the transaction that an append ends up in some milliseconds may
//! pass. What is written to the same document meanwhile need not wait for the next
//! transaction: whoever made the append exchanges what it holds for all of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Append;

/// What an append is to write, as long as no store has [taken](Draft::take) it. Clones
/// are the same draft.
#[derive(Debug, Clone)]
pub struct Draft(Arc<Mutex<Option<Append>>>);

impl Draft {
    /// A draft that holds this so far.
    pub fn new(append: Append) -> Self {
        Self(Arc::new(Mutex::new(Some(append))))
    }

    /// Whether it was not taken yet. It may be a moment later.
    pub fn is_open(&self) -> bool {
        self.content().is_some()
    }

    /// Holds this in place of what it held, which has to be in it, for the same document.
    /// Whether it was in time: otherwise nothing of it is written.
    #[must_use = "what comes too late is not written"]
    pub fn amend(&self, append: Append) -> bool {
        let mut content = self.content();
        let is_open = content.is_some();
        if is_open {
            *content = Some(append);
        }
        is_open
    }

    /// For stores: what is to be written. It does not change from here on. `None` when it
    /// was taken before.
    pub fn take(&self) -> Option<Append> {
        self.content().take()
    }

    fn content(&self) -> MutexGuard<'_, Option<Append>> {
        // Each change is one assignment, so what a panic left is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
