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

use std::collections::HashMap;
use std::ops::Range;

use super::super::lib0::Reader;
use super::super::malformed::{Malformed, Rule};
use super::content::{SKIP, SUBDOCUMENT, TEXT};
use super::outline::{Known, Run, push_run};
use super::structure::{Block, Parent, Section, read_block};
use super::{Survey, Verdict};

/// So many clients may agree in the low 16 bits of their ids. Ids are chosen at
/// random: of a million clients 15 do, on average.
const MAX_ALIKE: usize = 256;

/// The outcome of a walk.
#[derive(Debug)]
pub(super) struct Walk {
    pub verdict: Verdict,
    /// One for each section of the update.
    pub cursors: Vec<Cursor>,
    /// The sections, ordered by client.
    index: Vec<u32>,
    /// Those of which something is fresh.
    pub touched: Vec<u32>,
    /// Sections that wait for each other, with the clock they wait for.
    stack: Vec<(usize, u32)>,
    /// The first section that was not begun for its own sake.
    next: usize,
    /// Whether what is taken has to be written anew.
    pub rewrite: bool,
    /// The update's deleted ranges, sorted; read when first asked for.
    pub deleted: Option<Vec<(u64, Range<u32>)>>,
    /// Map entries of several values, which have to be deleted at once.
    pub long_entries: Vec<(u64, Range<u32>)>,
}

/// How far the walk got in a section.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The clock known of the client before the update.
    pub known: u32,
    /// Where the next block begins; everything new before it was walked.
    pub clock: u32,
    /// Where the next block begins, and how many remain.
    pub at: u32,
    remaining: u32,
    /// Whether the next block can never be integrated.
    stuck: bool,
    waiting: bool,
    /// The first block that is not wholly known: its first byte and clock.
    pub fresh: Option<(u32, u32)>,
    /// How many blocks were walked that are not wholly known.
    pub fresh_blocks: u32,
    /// How many of these are text that goes on where the block before ends: yrs
    /// joins such as soon as it has them.
    pub joined: u32,
    /// Whether there are subdocuments among these.
    pub subdocuments: bool,
    /// The places of the new elements.
    pub runs: Vec<Run>,
}

impl Walk {
    /// A walk that has not begun.
    pub fn new(survey: &Survey<'_>, known: &impl Known) -> Result<Self, Malformed> {
        let sections = &survey.sections;
        let cursors: Vec<Cursor> = sections
            .iter()
            .map(|section| Cursor::new(section, known))
            .collect();
        let mut index: Vec<u32> = (0..sections.len() as u32).collect();
        index.sort_unstable_by_key(|&at| sections[at as usize].client);
        refuse_crowds(survey, &cursors, known)?;
        Ok(Self {
            verdict: Verdict::Sound,
            cursors,
            index,
            touched: Vec::new(),
            stack: Vec::new(),
            next: 0,
            rewrite: false,
            deleted: None,
            long_entries: Vec::new(),
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
            walk.stack.push((walk.next, u32::MAX));
            walk.next += 1;
        }
    }

    /// The clock of `client` below which everything is known after the update.
    pub fn clock_after(&self, survey: &Survey<'_>, client: u64, known: &impl Known) -> u32 {
        match self.find(survey, client) {
            Some(section) => self.cursors[section].known.max(self.cursors[section].clock),
            None => known.clock(client),
        }
    }

    /// Forgets what was taken so far, which has been written.
    pub fn rebase(&mut self) {
        for section in self.touched.drain(..) {
            self.cursors[section as usize].rebase();
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
    let complete = walk.cursors.iter().all(|cursor| cursor.remaining == 0)
        && deletes_are_known(survey, &walk, known);
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

impl Cursor {
    fn rebase(&mut self) {
        self.fresh = None;
        self.fresh_blocks = 0;
        self.joined = 0;
        self.subdocuments = false;
    }

    fn new(section: &Section, known: &impl Known) -> Self {
        let known = known.clock(section.client);
        Self {
            known,
            clock: section.start.min(known),
            at: section.at,
            remaining: section.blocks,
            stuck: section.start > known,
            waiting: false,
            fresh: None,
            fresh_blocks: 0,
            joined: 0,
            subdocuments: false,
            runs: Vec::new(),
        }
    }

    /// Whether all of the section was walked.
    pub const fn is_passed(&self) -> bool {
        self.remaining == 0
    }

    const fn is_done(&self) -> bool {
        self.stuck || self.remaining == 0
    }
}

/// Rule 20: yrs tells clients apart by the low bits of their ids first, and is
/// slow where many agree in them.
fn refuse_crowds(
    survey: &Survey<'_>,
    cursors: &[Cursor],
    known: &impl Known,
) -> Result<(), Malformed> {
    let fresh = || {
        survey
            .sections
            .iter()
            .zip(cursors)
            .filter(|(_, cursor)| cursor.known == 0)
    };
    let mut alike: HashMap<u16, usize> = HashMap::new();
    let is_many = survey.sections.len() > MAX_ALIKE / 2;
    for (section, _) in fresh() {
        let here = if is_many {
            alike.entry(section.client as u16).or_default()
        } else {
            &mut 0
        };
        *here += 1;
        if known.alike(section.client) + *here > MAX_ALIKE {
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
            let cursor = &mut self.walk.cursors[top];
            if cursor.is_done() || cursor.clock > until {
                cursor.waiting = false;
                self.walk.stack.pop();
                continue;
            }
            if *blocks == 0 {
                return Ok(false);
            }
            cursor.waiting = true;
            match self.step(top)? {
                Step::Taken { is_fresh } => *blocks -= usize::from(is_fresh),
                Step::Waits { section, clock } => self.walk.stack.push((section, clock)),
                Step::Stuck => self.walk.cursors[top].stuck = true,
            }
        }
        Ok(true)
    }

    /// Integrates the next block of a section, if that is possible now.
    fn step(&mut self, section: usize) -> Result<Step, Malformed> {
        let client = self.survey.sections[section].client;
        let Cursor {
            known, clock, at, ..
        } = self.walk.cursors[section];
        let mut reader = Reader::at(self.survey.bytes, at as usize);
        let block = read_block::<false>(&mut reader, &self.survey.limits)?;
        let end = clock + block.length;
        let is_fresh = end > known;
        if is_fresh {
            if block.info == SKIP {
                return Ok(Step::Stuck);
            }
            if let Some(step) = self.missing(client, &block, clock < known) {
                return Ok(step);
            }
            let start = clock.max(known);
            let place = self.place_of(client, &block, start, clock < known, end)?;
            push_run(&mut self.walk.cursors[section].runs, Run::new(start, place));
        }
        let cursor = &mut self.walk.cursors[section];
        cursor.clock = end;
        cursor.at = block.end as u32;
        cursor.remaining -= 1;
        if is_fresh {
            if cursor.fresh.is_none() {
                cursor.fresh = Some((block.at as u32, clock));
                self.walk.touched.push(section as u32);
            }
            let cursor = &mut self.walk.cursors[section];
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
            let cursor = &self.walk.cursors[section];
            if id.clock >= cursor.clock {
                let never = cursor.is_done() || cursor.waiting;
                let beyond = id.clock >= self.survey.sections[section].end;
                return Some(if never || beyond {
                    Step::Stuck
                } else {
                    Step::Waits {
                        section,
                        clock: id.clock,
                    }
                });
            }
        }
        None
    }
}
