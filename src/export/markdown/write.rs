//! A document as Markdown: its blocks, each where comrak may write one of its kind. What
//! has rules of its own has a room: code, details, lists, tables, and what stands in lines.

use comrak::nodes::{AlertType, ListType, Node, NodeAlert, NodeHeading, NodeValue};
use comrak::{Arena, format_commonmark};

use super::arrangement::arranged;
use super::dialect;
use super::formula::stands_by_itself;
use super::line::{Line, Place};
use super::proportion::depth;
use crate::export::format::Rendered;
use crate::export::schema;
use crate::export::simplified::Simplified;
use crate::export::tree::{DOCUMENT, Element, Part, Step, Tree};
use code::Code;
use list::is_list;
use table::{Columns, is_row, is_table};

mod code;
mod details;
mod inline;
mod list;
mod table;

/// Whether anything of a node is written: of a paragraph without words nothing is,
/// nor of what holds nothing else.
fn says(tree: &Tree) -> Vec<bool> {
    let nodes = tree.nodes();
    let mut says = vec![false; nodes.len()];
    for place in (0..nodes.len()).rev() {
        says[place] = match &nodes[place].part {
            Part::Run(run) => !run.text.trim().is_empty() || run.mark(schema::CODE).is_some(),
            Part::Element(element) => match &*element.name {
                "hardBreak" | "paragraph" | "blockquote" | "listItem" | "taskItem" | DOCUMENT => {
                    tree.children(place).any(|child| says[child])
                }
                _ => true,
            },
        };
    }
    says
}

/// The document as Markdown. Empty paragraphs are left out: Markdown has none.
/// Any tree is written: of what stands where Markdown can have nothing of its kind, what
/// was [missing](arranged) is written around it.
pub fn write(tree: &Tree) -> Rendered {
    let (tree, is_changed) = arranged(tree);
    let tree = &*tree;
    let mut simplified = Simplified::default();
    if is_changed {
        simplified.note("blocks in lists and tables without items and cells");
    }
    let arena = Arena::new();
    let document = arena.alloc(NodeValue::Document.into());
    let mut writer = Writer {
        arena: &arena,
        tree,
        open: vec![Open {
            parent: document,
            line: None,
            item: None,
            end: None,
        }],
        line: Line::default(),
        code: None,
        deepest: depth(tree),
        says: says(tree),
        cells: 0,
        columns: Columns::default(),
        simplified,
    };
    let mut steps = tree.steps();
    while let Some(step) = steps.next() {
        match step {
            Step::Enter(place, element) => {
                if !writer.enter(place, element) {
                    steps.skip_inside();
                }
            }
            Step::Run(run) => match &mut writer.code {
                Some(code) => code.write(&run.text),
                None => writer.line.run(run, &mut writer.simplified),
            },
            Step::Leave(element) => writer.leave(element),
        }
    }
    writer.flush();
    let simplified = writer.simplified;
    let mut body = String::new();
    // Writing to a string does not fail.
    let _ = format_commonmark(document, &dialect(), &mut body);
    Rendered { body, simplified }
}

/// An element that is open.
struct Open<'a> {
    /// Where blocks in it are written.
    parent: Node<'a>,
    /// Where its line is written, if it has one of its own.
    line: Option<(Node<'a>, Place)>,
    /// Its place, if it is an item.
    item: Option<usize>,
    /// What is written behind all that is in it.
    end: Option<&'static str>,
}

struct Writer<'a, 't> {
    arena: &'a Arena<'a>,
    tree: &'t Tree,
    open: Vec<Open<'a>>,
    line: Line,
    /// The outermost block of code that is open.
    code: Option<Code>,
    /// The deepest level at which a block that holds blocks is written as one.
    deepest: usize,
    /// Of each node, whether anything of it is written.
    says: Vec<bool>,
    /// How many cells are open: in one there are no blocks.
    cells: usize,
    /// Those of the row that is written.
    columns: Columns,
    simplified: Simplified,
}

impl<'a> Writer<'a, '_> {
    fn parent(&self) -> Node<'a> {
        self.open[self.open.len() - 1].parent
    }

    fn node(&self, parent: Node<'a>, value: NodeValue) -> Node<'a> {
        let node = self.arena.alloc(value.into());
        append(parent, node);
        node
    }

    /// Whether a block that holds blocks is written as one.
    fn nests(&mut self, place: usize) -> bool {
        let is_deep = self.open.len() > self.deepest;
        if is_deep {
            self.simplified.note("blocks nested too deeply");
        }
        !is_deep && self.has_blocks(place)
    }

    /// Begins an element. Whether what is in it is to be written.
    fn enter(&mut self, place: usize, element: &Element) -> bool {
        let name = &*element.name;
        if self.code.is_some() {
            self.enter_in_code(element);
            return true;
        }
        if schema::is_inline(name) || (name == "image" && !self.line.is_empty()) {
            self.inline(element);
            self.open_nothing();
            return true;
        }
        if self.cells > 0 {
            self.enter_in_cell(element);
            return true;
        }
        self.flush();
        let parent = self.parent();
        let mut line = None;
        let mut item = None;
        let mut end = None;
        if !self.says[place] && !matches!(name, "listItem" | "taskItem") {
            if name == "paragraph" && self.is_needed(place, parent) {
                self.no_words(parent);
            }
            self.open_nothing();
            return false;
        }
        let inside = match name {
            "paragraph" => {
                let paragraph: Node<'a> = self.arena.alloc(NodeValue::Paragraph.into());
                line = Some((paragraph, Place::Paragraph));
                parent
            }
            "heading" => {
                let level = element.number("level").unwrap_or(1).clamp(1, 6) as u8;
                let heading = NodeValue::Heading(NodeHeading {
                    level,
                    ..NodeHeading::default()
                });
                line = Some((self.node(parent, heading), Place::Heading));
                parent
            }
            "blockquote" if self.nests(place) => self.node(parent, NodeValue::BlockQuote),
            "callout" if self.nests(place) => self.callout(element, parent),
            "details" if self.folds(place) => {
                end = Some("</details>");
                parent
            }
            "detailsSummary" if self.is_folded() => {
                self.summary(place, parent);
                self.open_nothing();
                return false;
            }
            "detailsContent" if self.is_folded() => parent,
            "bulletList" | "taskList" if self.nests(place) => {
                self.list(place, ListType::Bullet, 1, parent)
            }
            "orderedList" if self.nests(place) => {
                let start = self.start(place, element);
                self.list(place, ListType::Ordered, start, parent)
            }
            "listItem" if is_list(parent) => {
                item = Some(place);
                self.item(parent)
            }
            "taskItem" if is_list(parent) => self.task(element, parent),
            "codeBlock" => {
                self.begin_code();
                parent
            }
            "horizontalRule" => {
                self.node(parent, NodeValue::ThematicBreak);
                parent
            }
            "table" => self.table(place, parent),
            "tableRow" if is_table(parent) => {
                let is_first = parent.first_child().is_none();
                self.node(parent, NodeValue::TableRow(is_first))
            }
            "tableCell" | "tableHeader" if is_row(parent) => {
                self.cells += 1;
                let cell = self.cell(place, parent);
                line = Some((cell, Place::Cell));
                parent
            }
            "image" => {
                self.inline(element);
                parent
            }
            "blockMath" => {
                let formula = element.text("latex").unwrap_or_default();
                match stands_by_itself(formula) {
                    true => self.line.formula(formula, true),
                    false => self.fenced(parent, "math".to_owned(), format!("{formula}\n")),
                }
                parent
            }
            "blockquote" | "callout" | "bulletList" | "taskList" | "orderedList" | "listItem"
            | "taskItem" | "tableRow" | "tableCell" | "tableHeader" => parent,
            other => {
                self.simplified.unknown(other);
                if let Some(formula) = element.text("latex") {
                    self.line.plain(formula);
                }
                parent
            }
        };
        self.open.push(Open {
            parent: inside,
            line,
            item,
            end,
        });
        true
    }

    /// An element that is written into what is around it.
    fn open_nothing(&mut self) {
        self.open.push(Open {
            parent: self.parent(),
            line: None,
            item: None,
            end: None,
        });
    }

    fn leave(&mut self, element: &Element) {
        let Some(open) = self.open.pop() else { return };
        let name = &*element.name;
        if self.code.is_some() {
            return self.leave_in_code(element);
        }
        if let Some((node, place)) = open.line {
            let line = std::mem::take(&mut self.line);
            line.write(self.arena, node, place);
            if place == Place::Paragraph {
                self.end_paragraph(open.parent, node);
            }
            if matches!(name, "tableCell" | "tableHeader") {
                self.cells -= 1;
            }
        } else if self.cells == 0
            && !schema::is_inline(name)
            && (name != "image" || !self.open.iter().any(|open| open.line.is_some()))
        {
            self.flush_into(open.parent);
        }
        if let Some(end) = open.end {
            self.markup(open.parent, end.to_owned());
        }
        if name == "tableRow" && self.cells == 0 && is_row(open.parent) {
            self.fill_row(open.parent);
        }
    }

    /// Puts a paragraph where it belongs. One without words is none.
    fn end_paragraph(&self, parent: Node<'a>, paragraph: Node<'a>) {
        if paragraph.first_child().is_some() {
            append(parent, paragraph);
        }
    }

    /// Writes a line that stands in no block of its own, as a paragraph.
    fn flush(&mut self) {
        self.flush_into(self.parent());
    }

    fn flush_into(&mut self, parent: Node<'a>) {
        if self.line.is_empty() || self.cells > 0 {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let paragraph: Node<'a> = self.arena.alloc(NodeValue::Paragraph.into());
        line.write(self.arena, paragraph, Place::Paragraph);
        self.end_paragraph(parent, paragraph);
    }

    fn callout(&self, element: &Element, parent: Node<'a>) -> Node<'a> {
        let alert_type = match element.text("kind") {
            Some("tip") => AlertType::Tip,
            Some("warning") => AlertType::Warning,
            Some("danger") => AlertType::Caution,
            _ => AlertType::Note,
        };
        let alert = NodeAlert {
            alert_type,
            title: None,
            multiline: false,
            fence_length: 0,
            fence_offset: 0,
        };
        self.node(parent, NodeValue::Alert(Box::new(alert)))
    }

    fn has_blocks(&self, place: usize) -> bool {
        self.tree.children(place).next().is_some()
    }
}

/// Puts a node into the nearest that may hold one of its kind: comrak writes no other
/// tree, and ends the thread instead.
fn append<'a>(parent: Node<'a>, node: Node<'a>) {
    let mut parent = parent;
    while !parent.can_contain_type(&node.data().value)
        && let Some(around) = parent.parent()
    {
        parent = around;
    }
    parent.append(node);
}
