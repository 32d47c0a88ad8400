//! Before anybody is let in: heads that come slowly, are too large, or ask for
//! what is not there.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cowrite::store::memory::MemoryStore;
use reqwest::Method;

use support::raw::Raw;
use support::rest::answer;
use support::server::{TestServer, config};
use support::{PATIENCE, until};

/// A server that waits for a head for one second.
async fn impatient() -> TestServer {
    let mut config = config();
    config.request_timeout = Duration::from_secs(1);
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

/// Feeds a connection byte by byte until the server has enough of it; returns
/// what it was told.
async fn drips(server: &TestServer, first: &str, rest: &str) -> String {
    let mut line = Raw::connects(server.address()).await;
    if !first.is_empty() {
        line.sends(first.as_bytes()).await;
        line.reads_head().await;
    }
    let begun = Instant::now();
    for byte in rest.bytes().chain(std::iter::repeat(b'x')) {
        if line.is_closed().await || begun.elapsed() > PATIENCE {
            break;
        }
        line.sends(&[byte]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(begun.elapsed() < PATIENCE, "nobody gets tired of it");
    line.reads_to_the_end().await
}

/// The code of an error, as it is answered.
fn code_of(answer: &str) -> String {
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    let body: serde_json::Value = serde_json::from_str(body.unwrap_or_default()).unwrap();
    body["error"]["code"].as_str().unwrap().to_owned()
}

const HEAD: &str = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
const SLOW: &str = "GET /ws/notes HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

#[tokio::test]
async fn a_head_that_drips_in_is_not_waited_for() {
    let server = impatient().await;
    let answer = drips(&server, "", SLOW).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
    // As of every other error, there is a reason: the library's own answer has none.
    assert_eq!(code_of(&answer), "head_too_slow");
}

/// The library times the first head of a connection only. From the first byte of
/// a second one on it waited for the rest for ever.
#[tokio::test]
async fn a_second_head_is_not_waited_for_either() {
    let server = impatient().await;
    drips(&server, HEAD, SLOW).await;
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_shown_the_door() {
    let server = impatient().await;
    let mut line = Raw::connects(server.address()).await;
    let told = line.reads_to_the_end().await;
    assert!(
        told.is_empty() || told.starts_with("HTTP/1.1 408 "),
        "{told:?}"
    );
    // Likewise who asked for something and then rests.
    let mut line = Raw::connects(server.address()).await;
    line.sends(HEAD.as_bytes()).await;
    let told = line.reads_to_the_end().await;
    assert!(told.starts_with("HTTP/1.1 200 "), "{told:?}");
}

#[tokio::test]
async fn a_connection_that_is_used_now_and_then_stays() {
    let server = impatient().await;
    let mut line = Raw::connects(server.address()).await;
    // Longer than it may rest, all in all.
    for _ in 0..8 {
        line.sends(HEAD.as_bytes()).await;
        assert!(line.reads_head().await.contains(" 200 "));
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    // And so does a WebSocket, which asks for nothing.
    let mut socket = Raw::opens(server.address(), "notes").await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    socket.sends_frame(0x89, b"still here").await;
    assert_eq!(socket.hears_only(10).await, b"still here");
}

#[tokio::test]
async fn a_large_answer_may_be_read_slowly() {
    let server = impatient().await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.types(&"a large document ".repeat(500_000));
    ada.saved().await;
    let mut line = Raw::connects(server.address()).await;
    line.sends(
        b"GET /api/documents/notes/content?format=text&root=content HTTP/1.1\r\n\
          Host: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    // More than the connection may rest passes before it is read.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let answer = line.reads_to_the_end().await;
    assert!(answer.starts_with("HTTP/1.1 200 "));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    assert_eq!(length, Some(body.len()), "it was cut off");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let server = TestServer::start().await;
    let mut line = Raw::connects(server.address()).await;
    line.sends(SLOW.as_bytes()).await;
    line.sends(&vec![b'x'; 1 << 20]).await;
    let answer = line.reads_to_the_end().await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer:?}"
    );
    let mut line = Raw::connects(server.address()).await;
    let many: String = (0..1000).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let head = format!("GET /health/live HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    line.sends(head.as_bytes()).await;
    let answer = line.reads_to_the_end().await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer:?}");
    assert_eq!(code_of(&answer), "head_too_large");
    assert_eq!(server.rest().get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_which_are() {
    let server = TestServer::start().await;
    let rest = server.rest();
    for (method, path, allowed) in [
        (Method::PUT, "/api/documents", "GET, HEAD, POST"),
        (Method::PUT, "/api/documents/x", "GET, HEAD, PATCH, DELETE"),
        (
            Method::POST,
            "/api/documents/x/content",
            "GET, HEAD, PUT, PATCH",
        ),
        (
            Method::DELETE,
            "/api/documents/x/updates",
            "GET, HEAD, POST",
        ),
        (Method::GET, "/api/documents/x/restore", "POST"),
        (Method::POST, "/health/live", "GET, HEAD"),
        (Method::DELETE, "/health/ready", "GET, HEAD"),
        (Method::POST, "/ws/notes", "GET"),
        (Method::POST, "/", "GET, HEAD"),
    ] {
        let refused = answer(rest.request(method.clone(), path)).await;
        assert_eq!(
            refused.error(),
            (405, "method_not_allowed".into()),
            "{path}"
        );
        assert_eq!(refused.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[tokio::test]
async fn only_the_websocket_that_everybody_speaks_is_spoken() {
    let server = TestServer::start().await;
    let address = server.address();
    for version in ["8", "7", "14", "0", "", "thirteen", "13, 8"] {
        let headers = [("Sec-WebSocket-Version", version)];
        let (head, _) = Raw::knocks(address, "/ws/notes", &headers).await;
        assert_eq!(head.status(), 426, "{version}");
        assert!(
            head.0.to_lowercase().contains("sec-websocket-version: 13"),
            "{head:?}"
        );
    }
    for key in [
        "",
        "short",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ==x",
        "dGhlIHNhbXBsZSBub25j!!==",
        "dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ==",
    ] {
        let headers = [("Sec-WebSocket-Key", key)];
        let (head, _) = Raw::knocks(address, "/ws/notes", &headers).await;
        assert_eq!(head.status(), 400, "{key}");
    }
    // What is no handshake is told so, whatever it names: the store is asked for nothing.
    let (head, _) = Raw::knocks(address, "/ws/a/..", &[("Sec-WebSocket-Version", "8")]).await;
    assert_eq!(head.status(), 426, "{head:?}");
    // Of these the library does not let go, so nobody would carry them.
    let unsound = [
        ("Upgrade", "h2c"),
        ("Upgrade", "h2c, websocket"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
    ];
    for header in unsound {
        let (head, _) = Raw::knocks(address, "/ws/notes", &[header]).await;
        assert_eq!(head.status(), 400, "{header:?}");
    }
    until("and then it is spoken", || async {
        Some(Raw::opens(address, "notes").await)
    })
    .await;
}

/// A request that asks for a WebSocket beside is a request: it is answered like any
/// other, once, with its body read as far as it goes.
#[tokio::test]
async fn who_asks_for_a_websocket_beside_is_answered_and_parted_from() {
    let server = TestServer::start().await;
    let upgrade = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    let body = r#"{"name": "plan"}"#;
    let length = body.len();
    let post =
        format!("POST /api/documents HTTP/1.1\r\n{upgrade}Content-Length: {length}\r\n\r\n{body}");
    for (request, status) in [
        (post, "201"),
        (
            format!("GET /api/documents HTTP/1.1\r\n{upgrade}\r\n"),
            "200",
        ),
        (
            format!("HEAD /api/documents HTTP/1.1\r\n{upgrade}\r\n"),
            "200",
        ),
        (format!("GET /ws/ HTTP/1.1\r\n{upgrade}\r\n"), "400"),
        (
            format!("CONNECT /ws/notes HTTP/1.1\r\n{upgrade}\r\n"),
            "405",
        ),
        (format!("GET /nowhere HTTP/1.1\r\n{upgrade}\r\n"), "404"),
    ] {
        let mut stranger = Raw::connects(server.address()).await;
        stranger.sends(request.as_bytes()).await;
        let answer = stranger.reads_to_the_end().await;
        let line = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&line), "{request}: {answer}");
        assert!(
            answer.to_lowercase().contains("connection: close"),
            "{answer}"
        );
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{answer}");
    }
    server.stops().await;
}
