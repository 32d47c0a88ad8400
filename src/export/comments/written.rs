//! Threads in the formats that other programs read: as JSON of their own, and at the end
//! of a document that leaves with its comments.

use std::fmt::Write as _;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Author, Message, Thread, id_of};
use crate::export::format::{Format, Rendered, write};
use crate::export::html::write::{escape, whole_page};
use crate::export::roots::Content;
use crate::export::tree::{Builder, Element, Mark, Step, Tree};

/// Threads as JSON.
pub fn json(threads: &[Thread]) -> Value {
    threads.iter().map(thread_json).collect()
}

/// One of them.
pub fn thread_json(thread: &Thread) -> Value {
    let resolved = thread.resolved.as_ref();
    json!({
        "id": thread.id,
        "quote": thread.quote,
        "words": thread.words,
        "by": author(&thread.by),
        "at": thread.at,
        "resolved": resolved.map(|(by, at)| json!({ "by": author(by), "at": at })),
        "messages": thread.messages.iter().map(message).collect::<Value>(),
    })
}

fn author(author: &Author) -> Value {
    json!({ "name": author.name, "color": author.color })
}

fn message(message: &Message) -> Value {
    json!({
        "id": message.id,
        "by": author(&message.by),
        "at": message.at,
        "text": message.text,
        "edited": message.edited,
    })
}

/// A document with its comments, in a format that can tell them. `None`: it cannot.
pub fn document(tree: &Tree, threads: &[Thread], format: Format, title: &str) -> Option<Rendered> {
    let rendered = |tree: Tree, format| write(&Content::Document(tree), format, title);
    Some(match format {
        Format::Json => {
            let mut rendered = rendered(tree.clone(), format);
            // It is an object, and says at least of which type it is.
            rendered
                .body
                .truncate(rendered.body.len().saturating_sub(1));
            let _ = write!(rendered.body, ",\"comments\":{}}}", json(threads));
            rendered
        }
        Format::Markdown => {
            let mut builder = Builder::default();
            copy(tree, &mut builder, |_| None);
            list(threads, &mut builder);
            rendered(builder.finish(), format)
        }
        Format::Html | Format::Page => {
            let mut builder = Builder::default();
            copy(tree, &mut builder, |id| {
                let is_told = threads.iter().any(|thread| thread.id == id);
                is_told.then(|| Mark::named("link").with("href", format!("#comment-{id}")))
            });
            let mut fragment = rendered(builder.finish(), Format::Html);
            section(threads, &mut fragment.body);
            match format {
                Format::Page => whole_page(fragment, title, STYLE),
                _ => fragment,
            }
        }
        _ => return None,
    })
}

/// Of a page with comments.
const STYLE: &str = ".comments{margin-top:3em;border-top:1px solid #8886}\
.comments article{margin:1.2em 0}.comments time,.comments .resolved{opacity:.7;font-size:.85em}";

/// Copies a document without its comments; what leads to each stands in its place.
fn copy(tree: &Tree, builder: &mut Builder, leads: impl Fn(&str) -> Option<Mark>) {
    for step in tree.steps() {
        match step {
            Step::Enter(_, element) => builder.open(element.clone()),
            Step::Leave(_) => builder.close(),
            Step::Run(run) => {
                let others = run.marks.iter().filter(|mark| id_of(mark).is_none());
                let mut marks: Vec<Mark> = others.cloned().collect();
                if run.mark("link").is_none() {
                    marks.extend(run.marks.iter().filter_map(id_of).find_map(&leads));
                }
                builder.run(&run.text, marks);
            }
        }
    }
}

/// The threads as blocks: what each is about, and what was said.
fn list(threads: &[Thread], builder: &mut Builder) {
    if threads.is_empty() {
        return;
    }
    builder.leaf(Element::named("horizontalRule"));
    builder.open(Element::named("heading").with("level", 2));
    builder.run("Comments", Vec::new());
    builder.close();
    for thread in threads {
        builder.open(Element::named("blockquote"));
        builder.open(Element::named("paragraph"));
        builder.run(about(thread), Vec::new());
        builder.close();
        builder.close();
        builder.open(Element::named("bulletList"));
        for message in &thread.messages {
            builder.open(Element::named("listItem"));
            builder.open(Element::named("paragraph"));
            builder.run(&message.by.name, vec![Mark::named("bold")]);
            builder.run(&format!(", {}: ", day(&message.at)), Vec::new());
            for (number, line) in message.text.lines().enumerate() {
                if number > 0 {
                    builder.leaf(Element::named("hardBreak"));
                }
                builder.run(line, Vec::new());
            }
            builder.close();
            builder.close();
        }
        if let Some((by, at)) = &thread.resolved {
            builder.open(Element::named("listItem"));
            builder.open(Element::named("paragraph"));
            let settled = format!("Resolved by {}, {}", by.name, day(at));
            builder.run(&settled, vec![Mark::named("italic")]);
            builder.close();
            builder.close();
        }
        builder.close();
    }
}

/// The same as a section of HTML, each with an anchor.
fn section(threads: &[Thread], html: &mut String) {
    if threads.is_empty() {
        return;
    }
    html.push_str("<section class=\"comments\">\n<h2>Comments</h2>\n");
    for thread in threads {
        // Ids are of plain letters.
        let _ = write!(
            html,
            "<article id=\"comment-{}\">\n<blockquote><p>",
            thread.id
        );
        escape(html, about(thread));
        html.push_str("</p></blockquote>\n");
        for message in &thread.messages {
            html.push_str("<p><strong>");
            escape(html, &message.by.name);
            html.push_str("</strong> <time datetime=\"");
            escape(html, &message.at);
            let _ = write!(html, "\">{}</time><br>", day(&message.at));
            for (number, line) in message.text.lines().enumerate() {
                if number > 0 {
                    html.push_str("<br>");
                }
                escape(html, line);
            }
            html.push_str("</p>\n");
        }
        if let Some((by, at)) = &thread.resolved {
            html.push_str("<p class=\"resolved\">Resolved by ");
            escape(html, &by.name);
            let _ = writeln!(html, ", {}</p>", day(at));
        }
        html.push_str("</article>\n");
    }
    html.push_str("</section>\n");
}

/// The words as they are now, or as they were.
fn about(thread: &Thread) -> &str {
    match &thread.words {
        Some(words) if words.chars().count() <= super::QUOTED => words,
        _ => &thread.quote,
    }
}

/// `2026-11-27 22:10 UTC`.
fn day(at: &str) -> String {
    let Ok(at) = OffsetDateTime::parse(at, &Rfc3339) else {
        return String::new();
    };
    let Some(at) = at.checked_to_offset(time::UtcOffset::UTC) else {
        return String::new();
    };
    let (hour, minute) = (at.hour(), at.minute());
    format!("{} {hour:02}:{minute:02} UTC", at.date())
}
