//! The walk through a tree of shared types: enter, run, leave; with a stack on
//! the heap.

use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::{Diff, YChange};
use yrs::{ID, IdSet, Out, ReadTxn, Snapshot, Text, TextRef, TransactionMut, XmlElementRef};

/// What the walk meets, in document order.
pub(super) enum Step {
    /// An element begins.
    Enter(XmlElementRef),
    /// A run of text with the same formatting, or an embedded value.
    Run {
        insert: Out,
        attributes: Option<Box<Attrs>>,
        /// Of the first letter, if it was asked for: the others follow it.
        id: Option<ID>,
    },
    /// The element entered last and not left yet ends.
    Leave,
}

enum Todo {
    Part(Diff<YChange>),
    Leave,
}

/// Walks through `root`, whichever type it is.
pub(super) fn walk<T: ReadTxn>(root: BranchPtr, txn: &T, visit: impl FnMut(Step)) {
    walk_parts(root, |parent| parent.diff(txn, YChange::identity), visit);
}

/// The same, where runs are of one item each and say which that is.
pub(super) fn walk_items(root: BranchPtr, txn: &mut TransactionMut<'_>, visit: impl FnMut(Step)) {
    // Deleted letters are gone from memory, so what is seen by one who has everything
    // and knows of no deletion is what is there. To name the deletions would cost their
    // number for each of the texts.
    let everything = Snapshot::new(txn.state_vector(), IdSet::default());
    let nothing = Snapshot::default();
    let parts = |parent: &TextRef| {
        parent.diff_range(txn, Some(&everything), Some(&nothing), YChange::identity)
    };
    walk_parts(root, parts, visit);
}

/// Everything in a type is read as a text would be, whatever it is: the iterators of
/// Yrs over XML children end at the first that is no XML, and the one over an array
/// never ends at a mark.
fn walk_parts(
    root: BranchPtr,
    mut parts: impl FnMut(&TextRef) -> Vec<Diff<YChange>>,
    mut visit: impl FnMut(Step),
) {
    let mut todo = Vec::new();
    let mut push = |todo: &mut Vec<Todo>, parent: &dyn AsRef<Branch>| {
        let parent = TextRef::from(BranchPtr::from(parent.as_ref()));
        todo.extend(parts(&parent).into_iter().rev().map(Todo::Part));
    };
    push(&mut todo, &TextRef::from(root));
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
                push(&mut todo, &element);
                visit(Step::Enter(element));
            }
            Out::YXmlFragment(fragment) => push(&mut todo, &fragment),
            Out::YXmlText(text) => push(&mut todo, &text),
            insert => visit(Step::Run {
                insert,
                attributes: part.attributes,
                id: part.ychange.map(|change| change.id),
            }),
        }
    }
}
