//! Work is bounded: an update whose integration is quadratic in Yrs holds up
//! neither other documents nor its own for long, and an honest one passes
//! however large it is.
//!
//! `COWRITE_WORK_FIGURES=1 cargo test --release --test guard_work figures -- --nocapture`
//! prints what the costliest updates known cost.

#![allow(clippy::unwrap_used)]

mod guard_session;
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cowrite::id::SessionId;
use cowrite::replica::{Applied, Effect, Limits, Pace, Replica, UpdateRefused};
use cowrite::store::memory::MemoryStore;
use cowrite::store::sqlite::SqliteStore;
use cowrite::wire::ysync::ClientMessage;
use guard_session::toil;
use support::client::Client;
use support::server::{TestServer, config};
use support::wire;

/// A document without sockets and disk, and a session at it.
struct Desk {
    replica: Replica,
    session: SessionId,
    journal: Vec<Bytes>,
}

/// How an update was taken.
#[derive(Debug)]
struct Account {
    turns: u32,
    longest: Duration,
    took: Duration,
    effects: Vec<Effect>,
}

impl Desk {
    fn new() -> Self {
        let mut replica = Replica::empty(Limits::default());
        let session = SessionId::fresh();
        replica.join(session);
        Self {
            replica,
            session,
            journal: Vec::new(),
        }
    }

    /// Takes an update in turns of five milliseconds, for as long as it may take.
    fn takes(&mut self, update: &[u8]) -> Account {
        let patience = self.replica.patience(update.len());
        let began = Instant::now();
        let message = ClientMessage::Update(Bytes::copy_from_slice(update));
        let mut effects = self.replica.receive(self.session, message, began).unwrap();
        let mut longest = began.elapsed();
        let mut turns = 1;
        loop {
            let turn = Instant::now();
            let worked = self.replica.work(&mut || match turn.elapsed() {
                _ if began.elapsed() > patience => Pace::Stop,
                elapsed if elapsed > Duration::from_millis(5) => Pace::Pause,
                _ => Pace::Go,
            });
            longest = longest.max(turn.elapsed());
            if let Some(worked) = worked.unwrap() {
                effects.extend(worked.effects);
                break;
            }
            turns += 1;
        }
        let took = began.elapsed();
        self.writes();
        Account {
            turns,
            longest,
            took,
            effects,
        }
    }

    fn writes(&mut self) {
        if let Some(row) = self.replica.depart().unwrap() {
            self.journal.push(row);
            self.replica.durable();
        }
    }

    /// The document loads again, from its journal and from a snapshot.
    fn reloads(&self) {
        let rows: Vec<&Bytes> = self.journal.iter().collect();
        for parts in [rows, vec![&self.replica.snapshot()]] {
            let loaded = Replica::load(&parts, Limits::default()).unwrap();
            assert_eq!(loaded.fingerprint(), self.replica.fingerprint());
        }
    }
}

/// Updates that build on each other, each of a kind that is slow in yrs.
fn toils(size: u64) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let text = toil::long_text(1, (6 * size) as usize);
    vec![
        (
            "holes in a text",
            vec![text.clone(), toil::holes(1, size, 6)],
        ),
        ("wedges in a text", vec![text, toil::wedges(2, 1, size, 6)]),
        (
            "letters",
            vec![toil::letters(1, 4 * size), toil::erasure(1, 0, 4 * size)],
        ),
        (
            "beads",
            vec![toil::beads(1, 2 * size), toil::erasure(1, 0, size)],
        ),
        ("a crowd", vec![toil::crowd(size.min(60_000))]),
        ("rivals", vec![toil::rivals(size)]),
    ]
}

#[test]
fn what_is_slow_in_yrs_is_taken_in_turns_and_loads_again() {
    for (name, updates) in toils(2_000) {
        let mut desk = Desk::new();
        for update in updates {
            let account = desk.takes(&update);
            assert_eq!(account.effects, [], "{name}");
        }
        desk.reloads();
    }
}

/// A text of a megabyte that was typed letter by letter, and is one block in
/// yrs, was taken for a million blocks: to select and erase it all took ten
/// seconds, and then the author was ended for it.
#[test]
fn to_erase_what_was_typed_for_long_is_cheap() {
    let mut desk = Desk::new();
    desk.takes(&toil::letters(1, 100_000));
    let account = desk.takes(&toil::erasure(1, 0, 100_000));
    assert_eq!((account.turns, account.effects), (1, vec![]));
    desk.reloads();
}

#[test]
fn what_is_stopped_keeps_what_was_done_and_the_rest_can_follow() {
    let mut desk = Desk::new();
    desk.takes(&toil::long_text(1, 6_000));
    let holes = Bytes::from(toil::holes(1, 1_000, 6));
    assert!(matches!(desk.replica.apply(&holes), Ok(Applied::Begun)));
    let mut slices = 0;
    let worked = desk.replica.work(&mut || {
        slices += 1;
        if slices > 10 { Pace::Stop } else { Pace::Go }
    });
    let worked = worked.unwrap().expect("it was stopped");
    assert!(matches!(worked.refused, Some(UpdateRefused::Laborious)));
    assert!(!desk.replica.is_working());
    desk.writes();
    desk.reloads();
    let stopped = desk.replica.fingerprint();
    assert_eq!(desk.journal.len(), 2, "what was done is journaled");
    // Whoever comes back with all of it goes on where it was stopped.
    assert_eq!(desk.takes(&holes).effects, []);
    assert_ne!(desk.replica.fingerprint(), stopped);
    desk.reloads();
}

#[tokio::test]
async fn a_toilsome_update_ends_its_author_and_nobody_else() {
    let mut config = config();
    // Both documents live on one thread.
    config.live.threads = 1;
    config.live.limits.work = Duration::from_secs(5);
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(SqliteStore::open(folder.path(), Default::default()).unwrap());
    let server = TestServer::with(config.clone(), open()).await;
    let ben = server.welcomes("Ben", "quiet").await;
    let mallory = server.welcomes("Mallory", "busy").await;
    let ada = server.welcomes("Ada", "busy").await;
    ada.types("hello");
    ada.saved().await;

    mallory.says(wire::update(&toil::crowd(60_000)));
    let busy = async {
        assert_eq!(mallory.is_ended().await, 1008);
        Instant::now()
    };
    let quiet = async {
        // Each of these waits for the thread on which the other is worked on.
        for _ in 0..2 {
            ben.types("x");
            ben.saved().await;
        }
        Instant::now()
    };
    let (ended, answered) = tokio::join!(busy, quiet);
    assert!(answered < ended, "the other document had to wait");
    ada.types(" again");
    ada.saved().await;
    let state = ada.text();
    assert!(state.contains("hello") && state.contains(" again"));
    server.stops().await;

    let server = TestServer::with(config, open()).await;
    let carol = server.welcomes("Carol", "busy").await;
    assert!(carol.text().contains(" again"), "the document loads again");
    server.stops().await;
}

#[tokio::test]
async fn over_rest_a_toilsome_update_is_refused_with_a_reason() {
    let mut config = config();
    config.live.limits.work = Duration::ZERO;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let ada = server.welcomes("Ada", "busy").await;
    ada.types("hello");
    ada.saved().await;
    let refused = server
        .rest()
        .post("/api/documents/busy/updates", toil::crowd(60_000))
        .await;
    assert!(
        refused.text().contains("far more work"),
        "{}",
        refused.text()
    );
    assert_eq!(refused.status, 422);
    ada.types(" again");
    ada.saved().await;
    server.stops().await;
}

#[tokio::test]
async fn an_honest_paste_of_ten_megabytes_passes() {
    let mut config = config();
    config.live.credit_bytes = 32 << 20;
    config.live.window_bytes = 64 << 20;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let ada = server.welcomes("Ada", "book").await;
    let page = "All happy families are alike. ".repeat(350_000);
    ada.types(&page);
    ada.saved().await;
    // And ten thousand paragraphs that were written offline.
    let mut ben = Client::offline(server.address(), "Ben", "book");
    for number in 0..10_000 {
        ben.types_at(0, &format!("{number}\n"));
    }
    ben.returns().await;
    ben.saved().await;
    let carol = server.welcomes("Carol", "book").await;
    assert_eq!(carol.text().len(), ben.text().len());
    assert!(carol.text().len() > page.len());
    server.stops().await;
}

#[test]
fn figures() {
    if std::env::var_os("COWRITE_WORK_FIGURES").is_none() {
        return;
    }
    for (name, updates) in toils(300_000) {
        let mut desk = Desk::new();
        for update in updates {
            let Account {
                turns,
                longest,
                took,
                effects,
            } = desk.takes(&update);
            let bytes = update.len();
            let ended = if effects.is_empty() {
                "taken"
            } else {
                "stopped"
            };
            println!(
                "{name}, {bytes} bytes: {ended} after {took:.2?} in {turns} turns, the longest {longest:.1?}"
            );
        }
        let rows: Vec<&Bytes> = desk.journal.iter().collect();
        let began = Instant::now();
        Replica::load(&rows, Limits::default()).unwrap();
        println!("{name}: loaded again in {:.2?}", began.elapsed());
    }
}
