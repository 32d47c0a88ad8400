//! What became of a document from one state of it to another: which blocks and runs of
//! text came, went or changed, and by whom.
//!
//! Blocks are aligned as they are for the smallest edit (`revision`): what is the same
//! on both sides stands still, and between two such the ones that share most words
//! become each other; a paragraph may become a heading. Of those, words are compared and
//! then letters. It is told what a reader would see, not how it was typed: who deletes a
//! word and writes it again changed nothing.

mod comparer;
mod credits;
pub mod html;
pub mod json;
mod line;

use std::time::Instant;

use super::signed::Signed;
use super::tree::{Element, Mark};
use comparer::Comparer;
pub use credits::{Credits, Person};

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Same,
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// Of a block: it, or something in it. Of text: it looks otherwise.
    Changed,
}

/// A part of both states, in the order in which they are read.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<'a> {
    /// An element begins.
    Open {
        /// What became of it.
        change: Change,
        /// As it is; as it was, if it is gone.
        element: &'a Element,
        /// What it was, where it is another now.
        was: Option<&'a Element>,
        /// Who added or removed it.
        by: Option<Person>,
    },
    /// Text.
    Run {
        /// What became of it.
        change: Change,
        /// The letters.
        text: String,
        /// How they look, or looked.
        marks: &'a [Mark],
        /// How they looked, where they look otherwise now.
        was: Option<&'a [Mark]>,
        /// Who added or removed it.
        by: Option<Person>,
    },
    /// The element begun last ends.
    Close,
    /// So many blocks that are the same are left out.
    Omitted(usize),
}

/// How much changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Blocks that came, those in others included.
    pub added_blocks: usize,
    /// Letters that came, in Unicode scalar values.
    pub added_characters: usize,
    /// Blocks that went, likewise.
    pub removed_blocks: usize,
    /// Letters that went, likewise.
    pub removed_characters: usize,
    /// Letters that look otherwise.
    pub formatted_characters: usize,
    /// Blocks that are something else, or of which something else is said.
    pub changed_blocks: usize,
}

/// Two states, told as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison<'a> {
    /// All of both, or what is left of it.
    pub parts: Vec<Part<'a>>,
    /// How much changed.
    pub counts: Counts,
}

/// Compares. At `until` the search for the best way of telling it ends.
pub fn compare<'a>(
    old: &'a Signed,
    new: &'a Signed,
    credits: &'a Credits,
    until: Instant,
) -> Comparison<'a> {
    Comparer::of(old, new, credits, until).all()
}

impl Comparison<'_> {
    /// Leaves out blocks that are the same, but for so many beside each that is not.
    pub fn within(mut self, context: usize) -> Self {
        let mut blocks: Vec<Vec<Part<'_>>> = Vec::new();
        let mut depth = 0_usize;
        for part in self.parts {
            if depth == 0 {
                blocks.push(Vec::new());
            }
            match part {
                Part::Open { .. } => depth += 1,
                Part::Close => depth -= 1,
                Part::Run { .. } | Part::Omitted(_) => {}
            }
            if let Some(block) = blocks.last_mut() {
                block.push(part);
            }
        }
        let is_same = |block: &Vec<Part<'_>>| {
            let first = block.first();
            first.is_none_or(|part| part.change() == Some(Change::Same))
        };
        // How far it is to the next change behind, and then before as well.
        let mut far = vec![usize::MAX; blocks.len()];
        let mut last = usize::MAX;
        for (place, block) in blocks.iter().enumerate().rev() {
            last = if is_same(block) {
                last.saturating_add(1)
            } else {
                0
            };
            far[place] = last;
        }
        last = usize::MAX;
        for (place, block) in blocks.iter().enumerate() {
            last = if is_same(block) {
                last.saturating_add(1)
            } else {
                0
            };
            far[place] = far[place].min(last);
        }
        self.parts = Vec::new();
        for (block, far) in blocks.into_iter().zip(far) {
            match self.parts.last_mut() {
                _ if far <= context => self.parts.extend(block),
                Some(Part::Omitted(count)) => *count += 1,
                _ => self.parts.push(Part::Omitted(1)),
            }
        }
        self
    }
}

impl Part<'_> {
    fn change(&self) -> Option<Change> {
        match self {
            Self::Open { change, .. } | Self::Run { change, .. } => Some(*change),
            Self::Close | Self::Omitted(_) => None,
        }
    }
}

impl Change {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}
