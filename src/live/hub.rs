//! The fan-out of one worker thread.
//!
//! A document sends one message per worker thread, not one per session; the hub
//! hands its frames to that thread's outboxes locally, because waking tasks
//! across threads is what fan-out costs. Orders of one document are carried out
//! in the order it gave them: that is what makes a late joiner's state reply and
//! the updates around it fit together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message};
use bytes::Bytes;

use crate::id::SessionId;
use crate::live::heart::Heart;
use crate::live::memory_budget::Share;
use crate::live::outbox::{Outbox, Stale};
use crate::replica::Mark;
use crate::wire::close::Refusal;

/// How often it is looked for connections that take nothing, or say nothing.
const WATCH: Duration = Duration::from_secs(1);

/// One incarnation of a document in memory; a document that is loaded again gets
/// a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentKey(pub u64);

/// Which hub of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HubNumber(usize);

/// Where a document reaches a hub.
#[derive(Debug, Clone)]
pub struct HubAddr {
    /// Which hub it is.
    pub number: HubNumber,
    addr: Addr<Hub>,
}

impl HubAddr {
    /// Sends orders; a hub that is gone took its sessions along.
    pub fn order(&self, document: DocumentKey, orders: Vec<Order>) {
        self.addr.do_send(Orders { document, orders });
    }
}

/// What a hub is told to do.
#[derive(Debug)]
pub enum Order {
    /// The session is seated: it gets what this document relays from here on.
    Admit(SessionId),
    /// An update for every admitted session, and where they stand before it.
    Relay(Bytes, Mark),
    /// The same for every admitted session but this one.
    RelayToOthers(SessionId, Bytes, Mark),
    /// The same for this session alone: its own, which the others have.
    Echo(SessionId, Bytes, Mark),
    /// The presence of these clients, for every admitted session.
    Announce(Bytes, Arc<[u64]>),
    /// One session misses everybody's presence.
    Unacquainted(SessionId),
    /// A frame for one session.
    Reply(SessionId, Bytes),
    /// All that a session has missed of what was relayed; the relay goes on.
    CatchUp(SessionId, Bytes, Option<Share>),
    /// A large frame for one session.
    Large(SessionId, Bytes, Option<Share>),
    /// A piece of the presence that a session has missed, and what it still misses.
    Refresh(SessionId, Bytes, Option<Stale>),
    /// One session should prove that it is alive.
    Challenge(SessionId),
    /// End one session.
    Dismiss(SessionId, Refusal),
    /// End every session of the document.
    DismissAll(Refusal),
}

/// Orders of one document, to be carried out in order.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Orders {
    /// Who orders.
    pub document: DocumentKey,
    /// What is to be done.
    pub orders: Vec<Order>,
}

/// The hub actor: its state is shared with the sessions of its thread.
#[derive(Debug)]
pub struct Hub {
    desk: Rc<RefCell<Desk>>,
}

#[derive(Debug, Default)]
struct Desk {
    sessions: HashMap<SessionId, Attended>,
    rooms: HashMap<DocumentKey, Room>,
    seats: HashMap<SessionId, DocumentKey>,
}

/// A session of this thread.
#[derive(Debug)]
struct Attended {
    outbox: Rc<Outbox>,
    heart: Heart,
}

/// The sessions of one document on this thread, in the order in which they opened: so
/// their memory, and the kernel's, is walked through as it lies.
#[derive(Debug, Default)]
struct Room(Vec<(SessionId, Rc<Outbox>)>);

impl Room {
    fn admit(&mut self, session: SessionId, outbox: Rc<Outbox>) {
        match self.place(session) {
            Ok(at) => self.0[at].1 = outbox,
            Err(at) => self.0.insert(at, (session, outbox)),
        }
    }

    fn forget(&mut self, session: SessionId) {
        if let Ok(at) = self.place(session) {
            self.0.remove(at);
        }
    }

    fn place(&self, session: SessionId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&session, |(seated, _)| *seated)
    }
}

/// A worker thread's way to its own hub.
#[derive(Debug, Clone)]
pub struct HubHandle {
    addr: HubAddr,
    desk: Rc<RefCell<Desk>>,
}

impl HubHandle {
    /// Starts a hub on the current worker thread.
    pub fn start() -> Self {
        let desk = Rc::new(RefCell::new(Desk::default()));
        let addr = Hub {
            desk: Rc::clone(&desk),
        }
        .start();
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = HubNumber(NEXT.fetch_add(1, Ordering::Relaxed));
        let addr = HubAddr { number, addr };
        Self { addr, desk }
    }

    /// Where documents send their orders.
    pub(super) fn addr(&self) -> HubAddr {
        self.addr.clone()
    }

    /// Makes a session known, before its document hears of it.
    pub(super) fn register(&self, session: SessionId, outbox: Rc<Outbox>, heart: Heart) {
        let attended = Attended { outbox, heart };
        self.desk.borrow_mut().sessions.insert(session, attended);
    }

    /// Forgets a session.
    pub(super) fn forget(&self, session: SessionId) {
        let mut desk = self.desk.borrow_mut();
        desk.sessions.remove(&session);
        if let Some(document) = desk.seats.remove(&session)
            && let Some(room) = desk.rooms.get_mut(&document)
        {
            room.forget(session);
            if room.0.is_empty() {
                desk.rooms.remove(&document);
            }
        }
    }
}

impl Actor for Hub {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // A session that does not read is not polled: it is watched from here.
        ctx.run_interval(WATCH, |this, _| {
            let now = Instant::now();
            for Attended { outbox, heart } in this.desk.borrow().sessions.values() {
                outbox.watch(now);
                heart.beat(outbox, now);
            }
        });
    }
}

impl Handler<Orders> for Hub {
    type Result = ();

    fn handle(&mut self, message: Orders, _: &mut Self::Context) {
        let mut desk = self.desk.borrow_mut();
        for order in message.orders {
            desk.carry_out(message.document, order);
        }
    }
}

impl Desk {
    /// Sessions that left meanwhile are not here any more, and that is fine.
    fn carry_out(&mut self, document: DocumentKey, order: Order) {
        match order {
            Order::Admit(session) => {
                if let Some(outbox) = self.outbox(session).map(Rc::clone) {
                    self.seats.insert(session, document);
                    let room = self.rooms.entry(document).or_default();
                    room.admit(session, outbox);
                }
            }
            Order::Relay(frame, before) => {
                for outbox in self.room(document) {
                    outbox.relay(frame.clone(), &before);
                }
            }
            Order::RelayToOthers(author, frame, before) => {
                for (session, outbox) in self.seated(document) {
                    if *session != author {
                        outbox.relay(frame.clone(), &before);
                    }
                }
            }
            Order::Echo(session, frame, before) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.relay(frame, &before);
                }
            }
            Order::Announce(frame, ids) => {
                for outbox in self.room(document) {
                    outbox.announce(frame.clone(), &ids);
                }
            }
            Order::Unacquainted(session) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.misses(Stale::EVERYBODY);
                }
            }
            Order::CatchUp(session, frame, share) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.catch_up(frame, share);
                }
            }
            Order::Large(session, frame, share) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.large(frame, share);
                }
            }
            Order::Refresh(session, frame, rest) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.refresh(frame, rest);
                }
            }
            Order::Reply(session, frame) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.reply(frame);
                }
            }
            Order::Challenge(session) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.challenge();
                }
            }
            Order::Dismiss(session, refusal) => {
                if let Some(outbox) = self.outbox(session) {
                    outbox.close(&refusal);
                }
            }
            Order::DismissAll(refusal) => {
                for outbox in self.room(document) {
                    outbox.close(&refusal);
                }
            }
        }
    }

    fn outbox(&self, session: SessionId) -> Option<&Rc<Outbox>> {
        self.sessions.get(&session).map(|attended| &attended.outbox)
    }

    /// The outboxes of a document's sessions on this thread.
    fn room(&self, document: DocumentKey) -> impl Iterator<Item = &Rc<Outbox>> {
        self.seated(document).iter().map(|(_, outbox)| outbox)
    }

    fn seated(&self, document: DocumentKey) -> &[(SessionId, Rc<Outbox>)] {
        self.rooms.get(&document).map_or(&[], |room| &room.0)
    }
}
