//! A document as HTML that means what it says, and runs nothing.
//!
//! Every element and attribute is one that is named here; all text and every value is
//! escaped; an address that is not [safe](crate::export::address) is left out. Where
//! the bundled editor marks its own elements (`data-type`), so does this, and what is
//! written here is read back as it was.

use std::fmt::Write;

use yrs::Any;

use crate::export::address::{is_safe_image, is_safe_link};
use crate::export::format::Rendered;
use crate::export::schema;
use crate::export::simplified::Simplified;
use crate::export::text::write::instead;
use crate::export::tree::{Element, Mark, Step, Tree};

/// Marks from the outermost to the innermost, and their elements. How marks nest is
/// not stored, so it is always this.
const MARKS: [(&str, &str); 11] = [
    ("link", "a"),
    ("bold", "strong"),
    ("italic", "em"),
    ("strike", "s"),
    (schema::INSERTION, "ins"),
    (schema::DELETION, "del"),
    ("underline", "u"),
    ("highlight", "mark"),
    ("subscript", "sub"),
    ("superscript", "sup"),
    ("code", "code"),
];

/// Marks of which the words show nothing.
const UNSEEN: [&str; 1] = ["comment"];

const STYLE: &str = "body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;\
padding:0 1rem;color:#1c1c1f;background:#fff;overflow-wrap:break-word}\
h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.6em 0 .5em}\
pre{background:#f4f4f5;border-radius:6px;padding:.8rem 1rem;overflow-x:auto}\
code{font-family:ui-monospace,monospace;font-size:.9em}\
blockquote{margin:1em 0;padding-left:1em;border-left:3px solid #c9c9ce;color:#4b4b52}\
ins[data-id]{color:#1b5e2b}del[data-id]{color:#a12626}\
table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #c9c9ce;padding:.35em .6em;\
text-align:left;vertical-align:top}th{background:#f4f4f5}td>p,th>p{margin:0}\
ul[data-type=taskList]{list-style:none;padding-left:0}\
ul[data-type=taskList]>li{display:flex;gap:.5em}ul[data-type=taskList]>li>div{flex:1}\
li>p,li>div>p{margin:.2em 0}img{max-width:100%;height:auto}\
aside{margin:1em 0;padding:.1em 1em;border-left:4px solid #2b64d8;border-radius:6px;background:#f4f4f5}\
aside[data-kind=tip]{border-color:#2b7a3d}aside[data-kind=warning]{border-color:#b45f06}\
aside[data-kind=danger]{border-color:#c22f2f}summary{font-weight:600;cursor:pointer}\
hr{border:0;border-top:1px solid #c9c9ce}\
a{color:#1d4ed8}@media(prefers-color-scheme:dark){body{color:#e4e4e7;background:#18181b}\
pre,th,aside{background:#27272a}blockquote{color:#b4b4bb}th,td,hr,blockquote{border-color:#52525b}\
a{color:#93b4ff}mark{color:#18181b}ins[data-id]{color:#8ce99a}del[data-id]{color:#ffa8a8}}";

/// The document as a fragment.
pub fn fragment(tree: &Tree) -> Rendered {
    let mut writer = Writer::default();
    for step in tree.steps() {
        match step {
            Step::Enter(place, element) => {
                let has_text = tree.children(place).any(|child| {
                    let node = &tree.nodes()[child];
                    node.name().is_none_or(schema::is_inline)
                });
                writer.open(element, has_text);
            }
            Step::Run(run) => writer.run(&run.text, &run.marks),
            Step::Leave(element) => writer.close(element),
        }
    }
    writer.rendered()
}

/// The document as a whole page with a title and a style, and nothing from elsewhere.
pub fn page(tree: &Tree, title: &str) -> Rendered {
    whole_page(fragment(tree), title, "")
}

/// A fragment as a whole page, with more style.
pub(in crate::export) fn whole_page(fragment: Rendered, title: &str, style: &str) -> Rendered {
    let Rendered { body, simplified } = fragment;
    let mut page = String::with_capacity(body.len() + STYLE.len() + 256);
    page.push_str("<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
    );
    escape(&mut page, title);
    let _ = write!(
        page,
        "</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n"
    );
    page.push_str(&body);
    page.push_str("</body>\n</html>\n");
    Rendered {
        body: page,
        simplified,
    }
}

/// Writes a document as it comes.
#[derive(Default)]
pub(in crate::export) struct Writer {
    pub html: String,
    /// What ends each open element.
    ends: Vec<&'static str>,
    /// The marks that are open, as in [`MARKS`].
    marks: Vec<(usize, Mark)>,
    /// In a code block.
    code: usize,
    /// Something that shows stands before, in the line.
    within: bool,
    /// and it was a space.
    ends_in_space: bool,
    simplified: Simplified,
}

impl Writer {
    /// What was written.
    pub fn rendered(mut self) -> Rendered {
        self.leave_marks(0);
        Rendered {
            body: self.html,
            simplified: self.simplified,
        }
    }

    /// An element begins. `has_text`: something that stands in a line is directly in it.
    pub fn open(&mut self, element: &Element, has_text: bool) {
        match &*element.name {
            "hardBreak" => self.end_line(),
            name if schema::is_inline(name) => {
                self.within = true;
                self.ends_in_space = false;
            }
            _ => self.within = false,
        }
        self.leave_marks(0);
        let end = match &*element.name {
            "paragraph" => self.start("p", "</p>\n"),
            "heading" => {
                let level = element.number("level").unwrap_or(1).clamp(1, 6);
                let _ = write!(self.html, "<h{level}>");
                [
                    "</h1>\n", "</h2>\n", "</h3>\n", "</h4>\n", "</h5>\n", "</h6>\n",
                ][level as usize - 1]
            }
            "blockquote" => self.start("blockquote", "</blockquote>\n"),
            "bulletList" => self.start("ul", "</ul>\n"),
            "orderedList" => {
                self.html.push_str("<ol");
                if let Some(start) = element.number("start").filter(|start| *start != 1) {
                    self.attribute("start", &start.to_string());
                }
                if let Some(kind) = element.text("type")
                    && ["a", "A", "i", "I", "1"].contains(&kind)
                {
                    self.attribute("type", kind);
                }
                self.html.push('>');
                "</ol>\n"
            }
            "listItem" => self.start("li", "</li>\n"),
            "taskList" => {
                self.html.push_str("<ul data-type=\"taskList\">");
                "</ul>\n"
            }
            "taskItem" => {
                let (said, checked) = match element.is("checked") {
                    true => ("true", " checked"),
                    false => ("false", ""),
                };
                let _ = write!(
                    self.html,
                    "<li data-type=\"taskItem\" data-checked=\"{said}\">\
                     <input type=\"checkbox\" disabled{checked}><div>"
                );
                "</div></li>\n"
            }
            "codeBlock" => {
                self.html.push_str("<pre><code");
                if let Some(language) = element.text("language").filter(|said| !said.is_empty()) {
                    self.attribute("class", &format!("language-{language}"));
                }
                self.html.push('>');
                self.code += 1;
                "</code></pre>\n"
            }
            "horizontalRule" => self.start("hr", "\n"),
            "table" => self.start("table", "</table>\n"),
            "tableRow" => self.start("tr", "</tr>\n"),
            "tableHeader" => self.cell("th", element, "</th>"),
            "tableCell" => self.cell("td", element, "</td>"),
            "hardBreak" => self.start("br", ""),
            "image" => self.image(element),
            "inlineMath" => self.formula("span", "inline-math", element, "</span>"),
            "blockMath" => self.formula("div", "block-math", element, "</div>\n"),
            "details" => self.start("details", "</details>\n"),
            "detailsSummary" => self.start("summary", "</summary>\n"),
            "detailsContent" => {
                self.html.push_str("<div data-type=\"detailsContent\">");
                "</div>\n"
            }
            "callout" => {
                let kind = element.text("kind").unwrap_or_default();
                let kind = schema::CALLOUTS.iter().find(|known| **known == kind);
                let kind = kind.unwrap_or(&schema::CALLOUTS[0]);
                let _ = write!(
                    self.html,
                    "<aside data-type=\"callout\" data-kind=\"{kind}\">"
                );
                "</aside>\n"
            }
            "mention" | "emoji" => {
                self.html.push_str("<span>");
                escape(&mut self.html, &instead(element));
                "</span>"
            }
            other => {
                self.simplified.unknown(other);
                if let Some(formula) = element.text("latex") {
                    escape(&mut self.html, formula);
                }
                match (schema::is_inline(other), has_text) {
                    (true, _) => "",
                    (false, true) => self.start("p", "</p>\n"),
                    (false, false) => self.start("div", "</div>\n"),
                }
            }
        };
        self.ends.push(end);
    }

    /// The element begun last ends.
    pub fn close(&mut self, element: &Element) {
        if !schema::is_inline(&element.name) {
            self.end_line();
        }
        self.leave_marks(0);
        if &*element.name == "codeBlock" {
            self.code = self.code.saturating_sub(1);
        }
        if let Some(end) = self.ends.pop() {
            self.html.push_str(end);
        }
    }

    fn start(&mut self, name: &str, end: &'static str) -> &'static str {
        let _ = write!(self.html, "<{name}>");
        end
    }

    fn cell(&mut self, name: &str, element: &Element, end: &'static str) -> &'static str {
        let _ = write!(self.html, "<{name}");
        for span in ["colspan", "rowspan"] {
            if let Some(over) = element.number(span).filter(|over| *over > 1) {
                self.attribute(span, &over.min(schema::SPAN).to_string());
            }
        }
        if let Some(align) = element.text("align")
            && ["left", "center", "right"].contains(&align)
        {
            self.attribute("style", &format!("text-align:{align}"));
        }
        if let Some(Any::Array(widths)) = element.attributes.get("colwidth") {
            let widths: Vec<String> = widths
                .iter()
                .map(|width| match width {
                    Any::Number(number) => number.as_i64().unwrap_or(0).max(0).to_string(),
                    _ => "0".to_owned(),
                })
                .collect();
            self.attribute("data-colwidth", &widths.join(","));
        }
        self.html.push('>');
        end
    }

    /// A picture, and the link around it.
    fn image(&mut self, element: &Element) -> &'static str {
        let in_line = self
            .ends
            .last()
            .is_some_and(|end| end.starts_with("</p") || end.starts_with("</h"));
        let around = element.text("href").filter(|address| !address.is_empty());
        let around = around.filter(|address| {
            let is_safe = is_safe_link(address);
            if !is_safe {
                self.simplified.note("links with unsafe addresses");
            }
            is_safe
        });
        if let Some(address) = around {
            self.html.push_str("<a");
            self.attribute("href", address);
            self.attribute("rel", "noopener noreferrer nofollow");
            self.html.push('>');
        }
        self.picture(element);
        if around.is_some() {
            self.html.push_str("</a>");
        }
        if in_line { "" } else { "\n" }
    }

    /// The element of a picture.
    pub fn picture(&mut self, element: &Element) {
        let source = element.text("src").unwrap_or_default();
        self.html.push_str("<img");
        match is_safe_image(source) {
            true => self.attribute("src", source),
            false => self.simplified.note("images with unsafe addresses"),
        }
        self.attribute("alt", element.text("alt").unwrap_or_default());
        if let Some(title) = element.text("title") {
            self.attribute("title", title);
        }
        if let Some(width) = element.number("width").filter(|width| *width > 0) {
            self.attribute("width", &width.min(schema::WIDEST).to_string());
        }
        self.html.push('>');
    }

    fn formula(
        &mut self,
        name: &str,
        kind: &str,
        element: &Element,
        end: &'static str,
    ) -> &'static str {
        let formula = element.text("latex").unwrap_or_default();
        let _ = write!(self.html, "<{name} data-type=\"{kind}\"");
        self.attribute("data-latex", formula);
        self.html.push('>');
        let fence = if name == "span" { "$" } else { "$$" };
        self.html.push_str(fence);
        escape(&mut self.html, formula);
        self.html.push_str(fence);
        end
    }

    /// Text with marks.
    pub fn run(&mut self, text: &str, said: &[Mark]) {
        let mut marks: Vec<(usize, &Mark)> = Vec::with_capacity(said.len());
        for mark in said {
            match MARKS.iter().position(|(name, _)| *name == &*mark.name) {
                Some(rank) if self.code == 0 => marks.push((rank, mark)),
                Some(_) => {}
                None if UNSEEN.contains(&&*mark.name) => self.simplified.note("comments"),
                None => self.simplified.note("marks of other kinds"),
            }
        }
        marks.sort_by_key(|(rank, _)| *rank);
        let same = self
            .marks
            .iter()
            .zip(&marks)
            .take_while(|(open, next)| open.0 == next.0 && open.1 == *next.1)
            .count();
        self.leave_marks(same);
        for (rank, mark) in marks.into_iter().skip(same) {
            self.mark(rank, mark);
            self.marks.push((rank, mark.clone()));
        }
        if self.code > 0 {
            return escape(&mut self.html, text);
        }
        // A line break in the text is shown as one.
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                self.end_line();
                self.html.push_str("<br>");
            }
            self.spaced(line);
        }
    }

    /// A space that a browser would show as none, or as one with that before it, is
    /// written as one that does not break.
    fn spaced(&mut self, text: &str) {
        if self.within && !text.contains("  ") && !(text.starts_with(' ') && self.ends_in_space) {
            escape(&mut self.html, text);
        } else {
            let mut space = !self.within || self.ends_in_space;
            let kept: String = text
                .chars()
                .map(|c| {
                    let kept = if c == ' ' && space { '\u{a0}' } else { c };
                    space = kept == ' ';
                    kept
                })
                .collect();
            escape(&mut self.html, &kept);
        }
        if !text.is_empty() {
            self.within = true;
            self.ends_in_space = self.html.ends_with(' ');
        }
    }

    /// The line ends here; a space before that shows too.
    fn end_line(&mut self) {
        if self.code == 0 && self.within && self.html.ends_with(' ') {
            self.html.pop();
            self.html.push('\u{a0}');
        }
        self.within = false;
        self.ends_in_space = false;
    }

    fn mark(&mut self, rank: usize, mark: &Mark) {
        let name = MARKS[rank].1;
        let _ = write!(self.html, "<{name}");
        match name {
            "a" => {
                let address = mark.text("href").unwrap_or_default();
                match is_safe_link(address) {
                    true => self.attribute("href", address),
                    false => self.simplified.note("links with unsafe addresses"),
                }
                if let Some(title) = mark.text("title") {
                    self.attribute("title", title);
                }
                self.attribute("rel", "noopener noreferrer nofollow");
            }
            "ins" | "del" => self.html.push_str(&suggested(mark)),
            "mark" => {
                let color = mark.text("color").unwrap_or_default();
                if schema::HIGHLIGHTS.contains(&color) {
                    self.attribute("data-color", color);
                } else if !color.is_empty() {
                    self.simplified.note("colours of highlights");
                }
            }
            _ => {}
        }
        self.html.push('>');
    }

    /// Ends the marks that are open, but for so many.
    pub fn leave_marks(&mut self, keep: usize) {
        while self.marks.len() > keep {
            if let Some((rank, _)) = self.marks.pop() {
                let _ = write!(self.html, "</{}>", MARKS[rank].1);
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let _ = write!(self.html, " {name}=\"");
        escape(&mut self.html, value);
        self.html.push('"');
    }
}

/// What the mark of a suggestion says, as attributes. One without an id says so, too:
/// without it the element would be read as a form.
pub(in crate::export) fn suggested(mark: &Mark) -> String {
    let mut html = String::new();
    for (name, attribute) in schema::SUGGESTED {
        let said = mark.text(name).filter(|said| !said.is_empty());
        if let Some(said) = said.or((name == "id").then_some("")) {
            let _ = write!(html, " {attribute}=\"");
            escape(&mut html, &said.replace(|c: char| c.is_control(), " "));
            html.push('"');
        }
    }
    html
}

/// Text as it may stand between tags and in quotation marks. What no HTML may hold
/// becomes the sign for it.
pub(in crate::export) fn escape(html: &mut String, text: &str) {
    let mut rest = text;
    let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'' | '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}');
    while let Some(place) = rest.find(special) {
        html.push_str(&rest[..place]);
        let mut chars = rest[place..].chars();
        match chars.next() {
            Some('&') => html.push_str("&amp;"),
            Some('<') => html.push_str("&lt;"),
            Some('>') => html.push_str("&gt;"),
            Some('"') => html.push_str("&quot;"),
            Some('\'') => html.push_str("&#39;"),
            Some('\r') => html.push_str("&#13;"),
            _ => html.push('\u{fffd}'),
        }
        rest = chars.as_str();
    }
    html.push_str(rest);
}
