//! A document as ProseMirror JSON, as `Node.toJSON()` writes it.
//!
//! Nodes of any name are kept. Of those that the bundled editor knows, what it would
//! fill in from its schema is filled in, and marks are in its order; all others are
//! given as they are stored.

use serde_json::{Map, Value};
use yrs::Any;

use crate::export::schema;
use crate::export::tree::{Attributes, DOCUMENT, Element, Mark, Run, Step, Tree};

/// The document as JSON.
pub fn write(tree: &Tree) -> String {
    let mut writer = Writer::default();
    writer.open(&Element::named(DOCUMENT));
    for step in tree.steps() {
        match step {
            Step::Enter(_, element) => writer.open(element),
            Step::Run(run) => writer.run(run),
            Step::Leave(_) => writer.close(),
        }
    }
    writer.close();
    writer.json
}

/// Writes as it goes: a tree of values would recurse where it is dropped.
#[derive(Default)]
struct Writer {
    json: String,
    /// For each open node: whether its content has begun.
    open: Vec<bool>,
}

impl Writer {
    fn open(&mut self, element: &Element) {
        self.begin_child();
        self.json.push_str(r#"{"type":"#);
        self.string(&element.name);
        let mut attributes = object(&element.attributes);
        for (name, unsaid) in schema::unsaid(element) {
            attributes.insert(name.to_owned(), any(&unsaid));
        }
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

    fn run(&mut self, run: &Run) {
        self.begin_child();
        self.json.push_str(r#"{"type":"text""#);
        if !run.marks.is_empty() {
            // Those of one name in some order, since theirs is not stored.
            let mut marks: Vec<(usize, &str, String)> = run
                .marks
                .iter()
                .map(|of| (schema::rank(&of.name), &*of.name, mark(of).to_string()))
                .collect();
            marks.sort();
            let marks: Vec<String> = marks.into_iter().map(|(_, _, json)| json).collect();
            self.json.push_str(r#","marks":["#);
            self.json.push_str(&marks.join(","));
            self.json.push(']');
        }
        self.json.push_str(r#","text":"#);
        self.string(&run.text);
        self.json.push('}');
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

fn mark(mark: &Mark) -> Value {
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
