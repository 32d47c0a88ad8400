//! What is remembered about a session: whether it was asked for what it has and
//! the document lacks, and how patient the document still is with it.
//!
//! An update may build on changes that are not here: the client made them
//! offline, or the network lost a connection between two of them. That is
//! healed by asking (step 1), and the answer (step 2) is all that the client
//! has. While an answer is awaited, and the first is from the moment of joining,
//! whatever the client types may lack its past, and is not held against it.
//!
//! What was not taken is owed: until the document has it, no barrier of the session is
//! answered, whatever else it sends, and who leaves it at that is ended. A client whose
//! answer has holes has no more itself, and is put up with.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::wire::guard::{Known, Survey};

/// How often in a row a session may be asked in vain.
const ASKED_IN_VAIN: u32 = 3;

/// How many updates that lack their past are put up with while an answer is
/// awaited: some seconds of fast typing. Who sends more does not answer at all.
const GAPS_WHILE_ASKED: u32 = 1000;

/// How many barriers may wait for an answer.
const BARRIERS_WAITING: usize = 1000;

/// Of so many clients a session may owe changes.
const OWED_CLIENTS: usize = 65_536;

/// How long it may owe them. An answer of many megabytes takes its time on a slow line,
/// and what is typed before it waits for it.
const OWED_FOR: Duration = Duration::from_secs(300);

/// A session's place at a document.
#[derive(Debug)]
pub(super) struct Seat {
    awaited: bool,
    in_vain: u32,
    gaps: u32,
    /// What was in updates that were not taken whole: of each client the clock up to
    /// which the document has to know it.
    owed: BTreeMap<u64, u32>,
    /// Since when something is owed, as far as was looked; none for who has no more.
    owed_since: Option<Instant>,
    has_no_more: bool,
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
            owed: BTreeMap::new(),
            owed_since: None,
            has_no_more: false,
            barriers: Vec::new(),
        }
    }

    /// The session answered. Even if the answer lacks something itself, the
    /// client has no more: it is not asked again.
    pub fn answered(&mut self, whole: bool, progress: bool) {
        self.awaited = false;
        self.gaps = 0;
        self.has_no_more = !whole;
        if progress {
            self.in_vain = 0;
        }
    }

    /// Something of an update could not be taken: all of it is owed.
    pub fn owes(&mut self, survey: &Survey<'_>) -> Response {
        survey.reaches(|client, clock| {
            let owed = self.owed.entry(client).or_insert(clock);
            *owed = (*owed).max(clock);
        });
        match self.owed.len() > OWED_CLIENTS {
            true => Response::Dismiss,
            false => Response::Fine,
        }
    }

    /// Looks whether what is owed has come. Returns the barriers that waited for it.
    pub fn settle(&mut self, known: &impl Known) -> Vec<Bytes> {
        self.owed
            .retain(|&client, clock| known.clock(client) < *clock);
        if !self.owed.is_empty() {
            return Vec::new();
        }
        self.owed_since = None;
        std::mem::take(&mut self.barriers)
    }

    /// To be called about once a second.
    pub fn tick(&mut self, now: Instant) -> Response {
        if self.owed.is_empty() || self.has_no_more {
            self.owed_since = None;
            return Response::Fine;
        }
        let since = *self.owed_since.get_or_insert(now);
        match now.saturating_duration_since(since) > OWED_FOR {
            true => Response::Dismiss,
            false => Response::Fine,
        }
    }

    /// Whether something that the session sent could not be taken yet. A barrier
    /// must not call it saved.
    pub fn lacks(&self) -> bool {
        !self.owed.is_empty()
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
    use crate::wire::guard;

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

    /// What client 7 writes at clock 3, and an element of client 9 that it deletes.
    const AT_THREE: &[u8] = &[
        1, 1, 7, 3, 4, 1, 1, b't', 1, b'd', // one block: in the root "t", the text "d"
        1, 9, 1, 5, 1,
    ];

    fn owing() -> Seat {
        let survey = guard::inspect(AT_THREE, &guard::Limits::default()).unwrap();
        let mut seat = Seat::new();
        assert_eq!(seat.owes(&survey), Response::Fine);
        assert_eq!(seat.put_off(Bytes::from_static(b"b")), Response::Fine);
        seat
    }

    struct Clocks(u32, u32);

    impl Known for Clocks {
        fn clock(&self, client: u64) -> u32 {
            if client == 7 { self.0 } else { self.1 }
        }

        fn place(&self, _: u64, _: u32) -> guard::Place {
            unreachable!("only clocks are asked for")
        }

        fn alike(&self, _: u64) -> usize {
            0
        }
    }

    /// An answer of nothing was taken for the end of it: the barrier came back, and
    /// what it spoke of was nowhere.
    #[test]
    fn a_barrier_behind_what_was_not_taken_waits_for_it() {
        let mut seat = owing();
        seat.answered(true, false);
        for known in [Clocks(0, 0), Clocks(3, 5), Clocks(4, 5)] {
            assert!(seat.settle(&known).is_empty());
            assert!(seat.lacks());
        }
        assert_eq!(seat.settle(&Clocks(4, 6)), [Bytes::from_static(b"b")]);
        assert!(!seat.lacks());
    }

    #[test]
    fn who_owes_for_too_long_is_ended_unless_it_has_no_more() {
        let begin = Instant::now();
        let mut seat = owing();
        assert_eq!(seat.tick(begin), Response::Fine);
        assert_eq!(seat.tick(begin + OWED_FOR), Response::Fine);
        let late = begin + OWED_FOR + Duration::from_secs(1);
        seat.answered(GAP, false);
        assert_eq!(seat.tick(late), Response::Fine, "it has no more");
        seat.answered(true, false);
        assert_eq!(seat.tick(late), Response::Fine, "it has the whole time");
        assert_eq!(seat.tick(late + 2 * OWED_FOR), Response::Dismiss);
        assert!(!seat.settle(&Clocks(4, 6)).is_empty());
        assert_eq!(seat.tick(late + 4 * OWED_FOR), Response::Fine);
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
