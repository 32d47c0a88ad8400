//! Histories that no snapshot can hold, and what becomes of them.
//!
//! An item names the two elements it was put between. Of an honest one the left
//! stands before the right. A forged one may name the same element twice, or name
//! them crossed. Yjs and yrs find the left block first and then split a block at the
//! right element; when both are in one block, what they hold for the left block is
//! then its first half, and the item goes before its left neighbour instead of after
//! it. So its place depends on how blocks are cut just then, which is no part of a
//! document's state. Under a key of a map the last value stands and deletes the
//! others: the document has one value, and whoever loads its state has none.
//!
//! No check of a single update can tell: which blocks are one is yrs' own affair, and
//! honest items do have a right neighbour that is older than the left one. The promise
//! is that nothing is lost: a state that does not make the document again never
//! replaces its journal, and the journal makes the same document every time.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use cowrite::id::{DocumentId, SessionId};
use cowrite::replica::{Limits, Replica, fingerprint, verify_snapshot};
use cowrite::store::Store;
use cowrite::wire::guard;
use cowrite::wire::ysync::ClientMessage;
use support::server::{TestServer, config};
use support::wire;
use support::witness::Witness;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, Map, Out, ReadTxn, StateVector, Transact, Update};

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
fn its_snapshot_is_refused_and_its_journal_makes_it_every_time() {
    for (name, updates) in histories() {
        let mut replica = Replica::empty(Limits::default());
        let mallory = SessionId::fresh();
        replica.join(mallory);
        let mut journal = Vec::new();
        for update in updates {
            let message = ClientMessage::Update(update);
            replica.receive(mallory, message, Instant::now()).unwrap();
            journal.push(replica.depart().unwrap().unwrap());
            replica.durable();
        }
        let fingerprint = replica.fingerprint();
        let refused = verify_snapshot(&replica.snapshot(), &fingerprint, &guard::Limits::default());
        assert!(refused.is_err(), "{name}: the snapshot is another document");
        let rows: Vec<&Bytes> = journal.iter().collect();
        for _ in 0..4 {
            let loaded = Replica::load(&rows, Limits::default()).unwrap();
            assert_eq!(loaded.fingerprint(), fingerprint, "{name}");
            assert_eq!(value(loaded.doc()), value(replica.doc()), "{name}");
        }
    }
}

#[tokio::test]
async fn a_server_keeps_the_journal_of_what_no_snapshot_holds() {
    let mut config = config();
    config.live.fold_rows = 2;
    let store = Arc::new(Witness::new());
    let server = TestServer::with(config, Arc::clone(&store) as _).await;
    let mallory = server.welcomes("Mallory", "forged").await;
    for update in [TWO_VALUES, BETWEEN_ONE, TWO_VALUES, BETWEEN_ONE] {
        mallory.says(wire::update(update));
        mallory.saved().await;
    }
    // Snapshots are proven one after the other: when this one was, that one was.
    let ada = server.welcomes("Ada", "honest").await;
    for word in ["one ", "two ", "three "] {
        ada.types(word);
        ada.saved().await;
    }
    store
        .until("the honest one is folded", |count| count.compactions > 0)
        .await;
    let stored = |name: &str| {
        let id = DocumentId::parse(name).unwrap();
        store.load(&id)
    };
    let honest = stored("honest").await.unwrap().unwrap();
    assert!(honest.snapshot.is_some());
    let forged = stored("forged").await.unwrap().unwrap();
    assert_eq!(forged.snapshot, None, "its journal was not replaced");
    let rows: Vec<&Bytes> = forged.tail.iter().map(|(_, row)| row).collect();
    let loaded = Replica::load(&rows, Limits::default()).unwrap();
    assert_eq!(value(loaded.doc()), Some(Out::Any(Any::Bool(true))));
    server.stops().await;
}
