//! What is begun and not finished: messages, bodies, and what follows a refusal. It
//! costs the server little, and not for ever.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;
use support::in_time;
use support::raw::{BINARY, FIN, Raw, frame};
use support::reading;
use support::rest::Rest;
use support::server::{TestServer, config};
use support::wire;

async fn server(settings: impl FnOnce(&mut Config)) -> TestServer {
    let mut config = config();
    settings(&mut config);
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

/// There is a document to write in.
async fn has_notes(rest: &Rest) {
    rest.post("/api/documents", r#"{"name": "notes"}"#).await;
}

/// The head of a POST of an update.
fn head(framing: &str) -> String {
    format!("POST /api/documents/notes/updates HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n")
}

/// A large update, as a body.
fn update(letters: usize) -> Vec<u8> {
    let doc = reading::new_doc(7);
    reading::types(&doc, &"x".repeat(letters))
}

/// Two hundred connections that each sent most of a large body, or of a large
/// message, held all of it in memory, without a limit to their sum.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_half_sent_shares_a_budget() {
    use support::binary::Binary;
    const MANY: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let options = ["--incoming", "16777216", "--bytes-per-second", "0"];
    let server = Binary::serves_with(folder.path(), &options);
    has_notes(&server.rest()).await;
    let before = server.memory();
    let half = vec![b'x'; 8 << 20];
    let mut bodies = Vec::new();
    for number in 0..MANY {
        let (half, address) = (half.clone(), server.address());
        bodies.push(tokio::spawn(async move {
            let length = 15 << 20;
            let mut stranger = if number % 2 == 0 {
                let mut stranger = Raw::connects(address).await;
                let head = head(&format!("Content-Length: {length}"));
                stranger.sends(head.as_bytes()).await;
                stranger
            } else {
                let mut stranger = Raw::opens(address, "notes").await;
                let whole = frame(FIN | BINARY, &vec![0; length]);
                stranger.sends(&whole[..14]).await;
                stranger
            };
            // Most of them wait with it.
            let sent = tokio::time::timeout(Duration::from_secs(5), stranger.sends(&half));
            let _ = sent.await;
            stranger
        }));
    }
    let mut strangers = Vec::new();
    for body in bodies {
        strangers.push(body.await.unwrap());
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 100 << 20, "{} MiB for {MANY} × 8", grown >> 20);
    // Small ones are let in meanwhile, and large ones once there is room.
    let path = "/api/documents/notes/updates";
    assert_eq!(server.rest().post(path, update(10)).await.status, 204);
    drop(strangers);
    assert_eq!(server.rest().post(path, update(200_000)).await.status, 204);
}

/// One byte every ten seconds kept sixteen megabytes for ever.
#[tokio::test]
async fn a_message_that_does_not_go_on_is_ended() {
    let server = server(|config| {
        config.live.slow_client_timeout = Duration::from_secs(1);
        // Then it is looked every second.
        config.live.silence_timeout = Duration::from_secs(12);
    })
    .await;
    let large = frame(FIN | BINARY, &vec![0; 1 << 20]);
    let small = frame(FIN | BINARY, &[0; 1000]);
    let fragment = frame(BINARY, &[0; 1000]);
    for (what, begun) in [
        ("a large frame", &large[..500_000]),
        ("a small one", &small[..500]),
        ("a header", &small[..3]),
        ("a fragment", &fragment[..]),
    ] {
        let mut stranger = Raw::opens(server.address(), "notes").await;
        stranger.sends(begun).await;
        for _ in 0..10 {
            // A byte now and then is no progress; nor are pings between fragments,
            // however many.
            if what == "a fragment" {
                let pings = frame(FIN | 9, &[b'x'; 125]).repeat(200);
                stranger.sends(&pings).await;
            } else if what != "a header" {
                stranger.sends(&[0]).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(stranger.is_ended().await, 1008, "{what}");
    }
    server.stops().await;
}

#[tokio::test]
async fn a_large_message_that_takes_its_time_gets_through() {
    let server = server(|config| config.live.slow_client_timeout = Duration::from_secs(1)).await;
    let ada = server.welcomes("Ada", "notes").await;
    let mut slow = Raw::opens(server.address(), "notes").await;
    let message = frame(FIN | BINARY, &wire::update(&update(400_000)));
    for piece in message.chunks(100_000) {
        slow.sends(piece).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    ada.sees(&"x".repeat(400_000)).await;
    server.stops().await;
}

/// A body of which the head says that it is too large was waited for, for half a
/// minute.
#[tokio::test]
async fn a_body_that_announces_too_much_is_refused_at_once() {
    let server = TestServer::start().await;
    has_notes(&server.rest()).await;
    let mut stranger = Raw::connects(server.address()).await;
    let head = head("Content-Length: 99000000000");
    stranger.sends(head.as_bytes()).await;
    let answer = in_time("an answer", stranger.reads_head()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    server.stops().await;
}

/// After the refusal of a chunked body the server read on at the speed of memory, for
/// as long as somebody cared to send: thirty gigabytes in ten seconds. Paths that take
/// no body were the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_not_read_without_end() {
    let server = server(|config| {
        config.live.budget.bytes = 0;
        // It is not for asking nothing that they are ended.
        config.request_timeout = Duration::from_secs(1000);
    })
    .await;
    has_notes(&server.rest()).await;
    let chunk = [b"10000\r\n", &[b'x'; 1 << 16][..], b"\r\n"].concat();
    for (path, status) in [
        ("POST /api/documents/notes/updates", 413),
        ("POST /nowhere", 405),
        ("GET /api/documents", 200),
        ("GET /health/live", 200),
    ] {
        let mut stranger = Raw::connects(server.address()).await;
        let head =
            format!("{path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        stranger.sends(head.as_bytes()).await;
        in_time("the connection ends", async {
            while stranger.tries_to_send(&chunk).await {}
        })
        .await;
        let answer = stranger.reads_to_the_end().await;
        // What is sent on after the end may destroy the answer on its way.
        let expected = format!("HTTP/1.1 {status}");
        assert!(
            answer.is_empty() || answer.starts_with(&expected),
            "{answer}"
        );
    }
    server.stops().await;
}

/// The same after a WebSocket was refused: what came was thrown away as fast as it
/// came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_refusal_little_is_read() {
    let server = TestServer::start().await;
    let mut stranger = Raw::opens(server.address(), "notes").await;
    stranger.sends(&[0x83, 0x80, 0, 0, 0, 0]).await;
    let (mut sent, piece) = (0_usize, vec![0; 1 << 20]);
    in_time("the connection ends", async {
        while stranger.tries_to_send(&piece).await {
            sent += piece.len();
        }
    })
    .await;
    // The kernels on both sides take some megabytes too.
    assert!(sent < 64 << 20, "{} MiB were taken", sent >> 20);
    server.stops().await;
}

#[tokio::test]
async fn a_body_must_not_be_encoded() {
    let server = TestServer::start().await;
    has_notes(&server.rest()).await;
    let mut stranger = Raw::connects(server.address()).await;
    let head = head("Content-Encoding: gzip\r\nContent-Length: 3");
    stranger.sends(head.as_bytes()).await;
    let answer = stranger.reads_head().await;
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    server.stops().await;
}

/// All requests that had been sent were parsed before the first was answered: a client
/// that sent thousands and read no answer took a hundred times their bytes, and a
/// thousand such clients all memory.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_in_a_row_wait_outside() {
    use support::binary::Binary;
    const MANY: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    let before = server.memory();
    let request = "GET /api/documents HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut strangers = Vec::new();
    for _ in 0..MANY {
        let mut stranger = Raw::connects_narrowly(server.address()).await;
        let sent = stranger.sends(request.repeat(2_000).as_bytes()).await;
        strangers.push((stranger, sent));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let grown = server.memory().saturating_sub(before);
    assert!(
        grown < 32 << 20,
        "{} MiB for {MANY} × 2000 requests",
        grown >> 20
    );
    let answer = server.rest().get("/health/live").await;
    assert_eq!(answer.status, 200);
}

/// Requests in a row are answered one after the other, and each as what it is: a HEAD
/// was answered with the body of the GET behind it.
#[tokio::test]
async fn requests_in_a_row_are_answered_in_order() {
    let server = TestServer::start().await;
    has_notes(&server.rest()).await;
    let mut stranger = Raw::connects(server.address()).await;
    let (head, get) = ("HEAD /api/documents", "GET /api/documents");
    let body = r#"{"name": "plan"}"#;
    let post = format!(
        "POST /api/documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let chunked = "POST /api/documents HTTP/1.1\r\nHost: localhost\r\n\
                   Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let plain = |line: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let row = [
        plain(head),
        plain(get),
        post,
        plain(head),
        chunked.to_owned(),
        plain("GET /d/notes"),
        plain(get),
    ];
    // In one go, and a few bytes at a time.
    let row = row.concat();
    for cut in [row.len(), 7] {
        for piece in row.as_bytes().chunks(cut) {
            stranger.sends(piece).await;
        }
        let created = if cut == 7 { "409" } else { "201" };
        for (status, has_body) in [
            ("200", false),
            ("200", true),
            (created, true),
            ("200", false),
            ("201", true),
            ("200", true),
            ("200", true),
        ] {
            let (answer, body) = stranger.reads_an_answer(has_body).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{answer}"
            );
            assert_eq!(has_body, !body.is_empty());
        }
    }
    server.stops().await;
}
