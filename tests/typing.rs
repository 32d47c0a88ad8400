//! People type, and everybody reads the same.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use support::chance::Seed;
use support::client::Client;
use support::in_time;
use support::raw::{self, Raw};
use support::server::TestServer;
use support::wire::{self, Heard, KNOWS_NOTHING};

#[tokio::test]
async fn what_one_types_the_other_reads() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.types("Hello, ");
    ben.sees("Hello, ").await;
    ben.types("Ada 👋");
    ada.sees("Hello, Ada 👋").await;
    ada.deletes(0, 7);
    ben.sees("Ada 👋").await;
}

#[tokio::test]
async fn typing_at_the_same_place_at_the_same_time_ends_in_the_same_text() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.types("[]");
    ben.sees("[]").await;
    for turn in 0..20 {
        ada.types_at(1, "a");
        ben.types_at(1, "b");
        if turn % 5 == 0 {
            ben.deletes(1, 1);
        }
    }
    for _ in 0..2 {
        ada.saved().await;
        ben.saved().await;
    }
    assert_eq!(ada.text(), ben.text());
    assert_eq!(
        ada.text().matches('a').count() + ada.text().matches('b').count(),
        36
    );
}

#[tokio::test]
async fn who_comes_late_sees_everything() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    for word in ["one ", "two ", "three"] {
        ada.types(word);
    }
    ada.deletes(0, 4);
    ada.saved().await;
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), "two three");
}

#[tokio::test]
async fn who_worked_offline_brings_it_along() {
    let server = TestServer::start().await;
    let mut ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.types("shared");
    ben.sees("shared").await;
    ada.drops().await;
    ada.types(" and mine");
    ben.types_at(0, "still ");
    ben.saved().await;
    ada.returns().await;
    ada.sees("still shared and mine").await;
    ben.sees("still shared and mine").await;
}

/// A provider that is connected sends what is typed at once, also before it has
/// answered the server's question for its offline work. The server counted each
/// such update as another one without its past and ended the connection at the
/// third (1008): whoever came back with offline work and typed on was thrown out,
/// again and again, for as long as they typed.
#[tokio::test]
async fn who_types_on_while_coming_back_is_not_thrown_out() {
    let server = TestServer::start().await;
    let mut ada = server.welcomes("Ada", "notes").await;
    ada.drops().await;
    ada.types("offline");
    ada.dawdles();
    ada.connects().await;
    for letter in [" ", "a", "n", "d", " ", "o", "n"] {
        ada.types(letter);
    }
    // The server has read all of it before Ada reads what it asked.
    let ben = server.welcomes("Ben", "notes").await;
    ada.shows("name", "Ada");
    ben.sees_of(&ada, "name", "Ada").await;
    ada.reads_on();
    ben.sees("offline and on").await;
    assert!(ada.is_connected());
}

#[tokio::test]
async fn several_messages_fit_into_one_frame() {
    let server = TestServer::start().await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    let first = ada.types("one ");
    let second = ada.types("two");
    let mut visitor = server.welcomes("a visitor", "notes").await;
    let frame = [
        wire::update(&first),
        wire::query_awareness(),
        wire::update(&second),
        wire::barrier(&7u64.to_be_bytes()),
    ];
    visitor.says(frame.concat());
    visitor.hears_saved(7).await;
    visitor.sees("one two").await;
    visitor.leaves().await;
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), "one two");
}

#[tokio::test]
async fn a_message_may_come_in_fragments() {
    let server = TestServer::start().await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    let message = wire::update(&ada.types("in three parts"));
    let ben = server.welcomes("Ben", "notes").await;
    let visitor = server.welcomes("a visitor", "notes").await;
    let (first, rest) = message.split_at(5);
    let (second, third) = rest.split_at(1);
    let part = |bytes: &[u8], data, last| {
        let bytes = Bytes::copy_from_slice(bytes);
        Message::Frame(Frame::message(bytes, OpCode::Data(data), last))
    };
    visitor.sends(part(first, Data::Binary, false));
    visitor.sends(Message::Ping(Bytes::from_static(b"between")));
    visitor.sends(part(second, Data::Continue, false));
    visitor.sends(part(third, Data::Continue, true));
    ben.sees("in three parts").await;
    visitor.sees("in three parts").await;
}

#[tokio::test]
async fn nobody_hears_of_an_update_before_it_is_on_disk() {
    let (server, faults) = TestServer::with_faults().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.types("saved");
    ben.sees("saved").await;
    ada.saved().await;

    // The first append lies at the store, the second waits for it.
    faults.hold_appends();
    ada.types(", not yet");
    faults.until_held(1).await;
    ada.types(", nor this");
    let barrier = ada.asks_whether_saved();
    // Ada: the first state, the echo, the barrier. Ben: the first state, the update.
    let told_before = |name: &str| match name {
        "Ada" => 3,
        "Ben" => 2,
        _ => 0,
    };
    let mut carol = Client::offline(server.address(), "Carol", "notes");
    carol.connects().await;
    let rest = server.rest();
    let mut content = tokio::spawn(async move { rest.content("notes", "text").await });

    // Presence waits for no disk: it comes after whatever was let out before it.
    ada.shows("turn", 1);
    carol.shows("turn", 1);
    for person in [&ada, &ben, &carol] {
        person.sees_of(&ada, "turn", 1).await;
        person.sees_of(&carol, "turn", 1).await;
        let told = person.looks(|seen| {
            let told = |heard: &&Heard| !matches!(heard, Heard::Awareness(_) | Heard::Step1(_));
            seen.heard.iter().filter(told).count()
        });
        let before = told_before(person.name());
        assert_eq!(told, before, "{} was told too early", person.name());
    }
    assert!(!ada.looks(|seen| seen.is_saved(barrier)));
    assert_eq!(ben.text(), "saved");
    let early = tokio::time::timeout(Duration::from_millis(200), &mut content).await;
    assert!(early.is_err(), "REST told too early: {early:?}");

    faults.release();
    ada.hears_saved(barrier).await;
    carol.sees("saved, not yet, nor this").await;
    ben.sees("saved, not yet, nor this").await;
    let content = in_time("REST answers", content).await.unwrap();
    assert_eq!((content.status, content.text().is_empty()), (200, false));
}

#[tokio::test]
async fn the_echo_comes_once_and_only_when_saved() {
    let (server, faults) = TestServer::with_faults().await;
    let ada = server.welcomes("Ada", "notes").await;
    faults.hold_appends();
    let update = ada.types("mine");
    faults.until_held(1).await;
    ada.shows("turn", 1);
    ada.sees_of(&ada, "turn", 1).await;
    assert_eq!(ada.looks(|seen| seen.relayed().count()), 0);
    faults.release();
    ada.saved().await;
    assert_eq!(
        ada.looks(|seen| seen.relayed().cloned().collect::<Vec<_>>()),
        [update]
    );
}

#[tokio::test]
async fn documents_do_not_leak_into_each_other() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "one").await;
    let ben = server.welcomes("Ben", "two").await;
    ada.types("for one");
    ada.shows("name", "Ada");
    ben.types("for two");
    ben.shows("name", "Ben");
    for _ in 0..2 {
        ada.saved().await;
        ben.saved().await;
    }
    assert_eq!(
        (ada.text(), ben.text()),
        ("for one".into(), "for two".into())
    );
    ada.sees_people(1).await;
    ben.sees_people(1).await;
}

#[tokio::test]
async fn a_name_may_hold_slashes_and_whatever_percent_encoding_says() {
    let server = TestServer::start().await;
    let spellings = [
        ("team/plan 2026", "/ws/team/plan%202026"),
        ("team/plan 2026", "/ws/team%2Fplan%202026?with=parameters"),
        ("100%/é", "/ws/100%25%2F%C3%A9"),
        ("100%25", "/ws/100%2525"),
        ("a+b", "/ws/a+b"),
    ];
    for (name, spelling) in spellings {
        let ada = server.welcomes("Ada", name).await;
        let mut ben = Client::offline(server.address(), "Ben", name);
        ben.connects_at(spelling).await;
        ben.has_caught_up().await;
        let before = ada.text();
        ada.types(name);
        ben.sees(&format!("{before}{name}")).await;
    }
}

#[tokio::test]
async fn a_message_of_unknown_type_keeps_the_connection() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.says([[99].as_slice(), &[1, 2, 3]].concat());
    ada.types("still here");
    ada.saved().await;
    let ben = server.welcomes("Ben", "notes").await;
    assert_eq!(ben.text(), "still here");
}

#[tokio::test]
async fn text_frames_are_not_understood() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.sends(Message::text("hello"));
    assert_eq!(ada.is_ended().await, 1003);
}

#[tokio::test]
async fn an_update_without_its_past_is_asked_for_it() {
    let server = TestServer::start().await;
    let ben = server.welcomes("Ben", "notes").await;
    let mut ada = server.welcomes("Ada", "notes").await;
    ada.drops().await;
    ada.types("lost ");
    // Ada's provider believes that all of this is known already.
    ada.connects().await;
    ada.has_caught_up().await;
    ben.sees("lost ").await;
    let asked = ada.looks(|seen| {
        seen.heard
            .iter()
            .filter(|h| matches!(h, Heard::Step1(_)))
            .count()
    });
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn a_gap_is_healed_by_asking() {
    let server = TestServer::start().await;
    let ben = server.welcomes("Ben", "notes").await;
    // A visitor carries Ada's second update, but not her first.
    let ada = Client::offline(server.address(), "Ada", "notes");
    ada.types("first ");
    let second = ada.types("second");
    let visitor = server.welcomes("a visitor", "notes").await;
    let questions = |client: &Client| {
        client.looks(|seen| {
            let step1 = |heard: &&Heard| matches!(heard, Heard::Step1(_));
            seen.heard.iter().filter(step1).count()
        })
    };
    let asked_before = questions(&visitor);
    visitor.says(wire::update(&second));
    support::until("it is asked", || async {
        (questions(&visitor) == asked_before + 1).then_some(())
    })
    .await;
    assert_eq!(ben.text(), "", "nothing of it is shown");
    visitor.says(wire::step2(&ada.state()));
    ben.sees("first second").await;
    assert!(visitor.is_connected());
}

/// A client that passed on an update without its past, and answered our question with
/// nothing, was told that all it had sent was saved. It was nowhere.
#[tokio::test]
async fn what_could_not_be_taken_is_not_called_saved() {
    let server = TestServer::start().await;
    let ben = server.welcomes("Ben", "notes").await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    ada.types("first ");
    let second = ada.types("second");
    // It answers every question with what it has: nothing.
    let visitor = server.welcomes("a visitor", "notes").await;
    visitor.says(wire::update(&second));
    let barrier = visitor.asks_whether_saved();
    ben.types("Ben's ");
    visitor.sees("Ben's ").await;
    ben.saved().await;
    assert!(!visitor.looks(|seen| seen.is_saved(barrier)), "a lie");
    // Wherever the past comes from: once it is all here, it is saved.
    visitor.says(wire::step2(&ada.state()));
    visitor
        .waits("for its barrier", |seen| {
            seen.is_saved(barrier).then_some(())
        })
        .await;
    support::until("Ben has it", || async {
        ben.text().contains("first second").then_some(())
    })
    .await;
}

#[tokio::test]
async fn three_gaps_in_a_row_are_enough() {
    let server = TestServer::start().await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    ada.types("never sent");
    let mut visitor = Raw::opens(server.address(), "notes").await;
    for word in ["a", "b", "c"] {
        // Whatever it is asked, it answers with more of the same.
        let update = ada.types(word);
        let messages = [wire::step2(&update), wire::update(&update)].concat();
        visitor.sends_frame(raw::FIN | raw::BINARY, &messages).await;
    }
    assert_eq!(visitor.is_ended().await, 1008);
}

#[tokio::test]
async fn a_malformed_update_ends_its_sender_and_nobody_else_notices() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ben.types("before");
    ada.sees("before").await;
    let malformed: [&[u8]; 4] = [&[], &[1], &[0, 0, 0], &[1, 1, 1, 0, 0xff, 0xff, 0xff]];
    for bytes in malformed {
        let stranger = server.welcomes("a stranger", "notes").await;
        stranger.says(wire::update(bytes));
        assert_eq!(stranger.is_ended().await, 4400, "{bytes:?}");
    }
    ada.types(", after");
    ben.sees("before, after").await;
    assert!(ada.is_connected() && ben.is_connected());
}

#[tokio::test]
async fn garbage_harms_only_who_sends_it() {
    let seed = Seed::asked_for().unwrap_or(Seed(0xC0FFEE));
    println!("COWRITE_SEED={seed}");
    let mut chances = seed.chances(0);
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    let ben = server.welcomes("Ben", "notes").await;
    ada.types("The quick brown fox ");
    ben.sees("The quick brown fox ").await;
    let writer = Client::offline(server.address(), "a writer", "notes");
    let mut sound = vec![
        wire::step1(KNOWS_NOTHING),
        wire::step2(&ada.state()),
        wire::query_awareness(),
        wire::barrier(b"token"),
        wire::awareness(&[wire::Shown {
            client: 77,
            clock: 1,
            state: Some(r#"{"name":"x"}"#.to_owned()),
        }]),
    ];
    sound.extend((0..8).map(|n| wire::update(&writer.types(&format!("word {n} ")))));
    for round in 0..60 {
        let mut stranger = Raw::opens(server.address(), "notes").await;
        for _ in 0..4 {
            let mut message = chances.choice(&sound).unwrap().clone();
            match chances.u8(..4) {
                0 => message.truncate(chances.usize(..message.len())),
                1 => {
                    let place = chances.usize(..message.len());
                    message[place] ^= 1 << chances.u8(..8);
                }
                2 => message.extend((0..chances.usize(1..9)).map(|_| chances.u8(..))),
                _ => {
                    message = (0..chances.usize(..40)).map(|_| chances.u8(..)).collect();
                }
            }
            stranger.sends_frame(raw::FIN | raw::BINARY, &message).await;
        }
        let reply = format!("{round} ");
        ben.types(&reply);
        ben.saved().await;
    }
    ada.saved().await;
    assert!(ada.is_connected() && ben.is_connected(), "seed {seed}");
    assert_eq!(ada.text(), ben.text(), "seed {seed}");
    for round in 0..60 {
        assert!(ada.text().contains(&format!("{round} ")), "seed {seed}");
    }
}
