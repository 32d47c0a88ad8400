//! The walk through an XML tree: enter, text, leave; with a stack on the heap.

use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{Out, ReadTxn, Text, XmlElementRef, XmlFragment, XmlFragmentRef, XmlOut, XmlTextRef};

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
    Node(XmlOut),
    Leave(XmlElementRef),
}

/// Walks through `root`.
pub(super) fn walk<T: ReadTxn>(root: &XmlFragmentRef, txn: &T, mut visit: impl FnMut(Step)) {
    let mut todo = Vec::new();
    push(&mut todo, root.children(txn).collect());
    while let Some(next) = todo.pop() {
        match next {
            Todo::Node(XmlOut::Element(element)) => {
                visit(Step::Enter(element.clone()));
                let children = element.children(txn).collect();
                todo.push(Todo::Leave(element));
                push(&mut todo, children);
            }
            Todo::Node(XmlOut::Fragment(fragment)) => {
                push(&mut todo, fragment.children(txn).collect());
            }
            Todo::Node(XmlOut::Text(text)) => runs(&text, txn, &mut visit),
            Todo::Leave(element) => visit(Step::Leave(element)),
        }
    }
}

fn push(todo: &mut Vec<Todo>, children: Vec<XmlOut>) {
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
