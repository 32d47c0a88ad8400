//! What a home page needs of REST: what is in the trash, how texts begin, who is where,
//! templates, titles in order, and which documents link to which.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;
use serde_json::{Value, json};
use support::rest::{Rest, encoded};
use support::server::{TestServer, config};

/// A server whose index does not wait long.
async fn server() -> TestServer {
    let mut config: Config = config();
    config.search.pause = Duration::from_millis(20);
    config.search.longest = Duration::from_millis(200);
    TestServer::with(config, Arc::new(MemoryStore::default()) as _).await
}

async fn makes(rest: &Rest, document: Value) {
    let made = rest.post("/api/documents", document.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
}

async fn lists(rest: &Rest, asked: &str) -> Vec<Value> {
    let answer = rest.get(&format!("/api/documents?{asked}")).await;
    assert_eq!(answer.status, 200, "{asked}: {answer:?}");
    answer.json()["documents"].as_array().unwrap().clone()
}

fn names(documents: &[Value]) -> Vec<&str> {
    let name = |it: &Value| it["name"].as_str().map(str::to_owned);
    let found = documents.iter().map(|it| it["name"].as_str().unwrap());
    assert!(documents.iter().all(|it| name(it).is_some()));
    found.collect()
}

/// A deleted document could be restored by who knew its name, and nobody could look it up.
#[tokio::test]
async fn the_trash_lists_what_was_deleted_until_it_is_restored() {
    let server = server().await;
    let rest = server.rest();
    for name in ["a", "b", "c"] {
        makes(
            &rest,
            json!({ "name": name, "title": format!("About {name}") }),
        )
        .await;
    }
    assert!(lists(&rest, "deleted=true").await.is_empty());
    for name in ["c", "a"] {
        let gone = rest.delete(&format!("/api/documents/{name}")).await;
        assert_eq!(gone.status, 204);
    }
    let trash = lists(&rest, "deleted=true").await;
    // Deleted last comes first.
    assert_eq!(names(&trash), ["a", "c"]);
    assert_eq!(trash[0]["title"], "About a");
    assert!(trash[0]["deleted"].as_str().unwrap().ends_with('Z'));
    let there = lists(&rest, "").await;
    assert_eq!(names(&there), ["b"]);
    assert_eq!(there[0].get("deleted"), None);
    assert_eq!(names(&lists(&rest, "deleted=false").await), ["b"]);
    assert_eq!(
        names(&lists(&rest, "deleted=true&sort=name&q=about").await),
        ["a", "c"]
    );
    // In pages, too.
    let first = rest.get("/api/documents?deleted=true&limit=1").await.json();
    let cursor = first["next"].as_str().unwrap();
    let second = lists(&rest, &format!("deleted=true&limit=1&cursor={cursor}")).await;
    assert_eq!(names(&second), ["c"]);
    assert_eq!(rest.post("/api/documents/a/restore", "").await.status, 200);
    assert_eq!(names(&lists(&rest, "deleted=true").await), ["c"]);
    let wrong = rest.get("/api/documents?deleted=maybe").await;
    assert_eq!(wrong.error(), (400, "bad_request".into()));
}

/// A list that showed titles was sorted by names, which looked like no order at all.
#[tokio::test]
async fn titles_come_in_order_whatever_their_case_and_those_without_one_last() {
    let server = server().await;
    let rest = server.rest();
    for (name, title) in [
        ("z", Some("apples")),
        ("a", Some("Zebras")),
        ("m", Some("Äpfel")),
        ("k", Some("bread")),
        ("j", Some("Bread")),
        ("c", None),
        ("b", Some("  ")),
    ] {
        makes(&rest, json!({ "name": name, "title": title })).await;
    }
    let whole = lists(&rest, "sort=title").await;
    let expected = ["z", "j", "k", "a", "m", "b", "c"];
    assert_eq!(names(&whole), expected);
    for limit in [1, 2, 3, 7] {
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = rest
                .get(&format!("/api/documents?sort=title&limit={limit}{cursor}"))
                .await
                .json();
            let documents = page["documents"].as_array().unwrap();
            paged.extend(names(documents).into_iter().map(str::to_owned));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, expected, "by {limit}");
    }
}

#[tokio::test]
async fn a_list_says_how_texts_begin_and_who_is_there() {
    let server = server().await;
    let rest = server.rest();
    let text = format!(
        "# Plan\n\nWe  meet *at* the lighthouse. {}",
        "And so on. ".repeat(40)
    );
    makes(
        &rest,
        json!({ "name": "plan", "title": "Plan", "format": "markdown", "content": text }),
    )
    .await;
    makes(&rest, json!({ "name": "empty" })).await;
    let ada = server.welcomes("Ada", "plan").await;
    ada.shows("user", json!({ "name": "Ada\u{202e}", "color": "#2F6FED" }));
    let grace = server.welcomes("Grace", "plan").await;
    grace.shows(
        "user",
        json!({ "name": "Grace", "color": "url(https://e.org)" }),
    );
    let (plan, described) = support::until("the list knows", || async {
        let listed = lists(&rest, "sort=name&prefix=plan").await;
        let described = rest.get("/api/documents/plan").await.json();
        let knows =
            |it: &Value| it["excerpt"].is_string() && it["present"].as_array().unwrap().len() == 2;
        (knows(&listed[0]) && knows(&described)).then(|| (listed[0].clone(), described))
    })
    .await;
    assert_eq!(plan["people"], 2);
    let mut present = plan["present"].as_array().unwrap().clone();
    present.sort_by_key(|person| person["name"].to_string());
    assert_eq!(
        present,
        [
            json!({ "name": "Ada", "color": "#2f6fed" }),
            json!({ "name": "Grace", "color": null })
        ]
    );
    let excerpt = plan["excerpt"].as_str().unwrap();
    assert!(
        excerpt.starts_with("We meet at the lighthouse. And so on."),
        "{excerpt}"
    );
    assert!(
        excerpt.ends_with('…') && excerpt.chars().count() <= 141,
        "{excerpt}"
    );
    assert_eq!(described["excerpt"], plan["excerpt"]);
    let all = lists(&rest, "sort=name").await;
    assert_eq!(all[0]["present"], json!([]));
}

#[tokio::test]
async fn a_document_begins_with_a_template_once() {
    let server = server().await;
    let rest = server.rest();
    let templates = rest.get("/api/templates").await.json();
    let templates = templates["templates"].as_array().unwrap();
    assert_eq!(templates.len(), 18);
    let of = |language: &str| {
        templates
            .iter()
            .filter(|one| one["language"] == language)
            .count()
    };
    assert_eq!([of("en"), of("de"), of("he")], [6, 6, 6]);
    for template in templates {
        let id = template["id"].as_str().unwrap();
        makes(&rest, json!({ "name": id, "template": id })).await;
        let described = rest.get(&format!("/api/documents/{id}")).await.json();
        assert_eq!(described["title"], template["title"]);
        // All of it is there, and nothing was simplified away.
        let written = rest.content(id, "markdown").await;
        let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
        let content = template["content"].as_str().unwrap();
        assert_eq!(headings(written.text()), headings(content), "{id}");
        // Whoever opens it changes nothing.
        let ada = server.welcomes("Ada", id).await;
        ada.saved().await;
        let after = rest.content(id, "markdown").await;
        assert_eq!(after.text(), written.text());
    }
    makes(
        &rest,
        json!({ "name": "own", "template": "meeting", "title": "Minutes of May" }),
    )
    .await;
    let described = rest.get("/api/documents/own").await.json();
    assert_eq!(described["title"], "Minutes of May");
    for wrong in [
        json!({ "template": "nonsense" }),
        json!({ "template": "meeting", "content": "x", "format": "text" }),
        json!({ "template": "meeting", "format": "text" }),
    ] {
        let answer = rest.post("/api/documents", wrong.to_string()).await;
        assert_eq!(answer.error(), (400, "bad_request".into()), "{wrong}");
    }
}

/// The bug: Markdown drops the space behind "**Who is here:** ", so the line ended in bold, and the
/// names that somebody wrote there were bold, too.
#[tokio::test]
async fn what_is_written_behind_the_name_of_a_field_is_plain() {
    let server = server().await;
    let rest = server.rest();
    let templates = rest.get("/api/templates").await.json();
    let mut fields = 0;
    for template in templates["templates"].as_array().unwrap() {
        let id = template["id"].as_str().unwrap();
        makes(&rest, json!({ "name": id, "template": id })).await;
        let written = rest.content(id, "json").await.json();
        fields += fields_of(&written, id);
    }
    assert!(fields > 30, "{fields}");
}

/// How many texts there are that are the name of a field in bold; behind each stands a plain text.
fn fields_of(node: &Value, template: &str) -> usize {
    let nodes = node["content"].as_array().map_or(&[][..], Vec::as_slice);
    let mut fields = 0;
    for (at, one) in nodes.iter().enumerate() {
        let is_name = one["text"].as_str().is_some_and(|text| text.ends_with(':'));
        if is_name && one["marks"][0]["type"] == "bold" {
            let behind = nodes
                .get(at + 1)
                .map(|next| (&next["text"], &next["marks"]));
            let (text, marks) = behind.unwrap_or_else(|| panic!("{template}: {one}"));
            assert!(text.as_str().is_some_and(|text| text.starts_with(' ')));
            assert!(marks.is_null(), "{template}: {marks}");
            fields += 1;
        }
        fields += fields_of(one, template);
    }
    fields
}

#[tokio::test]
async fn a_document_knows_what_links_to_it() {
    let server = server().await;
    let rest = server.rest();
    let host = server.address();
    makes(
        &rest,
        json!({ "name": "team/the plan", "title": "The plan" }),
    )
    .await;
    for (name, link) in [
        ("a", "/d/team/the%20plan#goals".to_owned()),
        ("b", format!("http://{host}/d/team/the%20plan")),
        (
            "c",
            "https://elsewhere.example/d/team/the%20plan".to_owned(),
        ),
        ("d", "/d/team/the%20plans".to_owned()),
    ] {
        let content = format!("See [this]({link}).\n");
        makes(
            &rest,
            json!({ "name": name, "title": format!("About {name}"), "format": "markdown", "content": content }),
        )
        .await;
    }
    let path = format!("/api/documents/{}/backlinks", encoded("team/the plan"));
    let linking = |rest: Rest, path: String| async move {
        let answer = rest.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    };
    let told = support::until("both are known", || async {
        let told = linking(rest.clone(), path.clone()).await;
        (told["documents"].as_array().unwrap().len() == 2).then_some(told)
    })
    .await;
    assert_eq!(
        told,
        json!({ "documents": [{ "name": "a", "title": "About a" }, { "name": "b", "title": "About b" }], "next": null })
    );
    let first = linking(rest.clone(), format!("{path}?limit=1")).await;
    let cursor = first["next"].as_str().unwrap();
    let second = linking(rest.clone(), format!("{path}?limit=1&cursor={cursor}")).await;
    assert_eq!(second["documents"][0]["name"], "b");
    assert_eq!(second["next"], Value::Null);
    // What is deleted links to nothing, and what lost its link neither.
    assert_eq!(rest.delete("/api/documents/a").await.status, 204);
    let put = rest
        .request(
            reqwest::Method::PUT,
            "/api/documents/b/content?format=markdown",
        )
        .body("Nothing.");
    assert_eq!(support::rest::answer(put).await.status, 200);
    support::until("nobody links to it", || async {
        let told = linking(rest.clone(), path.clone()).await;
        told["documents"]
            .as_array()
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;
    let wrong = rest.get(&format!("{path}?cursor=x")).await;
    assert_eq!(wrong.error(), (400, "bad_request".into()));
    let nobody = rest.get("/api/documents/nobody/backlinks").await;
    assert_eq!(nobody.error(), (404, "document_not_found".into()));
}

/// Browsers take `.` and `..` out of addresses: a document of such a name could be made, and
/// neither opened nor deleted.
#[tokio::test]
async fn no_document_is_made_that_no_browser_can_ask_for() {
    let server = server().await;
    let rest = server.rest();
    for name in [".", "..", "a/../b", "a/."] {
        let body = json!({ "name": name }).to_string();
        let answer = rest.post("/api/documents", body).await;
        assert_eq!(
            answer.error(),
            (400, "invalid_document_name".into()),
            "{name}"
        );
        assert!(answer.text().contains("browsers"), "{}", answer.text());
    }
    for name in ["a/../b", "a/."] {
        let path = format!("/api/documents/{}/content?format=text", encoded(name));
        let put = rest
            .request(reqwest::Method::PUT, &path)
            .header("if-none-match", "*")
            .body("x");
        let answer = support::rest::answer(put).await;
        assert_eq!(
            answer.error(),
            (400, "invalid_document_name".into()),
            "{name}"
        );
    }
    makes(&rest, json!({ "name": "a.b/..c/..." })).await;
}
