//! How fast commits follow each other.
//!
//! A commit costs a core and the disk about the same whether it holds one keystroke or
//! fifty. So while several documents are written to, and commits come so fast that each
//! finds only what came during the one before, the next keeps its [distance](DISTANCE)
//! and takes everything that comes meanwhile: a quarter of what a screen needs to show
//! it. What comes to a document whose append waits already
//! [joins it](super::super::Draft), so nobody waits for two commits.
//!
//! Whoever writes alone never waits: not the one who types into a quiet server, and not
//! those of one document, whose next batch gathers behind the append in flight anyway.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::request::{Request, Write};
use crate::id::DocumentId;

/// From the beginning of one commit to that of the next, in a rush.
const DISTANCE: Duration = Duration::from_millis(4);

/// So many appends are worth a commit of their own, whenever the last one was.
const ENOUGH: usize = 512;

/// It is a rush when so many commits began within twice the time that they would take
/// at that distance.
const COMMITS: usize = 8;

/// The latest commits, at most [`COMMITS`], oldest first.
#[derive(Debug, Default)]
pub(super) struct Cadence {
    commits: VecDeque<Commit>,
}

#[derive(Debug)]
struct Commit {
    began: Instant,
    written: Written,
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
        // It is looked again before that: somebody may want something else meanwhile.
        self.pause_before(&written, now).min(DISTANCE / 2)
    }

    /// A commit of these begins.
    pub fn commits(&mut self, group: &[Request], now: Instant) {
        if let Some(written) = written(group) {
            self.note(Commit {
                began: now,
                written,
            });
        }
    }

    fn pause_before(&self, written: &Written, now: Instant) -> Duration {
        let (Some(first), Some(last)) = (self.commits.front(), self.commits.back()) else {
            return Duration::ZERO;
        };
        let rush = self.commits.len() == COMMITS
            && now.saturating_duration_since(first.began) < 2 * DISTANCE * COMMITS as u32;
        let alone = matches!(written, Written::One(_))
            && self.commits.iter().all(|other| other.written == *written);
        match rush && !alone {
            true => DISTANCE.saturating_sub(now.saturating_duration_since(last.began)),
            false => Duration::ZERO,
        }
    }

    fn note(&mut self, commit: Commit) {
        if self.commits.len() == COMMITS {
            self.commits.pop_front();
        }
        self.commits.push_back(commit);
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
            cadence.note(Commit {
                began: now,
                written: written(number),
            });
            now += apart;
        }
        cadence.pause_before(&written(commits), now)
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

    /// Two hundred letters a second in ten documents came five milliseconds apart. With
    /// twice the distance they waited for each other: 5 ms instead of half of one.
    #[test]
    fn what_comes_further_apart_than_the_distance_does_not_wait() {
        let documents = |number: usize| one(["plan", "diary"][number % 2]);
        let apart = Duration::from_millis(5);
        assert_eq!(pause(50, apart, documents), Duration::ZERO);
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
        let rarely = 2 * DISTANCE;
        assert_eq!(pause(50, rarely, |_| Written::Several), Duration::ZERO);
    }
}
