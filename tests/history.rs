//! What a document was, who wrote it, and the versions of it: told over REST, as it
//! was seen live.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cowrite::config::Config;
use cowrite::store::Retention;
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::SqliteStore;
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use support::chance::Seed;
use support::client::Client;
use support::reading;
use support::rest::{Answer, Rest, answer, encoded};
use support::server::{TestServer, config};
use support::until;
use support::witness::Witness;

/// A server that folds after `rows` appends.
fn folding_after(rows: usize) -> Config {
    let mut config = config();
    config.live.fold_rows = rows;
    config
}

async fn at(rest: &Rest, document: &str, at: impl std::fmt::Display, format: &str) -> Answer {
    let document = encoded(document);
    let path = format!("/api/documents/{document}/content?format={format}&root=content&at={at}");
    rest.get(&path).await
}

async fn versions(rest: &Rest, document: &str) -> Vec<Value> {
    let path = format!("/api/documents/{}/versions", encoded(document));
    let list = rest.get(&path).await.json();
    list["versions"].as_array().unwrap().clone()
}

async fn names(rest: &Rest, document: &str, body: Value) -> Answer {
    let path = format!("/api/documents/{}/versions", encoded(document));
    rest.post(&path, body.to_string()).await
}

fn now() -> String {
    OffsetDateTime::from(SystemTime::now())
        .format(&Rfc3339)
        .unwrap()
}

#[tokio::test]
async fn any_moment_and_any_version_can_be_read_again() {
    let store = Arc::new(Witness::new());
    let server = TestServer::with(folding_after(4), Arc::clone(&store) as _).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "team/plan").await;
    let mut seen = Vec::new();
    for number in 0..20 {
        ada.types(&format!("{number} "));
        ada.saved().await;
        seen.push((now(), ada.text()));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    store
        .until("it is folded", |count| count.compactions >= 3)
        .await;
    for (moment, text) in &seen {
        let then = at(&rest, "team/plan", moment, "text").await;
        assert_eq!((then.status, then.text()), (200, text.as_str()), "{moment}");
        // As people write a moment: with an offset whose plus is a space in a query.
        let east = OffsetDateTime::parse(moment, &Rfc3339).unwrap();
        let east = east.to_offset(time::UtcOffset::from_hms(5, 30, 0).unwrap());
        let east = east.format(&Rfc3339).unwrap();
        assert!(east.contains('+'));
        assert_eq!(at(&rest, "team/plan", east, "text").await.text(), text);
    }
    let made = names(&rest, "team/plan", json!({ "name": " Before the cut " })).await;
    assert_eq!(made.status, 201);
    let version = made.json();
    assert_eq!(version["name"], "Before the cut");
    let path = made.header("location").unwrap().to_owned();
    assert_eq!(
        path,
        format!("/api/documents/team%2Fplan/versions/{}", version["id"])
    );
    ada.deletes(0, 30);
    ada.saved().await;
    assert_eq!(rest.get(&path).await.json(), version);
    let text = &seen.last().unwrap().1;
    assert_eq!(
        at(&rest, "team/plan", &version["id"], "text").await.text(),
        text
    );
    // In every format, and with a tag of its own.
    let yjs = at(&rest, "team/plan", &version["id"], "yjs").await;
    assert_eq!(&reading::text(&reading::doc_of(&yjs.body)), text);
    assert!(at(&rest, "team/plan", &version["id"], "json").await.status == 200);
    let tag = yjs.header("etag").unwrap();
    let state = rest.content("team/plan", "yjs").await;
    assert_ne!(state.header("etag").unwrap(), tag);
    let request = rest
        .request(
            Method::GET,
            &format!(
                "/api/documents/team%2Fplan/content?format=yjs&at={}",
                version["id"]
            ),
        )
        .header("if-none-match", tag);
    assert_eq!(answer(request).await.status, 304);
    // Now is a moment, too.
    let latest = at(&rest, "team/plan", "2999-01-01T00:00:00Z", "text").await;
    assert_eq!(latest.text(), ada.text());
}

#[tokio::test]
async fn what_cannot_be_had_says_why_and_what_can() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let missing = at(&rest, "plan", 1, "text").await;
    assert_eq!(missing.error(), (404, "document_not_found".into()));
    let ada = server.welcomes("Ada", "plan").await;
    ada.types("words");
    ada.saved().await;
    let early = at(&rest, "plan", "1999-12-31T23:59:59Z", "text").await;
    assert_eq!(early.error(), (404, "document_not_yet".into()));
    // The moment that it says can be had.
    let message = early.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    let begins = message
        .split(' ')
        .find(|word| word.starts_with("20"))
        .unwrap();
    assert_eq!(at(&rest, "plan", begins, "text").await.text(), "words");
    for wrong in ["yesterday", "-1", "2026-11-27", "1.5"] {
        let refused = at(&rest, "plan", wrong, "text").await;
        assert_eq!(refused.error(), (400, "bad_request".into()), "{wrong}");
    }
    let none = at(&rest, "plan", 7, "text").await;
    assert_eq!(none.error(), (404, "version_not_found".into()));
    let none = rest.get("/api/documents/plan/versions/seven").await;
    assert_eq!(none.error(), (404, "version_not_found".into()));
    // More digits than any number of a version has are a number all the same.
    let none = at(&rest, "plan", &"9".repeat(30), "text").await;
    assert_eq!(none.error(), (404, "version_not_found".into()));
    for body in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": "a\nb" }),
        json!({ "name": "x".repeat(257) }),
        json!({ "name": "a", "colour": 1 }),
        json!(["a"]),
    ] {
        let refused = names(&rest, "plan", body.clone()).await;
        assert_eq!(refused.error(), (400, "bad_request".into()), "{body}");
    }
    let nobodys = names(&rest, "nobody's", json!({ "name": "a" })).await;
    assert_eq!(nobodys.error(), (404, "document_not_found".into()));
    let put = rest.request(Method::PUT, "/api/documents/plan/versions");
    assert_eq!(
        answer(put).await.error(),
        (405, "method_not_allowed".into())
    );
    rest.delete("/api/documents/plan").await;
    let deleted = at(&rest, "plan", begins, "text").await;
    assert_eq!(deleted.error(), (410, "document_deleted".into()));
}

#[tokio::test]
async fn versions_are_listed_in_pages_and_renamed() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    for number in 0..5 {
        ada.types("word ");
        ada.saved().await;
        let made = names(
            &rest,
            "plan",
            json!({ "name": format!("version {number}") }),
        )
        .await;
        assert_eq!(made.status, 201);
    }
    let mut found = Vec::new();
    let mut path = "/api/documents/plan/versions?limit=2".to_owned();
    loop {
        let page = rest.get(&path).await.json();
        let listed = page["versions"].as_array().unwrap();
        assert!(listed.len() <= 2);
        found.extend(listed.iter().map(|version| version["name"].clone()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/documents/plan/versions?limit=2&cursor={next}");
    }
    let expected: Vec<Value> = (0..5)
        .rev()
        .map(|n| json!(format!("version {n}")))
        .collect();
    assert_eq!(found, expected);
    let listed = versions(&rest, "plan").await;
    let path = format!("/api/documents/plan/versions/{}", listed[0]["id"]);
    for name in [json!("the last"), Value::Null] {
        let body = json!({ "name": name }).to_string();
        let renamed = rest.request(Method::PATCH, &path).body(body);
        assert_eq!(answer(renamed).await.json()["name"], name);
        assert_eq!(rest.get(&path).await.json()["name"], name);
    }
    let silent = rest.request(Method::PATCH, &path).body("{}");
    assert_eq!(answer(silent).await.error(), (400, "bad_request".into()));
    let foreign = rest.get("/api/documents/plan/versions?cursor=oops").await;
    assert_eq!(foreign.error(), (400, "bad_request".into()));
}

#[tokio::test]
async fn versions_are_made_where_people_pause() {
    let mut config = config();
    config.live.version_pause = Duration::from_millis(100);
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    for (number, words) in ["first ", "second "].into_iter().enumerate() {
        ada.types(words);
        ada.saved().await;
        until("a version is made in the pause", || async {
            (versions(&rest, "plan").await.len() == number + 1).then_some(())
        })
        .await;
    }
    let listed = versions(&rest, "plan").await;
    assert_eq!(listed[0]["name"], Value::Null);
    let id = &listed[1]["id"];
    assert_eq!(at(&rest, "plan", id, "text").await.text(), "first ");
    // Nothing new, nothing made.
    tokio::time::sleep(Duration::from_millis(2_200)).await;
    assert_eq!(versions(&rest, "plan").await, listed);
}

#[tokio::test]
async fn versions_are_made_of_long_work_and_of_what_is_left() {
    let mut config = config();
    config.live.version_interval = Duration::from_millis(1);
    config.live.idle_timeout = Duration::ZERO;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    until("a version is made while she types", || async {
        ada.types("on ");
        ada.saved().await;
        (!versions(&rest, "plan").await.is_empty()).then_some(())
    })
    .await;
    // Far from a pause of two minutes.
    let mut ben = server.welcomes("Ben", "diary").await;
    ben.types("a line");
    ben.saved().await;
    ben.leaves().await;
    until("a version is made of what he left", || async {
        (!versions(&rest, "diary").await.is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_says_who_wrote() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    ada.shows("user", json!({ "name": "Ada", "color": "#2f6fed" }));
    let reader = server.welcomes("a reader", "plan").await;
    reader.shows(
        "user",
        json!({ "name": "Who only reads", "color": "#000000" }),
    );
    ada.types("by Ada ");
    ada.saved().await;
    let authors =
        || async { rest.get("/api/documents/plan/authors").await.json()["authors"].clone() };
    let noted = |found: Value, count: usize| (found.as_array()?.len() == count).then_some(found);
    let found = until("Ada is noted", || async { noted(authors().await, 1) }).await;
    assert_eq!(
        (&found[0]["name"], &found[0]["client"]),
        (&json!("Ada"), &json!(ada.id()))
    );
    let first = names(&rest, "plan", json!({ "name": "first" }))
        .await
        .json();
    assert_eq!(
        (&first["authors"], &first["unnamed"]),
        (&json!(["Ada"]), &json!(0))
    );
    // A program that says who it writes for, and one that does not.
    for (client, author) in [(77, Some("Grace Höpper")), (78, None)] {
        let program = Client::with_id(server.address(), "a program", "plan", client);
        let all = rest.get("/api/documents/plan/updates").await;
        program.looks(|seen| reading::apply(&seen.doc, &all.body));
        let update = program.types("by a program ");
        let mut post = rest
            .request(Method::POST, "/api/documents/plan/updates")
            .body(update);
        if let Some(author) = author {
            post = post.header("x-cowrite-author", author.as_bytes());
        }
        assert_eq!(answer(post).await.status, 204);
    }
    let second = names(&rest, "plan", json!({ "name": "second" }))
        .await
        .json();
    assert_eq!(second["authors"], json!(["Grace Höpper"]));
    assert_eq!(second["unnamed"], 1);
    assert!(second["bytes"].as_u64() > first["bytes"].as_u64());
    // Whoever hands over what Ada wrote does not become her.
    let post = rest
        .request(Method::POST, "/api/documents/plan/updates")
        .header("x-cowrite-author", "a thief")
        .body(ada.types("more by Ada"));
    assert_eq!(answer(post).await.status, 204);
    let found = authors().await;
    let ada_is = found
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["client"] == ada.id());
    assert_eq!(ada_is.unwrap()["name"], "Ada");
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    let put = rest
        .request(Method::PUT, "/api/documents/plan/content?format=text")
        .header("x-cowrite-author", "Eve")
        .body("written by a program");
    assert_eq!(answer(put).await.status, 200);
    let third = names(&rest, "plan", json!({ "name": "third" }))
        .await
        .json();
    let wrote = third["authors"].as_array().unwrap();
    assert!(wrote.contains(&json!("Eve")), "{third}");
    for wrong in ["", " ", &"x".repeat(257)] {
        let post = rest
            .request(Method::POST, "/api/documents/plan/updates")
            .header("x-cowrite-author", wrong)
            .body(vec![0, 0]);
        assert_eq!(
            answer(post).await.error(),
            (400, "bad_request".into()),
            "{wrong:?}"
        );
    }
    let post = rest
        .request(Method::POST, "/api/documents/plan/updates")
        .header("x-cowrite-author", &b"\xff\xfe"[..])
        .body(vec![0, 0]);
    assert_eq!(answer(post).await.error(), (400, "bad_request".into()));
}

/// A page of versions looks through all rows at once, and finds for each what is found
/// for it alone.
#[tokio::test]
async fn who_wrote_is_known_after_a_restart_too() {
    let folder = tempfile::tempdir().unwrap();
    let start = || async {
        let store = SqliteStore::open(folder.path(), Default::default()).unwrap();
        TestServer::with(folding_after(3), Arc::new(store)).await
    };
    let server = start().await;
    let rest = server.rest();
    let mut authors = Vec::new();
    for name in ["Ada", "Ben", "Cleo", "Dora"] {
        let mut person = server.welcomes(name, "plan").await;
        person.shows("user", json!({ "name": name }));
        for _ in 0..2 {
            person.types("word ");
            person.saved().await;
        }
        person.leaves().await;
        until("the name is noted", || async {
            let noted = rest.get("/api/documents/plan/authors").await.json()["authors"].clone();
            let mut noted = noted
                .as_array()?
                .iter()
                .map(|author| author["name"].clone());
            noted.any(|noted| noted == name).then_some(())
        })
        .await;
        let made = names(&rest, "plan", json!({ "name": name })).await.json();
        assert_eq!(made["authors"], json!([name]));
        authors.push(made["authors"].clone());
    }
    let before = versions(&rest, "plan").await;
    server.stops().await;
    let server = start().await;
    let rest = server.rest();
    assert_eq!(versions(&rest, "plan").await, before);
    for version in &before {
        let path = format!("/api/documents/plan/versions/{}", version["id"]);
        assert_eq!(&rest.get(&path).await.json(), version);
    }
    assert_eq!(before.len(), 4);
    let found: Vec<Value> = before
        .iter()
        .rev()
        .map(|it| it["authors"].clone())
        .collect();
    assert_eq!(found, authors);
}

#[tokio::test]
async fn what_is_too_old_is_gone_and_what_has_a_name_is_not() {
    let mut config = folding_after(4);
    config.live.idle_timeout = Duration::ZERO;
    let retention = Retention {
        age: None,
        bytes: Some(0),
    };
    let store = MemoryStore::with_retention(retention);
    let server = TestServer::with(config, Arc::new(store)).await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "plan").await;
    ada.types("0 ");
    ada.saved().await;
    let began = now();
    let gone = until("the beginning is forgotten", || async {
        ada.types("on ");
        ada.saved().await;
        let then = at(&rest, "plan", &began, "text").await;
        (then.status != 200).then_some(then)
    })
    .await;
    assert_eq!(gone.error(), (410, "history_gone".into()));
    let kept = names(&rest, "plan", json!({ "name": "kept" })).await.json();
    let text = ada.text();
    for _ in 0..20 {
        ada.types("on ");
        ada.saved().await;
    }
    assert_eq!(at(&rest, "plan", &kept["id"], "text").await.text(), text);
}

/// Random people type, delete and pause, and what one of them saw when everything was
/// saved is what the history says of that moment, folded or not, before and after a
/// restart.
#[tokio::test]
async fn random_histories_are_as_they_were_seen() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    let mut chances = seed.chances(1);
    let folder = tempfile::tempdir().unwrap();
    let fold_rows = *chances.choice(&[3, 8, 20]).unwrap();
    let open = || Arc::new(SqliteStore::open(folder.path(), Default::default()).unwrap());
    let server = TestServer::with(folding_after(fold_rows), open() as _).await;
    let people = [
        server.welcomes("Ada", "plan").await,
        server.welcomes("Ben", "plan").await,
        server.welcomes("Cleo", "plan").await,
    ];
    let mut seen = Vec::new();
    for round in 0..60 {
        for person in &people {
            for _ in 0..chances.usize(0..4) {
                let length = person.text().encode_utf16().count() as u32;
                match chances.u8(..5) {
                    0 if length > 8 => drop(person.deletes(chances.u32(..length - 6), 5)),
                    _ => drop(person.types_at(chances.u32(..=length), &format!("{round} "))),
                }
            }
        }
        for person in &people {
            person.saved().await;
        }
        // Nobody types now: this is all.
        let all = server
            .rest()
            .content("plan", "text")
            .await
            .text()
            .to_owned();
        for person in &people {
            person.sees(&all).await;
        }
        seen.push((now(), all));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let compare = async |rest: &Rest| {
        for (moment, text) in &seen {
            let then = at(rest, "plan", moment, "text").await;
            assert_eq!(then.text(), text, "seed {seed}, {moment}");
        }
    };
    compare(&server.rest()).await;
    drop(people);
    server.stops().await;
    let server = TestServer::with(folding_after(fold_rows), open() as _).await;
    compare(&server.rest()).await;
}
