//! Comments: what is said about words, live and over REST, and what becomes of it when
//! the text goes through programs, through time and through kill -9.

#![allow(clippy::unwrap_used)]

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use yrs::{GetString, Map, Out, ReadTxn, Text, Transact, XmlFragment};

use support::binary::Binary;
use support::rest::{Answer, Rest, answer, encoded};
use support::server::TestServer;

fn path(name: &str, rest: &str) -> String {
    format!("/api/documents/{}/comments{rest}", encoded(name))
}

async fn creates(rest: &Rest, name: &str, markdown: &str) {
    let body = json!({ "name": name, "content": markdown, "format": "markdown" });
    let created = rest.post("/api/documents", body.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text());
}

async fn says(rest: &Rest, name: &str, body: Value) -> Answer {
    rest.post(&path(name, ""), body.to_string()).await
}

async fn patches(rest: &Rest, at: &str, body: Value) -> Answer {
    answer(rest.request(Method::PATCH, at).body(body.to_string())).await
}

async fn list(rest: &Rest, name: &str) -> Vec<Value> {
    let listed = rest.get(&path(name, "")).await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    listed.json()["comments"].as_array().unwrap().clone()
}

/// The words of each thread, as they are now.
async fn words(rest: &Rest, name: &str) -> Vec<Value> {
    let threads = list(rest, name).await;
    threads.iter().map(|it| it["words"].clone()).collect()
}

async fn puts(rest: &Rest, name: &str, kind: &str, content: &str) -> Answer {
    let at = format!("/api/documents/{}/content", encoded(name));
    let request = rest.request(Method::PUT, &at).header("content-type", kind);
    answer(request.body(content.to_owned())).await
}

#[tokio::test]
async fn who_types_sees_what_a_program_says_and_the_other_way_round() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "team/plan", "We meet in May, in May or June.").await;
    let ada = server.welcomes("Ada", "team/plan").await;
    ada.has_caught_up().await;
    let asked = json!({ "text": "Which May?", "find": "May", "occurrence": 2, "by": "Grace" });
    let said = says(&rest, "team/plan", asked).await;
    assert_eq!(said.status, 201, "{}", said.text());
    let thread = said.json();
    let id = thread["id"].as_str().unwrap().to_owned();
    assert_eq!(thread["words"], "May");
    assert_eq!(thread["by"]["name"], "Grace");
    let at = said.header("location").unwrap().to_owned();
    assert_eq!(at, path("team/plan", &format!("/{id}")));
    // She has the thread and its mark, which names it.
    ada.waits("the thread", |seen| {
        let txn = seen.doc.transact();
        let map = txn.get_map("comments")?;
        map.get(&txn, &id)
    })
    .await;
    ada.waits("the mark", |seen| {
        let txn = seen.doc.transact();
        let page = txn.get_xml_fragment("content")?;
        let block = page.get(&txn, 0)?.into_xml_element()?;
        let line = block.get(&txn, 0)?.into_xml_text()?;
        let pieces = line.diff(&txn, yrs::types::text::YChange::identity);
        let marked: Vec<_> = pieces
            .iter()
            .filter(|piece| piece.attributes.is_some())
            .map(|piece| piece.insert.clone().to_string(&txn))
            .collect();
        (marked == ["May"]).then_some(())
    })
    .await;
    // What she says in her copy is there for programs.
    ada.edits(|_, txn| {
        let map = txn.get_map("comments").unwrap();
        let Some(Out::YMap(thread)) = map.get(txn, &id) else {
            panic!("it was there");
        };
        let Some(Out::YArray(messages)) = thread.get(txn, "messages") else {
            panic!("it has messages");
        };
        let message = yrs::Array::push_back(&messages, txn, yrs::MapPrelim::default());
        message.insert(txn, "id", "hers");
        message.insert(txn, "text", "This one.");
        message.insert(txn, "at", "2026-11-27T10:00:00.000Z");
    });
    ada.saved().await;
    let threads = list(&rest, "team/plan").await;
    assert_eq!(threads[0]["messages"][1]["text"], "This one.");
    assert_eq!(threads[0]["messages"][1]["by"]["name"], "Guest");

    let reply = json!({ "text": "Thanks." }).to_string();
    let request = rest.request(Method::POST, &format!("{at}/replies"));
    let replied = answer(request.header("x-cowrite-author", "Grace").body(reply)).await;
    assert_eq!(replied.status, 201, "{}", replied.text());
    let own = replied.json()["messages"][2].clone();
    assert_eq!(
        (&own["text"], &own["by"]["name"]),
        (&json!("Thanks."), &json!("Grace"))
    );
    let message = format!("{at}/messages/{}", own["id"].as_str().unwrap());
    let changed = patches(&rest, &message, json!({ "text": "Thank you." })).await;
    assert_eq!(changed.json()["messages"][2]["text"], "Thank you.");
    assert!(changed.json()["messages"][2]["edited"].is_string());
    assert_eq!(rest.delete(&message).await.status, 204);
    assert_eq!(rest.delete(&message).await.error().1, "message_not_found");

    let settled = patches(&rest, &at, json!({ "resolved": true, "by": "Ada" })).await;
    assert_eq!(settled.json()["resolved"]["by"]["name"], "Ada");
    let open = rest.get(&path("team/plan", "?resolved=false")).await;
    assert_eq!(open.json()["comments"], json!([]));
    let resolved = rest.get(&path("team/plan", "?resolved=true")).await;
    assert_eq!(resolved.json()["comments"][0]["id"], json!(id));
    let opened = patches(&rest, &at, json!({ "resolved": false })).await;
    assert_eq!(opened.json()["resolved"], Value::Null);
    assert_eq!(rest.delete(&at).await.status, 204);
    assert_eq!(list(&rest, "team/plan").await, Vec::<Value>::new());
    ada.waits("the mark to go", |seen| {
        let txn = seen.doc.transact();
        let page = txn.get_xml_fragment("content")?;
        (!page.get_string(&txn).contains("comment")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_and_nothing_changes() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "plan", "Words and `code words`.").await;
    let long = "x".repeat(10_001);
    let cases = [
        (
            json!({ "text": "?", "find": "nowhere" }),
            (409, "passage_not_found"),
        ),
        (
            json!({ "text": "?", "find": "code" }),
            (409, "passage_not_found"),
        ),
        (
            json!({ "text": "?", "find": "Words", "occurrence": 2 }),
            (409, "passage_not_found"),
        ),
        (
            json!({ "text": "?", "find": "Words", "occurrence": 0 }),
            (400, "bad_request"),
        ),
        (
            json!({ "text": " ", "find": "Words" }),
            (400, "bad_request"),
        ),
        (
            json!({ "text": long, "find": "Words" }),
            (400, "bad_request"),
        ),
        (json!({ "text": "?", "find": "" }), (400, "bad_request")),
        (json!({ "text": "?" }), (400, "bad_request")),
        (
            json!({ "text": "?", "find": "Words", "by": "" }),
            (400, "bad_request"),
        ),
    ];
    let before = rest.state("plan").await;
    for (body, (status, code)) in cases {
        let refused = says(&rest, "plan", body.clone()).await;
        assert_eq!(refused.error(), (status, code.to_owned()), "{body}");
    }
    let none = patches(&rest, &path("plan", "/none"), json!({ "resolved": true })).await;
    assert_eq!(none.error(), (404, "comment_not_found".to_owned()));
    let none = rest.get(&path("none", "")).await;
    assert_eq!(none.error(), (404, "document_not_found".to_owned()));
    assert_eq!(rest.state("plan").await, before);
}

/// Who reads a document as Markdown, changes a word and writes it back has never seen its
/// comments: they were gone after that, from the whole paragraph.
#[tokio::test]
async fn comments_stay_on_words_that_go_through_programs_and_through_time() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(
        &rest,
        "plan",
        "The old garden is large.\n\nThe house is small.",
    )
    .await;
    let version = rest
        .post(
            "/api/documents/plan/versions",
            json!({ "name": "first" }).to_string(),
        )
        .await;
    let version = version.json()["id"].clone();
    says(
        &rest,
        "plan",
        json!({ "text": "Which?", "find": "old garden" }),
    )
    .await;
    says(
        &rest,
        "plan",
        json!({ "text": "How small?", "find": "small" }),
    )
    .await;
    let both = vec![json!("old garden"), json!("small")];
    assert_eq!(words(&rest, "plan").await, both);
    let markdown = "# New\n\nOur old garden is very large.\n\nThe house is not small.\n";
    let put = puts(&rest, "plan", "text/markdown", markdown).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(words(&rest, "plan").await, both);
    let html = "<h1>New</h1><p>Our <b>old</b> garden is large.</p><p>The house is small.</p>";
    assert_eq!(puts(&rest, "plan", "text/html", html).await.status, 200);
    assert_eq!(words(&rest, "plan").await, both);
    let text = rest.content("plan", "text").await.text().to_owned();
    assert_eq!(puts(&rest, "plan", "text/plain", &text).await.status, 200);
    assert_eq!(words(&rest, "plan").await, both);
    let json_content = rest.content("plan", "json").await.text().to_owned();
    assert_eq!(
        puts(&rest, "plan", "application/json", &json_content)
            .await
            .status,
        200
    );
    assert_eq!(words(&rest, "plan").await, both);
    let at = format!("/api/documents/plan/versions/{version}/restore");
    assert_eq!(rest.post(&at, "").await.status, 200);
    let markdown = rest.content("plan", "markdown").await.text().to_owned();
    assert_eq!(
        markdown,
        "The old garden is large.\n\nThe house is small.\n"
    );
    assert_eq!(words(&rest, "plan").await, both);
    // Of words that are gone, what was said about them stays.
    puts(&rest, "plan", "text/markdown", "The house is small.").await;
    assert_eq!(words(&rest, "plan").await, [json!("small"), Value::Null]);
    assert_eq!(list(&rest, "plan").await[1]["quote"], "old garden");
}

/// Only versions could be restored: a program that wanted a moment wrote its JSON back, in which
/// no word had the comment that came later, and every thread lost its words.
#[tokio::test]
async fn comments_stay_on_words_when_a_moment_is_restored() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "plan", "The old garden is large.").await;
    let named = json!({ "name": "then" }).to_string();
    let version = rest.post("/api/documents/plan/versions", named).await;
    let then = version.json()["at"].as_str().unwrap().to_owned();
    let asked = json!({ "text": "Which?", "find": "old garden" });
    assert_eq!(says(&rest, "plan", asked).await.status, 201);
    for then in [then.clone(), then.replace(':', "%3A")] {
        let text = "Our old garden is very large.\n\nIndeed.";
        assert_eq!(puts(&rest, "plan", "text/plain", text).await.status, 200);
        let at = format!("/api/documents/plan/versions/{then}/restore");
        let restored = rest.post(&at, "").await;
        assert_eq!(restored.status, 200, "{}", restored.text());
        let markdown = rest.content("plan", "markdown").await.text().to_owned();
        assert_eq!(markdown, "The old garden is large.\n");
        assert_eq!(words(&rest, "plan").await, [json!("old garden")]);
        // What was there before is a version, and leads back.
        let before = restored.json()["before"].clone();
        let at = format!("/api/documents/plan/versions/{before}/restore");
        assert_eq!(rest.post(&at, "").await.status, 200);
        assert_eq!(
            rest.content("plan", "text").await.text(),
            format!("{text}\n")
        );
        assert_eq!(words(&rest, "plan").await, [json!("old garden")]);
    }
    for (wrong, code) in [
        ("yesterday", "version_not_found"),
        ("2001-01-01T00:00:00Z", "document_not_yet"),
    ] {
        let at = format!("/api/documents/plan/versions/{wrong}/restore");
        let refused = rest.post(&at, "").await;
        assert_eq!(refused.error(), (404, code.to_owned()), "{wrong}");
        // The bug: whatever was named, the answer spoke of version 0.
        assert!(!refused.text().contains("version 0"), "{}", refused.text());
    }
}

/// A version brought the marks of a deleted thread back: words that looked commented and
/// had no comment, and which nobody could free of that.
#[tokio::test]
async fn a_version_brings_back_no_mark_of_a_thread_that_is_deleted() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "plan", "We meet in May, or in June.").await;
    let gone = says(&rest, "plan", json!({ "text": "Which?", "find": "May" })).await;
    let stays = says(&rest, "plan", json!({ "text": "Or July?", "find": "June" })).await;
    assert_eq!((gone.status, stays.status), (201, 201));
    let named = json!({ "name": "then" }).to_string();
    let version = rest.post("/api/documents/plan/versions", named).await;
    let version = version.json()["id"].clone();
    let id = gone.json()["id"].as_str().unwrap().to_owned();
    let at = path("plan", &format!("/{id}"));
    assert_eq!(rest.delete(&at).await.status, 204);
    let text = "Nothing of that.";
    assert_eq!(puts(&rest, "plan", "text/plain", text).await.status, 200);
    let at = format!("/api/documents/plan/versions/{version}/restore");
    assert_eq!(rest.post(&at, "").await.status, 200);
    let content = rest.content("plan", "json").await.text().to_owned();
    assert!(!content.contains(&id), "{content}");
    // What is said about words that came back is about them again.
    assert_eq!(words(&rest, "plan").await, [json!("June")]);
}

#[tokio::test]
async fn comments_leave_with_the_document_when_they_are_asked_for() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "plan", "The garden is large.").await;
    let asked = json!({ "text": "<b>Which?</b>\n* two", "find": "garden", "by": "Ada" });
    says(&rest, "plan", asked).await;
    let export = async |format: &str| {
        let at = format!("/api/documents/plan/content?format={format}&comments=true");
        rest.get(&at).await
    };
    let markdown = export("markdown").await.text().to_owned();
    assert!(markdown.starts_with("The garden is large.\n"), "{markdown}");
    assert!(markdown.contains("> garden\n"), "{markdown}");
    assert!(markdown.contains("**Ada**"), "{markdown}");
    let html = export("html&page=true").await.text().to_owned();
    assert!(html.contains("<article id=\"comment-"), "{html}");
    assert!(html.contains("href=\"#comment-"), "{html}");
    assert!(html.contains("&lt;b&gt;Which?&lt;/b&gt;"), "{html}");
    assert!(!html.contains("<b>Which"), "{html}");
    let json = export("json").await.json();
    assert_eq!(json["type"], "doc");
    assert_eq!(
        json["comments"][0]["messages"][0]["text"],
        "<b>Which?</b>\n* two"
    );
    assert_eq!(export("text").await.error().0, 400);
    let plain = rest.content("plan", "markdown").await.text().to_owned();
    assert_eq!(plain, "The garden is large.\n");
    let html = rest.content("plan", "html").await.text().to_owned();
    assert_eq!(html, "<p>The garden is large.</p>\n");
}

#[tokio::test]
async fn what_was_answered_is_there_after_kill_nine() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves(folder.path());
    let rest = server.rest();
    creates(&rest, "plan", "The garden is large.").await;
    let said = says(&rest, "plan", json!({ "text": "Which?", "find": "garden" })).await;
    assert_eq!(said.status, 201, "{}", said.text());
    server.is_killed();
    let server = Binary::serves(folder.path());
    let threads = list(&server.rest(), "plan").await;
    assert_eq!(threads, [said.json()]);
}
