//! Whatever is damaged on disk is an error for its document, and for no other.

use std::fs;
use std::path::Path;

use cowrite::store::Store;
use cowrite::store::sqlite::DATABASE;

use crate::language::{Words, batch, behind_the_back, open, text};

/// A directory with a document of a snapshot and four rows, and an innocent one.
async fn two_documents() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let first = store.wrote("plan", "a").await;
    store.folded("plan", first, "A").await;
    for update in ["b", "c", "d", "e"] {
        store.wrote("plan", update).await;
        store.wrote("innocent", update).await;
    }
    store.close().await.unwrap();
    place
}

/// Does `sql` to the file; then the document must be damaged, the other whole.
async fn after(place: &Path, sql: &str) -> String {
    behind_the_back(place).execute_batch(sql).unwrap();
    let store = open(place);
    let said = store.found_damaged("plan").await;
    assert_eq!(
        text(&store.loaded("innocent").await),
        "b c d e",
        "after {sql}"
    );
    // Appending to it does not hide the gap.
    store.wrote("plan", "later").await;
    store.found_damaged("plan").await;
    store.close().await.unwrap();
    open(place).found_damaged("plan").await;
    said
}

const PLAN: &str = "(SELECT id FROM documents WHERE name = 'plan')";

#[tokio::test]
async fn changed_rows_do_not_fit_their_checksum() {
    for change in [
        "body = x'00'",
        "body = x''",
        "checksum = checksum + 1",
        "written_at = 1",
    ] {
        let place = two_documents().await;
        let row = format!("(SELECT min(id) + 2 FROM journal WHERE document = {PLAN})");
        let sql = format!("UPDATE journal SET {change} WHERE id = {row}");
        let said = after(place.path(), &sql).await;
        assert!(said.contains("table journal, id 4"), "{said}");
    }
}

#[tokio::test]
async fn a_missing_row_is_noticed_wherever_it_stood() {
    for which in ["min(id)", "min(id) + 2", "max(id)"] {
        let place = two_documents().await;
        let row = format!("(SELECT {which} FROM journal WHERE document = {PLAN})");
        let said = after(
            place.path(),
            &format!("DELETE FROM journal WHERE id = {row}"),
        )
        .await;
        assert!(
            said.contains("table journal") && said.contains("missing"),
            "{said}"
        );
    }
    let place = two_documents().await;
    after(
        place.path(),
        &format!("DELETE FROM journal WHERE document = {PLAN}"),
    )
    .await;
}

#[tokio::test]
async fn a_row_under_another_documents_name_is_nobodys() {
    let place = two_documents().await;
    let sql = "UPDATE journal SET body = (SELECT body FROM journal o WHERE o.id = journal.id + 2)
                WHERE id = 4";
    after(place.path(), sql).await;
    let place = two_documents().await;
    let sql = "UPDATE journal SET client = 7 WHERE id = 4";
    after(place.path(), sql).await;
    let place = two_documents().await;
    let sql = format!("UPDATE journal SET document = 77 WHERE document = {PLAN} AND id = 4");
    after(place.path(), &sql).await;
}

#[tokio::test]
async fn a_damaged_or_missing_snapshot_is_no_empty_document() {
    for sql in [
        format!("UPDATE snapshots SET body = x'41' || body WHERE document = {PLAN}"),
        format!("UPDATE snapshots SET checksum = 0 WHERE document = {PLAN}"),
        format!("UPDATE snapshots SET through = 0 WHERE document = {PLAN}"),
        format!("DELETE FROM snapshots WHERE document = {PLAN}"),
    ] {
        let place = two_documents().await;
        let sql = sql.replace("x'41' || body", "x'4142'");
        after(place.path(), &sql).await;
    }
}

#[tokio::test]
async fn nothing_where_something_has_to_be_is_damage() {
    let place = two_documents().await;
    let sql = "ALTER TABLE journal RENAME TO sound;
               CREATE TABLE journal (id INTEGER PRIMARY KEY, document, previous, written_at, checksum, body, client);
               INSERT INTO journal SELECT * FROM sound;
               DROP TABLE sound;
               UPDATE journal SET body = NULL WHERE id = 4;";
    let said = after(place.path(), sql).await;
    assert!(said.contains("table journal, id 4"), "{said}");
}

#[tokio::test]
async fn rows_that_vanish_while_the_store_is_open_are_missed() {
    let place = two_documents().await;
    let store = open(place.path());
    assert_eq!(text(&store.loaded("plan").await), "[A] b c d e");
    behind_the_back(place.path())
        .execute("DELETE FROM journal WHERE id = 4", [])
        .unwrap();
    let said = store.found_damaged("plan").await;
    assert!(
        said.contains("table journal, id 4: the row is missing"),
        "{said}"
    );
    behind_the_back(place.path())
        .execute("DELETE FROM snapshots", [])
        .unwrap();
    let said = store.found_damaged("plan").await;
    assert!(said.contains("table snapshots"), "{said}");
}

#[tokio::test]
async fn one_flipped_bit_in_the_file_is_noticed() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store
        .append(batch("plan", vec![0xA5; 50_000]))
        .await
        .unwrap();
    store.wrote("innocent", "b").await;
    store.close().await.unwrap();
    let file = place.path().join(DATABASE);
    let mut bytes = fs::read(&file).unwrap();
    let run = bytes
        .windows(2_000)
        .rposition(|window| window.iter().all(|byte| *byte == 0xA5));
    bytes[run.unwrap() + 1_000] ^= 0x10;
    fs::write(&file, bytes).unwrap();
    let store = open(place.path());
    store.found_damaged("plan").await;
    assert_eq!(text(&store.loaded("innocent").await), "b");
}
