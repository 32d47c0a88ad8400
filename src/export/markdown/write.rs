//! A document as Markdown.

use comrak::nodes::{
    AlertType, ListDelimType, ListType, Node, NodeAlert, NodeCodeBlock, NodeHeading, NodeHtmlBlock,
    NodeList, NodeTaskItem, NodeValue,
};
use comrak::{Arena, format_commonmark};

use super::arrangement::arranged;
use super::dialect;
use super::formula::stands_by_itself;
use super::line::{Line, Place};
use super::proportion::depth;
use crate::export::address::{is_safe_image, is_safe_link};
use crate::export::format::Rendered;
use crate::export::html::write::Writer as Markup;
use crate::export::schema;
use crate::export::simplified::Simplified;
use crate::export::text::write::instead;
use crate::export::tree::{DOCUMENT, Element, Part, Step, Tree, steps};

/// What stands for the words of an item that has none.
const NO_WORDS: &str = "&nbsp;";

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

/// A block of code that is open.
struct Code {
    text: String,
    /// Whether a block began or ended behind the text.
    breaks: bool,
    /// How many elements are open around it.
    level: usize,
}

impl Code {
    fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.breaks) && !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }
}

pub(super) struct Writer<'a, 't> {
    arena: &'a Arena<'a>,
    pub(super) tree: &'t Tree,
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
    pub(super) simplified: Simplified,
}

impl<'a> Writer<'a, '_> {
    fn parent(&self) -> Node<'a> {
        self.open[self.open.len() - 1].parent
    }

    pub(super) fn node(&self, parent: Node<'a>, value: NodeValue) -> Node<'a> {
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
                let paragraph = self.node(parent, NodeValue::Paragraph);
                self.node(paragraph, NodeValue::Raw(NO_WORDS.to_owned()));
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
                line = Some((self.node(parent, heading), Place::Single));
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
                self.node(parent, self.list(place, ListType::Bullet, 1))
            }
            "orderedList" if self.nests(place) => {
                let start = element.number("start").unwrap_or(1);
                let start = usize::try_from(start.clamp(0, 999_999_999)).unwrap_or(1);
                self.node(parent, self.list(place, ListType::Ordered, start))
            }
            "listItem" if is_list(parent) => {
                item = Some(place);
                let list = NodeList::default();
                self.node(parent, NodeValue::Item(list))
            }
            "taskItem" if is_list(parent) => {
                let symbol = element.is("checked").then_some('x');
                let task = NodeTaskItem {
                    symbol,
                    symbol_sourcepos: (0, 0, 0, 0).into(),
                };
                self.node(parent, NodeValue::TaskItem(task))
            }
            "codeBlock" => {
                self.code = Some(Code {
                    text: String::new(),
                    breaks: false,
                    level: self.open.len(),
                });
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
                line = Some((cell, Place::Single));
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

    /// Something in a line that is no text.
    fn inline(&mut self, element: &Element) {
        match &*element.name {
            "hardBreak" => self.line.line_break(),
            "inlineMath" => {
                let formula = element.text("latex").unwrap_or_default();
                let formula = formula.replace(|c: char| c.is_control(), " ");
                if !formula.trim().is_empty() {
                    self.line.formula(formula.trim(), false);
                }
            }
            "image" => {
                let said = |name| element.text(name).unwrap_or_default();
                let mut around = said("href");
                if !is_safe_link(around) {
                    self.simplified.note("links with unsafe addresses");
                    around = "";
                }
                match is_safe_image(said("src")) {
                    true if element.number("width").is_some() => {
                        let mut markup = Markup::default();
                        markup.picture(element);
                        self.line.markup(&markup.html, around);
                    }
                    true => {
                        let source = said("src");
                        self.line.image(source, said("alt"), said("title"), around);
                    }
                    false => {
                        self.simplified.note("images with unsafe addresses");
                        self.line.plain(said("alt"));
                    }
                }
            }
            other => {
                let words = instead(element);
                if words.is_empty() {
                    self.simplified.unknown(other);
                }
                self.line.plain(&words);
            }
        }
    }

    /// In a cell there are no blocks: they stand one after the other in its line.
    fn enter_in_cell(&mut self, element: &Element) {
        if !self.line.is_empty() {
            self.simplified.note("blocks in table cells as lines");
            self.line.line_break();
        }
        match &*element.name {
            "paragraph" => {}
            "image" => self.inline(element),
            name => {
                self.simplified.note("blocks in table cells as lines");
                if let Some(formula) = element.text("latex") {
                    let formula = formula.replace(|c: char| c.is_control(), " ");
                    self.line.formula(formula.trim(), false);
                }
                if schema::node_type(name).is_none() {
                    self.simplified.unknown(name);
                }
            }
        }
        self.open_nothing();
    }

    /// A block inside code is its text, from a new line.
    fn enter_in_code(&mut self, element: &Element) {
        let is_inline = schema::is_inline(&element.name);
        if !is_inline {
            self.simplified.note("blocks in code as its text");
        }
        if let Some(code) = &mut self.code {
            code.breaks |= !is_inline;
            code.write(&instead(element));
        }
        self.open_nothing();
    }

    fn leave(&mut self, element: &Element) {
        let Some(open) = self.open.pop() else { return };
        let name = &*element.name;
        if let Some(code) = self.code.take_if(|code| code.level == self.open.len()) {
            return self.end_code(element, code.text);
        }
        if let Some(code) = &mut self.code {
            code.breaks |= !schema::is_inline(name);
            return;
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

    fn end_code(&mut self, element: &Element, mut literal: String) {
        if !literal.is_empty() {
            literal.push('\n');
        }
        let language = element.text("language").unwrap_or_default();
        let info = language.replace(
            |c: char| c.is_whitespace() || c.is_control() || c == '`',
            "",
        );
        self.fenced(self.parent(), info, literal);
    }

    fn fenced(&self, parent: Node<'a>, info: String, literal: String) {
        let block = NodeCodeBlock {
            fenced: true,
            fence_char: b'`',
            fence_length: 3,
            info,
            literal,
            closed: true,
            ..NodeCodeBlock::default()
        };
        self.node(parent, NodeValue::CodeBlock(Box::new(block)));
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

    /// Whether details are as the editor has them, and so are written as such. Others are
    /// their text.
    fn folds(&self, place: usize) -> bool {
        let names: Vec<_> = self
            .tree
            .children(place)
            .map(|child| self.tree.nodes()[child].name())
            .collect();
        names == [Some("detailsSummary"), Some("detailsContent")]
    }

    /// Whether what is entered lies in details that are written as such.
    fn is_folded(&self) -> bool {
        self.open.last().is_some_and(|open| open.end.is_some())
    }

    /// What begins details: where there is markup, all of a line is.
    fn summary(&mut self, place: usize, parent: Node<'a>) {
        let mut markup = Markup::default();
        for step in steps(self.tree.subtree(place)) {
            match step {
                Step::Enter(_, element) => markup.open(element, true),
                Step::Run(run) => markup.run(&run.text, &run.marks),
                Step::Leave(element) => markup.close(element),
            }
        }
        let summary = markup.rendered();
        self.simplified.join(summary.simplified);
        let html = summary.body.trim().replace(['\n', '\r'], " ");
        self.markup(parent, format!("<details>\n{html}"));
    }

    fn markup(&self, parent: Node<'a>, literal: String) {
        let block = NodeHtmlBlock {
            block_type: 6,
            literal,
        };
        self.node(parent, NodeValue::HtmlBlock(block));
    }

    fn has_blocks(&self, place: usize) -> bool {
        self.tree.children(place).next().is_some()
    }

    /// Whether a paragraph without words must be seen: behind a box, which would be
    /// none without it, and where other blocks follow it in an item.
    fn is_needed(&self, place: usize, parent: Node<'a>) -> bool {
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

    /// A list is tight when its items are a paragraph each, with lists behind it that
    /// may follow a paragraph at once: numbers must begin with 1 there, and the first
    /// item must have words.
    fn list(&self, place: usize, list_type: ListType, start: usize) -> NodeValue {
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
        NodeValue::List(NodeList {
            list_type,
            start,
            delimiter: ListDelimType::Period,
            bullet_char: b'-',
            tight: self.tree.children(place).all(is_tight),
            ..NodeList::default()
        })
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

fn is_list(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::List(_))
}

fn is_table(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Table(_))
}

fn is_row(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::TableRow(_))
}
