//! Rule 13: walks the blocks of an update in the order in which they can be
//! integrated. Where each of them belongs, `placement` says.
//!
//! Blocks of one client are integrated in the order of their clocks; a block
//! that refers to another client's section waits until that one has got far
//! enough. The walk goes depth first with a stack of its own. A section that
//! waits for one that is already waiting can never go on, nor can one that
//! waits for what is not there: both are *stuck*. Every block is read a bounded
//! number of times, so the walk is linear in the update.
//!
//! Where the walk ends in each section is the largest part of the update that
//! is causally complete: exactly what [`cut`](super::cut) writes.

use std::num::NonZeroU32;
use std::ops::Range;

use super::super::lib0::Reader;
use super::super::malformed::{Malformed, Rule};
use super::content::{SKIP, SUBDOCUMENT, TEXT};
use super::cursor::{Cursor, Cursors, Progress};
use super::outline::{Known, Run};
use super::structure::{Block, Parent, Section, read_block};
use super::{Survey, Verdict};

/// So many clients may agree in the low 16 bits of their ids. Ids are chosen at
/// random: of a million clients 15 do, on average.
const MAX_ALIKE: usize = 256;

/// The outcome of a walk.
#[derive(Debug)]
pub(super) struct Walk {
    pub verdict: Verdict,
    /// How far it got.
    pub cursors: Cursors,
    /// The sections, ordered by client.
    index: Vec<u32>,
    /// The sections of which something is fresh, where it is written in parts. Who
    /// walks an update in one go has no use for a list of almost all of them.
    touched: Option<Vec<u32>>,
    /// Sections that wait for each other, with the clock they wait for.
    stack: Vec<(u32, u32)>,
    /// The first section that was not begun for its own sake.
    next: usize,
    /// Whether what is taken has to be written anew.
    pub rewrite: bool,
    /// The update's deleted ranges, sorted; read when first asked for.
    pub deleted: Option<Vec<(u64, Range<u32>)>>,
    /// Map entries of several values, which have to be deleted at once.
    pub long_entries: Vec<(u64, Range<u32>)>,
}

impl Walk {
    /// A walk that has not begun.
    pub fn new(survey: &Survey<'_>, known: &impl Known) -> Result<Self, Malformed> {
        let sections = &survey.sections;
        refuse_crowds(survey, known)?;
        let mut index: Vec<u32> = (0..sections.len() as u32).collect();
        index.sort_unstable_by_key(|&at| sections[at as usize].client);
        Ok(Self {
            verdict: Verdict::Sound,
            cursors: Cursors::new(sections.len()),
            index,
            touched: None,
            stack: Vec::new(),
            next: 0,
            rewrite: false,
            deleted: None,
            long_entries: Vec::new(),
        })
    }

    /// A walk that has not begun, and is written part by part.
    pub fn in_parts(survey: &Survey<'_>, known: &impl Known) -> Result<Self, Malformed> {
        let walk = Self::new(survey, known)?;
        Ok(Self {
            touched: Some(Vec::new()),
            ..walk
        })
    }

    /// Goes on until about `blocks` new blocks more were walked, or to the
    /// end. Says whether it is there.
    pub fn advance(
        &mut self,
        survey: &Survey<'_>,
        known: &impl Known,
        mut blocks: usize,
    ) -> Result<bool, Malformed> {
        let mut walker = Walker {
            survey,
            known,
            walk: self,
        };
        loop {
            if !walker.run(&mut blocks)? {
                return Ok(false);
            }
            let walk = &mut *walker.walk;
            if walk.next == walk.cursors.len() {
                return Ok(true);
            }
            walk.stack.push((walk.next as u32, u32::MAX));
            walk.next += 1;
        }
    }

    /// The clock of `client` below which everything is known after the update.
    pub fn clock_after(&self, survey: &Survey<'_>, client: u64, known: &impl Known) -> u32 {
        match self.find(survey, client) {
            Some(section) => match self.cursors.progress(section) {
                Progress::Begun(cursor) => cursor.known.max(cursor.clock),
                Progress::Whole => survey.sections[section].end,
                Progress::Ahead | Progress::Old | Progress::Stuck => known.clock(client),
            },
            None => known.clock(client),
        }
    }

    /// Whether all of these sections, those of the update, was walked.
    pub fn is_passed(&self, sections: &[Section]) -> bool {
        let mut sections = sections.iter().enumerate();
        sections.all(|(at, section)| match self.cursors.progress(at) {
            Progress::Begun(cursor) => !cursor.stuck && cursor.clock == section.end,
            Progress::Old | Progress::Whole => true,
            Progress::Ahead | Progress::Stuck => false,
        })
    }

    /// How many blocks were taken since the last [`rebase`](Self::rebase).
    pub fn fresh_blocks(&self, survey: &Survey<'_>) -> usize {
        let sections = self.fresh().into_iter();
        sections
            .map(|section| match self.cursors.progress(section) {
                Progress::Begun(cursor) => cursor.fresh_blocks as usize,
                Progress::Whole => survey.header(section).blocks as usize,
                Progress::Ahead | Progress::Old | Progress::Stuck => 0,
            })
            .sum()
    }

    /// The sections of which something was taken since then, in their order.
    pub fn fresh(&self) -> Vec<usize> {
        let is_fresh = |&section: &usize| match self.cursors.progress(section) {
            Progress::Begun(cursor) => cursor.fresh.is_some(),
            Progress::Whole => true,
            Progress::Ahead | Progress::Old | Progress::Stuck => false,
        };
        match &self.touched {
            Some(touched) => {
                let mut fresh: Vec<usize> =
                    touched.iter().map(|&section| section as usize).collect();
                fresh.sort_unstable();
                fresh
            }
            None => (0..self.cursors.len()).filter(is_fresh).collect(),
        }
    }

    /// Forgets what was taken so far, which has been written.
    pub fn rebase(&mut self, survey: &Survey<'_>) {
        for section in self
            .touched
            .iter_mut()
            .flat_map(|touched| touched.drain(..))
        {
            self.cursors.rebase(survey, section as usize);
        }
        self.long_entries.clear();
    }

    pub fn find(&self, survey: &Survey<'_>, client: u64) -> Option<usize> {
        let index = self
            .index
            .binary_search_by_key(&client, |&at| survey.sections[at as usize].client)
            .ok()?;
        Some(self.index[index] as usize)
    }
}

/// What the next block of a section can do.
enum Step {
    /// It was integrated, or was known.
    Taken { is_fresh: bool },
    /// It waits until `section` has passed `clock`.
    Waits { section: usize, clock: u32 },
    /// It can never be integrated.
    Stuck,
}

/// Walks an update as far as it can be integrated.
pub(super) fn walk(survey: &Survey<'_>, known: &impl Known) -> Result<Walk, Malformed> {
    let mut walk = Walk::new(survey, known)?;
    walk.advance(survey, known, usize::MAX)?;
    let complete = walk.is_passed(&survey.sections) && deletes_are_known(survey, &walk, known);
    walk.verdict = match (complete, walk.rewrite) {
        (false, _) => Verdict::Incomplete,
        (true, true) => Verdict::Rewrite,
        (true, false) => Verdict::Sound,
    };
    Ok(walk)
}

fn deletes_are_known(survey: &Survey<'_>, walk: &Walk, known: &impl Known) -> bool {
    let mut bound = None;
    let mut all = true;
    survey.deletes(|client, range| {
        let end = match bound {
            Some((same, end)) if same == client => end,
            _ => walk.clock_after(survey, client, known),
        };
        bound = Some((client, end));
        all &= range.end <= end;
    });
    all
}

/// Rule 21: yrs tells clients apart by the low bits of their ids first, and is
/// slow where many agree in them.
fn refuse_crowds(survey: &Survey<'_>, known: &impl Known) -> Result<(), Malformed> {
    let fresh = || {
        let sections = survey.sections.iter();
        sections.filter(|section| known.clock(section.client) == 0)
    };
    // Few cannot be a crowd by themselves, and are not told apart.
    let is_many = survey.sections.len() > MAX_ALIKE / 2;
    let mut low: Vec<u16> = Vec::new();
    if is_many {
        low.reserve_exact(survey.sections.len());
        low.extend(fresh().map(|section| section.client as u16));
        low.sort_unstable();
    }
    for section in fresh() {
        let here = if is_many {
            let bits = section.client as u16;
            low.partition_point(|&other| other <= bits) - low.partition_point(|&other| other < bits)
        } else {
            1
        };
        if known.alike(section.client) + here > MAX_ALIKE {
            return Err(Malformed::new(Rule::CrowdedClients, section.at as usize));
        }
    }
    Ok(())
}

/// Does the walking. What is known may have grown since the last time.
pub(super) struct Walker<'s, 'a, K> {
    pub survey: &'s Survey<'a>,
    pub known: &'s K,
    pub walk: &'s mut Walk,
}

impl<K: Known> Walker<'_, '_, K> {
    /// Walks the section on top of the stack to its end, and others as far as
    /// it needs them. Says whether that was done within so many new blocks.
    fn run(&mut self, blocks: &mut usize) -> Result<bool, Malformed> {
        while let Some(&(top, until)) = self.walk.stack.last() {
            let top = top as usize;
            let Some(cursor) = self.walk.cursors.begin(self.survey, top, self.known) else {
                self.walk.stack.pop();
                continue;
            };
            if cursor.is_done(self.survey.sections[top].end) || cursor.clock > until {
                cursor.waiting = false;
                self.walk.stack.pop();
                self.walk.cursors.spend(self.survey, top);
                continue;
            }
            if *blocks == 0 {
                return Ok(false);
            }
            cursor.waiting = true;
            match self.step(top)? {
                Step::Taken { is_fresh } => *blocks -= usize::from(is_fresh),
                Step::Waits { section, clock } => self.walk.stack.push((section as u32, clock)),
                Step::Stuck => {
                    if let Some(cursor) = self.walk.cursors.begun(top) {
                        cursor.stuck = true;
                    }
                }
            }
        }
        Ok(true)
    }

    /// Integrates the next block of a section, if that is possible now.
    fn step(&mut self, section: usize) -> Result<Step, Malformed> {
        let client = self.survey.sections[section].client;
        let Some(&mut Cursor {
            known, clock, at, ..
        }) = self.walk.cursors.begun(section)
        else {
            return Ok(Step::Stuck);
        };
        let mut reader = Reader::at(self.survey.bytes, at as usize);
        let block = read_block::<false>(&mut reader, &self.survey.limits)?;
        let end = clock + block.length;
        let is_fresh = end > known;
        let mut run = None;
        if is_fresh {
            if block.info == SKIP {
                return Ok(Step::Stuck);
            }
            if let Some(step) = self.missing(client, &block, clock < known) {
                return Ok(step);
            }
            let start = clock.max(known);
            let place = self.place_of(client, &block, start, clock < known, end)?;
            run = Some(Run::new(start, place));
        }
        let Some(cursor) = self.walk.cursors.begun(section) else {
            return Ok(Step::Stuck);
        };
        cursor.clock = end;
        cursor.at = block.end as u32;
        if let Some(run) = run {
            cursor.push(run);
            if cursor.fresh.is_none() {
                cursor.fresh = NonZeroU32::new(block.at as u32).map(|at| (at, clock));
                if let Some(touched) = &mut self.walk.touched {
                    touched.push(section as u32);
                }
            }
            cursor.fresh_blocks += 1;
            let goes_on = block
                .origin
                .is_some_and(|id| id.client == client && id.clock + 1 == clock);
            cursor.joined += u32::from(goes_on && block.content() == TEXT);
            if block.content() == SUBDOCUMENT {
                cursor.subdocuments = true;
                self.walk.rewrite = true;
            }
        }
        Ok(Step::Taken { is_fresh })
    }

    /// What a block has to wait for, if anything. Of a block whose beginning is
    /// known the left origin is that beginning.
    fn missing(&self, client: u64, block: &Block<'_>, is_tail: bool) -> Option<Step> {
        let parent = match block.parent {
            Parent::Item(id) => Some(id),
            _ => None,
        };
        let origin = if is_tail { None } else { block.origin };
        for id in [origin, block.right, parent].into_iter().flatten() {
            if id.client == client || id.clock < self.known.clock(id.client) {
                continue;
            }
            let Some(section) = self.walk.find(self.survey, id.client) else {
                return Some(Step::Stuck);
            };
            let end = self.survey.sections[section].end;
            let never = match self.walk.cursors.progress(section) {
                Progress::Begun(cursor) if id.clock < cursor.clock => continue,
                Progress::Begun(cursor) => cursor.is_done(end) || cursor.waiting,
                Progress::Old | Progress::Whole if id.clock < end => continue,
                Progress::Old | Progress::Whole | Progress::Stuck => true,
                Progress::Ahead => false,
            };
            return Some(if never || id.clock >= end {
                Step::Stuck
            } else {
                Step::Waits {
                    section,
                    clock: id.clock,
                }
            });
        }
        None
    }
}
