//! Who is here: the awareness states of a document's clients.
//!
//! Promises: a state is passed on at most once per clock; an id that a living
//! session speaks for is spoken for by nobody else; whoever falls silent or leaves
//! is withdrawn. Time is an argument, nothing here reads a clock.
//!
//! A client that comes back on a new connection while its old one is still taken
//! for alive looks exactly like a stranger who claims its id. So such a claim
//! makes an *heir*: what it says is kept, not passed on, and the session that holds
//! the id is challenged ([`challenged`](Presence::challenged)). If that is dead it
//! is ended, and the heir speaks; if it lives, nothing has happened. An id that no
//! session speaks for belongs to whoever speaks for it next.
//!
//! Source of the acceptance rule: y-protocols 1.0, `awareness.js`
//! (`applyAwarenessUpdate`); of the clock rules: its `outdatedTimeout`.

mod room;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::id::SessionId;
use crate::wire::awareness::{self, Entry};
use crate::wire::close::{CloseCode, Refusal};

/// A state not renewed for this long is withdrawn. Clients renew every 15 s.
pub const OUTDATED_AFTER: Duration = Duration::from_secs(30);

/// How long the states of a connection that broke are kept for its return. A
/// returning client announces itself with an unchanged clock, which everybody
/// who saw the withdrawal would reject; so the withdrawal waits.
pub const WITHDRAWAL_GRACE: Duration = Duration::from_secs(4);

/// The most client ids one session may speak for.
pub const IDS_PER_SESSION: usize = 16;

/// How far ahead of what is known a clock may be. A clock counts changes, so one
/// that is further ahead is made up; passed on, it would make every client that
/// saw it deaf to the true ones, which are lower.
pub const CLOCK_LEAP: u32 = 1 << 24;

/// A tick that comes so long after the one before says that nobody listened
/// meanwhile: a stopped process, a machine that slept.
const ABSENCE: Duration = Duration::from_secs(10);

/// About what an entry takes beside its state.
const ENTRY_BYTES: usize = 16;

/// The most heirs an id may have; of more the oldest are forgotten.
const HEIRS: usize = 8;

/// How a session ended, as far as its presence is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// The client said goodbye: its states go at once.
    Clean,
    /// The connection broke: its states wait for [`WITHDRAWAL_GRACE`].
    Unclean,
}

/// The states of all clients of one document.
#[derive(Debug, Default)]
pub struct Presence {
    clients: HashMap<u64, Client>,
    speakers: HashMap<SessionId, Speaker>,
    challenged: Vec<SessionId>,
    ticked: Option<Instant>,
    /// Bytes of all states, or more.
    bytes: usize,
}

#[derive(Debug)]
struct Client {
    clock: u32,
    /// JSON text; `None` once the client is gone. The clock of a client that is
    /// gone is remembered until nobody can send it late any more.
    state: Option<Bytes>,
    /// The session that speaks for it.
    owner: Option<SessionId>,
    /// Those who speak for it once that has gone, the newest last.
    heirs: Vec<Heir>,
    renewed: Instant,
    /// When the state goes, once its connection broke.
    withdraw_at: Option<Instant>,
}

/// A session that claims an id, and what it said of it last.
#[derive(Debug)]
struct Heir {
    session: SessionId,
    clock: u32,
    state: Option<Bytes>,
}

#[derive(Debug, Default)]
struct Speaker {
    /// A session claims its own id with its first awareness message; only then
    /// may it claim an id that another living session speaks for.
    has_spoken: bool,
    ids: Vec<u64>,
    /// The id that it is an heir of, if any.
    claimed: Option<u64>,
}

impl Presence {
    /// A session came. It may now speak.
    pub fn join(&mut self, session: SessionId) {
        self.speakers.entry(session).or_default();
    }

    /// The client that a session speaks for, if it is one.
    pub fn client_of(&self, session: SessionId) -> Option<u64> {
        let &[client] = self.speakers.get(&session)?.ids.as_slice() else {
            return None;
        };
        let owner = self.clients.get(&client)?.owner;
        (owner == Some(session)).then_some(client)
    }

    /// Takes what a session says and returns what is news to everybody.
    ///
    /// # Errors
    /// [`CloseCode::Policy`] when the session speaks for too many ids or shows too much,
    /// [`CloseCode::Malformed`] when a state that would be passed on is no JSON.
    pub fn receive(
        &mut self,
        session: SessionId,
        entries: &[Entry<'_>],
        now: Instant,
    ) -> Result<Vec<u64>, Refusal> {
        let speaker = self.speakers.entry(session).or_default();
        let claims = !std::mem::replace(&mut speaker.has_spoken, true) && entries.len() == 1;
        let mut changed = Vec::new();
        for entry in entries {
            if self.accept(session, entry, claims, now)? {
                changed.push(entry.client);
            }
        }
        // A message may name an id many times; its latest state is told once.
        changed.sort_unstable();
        changed.dedup();
        Ok(changed)
    }

    /// The sessions whose ids were claimed since this was asked last: they should
    /// prove that they are alive.
    pub fn challenged(&mut self) -> Vec<SessionId> {
        std::mem::take(&mut self.challenged)
    }

    /// Whether the entry changes what others should see.
    fn accept(
        &mut self,
        session: SessionId,
        entry: &Entry<'_>,
        claims: bool,
        now: Instant,
    ) -> Result<bool, Refusal> {
        let known = self.clients.get(&entry.client);
        let clock = known.map_or(0, |known| known.clock);
        if entry.clock.saturating_sub(clock) > CLOCK_LEAP {
            return Ok(false);
        }
        if !self.has_room(session, entry) {
            return Ok(false);
        }
        let Some(known) = self.clients.get(&entry.client) else {
            let is_news = entry.state.is_some();
            if is_news {
                self.take(session, entry, now)?;
            }
            return Ok(is_news);
        };
        if let Some(owner) = known.owner
            && owner != session
        {
            self.claim(session, owner, entry, claims)?;
            return Ok(false);
        }
        let free = known.owner.is_none();
        let here = known.state.is_some();
        let advances = entry.clock > clock;
        let removes = entry.clock == clock && entry.state.is_none() && here;
        // Somebody had made the clock up, and has left: the id begins anew.
        let restarts = free && claims && entry.clock < clock && entry.state.is_some();
        if advances || removes || restarts {
            self.take(session, entry, now)?;
            return Ok(true);
        }
        if free && claims && here && entry.clock == clock {
            // Nothing to tell anybody, but the id came back within its grace.
            self.bind(session, entry.client)?;
            if let Some(client) = self.clients.get_mut(&entry.client) {
                client.renewed = now;
                client.withdraw_at = None;
            }
        }
        Ok(false)
    }

    /// Puts down what the one who speaks for a client says.
    fn take(&mut self, session: SessionId, entry: &Entry<'_>, now: Instant) -> Result<(), Refusal> {
        self.bind(session, entry.client)?;
        let state = self.kept(session, entry)?;
        let client = self.clients.entry(entry.client).or_insert_with(|| Client {
            clock: 0,
            state: None,
            owner: Some(session),
            heirs: Vec::new(),
            renewed: now,
            withdraw_at: None,
        });
        client.clock = entry.clock;
        client.state = state;
        client.renewed = now;
        client.withdraw_at = None;
        Ok(())
    }

    /// Takes down what somebody says of a client that `owner` speaks for.
    fn claim(
        &mut self,
        session: SessionId,
        owner: SessionId,
        entry: &Entry<'_>,
        claims: bool,
    ) -> Result<(), Refusal> {
        let Some(client) = self.clients.get(&entry.client) else {
            return Ok(());
        };
        let heir = client.heirs.iter().find(|heir| heir.session == session);
        let is_news = match heir {
            Some(heir) => {
                entry.clock > heir.clock || (entry.clock == heir.clock && entry.state.is_none())
            }
            None => claims && session > owner && entry.clock >= client.clock,
        };
        if !is_news {
            return Ok(());
        }
        let is_new = heir.is_none();
        let heir = Heir {
            session,
            clock: entry.clock,
            state: self.kept(session, entry)?,
        };
        let Some(client) = self.clients.get_mut(&entry.client) else {
            return Ok(());
        };
        if !is_new {
            let mut known = client.heirs.iter_mut();
            if let Some(known) = known.find(|known| known.session == session) {
                *known = heir;
            }
        } else {
            client.heirs.push(heir);
            if client.heirs.len() > HEIRS {
                client.heirs.remove(0);
            }
            self.speakers.entry(session).or_default().claimed = Some(entry.client);
            self.challenged.push(owner);
        }
        Ok(())
    }

    /// Makes `session` the one that speaks for `client`.
    fn bind(&mut self, session: SessionId, client: u64) -> Result<(), Refusal> {
        let speaker = self.speakers.entry(session).or_default();
        if !speaker.ids.contains(&client) {
            if speaker.ids.len() >= IDS_PER_SESSION {
                return Err(Refusal::new(
                    CloseCode::Policy,
                    "one connection may announce at most 16 clients",
                ));
            }
            speaker.ids.push(client);
        }
        if let Some(known) = self.clients.get_mut(&client) {
            known.owner = Some(session);
        }
        Ok(())
    }

    /// Hands a client to its newest heir. Returns whether there is something to
    /// tell, or `None` when there is no heir.
    fn inherit(&mut self, id: u64, now: Instant) -> Option<bool> {
        let client = self.clients.get_mut(&id)?;
        let heir = client.heirs.pop()?;
        client.owner = Some(heir.session);
        client.withdraw_at = None;
        let is_news = heir.clock > client.clock
            || (heir.clock == client.clock && heir.state.is_none() && client.state.is_some());
        if is_news {
            client.clock = heir.clock;
            client.state = heir.state;
            client.renewed = now;
        }
        if let Some(speaker) = self.speakers.get_mut(&heir.session) {
            speaker.claimed = None;
            if !speaker.ids.contains(&id) {
                speaker.ids.push(id);
            }
        }
        Some(is_news)
    }

    /// A session went. Returns the ids of which there is something to tell: those
    /// withdrawn at once, and those that an heir has news of. The others follow
    /// from [`tick`](Self::tick).
    pub fn leave(&mut self, session: SessionId, how: Departure, now: Instant) -> Vec<u64> {
        let Some(speaker) = self.speakers.remove(&session) else {
            return Vec::new();
        };
        if let Some(client) = speaker.claimed.and_then(|id| self.clients.get_mut(&id)) {
            client.heirs.retain(|heir| heir.session != session);
        }
        let mut changed = Vec::new();
        for id in speaker.ids {
            match self.clients.get_mut(&id) {
                Some(client) if client.owner == Some(session) => client.owner = None,
                _ => continue,
            }
            if let Some(is_news) = self.inherit(id, now) {
                changed.extend(is_news.then_some(id));
                continue;
            }
            let Some(client) = self.clients.get_mut(&id).filter(|it| it.state.is_some()) else {
                continue;
            };
            match how {
                Departure::Clean => {
                    client.state = None;
                    client.renewed = now;
                    changed.push(id);
                }
                Departure::Unclean => client.withdraw_at = Some(now + WITHDRAWAL_GRACE),
            }
        }
        changed
    }

    /// Withdraws whoever fell silent or did not come back, and forgets clients
    /// that are long gone. Call it about once a second.
    pub fn tick(&mut self, now: Instant) -> Vec<u64> {
        let ticked = self.ticked.replace(now).unwrap_or(now);
        let absence = now.saturating_duration_since(ticked);
        if absence >= ABSENCE {
            // Time that nobody listened in is nobody's silence.
            for client in self.clients.values_mut() {
                client.renewed += absence;
                client.withdraw_at = client.withdraw_at.map(|at| at + absence);
            }
        }
        let mut gone = Vec::new();
        self.clients.retain(|&id, client| {
            let silent = now.saturating_duration_since(client.renewed) >= OUTDATED_AFTER;
            if client.state.is_none() {
                return !silent;
            }
            if silent || client.withdraw_at.is_some_and(|at| now >= at) {
                client.state = None;
                client.withdraw_at = None;
                client.renewed = now;
                gone.push(id);
            }
            true
        });
        for speaker in self.speakers.values_mut() {
            speaker.ids.retain(|id| self.clients.contains_key(id));
        }
        gone.sort_unstable();
        gone
    }

    /// The ids of everybody whose clock is known, those who left lately included, in
    /// order.
    pub fn remembered(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.clients.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// How many of `ids`, from the first one on, have states of up to `bytes`
    /// together; one at least, if there is one.
    pub fn first(&self, ids: &[u64], bytes: usize) -> usize {
        let mut left = bytes;
        let of = |id: &u64| {
            let state = self
                .clients
                .get(id)
                .and_then(|client| client.state.as_ref());
            state.map_or(0, Bytes::len) + ENTRY_BYTES
        };
        let fits = |id: &&u64| {
            let fits = of(id) <= left;
            left = left.saturating_sub(of(id));
            fits
        };
        ids.iter().take_while(fits).count().max(1).min(ids.len())
    }

    /// The ids of everybody who has a state, in order.
    pub fn present(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self
            .clients
            .iter()
            .filter(|(_, client)| client.state.is_some())
            .map(|(&id, _)| id)
            .collect();
        ids.sort_unstable();
        ids
    }

    /// What everybody who has a state shows, as JSON.
    pub fn states(&self) -> impl Iterator<Item = (u64, &str)> {
        self.clients.iter().filter_map(|(id, client)| {
            let state = std::str::from_utf8(client.state.as_deref()?).ok()?;
            Some((*id, state))
        })
    }

    /// An awareness update that tells the current states of `ids`.
    pub fn encode(&self, ids: &[u64]) -> Bytes {
        let entries: Vec<Entry<'_>> = ids
            .iter()
            .filter_map(|id| {
                let client = self.clients.get(id)?;
                let state = client
                    .state
                    .as_deref()
                    .map(|state| std::str::from_utf8(state));
                Some(Entry {
                    client: *id,
                    clock: client.clock,
                    state: state.transpose().ok()?,
                })
            })
            .collect();
        awareness::encode(entries).into()
    }
}
