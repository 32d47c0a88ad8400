//! A comparison as HTML: what came in `<ins>`, what went in `<del>`, and blocks with
//! `data-change`. As safe as a document as HTML is.

use std::fmt::Write;

use super::{Change, Comparison, Part, Person};
use crate::export::format::Rendered;
use crate::export::html::write::{Writer, escape, whole_page};
use crate::export::schema;

const STYLE: &str = "ins,[data-change=added]{background:#dcfce7;text-decoration:none}\
ins{box-shadow:0 1px #16a34a}del,[data-change=removed]{background:#fee2e2;color:#7f1d1d}\
span[data-change=changed]{background:#fef3c7}\
[data-change=added]:not(ins,td,th,tr),[data-change=removed]:not(del,td,th,tr){\
border-left:.2rem solid;padding-left:.4rem;margin-left:-.6rem}\
[data-change=added] [data-change=added],[data-change=removed] [data-change=removed]{\
border-left:0;padding-left:0;margin-left:0}[data-was]::before{content:attr(data-was);\
display:block;font:.75rem system-ui,sans-serif;color:#92400e}p.same{color:#71717a;\
text-align:center;font-size:.85rem}@media(prefers-color-scheme:dark){\
ins,[data-change=added]{background:#14532d;color:#dcfce7}\
del,[data-change=removed]{background:#5f1d1d;color:#fecaca}\
span[data-change=changed]{background:#5b4310}[data-was]::before{color:#fcd34d}}";

/// The comparison as a fragment.
pub fn fragment(comparison: &Comparison<'_>) -> Rendered {
    let mut writer = Writer::default();
    let mut open = Vec::new();
    for (number, part) in comparison.parts.iter().enumerate() {
        match part {
            Part::Open {
                change,
                element,
                was,
                by,
            } => {
                let has_text = has_text(&comparison.parts[number + 1..]);
                let mut said = said(*change, by.as_ref());
                if let Some(was) = was.filter(|was| was.name != element.name) {
                    said.push_str(" data-was=\"");
                    escape(&mut said, &was.name);
                    said.push('"');
                }
                writer.leave_marks(0);
                let begin = writer.html.len();
                writer.open(element, has_text);
                // What is in a new block is new: to say so of the block is enough.
                if *change != Change::Same {
                    say(&mut writer.html, begin, &said);
                }
                open.push(*element);
            }
            Part::Close => {
                if let Some(element) = open.pop() {
                    writer.close(element);
                }
            }
            Part::Run {
                change,
                text,
                marks,
                by,
                ..
            } => {
                let name = match change {
                    Change::Same => "",
                    Change::Added => "ins",
                    Change::Removed => "del",
                    Change::Changed => "span",
                };
                writer.leave_marks(0);
                if !name.is_empty() {
                    let _ = write!(writer.html, "<{name}{}>", said(*change, by.as_ref()));
                }
                writer.run(text, marks);
                writer.leave_marks(0);
                if !name.is_empty() {
                    let _ = write!(writer.html, "</{name}>");
                }
            }
            Part::Omitted(blocks) => {
                let _ = writeln!(writer.html, "<p class=\"same\">⋯ {blocks} unchanged ⋯</p>");
            }
        }
    }
    writer.rendered()
}

/// The comparison as a whole page.
pub fn page(comparison: &Comparison<'_>, title: &str) -> Rendered {
    whole_page(fragment(comparison), title, STYLE)
}

/// Whether text, or what stands in a line, is directly in the element before these.
fn has_text(parts: &[Part<'_>]) -> bool {
    let mut depth = 0_usize;
    for part in parts {
        match part {
            Part::Run { .. } if depth == 0 => return true,
            Part::Open { element, .. } => {
                if depth == 0 && schema::is_inline(&element.name) {
                    return true;
                }
                depth += 1;
            }
            Part::Close if depth == 0 => return false,
            Part::Close => depth -= 1,
            _ => {}
        }
    }
    false
}

/// What became of something, and by whom, as attributes.
fn said(change: Change, by: Option<&Person>) -> String {
    let mut said = format!(" data-change=\"{}\"", change.word());
    if let Some(Person { client, name }) = by {
        let _ = write!(said, " data-client=\"{client}\"");
        if let Some(name) = name {
            said.push_str(" data-by=\"");
            escape(&mut said, name);
            said.push_str("\" title=\"");
            escape(&mut said, name);
            said.push('"');
        }
    }
    said
}

/// Says more of the element whose tag begins there, if any was written.
fn say(html: &mut String, begin: usize, attributes: &str) {
    let tag = &html[begin..];
    if !tag.starts_with('<') {
        return;
    }
    let name = tag.find([' ', '>']).map_or(html.len(), |end| begin + end);
    html.insert_str(name, attributes);
}
