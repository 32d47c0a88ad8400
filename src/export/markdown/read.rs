//! A document from Markdown. Any text is Markdown.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{ListType, Node, NodeLink, NodeValue, TableAlignment};
use comrak::{Arena, parse_document};

use super::dialect;
use crate::export::address::is_safe_link;
use crate::export::draft::Draft;
use crate::export::html::read::{Code, link, read_into};
use crate::export::html::write::escape;
use crate::export::import::{ImportError, Imported, text};
use crate::export::schema::HEADING_LEVELS;
use crate::export::tree::{Element, Mark};

/// Reads a document.
///
/// # Errors
/// When it is not UTF-8, or too large, or markup in it nests too deeply.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let text = text(bytes, "Markdown")?;
    let arena = Arena::new();
    let root = parse_document(&arena, text, &dialect());
    let mut reader = Reader::default();
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

#[derive(Default)]
struct Reader {
    draft: Draft,
    /// The marks of what is read now, each once,
    marks: Vec<Mark>,
    /// and for every element around it, whether its mark is one of them: how deep they
    /// nest is a stranger's choice.
    around: Vec<bool>,
    /// How many cells of the row were met.
    column: usize,
}

impl Reader {
    fn enter(&mut self, node: Node<'_>) -> Result<(), ImportError> {
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
            NodeValue::List(_) if is_task_list(node) => Element::named("taskList"),
            NodeValue::List(_) => Element::named("bulletList"),
            NodeValue::TaskItem(task) if node.parent().is_some_and(is_task_list) => {
                Element::named("taskItem").with("checked", task.symbol.is_some())
            }
            NodeValue::Item(_) | NodeValue::TaskItem(_) => Element::named("listItem"),
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

    fn leave(&mut self, node: Node<'_>) {
        if matches!(
            node.data().value,
            NodeValue::BlockQuote
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

    /// What stands in the line of a block.
    fn line(&mut self, block: Node<'_>) -> Result<(), ImportError> {
        // A task that stands in a list of other items keeps its box as letters.
        if let Some(item) = block.parent()
            && let NodeValue::TaskItem(task) = &item.data().value
            && block.previous_sibling().is_none()
            && !item.parent().is_some_and(is_task_list)
        {
            self.draft.simplified.note("tasks among other items");
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
        for edge in block.traverse().skip(1) {
            match edge {
                NodeEdge::Start(node) => self.inline(node)?,
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

    fn inline(&mut self, node: Node<'_>) -> Result<(), ImportError> {
        let mark = match &node.data().value {
            NodeValue::Text(text) => return self.draft.text(text, &self.marks),
            NodeValue::SoftBreak => return self.draft.text(" ", &self.marks),
            NodeValue::LineBreak => return self.draft.leaf(Element::named("hardBreak")),
            NodeValue::Code(code) => {
                self.marks.push(Mark::named("code"));
                let written = self.draft.text(&code.literal, &self.marks);
                self.marks.pop();
                return written;
            }
            NodeValue::Math(math) => {
                self.draft.simplified.note("maths as its source");
                return self
                    .draft
                    .text(&formula(math.display_math, &math.literal), &self.marks);
            }
            NodeValue::Image(image) => self.image(image),
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

    /// The editor has no pictures: their words are a link to them.
    fn image(&mut self, image: &NodeLink) -> Option<Mark> {
        self.draft.simplified.note("images as links");
        self.link(image)
    }
}

fn is_mark(node: Node<'_>) -> bool {
    matches!(
        node.data().value,
        NodeValue::Link(_)
            | NodeValue::Image(_)
            | NodeValue::Strong
            | NodeValue::Emph
            | NodeValue::Strikethrough
    )
}

/// Whether it stands for the words of an item that has none.
fn is_wordless(block: Node<'_>) -> bool {
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

fn is_task_list(list: Node<'_>) -> bool {
    let is_task = |item: Node<'_>| matches!(item.data().value, NodeValue::TaskItem(_));
    match &list.data().value {
        NodeValue::List(inside) => {
            inside.list_type == ListType::Bullet && list.children().all(is_task)
        }
        _ => false,
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

/// A formula as it is written. In one line: to TeX a line's end is a space.
fn formula(display: bool, literal: &str) -> String {
    let fence = if display { "$$" } else { "$" };
    let literal = literal.replace(['\n', '\r'], " ");
    format!("{fence}{literal}{fence}")
}

/// The line of a block as HTML, where there is HTML in it: which elements begin and
/// end is then for a parser of HTML to say.
fn markup(block: Node<'_>) -> String {
    let mut html = String::new();
    for edge in block.traverse().skip(1) {
        match edge {
            NodeEdge::Start(node) => match &node.data().value {
                NodeValue::Text(text) => escape(&mut html, text.as_ref()),
                NodeValue::SoftBreak => html.push(' '),
                NodeValue::LineBreak => html.push_str("<br>"),
                NodeValue::HtmlInline(markup) => html.push_str(markup),
                NodeValue::Code(code) => {
                    html.push_str("<code>");
                    escape(&mut html, &code.literal);
                    html.push_str("</code>");
                }
                NodeValue::Math(math) => {
                    escape(&mut html, &formula(math.display_math, &math.literal));
                }
                NodeValue::Link(to) | NodeValue::Image(to) => {
                    html.push_str("<a href=\"");
                    escape(&mut html, &to.url);
                    if !to.title.is_empty() {
                        html.push_str("\" title=\"");
                        escape(&mut html, &to.title);
                    }
                    html.push_str("\">");
                }
                NodeValue::Strong => html.push_str("<strong>"),
                NodeValue::Emph => html.push_str("<em>"),
                NodeValue::Strikethrough => html.push_str("<s>"),
                _ => {}
            },
            NodeEdge::End(node) => html.push_str(match &node.data().value {
                NodeValue::Link(_) | NodeValue::Image(_) => "</a>",
                NodeValue::Strong => "</strong>",
                NodeValue::Emph => "</em>",
                NodeValue::Strikethrough => "</s>",
                _ => "",
            }),
        }
    }
    html
}
