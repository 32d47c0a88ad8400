//! What the thread of the branches was asked to write and has not written yet, so that
//! whoever stops waiting for it can say what that is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So many are named; of the others it is said how many they are.
const NAMED: usize = 8;

/// Shared by the thread and by those who ask it.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// In the order in which they were asked for.
    waiting: Mutex<BTreeMap<u64, String>>,
    /// Nobody waits any more: what was not begun is not.
    is_given_up: AtomicBool,
}

/// One thing to write; on disk, or an error, when it is dropped.
pub(super) struct Waiting {
    backlog: Backlog,
    number: u64,
}

impl Backlog {
    /// One more is waited for.
    pub fn waits(&self, what: String) -> Waiting {
        let mut waiting = self.waiting();
        let number = waiting.last_key_value().map_or(0, |(last, _)| last + 1);
        waiting.insert(number, what);
        drop(waiting);
        Waiting {
            backlog: self.clone(),
            number,
        }
    }

    /// Nobody waits any more. Says what was not written, which may be in the middle of it.
    pub fn is_given_up(&self) -> Vec<String> {
        self.0.is_given_up.store(true, Ordering::Release);
        self.waiting().values().cloned().collect()
    }

    /// Whether somebody waits still.
    pub fn counts(&self) -> bool {
        !self.0.is_given_up.load(Ordering::Acquire)
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, String>> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.backlog.waiting().remove(&self.number);
    }
}

/// In words.
pub(super) fn told(unwritten: &[String]) -> String {
    let named = unwritten.get(..NAMED).unwrap_or(unwritten).join(", ");
    match unwritten.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}, and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_told_and_many_are_counted() {
        let backlog = Backlog::default();
        let mut waiting: Vec<_> = (0..10).map(|it| backlog.waits(format!("b{it}"))).collect();
        drop(waiting.remove(0));
        let left = backlog.is_given_up();
        assert_eq!(told(&left), "b1, b2, b3, b4, b5, b6, b7, b8, and 1 more");
        assert_eq!(told(&left[..2]), "b1, b2");
        drop(waiting);
        assert_eq!(backlog.is_given_up(), Vec::<String>::new());
    }
}
