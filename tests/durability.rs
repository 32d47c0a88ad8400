//! kill -9, again and again: what anybody else has seen, what was echoed and what
//! was called saved must be there afterwards.
//!
//! So with `--durability fsync` and `os`; with `relay-first` what others have seen
//! may be gone, and what was echoed or called saved may not.
//!
//! `COWRITE_KILL_ROUNDS=N` kills N times (and N / 5 times inside a migration, and in
//! each of the other modes), `COWRITE_SEED=…` replays the choices of one run; when
//! the process dies in them remains chance.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use cowrite::store::sqlite::SCHEMA_VERSION;
use futures_util::future::join_all;
use reqwest::Method;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use support::binary::{Binary, Starting, copy_of};
use support::chance::{Seed, asked_number};
use support::client::{Client, Seen};
use support::promise::{Kept, Promise, echoed};
use support::reading;
use support::rest::{Rest, encoded};

/// So many write in each document, over sockets.
const WRITERS: usize = 2;
const DOCUMENTS: [&str; 3] = ["plan", "diary", "list"];
/// After so many rounds everybody goes on to new documents: the story is about
/// many small ones being folded, not about few that grow.
const ROUNDS_OF_A_DOCUMENT: u64 = 20;

/// What the server says of folds and of documents that leave memory.
const LOG: &str = "warn,cowrite::live::document=debug";
const FOLDING: &str = "is being folded";
const FOLDED: &str = "was folded";
const LEAVES: &str = "leaves memory";

/// What a promise is, by `--durability`: whether to be told something is one.
fn counts(durability: &str, promise: &Promise) -> bool {
    durability != "relay-first" || !matches!(promise.what, "told" | "read")
}

/// When a server dies.
#[derive(Debug, Clone, Copy)]
enum Death {
    /// At any moment of a short life.
    Anytime(Duration),
    /// So long after a fold began, if one begins.
    InFold(Duration),
    /// After documents that nobody needed left memory.
    OldAge(Duration),
    /// While it starts.
    AtBirth(Duration),
}

impl Death {
    fn by(chances: &mut fastrand::Rng) -> Self {
        let mut within = |range: std::ops::Range<u64>| Duration::from_micros(chances.u64(range));
        match within(0..20).as_micros() {
            0..=8 => Self::Anytime(within(5_000..250_000)),
            9..=16 => Self::InFold(within(0..6_000)),
            17 => Self::OldAge(within(1_500_000..2_300_000)),
            _ => Self::AtBirth(within(0..25_000)),
        }
    }
}

/// What the rounds came to.
#[derive(Debug, Default)]
struct Tally {
    promises: HashMap<&'static str, usize>,
    killed_in_a_fold: usize,
    killed_while_starting: usize,
    folds: usize,
    left_memory: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_acknowledged_is_lost_to_kill_9() {
    let rounds = asked_number("COWRITE_KILL_ROUNDS").unwrap_or(20);
    let tally = kills("fsync", rounds).await;
    if rounds >= 20 {
        for what in ["told", "echoed", "saved", "answered 204", "read"] {
            assert!(tally.promises.contains_key(what), "nobody was {what}");
        }
        assert!(tally.folds > 0, "nothing was folded");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_is_anything_that_was_echoed_where_others_hear_first() {
    let tally = kills("relay-first", some_rounds()).await;
    for what in ["echoed", "saved", "answered 204"] {
        assert!(tally.promises.contains_key(what), "nobody was {what}");
    }
}

/// The system outlives the process, and has what was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_is_anything_that_was_only_written() {
    let tally = kills("os", some_rounds()).await;
    for what in ["told", "echoed", "saved", "answered 204", "read"] {
        assert!(tally.promises.contains_key(what), "nobody was {what}");
    }
}

/// A fifth of what is asked for, and enough that nobody lives in vain.
fn some_rounds() -> u64 {
    let rounds = asked_number("COWRITE_KILL_ROUNDS").unwrap_or(0);
    rounds.div_ceil(5).max(8)
}

/// Kills a server of this `--durability` so often, and finds every promise kept.
async fn kills(durability: &str, rounds: u64) -> Tally {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed} {rounds} rounds, {durability}");
    let folder = tempfile::tempdir().unwrap();
    let mut chances = seed.chances(u64::MAX);
    let mut tally = Tally::default();
    let mut promised = Vec::new();
    for round in 0..rounds {
        let generation = round / ROUNDS_OF_A_DOCUMENT;
        let documents = DOCUMENTS.map(|name| format!("{name} {generation}"));
        let death = Death::by(&mut chances);
        let fold_rows = chances.choice(["2", "8", "32", "200"]).unwrap();
        let options = ["--fold-rows", fold_rows, "--idle-timeout", "0"];
        let options = [&options[..], &["--durability", durability]].concat();
        let starting = Starting::of(folder.path(), &options, LOG);
        if let Death::AtBirth(age) = death {
            sleep(age).await;
            starting.dies();
            tally.killed_while_starting += 1;
            continue;
        }
        let mut server = starting.serves();
        keeps(
            &server,
            &promised,
            &mut tally,
            &format!("{durability}, seed {seed}, round {round}"),
        )
        .await;
        promised.clear();
        let lives = lives(&server, &documents, seed, round).await;
        match death {
            Death::Anytime(age) | Death::OldAge(age) => sleep(age).await,
            Death::InFold(age) => {
                server.says(FOLDING, Duration::from_millis(400)).await;
                sleep(age).await;
            }
            Death::AtBirth(_) => {}
        }
        server.is_killed();
        for life in lives {
            let told = life.await.unwrap().into_iter();
            promised.extend(told.filter(|promise| counts(durability, promise)));
        }
        let said = server.complaints();
        let (begun, done) = (said.matches(FOLDING).count(), said.matches(FOLDED).count());
        tally.folds += done;
        tally.killed_in_a_fold += usize::from(begun > done);
        tally.left_memory += said.matches(LEAVES).count();
        if round % 100 == 99 {
            println!("after {} rounds: {tally:?}", round + 1);
        }
    }
    let server = Binary::serves(folder.path());
    keeps(
        &server,
        &promised,
        &mut tally,
        &format!("{durability}, seed {seed}, at the end"),
    )
    .await;
    println!("{rounds} rounds, {durability}: {tally:?}");
    tally
}

/// Looks whether every promise was kept.
async fn keeps(server: &Binary, promised: &[Promise], tally: &mut Tally, when: &str) {
    let mut found = HashMap::new();
    for promise in promised {
        let Promise {
            document,
            what,
            kept,
            who,
        } = promise;
        if !found.contains_key(document) {
            let answer = server.rest().content(document, "yjs").await;
            let state = match answer.status {
                200 => answer.body.to_vec(),
                // Nobody ever wrote in it, or not for long enough.
                404 => vec![0, 0],
                _ => panic!("{when}: {answer:?}"),
            };
            found.insert(document.clone(), state);
        }
        assert!(
            kept.is_in(&found[document]),
            "{when}: {who} was {what} of something in {document:?} that is not there"
        );
        *tally.promises.entry(what).or_default() += usize::from(!kept.is_nothing());
    }
}

/// Everybody who does something until the server is gone; each brings back what
/// they were promised.
async fn lives(
    server: &Binary,
    documents: &[String],
    seed: Seed,
    round: u64,
) -> Vec<JoinHandle<Vec<Promise>>> {
    let address = server.address();
    let mut number = round * 100;
    let mut next = |what: &str| {
        number += 1;
        (seed.chances(number), format!("{what} {number}"))
    };
    let writers = documents
        .iter()
        .flat_map(|document| [document; WRITERS])
        .map(|document| {
            let (chances, who) = next("writer");
            async move {
                let client = Client::joins(address, &who, document).await;
                (client, document.clone(), chances)
            }
        });
    let writers: Vec<_> = writers.collect();
    let mut lives = Vec::new();
    for (client, document, chances) in join_all(writers).await {
        lives.push(tokio::spawn(writes(client, document, chances)));
    }
    for document in documents {
        let (chances, who) = next("program");
        let rest = server.rest();
        lives.push(tokio::spawn(posts(rest, document.clone(), who, chances)));
        let (chances, who) = next("reader");
        let rest = server.rest();
        lives.push(tokio::spawn(reads(rest, document.clone(), who, chances)));
        let (chances, who) = next("latecomer");
        let client = Client::offline(address, &who, document);
        lives.push(tokio::spawn(comes_late(client, document.clone(), chances)));
    }
    let (chances, who) = next("guest");
    let document = format!("guestbook {round}");
    let client = Client::offline(address, &who, &document);
    lives.push(tokio::spawn(comes_and_goes(client, document, chances)));
    lives
}

/// Writes over a socket, as fast as chance has it.
async fn writes(client: Client, document: String, mut chances: fastrand::Rng) -> Vec<Promise> {
    let mut asked: Vec<(u64, Vec<u8>)> = Vec::new();
    while client.is_connected() {
        let length = client.text().encode_utf16().count() as u32;
        match chances.u8(..20) {
            0 | 1 if length > 200 => {
                let place = chances.u32(..length - 100);
                client.deletes(place, chances.u32(1..100));
            }
            2 | 3 => {
                let state = client.state();
                asked.push((client.asks_whether_saved(), state));
            }
            // A page at once, so that batches are of every size.
            4 => drop(client.types(&word(&mut chances).repeat(200))),
            _ => {
                let place = chances.u32(..=length);
                client.types_at(place, &word(&mut chances));
            }
        }
        // Others want to be heard, too.
        sleep(Duration::from_micros(chances.u64(..4000))).await;
    }
    promises(&client, &document, asked)
}

/// What a client was promised: all that the server ever told on this connection,
/// others' updates and the echo of its own; what of its own it heard in an update,
/// and all it wrote before that; and its document as it was at the last barrier that
/// was answered.
fn promises(client: &Client, document: &str, asked: Vec<(u64, Vec<u8>)>) -> Vec<Promise> {
    let promise = |what, kept| Promise {
        document: document.to_owned(),
        what,
        kept,
        who: client.name().to_owned(),
    };
    let told = client.looks(|seen| reading::state(&seen.told));
    let told = promise("told", Kept::Update(told));
    let (me, clock) = (client.id(), echoed(client));
    let echoed = (clock > 0).then(|| promise("echoed", Kept::Until { client: me, clock }));
    let saved = asked
        .into_iter()
        .rev()
        .find(|(number, _)| client.looks(|seen| seen.is_saved(*number)))
        .map(|(_, state)| promise("saved", Kept::Update(state)));
    [told].into_iter().chain(echoed).chain(saved).collect()
}

/// Posts updates.
async fn posts(
    rest: Rest,
    document: String,
    who: String,
    mut chances: fastrand::Rng,
) -> Vec<Promise> {
    let mine = reading::new_doc(chances.u64(1..1 << 32));
    let path = format!("/api/documents/{}/updates", encoded(&document));
    let create = rest.request(Method::POST, "/api/documents");
    let _ = create
        .body(format!("{{\"name\":{document:?}}}"))
        .send()
        .await;
    let mut taken = vec![vec![0, 0]];
    loop {
        sleep(Duration::from_micros(chances.u64(..8000))).await;
        let update = reading::types(&mine, &word(&mut chances));
        let request = rest.request(Method::POST, &path).body(update.clone());
        match request.send().await {
            Ok(answer) if answer.status() == 204 => taken.push(update),
            Ok(answer) => panic!("{who}: {answer:?}"),
            Err(_) => break,
        }
    }
    let update = yrs::merge_updates_v1(&taken).unwrap();
    let what = "answered 204";
    vec![Promise {
        document,
        what,
        kept: Kept::Update(update),
        who,
    }]
}

/// Reads exports; the last one that was answered counts.
async fn reads(
    rest: Rest,
    document: String,
    who: String,
    mut chances: fastrand::Rng,
) -> Vec<Promise> {
    let path = format!("/api/documents/{}/content?format=yjs", encoded(&document));
    let mut last = vec![0, 0];
    loop {
        sleep(Duration::from_micros(chances.u64(..20_000))).await;
        let Ok(answer) = rest.request(Method::GET, &path).send().await else {
            break;
        };
        if answer.status() == 200 {
            let Ok(body) = answer.bytes().await else {
                break;
            };
            last = body.to_vec();
        }
    }
    vec![Promise {
        document,
        what: "read",
        kept: Kept::Update(last),
        who,
    }]
}

/// Joins in the middle of things and only listens.
async fn comes_late(
    mut client: Client,
    document: String,
    mut chances: fastrand::Rng,
) -> Vec<Promise> {
    sleep(Duration::from_millis(chances.u64(..150))).await;
    if client.tries_to_connect().await {
        client.waits_for_the_end().await;
    }
    promises(&client, &document, Vec::new())
}

/// Opens a document alone, writes, makes sure, leaves, and comes back when it
/// has left memory.
async fn comes_and_goes(
    mut client: Client,
    document: String,
    mut chances: fastrand::Rng,
) -> Vec<Promise> {
    let mut saved = vec![0, 0];
    while client.tries_to_connect().await {
        for _ in 0..40 {
            client.types(&word(&mut chances));
            let state = client.state();
            let number = client.asks_whether_saved();
            let heard = client.waits("for a word, or the end", |seen: &Seen| {
                let heard = seen.is_saved(number);
                (heard || seen.end.is_some()).then_some(heard)
            });
            if heard.await {
                saved = state;
            }
        }
        if !client.is_connected() {
            break;
        }
        client.leaves().await;
        sleep(Duration::from_millis(1300)).await;
    }
    let who = client.name().to_owned();
    vec![Promise {
        document,
        what: "saved",
        kept: Kept::Update(saved),
        who,
    }]
}

fn word(chances: &mut fastrand::Rng) -> String {
    (0..chances.usize(1..12))
        .map(|_| chances.lowercase())
        .collect()
}

/// Takes the database in a folder back to the first layout: without checksums of
/// records and a second record of what is acknowledged, without crashes and history.
fn as_version_1(place: &Path) {
    let database = rusqlite::Connection::open(place.join("cowrite.db")).unwrap();
    database
        .execute_batch(
            "DROP TABLE history; DROP TABLE versions; DROP TABLE authors;
             DROP TABLE crashes; DROP TABLE losses; DROP TABLE generation;
             ALTER TABLE documents DROP COLUMN checksum;
             ALTER TABLE journal DROP COLUMN client; PRAGMA user_version = 1;",
        )
        .unwrap();
    std::fs::remove_file(place.join("cowrite.db-rows")).unwrap();
}

fn version(place: &Path) -> i32 {
    let database = rusqlite::Connection::open(place.join("cowrite.db")).unwrap();
    database
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_is_killed_loses_nothing() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    let rounds = asked_number("COWRITE_KILL_ROUNDS")
        .unwrap_or(20)
        .div_ceil(5);
    println!("COWRITE_SEED={seed} {rounds} migrations");
    let mut chances = seed.chances(u64::MAX - 1);
    let old = tempfile::tempdir().unwrap();
    let mut server = Starting::of(old.path(), &["--fold-rows", "8"], "warn").serves();
    for document in DOCUMENTS {
        let ada = server.welcomes("Ada", document).await;
        for _ in 0..20 {
            ada.types(&word(&mut chances));
            ada.saved().await;
        }
    }
    // Not stopped: what a killed server of the old version left behind.
    server.is_killed();
    as_version_1(old.path());
    let (mut before, mut between, mut after) = (0, 0, 0);
    for round in 0..rounds {
        let copy = copy_of(old.path());
        // Killed until one of the starts got through.
        for _ in 0..chances.usize(1..4) {
            let mut starting = Starting::of(copy.path(), &[], "info");
            let begins = "is brought from layout";
            let found = starting.says(begins, Duration::from_secs(10)).await;
            assert!(found, "{}", starting.dies());
            sleep(Duration::from_micros(chances.u64(0..12_000))).await;
            starting.dies();
            match version(copy_of(copy.path()).path()) {
                1 => before += 1,
                SCHEMA_VERSION => {
                    after += 1;
                    break;
                }
                _ => between += 1,
            }
        }
        let server = Binary::serves(copy.path());
        let reference = Binary::serves(copy_of(old.path()).path());
        for document in DOCUMENTS {
            let (found, kept) = (
                server.rest().state(document).await,
                reference.rest().state(document).await,
            );
            assert!(
                reading::holds(&found, &kept) && reading::holds(&kept, &found),
                "seed {seed}, round {round}: {document:?} is not what it was"
            );
        }
        assert_eq!(version(copy.path()), SCHEMA_VERSION);
    }
    println!(
        "{rounds} rounds: killed {before} times before the first step, {between} between, {after} after"
    );
}
