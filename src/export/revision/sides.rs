//! Both sides of an edit: what stands in a place of a document, and what is asked to be
//! there.

use std::collections::HashMap;

use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::{BranchID, Out, ReadTxn, Text, TextRef, XmlElementRef, XmlTextRef};

use super::alignment::{Unit, words};
use super::alike::{self, Print};
use super::length;
use super::line::Line;
use crate::export::tree::{Part, Tree};

/// What is in a place, and where.
pub(super) struct Standing {
    /// In front of it.
    pub at: u32,
    pub len: u32,
    pub what: What,
}

pub(super) enum What {
    /// An element, and its place in the tree.
    Element(XmlElementRef, usize),
    /// Texts beside each other, as one.
    Line(Line),
    /// No editor of ours wrote it.
    Odd,
}

/// What is wanted in a place.
#[derive(Debug, Clone, Copy)]
pub(in crate::export) enum Asked {
    Element(usize),
    /// Runs beside each other: the first and how many.
    Line(usize, usize),
}

/// Both sides of a document.
pub(super) struct Sides<'a> {
    pub old: &'a Tree,
    pub old_prints: &'a [Print],
    pub places: &'a HashMap<BranchID, usize>,
    pub new: &'a Tree,
    pub new_prints: &'a [Print],
}

impl<'a> Sides<'a> {
    pub fn standing<T: ReadTxn>(&self, parent: BranchPtr, txn: &T) -> Vec<Standing> {
        let mut standing: Vec<Standing> = Vec::new();
        let mut at = 0;
        for part in TextRef::from(parent).diff(txn, YChange::identity) {
            let len = length(&part.insert);
            let what = match part.insert {
                Out::YXmlElement(element) => {
                    let id = AsRef::<Branch>::as_ref(&element).id();
                    self.places
                        .get(&id)
                        .map(|place| What::Element(element, *place))
                }
                Out::YXmlText(text) => self.line(&mut standing, text, len, txn),
                _ => Some(What::Odd),
            };
            if let Some(what) = what {
                standing.push(Standing { at, len, what });
            }
            at += len;
        }
        debug_assert!(
            standing
                .windows(2)
                .all(|two| two[0].at + two[0].len == two[1].at)
        );
        standing
    }

    /// A text, if it does not go on with the one before it.
    fn line<T: ReadTxn>(
        &self,
        standing: &mut [Standing],
        text: XmlTextRef,
        len: u32,
        txn: &T,
    ) -> Option<What> {
        let Some(line) = Line::read(text, txn) else {
            return Some(What::Odd);
        };
        if let Some(Standing {
            what: What::Line(before),
            len: before_len,
            ..
        }) = standing.last_mut()
        {
            before.join(line);
            *before_len += len;
            return None;
        }
        Some(What::Line(line))
    }

    pub fn unit(&self, standing: &Standing) -> Unit<'a> {
        match &standing.what {
            What::Element(_, place) => Unit {
                print: self.old_prints[*place],
                kind: self.old.nodes()[*place].name(),
            },
            What::Line(line) => Unit {
                print: line.print(),
                kind: Some(LINE),
            },
            What::Odd => Unit {
                print: alike::line(std::iter::empty()),
                kind: None,
            },
        }
    }

    pub fn asked_unit(&self, asked: &Asked) -> Unit<'a> {
        match asked {
            Asked::Element(place) => Unit {
                print: self.new_prints[*place],
                kind: self.new.nodes()[*place].name(),
            },
            Asked::Line(first, count) => Unit {
                print: Line::asked(self.new, *first, *count).print(),
                kind: Some(LINE),
            },
        }
    }

    pub fn words(&self, standing: &Standing) -> Vec<u64> {
        match &standing.what {
            What::Element(_, place) => words(texts(self.old, *place)),
            What::Line(line) => words([line.text().as_str()].into_iter()),
            What::Odd => Vec::new(),
        }
    }

    pub fn asked_words(&self, asked: &Asked) -> Vec<u64> {
        match asked {
            Asked::Element(place) => words(texts(self.new, *place)),
            Asked::Line(first, count) => {
                let runs = Line::asked(self.new, *first, *count);
                words([runs.text().as_str()].into_iter())
            }
        }
    }
}

/// The kind of lines. No element is named like this.
const LINE: &str = "\0";

/// What is directly in the node at `place`.
pub(in crate::export) fn asked(tree: &Tree, place: usize) -> Vec<Asked> {
    let mut asked = Vec::new();
    for child in tree.children(place) {
        match (&tree.nodes()[child].part, asked.last_mut()) {
            (Part::Element(_), _) => asked.push(Asked::Element(child)),
            (Part::Run(_), Some(Asked::Line(_, count))) => *count += 1,
            (Part::Run(_), _) => asked.push(Asked::Line(child, 1)),
        }
    }
    asked
}

/// The text in a node, run by run.
pub(in crate::export) fn texts(tree: &Tree, place: usize) -> impl Iterator<Item = &str> {
    tree.subtree(place)
        .iter()
        .filter_map(|node| match &node.part {
            Part::Run(run) => Some(run.text.as_str()),
            Part::Element(_) => None,
        })
}
