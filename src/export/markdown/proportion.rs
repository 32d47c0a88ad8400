//! How deep blocks may nest in Markdown so that it stays in proportion to the document.
//!
//! Every line repeats the signs of all blocks that it stands in, and a line may be one
//! letter: what a few bytes say at any depth could be more text than any budget.

use crate::export::schema;
use crate::export::tree::{Element, Part, Tree};

/// How many bytes of repeated signs a byte of the document may cost.
const TIMES: usize = 4;

/// Bytes of repeated signs that no document is refused.
const FREE: usize = 1 << 16;

/// The deepest level at which a block that holds blocks is written as one. The blocks of
/// the document itself are at the first.
pub(super) fn depth(tree: &Tree) -> usize {
    let nodes = tree.nodes();
    // The lines up to each node; so those in a subtree are a difference.
    let mut lines = Vec::with_capacity(nodes.len() + 1);
    let mut so_far: usize = 0;
    for node in nodes {
        lines.push(so_far);
        so_far = so_far.saturating_add(match &node.part {
            Part::Run(run) => newlines(&run.text),
            // Its own, and the empty one before it.
            Part::Element(element) => 2 + element.text("latex").map_or(0, newlines),
        });
    }
    lines.push(so_far);
    let mut costs = [0_usize; schema::DEPTH + 1];
    let mut ends: Vec<usize> = Vec::new();
    for (place, node) in nodes.iter().enumerate().skip(1) {
        while ends.pop_if(|end| *end <= place).is_some() {}
        let Part::Element(element) = &node.part else {
            continue;
        };
        ends.push(place + node.size);
        if let Some(cost) = costs.get_mut(ends.len()) {
            let inside = lines[place + node.size] - lines[place];
            let width = width(element, node.size);
            *cost = cost.saturating_add(inside.saturating_mul(width));
        }
    }
    let mut left = tree.weight().saturating_mul(TIMES).saturating_add(FREE);
    let within = costs.iter().take_while(|cost| {
        let fits = **cost <= left;
        left = left.saturating_sub(**cost);
        fits
    });
    within.count() - 1
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// How many bytes each line in a block begins with because of it.
fn width(element: &Element, size: usize) -> usize {
    match &*element.name {
        "blockquote" | "callout" | "bulletList" => 2,
        "taskList" => 6,
        // The longest number in it, a full stop and a space.
        "orderedList" => {
            let start = element.number("start").unwrap_or(1).clamp(1, 999_999_999);
            let last = usize::try_from(start).unwrap_or(1).saturating_add(size);
            last.ilog10() as usize + 3
        }
        _ => 0,
    }
}
