//! Lists and their items, tight where they are read again as they are.

use comrak::nodes::{ListDelimType, ListType, Node, NodeList, NodeTaskItem, NodeValue};

use super::Writer;
use crate::export::tree::Element;

/// What stands for the words of an item that has none.
const NO_WORDS: &str = "&nbsp;";

/// The largest number of an item: ten digits begin none.
const LAST: i64 = 999_999_999;

impl<'a> Writer<'a, '_> {
    /// Whether a paragraph without words must be seen: behind a box, which would be
    /// none without it, and where other blocks follow it in an item.
    pub(super) fn is_needed(&self, place: usize, parent: Node<'a>) -> bool {
        let is_first = parent.first_child().is_none();
        match parent.data().value {
            NodeValue::TaskItem(_) => is_first,
            NodeValue::Item(_) => {
                let around = self.open.iter().rev().find_map(|open| open.item);
                let mut behind = around.into_iter().flat_map(|item| self.tree.children(item));
                is_first && behind.any(|other| other > place && self.says[other])
            }
            _ => false,
        }
    }

    /// A paragraph without words that is seen.
    pub(super) fn no_words(&self, parent: Node<'a>) {
        let paragraph = self.node(parent, NodeValue::Paragraph);
        self.node(paragraph, NodeValue::Raw(NO_WORDS.to_owned()));
    }

    /// A list is tight when its items are a paragraph each, with lists behind it that
    /// may follow a paragraph at once: numbers must begin with 1 there, and the first
    /// item must have words.
    pub(super) fn list(
        &self,
        place: usize,
        list_type: ListType,
        start: usize,
        parent: Node<'a>,
    ) -> Node<'a> {
        let nodes = self.tree.nodes();
        let follows = |list: usize| {
            let start = nodes[list].element().and_then(|list| list.number("start"));
            // The list, its first item, and what that begins with.
            start.unwrap_or(1) == 1 && self.says.get(list + 2) == Some(&true)
        };
        let is_tight = |item: usize| {
            self.tree
                .children(item)
                .enumerate()
                .all(|(at, child)| match nodes[child].name() {
                    _ if !self.says[child] => true,
                    Some("paragraph") => at == 0,
                    Some("bulletList" | "orderedList" | "taskList") => at > 0 && follows(child),
                    _ => false,
                })
        };
        let list = NodeList {
            list_type,
            start,
            delimiter: ListDelimType::Period,
            bullet_char: b'-',
            tight: self.tree.children(place).all(is_tight),
            ..NodeList::default()
        };
        self.node(parent, NodeValue::List(list))
    }

    /// The number of a list's first item, such that all of its items have one.
    pub(super) fn start(&mut self, place: usize, element: &Element) -> usize {
        let wanted = element.number("start").unwrap_or(1);
        let further = self.tree.children(place).count().saturating_sub(1);
        let further = i64::try_from(further).unwrap_or(LAST);
        let start = wanted.min(LAST.saturating_sub(further)).max(0);
        if start != wanted {
            self.simplified.note("numbers of lists beyond nine digits");
        }
        usize::try_from(start).unwrap_or(1)
    }

    pub(super) fn item(&self, list: Node<'a>) -> Node<'a> {
        self.node(list, NodeValue::Item(NodeList::default()))
    }

    pub(super) fn task(&self, element: &Element, list: Node<'a>) -> Node<'a> {
        let task = NodeTaskItem {
            symbol: element.is("checked").then_some('x'),
            symbol_sourcepos: (0, 0, 0, 0).into(),
        };
        self.node(list, NodeValue::TaskItem(task))
    }
}

pub(super) fn is_list(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::List(_))
}
