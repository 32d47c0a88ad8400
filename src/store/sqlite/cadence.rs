//! How fast commits follow each other.
//!
//! A commit costs a core and the disk about the same whether it holds one keystroke or
//! fifty. So while several documents are written to, and commits come so fast that each
//! finds only what came during the one before, the next keeps its [distance](DISTANCE)
//! and takes everything that comes meanwhile: a quarter of what a screen needs to show
//! it, or half.
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
const DISTANCE: Duration = Duration::from_millis(4);

/// and where so many appends or more are in each, which would be fewer frames and
/// wake-ups if more of them came together,
const SEVERAL: usize = 2;
const LONG_DISTANCE: Duration = Duration::from_millis(8);

/// unless so many wait already.
const MANY: usize = 16;

/// So many are worth a commit of their own, whenever the last one was.
const ENOUGH: usize = 512;

/// It is a rush when so many commits began within twice the time that they would take
/// at their distance.
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
    appends: usize,
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
        self.pause_before(&written, waiting.len(), now)
            .min(DISTANCE / 2)
    }

    /// A commit of these begins.
    pub fn commits(&mut self, group: &[Request], now: Instant) {
        if let Some(written) = written(group) {
            self.note(Commit {
                began: now,
                written,
                appends: group.len(),
            });
        }
    }

    fn pause_before(&self, written: &Written, waiting: usize, now: Instant) -> Duration {
        let (Some(first), Some(last)) = (self.commits.front(), self.commits.back()) else {
            return Duration::ZERO;
        };
        let appends: usize = self.commits.iter().map(|commit| commit.appends).sum();
        let distance = match appends >= SEVERAL * COMMITS && waiting < MANY {
            true => LONG_DISTANCE,
            false => DISTANCE,
        };
        let rush = self.commits.len() == COMMITS
            && now.saturating_duration_since(first.began) < 2 * distance * COMMITS as u32;
        let alone = matches!(written, Written::One(_))
            && self.commits.iter().all(|other| other.written == *written);
        match rush && !alone {
            true => distance.saturating_sub(now.saturating_duration_since(last.began)),
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

    /// Commits of so many appends, `apart` from each other, and the pause before one more.
    fn pause(
        commits: usize,
        appends: usize,
        apart: Duration,
        written: impl Fn(usize) -> Written,
    ) -> Duration {
        let mut cadence = Cadence::default();
        let mut now = Instant::now();
        for number in 0..commits {
            cadence.note(Commit {
                began: now,
                written: written(number),
                appends,
            });
            now += apart;
        }
        cadence.pause_before(&written(commits), appends, now)
    }

    #[test]
    fn in_a_rush_commits_keep_their_distance() {
        let apart = Duration::from_millis(1);
        let several = |_| Written::Several;
        let documents = |number: usize| one(["plan", "diary"][number % 2]);
        assert_eq!(pause(50, 1, apart, several), DISTANCE - apart);
        assert_eq!(pause(50, 1, apart, documents), DISTANCE - apart);
        // Those that keep it are a rush still, and what came late does not wait.
        assert_eq!(pause(50, 1, DISTANCE, several), Duration::ZERO);
        assert_eq!(
            pause(50, 1, DISTANCE * 3 / 4, several),
            DISTANCE - DISTANCE * 3 / 4
        );
    }

    #[test]
    fn the_distance_is_long_where_each_holds_several_and_not_many() {
        let apart = Duration::from_millis(1);
        let several = |_| Written::Several;
        assert_eq!(pause(50, SEVERAL, apart, several), LONG_DISTANCE - apart);
        assert_eq!(
            pause(50, SEVERAL, LONG_DISTANCE * 3 / 4, several),
            LONG_DISTANCE - LONG_DISTANCE * 3 / 4
        );
        assert_eq!(pause(50, SEVERAL, LONG_DISTANCE, several), Duration::ZERO);
        assert_eq!(pause(50, MANY, apart, several), DISTANCE - apart);
    }

    /// Two hundred letters a second in ten documents came five milliseconds apart. With
    /// the long distance they waited for each other: 5 ms instead of half of one.
    #[test]
    fn what_comes_further_apart_than_the_distance_does_not_wait() {
        let documents = |number: usize| one(["plan", "diary"][number % 2]);
        let apart = Duration::from_millis(5);
        assert_eq!(pause(50, 1, apart, documents), Duration::ZERO);
    }

    #[test]
    fn who_is_alone_does_not_wait() {
        let apart = Duration::from_millis(1);
        assert_eq!(pause(50, 1, apart, |_| one("plan")), Duration::ZERO);
        assert_eq!(
            pause(COMMITS - 1, 1, apart, |_| Written::Several),
            Duration::ZERO
        );
        assert_eq!(pause(0, 1, apart, |_| Written::Several), Duration::ZERO);
        let rarely = 2 * DISTANCE;
        assert_eq!(pause(50, 1, rarely, |_| Written::Several), Duration::ZERO);
    }
}
