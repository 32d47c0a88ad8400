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

/// What the watch saw of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// All of it.
    All,
    /// Up to the end of the header of a data frame with which its message becomes
    /// larger than [`FrameWatch::stops_at`] says; nothing behind that was looked at.
    Large {
        /// How many bytes of the chunk come before that frame.
        before: usize,
        /// How many were looked at.
        looked: usize,
        /// How large the message can become.
        bytes: usize,
    },
}

/// Walks the frames of a client's byte stream.
#[derive(Debug)]
pub struct FrameWatch {
    max_payload: u64,
    /// Messages above this are announced.
    free: u64,
    place: Place,
    /// What has come of a message in fragments, and whether it was announced.
    open: Option<(u64, bool)>,
    /// Bytes of data that have passed, without headers and control frames.
    data: u64,
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
        /// Flags and opcode.
        first: u8,
    },
}

/// A frame that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Its bytes, header included.
    pub bytes: usize,
    /// Whether a message of data ended with it.
    pub message: bool,
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
            free: u64::MAX,
            place: START,
            open: None,
            data: 0,
        }
    }

    /// Stops at messages that are larger than `free` bytes.
    pub fn stops_at(self, free: usize) -> Self {
        Self {
            free: free as u64,
            ..self
        }
    }

    /// Bytes of data that have passed so far, without headers and control frames.
    pub fn data(&self) -> u64 {
        self.data
    }

    /// Whether a message has begun and not ended.
    pub fn is_within_message(&self) -> bool {
        self.open.is_some() || !matches!(self.place, Place::Header { have: 0, .. })
    }

    /// Looks at the next bytes of the stream and tells of every frame that ends
    /// within them.
    ///
    /// # Errors
    /// [`Unsound`]: 1002 for what breaks the protocol, 1009 for a frame that is
    /// too large. The stream cannot be followed after that.
    pub fn pass(&mut self, chunk: &[u8], mut ended: impl FnMut(Ended)) -> Result<Passed, Unsound> {
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
                        let first = bytes[0];
                        self.place = Place::Payload {
                            left,
                            frame: *have,
                            goodbye: Goodbye::begin(&bytes[..*have]),
                            first,
                        };
                        if let Some(bytes) = self.grows(first, left) {
                            return Ok(Passed::Large {
                                before: sound,
                                looked: at,
                                bytes,
                            });
                        }
                    }
                }
                Place::Payload {
                    left,
                    frame,
                    goodbye,
                    first,
                } => {
                    let take = (*left).min(rest.len() as u64) as usize;
                    if is_data(*first) {
                        self.data += take as u64;
                    }
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
                first,
            } = &self.place
            {
                if let Some(goodbye) = goodbye {
                    goodbye
                        .check()
                        .map_err(|refusal| Unsound { sound, refusal })?;
                }
                ended(Ended {
                    bytes: *frame,
                    message: is_data(*first) && first & FIN != 0,
                });
                self.place = START;
                sound = at;
            }
        }
        Ok(Passed::All)
    }

    /// Counts a frame into its message. If that becomes large by it: how large it
    /// can become.
    fn grows(&mut self, first: u8, payload: u64) -> Option<usize> {
        if !is_data(first) {
            return None;
        }
        let (before, announced) = self.open.take().unwrap_or_default();
        let bytes = before.saturating_add(payload);
        let is_large = bytes > self.free;
        if first & FIN == 0 {
            self.open = Some((bytes, announced || is_large));
        }
        // Nobody knows how many fragments are to come.
        let most = match first & FIN != 0 {
            true => bytes,
            false => self.max_payload,
        };
        (is_large && !announced).then(|| usize::try_from(most).unwrap_or(usize::MAX))
    }
}

/// Whether a frame carries data; others are control frames.
const fn is_data(first: u8) -> bool {
    first & OPCODE < 0x8
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
mod tests;
