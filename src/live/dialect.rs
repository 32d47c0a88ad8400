//! What a connection speaks. Another protocol is another variant here and
//! another file in `wire`, not another actor.

use bytes::Bytes;

use crate::wire::frame;
use crate::wire::malformed::Malformed;
use crate::wire::ysync::{self, Decoded, ServerMessage};

/// A protocol between client and server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The y-websocket protocol with the barrier of type 102.
    YWebsocket,
}

impl Dialect {
    /// Reads one WebSocket message.
    pub fn decode(self, message: &Bytes, limits: &ysync::Limits) -> Result<Decoded, Malformed> {
        match self {
            Dialect::YWebsocket => ysync::decode_frame(message, limits),
        }
    }

    /// Writes one message as a whole WebSocket frame, ready for any number of
    /// sockets.
    pub fn encode(self, message: &ServerMessage) -> Bytes {
        match self {
            Dialect::YWebsocket => {
                frame::encode_binary(message.encoded_len(), |buffer| message.encode(buffer))
            }
        }
    }
}
