//! A text with formats, as a list of pieces: what a `Y.Text` holds. CodeMirror's
//! have no formats; Quill's have those of letters on letters, and those of lines on
//! the newline that ends each.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use yrs::Any;

use super::json::write::any;
use super::schema;
use super::tree::{Builder, Element, Mark, Tree};

/// Formats of a piece, by name.
pub type Formats = HashMap<Arc<str>, Any>;

/// A text in pieces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delta(pub Vec<Piece>);

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Letters with the same formats.
    Text(String, Formats),
    /// Something that is no text, as JSON.
    Embed(Value, Formats),
}

impl Delta {
    /// The letters alone.
    pub fn text(&self) -> String {
        let texts = self.0.iter().map(|piece| match piece {
            Piece::Text(text, _) => text.as_str(),
            Piece::Embed(..) => "",
        });
        texts.collect()
    }

    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        self.text().len() + self.0.len() * size_of::<Piece>()
    }

    /// Whether it is letters and nothing else.
    pub fn is_plain(&self) -> bool {
        let plain = |piece: &Piece| matches!(piece, Piece::Text(_, formats) if formats.is_empty());
        self.0.iter().all(plain)
    }

    /// As JSON, as `Y.Text.toDelta()` gives it.
    pub fn json(&self) -> String {
        let mut json = String::from("[");
        for piece in &self.0 {
            let (insert, formats) = match piece {
                Piece::Text(text, formats) => (Value::from(text.as_str()), formats),
                Piece::Embed(value, formats) => (value.clone(), formats),
            };
            let mut op = Map::from_iter([("insert".to_owned(), insert)]);
            if !formats.is_empty() {
                let formats: Map<_, _> = formats
                    .iter()
                    .map(|(name, value)| (name.to_string(), any(value)))
                    .collect();
                op.insert("attributes".to_owned(), formats.into());
            }
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&Value::Object(op).to_string());
        }
        json.push(']');
        json
    }

    /// The runs of the text, in no block.
    pub fn runs(&self) -> Tree {
        let mut builder = Builder::default();
        for piece in &self.0 {
            match piece {
                Piece::Text(text, formats) => builder.run(text, marks(formats)),
                Piece::Embed(value, _) => builder.leaf(embed(value)),
            }
        }
        builder.finish()
    }

    /// As a document: lines are blocks, of the kind that Quill says of them.
    pub fn document(&self) -> Tree {
        let mut lines = Lines::default();
        for piece in &self.0 {
            match piece {
                Piece::Text(text, formats) => {
                    for part in text.split_inclusive('\n') {
                        let line = part.strip_suffix('\n');
                        let letters = line.unwrap_or(part);
                        if !letters.is_empty() {
                            lines.line.push((letters.to_owned(), formats.clone(), None));
                        }
                        if line.is_some() {
                            lines.end(formats);
                        }
                    }
                }
                Piece::Embed(value, formats) => {
                    let embedded = Some(embed(value));
                    lines.line.push((String::new(), formats.clone(), embedded));
                }
            }
        }
        if !lines.line.is_empty() {
            lines.end(&Formats::new());
        }
        lines.close_all();
        lines.builder.finish()
    }
}

pub(super) fn embed(value: &Value) -> Element {
    if let Some(Value::String(source)) = value.get("image") {
        return Element::named("image").with("src", source.as_str());
    }
    if let Some(Value::String(formula)) = value.get("formula") {
        return Element::named("inlineMath").with("latex", formula.as_str());
    }
    let value = serde_json::from_value(value.clone()).unwrap_or(Any::Null);
    Element::named("embed").with("value", value)
}

/// Formats of letters as marks, named as the editor names them.
pub(super) fn marks(formats: &Formats) -> Vec<Mark> {
    let mut marks: Vec<Mark> = formats
        .iter()
        .filter(|(_, value)| !matches!(value, Any::Bool(false) | Any::Null))
        .map(|(name, value)| match (&**name, value) {
            ("link", Any::String(address)) => Mark::named("link").with("href", &**address),
            ("script", Any::String(which)) if &**which == "super" => Mark::named("superscript"),
            ("script", _) => Mark::named("subscript"),
            ("background", Any::String(color)) => Mark::named("highlight").with("color", &**color),
            (_, Any::Map(said)) => Mark {
                attributes: said
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), value.clone()))
                    .collect(),
                ..Mark::named(Arc::clone(name))
            },
            (_, Any::Bool(_)) => Mark::named(Arc::clone(name)),
            (_, value) => Mark::named(Arc::clone(name)).with("value", value.clone()),
        })
        .collect();
    marks.sort_by_key(|mark| schema::rank(&mark.name));
    marks
}

/// Lines on their way to be blocks.
#[derive(Default)]
struct Lines {
    builder: Builder,
    line: Vec<(String, Formats, Option<Element>)>,
    /// The lists that are open, and whether their last item is.
    lists: Vec<&'static str>,
    /// A code block is open and has a line.
    code: bool,
}

impl Lines {
    fn end(&mut self, formats: &Formats) {
        let line = std::mem::take(&mut self.line);
        let said = |name: &str| {
            formats
                .get(name)
                .filter(|value| **value != Any::Bool(false))
        };
        if said("code-block").is_some() {
            self.close_lists(0);
            match self.code {
                true => self.builder.run("\n", Vec::new()),
                false => self.builder.open(Element::named("codeBlock")),
            }
            self.code = true;
            for (letters, ..) in line {
                self.builder.run(&letters, Vec::new());
            }
            return;
        }
        self.close_code();
        if let Some(Any::String(list)) = said("list") {
            let depth = match said("indent") {
                Some(Any::Number(number)) => number.as_i64().unwrap_or(0).clamp(0, 8) as usize,
                _ => 0,
            };
            return self.item(list, depth + 1, line);
        }
        self.close_lists(0);
        if let Some(Any::Number(level)) = said("header") {
            let level = level.as_i64().unwrap_or(1).clamp(1, 6);
            self.builder
                .open(Element::named("heading").with("level", level));
            return self.write(line);
        }
        if said("blockquote").is_some() {
            self.builder.open(Element::named("blockquote"));
            self.builder.open(Element::named("paragraph"));
            self.write(line);
            return self.builder.close();
        }
        self.builder.open(Element::named("paragraph"));
        self.write(line);
    }

    fn item(&mut self, list: &str, depth: usize, line: Vec<(String, Formats, Option<Element>)>) {
        let (name, item) = match list {
            "ordered" => ("orderedList", "listItem"),
            "checked" | "unchecked" => ("taskList", "taskItem"),
            _ => ("bulletList", "listItem"),
        };
        let same = self.lists.get(depth - 1) == Some(&name);
        self.close_lists(if same { depth } else { depth - 1 });
        if same {
            // The item before ends where this one begins.
            self.builder.close();
        }
        while self.lists.len() < depth {
            let last = self.lists.len() + 1 == depth;
            let name = if last { name } else { "bulletList" };
            self.builder.open(Element::named(name));
            self.lists.push(name);
            if !last {
                self.builder.open(Element::named("listItem"));
                self.builder.leaf(Element::named("paragraph"));
            }
        }
        let mut item = Element::named(item);
        if name == "taskList" {
            item = item.with("checked", list == "checked");
        }
        self.builder.open(item);
        self.builder.open(Element::named("paragraph"));
        self.write(line);
    }

    /// Writes a line and ends its block.
    fn write(&mut self, line: Vec<(String, Formats, Option<Element>)>) {
        for (letters, formats, embedded) in line {
            match embedded {
                Some(element) => self.builder.leaf(element),
                None => self.builder.run(&letters, marks(&formats)),
            }
        }
        self.builder.close();
    }

    fn close_lists(&mut self, depth: usize) {
        while self.lists.len() > depth {
            self.lists.pop();
            // The item, and the list.
            self.builder.close();
            self.builder.close();
        }
    }

    fn close_code(&mut self) {
        if std::mem::take(&mut self.code) {
            self.builder.close();
        }
    }

    fn close_all(&mut self) {
        self.close_code();
        self.close_lists(0);
    }
}
