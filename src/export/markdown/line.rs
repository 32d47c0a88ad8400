//! What stands in a line, as comrak's inline nodes.
//!
//! Marks nest in one order. Where the signs of Markdown would not be read as marks
//! again (`**` between a letter and a full stop, say), the element of HTML stands for
//! them; so it does for marks that Markdown has no signs for.

use comrak::Arena;
use comrak::nodes::{Node, NodeCode, NodeLink, NodeMath, NodeValue};

use crate::export::address::is_safe_link;
use crate::export::simplified::Simplified;
use crate::export::tree::{Mark, Run};

/// The marks, from the outermost to the innermost, and what they are in HTML.
const MARKS: [(&str, &str); 9] = [
    ("link", ""),
    ("bold", "strong"),
    ("italic", "em"),
    ("strike", "del"),
    ("underline", "u"),
    ("highlight", "mark"),
    ("subscript", "sub"),
    ("superscript", "sup"),
    ("code", ""),
];

const LINK: usize = 0;
const BOLD: usize = 1;
const ITALIC: usize = 2;
const STRIKE: usize = 3;
const CODE: usize = 8;

/// A mark, by its rank, and its address and title if it is a link.
#[derive(Debug, Clone, PartialEq)]
struct Rank {
    rank: usize,
    link: Option<(String, String)>,
}

/// A piece of a line.
#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Break,
    /// A formula, and whether it stands for itself.
    Formula(String, bool),
    Image(String, String, String),
}

#[derive(Debug, Clone)]
struct Segment {
    piece: Piece,
    marks: Vec<Rank>,
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
    /// In a heading or a cell, where a break is an element of HTML.
    Single,
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

    pub fn image(&mut self, source: &str, words: &str, title: &str) {
        self.push(Piece::Image(
            source.to_owned(),
            words.to_owned(),
            title.to_owned(),
        ));
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
    Some(Rank { rank, link })
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
        while let Some(more) = rest.next_if(|next| is_space(next)) {
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
            spaced.push(segment);
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

/// The marks that both begin with.
fn common(one: &[Rank], other: &[Rank]) -> Vec<Rank> {
    let same = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other);
    same.map(|(mark, _)| mark.clone()).collect()
}

/// Finds what is maths in the text, and what only has its sign.
fn escape_formulas(segments: &mut Vec<Segment>) {
    let dollars = segments.iter().map(|segment| match &segment.piece {
        Piece::Text(text) => text.matches('$').count(),
        Piece::Formula(..) => 2,
        _ => 0,
    });
    if dollars.sum::<usize>() < 2 {
        return;
    }
    let mut split = Vec::with_capacity(segments.len());
    for segment in segments.drain(..) {
        match &segment.piece {
            Piece::Text(text)
                if text.contains('$') && !segment.marks.iter().any(|mark| mark.rank == CODE) =>
            {
                for piece in formulas(text) {
                    split.push(Segment {
                        piece,
                        marks: segment.marks.clone(),
                    });
                }
            }
            _ => split.push(segment),
        }
    }
    *segments = split;
}

/// The private letter that stands for a dollar that is none of a formula.
const DOLLAR: char = '\u{f0000}';

fn formulas(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('$') {
        plain.push_str(&rest[..place]);
        rest = &rest[place..];
        match formula(rest) {
            Some((inside, display, length)) if !plain.ends_with(DOLLAR) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Formula(inside.to_owned(), display));
                rest = &rest[length..];
            }
            _ => {
                // All that stand together: each would only find the same again.
                let signs = rest.bytes().take_while(|byte| *byte == b'$').count();
                plain.extend(std::iter::repeat_n(DOLLAR, signs));
                rest = &rest[signs..];
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

/// The formula that a text begins with: what is in it, whether it stands for itself,
/// and its length.
fn formula(text: &str) -> Option<(&str, bool, usize)> {
    let fence = text.bytes().take_while(|byte| *byte == b'$').count();
    let inside = text.get(fence..)?;
    let inside = &inside[..inside.find('$')?];
    let behind = &text[fence + inside.len()..];
    let closing = behind.bytes().take_while(|byte| *byte == b'$').count();
    if closing != fence || inside.is_empty() || inside.ends_with('\\') {
        return None;
    }
    let behind = &behind[fence..];
    let is_formula = match fence {
        1 => {
            let tight =
                !inside.starts_with(char::is_whitespace) && !inside.ends_with(char::is_whitespace);
            tight && !behind.starts_with(|c: char| c.is_ascii_digit())
        }
        2 => true,
        _ => false,
    };
    is_formula.then_some((inside, fence == 2, 2 * fence + inside.len()))
}

/// Rounds in which one element of HTML may ask for another beside it.
const ROUNDS: usize = 8;

/// For each segment, of which of its marks HTML must stand for.
fn as_html(segments: &[Segment]) -> Vec<Vec<bool>> {
    let has_no_signs = |mark: &Rank| (STRIKE + 1..CODE).contains(&mark.rank);
    let mut html: Vec<Vec<bool>> = segments
        .iter()
        .map(|segment| segment.marks.iter().map(has_no_signs).collect())
        .collect();
    for place in 0..segments.len() {
        look_at_nested(segments, &mut html, place);
    }
    for _ in 0..ROUNDS {
        let before = html.clone();
        for place in 0..=segments.len() {
            look_at_edge(segments, &mut html, place);
        }
        if html == before {
            break;
        }
    }
    html
}

/// Italics at the end of bold words that have others at their beginning: three signs
/// at either end would be read as one pair.
fn look_at_nested(segments: &[Segment], html: &mut [Vec<bool>], place: usize) {
    let marks = &segments[place].marks;
    let Some(bold) = marks.iter().position(|mark| mark.rank == BOLD) else {
        return;
    };
    let holds = |at: usize, marks: &[Rank]| segments[at].marks.get(..marks.len()) == Some(marks);
    let begins = place
        .checked_sub(1)
        .is_none_or(|before| !holds(before, &marks[..=bold]));
    if !begins || marks.get(bold + 1).is_none_or(|mark| mark.rank != ITALIC) {
        return;
    }
    let within = (place..segments.len()).take_while(|at| holds(*at, &marks[..=bold]));
    let Some(last) = within.last() else { return };
    let both = &marks[..=bold + 1];
    if holds(last, both) && !(place..=last).all(|at| holds(at, both)) {
        spread(segments, html, last, -1, bold + 1);
    }
}

/// Looks between two segments, where marks end and others begin.
fn look_at_edge(segments: &[Segment], html: &mut [Vec<bool>], place: usize) {
    let before = place.checked_sub(1);
    let after = (place < segments.len()).then_some(place);
    let same = match (before, after) {
        (Some(before), Some(after)) => {
            common(&segments[before].marks, &segments[after].marks).len()
        }
        _ => 0,
    };
    let signs = |at: Option<usize>| -> Vec<usize> {
        let Some(at) = at else { return Vec::new() };
        let marks = segments[at].marks.iter().zip(&html[at]).skip(same);
        let signs = marks.filter(|(mark, html)| (1..=STRIKE).contains(&mark.rank) && !**html);
        signs.map(|(mark, _)| mark.rank).collect()
    };
    let (closing, opening) = (signs(before), signs(after));
    // The letters beside the edge, where an element of HTML or a link is a sign.
    let letter = |at: Option<usize>, pick: fn(&str) -> Option<char>| {
        let at = at?;
        let beyond = segments[at].marks.iter().zip(&html[at]).skip(same);
        let mut beyond = beyond.map(|(mark, html)| *html || mark.rank == LINK);
        match beyond.any(|is_sign| is_sign) {
            true => Some('<'),
            false => inside(&segments[at], pick),
        }
    };
    let last = letter(before, |text| text.chars().next_back());
    let first = letter(after, |text| text.chars().next());
    // Two groups of signs that touch may be read as one.
    let touch = !closing.is_empty() && !opening.is_empty();
    if touch || !is_read(&opening, last, first) {
        spread(segments, html, place, 1, same);
    }
    if let Some(before) = before
        && !touch
        && !is_read(&closing, first, last)
    {
        spread(segments, html, before, -1, same);
    }
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

/// Makes HTML stand for the marks beyond `same` of a segment, wherever they reach.
fn spread(segments: &[Segment], html: &mut [Vec<bool>], place: usize, step: isize, same: usize) {
    for level in same..segments.get(place).map_or(0, |segment| segment.marks.len()) {
        let mark = &segments[place].marks[..=level];
        if !(1..=STRIKE).contains(&mark[level].rank) {
            continue;
        }
        let mut at = place;
        while segments
            .get(at)
            .is_some_and(|segment| segment.marks.get(..=level) == Some(mark))
        {
            html[at][level] = true;
            match at.checked_add_signed(step) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
}

/// Whether a group of signs is read as marks, between a letter outside and one inside.
/// `None` is the edge of the line.
fn is_read(signs: &[usize], outside: Option<char>, inside: Option<char>) -> bool {
    if signs.is_empty() {
        return true;
    }
    let is_mixed = signs.contains(&STRIKE) && signs.len() > 1;
    let Some(inside) = inside else { return false };
    let open_outside = outside.is_none_or(|c| c.is_whitespace() || is_sign(c));
    !inside.is_whitespace() && (open_outside || !(is_sign(inside) || is_mixed))
}

/// What counts as punctuation where signs stand beside it.
fn is_sign(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace()
}

fn inside(segment: &Segment, pick: impl Fn(&str) -> Option<char>) -> Option<char> {
    match &segment.piece {
        Piece::Break => Some(' '),
        Piece::Text(text) if segment.marks.iter().all(|mark| mark.rank <= STRIKE) => pick(text),
        _ => Some('`'),
    }
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
                self.node(NodeValue::HtmlInline(format!("<{}>", MARKS[mark.rank].1)));
            } else {
                let value = match (&mark.link, MARKS[mark.rank].0) {
                    (Some((url, title)), _) => NodeValue::Link(Box::new(NodeLink {
                        url: url.clone(),
                        title: title.clone(),
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
                    && self.place == Place::Single
                    && text.contains("\\|") =>
            {
                self.node(NodeValue::HtmlInline("<code>".to_owned()));
                self.text(text);
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
                self.node(NodeValue::Math(NodeMath {
                    dollar_math: true,
                    display_math: *display,
                    literal: formula.clone(),
                }));
            }
            Piece::Image(source, words, title) => {
                let before = self.parent;
                self.parent = self.node(NodeValue::Image(Box::new(NodeLink {
                    url: source.clone(),
                    title: title.clone(),
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

    fn plain(&self, text: &str) {
        if !text.is_empty() {
            self.node(NodeValue::Text(text.to_owned().into()));
        }
    }
}
