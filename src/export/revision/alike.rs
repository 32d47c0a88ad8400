//! What counts as the same: prints of nodes, marks and lines of text.
//!
//! What the editor says by itself of a node or mark of which nothing is said is the
//! same as nothing said, and so is null: to write either would change nothing that
//! anybody sees.

use sha2::{Digest, Sha256};
use yrs::Any;

use crate::export::schema;
use crate::export::tree::{Attributes, Element, Mark, Part, Tree};

/// Equal for what is the same. Nobody finds two that are equal and not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::export) struct Print([u8; 16]);

/// Of each node of a tree: what it is, with all that is in it.
pub(in crate::export) fn prints(tree: &Tree) -> Vec<Print> {
    let nodes = tree.nodes();
    let mut prints = vec![Print([0; 16]); nodes.len()];
    // What is in a node lies behind it.
    for place in (0..nodes.len()).rev() {
        let mut hash = Sha256::new();
        match &nodes[place].part {
            Part::Run(run) => {
                hash.update(b"run");
                hash.update(marks(run.marks.iter()).0);
                hash.update(&run.text);
            }
            Part::Element(element) => {
                hash.update(b"element");
                hash.update(said_of(element).0);
                for child in tree.children(place) {
                    hash.update(prints[child].0);
                }
            }
        }
        prints[place] = finish(hash);
    }
    prints
}

/// A line: runs of text, with the prints of their marks. How it is cut into runs is
/// all the same.
pub(in crate::export) fn line<'a>(runs: impl Iterator<Item = (&'a str, Print)>) -> Print {
    let mut hash = Sha256::new();
    hash.update(b"line");
    let mut last = None;
    for (text, marks) in runs.filter(|(text, _)| !text.is_empty()) {
        if last != Some(marks) {
            // No text holds this byte.
            hash.update([0xff]);
            hash.update(marks.0);
            last = Some(marks);
        }
        hash.update(text);
    }
    finish(hash)
}

/// The name of an element and what is said of it.
pub(in crate::export) fn said_of(element: &Element) -> Print {
    let bare = Element::named(element.name.clone());
    let unsaid = schema::unsaid(&bare).collect::<Vec<_>>();
    said(&element.name, &element.attributes, &unsaid)
}

/// A mark, by its own name, however it is stored.
pub(super) fn mark(mark: &Mark) -> Print {
    let bare = Mark::named(mark.name.clone());
    let unsaid = schema::unsaid_of_mark(&bare).collect::<Vec<_>>();
    said(&mark.name, &mark.attributes, &unsaid)
}

/// Several marks on one text, in whatever order.
pub(in crate::export) fn marks<'a>(marks: impl Iterator<Item = &'a Mark>) -> Print {
    let mut prints: Vec<Print> = marks.map(mark).collect();
    prints.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(b"marks");
    for print in prints {
        hash.update(print.0);
    }
    finish(hash)
}

/// A value.
pub(super) fn value(value: &Any) -> Print {
    let mut hash = Sha256::new();
    feed(&mut hash, value);
    finish(hash)
}

fn said(name: &str, attributes: &Attributes, unsaid: &[(&str, Any)]) -> Print {
    let mut hash = Sha256::new();
    text(&mut hash, name);
    for (name, value) in attributes {
        let is_unsaid = unsaid
            .iter()
            .any(|known| (known.0, &known.1) == (name, value));
        if !matches!(value, Any::Null | Any::Undefined) && !is_unsaid {
            text(&mut hash, name);
            feed(&mut hash, value);
        }
    }
    finish(hash)
}

enum Piece<'a> {
    Name(&'a str),
    Value(&'a Any),
}

/// Values nest as deep as somebody likes.
fn feed(hash: &mut Sha256, value: &Any) {
    let mut todo = vec![Piece::Value(value)];
    while let Some(next) = todo.pop() {
        let value = match next {
            Piece::Name(name) => {
                text(hash, name);
                continue;
            }
            Piece::Value(value) => value,
        };
        match value {
            Any::Null | Any::Undefined => hash.update(b"n"),
            Any::Bool(value) => hash.update([b'b', u8::from(*value)]),
            Any::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => {
                    hash.update(b"i");
                    hash.update(whole.to_le_bytes());
                }
                (None, number) => {
                    hash.update(b"f");
                    hash.update(number.unwrap_or(f64::NAN).to_le_bytes());
                }
            },
            Any::String(value) => text(hash, value),
            Any::Buffer(bytes) => {
                hash.update(b"x");
                hash.update(bytes.len().to_le_bytes());
                hash.update(bytes);
            }
            Any::Array(values) => {
                hash.update(b"a");
                hash.update(values.len().to_le_bytes());
                todo.extend(values.iter().rev().map(Piece::Value));
            }
            Any::Map(entries) => {
                hash.update(b"m");
                hash.update(entries.len().to_le_bytes());
                let mut entries: Vec<_> = entries.iter().collect();
                entries.sort_unstable_by_key(|(name, _)| *name);
                for (name, value) in entries.into_iter().rev() {
                    todo.push(Piece::Value(value));
                    todo.push(Piece::Name(name));
                }
            }
        }
    }
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update(b"s");
    hash.update(text.len().to_le_bytes());
    hash.update(text);
}

fn finish(hash: Sha256) -> Print {
    let mut print = [0; 16];
    print.copy_from_slice(&hash.finalize()[..16]);
    Print(print)
}
