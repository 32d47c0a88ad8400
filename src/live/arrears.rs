//! What a visitor's last connections have used up: whoever comes back at once does
//! not find full buckets.
//!
//! A connection may send a burst before it is slowed down ([`budget`](super::budget)).
//! Were every new connection given one, somebody who is ended, or hangs up, and comes
//! back again and again would never be slowed down at all. So a connection that ends
//! leaves behind when its buckets would have been full again, and the next ones of
//! that visitor begin with what would be in them. Nobody is refused for it, and it is
//! over within seconds.
//!
//! Many people may be one visitor. So what several connections leave behind is not
//! added up: what counts is whose buckets take longest to fill.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::live::budget::{Budget, Fullness, Purse};
use crate::live::visitor::Visitor;

/// A connection that used less than so much time's worth left nothing behind.
const TRIFLE: Duration = Duration::from_millis(100);

/// So many visitors are remembered at most: each is one who used a tenth of a second's
/// worth or more in the last seconds. Beyond them nothing is remembered of newcomers.
const MOST: usize = 1 << 16;

/// While there are fewer it does not pay to look for those who may be forgotten.
const FEW: usize = 1 << 10;

/// What all visitors left behind. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Arrears(Arc<Mutex<HashMap<Visitor, Fullness>>>);

/// The purse of a connection, which is handed back when this is dropped.
#[derive(Debug)]
pub struct Borrowed {
    purse: Purse,
    visitor: Visitor,
    arrears: Arrears,
}

impl Arrears {
    /// The purse of a new connection.
    pub fn purse(&self, visitor: Visitor, budget: Budget, now: Instant) -> Borrowed {
        let left = self.table().get(&visitor).copied();
        let purse = match left {
            Some(full) => Purse::full_at(budget, full, now),
            None => Purse::new(budget, now),
        };
        Borrowed {
            purse,
            visitor,
            arrears: self.clone(),
        }
    }

    fn leave(&self, visitor: Visitor, full: Fullness, now: Instant) {
        if full.wait(now) < TRIFLE {
            return;
        }
        let mut table = self.table();
        if table.len() >= FEW {
            table.retain(|_, full| !full.wait(now).is_zero());
        }
        if table.len() < MOST || table.contains_key(&visitor) {
            let known = table.entry(visitor).or_insert(full);
            *known = known.later(full);
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Visitor, Fullness>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::ops::Deref for Borrowed {
    type Target = Purse;

    fn deref(&self) -> &Purse {
        &self.purse
    }
}

impl std::ops::DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut Purse {
        &mut self.purse
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let now = Instant::now();
        self.arrears
            .leave(self.visitor, self.purse.fullness(now), now);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::live::budget::Pace;

    const BUDGET: Budget = Budget {
        messages: 1_000,
        bytes: 1_000_000,
        patience: Duration::from_secs(60),
    };

    fn visitor(number: u32) -> Visitor {
        Visitor::of(Ipv4Addr::from(number).into())
    }

    /// How many messages a connection gets through at once.
    fn burst(purse: &mut Purse, now: Instant) -> usize {
        let mut sent = 0;
        while purse.pace(now) == Pace::Go {
            purse.spend(1, 1);
            sent += 1;
        }
        sent
    }

    #[test]
    fn who_comes_back_at_once_finds_the_buckets_as_they_were_left() {
        // The bug: a client that was ended for a document that is full came back
        // with full buckets, eighteen times in eight seconds, and sent 90 MB/s.
        let (arrears, now) = (Arrears::default(), Instant::now());
        let mut first = arrears.purse(visitor(1), BUDGET, now);
        let whole = burst(&mut first, now);
        drop(first);
        for _ in 0..18 {
            let mut again = arrears.purse(visitor(1), BUDGET, now);
            let sent = burst(&mut again, now);
            assert!(sent < whole / 100, "{sent} of {whole}");
        }
        let mut other = arrears.purse(visitor(2), BUDGET, now);
        assert_eq!(burst(&mut other, now), whole, "somebody else");
    }

    #[test]
    fn after_a_while_nothing_is_left_of_it() {
        let (arrears, now) = (Arrears::default(), Instant::now());
        let mut first = arrears.purse(visitor(1), BUDGET, now);
        let whole = burst(&mut first, now);
        drop(first);
        let later = now + Duration::from_secs(60);
        let mut again = arrears.purse(visitor(1), BUDGET, later);
        assert_eq!(burst(&mut again, later), whole);
    }

    #[test]
    fn however_many_come_only_so_many_are_remembered() {
        let (arrears, now) = (Arrears::default(), Instant::now());
        let spends = |number, now| {
            let mut purse = Purse::new(BUDGET, now);
            purse.spend(BUDGET.messages, 0);
            arrears.leave(visitor(number), purse.fullness(now), now);
        };
        let most = u32::try_from(MOST).unwrap();
        // Put there directly: looking for room each time would take long.
        let mut purse = Purse::new(BUDGET, now);
        purse.spend(BUDGET.messages, 0);
        let full = purse.fullness(now);
        let all = (0..most).map(|number| (visitor(number), full));
        arrears.table().extend(all);
        spends(most, now);
        assert_eq!(arrears.table().len(), MOST, "nobody more");
        assert!(!arrears.table().contains_key(&visitor(most)));
        spends(most, now + Duration::from_secs(60));
        assert_eq!(arrears.table().len(), 1, "the others are over it");
    }

    #[test]
    fn what_people_do_leaves_nothing_behind() {
        let (arrears, now) = (Arrears::default(), Instant::now());
        for _ in 0..1_000 {
            let mut purse = arrears.purse(visitor(1), BUDGET, now);
            purse.spend(3, 20_000);
        }
        assert!(arrears.table().is_empty());
    }
}
