//! Comments stay on their words when these come back without them.
//!
//! Markdown, HTML and text do not show which words have a comment, and what a document
//! was long ago does not know those of today. So what comes from there is laid beside
//! what is there, letter by letter where words differ, and the letters that stay keep
//! their marks. Words that are put in between marked ones are marked, as they are when
//! somebody types them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Instant;

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::{id_of, mark};
use crate::export::schema::{self, Holds};
use crate::export::tree::{Builder, Mark, Step, Tree};

/// Words that differ are laid beside each other letter by letter up to this many letters.
const FINE: usize = 4096;

/// A word is the same one, written otherwise, if so much of it is left, in percent.
const ALIKE: usize = 60;

/// So many comments are put on one run of text at most.
const PILE: usize = 64;

/// Stands between lines. Nothing is marked across it that was not on both sides.
const LINE: char = '\n';

/// `wanted` with the comments that words of `base` bear, on the words that are in both.
/// Comments that `wanted` has itself stay as they are there.
pub fn carry(base: &Tree, wanted: Tree, until: Instant) -> Tree {
    let (letters, mut marked) = letters(base);
    if marked.is_empty() {
        return wanted;
    }
    let (there, own) = self::letters(&wanted);
    marked.retain(|id, _| !own.contains_key(id));
    if marked.is_empty() || base == &wanted {
        return wanted;
    }
    let same = same(&letters, &there, until);
    let mut marks: Vec<(Range<usize>, Mark)> = Vec::new();
    for (id, ranges) in marked {
        for range in ranges {
            marks.extend(
                followed(&range, &same, (&letters, &there))
                    .into_iter()
                    .map(|range| (range, mark(&id))),
            );
        }
    }
    marks.sort_by_key(|(range, _)| range.start);
    put(&wanted, &marks, until)
}

/// The letters of a document, and which of them bear a comment, by its id.
fn letters(tree: &Tree) -> (Vec<char>, BTreeMap<String, Vec<Range<usize>>>) {
    let mut letters = Vec::new();
    let mut marked: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    let mut is_line = false;
    for step in tree.steps() {
        let Step::Run(run) = step else {
            if std::mem::take(&mut is_line) {
                letters.push(LINE);
            }
            continue;
        };
        is_line = true;
        let start = letters.len();
        letters.extend(run.text.chars());
        for id in run.marks.iter().filter_map(id_of).collect::<BTreeSet<_>>() {
            let ranges = marked.entry(id.to_owned()).or_default();
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end = letters.len(),
                _ => ranges.push(start..letters.len()),
            }
        }
    }
    (letters, marked)
}

/// Stretches of letters that are in both: where in each, and how many.
fn same(old: &[char], new: &[char], until: Instant) -> Vec<(usize, usize, usize)> {
    let (old_words, new_words) = (words(old), words(new));
    let texts = |letters: &[char], words: &[Range<usize>]| -> Vec<String> {
        let text = |word: &Range<usize>| letters[word.clone()].iter().collect();
        words.iter().map(text).collect()
    };
    let (a, b) = (texts(old, &old_words), texts(new, &new_words));
    let begin = |words: &[Range<usize>], place: usize, all: usize| {
        words.get(place).map_or(all, |word| word.start)
    };
    let mut same = Vec::new();
    for op in capture_diff_slices_deadline(Algorithm::Myers, &a, &b, Some(until)) {
        let (olds, news) = (op.old_range(), op.new_range());
        let from = begin(&old_words, olds.start, old.len())..begin(&old_words, olds.end, old.len());
        let to = begin(&new_words, news.start, new.len())..begin(&new_words, news.end, new.len());
        if let DiffOp::Equal { .. } = op {
            same.push((from.start, to.start, from.len()));
        } else if !from.is_empty() && !to.is_empty() && from.len() + to.len() <= FINE {
            let (a, b) = (&old[from.clone()], &new[to.clone()]);
            let ops = capture_diff_slices_deadline(Algorithm::Myers, a, b, Some(until));
            let fine: Vec<_> = ops
                .iter()
                .filter_map(|op| match op {
                    DiffOp::Equal {
                        old_index,
                        new_index,
                        len,
                    } => Some((from.start + old_index, to.start + new_index, *len)),
                    _ => None,
                })
                .collect();
            // Any two words have letters in common.
            let common: usize = fine.iter().map(|(_, _, len)| len).sum();
            if common * 100 >= from.len().max(to.len()) * ALIKE {
                same.extend(fine);
            }
        }
    }
    same
}

/// Words and what stands between them, each sign alone.
fn words(letters: &[char]) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (place, letter) in letters.iter().enumerate() {
        let grows = place > 0 && letter.is_alphanumeric() && letters[place - 1].is_alphanumeric();
        match words.last_mut() {
            Some(last) if grows => last.end = place + 1,
            _ => words.push(place..place + 1),
        }
    }
    words
}

/// Where the letters of a range are, and what was put between them.
fn followed(
    range: &Range<usize>,
    same: &[(usize, usize, usize)],
    (here, there): (&[char], &[char]),
) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let first = same.partition_point(|(old, _, len)| old + len <= range.start);
    for (old, new, len) in &same[first..] {
        if *old >= range.end {
            break;
        }
        let from = range.start.max(*old) - old;
        let to = (range.end.min(old + len)) - old;
        let next = new + from..new + to;
        match found.last_mut() {
            Some(last) if !there[last.end..next.start].contains(&LINE) => last.end = next.end,
            _ => found.push(next),
        }
    }
    // A space or a sign that happens to be in both is none of the words.
    let says = |letters: &[char]| letters.iter().any(|c| c.is_alphanumeric());
    if says(&here[range.clone()]) {
        found.retain(|range| says(&there[range.clone()]));
        // Nor is one at their edge.
        if let Some(first) = found.first_mut() {
            let spaces = there[first.clone()]
                .iter()
                .take_while(|c| c.is_whitespace());
            first.start += spaces.count();
        }
        if let Some(last) = found.last_mut() {
            let spaces = there[last.clone()].iter().rev();
            last.end -= spaces.take_while(|c| c.is_whitespace()).count();
        }
    }
    found
}

/// A document with marks on these letters of it, as far as they may be there. They are in
/// the order in which they begin. What is not done `until` then has none.
fn put(tree: &Tree, marks: &[(Range<usize>, Mark)], until: Instant) -> Tree {
    // Those that end behind the place: none of what is before them is looked at again.
    let mut open: Vec<&(Range<usize>, Mark)> = Vec::new();
    let mut next = 0;
    let mut builder = Builder::default();
    let (mut place, mut is_line) = (0, false);
    for step in tree.steps() {
        match step {
            Step::Run(run) => {
                is_line = true;
                let end = place + run.text.chars().count();
                let parent = builder.at(builder.depth());
                let known = parent.and_then(|parent| schema::node_type(&parent.name));
                let bears = known.is_none_or(|known| known.holds != Holds::Code)
                    && run.mark(schema::CODE).is_none();
                open.retain(|(range, _)| range.end > place);
                while let Some(begun) = marks.get(next).filter(|(range, _)| range.start < end) {
                    open.push(begun);
                    next += 1;
                }
                let is_late = Instant::now() >= until;
                let here: Vec<_> = open
                    .iter()
                    .filter(|(range, _)| bears && !is_late && range.end > place)
                    .take(PILE)
                    .collect();
                let mut cuts: BTreeSet<usize> = here
                    .iter()
                    .flat_map(|(range, _)| [range.start.max(place), range.end.min(end)])
                    .collect();
                cuts.extend([place, end]);
                let cuts: Vec<usize> = cuts.into_iter().collect();
                let mut text = run.text.as_str();
                for piece in cuts.windows(2) {
                    let count = piece[1] - piece[0];
                    let at = text.char_indices().nth(count).map_or(text.len(), |it| it.0);
                    let (letters, rest) = text.split_at(at);
                    text = rest;
                    let mut all = run.marks.clone();
                    let over =
                        |range: &Range<usize>| range.start <= piece[0] && range.end >= piece[1];
                    for (_, mark) in here.iter().filter(|(range, _)| over(range)) {
                        if !all.contains(mark) {
                            all.push(mark.clone());
                        }
                    }
                    builder.run(letters, all);
                }
                place = end;
                continue;
            }
            Step::Enter(_, element) => builder.open(element.clone()),
            Step::Leave(_) => builder.close(),
        }
        // As the letters were counted.
        if std::mem::take(&mut is_line) {
            place += 1;
        }
    }
    builder.finish()
}
