//! What became of a document, by whom, and how it becomes again what it was: told over
//! REST while people write.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};

use support::client::Client;
use support::rest::{Answer, Rest, answer, encoded};
use support::server::{TestServer, config};

async fn get(rest: &Rest, document: &str, path: &str) -> Answer {
    rest.get(&format!("/api/documents/{}/{path}", encoded(document)))
        .await
}

async fn post(rest: &Rest, document: &str, path: &str, body: Value) -> Value {
    let path = format!("/api/documents/{}/{path}", encoded(document));
    let answer = rest.post(&path, body.to_string()).await;
    assert!((200..300).contains(&answer.status), "{path}: {answer:?}");
    answer.json()
}

/// A version of this name of what the document is now.
async fn names(rest: &Rest, document: &str, name: &str) -> u64 {
    let made = post(rest, document, "versions", json!({ "name": name })).await;
    made["id"].as_u64().unwrap()
}

async fn writes(rest: &Rest, document: &str, author: &str, markdown: &str) {
    let path = format!(
        "/api/documents/{}/content?format=markdown",
        encoded(document)
    );
    let request = rest
        .request(Method::PUT, &path)
        .header("X-Cowrite-Author", author)
        .body(markdown.to_owned());
    assert_eq!(answer(request).await.status, 200, "{markdown}");
}

async fn begins(rest: &Rest, document: &str, markdown: &str) {
    let begin = json!({ "name": document, "content": markdown, "format": "markdown" });
    let made = rest.post("/api/documents", begin.to_string()).await;
    assert_eq!(made.status, 201);
}

async fn markdown(rest: &Rest, document: &str) -> String {
    rest.content(document, "markdown").await.text().to_owned()
}

#[tokio::test]
async fn two_versions_are_told_as_one() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    begins(&rest, "plan", "# Plan\n\nOne.\n\nTwo.\n\nThree.\n").await;
    let first = names(&rest, "plan", "first").await;
    writes(
        &rest,
        "plan",
        "Ada",
        "# The plan\n\nOne.\n\nTwo.\n\nThree.\n\nFour.\n",
    )
    .await;
    let second = names(&rest, "plan", "second").await;
    writes(
        &rest,
        "plan",
        "Bob",
        "# The plan\n\nOne.\n\nThree.\n\nFour.\n",
    )
    .await;

    let told = get(
        &rest,
        "plan",
        &format!("diff?from={first}&to={second}&context=0"),
    )
    .await;
    assert_eq!(told.status, 200);
    let told = told.json();
    assert_eq!(told["from"], json!({ "version": first }));
    assert_eq!(told["root"], "content");
    assert_eq!(
        told["counts"]["added"],
        json!({ "blocks": 1, "characters": 10 })
    );
    let blocks = told["content"].as_array().unwrap();
    assert_eq!(blocks[0]["change"], "changed");
    let runs = blocks[0]["content"].as_array().unwrap();
    let runs: Vec<_> = runs
        .iter()
        .map(|run| {
            (
                run["change"].as_str().unwrap(),
                run["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        runs,
        [("removed", "P"), ("added", "The p"), ("same", "lan")]
    );
    assert_eq!(blocks[1], json!({ "change": "same", "blocks": 3 }));
    assert_eq!(blocks[2]["by"]["name"], "Ada");
    assert_eq!(blocks[2]["content"][0]["text"], "Four.");

    // Up to now, when nothing else is said.
    let told = get(&rest, "plan", &format!("diff?from={second}"))
        .await
        .json();
    assert_eq!(told["to"], json!({ "now": true }));
    let gone: Vec<_> = told["content"].as_array().unwrap().iter().collect();
    let gone = gone
        .iter()
        .find(|block| block["change"] == "removed")
        .unwrap();
    assert_eq!(gone["content"][0]["text"], "Two.");
    assert_eq!(gone["by"]["name"], "Bob");

    let html = get(
        &rest,
        "plan",
        &format!("diff?from={first}&format=html&page=true"),
    )
    .await;
    assert!(
        html.text().contains("<del data-change=\"removed\""),
        "{}",
        html.text()
    );
    let policy = html.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));

    // What a client has already is not sent again.
    let path = format!("/api/documents/plan/diff?from={first}&to={second}");
    let there = rest.get(&path).await;
    let again = rest
        .request(Method::GET, &path)
        .header("If-None-Match", &there.headers["etag"]);
    assert_eq!(answer(again).await.status, 304);
}

#[tokio::test]
async fn questions_without_an_answer_say_why() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    begins(&rest, "plan", "One.\n").await;
    let first = names(&rest, "plan", "first").await;
    writes(&rest, "plan", "Ada", "Two.\n").await;
    for (path, status, code) in [
        ("diff".to_owned(), 400, "bad_request"),
        ("diff?from=yesterday".to_owned(), 400, "bad_request"),
        ("diff?from=7".to_owned(), 404, "version_not_found"),
        (format!("diff?from=now&to={first}"), 400, "bad_request"),
        (
            format!("diff?from={first}&format=markdown"),
            400,
            "unknown_format",
        ),
        (
            format!("diff?from={first}&context=many"),
            400,
            "bad_request",
        ),
        (
            "diff?from=2001-01-01T00:00:00Z&to=2001-01-01T00:00:00Z".to_owned(),
            404,
            "document_not_yet",
        ),
        (
            "content?format=markdown&authors=true".to_owned(),
            400,
            "bad_request",
        ),
    ] {
        let told = get(&rest, "plan", &path).await;
        assert_eq!(told.status, status, "{path}: {told:?}");
        assert_eq!(told.json()["error"]["code"], code, "{path}");
    }
    let nobodys = rest.get("/api/documents/nobodys/diff?from=1").await;
    assert_eq!(nobodys.status, 404);
    let restore = rest
        .post("/api/documents/plan/versions/9/restore", "")
        .await;
    assert_eq!(restore.status, 404);
}

/// Between the making of a document and its first letter it was said not to exist, although it
/// says itself since when it does: what came since its beginning could not be told.
#[tokio::test]
async fn a_document_is_empty_before_its_first_letter() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    let begin = json!({ "name": "plan" }).to_string();
    let made = rest.post("/api/documents", begin).await.json();
    let created = made["created"].as_str().unwrap();
    writes(&rest, "plan", "Ada", "One.\n\nTwo.\n").await;
    let all = json!({ "blocks": 2, "characters": 8 });
    for from in [created, "2001-01-01T00:00:00Z"] {
        let told = get(&rest, "plan", &format!("diff?from={from}")).await;
        assert_eq!(told.status, 200, "{told:?}");
        let told = told.json();
        assert_eq!(told["from"], json!({ "at": from }));
        assert_eq!(told["counts"]["added"], all);
        assert_eq!(told["content"][0]["by"]["name"], "Ada");
    }
    let then = format!("content?format=markdown&at={created}");
    let then = get(&rest, "plan", &then).await;
    assert_eq!((then.status, then.text().trim()), (200, ""));
    // From nothing to nothing.
    let nothing = format!("diff?from=2001-01-01T00:00:00Z&to={created}");
    let nothing = get(&rest, "plan", &nothing).await.json();
    assert_eq!(nothing["counts"]["added"]["characters"], 0);
    let early = "content?format=markdown&at=2001-01-01T00:00:00Z";
    let refused = get(&rest, "plan", early).await;
    assert_eq!(refused.error(), (404, "document_not_yet".into()));
}

/// Bob selects two words of Ada's and presses Delete. The update says that letters of Ada's
/// are gone, and nothing of Bob: in history it stands all the same, and he is among the
/// authors of the version, although he never wrote a letter.
#[tokio::test]
async fn who_only_deletes_is_known_too() {
    let mut folds = config();
    folds.live.fold_rows = 2;
    let server = TestServer::with(folds, Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    ada.types("one two three four");
    ada.saved().await;
    let first = names(&rest, "plan", "first").await;
    let bob = server.welcomes("Bob", "plan").await;
    bob.sees("one two three four").await;
    for person in [&ada, &bob] {
        person.shows("user", json!({ "name": person.name() }));
        person.saved().await;
    }
    bob.deletes(4, 10);
    bob.saved().await;
    ada.sees("one four").await;
    ada.deletes(0, 4);
    ada.saved().await;
    let second = names(&rest, "plan", "second").await;
    let (second, told) = support::until("both are known by name", || async {
        let version = get(&rest, "plan", &format!("versions/{second}"))
            .await
            .json();
        let path = format!("diff?from={first}&to={second}&root=content");
        let told = get(&rest, "plan", &path).await.json();
        let names = version["authors"].as_array().unwrap().len() == 2;
        names.then_some((version, told))
    })
    .await;
    assert_eq!(second["authors"], json!(["Ada", "Bob"]));
    let runs = told["content"][0]["content"].as_array().unwrap();
    let told: Vec<_> = runs
        .iter()
        .map(|run| {
            let word = |name: &str| run[name].as_str().unwrap();
            (word("change"), word("text"), run["by"]["name"].as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("removed", "one ", Some("Ada")),
            ("removed", "two three ", Some("Bob")),
            ("same", "four", None),
        ]
    );
}

/// A map is no text: it is said so, not told as emptiness.
#[tokio::test]
async fn data_is_not_compared_as_if_it_were_text() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    ada.edits(|doc, txn| {
        use yrs::{Map, WriteTxn};
        let _ = doc;
        txn.get_or_insert_map("settings").insert(txn, "dark", true);
    });
    ada.saved().await;
    let first = names(&rest, "plan", "first").await;
    let told = get(&rest, "plan", &format!("diff?from={first}&root=settings")).await;
    assert_eq!(told.status, 409, "{told:?}");
    let path = format!("/api/documents/plan/versions/{first}/restore?root=settings");
    assert_eq!(rest.post(&path, "").await.status, 409);
}

/// Ada's document is made what it was while Bob has it open: Bob sees it live, what he
/// types meanwhile stays, and what was there before the restoring can be had again.
#[tokio::test]
async fn a_version_comes_back_as_an_edit() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    let first_text = "# Plan\n\nKept as it is.\n\n- one\n- two\n\nThe **end**.\n";
    begins(&rest, "plan", first_text).await;
    let first = names(&rest, "plan", "first").await;
    let bob = server.welcomes("Bob", "plan").await;
    writes(
        &rest,
        "plan",
        "Ada",
        "# Plan\n\nKept as it is.\n\nNothing else.\n",
    )
    .await;
    let ruined = markdown(&rest, "plan").await;
    let before_ids = state_ids(&bob).await;

    let path = format!("versions/{first}/restore");
    let told = post(&rest, "plan", &path, json!(null)).await;
    assert_eq!(markdown(&rest, "plan").await, first_text);
    assert!(told["inserted"]["blocks"].as_u64().unwrap() >= 3, "{told}");
    // Bob has it too, and the paragraph that stayed is the one that it was.
    let after = support::until("Bob sees it", || async {
        let ids = state_ids(&bob).await;
        (ids.len() == 4).then_some(ids)
    })
    .await;
    assert_eq!(after[..2], before_ids[..2]);

    // Nothing is lost by it: what was there before is a version, and comes back likewise.
    let before = told["before"].as_u64().unwrap();
    let then = get(
        &rest,
        "plan",
        &format!("content?format=markdown&at={before}"),
    )
    .await;
    assert_eq!(then.text(), ruined);
    post(
        &rest,
        "plan",
        &format!("versions/{before}/restore"),
        json!(null),
    )
    .await;
    assert_eq!(markdown(&rest, "plan").await, ruined);
    let now = told["version"].as_u64().unwrap();
    let then = get(&rest, "plan", &format!("content?format=markdown&at={now}")).await;
    assert_eq!(then.text(), first_text);
    // To restore what is there already changes nothing.
    let versions = get(&rest, "plan", "versions").await.json();
    let newest = versions["versions"][0]["id"].as_u64().unwrap();
    let again = post(
        &rest,
        "plan",
        &format!("versions/{newest}/restore"),
        json!(null),
    )
    .await;
    assert_eq!(again["inserted"], json!({ "blocks": 0, "characters": 0 }));
    assert_eq!(again["version"], newest);
}

/// Which things the blocks of the outermost level are.
async fn state_ids(of: &Client) -> Vec<String> {
    use yrs::{Transact, XmlFragment};
    let doc = support::reading::doc_of(&of.state());
    let fragment = doc.get_or_insert_xml_fragment("content");
    let txn = doc.transact();
    let ids = fragment.children(&txn).filter_map(|child| {
        let element = child.into_xml_element()?;
        Some(format!(
            "{:?}",
            AsRef::<yrs::branch::Branch>::as_ref(&element).id()
        ))
    });
    ids.collect()
}

/// A text of a plain editor, with formats and a picture among its letters.
#[tokio::test]
async fn a_text_with_formats_comes_back_with_them() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    let bold = || yrs::types::Attrs::from([("bold".into(), true.into())]);
    ada.edits(|doc, txn| {
        use yrs::{Text, WriteTxn};
        let _ = doc;
        let text = txn.get_or_insert_text("quill");
        text.insert(txn, 0, "plain ");
        text.insert_with_attributes(txn, 6, "bold", bold());
        let picture = yrs::Any::from_json(r#"{"image":"a.png"}"#).unwrap();
        text.insert_embed(txn, 10, picture);
        text.insert_with_attributes(txn, 11, " end\n", yrs::types::Attrs::new());
    });
    ada.saved().await;
    let delta = |rest: Rest| async move {
        let path = "/api/documents/notes/content?format=delta&root=quill";
        rest.get(path).await.json()
    };
    let was = delta(rest.clone()).await;
    let first = names(&rest, "notes", "first").await;
    ada.edits(|doc, txn| {
        use yrs::{Text, WriteTxn};
        let _ = doc;
        let text = txn.get_or_insert_text("quill");
        text.remove_range(txn, 4, 9);
        text.format(txn, 0, 3, bold());
        text.insert(txn, 2, "🦀");
    });
    ada.saved().await;
    assert_ne!(delta(rest.clone()).await, was);
    post(
        &rest,
        "notes",
        &format!("versions/{first}/restore?root=quill"),
        json!(null),
    )
    .await;
    assert_eq!(delta(rest.clone()).await, was);
}

/// Two people in one paragraph: JSON says whose each letter is, now and then.
#[tokio::test]
async fn json_says_whose_each_letter_is() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    begins(&rest, "plan", "Hello world.\n").await;
    writes(&rest, "plan", "Ada", "Hello new world.\n").await;
    let version = names(&rest, "plan", "now").await;
    writes(&rest, "plan", "Bob", "Hello new old world.\n").await;
    let told = |at: String| {
        let rest = rest.clone();
        async move {
            let told = get(&rest, "plan", &format!("content?authors=true{at}")).await;
            assert_eq!(told.status, 200, "{told:?}");
            let told = told.json();
            let runs = told["content"][0]["content"].as_array().unwrap().clone();
            let run = |run: &Value| {
                let name = run["author"]["name"].as_str().unwrap_or("").to_owned();
                (run["text"].as_str().unwrap().to_owned(), name)
            };
            runs.iter().map(run).collect::<Vec<_>>()
        }
    };
    let pair = |text: &str, name: &str| (text.to_owned(), name.to_owned());
    assert_eq!(
        told(String::new()).await,
        [
            pair("Hello ", ""),
            pair("new ", "Ada"),
            pair("old ", "Bob"),
            pair("world.", "")
        ]
    );
    assert_eq!(
        told(format!("&at={version}")).await,
        [pair("Hello ", ""), pair("new ", "Ada"), pair("world.", "")]
    );
}

/// Nothing was ever written: that is told as nothing, not refused.
#[tokio::test]
async fn of_an_empty_document_there_is_nothing_to_tell() {
    let server = TestServer::with(config(), Arc::new(MemoryStore::default()) as _).await;
    let rest = server.rest();
    let made = rest
        .post("/api/documents", json!({ "name": "empty" }).to_string())
        .await;
    assert_eq!(made.status, 201);
    let told = get(&rest, "empty", "content?authors=true").await;
    assert_eq!(
        (told.status, told.text()),
        (200, r#"{"type":"doc"}"#),
        "{told:?}"
    );
    let told = get(&rest, "empty", "diff?from=now").await;
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(told.json()["content"], json!([]));
}
