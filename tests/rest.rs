//! Documents for programs: what REST says is what editors see.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use yrs::updates::decoder::Decode;
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
    assert_eq!(unknown.error(), (400, "unknown_format".into()));
    assert!(
        unknown
            .text()
            .contains("json, markdown, html, text, delta, yjs, yjs-v2")
    );
    let unknown = rest
        .request(Method::GET, "/api/documents/page/content")
        .header("accept", "image/png");
    let unknown = answer(unknown).await;
    assert_eq!(unknown.error(), (406, "unknown_format".into()));
    assert!(unknown.text().contains("text/markdown"));
}

#[tokio::test]
async fn markdown_and_html_are_had_by_parameter_and_by_accept() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let body = json!({
        "name": "team/plan",
        "title": "Plan für <B>",
        "format": "markdown",
        "content": "## Plan\n\n- [x] **one**\n- [ ] two\n\n<mark>seen</mark>\n",
    });
    let created = rest.post("/api/documents", body.to_string()).await;
    assert_eq!((created.status, created.header("warning")), (201, None));
    assert_eq!(created.json()["title"], "Plan für <B>");
    let path = "/api/documents/team%2Fplan/content";
    let markdown = rest.get(&format!("{path}?format=markdown")).await;
    assert_eq!(
        markdown.text(),
        "## Plan\n\n- [x] **one**\n- [ ] two\n\n<mark>seen</mark>\n"
    );
    assert_eq!(
        markdown.header("content-type"),
        Some("text/markdown; charset=utf-8")
    );
    assert_eq!(markdown.header("x-cowrite-root"), Some("content"));
    let accepted = |accept: &str| answer(rest.request(Method::GET, path).header("accept", accept));
    assert_eq!(accepted("text/markdown").await.text(), markdown.text());
    let html = accepted("text/html").await;
    assert_eq!(
        html.text(),
        concat!(
            "<h2>Plan</h2>\n<ul data-type=\"taskList\">",
            "<li data-type=\"taskItem\" data-checked=\"true\">",
            "<input type=\"checkbox\" disabled checked><div>",
            "<p><strong>one</strong></p>\n</div></li>\n",
            "<li data-type=\"taskItem\" data-checked=\"false\">",
            "<input type=\"checkbox\" disabled><div><p>two</p>\n</div></li>\n</ul>\n",
            "<p><mark data-color=\"yellow\">seen</mark></p>\n"
        )
    );
    let policy = html.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.ends_with("sandbox"));
    assert_eq!(html.header("x-content-type-options"), Some("nosniff"));
    let page = rest
        .get(&format!("{path}?format=html&page=true&download=true"))
        .await;
    assert!(page.text().contains("<title>Plan für &lt;B&gt;</title>"));
    assert_eq!(
        page.header("content-disposition"),
        Some(
            "attachment; filename=\"Plan f_r -B-.html\"; filename*=UTF-8''Plan%20f%C3%BCr%20-B-.html"
        )
    );
    assert_ne!(page.header("etag"), html.header("etag"));
    let v2 = rest.content("team/plan", "yjs-v2").await;
    let doc = reading::new_doc(1);
    let update = yrs::Update::decode_v2(&v2.body).unwrap();
    doc.transact_mut().apply_update(update).unwrap();
    assert_eq!(
        reading::everything(&doc)["json"],
        rest.content("team/plan", "json").await.json()
    );
}

#[tokio::test]
async fn what_a_format_cannot_express_is_named() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let content = json!({ "type": "doc", "content": [
        { "type": "futureNode", "content": [{ "type": "text", "text": "kept" }] },
        { "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "attrs": { "colspan": 2 }, "content": [
                { "type": "paragraph", "content": [{ "type": "text", "text": "wide" }] }] }] }] }] });
    let body = json!({ "name": "odd", "content": content });
    assert_eq!(
        rest.post("/api/documents", body.to_string()).await.status,
        201
    );
    let markdown = rest.content("odd", "markdown").await;
    assert_eq!(markdown.text(), "kept\n\n| wide |  |\n| --- | --- |\n");
    assert_eq!(
        markdown.header("warning"),
        Some("299 - \"simplified: merged cells of tables; node futureNode reduced to its text\"")
    );
    let json = rest.content("odd", "json").await;
    assert_eq!(json.header("warning"), None);
    assert_eq!(json.json()["content"][0]["type"], "futureNode");
}

#[tokio::test]
async fn content_that_is_not_what_it_says_makes_no_document() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let create = async |content: Value, format: &str| {
        let body = json!({ "name": "page", "content": content, "format": format });
        rest.post("/api/documents", body.to_string()).await
    };
    let cases = [
        (
            json!("{\"type\":\"doc\",\n\"content\":[}"),
            "json",
            "line 2 column 12",
        ),
        (
            json!(
                "{\"type\":\"doc\",\"content\":[{\"type\":\"paragraph\"},{\"type\":\"listItem\"}]}"
            ),
            "json",
            "/content/1",
        ),
        (
            json!("<div>".repeat(300)),
            "html",
            "more than 256 levels deep before line 1",
        ),
        (json!("[".repeat(200)), "json", "recursion limit"),
        // Once these were left out without a word.
        (
            json!({ "type": "doc", "attrs": [1] }),
            "json",
            "attrs must be an object at the top",
        ),
        (
            json!({ "type": "doc", "content": [{ "type": "paragraph", "marks": "bold" }] }),
            "json",
            "marks must be a list at /content/0",
        ),
    ];
    for (content, format, said) in cases {
        let refused = create(content, format).await;
        assert_eq!(refused.error(), (422, "malformed_content".into()));
        assert!(refused.text().contains(said), "{}", refused.text());
    }
    let refused = create(json!("x"), "docx").await;
    assert_eq!(refused.error(), (400, "unknown_format".into()));
    assert!(refused.text().contains("json, markdown, html, text"));
    // Anything is Markdown, and no list of formatting makes more of it than there is.
    let bomb = (0..2000)
        .map(|n| format!("<div><b id={n}></div>"))
        .collect::<String>();
    let refused = create(json!(bomb), "html").await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let list = rest.get("/api/documents").await.json();
    assert_eq!(list["documents"], json!([]));
    assert_eq!(create(json!("fine"), "markdown").await.status, 201);
    assert_eq!(create(json!("again"), "text").await.error().0, 409);
    assert_eq!(rest.content("page", "text").await.text(), "fine\n");
}

/// A document that was made with content is on disk with it, or is not there.
#[tokio::test]
async fn a_document_is_begun_in_one_append() {
    let store = Arc::new(MemoryStore::new());
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let body = json!({ "name": "page", "content": "one\ntwo", "format": "text" });
    let created = server.rest().post("/api/documents", body.to_string()).await;
    assert_eq!(created.status, 201);
    let id = cowrite::id::DocumentId::parse("page").unwrap();
    let stored = cowrite::store::Store::load(&*store, &id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.tail.len(), 1);
    // Who opens it sees it, and it is one's own to change.
    let ada = server.welcomes("Ada", "page").await;
    let seen = ada.looks(|seen| reading::everything(&seen.doc)["json"].clone());
    assert_eq!(seen["content"][1]["content"][0]["text"], "two");
}

/// A large export once held the thread of its document for as long as it took, and
/// with it every other document there.
#[tokio::test]
async fn others_on_the_thread_are_served_while_a_large_document_is_written() {
    let mut config = config();
    config.live.threads = 1;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let line = "Some **words** and [a link](https://e.org) with `code` in it.\n\n";
    let body = json!({ "name": "large", "content": line.repeat(10_000), "format": "markdown" });
    assert_eq!(
        rest.post("/api/documents", body.to_string()).await.status,
        201
    );
    let ada = server.welcomes("Ada", "small").await;
    let bob = server.welcomes("Bob", "small").await;
    ada.types("x");
    bob.sees("x").await;
    let mut export = Box::pin(rest.content("large", "markdown"));
    let mut words = String::from("x");
    let mut relayed = 0;
    let exported = loop {
        ada.types("x");
        words.push('x');
        let mut keystroke = Box::pin(bob.sees(&words));
        tokio::select! {
            exported = &mut export => {
                keystroke.await;
                break exported;
            }
            _ = &mut keystroke => relayed += 1,
        }
    };
    assert_eq!(exported.status, 200);
    // On the document's thread there would be those before the request got there.
    assert!(relayed > 10, "{relayed} keystrokes came through meanwhile");
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

/// `limit=ten` was answered with "invalid digit found in string", whatever else was asked.
#[tokio::test]
async fn what_is_wrong_in_a_query_is_named() {
    let server = TestServer::start().await;
    let rest = server.rest();
    for (query, name) in [
        ("sort=name&limit=ten&prefix=a", "limit"),
        ("deleted=maybe", "deleted"),
        ("colour=red", "colour"),
    ] {
        let refused = rest.get(&format!("/api/documents?{query}")).await;
        assert_eq!(refused.error(), (400, "bad_request".to_owned()));
        let message = refused.json()["error"]["message"].clone();
        assert!(message.as_str().unwrap().contains(name), "{message}");
    }
    let many = "&".repeat(5000);
    let refused = rest.get(&format!("/api/documents?limit=ten{many}")).await;
    assert_eq!(refused.error().0, 400);
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
    for (path, status) in [
        ("/", 200),
        ("/d/team/plan", 200),
        ("/d/", 404),
        ("/metrics", 404),
    ] {
        let answer = rest.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.text().contains("<html"), "people see the page");
    }
}

/// An address with letters in it that are no ASCII was answered by a bare 400, without a
/// body, by which nobody knew what was wrong.
#[tokio::test]
async fn what_is_no_http_is_answered_as_every_other_error() {
    let server = TestServer::start().await;
    for request in [
        "GET /api/documents/gr\u{f6}\u{df}e HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/documents/a^b<c HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /api/documents HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n",
        "\r\n\r\nwhat is that?\r\n\r\n",
    ] {
        let mut stranger = Raw::connects(server.address()).await;
        // The connection served somebody before.
        stranger
            .sends(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await;
        assert!(stranger.reads_head().await.starts_with("HTTP/1.1 200"));
        stranger.sends(request.as_bytes()).await;
        let answer = stranger.reads_to_the_end().await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        for line in [
            "content-type: application/json",
            "cache-control: no-store",
            "connection: close",
            "x-content-type-options: nosniff",
            &format!("content-length: {}", body.len()),
        ] {
            assert_eq!(head.matches(line).count(), 1, "{line}: {head}");
        }
        assert_eq!(head.matches("content-length").count(), 1, "{head}");
        let error: Value = serde_json::from_str(body).unwrap();
        assert_eq!(error["error"]["code"], "bad_request");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains("percent-encoded"), "{message}");
    }
}
