//! A large update as a sequence of small ones.
//!
//! yrs applies an update in one go, however long that takes. Whoever has to
//! answer for the time takes it in slices: each is an update of its own that
//! is sound once those before it were applied, so that one may stop after any.
//!
//! Blocks come first, then deletions, in the order that costs yrs least. A
//! deletion inside a text splits it, which copies the text and moves all blocks
//! that follow it: so of many ranges the middle one comes first, then what is
//! left of it, then what is right. Pieces stay short and little follows. A
//! deletion of many blocks has them joined, each of which moves all that follow:
//! so a long range is taken piece by piece from its end.

use std::ops::Range;

use bytes::Bytes;

use super::super::lib0::Reader;
use super::causality::Walk;
use super::cut::write_ranges;
use super::outline::{Known, Outline};
use super::structure::{Section, read_range};
use super::{Limits, Malformed, Survey, cut, inspect};

/// A part of an update, itself an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The update.
    pub update: Vec<u8>,
    /// How many blocks it brings.
    pub blocks: usize,
    /// See [`Outline::moves`].
    pub moves: u64,
}

/// So many moves are cheap: no longer range is deleted in one slice.
pub const MOVES: u64 = 1 << 24;

/// A piece of a deleted range has at least so many clocks.
const SMALLEST_PIECE: u32 = 16;

/// An update that is taken slice by slice.
///
/// ```
/// use bytes::Bytes;
/// use cowrite::wire::guard::{Limits, Outline, Slices, inspect};
///
/// # fn apply(_: &[u8]) {}
/// # fn main() -> Result<(), cowrite::wire::malformed::Malformed> {
/// # let update = Bytes::from_static(&[1, 1, 1, 0, 4, 1, 1, b't', 1, b'a', 0]);
/// let limits = Limits::default();
/// let mut outline = Outline::new();
/// let mut slices = Slices::new(update, &limits, &outline, 64)?;
/// while let Some(slice) = slices.next(&outline)? {
///     outline.admit(&inspect(&slice.update, &limits)?)?;
///     apply(&slice.update);
/// }
/// assert!(slices.is_whole());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Slices {
    update: Bytes,
    limits: Limits,
    sections: Vec<Section>,
    deletes_at: usize,
    /// How many blocks, or deleted ranges, make a slice.
    size: usize,
    walk: Walk,
    deletes: Option<Deletes>,
}

impl Slices {
    /// Takes an update in slices of at most so many blocks or deleted ranges.
    pub fn new(
        update: Bytes,
        limits: &Limits,
        known: &Outline,
        size: usize,
    ) -> Result<Self, Malformed> {
        let survey = inspect(&update, limits)?;
        let walk = Walk::in_parts(&survey, known)?;
        let Survey {
            sections,
            deletes_at,
            ..
        } = survey;
        Ok(Self {
            update,
            limits: *limits,
            sections,
            deletes_at,
            size: size.max(1),
            walk,
            deletes: None,
        })
    }

    /// The next slice, for a document of which this is known: all slices before
    /// it were applied, and nothing else was. `None` when nothing is left that
    /// can be applied.
    ///
    /// # Errors
    /// When what comes next breaks a rule. What came before stands.
    pub fn next(&mut self, known: &Outline) -> Result<Option<Slice>, Malformed> {
        while self.deletes.is_none() {
            if let Some(slice) = self.next_blocks(known)? {
                return Ok(Some(slice));
            }
        }
        Ok(self.next_deletes(known))
    }

    /// Whether nothing of the update was missing its past, once there is no
    /// next slice.
    pub fn is_whole(&self) -> bool {
        self.walk.is_passed(&self.sections)
            && self
                .deletes
                .as_ref()
                .is_some_and(|deletes| !deletes.is_lacking)
    }

    fn next_blocks(&mut self, known: &Outline) -> Result<Option<Slice>, Malformed> {
        let survey = Survey {
            bytes: &self.update,
            limits: self.limits,
            sections: std::mem::take(&mut self.sections),
            blocks: 0,
            deletes_at: self.deletes_at,
            deleted_ranges: 0,
        };
        let advanced = self.walk.advance(&survey, known, self.size);
        let slice = match advanced {
            Ok(_) => cut::write_blocks(&survey, &self.walk),
            Err(_) => None,
        };
        let blocks = self.walk.fresh_blocks(&survey);
        self.walk.rebase(&survey);
        self.sections = survey.sections;
        if advanced? {
            self.deletes = Some(Deletes::new(&self.update, self.deletes_at));
        }
        Ok(slice.map(|update| Slice {
            update,
            blocks,
            moves: 0,
        }))
    }

    fn next_deletes(&mut self, known: &Outline) -> Option<Slice> {
        let deletes = self.deletes.as_mut()?;
        let (mut chosen, mut moves) = (Vec::new(), 0);
        while chosen.len() < self.size && moves < MOVES {
            let Some((client, range)) = deletes.next(&self.update, known) else {
                break;
            };
            let (piece, cost) = last_piece(client, &range, known);
            if piece.start > range.start {
                deletes.put_back(range.start..piece.start);
            }
            moves += cost;
            chosen.push((client, piece));
        }
        if chosen.is_empty() {
            return None;
        }
        let mut update = vec![0];
        write_ranges(&mut update, &mut chosen);
        Some(Slice {
            update,
            blocks: 0,
            moves,
        })
    }
}

/// The end of a range, as long as its deletion is cheap, and what it costs.
fn last_piece(client: u64, range: &Range<u32>, known: &Outline) -> (Range<u32>, u64) {
    let mut piece = range.clone();
    loop {
        let (here, all) = known.blocks(client, &piece);
        let moves = u64::from(here) * u64::from(all);
        let length = piece.end - piece.start;
        if moves <= MOVES || length <= SMALLEST_PIECE {
            return (piece, moves);
        }
        piece.start += length - (length / 2).max(SMALLEST_PIECE);
    }
}

/// The deleted ranges of an update, in the order in which they are taken.
#[derive(Debug)]
struct Deletes {
    /// Where the next client begins, and how many clients are left.
    at: usize,
    clients: u64,
    client: u64,
    /// The ranges of this client, as far as they are known.
    ranges: Vec<Range<u32>>,
    /// Which of them are still to come: the upper are taken first.
    todo: Vec<Range<usize>>,
    rest: Option<Range<u32>>,
    /// Whether something is deleted that is not known.
    is_lacking: bool,
}

impl Deletes {
    fn new(update: &[u8], at: usize) -> Self {
        let mut reader = Reader::at(update, at);
        let clients = reader.var_uint().unwrap_or_default();
        Self {
            at: reader.position(),
            clients,
            client: 0,
            ranges: Vec::new(),
            todo: Vec::new(),
            rest: None,
            is_lacking: false,
        }
    }

    fn next(&mut self, update: &[u8], known: &Outline) -> Option<(u64, Range<u32>)> {
        loop {
            if let Some(rest) = self.rest.take() {
                return Some((self.client, rest));
            }
            if let Some(part) = self.todo.pop() {
                let middle = part.start + part.len() / 2;
                let halves = [middle + 1..part.end, part.start..middle];
                let halves = halves.into_iter().filter(|half| !half.is_empty());
                self.todo.extend(halves);
                return Some((self.client, self.ranges[middle].clone()));
            }
            if self.clients == 0 {
                return None;
            }
            self.clients -= 1;
            let read = self.read_client(update, known);
            debug_assert!(read.is_ok(), "it was read when the update was inspected");
        }
    }

    /// Keeps what is left of the range that was taken last.
    fn put_back(&mut self, rest: Range<u32>) {
        self.rest = Some(rest);
    }

    fn read_client(&mut self, update: &[u8], known: &Outline) -> Result<(), Malformed> {
        let mut reader = Reader::at(update, self.at);
        self.client = reader.var_uint()?;
        let end = known.clock(self.client);
        self.ranges.clear();
        for _ in 0..reader.var_uint()? {
            let range = read_range(&mut reader)?;
            self.is_lacking |= range.end > end;
            if range.start < end {
                self.ranges.push(range.start..range.end.min(end));
            }
        }
        self.at = reader.position();
        if !self.ranges.is_empty() {
            self.todo.push(0..self.ranges.len());
        }
        Ok(())
    }
}
