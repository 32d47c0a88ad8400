//! The causal rules: walks the blocks of an update in the order in which they
//! can be integrated, and finds where each of them belongs.
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

use std::ops::Range;

use super::super::lib0::Reader;
use super::super::malformed::{Malformed, Rule};
use super::outline::{Kind, Known, List, Place, Run, place_in, push_run};
use super::structure::{
    Block, DELETED, GONE, Id, Parent, SKIP, SUBDOCUMENT, Section, TYPE, read_block,
};
use super::{Survey, Verdict};

/// The outcome of a walk.
pub(super) struct Walk {
    pub verdict: Verdict,
    /// One for each section of the update.
    pub cursors: Vec<Cursor>,
    index: Vec<(u64, usize)>,
}

/// How far the walk got in a section.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The clock known of the client before the update.
    pub known: u32,
    /// Where the next block begins; everything new before it was walked.
    pub clock: u32,
    /// Where the next block begins, and how many remain.
    pub at: usize,
    remaining: u32,
    /// Whether the next block can never be integrated.
    stuck: bool,
    waiting: bool,
    /// The first block that is not wholly known: its first byte and clock.
    pub fresh: Option<(usize, u32)>,
    /// How many blocks were walked that are not wholly known.
    pub fresh_blocks: u32,
    /// Whether there are subdocuments among these.
    pub subdocuments: bool,
    /// The places of the new elements.
    pub runs: Vec<Run>,
}

impl Walk {
    /// The clock of `client` below which everything is known after the update.
    pub fn clock_after(&self, client: u64, known: &impl Known) -> u32 {
        match self.find(client) {
            Some(section) => self.cursors[section].known.max(self.cursors[section].clock),
            None => known.clock(client),
        }
    }

    fn find(&self, client: u64) -> Option<usize> {
        let index = self
            .index
            .binary_search_by_key(&client, |&(client, _)| client)
            .ok()?;
        Some(self.index[index].1)
    }
}

/// The list that a new item lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Home {
    entry: bool,
    depth: u16,
    list: List,
}

/// What the next block of a section can do.
enum Step {
    /// It was integrated.
    Taken,
    /// It waits until `section` has passed `clock`.
    Waits { section: usize, clock: u32 },
    /// It can never be integrated.
    Stuck,
}

/// Walks an update as far as it can be integrated.
pub(super) fn walk(survey: &Survey<'_>, known: &impl Known) -> Result<Walk, Malformed> {
    let cursors: Vec<Cursor> = survey
        .sections
        .iter()
        .map(|section| Cursor::new(section, known))
        .collect();
    let mut index: Vec<(u64, usize)> = survey
        .sections
        .iter()
        .enumerate()
        .map(|(at, section)| (section.client, at))
        .collect();
    index.sort_unstable();
    let walk = Walk {
        verdict: Verdict::Sound,
        cursors,
        index,
    };
    let mut walker = Walker {
        survey,
        known,
        walk,
        rewrite: false,
        deleted: None,
    };
    let mut stack = Vec::new();
    for section in 0..survey.sections.len() {
        walker.run(section, &mut stack)?;
    }
    let Walker {
        mut walk, rewrite, ..
    } = walker;
    let complete = walk.cursors.iter().all(|cursor| cursor.remaining == 0)
        && deletes_are_known(survey, &walk, known);
    walk.verdict = match (complete, rewrite) {
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
            _ => walk.clock_after(client, known),
        };
        bound = Some((client, end));
        all &= range.end <= end;
    });
    all
}

impl Cursor {
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
            subdocuments: false,
            runs: Vec::new(),
        }
    }

    const fn is_done(&self) -> bool {
        self.stuck || self.remaining == 0
    }
}

struct Walker<'s, 'a, K> {
    survey: &'s Survey<'a>,
    known: &'s K,
    walk: Walk,
    /// Whether what is taken has to be written anew.
    rewrite: bool,
    /// The update's deleted ranges, sorted; read when first asked for.
    deleted: Option<Vec<(u64, Range<u32>)>>,
}

impl<K: Known> Walker<'_, '_, K> {
    /// Walks a section to its end, and others as far as it needs them.
    fn run(&mut self, section: usize, stack: &mut Vec<(usize, u32)>) -> Result<(), Malformed> {
        stack.push((section, u32::MAX));
        while let Some(&(top, until)) = stack.last() {
            let cursor = &mut self.walk.cursors[top];
            if cursor.is_done() || cursor.clock > until {
                cursor.waiting = false;
                stack.pop();
                continue;
            }
            cursor.waiting = true;
            match self.step(top)? {
                Step::Taken => {}
                Step::Waits { section, clock } => stack.push((section, clock)),
                Step::Stuck => self.walk.cursors[top].stuck = true,
            }
        }
        Ok(())
    }

    /// Integrates the next block of a section, if that is possible now.
    fn step(&mut self, section: usize) -> Result<Step, Malformed> {
        let client = self.survey.sections[section].client;
        let Cursor {
            known, clock, at, ..
        } = self.walk.cursors[section];
        let mut reader = Reader::at(self.survey.bytes, at);
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
        cursor.at = block.end;
        cursor.remaining -= 1;
        if is_fresh {
            cursor.fresh.get_or_insert((block.at, clock));
            cursor.fresh_blocks += 1;
            if block.content() == SUBDOCUMENT {
                cursor.subdocuments = true;
                self.rewrite = true;
            }
        }
        Ok(Step::Taken)
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
            let Some(section) = self.walk.find(id.client) else {
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

    /// Where an element is that is known or was walked.
    fn place(&self, id: Id) -> Place {
        if id.clock < self.known.clock(id.client) {
            return self.known.place(id.client, id.clock);
        }
        match self.walk.find(id.client) {
            Some(section) => place_in(&self.walk.cursors[section].runs, id.clock),
            None => Place::Gone,
        }
    }

    /// Where the new part of a block belongs, as yrs will decide it.
    fn place_of(
        &mut self,
        client: u64,
        block: &Block<'_>,
        start: u32,
        is_tail: bool,
        end: u32,
    ) -> Result<Place, Malformed> {
        if block.info == GONE {
            return Ok(Place::Gone);
        }
        let refused = |rule| Err(Malformed::new(rule, block.at));
        let home = if is_tail || block.parent == Parent::OfNeighbours {
            // With a parent of its own, the known part might be elsewhere.
            self.rewrite |= block.parent != Parent::OfNeighbours;
            let left = if is_tail {
                Some(Id {
                    client,
                    clock: start - 1,
                })
            } else {
                block.origin
            };
            self.between(left, block.right)
        } else {
            self.inside(block)
        };
        let Home { entry, depth, list } = match home {
            Ok(Some(home)) => home,
            Ok(None) => return Ok(Place::Gone),
            Err(rule) => return refused(rule),
        };
        let kind = match block.content() {
            DELETED => Kind::Deleted,
            TYPE if depth >= self.survey.limits.type_depth => return refused(Rule::TypeDepth),
            TYPE => Kind::Type,
            _ => Kind::Value,
        };
        if entry && kind == Kind::Value && end - start > 1 && !self.deletes_all(client, start..end)
        {
            return refused(Rule::LongEntry);
        }
        Ok(Place::Item {
            kind,
            entry,
            depth,
            list,
        })
    }

    /// Where a new item is that names its parent. `None` if that is gone.
    fn inside(&self, block: &Block<'_>) -> Result<Option<Home>, Rule> {
        let entry = block.key.is_some();
        match block.parent {
            Parent::Item(id) => match self.place(id) {
                Place::Item {
                    kind: Kind::Type,
                    depth,
                    ..
                } => {
                    let list = List::of_item(id.client, id.clock, block.key);
                    Ok(Some(Home {
                        entry,
                        depth: depth + 1,
                        list,
                    }))
                }
                Place::Item {
                    kind: Kind::Value, ..
                } => Err(Rule::ParentNotAType),
                Place::Item {
                    kind: Kind::Deleted,
                    ..
                }
                | Place::Gone => Ok(None),
            },
            Parent::Root(name) => Ok(Some(Home {
                entry,
                depth: 0,
                list: List::of_root(name, block.key),
            })),
            Parent::OfNeighbours => Ok(None),
        }
    }

    /// Where a new item is whose neighbours are `left` and `right`. `None` if
    /// they are gone.
    fn between(&self, left: Option<Id>, right: Option<Id>) -> Result<Option<Home>, Rule> {
        let home = |id: Option<Id>| {
            id.map(|id| match self.place(id) {
                Place::Item {
                    entry, depth, list, ..
                } => Some(Home { entry, depth, list }),
                Place::Gone => None,
            })
        };
        match (home(left), home(right)) {
            (Some(left), Some(right)) if left != right => Err(Rule::MixedNeighbours),
            (Some(home), _) | (None, Some(home)) => Ok(home),
            (None, None) => Ok(None),
        }
    }

    /// Whether the update deletes all of a range.
    fn deletes_all(&mut self, client: u64, range: Range<u32>) -> bool {
        let survey = self.survey;
        let deleted = self.deleted.get_or_insert_with(|| {
            let mut deleted: Vec<(u64, Range<u32>)> = Vec::new();
            survey.deletes(|client, range| match deleted.last_mut() {
                Some((same, last)) if *same == client && last.end == range.start => {
                    last.end = range.end;
                }
                _ => deleted.push((client, range)),
            });
            deleted.sort_unstable_by_key(|(client, range)| (*client, range.start));
            deleted
        });
        let after = deleted
            .partition_point(|(other, deleted)| (*other, deleted.start) <= (client, range.start));
        after.checked_sub(1).is_some_and(|index| {
            let (other, deleted) = &deleted[index];
            *other == client && deleted.end >= range.end
        })
    }
}
