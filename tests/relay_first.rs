//! `--durability relay-first`: others see at once what somebody writes, and "saved" is
//! said when it is on disk. What was seen and lost comes back with those who saw it.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::config::Config;
use cowrite::live::Promptness;
use cowrite::store::StoreError;
use cowrite::store::memory::{Faults, MemoryStore};

use support::client::{Client, Seen};
use support::reading;
use support::rest::Rest;
use support::server::{TestServer, config};
use support::until;
use yrs::updates::decoder::Decode;

async fn server(settings: impl FnOnce(&mut Config)) -> (TestServer, Faults) {
    let mut config = config();
    config.live.promptness = Promptness::AtOnce;
    settings(&mut config);
    let store = MemoryStore::new();
    let faults = store.faults();
    (TestServer::with(config, Arc::new(store)).await, faults)
}

fn disk_full() -> StoreError {
    StoreError::Engine("the disk is full".to_owned())
}

/// What the server told on this connection.
fn told(client: &Client) -> String {
    client.looks(|seen| reading::text(&seen.told))
}

/// Whether an update of the server holds something that the client `me` wrote.
fn has_echo(seen: &Seen, me: u64) -> bool {
    let is_mine = |update: &Vec<u8>| {
        let update = yrs::Update::decode_v1(update).unwrap();
        update.insertions(true).iter().any(|(id, _)| id.get() == me)
    };
    seen.relayed().any(is_mine)
}

fn heard_an_echo(client: &Client) -> bool {
    let me = client.id();
    client.looks(|seen| has_echo(seen, me))
}

#[tokio::test]
async fn others_see_at_once_and_the_author_is_told_when_the_disk_has_it() {
    let (server, faults) = server(|_| {}).await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.types("on disk");
    ada.saved().await;
    ben.sees("on disk").await;
    assert_eq!(told(&ada), "on disk", "the echo");

    faults.hold_appends();
    ada.types(", in the air");
    let barrier = ada.asks_whether_saved();
    let all = "on disk, in the air";
    ben.sees(all).await;
    // Whoever comes late is told, too.
    let cleo = server.welcomes("Cleo", "notes").await;
    assert_eq!(cleo.text(), all);
    // This stands behind an echo in her queue, if there was one.
    ben.shows("cursor", 1);
    ada.sees_of(&ben, "cursor", 1).await;
    assert_eq!(told(&ada), "on disk", "an echo is an acknowledgement");
    assert!(!ada.looks(|seen| seen.is_saved(barrier)));

    faults.release();
    ada.hears_saved(barrier).await;
    assert_eq!(told(&ada), all, "the echo comes before the answer");
    assert!(!heard_an_echo(&ben) && !heard_an_echo(&cleo));
}

#[tokio::test]
async fn an_update_over_rest_is_seen_at_once_and_answered_when_the_disk_has_it() {
    let (server, faults) = server(|_| {}).await;
    let rest = server.rest();
    rest.post("/api/documents", r#"{"name":"notes"}"#).await;
    let ada = server.welcomes("Ada", "notes").await;
    faults.hold_appends();
    let update = Client::offline(server.address(), "a program", "notes").types("hello");
    let address = server.address();
    let answered = tokio::spawn(async move {
        let path = "/api/documents/notes/updates";
        Rest::of(address).post(path, update).await.status
    });
    ada.sees("hello").await;
    faults.until_held(1).await;
    assert!(!answered.is_finished());
    faults.release();
    assert_eq!(answered.await.unwrap(), 204);
}

/// The author is gone for good, with what only others have seen.
#[tokio::test]
async fn what_was_seen_and_lost_comes_back_with_those_who_saw_it() {
    let (server, faults) = server(|_| {}).await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    let mut ben = server.welcomes("Ben", "notes").await;
    let mut cleo = server.welcomes("Cleo", "notes").await;
    ada.types("saved");
    ada.saved().await;
    faults.hold_appends();
    ada.types(", seen");
    ben.sees("saved, seen").await;
    ben.types(", answered");
    let barrier = ben.asks_whether_saved();
    cleo.sees("saved, seen, answered").await;
    ada.drops().await;
    faults.fail_appends(1, disk_full());
    faults.release();
    assert_eq!(ben.is_ended().await, 1011);
    assert_eq!(cleo.is_ended().await, 1011);
    assert!(!heard_an_echo(&ben) && !ben.looks(|seen| seen.is_saved(barrier)));
    until("the document is back, as the disk has it", || async {
        let content = rest.content("notes", "text").await;
        (content.status == 200).then(|| assert_eq!(content.text(), "saved"))
    })
    .await;
    // One who saw it is enough.
    cleo.gets_in().await;
    cleo.saved().await;
    let all = "saved, seen, answered";
    assert_eq!(rest.content("notes", "text").await.text(), all);
    ben.gets_in().await;
    ben.types("!");
    ben.saved().await;
    cleo.sees("saved, seen, answered!").await;
    assert_eq!(server.welcomes("Dora", "notes").await.text(), cleo.text());
}

/// A diff for those who fell behind is made at once, and what was relayed while it
/// waited for memory must not fall between.
#[tokio::test]
async fn who_falls_behind_while_the_disk_stands_still_catches_up_before_it_moves() {
    let (server, faults) = server(|config| config.live.window_bytes = 64 << 10).await;
    let ada = server.welcomes("Ada", "notes").await;
    let mut ben = Client::offline(server.address(), "Ben", "notes");
    ben.has_a_narrow_pipe();
    ben.returns().await;
    faults.hold_appends();
    ben.types("Ben's own words. ");
    let barrier = ben.asks_whether_saved();
    ada.sees("Ben's own words. ").await;
    ben.dawdles();
    for round in 0..40 {
        ada.types(&format!("{round:04}").repeat(10_000));
        ada.deletes(20, 39_000);
        // Each is relayed for itself.
        ada.shows("round", round);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ben.reads_on();
    ben.sees(&ada.text()).await;
    assert!(!heard_an_echo(&ben), "not before the disk has it");
    assert!(!ben.looks(|seen| seen.is_saved(barrier)));
    faults.release();
    ben.hears_saved(barrier).await;
    let me = ben.id();
    ben.waits("to hear the echo", |seen| has_echo(seen, me).then_some(()))
        .await;
    ben.types("And on.");
    ada.sees(&ben.text()).await;
    assert!(ben.is_connected());
}
