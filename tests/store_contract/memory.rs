//! What a test of the layers above can do to the memory store.

use bytes::Bytes;
use cowrite::store::memory::MemoryStore;
use cowrite::store::{Health, Store, StoreError};

use crate::language::{Words, named, text};

#[tokio::test]
async fn held_appends_wait_and_nothing_of_their_document_overtakes_them() {
    let store = MemoryStore::new();
    let faults = store.faults();
    store.wrote("plan", "a").await;
    faults.hold_appends();
    let held = store.write("plan", "b");
    let load = store.load(&named("plan"));
    assert_eq!(faults.held(), 2);
    faults.until_held(2).await;
    assert_eq!(
        text(&store.reopened().loaded("plan").await),
        "a",
        "nothing is kept yet"
    );
    store.create(&named("other"), None).await.unwrap();

    assert!(faults.release_one());
    held.await.unwrap();
    let closed = store.close();
    faults.release();
    assert_eq!(text(&load.await.unwrap().unwrap()), "a b");
    closed.await.unwrap();
    assert!(!faults.release_one());
}

#[tokio::test]
async fn a_failed_append_leaves_no_trace_and_the_next_one_heals() {
    let store = MemoryStore::new();
    let full = StoreError::Engine("disk full".to_owned());
    store.faults().fail_appends(2, full.clone());
    assert_eq!(store.write("plan", "a").await, Err(full.clone()));
    assert_eq!(store.health(), Health::Failing("disk full".to_owned()));
    assert_eq!(store.write("plan", "b").await, Err(full));
    assert_eq!(store.load(&named("plan")).await, Ok(None));
    store.wrote("plan", "c").await;
    assert_eq!(store.health(), Health::Ready);
    assert_eq!(text(&store.loaded("plan").await), "c");
}

#[tokio::test]
async fn damage_is_an_error_until_it_is_mended() {
    let store = MemoryStore::new();
    store.wrote("plan", "a").await;
    store.faults().damage(&named("plan"));
    store.found_damaged("plan").await;
    store.reopened().found_damaged("plan").await;
    store.faults().mend(&named("plan"));
    assert_eq!(text(&store.loaded("plan").await), "a");
    store
        .faults()
        .fail_loads(1, StoreError::Engine("no".to_owned()));
    assert!(store.load(&named("plan")).await.is_err());
    assert_eq!(text(&store.loaded("plan").await), "a");
}

#[tokio::test]
async fn a_stopped_store_still_reads() {
    let store = MemoryStore::new();
    let seq = store.wrote("plan", "a").await;
    store.faults().stop("fsync failed");
    assert_eq!(
        store.write("plan", "b").await,
        Err(StoreError::Engine("fsync failed".to_owned()))
    );
    assert!(
        store
            .compact(&named("plan"), seq, Bytes::new(), None)
            .await
            .is_err()
    );
    assert_eq!(text(&store.loaded("plan").await), "a");
    assert_eq!(store.health(), Health::Stopped("fsync failed".to_owned()));
}

#[tokio::test]
async fn a_reopened_store_has_the_documents_and_goes_on() {
    let store = MemoryStore::new();
    let seq = store.wrote("plan", "a").await;
    store.close().await.unwrap();
    let again = store.reopened();
    assert_eq!(again.health(), Health::Ready);
    assert!(again.wrote("plan", "b").await > seq);
    assert_eq!(text(&again.loaded("plan").await), "a b");
}
