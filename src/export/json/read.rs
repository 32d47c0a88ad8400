//! A document from ProseMirror JSON, checked against what nodes and marks may be.
//!
//! Nodes and marks of any name are taken, for documents of other editors; where the
//! bundled editor knows all of them, they must fit its [schema], because it
//! deletes what does not.

use serde_json::{Map, Value};
use yrs::Any;

use crate::export::import::{ImportError, Imported, bounded, text};
use crate::export::schema::{self, DEPTH, MARKS};
use crate::export::simplified::Simplified;
use crate::export::tree::{Attributes, Builder, DOCUMENT, Element, Mark, Tree};

/// The longest name of a node, mark or attribute, in bytes.
const NAME: usize = 256;

/// Reads a document.
///
/// # Errors
/// When it is no JSON, says where; when it is no document of ProseMirror, by which
/// path; when it is too large.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let value: Value =
        serde_json::from_str(text(bytes, "JSON")?).map_err(|error| malformed(error.to_string()))?;
    read_value(value)
}

/// Reads a document that was parsed already.
///
/// # Errors
/// As [`read`] does.
pub fn read_value(value: Value) -> Result<Imported, ImportError> {
    let mut reader = Reader::default();
    let mut document = fields(value, &reader)?;
    if kind(&document, &reader)? != DOCUMENT {
        return Err(reader.wrong(r#"the outermost node must have the type "doc""#));
    }
    // The root of a Yjs document has no attributes to keep them in.
    attributes(document.remove("attrs"), false, &reader)?;
    let mut open = vec![list("content", &mut document, &reader)?.into_iter()];
    while let Some(siblings) = open.last_mut() {
        let Some(child) = siblings.next() else {
            open.pop();
            reader.leave();
            continue;
        };
        reader.advance();
        let mut node = fields(child, &reader)?;
        let name = kind(&node, &reader)?;
        match &*name {
            "text" => reader.text(&mut node)?,
            DOCUMENT => return Err(reader.wrong("a document cannot stand in a node")),
            _ => {
                let attributes = attributes(node.remove("attrs"), false, &reader)?;
                // Nor do elements have marks.
                list("marks", &mut node, &reader)?;
                let inside = list("content", &mut node, &reader)?;
                reader.enter(Element {
                    name: name.into(),
                    attributes,
                })?;
                open.push(inside.into_iter());
            }
        }
    }
    let tree = reader.builder.finish();
    schema::check(&tree).map_err(|unfit| {
        let path = path_of(&tree, unfit.place);
        malformed(format!("{} at {}", unfit.reason, shown(&path)))
    })?;
    Ok(Imported {
        tree,
        simplified: Simplified::default(),
    })
}

fn malformed(reason: String) -> ImportError {
    ImportError::Malformed {
        format: "a document of ProseMirror",
        reason,
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "the top" } else { path }
}

/// What was read, and where one is in the JSON.
#[derive(Default)]
struct Reader {
    builder: Builder,
    /// How many children of each open node were met,
    at: Vec<usize>,
    /// and of the last of them.
    met: usize,
}

/// Where a node stands. Neighbours that became one run count as one.
fn path_of(tree: &Tree, place: usize) -> String {
    let (mut path, mut around) = (String::new(), 0);
    while around != place {
        let holds = |child: &usize| (*child..*child + tree.nodes()[*child].size).contains(&place);
        let Some((count, child)) = tree
            .children(around)
            .enumerate()
            .find(|(_, child)| holds(child))
        else {
            break;
        };
        path.push_str(&format!("/content/{count}"));
        around = child;
    }
    path
}

impl Reader {
    fn advance(&mut self) {
        self.met += 1;
    }

    fn path(&self) -> String {
        let mut path = String::new();
        let steps = self.at.iter().copied().chain([self.met]);
        for met in steps {
            if let Some(place) = met.checked_sub(1) {
                path.push_str(&format!("/content/{place}"));
            }
        }
        path
    }

    fn wrong(&self, reason: &str) -> ImportError {
        malformed(format!("{reason} at {}", shown(&self.path())))
    }

    fn enter(&mut self, element: Element) -> Result<(), ImportError> {
        bounded(self.builder.len())?;
        if self.builder.depth() > DEPTH {
            return Err(self.wrong(&format!("nodes may nest {DEPTH} levels deep")));
        }
        self.builder.open(element);
        self.at.push(std::mem::take(&mut self.met));
        Ok(())
    }

    fn leave(&mut self) {
        self.builder.close();
        self.met = self.at.pop().unwrap_or(0);
    }

    fn text(&mut self, node: &mut Map<String, Value>) -> Result<(), ImportError> {
        bounded(self.builder.len())?;
        let Some(Value::String(text)) = node.remove("text") else {
            return Err(self.wrong("a text node must have a text"));
        };
        let marks = list("marks", node, self)?;
        if marks.len() > MARKS {
            return Err(self.wrong(&format!("a text may have at most {MARKS} marks")));
        }
        let mut read: Vec<Mark> = Vec::with_capacity(marks.len());
        for mark in marks {
            let mut mark = fields(mark, self)?;
            let name = kind(&mark, self)?;
            let attributes = attributes(mark.remove("attrs"), true, self)?;
            let mark = Mark {
                overlaps: schema::overlaps(&name),
                name: name.into(),
                attributes,
            };
            if !read.contains(&mark) {
                read.push(mark);
            }
        }
        let names: Vec<_> = read.iter().map(|mark| mark.name.clone()).collect();
        for (place, mark) in read.iter_mut().enumerate() {
            let others = names
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place);
            mark.overlaps |= others.into_iter().any(|(_, name)| *name == mark.name);
        }
        self.builder.run(&text, read);
        Ok(())
    }
}

fn fields(value: Value, reader: &Reader) -> Result<Map<String, Value>, ImportError> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(reader.wrong("a node or mark must be an object")),
    }
}

fn kind(node: &Map<String, Value>, reader: &Reader) -> Result<String, ImportError> {
    match node.get("type") {
        Some(Value::String(name)) => named(name, reader).map(|()| name.clone()),
        _ => Err(reader.wrong("a node or mark must have a type")),
    }
}

fn named(name: &str, reader: &Reader) -> Result<(), ImportError> {
    if name.is_empty() || name.len() > NAME || name.chars().any(char::is_control) {
        let reason = format!("a name has 1 to {NAME} bytes without control characters");
        return Err(reader.wrong(&reason));
    }
    Ok(())
}

/// The content or marks of a node.
fn list(
    name: &str,
    node: &mut Map<String, Value>,
    reader: &Reader,
) -> Result<Vec<Value>, ImportError> {
    match node.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(listed)) => Ok(listed),
        Some(_) => Err(reader.wrong(&format!("{name} must be a list"))),
    }
}

/// Attributes; nulls of a node say nothing, those of a mark are kept (y-tiptap).
fn attributes(
    value: Option<Value>,
    nulls: bool,
    reader: &Reader,
) -> Result<Attributes, ImportError> {
    let attributes = match value {
        None | Some(Value::Null) => return Ok(Attributes::new()),
        Some(Value::Object(attributes)) => attributes,
        Some(_) => return Err(reader.wrong("attrs must be an object")),
    };
    let mut read = Attributes::new();
    for (name, value) in attributes {
        named(&name, reader)?;
        if nulls || !value.is_null() {
            let value = serde_json::from_value::<Any>(value)
                .map_err(|error| reader.wrong(&format!("{name}: {error}")))?;
            read.insert(name.into(), value);
        }
    }
    Ok(read)
}
