//! When which document is looked at, by those who hear of all of them: when it rests.
//!
//! Time is an argument.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::id::DocumentId;

/// So many documents wait at most. Others are found when these are through.
const MOST_WAITING: usize = 10_000;

/// The documents that are to be looked at.
#[derive(Debug)]
pub struct Agenda {
    pause: Duration,
    longest: Duration,
    entries: HashMap<DocumentId, Entry>,
    schedule: BTreeSet<(Instant, DocumentId)>,
    /// There were more.
    overlooked: bool,
}

#[derive(Debug)]
struct Entry {
    /// When it is looked at; `None` while it is.
    at: Option<Instant>,
    since: Instant,
    /// Something happened while it was looked at.
    again: bool,
    /// It has failed, and waits for that.
    failed: bool,
}

impl Agenda {
    /// Looks at a document after a `pause`, and after the `longest` time at the latest.
    pub fn new(pause: Duration, longest: Duration) -> Self {
        Self {
            pause,
            longest,
            entries: HashMap::new(),
            schedule: BTreeSet::new(),
            overlooked: false,
        }
    }

    /// Something happened to a document.
    pub fn stirs(&mut self, document: DocumentId, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&document) {
            let Some(at) = entry.at else {
                entry.again = true;
                return;
            };
            if !entry.failed {
                let later = (now + self.pause).min(entry.since + self.longest);
                self.schedule.remove(&(at, document.clone()));
                self.schedule.insert((later, document));
                entry.at = Some(later);
            }
            return;
        }
        if self.entries.len() >= MOST_WAITING {
            self.overlooked = true;
            return;
        }
        self.put(document, now + self.pause, now, false);
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Instant> {
        self.schedule.first().map(|(at, _)| *at)
    }

    /// One that is due. It is being looked at from here on.
    pub fn takes(&mut self, now: Instant) -> Option<DocumentId> {
        if self.next()? > now {
            return None;
        }
        let (_, document) = self.schedule.pop_first()?;
        if let Some(entry) = self.entries.get_mut(&document) {
            (entry.at, entry.again, entry.failed) = (None, false, false);
        }
        Some(document)
    }

    /// It was looked at, and there is nothing to tell.
    pub fn is_done(&mut self, document: DocumentId, now: Instant) {
        let entry = self.entries.remove(&document);
        if entry.is_some_and(|entry| entry.again) {
            self.put(document, now + self.pause, now, false);
        }
    }

    /// Something was told of it, and there may be more.
    pub fn goes_on(&mut self, document: DocumentId, now: Instant) {
        self.put(document, now + self.pause, now, false);
    }

    /// It is tried again at this moment, whatever happens meanwhile.
    pub fn tries_again(&mut self, document: DocumentId, now: Instant, at: Instant) {
        self.put(document, at, now, true);
    }

    /// Whether there were more than could wait, and there is room for them now.
    pub fn overlooked(&mut self) -> bool {
        let again = self.overlooked && self.entries.len() < MOST_WAITING / 2;
        self.overlooked &= !again;
        again
    }

    fn put(&mut self, document: DocumentId, at: Instant, since: Instant, failed: bool) {
        self.schedule.insert((at, document.clone()));
        let entry = Entry {
            at: Some(at),
            since,
            again: false,
            failed,
        };
        self.entries.insert(document, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn id(name: &str) -> DocumentId {
        DocumentId::parse(name).unwrap()
    }

    #[test]
    fn who_types_on_is_told_of_after_the_longest_time() {
        let begin = Instant::now();
        let mut agenda = Agenda::new(2 * SECOND, 5 * SECOND);
        for second in 0..=4 {
            assert!(agenda.takes(begin + second * SECOND).is_none());
            agenda.stirs(id("plan"), begin + second * SECOND);
        }
        assert_eq!(agenda.next(), Some(begin + 5 * SECOND));
        let now = begin + 5 * SECOND;
        assert_eq!(agenda.takes(now), Some(id("plan")));
        agenda.stirs(id("plan"), now);
        assert_eq!(agenda.takes(now + 9 * SECOND), None);
        agenda.is_done(id("plan"), now);
        assert_eq!(agenda.next(), Some(now + 2 * SECOND));
        assert_eq!(agenda.takes(now + 2 * SECOND), Some(id("plan")));
        agenda.is_done(id("plan"), now);
        assert!(agenda.next().is_none() && agenda.entries.is_empty());
    }

    #[test]
    fn a_failure_is_not_tried_sooner_because_somebody_types() {
        let begin = Instant::now();
        let mut agenda = Agenda::new(SECOND, SECOND);
        agenda.stirs(id("plan"), begin);
        assert!(agenda.takes(begin + SECOND).is_some());
        agenda.tries_again(id("plan"), begin, begin + 60 * SECOND);
        agenda.stirs(id("plan"), begin + SECOND);
        assert_eq!(agenda.next(), Some(begin + 60 * SECOND));
    }

    #[test]
    fn what_cannot_wait_is_looked_for_later() {
        let now = Instant::now();
        let mut agenda = Agenda::new(SECOND, SECOND);
        for number in 0..=MOST_WAITING {
            agenda.stirs(id(&number.to_string()), now);
        }
        assert!(!agenda.overlooked());
        while let Some(document) = agenda.takes(now + SECOND) {
            agenda.is_done(document, now);
        }
        assert!(agenda.overlooked() && !agenda.overlooked());
    }
}
