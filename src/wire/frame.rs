//! WebSocket frames: a watch over those that come, the encoding of those that go.
//!
//! The [`FrameWatch`] reads only headers, as the bytes pass by, before anything
//! is buffered; so a frame that announces a gigabyte is refused at its header. Of
//! payloads it reads those of close frames, which are at most 125 bytes.
//!
//! Source: RFC 6455, section 5.2 (base framing), 5.5 (control frames) and 7.4
//! (close codes).

use bytes::{BufMut, Bytes, BytesMut};

use super::close::{CloseCode, Refusal};

/// The greatest payload of a control frame (RFC 6455, 5.5).
const MAX_CONTROL_PAYLOAD: u64 = 125;
/// The longest header of a client's frame: 2 bytes, 8 of length, 4 of mask.
const MAX_HEADER: usize = 14;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// Binary data.
    Binary = 0x2,
    /// The end of the conversation.
    Close = 0x8,
    /// Asks for a pong.
    Ping = 0x9,
    /// Answers a ping.
    Pong = 0xa,
}

/// A whole, unmasked frame as a server sends it.
pub fn encode(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 10);
    put_header(&mut frame, opcode, payload.len());
    frame.put_slice(payload);
    frame.freeze()
}

/// A binary frame whose payload of `len` bytes is written by `write`.
pub fn encode_binary(len: usize, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut frame = Vec::with_capacity(len + 10);
    put_header(&mut frame, Opcode::Binary, len);
    let header = frame.len();
    write(&mut frame);
    debug_assert_eq!(frame.len() - header, len, "a message must know its length");
    frame.into()
}

/// A close frame with code and reason.
pub fn encode_close(refusal: &Refusal) -> Bytes {
    let reason = refusal.reason();
    let mut payload = Vec::with_capacity(2 + reason.len());
    payload.put_u16(refusal.code().number());
    payload.put_slice(reason.as_bytes());
    encode(Opcode::Close, &payload)
}

fn put_header(frame: &mut impl BufMut, opcode: Opcode, len: usize) {
    frame.put_u8(FIN | opcode as u8);
    match len {
        0..=125 => frame.put_u8(len as u8),
        126..=0xffff => {
            frame.put_u8(126);
            frame.put_u16(len as u16);
        }
        _ => {
            frame.put_u8(127);
            frame.put_u64(len as u64);
        }
    }
}

/// Where a stream cannot be followed any more, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsound {
    /// How many bytes of the chunk come before the frame that is refused.
    pub sound: usize,
    /// The close code and reason that it has earned.
    pub refusal: Refusal,
}

/// Walks the frames of a client's byte stream.
#[derive(Debug)]
pub struct FrameWatch {
    max_payload: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Header {
        bytes: [u8; MAX_HEADER],
        have: usize,
    },
    Payload {
        left: u64,
        frame: usize,
        goodbye: Option<Goodbye>,
    },
}

/// A close frame as far as it has come.
#[derive(Debug)]
struct Goodbye {
    mask: [u8; 4],
    masked: Vec<u8>,
}

const START: Place = Place::Header {
    bytes: [0; MAX_HEADER],
    have: 0,
};

impl FrameWatch {
    /// Watches for frames with more than `max_payload` bytes.
    pub fn new(max_payload: usize) -> Self {
        Self {
            max_payload: max_payload as u64,
            place: START,
        }
    }

    /// Looks at the next bytes of the stream and tells the size, header
    /// included, of every frame that ends within them.
    ///
    /// # Errors
    /// [`Unsound`]: 1002 for what breaks the protocol, 1009 for a frame that is
    /// too large. The stream cannot be followed after that.
    pub fn pass(&mut self, chunk: &[u8], mut ended: impl FnMut(usize)) -> Result<(), Unsound> {
        let mut at = 0;
        // Where the frame at hand begins, as far as it begins in this chunk.
        let mut sound = 0;
        while at < chunk.len() {
            let rest = &chunk[at..];
            match &mut self.place {
                Place::Header { bytes, have } => {
                    let take = (header_len(&bytes[..*have]) - *have).min(rest.len());
                    bytes[*have..*have + take].copy_from_slice(&rest[..take]);
                    *have += take;
                    at += take;
                    let payload = read_header(&bytes[..*have], self.max_payload)
                        .map_err(|refusal| Unsound { sound, refusal })?;
                    if let Some(left) = payload {
                        self.place = Place::Payload {
                            left,
                            frame: *have,
                            goodbye: Goodbye::begin(&bytes[..*have]),
                        };
                    }
                }
                Place::Payload {
                    left,
                    frame,
                    goodbye,
                } => {
                    let take = (*left).min(rest.len() as u64) as usize;
                    *left -= take as u64;
                    *frame += take;
                    at += take;
                    if let Some(goodbye) = goodbye {
                        goodbye.masked.extend_from_slice(&rest[..take]);
                    }
                }
            }
            if let Place::Payload {
                left: 0,
                frame,
                goodbye,
            } = &self.place
            {
                if let Some(goodbye) = goodbye {
                    goodbye
                        .check()
                        .map_err(|refusal| Unsound { sound, refusal })?;
                }
                ended(*frame);
                self.place = START;
                sound = at;
            }
        }
        Ok(())
    }
}

impl Goodbye {
    /// A goodbye, if this complete header begins one.
    fn begin(header: &[u8]) -> Option<Self> {
        let is_close = header[0] & OPCODE == Opcode::Close as u8;
        let mask = *header.last_chunk()?;
        is_close.then(|| Self {
            mask,
            masked: Vec::new(),
        })
    }

    /// Whether this says goodbye as it is done: nothing, or a code that may be
    /// sent and a reason in UTF-8.
    fn check(&self) -> Result<(), Refusal> {
        let payload = self.masked.iter().zip(self.mask.iter().cycle());
        let payload: Vec<u8> = payload.map(|(byte, mask)| byte ^ mask).collect();
        let (code, reason) = match &payload[..] {
            [] => return Ok(()),
            [_] => {
                let reason = "half a close code";
                return Err(Refusal::new(CloseCode::Protocol, reason));
            }
            [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        };
        if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            let reason = format!("{code} is not a close code that may be sent");
            return Err(Refusal::new(CloseCode::Protocol, reason));
        }
        if std::str::from_utf8(reason).is_err() {
            let reason = "the reason for closing is not UTF-8";
            return Err(Refusal::new(CloseCode::NotUtf8, reason));
        }
        Ok(())
    }
}

/// What is to be known of a header as far as it is there: an error as soon as it
/// cannot become a sound one, the length of the payload once it is complete.
fn read_header(header: &[u8], max_payload: u64) -> Result<Option<u64>, Refusal> {
    if let [first, second, ..] = header {
        check_start(*first, *second)?;
    }
    if header.len() < header_len(header) {
        return Ok(None);
    }
    let payload = payload_len(header);
    if payload > max_payload {
        let reason = format!("a message may have at most {max_payload} bytes");
        return Err(Refusal::new(CloseCode::TooBig, reason));
    }
    Ok(Some(payload))
}

/// How long the header is, as far as its first bytes tell.
fn header_len(header: &[u8]) -> usize {
    match header.get(1).map(|second| second & !MASKED) {
        None => 2,
        Some(126) => 8,
        Some(127) => 14,
        Some(_) => 6,
    }
}

fn payload_len(header: &[u8]) -> u64 {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
    match header[1] & !MASKED {
        126 => number(&header[2..4]),
        127 => number(&header[2..10]),
        len => u64::from(len),
    }
}

fn check_start(first: u8, second: u8) -> Result<(), Refusal> {
    let wrong = |reason: &'static str| Err(Refusal::new(CloseCode::Protocol, reason));
    if first & RESERVED != 0 {
        return wrong("reserved bits are set and no extension was agreed on");
    }
    if second & MASKED == 0 {
        return wrong("a client's frames must be masked");
    }
    match first & OPCODE {
        0x0 | 0x2 => Ok(()),
        // Not even looked at, so that nobody need ask whether it is UTF-8.
        0x1 => {
            let reason = "this server speaks binary frames only";
            Err(Refusal::new(CloseCode::Unsupported, reason))
        }
        0x8..=0xa if first & FIN == 0 => wrong("a control frame must not be fragmented"),
        0x8..=0xa if u64::from(second & !MASKED) > MAX_CONTROL_PAYLOAD => {
            wrong("a control frame may have at most 125 bytes")
        }
        0x8..=0xa => Ok(()),
        _ => wrong("unknown opcode"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        frame.push(first);
        match payload.len() {
            len @ 0..=125 => frame.push(MASKED | len as u8),
            len @ 126..=0xffff => {
                frame.push(MASKED | 126);
                frame.extend((len as u16).to_be_bytes());
            }
            len => {
                frame.push(MASKED | 127);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        frame
    }

    fn code(result: Result<(), Unsound>) -> Option<u16> {
        result.err().map(|unsound| unsound.refusal.code().number())
    }

    #[test]
    fn frames_are_counted_however_the_stream_is_cut() {
        let frames = [
            client_frame(0x82, b"hello"),
            client_frame(0x89, b""),
            client_frame(0x82, &[7; 70_000]),
        ];
        let stream = frames.concat();
        for cut in [1, 2, 3, 7, 64, 4096, stream.len()] {
            let mut watch = FrameWatch::new(1 << 20);
            let mut sizes = Vec::new();
            for chunk in stream.chunks(cut) {
                watch.pass(chunk, |size| sizes.push(size)).unwrap();
            }
            assert_eq!(
                sizes,
                frames.iter().map(Vec::len).collect::<Vec<_>>(),
                "cut every {cut}"
            );
        }
    }

    #[test]
    fn a_frame_that_announces_too_much_is_refused_at_its_header() {
        let mut watch = FrameWatch::new(1000);
        let header = [0x82, MASKED | 127, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4];
        assert_eq!(code(watch.pass(&header, |_| {})), Some(1009));
    }

    #[test]
    fn what_breaks_the_protocol_is_refused_with_1002() {
        let pass = |bytes: &[u8]| code(FrameWatch::new(1000).pass(bytes, |_| {}));
        assert_eq!(pass(&[0xc2, MASKED]), Some(1002), "a reserved bit");
        assert_eq!(pass(&[0x83, MASKED]), Some(1002), "an unknown opcode");
        assert_eq!(pass(&[0x82, 5]), Some(1002), "no mask");
        assert_eq!(pass(&[0x09, MASKED]), Some(1002), "a fragmented ping");
        assert_eq!(pass(&[0x89, MASKED | 126]), Some(1002), "a long ping");
    }

    #[test]
    fn text_is_refused_with_1003() {
        let begun = FrameWatch::new(1000).pass(&[0x01, MASKED], |_| {});
        assert_eq!(code(begun), Some(1003));
    }

    #[test]
    fn a_goodbye_is_read_however_it_is_cut() {
        let pass = |payload: &[u8]| {
            let mut frame = vec![0x88, MASKED | payload.len() as u8, 1, 2, 3, 4];
            let mask = [1, 2, 3, 4].into_iter().cycle();
            frame.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
            let codes = [1, 3, 64].map(|cut| {
                let mut watch = FrameWatch::new(1000);
                let passed = frame
                    .chunks(cut)
                    .try_for_each(|chunk| watch.pass(chunk, |_| {}));
                code(passed)
            });
            assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
            codes[0]
        };
        let with = |code: u16, reason: &[u8]| [&code.to_be_bytes()[..], reason].concat();
        assert_eq!(pass(b""), None);
        assert_eq!(pass(&with(1000, "schön".as_bytes())), None);
        assert_eq!(pass(&with(4999, &[b'x'; 123])), None);
        assert_eq!(pass(&[3]), Some(1002));
        for number in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
            assert_eq!(pass(&with(number, b"")), Some(1002), "{number}");
        }
        assert_eq!(pass(&with(1000, b"\xff")), Some(1007));
    }

    #[test]
    fn what_comes_before_a_bad_frame_is_good() {
        let good = client_frame(0x82, b"hello");
        let stream = [&good[..], &[0x83, MASKED]].concat();
        let mut ended = 0;
        let unsound = FrameWatch::new(1000)
            .pass(&stream, |_| ended += 1)
            .unwrap_err();
        assert_eq!((unsound.sound, ended), (good.len(), 1));
    }

    #[test]
    fn lengths_are_written_in_the_shortest_form() {
        assert_eq!(encode(Opcode::Pong, b"x")[..], [0x8a, 1, b'x']);
        assert_eq!(encode(Opcode::Binary, &[0; 126])[..4], [0x82, 126, 0, 126]);
        assert_eq!(encode(Opcode::Binary, &[0; 65536])[..4], [0x82, 127, 0, 0]);
    }
}
