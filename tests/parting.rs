//! What was said before somebody left counts.

#![allow(clippy::unwrap_used)]

mod support;

use support::raw::{self, Raw};
use support::server::TestServer;
use support::{client::Client, wire};

/// Frames and the end of the connection can arrive in one read. The WebSocket
/// stream then told the error first and threw the frames away that it held: a
/// script that wrote its last words and exited lost them.
#[tokio::test]
async fn last_words_before_hanging_up_are_taken() {
    let server = TestServer::start().await;
    let ben = server.welcomes("Ben", "notes").await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    let mut socket = Raw::opens(server.address(), "notes").await;
    let mut bytes = Vec::new();
    for number in 0..100 {
        let update = ada.types(&format!("{number} "));
        bytes.extend(raw::frame(raw::FIN | raw::BINARY, &wire::update(&update)));
    }
    socket.sends(&bytes).await;
    drop(socket);
    ben.sees(&ada.text()).await;
}

/// As above, with a frame behind them that breaks the protocol. Often all of it
/// arrives before the document has seated the session; what waited for the seat
/// was thrown away then.
#[tokio::test]
async fn good_frames_before_a_bad_one_are_taken() {
    let server = TestServer::start().await;
    let ben = server.welcomes("Ben", "notes").await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    let mut socket = Raw::opens(server.address(), "notes").await;
    let mut bytes = Vec::new();
    for number in 0..20 {
        let update = ada.types(&format!("{number} "));
        bytes.extend(raw::frame(raw::FIN | raw::BINARY, &wire::update(&update)));
    }
    bytes.extend(raw::frame(raw::FIN | 3, b"no such opcode"));
    socket.sends(&bytes).await;
    assert_eq!(socket.is_ended().await, 1002);
    ben.sees(&ada.text()).await;
}

/// A frame whose first message was good and whose second ended the session left
/// the update applied and never journaled, if nobody else typed: reads over REST
/// waited for it for ever.
#[tokio::test]
async fn an_update_is_saved_although_its_frame_ends_its_session() {
    let server = TestServer::start().await;
    let ada = Client::offline(server.address(), "Ada", "notes");
    let mut socket = Raw::opens(server.address(), "notes").await;
    let frame = [
        wire::update(&ada.types("kept")),
        wire::update(b"\x01nonsense"),
        wire::query_awareness(),
    ];
    socket
        .sends_frame(raw::FIN | raw::BINARY, &frame.concat())
        .await;
    assert_eq!(socket.is_ended().await, 4400);
    let text = server.rest().state("notes").await;
    assert_eq!(text, ada.state());
}

/// One small frame of questions was answered with a copy of the document each.
#[tokio::test]
async fn a_question_that_is_repeated_within_a_frame_is_answered_once() {
    let server = TestServer::start().await;
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("asked for often");
    ada.saved().await;
    let mut socket = Raw::opens(server.address(), "notes").await;
    let mut questions = wire::step1(wire::KNOWS_NOTHING).repeat(100);
    questions.extend(wire::barrier(b"the end"));
    socket.sends_frame(raw::FIN | raw::BINARY, &questions).await;
    let mut answers = 0;
    loop {
        let heard = wire::read(&socket.hears_only(raw::BINARY).await);
        answers += heard
            .iter()
            .filter(|heard| matches!(heard, wire::Heard::Step2(_)))
            .count();
        if heard
            .iter()
            .any(|heard| matches!(heard, wire::Heard::Barrier(_)))
        {
            break;
        }
    }
    assert_eq!(answers, 1);
}
