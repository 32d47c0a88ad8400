//! Items of lists: of which list they are, and whether they are tasks.

use comrak::nodes::{ListType, Node, NodeValue};

/// Whether it stands for the words of an item that has none.
pub(super) fn is_wordless(block: Node<'_>) -> bool {
    let is_item = |item: Node<'_>| {
        matches!(
            item.data().value,
            NodeValue::TaskItem(_) | NodeValue::Item(_)
        )
    };
    let is_nothing = |node: Node<'_>| matches!(&node.data().value, NodeValue::Text(text) if text.as_ref() == "\u{a0}");
    block.parent().is_some_and(is_item)
        && block.children().count() == 1
        && block.first_child().is_some_and(is_nothing)
}

/// Whether an item stands in a list without numbers.
pub(super) fn is_bullet(item: Node<'_>) -> bool {
    item.parent().is_some_and(|list| {
        matches!(&list.data().value, NodeValue::List(list) if list.list_type == ListType::Bullet)
    })
}

fn is_task(item: Node<'_>) -> bool {
    matches!(item.data().value, NodeValue::TaskItem(_))
}

/// What holds an item of a list without numbers.
pub(super) fn bullets(item: Option<Node<'_>>) -> &'static str {
    if item.is_some_and(is_task) {
        "taskList"
    } else {
        "bulletList"
    }
}

pub(super) fn begins_another_list(item: Node<'_>) -> bool {
    let other = |before: Node<'_>| is_task(before) != is_task(item);
    is_bullet(item) && item.previous_sibling().is_some_and(other)
}
