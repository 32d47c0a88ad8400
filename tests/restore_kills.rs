//! kill -9 while a document is made what it was: afterwards it is that, or what it was
//! before, and never in between; and both can be read in history.
//!
//! `COWRITE_KILL_ROUNDS=N` kills N times, `COWRITE_SEED=…` replays the choices of one
//! run; when the process dies in them remains chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use support::binary::Binary;
use support::chance::{Seed, asked_number};
use support::rest::{Rest, answer};

async fn content(rest: &Rest, at: &str) -> String {
    let path = format!("/api/documents/plan/content?format=markdown{at}");
    let read = rest.get(&path).await;
    assert_eq!(read.status, 200, "{at}: {read:?}");
    read.text().to_owned()
}

async fn writes(rest: &Rest, markdown: &str) {
    let path = "/api/documents/plan/content?format=markdown";
    let wrote = rest.request(Method::PUT, path).body(markdown.to_owned());
    assert_eq!(answer(wrote).await.status, 200);
}

async fn names(rest: &Rest, name: &str) -> u64 {
    let body = json!({ "name": name }).to_string();
    let made = rest.post("/api/documents/plan/versions", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_u64().unwrap()
}

fn document(chances: &mut fastrand::Rng, round: u64) -> String {
    let mut markdown = format!("# Round {round}\n");
    for number in 0..chances.usize(1..60) {
        let words = "word ".repeat(chances.usize(1..30));
        markdown += &format!("\n{number} {}\n", words.trim_end());
    }
    markdown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_what_it_was_or_what_it_is() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    let rounds = asked_number("COWRITE_KILL_ROUNDS").unwrap_or(12);
    println!("COWRITE_SEED={seed} {rounds} rounds");
    let mut chances = seed.chances(u64::MAX);
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    let begin = json!({ "name": "plan" }).to_string();
    assert_eq!(
        server.rest().post("/api/documents", begin).await.status,
        201
    );
    drop(server);
    let mut remembered: Vec<(u64, String)> = Vec::new();
    let (mut restored, mut untouched) = (0, 0);
    for round in 0..rounds {
        let when = format!("seed {seed}, round {round}");
        let mut server = Binary::serves(folder.path());
        let rest = server.rest();
        let (was, is) = (document(&mut chances, round), document(&mut chances, round));
        for text in [&was, &is] {
            writes(&rest, text).await;
            let version = names(&rest, &format!("{round} of {}", text.len())).await;
            remembered.push((version, text.clone()));
        }
        let version = remembered[remembered.len() - 2].0;
        let asked = rest.request(
            Method::POST,
            &format!("/api/documents/plan/versions/{version}/restore"),
        );
        let asked =
            tokio::spawn(async move { asked.send().await.is_ok_and(|it| it.status() == 200) });
        sleep(Duration::from_micros(chances.u64(..60_000))).await;
        server.is_killed();
        let said_so = asked.await.unwrap();
        let server = Binary::serves(folder.path());
        let rest = server.rest();
        let now = content(&rest, "").await;
        match now {
            now if now == was => restored += 1,
            now => {
                assert_eq!(now, is, "{when}");
                assert!(!said_so, "{when}: it was said to be restored");
                untouched += 1;
            }
        }
        for (version, text) in &remembered {
            let then = content(&rest, &format!("&at={version}")).await;
            assert_eq!(&then, text, "{when}: version {version}");
        }
    }
    assert!(rounds < 12 || restored > 0, "nothing was ever restored");
    println!("{rounds} rounds: {restored} restored, {untouched} not; 0 in between");
}
