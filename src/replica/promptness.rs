//! When others hear of an update, and who waits for its echo meanwhile.
//!
//! Where the disk comes first, one frame tells everybody, the author included, and
//! that it was heard means that it is on disk. Where the relay comes first, that is
//! told apart:
//!
//! 1. *Others hear at once.* An update is relayed to all but its author when it was
//!    taken. So whenever the replica is asked for its state, everything in it was
//!    relayed, and to tell of it needs no disk.
//! 2. *Its author hears when it is on disk.* The append that holds it is echoed to
//!    those who wrote in it; barriers and answers over REST wait as ever. Appends
//!    reach the disk in order, so an echo speaks for everything its author sent
//!    before.
//! 3. *What only tells is no echo.* A diff for an author of something that is not on
//!    disk is a step 2, as every answer to a question is; of nobody else's, or of
//!    nothing that waits, it is an update.
//! 4. *A [mark](super::Mark) is older than every echo that is due.* Marks are made
//!    of appends, as where the disk comes first, and hold once those are on disk:
//!    by then everything in them was relayed and echoed. So a diff from the mark of
//!    the first frame that somebody missed holds every echo that they missed, too.

use crate::id::SessionId;

/// Whether others hear of an update before it is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Promptness {
    /// Nobody hears of it before it is.
    #[default]
    AfterDisk,
    /// Everybody but its author hears of it at once.
    AtOnce,
}

/// Whose updates are not on disk yet; of each append once.
#[derive(Debug, Default)]
pub(super) struct Authors {
    gathering: Vec<SessionId>,
    in_flight: Vec<SessionId>,
}

impl Authors {
    /// A session's update joins the batch that gathers.
    pub fn wrote(&mut self, session: SessionId) {
        if !self.gathering.contains(&session) {
            self.gathering.push(session);
        }
    }

    /// The batch that gathered departs.
    pub fn departed(&mut self) {
        debug_assert!(self.in_flight.is_empty());
        self.in_flight = std::mem::take(&mut self.gathering);
    }

    /// The batch that gathered joins the append in flight.
    pub fn joined(&mut self) {
        for author in std::mem::take(&mut self.gathering) {
            if !self.in_flight.contains(&author) {
                self.in_flight.push(author);
            }
        }
    }

    /// The append in flight is on disk: who is to hear the echo.
    pub fn arrived(&mut self) -> Vec<SessionId> {
        std::mem::take(&mut self.in_flight)
    }

    /// Whether something that the session wrote is not on disk.
    pub fn include(&self, session: SessionId) -> bool {
        self.gathering.contains(&session) || self.in_flight.contains(&session)
    }
}
