//! Somebody who writes what real editors write: text with marks and embeds,
//! maps, lists, XML, types in types, subdocuments, undo.

use std::sync::Arc;

use fastrand::Rng;
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::undo::UndoManager;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, ArrayRef, ClientID, Doc, In, Map, MapPrelim, MapRef, Options, Out,
    ReadTxn, StateVector, Text, TextPrelim, TextRef, Transact, TransactionMut, Update, WriteTxn,
    Xml, XmlElementPrelim, XmlElementRef, XmlFragment, XmlFragmentRef, XmlTextPrelim, XmlTextRef,
};

use super::document;
use super::shown::elements;

/// Somebody who edits a document of their own.
pub struct Editor {
    pub doc: Doc,
    undo: UndoManager<()>,
    edits: u64,
    makes_subdocuments: bool,
}

const ROOTS: [&str; 5] = ["text", "map", "list", "xml", "other"];
const KEYS: [&str; 4] = ["a", "b", "title", "ключ"];
const CHUNKS: [&str; 10] = [
    "a",
    "hello ",
    "x\n",
    "é",
    "日本語",
    "😀",
    "👩‍👩‍👧",
    "lorem ipsum dolor",
    "\u{fffd}",
    "z",
];

enum Target {
    Text(TextRef),
    XmlText(XmlTextRef),
    Map(MapRef),
    List(ArrayRef),
    Element(XmlElementRef),
    Fragment(XmlFragmentRef),
}

impl Editor {
    pub fn new(client: u64, collects: bool) -> Self {
        let doc = document(client, collects);
        let mut undo = UndoManager::with_options(yrs::undo::Options {
            capture_timeout_millis: 0,
            ..Default::default()
        });
        let (text, map, list, xml) = {
            let mut txn = doc.transact_mut();
            let roots = (
                txn.get_or_insert_text("text"),
                txn.get_or_insert_map("map"),
                txn.get_or_insert_array("list"),
                txn.get_or_insert_xml_fragment("xml"),
            );
            txn.get_or_insert_text("other");
            roots
        };
        undo.expand_scope(&doc, &text);
        undo.expand_scope(&doc, &map);
        undo.expand_scope(&doc, &list);
        undo.expand_scope(&doc, &xml);
        // With subdocuments and collection yrs reads what it freed.
        Self {
            doc,
            undo,
            edits: 0,
            makes_subdocuments: !collects,
        }
    }

    /// Does something, and says what others have to hear of it.
    pub fn edit(&mut self, rng: &mut Rng) -> Vec<u8> {
        self.edits += 1;
        let before = self.state();
        match rng.u8(..24) {
            0 => drop(self.undo.undo_blocking()),
            1 => drop(self.undo.redo_blocking()),
            _ => {
                // Without an origin, so that the undo manager listens.
                let mut txn = self.doc.transact_mut();
                for _ in 0..rng.usize(1..4) {
                    edit(
                        &mut txn,
                        rng,
                        if self.makes_subdocuments {
                            self.edits
                        } else {
                            0
                        },
                    );
                }
                return txn.encode_update_v1();
            }
        }
        // Undo commits by itself: take what is new, with all deletions.
        self.doc.transact().encode_diff_v1(&before)
    }

    pub fn hear(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("the server and editors write updates");
        self.doc
            .transact_mut()
            .apply_update(update)
            .expect("editors hear what can be applied");
    }

    pub fn state(&self) -> StateVector {
        self.doc.transact().state_vector()
    }

    pub fn everything(&self) -> Vec<u8> {
        self.doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default())
    }
}

fn text(rng: &mut Rng) -> String {
    (0..rng.usize(1..5))
        .map(|_| *rng.choice(&CHUNKS).unwrap())
        .collect()
}

pub fn value(rng: &mut Rng, depth: u32) -> Any {
    match rng.u8(..if depth == 0 { 8 } else { 10 }) {
        0 => Any::Null,
        1 => Any::Bool(rng.bool()),
        2 => Any::from(rng.i32(..)),
        3 => Any::from(rng.f64()),
        4 => Any::Undefined,
        5 => Any::from(text(rng)),
        6 => Any::from(vec![rng.u8(..); rng.usize(..6)]),
        7 => Any::from(i64::from(rng.i32(..)) << 30),
        8 => Any::from(
            (0..rng.usize(..4))
                .map(|_| value(rng, depth - 1))
                .collect::<Vec<_>>(),
        ),
        _ => Any::Map(Arc::new(
            (0..rng.usize(..4))
                .map(|_| (text(rng), value(rng, depth - 1)))
                .collect(),
        )),
    }
}

/// Values that JSON can hold: embeds and formats are JSON on the wire.
fn json_value(rng: &mut Rng) -> Any {
    match rng.u8(..5) {
        0 => Any::Null,
        1 => Any::Bool(true),
        2 => Any::from(rng.i32(..)),
        3 => Any::from(text(rng)),
        _ => Any::from(vec![Any::from(text(rng)), Any::Null]),
    }
}

fn attributes(rng: &mut Rng) -> Attrs {
    let mut attributes = Attrs::new();
    for _ in 0..rng.usize(1..3) {
        let key: &str = rng.choice(["bold", "link", "color"]).unwrap();
        attributes.insert(key.into(), json_value(rng));
    }
    attributes
}

/// Something that can be put into a map or list.
fn content(rng: &mut Rng) -> In {
    match rng.u8(..8) {
        0 => In::from(TextPrelim::new(text(rng))),
        1 => In::Map(MapPrelim::from([("k".to_owned(), In::Any(value(rng, 2)))])),
        2 => In::Array(ArrayPrelim::from([value(rng, 1), value(rng, 1)])),
        3 => In::XmlElement(XmlElementPrelim::empty("div")),
        _ => In::Any(value(rng, 3)),
    }
}

fn subdocument(rng: &mut Rng, number: u64) -> Doc {
    let mut options = Options::with_client_id(ClientID::new(number));
    options.guid = format!("sub-{number}").into();
    options.auto_load = rng.bool();
    Doc::with_options(options)
}

fn pick_target(txn: &mut TransactionMut<'_>, rng: &mut Rng) -> Target {
    let mut targets = vec![
        Target::Text(txn.get_or_insert_text("text")),
        Target::Map(txn.get_or_insert_map("map")),
        Target::List(txn.get_or_insert_array("list")),
        Target::Fragment(txn.get_or_insert_xml_fragment("xml")),
        Target::Text(txn.get_or_insert_text("other")),
    ];
    let mut at = 0;
    while at < targets.len() && targets.len() < 40 {
        for child in children(txn, &targets[at]) {
            targets.push(child);
        }
        at += 1;
    }
    targets.swap_remove(rng.usize(..targets.len()))
}

fn children(txn: &TransactionMut<'_>, target: &Target) -> Vec<Target> {
    let outs: Vec<Out> = match target {
        Target::Map(map) => {
            let mut entries: Vec<_> = map.iter(txn).map(|(k, v)| (k.to_owned(), v)).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.into_iter().map(|(_, value)| value).collect()
        }
        Target::List(list) => elements(txn, list),
        Target::Element(element) => elements(txn, element),
        Target::Fragment(fragment) => elements(txn, fragment),
        Target::Text(_) | Target::XmlText(_) => Vec::new(),
    };
    outs.into_iter()
        .filter_map(|out| match out {
            Out::YText(text) => Some(Target::Text(text)),
            Out::YArray(list) => Some(Target::List(list)),
            Out::YMap(map) => Some(Target::Map(map)),
            Out::YXmlElement(element) => Some(Target::Element(element)),
            Out::YXmlFragment(fragment) => Some(Target::Fragment(fragment)),
            Out::YXmlText(text) => Some(Target::XmlText(text)),
            _ => None,
        })
        .collect()
}

/// Changes one thing somewhere. Subdocuments are made where `edits` says so.
pub fn edit(txn: &mut TransactionMut<'_>, rng: &mut Rng, edits: u64) {
    match pick_target(txn, rng) {
        Target::Text(text) => edit_text(txn, rng, &text),
        Target::XmlText(text) => {
            if rng.u8(..6) == 0 {
                text.insert_attribute(txn, *rng.choice(&KEYS).unwrap(), "v");
            } else {
                edit_text(txn, rng, &text);
            }
        }
        Target::Map(map) => {
            let key = *rng.choice(&KEYS).unwrap();
            match rng.u8(..12) {
                0..3 => drop(map.remove(txn, key)),
                3 if rng.u8(..4) == 0 => map.clear(txn),
                // The server itself makes no subdocuments.
                4 if edits > 0 => drop(map.insert(txn, key, subdocument(rng, edits))),
                _ => drop(map.insert(txn, key, content(rng))),
            }
        }
        Target::List(list) => {
            let len = list.len(txn);
            match rng.u8(..6) {
                0 if len > 0 => {
                    let at = rng.u32(..len);
                    list.remove_range(txn, at, rng.u32(1..=(len - at).min(3)));
                }
                1 => {
                    let values: Vec<Any> = (0..rng.usize(1..5)).map(|_| value(rng, 1)).collect();
                    list.insert_range(txn, rng.u32(..=len), values);
                }
                _ => drop(list.insert(txn, rng.u32(..=len), content(rng))),
            }
        }
        Target::Element(element) => match rng.u8(..4) {
            0 => _ = element.insert_attribute(txn, *rng.choice(&KEYS).unwrap(), text(rng)),
            1 => element.remove_attribute(txn, rng.choice(&KEYS).unwrap()),
            _ => edit_nodes(txn, rng, &element),
        },
        Target::Fragment(fragment) => edit_nodes(txn, rng, &fragment),
    }
}

/// The indexes between characters. No editor puts its cursor into the middle
/// of a surrogate pair, and editors who do diverge.
fn between_characters<T: Text>(txn: &TransactionMut<'_>, target: &T) -> Vec<u32> {
    let (mut indexes, mut index) = (vec![0], 0);
    for part in target.diff(txn, YChange::identity) {
        match part.insert {
            Out::Any(Any::String(text)) => {
                for character in text.chars() {
                    index += character.len_utf16() as u32;
                    indexes.push(index);
                }
            }
            _ => {
                index += 1;
                indexes.push(index);
            }
        }
    }
    indexes
}

fn edit_text<T: Text>(txn: &mut TransactionMut<'_>, rng: &mut Rng, target: &T) {
    let len = target.len(txn);
    let indexes = between_characters(txn, target);
    if indexes.last() != Some(&len) {
        // Somebody put something else in here.
        return;
    }
    let first = if rng.u8(..3) == 0 {
        indexes.len() - 1
    } else {
        rng.usize(..indexes.len())
    };
    let last = (first + rng.usize(..6)).min(indexes.len() - 1);
    let (at, span) = (indexes[first], indexes[last] - indexes[first]);
    match rng.u8(..12) {
        0..3 if span > 0 => target.remove_range(txn, at, span),
        3 if span > 0 => target.format(txn, at, span, attributes(rng)),
        4 => target.insert_with_attributes(txn, at, &text(rng), attributes(rng)),
        5 => _ = target.insert_embed(txn, at, yrs::any!({ "image": text(rng) })),
        6 if rng.u8(..3) == 0 => {
            _ = target.insert_embed(txn, at, MapPrelim::from([("e", value(rng, 1))]));
        }
        _ => target.insert(txn, at, &text(rng)),
    }
}

fn edit_nodes<T: XmlFragment>(txn: &mut TransactionMut<'_>, rng: &mut Rng, target: &T) {
    let len = target.len(txn);
    match rng.u8(..5) {
        0 if len > 0 => target.remove_range(txn, rng.u32(..len), 1),
        1 | 2 => drop(target.insert(txn, rng.u32(..=len), XmlTextPrelim::new(text(rng)))),
        _ => drop(target.insert(txn, rng.u32(..=len), XmlElementPrelim::empty("p"))),
    }
}
