//! What happens to a document, told to those who follow it without a copy.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::Retention;
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::SqliteStore;
use serde_json::json;

use support::events::Events;
use support::raw::Raw;
use support::rest::{Rest, answer, encoded};
use support::server::{TestServer, config};
use support::until;
use support::witness::Witness;

/// A server that tells soon, and often says that there is nothing.
fn prompt() -> Config {
    let mut config = config();
    config.live.feed.gather = Duration::from_millis(50);
    config.live.feed.pause = Duration::from_millis(50);
    config.live.feed.heartbeat = Duration::from_millis(40);
    config
}

async fn prompt_server() -> TestServer {
    TestServer::with(prompt(), Arc::new(MemoryStore::new())).await
}

async fn creates(rest: &Rest, name: &str) {
    let body = json!({ "name": name, "format": "markdown", "content": "Begun." });
    assert_eq!(
        rest.post("/api/documents", body.to_string()).await.status,
        201
    );
}

#[tokio::test]
async fn who_follows_hears_who_wrote_and_only_what_is_on_disk() {
    let store = MemoryStore::new();
    let faults = store.faults();
    let server = TestServer::with(prompt(), Arc::new(store)).await;
    let rest = server.rest();
    creates(&rest, "team/plan").await;
    let mut events = Events::of(&rest, "team/plan", "").await;
    let ada = server.welcomes("Ada", "team/plan").await;
    ada.shows("user", json!({ "name": "Ada" }));
    events.hears_nothing(2).await;
    faults.hold_appends();
    ada.types("Hello");
    let asked = ada.asks_whether_saved();
    // Nothing is told, however long the disk takes.
    events.hears_nothing(5).await;
    faults.release();
    ada.hears_saved(asked).await;
    let change = events.hears("change").await;
    assert_eq!(change.data["document"], "team/plan");
    assert_eq!(change.data["authors"], json!(["Ada"]));
    assert_eq!(change.data["unnamed"], 0);
    assert_eq!(change.data["rows"], 1);
    assert!(change.data["bytes"].as_u64().unwrap() > 5);
    assert_eq!(change.data["row"].to_string(), change.id.unwrap());
    // The moment of an event is one that content can be read of.
    let at = change.data["at"].as_str().unwrap();
    ada.types(" and more");
    ada.saved().await;
    let path = format!("/api/documents/team%2Fplan/content?format=text&at={at}");
    let then = rest.get(&path).await;
    assert!(!then.text().contains("more"), "{then:?}");
    assert_eq!(events.hears("change").await.data["rows"], 1);
    // A write over REST has an author, too, which is noted behind the write.
    let mut authors = Vec::new();
    while !authors.contains(&json!("Robot")) {
        let path = "/api/documents/team%2Fplan/content/append?format=text";
        let request = rest
            .request(reqwest::Method::POST, path)
            .header("X-Cowrite-Author", "Robot")
            .body("beep");
        assert_eq!(answer(request).await.status, 200);
        let change = events.hears("change").await;
        authors.extend(change.data["authors"].as_array().unwrap().clone());
    }
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), Default::default()).unwrap();
    let mut config = prompt();
    // What was missed is in history by then, for a part.
    config.live.fold_rows = 4;
    let server = TestServer::with(config, Arc::new(store)).await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    events.hears_nothing(1).await;
    // Before the first event it is known already where to go on.
    let beginning = events.last_id.clone().unwrap();
    let bob = server.welcomes("Bob", "plan").await;
    bob.shows("user", json!({ "name": "Bob" }));
    bob.types("one ");
    bob.saved().await;
    let first = events.hears("change").await.id.unwrap();
    drop(events);
    for number in 0..9 {
        bob.types(&format!("{number} "));
        bob.saved().await;
    }
    for (after, rows) in [(&first, 9), (&beginning, 10)] {
        let mut events = Events::after(&rest, "plan", "", Some(after)).await;
        let missed = events.hears("change").await;
        assert_eq!(missed.data["rows"], rows);
        assert_eq!(missed.data["authors"], json!(["Bob"]));
        let mut events = Events::of(&rest, "plan", &format!("?after={after}")).await;
        assert_eq!(events.hears("change").await.data, missed.data);
        // Nothing is told twice. What a browser remembers counts before the address.
        let id = missed.id.as_deref();
        let mut events = Events::after(&rest, "plan", "?after=1", id).await;
        events.hears_nothing(3).await;
    }
    // What this document never came to, another one or a lost one did.
    let mut events = Events::after(&rest, "plan", "?content=text", Some("987654")).await;
    let gap = events.hears("gap").await;
    assert!(gap.data["content"].as_str().unwrap().contains("8 "));
    assert!(gap.id.unwrap().parse::<u64>().unwrap() < 987_654);
    let request = rest
        .request(reqwest::Method::GET, "/api/documents/plan/events")
        .header("Last-Event-ID", "yesterday");
    assert_eq!(answer(request).await.error().0, 400);
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_a_gap() {
    let mut config = prompt();
    config.live.fold_rows = 3;
    let retention = Retention {
        age: Some(Duration::ZERO),
        bytes: Some(1),
    };
    let store = MemoryStore::with_retention(retention);
    let server = TestServer::with(config, Arc::new(store)).await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    events.hears_nothing(1).await;
    let id = events.last_id.clone().unwrap();
    drop(events);
    let ada = server.welcomes("Ada", "plan").await;
    let gap = until("what was missed is forgotten", || async {
        ada.types("word ");
        ada.saved().await;
        let mut events = Events::after(&rest, "plan", "", Some(&id)).await;
        let event = events.next().await.unwrap();
        (event.kind == "gap").then_some(event)
    })
    .await;
    assert_eq!(gap.data["after"].to_string(), id);
    assert!(gap.data["message"].as_str().unwrap().contains("not kept"));
}

#[tokio::test]
async fn the_text_comes_when_somebody_pauses() {
    let mut config = prompt();
    config.live.feed.pause = Duration::from_secs(3);
    config.live.feed.longest = Duration::from_secs(3600);
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "?content=markdown").await;
    let now = events.hears("change").await;
    assert_eq!(now.data["content"], "Begun.\n");
    assert_eq!(now.data["rows"], 0);
    for number in 0..20 {
        let body = json!({ "operations": [{ "find": ".", "replace": format!(" {number}.") }] });
        let request = rest
            .request(reqwest::Method::PATCH, "/api/documents/plan/content")
            .body(body.to_string());
        assert_eq!(answer(request).await.status, 200);
    }
    let then = events.hears("change").await;
    assert_eq!(then.data["rows"], 20);
    let text = rest.content("plan", "markdown").await;
    assert_eq!(then.data["content"], text.text());
    assert_eq!(then.data["etag"], text.header("etag").unwrap());
    for wrong in ["yjs", "yjs-v2", "docx"] {
        let path = format!("/api/documents/plan/events?content={wrong}");
        assert_eq!(rest.get(&path).await.error().1, "unknown_format");
    }
}

#[tokio::test]
async fn who_never_pauses_is_told_all_the_same() {
    let mut config = prompt();
    config.live.feed.pause = Duration::from_secs(3600);
    config.live.feed.longest = Duration::from_millis(100);
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "?content=text&root=content").await;
    events.hears("change").await;
    let ada = server.welcomes("Ada", "plan").await;
    let types = async {
        loop {
            ada.types("on ");
            ada.saved().await;
        }
    };
    tokio::select! {
        () = types => unreachable!(),
        change = events.hears("change") => assert!(change.data["rows"].as_u64() > Some(0)),
    }
}

#[tokio::test]
async fn a_version_is_told_behind_what_is_in_it() {
    let server = prompt_server().await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    let ada = server.welcomes("Ada", "plan").await;
    ada.types("a word");
    ada.saved().await;
    let made = rest
        .post("/api/documents/plan/versions", r#"{"name":"first"}"#)
        .await;
    assert_eq!(made.status, 201);
    let change = events.hears("change").await;
    let version = events.hears("versioned").await;
    assert_eq!(version.data["name"], "first");
    assert_eq!(version.data["id"], made.json()["id"]);
    assert_eq!(version.data["row"], change.data["row"]);
}

#[tokio::test]
async fn a_deleted_document_is_told_and_ends_the_stream() {
    let server = prompt_server().await;
    let rest = server.rest();
    assert_eq!(
        rest.get("/api/documents/nothing/events").await.error().0,
        404
    );
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "?content=text").await;
    events.hears("change").await;
    assert_eq!(rest.delete("/api/documents/plan").await.status, 204);
    let deleted = events.hears("deleted").await;
    assert_eq!(deleted.data["document"], "plan");
    assert!(events.next().await.is_none());
    assert_eq!(rest.get("/api/documents/plan/events").await.error().0, 410);
    assert_eq!(
        rest.post("/api/documents/plan/restore", "").await.status,
        200
    );
    Events::of(&rest, "plan", "").await.hears_nothing(1).await;
}

#[tokio::test]
async fn a_stream_goes_on_when_its_document_was_out_of_memory() {
    let mut config = prompt();
    config.live.idle_timeout = Duration::ZERO;
    let store = Arc::new(Witness::new());
    let server = TestServer::with(config, Arc::clone(&store) as _).await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    for _ in 0..2 {
        let mut ada = server.welcomes("Ada", "plan").await;
        ada.types("a word ");
        ada.saved().await;
        assert_eq!(events.hears("change").await.data["rows"], 1);
        ada.leaves().await;
        // A version is made when it leaves, and it left when it has to be loaded again.
        let loads = store.count().loads;
        until("it left memory", || async {
            rest.content("plan", "text").await;
            (store.count().loads > loads).then_some(())
        })
        .await;
        events.hears("versioned").await;
    }
}

#[tokio::test]
async fn streams_end_in_order_with_the_server() {
    let server = prompt_server().await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    events.hears_nothing(1).await;
    let ends = async {
        // A version may be made at the end, and be told in time.
        while let Some(event) = events.next().await {
            assert_eq!(event.kind, "versioned");
        }
    };
    tokio::join!(ends, server.stops());
}

/// However much is written while somebody does not read: they are told of all of it, in
/// fewer events.
#[tokio::test]
async fn changes_between_two_events_are_one() {
    let server = prompt_server().await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    let ada = server.welcomes("Ada", "plan").await;
    for _ in 0..300 {
        ada.types("x");
        ada.saved().await;
    }
    let (mut rows, mut told) = (0, 0);
    while rows < 300 {
        rows += events.hears("change").await.data["rows"].as_u64().unwrap();
        told += 1;
    }
    assert_eq!(rows, 300);
    assert!(told < 300);
}

/// For the system whoever takes a little is well; not for those who wait for the memory.
#[tokio::test]
async fn who_sips_at_a_large_text_is_cut_too() {
    let mut config = prompt();
    config.live.slow_client_timeout = Duration::from_secs(2);
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let body = json!({ "name": "plan", "format": "text", "content": "much ".repeat(1 << 20) });
    let made = rest.post("/api/documents", body.to_string()).await;
    assert_eq!(made.status, 201);
    let mut slow = Raw::connects_narrowly(server.address()).await;
    let request = "GET /api/documents/plan/events?content=text HTTP/1.1\r\nhost: localhost\r\n\r\n";
    slow.sends(request.as_bytes()).await;
    // Until the connection ends. All of it would take half a minute.
    slow.sips(16 << 10, Duration::from_millis(100)).await;
}

#[tokio::test]
async fn who_takes_nothing_of_a_large_text_is_cut_and_makes_room() {
    let mut config = prompt();
    config.live.slow_client_timeout = Duration::from_secs(1);
    config.connections.per_document = 1;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let body = json!({ "name": "plan", "format": "text", "content": "much ".repeat(1 << 20) });
    let made = rest.post("/api/documents", body.to_string()).await;
    assert_eq!(made.status, 201);
    let mut stuck = Raw::connects_narrowly(server.address()).await;
    let request = "GET /api/documents/plan/events?content=text HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stuck.sends(request.as_bytes()).await;
    let head = stuck.reads_head().await;
    assert!(head.contains(" 200 "), "{head}");
    let path = format!("/api/documents/{}/events", encoded("plan"));
    let refused = rest.get(&path).await;
    assert_eq!(refused.error(), (503, "document_crowded".to_owned()));
    until("the stuck one is cut", || async {
        let request = rest.request(reqwest::Method::GET, &path);
        let response = request.send().await.unwrap();
        (response.status().as_u16() == 200).then_some(())
    })
    .await;
}

/// A stream may be silent for longer than anything else on a connection.
#[tokio::test]
async fn a_stream_with_nothing_to_tell_is_not_cut() {
    let mut config = prompt();
    config.request_timeout = Duration::from_secs(1);
    config.live.slow_client_timeout = Duration::from_secs(1);
    config.live.feed.heartbeat = Duration::from_millis(1_500);
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    creates(&rest, "plan").await;
    let mut events = Events::of(&rest, "plan", "").await;
    events.hears_nothing(2).await;
    rest.post(
        "/api/documents/plan/content/append?format=text",
        "still here",
    )
    .await;
    events.hears("change").await;
}
