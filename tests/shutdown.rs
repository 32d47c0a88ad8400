//! Stopping: everybody is told, and nothing that was taken is lost.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cowrite::store::StoreError;
use cowrite::store::memory::MemoryStore;
use futures_util::future::join_all;

use support::binary::{Binary, Starting};
use support::reading;
use support::server::{TestServer, config};

#[tokio::test]
async fn a_stopping_server_says_so_and_comes_back_with_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves(folder.path());
    let mut people = Vec::new();
    for number in 0..6 {
        let document = format!("document {}", number % 3);
        let person = server
            .welcomes(&format!("person {number}"), &document)
            .await;
        person.types(&format!("line {number}\n"));
        person.saved().await;
        people.push((document, person));
    }
    // The last words are not acknowledged yet when the signal comes.
    for (number, (_, person)) in people.iter().enumerate() {
        person.types(&format!("last words {number}\n"));
    }
    let begun = Instant::now();
    server.is_asked_to_stop();
    let codes = join_all(people.iter().map(|(_, person)| person.is_ended())).await;
    assert_eq!(codes, [1001; 6]);
    let status = server.ends().await;
    assert!(status.success(), "{status:?}: {}", server.complaints());
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );

    let server = Binary::serves(folder.path());
    for (number, (document, person)) in people.iter().enumerate() {
        let newcomer = server.welcomes("a newcomer", document).await;
        let text = newcomer.text();
        assert!(text.contains(&format!("line {number}\n")), "{text:?}");
        // What was relayed before the end was on disk before.
        let told = person.looks(|seen| support::reading::state(&seen.told));
        assert!(support::reading::holds(&newcomer.state(), &told));
    }
}

#[tokio::test]
async fn a_server_stops_at_once_when_nobody_is_there() {
    let server = TestServer::start().await;
    let begun = Instant::now();
    server.stops().await;
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn what_is_on_its_way_to_disk_is_waited_for() {
    let (server, faults) = TestServer::with_faults().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    faults.hold_appends();
    ada.types("almost");
    faults.until_held(1).await;
    let stopping = tokio::spawn(server.stops());
    // Nobody is sent away while an update is on its way.
    let early = tokio::time::timeout(Duration::from_millis(300), ben.is_ended()).await;
    assert!(early.is_err(), "{early:?}");
    faults.release();
    assert_eq!((ada.is_ended().await, ben.is_ended().await), (1001, 1001));
    // Whoever was told goodbye was told of it before.
    assert_eq!(ben.text(), "almost");
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_fold_under_way_is_finished_before_the_server_ends() {
    let store = Arc::new(MemoryStore::new());
    let faults = store.faults();
    let mut config = config();
    config.live.fold_rows = 4;
    let server = TestServer::with(config.clone(), Arc::clone(&store) as _).await;
    let ada = server.welcomes("Ada", "notes").await;
    faults.hold_compactions();
    for number in 0..4 {
        ada.types(&format!("{number} "));
        ada.saved().await;
    }
    faults.until_held(1).await;
    let stopping = tokio::spawn(server.stops());
    // A fold changes nothing for her: she need not wait for it.
    assert_eq!(ada.is_ended().await, 1001);
    faults.release();
    stopping.await.unwrap();
    let server = TestServer::with(config, Arc::new(store.reopened())).await;
    assert_eq!(
        server.rest().content("notes", "text").await.text(),
        "0 1 2 3 "
    );
}

#[tokio::test]
async fn a_server_told_to_stop_in_a_fold_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..4 {
        let log = "info,cowrite::live::document=debug";
        let mut server = Starting::of(folder.path(), &["--fold-rows", "8"], log).serves();
        let ada = server.welcomes("Ada", "notes").await;
        for _ in 0..7 {
            ada.types(&"x".repeat(1_000));
            ada.saved().await;
        }
        ada.types("the eighth");
        server
            .says("is being folded", Duration::from_secs(10))
            .await;
        let begun = Instant::now();
        server.is_asked_to_stop();
        assert_eq!(ada.is_ended().await, 1001);
        let status = server.ends().await;
        let complaints = server.complaints();
        assert!(status.success(), "round {round}: {complaints}");
        assert!(
            begun.elapsed() < Duration::from_secs(8),
            "{:?}",
            begun.elapsed()
        );
        let server = Binary::serves(folder.path());
        let told = ada.looks(|seen| reading::state(&seen.told));
        assert!(reading::holds(&server.rest().state("notes").await, &told));
    }
}

#[tokio::test]
async fn a_server_told_to_stop_while_its_disk_fails_tells_the_truth_and_ends() {
    let (server, faults) = TestServer::with_faults().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "elsewhere").await;
    faults.hold_appends();
    faults.fail_appends(1, StoreError::Engine("the disk is full".to_owned()));
    ada.types("lost");
    let barrier = ada.asks_whether_saved();
    faults.until_held(1).await;
    let stopping = tokio::spawn(server.stops());
    assert_eq!(ben.is_ended().await, 1001);
    faults.release();
    assert_eq!(ada.is_ended().await, 1011, "not going away: not saved");
    assert!(!ada.looks(|seen| seen.is_saved(barrier)));
    assert_eq!(ada.looks(|seen| reading::text(&seen.told)), "");
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_server_does_not_wait_for_ever_for_a_disk_that_hangs() {
    let (server, faults) = TestServer::with_faults().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "elsewhere").await;
    faults.hold_appends();
    ada.types("in the air");
    let barrier = ada.asks_whether_saved();
    faults.until_held(1).await;
    let stopping = tokio::spawn(server.ends_badly());
    assert_eq!((ben.is_ended().await, ada.is_ended().await), (1001, 1011));
    assert!(!ada.looks(|seen| seen.is_saved(barrier)));
    assert_eq!(ada.looks(|seen| reading::text(&seen.told)), "");
    let why = stopping.await.unwrap();
    assert!(why.contains("did not answer in time"), "{why}");
}
