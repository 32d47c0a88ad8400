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
//!   called for the append that holds it ([`batch`]); unless others are to hear
//!   [at once](Promptness), and then none acknowledges it before.
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
mod promptness;
mod seat;
mod sender;
mod taking;
mod telling;
#[cfg(test)]
mod tests;
mod trap;
mod work;
mod writers;
mod yrs_document;

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use yrs::{Doc, MapRef, ReadTxn, Transact};

use crate::id::SessionId;
use crate::wire::awareness;
use crate::wire::guard::{self, Outline};
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::{ClientMessage, ServerMessage};

use batch::Batch;
use cache::FullState;
pub use effect::{Applied, Broken, Effect, UpdateRefused, Worked};
pub use fingerprint::fingerprint;
pub use load::{LoadError, verify_snapshot};
pub use mark::Mark;
use mark::Trail;
use presence::{Departure, Presence};
use promptness::Authors;
pub use promptness::Promptness;
use seat::Seat;
pub use trap::Trap;
pub use work::Pace;
use work::Work;
use writers::Deleters;
pub use yrs_document::LONGEST_TITLE;
use yrs_document::options;

/// An update of nothing: no structs, no deletions.
pub const NOTHING: &[u8] = &[0, 0];

/// Presence is told in pieces of about so many bytes, so that no connection holds more
/// than one that others do not have any more.
pub const PRESENCE_BYTES: usize = 64 << 10;

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
    deleters: Deleters,
    /// Where others hear of updates at once: whose are not on disk.
    awaiting: Option<Authors>,
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
    /// To be carried out before anything else.
    told: Vec<Effect>,
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
            deleters: Deleters::default(),
            awaiting: None,
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

    /// Says when others are to hear of an update. Before anything is taken.
    #[must_use]
    pub fn that_tells(mut self, promptness: Promptness) -> Self {
        self.awaiting = match promptness {
            Promptness::AfterDisk => None,
            Promptness::AtOnce => Some(Authors::default()),
        };
        self
    }

    /// Seats a session: it hears everything from here on. Returns what the
    /// server says first: its state vector, and who is here.
    pub fn join(&mut self, session: SessionId) -> Vec<Effect> {
        self.sessions.insert(session, Seat::new());
        self.presence.join(session);
        let mut effects = vec![Effect::Send(session, self.step1())];
        let present = self.presence.present();
        if !present.is_empty() {
            effects.push(self.acquaint(session, &present));
        }
        effects
    }

    /// Tells a session who is here; where much is shown, that it is to be told.
    fn acquaint(&self, session: SessionId, present: &[u64]) -> Effect {
        if self.presence.first(present, PRESENCE_BYTES) < present.len() {
            return Effect::Acquaint(session);
        }
        let states = self.presence.encode(present);
        Effect::Send(session, ServerMessage::Awareness(states))
    }

    /// Unseats a session.
    pub fn leave(&mut self, session: SessionId, how: Departure, now: Instant) -> Vec<Effect> {
        self.sessions.remove(&session);
        let gone = self.presence.leave(session, how, now);
        announce(gone)
    }

    /// Lets presence grow old, and patience end. Call it about once a second.
    pub fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let gone = self.presence.tick(now);
        let mut effects = announce(gone);
        effects.extend(self.those_who_owe(now));
        effects
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
                let answer = Effect::Send(session, reply);
                self.tell(answer).into_iter().collect()
            }
            ClientMessage::SyncStep2(update) => self.receive_update(session, &update, true)?,
            ClientMessage::Update(update) => self.receive_update(session, &update, false)?,
            ClientMessage::Awareness(update) => self.receive_awareness(session, &update, now),
            ClientMessage::QueryAwareness => {
                vec![self.acquaint(session, &self.presence.present())]
            }
            // Not everything before it was taken: it waits for the rest.
            ClientMessage::Barrier(token) if self.lacks(session) => self.put_off(session, token),
            ClientMessage::Barrier(token) => {
                let answer = Effect::Send(session, ServerMessage::Barrier(token));
                self.batch.hold(answer).into_iter().collect()
            }
        })
    }

    /// At least how large the document is, encoded, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The latest presence of the first of these clients, those who left lately
    /// included: of as many as take up to [`PRESENCE_BYTES`], and one at least. How
    /// many these are.
    pub fn presence_of(&self, ids: &[u64]) -> (ServerMessage, usize) {
        let first = self.presence.first(ids, PRESENCE_BYTES);
        let states = self.presence.encode(&ids[..first]);
        (ServerMessage::Awareness(states), first)
    }

    /// Everybody of whose presence there is something to tell, in order.
    pub fn remembered(&self) -> Vec<u64> {
        self.presence.remembered()
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

    /// The document, to read from. Whoever tells somebody what was read does so by
    /// way of [`tell`](Self::tell).
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

    /// Changes whenever the document does.
    pub fn version(&self) -> u64 {
        self.version
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
