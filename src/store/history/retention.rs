//! For how long history is kept.

use std::time::{Duration, SystemTime};

use super::Bounds;
use crate::id::Seq;

/// How much history a store keeps of a document. What named versions need is kept
/// whatever this says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Rows younger than this; `None` for all.
    pub age: Option<Duration>,
    /// So many bytes in the store, the youngest; `None` for all.
    pub bytes: Option<u64>,
}

impl Default for Retention {
    /// A year, however much that is.
    fn default() -> Self {
        Self {
            age: Some(Duration::from_secs(365 * 24 * 60 * 60)),
            bytes: None,
        }
    }
}

impl Retention {
    /// The moment before which rows are old.
    pub(in crate::store) fn oldest(&self, now: SystemTime) -> Option<SystemTime> {
        self.age.and_then(|age| now.checked_sub(age))
    }

    /// Which of a document's segments, oldest first, are to go, by their numbers.
    /// `pins` are the rows of named versions.
    ///
    /// Only whole runs go, a segment with a base and those that build on it, so that
    /// what is left stands by itself. The run that the tail builds on goes last.
    pub(in crate::store) fn expired(
        &self,
        segments: &[Bounds],
        pins: &[Seq],
        now: SystemTime,
    ) -> Vec<usize> {
        let oldest = self.oldest(now);
        let mut left: u64 = segments.iter().map(|segment| segment.stored).sum();
        let mut gone = Vec::new();
        let mut begin = 0;
        while begin < segments.len() {
            let more = segments[begin + 1..].iter();
            let run = 1 + more.take_while(|segment| !segment.has_base).count();
            let end = begin + run;
            let run = &segments[begin..end];
            let is_old = oldest.is_some_and(|oldest| run.iter().all(|part| part.until < oldest));
            let is_much = self.bytes.is_some_and(|bytes| left > bytes);
            if !is_old && !is_much {
                // Those behind it are younger; only a clock that was set could say
                // otherwise.
                break;
            }
            // The first row after a base is made of the run before it.
            let next = segments
                .get(end)
                .filter(|next| next.after == run[run.len() - 1].last);
            // And the way to the first rows of the tail leads through the last run.
            let last = match end == segments.len() {
                true => Seq(u64::MAX),
                false => next.unwrap_or(&run[run.len() - 1]).last,
            };
            let first = run[0].after;
            // Its base is the state after a row that nothing else holds.
            let holds_first = begin == 0 || segments[begin - 1].last != first;
            let is_pinned = pins
                .iter()
                .any(|pin| (*pin > first || (*pin == first && holds_first)) && *pin <= last);
            if !is_pinned {
                gone.extend(begin..end);
                left -= run.iter().map(|part| part.stored).sum::<u64>();
            }
            begin = end;
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::micros;

    /// A segment of the rows up to `last`, a day each, of a hundred bytes.
    fn segment(after: u64, last: u64, has_base: bool) -> Bounds {
        let day = |row: u64| micros::moment(row.cast_signed() * 86_400_000_000);
        Bounds {
            after: Seq(after),
            last: Seq(last),
            rows: (last - after) as usize,
            since: day(after + 1),
            until: day(last),
            bytes: 1_000,
            stored: 100,
            has_base,
        }
    }

    /// Two runs of two, and one of one, ten days each.
    fn segments() -> [Bounds; 5] {
        [
            segment(0, 10, false),
            segment(10, 20, false),
            segment(20, 30, true),
            segment(30, 40, false),
            segment(40, 50, true),
        ]
    }

    fn expired(days: Option<u64>, bytes: Option<u64>, pins: &[u64]) -> Vec<usize> {
        let day = Duration::from_secs(86_400);
        let retention = Retention {
            age: days.map(|days| day * days as u32),
            bytes,
        };
        let pins: Vec<Seq> = pins.iter().copied().map(Seq).collect();
        let now = micros::moment(0) + day * 60;
        retention.expired(&segments(), &pins, now)
    }

    #[test]
    fn only_whole_runs_go_and_only_when_all_of_them_is_old() {
        let nothing: [usize; 0] = [];
        assert_eq!(expired(None, None, &[]), nothing);
        assert_eq!(expired(Some(41), None, &[]), nothing);
        assert_eq!(expired(Some(39), None, &[]), [0, 1]);
        assert_eq!(expired(Some(20), None, &[]), [0, 1]);
        assert_eq!(expired(Some(19), None, &[]), [0, 1, 2, 3]);
        assert_eq!(expired(Some(1), None, &[]), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_youngest_bytes_stay() {
        assert!(expired(None, Some(500), &[]).is_empty());
        assert_eq!(expired(None, Some(499), &[]), [0, 1]);
        assert_eq!(expired(None, Some(250), &[]), [0, 1, 2, 3]);
        assert_eq!(expired(None, Some(0), &[]), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_a_named_version_needs_stays() {
        assert_eq!(expired(Some(1), None, &[15]), [2, 3, 4]);
        // Its first rows are made of what comes before.
        assert_eq!(expired(Some(1), None, &[21]), [4]);
        assert_eq!(expired(Some(1), None, &[35]), [0, 1, 4]);
        assert_eq!(expired(None, Some(0), &[50]), [0, 1]);
        // The first row of the tail was told from the run before it; without that a
        // version of it showed the row behind it, too.
        assert_eq!(expired(None, Some(0), &[51]), [0, 1, 2, 3]);
    }
}
