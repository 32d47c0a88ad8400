//! Who is here: cursors come, move and go with the people they belong to.

#![allow(clippy::unwrap_used)]

mod support;

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use cowrite::id::SessionId;
use cowrite::replica::presence::{Departure, OUTDATED_AFTER, Presence, WITHDRAWAL_GRACE};
use cowrite::wire::awareness::Entry;

use support::client::Client;
use support::raw::{self, Raw};
use support::server::TestServer;
use support::wire::{self, Heard, Shown};

/// How often `client` was told of `other`, withdrawals apart.
fn told_of(client: &Client, other: &Client) -> usize {
    let id = other.id();
    client.looks(|seen| {
        let of = |shown: &&Shown| shown.client == id && shown.state.is_some();
        let heard = seen.heard.iter().filter_map(|heard| match heard {
            Heard::Awareness(shown) => Some(shown.iter().filter(of).count()),
            _ => None,
        });
        heard.sum()
    })
}

/// Whether `client` was ever told that `other` is gone.
fn was_told_gone(client: &Client, other: &Client) -> bool {
    let id = other.id();
    client.looks(|seen| {
        seen.heard.iter().any(|heard| match heard {
            Heard::Awareness(shown) => shown
                .iter()
                .any(|shown| shown.client == id && shown.state.is_none()),
            _ => false,
        })
    })
}

#[tokio::test]
async fn people_see_each_other_and_themselves() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.shows("cursor", 1);
    // A lone client lives on the echo: y-websocket hangs up after silence.
    ada.sees_of(&ada, "cursor", 1).await;
    let ben = server.welcomes("Ben", "notes").await;
    ben.sees_of(&ada, "cursor", 1).await;
    ben.shows("cursor", 2);
    ada.sees_of(&ben, "cursor", 2).await;
    ada.sees_people(2).await;
    ada.shows("cursor", 3);
    ben.sees_of(&ada, "cursor", 3).await;
}

#[tokio::test]
async fn who_says_goodbye_is_gone_at_once() {
    let server = TestServer::start().await;
    let mut ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.shows("name", "Ada");
    ben.sees_of(&ada, "name", "Ada").await;
    let begun = Instant::now();
    ada.leaves().await;
    ben.misses(&ada).await;
    // Presence would be withdrawn after the grace anyhow: this came sooner.
    assert!(begun.elapsed() < WITHDRAWAL_GRACE, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn whose_connection_breaks_is_withdrawn_after_a_grace() {
    let server = TestServer::start().await;
    let mut ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.shows("name", "Ada");
    ben.sees_of(&ada, "name", "Ada").await;
    let begun = Instant::now();
    ada.drops().await;
    ben.misses(&ada).await;
    assert!(
        begun.elapsed() >= Duration::from_secs(3),
        "{:?} is too soon for somebody who may come back",
        begun.elapsed()
    );
}

#[tokio::test]
async fn who_comes_back_within_the_grace_never_left() {
    let server = TestServer::start().await;
    let mut ada = server.welcomes("Ada", "notes").await;
    let mut carol = server.welcomes("Carol", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.shows("name", "Ada");
    carol.shows("name", "Carol");
    ben.sees_people(2).await;
    ada.drops().await;
    // With the clock it had: everybody who saw a withdrawal would refuse it.
    ada.returns().await;
    // Carol goes later and for good. When she is withdrawn, Ada would have been.
    carol.drops().await;
    ben.misses(&carol).await;
    assert!(!was_told_gone(&ben, &ada));
    assert_eq!(ben.looks(|seen| seen.present()), [ada.id()]);
}

#[tokio::test]
async fn an_id_that_a_newer_connection_claims_survives_the_older_one() {
    let server = TestServer::start().await;
    let mut old = Client::with_id(server.address(), "Ada", "notes", 77);
    old.returns().await;
    old.shows("name", "Ada");
    let ben = server.welcomes("Ben", "notes").await;
    ben.sees_of(&old, "name", "Ada").await;
    // The same client on a new connection, while the server still has the old one.
    let mut new = Client::with_id(server.address(), "Ada", "notes", 77);
    new.connects().await;
    new.has_caught_up().await;
    new.shows("name", "Ada");
    new.shows("line", 2);
    new.saved().await;
    old.leaves().await;
    ben.sees_of(&new, "line", 2).await;
    new.shows("line", 3);
    ben.sees_of(&new, "line", 3).await;
    assert!(!was_told_gone(&ben, &new));
}

/// The server cannot tell a connection that died without a word from one that is
/// quiet. Somebody who comes back on a new one need not wait until it notices.
#[tokio::test]
async fn a_dead_connection_makes_room_for_the_client_that_returns() {
    let server = TestServer::start().await;
    let ben = server.welcomes("Ben", "notes").await;
    // It never answers anything, as if its network were gone.
    let mut dead = Raw::opens(server.address(), "notes").await;
    let ada = Client::with_id(server.address(), "Ada", "notes", 77);
    let here = |clock, line: u64| {
        wire::awareness(&[Shown {
            client: 77,
            clock,
            state: Some(format!(r#"{{"line":{line}}}"#)),
        }])
    };
    dead.sends_frame(raw::FIN | raw::BINARY, &here(4, 1)).await;
    ben.sees_of(&ada, "line", 1).await;
    let mut ada = ada;
    ada.connects().await;
    ada.has_caught_up().await;
    ada.says(here(4, 1));
    ada.says(here(5, 2));
    // Long before its silence would have been too long.
    ben.sees_of(&ada, "line", 2).await;
    assert!(!was_told_gone(&ben, &ada));
}

#[tokio::test]
async fn nobody_can_take_the_cursor_of_somebody_who_is_here() {
    let server = TestServer::start().await;
    let mut ada = Client::with_id(server.address(), "Ada", "notes", 77);
    ada.returns().await;
    ada.shows("name", "Ada");
    let ben = server.welcomes("Ben", "notes").await;
    ben.sees_of(&ada, "name", "Ada").await;
    for clock in [1, 2, 100, (1 << 31) - 1, (1 << 32) - 1, 1 << 53] {
        let mallory = server.welcomes("Mallory", "notes").await;
        mallory.says(wire::awareness(&[Shown {
            client: 77,
            clock,
            state: Some(r#"{"name":"Mallory"}"#.to_owned()),
        }]));
        mallory.says(wire::awareness(&[Shown {
            client: 77,
            clock,
            state: None,
        }]));
        if clock < 1 << 32 {
            mallory.saved().await;
        } else {
            assert_eq!(mallory.is_ended().await, 4400);
        }
    }
    ada.shows("line", 2);
    ben.sees_of(&ada, "line", 2).await;
    ben.sees_of(&ada, "name", "Ada").await;
    let carol = server.welcomes("Carol", "notes").await;
    carol.sees_of(&ada, "name", "Ada").await;
    assert!(!was_told_gone(&ben, &ada));
    let forged = ben.looks(|seen| format!("{:?}", seen.heard).contains("Mallory"));
    assert!(!forged, "what a stranger said of Ada was passed on");
}

#[tokio::test]
async fn what_is_repeated_of_others_is_not_passed_on() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ben.shows("name", "Ben");
    ada.shows("cursor", 1);
    ben.sees_of(&ada, "cursor", 1).await;
    ada.shows("cursor", 2);
    ben.sees_of(&ada, "cursor", 2).await;
    let told = told_of(&ben, &ada);
    // Stock providers send on whatever presence they hear, late and again; some
    // would even make up news of others.
    let repeated = |clock, cursor: u64| {
        wire::awareness(&[Shown {
            client: ada.id(),
            clock,
            state: Some(format!(r#"{{"cursor":{cursor}}}"#)),
        }])
    };
    ben.says(repeated(1, 1));
    ben.says(repeated(2, 2));
    ben.says(repeated(9, 666));
    ben.says(wire::awareness(&[Shown {
        client: ada.id(),
        clock: 2,
        state: None,
    }]));
    ben.shows("name", "Benjamin");
    ada.sees_of(&ben, "name", "Benjamin").await;
    ben.sees_of(&ben, "name", "Benjamin").await;
    assert_eq!(told_of(&ben, &ada), told);
    assert_eq!(told_of(&ada, &ada), 2);
    assert!(!was_told_gone(&ada, &ada));
    ada.shows("cursor", 3);
    ben.sees_of(&ada, "cursor", 3).await;
}

#[tokio::test]
async fn who_asks_is_told_of_everybody() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.shows("name", "Ada");
    ben.shows("name", "Ben");
    ada.sees_people(2).await;
    let told = told_of(&ada, &ben);
    ada.says(wire::query_awareness());
    ada.waits("to be told again", |_| Some(())).await;
    ada.saved().await;
    assert_eq!(told_of(&ada, &ben), told + 1);
}

#[tokio::test]
async fn a_presence_that_is_no_json_ends_its_sender() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ben.says(wire::awareness(&[Shown {
        client: ben.id(),
        clock: 1,
        state: Some("{".to_owned()),
    }]));
    assert_eq!(ben.is_ended().await, 4400);
    ada.types("undisturbed");
    ada.saved().await;
    ada.sees_people(0).await;
}

#[test]
fn who_falls_silent_is_withdrawn_and_who_renews_is_not() {
    let begin = Instant::now();
    let (ada, ben) = (session(1), session(2));
    let mut presence = Presence::default();
    let says = |client, clock| {
        [Entry {
            client,
            clock,
            state: Some("{}"),
        }]
    };
    presence.join(ada);
    presence.join(ben);
    assert_eq!(presence.receive(ada, &says(10, 1), begin), Ok(vec![10]));
    assert_eq!(presence.receive(ben, &says(20, 1), begin), Ok(vec![20]));
    let later = begin + OUTDATED_AFTER / 2;
    assert_eq!(presence.receive(ben, &says(20, 2), later), Ok(vec![20]));
    let just_before = begin + OUTDATED_AFTER - Duration::from_millis(1);
    let mut now = begin;
    // As a document does, once a second.
    let mut ticks_until = |presence: &mut Presence, end: Instant| {
        let mut gone = Vec::new();
        while now < end {
            now = end.min(now + Duration::from_secs(1));
            gone.extend(presence.tick(now));
        }
        gone
    };
    let early = ticks_until(&mut presence, just_before);
    assert_eq!(early, Vec::<u64>::new());
    assert_eq!(ticks_until(&mut presence, begin + OUTDATED_AFTER), [10]);
    assert_eq!(presence.present(), [20]);
    assert_eq!(ticks_until(&mut presence, later + OUTDATED_AFTER), [20]);
    assert_eq!(
        presence.leave(ada, Departure::Clean, later),
        Vec::<u64>::new()
    );
}

fn session(number: u64) -> SessionId {
    SessionId::numbered(NonZeroU64::new(number).unwrap())
}
