//! How long an outbox waits for a connection that takes almost nothing.

use std::time::Instant;

use super::lag::Pace;
use super::{Kind, Outbox};
use crate::wire::close::{CloseCode, Refusal};

/// Who has something waiting must take at least this much in the time it has.
pub(super) const LEAST_TAKEN: usize = 64 << 10;

/// Who has a share of the budget for large answers must take its answer within
/// so many times that time: others wait for the share.
const PERIODS: usize = 8;

impl Outbox {
    /// Ends a connection that takes almost nothing while something waits for it:
    /// first with a close frame, then by cutting it. To be called about once a
    /// second, from outside the session, which is not polled while it is stuck.
    pub fn watch(&self, now: Instant) {
        if self.waits_in_vain(now) {
            return self.close(&Refusal::new(
                CloseCode::TryAgainLater,
                "the server cannot catch up with you; reconnect",
            ));
        }
        let waits = !self.queue.borrow().is_empty()
            || matches!(*self.pace.borrow(), Pace::Behind(_))
            || (self.stale.borrow().is_some() && !self.asked_presence.get());
        if !waits {
            return self.waiting.set(None);
        }
        match self.waiting.get() {
            Some((since, taken)) if now.duration_since(since) >= self.patience => {
                self.waiting.set(Some((now, 0)));
                if taken >= self.least_taken() {
                    return;
                }
                if self.closing.get() {
                    self.abandoned.set(true);
                    self.queue.borrow_mut().clear();
                    if let Some(shortcut) = &self.shortcut {
                        shortcut.cut();
                    }
                    return self.wake();
                }
                self.close(&Refusal::new(
                    CloseCode::TryAgainLater,
                    "this connection reads too slowly; reconnect to catch up",
                ));
            }
            Some(_) => {}
            None => self.waiting.set(Some((now, 0))),
        }
    }

    /// Whether the diff it was promised does not come.
    fn waits_in_vain(&self, now: Instant) -> bool {
        if !matches!(*self.pace.borrow(), Pace::Asked) {
            self.asked.set(None);
            return false;
        }
        let since = self.asked.get().unwrap_or(now);
        self.asked.set(Some(since));
        now.duration_since(since) >= 2 * self.patience
    }

    /// What has to be taken in a period.
    fn least_taken(&self) -> usize {
        let queue = self.queue.borrow();
        let shares = queue.iter().filter_map(|queued| match &queued.kind {
            Kind::Large(Some(share)) => Some(share.bytes()),
            _ => None,
        });
        (shares.sum::<usize>() / PERIODS).max(LEAST_TAKEN)
    }
}
