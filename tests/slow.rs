//! Somebody reads slowly, or not at all: it costs the others nothing, and
//! whoever reads again has everything, over the same connection.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;
use support::client::{Client, Seen};
use support::raw::{self, Raw};
use support::server::{TestServer, config};
use support::wire::{self, Heard};
use support::{reading, until};

/// A server that lets little wait.
async fn server(settings: impl FnOnce(&mut Config)) -> TestServer {
    let mut config = config();
    config.live.window_bytes = 64 << 10;
    settings(&mut config);
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

/// Somebody of whose messages the kernel keeps little.
async fn reader(server: &TestServer, name: &str) -> Client {
    let mut reader = Client::offline(server.address(), name, "notes");
    reader.has_a_narrow_pipe();
    reader.returns().await;
    reader
}

/// Writes and erases: much passes by and little stays.
async fn writes_much(writer: &Client) {
    for round in 0..40 {
        let words = format!("{round:04}").repeat(10_000);
        writer.types(&words);
        writer.deletes(0, words.len() as u32);
        writer.types_at(0, "x");
        // Each is relayed for itself.
        writer.saved().await;
    }
}

/// A window of relayed updates waited for somebody who did not read, and the
/// connection was ended with 1013.
#[tokio::test]
async fn who_falls_behind_gets_one_diff_and_stays() {
    let server = server(|_| {}).await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = reader(&server, "Ben").await;
    ben.dawdles();
    writes_much(&ada).await;
    let before = ben.looks(|seen| seen.relayed().count());
    ben.reads_on();
    ben.sees(&ada.text()).await;
    let bytes: usize = ben.looks(|seen| seen.relayed().skip(before).map(Vec::len).sum());
    assert!(bytes < 40 * 40_000 / 2, "not all that was missed: {bytes}");
    assert!(ben.is_connected());
    // And from here on as ever.
    ada.types(" and on");
    ben.sees(&ada.text()).await;
    ben.types_at(0, "still here: ");
    ben.saved().await;
    ada.sees(&ben.text()).await;
    ben.sees(&ada.text()).await;
}

#[tokio::test]
async fn what_somebody_types_while_behind_is_saved_and_theirs() {
    let server = server(|_| {}).await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = reader(&server, "Ben").await;
    ben.dawdles();
    writes_much(&ada).await;
    ben.types("from the dark");
    // While his socket takes nothing more, his session is not polled, and what he
    // says waits in TCP until he reads.
    ben.reads_on();
    ada.waits("until Ben's words arrive", |seen| {
        reading::text(&seen.doc)
            .contains("from the dark")
            .then_some(())
    })
    .await;
    ben.saved().await;
    ben.sees(&ada.text()).await;
    assert!(ben.is_connected());
}

/// Diffs for those who fell behind share a budget; with room for one, the
/// others wait for their turn and not in vain.
#[tokio::test]
async fn many_who_fell_behind_catch_up_in_turn() {
    let server = server(|config| config.live.catch_up_bytes = 1 << 10).await;
    let ada = server.welcomes("Ada", "notes").await;
    let mut readers = Vec::new();
    for number in 0..12 {
        let reader = reader(&server, &format!("reader {number}")).await;
        reader.dawdles();
        readers.push(reader);
    }
    writes_much(&ada).await;
    // One of them leaves while it is behind, and takes no turn with it.
    readers.pop().unwrap().drops().await;
    readers.iter().for_each(Client::reads_on);
    ada.types("meanwhile");
    for reader in &readers {
        reader.sees(&ada.text()).await;
        assert!(reader.is_connected());
    }
}

#[tokio::test]
async fn of_presence_that_was_missed_only_the_latest_is_told() {
    let server = server(|_| {}).await;
    let ada = server.welcomes("Ada", "notes").await;
    let mut cleo = server.welcomes("Cleo", "notes").await;
    cleo.shows("name", "Cleo");
    let ben = reader(&server, "Ben").await;
    ben.sees_of(&cleo, "name", "Cleo").await;
    ben.dawdles();
    let long = "o".repeat(8000);
    for number in 0..200 {
        ada.shows("cursor", format!("{number} {long}"));
        ada.saved().await;
    }
    cleo.leaves().await;
    ada.shows("cursor", "here");
    ada.saved().await;
    let told = |seen: &Seen| {
        let is_presence = |heard: &&Heard| matches!(heard, Heard::Awareness(_));
        seen.heard.iter().filter(is_presence).count()
    };
    let before = ben.looks(told);
    ben.reads_on();
    ben.sees_of(&ada, "cursor", "here").await;
    ben.misses(&cleo).await;
    let after = ben.looks(told);
    assert!(after - before < 100, "not each of them: {}", after - before);
    assert!(ben.is_connected());
}

/// Nobody polls the session of somebody who does not read; its end has to come
/// from outside.
#[tokio::test]
async fn who_never_reads_is_ended_and_the_others_do_not_notice() {
    let server = server(|config| {
        config.live.slow_client_timeout = Duration::from_secs(2);
    })
    .await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = reader(&server, "Ben").await;
    ben.dawdles();
    writes_much(&ada).await;
    let rest = server.rest();
    until("Ben is gone", || async {
        let summary = rest.get("/api/documents/notes").await.json();
        (summary["people"] == 1).then_some(())
    })
    .await;
    ada.types("undisturbed");
    ada.saved().await;
}

/// Each sip is progress to the kernel, so only the server itself can tell.
#[tokio::test]
async fn who_takes_sips_for_ever_is_ended() {
    let server = server(|config| {
        config.live.slow_client_timeout = Duration::from_secs(2);
    })
    .await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.types(&"a long story ".repeat(500_000));
    ada.saved().await;
    let mut sipper = Raw::opens(server.address(), "notes").await;
    sipper
        .sends_frame(raw::FIN | raw::BINARY, &wire::step1(wire::KNOWS_NOTHING))
        .await;
    sipper.sips(1 << 10, Duration::from_millis(40)).await;
    ada.types("undisturbed");
    ada.saved().await;
}

/// A state vector of somebody's own makes an answer of its own, so many of them
/// could be asked for at once and left lying, each as large as the document.
#[tokio::test]
async fn who_asks_again_before_reading_is_answered_for_all_at_once() {
    const QUESTIONS: usize = 50;
    let server = server(|_| {}).await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.types(&"a long story ".repeat(200_000));
    ada.saved().await;
    let mut stranger = Raw::opens(server.address(), "notes").await;
    // It has the first letter of somebody whom nobody knows.
    let question = raw::frame(raw::FIN | raw::BINARY, &wire::step1(&[1, 5, 1]));
    stranger.sends(&question.repeat(QUESTIONS)).await;
    ada.types("and the last words of it");
    ada.saved().await;
    let mut answers = Vec::new();
    while let Ok(Some(frame)) = tokio::time::timeout(Duration::from_secs(2), stranger.hears()).await
    {
        if frame.payload.starts_with(&[0, 1]) {
            answers.push(frame.payload.len());
        }
    }
    assert!(!answers.is_empty());
    assert!(answers.len() < QUESTIONS / 2, "{answers:?}");
}

/// Everybody's large presence was made anew for each who had missed it, and counted
/// nowhere: 150 connections that read slowly took ten gigabytes.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_presence_for_many_slow_readers_costs_little() {
    use support::binary::Binary;
    const READERS: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves_with(folder.path(), &["--bytes-per-second", "0"]);
    let mut crowd = Vec::new();
    for number in 0..8 {
        crowd.push(server.welcomes(&format!("speaker {number}"), "notes").await);
    }
    let show = |round: usize| {
        for speaker in &crowd {
            speaker.shows("cursor", format!("{round} {}", "o".repeat(60_000)));
        }
    };
    show(0);
    crowd[0]
        .sees_of(&crowd[7], "cursor", format!("0 {}", "o".repeat(60_000)))
        .await;
    let before = server.memory();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let mut reader = Raw::opens_narrowly(server.address(), "notes").await;
        // It asks for everybody, again and again, and reads a little.
        readers.push(tokio::spawn(async move {
            for _ in 0..20 {
                reader
                    .sends_frame(raw::FIN | raw::BINARY, &wire::query_awareness())
                    .await;
                reader.takes(16 << 10).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            reader
        }));
    }
    let mut most = 0;
    for round in 1..=40 {
        show(round);
        tokio::time::sleep(Duration::from_millis(50)).await;
        most = most.max(server.memory().saturating_sub(before));
    }
    for reader in readers {
        reader.await.unwrap();
    }
    println!("{} MiB for {READERS} readers", most >> 20);
    assert!(most < 80 << 20, "{} MiB for {READERS} readers", most >> 20);
    // Those who read are told the latest.
    show(41);
    let latest = format!("41 {}", "o".repeat(60_000));
    crowd[0].sees_of(&crowd[7], "cursor", latest).await;
}

/// Who took longer over a large document than it may be silent was ended the moment it
/// had all of it: our ping stood behind the document, so there was no pong to give.
#[tokio::test]
async fn who_reads_a_long_answer_is_not_silent() {
    let server = server(|config| {
        config.live.silence_timeout = Duration::from_secs(3);
    })
    .await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.types(&"0123456789".repeat(400_000));
    ada.saved().await;
    let mut ben = Raw::opens_narrowly(server.address(), "notes").await;
    ben.sends_frame(raw::FIN | raw::BINARY, &wire::step1(&[0]))
        .await;
    // More than twice as long as it may be silent.
    loop {
        let frame = ben.hears_slowly(Duration::from_millis(110)).await;
        if frame.expect("a frame").payload.len() > 4_000_000 {
            break;
        }
    }
    let ping = ben.hears_only(raw::PING).await;
    ben.sends_frame(raw::FIN | raw::PONG, &ping).await;
    ben.sends_frame(raw::FIN | raw::BINARY, &wire::barrier(b"here"))
        .await;
    assert_eq!(ben.hears_barrier().await, b"here");
}
