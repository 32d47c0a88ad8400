//! A document from HTML: a page, a fragment, or what a clipboard holds.
//!
//! It is cleaned by ammonia first, so that scripts, styles and what else is no content
//! are gone before anything is read; then only elements that are named here mean
//! something, and the text of all others stays.

use std::time::Instant;

use yrs::Any;

use super::parse::{Data, Page, parse};
use super::vocabulary::{CLEANER, is_boundary, is_known};
use crate::export::address::is_safe_link;
use crate::export::draft::Draft;
use crate::export::import::{ImportError, Imported, text};
use crate::export::schema::{CODE, HEADING_LEVELS, HIGHLIGHTS, Holds, SPAN};
use crate::export::tree::{Element, Mark};

/// Reads a document.
///
/// # Errors
/// When it is not UTF-8, nests too deeply, or is too large.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let mut draft = Draft::default();
    read_into(text(bytes, "HTML")?, &mut draft, Code::Flows)?;
    draft.finish()
}

/// What spaces in code are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::export) enum Code {
    /// As many as there are.
    Kept,
    /// One, as between other words.
    Flows,
}

/// Reads markup into a document that is being written.
pub(in crate::export) fn read_into(
    html: &str,
    draft: &mut Draft,
    code: Code,
) -> Result<(), ImportError> {
    draft.patience.allow(html.len());
    let began = Instant::now();
    // Parsed within bounds before the cleaner, which has none, sees it.
    if parse(html, draft.patience.left)?
        .names()
        .any(|name| !is_known(name))
    {
        draft
            .simplified
            .note("elements of HTML that mean nothing here");
    }
    let clean = CLEANER.clean(html).to_string();
    draft.patience.spend(began.elapsed());
    let began = Instant::now();
    let page = parse(&clean, draft.patience.left)?;
    draft.patience.spend(began.elapsed());
    let mut reader = Reader {
        page: &page,
        draft,
        marks: Vec::new(),
        code,
        space: None,
        begins: true,
        verbatim: 0,
    };
    reader.begins = reader.draft.holds() != Holds::Line || !reader.draft.has_content();
    reader.walk()
}

enum Todo {
    Enter(usize),
    Leave(Leave),
}

/// What ends with an element.
enum Leave {
    Block,
    Code,
    Boundary,
    Marks(usize),
}

struct Reader<'a> {
    page: &'a Page,
    draft: &'a mut Draft,
    marks: Vec<Mark>,
    code: Code,
    /// There was space, under these marks, that counts once something follows.
    space: Option<Vec<Mark>>,
    /// At the beginning of a line, where space is none.
    begins: bool,
    /// In how many elements where every letter counts.
    verbatim: usize,
}

impl Reader<'_> {
    fn walk(&mut self) -> Result<(), ImportError> {
        let mut todo = vec![Todo::Enter(0)];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Enter(node) => {
                    let enters = match self.page.data(node) {
                        Data::Text(text) => {
                            self.text(text)?;
                            false
                        }
                        Data::Nothing => true,
                        Data::Element { .. } => match self.enter(node)? {
                            Some(leave) => {
                                todo.push(Todo::Leave(leave));
                                true
                            }
                            None => false,
                        },
                    };
                    if enters {
                        let children = self.page.children(node).iter().rev();
                        todo.extend(children.map(|child| Todo::Enter(*child)));
                    }
                }
                Todo::Leave(leave) => self.leave(leave),
            }
        }
        Ok(())
    }

    /// Begins an element. `None`: there is nothing in it.
    fn enter(&mut self, node: usize) -> Result<Option<Leave>, ImportError> {
        let page = self.page;
        let name = page.name(node).unwrap_or_default();
        let mark = match name {
            "b" | "strong" => {
                let normal = self
                    .style(node, "font-weight")
                    .is_some_and(|w| w == "normal");
                (!normal).then(|| Mark::named("bold"))
            }
            "i" | "em" | "cite" | "dfn" | "var" => Some(Mark::named("italic")),
            "s" | "strike" | "del" => Some(Mark::named("strike")),
            "u" | "ins" => Some(Mark::named("underline")),
            "code" | "kbd" | "samp" | "tt" => (self.verbatim == 0).then(|| Mark::named("code")),
            "mark" => {
                let color = page.attribute(node, "data-color").unwrap_or_default();
                let color = HIGHLIGHTS.contains(&color).then_some(color);
                Some(Mark::named("highlight").with("color", color.unwrap_or("yellow")))
            }
            "a" => self.link(node),
            _ => None,
        };
        let depth = self.marks.len();
        if let Some(mark) = mark {
            self.marks.push(mark);
            return Ok(Some(Leave::Marks(depth)));
        }
        let block = match name {
            "p" => Element::named("paragraph"),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = i64::from(name.as_bytes()[1] - b'0');
                if level > HEADING_LEVELS {
                    self.draft.simplified.note("headings deeper than four");
                }
                Element::named("heading").with("level", level.min(HEADING_LEVELS))
            }
            "blockquote" => Element::named("blockquote"),
            "ul" if self.is_task_list(node) => Element::named("taskList"),
            "ul" | "menu" | "dir" => Element::named("bulletList"),
            "ol" => {
                let start = page
                    .attribute(node, "start")
                    .and_then(|said| said.parse().ok());
                let start: i64 = start.unwrap_or(1);
                Element::named("orderedList").with("start", start.clamp(0, 999_999_999))
            }
            "li" => match self.task(node) {
                Some(checked) => Element::named("taskItem").with("checked", checked),
                None => Element::named("listItem"),
            },
            "table" => Element::named("table"),
            "tr" => Element::named("tableRow"),
            "td" => self.cell(node, "tableCell"),
            "th" => self.cell(node, "tableHeader"),
            "hr" => {
                self.boundary();
                self.draft.leaf(Element::named("horizontalRule"))?;
                return Ok(None);
            }
            "br" => {
                self.line_break()?;
                return Ok(None);
            }
            "img" => {
                self.image(node)?;
                return Ok(None);
            }
            "pre" => {
                self.boundary();
                self.draft.open(self.code_block(node))?;
                self.verbatim += 1;
                return Ok(Some(Leave::Code));
            }
            "input" => return Ok(None),
            "span" | "div" if page.attribute(node, "data-latex").is_some() => {
                let formula = page.attribute(node, "data-latex").unwrap_or_default();
                let fence = if name == "div" { "$$" } else { "$" };
                self.draft.simplified.note("maths as its source");
                self.text(&format!("{fence}{formula}{fence}"))?;
                return Ok(None);
            }
            "span" => {
                self.styled(node);
                return Ok(Some(Leave::Marks(depth)));
            }
            "sub" | "sup" => {
                self.draft
                    .simplified
                    .note("subscript and superscript as plain text");
                return Ok(Some(Leave::Marks(depth)));
            }
            _ if is_boundary(name) => {
                self.boundary();
                return Ok(Some(Leave::Boundary));
            }
            _ => return Ok(Some(Leave::Marks(depth))),
        };
        self.boundary();
        self.draft.open(block)?;
        Ok(Some(Leave::Block))
    }

    fn leave(&mut self, leave: Leave) {
        match leave {
            Leave::Marks(depth) => self.marks.truncate(depth),
            Leave::Boundary => self.boundary(),
            Leave::Block => {
                self.draft.close();
                self.boundary();
            }
            Leave::Code => {
                self.draft.close();
                self.verbatim -= 1;
                self.boundary();
            }
        }
    }

    /// A line ends here, if there is one.
    fn boundary(&mut self) {
        self.draft.end_line();
        self.space = None;
        self.begins = true;
    }

    fn text(&mut self, text: &str) -> Result<(), ImportError> {
        if self.verbatim > 0 {
            return self.draft.text(text, &[]);
        }
        if self.code == Code::Kept && self.marks.iter().any(|mark| &*mark.name == CODE) {
            if let Some(marks) = self.space.take() {
                self.draft.text(" ", &marks)?;
            }
            self.begins = false;
            return self.draft.text(text, &self.marks);
        }
        let mut written = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_ascii_whitespace() {
                if !self.begins && self.space.is_none() {
                    self.space = Some(self.marks.clone());
                }
                continue;
            }
            if let Some(marks) = self.space.take() {
                if written.is_empty() {
                    // It belongs to what is outside of the two.
                    let fewer = if marks.len() < self.marks.len() {
                        &marks
                    } else {
                        &self.marks
                    };
                    self.draft.text(" ", fewer)?;
                } else {
                    written.push(' ');
                }
            }
            self.begins = false;
            written.push(c);
        }
        self.draft.text(&written, &self.marks)
    }

    fn line_break(&mut self) -> Result<(), ImportError> {
        if self.verbatim > 0 {
            return self.draft.text("\n", &[]);
        }
        self.space = None;
        self.begins = true;
        self.draft.leaf(Element::named("hardBreak"))
    }

    fn link(&self, node: usize) -> Option<Mark> {
        let address = self.page.attribute(node, "href")?;
        (is_safe_link(address) && !address.trim().is_empty())
            .then(|| link(address, self.page.attribute(node, "title")))
    }

    /// The editor has no pictures: their words are a link to them.
    fn image(&mut self, node: usize) -> Result<(), ImportError> {
        self.draft.simplified.note("images as links");
        let address = self.page.attribute(node, "src").unwrap_or_default();
        let words = self.page.attribute(node, "alt").unwrap_or_default().trim();
        let words = if words.is_empty() { address } else { words };
        let depth = self.marks.len();
        if !self.marks.iter().any(|mark| &*mark.name == "link") && is_safe_link(address) {
            self.marks
                .push(link(address, self.page.attribute(node, "title")));
        }
        let written = self.text(words);
        self.marks.truncate(depth);
        written
    }

    fn cell(&self, node: usize, name: &str) -> Element {
        let mut cell = Element::named(name);
        for span in ["colspan", "rowspan"] {
            let said = self
                .page
                .attribute(node, span)
                .and_then(|said| said.parse().ok());
            let said: i64 = said.unwrap_or(1);
            cell = cell.with(span, said.clamp(1, SPAN));
        }
        let style = self.style(node, "text-align");
        let align = style.or_else(|| self.page.attribute(node, "align"));
        if let Some(align) = align.filter(|align| ["left", "center", "right"].contains(align)) {
            cell = cell.with("align", align);
        }
        let widths = self.page.attribute(node, "data-colwidth").map(|said| {
            let widths = said.split(',').map(|width| width.trim().parse::<i64>());
            widths.collect::<Result<Vec<_>, _>>().unwrap_or_default()
        });
        if let Some(widths) = widths.filter(|widths| !widths.is_empty()) {
            cell = cell.with("colwidth", Any::from(widths));
        }
        cell
    }

    fn code_block(&self, node: usize) -> Element {
        let inside = self.page.children(node).iter().copied();
        let language = inside.chain([node]).find_map(|node| {
            let class = self.page.attribute(node, "class")?;
            class
                .split_ascii_whitespace()
                .find_map(|class| class.strip_prefix("language-"))
        });
        let language = language.or_else(|| self.page.attribute(node, "lang"));
        match language {
            Some(language) => Element::named("codeBlock").with("language", language),
            None => Element::named("codeBlock"),
        }
    }

    fn is_task_list(&self, list: usize) -> bool {
        if self.page.attribute(list, "data-type") == Some("taskList") {
            return true;
        }
        let mut items = self
            .page
            .children(list)
            .iter()
            .filter(|item| self.page.name(**item) == Some("li"))
            .peekable();
        items.peek().is_some() && items.all(|item| self.task(*item).is_some())
    }

    /// Whether an item is that of a list of tasks, and done.
    fn task(&self, item: usize) -> Option<bool> {
        if self.page.attribute(item, "data-type") == Some("taskItem") {
            return Some(self.page.attribute(item, "data-checked") == Some("true"));
        }
        // The box is the first thing in it, or in its first paragraph or label.
        let mut node = item;
        for _ in 0..3 {
            let first = self.page.children(node).iter().find(|child| {
                !matches!(self.page.data(**child), Data::Text(text) if text.trim().is_empty())
            })?;
            if self.page.name(*first) == Some("input") {
                let is_box = self.page.attribute(*first, "type") == Some("checkbox");
                return is_box.then(|| self.page.attribute(*first, "checked").is_some());
            }
            node = *first;
        }
        None
    }

    /// What a style says of words: word processors know no elements for it.
    fn styled(&mut self, node: usize) {
        if let Some(weight) = self.style(node, "font-weight")
            && (weight == "bold" || weight.parse::<u32>().is_ok_and(|weight| weight >= 600))
        {
            self.marks.push(Mark::named("bold"));
        }
        if self.style(node, "font-style") == Some("italic") {
            self.marks.push(Mark::named("italic"));
        }
        let line = self
            .style(node, "text-decoration")
            .or_else(|| self.style(node, "text-decoration-line"))
            .unwrap_or_default();
        let (struck, underlined) = (line.contains("line-through"), line.contains("underline"));
        if struck {
            self.marks.push(Mark::named("strike"));
        }
        if underlined {
            self.marks.push(Mark::named("underline"));
        }
    }

    fn style(&self, node: usize, property: &str) -> Option<&str> {
        let style = self.page.attribute(node, "style")?;
        style.split(';').find_map(|said| {
            let (name, value) = said.split_once(':')?;
            (name.trim() == property).then(|| value.trim())
        })
    }
}

/// A link as the editor makes one.
pub(in crate::export) fn link(address: &str, title: Option<&str>) -> Mark {
    Mark::named("link")
        .with("href", address)
        .with("target", "_blank")
        .with("rel", "noopener noreferrer nofollow")
        .with("class", Any::Null)
        .with("title", title.map_or(Any::Null, Any::from))
}
