//! Runs whose commits are not synced, and what a power loss leaves of them: the log
//! up to some length, and everything that was synced before.

use std::fs;
use std::path::Path;

use cowrite::store::Store;
use cowrite::store::sqlite::{
    DATABASE, Damage, Durability, OpenError, Options, SqliteStore, back_up, examine, put_back,
};

use crate::language::{Words, behind_the_back, named, open, text};

const LOG: &str = "cowrite.db-wal";

fn open_for(durability: Durability, place: &Path) -> Result<SqliteStore, OpenError> {
    let options = Options {
        durability,
        ..Options::default()
    };
    SqliteStore::open(place, options)
}

fn open_unsynced(place: &Path) -> SqliteStore {
    open_for(Durability::Os, place).unwrap()
}

/// The files of a store that is open, with `length` bytes of its log.
fn after_power_loss(place: &Path, length: usize) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(place).unwrap() {
        let entry = entry.unwrap();
        let mut bytes = fs::read(entry.path()).unwrap();
        match entry.file_name().to_str() {
            // The index of the log is rebuilt by whoever comes next.
            Some(name) if name.ends_with("-shm") => continue,
            Some(LOG) => bytes.truncate(length),
            _ => {}
        }
        fs::write(image.path().join(entry.file_name()), bytes).unwrap();
    }
    image
}

fn length_of_log(place: &Path) -> usize {
    fs::metadata(place.join(LOG)).unwrap().len() as usize
}

/// The second place in which acknowledged rows stand would have known more than the
/// log, and a sound document would have been refused as damaged.
#[tokio::test]
async fn what_is_left_of_unsynced_commits_is_older_and_not_damaged() {
    let place = tempfile::tempdir().unwrap();
    // What a synced run before it left in every file.
    let store = open(place.path());
    store.wrote("plan", "0").await;
    store.create(&named("gone"), None).await.unwrap();
    store.delete(&named("gone")).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = open_unsynced(place.path());
    for n in 1..6 {
        store.wrote("plan", &n.to_string()).await;
    }
    store.restore(&named("gone")).await.unwrap();
    let seq = store.wrote("plan", "6").await;
    store.folded("plan", seq, "0 1 2 3 4 5 6").await;
    store.wrote("plan", "7").await;
    let all = length_of_log(place.path());
    let mut found = Vec::new();
    for length in (0..all).step_by(1_500).chain([all]) {
        for next in [Durability::Os, Durability::Fsync] {
            let image = after_power_loss(place.path(), length);
            let examination = examine(image.path(), &|_| Ok(())).unwrap();
            let problems = (&examination.problems, examination.damaged().next());
            assert!(examination.is_clean(), "{length}: {problems:?}");
            let copy = image.path().join("a backup");
            back_up(image.path(), &copy, Damage::Refuse, &|_| Ok(())).unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            put_back(&copy, elsewhere.path(), Damage::Refuse, &|_| Ok(())).unwrap();
            let copied = text(&open(elsewhere.path()).loaded("plan").await);
            let store = open_for(next, image.path()).unwrap();
            let plan = text(&store.loaded("plan").await);
            assert_eq!(plan, copied);
            let plan = plan.replace(['[', ']'], "");
            assert!("0 1 2 3 4 5 6 7".starts_with(&plan), "{plan:?}");
            let deleted = store.loaded("gone").await.deleted.is_some();
            assert!(deleted || plan.contains('5'), "{plan:?}");
            assert!(!deleted || !plan.contains('6'), "{plan:?}");
            // And it goes on, from there.
            store.wrote("plan", "on").await;
            store.close().await.unwrap();
            drop(store);
            let again = text(&open(image.path()).loaded("plan").await);
            assert!(again.ends_with(" on"), "{again:?}");
            found.push(plan);
        }
    }
    assert_eq!(found.last().unwrap(), "0 1 2 3 4 5 6 7");
    found.dedup();
    assert!(
        found.len() > 6,
        "the log was cut in too few places: {found:?}"
    );
}

#[tokio::test]
async fn what_a_synced_run_acknowledged_is_missed_whoever_comes_next() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    store.wrote("other", "x").await;
    store.close().await.unwrap();
    drop(store);
    let store = open(place.path());
    store.wrote("plan", "b").await;
    for next in [Durability::Os, Durability::Fsync] {
        let image = after_power_loss(place.path(), 0);
        for _ in 0..2 {
            let store = open_for(next, image.path()).unwrap();
            assert!(store.found_damaged("plan").await.contains("missing"));
            assert_eq!(text(&store.loaded("other").await), "x");
            store.close().await.unwrap();
        }
        open(image.path()).found_damaged("plan").await;
    }
}

/// Somebody who reads keeps the log from being emptied, so the generation stays, and
/// the witness of the run before speaks on. It knew of a deletion that the unsynced
/// run took back, and would have done it again.
#[tokio::test]
async fn the_witness_of_a_run_before_does_not_undo_what_an_unsynced_run_did() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.create(&named("gone"), None).await.unwrap();
    store.wrote("plan", "a").await;
    drop(store);
    let reader = behind_the_back(place.path());
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM journal")
        .unwrap();
    let synced = open(place.path());
    synced.wrote("plan", "b").await;
    synced.delete(&named("gone")).await.unwrap();
    drop(synced);
    let unsynced = open_unsynced(place.path());
    unsynced.restore(&named("gone")).await.unwrap();
    unsynced.wrote("plan", "c").await;
    let all = length_of_log(place.path());
    let image = after_power_loss(place.path(), all);
    let next = open(image.path());
    assert_eq!(next.loaded("gone").await.deleted, None);
    assert_eq!(text(&next.loaded("plan").await), "a b c");
    // What the synced run had on disk is missed all the same.
    for next in [Durability::Os, Durability::Fsync] {
        let without_log = after_power_loss(place.path(), 0);
        let store = open_for(next, without_log.path()).unwrap();
        assert!(store.found_damaged("plan").await.contains("missing"));
    }
}

#[tokio::test]
async fn an_unsynced_run_leaves_a_trace_of_its_database_too() {
    let place = tempfile::tempdir().unwrap();
    let store = open_unsynced(place.path());
    store.wrote("plan", "a").await;
    store.close().await.unwrap();
    drop(store);
    fs::write(place.path().join(DATABASE), "").unwrap();
    for next in [Durability::Os, Durability::Fsync] {
        let error = open_for(next, place.path()).unwrap_err();
        assert!(matches!(error, OpenError::Emptied { .. }), "{error:?}");
    }
}
