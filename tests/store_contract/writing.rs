//! Groups, the write-ahead log, and loads that race with compactions.

use std::sync::Arc;

use bytes::Bytes;
use cowrite::store::Store;

use crate::language::{Words, batch, named, open, text, while_held_up};

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let tickets: Vec<_> = while_held_up(place.path(), || {
        (0..2_000)
            .map(|n| store.write(&format!("document {}", n % 200), "x"))
            .collect()
    });
    for ticket in tickets {
        ticket.await.unwrap();
    }
    let stats = store.stats();
    assert_eq!(stats.writes, 2_000);
    assert!(stats.commits <= 4, "{stats:?}");
    assert!(stats.largest_group > 600, "{stats:?}");
    assert_eq!(store.loaded("document 7").await.tail.len(), 10);
}

#[tokio::test]
async fn the_write_ahead_log_is_moved_and_stays_small() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    for n in 0..40 {
        let seq = store
            .append(batch("plan", vec![n; 1_000_000]))
            .await
            .unwrap();
        store.folded_to("plan", seq, vec![n; 500_000]).await;
    }
    assert!(store.stats().checkpoints >= 5, "{:?}", store.stats());
    let log = std::fs::metadata(place.path().join("cowrite.db-wal"))
        .unwrap()
        .len();
    assert!(log < 20_000_000, "{log}");
    assert_eq!(
        store.loaded("plan").await.snapshot,
        Some(Bytes::from(vec![39; 500_000]))
    );
}

/// One writer appends numbers and folds them, sometimes at once and sometimes
/// without waiting; every load has to show all numbers acknowledged before it,
/// in order and without a gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn loads_that_race_with_compactions_see_whole_documents() {
    let place = tempfile::tempdir().unwrap();
    let store = Arc::new(open(place.path()));
    let acknowledged = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    store.wrote("plan", "0,").await;
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (store, done) = (Arc::clone(&store), Arc::clone(&done));
            let acknowledged = Arc::clone(&acknowledged);
            tokio::spawn(async move {
                let mut loads = 0;
                while !done.load(std::sync::atomic::Ordering::SeqCst) {
                    let at_least = acknowledged.load(std::sync::atomic::Ordering::SeqCst);
                    let stored = store.loaded("plan").await;
                    let whole = text(&stored).replace(['[', ']', ' '], "");
                    let numbers: Vec<usize> = whole
                        .split_terminator(',')
                        .map(|n| n.parse().unwrap())
                        .collect();
                    assert!(numbers.len() > at_least);
                    assert!(numbers.iter().copied().eq(0..numbers.len()), "{numbers:?}");
                    loads += 1;
                }
                loads
            })
        })
        .collect();
    let mut whole = "0,".to_owned();
    for n in 1..600 {
        let seq = store.wrote("plan", &format!("{n},")).await;
        acknowledged.store(n, std::sync::atomic::Ordering::SeqCst);
        whole.push_str(&format!("{n},"));
        if n % 3 == 0 {
            let before = store.load(&named("plan"));
            drop(store.compact(&named("plan"), seq, whole.clone().into(), None));
            let after = store.load(&named("plan"));
            let (before, after) = (
                before.await.unwrap().unwrap(),
                after.await.unwrap().unwrap(),
            );
            assert_eq!(before.tail.last().map(|(seq, _)| *seq), Some(seq));
            assert_eq!((after.through, after.tail.len()), (seq, 0));
        }
    }
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}
