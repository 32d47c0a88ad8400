//! What the writer lets the callers' side see: its health and its counters.

use std::sync::{Mutex, PoisonError};

use super::super::Health;
use super::stats::Counters;

/// Why a store that was closed in order does not write.
pub(super) const CLOSED: &str = "the store is closed";

/// What the writer lets the callers' side see without asking it.
#[derive(Debug)]
pub(super) struct Shared {
    health: Mutex<Health>,
    pub(super) counters: Counters,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            health: Mutex::new(Health::Ready),
            counters: Counters::default(),
        }
    }

    pub(super) fn health(&self) -> Health {
        self.health
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, health: Health) {
        let mut current = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        // Stopped is for good, and its first reason is the one to know.
        if *current != health && !matches!(*current, Health::Stopped(_)) {
            match &health {
                Health::Ready => log::info!("the store accepts writes again"),
                Health::Failing(reason) => log::error!("the store could not write: {reason}"),
                Health::Stopped(reason) if reason == CLOSED => log::debug!("{reason}"),
                Health::Stopped(reason) => {
                    log::error!("the store does not write any more: {reason}")
                }
            }
            *current = health;
        }
    }
}
