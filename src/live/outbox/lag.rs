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

/// Whose presence a connection has not heard the latest of.
#[derive(Debug)]
pub enum Stale {
    /// These clients'.
    Of(BTreeSet<u64>),
    /// Too many to name.
    Everybody,
}

impl Stale {
    /// Adds more clients.
    pub fn add(stale: &mut Option<Self>, ids: &[u64]) {
        match stale.get_or_insert_with(|| Self::Of(BTreeSet::new())) {
            Self::Of(known) if known.len() + ids.len() <= MOST_IDS => known.extend(ids),
            all => *all = Self::Everybody,
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
