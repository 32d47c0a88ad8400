//! Which of the nodes that are in a place become which of those that are wanted there.
//!
//! What is the same on both sides keeps its place, as much of it as can. Between two
//! such, nodes of one kind are paired in order, those that share most words first;
//! what is left over goes, or comes.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Instant;

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::alike::Print;

/// So many pairs between two nodes that stay are compared by their words. Where there
/// are more, kinds are matched in order.
const PAIRS: usize = 4096;

/// So many words stand for a node.
const WORDS: usize = 128;

/// What two nodes of one kind that share no word are worth to each other: the block
/// that somebody's caret is in stays.
const SAME_KIND: f32 = 0.05;

/// A node, as far as it is compared.
#[derive(Debug, Clone)]
pub(in crate::export) struct Unit<'a> {
    /// Equal for the same.
    pub print: Print,
    /// Only what is of one kind becomes each other; `None` never does.
    pub kind: Option<&'a str>,
}

/// What becomes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::export) enum Step {
    /// It stays as it is.
    Keep,
    /// The one here becomes that one there.
    Change(usize, usize),
    /// It goes.
    Delete(usize),
    /// It comes.
    Insert(usize),
}

/// Aligns. `words` says which words are in a node: of the first side if `true`. At
/// `until` the search for the best ends.
pub(in crate::export) fn align(
    old: &[Unit<'_>],
    new: &[Unit<'_>],
    words: &dyn Fn(bool, usize) -> Vec<u64>,
    until: Instant,
) -> Vec<Step> {
    let prints = |units: &[Unit<'_>]| units.iter().map(|unit| unit.print).collect::<Vec<_>>();
    let ops =
        capture_diff_slices_deadline(Algorithm::Myers, &prints(old), &prints(new), Some(until));
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut here, mut there) = (0, 0);
    let ends = DiffOp::Equal {
        old_index: old.len(),
        new_index: new.len(),
        len: 0,
    };
    for op in ops.into_iter().chain([ends]) {
        let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = op
        else {
            continue;
        };
        let gap = Gap {
            old,
            new,
            here: here..old_index,
            there: there..new_index,
        };
        gap.pair(words, until, &mut steps);
        steps.extend(std::iter::repeat_n(Step::Keep, len));
        (here, there) = (old_index + len, new_index + len);
    }
    steps
}

/// What lies between two that stay.
struct Gap<'a> {
    old: &'a [Unit<'a>],
    new: &'a [Unit<'a>],
    here: std::ops::Range<usize>,
    there: std::ops::Range<usize>,
}

impl Gap<'_> {
    fn pair(&self, words: &dyn Fn(bool, usize) -> Vec<u64>, until: Instant, steps: &mut Vec<Step>) {
        let pairs = match self.here.len().saturating_mul(self.there.len()) {
            0 => Vec::new(),
            pairs if pairs <= PAIRS && Instant::now() < until => self.by_words(words),
            _ => self.by_kind(until),
        };
        let (mut here, mut there) = (self.here.start, self.there.start);
        for (one, other) in pairs.into_iter().chain([(self.here.end, self.there.end)]) {
            steps.extend((here..one).map(Step::Delete));
            steps.extend((there..other).map(Step::Insert));
            if one < self.here.end {
                steps.push(Step::Change(one, other));
            }
            (here, there) = (one + 1, other + 1);
        }
    }

    fn are_of_one_kind(&self, one: usize, other: usize) -> bool {
        let kind = self.old[one].kind;
        kind.is_some() && kind == self.new[other].kind
    }

    fn by_kind(&self, until: Instant) -> Vec<(usize, usize)> {
        let here: Vec<_> = self.old[self.here.clone()].iter().map(|u| u.kind).collect();
        let there: Vec<_> = self.new[self.there.clone()]
            .iter()
            .map(|u| u.kind)
            .collect();
        let ops = capture_diff_slices_deadline(Algorithm::Myers, &here, &there, Some(until));
        let mut pairs = Vec::new();
        for op in ops {
            if let DiffOp::Equal {
                old_index,
                new_index,
                len,
            } = op
            {
                let (one, other) = (self.here.start + old_index, self.there.start + new_index);
                pairs.extend((0..len).map(|n| (one + n, other + n)));
            }
        }
        pairs.retain(|(one, other)| self.are_of_one_kind(*one, *other));
        pairs
    }

    /// The pairs, in order on both sides, that share most in all.
    fn by_words(&self, words: &dyn Fn(bool, usize) -> Vec<u64>) -> Vec<(usize, usize)> {
        let (height, width) = (self.here.len(), self.there.len());
        let here: Vec<_> = self.here.clone().map(|place| words(true, place)).collect();
        let there: Vec<_> = self
            .there
            .clone()
            .map(|place| words(false, place))
            .collect();
        let worth = |row: usize, column: usize| {
            let (one, other) = (self.here.start + row, self.there.start + column);
            let alike = || SAME_KIND + shared(&here[row], &there[column]);
            self.are_of_one_kind(one, other).then(alike)
        };
        // Of what is behind each place, the most that can be had.
        let mut best = vec![vec![0.0_f32; width + 1]; height + 1];
        for row in (0..height).rev() {
            for column in (0..width).rev() {
                let without = best[row + 1][column].max(best[row][column + 1]);
                let with = worth(row, column).map_or(0.0, |w| w + best[row + 1][column + 1]);
                best[row][column] = without.max(with);
            }
        }
        let mut pairs = Vec::new();
        let (mut row, mut column) = (0, 0);
        while row < height && column < width {
            let all = best[row][column];
            if all <= best[row + 1][column] {
                row += 1;
            } else if all <= best[row][column + 1] {
                column += 1;
            } else {
                pairs.push((self.here.start + row, self.there.start + column));
                (row, column) = (row + 1, column + 1);
            }
        }
        pairs
    }
}

/// Which share of their words two have in common.
fn shared(one: &[u64], other: &[u64]) -> f32 {
    let most = one.len().max(other.len());
    if most == 0 {
        return 0.0;
    }
    let (mut here, mut there, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(here), other.get(there)) {
        common += usize::from(a == b);
        (here, there) = (here + usize::from(a <= b), there + usize::from(b <= a));
    }
    common as f32 / most as f32
}

/// The words of texts, in order: those whose hashes are the least, if there are many.
pub(in crate::export) fn words<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<u64> {
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let hashes = words.filter(|word| !word.is_empty()).map(|word| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    });
    let mut words: Vec<u64> = Vec::new();
    for hash in hashes {
        words.push(hash);
        if words.len() == 8 * WORDS {
            words.sort_unstable();
            words.truncate(WORDS);
        }
    }
    words.sort_unstable();
    words.truncate(WORDS);
    words
}
