//! The contract of [`Branches`], told to the one in memory and the one on disk, and what
//! only the one on disk has to show.

use std::path::Path;
use std::time::{Duration, SystemTime};

use super::database::BranchDatabase;
use super::shelf::{AT_ONCE, LAYOUT, Shelf};
use super::*;
use crate::store::{MOST_NAMED, Retention, StoreError};

fn plan() -> DocumentId {
    DocumentId::parse("plan").unwrap()
}

fn new(state: &str, at: SystemTime) -> NewBranch {
    NewBranch {
        state: Bytes::copy_from_slice(state.as_bytes()),
        at,
        author: None,
        name: None,
    }
}

/// So many seconds ago.
fn ago(seconds: u64) -> SystemTime {
    micros::moment(micros::since_1970(
        SystemTime::now() - Duration::from_secs(seconds),
    ))
}

async fn ids(branches: &BranchDatabase) -> Vec<u64> {
    let listed = branches.list(&plan(), Behind::NOTHING, MOST_NAMED).await;
    listed.unwrap().iter().map(|branch| branch.id).collect()
}

/// Tells a story to both.
macro_rules! for_both {
    ($($story:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $story() {
                super::$story(|retention| super::BranchDatabase::in_memory(retention)).await;
            })+
        }
        mod on_disk {
            $(#[tokio::test]
            async fn $story() {
                let place = tempfile::tempdir().unwrap();
                super::$story(|retention| super::BranchDatabase::at(place.path(), retention)).await;
            })+
        }
    };
}

for_both!(
    what_is_kept_is_found_listed_and_renamed,
    one_that_comes_again_stands_in_front_under_its_number,
    the_oldest_without_a_name_goes_for_one_more,
    a_page_goes_on_behind_the_last_one_of_the_page_before,
    what_breaks_the_thread_is_an_error_and_the_next_is_served,
    nothing_is_taken_after_the_end,
);

async fn what_is_kept_is_found_listed_and_renamed(open: impl Fn(Retention) -> BranchDatabase) {
    let branches = open(Retention::default());
    assert_eq!(ids(&branches).await, Vec::<u64>::new());
    assert_eq!(branches.find(&plan(), 1).await.unwrap(), None);
    let at = ago(5);
    let mut first = new("one", at);
    first.author = Some("Grace".to_owned());
    first.name = Some("of Grace".to_owned());
    let kept = branches.keep(&plan(), first).await.unwrap();
    let expected = Branch {
        id: kept.id,
        at,
        author: Some("Grace".to_owned()),
        name: Some("of Grace".to_owned()),
        bytes: 3,
    };
    assert_eq!(kept, expected);
    let found = branches.find(&plan(), kept.id).await.unwrap();
    assert_eq!(found, Some((expected.clone(), Bytes::from_static(b"one"))));
    let described = branches.describe(&plan(), kept.id).await.unwrap();
    assert_eq!(described, Some(expected.clone()));
    let renamed = branches.rename(&plan(), kept.id, Some("named".to_owned()));
    assert_eq!(
        renamed.await.unwrap().unwrap().name.as_deref(),
        Some("named")
    );
    for other in [kept.id + 1, 0, u64::MAX] {
        assert_eq!(branches.find(&plan(), other).await.unwrap(), None);
        assert_eq!(branches.describe(&plan(), other).await.unwrap(), None);
        assert_eq!(branches.rename(&plan(), other, None).await.unwrap(), None);
    }
    let other = DocumentId::parse("other").unwrap();
    assert_eq!(branches.find(&other, kept.id).await.unwrap(), None);
}

/// Who lost the line for the second time without a word in between kept the same state
/// again, and found it under the date of the first time, far down in the list, or not at
/// all, since it was old by then.
async fn one_that_comes_again_stands_in_front_under_its_number(
    open: impl Fn(Retention) -> BranchDatabase,
) {
    let retention = Retention {
        age: Some(Duration::from_secs(1_000)),
        bytes: None,
    };
    let branches = open(retention);
    let first = branches.keep(&plan(), new("same", ago(900))).await.unwrap();
    let other = branches
        .keep(&plan(), new("other", ago(500)))
        .await
        .unwrap();
    assert_eq!(ids(&branches).await, [other.id, first.id]);
    let mut again = new("same", ago(10));
    again.name = Some("offline until now".to_owned());
    let again = branches.keep(&plan(), again).await.unwrap();
    assert_eq!(again.id, first.id, "it is kept once");
    assert!(again.at > other.at);
    assert_eq!(again.name.as_deref(), Some("offline until now"));
    assert_eq!(ids(&branches).await, [first.id, other.id]);
    // Who says nothing about it takes nothing away; nor does a clock that was set back.
    let silent = branches.keep(&plan(), new("same", ago(800))).await.unwrap();
    assert_eq!(silent, again);
    // What somebody called it stays.
    let named = branches.rename(&plan(), first.id, Some("mine".to_owned()));
    named.await.unwrap().unwrap();
    let mut last = new("same", ago(1));
    last.name = Some("offline again".to_owned());
    let last = branches.keep(&plan(), last).await.unwrap();
    assert_eq!(last.name.as_deref(), Some("mine"));
}

async fn the_oldest_without_a_name_goes_for_one_more(open: impl Fn(Retention) -> BranchDatabase) {
    let retention = Retention {
        age: None,
        bytes: Some(1),
    };
    let branches = open(retention);
    let first = branches
        .keep(&plan(), new("first", ago(9 * 3600)))
        .await
        .unwrap();
    let named = branches.rename(&plan(), first.id, Some("kept".to_owned()));
    named.await.unwrap().unwrap();
    let second = branches
        .keep(&plan(), new("second", ago(8 * 3600)))
        .await
        .unwrap();
    let third = branches.keep(&plan(), new("third", ago(7))).await.unwrap();
    assert_eq!(ids(&branches).await, [third.id, first.id]);
    assert!(third.id > second.id, "no number is given twice");
    // Two who come back from the same train do not push each other out.
    let fourth = branches.keep(&plan(), new("fourth", ago(6))).await;
    assert!(matches!(fourth, Err(StoreError::TooManyNamed)));
    assert_eq!(ids(&branches).await, [third.id, first.id]);
}

async fn a_page_goes_on_behind_the_last_one_of_the_page_before(
    open: impl Fn(Retention) -> BranchDatabase,
) {
    let branches = open(Retention::default());
    // All at one moment.
    let at = ago(1);
    for number in 0..7 {
        let state = format!("state {number}");
        branches.keep(&plan(), new(&state, at)).await.unwrap();
    }
    let (mut behind, mut seen) = (Behind::NOTHING, Vec::new());
    loop {
        let page = branches.list(&plan(), behind, 3).await.unwrap();
        seen.extend(page.iter().map(|branch| branch.id));
        match page.last() {
            Some(last) => behind = last.into(),
            None => break,
        }
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

/// A panic ended the thread, and all branches until the server was started again.
async fn what_breaks_the_thread_is_an_error_and_the_next_is_served(
    open: impl Fn(Retention) -> BranchDatabase,
) {
    let branches = open(Retention::default());
    let kept = branches.keep(&plan(), new("one", ago(1))).await.unwrap();
    let broken = branches.ask::<()>(|_| panic!("a test breaks it"));
    assert!(matches!(broken.await, Err(StoreError::Engine(_))));
    assert_eq!(ids(&branches).await, [kept.id]);
}

/// The process ended before its last branch was on disk, and nobody waited for the thread.
async fn nothing_is_taken_after_the_end(open: impl Fn(Retention) -> BranchDatabase) {
    let branches = open(Retention::default());
    let kept = branches.keep(&plan(), new("the last", ago(1)));
    let (ended, ends) = tokio::sync::oneshot::channel();
    branches.close(move || ended.send(()).unwrap());
    let refused = branches.keep(&plan(), new("too late", ago(1))).await;
    assert!(matches!(refused, Err(StoreError::Closed)));
    ends.await.unwrap();
    let kept = kept.await.unwrap();
    let (again, ends) = tokio::sync::oneshot::channel();
    branches.close(move || again.send(()).unwrap());
    ends.await.unwrap();
    drop(branches);
    assert_eq!(kept.bytes, 8);
}

/// What was old stayed on disk until somebody kept a branch again.
#[tokio::test]
async fn what_is_old_goes_without_a_new_one_a_little_at_a_time() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(BRANCHES);
    let forever = BranchDatabase::at(place.path(), Retention::default());
    let count = AT_ONCE + 3;
    for number in 0..count {
        let state = format!("state {number}");
        forever.keep(&plan(), new(&state, ago(500))).await.unwrap();
    }
    let named = forever.rename(&plan(), 1, Some("kept".to_owned()));
    named.await.unwrap().unwrap();
    let young = forever.keep(&plan(), new("young", ago(1))).await.unwrap();
    drop(forever);
    let retention = Retention {
        age: Some(Duration::from_secs(100)),
        bytes: None,
    };
    let mut shelf = Shelf::new(Some(path.clone()), retention);
    assert!(shelf.sweep().unwrap(), "there is more");
    assert!(!shelf.sweep().unwrap(), "and then there is not");
    drop(shelf);
    let left = |path: &Path| {
        let database = LAYOUT.open(path).unwrap();
        let mut ids = database
            .prepare("SELECT id FROM branches ORDER BY id")
            .unwrap();
        let ids = ids.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        ids.map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(left(&path), [1, young.id as i64]);
    // And by itself, when nothing is asked for.
    let connection = LAYOUT.open(&path).unwrap();
    let ages = "UPDATE branches SET at = 0 WHERE is_named = 0";
    connection.execute(ages, []).unwrap();
    let swept = BranchDatabase::of(
        Shelf::new(Some(path.clone()), retention),
        Duration::from_millis(1),
    );
    // It begins with the first thing that is asked.
    swept.describe(&plan(), 1).await.unwrap().unwrap();
    while left(&path).len() > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(left(&path), [1]);
}

/// The end of the store waited for all that the branches' thread had been asked for, however
/// long the disk took; the process was killed in the middle of it, and nobody knew what was
/// not written.
#[tokio::test]
async fn the_end_waits_for_a_while_and_says_what_was_not_written() {
    let place = tempfile::tempdir().unwrap();
    let branches = BranchDatabase::at(place.path(), Retention::default());
    branches.keep(&plan(), new("kept", ago(9))).await.unwrap();
    let (disk, stuck) = std::sync::mpsc::channel::<()>();
    let waits = branches.ask(move |_| {
        let _ = stuck.recv();
        Ok(())
    });
    let lost = branches.keep(&plan(), new("lost", ago(5)));
    let unnamed = branches.rename(&plan(), 1, Some("first".to_owned()));
    let unread = branches.describe(&plan(), 1);
    let (tell, told) = tokio::sync::oneshot::channel();
    branches.close_within(Duration::from_millis(10), |unwritten| {
        let _ = tell.send(unwritten);
    });
    // The disk is stuck still.
    let unwritten = told.await.unwrap();
    let expected = [
        "a branch of \"plan\" (4 bytes)",
        "the name of branch b1 of \"plan\"",
    ];
    assert_eq!(unwritten, expected);
    // It comes back: nothing is begun that nobody waits for.
    drop(disk);
    waits.await.unwrap();
    assert_eq!(lost.await, Err(StoreError::Closed));
    assert_eq!(unnamed.await, Err(StoreError::Closed));
    assert_eq!(unread.await, Err(StoreError::Closed));
    drop(branches);
    let branches = BranchDatabase::at(place.path(), Retention::default());
    let listed = branches.list(&plan(), Behind::NOTHING, 9).await.unwrap();
    assert_eq!((listed.len(), &listed[0].name), (1, &None));
}

/// What is done in time is all of it.
#[tokio::test]
async fn the_end_waits_for_what_was_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let branches = BranchDatabase::at(place.path(), Retention::default());
    let kept: Vec<_> = (0..20)
        .map(|it| branches.keep(&plan(), new(&format!("state {it}"), ago(it))))
        .collect();
    let (tell, told) = tokio::sync::oneshot::channel();
    branches.close_within(Duration::from_secs(3600), |unwritten| {
        let _ = tell.send(unwritten);
    });
    assert_eq!(told.await.unwrap(), Vec::<String>::new());
    for ticket in kept {
        ticket.await.unwrap();
    }
}

/// A backup beside a server held up who kept a branch for as long as it read, and an error
/// ended it after ten seconds.
#[tokio::test]
async fn who_reads_the_database_holds_nobody_up() {
    let place = tempfile::tempdir().unwrap();
    let branches = BranchDatabase::at(place.path(), Retention::default());
    branches.keep(&plan(), new("one", ago(2))).await.unwrap();
    let path = place.path().join(BRANCHES);
    let reading = crate::annex::Reading::of(&path, true, &LAYOUT).unwrap();
    let begun = "BEGIN; SELECT count(*) FROM branches;";
    reading.connection.execute_batch(begun).unwrap();
    let count = || -> i64 {
        let sql = "SELECT count(*) FROM branches";
        let count = reading.connection.query_row(sql, [], |row| row.get(0));
        count.unwrap()
    };
    assert_eq!(count(), 1);
    branches.keep(&plan(), new("two", ago(1))).await.unwrap();
    assert_eq!(count(), 1, "it sees what was there when it began");
    assert_eq!(ids(&branches).await, [2, 1]);
}

/// The journal that a killed server of before left could not be read beside the next one,
/// which did not look at it before somebody kept a branch.
#[tokio::test]
async fn what_a_killed_process_left_is_put_right_at_the_start() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(BRANCHES);
    let rolling = LAYOUT.make(&path).unwrap();
    rolling
        .execute_batch(
            "INSERT INTO branches (document, at, is_named, bytes, stored, hash, state)
             VALUES ('plan', 1, 1, 1, 1, x'00', x'00');
             PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN;
             UPDATE branches SET state = zeroblob(4000000), at = 2;",
        )
        .unwrap();
    // As a kill leaves them, in another folder.
    let left = tempfile::tempdir().unwrap();
    for ending in ["", "-journal"] {
        let name = format!("{BRANCHES}{ending}");
        std::fs::copy(place.path().join(&name), left.path().join(&name)).unwrap();
    }
    let journal = left.path().join(format!("{BRANCHES}-journal"));
    assert!(
        std::fs::metadata(&journal).unwrap().len() > 512,
        "it is hot"
    );
    let branches = BranchDatabase::at(left.path(), Retention::default());
    let listed = branches.list(&plan(), Behind::NOTHING, 9).await.unwrap();
    assert_eq!(micros::since_1970(listed[0].at), 1, "it is undone");
    assert!(!journal.exists());
    let path = left.path().join(BRANCHES);
    crate::annex::Reading::of(&path, true, &LAYOUT).unwrap();
}
