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
        let mut orders = Vec::new();
        let mut rest = ids;
        while !rest.is_empty() {
            let (message, told) = replica.presence_of(rest);
            let frame = Dialect::YWebsocket.encode(&message);
            let (told, left) = rest.split_at(told);
            rest = left;
            let told: Arc<[u64]> = told.into();
            let order = |hub: &HubNumber| (*hub, Order::Announce(frame.clone(), Arc::clone(&told)));
            orders.extend(self.hubs.keys().map(order));
        }
        orders
    }
}
