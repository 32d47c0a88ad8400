//! Folding a long journal into a snapshot, and leaving memory: nobody notices.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::store::StoreError;
use cowrite::store::memory::MemoryStore;

use yrs::{Text, WriteTxn};

use support::client::Client;
use support::reading;
use support::server::{TestServer, config};
use support::until;
use support::witness::Witness;

/// A server that folds after `rows` appends and forgets idle documents at once.
async fn folding_after(rows: usize) -> (TestServer, Arc<Witness>) {
    let mut config = config();
    config.live.fold_rows = rows;
    config.live.idle_timeout = Duration::ZERO;
    let store = Arc::new(Witness::new());
    (
        TestServer::with(config, Arc::clone(&store) as _).await,
        store,
    )
}

/// Writes `words`, each an append of its own.
async fn writes_slowly(client: &Client, words: impl IntoIterator<Item = String>) {
    for word in words {
        client.types(&word);
        client.saved().await;
    }
}

/// Waits until a document left memory: reading it loads it again.
async fn until_forgotten(server: &TestServer, store: &Witness, document: &str) {
    let loads = store.count().loads;
    let rest = server.rest();
    until("the document leaves memory", || async {
        assert_eq!(rest.content(document, "yjs").await.status, 200);
        (store.count().loads > loads).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_folded_document_is_the_same_document() {
    let (server, store) = folding_after(8).await;
    let mut ada = server.welcomes("Ada", "notes").await;
    writes_slowly(&ada, (0..20).map(|n| format!("{n} "))).await;
    ada.deletes(0, 4);
    ada.saved().await;
    store
        .until("it is folded twice", |count| count.compactions >= 2)
        .await;
    let before = ada.state();
    ada.leaves().await;
    until_forgotten(&server, &store, "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), ada.text());
    assert!(reading::holds(&ben.state(), &before) && reading::holds(&before, &ben.state()));
}

#[tokio::test]
async fn what_is_typed_while_a_document_is_folded_is_kept() {
    let (server, store) = folding_after(4).await;
    let faults = store.faults();
    let mut ada = server.welcomes("Ada", "notes").await;
    faults.hold_compactions();
    writes_slowly(&ada, (0..4).map(|n| format!("{n} "))).await;
    // What goes for one document goes in order: appends wait behind the fold.
    faults.until_held(1).await;
    ada.types("during ");
    let saved = ada.asks_whether_saved();
    faults.until_held(2).await;
    ada.types("the fold ");
    faults.release();
    ada.hears_saved(saved).await;
    writes_slowly(&ada, (4..10).map(|n| format!("{n} "))).await;
    let text = ada.text();
    assert_eq!(text, "0 1 2 3 during the fold 4 5 6 7 8 9 ");
    ada.leaves().await;
    until_forgotten(&server, &store, "notes").await;
    assert_eq!(server.rest().content("notes", "text").await.text(), text);
}

#[tokio::test]
async fn what_is_typed_while_a_snapshot_is_proven_is_kept() {
    let (server, store) = folding_after(4).await;
    let mut ada = server.welcomes("Ada", "notes").await;
    // Many small blocks: the proof takes long enough to type on meanwhile.
    ada.edits(|_, transaction| {
        let text = transaction.get_or_insert_text("content");
        for _ in 0..20_000 {
            text.insert(transaction, 0, "x");
        }
    });
    ada.saved().await;
    for number in 0.. {
        writes_slowly(&ada, [format!("{number} ")]).await;
        if store.count().compactions >= 1 {
            break;
        }
    }
    // A later snapshot would hold again what this one lost.
    let full = StoreError::Engine("the disk is full".to_owned());
    store.faults().fail_compactions(usize::MAX, full);
    let text = ada.text();
    ada.leaves().await;
    until_forgotten(&server, &store, "notes").await;
    assert_eq!(server.rest().content("notes", "text").await.text(), text);
}

#[tokio::test]
async fn a_fold_that_fails_costs_nothing() {
    let (server, store) = folding_after(4).await;
    let full = StoreError::Engine("the disk is full".to_owned());
    store.faults().fail_compactions(2, full);
    let mut ada = server.welcomes("Ada", "notes").await;
    writes_slowly(&ada, (0..20).map(|n| format!("{n} "))).await;
    store
        .until("it is tried again", |count| count.compactions >= 3)
        .await;
    let text = ada.text();
    assert!(ada.is_connected());
    ada.leaves().await;
    until_forgotten(&server, &store, "notes").await;
    assert_eq!(server.rest().content("notes", "text").await.text(), text);
}

#[tokio::test]
async fn a_document_that_nobody_needs_leaves_memory_folded_and_comes_back() {
    let (server, store) = folding_after(usize::MAX).await;
    let mut ada = server.welcomes("Ada", "notes").await;
    writes_slowly(&ada, (0..40).map(|n| format!("{n} "))).await;
    let text = ada.text();
    ada.leaves().await;
    store
        .until("it is folded on leaving", |count| count.compactions == 1)
        .await;
    until_forgotten(&server, &store, "notes").await;
    ada.returns().await;
    ada.types("and on");
    ada.saved().await;
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), format!("{text}and on"));
}

#[tokio::test]
async fn who_comes_while_a_document_leaves_is_not_lost() {
    let (server, store) = folding_after(usize::MAX).await;
    let mut lines = 0;
    let loads = |store: &Witness| store.count().loads;
    // It leaves about a second after the last one did: come around that time.
    for pause in [980, 990, 995, 1000, 1005, 1010, 1020] {
        let mut ada = server.welcomes("Ada", "notes").await;
        ada.types("line\n");
        lines += 1;
        ada.saved().await;
        assert_eq!(ada.text().lines().count(), lines);
        ada.leaves().await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    assert!(loads(&store) > 1, "it never left");
}

#[tokio::test]
async fn a_document_on_disk_survives_folding_and_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        let mut config = config();
        config.live.fold_rows = 8;
        let store = cowrite::store::sqlite::SqliteStore::open(folder.path(), Default::default());
        TestServer::with(config, Arc::new(store.unwrap())).await
    };
    let server = start().await;
    let ada = server.welcomes("Ada", "notes").await;
    writes_slowly(&ada, (0..30).map(|n| format!("{n} "))).await;
    ada.deletes(2, 5);
    ada.saved().await;
    let before = server.rest().state("notes").await;
    server.stops().await;
    let server = start().await;
    let after = server.rest().state("notes").await;
    assert!(reading::holds(&after, &before) && reading::holds(&before, &after));
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), ada.text());
}

#[tokio::test]
async fn a_document_that_fits_its_limit_can_be_loaded_again() {
    let mut config = config();
    config.live.limits.document_bytes = 20_000;
    config.live.idle_timeout = Duration::ZERO;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let ada = server.welcomes("Ada", "notes").await;
    for _ in 0..15 {
        ada.types(&"x".repeat(1000));
    }
    ada.saved().await;
    ada.types(&"y".repeat(6000));
    assert_eq!(ada.is_ended().await, 1009);
    assert_eq!(
        server.rest().content("notes", "text").await.text().len(),
        15_000
    );
}

/// A document in use was folded at each doubling of its size, from a megabyte on: the
/// snapshot, its proof and its way to the disk took three times its size, and others
/// waited for the disk.
#[tokio::test]
async fn large_updates_are_folded_when_nobody_waits() {
    let (server, store) = folding_after(4096).await;
    let mut ada = server.welcomes("Ada", "notes").await;
    for _ in 0..3 {
        ada.types(&"x".repeat(1 << 20));
        ada.saved().await;
    }
    // Saved and read by others, and not folded.
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text().len(), 3 << 20);
    assert_eq!(store.count().compactions, 0);
    ada.leaves().await;
    drop(ben);
    store
        .until("it is folded once they left", |count| {
            count.compactions == 1
        })
        .await;
    let cleo = server.welcomes("Cleo", "notes").await;
    assert_eq!(cleo.text().len(), 3 << 20);
}

/// A document of which enough is in the journal that loading it would take long.
async fn a_long_tail(client: &Client) {
    client.types(&"a long text ".repeat(8_000));
    client.saved().await;
}

#[tokio::test]
async fn a_document_in_which_nobody_writes_is_folded_while_people_look_at_it() {
    let store = Arc::new(Witness::new());
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let ada = server.welcomes("Ada", "notes").await;
    a_long_tail(&ada).await;
    assert_eq!(store.count().compactions, 0, "not while she types");
    store
        .until("it is folded", |count| count.compactions == 1)
        .await;
    ada.types("and on");
    ada.saved().await;
    assert!(ada.is_connected());
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), ada.text());
}

#[tokio::test]
async fn what_would_take_long_to_load_is_folded_before_the_server_ends() {
    let store = Arc::new(Witness::new());
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let (ada, ben) = (
        server.welcomes("Ada", "long").await,
        server.welcomes("Ben", "short").await,
    );
    a_long_tail(&ada).await;
    ben.types("a word");
    ben.saved().await;
    server.stops().await;
    assert_eq!(store.count().compactions, 1, "that of the long one");
}
