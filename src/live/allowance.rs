//! How many documents a visitor may bring into being.
//!
//! A document that was made stays, whoever made it; so the pace of making is
//! limited by visitor. What counts is a document's first row or its creation over
//! REST; opening, reading or writing in one that exists never does.
//!
//! Memory is fixed, however many addresses come: two tables of cells, in each of
//! which a visitor has one, chosen by a keyed hash. Whoever finds room in either
//! cell may go ahead, so a visitor is refused for the doings of others only if
//! both of its cells are used up by strangers, whom nobody can choose.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::live::visitor::Visitor;

/// Cells in each of the two tables: half a megabyte together.
const CELLS: usize = 1 << 15;

/// In this time an allowance that was used up is whole again.
const PERIOD: Duration = Duration::from_secs(60);

/// What visitors may still make, shared by all documents.
#[derive(Debug, Clone)]
pub struct Allowance(Option<Arc<Ledger>>);

#[derive(Debug)]
struct Ledger {
    /// How long one document weighs.
    weight: Duration,
    begin: Instant,
    hashers: [RandomState; 2],
    /// When each cell will be empty, in nanoseconds since `begin`.
    empty_at: Mutex<[Box<[u64]>; 2]>,
}

/// What counting one document added, to take exactly that back.
#[derive(Debug, PartialEq, Eq)]
pub struct Receipt {
    visitor: Visitor,
    /// To each cell, in nanoseconds. Nothing where the cell was fuller already,
    /// of strangers.
    added: [u64; 2],
}

impl Allowance {
    /// So many documents a minute, and as many at once; 0 is no limit.
    pub fn new(a_minute: usize) -> Self {
        let a_minute = u32::try_from(a_minute).unwrap_or(u32::MAX);
        Self((a_minute > 0).then(|| {
            let table = || vec![0; CELLS].into_boxed_slice();
            Arc::new(Ledger {
                weight: PERIOD / a_minute,
                begin: Instant::now(),
                hashers: [RandomState::new(), RandomState::new()],
                empty_at: Mutex::new([table(), table()]),
            })
        }))
    }

    /// Counts one document.
    ///
    /// # Errors
    /// How long to wait, when the visitor has made too many.
    pub fn take(&self, visitor: Visitor, now: Instant) -> Result<Receipt, Duration> {
        let mut receipt = Receipt {
            visitor,
            added: [0; 2],
        };
        let Some(ledger) = &self.0 else {
            return Ok(receipt);
        };
        let now = nanoseconds(now.saturating_duration_since(ledger.begin));
        let (weight, period) = (nanoseconds(ledger.weight), nanoseconds(PERIOD));
        ledger.with_cells(visitor, |cells| {
            let least = cells.iter().map(|cell| **cell).min().unwrap_or(0);
            let filled = least.max(now) + weight;
            if filled > now + period {
                return Err(Duration::from_nanos(filled - now - period));
            }
            for (cell, added) in cells.into_iter().zip(&mut receipt.added) {
                // What was empty is empty; time that passed is nobody's count.
                let before = (*cell).max(now);
                *cell = before.max(filled);
                *added = *cell - before;
            }
            Ok(receipt)
        })
    }

    /// Takes back one that was counted and did not come into being.
    pub fn give_back(&self, receipt: Receipt) {
        if let Some(ledger) = &self.0 {
            ledger.with_cells(receipt.visitor, |cells| {
                for (cell, added) in cells.into_iter().zip(receipt.added) {
                    *cell = cell.saturating_sub(added);
                }
            });
        }
    }
}

impl Ledger {
    fn with_cells<T>(&self, visitor: Visitor, look: impl FnOnce([&mut u64; 2]) -> T) -> T {
        let cell = |hasher: &RandomState| hasher.hash_one(visitor) as usize % CELLS;
        let mut tables = self.empty_at.lock().unwrap_or_else(PoisonError::into_inner);
        let [first, second] = &mut *tables;
        look([
            &mut first[cell(&self.hashers[0])],
            &mut second[cell(&self.hashers[1])],
        ])
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(number: u32) -> Visitor {
        Visitor::of(std::net::Ipv4Addr::from(number).into())
    }

    #[test]
    fn as_many_as_allowed_and_then_one_at_a_time() {
        let allowance = Allowance::new(3);
        let begin = Instant::now();
        for _ in 0..3 {
            assert!(allowance.take(visitor(1), begin).is_ok());
        }
        let wait = allowance.take(visitor(1), begin).unwrap_err();
        assert!(wait <= Duration::from_secs(20), "{wait:?}");
        assert!(allowance.take(visitor(2), begin).is_ok(), "somebody else");
        assert!(allowance.take(visitor(1), begin + wait).is_ok());
        assert!(allowance.take(visitor(1), begin + wait).is_err());
        let rested = begin + wait + PERIOD;
        let made = (0..10).filter(|_| allowance.take(visitor(1), rested).is_ok());
        assert_eq!(made.count(), 3, "rest is not saved up");
    }

    #[test]
    fn what_did_not_come_into_being_is_given_back() {
        let allowance = Allowance::new(1);
        let now = Instant::now();
        let taken = allowance.take(visitor(1), now).unwrap();
        assert!(allowance.take(visitor(1), now).is_err());
        allowance.give_back(taken);
        assert!(allowance.take(visitor(1), now).is_ok());
    }

    /// Counting raises a cell only as far as the emptier one asks for, and taking
    /// back lowered both by a whole document: whoever shared a cell with somebody
    /// and had updates refused wiped out what the other one had made.
    #[test]
    fn what_is_given_back_is_not_a_strangers() {
        let allowance = Allowance::new(2);
        let now = Instant::now();
        let counted = |cell: &u64| {
            let begin = allowance.0.as_ref().unwrap().begin;
            cell.saturating_sub(nanoseconds(now - begin))
        };
        let cells = || -> Vec<u64> {
            let tables = allowance.0.as_ref().unwrap().empty_at.lock().unwrap();
            tables.iter().flatten().map(counted).collect()
        };
        // So many that others share a cell with some of them.
        let made = (0..5_000).filter(|n| allowance.take(visitor(*n), now).is_ok());
        assert!(made.count() > 4_000);
        let before = cells();
        let mut shared = 0;
        for number in 0..5_000 {
            let stranger = visitor(1 << 24 | number);
            if let Ok(taken) = allowance.take(stranger, now) {
                shared += usize::from(taken.added.contains(&0));
                allowance.give_back(taken);
            }
        }
        assert!(shared > 100, "{shared} shared a cell that was fuller");
        assert!(before == cells(), "somebody else's count was taken back");
    }

    /// A table that has an entry for each address grows with the addresses of a
    /// flood, and one that forgets under pressure forgets the flood itself.
    #[test]
    fn a_flood_of_addresses_costs_no_memory_and_hardly_anybody_else() {
        let allowance = Allowance::new(2);
        let now = Instant::now();
        for number in 0..10_000 {
            for _ in 0..3 {
                let _ = allowance.take(visitor(number), now);
            }
        }
        let refused = (0..10_000).filter(|n| allowance.take(visitor(1 << 24 | n), now).is_err());
        let refused = refused.count();
        assert!(refused < 1_500, "{refused} of 10000 who did nothing");
        let again = (0..10_000).filter(|n| allowance.take(visitor(*n), now).is_ok());
        assert_eq!(again.count(), 0, "nobody of the flood was forgotten");
    }

    #[test]
    fn nothing_is_counted_where_there_is_no_limit() {
        let allowance = Allowance::new(0);
        assert!((0..1000).all(|_| allowance.take(visitor(1), Instant::now()).is_ok()));
    }
}
