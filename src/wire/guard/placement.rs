//! Where a new item belongs, and whether it may be there: rules 14 to 18.
//!
//! yrs decides the parent and key of an item by its neighbours, if it has any,
//! else by what it says itself. The same is decided here beforehand. Where yrs
//! would mix two lists, follow a parent that is none, or keep a value alive
//! that nothing deletes when its map goes, the item is refused.

use std::ops::Range;

use super::super::malformed::{Malformed, Rule};
use super::causality::Walker;
use super::content::{DELETED, GONE, TYPE};
use super::cursor::Progress;
use super::outline::{Kind, Known, List, Place};
use super::structure::{Block, Id, Parent};

/// The list that a new item lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Home {
    entry: bool,
    depth: u16,
    list: List,
}

impl<K: Known> Walker<'_, '_, K> {
    /// Where an element is that is known or was walked.
    fn place(&self, id: Id) -> Place {
        if id.clock < self.known.clock(id.client) {
            return self.known.place(id.client, id.clock);
        }
        match self.walk.find(self.survey, id.client) {
            Some(section) => match self.walk.cursors.progress(section) {
                Progress::Begun(cursor) => cursor.place(id.clock),
                _ => Place::Gone,
            },
            None => Place::Gone,
        }
    }

    /// Where the new part of a block belongs, as yrs will decide it.
    pub(super) fn place_of(
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
            self.walk.rewrite |= block.parent != Parent::OfNeighbours;
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
        if entry && block.right.is_some() {
            return refused(Rule::EntryNeighbour);
        }
        if entry && kind == Kind::Value && end - start > 1 {
            if !self.deletes_all(client, start..end) {
                return refused(Rule::LongEntry);
            }
            self.walk.long_entries.push((client, start..end));
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
        let deleted = self.walk.deleted.get_or_insert_with(|| {
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
