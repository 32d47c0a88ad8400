//! Titles: set by programs, seen live by whoever has the document open, and shown wherever
//! documents are told.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::id::DocumentId;
use cowrite::store::Store;
use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use yrs::{Map, Out, ReadTxn, Transact, WriteTxn};

use support::client::Client;
use support::rest::{Answer, Rest, answer, encoded};
use support::server::{TestServer, config};

async fn server() -> TestServer {
    let mut config = config();
    config.search.pause = Duration::from_millis(20);
    config.search.longest = Duration::from_millis(200);
    TestServer::with(config, Arc::new(MemoryStore::default()) as _).await
}

async fn entitles(rest: &Rest, name: &str, body: Value, seen: Option<&str>) -> Answer {
    let path = format!("/api/documents/{}", encoded(name));
    let mut request = rest.request(Method::PATCH, &path).body(body.to_string());
    if let Some(tag) = seen {
        request = request.header("if-match", tag);
    }
    answer(request).await
}

/// Behind a title that was written the document was described for the answer, and what went
/// wrong there was the answer: an error for a write that was made.
#[tokio::test]
async fn a_title_that_was_written_is_no_error_whatever_happens_next() {
    let store = Arc::new(MemoryStore::default());
    let faults = store.faults();
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let rest = server.rest();
    let made = json!({ "name": "plan", "title": "Old", "content": "Words.", "format": "text" });
    let made = rest.post("/api/documents", made.to_string()).await;
    assert_eq!(made.status, 201);
    faults.hold_appends();
    let entitling = entitles(&rest, "plan", json!({ "title": "New" }), None);
    let id = DocumentId::parse("plan").unwrap();
    let meanwhile = async {
        faults.until_held(1).await;
        // It comes to the store behind the title, and is done before the answer is.
        let deleted = store.delete(&id);
        faults.release();
        deleted.await.unwrap();
    };
    let (given, ()) = tokio::join!(entitling, meanwhile);
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(given.json()["title"], "New");
    let record = store.describe(&id).await.unwrap().unwrap();
    assert_eq!(record.title.as_deref(), Some("New"));
    assert!(record.deleted.is_some());
}

async fn sees_title(who: &Client, title: &str) {
    who.waits(&format!("the title {title:?}"), |seen| {
        let txn = seen.doc.transact();
        let said = txn.get_map("meta")?.get(&txn, "title");
        matches!(&said, Some(Out::Any(yrs::Any::String(said))) if **said == *title).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_title_that_a_program_gives_is_seen_live_and_told_everywhere() {
    let server = server().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "team/plan").await;
    ada.types("We meet in May.");
    ada.saved().await;
    let before = rest.get("/api/documents/team%2Fplan").await.json();
    assert_eq!(before["title"], Value::Null);

    let given = entitles(
        &rest,
        "team/plan",
        json!({ "title": " The lighthouse " }),
        None,
    )
    .await;
    assert_eq!(given.status, 200, "{}", given.text());
    let shown = given.json();
    assert_eq!(shown["name"], "team/plan");
    assert_eq!(shown["title"], "The lighthouse");
    assert!(shown["updated"].as_str() > before["updated"].as_str());
    assert_eq!(shown["people"], 1);
    sees_title(&ada, "The lighthouse").await;
    assert_eq!(ada.text(), "We meet in May.", "the text stays");

    let listed = rest.get("/api/documents").await.json();
    assert_eq!(listed["documents"][0]["title"], "The lighthouse");
    support::until("it is found by its title", || async {
        let found = rest.get("/api/search?q=lighthouse").await.json();
        (found["results"][0]["title"] == "The lighthouse").then_some(())
    })
    .await;

    // What she writes next takes its place, and an empty title takes it away.
    ada.edits(|_, txn| {
        let meta = txn.get_map("meta").unwrap();
        meta.insert(txn, "title", "Hers");
    });
    ada.saved().await;
    assert_eq!(
        rest.get("/api/documents/team%2Fplan").await.json()["title"],
        "Hers"
    );
    let gone = entitles(&rest, "team/plan", json!({ "title": "" }), None).await;
    assert_eq!((gone.status, &gone.json()["title"]), (200, &Value::Null));
}

#[tokio::test]
async fn a_title_is_given_only_over_the_one_that_was_seen() {
    let server = server().await;
    let rest = server.rest();
    let made = json!({ "name": "plan", "title": "First", "content": "Text.", "format": "text" });
    let made = rest.post("/api/documents", made.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let tag = rest.content("plan", "markdown").await;
    let tag = tag.header("etag").unwrap().to_owned();
    // Other words in the text are no other title.
    let path = "/api/documents/plan/content/append?format=text";
    assert_eq!(rest.post(path, "More.").await.status, 200);
    let second = entitles(&rest, "plan", json!({ "title": "Second" }), Some(&tag)).await;
    assert_eq!(second.status, 200, "{}", second.text());
    let third = entitles(&rest, "plan", json!({ "title": "Third" }), Some(&tag)).await;
    assert_eq!(third.error(), (412, "precondition_failed".to_owned()));
    let unknown = entitles(&rest, "plan", json!({ "title": "Third" }), Some("\"none\"")).await;
    assert_eq!(unknown.error(), (412, "precondition_failed".to_owned()));
    let title = rest.get("/api/documents/plan").await.json()["title"].clone();
    assert_eq!(title, "Second");
}

#[tokio::test]
async fn what_is_no_title_changes_nothing() {
    let server = server().await;
    let rest = server.rest();
    let nobody = entitles(&rest, "plan", json!({ "title": "Mine" }), None).await;
    assert_eq!(nobody.error(), (404, "document_not_found".to_owned()));
    let made = json!({ "name": "plan", "title": "First" }).to_string();
    assert_eq!(rest.post("/api/documents", made).await.status, 201);
    for wrong in [
        json!({ "title": "x".repeat(201) }),
        json!({ "title": "two\nlines" }),
        json!({ "title": "a\u{0}b" }),
        json!({ "title": null }),
        json!({ "title": 5 }),
        json!({}),
        json!({ "title": "fine", "name": "other" }),
        json!(["fine"]),
    ] {
        let refused = entitles(&rest, "plan", wrong.clone(), None).await;
        assert_eq!(refused.error().0, 400, "{wrong}");
    }
    let title = rest.get("/api/documents/plan").await.json()["title"].clone();
    assert_eq!(title, "First");
    // As many characters as may be, whatever they take.
    let long = "ä".repeat(200);
    let given = entitles(&rest, "plan", json!({ "title": long }), None).await;
    assert_eq!(given.json()["title"], long, "{}", given.text());
    assert_eq!(rest.delete("/api/documents/plan").await.status, 204);
    let deleted = entitles(&rest, "plan", json!({ "title": "Late" }), None).await;
    assert_eq!(deleted.error(), (410, "document_deleted".to_owned()));
}

/// A title with a sign that turns the direction of words stood in lists as it was, and
/// turned what stood behind it, of other documents too.
#[tokio::test]
async fn a_title_turns_nothing_around_it() {
    let server = server().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    ada.edits(|_, txn| {
        let meta = txn.get_or_insert_map("meta");
        meta.insert(txn, "title", "The \u{202e}plan\nof \u{2067}May");
    });
    ada.saved().await;
    let listed = rest.get("/api/documents").await.json();
    assert_eq!(listed["documents"][0]["title"], "The plan of May");
    let given = entitles(&rest, "plan", json!({ "title": "\u{202e}June" }), None).await;
    assert_eq!(given.json()["title"], "June", "{}", given.text());
    sees_title(&ada, "June").await;
    // Nor does a name above a comment.
    let append = "/api/documents/plan/content/append?format=text";
    assert_eq!(rest.post(append, "We meet.").await.status, 200);
    let said = json!({ "text": "When?", "find": "meet", "by": "\u{2066}Ad\u{202e}a" });
    let said = rest
        .post("/api/documents/plan/comments", said.to_string())
        .await;
    assert_eq!(said.json()["by"]["name"], "Ada", "{}", said.text());
}
