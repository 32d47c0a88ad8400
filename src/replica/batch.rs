//! The ordering rule: nothing is acknowledged before it is durable.
//!
//! Updates gather while one append is in flight; when it is durable they become
//! the next one. Whatever acknowledges an update (its echo, a barrier's answer)
//! waits here for the append that holds it; and unless others hear of updates
//! [at once](super::Promptness), so does whatever tells somebody about it (its
//! broadcast, a state reply that contains it). So there is at most one append in
//! flight per document, and one batch is one append is one broadcast frame.
//!
//! An append that the store has not come to write yet may still be joined: then
//! what gathered, and what waits for it, is a part of the batch in flight.

use bytes::Bytes;

use super::sender::Senders;
use crate::id::Sender;

/// Updates on their way to disk, and what waits for them. `W` is whatever waits.
#[derive(Debug)]
pub struct Batch<W> {
    gathering: Load<W>,
    in_flight: Option<InFlight<W>>,
}

#[derive(Debug)]
struct Load<W> {
    updates: Vec<Bytes>,
    bytes: usize,
    senders: Senders,
    waiting: Vec<W>,
}

#[derive(Debug)]
struct InFlight<W> {
    update: Bytes,
    senders: Senders,
    waiting: Vec<W>,
}

impl<W> Default for Load<W> {
    fn default() -> Self {
        Self {
            updates: Vec::new(),
            bytes: 0,
            senders: Senders::default(),
            waiting: Vec::new(),
        }
    }
}

impl<W> Default for Batch<W> {
    fn default() -> Self {
        Self {
            gathering: Load::default(),
            in_flight: None,
        }
    }
}

impl<W> Batch<W> {
    /// Adds an update, of a client if that is known, to the batch that gathers.
    pub fn push(&mut self, update: Bytes, client: Option<u64>) {
        let senders = &mut self.gathering.senders;
        *senders = senders.and(Senders::of(client));
        self.gathering.bytes += update.len();
        self.gathering.updates.push(update);
    }

    /// Holds `what` back until every update pushed so far is durable; gives it
    /// back at once if they all are.
    #[must_use = "what is given back need not wait"]
    pub fn hold(&mut self, what: W) -> Option<W> {
        if !self.gathering.updates.is_empty() {
            self.gathering.waiting.push(what);
        } else if let Some(in_flight) = &mut self.in_flight {
            in_flight.waiting.push(what);
        } else {
            return Some(what);
        }
        None
    }

    /// Starts the next append if none is in flight: the gathered updates, merged
    /// into one by `merge`, are returned to be journaled.
    ///
    /// # Errors
    /// What `merge` says; the updates are then lost to this batch, and the caller
    /// must discard the replica (nobody was told that they are saved).
    pub fn depart<E>(
        &mut self,
        merge: impl FnOnce(&[Bytes]) -> Result<Bytes, E>,
    ) -> Result<Option<Bytes>, E> {
        if self.in_flight.is_some() || self.gathering.updates.is_empty() {
            return Ok(None);
        }
        let Load {
            mut updates,
            waiting,
            senders,
            ..
        } = std::mem::take(&mut self.gathering);
        let update = match updates.len() {
            1 => updates.remove(0),
            _ => merge(&updates)?,
        };
        self.in_flight = Some(InFlight {
            update: update.clone(),
            senders,
            waiting,
        });
        Ok(Some(update))
    }

    /// What has to be noted beside the update of the append in flight.
    pub fn sender(&self) -> Sender {
        let in_flight = self.in_flight.as_ref();
        in_flight.map_or(Sender::Unsaid, |it| it.senders.beside(&it.update))
    }

    /// Lets what gathers join the append in flight, if both are `bytes` at most and
    /// whoever carries the append takes it: `offer` is given all of it, merged by `merge`,
    /// with what is to be noted beside it, and says so. How many bytes of updates joined.
    ///
    /// # Errors
    /// What `merge` says; see [`depart`](Self::depart).
    pub fn join<E>(
        &mut self,
        bytes: usize,
        merge: impl FnOnce(&[Bytes]) -> Result<Bytes, E>,
        offer: impl FnOnce(&Bytes, Sender) -> bool,
    ) -> Result<Option<usize>, E> {
        let Some(in_flight) = &mut self.in_flight else {
            return Ok(None);
        };
        let gathering = &mut self.gathering;
        if gathering.updates.is_empty() || in_flight.update.len() + gathering.bytes > bytes {
            return Ok(None);
        }
        let mut updates = Vec::with_capacity(1 + gathering.updates.len());
        updates.push(in_flight.update.clone());
        updates.extend_from_slice(&gathering.updates);
        let update = merge(&updates)?;
        let senders = in_flight.senders.and(gathering.senders);
        if !offer(&update, senders.beside(&update)) {
            return Ok(None);
        }
        let joined = std::mem::take(gathering);
        in_flight.update = update;
        in_flight.senders = senders;
        in_flight.waiting.extend(joined.waiting);
        Ok(Some(joined.bytes))
    }

    /// The append in flight is durable: what everybody may now be told, and what
    /// waited for it.
    pub fn arrive(&mut self) -> Option<(Bytes, Vec<W>)> {
        self.in_flight
            .take()
            .map(|in_flight| (in_flight.update, in_flight.waiting))
    }

    /// Whether everything pushed is durable.
    pub fn is_settled(&self) -> bool {
        self.in_flight.is_none() && self.gathering.updates.is_empty()
    }

    /// Bytes of updates that are not durable yet.
    pub fn backlog(&self) -> usize {
        self.gathering.bytes
            + self
                .in_flight
                .as_ref()
                .map_or(0, |in_flight| in_flight.update.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concat(updates: &[Bytes]) -> Result<Bytes, ()> {
        Ok(updates.concat().into())
    }

    #[test]
    fn the_first_update_departs_alone_and_the_next_ones_gather() {
        let mut batch: Batch<&str> = Batch::default();
        batch.push(Bytes::from_static(b"a"), None);
        assert_eq!(batch.depart(concat), Ok(Some(Bytes::from_static(b"a"))));
        batch.push(Bytes::from_static(b"b"), None);
        batch.push(Bytes::from_static(b"c"), None);
        assert_eq!(
            batch.depart(concat),
            Ok(None),
            "one append in flight at a time"
        );
        assert_eq!(batch.backlog(), 3);
        assert_eq!(batch.arrive(), Some((Bytes::from_static(b"a"), vec![])));
        assert_eq!(batch.depart(concat), Ok(Some(Bytes::from_static(b"bc"))));
        assert!(!batch.is_settled());
        assert_eq!(batch.arrive(), Some((Bytes::from_static(b"bc"), vec![])));
        assert!(batch.is_settled());
    }

    #[test]
    fn what_gathers_joins_an_append_that_is_not_written_yet() {
        let mut batch: Batch<&str> = Batch::default();
        batch.push(Bytes::from_static(b"a"), None);
        assert_eq!(
            batch.join(9, concat, |_, _| true),
            Ok(None),
            "nothing to join"
        );
        assert_eq!(batch.depart(concat), Ok(Some(Bytes::from_static(b"a"))));
        assert_eq!(batch.hold("after a"), None);
        assert_eq!(
            batch.join(9, concat, |_, _| true),
            Ok(None),
            "nothing joins"
        );
        batch.push(Bytes::from_static(b"b"), None);
        assert_eq!(batch.hold("after b"), None);
        let offered = |all: &Bytes, _: Sender| all == "ab";
        assert_eq!(batch.join(9, concat, offered), Ok(Some(1)));
        assert_eq!(batch.backlog(), 2);
        batch.push(Bytes::from_static(b"c"), None);
        assert_eq!(batch.hold("after c"), None);
        assert_eq!(batch.join(2, concat, |_, _| true), Ok(None), "too much");
        assert_eq!(batch.join(9, concat, |_, _| false), Ok(None), "too late");
        assert_eq!(
            batch.arrive(),
            Some((Bytes::from_static(b"ab"), vec!["after a", "after b"]))
        );
        assert_eq!(batch.depart(concat), Ok(Some(Bytes::from_static(b"c"))));
        assert_eq!(
            batch.arrive(),
            Some((Bytes::from_static(b"c"), vec!["after c"]))
        );
    }

    #[test]
    fn what_tells_of_an_update_waits_for_the_append_that_holds_it() {
        let mut batch: Batch<&str> = Batch::default();
        assert_eq!(
            batch.hold("nothing to wait for"),
            Some("nothing to wait for")
        );
        batch.push(Bytes::from_static(b"a"), None);
        assert_eq!(batch.hold("after a"), None);
        assert_eq!(batch.depart(concat), Ok(Some(Bytes::from_static(b"a"))));
        assert_eq!(batch.hold("also after a"), None);
        batch.push(Bytes::from_static(b"b"), None);
        assert_eq!(batch.hold("after b"), None);
        assert_eq!(
            batch.arrive().map(|(_, waiting)| waiting),
            Some(vec!["after a", "also after a"])
        );
        assert_eq!(batch.depart(concat), Ok(Some(Bytes::from_static(b"b"))));
        assert_eq!(
            batch.arrive().map(|(_, waiting)| waiting),
            Some(vec!["after b"])
        );
    }
}
