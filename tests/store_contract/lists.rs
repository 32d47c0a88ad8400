//! Lists, for every store.

use std::time::{Duration, Instant, SystemTime};

use cowrite::store::{Append, ListQuery, Sort, Store};

use crate::language::{Words, at, batch, behind_the_back, named, open};

crate::for_every_store! {
    lists_come_in_the_order_asked_for,
    pages_follow_each_other_without_gap_or_repetition,
    a_prefix_is_taken_literally,
    searching_ignores_case_and_knows_no_wildcards,
    titles_are_sorted_whatever_their_case,
    what_is_deleted_is_a_list_of_its_own,
    a_page_is_never_longer_than_a_thousand,
    a_list_becomes_current_however_often_it_is_read,
}

async fn names(store: &impl Store, query: ListQuery) -> Vec<String> {
    let limit = if query.limit == 0 { 100 } else { query.limit };
    let page = store.list(ListQuery { limit, ..query }).await.unwrap();
    page.records
        .iter()
        .map(|record| record.document.to_string())
        .collect()
}

async fn written_at(store: &impl Store, name: &str, seconds: u64) {
    store
        .append(Append {
            at: at(seconds),
            ..batch(name, "x")
        })
        .await
        .unwrap();
}

async fn lists_come_in_the_order_asked_for(store: &impl Store) {
    for (name, seconds) in [("b", 10), ("a", 20), ("d", 30), ("c", 30), ("b", 40)] {
        written_at(store, name, seconds).await;
    }
    store.create(&named("deleted"), None).await.unwrap();
    store.delete(&named("deleted")).await.unwrap();
    let sorted = |sort| {
        names(
            store,
            ListQuery {
                sort,
                ..ListQuery::default()
            },
        )
    };
    assert_eq!(sorted(Sort::Updated).await, ["b", "c", "d", "a"]);
    assert_eq!(sorted(Sort::Created).await, ["c", "d", "a", "b"]);
    assert_eq!(sorted(Sort::Name).await, ["a", "b", "c", "d"]);
}

async fn pages_follow_each_other_without_gap_or_repetition(store: &impl Store) {
    for n in 0..50 {
        // Many ties, which the name has to break.
        written_at(store, &format!("document {n:02}"), n / 7).await;
    }
    for sort in [Sort::Updated, Sort::Created, Sort::Name, Sort::Title] {
        for contains in [None, Some("0".to_owned())] {
            let query = ListQuery {
                sort,
                contains,
                ..ListQuery::default()
            };
            let whole = names(
                store,
                ListQuery {
                    limit: 1_000,
                    ..query.clone()
                },
            )
            .await;
            assert_eq!(whole.len(), if query.contains.is_some() { 14 } else { 50 });
            for limit in [1, 7, 14, 49, 50, 51] {
                let mut paged = Vec::new();
                let mut after = None;
                loop {
                    let query = ListQuery {
                        limit,
                        after,
                        ..query.clone()
                    };
                    let page = store.list(query).await.unwrap();
                    assert!(page.records.len() <= limit && !page.records.is_empty());
                    paged.extend(page.records.iter().map(|r| r.document.to_string()));
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(paged, whole, "{sort:?} by {limit}");
            }
        }
    }
}

async fn a_prefix_is_taken_literally(store: &impl Store) {
    let all = [
        "team",
        "team/a",
        "team/a%b",
        "team/a_b",
        "team/ab",
        "team/\u{10FFFF}x",
        "tean",
        "T",
    ];
    for name in all {
        store.wrote(name, "x").await;
    }
    let beginning = |prefix: &str| {
        let prefix = Some(prefix.to_owned());
        names(
            store,
            ListQuery {
                prefix,
                sort: Sort::Name,
                ..ListQuery::default()
            },
        )
    };
    let team = [
        "team/a",
        "team/a%b",
        "team/a_b",
        "team/ab",
        "team/\u{10FFFF}x",
    ];
    assert_eq!(beginning("team/").await, team);
    assert_eq!(beginning("team/a_").await, ["team/a_b"]);
    assert_eq!(beginning("team/a%").await, ["team/a%b"]);
    assert_eq!(beginning("team/\u{10FFFF}").await, ["team/\u{10FFFF}x"]);
    assert_eq!(beginning("t").await.len(), 7);
    assert_eq!(beginning("").await.len(), 8);
    assert!(beginning("x'; --").await.is_empty());
}

async fn searching_ignores_case_and_knows_no_wildcards(store: &impl Store) {
    store.titled("first", Some("Größe ÉCLAIR 100%")).await;
    store.titled("second_One", Some("nothing")).await;
    store.titled("third", None).await;
    let found = |needle: &str| {
        let contains = Some(needle.to_owned());
        names(
            store,
            ListQuery {
                contains,
                sort: Sort::Name,
                ..ListQuery::default()
            },
        )
    };
    assert_eq!(found("éclair").await, ["first"]);
    assert_eq!(found("GRÖSSE").await, Vec::<String>::new());
    assert_eq!(found("GRÖßE").await, ["first"]);
    assert_eq!(found("%").await, ["first"]);
    assert_eq!(found("_").await, ["second_One"]);
    assert_eq!(found("D_ONE").await, ["second_One"]);
    assert_eq!(found("IR").await, ["first", "third"]);
    assert_eq!(found("").await.len(), 3);
}

async fn titles_are_sorted_whatever_their_case(store: &impl Store) {
    for (name, title) in [
        ("z", Some("apple")),
        ("y", Some(" Bread")),
        ("x", Some("ZEBRA")),
        ("b", None),
        ("a", Some(" ")),
        ("w", Some("bread")),
    ] {
        store.titled(name, title).await;
    }
    let by_title = ListQuery {
        sort: Sort::Title,
        ..ListQuery::default()
    };
    // Ties go by name; who has no title comes last.
    let expected = ["z", "w", "y", "x", "a", "b"];
    assert_eq!(names(store, by_title).await, expected);
}

async fn what_is_deleted_is_a_list_of_its_own(store: &impl Store) {
    for n in 0..9 {
        let name = format!("d{n}");
        store.titled(&name, Some("Plan")).await;
        if n % 2 == 0 {
            store.delete(&named(&name)).await.unwrap();
        }
    }
    let deleted = |sort, limit, after| ListQuery {
        deleted: true,
        sort,
        limit,
        after,
        ..ListQuery::default()
    };
    let last_first = ["d8", "d6", "d4", "d2", "d0"];
    assert_eq!(
        names(store, deleted(Sort::Deleted, 9, None)).await,
        last_first
    );
    let by_name = names(store, deleted(Sort::Name, 9, None)).await;
    assert_eq!(by_name, ["d0", "d2", "d4", "d6", "d8"]);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(deleted(Sort::Deleted, 2, after)).await.unwrap();
        assert!(page.records.iter().all(|record| record.deleted.is_some()));
        paged.extend(page.records.iter().map(|it| it.document.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, last_first);
    store.restore(&named("d4")).await.unwrap();
    let left = names(store, deleted(Sort::Deleted, 9, None)).await;
    assert_eq!(left, ["d8", "d6", "d2", "d0"]);
    assert_eq!(names(store, ListQuery::default()).await.len(), 5);
}

async fn a_page_is_never_longer_than_a_thousand(store: &impl Store) {
    let tickets: Vec<_> = (0..1_100)
        .map(|n| store.write(&format!("{n:04}"), "x"))
        .collect();
    for ticket in tickets {
        ticket.await.unwrap();
    }
    let page = store
        .list(ListQuery {
            limit: usize::MAX,
            ..ListQuery::default()
        })
        .await
        .unwrap();
    assert_eq!(page.records.len(), 1_000);
    let rest = ListQuery {
        limit: 1_000,
        after: page.next,
        ..ListQuery::default()
    };
    let page = store.list(rest).await.unwrap();
    assert_eq!((page.records.len(), page.next), (100, None));
    let nothing = store
        .list(ListQuery {
            limit: 0,
            ..ListQuery::default()
        })
        .await
        .unwrap();
    assert_eq!(nothing.records, []);
}

/// What the list says of when the only document was written, and of its bytes.
async fn shown(store: &impl Store) -> (SystemTime, u64) {
    let limit = 9;
    let query = ListQuery {
        limit,
        ..ListQuery::default()
    };
    let page = store.list(query).await.unwrap();
    (page.records[0].updated, page.records[0].bytes)
}

/// Whoever asked for the list every second saw of documents that were written
/// meanwhile what had been true before, and for as long as they asked: records
/// were brought up to date when the store rested, and reads kept it from resting.
async fn a_list_becomes_current_however_often_it_is_read(store: &impl Store) {
    written_at(store, "plan", 0).await;
    for seconds in 1..4 {
        written_at(store, "plan", seconds).await;
        let begun = Instant::now();
        while shown(store).await != (at(seconds), 1 + seconds) {
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(3), "after {waited:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The same, for who looks into the file with a shell.
#[tokio::test]
async fn reads_do_not_keep_the_file_from_becoming_current() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    written_at(&store, "plan", 0).await;
    written_at(&store, "plan", 1).await;
    let shell = behind_the_back(place.path());
    let bytes = || -> i64 {
        shell
            .query_row("SELECT bytes FROM documents", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(bytes(), 1);
    let begun = Instant::now();
    while bytes() != 2 {
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(9), "after {waited:?}");
        store.described("plan").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What a list costs that no index gives in order: by title, and of the trash. Prints when
/// `COWRITE_LIST_FIGURES` says of how many documents.
#[tokio::test]
async fn figures() {
    let told = std::env::var("COWRITE_LIST_FIGURES");
    let count: usize = told.as_deref().map_or(300, |it| it.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    let mut expected = Vec::new();
    for first in (0..count).step_by(500) {
        let made = (first..count.min(first + 500)).map(|n| {
            let title = format!(
                "Minutes {:08x} of the Meeting",
                (n as u32).wrapping_mul(0x9e37_79b9)
            );
            expected.push((title.to_lowercase(), format!("team/plan-{n:06}")));
            store.create(&named(&format!("team/plan-{n:06}")), Some(title))
        });
        for ticket in made.collect::<Vec<_>>() {
            ticket.await.unwrap();
        }
    }
    for n in (0..count).step_by(count / 10) {
        store
            .write(&format!("team/plan-{n:06}"), &"x".repeat(100_000))
            .await
            .unwrap();
    }
    let gone = &expected.clone()[..5];
    for (_, name) in gone {
        store.delete(&named(name)).await.unwrap();
    }
    expected.drain(..5);
    expected.sort();
    for (sort, deleted) in [
        (Sort::Updated, false),
        (Sort::Title, false),
        (Sort::Deleted, true),
    ] {
        let (mut after, mut found, mut pages) = (None, Vec::new(), 0);
        let began = std::time::Instant::now();
        let mut first = None;
        loop {
            let query = ListQuery {
                sort,
                deleted,
                limit: 50,
                after,
                ..ListQuery::default()
            };
            let page = store.list(query).await.unwrap();
            pages += 1;
            first.get_or_insert(began.elapsed());
            found.extend(page.records.iter().map(|it| it.document.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if told.is_ok() {
            println!(
                "{count} documents, {sort:?}: the first page {:?}, {pages} pages {:?} each",
                first.unwrap(),
                began.elapsed() / pages
            );
        }
        match sort {
            Sort::Title => assert!(found.iter().eq(expected.iter().map(|(_, name)| name))),
            Sort::Updated => assert_eq!(found.len(), expected.len()),
            _ => assert_eq!(found.len(), 5),
        }
    }
}
