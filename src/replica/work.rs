//! Work on an update that is not small, in turns.
//!
//! What costs little is done at once. Everything else goes through here slice by
//! slice ([`guard::Slices`]): after each slice the owner of the replica is asked
//! how to go on, since the replica knows no clock. What was taken when it has to
//! stop is sound by itself and stays.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{Doc, Transact, TransactionMut, Update};

use super::Trap;
use super::yrs_document::panic_text;
use crate::id::SessionId;
use crate::wire::guard::{self, Joint, MOVES, Outline, Slices, Survey, Verdict};
use crate::wire::malformed::Malformed;

/// An update of so many blocks and deleted ranges is small, and so is a slice.
const SMALL: usize = 16;

/// Joining what one transaction brought costs Yrs its blocks times its bytes at
/// worst, in time and, until it ends, in memory: so a transaction brings no more
/// than this. A frame of 60 000 one-letter blocks (403 KB) took 26 MB at its peak
/// with 2^28, 7 MB with 2^26 and 2 MB with 2^24, and no longer; a paste of ten
/// megabytes is few blocks and took the same with each.
const BLOCK_BYTES: usize = 1 << 24;

/// How to go on with work that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Go on.
    Go,
    /// Come back later: others have their turn.
    Pause,
    /// It takes too long: leave it at what was done.
    Stop,
}

/// Whom to answer when the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// A session; `is_answer` as in `receive`.
    Session { id: SessionId, is_answer: bool },
    /// Whoever called `apply`, as this client if that is known.
    Caller(Option<u64>),
}

impl Author {
    /// The session, if it is one.
    pub fn session(self) -> Option<SessionId> {
        match self {
            Self::Session { id, .. } => Some(id),
            Self::Caller(_) => None,
        }
    }
}

/// An update that is being taken.
#[derive(Debug)]
pub(super) struct Work {
    slices: Slices,
    joint: Joint,
    pub update: Bytes,
    pub author: Author,
    trap: Option<Trap>,
}

/// How far a turn got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// There is more to do.
    Pause,
    /// All that can be done was done. `whole`: nothing was missing.
    End { whole: bool },
    /// It was stopped.
    Stop,
}

/// Whether an update may be taken at once.
pub(super) fn is_small(survey: &Survey<'_>, outline: &Outline) -> bool {
    survey.blocks() <= SMALL
        && survey.deleted_ranges() <= SMALL
        && (survey.deleted_ranges() == 0 || outline.moves(survey) <= MOVES)
}

/// What one transaction has to bear.
#[derive(Debug, Default)]
pub(super) struct Burden {
    blocks: usize,
    bytes: usize,
    moves: u64,
}

impl Burden {
    pub fn add(&mut self, blocks: usize, bytes: usize, moves: u64) {
        self.blocks += blocks;
        self.bytes += bytes;
        self.moves += moves;
    }

    /// Whether the transaction should end here.
    pub fn is_full(&self) -> bool {
        self.blocks.saturating_mul(self.bytes) > BLOCK_BYTES || self.moves > MOVES
    }
}

/// An update in slices, for a document of which this is known.
pub(super) fn slices(
    update: &Bytes,
    limits: &guard::Limits,
    outline: &Outline,
) -> Result<Slices, Malformed> {
    Slices::new(update.clone(), limits, outline, SMALL)
}

/// Applies the next slice. `None` when there is none.
pub(super) fn apply_next(
    slices: &mut Slices,
    outline: &mut Outline,
    transaction: &mut TransactionMut<'_>,
    burden: &mut Burden,
) -> Result<Option<()>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let Some(slice) = slices.next(outline).map_err(|error| text(&error))? else {
        return Ok(None);
    };
    // A part of what the guard let in: what it adds is hidden references.
    let limits = guard::Limits {
        message_bytes: usize::MAX,
        ..guard::Limits::default()
    };
    let survey = guard::inspect(&slice.update, &limits).map_err(|error| text(&error))?;
    let verdict = outline.admit(&survey).map_err(|error| text(&error))?;
    if verdict != Verdict::Sound {
        return Err("the guard does not accept its own slice".to_owned());
    }
    burden.add(slice.blocks, slice.update.len(), slice.moves);
    let update = Update::decode_v1(&slice.update).map_err(|error| text(&error))?;
    transaction
        .apply_update(update)
        .map_err(|error| text(&error))?;
    Ok(Some(()))
}

impl Work {
    pub fn new(slices: Slices, update: Bytes, author: Author, trap: Option<Trap>) -> Self {
        Self {
            slices,
            joint: Joint::default(),
            update,
            author,
            trap,
        }
    }

    /// Works until the pace changes or the end is reached.
    pub fn turn(
        &mut self,
        doc: &Doc,
        outline: &mut Outline,
        pace: &mut dyn FnMut() -> Pace,
    ) -> Result<Reached, String> {
        loop {
            let fenced = catch_unwind(AssertUnwindSafe(|| self.transact(doc, outline, pace)));
            let is_done = fenced.unwrap_or_else(|panic| Err(panic_text(&*panic)))?;
            if is_done {
                let whole = self.slices.is_whole();
                return Ok(Reached::End { whole });
            }
            match pace() {
                Pace::Go => {}
                Pace::Pause => return Ok(Reached::Pause),
                Pace::Stop => return Ok(Reached::Stop),
            }
        }
    }

    /// One transaction. Says whether nothing is left to do.
    fn transact(
        &mut self,
        doc: &Doc,
        outline: &mut Outline,
        pace: &mut dyn FnMut() -> Pace,
    ) -> Result<bool, String> {
        Trap::is_shown(self.trap.take().as_ref(), &self.update);
        let mut transaction = doc.transact_mut();
        let mut burden = Burden::default();
        let is_done = loop {
            let applied = apply_next(&mut self.slices, outline, &mut transaction, &mut burden)?;
            if applied.is_none() {
                break true;
            }
            if burden.is_full() || pace() != Pace::Go {
                break false;
            }
        };
        let news = transaction.encode_update_v1();
        match self.joint.add(&news) {
            Ok(true) => Ok(is_done),
            Ok(false) => Err("what was taken does not follow".to_owned()),
            Err(malformed) => Err(malformed.to_string()),
        }
    }

    /// What was new in all that was taken.
    pub fn news(&mut self) -> Option<Bytes> {
        std::mem::take(&mut self.joint).finish().map(Bytes::from)
    }
}
