//! What is remembered about a session: whether it was asked for what it has and
//! the document lacks, and how patient the document still is with it.
//!
//! An update may build on changes that are not here: the client made them
//! offline, or the network lost a connection between two of them. That is
//! healed by asking (step 1), and the answer (step 2) is all that the client
//! has. While an answer is awaited, and the first is from the moment of joining,
//! whatever the client types may lack its past, and is not held against it.

/// How often in a row a session may be asked in vain.
const ASKED_IN_VAIN: u32 = 3;

/// How many updates that lack their past are put up with while an answer is
/// awaited: some seconds of fast typing. Who sends more does not answer at all.
const GAPS_WHILE_ASKED: u32 = 1000;

/// A session's place at a document.
#[derive(Debug)]
pub(super) struct Seat {
    awaited: bool,
    in_vain: u32,
    gaps: u32,
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
        }
    }

    /// The session answered. Even if the answer lacks something itself, the
    /// client has no more: it is not asked again.
    pub fn answered(&mut self, progress: bool) {
        self.awaited = false;
        self.gaps = 0;
        if progress {
            self.in_vain = 0;
        }
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
        seat.answered(true);
        assert_eq!(seat.updated(true, true), Response::Fine);
    }

    #[test]
    fn a_gap_is_asked_about_once_and_answers_that_never_help_end_it() {
        let mut seat = Seat::new();
        seat.answered(false);
        assert_eq!(seat.updated(GAP, false), Response::Ask);
        assert_eq!(
            seat.updated(GAP, false),
            Response::Fine,
            "it is being asked"
        );
        seat.answered(false);
        assert_eq!(seat.updated(GAP, false), Response::Ask);
        seat.answered(false);
        assert_eq!(seat.updated(GAP, false), Response::Dismiss);
    }

    #[test]
    fn progress_restores_patience() {
        let mut seat = Seat::new();
        for _ in 0..10 {
            seat.answered(true);
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
