//! What a store remembers of documents that crashed.

use std::path::Path;

use bytes::Bytes;
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::SCHEMA_VERSION;
use cowrite::store::{
    Crash, CrashHistory, During, KEPT_BYTES, KEPT_CRASHES, LARGEST_KEPT, Store, StoreError,
};

use crate::language::{Words, at, behind_the_back, named, open, text};

crate::for_every_store! {
    crashes_in_a_row_are_those_without_an_append_between,
    a_crash_takes_its_place_in_the_order_of_appends,
    what_was_released_does_not_count_and_stays_refused,
    a_document_may_crash_that_nobody_ever_wrote,
    the_oldest_crashes_are_forgotten_first,
    of_a_huge_update_only_the_hash_is_kept,
}

fn crash(document: &str, during: During, update: Option<Bytes>) -> Crash {
    Crash {
        document: named(document),
        at: at(0),
        during,
        reason: "a test".to_owned(),
        author: "nobody".to_owned(),
        hash: update.as_ref().map(|_| "00".to_owned()),
        update,
    }
}

fn applying(document: &str, update: &'static str) -> Crash {
    let update = Some(Bytes::from_static(update.as_bytes()));
    crash(document, During::Applying, update)
}

/// How many in a row, how many while loading, and the updates in one word.
async fn history(store: &impl Store, document: &str) -> (usize, usize, String) {
    let CrashHistory {
        in_a_row,
        ended: _,
        loading,
        updates,
    } = store.crashes(&named(document)).await.unwrap();
    (
        in_a_row,
        loading,
        String::from_utf8(updates.concat()).unwrap(),
    )
}

async fn crashes_in_a_row_are_those_without_an_append_between(store: &impl Store) {
    store.wrote("plan", "1").await;
    assert_eq!(history(store, "plan").await, (0, 0, String::new()));
    store.crashed(applying("plan", "a")).await.unwrap();
    assert_eq!(history(store, "plan").await, (1, 0, "a".into()));
    let last = store.wrote("plan", "2").await;
    assert_eq!(history(store, "plan").await, (0, 0, "a".into()));
    store.crashed(applying("plan", "b")).await.unwrap();
    // Neither others' appends nor a fold of its own come between.
    store.wrote("diary", "1").await;
    store.folded("plan", last, "12").await;
    store.crashed(applying("plan", "c")).await.unwrap();
    assert_eq!(history(store, "plan").await, (2, 0, "abc".into()));
    assert_eq!(history(store, "diary").await, (0, 0, String::new()));
    let loading = crash("plan", During::Loading, None);
    store.crashed(loading).await.unwrap();
    assert_eq!(history(store, "plan").await, (2, 1, "abc".into()));
    // Of an end of the process nobody knows the reason: it is counted by itself.
    let ended = crash("plan", During::Applying, None);
    store.crashed(ended).await.unwrap();
    assert_eq!(history(store, "plan").await, (2, 1, "abc".into()));
    assert_eq!(store.crashes(&named("plan")).await.unwrap().ended, 1);
}

async fn a_crash_takes_its_place_in_the_order_of_appends(store: &impl Store) {
    // None of these is waited for before all are made.
    let _first = store.write("plan", "1");
    let _one = store.crashed(applying("plan", "a"));
    let once = store.crashes(&named("plan"));
    let _second = store.write("plan", "2");
    let never = store.crashes(&named("plan"));
    let _b = store.crashed(applying("plan", "b"));
    let _c = store.crashed(applying("plan", "c"));
    let twice = store.crashes(&named("plan"));
    let counts = [once.await, never.await, twice.await].map(|found| found.unwrap().in_a_row);
    assert_eq!(counts, [1, 0, 2]);
}

async fn what_was_released_does_not_count_and_stays_refused(store: &impl Store) {
    for update in ["a", "b"] {
        store.crashed(applying("plan", update)).await.unwrap();
        store
            .crashed(crash("plan", During::Loading, None))
            .await
            .unwrap();
    }
    store.crashed(applying("diary", "d")).await.unwrap();
    let id = named("plan");
    assert_eq!(store.release(&id, Some(During::Loading)).await, Ok(2));
    assert_eq!(history(store, "plan").await, (2, 0, "ab".into()));
    assert_eq!(store.release(&id, None).await, Ok(2));
    assert_eq!(store.release(&id, None).await, Ok(0));
    assert_eq!(history(store, "plan").await, (0, 0, "ab".into()));
    assert_eq!(history(store, "diary").await, (1, 0, "d".into()));
}

async fn a_document_may_crash_that_nobody_ever_wrote(store: &impl Store) {
    for update in ["a", "b"] {
        store.crashed(applying("nobody's", update)).await.unwrap();
    }
    assert_eq!(history(store, "nobody's").await, (2, 0, "ab".into()));
    assert_eq!(store.load(&named("nobody's")).await, Ok(None));
    store.wrote("nobody's", "1").await;
    assert_eq!(history(store, "nobody's").await, (0, 0, "ab".into()));
}

async fn the_oldest_crashes_are_forgotten_first(store: &impl Store) {
    store.crashed(applying("first", "a")).await.unwrap();
    let big = Bytes::from(vec![b'x'; LARGEST_KEPT]);
    for _ in 0..KEPT_BYTES / LARGEST_KEPT {
        let crash = crash("big", During::Applying, Some(big.clone()));
        store.crashed(crash).await.unwrap();
    }
    assert_eq!(history(store, "first").await, (0, 0, String::new()));
    let kept = store.crashes(&named("big")).await.unwrap();
    assert_eq!(kept.updates.len(), KEPT_BYTES / LARGEST_KEPT);
    let many: Vec<_> = (0..KEPT_CRASHES)
        .map(|_| store.crashed(crash("many", During::Loading, None)))
        .collect();
    for ticket in many {
        ticket.await.unwrap();
    }
    assert_eq!(history(store, "many").await.1, KEPT_CRASHES);
    assert_eq!(history(store, "big").await, (0, 0, String::new()));
}

async fn of_a_huge_update_only_the_hash_is_kept(store: &impl Store) {
    let huge = Bytes::from(vec![b'x'; LARGEST_KEPT + 1]);
    let crash = crash("plan", During::Applying, Some(huge));
    store.crashed(crash).await.unwrap();
    assert_eq!(history(store, "plan").await, (1, 0, String::new()));
}

#[tokio::test]
async fn crashes_outlive_the_process() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "1").await;
    for update in ["a", "b"] {
        store.crashed(applying("plan", update)).await.unwrap();
    }
    // Not closed: the record that lags has to be caught up with.
    drop(store);
    let store = open(place.path());
    assert_eq!(history(&store, "plan").await, (2, 0, "ab".into()));
    store.close().await.unwrap();
    let store = open(place.path());
    assert_eq!(history(&store, "plan").await, (2, 0, "ab".into()));
    store.wrote("plan", "2").await;
    assert_eq!(history(&store, "plan").await, (0, 0, "ab".into()));

    let memory = MemoryStore::new();
    memory.crashed(applying("plan", "a")).await.unwrap();
    assert_eq!(
        history(&memory.reopened(), "plan").await,
        (1, 0, "a".into())
    );
}

#[tokio::test]
async fn a_store_that_cannot_write_says_so_of_crashes_too() {
    let store = MemoryStore::new();
    store.faults().stop("fsync failed");
    let stopped = StoreError::Engine("fsync failed".to_owned());
    assert_eq!(store.crashed(applying("plan", "a")).await, Err(stopped));
    assert_eq!(history(&store, "plan").await, (0, 0, String::new()));
}

#[tokio::test]
async fn a_damaged_update_is_left_out_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    for update in ["a", "b"] {
        store.crashed(applying("plan", update)).await.unwrap();
    }
    behind_the_back(place.path())
        .execute("UPDATE crashes SET body = x'00' WHERE body = x'61'", [])
        .unwrap();
    assert_eq!(history(&store, "plan").await, (2, 0, "b".into()));
}

#[tokio::test]
async fn crashes_can_be_read_in_the_shell() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.crashed(applying("plan", "abc")).await.unwrap();
    let seen: (String, String, i64, String) = behind_the_back(place.path())
        .query_row(
            "SELECT document, during, length(body),
                    strftime('%Y-%m-%d %H:%M:%S', crashed_at / 1000000, 'unixepoch') FROM crashes",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    let when = "2026-09-21 14:13:20".to_owned();
    assert_eq!(seen, ("plan".to_owned(), "applying".to_owned(), 3, when));
}

/// Takes a database back to the layout before crashes were remembered.
fn as_version_2(place: &Path) {
    behind_the_back(place)
        .execute_batch(
            "DROP TABLE history; DROP TABLE versions; DROP TABLE authors; DROP TABLE crashes;
             ALTER TABLE journal DROP COLUMN client; PRAGMA user_version = 2;",
        )
        .unwrap();
}

#[tokio::test]
async fn a_database_that_knew_no_crashes_is_brought_up_to_date() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let first = store.titled("plan", Some("Plan")).await;
    store.folded("plan", first, "A").await;
    store.wrote("plan", "b").await;
    store.create(&named("gone"), None).await.unwrap();
    store.delete(&named("gone")).await.unwrap();
    let before = (store.loaded("plan").await, store.loaded("gone").await);
    let record = store.described("plan").await;
    drop(store);
    as_version_2(place.path());

    let store = open(place.path());
    let version: i32 = behind_the_back(place.path())
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, SCHEMA_VERSION);
    let after = (store.loaded("plan").await, store.loaded("gone").await);
    assert_eq!(after, before);
    assert_eq!(store.described("plan").await, record);
    assert_eq!(history(&store, "plan").await, (0, 0, String::new()));
    store.crashed(applying("plan", "x")).await.unwrap();
    store.wrote("plan", "c").await;
    assert_eq!(text(&store.loaded("plan").await), "[A] b c");
}
