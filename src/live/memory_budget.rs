//! Memory for what is large and cannot be shared: answers (diffs for those who fell
//! behind or come back with a part of a large document, exports, the presence of a
//! crowd), and messages on their way in. A crowd could want one each.
//!
//! A share is taken before an answer is made or a message is let in, and given back
//! with its last byte, or when the connection ends. Shares are given in the order in which they
//! were asked for; no single one is more than a part of the budget.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one permit stands for.
const PERMIT_BYTES: usize = 1 << 10;

/// One share is at most this part of the budget.
const PART: usize = 4;

/// A budget of the whole process, in bytes.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    permits: Arc<Semaphore>,
    most: u32,
    /// How many wait for a share.
    waiting: Arc<AtomicUsize>,
}

/// Counts one that waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn in_line(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A part of the budget.
#[derive(Debug)]
pub struct Share {
    permit: OwnedSemaphorePermit,
    question: Question,
}

/// Somebody wants a large answer; lives until that is read to its end.
#[derive(Debug)]
pub struct Question {
    asked: Arc<()>,
}

/// Tells whether a [`Question`] lives.
#[derive(Debug, Default)]
pub struct Claim(Weak<()>);

impl Claim {
    /// Whether the answer is still on its way.
    pub fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Question {
    /// A question, and the claim on its answer.
    pub fn new() -> (Self, Claim) {
        let asked = Arc::new(());
        let claim = Claim(Arc::downgrade(&asked));
        (Self { asked }, claim)
    }
}

impl MemoryBudget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        let all = (bytes / PERMIT_BYTES).clamp(PART, Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(all)),
            most: u32::try_from(all / PART).unwrap_or(u32::MAX),
            waiting: Arc::default(),
        }
    }

    /// Waits until so many bytes are free, or the most that one may have. `None`
    /// does not come: the budget is never closed.
    pub async fn share(&self, bytes: usize, question: Question) -> Option<Share> {
        let wanted = bytes.div_ceil(PERMIT_BYTES).max(1);
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX).min(self.most);
        let _waiting = Waiting::in_line(&self.waiting);
        let permit = Arc::clone(&self.permits).acquire_many_owned(wanted).await;
        permit.ok().map(|permit| Share { permit, question })
    }

    /// Memory for what is made only if it is there at once.
    pub fn try_share(&self, bytes: usize) -> Option<Share> {
        let wanted = u32::try_from(bytes.div_ceil(PERMIT_BYTES).max(1)).ok()?;
        let permits = Arc::clone(&self.permits);
        let permit = permits.try_acquire_many_owned(wanted.min(self.most)).ok()?;
        Some(Share {
            permit,
            question: Question::new().0,
        })
    }

    /// Whether somebody waits for what others hold.
    pub fn is_short(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Whether a share is enough for so many bytes, as far as one can be.
    pub fn covers(&self, share: &Share, bytes: usize) -> bool {
        share.permit.num_permits() >= self.most as usize || bytes <= 2 * share.bytes()
    }
}

impl Share {
    /// How much it is.
    pub fn bytes(&self) -> usize {
        self.permit.num_permits() * PERMIT_BYTES
    }

    /// Gives the memory back; the question stays.
    pub fn give_back(self) -> Question {
        debug_assert!(Arc::strong_count(&self.question.asked) == 1);
        self.question
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shares_come_back_and_nobody_gets_all() {
        let budget = MemoryBudget::new(64 << 10);
        let (question, claim) = Question::new();
        let large = budget.share(1 << 30, question).await.unwrap();
        assert_eq!(large.bytes(), 16 << 10);
        assert!(budget.covers(&large, 1 << 30), "more is not to be had");
        let (question, _) = Question::new();
        let small = budget.share(1, question).await.unwrap();
        assert!(!budget.covers(&small, 4 << 10));
        assert!(claim.is_open());
        drop(large);
        assert!(!claim.is_open());
        for _ in 0..100 {
            let (question, _) = Question::new();
            drop(budget.share(1 << 30, question).await.unwrap());
        }
    }
}
