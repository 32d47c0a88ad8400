//! The walk through a tree of shared types: enter, run, leave; with a stack on
//! the heap.

use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::{Diff, YChange};
use yrs::{Out, ReadTxn, Text, TextRef, XmlElementRef};

/// What the walk meets, in document order.
pub(super) enum Step {
    /// An element begins.
    Enter(XmlElementRef),
    /// A run of text with the same formatting, or an embedded value.
    Run {
        insert: Out,
        attributes: Option<Box<Attrs>>,
    },
    /// The element entered last and not left yet ends.
    Leave,
}

enum Todo {
    Part(Diff<YChange>),
    Leave,
}

/// Walks through `root`, whichever type it is.
pub(super) fn walk<T: ReadTxn>(root: BranchPtr, txn: &T, mut visit: impl FnMut(Step)) {
    let mut todo = Vec::new();
    push(&mut todo, &TextRef::from(root), txn);
    while let Some(next) = todo.pop() {
        let part = match next {
            Todo::Part(part) => part,
            Todo::Leave => {
                visit(Step::Leave);
                continue;
            }
        };
        match part.insert {
            Out::YXmlElement(element) => {
                todo.push(Todo::Leave);
                push(&mut todo, &element, txn);
                visit(Step::Enter(element));
            }
            Out::YXmlFragment(fragment) => push(&mut todo, &fragment, txn),
            Out::YXmlText(text) => push(&mut todo, &text, txn),
            insert => visit(Step::Run {
                insert,
                attributes: part.attributes,
            }),
        }
    }
}

/// Everything in a type, in order. It is read as a text would be, whatever it
/// is: the iterators of Yrs over XML children end at the first that is no XML,
/// and the one over an array never ends at a mark.
fn push<T: ReadTxn>(todo: &mut Vec<Todo>, parent: &impl AsRef<Branch>, txn: &T) {
    let parent = TextRef::from(BranchPtr::from(parent.as_ref()));
    let parts = parent.diff(txn, YChange::identity);
    todo.extend(parts.into_iter().rev().map(Todo::Part));
}
