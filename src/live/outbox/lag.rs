//! What one connection has missed because it did not read.

use std::collections::BTreeSet;

use crate::replica::Mark;

/// Of more clients than this it is not remembered one by one whose presence was
/// missed.
const MOST_IDS: usize = 1024;

/// What a connection has to be told once it reads again.
#[derive(Debug)]
pub struct Behind {
    /// The relayed updates that did not reach it.
    pub updates: Option<Missed>,
    /// Whose presence changed meanwhile.
    pub presence: Option<Stale>,
}

/// Relayed updates that were thrown away for a connection.
#[derive(Debug)]
pub struct Missed {
    /// Where the connection stood before the first of them.
    pub since: Mark,
    /// How large they were together: about the size of the diff to come.
    pub bytes: usize,
}

/// Whose presence a connection has not heard the latest of. It is told in pieces, so
/// that never more than one of them waits for a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Stale {
    /// These clients'.
    Of(BTreeSet<u64>),
    /// Everybody's from this id on.
    From {
        /// The first of them.
        id: u64,
        /// Whether that of somebody before it changed meanwhile: then it begins again
        /// when the end is reached.
        again: bool,
    },
}

impl Stale {
    /// Everybody's.
    pub const EVERYBODY: Self = Self::From {
        id: 0,
        again: false,
    };

    /// Adds more clients.
    pub fn add(stale: &mut Option<Self>, ids: &[u64]) {
        match stale.get_or_insert_with(|| Self::Of(BTreeSet::new())) {
            Self::Of(known) if known.len() + ids.len() <= MOST_IDS => known.extend(ids),
            Self::From { id: from, again } => *again |= ids.iter().any(|id| id < from),
            all @ Self::Of(_) => *all = Self::EVERYBODY,
        }
    }

    /// Adds what else is missed.
    pub fn join(stale: &mut Option<Self>, more: Self) {
        let known = stale.take();
        *stale = Some(match (known, more) {
            (None, more) => more,
            (Some(Self::Of(ids)), Self::From { id, again })
            | (Some(Self::From { id, again }), Self::Of(ids)) => Self::From {
                id,
                again: again || ids.first().is_some_and(|first| *first < id),
            },
            (Some(Self::Of(mut ids)), Self::Of(more)) => {
                ids.extend(more);
                if ids.len() <= MOST_IDS {
                    Self::Of(ids)
                } else {
                    Self::EVERYBODY
                }
            }
            (Some(Self::From { id: one, again }), Self::From { id, again: or }) => Self::From {
                id: one.min(id),
                again: again || or,
            },
        });
    }

    /// Those of `ids`, which are sorted, whose presence is missed.
    pub fn among(&self, ids: Vec<u64>) -> Vec<u64> {
        match self {
            Self::Of(missed) => missed.iter().copied().collect(),
            Self::From { id: from, .. } => {
                let mut ids = ids;
                ids.drain(..ids.partition_point(|id| id < from));
                ids
            }
        }
    }

    /// What is still missed once all before `next` were told; `None` is the end.
    pub fn after(self, next: Option<u64>) -> Option<Self> {
        match (self, next) {
            (Self::Of(mut ids), Some(next)) => Some(Self::Of(ids.split_off(&next))),
            (Self::Of(_), None) | (Self::From { again: false, .. }, None) => None,
            (Self::From { again: true, .. }, None) => Some(Self::EVERYBODY),
            (Self::From { again, .. }, Some(id)) => Some(Self::From { id, again }),
        }
    }
}

/// How a connection keeps up with the relay.
#[derive(Debug, Default)]
pub(super) enum Pace {
    /// Everything relayed is queued for it.
    #[default]
    Keeping,
    /// Nothing is queued for it until it has read what it was given.
    Behind(Missed),
    /// Its document was asked for the diff, which will hold what is relayed
    /// until it comes.
    Asked,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tells everything missed in pieces of two, while `changes` happen before each.
    fn told(mut stale: Option<Stale>, all: &[u64], changes: &[&[u64]]) -> Vec<u64> {
        let (mut told, mut changes) = (Vec::new(), changes.iter());
        while let Some(missed) = stale.take() {
            let ids = missed.among(all.to_vec());
            told.extend(ids.iter().take(2));
            // It changes while the piece is on its way.
            if let Some(changed) = changes.next() {
                Stale::add(&mut stale, changed);
            }
            if let Some(rest) = missed.after(ids.get(2).copied()) {
                Stale::join(&mut stale, rest);
            }
        }
        told
    }

    #[test]
    fn everybody_is_told_in_pieces_and_those_who_changed_are_told_again() {
        let all = [1, 2, 3, 4, 5];
        let everybody = || Some(Stale::EVERYBODY);
        assert_eq!(told(everybody(), &all, &[]), all);
        // Those who come later anyway are told once.
        assert_eq!(told(everybody(), &all, &[&[4, 5], &[5]]), all);
        let again = told(everybody(), &all, &[&[], &[1]]);
        assert_eq!(again, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
        let some = Some(Stale::Of(BTreeSet::from([2, 3, 9])));
        assert_eq!(told(some, &all, &[&[], &[2]]), [2, 3, 9, 2][..].to_vec());
    }

    #[test]
    fn too_many_to_remember_are_everybody() {
        let mut stale = None;
        Stale::add(&mut stale, &Vec::from_iter(0..=MOST_IDS as u64));
        assert_eq!(stale, Some(Stale::EVERYBODY));
    }
}
