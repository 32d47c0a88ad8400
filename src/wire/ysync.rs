//! The y-websocket dialect: one document a socket, binary frames (WIRE.md §2).
//!
//! The numbers are those of y-protocols 1.0 (`sync.js`, `auth.js`) and of
//! y-websocket (`y-websocket.js`); 102 is y-sweet's addition. A frame may hold
//! several messages. Bodies are slices of the frame, nothing is copied.

use std::borrow::Cow;

use bytes::Bytes;

use super::lib0::{Reader, Writer, buf_len, var_uint_len};
use super::malformed::{Malformed, Rule};
use super::state_vector::StateVector;

/// `messageSync`: one of the three sync messages follows.
pub const MESSAGE_SYNC: u64 = 0;
/// `messageAwareness`: presence of one or more clients.
pub const MESSAGE_AWARENESS: u64 = 1;
/// `messageAuth`: from the server, why something is not allowed.
pub const MESSAGE_AUTH: u64 = 2;
/// `messageQueryAwareness`: asks for the presence of everybody.
pub const MESSAGE_QUERY_AWARENESS: u64 = 3;
/// y-sweet's `messageSyncStatus`: echoed once everything before it is durable.
pub const MESSAGE_BARRIER: u64 = 102;

/// `messageYjsSyncStep1`: a state vector, asks for what it lacks.
pub const SYNC_STEP_1: u64 = 0;
/// `messageYjsSyncStep2`: an update, the answer to step 1.
pub const SYNC_STEP_2: u64 = 1;
/// `messageYjsUpdate`: an update, on its own.
pub const SYNC_UPDATE: u64 = 2;

/// `messagePermissionDenied`: a reason in words follows.
pub const AUTH_PERMISSION_DENIED: u64 = 0;

/// What one frame may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a frame.
    pub frame_bytes: usize,
    /// Messages in a frame.
    pub messages: usize,
    /// Clients in a state vector.
    pub clients: usize,
    /// Bytes in a barrier.
    pub barrier_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 16 << 20,
            messages: 4_096,
            clients: 65_536,
            barrier_bytes: 1 << 10,
        }
    }
}

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMessage {
    /// This is what I know: send what I lack.
    SyncStep1(StateVector),
    /// An update in answer to the server's step 1; not yet inspected.
    SyncStep2(Bytes),
    /// An update on its own; not yet inspected.
    Update(Bytes),
    /// Presence; not yet read.
    Awareness(Bytes),
    /// Send me everybody's presence.
    QueryAwareness,
    /// Echo this once everything before it is durable.
    Barrier(Bytes),
}

impl ClientMessage {
    /// The update it carries, if it carries one.
    pub fn update(&self) -> Option<&Bytes> {
        match self {
            Self::SyncStep2(update) | Self::Update(update) => Some(update),
            _ => None,
        }
    }
}

/// What a frame held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decoded {
    /// The messages, in order.
    pub messages: Vec<ClientMessage>,
    /// The type of the first message that is not known. The rest of the frame
    /// after it is lost, since its length is not known either.
    pub unknown: Option<u64>,
}

/// Reads all messages of a frame. An empty frame holds none.
pub fn decode_frame(frame: &Bytes, limits: &Limits) -> Result<Decoded, Malformed> {
    if frame.len() > limits.frame_bytes {
        return Err(Malformed::new(Rule::TooLarge, 0));
    }
    let mut decoded = Decoded::default();
    let mut reader = Reader::new(frame);
    while !reader.is_empty() {
        if decoded.messages.len() >= limits.messages {
            return Err(reader.broken(Rule::CountTooLarge));
        }
        match reader.var_uint()? {
            MESSAGE_SYNC => decoded
                .messages
                .push(decode_sync(frame, &mut reader, limits)?),
            MESSAGE_AWARENESS => {
                decoded
                    .messages
                    .push(ClientMessage::Awareness(body(frame, &mut reader)?));
            }
            MESSAGE_AUTH => match reader.var_uint()? {
                // Only servers deny. A client that says so is not listened to.
                AUTH_PERMISSION_DENIED => drop(reader.str()?),
                _ => {
                    decoded.unknown = Some(MESSAGE_AUTH);
                    break;
                }
            },
            MESSAGE_QUERY_AWARENESS => decoded.messages.push(ClientMessage::QueryAwareness),
            MESSAGE_BARRIER => {
                let start = reader.position();
                let barrier = body(frame, &mut reader)?;
                if barrier.len() > limits.barrier_bytes {
                    return Err(Malformed::new(Rule::TooLarge, start));
                }
                decoded.messages.push(ClientMessage::Barrier(barrier));
            }
            unknown => {
                decoded.unknown = Some(unknown);
                break;
            }
        }
    }
    Ok(decoded)
}

fn decode_sync(
    frame: &Bytes,
    reader: &mut Reader<'_>,
    limits: &Limits,
) -> Result<ClientMessage, Malformed> {
    let start = reader.position();
    match reader.var_uint()? {
        SYNC_STEP_1 => {
            let vector = reader.buf()?;
            let offset = reader.position() - vector.len();
            let vector = StateVector::decode(vector, limits.clients)
                .map_err(|inner| Malformed::new(inner.rule, offset + inner.offset))?;
            Ok(ClientMessage::SyncStep1(vector))
        }
        SYNC_STEP_2 => Ok(ClientMessage::SyncStep2(body(frame, reader)?)),
        SYNC_UPDATE => Ok(ClientMessage::Update(body(frame, reader)?)),
        _ => Err(Malformed::new(Rule::UnknownSyncMessage, start)),
    }
}

/// A `varUint8Array` as a slice of the frame it lies in.
fn body(frame: &Bytes, reader: &mut Reader<'_>) -> Result<Bytes, Malformed> {
    let length = reader.buf()?.len();
    Ok(frame.slice(reader.position() - length..reader.position()))
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerMessage {
    /// This is what the server knows (an encoded state vector): send the rest.
    SyncStep1(Bytes),
    /// What the client lacked. The first one makes the client call itself synced.
    SyncStep2(Bytes),
    /// An update; to its author it says that the update is saved.
    Update(Bytes),
    /// Presence.
    Awareness(Bytes),
    /// The echo of a barrier: everything before it is durable.
    Barrier(Bytes),
    /// Why something is not allowed. Clients only show a warning.
    PermissionDenied(Cow<'static, str>),
}

impl ServerMessage {
    fn parts(&self) -> (u64, Option<u64>, &[u8]) {
        match self {
            Self::SyncStep1(vector) => (MESSAGE_SYNC, Some(SYNC_STEP_1), vector),
            Self::SyncStep2(update) => (MESSAGE_SYNC, Some(SYNC_STEP_2), update),
            Self::Update(update) => (MESSAGE_SYNC, Some(SYNC_UPDATE), update),
            Self::Awareness(update) => (MESSAGE_AWARENESS, None, update),
            Self::Barrier(echo) => (MESSAGE_BARRIER, None, echo),
            Self::PermissionDenied(reason) => (
                MESSAGE_AUTH,
                Some(AUTH_PERMISSION_DENIED),
                reason.as_bytes(),
            ),
        }
    }

    /// How many bytes [`encode`](Self::encode) appends.
    pub fn encoded_len(&self) -> usize {
        let (kind, sub, body) = self.parts();
        var_uint_len(kind) + sub.map_or(0, var_uint_len) + buf_len(body.len())
    }

    /// Appends the message to a frame.
    pub fn encode(&self, frame: &mut Vec<u8>) {
        let (kind, sub, body) = self.parts();
        frame.reserve(self.encoded_len());
        let mut writer = Writer::new(frame);
        writer.var_uint(kind);
        if let Some(sub) = sub {
            writer.var_uint(sub);
        }
        writer.buf(body);
    }

    /// The message as a frame of its own.
    pub fn to_frame(&self) -> Bytes {
        let mut frame = Vec::with_capacity(self.encoded_len());
        self.encode(&mut frame);
        frame.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(frame: &'static [u8]) -> Result<Decoded, Rule> {
        let limits = Limits {
            frame_bytes: 32,
            messages: 4,
            clients: 4,
            barrier_bytes: 2,
        };
        decode_frame(&Bytes::from_static(frame), &limits).map_err(|malformed| malformed.rule)
    }

    #[test]
    fn a_frame_may_hold_several_messages() {
        let frame = [0, 0, 1, 0, 0, 1, 2, 0, 0, 1, 1, 9, 3];
        let decoded = decode_frame(&Bytes::from(frame.to_vec()), &Limits::default()).unwrap();
        assert_eq!(
            decoded.messages,
            [
                ClientMessage::SyncStep1(StateVector::new()),
                ClientMessage::SyncStep2(Bytes::from_static(&[0, 0])),
                ClientMessage::Awareness(Bytes::from_static(&[9])),
                ClientMessage::QueryAwareness,
            ]
        );
        assert_eq!(decoded.unknown, None);
    }

    #[test]
    fn an_empty_frame_holds_nothing() {
        assert_eq!(decode(&[]), Ok(Decoded::default()));
    }

    #[test]
    fn an_unknown_message_loses_the_rest_of_its_frame_only() {
        let decoded = decode(&[3, 77, 0, 0]).unwrap();
        assert_eq!((decoded.messages.len(), decoded.unknown), (1, Some(77)));
    }

    #[test]
    fn a_client_that_denies_is_not_listened_to() {
        let decoded = decode(&[2, 0, 2, b'n', b'o', 3]).unwrap();
        assert_eq!(decoded.messages, [ClientMessage::QueryAwareness]);
        assert_eq!(decode(&[2, 5, 3]).unwrap().unknown, Some(MESSAGE_AUTH));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(decode(&[0]), Err(Rule::Truncated));
        assert_eq!(decode(&[0, 3, 0]), Err(Rule::UnknownSyncMessage));
        assert_eq!(decode(&[0, 2, 5, 1]), Err(Rule::Truncated));
        assert_eq!(decode(&[0, 0, 2, 1, 1]), Err(Rule::CountTooLarge));
        assert_eq!(decode(&[102, 3, 1, 2, 3]), Err(Rule::TooLarge));
        assert_eq!(decode(&[0; 33]), Err(Rule::TooLarge));
        assert_eq!(decode(&[3, 3, 3, 3, 3]), Err(Rule::CountTooLarge));
    }

    #[test]
    fn what_the_server_says_has_the_length_it_announces() {
        let body = Bytes::from(vec![7; 300]);
        for message in [
            ServerMessage::SyncStep1(body.clone()),
            ServerMessage::SyncStep2(body.clone()),
            ServerMessage::Update(body.clone()),
            ServerMessage::Awareness(body.clone()),
            ServerMessage::Barrier(body),
            ServerMessage::PermissionDenied("read only".into()),
        ] {
            assert_eq!(message.to_frame().len(), message.encoded_len());
        }
        let update = ServerMessage::Update(Bytes::from_static(&[0, 0])).to_frame();
        assert_eq!(update[..], [0, 2, 2, 0, 0]);
    }

    #[test]
    fn bodies_are_slices_of_the_frame() {
        let frame = Bytes::from(vec![0, 2, 2, 0, 0]);
        let decoded = decode_frame(&frame, &Limits::default()).unwrap();
        let [ClientMessage::Update(update)] = &decoded.messages[..] else {
            panic!("one update")
        };
        assert!(frame.as_ptr_range().contains(&update.as_ptr()));
    }
}
