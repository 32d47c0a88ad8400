//! Presence where many are: what changed within a moment leaves together, the
//! latest of each client once. So the cost of cursors grows with the people in
//! a document, not with their square. Where few are, nothing waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::WeakAddr;
use actix::prelude::*;

use super::{Document, Stage};
use crate::live::dialect::Dialect;
use crate::live::hub::{HubNumber, Order};
use crate::live::intake::FREE_BYTES;

/// From so many sessions on presence is gathered.
const CROWD: usize = 9;

/// How long. A cursor that lags so little is not seen to lag.
const MOMENT: Duration = Duration::from_millis(40);

/// Whose presence waits to be told.
#[derive(Default)]
pub(super) struct Crowd {
    changed: BTreeSet<u64>,
    told: Option<Instant>,
    document: Option<WeakAddr<Document>>,
}

impl Crowd {
    /// Says who is to be woken when the moment is over.
    pub fn belongs_to(&mut self, document: &Addr<Document>) {
        self.document = Some(document.downgrade());
    }
}

/// The moment is over.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Gathered;

impl Handler<Gathered> for Document {
    type Result = ();

    fn handle(&mut self, _: Gathered, _: &mut Self::Context) {
        let changed: Vec<u64> = std::mem::take(&mut self.crowd.changed)
            .into_iter()
            .collect();
        for (number, order) in self.tell_presence(&changed) {
            if let Some(seats) = self.hubs.get(&number) {
                seats.hub.order(self.key, vec![order]);
            }
        }
    }
}

impl Document {
    /// Orders that tell everybody the latest presence of these clients: now, or
    /// none if they have to wait for the others'.
    pub(super) fn announce(&mut self, ids: Vec<u64>) -> Vec<(HubNumber, Order)> {
        let crowd = &mut self.crowd;
        let waits = !crowd.changed.is_empty();
        let recent = crowd.told.is_some_and(|told| told.elapsed() < MOMENT);
        if !waits && (self.sessions.len() < CROWD || !recent) {
            return self.tell_presence(&ids);
        }
        crowd.changed.extend(ids);
        if let (false, Some(document)) = (waits, crowd.document.clone()) {
            actix::spawn(async move {
                tokio::time::sleep(MOMENT).await;
                if let Some(document) = document.upgrade() {
                    document.do_send(Gathered);
                }
            });
        }
        Vec::new()
    }

    fn tell_presence(&mut self, ids: &[u64]) -> Vec<(HubNumber, Order)> {
        let Stage::Live(replica) = &self.stage else {
            return Vec::new();
        };
        if self.hubs.is_empty() || ids.is_empty() {
            return Vec::new();
        }
        self.crowd.told = Some(Instant::now());
        let frame = Dialect::YWebsocket.encode(&replica.presence_of(Some(ids)));
        let ids: Arc<[u64]> = ids.into();
        // A large one that not all read at once is one of many in memory. Without
        // memory for it everybody asks for it, in turn.
        let budget = &self.surroundings.large_answers;
        let told = match frame.len() > FREE_BYTES {
            false => Some((frame, None)),
            true => budget
                .try_share(frame.len())
                .map(|share| (frame, Some(Arc::new(share)))),
        };
        let order = |hub: &HubNumber| {
            let ids = Arc::clone(&ids);
            let order = match told.clone() {
                Some((frame, share)) => Order::Announce(frame, ids, share),
                None => Order::Unannounced(ids),
            };
            (*hub, order)
        };
        self.hubs.keys().map(order).collect()
    }
}
