//! kill -9 while a branch is kept: afterwards it is there, whole, or it is not there, and
//! every one that was answered is.
//!
//! `COWRITE_KILL_ROUNDS=N` kills N times, `COWRITE_SEED=…` replays the choices of one run;
//! when the process dies in them remains chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::sleep;

use support::binary::{Binary, cowrite, runs};
use support::chance::{Seed, asked_number};
use support::reading;
use support::rest::Rest;

const VERSIONS: &str = "/api/documents/plan/versions";

/// What somebody wrote without a connection.
fn state(chances: &mut fastrand::Rng) -> (Vec<u8>, String) {
    let doc = reading::new_doc(chances.u64(1..1 << 50));
    let mut words = String::new();
    for _ in 0..chances.usize(1..40_000) {
        words.push(chances.alphanumeric());
    }
    (reading::types(&doc, &words), words)
}

/// The branches that are listed, with what is in them.
async fn kept(rest: &Rest) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    let list = rest.get(&format!("{VERSIONS}?limit=900")).await;
    assert_eq!(list.status, 200, "{list:?}");
    assert_eq!(list.json().get("lost"), None, "{list:?}");
    for version in list.json()["versions"].as_array().unwrap() {
        let Some(id) = version["id"].as_str() else {
            continue;
        };
        let path = format!("/api/documents/plan/content?format=text&at={id}");
        let read = rest.get(&path).await;
        assert_eq!(read.status, 200, "{id}: {read:?}");
        kept.insert(id.to_owned(), read.text().trim().to_owned());
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_branch_is_kept_whole_or_not_at_all() {
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
    let mut answered: BTreeMap<String, String> = BTreeMap::new();
    let mut sent: Vec<String> = Vec::new();
    let (mut said, mut silent) = (0, 0);
    // Microseconds: until now and then somebody is killed in the middle, however fast it is.
    let mut longest = 60_000;
    for round in 0..rounds {
        let when = format!("seed {seed}, round {round}");
        let mut server = Binary::serves(folder.path());
        let rest = server.rest();
        let states: Vec<_> = (0..3).map(|_| state(&mut chances)).collect();
        let mut asked = Vec::new();
        for (state, text) in states {
            sent.push(digest(&text));
            let request = rest
                .request(Method::POST, VERSIONS)
                .header("content-type", "application/octet-stream")
                .body(state);
            asked.push(tokio::spawn(async move {
                let answer = request.send().await.ok()?;
                let kept: serde_json::Value = answer.json().await.ok()?;
                Some((kept["id"].as_str()?.to_owned(), text))
            }));
        }
        sleep(Duration::from_micros(chances.u64(..longest))).await;
        server.is_killed();
        let before = (said, silent);
        for asked in asked {
            match asked.await.unwrap() {
                Some((id, text)) => {
                    said += 1;
                    answered.insert(id, text);
                }
                None => silent += 1,
            }
        }
        if silent == before.1 {
            longest = (longest / 2).max(100);
        } else if said == before.0 {
            longest = (longest * 2).min(60_000);
        }
        if round % 3 == 0 {
            // Before anybody puts it right.
            let check = runs(cowrite().arg("check").arg("--data").arg(folder.path()));
            assert_eq!(check.status.code(), Some(0), "{when}: {check:?}");
        }
        let server = Binary::serves(folder.path());
        let kept = kept(&server.rest()).await;
        for (id, text) in &answered {
            assert!(kept.get(id) == Some(text), "{when}: {id} was answered");
        }
        for (id, text) in &kept {
            assert!(sent.contains(&digest(text)), "{when}: {id} is whole");
        }
    }
    assert!(rounds < 12 || said > 0, "nothing was ever answered");
    assert!(rounds < 12 || silent > 0, "nobody was killed in the middle");
    println!("{rounds} rounds: {said} answered, {silent} not; nothing in between");
}

fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}
