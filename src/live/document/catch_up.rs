//! What happens to those who fell behind: one diff instead of all they missed,
//! and the latest presence, within a budget of the whole process.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Document, Stage};
use crate::id::SessionId;
use crate::live::dialect::Dialect;
use crate::live::hub::Order;
use crate::live::outbox::{Behind, Missed, Stale};

/// A diff is not counted as smaller than this: the set of deletions goes with
/// it whole.
const LEAST_BYTES: usize = 64 << 10;

/// What one permit stands for.
const PERMIT_BYTES: usize = 1 << 10;

/// The memory that diffs for those who fell behind may take together. Permits
/// are given in the order in which they were asked for.
#[derive(Debug, Clone)]
pub struct CatchUpBudget {
    permits: Arc<Semaphore>,
    all: usize,
}

impl CatchUpBudget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Self {
        let all = (bytes / PERMIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(all)),
            all,
        }
    }

    /// Waits until so many bytes are free; more than there are count as all.
    async fn acquire(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let wanted = bytes.max(LEAST_BYTES).div_ceil(PERMIT_BYTES).min(self.all);
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        Arc::clone(&self.permits)
            .acquire_many_owned(wanted)
            .await
            .ok()
    }
}

/// A session has read everything it was given, and this is what it missed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Lagging {
    pub session: SessionId,
    pub behind: Behind,
}

impl Handler<Lagging> for Document {
    type Result = ();

    fn handle(&mut self, Lagging { session, behind }: Lagging, ctx: &mut Self::Context) {
        if let Some(stale) = behind.presence {
            self.refresh(session, stale);
        }
        let Some(missed) = behind.updates else { return };
        let budget = self.surroundings.catch_up.clone();
        let bytes = missed.bytes;
        let permit = async move { budget.acquire(bytes).await };
        ctx.spawn(
            permit
                .into_actor(self)
                .map(move |permit, this, _| this.catch_up(session, &missed, permit)),
        );
    }
}

impl Document {
    fn catch_up(
        &mut self,
        session: SessionId,
        missed: &Missed,
        permit: Option<OwnedSemaphorePermit>,
    ) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        // It may have left while it waited for its turn.
        if !self.sessions.contains_key(&session) {
            return;
        }
        log::debug!("{session} in {:?} missed {} bytes", self.id, missed.bytes);
        let effects = replica.catch_up(session, &missed.since);
        if let Some(permit) = permit {
            self.permits.insert(session, permit);
        }
        self.carry_out(effects);
    }

    fn refresh(&mut self, session: SessionId, stale: Stale) {
        let (Stage::Live(replica), Some(hub)) = (&self.stage, self.hub_of(session)) else {
            return;
        };
        let presence = match stale {
            Stale::Of(ids) => replica.presence_of(Some(&Vec::from_iter(ids))),
            Stale::Everybody => replica.presence_of(None),
        };
        let frame = Dialect::YWebsocket.encode(&presence);
        hub.order(self.key, vec![Order::Refresh(session, frame)]);
    }
}
