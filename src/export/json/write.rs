//! A document as ProseMirror JSON, as `Node.toJSON()` writes it.
//!
//! Nodes of any name are kept. Of those that the bundled editor knows, what it would
//! fill in from its schema is filled in, and marks are in its order; all others are
//! given as they are stored.

use serde_json::{Map, Value, json};
use yrs::Any;

use crate::export::comparison::{Credits, Person};
use crate::export::schema;
use crate::export::signed::{Id, Signed, Stretch};
use crate::export::tree::{Attributes, DOCUMENT, Element, Mark, Run, Step, Tree};

/// The document as JSON.
pub fn write(tree: &Tree) -> String {
    let mut writer = Writer::default();
    writer.open(&Element::named(DOCUMENT), None);
    for step in tree.steps() {
        match step {
            Step::Enter(_, element) => writer.open(element, None),
            Step::Run(run) => writer.run(&run.text, &run.marks, None),
            Step::Leave(_) => writer.close(),
        }
    }
    writer.close();
    writer.json
}

/// The document as JSON, where nodes, and runs of text, say by whom they are: `author`
/// stands beside `type`, where ProseMirror does not look.
pub fn signed(signed: &Signed, credits: &Credits) -> String {
    let mut writer = Writer::default();
    writer.open(&Element::named(DOCUMENT), None);
    let author = |id: Option<Id>| id.map(|id| credits.person(id.client));
    let mut place = 0;
    for step in signed.tree().steps() {
        match step {
            Step::Enter(at, element) => {
                place = at;
                writer.open(element, author(signed.id(at)).as_ref());
            }
            Step::Run(run) => {
                place += 1;
                let mut letters = run.text.as_str();
                let stretches = signed.stretches(place);
                let client = |one: &Stretch| one.id.map(|id| id.client);
                for same in stretches.chunk_by(|one, other| client(one) == client(other)) {
                    let count = same.iter().map(|stretch| stretch.letters).sum();
                    let end = letters.char_indices().nth(count);
                    let (text, rest) = letters.split_at(end.map_or(letters.len(), |it| it.0));
                    letters = rest;
                    let by = same.first().and_then(|stretch| author(stretch.id));
                    writer.run(text, &run.marks, by.as_ref());
                }
            }
            Step::Leave(_) => writer.close(),
        }
    }
    writer.close();
    writer.json
}

/// Somebody, as JSON.
pub(in crate::export) fn person(person: &Person) -> Value {
    json!({ "client": person.client, "name": person.name.as_deref() })
}

/// The document as a value, for what holds others. It is as deep as the document, twice:
/// only for what the guard bounded.
pub(in crate::export) fn value(tree: &Tree) -> Value {
    let mut open = vec![node(&Element::named(DOCUMENT))];
    for step in tree.steps() {
        let child = match step {
            Step::Enter(_, element) => {
                open.push(node(element));
                continue;
            }
            Step::Run(run) => text(run),
            Step::Leave(_) => open.pop().unwrap_or_default(),
        };
        if let Some(parent) = open.last_mut() {
            let content = parent
                .entry("content")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(content) = content {
                content.push(Value::Object(child));
            }
        }
    }
    Value::Object(open.pop().unwrap_or_default())
}

fn node(element: &Element) -> Map<String, Value> {
    let mut node = Map::new();
    node.insert("type".to_owned(), Value::from(&*element.name));
    let attributes = attributes(element);
    if !attributes.is_empty() {
        node.insert("attrs".to_owned(), Value::Object(attributes));
    }
    node
}

fn text(run: &Run) -> Map<String, Value> {
    let mut node = Map::new();
    node.insert("type".to_owned(), Value::from("text"));
    if !run.marks.is_empty() {
        let marks = ranked(&run.marks).into_iter().map(|(.., mark)| mark);
        node.insert("marks".to_owned(), marks.collect());
    }
    node.insert("text".to_owned(), Value::from(&*run.text));
    node
}

/// The marks of a run in the editor's order; those of one name in some order, since
/// theirs is not stored.
fn ranked(marks: &[Mark]) -> Vec<(usize, &str, String, Value)> {
    let marks = marks.iter().map(|of| {
        let json = mark(of);
        (schema::rank(&of.name), &*of.name, json.to_string(), json)
    });
    let mut marks: Vec<_> = marks.collect();
    marks.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    marks
}

pub(in crate::export) fn attributes(element: &Element) -> Map<String, Value> {
    let mut attributes = object(&element.attributes);
    for (name, unsaid) in schema::unsaid(element) {
        attributes.insert(name.to_owned(), any(&unsaid));
    }
    attributes
}

/// Writes as it goes: a tree of values would recurse where it is dropped.
#[derive(Default)]
struct Writer {
    json: String,
    /// For each open node: whether its content has begun.
    open: Vec<bool>,
}

impl Writer {
    fn open(&mut self, element: &Element, by: Option<&Person>) {
        self.begin_child();
        self.json.push_str(r#"{"type":"#);
        self.string(&element.name);
        self.author(by);
        let attributes = attributes(element);
        if !attributes.is_empty() {
            self.json.push_str(r#","attrs":"#);
            self.json.push_str(&Value::Object(attributes).to_string());
        }
        self.open.push(false);
    }

    fn close(&mut self) {
        if self.open.pop() == Some(true) {
            self.json.push(']');
        }
        self.json.push('}');
    }

    fn run(&mut self, text: &str, marks: &[Mark], by: Option<&Person>) {
        self.begin_child();
        self.json.push_str(r#"{"type":"text""#);
        self.author(by);
        if !marks.is_empty() {
            let marks: Vec<String> = ranked(marks)
                .into_iter()
                .map(|(_, _, json, _)| json)
                .collect();
            self.json.push_str(r#","marks":["#);
            self.json.push_str(&marks.join(","));
            self.json.push(']');
        }
        self.json.push_str(r#","text":"#);
        self.string(text);
        self.json.push('}');
    }

    fn author(&mut self, by: Option<&Person>) {
        if let Some(by) = by {
            self.json.push_str(r#","author":"#);
            self.json.push_str(&person(by).to_string());
        }
    }

    fn begin_child(&mut self) {
        match self.open.last_mut() {
            Some(begun @ false) => {
                *begun = true;
                self.json.push_str(r#","content":["#);
            }
            Some(true) => self.json.push(','),
            None => {}
        }
    }

    fn string(&mut self, text: &str) {
        // A string always has its JSON.
        self.json
            .push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

pub(in crate::export) fn mark(mark: &Mark) -> Value {
    let mut json = Map::new();
    json.insert("type".to_owned(), Value::from(&*mark.name));
    let mut attributes = object(&mark.attributes);
    for (name, unsaid) in schema::unsaid_of_mark(mark) {
        attributes.insert(name.to_owned(), any(&unsaid));
    }
    if !attributes.is_empty() {
        json.insert("attrs".to_owned(), Value::Object(attributes));
    }
    Value::Object(json)
}

fn object(attributes: &Attributes) -> Map<String, Value> {
    attributes
        .iter()
        .map(|(name, value)| (name.to_string(), any(value)))
        .collect()
}

/// A value as JSON. The guard bounds how deep one nests, so recursion is safe here.
pub(in crate::export) fn any(value: &Any) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
