//! What a replica lets go: to disk, and then to everybody, or the other way round.

use bytes::Bytes;

use super::promptness::Authors;
use super::{Broken, Effect, Mark, Replica, revealed, state_vector, yrs_document};
use crate::id::{Sender, SessionId};
use crate::wire::ysync::ServerMessage;

/// An append is joined as long as it has no more than so many bytes: each time all of it
/// is merged.
const JOINED_BYTES: usize = 1 << 10;

impl Replica {
    /// Starts the next append if none is in flight: what to journal. Nothing
    /// departs while an update is half taken; ask again when it is done.
    ///
    /// # Errors
    /// [`Broken`] when gathered updates do not merge; nobody was told that they are
    /// saved.
    pub fn depart(&mut self) -> Result<Option<Bytes>, Broken> {
        // The state would hold half of an update that this append does not.
        if self.is_working() {
            return Ok(None);
        }
        let update = self.batch.depart(yrs_document::merge)?;
        if let Some(update) = &update {
            self.sent(self.batch.sender());
            let doc = &self.doc;
            self.trail.departed(update.len(), || state_vector(doc));
            if let Some(authors) = &mut self.awaiting {
                authors.departed();
            }
        }
        Ok(update)
    }

    /// What has to be noted beside the append in flight.
    pub fn sender(&self) -> Sender {
        self.batch.sender()
    }

    /// Lets what gathered join the append in flight, as long as that is small and whoever
    /// carries it takes it: `offer` is told what is to be journaled in its place, and says
    /// whether that is in time. Not while an update is half taken.
    ///
    /// # Errors
    /// As [`depart`](Self::depart).
    pub fn join_append(
        &mut self,
        offer: impl FnOnce(&Bytes, Sender) -> bool,
    ) -> Result<(), Broken> {
        if self.is_working() {
            return Ok(());
        }
        let joined = self.batch.join(JOINED_BYTES, yrs_document::merge, offer)?;
        if let Some(bytes) = joined {
            self.sent(self.batch.sender());
            let doc = &self.doc;
            self.trail.departed(bytes, || state_vector(doc));
            if let Some(authors) = &mut self.awaiting {
                authors.joined();
            }
        }
        Ok(())
    }

    /// The append in flight is on disk: now everybody may know, or, where others
    /// know it, its authors.
    pub fn durable(&mut self) -> Vec<Effect> {
        let Some((update, waiting)) = self.batch.arrive() else {
            return Vec::new();
        };
        if let Some(authors) = &mut self.awaiting {
            let authors = authors.arrived();
            let before = self.trail.relayed();
            let echo = Effect::Echo(authors, revealed(update), before);
            return std::iter::once(echo).chain(waiting).collect();
        }
        // A diff for somebody who fell behind was made before this update was
        // complete: the relay goes on behind the diff, with this update.
        let is_diff = |effect: &Effect| matches!(effect, Effect::Large(..) | Effect::CatchUp(..));
        let (mut effects, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_diff);
        effects.push(Effect::Relay(revealed(update), self.trail.relayed()));
        effects.extend(rest);
        effects
    }

    /// Relays news at once, if others are to hear of it before it is on disk.
    pub(super) fn relay_at_once(&mut self, news: &Bytes, author: Option<SessionId>) -> Vec<Effect> {
        let Some(awaiting) = &mut self.awaiting else {
            return Vec::new();
        };
        let (update, before) = (revealed(news.clone()), self.trail.current());
        vec![match author {
            Some(author) => {
                awaiting.wrote(author);
                Effect::RelayToOthers(author, update, before)
            }
            None => Effect::Relay(update, before),
        }]
    }

    /// Everything that was taken since `since`, for a session that did not get what
    /// was relayed from there on. Not while an update is half taken. It is no
    /// [`Update`](ServerMessage::Update) if that could be taken for the echo of
    /// something that is not on disk.
    pub fn missed(&mut self, session: SessionId, since: &Mark) -> ServerMessage {
        let awaits = |authors: &Authors| authors.include(session);
        let update = self.diff_from(since);
        match self.awaiting.as_ref().is_some_and(awaits) {
            true => ServerMessage::SyncStep2(update),
            false => ServerMessage::Update(update),
        }
    }

    fn diff_from(&mut self, since: &Mark) -> Bytes {
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

    /// Answers a seated session's question with what was read just now, as soon as
    /// all of it may be told.
    pub fn hand_over(&mut self, session: SessionId, message: ServerMessage) -> Vec<Effect> {
        self.tell_seated(session, Effect::Large(session, message))
    }

    /// Tells a seated session what it [missed](Self::missed) until just now, as soon
    /// as all of it may be told. What is relayed after that must reach it again.
    pub fn catch_up(&mut self, session: SessionId, message: ServerMessage) -> Vec<Effect> {
        self.tell_seated(session, Effect::CatchUp(session, message))
    }

    fn tell_seated(&mut self, session: SessionId, effect: Effect) -> Vec<Effect> {
        debug_assert!(!self.is_working());
        if !self.sessions.contains_key(&session) {
            return Vec::new();
        }
        self.tell(effect).into_iter().collect()
    }

    /// Holds an effect that tells of the state back until all of it may be told;
    /// gives it back at once if it may.
    #[must_use = "what is given back need not wait"]
    pub fn tell(&mut self, effect: Effect) -> Option<Effect> {
        match self.awaiting {
            // Everybody was told of it.
            Some(_) => Some(effect),
            None => self.batch.hold(effect),
        }
    }
}
