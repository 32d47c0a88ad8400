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
//! answered, whatever else it sends, and who leaves it at that is ended. Blocks may come
//! from anybody; deletions are told apart by nobody, so only a whole answer of its own
//! settles those. A client whose answer has holes has no more itself, and is put up with:
//! the answer is not owed.

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

/// Of so many clients it is remembered what a session owes; of more, that only its answer
/// settles it.
const OWED_CLIENTS: usize = 1024;

/// How long it may owe them once it has answered.
const OWED_FOR: Duration = Duration::from_secs(300);

/// How long while its answer is awaited: as long as the largest message may take on the
/// slowest line that is put up with.
const ANSWERED_FOR: Duration = Duration::from_secs(2 * 3600);

/// A session's place at a document.
#[derive(Debug)]
pub(super) struct Seat {
    awaited: bool,
    in_vain: u32,
    gaps: u32,
    /// What was in updates that were not taken whole: of each client the clock up to
    /// which the document has to know it.
    owed: BTreeMap<u64, u32>,
    /// Whether something is owed that only a whole answer settles.
    owes_answer: bool,
    /// The document's version when it was last looked whether what is owed has come.
    looked_at: Option<u64>,
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
            owes_answer: false,
            looked_at: None,
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
        self.owes_answer &= !whole;
        self.looked_at = None;
        if progress {
            self.in_vain = 0;
        }
    }

    /// Something of an update could not be taken: all of it is owed. `known` is what the
    /// document knows now.
    pub fn owes(&mut self, survey: &Survey<'_>, known: &impl Known) {
        self.looked_at = None;
        for (client, clocks) in survey.sections() {
            if self.owed.len() >= OWED_CLIENTS && !self.owed.contains_key(&client) {
                self.owes_answer = true;
                continue;
            }
            let owed = self.owed.entry(client).or_insert(clocks.end);
            *owed = (*owed).max(clocks.end);
        }
        survey.each_deleted(|client, range| {
            self.owes_answer |= known.clock(client) < range.end;
        });
    }

    /// Looks whether what is owed has come to the document, which has this version.
    /// Returns the barriers that waited for it.
    pub fn settle(&mut self, version: u64, known: &impl Known) -> Vec<Bytes> {
        if self.lacks() && self.looked_at != Some(version) {
            self.looked_at = Some(version);
            self.owed
                .retain(|&client, clock| known.clock(client) < *clock);
        }
        if self.lacks() {
            return Vec::new();
        }
        self.owed_since = None;
        std::mem::take(&mut self.barriers)
    }

    /// To be called about once a second.
    pub fn tick(&mut self, now: Instant) -> Response {
        if !self.lacks() || self.has_no_more {
            self.owed_since = None;
            return Response::Fine;
        }
        let since = *self.owed_since.get_or_insert(now);
        let patience = match self.awaited {
            true => ANSWERED_FOR,
            false => OWED_FOR,
        };
        match now.saturating_duration_since(since) > patience {
            true => Response::Dismiss,
            false => Response::Fine,
        }
    }

    /// Whether something that the session sent could not be taken yet. A barrier
    /// must not call it saved.
    pub fn lacks(&self) -> bool {
        self.owes_answer || !self.owed.is_empty()
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
    use crate::wire::lib0::Writer;

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

    /// What client 7 writes at clock 3.
    const AT_THREE: &[u8] = &[
        1, 1, 7, 3, 4, 1, 1, b't', 1, b'd', // one block: in the root "t", the text "d"
        0,
    ];

    /// That client 9's element 5 is deleted.
    const DELETES_FIVE: &[u8] = &[0, 1, 9, 1, 5, 1];

    fn owing(update: &[u8]) -> Seat {
        let survey = guard::inspect(update, &guard::Limits::default()).unwrap();
        let mut seat = Seat::new();
        seat.owes(&survey, &Clocks(0, 0));
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
        let mut seat = owing(AT_THREE);
        seat.answered(true, false);
        for (version, known) in [(1, Clocks(0, 0)), (2, Clocks(3, 0))] {
            assert!(seat.settle(version, &known).is_empty());
            assert!(seat.lacks());
        }
        let settled = seat.settle(3, &Clocks(4, 0));
        assert_eq!(settled, [Bytes::from_static(b"b")]);
        assert!(!seat.lacks());
    }

    /// Somebody else brought what was deleted, not that it was: the barrier came back,
    /// and the text was there again after a reload.
    #[test]
    fn a_deletion_is_settled_by_the_answer_alone() {
        let mut seat = owing(DELETES_FIVE);
        assert!(seat.settle(1, &Clocks(0, 6)).is_empty());
        seat.answered(GAP, true);
        assert!(seat.settle(2, &Clocks(0, 6)).is_empty(), "not all of it");
        seat.answered(true, true);
        assert_eq!(seat.settle(3, &Clocks(0, 6)).len(), 1);
    }

    #[test]
    fn however_much_is_owed_little_is_remembered() {
        let mut seat = Seat::new();
        for client in 1..=3 * OWED_CLIENTS as u64 {
            let mut update = vec![1, 1];
            Writer::new(&mut update).var_uint(client);
            update.extend([3, 4, 1, 1, b't', 1, b'd', 0]);
            let survey = guard::inspect(&update, &guard::Limits::default()).unwrap();
            seat.owes(&survey, &Clocks(0, 0));
        }
        assert_eq!(seat.owed.len(), OWED_CLIENTS);
        assert!(seat.settle(1, &Clocks(9, 9)).is_empty());
        seat.answered(true, true);
        seat.settle(1, &Clocks(9, 9));
        assert!(!seat.lacks());
    }

    #[test]
    fn who_owes_for_too_long_is_ended_unless_it_has_no_more() {
        let begin = Instant::now();
        let mut seat = owing(AT_THREE);
        assert_eq!(seat.tick(begin), Response::Fine);
        let late = begin + OWED_FOR + Duration::from_secs(1);
        assert_eq!(seat.tick(late), Response::Fine, "its answer may be large");
        seat.answered(GAP, false);
        assert_eq!(seat.tick(late), Response::Fine, "it has no more");
        seat.answered(true, false);
        assert_eq!(seat.tick(late), Response::Fine, "it has the whole time");
        assert_eq!(seat.tick(late + 2 * OWED_FOR), Response::Dismiss);
        assert!(!seat.settle(1, &Clocks(4, 0)).is_empty());
        assert_eq!(seat.tick(late + 4 * OWED_FOR), Response::Fine);
        let mut silent = owing(AT_THREE);
        assert_eq!(silent.tick(begin), Response::Fine);
        assert_eq!(silent.tick(begin + 2 * ANSWERED_FOR), Response::Dismiss);
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
