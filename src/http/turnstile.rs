//! How many are in: connections in total, by visitor and by document.
//!
//! Whoever is in holds a [`Pass`], and is out when it is dropped: with the
//! connection, the request or the session, however that ends. The count is exact
//! at every moment, since entering looks and counts under one lock. A place that
//! nobody is in takes no memory.
//!
//! All limits are kept before the upgrade. Closing a WebSocket right after it was
//! accepted would let the reason be seen, but a stock provider takes an opened
//! socket for success, forgets its back-off and knocks again after 100 ms, each
//! time at the price of an upgrade; after a refused handshake it backs off.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::id::DocumentId;
use crate::live::Visitor;

/// How many files may be on their way in, each with less than half a megabyte in memory;
/// a quarter of them one visitor's.
const UPLOADS: usize = 128;

/// How many may be in at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections of all kinds.
    pub total: usize,
    /// Connections of one visitor.
    pub per_address: usize,
    /// WebSockets and event streams of one document.
    pub per_document: usize,
    /// Connections that may be open beside these to be told that there is no room
    /// for them. Who comes beyond that is hung up on.
    pub refused: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 50_000,
            per_address: 1_000,
            per_document: 10_000,
            refused: 1024,
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// The server.
    Server,
    /// The connections of a visitor.
    Visitor(Visitor),
    /// A document.
    Document(DocumentId),
    /// The files that a visitor is sending.
    Upload(Visitor),
    /// The files that all are sending.
    Uploads,
    /// Among those that are told that they cannot come in.
    Doorstep,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server | Self::Doorstep => f.write_str("as many connections are open as may be"),
            Self::Visitor(visitor) => write!(f, "{visitor} has as many connections as it may have"),
            Self::Upload(visitor) => write!(f, "{visitor} sends as many files as it may"),
            Self::Uploads => f.write_str("as many files are being sent as may be"),
            Self::Document(_) => f.write_str("as many people are in this document as may be"),
        }
    }
}

/// A place that has no room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {limit} at once")]
pub struct Full {
    /// Which one.
    pub place: Place,
    /// How many may be in.
    pub limit: usize,
}

/// The counts of a server.
#[derive(Debug, Clone)]
pub struct Turnstile(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    limits: ConnectionLimits,
    inside: Mutex<HashMap<Place, usize>>,
}

/// One that is in, as long as this lives.
#[derive(Debug)]
pub struct Pass {
    counts: Arc<Counts>,
    place: Place,
}

impl Turnstile {
    /// Nobody is in.
    pub fn new(limits: ConnectionLimits) -> Self {
        Self(Arc::new(Counts {
            limits,
            inside: Mutex::default(),
        }))
    }

    /// Lets one in.
    ///
    /// # Errors
    /// [`Full`] when as many are in as may be; nothing was counted then.
    pub fn enter(&self, place: Place) -> Result<Pass, Full> {
        let limit = self.limit(&place);
        let mut inside = self.0.inside();
        let count = inside.entry(place.clone()).or_insert(0);
        if *count >= limit {
            return Err(Full { place, limit });
        }
        *count += 1;
        let counts = Arc::clone(&self.0);
        Ok(Pass { counts, place })
    }

    /// What somebody is told for whom there is no room.
    pub(super) fn full(&self, place: Place) -> Full {
        let limit = self.limit(&place);
        Full { place, limit }
    }

    fn limit(&self, place: &Place) -> usize {
        let limits = &self.0.limits;
        match place {
            Place::Server => limits.total,
            Place::Visitor(_) => limits.per_address,
            Place::Document(_) => limits.per_document,
            Place::Upload(_) => UPLOADS / 4,
            Place::Uploads => UPLOADS,
            Place::Doorstep => limits.refused,
        }
    }
}

impl Counts {
    fn inside(&self) -> MutexGuard<'_, HashMap<Place, usize>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.counts.inside();
        if let Some(count) = inside.get_mut(&self.place) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.place);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn turnstile(total: usize, per_address: usize) -> Turnstile {
        Turnstile::new(ConnectionLimits {
            total,
            per_address,
            per_document: 2,
            refused: 1,
        })
    }

    fn inside(turnstile: &Turnstile, place: &Place) -> usize {
        turnstile.0.inside().get(place).copied().unwrap_or(0)
    }

    #[test]
    fn who_leaves_makes_room_and_nothing_is_kept_of_them() {
        let turnstile = turnstile(2, 2);
        let first = turnstile.enter(Place::Server).unwrap();
        let _second = turnstile.enter(Place::Server).unwrap();
        assert_eq!(turnstile.enter(Place::Server).unwrap_err().limit, 2);
        drop(first);
        let document = Place::Document(DocumentId::parse("plan").unwrap());
        drop(turnstile.enter(document.clone()).unwrap());
        assert_eq!(inside(&turnstile, &document), 0);
        let third = turnstile.enter(Place::Server);
        assert!(third.is_ok());
        assert_eq!(turnstile.0.inside().len(), 1, "a document that all left");
    }

    #[test]
    fn a_crowd_that_comes_at_once_is_counted_exactly() {
        let turnstile = turnstile(64, 64);
        let highest = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let passes: Vec<_> =
                            (0..16).map(|_| turnstile.enter(Place::Server)).collect();
                        let inside = inside(&turnstile, &Place::Server);
                        let mut highest = highest.lock().unwrap();
                        *highest = inside.max(*highest);
                        drop(passes);
                    }
                });
            }
        });
        assert!(highest.into_inner().unwrap() <= 64);
        assert_eq!(inside(&turnstile, &Place::Server), 0);
    }
}
