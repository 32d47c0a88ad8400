//! What is found in documents, whoever wrote them.

use yrs::updates::decoder::Decode;
use yrs::{MapPrelim, StateVector, Update, WriteTxn, XmlElementPrelim, XmlFragment, XmlTextPrelim};

use super::*;
use crate::export::format::{self, Format};

fn json(doc: &Doc, root: &str) -> String {
    format::document(doc, root, Format::Json).body
}

/// The document as one that was loaded has it: no root has a type.
fn loaded(doc: &Doc) -> Doc {
    let state = doc
        .transact()
        .encode_state_as_update_v1(&StateVector::default());
    let loaded = Doc::new();
    let update = Update::decode_v1(&state).unwrap();
    loaded.transact_mut().apply_update(update).unwrap();
    loaded
}

fn bold() -> yrs::types::Attrs {
    yrs::types::Attrs::from([("bold".into(), Any::Map(Default::default()))])
}

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
    let json = json(&doc, "content");
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
    notes.format(&mut txn, 1, 2, bold());
    drop(txn);
    assert_eq!(
        json(&doc, "notes"),
        concat!(
            r#"{"type":"doc","content":[{"type":"text","text":"H"},"#,
            r#"{"type":"text","marks":[{"type":"bold"}],"text":"el"},"#,
            r#"{"type":"text","text":"lo"}]}"#
        )
    );
    let written = |format| format::document(&doc, "notes", format).body;
    assert_eq!(written(Format::Text), "Hello");
    assert_eq!(written(Format::Markdown), "H**el**lo\n");
    assert_eq!(
        written(Format::Delta),
        concat!(
            r#"[{"insert":"H"},{"attributes":{"bold":{}},"insert":"el"},"#,
            r#"{"insert":"lo"}]"#
        )
    );
}

/// The marks of a text in a list, or the other way round: what a client says that
/// takes one root for two things.
#[test]
fn a_root_that_is_two_things_is_read_to_its_end() {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("root");
    let mut txn = doc.transact_mut();
    text.insert(&mut txn, 0, "ab");
    text.format(&mut txn, 0, 2, bold());
    let list = ArrayRef::from(BranchPtr::from(AsRef::<Branch>::as_ref(&text)));
    list.push_back(&mut txn, 1);
    text.format(&mut txn, 1, 1, bold());
    list.push_back(&mut txn, 2);
    text.remove_range(&mut txn, 0, 2);
    drop(txn);
    for doc in [&doc, &loaded(&doc)] {
        assert_eq!(json(doc, "root"), "[1,2]");
    }
    let mut txn = doc.transact_mut();
    text.insert(&mut txn, 0, "c");
    drop(txn);
    assert!(json(&doc, "root").contains("\"text\":\"c\""));
}

#[test]
fn a_root_that_nobody_wrote_to_is_a_document_without_content() {
    assert_eq!(json(&Doc::new(), "content"), r#"{"type":"doc"}"#);
}

#[test]
fn nodes_and_marks_are_those_of_the_editor() {
    let doc = Doc::new();
    let content = doc.get_or_insert_xml_fragment("content");
    let mut txn = doc.transact_mut();
    let heading = content.push_back(&mut txn, XmlElementPrelim::empty("heading"));
    yrs::Xml::insert_attribute(&heading, &mut txn, "level", 2);
    let text = heading.push_back(&mut txn, XmlTextPrelim::new(""));
    text.insert(&mut txn, 0, "plain ");
    text.insert_with_attributes(&mut txn, 6, "bold", bold());
    drop(txn);
    assert_eq!(
        json(&doc, "content"),
        concat!(
            r#"{"type":"doc","content":[{"type":"heading","attrs":{"level":2},"content":["#,
            r#"{"type":"text","text":"plain "},"#,
            r#"{"type":"text","marks":[{"type":"bold"}],"text":"bold"}]}]}"#
        )
    );
}

#[test]
fn the_root_where_the_content_is_is_found() {
    let found = |write: &dyn Fn(&mut yrs::TransactionMut)| {
        let doc = Doc::new();
        let mut txn = doc.transact_mut();
        let meta = txn.get_or_insert_map("meta");
        meta.insert(&mut txn, "title", "A title");
        write(&mut txn);
        drop(txn);
        let found = read(&loaded(&doc), None);
        let body = format::write(&found.content, Format::Json, "").body;
        (found.root, body)
    };
    let (root, _) = found(&|_| {});
    assert_eq!(root, "content");
    let (root, body) = found(&|txn| {
        let text = txn.get_or_insert_text("codemirror");
        text.insert(txn, 0, "# Title");
    });
    assert_eq!((&*root, body.contains("# Title")), ("codemirror", true));
    let (root, body) = found(&|txn| {
        let list = txn.get_or_insert_array("todo");
        list.push_back(txn, "a");
        let nested = list.push_back(txn, MapPrelim::default());
        nested.insert(txn, "done", true);
    });
    assert_eq!((&*root, &*body), ("todo", r#"["a",{"done":true}]"#));
    let (root, body) = found(&|txn| {
        let map = txn.get_or_insert_map("state");
        map.insert(txn, "count", 3);
        let text = txn.get_or_insert_text("zzz");
        text.insert(txn, 0, "later");
    });
    assert_eq!((&*root, &*body), ("state", r#"{"count":3}"#));
    let (root, _) = found(&|txn| {
        let text = txn.get_or_insert_text("a");
        text.insert(txn, 0, "first by name");
        let content = txn.get_or_insert_xml_fragment("content");
        content.push_back(txn, XmlElementPrelim::empty("paragraph"));
    });
    assert_eq!(root, "content");
}

#[test]
fn marks_that_overlap_themselves_lose_their_hash() {
    assert_eq!(mark_name("comment--1tiVU/zO"), "comment");
    assert_eq!(mark_name("bold"), "bold");
    assert_eq!(mark_name("a-mark-with-dashes"), "a-mark-with-dashes");
    assert_eq!(mark_name("é--é"), "é--é");
}

/// A document of an editor inside a map was written as JSON and parsed again, and the
/// parser takes 128 levels: of a deeper one null was left, and nobody was told.
#[test]
fn a_document_in_a_map_is_kept_however_deep_it_is() {
    let doc = Doc::new();
    let map = doc.get_or_insert_map("map");
    let mut txn = doc.transact_mut();
    let fragment = map.insert(&mut txn, "page", yrs::XmlFragmentPrelim::default());
    let mut inner = fragment.push_back(&mut txn, XmlElementPrelim::empty("blockquote"));
    for _ in 0..200 {
        inner = inner.push_back(&mut txn, XmlElementPrelim::empty("blockquote"));
    }
    inner.push_back(&mut txn, XmlTextPrelim::new("innermost"));
    drop(txn);
    let json = json(&doc, "map");
    assert!(json.contains("innermost"), "{json}");
    assert_eq!(json.matches("blockquote").count(), 201);
    // What it holds is what it would be alone.
    let page = tree_of(
        r#"{"type":"doc","content":[{"type":"paragraph","content":[
        {"type":"text","marks":[{"type":"bold"},{"type":"link","attrs":{"href":"/a"}}],"text":"a"},
        {"type":"hardBreak"},{"type":"text","text":"b"}]},{"type":"horizontalRule"}]}"#,
    );
    let alone: Value = serde_json::from_str(&json::write::write(&page)).unwrap();
    assert_eq!(json::write::value(&page), alone);
}

fn tree_of(json: &str) -> Tree {
    json::read::read(json.as_bytes()).unwrap().tree
}

/// Maps in maps were cut at 64 levels, and the guard lets 256 in: what was deeper was
/// null, and nobody was told.
#[test]
fn maps_are_read_as_deep_as_the_guard_lets_them_in() {
    let doc = Doc::new();
    let mut map = doc.get_or_insert_map("map");
    let mut txn = doc.transact_mut();
    let levels = crate::wire::guard::Limits::default().type_depth - 1;
    for _ in 0..levels {
        map = map.insert(&mut txn, "in", MapPrelim::default());
    }
    map.insert(&mut txn, "innermost", true);
    drop(txn);
    let json = json(&doc, "map");
    assert!(json.contains(r#"{"innermost":true}"#), "{json}");
}
