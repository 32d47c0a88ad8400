//! A tree as Markdown can have it: in a list there are items, in a table rows, in a row
//! cells, and nothing else.
//!
//! Whoever writes the shared types may put anything anywhere. What stands where only an
//! item, a row or a cell may, gets one around it, so that it stays where it was read:
//! nothing is moved, and no text is left out.

use std::borrow::Cow;

use crate::export::schema;
use crate::export::tree::{Builder, DOCUMENT, Element, Node, Step, Tree};

/// What is put around a node of that name, or around text, so that it may stand in an
/// element of the other; from the outermost.
fn missing(parent: &str, child: Option<&str>) -> &'static [&'static str] {
    match (parent, child) {
        ("bulletList" | "orderedList" | "taskList", Some("listItem" | "taskItem"))
        | ("table", Some("tableRow"))
        | ("tableRow", Some("tableCell" | "tableHeader")) => &[],
        ("taskList", _) => &["taskItem"],
        ("bulletList" | "orderedList", _) => &["listItem"],
        ("table", Some("tableCell" | "tableHeader")) => &["tableRow"],
        ("table", _) => &["tableRow", "tableCell"],
        ("tableRow", _) => &["tableCell"],
        _ => &[],
    }
}

/// The tree, with what was missing, and whether anything was.
pub(super) fn arranged(tree: &Tree) -> (Cow<'_, Tree>, bool) {
    let nodes = tree.nodes();
    let is_arranged = nodes.iter().enumerate().all(|(place, node)| {
        let name = node.name().unwrap_or_default();
        let is_missed = |child: usize| !missing(name, nodes[child].name()).is_empty();
        // Only of those that name what is in them the children are looked at.
        missing(name, None).is_empty() || !tree.children(place).any(is_missed)
    });
    match is_arranged {
        true => (Cow::Borrowed(tree), false),
        false => (Cow::Owned(arrange(nodes)), true),
    }
}

/// An element of the tree that is open.
struct Open<'a> {
    name: &'a str,
    /// How many of those that were missing are open in it.
    added: usize,
    /// Whether they are around a line, which goes on with what else stands in a line.
    is_line: bool,
}

fn arrange(nodes: &[Node]) -> Tree {
    let mut builder = Builder::default();
    let mut open = vec![Open {
        name: DOCUMENT,
        added: 0,
        is_line: false,
    }];
    for step in crate::export::tree::steps(&nodes[1..]) {
        match step {
            Step::Enter(_, element) => {
                make_room(&mut builder, open.last_mut(), Some(&element.name));
                builder.open(element.clone());
                open.push(Open {
                    name: &element.name,
                    added: 0,
                    is_line: false,
                });
            }
            Step::Run(run) => {
                make_room(&mut builder, open.last_mut(), None);
                builder.run(&run.text, run.marks.clone());
            }
            Step::Leave(_) => {
                let added = open.pop().map_or(0, |open| open.added);
                for _ in 0..=added {
                    builder.close();
                }
            }
        }
    }
    builder.finish()
}

/// Opens what is missed around a node of that name, or around text.
fn make_room(builder: &mut Builder, parent: Option<&mut Open<'_>>, child: Option<&str>) {
    let Some(parent) = parent else { return };
    let wanted = missing(parent.name, child);
    let is_line = child.is_none_or(schema::is_inline);
    if parent.added > 0 && parent.is_line && is_line && !wanted.is_empty() {
        return;
    }
    let is_row_open = parent.added == 1 && parent.name == "table" && wanted == ["tableRow"];
    if is_row_open {
        // Cells that stand beside each other are of one row.
        return;
    }
    for _ in 0..std::mem::take(&mut parent.added) {
        builder.close();
    }
    for name in wanted {
        builder.open(Element::named(*name));
    }
    parent.added = wanted.len();
    parent.is_line = is_line;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(tree: &Tree) -> String {
        let shown = tree.steps().map(|step| match step {
            Step::Enter(_, element) => format!("<{}>", element.name),
            Step::Run(run) => run.text.clone(),
            Step::Leave(_) => "</>".to_owned(),
        });
        shown.collect()
    }

    #[test]
    fn what_is_where_it_may_be_is_left_as_it_is() {
        let mut builder = Builder::default();
        builder.open(Element::named("bulletList"));
        builder.open(Element::named("listItem"));
        builder.run("a", vec![]);
        let tree = builder.finish();
        let (arranged, changed) = arranged(&tree);
        assert!(!changed && matches!(arranged, Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_elsewhere_gets_what_it_misses_and_stays_in_its_order() {
        let mut builder = Builder::default();
        builder.open(Element::named("table"));
        builder.run("a", vec![]);
        builder.leaf(Element::named("hardBreak"));
        builder.open(Element::named("tableRow"));
        builder.leaf(Element::named("paragraph"));
        builder.leaf(Element::named("tableCell"));
        builder.close();
        builder.leaf(Element::named("tableCell"));
        builder.leaf(Element::named("tableHeader"));
        builder.open(Element::named("taskList"));
        builder.leaf(Element::named("taskItem"));
        builder.run("b", vec![]);
        builder.leaf(Element::named("paragraph"));
        let (arranged, changed) = {
            let tree = builder.finish();
            let (arranged, changed) = arranged(&tree);
            (arranged.into_owned(), changed)
        };
        assert!(changed);
        assert_eq!(
            shape(&arranged),
            "<table>\
             <tableRow><tableCell>a<hardBreak></></></>\
             <tableRow><tableCell><paragraph></></><tableCell></></>\
             <tableRow><tableCell></><tableHeader></></>\
             <tableRow><tableCell><taskList>\
             <taskItem></><taskItem>b</><taskItem><paragraph></></>\
             </></></>\
             </>"
        );
    }
}
