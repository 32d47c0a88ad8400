//! What was acknowledged is there after a process ends without a word.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use cowrite::id::Seq;
use cowrite::store::sqlite::{DATABASE, Durability, Options, SqliteStore};
use cowrite::store::{ListQuery, Store};

use crate::language::{Words, behind_the_back, open, text};

/// What a crash at this moment would leave behind: the files as they are, while
/// the store is open.
fn crashed(place: &Path) -> tempfile::TempDir {
    let image = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(place).unwrap() {
        let entry = entry.unwrap();
        // The index of the log is rebuilt by whoever comes next.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(entry.path(), image.path().join(entry.file_name())).unwrap();
        }
    }
    image
}

#[tokio::test]
async fn every_acknowledged_write_is_in_the_files_at_once() {
    for durability in [Durability::Fsync, Durability::Os] {
        let place = tempfile::tempdir().unwrap();
        let options = Options {
            durability,
            ..Options::default()
        };
        let store = SqliteStore::open(place.path(), options).unwrap();
        let mut expected = Vec::new();
        for n in 0..20 {
            store.wrote("plan", &n.to_string()).await;
            expected.push(n.to_string());
            let image = crashed(place.path());
            let found = open(image.path());
            assert_eq!(text(&found.loaded("plan").await), expected.join(" "));
            // The record that lagged has caught up, in the list as well.
            let bytes: usize = expected.iter().map(String::len).sum();
            let page = found
                .list(ListQuery {
                    limit: 1,
                    ..ListQuery::default()
                })
                .await
                .unwrap();
            assert_eq!(page.records[0].bytes, bytes as u64);
            assert_eq!(page.records[0], store.described("plan").await);
        }
    }
}

/// A server that was killed, or whose disk was full, while it moved the log into the
/// database found it damaged at the next start, built it anew from what was there all
/// along, and did not start at all without room for a second one: the first page,
/// which is written first, counts pages that the file has only in the end, and nobody
/// asked whether they are in the log.
#[tokio::test]
async fn moving_the_log_may_end_at_any_page_and_nothing_is_damaged() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "before").await;
    store.close().await.unwrap();
    drop(store);
    let store = open(place.path());
    let long = "long ".repeat(2_000);
    for n in 0..4 {
        store.wrote("plan", &format!("{n}")).await;
        store.wrote("long", &long).await;
    }
    let truth = [store.loaded("plan").await, store.loaded("long").await];
    let image = crashed(place.path());
    let before = fs::read(image.path().join(DATABASE)).unwrap();
    let whole = crashed(image.path());
    behind_the_back(whole.path())
        .query_row("PRAGMA wal_checkpoint", [], |_| Ok(()))
        .unwrap();
    let after = fs::read(whole.path().join(DATABASE)).unwrap();
    assert!(after.len() > before.len() + 5 * 4_096);

    // In whole pages, and in the middle of one.
    for length in (0..=after.len()).step_by(2_048) {
        let mut bytes = before.clone();
        bytes.resize(before.len().max(length), 0);
        bytes[..length].copy_from_slice(&after[..length]);
        let broken_off = crashed(image.path());
        let database = broken_off.path().join(DATABASE);
        fs::write(&database, &bytes).unwrap();
        let store = open(broken_off.path());
        let found = [store.loaded("plan").await, store.loaded("long").await];
        assert_eq!(found, truth, "ended after {length} bytes");
        store.wrote("plan", "on").await;
        store.close().await.unwrap();
        drop(store);
        let kept = broken_off.path().join("cowrite.db.damaged-1");
        assert!(!kept.exists(), "built anew: ended after {length} bytes");

        // Without the log it is damaged, whoever looks.
        let without_log = crashed(image.path());
        fs::write(without_log.path().join(DATABASE), &bytes).unwrap();
        fs::remove_file(without_log.path().join("cowrite.db-wal")).unwrap();
        let store = open(without_log.path());
        let kept = without_log.path().join("cowrite.db.damaged-1");
        let short = (4_096..after.len()).contains(&length);
        if short {
            assert!(kept.exists(), "not noticed: ended after {length} bytes");
        }
        if length < after.len() {
            store.found_damaged("long").await;
        }
    }
}

/// Somebody who reads keeps the log from being emptied, and then the new generation
/// stood in the log alone while the witness spoke of it already: a log that was lost
/// then took acknowledged rows with it, and nobody missed them.
#[tokio::test]
async fn a_reader_at_the_start_does_not_silence_the_witness() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    let image = crashed(place.path());
    let reader = behind_the_back(image.path());
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM journal")
        .unwrap();
    let second = open(image.path());
    second.wrote("plan", "b").await;
    assert_eq!(text(&second.loaded("plan").await), "a b");
    let without_log = crashed(image.path());
    let log = without_log.path().join(format!("{DATABASE}-wal"));
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fs::remove_file(log).unwrap();
    open(without_log.path()).found_damaged("plan").await;

    // Nothing is missing where nothing was lost, now and when the reader is gone.
    assert_eq!(
        text(&open(crashed(image.path()).path()).loaded("plan").await),
        "a b"
    );
    drop(reader);
    second.close().await.unwrap();
    assert_eq!(text(&open(image.path()).loaded("plan").await), "a b");
}

const CHILD: &str = "COWRITE_TEST_CHILD_STORE";

/// Not a story of its own: the process that [`a_killed_server_…`] kills. It
/// writes to three documents and says what was acknowledged.
#[test]
fn the_process_that_gets_killed() {
    let Ok(place) = std::env::var(CHILD) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&place));
        let mut whole = [const { String::new() }; 3];
        for n in 0..1_000_000_usize {
            let (document, whole) = (format!("document {}", n % 3), &mut whole[n % 3]);
            let seq = store.wrote(&document, &format!("{n},")).await;
            whole.push_str(&format!("{n},"));
            let mut out = std::io::stdout().lock();
            writeln!(out, "\nacknowledged {n} {seq}").unwrap();
            out.flush().unwrap();
            drop(out);
            if n % 50 < 3 {
                store.folded(&document, seq, whole).await;
            }
        }
    });
}

#[tokio::test]
async fn a_killed_server_keeps_everything_it_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::the_process_that_gets_killed",
            "--nocapture",
        ])
        .env(CHILD, place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged: Vec<(usize, u64)> = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        if let Some(said) = line.strip_prefix("acknowledged ") {
            let (n, seq) = said.split_once(' ').unwrap();
            acknowledged.push((n.parse().unwrap(), seq.parse().unwrap()));
        }
        if acknowledged.len() == 321 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 321);

    let store = open(place.path());
    for document in 0..3 {
        let stored = store.loaded(&format!("document {document}")).await;
        let whole = text(&stored).replace(['[', ']', ' '], "");
        let mut found = whole
            .split_terminator(',')
            .map(|n| n.parse::<usize>().unwrap());
        let mut expected = acknowledged
            .iter()
            .map(|(n, _)| *n)
            .filter(|n| n % 3 == document);
        for n in expected.by_ref() {
            assert_eq!(found.next(), Some(n));
        }
        // One more may have been written and not acknowledged in time.
        assert!(found.count() <= 1);
    }
    let last = acknowledged.iter().map(|(_, seq)| Seq(*seq)).max().unwrap();
    assert!(store.wrote("document 0", "on").await > last);
    let through = store.loaded("document 0").await.tail.last().unwrap().0;
    store.folded("document 0", through, "").await;
}
