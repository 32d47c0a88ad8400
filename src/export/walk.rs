//! The walk through an XML tree: enter, text, leave; with a stack on the heap.

use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{Array, ArrayRef, Out, ReadTxn, Text, XmlElementRef, XmlFragmentRef, XmlTextRef};

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
    Leave(XmlElementRef),
}

enum Todo {
    Node(Out),
    Leave(XmlElementRef),
}

/// Walks through `root`.
pub(super) fn walk<T: ReadTxn>(root: &XmlFragmentRef, txn: &T, mut visit: impl FnMut(Step)) {
    let mut todo = Vec::new();
    push(&mut todo, children(root, txn));
    while let Some(next) = todo.pop() {
        match next {
            Todo::Node(Out::YXmlElement(element)) => {
                visit(Step::Enter(element.clone()));
                let children = children(&element, txn);
                todo.push(Todo::Leave(element));
                push(&mut todo, children);
            }
            Todo::Node(Out::YXmlFragment(fragment)) => {
                push(&mut todo, children(&fragment, txn));
            }
            Todo::Node(Out::YXmlText(text)) => runs(&text, txn, &mut visit),
            // No node of an editor. Kept, so that what follows is not lost.
            Todo::Node(other) => visit(Step::Run {
                insert: other,
                attributes: None,
            }),
            Todo::Leave(element) => visit(Step::Leave(element)),
        }
    }
}

/// Everything in an element, in order. The XML iterator of Yrs ends at the first
/// child that is no XML; an array's does not.
fn children<T: ReadTxn>(parent: &impl AsRef<ArrayRef>, txn: &T) -> Vec<Out> {
    parent.as_ref().iter(txn).collect()
}

fn push(todo: &mut Vec<Todo>, children: Vec<Out>) {
    todo.extend(children.into_iter().rev().map(Todo::Node));
}

fn runs<T: ReadTxn>(text: &XmlTextRef, txn: &T, visit: &mut impl FnMut(Step)) {
    for diff in text.diff(txn, YChange::identity) {
        visit(Step::Run {
            insert: diff.insert,
            attributes: diff.attributes,
        });
    }
}
