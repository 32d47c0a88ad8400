//! kill -9, again and again: what anybody else has seen, what was echoed and what
//! was called saved must be there afterwards.
//!
//! `COWRITE_KILL_ROUNDS=N` kills N times, `COWRITE_SEED=…` replays the choices of
//! one run; when the process dies in them remains chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until};

use support::binary::Binary;
use support::chance::{Seed, asked_number};
use support::client::Client;
use support::reading;

const WRITERS: u64 = 4;
const DOCUMENTS: [&str; 2] = ["plan", "diary"];

/// What one writer may rely on when the server dies.
struct Promised {
    document: &'static str,
    /// All that the server ever told on this connection: others' updates and
    /// the echo of one's own.
    told: Vec<u8>,
    /// The writer's document as it was at the last barrier that was answered.
    saved: Option<Vec<u8>>,
    who: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_acknowledged_is_lost_to_kill_9() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    let rounds = asked_number("COWRITE_KILL_ROUNDS").unwrap_or(20);
    println!("COWRITE_SEED={seed} COWRITE_KILL_ROUNDS={rounds}");
    let folder = tempfile::tempdir().unwrap();
    let mut chances = seed.chances(u64::MAX);
    let mut promised: Vec<Promised> = Vec::new();
    let (mut told, mut saved) = (0, 0);
    for round in 0..=rounds {
        let mut server = Binary::serves(folder.path());
        for document in DOCUMENTS {
            let answer = server.rest().content(document, "yjs").await;
            let found = match answer.status {
                200 => answer.body.to_vec(),
                // Nobody ever wrote in it, or not for long enough.
                404 => vec![0, 0],
                _ => panic!("seed {seed}, round {round}: {answer:?}"),
            };
            for promise in promised.iter().filter(|p| p.document == document) {
                let kept = |what: &str, part: &[u8]| {
                    assert!(
                        reading::holds(&found, part),
                        "seed {seed}, round {round}: {} had {what} what is not there",
                        promise.who
                    );
                };
                kept("been told", &promise.told);
                if let Some(part) = &promise.saved {
                    kept("been promised", part);
                    saved += 1;
                }
                told += usize::from(promise.told != [0, 0]);
            }
        }
        if round == rounds {
            break;
        }
        let life = Duration::from_millis(chances.u64(10..400));
        let writers = join_all((0..WRITERS).map(|writer| {
            let document = DOCUMENTS[writer as usize % DOCUMENTS.len()];
            let who = format!("writer {writer} of round {round}");
            let address = server.address();
            async move { (document, Client::joins(address, &who, document).await) }
        }))
        .await;
        let end = Instant::now() + life;
        let writing = writers
            .into_iter()
            .enumerate()
            .map(|(writer, (document, client))| {
                let chances = seed.chances(round * WRITERS + writer as u64);
                tokio::spawn(writes(document, client, chances))
            });
        let writing: Vec<_> = writing.collect();
        sleep_until(end).await;
        server.is_killed();
        promised.clear();
        for promise in join_all(writing).await {
            promised.push(promise.unwrap());
        }
    }
    println!("held {told} documents as told and {saved} as saved");
    assert!(rounds < 10 || (told > 0 && saved > 0), "nothing was tried");
}

/// Writes, as fast as chance has it, until the server is gone.
async fn writes(document: &'static str, client: Client, mut chances: fastrand::Rng) -> Promised {
    let mut asked: Vec<(u64, Vec<u8>)> = Vec::new();
    while client.is_connected() {
        let length = client.text().encode_utf16().count() as u32;
        match chances.u8(..10) {
            0 if length > 200 => {
                let place = chances.u32(..length - 100);
                client.deletes(place, chances.u32(1..100));
            }
            1 => {
                let state = client.state();
                asked.push((client.asks_whether_saved(), state));
            }
            2 => client.types_big(&mut chances),
            _ => {
                let place = chances.u32(..=length);
                let word: String = (0..chances.usize(1..12))
                    .map(|_| chances.lowercase())
                    .collect();
                client.types_at(place, &word);
            }
        }
        // Others want to be heard, too.
        tokio::time::sleep(Duration::from_micros(chances.u64(..4000))).await;
    }
    let answered = asked
        .into_iter()
        .rev()
        .find(|(number, _)| client.looks(|seen| seen.is_saved(*number)));
    Promised {
        document,
        told: client.looks(|seen| reading::state(&seen.told)),
        saved: answered.map(|(_, state)| state),
        who: client.name().to_owned(),
    }
}

/// What only this story does.
trait Heavy {
    fn types_big(&self, chances: &mut fastrand::Rng);
}

impl Heavy for Client {
    /// A page at once, so that batches are of every size.
    fn types_big(&self, chances: &mut fastrand::Rng) {
        let letter = chances.lowercase();
        self.types(&letter.to_string().repeat(chances.usize(1..4000)));
    }
}
