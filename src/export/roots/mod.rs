//! The roots of a document: which there are, and what is in the one that is read.
//!
//! A document does not say of which type a root is, and Yrs knows it only of those
//! that were made here. So it is told from what lies in it: elements of XML are a
//! document of an editor, text is text, entries are a map, values are a list.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map as Object, Value};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::{Diff, YChange};
use yrs::{Any, Array, ArrayRef, Doc, Map, MapRef, Out, ReadTxn, Text, TextRef, Transact};

use super::comments;
use super::delta::{Delta, Piece};
use super::json;
use super::tree::{Attributes, Builder, Element, Mark, Tree};
use super::walk::{Step, walk};

/// The root that the bundled editor writes to.
pub const DEFAULT_ROOT: &str = "content";

/// Where the bundled editor keeps a document's title; no content.
pub const META: &str = "meta";

/// Where it keeps what is said about the text; no content either, as long as it is a map
/// of threads.
pub const COMMENTS: &str = "comments";

/// How deep shared types are read inside each other in maps and lists: no less deep than
/// the guard lets them nest, so that nothing is cut.
const NESTED: usize = 256;

/// What is in a root.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The document of an editor of rich text, in XML.
    Document(Tree),
    /// A text, with or without formats.
    Text(Delta),
    /// A map or a list.
    Data(Value),
}

/// What was found in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The root that was read.
    pub root: String,
    /// What is in it.
    pub content: Content,
}

impl Content {
    /// About how many bytes it takes: how long it takes to write it depends on that.
    pub fn weight(&self) -> usize {
        match self {
            Self::Document(tree) => tree.weight(),
            Self::Text(delta) => delta.weight(),
            Self::Data(value) => data_weight(value),
        }
    }
}

/// About how many bytes plain data takes. It was read within bounds of depth, and is
/// walked without recursion all the same.
fn data_weight(value: &Value) -> usize {
    let mut weight = 0;
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        weight += size_of::<Value>();
        match value {
            Value::String(text) => weight += text.len(),
            Value::Array(values) => left.extend(values),
            Value::Object(entries) => {
                weight += entries.keys().map(String::len).sum::<usize>();
                left.extend(entries.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    weight
}

/// Reads the root of this name, or else the one where the content is: that of the
/// bundled editor if anybody wrote there, or the first by name. A root that nobody
/// wrote to is a document without content.
pub fn read(doc: &Doc, asked: Option<&str>) -> Found {
    let txn = doc.transact();
    let root = match asked {
        Some(root) => root.to_owned(),
        None => find(&txn),
    };
    let branch = branches(&txn).remove(&*root);
    let content = branch.map_or_else(
        || Content::Document(Builder::default().finish()),
        |branch| content(branch, &txn),
    );
    Found { root, content }
}

/// The names of all roots that a document knows of.
pub fn names(doc: &Doc) -> Vec<String> {
    let txn = doc.transact();
    branches(&txn).into_keys().collect()
}

fn find<T: ReadTxn>(txn: &T) -> String {
    let mut written = branches(txn);
    let is_ours = written.contains_key(DEFAULT_ROOT);
    written.retain(|_, branch| !is_empty(*branch, txn));
    if written.contains_key(DEFAULT_ROOT) {
        return DEFAULT_ROOT.to_owned();
    }
    let mut others = written.keys().filter(|name| **name != META);
    if let Some(first) = others.find(|name| **name != COMMENTS) {
        return first.clone();
    }
    // Another program may keep something else under that name.
    let all = written.get(COMMENTS).filter(|comments| {
        comments.content_len() > 0 || !(is_ours || comments::has_threads(**comments, txn))
    });
    all.map_or(DEFAULT_ROOT, |_| COMMENTS).to_owned()
}

pub(super) fn branches<T: ReadTxn>(txn: &T) -> BTreeMap<String, BranchPtr> {
    txn.root_refs()
        .filter_map(|(name, root)| Some((name.to_owned(), branch(&root)?)))
        .collect()
}

fn branch(out: &Out) -> Option<BranchPtr> {
    Some(match out {
        Out::YText(shared) => BranchPtr::from(AsRef::<Branch>::as_ref(shared)),
        Out::YArray(shared) => BranchPtr::from(AsRef::<Branch>::as_ref(shared)),
        Out::YMap(shared) => BranchPtr::from(AsRef::<Branch>::as_ref(shared)),
        Out::YXmlElement(shared) => BranchPtr::from(AsRef::<Branch>::as_ref(shared)),
        Out::YXmlFragment(shared) => BranchPtr::from(AsRef::<Branch>::as_ref(shared)),
        Out::YXmlText(shared) => BranchPtr::from(AsRef::<Branch>::as_ref(shared)),
        Out::UndefinedRef(branch) => *branch,
        _ => return None,
    })
}

fn is_empty<T: ReadTxn>(branch: BranchPtr, txn: &T) -> bool {
    branch.content_len() == 0 && MapRef::from(branch).len(txn) == 0
}

fn content<T: ReadTxn>(branch: BranchPtr, txn: &T) -> Content {
    match kind(branch, txn) {
        Kind::Map => Content::Data(map(branch, txn)),
        Kind::List => Content::Data(list(branch, txn)),
        Kind::Text(parts) => Content::Text(delta(parts, txn)),
        Kind::Xml => Content::Document(tree(branch, txn)),
    }
}

enum Kind {
    Map,
    List,
    Text(Vec<Diff<YChange>>),
    Xml,
}

/// What a root is, by what lies in it. Values of a list are the only thing that a
/// text does not show.
fn kind<T: ReadTxn>(branch: BranchPtr, txn: &T) -> Kind {
    if branch.content_len() == 0 {
        return match MapRef::from(branch).len(txn) {
            0 => Kind::Xml,
            _ => Kind::Map,
        };
    }
    let parts = TextRef::from(branch).diff(txn, YChange::identity);
    let is_xml = |part: &Diff<YChange>| {
        matches!(
            part.insert,
            Out::YXmlElement(_) | Out::YXmlFragment(_) | Out::YXmlText(_)
        )
    };
    if parts.iter().any(is_xml) {
        return Kind::Xml;
    }
    let is_text = |part: &Diff<YChange>| matches!(part.insert, Out::Any(Any::String(_)));
    match parts.iter().any(is_text) {
        true => Kind::Text(parts),
        // Embedded values alone are a text too, of pictures, say.
        false if !parts.is_empty() && parts.iter().all(|p| matches!(p.insert, Out::Any(_))) => {
            Kind::Text(parts)
        }
        false => Kind::List,
    }
}

/// An editor's document, as a tree.
fn tree<T: ReadTxn>(branch: BranchPtr, txn: &T) -> Tree {
    tree_of(branch, txn, |_, _| {})
}

/// The same; `note` is told of each shared element, and where in the tree it is.
pub(super) fn tree_of<T: ReadTxn>(
    branch: BranchPtr,
    txn: &T,
    mut note: impl FnMut(usize, &yrs::XmlElementRef),
) -> Tree {
    let mut builder = Builder::default();
    walk(branch, txn, |step| match step {
        Step::Enter(element) => {
            note(builder.len(), &element);
            let name = element.try_tag().cloned();
            builder.open(Element {
                name: name.unwrap_or_else(|| "unknown".into()),
                attributes: attributes(&element, txn),
            });
        }
        Step::Run {
            insert: Out::Any(Any::String(text)),
            attributes,
            ..
        } => builder.run(&text, marks(attributes.as_deref())),
        // Not of our editor; kept rather than dropped.
        Step::Run { insert, .. } => {
            builder.leaf(Element::named("embed").with("value", plain(insert)))
        }
        Step::Leave => builder.close(),
    });
    builder.finish()
}

fn attributes<T: ReadTxn>(element: &yrs::XmlElementRef, txn: &T) -> Attributes {
    yrs::Xml::attributes(element, txn)
        .map(|(name, value)| (name.into(), plain(value)))
        .collect()
}

/// The marks of a run, in the order of the names they are stored by: how they nest
/// is not stored.
fn marks(attributes: Option<&yrs::types::Attrs>) -> Vec<Mark> {
    let stored = stored_marks(attributes);
    stored.into_iter().map(|(_, mark)| mark).collect()
}

/// The same, each with the name that it is stored by.
pub(super) fn stored_marks(attributes: Option<&yrs::types::Attrs>) -> Vec<(Arc<str>, Mark)> {
    let mut marks: Vec<_> = attributes
        .into_iter()
        .flatten()
        .filter(|(_, value)| !matches!(value, Any::Null | Any::Undefined))
        .collect();
    marks.sort_by_key(|(stored, _)| *stored);
    marks
        .into_iter()
        .map(|(stored, value)| {
            let name = mark_name(stored);
            let attributes = match value {
                Any::Map(said) => said
                    .iter()
                    .map(|(name, value)| (name.as_str().into(), value.clone()))
                    .collect(),
                _ => Attributes::new(),
            };
            let mark = Mark {
                name: match name.len() < stored.len() {
                    true => name.into(),
                    false => Arc::clone(stored),
                },
                attributes,
                overlaps: name.len() < stored.len(),
            };
            (Arc::clone(stored), mark)
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

fn delta<T: ReadTxn>(parts: Vec<Diff<YChange>>, txn: &T) -> Delta {
    let pieces = parts.into_iter().map(|part| {
        let formats = part.attributes.map(|formats| *formats).unwrap_or_default();
        let formats = formats
            .into_iter()
            .filter(|(_, value)| !matches!(value, Any::Null | Any::Undefined))
            .collect();
        match part.insert {
            Out::Any(Any::String(text)) => Piece::Text(text.to_string(), formats),
            other => Piece::Embed(value(other, txn), formats),
        }
    });
    Delta(pieces.collect())
}

fn map<T: ReadTxn>(branch: BranchPtr, txn: &T) -> Value {
    nested(Out::YMap(MapRef::from(branch)), txn, 0)
}

fn list<T: ReadTxn>(branch: BranchPtr, txn: &T) -> Value {
    nested(Out::YArray(ArrayRef::from(branch)), txn, 0)
}

fn value<T: ReadTxn>(out: Out, txn: &T) -> Value {
    nested(out, txn, 0)
}

/// Shared types as JSON. What nests deeper than the guard allows is null: the recursion
/// has a bound.
fn nested<T: ReadTxn>(out: Out, txn: &T, depth: usize) -> Value {
    if depth > NESTED {
        return Value::Null;
    }
    match out {
        Out::Any(value) => json::write::any(&value),
        Out::YMap(map) => {
            let entries: BTreeMap<String, Out> = map
                .iter(txn)
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let object = entries
                .into_iter()
                .map(|(name, value)| (name, nested(value, txn, depth + 1)));
            Value::Object(object.collect::<Object<_, _>>())
        }
        Out::YArray(list) => elements(&list, txn)
            .into_iter()
            .map(|value| nested(value, txn, depth + 1))
            .collect(),
        Out::YText(text) => Value::from(text_of(
            BranchPtr::from(AsRef::<Branch>::as_ref(&text)),
            txn,
        )),
        Out::YXmlText(text) => Value::from(text_of(
            BranchPtr::from(AsRef::<Branch>::as_ref(&text)),
            txn,
        )),
        Out::YXmlFragment(shared) => {
            document(BranchPtr::from(AsRef::<Branch>::as_ref(&shared)), txn)
        }
        Out::YXmlElement(shared) => {
            document(BranchPtr::from(AsRef::<Branch>::as_ref(&shared)), txn)
        }
        _ => Value::Null,
    }
}

/// The elements of a list. What is no list, though somebody says so, holds text, over
/// which the iterator of Yrs does not come.
fn elements<T: ReadTxn>(list: &ArrayRef, txn: &T) -> Vec<Out> {
    let branch = BranchPtr::from(AsRef::<Branch>::as_ref(list));
    let parts = TextRef::from(branch).diff(txn, YChange::identity);
    let is_text = |part: &Diff<YChange>| matches!(part.insert, Out::Any(_));
    if parts.iter().any(is_text) {
        return parts.into_iter().map(|part| part.insert).collect();
    }
    list.iter(txn).take(branch.content_len() as usize).collect()
}

fn text_of<T: ReadTxn>(branch: BranchPtr, txn: &T) -> String {
    let parts = TextRef::from(branch).diff(txn, YChange::identity);
    let texts = parts.into_iter().filter_map(|part| match part.insert {
        Out::Any(Any::String(text)) => Some(text.to_string()),
        _ => None,
    });
    texts.collect()
}

fn document<T: ReadTxn>(branch: BranchPtr, txn: &T) -> Value {
    json::write::value(&tree(branch, txn))
}

fn plain(value: Out) -> Any {
    match value {
        Out::Any(value) => value,
        // A shared type where the editor stores plain values.
        _ => Any::Null,
    }
}

#[cfg(test)]
mod tests;
