//! What is remembered about a session: whether it was asked for what it has and
//! the document lacks, and how patient the document still is with it.
//!
//! An update may build on changes that are not here: the client made them
//! offline, or the network lost a connection between two of them. That is
//! healed by asking (step 1), and the answer (step 2) is all that the client
//! has. While an answer is awaited, and the first is from the moment of joining,
//! whatever the client types may lack its past, and is not held against it.

use bytes::Bytes;

/// How often in a row a session may be asked in vain.
const ASKED_IN_VAIN: u32 = 3;

/// How many updates that lack their past are put up with while an answer is
/// awaited: some seconds of fast typing. Who sends more does not answer at all.
const GAPS_WHILE_ASKED: u32 = 1000;

/// How many barriers may wait for an answer.
const BARRIERS_WAITING: usize = 1000;

/// A session's place at a document.
#[derive(Debug)]
pub(super) struct Seat {
    awaited: bool,
    in_vain: u32,
    gaps: u32,
    /// An update was not taken whole, and its past has not come since.
    lacking: bool,
    /// Barriers that came behind such an update.
    barriers: Vec<Bytes>,
}

/// What to do about an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    /// Nothing.
    Fine,
    /// Ask for what is missing.
    Ask,
    /// End the session.
    Dismiss,
}

impl Seat {
    /// A seat whose session was just asked for what it has.
    pub fn new() -> Self {
        Self {
            awaited: true,
            in_vain: 0,
            gaps: 0,
            lacking: false,
            barriers: Vec::new(),
        }
    }

    /// The session answered. Even if the answer lacks something itself, the
    /// client has no more: it is not asked again. Returns the barriers that
    /// waited for a whole answer.
    pub fn answered(&mut self, whole: bool, progress: bool) -> Vec<Bytes> {
        self.awaited = false;
        self.gaps = 0;
        if progress {
            self.in_vain = 0;
        }
        if !whole {
            return Vec::new();
        }
        self.lacking = false;
        std::mem::take(&mut self.barriers)
    }

    /// Whether something that the session sent could not be taken yet. A barrier
    /// must not call it saved.
    pub fn lacks(&self) -> bool {
        self.lacking
    }

    /// Keeps a barrier until what the session sent could be taken.
    pub fn put_off(&mut self, token: Bytes) -> Response {
        if self.barriers.len() >= BARRIERS_WAITING {
            return Response::Dismiss;
        }
        // A copy: the token is a piece of a frame that need not stay.
        self.barriers.push(Bytes::copy_from_slice(&token));
        Response::Fine
    }

    /// An update came that could be taken whole, or in part.
    pub fn updated(&mut self, whole: bool, progress: bool) -> Response {
        if progress {
            self.in_vain = 0;
            self.gaps = 0;
        }
        if whole {
            return Response::Fine;
        }
        self.lacking = true;
        if self.awaited {
            self.gaps += 1;
            return if self.gaps > GAPS_WHILE_ASKED {
                Response::Dismiss
            } else {
                Response::Fine
            };
        }
        self.in_vain += 1;
        if self.in_vain >= ASKED_IN_VAIN {
            return Response::Dismiss;
        }
        self.awaited = true;
        Response::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: bool = false;

    /// A provider that reconnects answers the server's first question a moment
    /// after connecting. Letters typed in that moment build on offline edits
    /// that are in that answer; three of them ended the session, and a fast
    /// typist never got back in.
    #[test]
    fn what_is_typed_while_an_answer_is_awaited_may_lack_its_past() {
        let mut seat = Seat::new();
        for _ in 0..50 {
            assert_eq!(seat.updated(GAP, false), Response::Fine);
        }
        seat.answered(true, true);
        assert_eq!(seat.updated(true, true), Response::Fine);
    }

    #[test]
    fn a_gap_is_asked_about_once_and_answers_that_never_help_end_it() {
        let mut seat = Seat::new();
        seat.answered(true, false);
        assert_eq!(seat.updated(GAP, false), Response::Ask);
        assert_eq!(
            seat.updated(GAP, false),
            Response::Fine,
            "it is being asked"
        );
        seat.answered(true, false);
        assert_eq!(seat.updated(GAP, false), Response::Ask);
        seat.answered(true, false);
        assert_eq!(seat.updated(GAP, false), Response::Dismiss);
    }

    #[test]
    fn a_barrier_behind_what_was_not_taken_waits_for_it() {
        let mut seat = Seat::new();
        assert!(!seat.lacks());
        seat.updated(GAP, false);
        assert!(seat.lacks());
        assert_eq!(seat.put_off(Bytes::from_static(b"7")), Response::Fine);
        assert!(seat.answered(GAP, true).is_empty(), "still not all of it");
        assert_eq!(seat.answered(true, true), [Bytes::from_static(b"7")]);
        assert!(!seat.lacks());
    }

    #[test]
    fn progress_restores_patience() {
        let mut seat = Seat::new();
        for _ in 0..10 {
            seat.answered(true, true);
            assert_eq!(seat.updated(GAP, false), Response::Ask);
        }
    }

    #[test]
    fn who_never_answers_is_ended_all_the_same() {
        let mut seat = Seat::new();
        let dismissed =
            (0..=GAPS_WHILE_ASKED).any(|_| seat.updated(GAP, false) == Response::Dismiss);
        assert!(dismissed);
    }
}
