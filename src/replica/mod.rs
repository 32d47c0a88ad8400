//! One document as a value.
//!
//! A [`Replica`] holds the Yrs document, who is present, and the updates that
//! are not durable yet. It takes messages and returns [`Effect`]s: decisions, to
//! be carried out by whoever owns the sockets and the disk. It is pure: no
//! actor, no store, no clock (time is an argument).
//!
//! # Invariants
//! - Every byte that reaches Yrs passed [`wire::guard`](crate::wire::guard),
//!   structure and causality, wherever it came from. So the document never
//!   holds pending structs, and what it encodes loads again.
//! - No effect tells anybody about an update before [`Replica::durable`] was
//!   called for the append that holds it ([`batch`]).
//! - While [`Replica::is_working`], an update is half taken: nothing else is asked
//!   of the value until [`Replica::work`] is done with it.
//! - After a [`Broken`] the value is not to be used again: it may be half
//!   changed. Discard it and load the document anew.

mod admission;
pub mod batch;
mod cache;
mod effect;
mod fingerprint;
mod known;
mod load;
mod mark;
pub mod presence;
mod seat;
#[cfg(test)]
mod tests;
mod trap;
mod work;
mod yrs_document;

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use yrs::{Doc, MapRef, ReadTxn, Transact};

use crate::id::SessionId;
use crate::wire::awareness;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::guard::{self, Outline, Verdict};
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::{ClientMessage, ServerMessage};

use admission::{Admitted, NotAdmitted, admit};
use batch::Batch;
use cache::FullState;
pub use effect::{Applied, Broken, Effect, UpdateRefused, Worked};
pub use fingerprint::fingerprint;
pub use load::{LoadError, verify_snapshot};
pub use mark::Mark;
use mark::Trail;
use presence::{Departure, Presence};
use seat::{Response, Seat};
pub use trap::Trap;
pub use work::Pace;
use work::{Author, Reached, Work};
use yrs_document::{apply_admitted, options, read_title};

/// An update of nothing: no structs, no deletions.
pub const NOTHING: &[u8] = &[0, 0];

/// What a replica refuses to outgrow.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Encoded size of the whole document, in bytes.
    pub document_bytes: usize,
    /// The check of updates.
    pub guard: guard::Limits,
    /// The check of presence.
    pub awareness: awareness::Limits,
    /// How long an update may be worked on, see [`Limits::patience`].
    pub work: Duration,
    /// Only for tests: see [`Trap`].
    pub trap: Option<Trap>,
}

/// What each byte of an update adds to the time that it may take. An honest one
/// takes a fifth of a microsecond a byte at most.
const WORK_PER_BYTE: Duration = Duration::from_micros(2);

impl Limits {
    /// How long an update of so many bytes may be worked on.
    pub fn patience(&self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.work + WORK_PER_BYTE.saturating_mul(bytes)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 256 << 20,
            guard: guard::Limits::default(),
            awareness: awareness::Limits::default(),
            work: Duration::from_secs(10),
            trap: None,
        }
    }
}

/// One document.
#[derive(Debug)]
pub struct Replica {
    doc: Doc,
    /// What the guard knows of `doc`: every update enters both or neither.
    outline: Outline,
    meta: MapRef,
    title: Option<String>,
    presence: Presence,
    batch: Batch<Effect>,
    trail: Trail,
    /// The last diff made for somebody who fell behind: the mark it starts from,
    /// the version it leads to. Those who fell behind together share it.
    caught_up: Option<(Mark, u64, Bytes)>,
    sessions: HashMap<SessionId, Seat>,
    limits: Limits,
    /// At least the encoded size: what was loaded plus everything taken since.
    bytes: usize,
    /// Counts changes; equal versions have equal content.
    version: u64,
    full_state: FullState,
    /// The update that is being taken, if one is.
    work: Option<Box<Work>>,
}

/// What became of an update.
struct Taken {
    /// Nothing of it is missing.
    whole: bool,
    /// It changed the document.
    progress: bool,
}

impl Replica {
    /// A document nobody has written in yet.
    pub fn empty(limits: Limits) -> Self {
        let doc = Doc::with_options(options());
        let meta = doc.get_or_insert_map("meta");
        Self {
            doc,
            outline: Outline::new(),
            meta,
            title: None,
            presence: Presence::default(),
            batch: Batch::default(),
            trail: Trail::new(StateVector::new()),
            caught_up: None,
            sessions: HashMap::new(),
            limits,
            bytes: 0,
            version: 0,
            full_state: FullState::default(),
            work: None,
        }
    }

    /// Seats a session: it hears everything from here on. Returns what the
    /// server says first: its state vector, and who is here.
    pub fn join(&mut self, session: SessionId) -> Vec<Effect> {
        self.sessions.insert(session, Seat::new());
        self.presence.join(session);
        let mut effects = vec![Effect::Send(session, self.step1())];
        let present = self.presence.present();
        if !present.is_empty() {
            let states = self.presence.encode(&present);
            effects.push(Effect::Send(session, ServerMessage::Awareness(states)));
        }
        effects
    }

    /// Unseats a session.
    pub fn leave(&mut self, session: SessionId, how: Departure, now: Instant) -> Vec<Effect> {
        self.sessions.remove(&session);
        let gone = self.presence.leave(session, how, now);
        announce(gone)
    }

    /// Lets presence grow old. Call it about once a second.
    pub fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let gone = self.presence.tick(now);
        announce(gone)
    }

    /// Takes one message of a seated session. An update that is not small is only
    /// begun: see [`work`](Self::work).
    ///
    /// # Errors
    /// [`Broken`]: discard this replica. Whatever the session did wrong is an
    /// [`Effect::Close`], not an error.
    pub fn receive(
        &mut self,
        session: SessionId,
        message: ClientMessage,
        now: Instant,
    ) -> Result<Vec<Effect>, Broken> {
        if !self.sessions.contains_key(&session) {
            return Ok(Vec::new());
        }
        Ok(match message {
            ClientMessage::SyncStep1(theirs) => {
                let reply = ServerMessage::SyncStep2(self.diff(&theirs));
                self.batch
                    .hold(Effect::Send(session, reply))
                    .into_iter()
                    .collect()
            }
            ClientMessage::SyncStep2(update) => self.receive_update(session, &update, true)?,
            ClientMessage::Update(update) => self.receive_update(session, &update, false)?,
            ClientMessage::Awareness(update) => self.receive_awareness(session, &update, now),
            ClientMessage::QueryAwareness => {
                let states = self.presence.encode(&self.presence.present());
                vec![Effect::Send(session, ServerMessage::Awareness(states))]
            }
            // Not everything before it was taken: it waits for the rest.
            ClientMessage::Barrier(token) if self.lacks(session) => self.put_off(session, token),
            ClientMessage::Barrier(token) => {
                let answer = Effect::Send(session, ServerMessage::Barrier(token));
                self.batch.hold(answer).into_iter().collect()
            }
        })
    }

    /// Takes an update that did not come over a socket: all of it or nothing,
    /// unless it has to be [stopped](Pace::Stop).
    ///
    /// # Errors
    /// Why nothing was taken; after [`UpdateRefused::Broken`] discard this
    /// replica.
    pub fn apply(&mut self, update: &Bytes) -> Result<Applied, UpdateRefused> {
        let survey = guard::inspect(update, &self.limits.guard)?;
        if survey.verdict(&self.outline)? == Verdict::Incomplete {
            return Err(UpdateRefused::Incomplete);
        }
        Ok(match self.take(update, Author::Caller)? {
            Some(_) => Applied::All,
            None => Applied::Begun,
        })
    }

    /// Whether an update was begun and is not done: call [`work`](Self::work)
    /// until it is, before anything else.
    pub fn is_working(&self) -> bool {
        self.work.is_some()
    }

    /// Goes on with the update that was begun. `pace` is asked after every slice;
    /// `None` means that it said [`Pace::Pause`] and there is more to do.
    ///
    /// # Errors
    /// [`Broken`]: discard this replica.
    pub fn work(&mut self, pace: &mut dyn FnMut() -> Pace) -> Result<Option<Worked>, Broken> {
        let Some(mut work) = self.work.take() else {
            return Ok(Some(Worked::default()));
        };
        let reached = match work.turn(&self.doc, &mut self.outline, pace) {
            Ok(Reached::Pause) => {
                self.work = Some(work);
                return Ok(None);
            }
            Ok(reached) => reached,
            Err(reason) => {
                let update = Some(work.update);
                return Err(Broken { reason, update });
            }
        };
        let progress = match work.news() {
            Some(news) => self.gather(news),
            None => false,
        };
        let refused = UpdateRefused::Laborious;
        Ok(Some(match (work.author, reached) {
            (Author::Session { id, is_answer }, Reached::End { whole }) => {
                let taken = Taken { whole, progress };
                let effects = self.answer(id, &taken, is_answer);
                let refused = None;
                Worked { effects, refused }
            }
            (Author::Session { id, .. }, _) => {
                let effects = vec![Effect::Close(id, refused.into())];
                let refused = None;
                Worked { effects, refused }
            }
            (Author::Caller, Reached::End { .. }) => Worked::default(),
            (Author::Caller, _) => Worked {
                effects: Vec::new(),
                refused: Some(refused),
            },
        }))
    }

    /// How long an update of so many bytes may be worked on before its owner
    /// should say [`Pace::Stop`].
    pub fn patience(&self, bytes: usize) -> Duration {
        self.limits.patience(bytes)
    }

    /// Starts the next append if none is in flight: what to journal. Nothing
    /// departs while an update is half taken; ask again when it is done.
    ///
    /// # Errors
    /// [`Broken`] when gathered updates do not merge; nobody was told of them.
    pub fn depart(&mut self) -> Result<Option<Bytes>, Broken> {
        // The state would hold half of an update that this append does not.
        if self.is_working() {
            return Ok(None);
        }
        let update = self.batch.depart(yrs_document::merge)?;
        if let Some(update) = &update {
            let doc = &self.doc;
            self.trail.departed(update.len(), || state_vector(doc));
        }
        Ok(update)
    }

    /// The append in flight is on disk: now everybody may know.
    pub fn durable(&mut self) -> Vec<Effect> {
        let Some((update, waiting)) = self.batch.arrive() else {
            return Vec::new();
        };
        // A diff for somebody who fell behind was made before this update was
        // complete: the relay goes on behind the diff, with this update.
        let is_diff = |effect: &Effect| matches!(effect, Effect::Large(..));
        let (mut effects, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_diff);
        effects.push(Effect::Relay(revealed(update), self.trail.relayed()));
        effects.extend(rest);
        effects
    }

    /// Everything that was taken since `since`, for whoever did not get what was
    /// relayed from there on. Not while an update is half taken.
    pub fn missed(&mut self, since: &Mark) -> Bytes {
        match &self.caught_up {
            Some((mark, version, update)) if mark.is(since) && *version == self.version => {
                update.clone()
            }
            _ => {
                let update = self.diff(since.vector());
                self.caught_up = Some((since.clone(), self.version, update.clone()));
                update
            }
        }
    }

    /// Tells a seated session something that was read just now, as soon as all of
    /// it is durable. What is relayed after a diff of what it
    /// [missed](Self::missed) must reach it again.
    pub fn hand_over(&mut self, session: SessionId, message: ServerMessage) -> Vec<Effect> {
        debug_assert!(!self.is_working());
        if !self.sessions.contains_key(&session) {
            return Vec::new();
        }
        self.batch
            .hold(Effect::Large(session, message))
            .into_iter()
            .collect()
    }

    /// At least how large the document is, encoded, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The latest presence of these clients, those who left lately included; of
    /// everybody if `ids` is `None`.
    pub fn presence_of(&self, ids: Option<&[u64]>) -> ServerMessage {
        let states = match ids {
            Some(ids) => self.presence.encode(ids),
            None => self.presence.encode(&self.presence.remembered()),
        };
        ServerMessage::Awareness(states)
    }

    /// Holds an effect back until everything taken so far is durable; gives it
    /// back at once if it is.
    #[must_use = "what is given back need not wait"]
    pub fn hold(&mut self, effect: Effect) -> Option<Effect> {
        self.batch.hold(effect)
    }

    /// Whether everything that was taken is on disk.
    pub fn is_settled(&self) -> bool {
        !self.is_working() && self.batch.is_settled()
    }

    /// Bytes of updates taken and not on disk yet.
    pub fn backlog(&self) -> usize {
        self.batch.backlog()
    }

    /// How many sessions are seated.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// The document, to read from. Whoever tells somebody what was read must
    /// first see [`is_settled`](Self::is_settled).
    pub fn doc(&self) -> &Doc {
        &self.doc
    }

    /// The title in `meta`, if there is one.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The whole document as one update, v1.
    pub fn state(&mut self) -> Bytes {
        self.full_state.get(self.version, &self.doc)
    }

    /// A hash of the state: see [`fingerprint`].
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.doc)
    }

    /// What somebody who has `theirs` lacks, as an update, v1.
    pub fn diff(&mut self, theirs: &StateVector) -> Bytes {
        if theirs.is_empty() {
            return self.state();
        }
        let diff = self
            .doc
            .transact()
            .encode_state_as_update_v1(&theirs.to_yrs());
        revealed(diff.into())
    }

    /// The whole document as the store keeps it: references to subdocuments are
    /// hidden, as in the journal.
    pub fn snapshot(&self) -> Bytes {
        let everything = yrs::StateVector::default();
        self.doc
            .transact()
            .encode_state_as_update_v1(&everything)
            .into()
    }

    fn step1(&self) -> ServerMessage {
        ServerMessage::SyncStep1(state_vector(&self.doc).encode().into())
    }

    /// `is_answer`: it answers our step 1, and the sender has no more than this.
    fn receive_update(
        &mut self,
        session: SessionId,
        update: &Bytes,
        is_answer: bool,
    ) -> Result<Vec<Effect>, Broken> {
        let id = session;
        match self.take(update, Author::Session { id, is_answer }) {
            Ok(Some(taken)) => Ok(self.answer(session, &taken, is_answer)),
            Ok(None) => Ok(Vec::new()),
            Err(UpdateRefused::Broken(broken)) => Err(broken),
            Err(refused) => Ok(vec![Effect::Close(session, refused.into())]),
        }
    }

    fn receive_awareness(
        &mut self,
        session: SessionId,
        update: &Bytes,
        now: Instant,
    ) -> Vec<Effect> {
        let entries = match awareness::decode(update, &self.limits.awareness) {
            Ok(entries) => entries,
            Err(malformed) => return vec![Effect::Close(session, malformed.into())],
        };
        match self.presence.receive(session, &entries, now) {
            Ok(changed) => {
                let mut effects = announce(changed);
                let challenged = self.presence.challenged();
                effects.extend(challenged.into_iter().map(Effect::Challenge));
                effects
            }
            Err(refusal) => vec![Effect::Close(session, refusal)],
        }
    }

    /// Guards an update and applies what of it can be applied now. `None` if it
    /// is not small: then it is only begun.
    fn take(&mut self, update: &Bytes, author: Author) -> Result<Option<Taken>, UpdateRefused> {
        // Before the outline hears of it: both must know the same.
        self.check_room(update.len())?;
        let survey = guard::inspect(update, &self.limits.guard)?;
        if !work::is_small(&survey, &self.outline) {
            // A part of what breaks a rule must not be taken.
            survey.verdict(&self.outline)?;
            let slices = work::slices(update, &self.limits.guard, &self.outline)?;
            let trap = self.limits.trap.clone();
            self.work = Some(Box::new(Work::new(slices, update.clone(), author, trap)));
            return Ok(None);
        }
        let before = self.version;
        let broken = |reason| Broken {
            reason,
            update: Some(update.clone()),
        };
        let admitted = admit(&mut self.outline, update, &survey, &self.limits.guard);
        let Admitted {
            update: part,
            verdict,
        } = admitted.map_err(|refused| match refused {
            NotAdmitted::Malformed(malformed) => UpdateRefused::Malformed(malformed),
            NotAdmitted::OwnCut => broken(refused.to_string()).into(),
        })?;
        if part != NOTHING {
            self.integrate(&part).map_err(|part| broken(part.reason))?;
        }
        Ok(Some(Taken {
            whole: verdict != Verdict::Incomplete,
            progress: self.version != before,
        }))
    }

    /// Whether the document may grow by `more` bytes. What was taken is counted
    /// as it came; only when that is too much is the document really measured.
    fn check_room(&mut self, more: usize) -> Result<(), UpdateRefused> {
        let limit = self.limits.document_bytes;
        if self.bytes.saturating_add(more) > limit {
            self.bytes = self.state().len();
        }
        if self.bytes.saturating_add(more) > limit {
            return Err(UpdateRefused::Full(limit));
        }
        Ok(())
    }

    fn lacks(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_some_and(Seat::lacks)
    }

    fn put_off(&mut self, session: SessionId, token: Bytes) -> Vec<Effect> {
        match self
            .sessions
            .get_mut(&session)
            .map(|seat| seat.put_off(token))
        {
            Some(Response::Dismiss) => vec![self.tired_of(session)],
            _ => Vec::new(),
        }
    }

    /// The end of a session that keeps sending updates without their past.
    fn tired_of(&self, session: SessionId) -> Effect {
        let reason = "updates keep lacking what they build on";
        Effect::Close(session, Refusal::new(CloseCode::Policy, reason))
    }

    /// Asks a session for what its update builds on, or ends one that keeps
    /// sending updates without their past: see [`seat`].
    fn answer(&mut self, session: SessionId, taken: &Taken, is_answer: bool) -> Vec<Effect> {
        let Some(seat) = self.sessions.get_mut(&session) else {
            return Vec::new();
        };
        if is_answer {
            let barriers = seat.answered(taken.whole, taken.progress);
            return barriers
                .into_iter()
                .filter_map(|token| {
                    let answer = ServerMessage::Barrier(token);
                    self.batch.hold(Effect::Send(session, answer))
                })
                .collect();
        }
        match seat.updated(taken.whole, taken.progress) {
            Response::Fine => Vec::new(),
            Response::Ask => vec![Effect::Send(session, self.step1())],
            Response::Dismiss => vec![self.tired_of(session)],
        }
    }

    /// Applies an update that the guard admitted and puts what is new into the
    /// batch.
    fn integrate(&mut self, update: &Bytes) -> Result<(), Broken> {
        let news = apply_admitted(&self.doc, update, self.limits.trap.as_ref())?;
        self.gather(news.into());
        Ok(())
    }

    /// Puts what is new into the batch. Says whether anything is.
    fn gather(&mut self, news: Bytes) -> bool {
        if news == NOTHING {
            return false;
        }
        self.bytes += news.len();
        self.version += 1;
        self.title = read_title(&self.doc, &self.meta);
        self.batch.push(news);
        true
    }
}

fn announce(changed: Vec<u64>) -> Vec<Effect> {
    if changed.is_empty() {
        return Vec::new();
    }
    vec![Effect::Announce(changed)]
}

fn state_vector(doc: &Doc) -> StateVector {
    StateVector::from(&doc.transact().state_vector())
}

/// An update as others may see it: see [`guard::reveal`].
fn revealed(update: Bytes) -> Bytes {
    match guard::reveal(&update) {
        Cow::Borrowed(_) => update,
        Cow::Owned(revealed) => revealed.into(),
    }
}
