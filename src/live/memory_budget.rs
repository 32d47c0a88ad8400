//! Memory for what is large and cannot be shared: answers (diffs for those who fell
//! behind or come back with a part of a large document, exports), and messages on
//! their way in. A crowd could want one each.
//!
//! A share is taken before an answer is made or a message is let in, and given back
//! with its last byte, or when the connection ends. Shares are given in the order in
//! which they were asked for; no single one is more than a part of the budget, and one
//! visitor has at most half of it, so that nobody keeps all others waiting.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::live::visitor::Visitor;

/// What one permit stands for.
const PERMIT_BYTES: usize = 1 << 10;

/// One share is at most this part of the budget.
const PART: usize = 4;

/// All shares of one visitor are at most this part of it.
const VISITORS_PART: usize = 2;

/// While there are fewer visitors it does not pay to look for those who are gone.
const FEW: usize = 1 << 10;

/// A budget of the whole process, in bytes.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    all: Arc<Queue>,
    most: u32,
    visitors: Arc<Mutex<HashMap<Visitor, Weak<Queue>>>>,
}

/// A visitor's way to a budget.
#[derive(Debug, Clone)]
pub struct Portion {
    budget: MemoryBudget,
    own: Arc<Queue>,
}

/// Permits, and how many wait for some.
#[derive(Debug)]
struct Queue {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Queue {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            permits: Arc::new(Semaphore::new(permits)),
            waiting: AtomicUsize::new(0),
        })
    }

    async fn get(&self, permits: u32) -> Option<OwnedSemaphorePermit> {
        let _waiting = Waiting::in_line(&self.waiting);
        let permits = Arc::clone(&self.permits).acquire_many_owned(permits).await;
        permits.ok()
    }

    fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
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
    /// What it takes of its visitor's part.
    own: OwnedSemaphorePermit,
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
            all: Queue::new(all),
            most: u32::try_from(all / PART).unwrap_or(u32::MAX),
            visitors: Arc::default(),
        }
    }

    /// What `visitor` may have of it.
    pub fn of(&self, visitor: Visitor) -> Portion {
        let visitors = self.visitors.lock();
        let mut visitors = visitors.unwrap_or_else(PoisonError::into_inner);
        let known = visitors.get(&visitor).and_then(Weak::upgrade);
        let own = known.unwrap_or_else(|| {
            if visitors.len() >= FEW && visitors.len() == visitors.capacity() {
                visitors.retain(|_, queue| queue.strong_count() > 0);
            }
            let own = Queue::new(self.most as usize * PART / VISITORS_PART);
            visitors.insert(visitor, Arc::downgrade(&own));
            own
        });
        Portion {
            budget: self.clone(),
            own,
        }
    }

    fn permits(&self, bytes: usize) -> u32 {
        let wanted = bytes.div_ceil(PERMIT_BYTES).max(1);
        u32::try_from(wanted).unwrap_or(u32::MAX).min(self.most)
    }

    /// Whether a share is enough for so many bytes, as far as one can be.
    pub fn covers(&self, share: &Share, bytes: usize) -> bool {
        share.permit.num_permits() >= self.most as usize || bytes <= 2 * share.bytes()
    }
}

impl Portion {
    /// Waits until so many bytes are free, or the most that one may have. `None`
    /// does not come: the budget is never closed.
    pub async fn share(&self, bytes: usize, question: Question) -> Option<Share> {
        let permits = self.budget.permits(bytes);
        let own = self.own.get(permits).await?;
        let permit = self.budget.all.get(permits).await?;
        Some(Share {
            permit,
            own,
            question,
        })
    }

    /// Whether somebody waits for what others, or this visitor, hold.
    pub fn is_short(&self) -> bool {
        self.budget.all.is_waited_for() || self.own.is_waited_for()
    }
}

impl Share {
    /// How much it is.
    pub fn bytes(&self) -> usize {
        self.permit.num_permits() * PERMIT_BYTES
    }

    /// The same for what turned out to be smaller.
    pub fn shrunk_to(mut self, bytes: usize) -> Self {
        let needs = bytes.div_ceil(PERMIT_BYTES).max(1);
        let spare = self.permit.num_permits().saturating_sub(needs);
        drop(self.permit.split(spare));
        drop(self.own.split(spare));
        self
    }

    /// Gives the memory back; the question stays.
    pub fn give_back(self) -> Question {
        debug_assert!(Arc::strong_count(&self.question.asked) == 1);
        self.question
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::FutureExt;

    use super::*;

    fn visitor(number: u32) -> Visitor {
        Visitor::of(Ipv4Addr::from(number).into())
    }

    #[tokio::test]
    async fn shares_come_back_and_nobody_gets_all() {
        let budget = MemoryBudget::new(64 << 10);
        let portion = budget.of(visitor(1));
        let (question, claim) = Question::new();
        let large = portion.share(1 << 30, question).await.unwrap();
        assert_eq!(large.bytes(), 16 << 10);
        assert!(budget.covers(&large, 1 << 30), "more is not to be had");
        let (question, _) = Question::new();
        let small = portion.share(1, question).await.unwrap();
        assert!(!budget.covers(&small, 4 << 10));
        assert!(claim.is_open());
        drop(large);
        assert!(!claim.is_open());
        for _ in 0..100 {
            let (question, _) = Question::new();
            drop(portion.share(1 << 30, question).await.unwrap());
        }
    }

    /// A thousand connections of one visitor that each announced a large message and
    /// sent it slowly were all served before anybody else.
    #[tokio::test]
    async fn a_visitor_who_wants_everything_leaves_half_of_it() {
        let budget = MemoryBudget::new(64 << 10);
        let (greedy, other) = (budget.of(visitor(1)), budget.of(visitor(2)));
        let want = |portion: &Portion| {
            let portion = portion.clone();
            async move { portion.share(16 << 10, Question::new().0).await }.boxed()
        };
        let held = [want(&greedy).await, want(&greedy).await];
        let mut waiting: Vec<_> = (0..1000).map(|_| want(&greedy)).collect();
        for wish in &mut waiting {
            assert!(wish.now_or_never().is_none());
        }
        assert!(greedy.is_short() && !other.is_short());
        let share = want(&other).now_or_never().flatten();
        assert_eq!(share.map(|share| share.bytes()), Some(16 << 10));
        drop(held);
        assert!(want(&greedy).now_or_never().is_none(), "others were first");
        drop(waiting);
        assert!(!greedy.is_short());
        assert!(want(&greedy).await.is_some());
    }

    #[test]
    fn visitors_who_are_gone_are_forgotten() {
        let budget = MemoryBudget::new(64 << 10);
        let stays = budget.of(visitor(0));
        for number in 1..100_000 {
            drop(budget.of(visitor(number)));
        }
        let known = budget.visitors.lock().unwrap().len();
        assert!(known <= 4 * FEW, "{known}");
        assert!(Arc::ptr_eq(&stays.own, &budget.of(visitor(0)).own));
    }
}
