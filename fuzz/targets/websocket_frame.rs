//! A stream of WebSocket frames is judged alike however it is cut: the same
//! frames end, the same refusal at the same byte. What the watch lets pass is
//! what the codec behind it reads: as many frames, none above the limit, none
//! that it would still wait for. What the server writes is a frame of its length.

#![no_main]

use actix_http::ws::{Codec, ProtocolError};
use bytes::BytesMut;
use cowrite::wire::close::{CloseCode, Refusal};
use cowrite::wire::frame::{FrameWatch, Opcode, encode, encode_binary, encode_close};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;
use tokio_util::codec::Decoder;

/// Two bytes, eight of length, four of mask.
const LONGEST_HEADER: usize = 14;

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let max_payload = tape.below(1 << 12);
    let cuts = tape.bytes();
    let stream = if tape.rarely(2) {
        frames(&mut tape)
    } else {
        tape.rest().to_vec()
    };
    watch(&stream, cuts, max_payload);
    write(&stream);
});

/// Frames as a client writes them, with headers as the tape tells.
fn frames(tape: &mut Tape<'_>) -> Vec<u8> {
    let mut stream = Vec::new();
    while !tape.is_empty() && stream.len() < 1 << 14 {
        let first = match tape.byte() {
            0..128 => 0x82,
            128..140 => 0x02,
            140..150 => 0x00,
            150..160 => 0x80,
            160..170 => 0x89,
            170..180 => 0x88,
            180..190 => 0x81,
            other => other,
        };
        let mask = if tape.rarely(64) { 0 } else { 0x80 };
        let payload = tape.bytes();
        stream.push(first);
        match (tape.byte(), payload.len()) {
            (0..250, len @ 0..126) => stream.push(mask | len as u8),
            (0..254, len) => {
                stream.push(mask | 126);
                stream.extend((len as u16).to_be_bytes());
            }
            (254, len) => {
                stream.push(mask | 127);
                stream.extend((len as u64).to_be_bytes());
            }
            (255, _) => {
                stream.push(mask | 127);
                stream.extend(tape.number().to_be_bytes());
            }
        }
        stream.extend([7, 7, 7, 7]);
        stream.extend(payload);
    }
    stream
}

fn watch(stream: &[u8], cuts: &[u8], max_payload: usize) {
    let mut sizes = Vec::new();
    let whole = FrameWatch::new(max_payload).pass(stream, |frame| sizes.push(frame.bytes));
    let sound: usize = sizes.iter().sum();
    assert!(sound <= stream.len());
    if let Err(unsound) = &whole {
        assert_eq!(unsound.sound, sound, "what comes before the refused frame");
    }

    let mut watch = FrameWatch::new(max_payload);
    let (mut cut_sizes, mut at, mut lengths) = (Vec::new(), 0, cuts.iter().cycle());
    let mut refused = None;
    while at < stream.len() && refused.is_none() {
        let length = lengths
            .next()
            .map_or(stream.len(), |&cut| usize::from(cut) + 1);
        let chunk = &stream[at..(at + length).min(stream.len())];
        if let Err(unsound) = watch.pass(chunk, |frame| cut_sizes.push(frame.bytes)) {
            assert_eq!(unsound.sound, sound.saturating_sub(at), "in its chunk");
            refused = Some(unsound.refusal);
        }
        at += chunk.len();
    }
    assert_eq!(cut_sizes, sizes, "the same frames end");
    let refusal = whole.err().map(|unsound| unsound.refusal);
    assert_eq!(refused, refusal, "for the same reason");

    // The codec sees only what was passed.
    let mut passed = BytesMut::from(
        &stream[..if refusal.is_some() {
            sound
        } else {
            stream.len()
        }],
    );
    let mut codec = Codec::new().max_size(max_payload);
    let mut frames = 0;
    loop {
        match codec.decode(&mut passed) {
            Ok(Some(_)) => frames += 1,
            Ok(None) => {
                assert_eq!(frames, sizes.len(), "a frame that ended is read");
                break;
            }
            // It judges a length before the mask is there, which the watch awaits.
            Err(ProtocolError::Overflow) => {
                assert!(
                    passed.len() < LONGEST_HEADER,
                    "a frame above the limit was let pass"
                );
                break;
            }
            // How messages are made of frames is the codec's to judge.
            Err(_) => break,
        }
        assert!(frames <= sizes.len(), "a frame is read before it ended");
    }
}

fn write(payload: &[u8]) {
    for frame in [
        encode(Opcode::Binary, payload),
        encode_binary(payload.len(), |frame| frame.extend(payload)),
    ] {
        let mut read = BytesMut::from(&frame[..]);
        let mut codec = Codec::new().client_mode().max_size(payload.len());
        match codec.decode(&mut read) {
            Ok(Some(actix_http::ws::Frame::Binary(body))) => assert_eq!(body, payload),
            other => panic!("not a frame: {other:?}"),
        }
        assert!(read.is_empty());
    }
    let reason = String::from_utf8_lossy(payload).into_owned();
    let frame = encode_close(&Refusal::new(CloseCode::Policy, reason));
    assert!(frame.len() <= 2 + 125, "a close frame is a control frame");
    let mut codec = Codec::new().client_mode();
    let read = codec.decode(&mut BytesMut::from(&frame[..]));
    assert!(
        matches!(read, Ok(Some(actix_http::ws::Frame::Close(Some(_))))),
        "{read:?}"
    );
}
