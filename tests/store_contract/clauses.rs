//! The clauses of the contract, for every store.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cowrite::id::Seq;
use cowrite::store::{Append, Draft, Health, ListQuery, Store, StoreError, Stored};

use crate::language::{Words, at, batch, named, text};

crate::for_every_store! {
    a_document_nobody_wrote_is_none_and_not_empty,
    batches_come_back_byte_for_byte_and_in_order,
    positions_rise_across_all_documents,
    calls_take_effect_in_the_order_made_though_nobody_waits,
    a_dropped_ticket_is_work_done_all_the_same,
    a_draft_is_written_once_as_it_was_when_the_store_took_it,
    a_created_document_is_there_and_empty,
    a_snapshot_replaces_the_rows_it_covers_and_no_others,
    a_snapshot_may_cover_a_document_without_rows,
    a_snapshot_never_goes_back_nor_ahead,
    a_tombstone_is_final_until_restored,
    a_deleted_document_keeps_everything,
    refused_operations_do_not_disturb_their_neighbours,
    the_title_is_what_the_last_titled_batch_said,
    a_record_tells_times_and_size,
    a_ready_store_says_so,
    a_closed_store_has_finished_and_takes_nothing_more,
}

async fn a_document_nobody_wrote_is_none_and_not_empty(store: &impl Store) {
    assert_eq!(store.load(&named("nobody's")).await, Ok(None));
    assert_eq!(store.describe(&named("nobody's")).await, Ok(None));
    assert_eq!(
        store.delete(&named("nobody's")).await,
        Err(StoreError::NotFound)
    );
    assert_eq!(
        store.restore(&named("nobody's")).await,
        Err(StoreError::NotFound)
    );
    let folded = store
        .compact(&named("nobody's"), Seq(0), Bytes::new(), None)
        .await;
    assert_eq!(folded, Err(StoreError::NotFound));
    assert_eq!(store.load(&named("nobody's")).await, Ok(None));
}

async fn batches_come_back_byte_for_byte_and_in_order(store: &impl Store) {
    let updates = [
        Bytes::from_static(b"one"),
        Bytes::new(),
        Bytes::from_static(&[0, 255, 0, 128, 10]),
        Bytes::from(
            (0..1_000_000_u32)
                .map(|n| (n * 7) as u8)
                .collect::<Vec<_>>(),
        ),
        Bytes::from_static(b"last"),
    ];
    let mut tail = Vec::new();
    for update in updates {
        let seq = store.append(batch("plan", update.clone())).await.unwrap();
        tail.push((seq, update));
        store.wrote("another", "in between").await;
    }
    let expected = Stored {
        tail,
        ..Stored::default()
    };
    assert_eq!(store.load(&named("plan")).await, Ok(Some(expected)));
}

async fn positions_rise_across_all_documents(store: &impl Store) {
    let mut before = Seq(0);
    for round in 0..20 {
        let seq = store.wrote(&format!("document {}", round % 3), "x").await;
        assert!(seq > before, "{seq} after {before}");
        before = seq;
    }
}

async fn calls_take_effect_in_the_order_made_though_nobody_waits(store: &impl Store) {
    let name = named("plan");
    let first = store.wrote("plan", "a").await;
    // None of these is waited for before all are made.
    let seen_1 = store.load(&name);
    let _b = store.write("plan", "b");
    let seen_2 = store.load(&name);
    let _fold = store.compact(&name, first, Bytes::from_static(b"A"), None);
    let seen_3 = store.load(&name);
    let _c = store.append(Append {
        sender: Default::default(),
        title: Some(Some("C".to_owned())),
        ..batch("plan", "c")
    });
    let described = store.describe(&name);
    let _gone = store.delete(&name);
    let seen_4 = store.load(&name);
    let refused = store.write("plan", "d");
    let _back = store.restore(&name);
    let _e = store.write("plan", "e");
    let seen_5 = store.load(&name);

    let seen = async |load: cowrite::store::Ticket<Option<Stored>>| load.await.unwrap().unwrap();
    assert_eq!(text(&seen(seen_1).await), "a");
    assert_eq!(text(&seen(seen_2).await), "a b");
    let third = seen(seen_3).await;
    assert_eq!((text(&third).as_str(), third.title), ("[A] b", None));
    assert_eq!(
        described.await.unwrap().unwrap().title.as_deref(),
        Some("C")
    );
    let fourth = seen(seen_4).await;
    assert_eq!(text(&fourth), "[A] b c");
    assert!(fourth.deleted.is_some());
    assert_eq!(refused.await, Err(StoreError::Deleted));
    let fifth = seen(seen_5).await;
    assert_eq!((text(&fifth).as_str(), fifth.deleted), ("[A] b c e", None));
}

async fn a_dropped_ticket_is_work_done_all_the_same(store: &impl Store) {
    for update in ["a", "b", "c"] {
        drop(store.write("plan", update));
    }
    assert_eq!(text(&store.loaded("plan").await), "a b c");
}

async fn a_draft_is_written_once_as_it_was_when_the_store_took_it(store: &impl Store) {
    let plan = named("plan");
    let holds = |text: &str| batch("plan", Bytes::copy_from_slice(text.as_bytes()));
    let (mut expected, mut in_time) = (Vec::new(), 0);
    for round in 0..50 {
        let draft = Draft::new(holds("first thoughts"));
        assert!(draft.amend(holds(&format!("thoughts {round}"))));
        let ticket = store.append_draft(&plan, &draft);
        // Something is always being written: some come in time and some do not.
        let another = store.append(batch("another", Bytes::from_static(b"x")));
        let second = format!("second thoughts {round}");
        let amended = draft.amend(holds(&second));
        in_time += usize::from(amended);
        let seq = ticket.await.unwrap();
        another.await.unwrap();
        assert!(!draft.is_open());
        assert!(!draft.amend(holds("too late")));
        let written = match amended {
            true => second,
            false => format!("thoughts {round}"),
        };
        expected.push((seq, Bytes::from(written)));
        let again = store.append_draft(&plan, &draft).await;
        assert!(matches!(again, Err(StoreError::Engine(_))), "{again:?}");
    }
    println!("{in_time} of 50 were in time");
    let stored = store.load(&plan).await.unwrap().unwrap();
    assert_eq!(stored.tail, expected);
}

async fn a_created_document_is_there_and_empty(store: &impl Store) {
    let record = store
        .create(&named("plan"), Some("The Plan".to_owned()))
        .await
        .unwrap();
    assert_eq!(
        (record.title.as_deref(), record.bytes),
        (Some("The Plan"), 0)
    );
    let expected = Stored {
        title: Some("The Plan".to_owned()),
        ..Stored::default()
    };
    assert_eq!(store.loaded("plan").await, expected);
    assert_eq!(
        store.create(&named("plan"), None).await,
        Err(StoreError::Exists)
    );
    store.wrote("written", "a").await;
    assert_eq!(
        store.create(&named("written"), None).await,
        Err(StoreError::Exists)
    );
    assert_eq!(store.described("plan").await, record);
}

async fn a_snapshot_replaces_the_rows_it_covers_and_no_others(store: &impl Store) {
    store.wrote("plan", "a").await;
    let second = store.wrote("plan", "b").await;
    store.wrote("other", "o").await;
    let third = store.wrote("plan", "c").await;
    store.folded("plan", second, "AB").await;
    let stored = store.loaded("plan").await;
    assert_eq!((text(&stored).as_str(), stored.through), ("[AB] c", second));
    assert_eq!(stored.tail[0].0, third);
    assert_eq!(text(&store.loaded("other").await), "o");

    // The same place again, then everything, then on from there.
    store.folded("plan", second, "ab").await;
    assert_eq!(text(&store.loaded("plan").await), "[ab] c");
    store.folded("plan", third, "ABC").await;
    assert_eq!(text(&store.loaded("plan").await), "[ABC]");
    assert!(store.wrote("plan", "d").await > third);
    assert_eq!(text(&store.loaded("plan").await), "[ABC] d");
}

async fn a_snapshot_may_cover_a_document_without_rows(store: &impl Store) {
    store.create(&named("imported"), None).await.unwrap();
    store.folded("imported", Seq(0), "whole").await;
    assert_eq!(text(&store.loaded("imported").await), "[whole]");
    store.wrote("imported", "a").await;
    assert_eq!(text(&store.loaded("imported").await), "[whole] a");
}

async fn a_snapshot_never_goes_back_nor_ahead(store: &impl Store) {
    let first = store.wrote("plan", "a").await;
    let second = store.wrote("plan", "b").await;
    store.folded("plan", second, "AB").await;
    for through in [first, Seq(second.0 + 1_000)] {
        let answer = store
            .compact(&named("plan"), through, Bytes::from_static(b"wrong"), None)
            .await;
        assert!(matches!(answer, Err(StoreError::Engine(_))), "{answer:?}");
    }
    assert_eq!(text(&store.loaded("plan").await), "[AB]");
    assert_eq!(store.health(), Health::Ready);
}

async fn a_tombstone_is_final_until_restored(store: &impl Store) {
    let plan = named("plan");
    store.wrote("plan", "a").await;
    store.delete(&plan).await.unwrap();
    assert_eq!(store.write("plan", "b").await, Err(StoreError::Deleted));
    assert_eq!(store.create(&plan, None).await, Err(StoreError::Deleted));
    assert_eq!(store.delete(&plan).await, Err(StoreError::Deleted));

    assert_eq!(store.restore(&plan).await.unwrap().deleted, None);
    assert_eq!(store.create(&plan, None).await, Err(StoreError::Exists));
    store.wrote("plan", "c").await;
    assert_eq!(text(&store.loaded("plan").await), "a c");
    let record = store.described("plan").await;
    assert_eq!(store.restore(&plan).await, Ok(record));
}

async fn a_deleted_document_keeps_everything(store: &impl Store) {
    let began = SystemTime::now() - Duration::from_secs(1);
    let first = store.wrote("plan", "a").await;
    store.titled("plan", Some("Plan")).await;
    store.folded("plan", first, "A").await;
    store.delete(&named("plan")).await.unwrap();

    let stored = store.loaded("plan").await;
    assert_eq!(
        (text(&stored).as_str(), stored.title.as_deref()),
        ("[A] t", Some("Plan"))
    );
    assert!(stored.deleted.is_some_and(|at| at >= began));
    assert_eq!(store.described("plan").await.deleted, stored.deleted);
    let all = ListQuery {
        limit: 10,
        ..ListQuery::default()
    };
    assert_eq!(store.list(all.clone()).await.unwrap().records, []);
    store.restore(&named("plan")).await.unwrap();
    assert_eq!(store.list(all).await.unwrap().records.len(), 1);
    assert_eq!(
        store.loaded("plan").await,
        Stored {
            deleted: None,
            ..stored
        }
    );
}

async fn refused_operations_do_not_disturb_their_neighbours(store: &impl Store) {
    store.create(&named("gone"), None).await.unwrap();
    store.delete(&named("gone")).await.unwrap();
    let mut good = Vec::new();
    let mut refused = Vec::new();
    for round in 0..100 {
        good.push(store.write("plan", &format!("{round}")));
        refused.push(store.write("gone", "x"));
        drop(store.create(&named("plan"), None));
        drop(store.delete(&named("unheard of")));
    }
    for ticket in refused {
        assert_eq!(ticket.await, Err(StoreError::Deleted));
    }
    for ticket in good {
        ticket.await.unwrap();
    }
    let expected: Vec<_> = (0..100).map(|round| round.to_string()).collect();
    assert_eq!(text(&store.loaded("plan").await), expected.join(" "));
    assert_eq!(text(&store.loaded("gone").await), "");
    assert_eq!(store.load(&named("unheard of")).await, Ok(None));
}

async fn the_title_is_what_the_last_titled_batch_said(store: &impl Store) {
    store.wrote("plan", "a").await;
    assert_eq!(store.loaded("plan").await.title, None);
    for title in [Some("Plan"), Some("Résumé \"2026\""), None, Some("")] {
        store.titled("plan", title).await;
        store.wrote("plan", "untitled").await;
        assert_eq!(store.loaded("plan").await.title.as_deref(), title);
        assert_eq!(store.described("plan").await.title.as_deref(), title);
        let query = ListQuery {
            limit: 1,
            ..ListQuery::default()
        };
        assert_eq!(
            store.list(query).await.unwrap().records[0].title.as_deref(),
            title
        );
    }
}

async fn a_record_tells_times_and_size(store: &impl Store) {
    let write = |seconds, update: &'static str| {
        store.append(Append {
            at: at(seconds),
            ..batch("plan", update)
        })
    };
    write(10, "four").await.unwrap();
    let second = write(12, "sixsix").await.unwrap();
    let record = store.described("plan").await;
    assert_eq!(
        (record.created, record.updated, record.bytes),
        (at(10), at(12), 10)
    );
    // A clock that goes back does not make a document older.
    write(5, "").await.unwrap();
    assert_eq!(store.described("plan").await.updated, at(12));
    write(60, "seven77").await.unwrap();
    store.folded("plan", second, "five5").await;
    let record = store.described("plan").await;
    assert_eq!(
        (record.created, record.updated, record.bytes),
        (at(10), at(60), 12)
    );
    let page = store
        .list(ListQuery {
            limit: 1,
            ..ListQuery::default()
        })
        .await
        .unwrap();
    assert_eq!(page.records, [record], "exact after a compaction");
}

async fn a_ready_store_says_so(store: &impl Store) {
    assert_eq!(store.health(), Health::Ready);
    store.wrote("plan", "a").await;
    assert_eq!(store.health(), Health::Ready);
}

async fn a_closed_store_has_finished_and_takes_nothing_more(store: &impl Store) {
    let pending: Vec<_> = (0..50)
        .map(|n| store.write("plan", &n.to_string()))
        .collect();
    let read = store.load(&named("plan"));
    let closed = store.close();
    let late = store.write("plan", "late");
    assert_eq!(closed.await, Ok(()));
    for ticket in pending {
        ticket.await.unwrap();
    }
    assert_eq!(read.await.unwrap().unwrap().tail.len(), 50);
    assert_eq!(late.await, Err(StoreError::Closed));
    assert_eq!(store.load(&named("plan")).await, Err(StoreError::Closed));
    assert_eq!(
        store.list(ListQuery::default()).await,
        Err(StoreError::Closed)
    );
    assert_eq!(store.close().await, Err(StoreError::Closed));
    assert!(matches!(store.health(), Health::Stopped(_)));
}
