//! Stopping: everybody is told, and nothing that was taken is lost.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cowrite::store::StoreError;
use cowrite::store::memory::MemoryStore;
use futures_util::future::join_all;

use support::binary::{Binary, Starting};
use support::in_time;
use support::raw::{self, Frame, Raw};
use support::reading;
use support::server::{TestServer, config};
use support::wire::Shown;

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

/// How many sockets the crowd has: a thousand, or what this process may open.
fn crowd() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256);
    usize::try_from(files / 2).unwrap_or(1000).clamp(64, 1000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_under_load_is_told_and_loses_nothing() {
    const DOCUMENTS: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves(folder.path());
    let address = server.address();
    // In each document somebody types without a pause, and the others read.
    let mut typists = Vec::new();
    for number in 0..DOCUMENTS {
        let document = format!("document {number}");
        typists.push(server.welcomes("a typist", &document).await);
    }
    // So that each of them is there: of what is not taken before the end nothing is.
    for typist in &typists {
        typist.types("the first ");
        typist.saved().await;
    }
    let people = crowd() - DOCUMENTS;
    let mut readers = Vec::new();
    for number in 0..people {
        let document = format!("document%20{}", number % DOCUMENTS);
        let mut reader = Raw::opens(address, &document).await;
        let hello = support::wire::step1(support::wire::KNOWS_NOTHING);
        reader.sends_frame(raw::FIN | raw::BINARY, &hello).await;
        readers.push(reader);
    }
    // What each of them was told, in words and in the end.
    let readers = readers.into_iter().map(|mut reader| {
        tokio::spawn(async move {
            let mut told = Vec::new();
            loop {
                match reader.hears().await {
                    Some(Frame {
                        opcode: raw::CLOSE,
                        payload,
                    }) => {
                        reader
                            .sends_frame(raw::FIN | raw::CLOSE, &payload[..2])
                            .await;
                        return (told, payload[..2].to_vec());
                    }
                    Some(frame) => told.push(frame.payload),
                    None => return (told, vec![]),
                }
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for round in 0..50 {
        for typist in &typists {
            typist.types(&format!("word {round} "));
        }
        tokio::task::yield_now().await;
    }
    typists[0].saved().await;
    for typist in &typists {
        typist.types("and the last ");
    }
    let begun = Instant::now();
    server.is_asked_to_stop();
    let status = server.ends().await;
    let took = begun.elapsed();
    println!("{} sockets were told within {took:?}", people + DOCUMENTS);
    assert!(status.success(), "{status:?}: {}", server.complaints());
    assert!(took < Duration::from_secs(15), "{took:?}");
    let codes = join_all(typists.iter().map(|typist| typist.is_ended())).await;
    assert_eq!(codes, [1001; DOCUMENTS]);
    let told = in_time("everybody was told", join_all(readers)).await;

    let server = Binary::serves(folder.path());
    let mut states = Vec::new();
    for (number, typist) in typists.iter().enumerate() {
        let state = server.rest().state(&format!("document {number}")).await;
        let of_typist = typist.looks(|seen| reading::state(&seen.told));
        assert!(reading::holds(&state, &of_typist), "a typist was told more");
        states.push(state);
    }
    for (number, told) in told.into_iter().enumerate() {
        let (frames, code) = told.unwrap();
        assert_eq!(code, 1001u16.to_be_bytes(), "reader {number}");
        let seen = reading::new_doc(1);
        for heard in frames.iter().flat_map(|frame| support::wire::read(frame)) {
            match heard {
                support::wire::Heard::Step2(update) | support::wire::Heard::Update(update) => {
                    reading::apply(&seen, &update);
                }
                _ => {}
            }
        }
        let seen = reading::state(&seen);
        assert!(
            reading::holds(&states[number % DOCUMENTS], &seen),
            "reader {number} was told more than is on disk"
        );
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

/// SIGTERM, and what is to come of it.
async fn stops_in_order_and_in_time(server: &mut Binary) {
    let begun = Instant::now();
    server.is_asked_to_stop();
    let status = server.ends().await;
    println!("it ended within {:?}", begun.elapsed());
    assert!(status.success(), "{status:?}: {}", server.complaints());
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// A document that many showed large presence in heard of the end behind all they had
/// said, and the server gave up on it after fifteen seconds, with an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_presence_does_not_hold_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--bytes-per-second", "0", "--messages-per-second", "0"];
    let mut server = Binary::serves_with(folder.path(), &options);
    let mut flood = Vec::new();
    for number in 0..60 {
        let mut speaker = Raw::opens(server.address(), "notes").await;
        flood.push(tokio::spawn(async move {
            // As much as is let in.
            let size = if number < 8 { 60_000 } else { 900 };
            for clock in 1.. {
                let state = format!("\"{clock} {}\"", "x".repeat(size));
                let message = support::wire::awareness(&[Shown {
                    client: 1_000 + number,
                    clock,
                    state: Some(state),
                }]);
                let frame = raw::frame(raw::FIN | raw::BINARY, &message);
                if !speaker.tries_to_send(&frame).await {
                    return;
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    stops_in_order_and_in_time(&mut server).await;
    flood.iter().for_each(|speaker| speaker.abort());
}

/// Whoever does not read an answer, or does not finish a body, is not waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_done_requests_do_not_hold_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves_with(folder.path(), &["--bytes-per-second", "0"]);
    let rest = server.rest();
    rest.post("/api/documents", r#"{"name": "notes"}"#).await;
    let doc = reading::new_doc(7);
    for _ in 0..8 {
        let update = reading::types(&doc, &"x".repeat(1 << 20));
        let path = "/api/documents/notes/updates";
        assert_eq!(rest.post(path, update).await.status, 204);
    }
    let mut readers = Vec::new();
    for _ in 0..8 {
        let mut reader = Raw::connects_narrowly(server.address()).await;
        let read = b"GET /api/documents/notes/updates HTTP/1.1\r\nHost: localhost\r\n\r\n";
        reader.sends(read).await;
        let mut writer = Raw::connects(server.address()).await;
        let write = b"POST /api/documents/notes/updates HTTP/1.1\r\nHost: localhost\r\n\
                      Content-Length: 1000\r\n\r\nsome";
        writer.sends(write).await;
        readers.push((reader, writer));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stops_in_order_and_in_time(&mut server).await;
}
