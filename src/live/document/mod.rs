//! One document as an actor: a replica with sockets before it and a store
//! behind it.
//!
//! ```text
//!  Loading ──▸ Live ──▸ (retired)
//!     │          │
//!     ▾          ▾
//!   Failed    Deleted
//! ```
//!
//! While it loads, whoever comes waits in the mailbox. If loading fails,
//! everyone who waits is told so and nothing is written: a document that cannot
//! be read is never served as an empty one. Everything about one document goes
//! through its actor, deletion included, so that there is one order of events.
//!
//! The files: `message` says what an actor is told, `lifecycle` how it comes and
//! goes, `relay` how decisions reach sockets, `crowd` how presence does where
//! many are, `catch_up` what those get who fell behind, `journal` how updates
//! reach the store, `errand` what it does for those who are no sessions,
//! `reading` what they get to read, `copying` what they change it on, `milestones` which
//! of its moments are versions and who wrote, `labour` how it takes what is longer than a
//! turn, `read_only` what is left of it after it broke too often.

mod catch_up;
mod copying;
mod crowd;
mod errand;
mod journal;
mod labour;
mod lifecycle;
mod message;
mod milestones;
mod read_only;
mod reading;
mod relay;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::id::{DocumentId, SessionId};
use crate::live::answer::DocumentError;
use crate::live::hub::{DocumentKey, HubAddr, HubNumber, Order};
use crate::live::intake::Charge;
use crate::live::memory_budget::{Claim, Share};
use crate::live::surroundings::Surroundings;
use crate::replica::Replica;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::ysync::ClientMessage;

use catch_up::Debt;
pub use catch_up::Lagging;
use copying::Copying;
pub use copying::{Copy, KeptBytes};
use crowd::Crowd;
use journal::{Tail, UnderWay};
use labour::Frame;
pub use message::{Inbound, Join, Leave, Reply, Request, Retire, Seated, Sought, Stop, Visit};
use milestones::Milestones;
use read_only::ReadOnly;
pub(in crate::live) use read_only::is_broken;
use reading::Reading;
pub(in crate::live) use reading::look;
use relay::SharedFrame;

/// How often presence is looked at and idleness is noticed.
const TICK: Duration = Duration::from_secs(1);

/// The document actor.
pub struct Document {
    id: DocumentId,
    key: DocumentKey,
    surroundings: Surroundings,
    registry: Recipient<Retire>,
    people: Arc<AtomicUsize>,
    stage: Stage,
    /// When it may be read and not written.
    read_only: Option<ReadOnly>,
    /// Whether the store knows the document.
    stored: bool,
    /// The title that the store knows.
    title: Option<String>,
    tail: Tail,
    /// The append in flight.
    under_way: Option<UnderWay>,
    folding: bool,
    /// Its place among those that fold at rest.
    rest: Option<OwnedSemaphorePermit>,
    /// When something was written last.
    written: Instant,
    /// Whether the last fold, before the server stops, was begun or has been given up.
    folded_last: bool,
    /// Whether the store is being asked to create, delete or restore it. A wait
    /// holds back messages, not the tick that is due at the same moment.
    deciding: bool,
    hubs: BTreeMap<HubNumber, Seats>,
    sessions: HashMap<SessionId, Member>,
    /// How many the registry forwarded that have arrived.
    arrived: u64,
    idle_since: Option<Instant>,
    /// Credit of frames that were taken while the backlog was over budget.
    held: Vec<Charge>,
    answers: HashMap<u64, Answer>,
    next_answer: u64,
    stopping: Vec<oneshot::Sender<()>>,
    /// Counts loads: what the store answers to an earlier one is history.
    era: u64,
    /// Frames handled so far.
    handled: u64,
    /// The last whole state that was sent, as a frame.
    state_frame: SharedFrame,
    /// The last diff that was sent to somebody who fell behind, as a frame.
    diff_frame: SharedFrame,
    /// Shares of memory for large answers that wait to be durable, in order.
    shares: HashMap<SessionId, Vec<Share>>,
    /// Who was promised a large answer and may not have read it.
    claims: HashMap<SessionId, Claim>,
    /// Large answers that wait until an update was taken whole.
    debts: Vec<(Debt, Share)>,
    crowd: Crowd,
    reading: Reading,
    milestones: Milestones,
    /// The names that were noted of those who wrote.
    authors: HashMap<u64, String>,
    copying: Copying,
}

/// How many sessions of the document a hub has.
struct Seats {
    hub: HubAddr,
    taken: usize,
}

/// A seated session.
struct Member {
    hub: HubNumber,
    /// Updates that it sent so far.
    updates: u32,
}

impl Member {
    fn of(hub: HubNumber) -> Self {
        Self { hub, updates: 0 }
    }
}

enum Stage {
    Loading,
    Live(Box<Replica>),
    Deleted,
    Failed(DocumentError),
}

/// Tells a caller what it asked for, once that is durable.
type Answer = Box<dyn FnOnce(Result<(), DocumentError>) + Send>;

impl Actor for Document {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1 << 12);
        ctx.run_interval(TICK, Self::tick);
        self.crowd.belongs_to(&ctx.address());
        self.load(ctx);
    }
}

impl Document {
    /// A document that loads itself once it is started.
    pub fn new(
        id: DocumentId,
        key: DocumentKey,
        surroundings: Surroundings,
        registry: Recipient<Retire>,
        people: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            id,
            key,
            surroundings,
            registry,
            people,
            stage: Stage::Loading,
            read_only: None,
            stored: false,
            title: None,
            tail: Tail::default(),
            under_way: None,
            folding: false,
            rest: None,
            written: Instant::now(),
            folded_last: false,
            deciding: false,
            hubs: BTreeMap::new(),
            sessions: HashMap::new(),
            arrived: 0,
            idle_since: None,
            held: Vec::new(),
            answers: HashMap::new(),
            next_answer: 0,
            stopping: Vec::new(),
            era: 0,
            handled: 0,
            state_frame: SharedFrame::default(),
            diff_frame: SharedFrame::default(),
            shares: HashMap::new(),
            claims: HashMap::new(),
            debts: Vec::new(),
            crowd: Crowd::default(),
            reading: Reading::default(),
            milestones: Milestones::default(),
            authors: HashMap::new(),
            copying: Copying::default(),
        }
    }
}

impl Drop for Document {
    /// Whoever ends in order has dismissed everybody. An actor that dies of a
    /// panic of ours, outside the fence around Yrs, dismisses them here: nobody
    /// stays connected to nothing.
    fn drop(&mut self) {
        if std::thread::panicking() {
            log::error!("document {:?} died of a panic", self.id);
        }
        let reason = "the document ended unexpectedly";
        if !self.sessions.is_empty() {
            self.dismiss_all(Refusal::new(CloseCode::Internal, reason));
        }
        for (_, answer) in self.answers.drain() {
            answer(Err(DocumentError::NotSaved(reason.to_owned())));
        }
    }
}

impl Handler<Join> for Document {
    type Result = ();

    fn handle(&mut self, join: Join, ctx: &mut Self::Context) {
        self.arrived += 1;
        let refusal = match &self.stage {
            _ if !self.stopping.is_empty() => Some(Refusal::new(
                CloseCode::GoingAway,
                "the server is shutting down",
            )),
            Stage::Live(_) => None,
            Stage::Deleted => Some(Refusal::new(CloseCode::Deleted, "the document was deleted")),
            Stage::Failed(error) => Some(Refusal::new(CloseCode::Internal, error.to_string())),
            Stage::Loading => Some(Refusal::new(CloseCode::TryAgainLater, "still loading")),
        };
        if let Some(refusal) = refusal {
            let orders = vec![Order::Dismiss(join.session, refusal)];
            return join.hub.order(self.key, orders);
        }
        self.idle_since = None;
        self.seat(join.session, join.hub);
        if let Stage::Live(replica) = &mut self.stage {
            let mut effects = replica.join(join.session);
            if self.is_read_only() {
                effects.push(self.read_only_notice(join.session));
            }
            self.carry_out(effects);
        }
        join.seated.do_send(Seated(ctx.address()));
    }
}

impl Handler<Inbound> for Document {
    type Result = ();

    fn handle(&mut self, inbound: Inbound, ctx: &mut Self::Context) {
        if self.surroundings.stopping.load(Ordering::Acquire) {
            return;
        }
        let messages: Vec<ClientMessage> = once_each(inbound.messages).collect();
        let frame = Frame {
            session: inbound.session,
            visitor: inbound.visitor,
            bytes: messages
                .iter()
                .filter_map(ClientMessage::update)
                .map(Bytes::len)
                .sum(),
            spent: Duration::ZERO,
            messages: messages.into_iter(),
            charge: inbound.charge,
        };
        self.hear(frame, ctx);
    }
}

/// A frame may ask the same question many times; it is answered once.
fn once_each(messages: Vec<ClientMessage>) -> impl Iterator<Item = ClientMessage> {
    let (mut step1, mut query) = (false, false);
    messages.into_iter().filter(move |message| match message {
        ClientMessage::SyncStep1(_) => !std::mem::replace(&mut step1, true),
        ClientMessage::QueryAwareness => !std::mem::replace(&mut query, true),
        _ => true,
    })
}

impl Handler<Leave> for Document {
    type Result = ();

    fn handle(&mut self, leave: Leave, _: &mut Self::Context) {
        self.forgets_unsaved(leave.session);
        let effects = self.unseat(leave.session, leave.how);
        self.carry_out(effects);
    }
}

impl Handler<Visit> for Document {
    type Result = ();

    fn handle(&mut self, Visit(request): Visit, ctx: &mut Self::Context) {
        self.arrived += 1;
        if self.surroundings.stopping.load(Ordering::Acquire) {
            return request.refuse(DocumentError::Stopping);
        }
        let began = Instant::now();
        self.visit(request, ctx);
        self.had_a_turn(began, ctx);
    }
}

impl Handler<Stop> for Document {
    type Result = ();

    fn handle(&mut self, Stop(done): Stop, ctx: &mut Self::Context) {
        self.stop(done, ctx);
    }
}
