//! Documents are found by what they say, shortly after it is on disk, and not by what they
//! said before.
//!
//! `COWRITE_SEED` replays hostile questions.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use support::binary::Binary;
use support::chance::Seed;
use support::rest::{Answer, Rest};
use support::server::{TestServer, config};

/// A server whose index does not wait long.
async fn server() -> TestServer {
    let mut config: Config = config();
    config.search.pause = Duration::from_millis(20);
    config.search.longest = Duration::from_millis(200);
    TestServer::with(config, Arc::new(MemoryStore::default()) as _).await
}

async fn asks(rest: &Rest, question: &str, more: &str) -> Answer {
    let question = utf8_percent_encode(question, NON_ALPHANUMERIC);
    rest.get(&format!("/api/search?q={question}{more}")).await
}

async fn results(rest: &Rest, question: &str) -> Vec<Value> {
    let answer = asks(rest, question, "").await;
    assert_eq!(answer.status, 200, "{question:?}: {answer:?}");
    answer.json()["results"].as_array().unwrap().clone()
}

async fn names(rest: &Rest, question: &str) -> Vec<String> {
    let found = results(rest, question).await;
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    found.iter().map(name).collect()
}

/// Waits until these, and no others, are found.
async fn finds(rest: &Rest, question: &str, expected: &[&str]) {
    support::until(&format!("{question:?} finds {expected:?}"), || async {
        (names(rest, question).await == expected).then_some(())
    })
    .await;
}

async fn makes(rest: &Rest, name: &str, markdown: &str) {
    let begin = json!({ "name": name, "title": format!("The {name}"), "content": markdown, "format": "markdown" });
    let made = rest.post("/api/documents", begin.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
}

#[tokio::test]
async fn what_is_typed_is_found_and_what_is_gone_is_not() {
    let server = server().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "team/plan").await;
    ada.types("We meet at the lighthouse.");
    ada.saved().await;
    finds(&rest, "lighthouse", &["team/plan"]).await;
    // As somebody types it.
    finds(&rest, "meet ligh", &["team/plan"]).await;
    let found = results(&rest, "lighthouse").await;
    let excerpt = found[0]["excerpt"].as_array().unwrap();
    assert_eq!(
        excerpt[0],
        json!({ "text": "We meet at the ", "match": false })
    );
    assert_eq!(excerpt[1], json!({ "text": "lighthouse", "match": true }));
    let length = ada.text().encode_utf16().count() as u32;
    ada.deletes(0, length);
    ada.types("We stay at home.");
    ada.saved().await;
    finds(&rest, "lighthouse", &[]).await;
    finds(&rest, "home", &["team/plan"]).await;
}

#[tokio::test]
async fn a_deleted_document_is_not_found_and_a_restored_one_is() {
    let server = server().await;
    let rest = server.rest();
    makes(&rest, "plan", "Something about otters.\n").await;
    makes(&rest, "notes", "Nothing.\n").await;
    finds(&rest, "otters", &["plan"]).await;
    finds(&rest, "the", &["notes", "plan"]).await;
    assert_eq!(rest.delete("/api/documents/plan").await.status, 204);
    assert_eq!(names(&rest, "otters").await, [""; 0]);
    assert_eq!(
        rest.post("/api/documents/plan/restore", "").await.status,
        200
    );
    finds(&rest, "otters", &["plan"]).await;
}

#[tokio::test]
async fn titles_count_more_and_names_are_found_too() {
    let server = server().await;
    let rest = server.rest();
    makes(&rest, "otters", "Nothing else.\n").await;
    makes(
        &rest,
        "zoo",
        "There are otters, otters and otters. And a lot of other things.\n",
    )
    .await;
    finds(&rest, "otters", &["otters", "zoo"]).await;
    let only = asks(&rest, "otters", "&prefix=zo").await.json();
    assert_eq!(only["results"].as_array().unwrap().len(), 1);
    // What was found is the title: the text begins like this.
    let found = results(&rest, "otters").await;
    assert_eq!(
        found[0]["excerpt"],
        json!([{ "text": "Nothing else.", "match": false }])
    );
}

#[tokio::test]
async fn words_of_any_script_are_found() {
    let server = server().await;
    let rest = server.rest();
    for (name, text) in [
        ("german", "Über den Wolken ist die Freiheit grenzenlos"),
        ("japanese", "来週の東京タワーの見学について"),
        ("arabic", "مرحبا بالعالم الجديد"),
        ("waves", "see you 👋 soon"),
    ] {
        makes(&rest, name, text).await;
    }
    for (question, name) in [
        ("uber wolken", "german"),
        ("GRENZEN", "german"),
        ("東京", "japanese"),
        ("見学", "japanese"),
        ("タワー", "japanese"),
        ("بالعالم", "arabic"),
        ("👋", "waves"),
    ] {
        finds(&rest, question, &[name]).await;
    }
    assert_eq!(names(&rest, "京東").await, [""; 0]);
}

#[tokio::test]
async fn pages_are_whole_and_have_no_doubles() {
    let server = server().await;
    let rest = server.rest();
    for number in 0..23 {
        makes(
            &rest,
            &format!("d{number:02}"),
            &"penguin ".repeat(1 + number % 4),
        )
        .await;
    }
    support::until("all are found", || async {
        let all = asks(&rest, "penguin", "&limit=100").await.json();
        (all["results"].as_array().unwrap().len() == 23).then_some(())
    })
    .await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = asks(&rest, "penguin", &format!("&limit=5{cursor}"))
            .await
            .json();
        for one in page["results"].as_array().unwrap() {
            seen.push(one["name"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 23);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 23);
}

/// Nothing that anybody types is an operator of the database, or an error of it.
#[tokio::test]
async fn hostile_questions_are_words() {
    let server = server().await;
    let rest = server.rest();
    makes(&rest, "plan", "alpha beta NEAR gamma\n").await;
    finds(&rest, "alpha", &["plan"]).await;
    finds(&rest, "near", &["plan"]).await;
    for question in [
        "alpha NOT beta",
        "alpha OR delta",
        "title:beta",
        "-alpha",
        "^alpha",
        "alph*a",
    ] {
        let found = asks(&rest, question, "").await;
        assert_eq!(found.status, 200, "{question:?}");
    }
    assert_eq!(names(&rest, "alpha OR delta").await, [""; 0]);
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    let mut chances = seed.chances(0);
    const PIECES: [&str; 24] = [
        "\"", "'", "*", "(", ")", "{", "}", ":", "^", "-", "+", "NEAR(", "AND", "OR", "NOT",
        "alpha", " ", "\u{200b}", "\0", "\u{1}", "東", "👋", "%", ";",
    ];
    for round in 0..300 {
        let count = chances.usize(0..20);
        let question: String = (0..count)
            .map(|_| PIECES[chances.usize(0..PIECES.len())])
            .collect();
        let found = asks(&rest, &question, "").await;
        assert_eq!(
            found.status, 200,
            "seed {seed}, round {round}: {question:?} {found:?}"
        );
    }
    for (path, code) in [
        ("/api/search".to_owned(), "bad_request"),
        (format!("/api/search?q={}", "a".repeat(513)), "bad_request"),
        ("/api/search?q=a&limit=0".to_owned(), "bad_request"),
        ("/api/search?q=a&cursor=x".to_owned(), "bad_request"),
    ] {
        let answer = rest.get(&path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["error"]["code"], code);
    }
}

/// kill -9 before anything was indexed, then an index full of nonsense: the next process
/// finds everything all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_behind_or_damaged_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves(folder.path());
    let ada = server.welcomes("Ada", "plan").await;
    ada.types("the walrus");
    ada.saved().await;
    server.is_killed();
    let mut server = Binary::serves(folder.path());
    finds(&server.rest(), "walrus", &["plan"]).await;
    server.is_killed();
    let index = folder.path().join("cowrite.search.db");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&index).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // Sound at its beginning, and nonsense behind.
    let mut bytes = fs::read(&index).unwrap();
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.path().join(format!("cowrite.search.db{ending}")));
    }
    let sound = 4096.min(bytes.len());
    bytes[sound..].fill(0xA5);
    bytes.resize(bytes.len().max(40_000), 0xA5);
    fs::write(&index, bytes).unwrap();
    let mut server = Binary::serves(folder.path());
    support::until("it is found again", || async {
        let answer = asks(&server.rest(), "walrus", "").await;
        assert!(answer.status == 200 || answer.status == 503, "{answer:?}");
        (answer.status == 200 && !answer.json()["results"].as_array().unwrap().is_empty())
            .then_some(())
    })
    .await;
    server.is_killed();
    fs::write(&index, b"no database at all").unwrap();
    let server = Binary::serves(folder.path());
    finds(&server.rest(), "walrus", &["plan"]).await;
}
