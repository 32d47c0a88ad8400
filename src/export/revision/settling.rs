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
    let mut shown: Vec<Print> = blocks.iter().map(|place| all[*place]).collect();
    let changed = |op: &DiffOp| !matches!(op, DiffOp::Equal { .. });
    let diff = |shown: &[Print]| {
        capture_diff_slices_deadline(Algorithm::Myers, &base_prints, shown, Some(until))
    };
    // Of those that are not there as they are, what the format shows.
    let mut as_shown: HashMap<Print, Vec<usize>> = HashMap::new();
    let mut unseen = vec![false; base_blocks.len()];
    let gone: Vec<usize> = diff(&shown)
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
        let mut seen_blocks = seen.tree.children(0);
        match (seen_blocks.next(), seen_blocks.next()) {
            (None, _) => unseen[number] = true,
            (Some(one), None) => as_shown.entry(of_all[one]).or_default().push(number),
            _ => {}
        }
    }
    let mut stands_for: Vec<Option<usize>> = vec![None; blocks.len()];
    for (place, print) in shown.iter_mut().enumerate() {
        if let Some(number) = as_shown.get_mut(print).and_then(Vec::pop) {
            stands_for[place] = Some(number);
            *print = base_prints[number];
        }
    }
    let mut builder = Builder::default();
    for op in diff(&shown) {
        let mut places = op.new_range();
        let put = |place: usize, builder: &mut Builder| match stands_for[place] {
            Some(number) => builder.copy(base.subtree(base_blocks[number])),
            None => builder.copy(wanted.subtree(blocks[place])),
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
