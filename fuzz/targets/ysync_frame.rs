//! A WebSocket message is read within its limits and without a copy; messages
//! that are written again are read as the same; two frames in one are the
//! messages of both; and what the server says is as long as it announces and
//! reads back as what was said.

#![no_main]

use bytes::Bytes;
use cowrite::wire::lib0::Writer;
use cowrite::wire::ysync::{self, ClientMessage, Limits, ServerMessage, decode_frame};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let limits = Limits {
        frame_bytes: 1 << 14,
        messages: 1 + tape.below(16),
        clients: tape.below(16),
        barrier_bytes: tape.below(64),
    };
    match tape.below(3) {
        0 => speak(&mut tape),
        1 => {
            let one = Bytes::copy_from_slice(tape.bytes());
            let other = Bytes::copy_from_slice(tape.rest());
            both(&one, &other);
        }
        _ => hear(&Bytes::copy_from_slice(tape.rest()), &limits),
    }
});

fn hear(frame: &Bytes, limits: &Limits) {
    let decoded = match decode_frame(frame, limits) {
        Ok(decoded) => decoded,
        Err(malformed) => return assert!(malformed.offset <= frame.len(), "{malformed}"),
    };
    assert!(decoded.messages.len() <= limits.messages);
    for message in &decoded.messages {
        let body = match message {
            ClientMessage::SyncStep1(vector) => {
                assert!(vector.len() <= limits.clients);
                continue;
            }
            ClientMessage::QueryAwareness => continue,
            ClientMessage::SyncStep2(body) | ClientMessage::Update(body) => {
                assert_eq!(message.update(), Some(body));
                body
            }
            ClientMessage::Awareness(body) => body,
            ClientMessage::Barrier(body) => {
                assert!(body.len() <= limits.barrier_bytes);
                body
            }
        };
        let within = frame.as_ptr_range();
        assert!(body.is_empty() || within.contains(&body.as_ptr()), "a copy");
    }
    let again = Bytes::from(write(&decoded.messages));
    let roomy = Limits {
        frame_bytes: usize::MAX,
        ..*limits
    };
    let read = decode_frame(&again, &roomy).expect("what we write can be read");
    assert_eq!((read.messages, read.unknown), (decoded.messages, None));
}

/// Frames joined are messages joined, unless the first loses its rest.
fn both(one: &Bytes, other: &Bytes) {
    let limits = Limits::default();
    let joined = Bytes::from([&one[..], other].concat());
    let (Ok(one), other) = (decode_frame(one, &limits), decode_frame(other, &limits)) else {
        return;
    };
    if one.unknown.is_some() {
        return;
    }
    let joined = decode_frame(&joined, &limits);
    match (other, joined) {
        (Ok(other), Ok(joined)) => {
            let messages = [one.messages, other.messages].concat();
            assert_eq!((joined.messages, joined.unknown), (messages, other.unknown));
        }
        (Err(one), Err(other)) => assert_eq!(one.rule, other.rule),
        // Only together they are too many.
        (Ok(other), Err(_)) => {
            assert!(one.messages.len() + other.messages.len() >= limits.messages);
        }
        (Err(_), Ok(_)) => panic!("what cannot be read alone is read behind something else"),
    }
}

fn write(messages: &[ClientMessage]) -> Vec<u8> {
    let mut frame = Vec::new();
    let mut writer = Writer::new(&mut frame);
    for message in messages {
        let (kind, sub, body) = match message {
            ClientMessage::SyncStep1(vector) => (ysync::MESSAGE_SYNC, Some(0), vector.encode()),
            ClientMessage::SyncStep2(body) => (ysync::MESSAGE_SYNC, Some(1), body.to_vec()),
            ClientMessage::Update(body) => (ysync::MESSAGE_SYNC, Some(2), body.to_vec()),
            ClientMessage::Awareness(body) => (ysync::MESSAGE_AWARENESS, None, body.to_vec()),
            ClientMessage::Barrier(body) => (ysync::MESSAGE_BARRIER, None, body.to_vec()),
            ClientMessage::QueryAwareness => {
                writer.var_uint(ysync::MESSAGE_QUERY_AWARENESS);
                continue;
            }
        };
        writer.var_uint(kind);
        if let Some(sub) = sub {
            writer.var_uint(sub);
        }
        writer.buf(&body);
    }
    frame
}

fn speak(tape: &mut Tape<'_>) {
    let kind = tape.below(6);
    let body = Bytes::copy_from_slice(tape.rest());
    let (said, heard) = match kind {
        0 => (
            ServerMessage::SyncStep2(body.clone()),
            ClientMessage::SyncStep2(body),
        ),
        1 => (
            ServerMessage::Update(body.clone()),
            ClientMessage::Update(body),
        ),
        2 => (
            ServerMessage::Awareness(body.clone()),
            ClientMessage::Awareness(body),
        ),
        3 => (
            ServerMessage::Barrier(body.clone()),
            ClientMessage::Barrier(body),
        ),
        _ => {
            let text = String::from_utf8_lossy(&body).into_owned();
            let denied = ServerMessage::PermissionDenied(text.into());
            let read = decode_frame(&denied.to_frame(), &Limits::default());
            assert!(read.is_ok_and(|read| read == ysync::Decoded::default()));
            return;
        }
    };
    let frame = said.to_frame();
    assert_eq!(frame.len(), said.encoded_len());
    let limits = Limits {
        barrier_bytes: usize::MAX,
        ..Limits::default()
    };
    let read = decode_frame(&frame, &limits).expect("what the server says can be read");
    assert_eq!((read.messages, read.unknown), (vec![heard], None));
}
