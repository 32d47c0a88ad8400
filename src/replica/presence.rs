//! Who is here: the awareness states of a document's clients.
//!
//! Promises: a state is passed on at most once per clock; an id that a living
//! session speaks for cannot be spoken for by another one, except by the newer
//! connection of the same client; whoever falls silent or leaves is withdrawn.
//! Time is an argument, nothing here reads a clock.
//!
//! Source of the acceptance rule: y-protocols 1.0, `awareness.js`
//! (`applyAwarenessUpdate`); of the clock rules: its `outdatedTimeout`.

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
}

#[derive(Debug)]
struct Client {
    clock: u32,
    /// JSON text; `None` once the client is gone. The clock of a client that is
    /// gone is remembered until nobody can send it late any more.
    state: Option<Bytes>,
    /// The session that speaks for it.
    owner: Option<SessionId>,
    /// The living session it was taken over from, which may prove that it still
    /// speaks by advancing the clock.
    former: Option<SessionId>,
    renewed: Instant,
    /// When the state goes, once its connection broke.
    withdraw_at: Option<Instant>,
}

#[derive(Debug, Default)]
struct Speaker {
    /// A session claims its own id with its first awareness message; only then
    /// may it take over an id from another living session.
    has_spoken: bool,
    ids: Vec<u64>,
}

impl Presence {
    /// A session came. It may now speak.
    pub fn join(&mut self, session: SessionId) {
        self.speakers.entry(session).or_default();
    }

    /// Takes what a session says and returns what is news to everybody.
    ///
    /// # Errors
    /// [`CloseCode::Policy`] when the session speaks for too many ids,
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
        Ok(changed)
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
        let (advances, removes) = match known {
            None => (true, false),
            Some(known) => (
                entry.clock > known.clock,
                entry.clock == known.clock && entry.state.is_none() && known.state.is_some(),
            ),
        };
        let owner = known.and_then(|known| known.owner);
        let speaks = match known {
            None => true,
            Some(known) => match known.owner {
                None => true,
                Some(owner) if owner == session => true,
                // The same client on a newer connection, or an older one that
                // proves it is alive: see `former`.
                Some(owner) => {
                    (claims && session > owner && entry.clock >= known.clock)
                        || (known.former == Some(session) && advances)
                }
            },
        };
        if !speaks {
            return Ok(false);
        }
        let returns = known.is_some_and(|known| {
            entry.clock == known.clock && known.state.is_some() && owner != Some(session)
        });
        if !(advances || removes) {
            // Nothing to tell anybody, but the id may have come back on this
            // connection within its grace.
            if returns && claims {
                self.bind(session, entry.client)?;
                if let Some(client) = self.clients.get_mut(&entry.client) {
                    client.renewed = now;
                    client.withdraw_at = None;
                }
            }
            return Ok(false);
        }
        if known.is_none() && entry.state.is_none() {
            return Ok(false);
        }
        if let Some(state) = entry.state
            && !awareness::is_state(state)
        {
            return Err(Refusal::new(
                CloseCode::Malformed,
                "a presence state is not JSON",
            ));
        }
        self.bind(session, entry.client)?;
        let client = self.clients.entry(entry.client).or_insert_with(|| Client {
            clock: 0,
            state: None,
            owner: Some(session),
            former: None,
            renewed: now,
            withdraw_at: None,
        });
        client.clock = entry.clock;
        client.state = entry
            .state
            .map(|state| Bytes::copy_from_slice(state.as_bytes()));
        client.renewed = now;
        client.withdraw_at = None;
        Ok(true)
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
        if let Some(known) = self.clients.get_mut(&client)
            && known.owner != Some(session)
        {
            known.former = known
                .owner
                .filter(|owner| self.speakers.contains_key(owner));
            known.owner = Some(session);
        }
        Ok(())
    }

    /// A session went. Returns the ids that are withdrawn at once; the others
    /// follow from [`tick`](Self::tick). An id that a newer session has taken
    /// over stays.
    pub fn leave(&mut self, session: SessionId, how: Departure, now: Instant) -> Vec<u64> {
        let Some(speaker) = self.speakers.remove(&session) else {
            return Vec::new();
        };
        let mut gone = Vec::new();
        for id in speaker.ids {
            let Some(client) = self.clients.get_mut(&id) else {
                continue;
            };
            if client.former == Some(session) {
                client.former = None;
            }
            if client.owner != Some(session) {
                continue;
            }
            // Whoever it was taken over from still lives: it speaks again.
            if let Some(former) = client.former.take() {
                client.owner = Some(former);
                continue;
            }
            client.owner = None;
            if client.state.is_none() {
                continue;
            }
            match how {
                Departure::Clean => {
                    client.state = None;
                    client.renewed = now;
                    gone.push(id);
                }
                Departure::Unclean => client.withdraw_at = Some(now + WITHDRAWAL_GRACE),
            }
        }
        gone
    }

    /// Withdraws whoever fell silent or did not come back, and forgets clients
    /// that are long gone. Call it about once a second.
    pub fn tick(&mut self, now: Instant) -> Vec<u64> {
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

    /// The ids of everybody whose clock is known, those who left lately included.
    pub fn remembered(&self) -> Vec<u64> {
        self.clients.keys().copied().collect()
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
