//! Whose letters are whose, and who took which away.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::export::signed::Id;

/// Somebody who wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The client that they wrote with.
    pub client: u64,
    /// Their name, where one was noted.
    pub name: Option<Arc<str>>,
}

/// What is known of stretches of clocks.
#[derive(Debug, Clone)]
pub(super) struct Spans<T>(
    /// By client and first clock: the clock behind, and what is known. They do not
    /// overlap.
    BTreeMap<(u64, u32), (u32, T)>,
);

impl<T> Default for Spans<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Copy> Spans<T> {
    /// Notes something of these clocks, except where something was noted before.
    pub fn note(&mut self, client: u64, clocks: Range<u32>, known: T) {
        let mut begin = clocks.start;
        while begin < clocks.end {
            if let Some((end, _)) = self.around(client, begin) {
                begin = end;
                continue;
            }
            let end = self.next(client, begin, clocks.end);
            self.0.insert((client, begin), (end, known));
            begin = end;
        }
    }

    /// What is known of this id, and of how many UTF-16 units from there on the same is
    /// true, of `units`, which is not 0.
    pub fn at(&self, id: Id, units: u32) -> (Option<T>, u32) {
        let Id { client, clock } = id;
        let end = clock.saturating_add(units);
        match self.around(client, clock) {
            Some((until, known)) => (Some(known), until.min(end) - clock),
            None => (None, self.next(client, clock, end) - clock),
        }
    }

    fn around(&self, client: u64, clock: u32) -> Option<(u32, T)> {
        let mut before = self.0.range((client, 0)..=(client, clock)).rev();
        let (_, (end, known)) = before.next()?;
        (*end > clock).then_some((*end, *known))
    }

    /// Where the next stretch begins behind a clock of which nothing is known.
    fn next(&self, client: u64, clock: u32, end: u32) -> u32 {
        let mut behind = self.0.range((client, clock)..(client, end));
        behind.next().map_or(end, |((_, next), _)| *next)
    }
}

/// What is known of who wrote a document.
#[derive(Debug, Clone, Default)]
pub struct Credits {
    names: HashMap<u64, Arc<str>>,
    removals: Spans<u64>,
}

impl Credits {
    /// Of clients with names.
    pub fn of(names: impl IntoIterator<Item = (u64, String)>) -> Self {
        let named = names
            .into_iter()
            .map(|(client, name)| (client, name.into()));
        Self {
            names: named.collect(),
            removals: Spans::default(),
        }
    }

    /// Notes that `by` took these of `client` away. Who did so first counts, so the
    /// deletions are to be told in their order.
    pub fn removed(&mut self, client: u64, clocks: Range<u32>, by: u64) {
        self.removals.note(client, clocks, by);
    }

    /// The person who writes as this client.
    pub fn person(&self, client: u64) -> Person {
        Person {
            client,
            name: self.names.get(&client).cloned(),
        }
    }

    /// Who took away what has this id, and of how many UTF-16 units from there on the
    /// same is true.
    pub(super) fn remover(&self, id: Id, units: u32) -> (Option<Person>, u32) {
        let (by, same) = self.removals.at(id, units);
        (by.map(|by| self.person(by)), same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_took_it_away_first_counts() {
        let mut credits = Credits::of([(7, "Ada".to_owned())]);
        credits.removed(1, 5..10, 7);
        credits.removed(1, 0..20, 8);
        credits.removed(1, 3..12, 9);
        let mut told = Vec::new();
        let mut clock = 0;
        while clock < 25 {
            let id = Id { client: 1, clock };
            let (who, units) = credits.remover(id, 25 - clock);
            told.push((
                units,
                who.map(|who| (who.client, who.name.as_deref() == Some("Ada"))),
            ));
            clock += units;
        }
        let (ada, eight) = (Some((7, true)), Some((8, false)));
        assert_eq!(told, [(5, eight), (5, ada), (10, eight), (5, None)]);
        let other = Id {
            client: 2,
            clock: 6,
        };
        assert_eq!(credits.remover(other, 3), (None, 3));
    }
}
