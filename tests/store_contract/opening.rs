//! Opening a data directory, and refusing to.

use std::fs;

use cowrite::store::sqlite::{
    APPLICATION_ID, DATABASE, OpenError, Options, SCHEMA_VERSION, SqliteStore,
};
use cowrite::store::{ListQuery, Store};

use crate::language::{Words, behind_the_back, named, open, text};

fn refused(place: &std::path::Path) -> OpenError {
    SqliteStore::open(place, Options::default()).unwrap_err()
}

#[tokio::test]
async fn what_was_closed_is_found_again() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let first = store.wrote("plan", "a").await;
    store.titled("plan", Some("Plan")).await;
    store.folded("plan", first, "A").await;
    store.create(&named("gone"), None).await.unwrap();
    store.delete(&named("gone")).await.unwrap();
    let before = (store.loaded("plan").await, store.loaded("gone").await);
    let record = store.described("plan").await;
    store.close().await.unwrap();
    drop(store);

    let left: Vec<_> = fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(
        left.len(),
        3,
        "one database, its witness and the lock file, but: {left:?}"
    );

    let store = open(place.path());
    assert_eq!(
        (store.loaded("plan").await, store.loaded("gone").await),
        before
    );
    assert_eq!(store.described("plan").await, record);
    let page = store
        .list(ListQuery {
            limit: 9,
            ..ListQuery::default()
        })
        .await
        .unwrap();
    assert_eq!(page.records, [record]);
}

#[tokio::test]
async fn positions_are_not_given_out_twice_though_their_rows_are_gone() {
    let place = tempfile::tempdir().unwrap();
    let mut last = None;
    for _ in 0..3 {
        let store = open(place.path());
        let seq = store.wrote("plan", "a").await;
        assert!(Some(seq) > last, "{seq} after {last:?}");
        store.folded("plan", seq, "A").await;
        last = Some(seq);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_is_dropped_lets_go_of_its_directory() {
    let place = tempfile::tempdir().unwrap();
    for n in 0..5 {
        let store = open(place.path());
        drop(store.write("plan", &n.to_string()));
    }
    assert_eq!(text(&open(place.path()).loaded("plan").await), "0 1 2 3 4");
}

#[tokio::test]
async fn a_second_store_on_the_same_directory_is_told_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let first = open(place.path());
    let error = refused(place.path());
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    let said = error.to_string();
    let directory = place.path().to_str().unwrap();
    let process = format!("process {}", std::process::id());
    for part in [directory, &process, "data directory of its own"] {
        assert!(said.contains(part), "{said:?} does not say {part:?}");
    }
    first.wrote("plan", "a").await;
    first.close().await.unwrap();
    assert_eq!(text(&open(place.path()).loaded("plan").await), "a");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_named() {
    let place = tempfile::tempdir().unwrap();
    open(place.path()).close().await.unwrap();
    let newer = SCHEMA_VERSION + 41;
    behind_the_back(place.path())
        .pragma_update(None, "user_version", newer)
        .unwrap();
    let error = refused(place.path());
    assert!(matches!(error, OpenError::Newer { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .contains(&format!("knows version {newer}")),
        "{error}"
    );
}

/// Deleting the lock file used to let a second process in: what is locked was a
/// name, and a new file under it was free.
#[cfg(unix)]
#[tokio::test]
async fn deleting_the_lock_file_lets_nobody_in() {
    let place = tempfile::tempdir().unwrap();
    let first = open(place.path());
    fs::remove_file(place.path().join("cowrite.lock")).unwrap();
    let error = refused(place.path());
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    first.wrote("plan", "a").await;
    first.close().await.unwrap();
    assert_eq!(text(&open(place.path()).loaded("plan").await), "a");
}

#[tokio::test]
async fn an_empty_database_where_a_full_one_was_is_no_new_store() {
    // After a stop in order, and after a kill.
    for killed in [false, true] {
        for gone in [false, true] {
            let place = tempfile::tempdir().unwrap();
            let image = tempfile::tempdir().unwrap();
            let store = open(place.path());
            store.wrote("plan", "a").await;
            if !killed {
                store.close().await.unwrap();
            }
            for entry in fs::read_dir(place.path()).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), image.path().join(entry.file_name())).unwrap();
            }
            let database = image.path().join(DATABASE);
            let before = fs::read(&database).unwrap();
            match gone {
                true => fs::remove_file(&database).unwrap(),
                false => fs::write(&database, "").unwrap(),
            }
            let error = refused(image.path());
            assert!(matches!(error, OpenError::Emptied { .. }), "{error:?}");
            let said = error.to_string();
            assert!(
                said.contains("backup") && said.contains("cowrite.db"),
                "{said}"
            );
            fs::write(&database, before).unwrap();
            assert_eq!(text(&open(image.path()).loaded("plan").await), "a");
        }
    }
    // Somebody who was killed before there was anything begins anew.
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join(DATABASE), "").unwrap();
    fs::write(place.path().join("cowrite.lock"), "17\n").unwrap();
    open(place.path()).wrote("plan", "a").await;
}

/// The log may be lost as a whole: deleted by somebody who tidies up, or empty
/// after a crash of the file system. SQLite takes that for nothing to recover.
#[tokio::test]
async fn a_lost_log_is_missed() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    store.wrote("untouched", "x").await;
    store.close().await.unwrap();
    drop(store);
    let store = open(place.path());
    store.wrote("plan", "b").await;
    store.wrote("new", "c").await;
    store.create(&named("made"), None).await.unwrap();
    store.delete(&named("untouched")).await.unwrap();
    let image = tempfile::tempdir().unwrap();
    for file in [DATABASE, "cowrite.db-rows"] {
        fs::copy(place.path().join(file), image.path().join(file)).unwrap();
    }
    for _ in 0..2 {
        let store = open(image.path());
        assert!(store.found_damaged("plan").await.contains("missing"));
        assert!(store.found_damaged("new").await.contains("missing"));
        // Of these all is known.
        assert_eq!(text(&store.loaded("made").await), "");
        let untouched = store.loaded("untouched").await;
        assert!(untouched.deleted.is_some());
        assert_eq!(text(&untouched), "x");
        store.wrote("other", "d").await;
        store.close().await.unwrap();
    }
    // An older copy that somebody puts there is what they want to have.
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    store.close().await.unwrap();
    let older = fs::read(place.path().join(DATABASE)).unwrap();
    let store = open(place.path());
    store.wrote("plan", "b").await;
    let image = tempfile::tempdir().unwrap();
    fs::write(image.path().join(DATABASE), older).unwrap();
    let witness = place.path().join("cowrite.db-rows");
    fs::copy(witness, image.path().join("cowrite.db-rows")).unwrap();
    assert_eq!(text(&open(image.path()).loaded("plan").await), "a");
}

#[test]
fn the_database_of_another_program_is_left_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join(DATABASE);
    let strangers: [&dyn Fn(); 3] = [
        &|| fs::write(&file, "Dear diary, this is no database at all. ".repeat(50)).unwrap(),
        &|| {
            let other = behind_the_back(place.path());
            other
                .execute_batch("CREATE TABLE bookmarks (url TEXT)")
                .unwrap();
        },
        &|| {
            let other = behind_the_back(place.path());
            other
                .execute_batch("PRAGMA application_id = 7; VACUUM")
                .unwrap();
        },
    ];
    for stranger in strangers {
        stranger();
        let before = fs::read(&file).unwrap();
        let error = refused(place.path());
        assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
        assert_eq!(fs::read(&file).unwrap(), before);
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = refused(&file.join("data"));
    assert!(matches!(error, OpenError::Files { .. }), "{error:?}");
    assert!(error.to_string().contains("a file"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_made_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("new/data");
    let store = open(&directory);
    store.wrote("plan", "a").await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    for file in ["cowrite.db", "cowrite.db-wal", "cowrite.db-shm"] {
        assert_eq!(mode(&directory.join(file)), 0o600, "{file}");
    }
}

#[tokio::test]
async fn the_file_explains_itself_in_the_shell() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let seq = store.titled("plan", Some("The Plan")).await;
    store.folded("plan", seq, "A").await;
    store.wrote("plan", "bc").await;
    let shell = behind_the_back(place.path());
    let application: i32 = shell
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .unwrap();
    assert_eq!(
        (application, &application.to_be_bytes()),
        (APPLICATION_ID, b"cowr")
    );
    let seen: (String, String, i64) = shell
        .query_row(
            "SELECT title, updated, snapshot_bytes FROM documents_overview",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(
        seen,
        ("The Plan".to_owned(), "2026-09-21 14:13:20".to_owned(), 1)
    );
    let seen: (String, i64, i64) = shell
        .query_row(
            "SELECT name, rows, bytes FROM journal_overview",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(seen, ("plan".to_owned(), 1, 2));
}
