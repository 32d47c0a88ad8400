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

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use actix::prelude::*;
use bytes::Bytes;
use tokio::sync::oneshot;

use crate::export;
use crate::id::{DocumentId, Seq, SessionId};
use crate::live::dialect::Dialect;
use crate::live::documents::{Content, DocumentError};
use crate::live::hub::{DocumentKey, Hub, Order, Orders};
use crate::live::intake::Charge;
use crate::live::registry::{Registry, Retire, Surroundings};
use crate::live::session::{Seated, Session};
use crate::replica::presence::Departure;
use crate::replica::{Broken, Effect, Replica};
use crate::store::{Append, Record, StoreError, Stored};
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::ClientMessage;

/// How often presence is looked at and idleness is noticed.
const TICK: Duration = Duration::from_secs(1);

/// A journal tail that is shorter than this is not worth a snapshot when the
/// document leaves memory.
const WORTH_FOLDING_ROWS: usize = 32;

/// Below this a snapshot is not made for bytes alone.
const FOLD_BYTES: usize = 1 << 20;

/// The document actor.
pub struct Document {
    id: DocumentId,
    key: DocumentKey,
    surroundings: Surroundings,
    registry: Addr<Registry>,
    people: Arc<AtomicUsize>,
    stage: Stage,
    /// Whether the store knows the document.
    stored: bool,
    /// The title that the store knows.
    title: Option<String>,
    tail: Tail,
    folding: bool,
    hubs: HashMap<Addr<Hub>, usize>,
    sessions: HashMap<SessionId, Addr<Hub>>,
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
}

enum Stage {
    Loading,
    Live(Box<Replica>),
    Deleted,
    Failed(DocumentError),
}

/// What the journal holds after the snapshot.
#[derive(Debug, Default)]
struct Tail {
    rows: usize,
    bytes: usize,
    last: Seq,
    snapshot_bytes: usize,
}

/// Tells a caller what it asked for, once that is durable.
type Answer = Box<dyn FnOnce(Result<(), DocumentError>) + Send>;

/// In which form content is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// ProseMirror JSON.
    Json,
    /// Plain text.
    Text,
    /// The whole state as a Yjs update, v1.
    Yjs,
}

/// A session joins.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Join {
    pub session: SessionId,
    pub addr: Addr<Session>,
    pub hub: Addr<Hub>,
}

/// Messages of a session, in order.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Inbound {
    pub session: SessionId,
    pub messages: Vec<ClientMessage>,
    pub charge: Charge,
}

/// A session left.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Leave {
    pub session: SessionId,
    pub how: Departure,
}

/// A request that the registry forwarded.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Visit(pub Request);

/// End: everything durable, every session told 1001, then the answer.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Stop(pub oneshot::Sender<()>);

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, DocumentError>>;

/// What somebody other than a session may want.
pub enum Request {
    /// The content of a root, in a format.
    Read(Format, String, Reply<Content>),
    /// What somebody with this state vector lacks, as an update.
    Diff(StateVector, Reply<Content>),
    /// Take an update.
    Apply(Bytes, Reply<()>),
    /// Put a tombstone on it.
    Delete(Reply<()>),
    /// Take the tombstone off.
    Restore(Reply<Record>),
    /// Make it, if there is none.
    Create(Reply<Record>),
}

impl Request {
    fn refuse(self, error: DocumentError) {
        match self {
            Request::Read(_, _, reply) | Request::Diff(_, reply) => drop(reply.send(Err(error))),
            Request::Apply(_, reply) | Request::Delete(reply) => drop(reply.send(Err(error))),
            Request::Restore(reply) | Request::Create(reply) => drop(reply.send(Err(error))),
        }
    }
}

impl Actor for Document {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1 << 12);
        ctx.run_interval(TICK, Self::tick);
        self.load(ctx);
    }
}

impl Document {
    /// A document that loads itself once it is started.
    pub fn new(
        id: DocumentId,
        key: DocumentKey,
        surroundings: Surroundings,
        registry: Addr<Registry>,
        people: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            id,
            key,
            surroundings,
            registry,
            people,
            stage: Stage::Loading,
            stored: false,
            title: None,
            tail: Tail::default(),
            folding: false,
            hubs: HashMap::new(),
            sessions: HashMap::new(),
            arrived: 0,
            idle_since: None,
            held: Vec::new(),
            answers: HashMap::new(),
            next_answer: 0,
            stopping: Vec::new(),
            era: 0,
        }
    }

    // ---- loading, failing, retiring ----

    /// Reads the document; the mailbox waits meanwhile.
    fn load(&mut self, ctx: &mut Context<Self>) {
        self.stage = Stage::Loading;
        self.era += 1;
        let stored = self.surroundings.store.load(&self.id);
        let loaded = stored
            .into_actor(self)
            .map(|stored, this, _| this.loaded(stored));
        ctx.wait(loaded);
    }

    fn loaded(&mut self, stored: Result<Option<Stored>, StoreError>) {
        let limits = self.surroundings.settings.limits.clone();
        self.stage = match stored {
            Err(error) => self.cannot_load(error.to_string()),
            Ok(None) => Stage::Live(Box::new(Replica::empty(limits))),
            Ok(Some(stored)) => {
                self.stored = true;
                self.title = stored.title;
                if stored.deleted.is_some() {
                    Stage::Deleted
                } else {
                    let tail = stored.tail.iter().map(|(_, update)| update);
                    let updates: Vec<_> = stored.snapshot.iter().chain(tail).collect();
                    self.tail = Tail {
                        rows: stored.tail.len(),
                        bytes: stored.tail.iter().map(|(_, update)| update.len()).sum(),
                        last: stored.tail.last().map_or(stored.through, |(seq, _)| *seq),
                        snapshot_bytes: stored.snapshot.as_ref().map_or(0, Bytes::len),
                    };
                    match Replica::load(&updates, limits) {
                        Ok(replica) => Stage::Live(Box::new(replica)),
                        Err(error) => self.cannot_load(error.to_string()),
                    }
                }
            }
        };
    }

    fn cannot_load(&self, reason: String) -> Stage {
        log::error!("document {:?} cannot be loaded: {reason}", self.id);
        Stage::Failed(DocumentError::Unreadable(reason))
    }

    /// The document cannot go on: everybody is told, nothing more is taken, and
    /// it leaves memory. Whoever comes back gets it freshly loaded from what is
    /// on disk.
    fn fail(&mut self, error: DocumentError, ctx: &mut Context<Self>) {
        log::error!("document {:?} is taken out of service: {error}", self.id);
        self.dismiss_all(Refusal::new(CloseCode::Internal, error.to_string()));
        for (_, answer) in self.answers.drain() {
            answer(Err(error.clone()));
        }
        self.held.clear();
        self.stage = Stage::Failed(error);
        self.stopped_if_settled(ctx);
        self.retire(ctx);
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        if let Stage::Live(replica) = &mut self.stage {
            let effects = replica.tick(Instant::now());
            self.carry_out(effects);
        }
        let settled = match &self.stage {
            Stage::Live(replica) => replica.is_settled(),
            Stage::Loading => false,
            Stage::Deleted | Stage::Failed(_) => true,
        };
        if !self.sessions.is_empty() || !settled || self.folding {
            self.idle_since = None;
            return;
        }
        let since = *self.idle_since.get_or_insert_with(Instant::now);
        let patience = match self.stage {
            Stage::Live(_) => self.surroundings.settings.idle_timeout,
            _ => Duration::ZERO,
        };
        if since.elapsed() < patience {
            return;
        }
        if self.tail.rows >= WORTH_FOLDING_ROWS && matches!(self.stage, Stage::Live(_)) {
            self.fold(ctx);
        } else {
            self.retire(ctx);
        }
    }

    /// Leaves memory, if nobody is on the way. The mailbox waits for the answer.
    fn retire(&mut self, ctx: &mut Context<Self>) {
        if !self.stopping.is_empty() || !self.sessions.is_empty() {
            return;
        }
        let retire = Retire {
            document: self.id.clone(),
            key: self.key,
            arrived: self.arrived,
        };
        let asked = self
            .registry
            .send(retire)
            .into_actor(self)
            .map(|forgotten, _, ctx| {
                // A registry that is gone forgot everybody.
                if forgotten.unwrap_or(true) {
                    ctx.stop();
                }
            });
        ctx.wait(asked);
    }

    fn stopped_if_settled(&mut self, ctx: &mut Context<Self>) {
        let settled = match &self.stage {
            Stage::Live(replica) => replica.is_settled(),
            _ => true,
        };
        if self.stopping.is_empty() || !settled {
            return;
        }
        self.dismiss_all(Refusal::new(
            CloseCode::GoingAway,
            "the server is shutting down",
        ));
        for stopped in self.stopping.drain(..) {
            let _ = stopped.send(());
        }
        ctx.stop();
    }

    // ---- effects ----

    /// Turns decisions into frames and orders: one message per hub.
    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut orders: HashMap<Addr<Hub>, Vec<Order>> = HashMap::new();
        for effect in effects {
            match effect {
                Effect::Broadcast(message) => {
                    if self.hubs.is_empty() {
                        continue;
                    }
                    let frame = Dialect::YWebsocket.encode(&message);
                    for hub in self.hubs.keys() {
                        orders
                            .entry(hub.clone())
                            .or_default()
                            .push(Order::Relay(frame.clone()));
                    }
                }
                Effect::Send(session, message) => {
                    if let Some(hub) = self.sessions.get(&session) {
                        let frame = Dialect::YWebsocket.encode(&message);
                        orders
                            .entry(hub.clone())
                            .or_default()
                            .push(Order::Reply(session, frame));
                    }
                }
                Effect::Close(session, refusal) => {
                    log::info!("{session} in {:?} is ended: {}", self.id, refusal.reason());
                    if let Some(hub) = self.sessions.get(&session) {
                        let order = Order::Dismiss(session, refusal);
                        orders.entry(hub.clone()).or_default().push(order);
                    }
                    let gone = self.unseat(session, Departure::Clean);
                    self.carry_out(gone);
                }
                Effect::Settled(number) => {
                    if let Some(answer) = self.answers.remove(&number) {
                        answer(Ok(()));
                    }
                }
            }
        }
        for (hub, orders) in orders {
            hub.do_send(Orders {
                document: self.key,
                orders,
            });
        }
    }

    fn dismiss_all(&mut self, refusal: Refusal) {
        for hub in self.hubs.keys() {
            let orders = vec![Order::DismissAll(refusal.clone())];
            hub.do_send(Orders {
                document: self.key,
                orders,
            });
        }
        self.hubs.clear();
        self.sessions.clear();
        self.people.store(0, Ordering::Relaxed);
    }

    /// Takes a session off the lists.
    fn unseat(&mut self, session: SessionId, how: Departure) -> Vec<Effect> {
        let Some(hub) = self.sessions.remove(&session) else {
            return Vec::new();
        };
        if let Some(count) = self.hubs.get_mut(&hub) {
            *count -= 1;
            if *count == 0 {
                self.hubs.remove(&hub);
            }
        }
        self.people.store(self.sessions.len(), Ordering::Relaxed);
        match &mut self.stage {
            Stage::Live(replica) => replica.leave(session, how, Instant::now()),
            _ => Vec::new(),
        }
    }

    // ---- the journal ----

    /// Sends the gathered batch to the store if none is on its way.
    fn depart(&mut self, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let update = match replica.depart() {
            Ok(Some(update)) => update,
            Ok(None) => return,
            Err(broken) => return self.broke(broken, ctx),
        };
        let title = replica.title().map(str::to_owned);
        let changed = title != self.title;
        let bytes = update.len();
        let append = Append {
            document: self.id.clone(),
            update,
            at: SystemTime::now(),
            title: changed.then(|| title.clone()),
        };
        let era = self.era;
        let appended = self.surroundings.store.append(append).into_actor(self).map(
            move |appended, this, ctx| match appended {
                _ if this.era != era || !matches!(this.stage, Stage::Live(_)) => {}
                Ok(seq) => this.appended(seq, bytes, title, ctx),
                Err(StoreError::Deleted) => this.fail(DocumentError::Deleted, ctx),
                Err(error) => this.fail(DocumentError::NotSaved(error.to_string()), ctx),
            },
        );
        ctx.spawn(appended);
    }

    fn appended(&mut self, seq: Seq, bytes: usize, title: Option<String>, ctx: &mut Context<Self>) {
        self.stored = true;
        self.title = title;
        self.tail.rows += 1;
        self.tail.bytes += bytes;
        self.tail.last = seq;
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let effects = replica.durable();
        self.carry_out(effects);
        self.depart(ctx);
        self.release_credit();
        let tail = &self.tail;
        if tail.rows >= self.surroundings.settings.fold_rows
            || tail.bytes >= tail.snapshot_bytes.max(FOLD_BYTES)
        {
            self.fold(ctx);
        }
        self.stopped_if_settled(ctx);
    }

    fn release_credit(&mut self) {
        if let Stage::Live(replica) = &self.stage
            && replica.backlog() <= self.surroundings.settings.backlog_bytes
        {
            self.held.clear();
        }
    }

    fn broke(&mut self, broken: Broken, ctx: &mut Context<Self>) {
        log::error!("document {:?}: {broken}", self.id);
        self.fail(
            DocumentError::NotSaved("the document is being reloaded".to_owned()),
            ctx,
        );
    }

    /// Replaces the journal tail by a snapshot, once that is proven to load.
    fn fold(&mut self, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        if self.folding || self.tail.rows == 0 {
            return;
        }
        self.folding = true;
        let (through, rows, bytes) = (self.tail.last, self.tail.rows, self.tail.bytes);
        let snapshot = replica.state();
        let size = snapshot.len();
        let Surroundings {
            store,
            folder,
            settings,
        } = self.surroundings.clone();
        let id = self.id.clone();
        let folded = async move {
            if let Err(error) = folder
                .verify(snapshot.clone(), settings.limits.guard.clone())
                .await
            {
                log::error!("document {id:?} keeps its journal, its snapshot is unsound: {error}");
                return false;
            }
            match store.compact(&id, through, snapshot).await {
                Ok(()) => true,
                Err(error) => {
                    log::error!("document {id:?} could not be folded: {error}");
                    false
                }
            }
        };
        ctx.spawn(folded.into_actor(self).map(move |folded, this, _| {
            this.folding = false;
            // Whether it worked or not, the next attempt waits for as much again.
            this.tail.rows = this.tail.rows.saturating_sub(rows);
            this.tail.bytes = this.tail.bytes.saturating_sub(bytes);
            if folded {
                this.tail.snapshot_bytes = size;
            }
        }));
    }

    // ---- requests ----

    /// Answers once everything taken so far is durable, or says that it failed.
    fn when_durable(&mut self, answer: Answer) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let number = self.next_answer;
        self.next_answer += 1;
        self.answers.insert(number, answer);
        if replica.hold(Effect::Settled(number)).is_some() {
            self.carry_out(vec![Effect::Settled(number)]);
        }
    }

    fn tell_when_durable(&mut self, content: Content, reply: Reply<Content>) {
        self.when_durable(Box::new(move |result| {
            drop(reply.send(result.map(|()| content)))
        }));
    }

    fn visit(&mut self, request: Request, ctx: &mut Context<Self>) {
        let replica = match (&mut self.stage, &request) {
            (_, Request::Delete(_) | Request::Restore(_) | Request::Create(_)) => {
                return self.decide_fate(request, ctx);
            }
            (Stage::Live(replica), _) => replica,
            (Stage::Deleted, _) => return request.refuse(DocumentError::Deleted),
            (Stage::Failed(error), _) => {
                let error = error.clone();
                return request.refuse(error);
            }
            (Stage::Loading, _) => {
                return request.refuse(DocumentError::Unreadable("it is loading".to_owned()));
            }
        };
        // Nobody ever wrote in it: opening a page is not creating a document.
        let known = self.stored || !replica.is_settled();
        match request {
            request if !known => request.refuse(DocumentError::NotFound),
            Request::Apply(update, reply) => match replica.apply(&update) {
                Ok(()) => {
                    self.when_durable(Box::new(move |result| drop(reply.send(result))));
                    self.depart(ctx);
                }
                Err(crate::replica::UpdateRefused::Broken(broken)) => {
                    let error = DocumentError::NotSaved("the update broke the document".to_owned());
                    let _ = reply.send(Err(error));
                    self.broke(broken, ctx);
                }
                Err(refused) => drop(reply.send(Err(DocumentError::Refused(refused.to_string())))),
            },
            Request::Read(format, root, reply) => {
                let body = match format {
                    Format::Json => export::json::document(replica.doc(), &root).into(),
                    Format::Text => export::text::document(replica.doc(), &root).into(),
                    Format::Yjs => replica.state(),
                };
                let content = Content {
                    body,
                    fingerprint: export::fingerprint(replica.doc()),
                };
                self.tell_when_durable(content, reply);
            }
            Request::Diff(theirs, reply) => {
                let body = replica.diff(&theirs);
                let content = Content {
                    body,
                    fingerprint: export::fingerprint(replica.doc()),
                };
                self.tell_when_durable(content, reply);
            }
            Request::Delete(_) | Request::Restore(_) | Request::Create(_) => {}
        }
    }

    /// Creation, deletion and its undoing; the mailbox waits for the store.
    fn decide_fate(&mut self, request: Request, ctx: &mut Context<Self>) {
        let store = Arc::clone(&self.surroundings.store);
        match request {
            Request::Delete(reply) => {
                let deleted = store
                    .delete(&self.id)
                    .into_actor(self)
                    .map(|deleted, this, _| {
                        if matches!(deleted, Ok(()) | Err(StoreError::Deleted)) {
                            let reason = "the document was deleted";
                            this.dismiss_all(Refusal::new(CloseCode::Deleted, reason));
                            this.stage = Stage::Deleted;
                            for (_, answer) in this.answers.drain() {
                                answer(Err(DocumentError::Deleted));
                            }
                            this.held.clear();
                        }
                        let _ = reply.send(deleted.map_err(DocumentError::from));
                    });
                ctx.wait(deleted);
            }
            Request::Restore(reply) => {
                let restored =
                    store
                        .restore(&self.id)
                        .into_actor(self)
                        .map(|restored, this, ctx| {
                            if restored.is_ok() && matches!(this.stage, Stage::Deleted) {
                                this.load(ctx);
                            }
                            let _ = reply.send(restored.map_err(DocumentError::from));
                        });
                ctx.wait(restored);
            }
            Request::Create(reply) => {
                let created =
                    store
                        .create(&self.id, None)
                        .into_actor(self)
                        .map(|created, this, _| {
                            this.stored |= created.is_ok();
                            let _ = reply.send(created.map_err(DocumentError::from));
                        });
                ctx.wait(created);
            }
            other => other.refuse(DocumentError::NotFound),
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
            join.hub.do_send(Orders {
                document: self.key,
                orders,
            });
            return;
        }
        self.idle_since = None;
        *self.hubs.entry(join.hub.clone()).or_default() += 1;
        self.sessions.insert(join.session, join.hub.clone());
        self.people.store(self.sessions.len(), Ordering::Relaxed);
        // Admitted before any state is read: nothing falls between.
        join.hub.do_send(Orders {
            document: self.key,
            orders: vec![Order::Admit(join.session)],
        });
        if let Stage::Live(replica) = &mut self.stage {
            let effects = replica.join(join.session);
            self.carry_out(effects);
        }
        join.addr.do_send(Seated(ctx.address()));
    }
}

impl Handler<Inbound> for Document {
    type Result = ();

    fn handle(&mut self, inbound: Inbound, ctx: &mut Self::Context) {
        if !self.stopping.is_empty() {
            return;
        }
        let now = Instant::now();
        for message in inbound.messages {
            let Stage::Live(replica) = &mut self.stage else {
                return;
            };
            if !self.sessions.contains_key(&inbound.session) {
                return;
            }
            match replica.receive(inbound.session, message, now) {
                Ok(effects) => self.carry_out(effects),
                Err(broken) => return self.broke(broken, ctx),
            }
        }
        self.depart(ctx);
        if let Stage::Live(replica) = &self.stage
            && replica.backlog() > self.surroundings.settings.backlog_bytes
        {
            self.held.push(inbound.charge);
        }
    }
}

impl Handler<Leave> for Document {
    type Result = ();

    fn handle(&mut self, leave: Leave, _: &mut Self::Context) {
        let effects = self.unseat(leave.session, leave.how);
        self.carry_out(effects);
    }
}

impl Handler<Visit> for Document {
    type Result = ();

    fn handle(&mut self, Visit(request): Visit, ctx: &mut Self::Context) {
        self.arrived += 1;
        self.visit(request, ctx);
    }
}

impl Handler<Stop> for Document {
    type Result = ();

    fn handle(&mut self, Stop(done): Stop, ctx: &mut Self::Context) {
        self.stopping.push(done);
        self.stopped_if_settled(ctx);
    }
}
