//! Documents for programs: what REST says is what editors see.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use yrs::updates::encoder::Encode;
use yrs::{ReadTxn, Text, Transact, WriteTxn, Xml, XmlElementPrelim, XmlFragment, XmlTextPrelim};

use support::client::Client;
use support::raw::Raw;
use support::reading;
use support::rest::answer;
use support::server::{TestServer, config};

#[tokio::test]
async fn a_document_is_created_listed_and_described() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let created = rest.post("/api/documents", r#"{"name":"team/plan"}"#).await;
    assert_eq!(created.status, 201);
    assert_eq!(
        created.header("location"),
        Some("/api/documents/team%2Fplan")
    );
    assert_eq!(created.json()["name"], "team/plan");
    let ada = server.welcomes("Ada", "team/plan").await;
    ada.edits(|_, transaction| {
        let meta = transaction.get_or_insert_map("meta");
        yrs::Map::insert(&meta, transaction, "title", "The plan");
    });
    ada.saved().await;
    let described = rest.get("/api/documents/team%2Fplan").await.json();
    assert_eq!(described["title"], "The plan");
    assert_eq!(described["people"], 1);
    let list = rest.get("/api/documents").await.json();
    let named = |list: &Value| -> Vec<String> {
        let documents = list["documents"].as_array().unwrap();
        documents
            .iter()
            .map(|document| document["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(named(&list), ["team/plan"]);
    assert_eq!(list["documents"][0]["title"], "The plan");
    for name in ["b", "a", "team/c"] {
        let body = json!({ "name": name }).to_string();
        assert_eq!(rest.post("/api/documents", body).await.status, 201);
    }
    let team = rest
        .get("/api/documents?prefix=team%2F&sort=name")
        .await
        .json();
    assert_eq!(named(&team), ["team/c", "team/plan"]);
    let found = rest.get("/api/documents?q=PLAN").await.json();
    assert_eq!(named(&found), ["team/plan"]);
    let first = rest.get("/api/documents?sort=name&limit=3").await.json();
    let next = first["next"].as_str().unwrap();
    let second = rest
        .get(&format!("/api/documents?sort=name&limit=3&cursor={next}"))
        .await
        .json();
    assert_eq!(
        [named(&first), named(&second)].concat(),
        ["a", "b", "team/c", "team/plan"]
    );
    assert_eq!(second["next"], Value::Null);
}

#[tokio::test]
async fn a_document_without_a_name_gets_a_readable_one() {
    let server = TestServer::start().await;
    let created = server.rest().post("/api/documents", "").await;
    assert_eq!(created.status, 201);
    let name = created.json()["name"].as_str().unwrap().to_owned();
    let words = name.split('-').filter(|word| word.len() > 2).count();
    assert_eq!(words, 3, "{name}");
    let ada = server.welcomes("Ada", &name).await;
    ada.types("works");
    ada.saved().await;
    assert_eq!(server.rest().content(&name, "text").await.text(), "works");
}

#[tokio::test]
async fn opening_a_page_creates_no_document() {
    let server = TestServer::start().await;
    let _ada = server.welcomes("Ada", "only looked at").await;
    let list = server.rest().get("/api/documents").await.json();
    assert_eq!(list["documents"], json!([]));
    let content = server.rest().content("only looked at", "json").await;
    assert_eq!(content.error(), (404, "document_not_found".into()));
}

#[tokio::test]
async fn content_is_what_editors_see_in_every_format() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "page").await;
    ada.edits(|_, transaction| {
        let page = transaction.get_or_insert_xml_fragment("content");
        let heading = page.push_back(transaction, XmlElementPrelim::empty("heading"));
        heading.insert_attribute(transaction, "level", 2i64);
        heading.push_back(transaction, XmlTextPrelim::new("Über 👋"));
        let paragraph = page.push_back(transaction, XmlElementPrelim::empty("paragraph"));
        let text = paragraph.push_back(transaction, XmlTextPrelim::new("plain and "));
        let bold = [("bold".into(), yrs::Any::from(true))].into();
        text.insert_with_attributes(transaction, 10, "bold", bold);
    });
    ada.saved().await;
    let json = rest.content("page", "json").await;
    assert_eq!(
        (json.status, json.header("content-type")),
        (200, Some("application/json"))
    );
    assert_eq!(
        json.json(),
        json!({ "type": "doc", "content": [
            { "type": "heading", "attrs": { "level": 2 }, "content": [
                { "type": "text", "text": "Über 👋" } ] },
            { "type": "paragraph", "content": [
                { "type": "text", "text": "plain and " },
                { "type": "text", "marks": [{ "type": "bold" }], "text": "bold" } ] } ] })
    );
    let text = rest.content("page", "text").await;
    assert_eq!(text.text(), "Über 👋\nplain and bold\n");
    assert!(
        text.header("content-type")
            .unwrap()
            .starts_with("text/plain")
    );
    let state = rest.state("page").await;
    assert!(reading::holds(&state, &ada.state()) && reading::holds(&ada.state(), &state));
    assert_eq!(
        reading::everything(&reading::doc_of(&state)),
        reading::everything(&reading::doc_of(&ada.state()))
    );
    let accepted = rest
        .request(Method::GET, "/api/documents/page/content")
        .header("accept", "text/plain");
    assert_eq!(answer(accepted).await.text(), text.text());
    let unknown = rest.content("page", "docx").await;
    assert_eq!(unknown.error(), (406, "unknown_format".into()));
}

#[tokio::test]
async fn updates_go_both_ways() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("from the editor");
    ada.saved().await;
    // A program reads all, writes, and sends what it wrote.
    let all = rest.get("/api/documents/notes/updates").await;
    let program = Client::offline(server.address(), "a program", "notes");
    program.looks(|seen| reading::apply(&seen.doc, &all.body));
    let known = program.looks(|seen| seen.doc.transact().state_vector().encode_v1());
    let update = program.types(", from a program");
    let taken = rest.post("/api/documents/notes/updates", update).await;
    assert_eq!(taken.status, 204);
    ada.sees("from the editor, from a program").await;
    // And it gets what it lacks, and no more.
    let since = BASE64.encode(&known);
    let news = rest
        .get(&format!("/api/documents/notes/updates?since={since}"))
        .await;
    assert!(news.body.len() < all.body.len() + 16);
    let reader = Client::offline(server.address(), "a reader", "notes");
    reader.looks(|seen| {
        reading::apply(&seen.doc, &all.body);
        reading::apply(&seen.doc, &news.body);
    });
    reader.sees("from the editor, from a program").await;
}

#[tokio::test]
async fn an_update_that_is_none_is_refused_whole() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("safe");
    ada.saved().await;
    let lonely = Client::offline(server.address(), "a program", "notes");
    lonely.types("its past is missing");
    for body in [b"nonsense".to_vec(), vec![], lonely.types("!")] {
        let refused = rest.post("/api/documents/notes/updates", body).await;
        assert_eq!(refused.error(), (422, "update_refused".into()));
    }
    assert_eq!(rest.content("notes", "text").await.text(), "safe");
}

#[tokio::test]
async fn who_has_it_already_is_not_sent_it_again() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("one");
    ada.saved().await;
    for format in ["json", "text", "yjs"] {
        let path = format!("/api/documents/notes/content?format={format}");
        let tag = rest.get(&path).await.header("etag").unwrap().to_owned();
        let again = |tag: &str| {
            let request = rest.request(Method::GET, &path);
            answer(request.header("if-none-match", tag))
        };
        let unchanged = again(&tag).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
        assert_eq!(unchanged.header("etag"), Some(&*tag));
        ada.types(" more");
        ada.saved().await;
        let changed = again(&tag).await;
        assert_eq!(changed.status, 200);
        assert_ne!(changed.header("etag"), Some(&*tag));
    }
    // A deletion alone changes the state too.
    let before = rest.content("notes", "text").await;
    ada.deletes(0, 1);
    ada.saved().await;
    let after = rest.content("notes", "text").await;
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn a_deleted_document_is_gone_and_stays_gone_for_who_had_it_open() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    ada.types("precious");
    ada.saved().await;
    assert_eq!(rest.delete("/api/documents/notes").await.status, 204);
    assert_eq!(ada.is_ended().await, 4404);
    // Her provider tries again, with all she has.
    ada.types(" and more");
    ada.connects().await;
    assert_eq!(ada.is_ended().await, 4404);
    let list = rest.get("/api/documents").await.json();
    assert_eq!(list["documents"], json!([]));
    for request in [
        rest.content("notes", "json").await,
        rest.get("/api/documents/notes").await,
        rest.delete("/api/documents/notes").await,
        rest.post("/api/documents/notes/updates", vec![0, 0]).await,
        rest.post("/api/documents", r#"{"name":"notes"}"#).await,
    ] {
        assert_eq!(request.error(), (410, "document_deleted".into()));
    }
    let restored = rest.post("/api/documents/notes/restore", "").await;
    assert_eq!(restored.status, 200);
    assert_eq!(rest.content("notes", "text").await.text(), "precious");
    ada.returns().await;
    ada.saved().await;
    assert_eq!(
        rest.content("notes", "text").await.text(),
        "precious and more"
    );
}

#[tokio::test]
async fn what_is_wrong_has_a_code_and_a_sentence() {
    let server = TestServer::start().await;
    let rest = server.rest();
    rest.post("/api/documents", r#"{"name":"taken"}"#).await;
    let long = "x".repeat(513);
    let cases = [
        (
            rest.get("/api/documents/nobody").await,
            404,
            "document_not_found",
        ),
        (
            rest.delete("/api/documents/nobody").await,
            404,
            "document_not_found",
        ),
        (
            rest.post("/api/documents/nobody/restore", "").await,
            404,
            "document_not_found",
        ),
        (
            rest.post("/api/documents/nobody/updates", vec![0, 0]).await,
            404,
            "document_not_found",
        ),
        (
            rest.post("/api/documents", r#"{"name":"taken"}"#).await,
            409,
            "document_exists",
        ),
        (
            rest.post("/api/documents", r#"{"name":""}"#).await,
            400,
            "invalid_document_name",
        ),
        (
            rest.get("/api/documents/a%0Ab").await,
            400,
            "invalid_document_name",
        ),
        (
            rest.get("/api/documents/%FF/content").await,
            400,
            "invalid_document_name",
        ),
        (
            rest.get(&format!("/api/documents/{long}")).await,
            400,
            "invalid_document_name",
        ),
        (
            rest.post("/api/documents", "{nonsense").await,
            400,
            "bad_request",
        ),
        (
            rest.post("/api/documents", r#"{"nom":"x"}"#).await,
            400,
            "bad_request",
        ),
        (
            rest.get("/api/documents?sort=size").await,
            400,
            "bad_request",
        ),
        (rest.get("/api/documents?limit=0").await, 400, "bad_request"),
        (
            rest.get("/api/documents?cursor=%21").await,
            400,
            "bad_request",
        ),
        (rest.get("/api/documents?x=1").await, 400, "bad_request"),
        (
            rest.get("/api/documents/taken/updates?since=%21").await,
            400,
            "bad_request",
        ),
        (rest.get("/api/nowhere").await, 404, "no_such_route"),
        (
            rest.get("/api/documents/taken/nowhere").await,
            404,
            "no_such_route",
        ),
        (
            rest.delete("/api/documents").await,
            405,
            "method_not_allowed",
        ),
        (rest.get("/ws/").await, 400, "invalid_document_name"),
        (rest.get("/ws/notes").await, 400, "bad_handshake"),
    ];
    for (answer, status, code) in cases {
        let found = answer.status;
        assert_eq!(found, status, "{code}: {answer:?}");
        assert_eq!(answer.error(), (status, code.to_owned()), "{answer:?}");
    }
}

#[tokio::test]
async fn a_body_may_not_be_larger_than_a_message() {
    let mut config = config();
    config.live.message_bytes = 4096;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    rest.post("/api/documents", r#"{"name":"notes"}"#).await;
    let large = vec![0; 5000];
    let refused = rest
        .post("/api/documents/notes/updates", large.clone())
        .await;
    assert_eq!(refused.error(), (413, "too_large".into()));
    let refused = rest.post("/api/documents", large).await;
    assert_eq!(refused.error(), (413, "too_large".into()));
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let own = format!("http://{}", server.address());
    let from = |origin: &str| {
        let request = rest.request(Method::GET, "/api/documents");
        answer(request.header("origin", origin))
    };
    assert_eq!(from(&own).await.status, 200);
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(
            from(origin).await.error(),
            (403, "forbidden_origin".into()),
            "{origin}"
        );
        let (head, _) = Raw::knocks(server.address(), "/ws/notes", &[("Origin", origin)]).await;
        assert_eq!(head.status(), 403, "{origin}");
    }
    let (head, _) = Raw::knocks(server.address(), "/ws/notes", &[("Origin", &own)]).await;
    assert_eq!(head.status(), 101);
    // A foreign name that resolves to this machine is foreign still.
    let (head, _) = Raw::knocks(server.address(), "/ws/notes", &[("Host", "evil.example")]).await;
    assert_eq!(head.status(), 403);
}

#[tokio::test]
async fn health_says_live_and_ready() {
    let server = TestServer::start().await;
    let live = server.rest().get("/health/live").await;
    assert_eq!(
        (live.status, live.json()["status"].as_str()),
        (200, Some("live"))
    );
    let ready = server.rest().get("/health/ready").await;
    assert_eq!(
        (ready.status, ready.json()["status"].as_str()),
        (200, Some("ready"))
    );
}

/// A scraper that asked for metrics, which are not there, got the editor's page and took
/// it for success.
#[tokio::test]
async fn where_there_is_nothing_nobody_is_told_that_there_is() {
    let server = TestServer::start().await;
    let rest = server.rest();
    for (path, status) in [("/", 200), ("/d/team/plan", 200), ("/metrics", 404)] {
        let answer = rest.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains("<html"), "people see the page");
    }
}
