//! How far a walk got in each section of an update.
//!
//! The promise: a section of which nothing has to be kept costs four bytes here,
//! however many there are. An update may consist of sections of five bytes, and
//! what is kept of it stays in proportion. So a section that was not begun has no
//! cursor yet, and one that came whole, and is gone, or of which nothing can be
//! taken, has none any more: what there is to know of it stands in the update.

use std::num::NonZeroU32;

use super::Survey;
use super::outline::{Known, Place, Run, Runs};

/// How far the walk got in a section.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The clock known of the client before the update.
    pub known: u32,
    /// Where the next block begins; everything new before it was walked.
    pub clock: u32,
    /// Where the bytes of the next block begin.
    pub at: u32,
    /// The first block that is not wholly known: its first byte and clock.
    pub fresh: Option<(NonZeroU32, u32)>,
    /// How many blocks were walked that are not wholly known.
    pub fresh_blocks: u32,
    /// How many of these are text that goes on where the block before ends: yrs
    /// joins such as soon as it has them.
    pub joined: u32,
    /// The places of the new elements. Most cursors that there are many of at once
    /// wait at their first block and have none: these are small.
    runs: Option<Box<Runs>>,
    /// Whether there are subdocuments among these.
    pub subdocuments: bool,
    /// Whether the next block can never be integrated.
    pub stuck: bool,
    /// Whether it is on the stack.
    pub waiting: bool,
}

impl Cursor {
    fn new(survey: &Survey<'_>, section: usize, known: &impl Known) -> Self {
        let header = survey.header(section);
        let known = known.clock(survey.sections[section].client);
        Self {
            known,
            clock: header.start.min(known),
            at: header.blocks_at as u32,
            fresh: None,
            fresh_blocks: 0,
            joined: 0,
            runs: None,
            subdocuments: false,
            stuck: header.start > known,
            waiting: false,
        }
    }

    /// Whether nothing can be walked any more of a section that ends at `end`.
    pub const fn is_done(&self, end: u32) -> bool {
        self.stuck || self.clock == end
    }

    /// Whether all of a section was walked that covers these clocks, all of it
    /// is new, and gone: it says itself all there is to know.
    fn is_whole(&self, start: u32, end: u32) -> bool {
        !self.stuck
            && self.clock == end
            && self.known == start
            && self.fresh.is_some_and(|(_, clock)| clock == start)
            && self.runs.is_none()
            && self.joined == 0
            && !self.subdocuments
    }

    /// Whether all of a section was walked that ends here, and nothing is new.
    const fn is_old(&self, end: u32) -> bool {
        !self.stuck && self.clock == end && self.fresh.is_none()
    }

    fn rebase(&mut self) {
        self.fresh = None;
        self.fresh_blocks = 0;
        self.joined = 0;
        self.subdocuments = false;
        // The document knows them now.
        self.runs = None;
    }

    /// Notes where the next new elements are.
    pub fn push(&mut self, run: Run) {
        // What is gone needs no note before anything else is there.
        match &mut self.runs {
            Some(runs) => runs.push(run),
            None => {
                let mut runs = Runs::default();
                runs.push(run);
                self.runs = (!runs.is_empty()).then(|| Box::new(runs));
            }
        }
    }

    /// The place of a new element that was walked.
    pub fn place(&self, clock: u32) -> Place {
        let runs = self.runs.as_ref();
        runs.map_or(Place::Gone, |runs| runs.place(clock))
    }
}

/// The section was not begun.
const AHEAD: u32 = u32::MAX;
/// The section was passed and nothing of it is new, or no more.
const OLD: u32 = u32::MAX - 1;
/// The section was passed; all of it is new, and gone.
const WHOLE: u32 = u32::MAX - 2;
/// Nothing of the section that is new can be walked.
const STUCK: u32 = u32::MAX - 3;
/// No cursor.
const NONE: u32 = u32::MAX;

/// So many cursors are allocated at once: growing must not copy them.
const CHUNK: usize = 64;

/// One for each section of an update that needs one.
#[derive(Debug)]
pub(super) struct Cursors {
    /// By section: where its cursor is, or why it has none.
    slots: Vec<u32>,
    chunks: Vec<Vec<Cursor>>,
    /// A cursor that may be used anew. Its `at` says which may be next.
    free: u32,
}

/// What is known of a section.
pub(super) enum Progress<'c> {
    /// Nothing of it was walked.
    Ahead,
    /// All of it was walked, and is known.
    Old,
    /// All of it was walked, is new, and gone.
    Whole,
    /// Nothing of it that is new can be walked now or later.
    Stuck,
    /// It was begun.
    Begun(&'c Cursor),
}

impl Cursors {
    pub fn new(sections: usize) -> Self {
        Self {
            slots: vec![AHEAD; sections],
            chunks: Vec::new(),
            free: NONE,
        }
    }

    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn progress(&self, section: usize) -> Progress<'_> {
        match self.slots[section] {
            AHEAD => Progress::Ahead,
            OLD => Progress::Old,
            WHOLE => Progress::Whole,
            STUCK => Progress::Stuck,
            slot => Progress::Begun(self.at(slot)),
        }
    }

    /// The cursor of a section; a new one if it was not begun. `None` if it has
    /// none any more.
    pub fn begin(
        &mut self,
        survey: &Survey<'_>,
        section: usize,
        known: &impl Known,
    ) -> Option<&mut Cursor> {
        match self.slots[section] {
            AHEAD => {
                let slot = self.put(Cursor::new(survey, section, known), survey.sections.len());
                self.slots[section] = slot;
                Some(self.at_mut(slot))
            }
            _ => self.begun(section),
        }
    }

    /// The cursor of a section, if it has one.
    pub fn begun(&mut self, section: usize) -> Option<&mut Cursor> {
        let slot = self.slots[section];
        (slot < STUCK).then(|| self.at_mut(slot))
    }

    /// In how many blocks the new part of a passed section came, text that was
    /// joined counted once, and the places of its elements.
    pub fn take(&mut self, survey: &Survey<'_>, section: usize) -> (u32, Runs) {
        match self.begun(section) {
            Some(cursor) => (
                cursor.fresh_blocks - cursor.joined,
                cursor.runs.take().map_or(Runs::default(), |runs| *runs),
            ),
            None => (survey.header(section).blocks, Runs::default()),
        }
    }

    /// Lets go of a cursor that is of no more use.
    pub fn spend(&mut self, survey: &Survey<'_>, section: usize) {
        let slot = self.slots[section];
        if slot >= STUCK {
            return;
        }
        let cursor = self.at(slot);
        let end = survey.sections[section].end;
        self.slots[section] = if cursor.stuck && cursor.fresh.is_none() {
            STUCK
        } else if cursor.is_old(end) {
            OLD
        } else if cursor.is_whole(survey.header(section).start, end) {
            WHOLE
        } else {
            return;
        };
        let free = std::mem::replace(&mut self.free, slot);
        self.at_mut(slot).at = free;
    }

    /// Forgets what was taken of a section.
    pub fn rebase(&mut self, survey: &Survey<'_>, section: usize) {
        match self.slots[section] {
            WHOLE => self.slots[section] = OLD,
            slot if slot < STUCK => {
                self.at_mut(slot).rebase();
                self.spend(survey, section);
            }
            _ => {}
        }
    }

    fn put(&mut self, cursor: Cursor, sections: usize) -> u32 {
        let free = self.free;
        if free != NONE {
            self.free = self.at(free).at;
            *self.at_mut(free) = cursor;
            return free;
        }
        let full = self.chunks.last().is_none_or(|last| last.len() == CHUNK);
        if full {
            self.chunks.push(Vec::with_capacity(CHUNK.min(sections)));
        }
        let chunk = self.chunks.len() - 1;
        self.chunks[chunk].push(cursor);
        (chunk * CHUNK + self.chunks[chunk].len() - 1) as u32
    }

    fn at(&self, slot: u32) -> &Cursor {
        &self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }

    fn at_mut(&mut self, slot: u32) -> &mut Cursor {
        &mut self.chunks[slot as usize / CHUNK][slot as usize % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_small() {
        assert_eq!(size_of::<Cursor>(), 40);
        assert_eq!(size_of::<Runs>(), 16);
    }
}
