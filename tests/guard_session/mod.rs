//! The actors of the guard's tests: editors, who write what real ones write,
//! and a server, which lets in what the guard lets in.
//!
//! Everything is drawn from one seed, so a session can be played again.
#![allow(dead_code)]

pub mod forge;

use std::collections::BTreeMap;
use std::sync::Arc;

use cowrite::wire::guard::{
    Admission, Kind, Known, Limits, Outline, Place, Verdict, admit, hidden_name, inspect, reveal,
};
use cowrite::wire::malformed::Malformed;
use fastrand::Rng;
use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::undo::UndoManager;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ArrayPrelim, ArrayRef, BranchID, ClientID, Doc, GetString, ID, In, Map, MapPrelim,
    MapRef, OffsetKind, Options, Out, ReadTxn, StateVector, Text, TextPrelim, TextRef, Transact,
    TransactionMut, Update, WriteTxn, Xml, XmlElementPrelim, XmlElementRef, XmlFragment,
    XmlFragmentRef, XmlTextPrelim, XmlTextRef,
};

/// A document as the server holds one.
pub fn document(client: u64, collects: bool) -> Doc {
    let mut options = Options::with_client_id(ClientID::new(client));
    options.guid = format!("guid-{client}").into();
    options.offset_kind = OffsetKind::Utf16;
    options.skip_gc = !collects;
    options.cleanup_formatting = false;
    Doc::with_options(options)
}

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

/// Fails with the lines in which two documents differ.
pub fn assert_same(one: &Doc, other: &Doc, story: &str) {
    let (one, other) = (show(one), show(other));
    if one == other {
        return;
    }
    let lines = |shown: &BTreeMap<String, String>| -> Vec<String> {
        shown
            .iter()
            .flat_map(|(name, lines)| lines.lines().map(move |line| format!("{name} {line}")))
            .collect()
    };
    let (one, other) = (lines(&one), lines(&other));
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these
            .iter()
            .filter(|line| !those.contains(line))
            .take(3)
            .cloned()
            .collect()
    };
    panic!(
        "{story}: only here {:?}, only there {:?}",
        only(&one, &other),
        only(&other, &one)
    );
}

/// The elements of a list. yrs never comes back from iterating over a list
/// that holds text with surrogate pairs, as only hostile ones do; of such a
/// list the shared types and text are shown, read the way texts are.
pub fn elements<T: ReadTxn>(txn: &T, list: &impl AsRef<Branch>) -> Vec<Out> {
    let branch = BranchPtr::from(list.as_ref());
    let parts: Vec<Out> = TextRef::from(branch)
        .diff(txn, YChange::identity)
        .into_iter()
        .map(|diff| diff.insert)
        .collect();
    if parts
        .iter()
        .any(|part| matches!(part, Out::Any(Any::String(_))))
    {
        return parts;
    }
    ArrayRef::from(branch).iter(txn).collect()
}

fn edit(txn: &mut TransactionMut<'_>, rng: &mut Rng, edits: u64) {
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
            0 => drop(element.insert_attribute(txn, *rng.choice(&KEYS).unwrap(), text(rng))),
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
        5 => drop(target.insert_embed(txn, at, yrs::any!({ "image": text(rng) }))),
        6 if rng.u8(..3) == 0 => {
            let _ = target.insert_embed(txn, at, MapPrelim::from([("e", value(rng, 1))]));
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

/// The server: a document, its outline, and the guard before both.
pub struct Server {
    pub doc: Doc,
    pub outline: Outline,
    pub limits: Limits,
}

/// What became of an update.
#[derive(Debug, PartialEq)]
pub enum Received {
    /// It was applied; this is what was new.
    All(Vec<u8>),
    /// A part of it was applied; this is what was new.
    Part(Vec<u8>),
    /// Nothing of it could be applied yet.
    Nothing,
}

impl Server {
    pub fn new(collects: bool) -> Self {
        Self {
            doc: document(1 << 50, collects),
            outline: Outline::new(),
            limits: Limits::default(),
        }
    }

    /// Loads what a server wrote to its disk. Nothing may be missing of it.
    pub fn load(state: &[u8], collects: bool) -> Self {
        let mut server = Self::new(collects);
        match server.receive(state) {
            Ok(Received::All(_)) => server,
            other => panic!("the state of a document does not load again: {other:?}"),
        }
    }

    /// What the server does with every update.
    pub fn receive(&mut self, update: &[u8]) -> Result<Received, Malformed> {
        Ok(match admit(update, &self.limits, &self.outline)? {
            Admission::Whole => Received::All(self.apply(update)),
            Admission::Part {
                update,
                complete: true,
            } => Received::All(self.apply(&update)),
            Admission::Part {
                update,
                complete: false,
            } => Received::Part(self.apply(&update)),
            Admission::Nothing => Received::Nothing,
        })
    }

    /// Applies what the guard let in, and checks that the guard was right.
    fn apply(&mut self, update: &[u8]) -> Vec<u8> {
        let survey = inspect(update, &self.limits).expect("what the guard lets in has a structure");
        assert_eq!(
            self.outline.admit(&survey),
            Ok(Verdict::Sound),
            "what the guard lets in is sound"
        );
        let clients: Vec<(u64, u32)> = survey
            .sections()
            .map(|(client, clocks)| (client, clocks.end))
            .collect();
        let decoded = Update::decode_v1(update).expect("what the guard lets in can be decoded");
        let mut txn = self.doc.transact_mut();
        txn.apply_update(decoded)
            .expect("what the guard lets in can be applied");
        assert!(!txn.has_missing_updates(), "nothing is left pending");
        let state = txn.state_vector();
        for (client, end) in clients {
            let clock = state.get(&ClientID::new(client));
            assert!(clock >= end, "all blocks are integrated");
            assert_eq!(clock, self.outline.clock(client), "the outline keeps up");
        }
        txn.encode_update_v1()
    }

    /// An edit by the server itself.
    pub fn edit(&mut self, rng: &mut Rng) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        edit(&mut txn, rng, 0);
        let news = txn.encode_update_v1();
        drop(txn);
        let survey = inspect(&news, &self.limits).expect("the server writes updates");
        assert_eq!(
            self.outline.admit(&survey),
            Ok(Verdict::Sound),
            "the server's own edits are sound"
        );
        news
    }

    pub fn everything(&self) -> Vec<u8> {
        self.doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default())
    }

    /// The same, as others may see it.
    pub fn everything_revealed(&self) -> Vec<u8> {
        reveal(&self.everything()).into_owned()
    }

    /// Whatever yrs calls a shared type, the outline calls one too.
    pub fn check_outline(&self) {
        let txn = self.doc.transact();
        for (client, &end) in txn.state_vector().iter() {
            assert_eq!(self.outline.clock(client.get()), end);
            for clock in 0..end.min(4_000) {
                let id = ID::new(*client, clock);
                if BranchID::Nested(id).get_branch(&txn).is_some() {
                    let place = self.outline.place(client.get(), clock);
                    assert!(
                        matches!(
                            place,
                            Place::Item {
                                kind: Kind::Type,
                                ..
                            }
                        ),
                        "{place:?}"
                    );
                }
            }
        }
    }
}

/// A document as text, every root read in every way there is, without
/// recursion: a hostile document may be deep.
pub fn show(doc: &Doc) -> BTreeMap<String, String> {
    let mut names: Vec<String> = {
        let txn = doc.transact();
        txn.root_refs().map(|(name, _)| name.to_owned()).collect()
    };
    names.sort();
    let mut txn = doc.transact_mut();
    let mut shown = BTreeMap::new();
    for name in names {
        let (text, map, list, xml) = (
            txn.get_or_insert_text(name.as_str()),
            txn.get_or_insert_map(name.as_str()),
            txn.get_or_insert_array(name.as_str()),
            txn.get_or_insert_xml_fragment(name.as_str()),
        );
        if text.len(&txn) == 0 && map.len(&txn) == 0 {
            continue;
        }
        let mut out = String::new();
        let mut todo = vec![
            (String::from("t"), Out::YText(text)),
            ("m".into(), Out::YMap(map)),
            ("l".into(), Out::YArray(list)),
            ("x".into(), Out::YXmlFragment(xml)),
        ];
        while let Some((path, node)) = todo.pop() {
            if out.len() > 1 << 20 {
                out.push('…');
                break;
            }
            out.push_str(&format!("\n{path}: "));
            show_node(&txn, &path, node, &mut todo, &mut out);
        }
        shown.insert(name, out);
    }
    shown
}

fn show_node(
    txn: &TransactionMut<'_>,
    path: &str,
    node: Out,
    todo: &mut Vec<(String, Out)>,
    out: &mut String,
) {
    let children = |todo: &mut Vec<(String, Out)>, children: Vec<Out>| {
        for (index, child) in children.into_iter().enumerate().rev() {
            todo.push((format!("{path}/{index}"), child));
        }
    };
    match node {
        Out::Any(any) => out.push_str(&show_any(&any)),
        Out::YText(text) => show_text(txn, &text, path, todo, out),
        Out::YXmlText(text) => {
            let mut attributes: Vec<String> = text
                .attributes(txn)
                .map(|(k, v)| format!("{k}={}", show_leaf(&v)))
                .collect();
            attributes.sort();
            out.push_str(&attributes.join(" "));
            show_text(txn, &text, path, todo, out);
        }
        Out::YArray(list) => {
            out.push_str(&list.len(txn).to_string());
            children(todo, elements(txn, &list));
        }
        Out::YMap(map) => {
            let mut entries: Vec<(String, Out)> = map
                .iter(txn)
                .map(|(key, value)| (format!("{path}/{key}"), value))
                .collect();
            entries.sort_by(|a, b| b.0.cmp(&a.0));
            todo.append(&mut entries);
        }
        Out::YXmlElement(element) => {
            let mut attributes: Vec<String> = element
                .attributes(txn)
                .map(|(k, v)| format!("{k}={}", show_leaf(&v)))
                .collect();
            attributes.sort();
            out.push_str(&format!(
                "<{:?} {}>",
                element.try_tag(),
                attributes.join(" ")
            ));
            children(todo, elements(txn, &element));
        }
        Out::YXmlFragment(fragment) => {
            out.push_str(&fragment.len(txn).to_string());
            children(todo, elements(txn, &fragment));
        }
        Out::YDoc(doc) => out.push_str(&format!("doc {:?}", doc.guid())),
        Out::UndefinedRef(branch) => out.push_str(&format!("undefined {}", branch.len())),
    }
}

fn show_text<T: Text + AsRef<Branch>>(
    txn: &TransactionMut<'_>,
    text: &T,
    path: &str,
    todo: &mut Vec<(String, Out)>,
    out: &mut String,
) {
    let string = TextRef::from(BranchPtr::from(text.as_ref())).get_string(txn);
    out.push_str(&format!("{} {string:?}", text.len(txn)));
    for (index, diff) in text.diff(txn, YChange::identity).into_iter().enumerate() {
        let mut attributes: Vec<String> = diff
            .attributes
            .iter()
            .flat_map(|attributes| attributes.iter())
            .map(|(key, value)| format!("{key}={}", show_any(value)))
            .collect();
        attributes.sort();
        if !attributes.is_empty() {
            out.push_str(&format!(" {index}[{}]", attributes.join(",")));
        }
        if !matches!(&diff.insert, Out::Any(Any::String(_))) {
            todo.push((format!("{path}/{index}"), diff.insert));
        }
    }
}

fn show_leaf(out: &Out) -> String {
    match out {
        Out::Any(any) => show_any(any),
        _ => "…".into(),
    }
}

/// Values have at most 64 levels: recursion is safe here.
fn show_any(any: &Any) -> String {
    match any {
        Any::Buffer(bytes) if let Some(name) = hidden_name(bytes) => format!("doc {name:?}"),
        Any::Map(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key:?}:{}", show_any(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Any::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(show_any).collect::<Vec<_>>().join(",")
            )
        }
        // A number that is whole may come back as an integer.
        Any::Number(yrs::Number::Int(number)) => format!("{}", *number as f64),
        Any::Number(yrs::Number::Float(number)) => format!("{number}"),
        other => format!("{other:?}"),
    }
}
