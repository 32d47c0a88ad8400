//! What a format cannot say was not meant to go.
//!
//! Who reads a document as Markdown, changes a word and writes it back has never seen
//! its comments, colours and empty paragraphs. So blocks that come back as the format
//! shows them are taken for what they were, and blocks that it does not show stay
//! where they are.

use std::collections::HashMap;
use std::time::Instant;

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use super::alike::{Print, prints};
use crate::export::format::{Format, read, write};
use crate::export::roots::Content;
use crate::export::tree::{Builder, Tree};

/// Blocks that are looked at in this way.
const BLOCKS: usize = 1 << 14;

/// So many blocks that begin alike are tried at one place.
const ALIKE: usize = 8;

/// What stands for a block of the document where it came back as the format shows it.
#[derive(Default)]
struct Shown {
    /// Those that are one block still, the first one last.
    one: HashMap<Print, Vec<usize>>,
    /// Those that are several (a list, as text), by what they begin with; likewise.
    several: HashMap<Print, Vec<(Vec<Print>, usize)>>,
}

impl Shown {
    fn add(&mut self, prints: Vec<Print>, number: usize) {
        match prints[..] {
            [] => {}
            [one] => self.one.entry(one).or_default().push(number),
            [first, ..] => {
                let several = self.several.entry(first).or_default();
                several.push((prints, number));
            }
        }
    }

    /// Which block it is that came back at the beginning of these, and as how many.
    fn take(&mut self, came: &[Print]) -> Option<(usize, usize)> {
        let first = came.first()?;
        if let Some(several) = self.several.get_mut(first) {
            let tried = several.len().saturating_sub(ALIKE)..several.len();
            let fits = |place: &usize| came.starts_with(&several[*place].0);
            let longest = tried
                .filter(fits)
                .max_by_key(|place| several[*place].0.len());
            if let Some(place) = longest {
                let (prints, number) = several.remove(place);
                return Some((number, prints.len()));
            }
        }
        let number = self.one.get_mut(first)?.pop()?;
        Some((number, 1))
    }
}

/// What `wanted`, which came in this format, means for a document that holds `base`.
pub fn settle(wanted: Tree, base: &Tree, format: Format, until: Instant) -> Tree {
    if format == Format::Json {
        return wanted;
    }
    let base_blocks: Vec<usize> = base.children(0).collect();
    let blocks: Vec<usize> = wanted.children(0).collect();
    let all = prints(base);
    let base_prints: Vec<Print> = base_blocks.iter().map(|place| all[*place]).collect();
    let all = prints(&wanted);
    let came: Vec<Print> = blocks.iter().map(|place| all[*place]).collect();
    let changed = |op: &DiffOp| !matches!(op, DiffOp::Equal { .. });
    let diff = |shown: &[Print]| {
        capture_diff_slices_deadline(Algorithm::Myers, &base_prints, shown, Some(until))
    };
    // Of those that are not there as they are, what the format shows.
    let mut as_shown = Shown::default();
    let mut unseen = vec![false; base_blocks.len()];
    let gone: Vec<usize> = diff(&came)
        .iter()
        .filter(|op| changed(op))
        .flat_map(DiffOp::old_range)
        .take(BLOCKS)
        .collect();
    for number in gone.into_iter().rev() {
        if Instant::now() > until {
            break;
        }
        let mut alone = Builder::default();
        alone.copy(base.subtree(base_blocks[number]));
        let written = write(&Content::Document(alone.finish()), format, "");
        let Some(Ok(seen)) = read(written.body.as_bytes(), format) else {
            continue;
        };
        let of_all = prints(&seen.tree);
        let prints: Vec<Print> = seen.tree.children(0).map(|block| of_all[block]).collect();
        unseen[number] = prints.is_empty();
        as_shown.add(prints, number);
    }
    // Where each block begins that came, and for which one of the document it stands.
    let mut stands_for: Vec<(usize, Option<usize>)> = Vec::with_capacity(blocks.len());
    let mut shown: Vec<Print> = Vec::with_capacity(blocks.len());
    let mut place = 0;
    while place < blocks.len() {
        let found = as_shown.take(&came[place..]);
        stands_for.push((place, found.map(|(number, _)| number)));
        shown.push(found.map_or(came[place], |(number, _)| base_prints[number]));
        place += found.map_or(1, |(_, several)| several);
    }
    let mut builder = Builder::default();
    for op in diff(&shown) {
        let mut places = op.new_range();
        let put = |place: usize, builder: &mut Builder| match stands_for[place] {
            (_, Some(number)) => builder.copy(base.subtree(base_blocks[number])),
            (block, None) => builder.copy(wanted.subtree(blocks[block])),
        };
        for number in op.old_range().filter(|_| changed(&op)) {
            if unseen[number] {
                builder.copy(base.subtree(base_blocks[number]));
            } else if let Some(place) = places.next() {
                put(place, &mut builder);
            }
        }
        places.for_each(|place| put(place, &mut builder));
    }
    builder.finish()
}
