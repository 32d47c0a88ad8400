//! How decisions reach sockets: effects become frames, encoded once, and orders,
//! one message for each hub.

use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;

use super::{Document, Member, Seats, Stage};
use crate::id::SessionId;
use crate::live::dialect::Dialect;
use crate::live::hub::{HubAddr, HubNumber, Order};
use crate::live::memory_budget::Share;
use crate::replica::Effect;
use crate::replica::presence::Departure;
use crate::wire::close::Refusal;
use crate::wire::ysync::ServerMessage;

/// The last large message as a frame. Messages of one kind that share their update
/// share the frame too, so that a thousand joiners hold one copy of a document.
#[derive(Default)]
pub(super) struct SharedFrame(Option<(Kind, Bytes, Bytes)>);

type Kind = Discriminant<ServerMessage>;

impl SharedFrame {
    /// Encodes a message, or finds it encoded. Those of a kind are told apart by the
    /// update they share.
    fn encode(&mut self, message: &ServerMessage) -> Bytes {
        let (ServerMessage::SyncStep2(update) | ServerMessage::Update(update)) = message else {
            return Dialect::YWebsocket.encode(message);
        };
        let kind = discriminant(message);
        match &self.0 {
            Some((of, known, frame))
                if *of == kind
                    && known.as_ptr() == update.as_ptr()
                    && known.len() == update.len() =>
            {
                frame.clone()
            }
            _ => {
                let frame = Dialect::YWebsocket.encode(message);
                self.0 = Some((kind, update.clone(), frame.clone()));
                frame
            }
        }
    }

    /// Lets go of it: worth it when nobody joins any more.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

impl Document {
    /// Turns decisions into frames and orders: one message per hub.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut orders: BTreeMap<HubNumber, Vec<Order>> = BTreeMap::new();
        for effect in effects {
            match effect {
                Effect::Relay(update, before) => {
                    if self.hubs.is_empty() {
                        continue;
                    }
                    let frame = Dialect::YWebsocket.encode(&ServerMessage::Update(update));
                    for hub in self.hubs.keys() {
                        let order = Order::Relay(frame.clone(), before.clone());
                        orders.entry(*hub).or_default().push(order);
                    }
                }
                Effect::RelayToOthers(author, update, before) => {
                    if !self.sessions.keys().any(|session| *session != author) {
                        continue;
                    }
                    let frame = Dialect::YWebsocket.encode(&ServerMessage::Update(update));
                    for hub in self.hubs.keys() {
                        let order = Order::RelayToOthers(author, frame.clone(), before.clone());
                        orders.entry(*hub).or_default().push(order);
                    }
                }
                Effect::Echo(authors, update, before) => {
                    let frame = Dialect::YWebsocket.encode(&ServerMessage::Update(update));
                    for author in authors {
                        if let Some(Member { hub, .. }) = self.sessions.get(&author) {
                            let order = Order::Echo(author, frame.clone(), before.clone());
                            orders.entry(*hub).or_default().push(order);
                        }
                    }
                }
                Effect::Announce(ids) => {
                    for (hub, order) in self.announce(ids) {
                        orders.entry(hub).or_default().push(order);
                    }
                }
                Effect::Large(session, message) => {
                    let share = self.share_of(session);
                    if let Some(Member { hub, .. }) = self.sessions.get(&session) {
                        let frame = self.diff_frame.encode(&message);
                        let order = Order::Large(session, frame, share);
                        orders.entry(*hub).or_default().push(order);
                    }
                }
                Effect::CatchUp(session, message) => {
                    let share = self.share_of(session);
                    if let Some(Member { hub, .. }) = self.sessions.get(&session) {
                        let frame = self.diff_frame.encode(&message);
                        let order = Order::CatchUp(session, frame, share);
                        orders.entry(*hub).or_default().push(order);
                    }
                }
                Effect::Send(session, message) => {
                    if let Some(Member { hub, .. }) = self.sessions.get(&session) {
                        let frame = self.state_frame.encode(&message);
                        orders
                            .entry(*hub)
                            .or_default()
                            .push(Order::Reply(session, frame));
                    }
                }
                Effect::Acquaint(session) => {
                    if let Some(Member { hub, .. }) = self.sessions.get(&session) {
                        let orders = orders.entry(*hub).or_default();
                        orders.push(Order::Unacquainted(session));
                    }
                }
                Effect::Close(session, refusal) => {
                    log::info!("{session} in {:?} is ended: {}", self.id, refusal.reason());
                    // At once: unseating may take its hub off the list.
                    if let Some(hub) = self.hub_of(session) {
                        let mut last = orders.remove(&hub.number).unwrap_or_default();
                        last.push(Order::Dismiss(session, refusal));
                        hub.order(self.key, last);
                    }
                    let gone = self.unseat(session, Departure::Clean);
                    self.carry_out(gone);
                }
                Effect::Challenge(session) => {
                    if let Some(Member { hub, .. }) = self.sessions.get(&session) {
                        let challenges = orders.entry(*hub).or_default();
                        challenges.push(Order::Challenge(session));
                    }
                }
                Effect::Settled(number) => {
                    if let Some(answer) = self.answers.remove(&number) {
                        answer(Ok(()));
                    }
                }
            }
        }
        for (number, orders) in orders {
            if let Some(Seats { hub, .. }) = self.hubs.get(&number) {
                hub.order(self.key, orders);
            }
        }
    }

    /// The share for the answer that a session gets next: they are given in the
    /// order in which they were handed over.
    fn share_of(&mut self, session: SessionId) -> Option<Share> {
        let shares = self.shares.get_mut(&session)?;
        let share = (!shares.is_empty()).then(|| shares.remove(0));
        if shares.is_empty() {
            self.shares.remove(&session);
        }
        share
    }

    /// The hub of a seated session.
    pub(super) fn hub_of(&self, session: SessionId) -> Option<&HubAddr> {
        let member = self.sessions.get(&session)?;
        self.hubs.get(&member.hub).map(|seats| &seats.hub)
    }

    /// Puts a session on the lists: it is admitted to what is relayed before any
    /// state is read for it, so that nothing falls between.
    pub(super) fn seat(&mut self, session: SessionId, hub: HubAddr) {
        hub.order(self.key, vec![Order::Admit(session)]);
        self.sessions.insert(session, Member::of(hub.number));
        let seats = Seats { hub, taken: 0 };
        self.hubs.entry(seats.hub.number).or_insert(seats).taken += 1;
        self.people.store(self.sessions.len(), Ordering::Relaxed);
    }

    pub(super) fn dismiss_all(&mut self, refusal: Refusal) {
        for (_, Seats { hub, .. }) in std::mem::take(&mut self.hubs) {
            hub.order(self.key, vec![Order::DismissAll(refusal.clone())]);
        }
        self.sessions.clear();
        self.shares.clear();
        self.claims.clear();
        self.debts.clear();
        self.people.store(0, Ordering::Relaxed);
    }

    /// Takes a session off the lists.
    pub(super) fn unseat(&mut self, session: SessionId, how: Departure) -> Vec<Effect> {
        self.note_authors();
        let Some(Member { hub, .. }) = self.sessions.remove(&session) else {
            return Vec::new();
        };
        if let Some(seats) = self.hubs.get_mut(&hub) {
            seats.taken -= 1;
            if seats.taken == 0 {
                self.hubs.remove(&hub);
            }
        }
        self.shares.remove(&session);
        self.claims.remove(&session);
        self.people.store(self.sessions.len(), Ordering::Relaxed);
        match &mut self.stage {
            Stage::Live(replica) => replica.leave(session, how, Instant::now()),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A diff is a step 2 for some of those who fell behind together, an update for
    /// others, and one of them got the frame of the other.
    #[test]
    fn a_frame_is_shared_by_messages_of_one_kind() {
        let diff = Bytes::from_static(b"diff");
        let (update, step2) = (
            ServerMessage::Update(diff.clone()),
            ServerMessage::SyncStep2(diff),
        );
        let mut shared = SharedFrame::default();
        let first = shared.encode(&update);
        assert_eq!(shared.encode(&update).as_ptr(), first.as_ptr());
        assert_eq!(
            shared.encode(&step2),
            Dialect::YWebsocket.encode(&step2),
            "another message"
        );
    }
}
