//! A document from Markdown. Any text is Markdown. Here are its blocks; items, lines and
//! lines with HTML in them have rooms.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{AlertType, ListType, Node, NodeValue, TableAlignment};
use comrak::{Arena, parse_document};

use super::dialect_for;
use super::fold::{Fold, fold};
use crate::export::draft::Draft;
use crate::export::html::read::{Code, read_into};
use crate::export::import::{ImportError, Imported, text};
use crate::export::schema::HEADING_LEVELS;
use crate::export::tree::{Element, Mark};
use item::{begins_another_list, bullets, is_bullet};

mod item;
mod line;
mod markup;

/// Reads a document.
///
/// # Errors
/// When it is not UTF-8, or too large, or markup in it nests too deeply.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let text = text(bytes, "Markdown")?;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &dialect_for(text));
    let mut reader = Reader::new();
    let mut walk = root.traverse();
    while let Some(edge) = walk.next() {
        match edge {
            NodeEdge::Start(node) if has_line(node) => {
                reader.enter(node)?;
                reader.line(node)?;
                reader.draft.close();
                // What is in it was read.
                for edge in walk.by_ref() {
                    if matches!(edge, NodeEdge::End(end) if end.same_node(node)) {
                        break;
                    }
                }
            }
            NodeEdge::Start(node) => reader.enter(node)?,
            NodeEdge::End(node) => reader.leave(node),
        }
    }
    reader.draft.finish()
}

/// Whether a block holds a line rather than blocks.
fn has_line(node: Node<'_>) -> bool {
    matches!(
        node.data().value,
        NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableCell
    )
}

struct Reader<'a> {
    draft: Draft,
    /// The marks of what is read now, each once,
    marks: Vec<Mark>,
    /// and for every element around it, whether its mark is one of them: how deep they
    /// nest is a stranger's choice.
    around: Vec<bool>,
    /// How many cells of the row were met.
    column: usize,
    /// Of all details that are open, the blocks in which they began.
    folds: Vec<Node<'a>>,
}

impl<'a> Reader<'a> {
    fn new() -> Self {
        Self {
            draft: Draft::default(),
            marks: Vec::new(),
            around: Vec::new(),
            column: 0,
            folds: Vec::new(),
        }
    }

    fn enter(&mut self, node: Node<'a>) -> Result<(), ImportError> {
        let block = match &node.data().value {
            NodeValue::Paragraph => Element::named("paragraph"),
            NodeValue::Heading(heading) => {
                let level = i64::from(heading.level);
                if level > HEADING_LEVELS {
                    self.draft.simplified.note("headings deeper than four");
                }
                Element::named("heading").with("level", level.min(HEADING_LEVELS))
            }
            NodeValue::BlockQuote => Element::named("blockquote"),
            NodeValue::List(list) if list.list_type == ListType::Ordered => {
                let start = i64::try_from(list.start).unwrap_or(1);
                Element::named("orderedList").with("start", start)
            }
            NodeValue::List(_) => Element::named(bullets(node.first_child())),
            NodeValue::Item(_) | NodeValue::TaskItem(_) => {
                // Lists hold items of one kind: where the kind changes, another list begins.
                if begins_another_list(node) {
                    self.draft.close();
                    self.draft.open(Element::named(bullets(Some(node))))?;
                }
                match &node.data().value {
                    NodeValue::TaskItem(task) if is_bullet(node) => {
                        Element::named("taskItem").with("checked", task.symbol.is_some())
                    }
                    _ => Element::named("listItem"),
                }
            }
            NodeValue::Alert(alert) => {
                let kind = match alert.alert_type {
                    AlertType::Note => "info",
                    AlertType::Important => {
                        self.draft.simplified.note("kinds of alerts");
                        "info"
                    }
                    AlertType::Tip => "tip",
                    AlertType::Warning => "warning",
                    AlertType::Caution => "danger",
                };
                self.draft
                    .open(Element::named("callout").with("kind", kind))?;
                if let Some(title) = &alert.title {
                    self.draft.open(Element::named("paragraph"))?;
                    self.draft.text(title, &[Mark::named("bold")])?;
                    self.draft.close();
                }
                return Ok(());
            }
            NodeValue::CodeBlock(code) if code.info.trim() == "math" => {
                let formula = code.literal.trim();
                return match formula.is_empty() {
                    true => Ok(()),
                    false => self
                        .draft
                        .leaf(Element::named("blockMath").with("latex", formula)),
                };
            }
            NodeValue::CodeBlock(code) => {
                let mut block = Element::named("codeBlock");
                if let Some(language) = code.info.split_whitespace().next() {
                    block = block.with("language", language);
                }
                if code.info.split_whitespace().count() > 1 {
                    self.draft
                        .simplified
                        .note("what follows the language of code");
                }
                let literal = code.literal.strip_suffix('\n').unwrap_or(&code.literal);
                self.draft.open(block)?;
                self.draft.text(literal, &[])?;
                self.draft.close();
                return Ok(());
            }
            NodeValue::HtmlBlock(html) if self.folds(node, &html.literal)? => return Ok(()),
            NodeValue::HtmlBlock(html) => {
                return read_into(&html.literal, &mut self.draft, Code::Flows);
            }
            NodeValue::ThematicBreak => return self.draft.leaf(Element::named("horizontalRule")),
            NodeValue::Table(_) => Element::named("table"),
            NodeValue::TableRow(_) => {
                self.column = 0;
                Element::named("tableRow")
            }
            NodeValue::TableCell => {
                self.column += 1;
                cell(node, self.column - 1)
            }
            _ => return Ok(()),
        };
        self.draft.open(block)
    }

    /// Begins or ends details, if that is what markup does.
    fn folds(&mut self, node: Node<'a>, html: &str) -> Result<bool, ImportError> {
        let Some(around) = node.parent() else {
            return Ok(false);
        };
        let rest = match fold(html) {
            Some(Fold::Opens(summary, rest)) => {
                self.draft.open(Element::named("details"))?;
                read_into(summary, &mut self.draft, Code::Flows)?;
                self.draft.open(Element::named("detailsContent"))?;
                self.folds.push(around);
                rest
            }
            Some(Fold::Closes(rest))
                if self.folds.last().is_some_and(|open| open.same_node(around)) =>
            {
                self.unfold();
                rest
            }
            _ => return Ok(false),
        };
        if !rest.trim().is_empty() {
            read_into(rest, &mut self.draft, Code::Flows)?;
        }
        Ok(true)
    }

    fn unfold(&mut self) {
        self.folds.pop();
        self.draft.close();
        self.draft.close();
    }

    fn leave(&mut self, node: Node<'a>) {
        // Details end with the block that they began in.
        while self.folds.last().is_some_and(|open| open.same_node(node)) {
            self.unfold();
        }
        if matches!(
            node.data().value,
            NodeValue::BlockQuote
                | NodeValue::Alert(_)
                | NodeValue::List(_)
                | NodeValue::Item(_)
                | NodeValue::TaskItem(_)
                | NodeValue::Table(_)
                | NodeValue::TableRow(_)
        ) {
            self.draft.close();
        } else if matches!(node.data().value, NodeValue::HtmlBlock(_)) {
            self.draft.end_line();
        }
    }
}

fn cell(node: Node<'_>, column: usize) -> Element {
    let row = node.parent();
    let is_header = row.is_some_and(|row| matches!(row.data().value, NodeValue::TableRow(true)));
    let name = if is_header {
        "tableHeader"
    } else {
        "tableCell"
    };
    let align = row
        .and_then(|row| row.parent())
        .and_then(|table| match &table.data().value {
            NodeValue::Table(table) => table.alignments.get(column).copied(),
            _ => None,
        });
    let cell = Element::named(name).with("colspan", 1).with("rowspan", 1);
    match align {
        Some(TableAlignment::Left) => cell.with("align", "left"),
        Some(TableAlignment::Center) => cell.with("align", "center"),
        Some(TableAlignment::Right) => cell.with("align", "right"),
        _ => cell,
    }
}
