//! kill -9 while a document is folded, again and again: nothing of it and nothing of
//! what it was is lost.
//!
//! `COWRITE_KILL_ROUNDS=N` kills N times, `COWRITE_SEED=…` replays the choices of one
//! run; when the process dies in them remains chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::sleep;

use support::binary::{Binary, Starting, cowrite, runs};
use support::chance::{Seed, asked_number};
use support::client::{Client, Seen};
use support::rest::Rest;

const LOG: &str = "warn,cowrite::live::document=debug";
const FOLDING: &str = "is being folded";
const FOLDED: &str = "was folded";

/// What the text was: at a moment, or as a version.
#[derive(Debug, Clone)]
struct Remembered {
    at: String,
    text: String,
}

/// Types until the server is gone, and brings back what it was at each moment at
/// which everything was saved, and which versions were made.
async fn types(client: Client, rest: Rest, mut chances: fastrand::Rng) -> Vec<Remembered> {
    let mut remembered = Vec::new();
    while client.is_connected() {
        let length = client.text().encode_utf16().count() as u32;
        match chances.u8(..6) {
            0 if length > 300 => drop(client.deletes(chances.u32(..length - 60), 50)),
            1 => drop(client.types(&"paste ".repeat(chances.usize(1..40)))),
            _ => drop(client.types_at(chances.u32(..=length), "word ")),
        }
        let text = client.text();
        let number = client.asks_whether_saved();
        let heard = client.waits("for a word, or the end", |seen: &Seen| {
            let heard = seen.is_saved(number);
            (heard || seen.end.is_some()).then_some(heard)
        });
        if !heard.await {
            break;
        }
        let now = OffsetDateTime::from(SystemTime::now());
        remembered.push(Remembered {
            at: now.format(&Rfc3339).unwrap(),
            text: text.clone(),
        });
        if chances.u8(..8) == 0 {
            let name = json!({ "name": format!("version of {length}") }).to_string();
            let post = rest.request(reqwest::Method::POST, "/api/documents/plan/versions");
            let Ok(made) = post.body(name).send().await else {
                break;
            };
            assert_eq!(made.status(), 201);
            let Ok(made) = made.bytes().await else { break };
            let made: serde_json::Value = serde_json::from_slice(&made).unwrap();
            let at = made["id"].to_string();
            remembered.push(Remembered { at, text });
        }
        // So that the next row is not of the same microsecond.
        sleep(Duration::from_micros(200)).await;
    }
    remembered
}

async fn is_as_remembered(server: &Binary, remembered: &Remembered, when: &str) {
    let Remembered { at, text } = remembered;
    let path = format!("/api/documents/plan/content?format=text&at={at}");
    let then = server.rest().get(&path).await;
    assert_eq!(
        (then.status, then.text()),
        (200, text.as_str()),
        "{when}: {at}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_history_is_lost_to_kill_9() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    let rounds = asked_number("COWRITE_KILL_ROUNDS").unwrap_or(12);
    println!("COWRITE_SEED={seed} {rounds} rounds");
    let mut chances = seed.chances(u64::MAX);
    let folder = tempfile::tempdir().unwrap();
    let mut all: Vec<Remembered> = Vec::new();
    let (mut folds, mut killed_in_a_fold) = (0, 0);
    for round in 0..rounds {
        let when = format!("seed {seed}, round {round}");
        let fold_rows = chances.choice(["2", "5", "12"]).unwrap();
        let options = ["--fold-rows", fold_rows];
        let mut server = Starting::of(folder.path(), &options, LOG).serves();
        for _ in 0..all.len().min(15) {
            let remembered = chances.choice(&all).unwrap();
            is_as_remembered(&server, remembered, &when).await;
        }
        if let Some(last) = all.last() {
            is_as_remembered(&server, last, &when).await;
        }
        let writer = server.welcomes("Ada", "plan").await;
        let life = types(writer, server.rest(), seed.chances(round));
        let life = tokio::spawn(life);
        sleep(Duration::from_millis(chances.u64(..150))).await;
        server.says(FOLDING, Duration::from_millis(400)).await;
        sleep(Duration::from_micros(chances.u64(..4_000))).await;
        server.is_killed();
        all.extend(life.await.unwrap());
        let said = server.complaints();
        let (begun, done) = (said.matches(FOLDING).count(), said.matches(FOLDED).count());
        folds += done;
        killed_in_a_fold += usize::from(begun > done);
    }
    let server = Binary::serves(folder.path());
    for remembered in &all {
        is_as_remembered(&server, remembered, &format!("seed {seed}, at the end")).await;
    }
    drop(server);
    let mut check: Command = cowrite();
    let checked = runs(check.arg("check").arg("--data").arg(folder.path()));
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "seed {seed}: {said}");
    println!(
        "{rounds} rounds: {} moments and versions, {folds} folds, {killed_in_a_fold} kills inside one; 0 lost",
        all.len()
    );
    assert!(rounds < 12 || folds > 0, "nothing was folded");
}
