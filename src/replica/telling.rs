//! What a replica lets go: to disk, and then to everybody.

use bytes::Bytes;

use super::{Broken, Effect, Mark, Replica, revealed, state_vector, yrs_document};
use crate::id::SessionId;
use crate::wire::ysync::ServerMessage;

impl Replica {
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
}
