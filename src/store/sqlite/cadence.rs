//! How fast commits follow each other.
//!
//! A commit costs a core and the disk about the same whether it holds one keystroke or
//! fifty. So while several documents are written to, and commits come so fast that each
//! finds only what came during the one before, the next keeps its [distance](DISTANCE)
//! and takes everything that comes meanwhile: half of what a screen needs to show it.
//! What comes to a document whose append waits already
//! [joins it](super::super::Draft), so nobody waits for two commits.
//!
//! Whoever writes alone never waits: not the one who types into a quiet server, and not
//! those of one document, whose next batch gathers behind the append in flight anyway.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::request::{Request, Write};
use crate::id::DocumentId;

/// From the beginning of one commit to that of the next, in a rush;
const DISTANCE: Duration = Duration::from_millis(8);

/// and when so many appends wait, which make it worth more.
const SHORT_DISTANCE: Duration = Duration::from_millis(4);
const MANY: usize = 16;

/// So many are worth a commit of their own, whenever the last one was.
const ENOUGH: usize = 512;

/// It is a rush when so many commits
const COMMITS: usize = 8;

/// began within this time.
const RUSH: Duration = Duration::from_millis(100);

/// The latest commits, at most [`COMMITS`], oldest first.
#[derive(Debug, Default)]
pub(super) struct Cadence {
    commits: VecDeque<(Instant, Written)>,
}

/// What a commit wrote to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    One(DocumentId),
    Several,
}

impl Cadence {
    /// How long the commit of what is `waiting` should wait before it is looked again
    /// for what came; zero when it should not. Only appends wait: whoever loads, lists,
    /// makes or closes something ends the wait.
    pub fn pause(&self, waiting: &VecDeque<Request>, now: Instant) -> Duration {
        if waiting.len() >= ENOUGH {
            return Duration::ZERO;
        }
        let Some(written) = written(waiting) else {
            return Duration::ZERO;
        };
        let distance = match waiting.len() < MANY {
            true => DISTANCE,
            false => SHORT_DISTANCE,
        };
        let pause = self.pause_before(&written, distance, now);
        pause.min(distance / 2)
    }

    /// A commit of these begins.
    pub fn commits(&mut self, group: &[Request], now: Instant) {
        if let Some(written) = written(group) {
            self.note(written, now);
        }
    }

    fn pause_before(&self, written: &Written, distance: Duration, now: Instant) -> Duration {
        let (Some((first, _)), Some((last, _))) = (self.commits.front(), self.commits.back())
        else {
            return Duration::ZERO;
        };
        let rush = self.commits.len() == COMMITS && now.saturating_duration_since(*first) < RUSH;
        let alone = matches!(written, Written::One(_))
            && self.commits.iter().all(|(_, other)| other == written);
        match rush && !alone {
            true => distance.saturating_sub(now.saturating_duration_since(*last)),
            false => Duration::ZERO,
        }
    }

    fn note(&mut self, written: Written, now: Instant) {
        if self.commits.len() == COMMITS {
            self.commits.pop_front();
        }
        self.commits.push_back((now, written));
    }
}

/// What these appends write to; `None` if they are not appends alone.
fn written<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Option<Written> {
    let mut one = None;
    for request in requests {
        let Request::Write(Write::Append(call)) = request else {
            return None;
        };
        let document = &call.arguments.document;
        if *one.get_or_insert(document) != document {
            return Some(Written::Several);
        }
    }
    one.cloned().map(Written::One)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> Written {
        Written::One(DocumentId::parse(name).unwrap())
    }

    /// Commits of these, `apart` from each other, and the pause before one more.
    fn pause(commits: usize, apart: Duration, written: impl Fn(usize) -> Written) -> Duration {
        let mut cadence = Cadence::default();
        let mut now = Instant::now();
        for number in 0..commits {
            cadence.note(written(number), now);
            now += apart;
        }
        cadence.pause_before(&written(commits), DISTANCE, now)
    }

    #[test]
    fn in_a_rush_commits_keep_their_distance() {
        let apart = Duration::from_millis(1);
        let several = |_| Written::Several;
        let documents = |number: usize| one(["plan", "diary"][number % 2]);
        assert_eq!(pause(50, apart, several), DISTANCE - apart);
        assert_eq!(pause(50, apart, documents), DISTANCE - apart);
        // Those that keep it are a rush still, and what came late does not wait.
        assert_eq!(pause(50, DISTANCE, several), Duration::ZERO);
        assert_eq!(
            pause(50, DISTANCE * 3 / 4, several),
            DISTANCE - DISTANCE * 3 / 4
        );
    }

    #[test]
    fn who_is_alone_does_not_wait() {
        let apart = Duration::from_millis(1);
        assert_eq!(pause(50, apart, |_| one("plan")), Duration::ZERO);
        assert_eq!(
            pause(COMMITS - 1, apart, |_| Written::Several),
            Duration::ZERO
        );
        assert_eq!(pause(0, apart, |_| Written::Several), Duration::ZERO);
        let rarely = RUSH / COMMITS as u32;
        assert_eq!(pause(50, rarely, |_| Written::Several), Duration::ZERO);
    }
}
