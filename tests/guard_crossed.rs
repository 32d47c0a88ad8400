//! Items whose place depends on how blocks happen to be cut.
//!
//! An item names the two elements it was put between. Of an honest one the left
//! stands before the right. A forged one may name the same element twice, or name
//! them crossed. Yjs and yrs find the left block first and then split a block at the
//! right element; when both are in one block, what they hold for the left block is
//! then its first half, and the item goes before its left neighbour instead of after
//! it. So its place depends on how blocks are cut just then, which is no part of a
//! document's state.
//!
//! Under a key of a map the last value stands and deletes the others: the document has
//! one value, and whoever loads its state has none. No editor gives a map entry a right
//! neighbour, so the guard refuses one (*EntryNeighbour*). In a list nothing is deleted
//! by where it stands, and no check of a single update can tell a crossed pair from an
//! honest one, since honest items do have a right neighbour that is older than the left:
//! there the promise is that only the forged item moves.

#![allow(clippy::unwrap_used)]

mod support;

use bytes::Bytes;
use cowrite::replica::{Limits, Replica, fingerprint};
use cowrite::wire::malformed::Rule;
use support::server::TestServer;
use support::wire;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, GetString, Map, Out, ReadTxn, StateVector, Transact, Update};

/// In the map "m", two values of the key "a": the second stands.
const TWO_VALUES: &[u8] = &[
    1, 2, 1, 0, 0x28, 1, 1, b'm', 1, b'a', 1, 120, 0x88, 1, 0, 1, 121, 0,
];
/// A third, whose two neighbours are both the second: it stands.
const BETWEEN_ONE: &[u8] = &[1, 1, 1, 2, 0xc8, 1, 1, 1, 1, 1, 120, 0];

/// Three deleted values of that key that are one block; of another client, two that
/// stand after the last of these and before the one before it; and one after the last.
const ONE_BLOCK: &[u8] = &[1, 1, 1, 0, 0x21, 1, 1, b'm', 1, b'a', 3, 0];
const CROSSED: &[u8] = &[1, 1, 2, 0, 0xc1, 1, 2, 1, 1, 2, 0];
const AFTER_CROSSED: &[u8] = &[1, 1, 2, 2, 0x88, 1, 2, 1, 120, 0];

fn histories() -> [(&'static str, Vec<Bytes>); 2] {
    let all = |updates: &[&'static [u8]]| {
        let updates = updates.iter();
        updates.map(|update| Bytes::from_static(update)).collect()
    };
    [
        ("one neighbour", all(&[TWO_VALUES, BETWEEN_ONE])),
        (
            "crossed neighbours",
            all(&[ONE_BLOCK, CROSSED, AFTER_CROSSED]),
        ),
    ]
}

/// What yrs makes of updates, without anything of ours.
fn plain(updates: &[Bytes]) -> Doc {
    let doc = Doc::new();
    doc.get_or_insert_map("m");
    for update in updates {
        let update = Update::decode_v1(update).unwrap();
        doc.transact_mut().apply_update(update).unwrap();
    }
    doc
}

fn value(doc: &Doc) -> Option<Out> {
    let map = doc.get_or_insert_map("m");
    let txn = doc.transact();
    map.get(&txn, "a")
}

#[test]
fn yrs_loads_another_document_than_it_saved() {
    for (name, updates) in histories() {
        let doc = plain(&updates);
        let state = doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default());
        let loaded = plain(&[state.into()]);
        assert_eq!(value(&doc), Some(Out::Any(Any::Bool(true))), "{name}");
        assert_eq!(value(&loaded), None, "{name}");
        assert_eq!(
            doc.transact().state_vector(),
            loaded.transact().state_vector()
        );
        assert_ne!(fingerprint(&doc), fingerprint(&loaded), "{name}");
    }
}

#[test]
fn disk_is_refused_it_too() {
    for (name, updates) in histories() {
        let rows: Vec<&Bytes> = updates.iter().collect();
        Replica::load(&rows[..1], Limits::default()).expect("the first is honest");
        let refused = Replica::load(&rows, Limits::default()).unwrap_err();
        let reason = Rule::EntryNeighbour.to_string();
        assert_eq!(refused.part, 1, "{name}");
        assert!(refused.reason.contains(&reason), "{name}: {refused}");
    }
}

/// Letters of one block, and one that is put after the third and before the second.
const LETTERS: &[u8] = &[1, 1, 1, 0, 4, 1, 1, b't', 3, b'a', b'b', b'c', 0];
const CROSSED_LETTER: &[u8] = &[1, 1, 2, 0, 0xc4, 1, 2, 1, 1, 1, b'X', 0];

#[test]
fn in_a_text_only_the_forged_letter_moves() {
    let rows = [LETTERS, CROSSED_LETTER].map(Bytes::from_static);
    let lived = Replica::load(&[&rows[0], &rows[1]], Limits::default()).unwrap();
    let loaded = Replica::load(&[&lived.snapshot()], Limits::default()).unwrap();
    let text = |replica: &Replica| {
        let text = replica.doc().get_or_insert_text("t");
        let txn = replica.doc().transact();
        text.get_string(&txn)
    };
    let (lived, loaded) = (text(&lived), text(&loaded));
    assert_ne!(lived, loaded, "else yrs was mended, and this page may go");
    for text in [lived, loaded] {
        assert_eq!(text.replace('X', ""), "abc", "{text}");
    }
}

#[tokio::test]
async fn a_server_refuses_it_and_the_document_lives_on() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "plan").await;
    for (name, updates) in histories() {
        let mallory = server.welcomes("Mallory", "plan").await;
        for update in updates {
            mallory.says(wire::update(&update));
        }
        assert_eq!(mallory.is_ended().await, 4400, "{name}");
    }
    ada.types("still here");
    ada.saved().await;
    let bob = server.welcomes("Bob", "plan").await;
    bob.sees("still here").await;
    server.stops().await;
}
