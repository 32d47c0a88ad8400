//! A document from Markdown. Any text is Markdown.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{AlertType, ListType, Node, NodeLink, NodeValue, TableAlignment};
use comrak::{Arena, parse_document};

use super::dialect_for;
use super::fold::{Fold, fold};
use crate::export::address::{is_safe_image, is_safe_link};
use crate::export::draft::Draft;
use crate::export::html::read::{Code, image, link, read_into};
use crate::export::html::write::{Writer, escape};
use crate::export::import::{ImportError, Imported, text};
use crate::export::schema::{HEADING_LEVELS, Holds};
use crate::export::tree::{Element, Mark};

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

    /// What stands in the line of a block.
    fn line(&mut self, block: Node<'_>) -> Result<(), ImportError> {
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

fn is_image(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Image(_))
}

/// The words of a picture, without what they look like.
fn words(image: Node<'_>) -> String {
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

/// Whether an item stands in a list without numbers.
fn is_bullet(item: Node<'_>) -> bool {
    item.parent().is_some_and(|list| {
        matches!(&list.data().value, NodeValue::List(list) if list.list_type == ListType::Bullet)
    })
}

fn is_task(item: Node<'_>) -> bool {
    matches!(item.data().value, NodeValue::TaskItem(_))
}

/// What holds an item of a list without numbers.
fn bullets(item: Option<Node<'_>>) -> &'static str {
    if item.is_some_and(is_task) {
        "taskList"
    } else {
        "bulletList"
    }
}

fn begins_another_list(item: Node<'_>) -> bool {
    let other = |before: Node<'_>| is_task(before) != is_task(item);
    is_bullet(item) && item.previous_sibling().is_some_and(other)
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
fn source(display: bool, literal: &str) -> String {
    let fence = if display { "$$" } else { "$" };
    let literal = literal.replace(['\n', '\r'], " ");
    format!("{fence}{literal}{fence}")
}

/// The line of a block as HTML, where there is HTML in it: which elements begin and
/// end is then for a parser of HTML to say.
fn markup(block: Node<'_>) -> String {
    let has_blocks = matches!(block.data().value, NodeValue::Paragraph);
    let mut html = String::new();
    let mut walk = block.traverse().skip(1);
    while let Some(edge) = walk.next() {
        match edge {
            NodeEdge::Start(node) if is_image(node) => {
                if let NodeValue::Image(to) = &node.data().value {
                    let words = words(node);
                    let title = (!to.title.is_empty()).then_some(&*to.title);
                    let mut writer = Writer::default();
                    writer.picture(&image(&to.url, Some(&*words), title, None));
                    html.push_str(&writer.html);
                }
                for edge in walk.by_ref() {
                    if matches!(edge, NodeEdge::End(end) if end.same_node(node)) {
                        break;
                    }
                }
            }
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
                    let name = match math.display_math && has_blocks {
                        true => "div",
                        false => "span",
                    };
                    html.push_str(&format!("<{name} data-latex=\""));
                    escape(&mut html, &math.literal);
                    html.push_str(&format!("\"></{name}>"));
                }
                NodeValue::Link(to) => {
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
                NodeValue::Link(_) => "</a>",
                NodeValue::Strong => "</strong>",
                NodeValue::Emph => "</em>",
                NodeValue::Strikethrough => "</s>",
                _ => "",
            }),
        }
    }
    html
}
