//! What stands in the line of a block: runs with their marks, formulas and pictures.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{Node, NodeLink, NodeValue};

use super::Reader;
use super::item::{is_bullet, is_wordless};
use super::markup::markup;
use crate::export::address::{is_safe_image, is_safe_link};
use crate::export::html::read::{Code, image, link, read_into};
use crate::export::import::ImportError;
use crate::export::schema::Holds;
use crate::export::tree::{Element, Mark};

impl Reader<'_> {
    /// What stands in the line of a block.
    pub(super) fn line(&mut self, block: Node<'_>) -> Result<(), ImportError> {
        // A task that has a number keeps its box as letters.
        if let Some(item) = block.parent()
            && let NodeValue::TaskItem(task) = &item.data().value
            && block.previous_sibling().is_none()
            && !is_bullet(item)
        {
            self.draft.simplified.note("tasks with numbers");
            let letters = if task.symbol.is_some() {
                "[x] "
            } else {
                "[ ] "
            };
            self.draft.text(letters, &[])?;
        }
        if is_wordless(block) {
            return Ok(());
        }
        let has_markup = |node: Node<'_>| matches!(node.data().value, NodeValue::HtmlInline(_));
        if block.descendants().any(has_markup) {
            let html = markup(block);
            return read_into(&html, &mut self.draft, Code::Kept);
        }
        let has_blocks = matches!(block.data().value, NodeValue::Paragraph);
        let mut walk = block.traverse().skip(1);
        while let Some(edge) = walk.next() {
            match edge {
                NodeEdge::Start(node) if is_image(node) => {
                    self.image(node)?;
                    for edge in walk.by_ref() {
                        if matches!(edge, NodeEdge::End(end) if end.same_node(node)) {
                            break;
                        }
                    }
                }
                NodeEdge::Start(node) => self.inline(node, has_blocks)?,
                NodeEdge::End(node) => {
                    if is_mark(node) && self.around.pop() == Some(true) {
                        self.marks.pop();
                    }
                }
            }
        }
        self.marks.clear();
        self.around.clear();
        Ok(())
    }

    fn inline(&mut self, node: Node<'_>, has_blocks: bool) -> Result<(), ImportError> {
        let mark = match &node.data().value {
            NodeValue::Text(text) => return self.draft.text(text, &self.marks),
            NodeValue::SoftBreak => return self.draft.text(" ", &self.marks),
            NodeValue::LineBreak if self.draft.holds() != Holds::Line => return Ok(()),
            NodeValue::LineBreak => return self.draft.leaf(Element::named("hardBreak")),
            NodeValue::Code(code) => {
                self.marks.push(Mark::named("code"));
                let written = self.draft.text(&code.literal, &self.marks);
                self.marks.pop();
                return written;
            }
            NodeValue::Math(math) => {
                let formula = math.literal.trim();
                if formula.is_empty() {
                    let source = source(math.display_math, &math.literal);
                    return self.draft.text(&source, &self.marks);
                }
                if math.display_math && has_blocks {
                    return self
                        .draft
                        .figure(Element::named("blockMath").with("latex", formula));
                }
                let formula = formula.replace(['\n', '\r'], " ");
                return self
                    .draft
                    .leaf(Element::named("inlineMath").with("latex", formula));
            }
            NodeValue::Link(to) => self.link(to),
            NodeValue::Strong => Some(Mark::named("bold")),
            NodeValue::Emph => Some(Mark::named("italic")),
            NodeValue::Strikethrough => Some(Mark::named("strike")),
            _ => return Ok(()),
        };
        let is_new = mark.as_ref().is_some_and(|mark| {
            let mut known = self.marks.iter();
            known.all(|other| other.name != mark.name)
        });
        self.marks.extend(mark.filter(|_| is_new));
        self.around.push(is_new);
        Ok(())
    }

    /// A link, unless it leads where none may.
    fn link(&mut self, to: &NodeLink) -> Option<Mark> {
        if !is_safe_link(&to.url) {
            self.draft.simplified.note("links with unsafe addresses");
            return None;
        }
        Some(link(&to.url, (!to.title.is_empty()).then_some(&*to.title)))
    }

    /// A picture stands for itself; without an address its words stay.
    fn image(&mut self, node: Node<'_>) -> Result<(), ImportError> {
        let NodeValue::Image(to) = &node.data().value else {
            return Ok(());
        };
        let words = words(node);
        if to.url.trim().is_empty() || !is_safe_image(&to.url) {
            self.draft
                .simplified
                .note("images without a safe address as their words");
            return self.draft.text(&words, &self.marks);
        }
        let around = self.marks.iter().find(|mark| &*mark.name == "link");
        self.draft.figure(image(
            &to.url,
            (!words.is_empty()).then_some(&*words),
            (!to.title.is_empty()).then_some(&*to.title),
            around.and_then(|link| link.text("href")),
        ))
    }
}

pub(super) fn is_image(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Image(_))
}

/// The words of a picture, without what they look like.
pub(super) fn words(image: Node<'_>) -> String {
    let mut words = String::new();
    for node in image.descendants().skip(1) {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(text.as_ref()),
            NodeValue::Code(code) => words.push_str(&code.literal),
            NodeValue::Math(math) => words.push_str(&source(math.display_math, &math.literal)),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
            _ => {}
        }
    }
    words.trim().to_owned()
}

fn is_mark(node: Node<'_>) -> bool {
    matches!(
        node.data().value,
        NodeValue::Link(_) | NodeValue::Strong | NodeValue::Emph | NodeValue::Strikethrough
    )
}

/// A formula as it is written. In one line: to TeX a line's end is a space.
fn source(display: bool, literal: &str) -> String {
    let fence = if display { "$$" } else { "$" };
    let literal = literal.replace(['\n', '\r'], " ");
    format!("{fence}{literal}{fence}")
}
