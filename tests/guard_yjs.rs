//! What Yjs itself writes is never refused, and means here what it means there.
//!
//! The updates were written by Yjs 13.6; `fixtures/yjs/generate.mjs` says how.
//! `COWRITE_YJS_UPDATES=more.json` takes those of another file that it wrote.

#![allow(clippy::unwrap_used)]

mod guard_session;

use cowrite::wire::guard::hidden_name;
use fastrand::Rng;
use guard_session::server::{Received, Server};
use guard_session::shown::elements;
use serde_json::{Map as Json, Value, json};
use yrs::branch::{Branch, BranchPtr};
use yrs::{
    Any, GetString, Map, MapRef, Number, Out, Text, TextRef, Transact, TransactionMut, WriteTxn,
    Xml,
};

const FIXTURES: &str = include_str!("fixtures/yjs/updates.json");

fn sessions() -> Vec<Value> {
    let fixtures: Value = match std::env::var_os("COWRITE_YJS_UPDATES") {
        Some(path) => serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(),
        None => serde_json::from_str(FIXTURES).unwrap(),
    };
    fixtures["sessions"].as_array().unwrap().clone()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn updates(session: &Value) -> Vec<Vec<u8>> {
    session["updates"]
        .as_array()
        .unwrap()
        .iter()
        .map(bytes)
        .collect()
}

#[track_caller]
fn take(server: &mut Server, update: &[u8]) {
    let received = server.receive(update);
    assert!(matches!(received, Ok(Received::All(_))), "{received:?}");
}

#[track_caller]
fn assert_expected(server: &Server, session: &Value) {
    let mut txn = server.doc.transact_mut();
    let (text, map, list, xml) = (
        txn.get_or_insert_text("text"),
        txn.get_or_insert_map("map"),
        txn.get_or_insert_array("list"),
        txn.get_or_insert_xml_fragment("xml"),
    );
    let shown = json!({
        "text": show_text(&txn, text.as_ref()),
        "map": show_map(&txn, &map),
        "list": elements(&txn, &list).into_iter().map(|out| show(&txn, out)).collect::<Vec<_>>(),
        "xml": elements(&txn, &xml).into_iter().map(|out| show(&txn, out)).collect::<Vec<_>>(),
    });
    assert_eq!(shown, as_floats(session["expected"].clone()));
}

fn show_text(txn: &TransactionMut<'_>, branch: &Branch) -> Value {
    let text = TextRef::from(BranchPtr::from(branch));
    json!({ "text": text.get_string(txn), "length": f64::from(text.len(txn)) })
}

fn show_map(txn: &TransactionMut<'_>, map: &MapRef) -> Value {
    map.iter(txn)
        .map(|(key, out)| (key.to_owned(), show(txn, out)))
        .collect::<Json<_, _>>()
        .into()
}

fn show(txn: &TransactionMut<'_>, out: Out) -> Value {
    match out {
        Out::Any(any) => show_any(&any),
        Out::YText(text) => show_text(txn, text.as_ref()),
        Out::YXmlText(text) => show_text(txn, text.as_ref()),
        Out::YMap(map) => show_map(txn, &map),
        Out::YArray(list) => elements(txn, &list)
            .into_iter()
            .map(|out| show(txn, out))
            .collect(),
        Out::YXmlElement(element) => {
            let attributes: Json<_, _> = element
                .attributes(txn)
                .map(|(key, out)| (key.to_owned(), show(txn, out)))
                .collect();
            let children: Vec<_> = elements(txn, &element)
                .into_iter()
                .map(|out| show(txn, out))
                .collect();
            json!({ "tag": &**element.tag(), "attributes": attributes, "children": children })
        }
        other => panic!("Yjs does not write {other:?}"),
    }
}

fn show_any(any: &Any) -> Value {
    match any {
        Any::Null | Any::Undefined => Value::Null,
        Any::Bool(value) => json!(value),
        Any::Number(Number::Int(number)) => json!(*number as f64),
        Any::Number(Number::Float(number)) => json!(number),
        Any::String(text) => json!(&**text),
        Any::Buffer(bytes) if let Some(name) = hidden_name(bytes) => json!({ "doc": name }),
        Any::Buffer(bytes) => {
            json!({ "bytes": bytes.iter().map(|b| f64::from(*b)).collect::<Vec<_>>() })
        }
        Any::Array(values) => values.iter().map(show_any).collect(),
        Any::Map(map) => map
            .iter()
            .map(|(k, v)| (k.clone(), show_any(v)))
            .collect::<Json<_, _>>()
            .into(),
    }
}

fn as_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(values) => values.into_iter().map(as_floats).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(k, v)| (k, as_floats(v)))
            .collect::<Json<_, _>>()
            .into(),
        other => other,
    }
}

#[test]
fn keystrokes_in_order_are_sound() {
    for session in sessions() {
        let mut server = Server::new(true);
        updates(&session)
            .iter()
            .for_each(|update| take(&mut server, update));
        server.check_outline();
        assert_expected(&server, &session);
        assert_expected(&Server::load(&server.everything(), true), &session);
    }
}

#[test]
fn updates_out_of_order_wait_and_are_taken_in_the_end() {
    for (seed, session) in (0..).zip(sessions()) {
        let mut waiting = updates(&session);
        Rng::with_seed(seed).shuffle(&mut waiting);
        let mut server = Server::new(true);
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|update| !matches!(server.receive(update).unwrap(), Received::All(_)));
            assert!(waiting.len() < before, "somebody can always go on");
        }
        assert_expected(&server, &session);
    }
}

#[test]
fn a_whole_document_is_sound_however_it_was_written() {
    for session in sessions() {
        for kind in ["state", "merged"] {
            let mut server = Server::new(true);
            take(&mut server, &bytes(&session[kind]));
            assert_expected(&server, &session);
        }
    }
}

#[test]
fn the_difference_completes_what_half_of_the_updates_made() {
    for session in sessions() {
        let updates = updates(&session);
        let mut server = Server::new(true);
        updates[..updates.len() / 2]
            .iter()
            .for_each(|update| take(&mut server, update));
        take(&mut server, &bytes(&session["rest"]));
        assert_expected(&server, &session);
    }
}

#[test]
fn clients_that_wait_for_something_themselves_are_not_refused() {
    for session in sessions() {
        for kind in ["holes", "waiting"] {
            let mut server = Server::new(true);
            server.receive(&bytes(&session[kind])).unwrap();
            updates(&session)
                .iter()
                .for_each(|update| take(&mut server, update));
            assert_expected(&server, &session);
            // And once more, now that everything is known.
            server.receive(&bytes(&session[kind])).unwrap();
            assert_expected(&server, &session);
        }
    }
}
