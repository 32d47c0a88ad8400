//! Names are keys and never paths: whatever a document is called, it is one
//! document, nobody else's, and nothing happens outside of the data folder.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use cowrite::id::DocumentId;
use cowrite::store::Store;
use cowrite::store::memory::MemoryStore;
use serde_json::json;

use support::chance::Seed;
use support::client::Client;
use support::raw::{Head, Raw};
use support::rest::encoded;
use support::server::{TestServer, config};

/// What has been taken for something else somewhere.
const PIECES: [&str; 32] = [
    "..",
    ".",
    "/",
    "\\",
    "%2e%2e",
    "%2f",
    "%5c",
    "%00",
    "%",
    "%%",
    "%ff",
    "~",
    "C:",
    "//",
    "a",
    "A",
    "é",
    "e\u{301}",
    "\u{202e}",
    "\u{feff}",
    " ",
    "+",
    "?x=1",
    "#",
    "&",
    "'",
    "\"",
    ";--",
    "${HOME}",
    "<b>",
    "cowrite.db",
    "CON",
];

/// Names that must be refused, however they come.
const REFUSED: [&str; 6] = ["\0", "a\0b", "a\nb", "\u{7f}", "\u{85}", "\r\nX: y"];

fn names(seed: Seed) -> BTreeSet<String> {
    let mut chances = seed.chances(0);
    // Dots alone cannot be asked for in a URL as browsers understand it; they have
    // a story of their own.
    let mut names: BTreeSet<_> = PIECES[2..]
        .iter()
        .map(|piece| (*piece).to_owned())
        .collect();
    names.extend(
        [
            "..%2f..%2fetc%2fpasswd",
            "/etc/passwd",
            "cowrite.db-wal",
            "content",
            "x/content",
            "x/updates",
            "restore",
            "api/documents",
        ]
        .map(str::to_owned),
    );
    names.insert("x".repeat(512));
    names.insert("é".repeat(256));
    while names.len() < 150 {
        let pieces = chances.usize(2..6);
        let name: String = (0..pieces)
            .filter_map(|_| chances.choice(PIECES.iter()))
            .copied()
            .collect();
        if !has_dots(&name) {
            names.insert(name);
        }
    }
    names
}

/// Whether browsers would take a part of it out of an address: no such document is made.
fn has_dots(name: &str) -> bool {
    name.split('/').any(|part| matches!(part, "." | ".."))
}

/// Status and body of a request whose path is sent as it is.
async fn asks(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut line = Raw::connects(address).await;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    line.sends(request.as_bytes()).await;
    let answer = line.reads_to_the_end().await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    (Head(head.to_owned()).status(), body.to_owned())
}

/// A library that tidies the path never sends these; others do.
#[tokio::test]
async fn dots_in_a_path_are_a_name_like_any_other_or_nothing() {
    // Documents of such names were made before that was refused.
    let store = MemoryStore::default();
    for name in [".", ".."] {
        let id = DocumentId::parse(name).unwrap();
        store.create(&id, None).await.unwrap();
    }
    let server = TestServer::with(config(), Arc::new(store)).await;
    let address = server.address();
    let (head, _) = Raw::knocks(address, "/ws/a/..", &[]).await;
    assert_eq!(head.status(), 400);
    for name in [".", ".."] {
        let body = json!({ "name": name }).to_string();
        assert_eq!(asks(address, "POST", "/api/documents", &body).await.0, 400);
        for spelling in [name.to_owned(), name.replace('.', "%2e")] {
            let path = format!("/api/documents/{spelling}");
            let (status, body) = asks(address, "GET", &path, "").await;
            assert_eq!(status, 200, "{spelling}");
            assert!(body.contains(&format!(r#""name":"{name}""#)), "{body}");
            let (head, _) = Raw::knocks(address, &format!("/ws/{spelling}"), &[]).await;
            assert_eq!(head.status(), 101);
        }
    }
    for path in [
        "/api/documents/../../etc/passwd",
        "/api/documents/..%2f..%2fetc%2fpasswd",
        "/api/../../etc/passwd",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/%2e%2e/Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
    ] {
        let (status, body) = asks(address, "GET", path, "").await;
        assert_eq!(status, 404, "{path}");
        assert!(body.contains("error"), "{body}");
    }
}

fn files(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn a_document_of_any_name_is_one_document() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data");
    std::fs::write(parent.path().join("cowrite.db"), "not yours").unwrap();
    let before = files(parent.path());
    let server = TestServer::on_disk(&folder).await;
    let rest = server.rest();
    let own = files(&folder);
    let names = names(seed);
    // By turns over REST and by being written in.
    for (number, name) in names.iter().enumerate() {
        if number % 2 == 0 {
            let created = rest
                .post("/api/documents", json!({ "name": name }).to_string())
                .await;
            assert_eq!(created.status, 201, "{name:?}: {created:?}");
            assert_eq!(created.json()["name"], **name);
            let place = created.header("location").unwrap();
            assert_eq!(rest.get(place).await.json()["name"], **name);
            let author = Client::offline(server.address(), "an author", name);
            let update = author.types(name);
            let path = format!("/api/documents/{}/updates", encoded(name));
            assert_eq!(rest.post(&path, update).await.status, 204, "{name:?}");
        } else {
            let author = server.welcomes("an author", name).await;
            author.types(name);
            author.saved().await;
        }
    }
    // Each says its own name, by either way in.
    for (number, name) in names.iter().enumerate() {
        assert_eq!(rest.content(name, "text").await.text(), *name);
        if number % 2 == 0 {
            assert_eq!(server.welcomes("a reader", name).await.text(), *name);
        }
    }
    let listed = rest.get("/api/documents?limit=1000&sort=name").await.json();
    let listed: Vec<_> = listed["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, names.iter().cloned().collect::<Vec<_>>());
    assert_eq!(files(&folder), own, "files were made");
    let mut around = files(parent.path());
    around.remove("data");
    assert_eq!(around, before);
}

#[tokio::test]
async fn what_is_no_name_is_refused_everywhere() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let long = ["x".repeat(513), "é".repeat(257), "x".repeat(60_000)];
    let refused = REFUSED
        .iter()
        .copied()
        .chain(long.iter().map(String::as_str));
    for name in refused {
        let wrong = (400, "invalid_document_name".to_owned());
        let created = rest
            .post("/api/documents", json!({ "name": name }).to_string())
            .await;
        assert_eq!(created.error(), wrong, "{name:?}");
        let segment = encoded(name);
        for path in ["", "/content", "/updates"] {
            let answer = rest.get(&format!("/api/documents/{segment}{path}")).await;
            assert_eq!(answer.error(), wrong, "{name:?}{path}");
        }
        assert_eq!(rest.get(&format!("/ws/{segment}")).await.error(), wrong);
    }
    assert_eq!(
        rest.get("/api/documents").await.json()["documents"],
        json!([])
    );
}

/// Bodies that are almost what they should be.
#[tokio::test]
async fn bodies_that_are_none_are_refused_with_a_sentence() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let deep = format!(r#"{{"name":{}}}"#, "[".repeat(100_000));
    let repeated = r#"{"name":"a","name":"b"}"#;
    for body in [
        "null",
        "[]",
        "[\"a\"]",
        "\"a\"",
        "{\"name\":1}",
        "{\"name\":[\"a\"]}",
        "{\"name\":\"a\"",
        "{\"name\":\"a\"} {}",
        "{\"name\":\"\\ud800\"}",
        "{\"nam\\u0065s\":\"a\"}",
        &deep,
    ] {
        let answer = rest.post("/api/documents", body.to_owned()).await;
        let shown = &body[..body.len().min(40)];
        assert_eq!(answer.error(), (400, "bad_request".into()), "{shown}");
    }
    for body in [&b"\xff\xfe"[..], b"{\"name\":\"\xff\"}", &[0; 1000]] {
        let answer = rest.post("/api/documents", body.to_vec()).await;
        assert_eq!(answer.error(), (400, "bad_request".into()), "{body:?}");
    }
    // Of two names the last is meant, as everywhere in JSON; it is one document.
    let answer = rest.post("/api/documents", repeated).await;
    assert_eq!(answer.json()["name"], "b");
    let listed = rest.get("/api/documents").await.json();
    assert_eq!(listed["documents"].as_array().unwrap().len(), 1);
}
