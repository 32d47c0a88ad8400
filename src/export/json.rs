//! A document as ProseMirror JSON, as `Node.toJSON()` writes it.
//!
//! Encoding read: y-tiptap 3.0 (`sync-plugin.js`, `createNodeFromYElement` and
//! `createTextNodesFromYText`). Attributes are given as they are stored; those
//! that the editor would fill in from its schema are not.

use serde_json::{Map, Value};
use yrs::types::Attrs;
use yrs::{Any, Doc, Out, ReadTxn, Transact, Xml, XmlElementRef};

use super::walk::{Step, walk};

/// The XML fragment `root` as a ProseMirror document. A fragment that nobody
/// wrote to is a document without content.
pub fn document(doc: &Doc, root: &str) -> String {
    let txn = doc.transact();
    let mut writer = Writer::default();
    writer.open("doc", Map::new());
    if let Some(fragment) = txn.get_xml_fragment(root) {
        walk(&fragment, &txn, |step| match step {
            Step::Enter(element) => {
                let tag = element.try_tag().map_or("unknown", |tag| &**tag);
                writer.open(tag, attributes(&element, &txn));
            }
            Step::Run { insert, attributes } => writer.run(insert, attributes.as_deref()),
            Step::Leave(_) => writer.close(),
        });
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
    /// The text node that may still grow: neighbours with the same marks are one
    /// node, as in ProseMirror.
    text: Option<(String, Value)>,
}

impl Writer {
    fn open(&mut self, tag: &str, attributes: Map<String, Value>) {
        self.begin_child();
        self.json.push_str(r#"{"type":"#);
        self.json.push_str(&Value::from(tag).to_string());
        if !attributes.is_empty() {
            self.json.push_str(r#","attrs":"#);
            self.json.push_str(&Value::Object(attributes).to_string());
        }
        self.open.push(false);
    }

    fn close(&mut self) {
        self.flush();
        if self.open.pop() == Some(true) {
            self.json.push(']');
        }
        self.json.push('}');
    }

    fn run(&mut self, insert: Out, attributes: Option<&Attrs>) {
        let marks = marks(attributes);
        match insert {
            Out::Any(Any::String(text)) => match &mut self.text {
                Some((pending, same)) if *same == marks => pending.push_str(&text),
                _ => {
                    self.flush();
                    self.text = Some((text.to_string(), marks));
                }
            },
            // Not of our editor; kept rather than dropped.
            other => {
                let value = Map::from_iter([("value".to_owned(), plain(&other))]);
                self.open("embed", value);
                self.close();
            }
        }
    }

    fn flush(&mut self) {
        let Some((text, marks)) = self.text.take() else {
            return;
        };
        self.begin_child();
        self.json.push_str(r#"{"type":"text""#);
        if marks.as_array().is_some_and(|marks| !marks.is_empty()) {
            self.json.push_str(r#","marks":"#);
            self.json.push_str(&marks.to_string());
        }
        self.json.push_str(r#","text":"#);
        self.json.push_str(&Value::from(text).to_string());
        self.json.push('}');
    }

    fn begin_child(&mut self) {
        self.flush();
        match self.open.last_mut() {
            Some(begun @ false) => {
                *begun = true;
                self.json.push_str(r#","content":["#);
            }
            Some(true) => self.json.push(','),
            None => {}
        }
    }
}

fn attributes<T: ReadTxn>(element: &XmlElementRef, txn: &T) -> Map<String, Value> {
    let mut attributes: Vec<(String, Value)> = element
        .attributes(txn)
        .map(|(name, value)| (name.to_string(), plain(&value)))
        .collect();
    attributes.sort_by(|(a, _), (b, _)| a.cmp(b));
    attributes.into_iter().collect()
}

/// The marks of a run, sorted by name, because nesting is not stored.
fn marks(attributes: Option<&Attrs>) -> Value {
    let mut marks: Vec<(String, Value)> = attributes
        .into_iter()
        .flatten()
        .filter(|(_, value)| !matches!(value, Any::Null | Any::Undefined))
        .map(|(name, value)| (name.to_string(), any(value)))
        .collect();
    marks.sort_by(|(a, _), (b, _)| a.cmp(b));
    marks
        .into_iter()
        .map(|(name, attrs)| {
            let mut mark = Map::new();
            mark.insert("type".to_owned(), Value::from(mark_name(&name)));
            if attrs.as_object().is_some_and(|attrs| !attrs.is_empty()) {
                mark.insert("attrs".to_owned(), attrs);
            }
            Value::Object(mark)
        })
        .collect()
}

/// Marks that may overlap themselves are stored as their name, `--` and eight
/// characters of a hash (y-tiptap, `hashOfJSON`).
fn mark_name(stored: &str) -> &str {
    let tag = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    match stored
        .len()
        .checked_sub(10)
        .and_then(|at| stored.split_at_checked(at))
    {
        Some((name, hash)) if hash.starts_with("--") && hash[2..].chars().all(tag) => name,
        _ => stored,
    }
}

fn plain(value: &Out) -> Value {
    match value {
        Out::Any(value) => any(value),
        // A shared type where the editor stores plain values.
        _ => Value::Null,
    }
}

/// The guard bounds how deep a value nests, so recursion is safe here.
fn any(value: &Any) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use yrs::{Array, ArrayRef, MapPrelim, Text, XmlElementPrelim, XmlFragment, XmlTextPrelim};

    use super::*;

    /// The iterator of Yrs over XML children ends at the first that is none, and
    /// whatever stood behind it was missing from every export, without an error.
    #[test]
    fn what_is_no_xml_does_not_end_the_document() {
        let doc = Doc::new();
        let content = doc.get_or_insert_xml_fragment("content");
        let mut txn = doc.transact_mut();
        content.push_back(&mut txn, XmlElementPrelim::empty("first"));
        let list: &ArrayRef = content.as_ref();
        list.push_back(&mut txn, MapPrelim::default());
        list.push_back(&mut txn, "text");
        content.push_back(&mut txn, XmlElementPrelim::empty("last"));
        drop(txn);
        let json = document(&doc, "content");
        assert!(json.contains(r#"{"type":"first"}"#), "{json}");
        assert!(json.contains(r#"{"type":"last"}"#), "{json}");
    }

    /// Read as an array, a text with a mark in it never ended: one request held
    /// its document's thread for ever.
    #[test]
    fn a_text_is_a_document_of_text() {
        let doc = Doc::new();
        let notes = doc.get_or_insert_text("notes");
        let mut txn = doc.transact_mut();
        notes.insert(&mut txn, 0, "Hello");
        let bold = Attrs::from([("bold".into(), Any::Map(Default::default()))]);
        notes.format(&mut txn, 1, 2, bold);
        drop(txn);
        let json = document(&doc, "notes");
        assert_eq!(
            json,
            concat!(
                r#"{"type":"doc","content":[{"type":"text","text":"H"},"#,
                r#"{"type":"text","marks":[{"type":"bold"}],"text":"el"},"#,
                r#"{"type":"text","text":"lo"}]}"#
            )
        );
        assert_eq!(super::super::text::document(&doc, "notes"), "Hello");
    }

    #[test]
    fn a_root_that_nobody_wrote_to_is_a_document_without_content() {
        assert_eq!(document(&Doc::new(), "content"), r#"{"type":"doc"}"#);
    }

    #[test]
    fn nodes_and_marks_are_those_of_the_editor() {
        let doc = Doc::new();
        let content = doc.get_or_insert_xml_fragment("content");
        let mut txn = doc.transact_mut();
        let heading = content.push_back(&mut txn, XmlElementPrelim::empty("heading"));
        heading.insert_attribute(&mut txn, "level", 2);
        let text = heading.push_back(&mut txn, XmlTextPrelim::new(""));
        text.insert(&mut txn, 0, "plain ");
        let bold = Attrs::from([("bold".into(), Any::Map(Default::default()))]);
        text.insert_with_attributes(&mut txn, 6, "bold", bold);
        drop(txn);
        assert_eq!(
            document(&doc, "content"),
            concat!(
                r#"{"type":"doc","content":[{"type":"heading","attrs":{"level":2},"content":["#,
                r#"{"type":"text","text":"plain "},"#,
                r#"{"type":"text","marks":[{"type":"bold"}],"text":"bold"}]}]}"#
            )
        );
    }

    #[test]
    fn marks_that_overlap_themselves_lose_their_hash() {
        assert_eq!(mark_name("comment--1tiVU/zO"), "comment");
        assert_eq!(mark_name("bold"), "bold");
        assert_eq!(mark_name("a-mark-with-dashes"), "a-mark-with-dashes");
        assert_eq!(mark_name("é--é"), "é--é");
    }
}
