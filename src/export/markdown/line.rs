//! What stands in a line, as comrak's inline nodes.
//!
//! Marks nest in one order. Where the signs of Markdown would not be read as marks
//! again (`**` between a letter and a full stop, say), the element of HTML stands for
//! them; so it does for marks that Markdown has no signs for.

use comrak::Arena;
use comrak::nodes::{Node, NodeCode, NodeLink, NodeMath, NodeValue};

use super::emphasis::as_html;
use super::formula::{DOLLAR, escape_formulas, in_cell};
use crate::export::address::is_safe_link;
use crate::export::html::write::suggested;
use crate::export::schema::{DELETION, INSERTION};
use crate::export::simplified::Simplified;
use crate::export::tree::{Mark, Run};

/// The marks, from the outermost to the innermost, and what they are in HTML.
const MARKS: [(&str, &str); 11] = [
    ("link", ""),
    ("bold", "strong"),
    ("italic", "em"),
    ("strike", "del"),
    (INSERTION, "ins"),
    (DELETION, "del"),
    ("underline", "u"),
    ("highlight", "mark"),
    ("subscript", "sub"),
    ("superscript", "sup"),
    ("code", ""),
];

pub(super) const LINK: usize = 0;
pub(super) const BOLD: usize = 1;
pub(super) const ITALIC: usize = 2;
pub(super) const STRIKE: usize = 3;
pub(super) const CODE: usize = 10;

/// Marks that say what is proposed.
const SUGGESTIONS: std::ops::RangeInclusive<usize> = 4..=5;

/// A mark, by its rank, its address and title if it is a link, and what its element
/// says if it is one of a suggestion.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rank {
    pub rank: usize,
    pub link: Option<(String, String)>,
    pub says: String,
}

/// A piece of a line.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(String),
    Break,
    /// A formula, and whether it stands for itself.
    Formula(String, bool),
    Image(String, String, String),
    /// An element of HTML with nothing in it.
    Markup(String),
}

#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub piece: Piece,
    pub marks: Vec<Rank>,
}

/// A line in the making.
#[derive(Debug, Default)]
pub(super) struct Line {
    segments: Vec<Segment>,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a paragraph, where it may be broken.
    Paragraph,
    /// In a heading, where a break is an element of HTML.
    Heading,
    /// In a cell, where it is, too, and a bar ends the cell.
    Cell,
}

impl Line {
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub fn run(&mut self, run: &Run, simplified: &mut Simplified) {
        let mut marks: Vec<Rank> = Vec::with_capacity(run.marks.len());
        for mark in &run.marks {
            match MARKS.iter().position(|(name, _)| *name == &*mark.name) {
                Some(rank) => marks.extend(ranked(rank, mark, simplified)),
                None if &*mark.name == "comment" => simplified.note("comments"),
                None => simplified.note("marks of other kinds"),
            }
        }
        marks.sort_by_key(|mark| mark.rank);
        marks.dedup_by_key(|mark| mark.rank);
        for (place, part) in run.text.split('\n').enumerate() {
            if place > 0 {
                self.line_break();
            }
            self.text(part, &marks);
        }
    }

    fn text(&mut self, text: &str, marks: &[Rank]) {
        if text.is_empty() {
            return;
        }
        let is_code = marks.iter().any(|mark| mark.rank == CODE);
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let mut segment = |text: &str| {
            if !text.is_empty() {
                self.segments.push(Segment {
                    piece: Piece::Text(text.to_owned()),
                    marks: marks.to_vec(),
                });
            }
        };
        let core = text.trim();
        if is_code || core.is_empty() {
            return segment(&text);
        }
        let begins = text.len() - text.trim_start().len();
        segment(&text[..begins]);
        segment(core);
        segment(&text[begins + core.len()..]);
    }

    pub fn plain(&mut self, text: &str) {
        self.text(text, &[]);
    }

    pub fn line_break(&mut self) {
        self.push(Piece::Break);
    }

    pub fn formula(&mut self, formula: &str, display: bool) {
        self.push(Piece::Formula(formula.to_owned(), display));
    }

    /// A picture, and where its link leads, if it has one.
    pub fn image(&mut self, source: &str, words: &str, title: &str, around: &str) {
        let words = words.replace(|c: char| c.is_control(), " ");
        let piece = Piece::Image(source.to_owned(), words, title.to_owned());
        self.linked(piece, around);
    }

    /// An element of HTML, and where its link leads, if it has one.
    pub fn markup(&mut self, html: &str, around: &str) {
        self.linked(Piece::Markup(html.to_owned()), around);
    }

    fn linked(&mut self, piece: Piece, around: &str) {
        let around = around.replace(|c: char| c.is_control(), " ");
        let around = around.trim();
        let link = (!around.is_empty()).then(|| Rank {
            rank: LINK,
            link: Some((around.to_owned(), String::new())),
            says: String::new(),
        });
        self.segments.push(Segment {
            piece,
            marks: link.into_iter().collect(),
        });
    }

    fn push(&mut self, piece: Piece) {
        self.segments.push(Segment {
            piece,
            marks: Vec::new(),
        });
    }

    /// Writes the line into `parent`.
    pub fn write<'a>(self, arena: &'a Arena<'a>, parent: Node<'a>, place: Place) {
        let mut segments = spaced(self.segments);
        escape_formulas(&mut segments);
        let html = as_html(&segments);
        let mut writer = Writer {
            arena,
            open: Vec::new(),
            parent,
            place,
        };
        for (place, (segment, html)) in segments.iter().zip(html).enumerate() {
            writer.marks(segment, &html);
            let is_address = is_address(&segments, place);
            writer.piece(segment, is_address);
        }
        writer.leave(0);
    }
}

fn ranked(rank: usize, mark: &Mark, simplified: &mut Simplified) -> Option<Rank> {
    let link = match MARKS[rank].0 {
        "link" => {
            let address = mark.text("href").unwrap_or_default();
            if !is_safe_link(address) {
                simplified.note("links with unsafe addresses");
                return None;
            }
            let shown = |text: &str| text.replace(|c: char| c.is_control(), " ");
            let title = mark.text("title").unwrap_or_default();
            Some((shown(address).trim().to_owned(), shown(title)))
        }
        "highlight" => {
            if mark.text("color").is_some_and(|color| color != "yellow") {
                simplified.note("colours of highlights");
            }
            None
        }
        _ => None,
    };
    let says = match SUGGESTIONS.contains(&rank) {
        true => suggested(mark),
        false => String::new(),
    };
    Some(Rank { rank, link, says })
}

/// Spaces at the ends of the line and around breaks are none; those at the edge of
/// marks stand outside of them.
fn spaced(segments: Vec<Segment>) -> Vec<Segment> {
    let is_space = |segment: &Segment| match &segment.piece {
        Piece::Text(text) => {
            text.chars().all(char::is_whitespace)
                && !segment.marks.iter().any(|mark| mark.rank == CODE)
        }
        _ => false,
    };
    let is_break = |segment: &Segment| matches!(segment.piece, Piece::Break);
    let mut spaced: Vec<Segment> = Vec::with_capacity(segments.len());
    let mut rest = segments.into_iter().peekable();
    while let Some(mut segment) = rest.next() {
        if !is_space(&segment) {
            spaced.push(segment);
            continue;
        }
        let proposed = proposed(&segment.marks);
        while let Some(more) =
            rest.next_if(|next| is_space(next) && self::proposed(&next.marks) == proposed)
        {
            if let (Piece::Text(text), Piece::Text(more)) = (&mut segment.piece, &more.piece) {
                text.push_str(more);
            }
            segment.marks = common(&segment.marks, &more.marks);
        }
        if let (Some(before), Some(after)) = (spaced.last(), rest.peek())
            && !is_break(before)
            && !is_break(after)
        {
            let around = common(&before.marks, &after.marks);
            segment.marks = common(&segment.marks, &around);
            for mark in proposed {
                if !segment.marks.contains(&mark) {
                    segment.marks.push(mark);
                }
            }
            segment.marks.sort_by_key(|mark| mark.rank);
            spaced.push(segment);
        } else {
            // Of spaces of which some are proposed, all stand there.
            while spaced.last().is_some_and(is_space) {
                spaced.pop();
            }
        }
    }
    while spaced.last().is_some_and(is_break) {
        spaced.pop();
    }
    let begins = spaced
        .iter()
        .take_while(|segment| is_break(segment))
        .count();
    spaced.drain(..begins);
    // Neighbours with the same marks are one text, whose letters are seen together.
    spaced.dedup_by(|next, before| match (&mut before.piece, &next.piece) {
        (Piece::Text(text), Piece::Text(more)) if before.marks == next.marks => {
            text.push_str(more);
            true
        }
        _ => false,
    });
    spaced
}

/// What is said of words that are only proposed, which holds for spaces to the letter.
fn proposed(marks: &[Rank]) -> Vec<Rank> {
    let proposed = marks.iter().filter(|mark| SUGGESTIONS.contains(&mark.rank));
    proposed.cloned().collect()
}

/// The marks that both begin with.
pub(super) fn common(one: &[Rank], other: &[Rank]) -> Vec<Rank> {
    let same = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other);
    same.map(|(mark, _)| mark.clone()).collect()
}

/// Whether a segment is a link that says its own address, and nothing else.
fn is_address(segments: &[Segment], place: usize) -> bool {
    let link = |segment: &Segment| segment.marks.first().and_then(|mark| mark.link.clone());
    let Some((url, title)) = link(&segments[place]) else {
        return false;
    };
    let beside = [place.checked_sub(1), place.checked_add(1)];
    let beside = beside
        .into_iter()
        .flatten()
        .filter_map(|place| segments.get(place));
    let is_same =
        |other: &Segment| link(other).is_some_and(|(other, same)| other == url && same == title);
    let says = |text: &str| text == url.strip_prefix("mailto:").unwrap_or(&url);
    title.is_empty()
        && segments[place].marks.len() == 1
        && matches!(&segments[place].piece, Piece::Text(text) if says(text))
        && !beside.into_iter().any(is_same)
}

struct Writer<'a> {
    arena: &'a Arena<'a>,
    /// The marks that are open, whether HTML stands for them, and what was open
    /// before.
    open: Vec<(Rank, bool, Node<'a>)>,
    parent: Node<'a>,
    place: Place,
}

impl<'a> Writer<'a> {
    fn node(&self, value: NodeValue) -> Node<'a> {
        let node = self.arena.alloc(value.into());
        self.parent.append(node);
        node
    }

    fn marks(&mut self, segment: &Segment, html: &[bool]) {
        let wanted = segment.marks.iter().zip(html);
        let same = self
            .open
            .iter()
            .zip(wanted)
            .take_while(|((open, by, _), (mark, html))| open == *mark && by == *html)
            .count();
        self.leave(same);
        for (mark, html) in segment.marks.iter().zip(html).skip(same) {
            if mark.rank == CODE {
                break;
            }
            let before = self.parent;
            if *html {
                let element = MARKS[mark.rank].1;
                self.markup(&format!("<{element}{}>", mark.says));
            } else {
                let value = match (&mark.link, MARKS[mark.rank].0) {
                    (Some((url, title)), _) => NodeValue::Link(Box::new(NodeLink {
                        url: literal(url),
                        title: literal(title),
                    })),
                    (_, "bold") => NodeValue::Strong,
                    (_, "italic") => NodeValue::Emph,
                    _ => NodeValue::Strikethrough,
                };
                self.parent = self.node(value);
            }
            self.open.push((mark.clone(), *html, before));
        }
    }

    fn leave(&mut self, keep: usize) {
        while self.open.len() > keep {
            if let Some((mark, html, before)) = self.open.pop() {
                if html {
                    self.node(NodeValue::HtmlInline(format!("</{}>", MARKS[mark.rank].1)));
                }
                self.parent = before;
            }
        }
    }

    fn piece(&mut self, segment: &Segment, is_address: bool) {
        match &segment.piece {
            // In a cell no signs of code hold a backslash before a bar.
            Piece::Text(text)
                if segment.marks.iter().any(|mark| mark.rank == CODE)
                    && self.place == Place::Cell
                    && text.contains("\\|") =>
            {
                self.node(NodeValue::HtmlInline("<code>".to_owned()));
                self.text(&text.replace('$', DOLLAR.encode_utf8(&mut [0; 4])));
                self.node(NodeValue::HtmlInline("</code>".to_owned()));
            }
            Piece::Text(text) if segment.marks.iter().any(|mark| mark.rank == CODE) => {
                self.node(NodeValue::Code(NodeCode {
                    num_backticks: 1,
                    literal: text.clone(),
                }));
            }
            Piece::Text(text) if is_address => self.plain(text),
            Piece::Text(text) => self.text(text),
            Piece::Break if self.place == Place::Paragraph => {
                self.node(NodeValue::LineBreak);
            }
            Piece::Break => {
                self.node(NodeValue::HtmlInline("<br>".to_owned()));
            }
            Piece::Formula(formula, display) => {
                let line = || formula.replace(['\n', '\r'], " ");
                let literal = match self.place {
                    Place::Paragraph => formula.clone(),
                    Place::Heading => line(),
                    Place::Cell => in_cell(&line()),
                };
                self.node(NodeValue::Math(NodeMath {
                    dollar_math: true,
                    display_math: *display,
                    literal,
                }));
            }
            Piece::Markup(html) => self.markup(html),
            Piece::Image(source, words, title) => {
                let before = self.parent;
                self.parent = self.node(NodeValue::Image(Box::new(NodeLink {
                    url: literal(source),
                    title: literal(title),
                })));
                self.text(words);
                self.parent = before;
            }
        }
    }

    /// Text; what comrak would not escape, though it reads it, is: entities, dollars,
    /// and addresses that are no links.
    fn text(&mut self, text: &str) {
        let mut written = 0;
        for (place, sign) in text.char_indices() {
            let behind = &text[place + sign.len_utf8()..];
            let raw = match sign {
                DOLLAR => "\\$",
                '&' if behind.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic()) => "\\&",
                ':' if behind.starts_with("//") => "\\:",
                '.' if text[..place].ends_with("www") => "\\.",
                _ => continue,
            };
            self.plain(&text[written..place]);
            self.node(NodeValue::Raw(raw.to_owned()));
            written = place + sign.len_utf8();
        }
        self.plain(&text[written..]);
    }

    /// An element of HTML. In a cell no bar may stand in it: comrak writes a backslash before
    /// each, and one that stands there already would make two, which hold none.
    fn markup(&self, html: &str) {
        let html = match self.place {
            Place::Cell => html.replace('|', "&#124;"),
            _ => html.to_owned(),
        };
        self.node(NodeValue::HtmlInline(html));
    }

    fn plain(&self, text: &str) {
        if !text.is_empty() {
            self.node(NodeValue::Text(text.to_owned().into()));
        }
    }
}

/// An address or a title as comrak is to write it: what a reader of Markdown would take
/// for an entity is none.
fn literal(text: &str) -> String {
    let is_name = |c: char| c == '#' || c.is_ascii_alphanumeric();
    let mut written = String::with_capacity(text.len());
    for (place, sign) in text.char_indices() {
        let behind = &text[place + sign.len_utf8()..];
        match sign {
            '&' if behind.trim_start_matches(is_name).starts_with(';') => {
                written.push_str("&amp;");
            }
            sign => written.push(sign),
        }
    }
    written
}
