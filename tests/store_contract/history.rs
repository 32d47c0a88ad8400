//! What a document was: rows that snapshots replaced, versions, authors.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use cowrite::id::{Sender, Seq};
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::{Options, SqliteStore, examine};
use cowrite::store::{Append, Author, Moment, Past, Retention, Source, Store, StoreError, Version};

use crate::language::{Words, at, batch, behind_the_back, named, open, text};

crate::for_every_store! {
    every_moment_can_be_had_after_folds,
    whose_a_row_is_stays_known,
    a_moment_is_found_by_the_clock_too,
    a_document_that_was_not_there_is_not_yet,
    a_segment_of_other_rows_is_refused,
    rows_without_a_segment_are_missing_and_the_rest_is_not,
    bases_are_kept_now_and_then,
    what_is_left_of_a_forgotten_row_is_the_base_behind_it,
    versions_are_rows_and_cost_no_copy,
    versions_are_listed_newest_first,
    authors_are_noted_once,
    a_tombstone_forgets_nothing,
}

fn said(past: &Past) -> String {
    let parts = past.parts().into_iter();
    let words = parts.map(|part| String::from_utf8(part.to_vec()).unwrap());
    words.collect::<Vec<_>>().join(" ")
}

async fn recalled(store: &impl Store, moment: Moment) -> Result<String, StoreError> {
    let past = store.recall(&named("plan"), moment).await?;
    Ok(said(&past))
}

/// Appends at a minute of its own, a thousand bytes when it is a number.
async fn wrote_at(store: &impl Store, minute: u64, update: impl Into<Bytes>) -> Seq {
    let append = Append {
        at: at(minute * 60),
        ..batch("plan", update)
    };
    store.append(append).await.unwrap()
}

async fn every_moment_can_be_had_after_folds(store: &impl Store) {
    let mut rows = Vec::new();
    for (number, word) in ["a", "b", "c", "d", "e", "f", "g"].into_iter().enumerate() {
        rows.push(store.wrote("plan", word).await);
        store.wrote("another", "in between").await;
        match number {
            1 => store.folded("plan", rows[1], "AB").await,
            // Not all that is there.
            5 => store.folded("plan", rows[3], "ABCD").await,
            _ => {}
        }
    }
    for (number, words) in [
        "a",
        "a b",
        "a b c",
        "a b c d",
        "a b c d e",
        "ABCD e f",
        "ABCD e f g",
    ]
    .into_iter()
    .enumerate()
    {
        let past = store
            .recall(&named("plan"), Moment::Row(rows[number]))
            .await
            .unwrap();
        assert_eq!((said(&past).as_str(), past.row), (words, rows[number]));
        // Rows of others lie between; the last one before is meant.
        let between = Moment::Row(Seq(rows[number].0 + 1));
        assert_eq!(recalled(store, between).await.as_deref(), Ok(words));
    }
    assert_eq!(
        recalled(store, Moment::Row(Seq(0))).await.as_deref(),
        Ok("")
    );
    let all = store.rows(&named("plan"), rows[0], rows[5]).await.unwrap();
    let words: Vec<_> = all.iter().map(|row| &row.update[..]).collect();
    assert_eq!(words, [b"b", b"c", b"d", b"e", b"f"]);
    let parts = store.history(&named("plan")).await.unwrap();
    let bounds: Vec<_> = parts
        .iter()
        .map(|it| (it.after, it.last, it.rows))
        .collect();
    assert_eq!(
        bounds,
        [
            (Seq(0), rows[1], 2),
            (rows[1], rows[3], 2),
            (rows[3], rows[6], 3)
        ]
    );
    assert_eq!(store.history(&named("nobody's")).await, Ok(Vec::new()));
    let nobodys = store.recall(&named("nobody's"), Moment::At(at(0))).await;
    assert_eq!(nobodys, Err(StoreError::NotFound));
}

/// Deletions do not say who made them: that stands beside the row, in the journal and
/// in history.
async fn whose_a_row_is_stays_known(store: &impl Store) {
    let senders = [
        Sender::Unsaid,
        Sender::Client(7),
        Sender::Several,
        Sender::Client((1 << 53) - 1),
        Sender::Unsaid,
    ];
    let mut rows = Vec::new();
    for sender in senders {
        let append = Append {
            sender,
            ..batch("plan", "x")
        };
        rows.push(store.append(append).await.unwrap());
    }
    let told = async || {
        let all = store.rows(&named("plan"), Seq(0), rows[4]).await.unwrap();
        all.iter().map(|row| row.sender).collect::<Vec<_>>()
    };
    assert_eq!(told().await, senders);
    store.folded("plan", rows[2], "X").await;
    assert_eq!(told().await, senders);
    store.folded("plan", rows[4], "X").await;
    assert_eq!(told().await, senders);
}

async fn a_moment_is_found_by_the_clock_too(store: &impl Store) {
    for (minute, word) in [(1, "a"), (3, "b"), (5, "c"), (7, "d")] {
        let row = wrote_at(store, minute, word).await;
        if word == "b" {
            store.folded("plan", row, "AB").await;
        }
    }
    for (minute, words) in [
        (1, "a"),
        (2, "a"),
        (3, "a b"),
        (4, "a b"),
        (5, "a b c"),
        (9, "AB c d"),
    ] {
        let moment = Moment::At(at(minute * 60));
        assert_eq!(
            recalled(store, moment).await.as_deref(),
            Ok(words),
            "{minute}"
        );
    }
}

async fn a_document_that_was_not_there_is_not_yet(store: &impl Store) {
    let first = wrote_at(store, 10, "a").await;
    let early = Moment::At(at(599));
    let not_yet = Err(StoreError::NotYet(at(600)));
    assert_eq!(recalled(store, early).await, not_yet);
    store.folded("plan", first, "A").await;
    assert_eq!(recalled(store, early).await, not_yet);
    // What a snapshot came with is where it begins, and what was before is not known.
    store.create(&named("imported"), None).await.unwrap();
    store.folded("imported", Seq(0), "whole").await;
    let first = store.wrote("imported", "a").await;
    store.folded("imported", first, "whole and a").await;
    let past = store.recall(&named("imported"), Moment::Row(first)).await;
    assert_eq!(said(&past.unwrap()), "whole and a");
    store.wrote("imported", "b").await;
    let past = store.recall(&named("imported"), Moment::Row(first)).await;
    assert_eq!(said(&past.unwrap()), "whole a");
}

async fn a_segment_of_other_rows_is_refused(store: &impl Store) {
    let plan = named("plan");
    let first = store.wrote("plan", "a").await;
    let short = store.segment(&plan, first).await.unwrap();
    let second = store.wrote("plan", "b").await;
    let other = store.wrote("other", "b").await;
    let others = store.segment(&named("other"), other).await.unwrap();
    for (segment, through) in [(&short, second), (&others, first), (&others, other)] {
        let snapshot = Bytes::from_static(b"AB");
        let refused = store.compact(&plan, through, snapshot, segment.clone());
        assert!(matches!(refused.await, Err(StoreError::Engine(_))));
        assert_eq!(text(&store.loaded("plan").await), "a b");
    }
    assert_eq!(store.segment(&plan, Seq(0)).await, Ok(None));
    store
        .compact(&plan, first, Bytes::from_static(b"A"), short)
        .await
        .unwrap();
    assert_eq!(text(&store.loaded("plan").await), "[A] b");
}

async fn rows_without_a_segment_are_missing_and_the_rest_is_not(store: &impl Store) {
    let plan = named("plan");
    let first = store.wrote("plan", "a").await;
    store.folded("plan", first, "A").await;
    let gone = store.wrote("plan", "b").await;
    let lost = store.wrote("plan", "b").await;
    let snapshot = Bytes::from_static(b"AB");
    store.compact(&plan, lost, snapshot, None).await.unwrap();
    let third = wrote_at(store, 9, "c").await;
    let fourth = wrote_at(store, 9, "d").await;
    store.folded("plan", third, "ABC").await;
    let recall = async |row| recalled(store, Moment::Row(row)).await;
    assert_eq!(recall(first).await.as_deref(), Ok("a"));
    assert_eq!(recall(gone).await, Err(StoreError::Forgotten(at(540))));
    // Its state is the base behind it; the row itself is lost.
    assert_eq!(recall(lost).await.as_deref(), Ok("AB"));
    assert_eq!(recall(third).await.as_deref(), Ok("AB c"));
    assert_eq!(recall(fourth).await.as_deref(), Ok("ABC d"));
    let rows = store.rows(&plan, first, fourth).await;
    assert_eq!(rows, Err(StoreError::Forgotten(at(540))));
    assert_eq!(store.rows(&plan, lost, fourth).await.unwrap().len(), 2);
}

/// Bases take no more than the rows they save to read.
async fn bases_are_kept_now_and_then(store: &impl Store) {
    let mut rows = Vec::new();
    for number in 0..40_u8 {
        let mut chances = fastrand::Rng::with_seed(number.into());
        let update: Vec<u8> = (0..10_000).map(|_| chances.u8(..)).collect();
        rows.push(wrote_at(store, number.into(), update).await);
        if number % 2 == 1 {
            let snapshot = vec![number; 30_000];
            store
                .folded_to("plan", rows[usize::from(number)], snapshot)
                .await;
        }
    }
    let parts = store.history(&named("plan")).await.unwrap();
    let (tail, segments) = parts.split_last().unwrap();
    assert_eq!((tail.rows, tail.has_base), (0, true));
    let bases = segments.iter().filter(|part| part.has_base).count();
    assert_eq!((segments.len(), bases), (20, 4), "{segments:?}");
    for (number, row) in rows.iter().enumerate() {
        let past = store
            .recall(&named("plan"), Moment::Row(*row))
            .await
            .unwrap();
        assert!(past.updates.len() <= 11, "{number}: {}", past.updates.len());
        let before = number + 1 - past.updates.len();
        let base = past.base.map(|base| usize::from(base[0]) + 1);
        assert_eq!(base.unwrap_or(0), before);
    }
}

/// A version that was made when all rows had been folded and forgotten could not be
/// had once more was folded.
async fn what_is_left_of_a_forgotten_row_is_the_base_behind_it(store: &impl Store) {
    let first = store.wrote("plan", "a").await;
    let snapshot = Bytes::from_static(b"A");
    store
        .compact(&named("plan"), first, snapshot, None)
        .await
        .unwrap();
    for word in ["b", "c"] {
        assert_eq!(
            recalled(store, Moment::Row(first)).await.as_deref(),
            Ok("A")
        );
        let row = store.wrote("plan", word).await;
        assert_eq!(
            recalled(store, Moment::Row(first)).await.as_deref(),
            Ok("A")
        );
        store.folded("plan", row, "more").await;
    }
    assert_eq!(
        recalled(store, Moment::Row(first)).await.as_deref(),
        Ok("A")
    );
}

async fn versions_are_rows_and_cost_no_copy(store: &impl Store) {
    let plan = named("plan");
    assert_eq!(store.version(&plan, None).await, Err(StoreError::NotFound));
    let first = wrote_at(store, 1, "four").await;
    let made = store.version(&plan, None).await.unwrap();
    let version = Version {
        id: 1,
        row: first,
        at: at(60),
        name: None,
        bytes: 4,
    };
    assert_eq!(made, version);
    // The same row is the same version, until it gets a name; and then another.
    assert_eq!(store.version(&plan, None).await, Ok(version.clone()));
    let named_it = store
        .version(&plan, Some("first".to_owned()))
        .await
        .unwrap();
    assert_eq!((named_it.id, named_it.name.as_deref()), (1, Some("first")));
    let again = store
        .version(&plan, Some("second".to_owned()))
        .await
        .unwrap();
    assert_eq!((again.id, again.row), (2, first));
    assert_eq!(store.version(&plan, None).await.map(|it| it.row), Ok(first));
    wrote_at(store, 2, "more").await;
    store.folded("plan", first, "F").await;
    // The row may be gone from the journal.
    assert_eq!(
        recalled(store, Moment::Row(again.row)).await.as_deref(),
        Ok("four")
    );
    let renamed = store.rename(&plan, 2, Some("other".to_owned())).await;
    assert_eq!(renamed.unwrap().unwrap().name.as_deref(), Some("other"));
    let nameless = store.rename(&plan, 2, None).await.unwrap().unwrap();
    assert_eq!(nameless.name, None);
    assert_eq!(store.rename(&plan, 77, None).await, Ok(None));
    assert_eq!(
        store.versions(&plan, None, 9).await.unwrap(),
        [nameless, named_it]
    );
}

async fn versions_are_listed_newest_first(store: &impl Store) {
    for number in 0..7_u64 {
        wrote_at(store, number, "x").await;
        store.version(&named("plan"), None).await.unwrap();
    }
    let ids = async |before, limit| -> Vec<u64> {
        let versions = store.versions(&named("plan"), before, limit).await.unwrap();
        versions.iter().map(|version| version.id).collect()
    };
    assert_eq!(ids(None, 3).await, [7, 6, 5]);
    assert_eq!(ids(Some(5), 3).await, [4, 3, 2]);
    assert_eq!(ids(Some(2), 3).await, [1]);
    assert_eq!(ids(Some(1), 3).await, [0_u64; 0]);
    assert_eq!(
        store.versions(&named("nobody's"), None, 3).await,
        Ok(Vec::new())
    );
}

async fn authors_are_noted_once(store: &impl Store) {
    let plan = named("plan");
    let note = async |client, name: &str, second, source| {
        let author = Author {
            client,
            name: name.to_owned(),
            since: at(second),
        };
        store.attribute(&plan, author, source).await.unwrap();
    };
    let known = async || -> Vec<(u64, String, u64)> {
        let authors = store.authors(&plan).await.unwrap();
        let since = |author: &Author| author.since.duration_since(at(0)).unwrap().as_secs();
        let authors = authors
            .iter()
            .map(|it| (it.client, it.name.clone(), since(it)));
        authors.collect()
    };
    note(1, "Nobody's", 1, Source::Itself).await;
    store.wrote("plan", "a").await;
    assert_eq!(known().await, []);
    note(7, "Ada", 1, Source::Itself).await;
    note(1 << 52, "a script", 2, Source::Messenger).await;
    note(7, "Ada", 3, Source::Itself).await;
    note(7, "who handed it over", 4, Source::Messenger).await;
    let ada = (7, "Ada".to_owned(), 1);
    let script = (1 << 52, "a script".to_owned(), 2);
    assert_eq!(known().await, [ada, script.clone()]);
    note(7, "Ada L.", 5, Source::Itself).await;
    assert_eq!(known().await, [(7, "Ada L.".to_owned(), 5), script]);
    // As much of a name as is kept, and no half characters.
    note(8, &"é".repeat(200), 6, Source::Itself).await;
    assert_eq!(known().await[1].1, "é".repeat(128));
    assert_eq!(store.authors(&named("nobody's")).await, Ok(Vec::new()));
}

async fn a_tombstone_forgets_nothing(store: &impl Store) {
    let first = store.wrote("plan", "a").await;
    store.folded("plan", first, "A").await;
    let version = store.version(&named("plan"), None).await.unwrap();
    store.delete(&named("plan")).await.unwrap();
    let deleted = store.version(&named("plan"), None).await;
    assert_eq!(deleted, Err(StoreError::Deleted));
    assert_eq!(
        recalled(store, Moment::Row(first)).await.as_deref(),
        Ok("A")
    );
    assert_eq!(
        store.versions(&named("plan"), None, 9).await,
        Ok(vec![version])
    );
}

/// History of six minutes a row, a fold each.
async fn an_hour(store: &impl Store) -> Vec<Seq> {
    let mut rows = Vec::new();
    for number in 0..10_u64 {
        let update = vec![number as u8; 70_000];
        let append = Append {
            at: std::time::SystemTime::now() - Duration::from_secs(3_600 - number * 360),
            ..batch("plan", update)
        };
        rows.push(store.append(append).await.unwrap());
        let name = (number == 3).then(|| "kept".to_owned());
        store.version(&named("plan"), name).await.unwrap();
        store.folded("plan", rows[number as usize], "S").await;
    }
    rows
}

async fn old_history_is_forgotten(store: &impl Store) {
    let rows = an_hour(store).await;
    let recall = async |row| recalled(store, Moment::Row(row)).await;
    for gone in [0, 1, 4] {
        let forgotten = recall(rows[gone]).await;
        assert!(matches!(forgotten, Err(StoreError::Forgotten(_))), "{gone}");
    }
    // What has a name stays, and what is younger than half an hour.
    for kept in [3, 7, 8, 9] {
        assert!(recall(rows[kept]).await.is_ok(), "{kept}");
    }
    let versions = store.versions(&named("plan"), None, 99).await.unwrap();
    let ids: Vec<u64> = versions.iter().map(|version| version.id).collect();
    assert_eq!(ids[..3], [10, 9, 8]);
    assert!(
        ids.contains(&4) && !ids.contains(&1) && !ids.contains(&5),
        "{ids:?}"
    );
    assert_eq!(text(&store.loaded("plan").await), "[S]");
}

fn half_an_hour() -> Retention {
    Retention {
        age: Some(Duration::from_secs(1_800)),
        bytes: None,
    }
}

#[tokio::test]
async fn old_history_is_forgotten_in_memory() {
    old_history_is_forgotten(&MemoryStore::with_retention(half_an_hour())).await;
}

#[tokio::test]
async fn old_history_is_forgotten_in_sqlite() {
    let place = tempfile::tempdir().unwrap();
    let options = Options {
        retention: half_an_hour(),
        ..Options::default()
    };
    let store = SqliteStore::open(place.path(), options).unwrap();
    old_history_is_forgotten(&store).await;
}

/// Nobody writes to it any more, so no fold looks at it again.
#[tokio::test]
async fn old_history_is_forgotten_at_rest() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let rows = an_hour(&store).await;
    store.close().await.unwrap();
    drop(store);
    let options = Options {
        retention: half_an_hour(),
        ..Options::default()
    };
    let store = SqliteStore::open(place.path(), options).unwrap();
    store.wrote("another", "wakes the writer").await;
    let begun = std::time::Instant::now();
    while recalled(&store, Moment::Row(rows[0])).await.is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never rested");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(recalled(&store, Moment::Row(rows[3])).await.is_ok());
    assert!(recalled(&store, Moment::Row(rows[9])).await.is_ok());
}

/// A document with three segments, of two rows each.
async fn three_segments(place: &Path) -> Vec<Seq> {
    let store = open(place);
    let mut rows = Vec::new();
    for number in 0..6_u8 {
        let mut chances = fastrand::Rng::with_seed(number.into());
        let update: Vec<u8> = (0..40_000).map(|_| chances.u8(..)).collect();
        rows.push(wrote_at(&store, number.into(), update).await);
        if number % 2 == 1 {
            store.folded("plan", rows[usize::from(number)], "S").await;
        }
    }
    store
        .version(&named("plan"), Some("six".to_owned()))
        .await
        .unwrap();
    store.wrote("innocent", "b").await;
    store.close().await.unwrap();
    rows
}

async fn is_lost(store: &impl Store, row: Seq) -> bool {
    match store.recall(&named("plan"), Moment::Row(row)).await {
        Ok(_) => false,
        Err(StoreError::Damaged(what)) => {
            assert!(what.contains("plan"), "{what}");
            true
        }
        Err(StoreError::Forgotten(_)) => true,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn damage_to_history_is_none_to_the_document() {
    for change in [
        "UPDATE history SET body = x'00' WHERE last_row = 4",
        "UPDATE history SET checksum = checksum + 1 WHERE last_row = 4",
        "UPDATE history SET until = until + 1 WHERE last_row = 4",
        "UPDATE history SET base = x'01' WHERE last_row = 4",
        "UPDATE history SET document = 77 WHERE last_row = 4",
        "DELETE FROM history WHERE last_row = 4",
    ] {
        let place = tempfile::tempdir().unwrap();
        let rows = three_segments(place.path()).await;
        behind_the_back(place.path()).execute_batch(change).unwrap();
        let store = open(place.path());
        assert_eq!(text(&store.loaded("plan").await), "[S]", "{change}");
        let mut lost = Vec::new();
        for row in &rows {
            lost.push(is_lost(&store, *row).await);
        }
        // The first after a base is made of what comes before, if anything does; and the
        // last before it is the base, if nothing else is left of it.
        let leads_up = !change.contains("77") && !change.starts_with("DELETE");
        let expected = [false, false, true, leads_up, leads_up, false];
        assert_eq!(lost, expected, "{change}");
        let fresh = store.wrote("plan", "on").await;
        store.folded("plan", fresh, "ON").await;
        let past = store.recall(&named("plan"), Moment::Row(fresh)).await;
        assert_eq!(said(&past.unwrap()), "ON");
        store.close().await.unwrap();
        drop(store);
        let examination = examine(place.path(), &|_| Ok(())).unwrap();
        assert!(examination.damaged().next().is_none(), "{change}");
        if !change.starts_with("DELETE") {
            assert!(
                !examination.is_clean(),
                "{change}: {:?}",
                examination.problems
            );
        }
    }
}

/// A page of a database is damaged, and it is built anew of what is sound.
#[tokio::test]
async fn a_database_that_is_built_anew_keeps_what_is_sound_of_history() {
    let place = tempfile::tempdir().unwrap();
    let rows = three_segments(place.path()).await;
    let file = place.path().join("cowrite.db");
    let root: i64 = behind_the_back(place.path())
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let page = (root as usize - 1) * 4096;
    bytes[page..page + 4096].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    let store = open(place.path());
    assert!(place.path().join("cowrite.db.damaged-1").exists());
    for row in rows {
        assert!(!is_lost(&store, row).await, "{row}");
    }
    let versions = store.versions(&named("plan"), None, 9).await.unwrap();
    assert_eq!(versions[0].name.as_deref(), Some("six"));
    assert_eq!(text(&store.loaded("plan").await), "[S]");
}

#[tokio::test]
async fn notes_that_are_damaged_are_left_out_and_said() {
    let place = tempfile::tempdir().unwrap();
    three_segments(place.path()).await;
    behind_the_back(place.path())
        .execute_batch("UPDATE versions SET name = 'seven'")
        .unwrap();
    let store = open(place.path());
    assert_eq!(
        store.versions(&named("plan"), None, 9).await,
        Ok(Vec::new())
    );
    store.close().await.unwrap();
    drop(store);
    let examination = examine(place.path(), &|_| Ok(())).unwrap();
    let said = examination.problems.join("; ");
    assert!(said.contains("1 versions"), "{said}");
}

/// What a server of the layout before left behind: a snapshot, and no history.
#[tokio::test]
async fn an_older_database_begins_its_history_where_it_is() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let first = store.wrote("plan", "a").await;
    store.folded("plan", first, "A").await;
    let second = wrote_at(&store, 2, "b").await;
    store.close().await.unwrap();
    drop(store);
    let older = behind_the_back(place.path());
    older
        .execute_batch(
            "DROP TABLE history; DROP TABLE versions; DROP TABLE authors;
             ALTER TABLE journal DROP COLUMN client; PRAGMA user_version = 3;",
        )
        .unwrap();
    drop(older);
    let store = open(place.path());
    assert_eq!(text(&store.loaded("plan").await), "[A] b");
    let recall = async |row| recalled(&store, Moment::Row(row)).await;
    // The snapshot is where it begins.
    assert_eq!(recall(first).await.as_deref(), Ok("A"));
    let early = recalled(&store, Moment::At(at(60))).await;
    assert_eq!(early, Err(StoreError::Forgotten(at(120))));
    assert_eq!(recall(second).await.as_deref(), Ok("A b"));
    let third = wrote_at(&store, 3, "c").await;
    store.folded("plan", third, "ABC").await;
    for _ in 0..2 {
        let fourth = wrote_at(&store, 4, "d").await;
        assert_eq!(recall(first).await.as_deref(), Ok("A"));
        assert_eq!(recall(second).await.as_deref(), Ok("A b"));
        assert_eq!(recall(third).await.as_deref(), Ok("A b c"));
        store.folded("plan", fourth, "ABCD").await;
    }
}

/// All tables' texts have to stay in the first page, and did not know how much room
/// there was: damage to any other page would have taken the whole file along.
#[tokio::test]
async fn the_tables_are_told_in_the_first_page() {
    let place = tempfile::tempdir().unwrap();
    open(place.path()).close().await.unwrap();
    let page = fs::read(place.path().join("cowrite.db")).unwrap();
    const LEAF: u8 = 13;
    assert_eq!(page[100], LEAF, "the schema has outgrown its page");
    let tables = behind_the_back(place.path());
    let longest: i64 = tables
        .query_row("SELECT max(length(sql)) FROM sqlite_schema", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(longest < 2_000, "{longest}");
}
