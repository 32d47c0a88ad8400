//! Writes that fail: full disks, one bad operation among good ones, and disks
//! that cannot be trusted any more.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use cowrite::id::Seq;
use cowrite::store::sqlite::{Options, SqliteStore};
use cowrite::store::{Health, Store, StoreError};

use crate::language::{Words, batch, behind_the_back, named, open, text, while_held_up};

#[tokio::test]
async fn a_full_disk_fails_whole_writes_and_heals_with_room() {
    let place = tempfile::tempdir().unwrap();
    let limit = Some(400_000);
    let store = SqliteStore::open(
        place.path(),
        Options {
            max_bytes: limit,
            ..Options::default()
        },
    )
    .unwrap();
    let mut kept = 0;
    let refusal = loop {
        match store.append(batch("plan", vec![7; 30_000])).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!((5..14).contains(&kept), "{kept}");
    assert!(
        matches!(&refusal, StoreError::Engine(said) if said.contains("full")),
        "{refusal:?}"
    );
    assert!(
        matches!(store.health(), Health::Failing(_)),
        "{:?}",
        store.health()
    );
    // A group with a write that does not fit fails as a whole and leaves no
    // trace, not even of a document that it would have begun.
    let group: Vec<_> = ["a", "b"]
        .map(|name| store.append(batch(name, vec![7; 300_000])))
        .into();
    let looked = store.load(&named("b"));
    for ticket in group {
        assert!(matches!(ticket.await, Err(StoreError::Engine(_))));
    }
    assert_eq!(looked.await, Ok(None));
    assert_eq!(store.describe(&named("a")).await, Ok(None));
    assert_eq!(store.loaded("plan").await.tail.len(), kept);

    store.set_max_bytes(None);
    let seq = store.append(batch("plan", vec![7; 30_000])).await.unwrap();
    assert_eq!(store.health(), Health::Ready);
    store
        .compact(&named("plan"), seq, Bytes::from_static(b"A"), None)
        .await
        .unwrap();
    store.wrote("plan", "b").await;
    store.close().await.unwrap();
    assert_eq!(text(&open(place.path()).loaded("plan").await), "[A] b");
}

/// What a rolled back group did to memory has to be undone with it: rows that
/// were about to be written, and compactions that were about to be made.
#[tokio::test]
async fn a_group_that_fails_leaves_no_trace_of_its_small_members_either() {
    let place = tempfile::tempdir().unwrap();
    let options = Options {
        max_bytes: Some(300_000),
        ..Options::default()
    };
    let store = SqliteStore::open(place.path(), options).unwrap();
    let mut kept: BTreeMap<String, Vec<(Seq, String)>> = BTreeMap::new();
    let mut failed_beside_the_big_one = 0;
    for round in 0..10 {
        let mut small = Vec::new();
        let mut folds = Vec::new();
        let big = while_held_up(place.path(), || {
            for n in 0..20 {
                let (name, update) = (format!("document {}", n % 4), format!("{round}.{n}"));
                let last = kept.get(&name).and_then(|rows| rows.last());
                if n == 15
                    && let Some((through, _)) = last
                {
                    let fold = store.compact(&named(&name), *through, Bytes::new(), None);
                    folds.push((name.clone(), *through, fold));
                }
                small.push((store.write(&name, &update), name, update));
            }
            store.append(batch("big", vec![7; 400_000]))
        });
        for (name, through, fold) in folds {
            if fold.await.is_ok() {
                kept.get_mut(&name)
                    .unwrap()
                    .retain(|(seq, _)| *seq > through);
            }
        }
        for (ticket, name, update) in small {
            match ticket.await {
                Ok(seq) => kept.entry(name).or_default().push((seq, update)),
                Err(error) => {
                    assert!(matches!(error, StoreError::Engine(_)), "{error:?}");
                    failed_beside_the_big_one += 1;
                }
            }
        }
        assert!(big.await.is_err());
        assert_eq!(store.load(&named("big")).await, Ok(None));
        for (name, rows) in &kept {
            let stored = store.loaded(name).await;
            let found: Vec<_> = stored
                .tail
                .iter()
                .map(|(seq, update)| (*seq, String::from_utf8(update.to_vec()).unwrap()))
                .collect();
            assert_eq!(&found, rows, "{name} in round {round}");
        }
    }
    assert!(
        failed_beside_the_big_one > 0,
        "no group held a big and a small one"
    );
}

#[tokio::test]
async fn one_write_that_cannot_be_made_fails_alone() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    behind_the_back(place.path())
        .execute_batch(
            "CREATE TRIGGER no_bad_words BEFORE INSERT ON journal WHEN NEW.body = x'626164'
             BEGIN SELECT RAISE(ABORT, 'no bad words'); END",
        )
        .unwrap();
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for n in 0..50 {
        good.push(store.write("plan", &n.to_string()));
        bad.push(store.write(["plan", "bad one"][n % 2], "bad"));
    }
    for ticket in good {
        ticket.await.unwrap();
    }
    for ticket in bad {
        let answer = ticket.await;
        assert!(matches!(&answer, Err(StoreError::Engine(said)) if said.contains("bad words")));
    }
    let expected: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    assert_eq!(
        text(&store.loaded("plan").await),
        format!("a {}", expected.join(" "))
    );
    assert_eq!(store.load(&named("bad one")).await, Ok(None));
    store.wrote("plan", "z").await;
    assert_eq!(store.health(), Health::Ready);
}

const CHILD: &str = "COWRITE_TEST_CHILD_DISK";

/// Not a story of its own: a process whose files may not grow beyond a limit,
/// which SQLite takes for a failing disk.
#[tokio::test]
async fn the_process_with_the_bad_disk() {
    let Ok(place) = std::env::var(CHILD) else {
        return;
    };
    let store = open(Path::new(&place));
    let mut kept = 0;
    let refusal = loop {
        match store.append(batch("plan", vec![7; 20_000])).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(&refusal, StoreError::Engine(_)), "{refusal:?}");
    assert!(kept > 5, "{kept}");
    assert!(
        matches!(store.health(), Health::Stopped(_)),
        "{:?}",
        store.health()
    );
    // Not even what would fit is written any more, and reading goes on.
    let commits = store.stats().commits;
    for _ in 0..3 {
        let refusal = store.write("small", "x").await.unwrap_err();
        assert!(matches!(refusal, StoreError::Engine(_)), "{refusal:?}");
        // What failed was said to have failed twice over: the reason was an answer.
        let said = refusal.to_string();
        assert_eq!(said.matches("storage failed").count(), 1, "{said}");
    }
    assert!(matches!(store.health(), Health::Stopped(_)));
    assert_eq!(store.stats().commits, commits);
    assert_eq!(store.loaded("plan").await.tail.len(), kept);
    assert_eq!(store.load(&named("small")).await, Ok(None));
    assert!(matches!(store.close().await, Err(StoreError::Engine(_))));
    std::fs::write(Path::new(&place).join("kept"), kept.to_string()).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_fails_a_write_is_not_written_to_again() {
    let place = tempfile::tempdir().unwrap();
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "failing::the_process_with_the_bad_disk",
            "--nocapture",
        ])
        .env(CHILD, place.path())
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let kept = std::fs::read_to_string(place.path().join("kept")).unwrap();
    let store = open(place.path());
    // The batch that failed may or may not be found; the others have to be.
    let found = store.loaded("plan").await.tail.len();
    let kept: usize = kept.parse().unwrap();
    assert!(found == kept || found == kept + 1, "{found} of {kept}");
    store.wrote("plan", "on").await;
}
