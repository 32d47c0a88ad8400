//! A document from HTML: a page, a fragment, or what a clipboard holds.
//!
//! It is cleaned by ammonia first, so that scripts, styles and what else is no content
//! are gone before anything is read; then only elements that are named here mean
//! something, and the text of all others stays.

mod attributes;
mod line;
mod script;

use std::time::Instant;

use yrs::Any;

use super::parse::{Data, Page, parse};
use super::vocabulary::{CLEANER, is_boundary, is_known};
use crate::export::draft::Draft;
use crate::export::import::{ImportError, Imported, text};
use crate::export::schema::{CALLOUTS, HEADING_LEVELS, HIGHLIGHTS, Holds};
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
        behind_figure: false,
        in_summary: false,
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
    Summary,
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
    /// Nothing stands behind a picture or a formula yet: a break there is none.
    behind_figure: bool,
    /// In the words of details that are always seen, where there are no blocks.
    in_summary: bool,
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
            "ins" | "del" if page.attribute(node, "data-id").is_some() => {
                Some(self.suggestion(node))
            }
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
        if self.in_summary && (is_block(name) || is_boundary(name)) {
            self.space_here();
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
                self.formula(formula, name == "div")?;
                return Ok(None);
            }
            "aside" if page.attribute(node, "data-type") == Some("callout") => {
                let kind = page.attribute(node, "data-kind").unwrap_or_default();
                let kind = CALLOUTS.iter().find(|known| **known == kind);
                Element::named("callout").with("kind", *kind.unwrap_or(&CALLOUTS[0]))
            }
            "details" => Element::named("details"),
            "div"
                if page.attribute(node, "data-type") == Some("detailsContent")
                    && self.draft.wants("detailsContent") =>
            {
                Element::named("detailsContent")
            }
            "summary" if self.draft.wants("detailsSummary") => {
                self.boundary();
                self.draft.open(Element::named("detailsSummary"))?;
                self.in_summary = true;
                return Ok(Some(Leave::Summary));
            }
            "span" => {
                self.styled(node);
                return Ok(Some(Leave::Marks(depth)));
            }
            "sub" | "sup" => {
                if let Some(letters) = self.script(node) {
                    self.text(&letters)?;
                    return Ok(None);
                }
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
            Leave::Summary => {
                self.in_summary = false;
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
}

/// Whether an element ends a line, and means something of its own.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "blockquote"
            | "ul"
            | "ol"
            | "menu"
            | "dir"
            | "li"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "hr"
            | "pre"
    )
}

/// A picture as the editor makes one; what is not said is null.
pub(in crate::export) fn image(
    address: &str,
    words: Option<&str>,
    title: Option<&str>,
    around: Option<&str>,
) -> Element {
    let said = [
        ("src", Some(address)),
        ("alt", words),
        ("title", title),
        ("href", around),
    ];
    let said = said
        .into_iter()
        .filter_map(|(name, said)| Some((name, said?)));
    said.fold(Element::named("image"), |image, (name, said)| {
        image.with(name, said)
    })
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
