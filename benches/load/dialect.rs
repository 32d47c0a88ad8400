//! How each server is spoken to: paths, greetings, and what stands around an
//! update. Everything that differs between the servers on the wire is here.
//!
//! Sources: y-protocols 1.0 (`sync.js`, `awareness.js`), y-websocket, Hocuspocus
//! 4.7 (`MessageReceiver.ts`, `OutgoingMessage.ts`), y-sweet 0.9.

use cowrite::wire::lib0::{Reader, Writer};
use cowrite::wire::ysync::{
    MESSAGE_AWARENESS, MESSAGE_SYNC, SYNC_STEP_1, SYNC_STEP_2, SYNC_UPDATE,
};

use super::Trouble;
use super::line::put_message;
use super::update;

/// Hocuspocus says with this that an update was taken.
const MESSAGE_SYNC_STATUS: u64 = 8;

/// Hocuspocus wants a token, be it empty, before anything else; and answers.
const MESSAGE_AUTH: u64 = 2;
const AUTH_TOKEN: u64 = 0;
const AUTH_DENIED: u64 = 1;

/// The language of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// y-websocket, at `/ws/<document>`.
    Cowrite,
    /// The same messages, relayed by a server that says nothing itself.
    Floor,
    /// y-websocket, at `/<document>`.
    YWebsocket,
    /// y-websocket, at `/d/<document>/ws/<document>`.
    Sweet,
    /// Every message begins with the name of its document.
    Hocuspocus,
}

/// What a server says.
#[derive(Debug, Clone, Copy)]
pub enum Heard<'a> {
    /// All that it has and the client has not.
    State(&'a [u8]),
    /// What somebody wrote.
    Update(&'a [u8]),
    /// Where somebody is.
    Presence(&'a [u8]),
    /// One more update of this client was taken.
    Taken,
    /// It will not have this client.
    Denied,
    /// Something that needs no answer here.
    Other,
}

impl Dialect {
    /// Where a document's socket is.
    pub fn path(self, document: &str) -> String {
        match self {
            Self::Cowrite | Self::Floor => format!("/ws/{document}"),
            Self::YWebsocket => format!("/{document}"),
            Self::Sweet => format!("/d/{document}/ws/{document}"),
            Self::Hocuspocus => "/".to_owned(),
        }
    }

    /// Whether the server has documents, and so something to greet with.
    pub fn has_documents(self) -> bool {
        self != Self::Floor
    }

    /// Whether authors hear their own updates.
    pub fn echoes(self) -> bool {
        matches!(self, Self::Cowrite | Self::YWebsocket | Self::Sweet)
    }

    /// The frames with which a client that has nothing begins. Its answer to the
    /// server's own question is among them: it has nothing.
    pub fn hello(self, document: &str) -> Vec<u8> {
        let mut frames = Vec::new();
        if self.has_documents() {
            if self == Self::Hocuspocus {
                self.put(&mut frames, document, |body| {
                    body.var_uint(MESSAGE_AUTH);
                    body.var_uint(AUTH_TOKEN);
                    body.str("");
                });
            }
            self.put_sync(&mut frames, document, SYNC_STEP_1, &[0]);
            self.put_sync(&mut frames, document, SYNC_STEP_2, &update::EMPTY);
        }
        frames
    }

    /// Appends a frame with an update.
    pub fn put_update(self, frames: &mut Vec<u8>, document: &str, update: &[u8]) {
        self.put_sync(frames, document, SYNC_UPDATE, update);
    }

    /// Appends a frame with a client's presence.
    pub fn put_presence(self, frames: &mut Vec<u8>, document: &str, presence: &[u8]) {
        self.put(frames, document, |body| {
            body.var_uint(MESSAGE_AWARENESS);
            body.buf(presence);
        });
    }

    fn put_sync(self, frames: &mut Vec<u8>, document: &str, step: u64, content: &[u8]) {
        self.put(frames, document, |body| {
            body.var_uint(MESSAGE_SYNC);
            body.var_uint(step);
            body.buf(content);
        });
    }

    fn put(self, frames: &mut Vec<u8>, document: &str, write: impl FnOnce(&mut Writer<'_>)) {
        let mut message = Vec::new();
        let mut body = Writer::new(&mut message);
        if self == Self::Hocuspocus {
            body.str(document);
        }
        write(&mut body);
        put_message(frames, &message);
    }

    /// Hands out what is in a frame.
    pub fn hear<'a>(self, frame: &'a [u8], mut each: impl FnMut(Heard<'a>)) -> Result<(), Trouble> {
        let mut rest = Reader::new(frame);
        while rest.finish().is_err() {
            if self == Self::Hocuspocus {
                if frame.len() == 1 {
                    // Its ping.
                    return Ok(());
                }
                rest.str()?;
            }
            let heard = match rest.var_uint()? {
                MESSAGE_SYNC => match (rest.var_uint()?, rest.buf()?) {
                    (SYNC_STEP_2, state) => Heard::State(state),
                    (SYNC_UPDATE, update) => Heard::Update(update),
                    _ => Heard::Other,
                },
                MESSAGE_AWARENESS => Heard::Presence(rest.buf()?),
                MESSAGE_SYNC_STATUS if self == Self::Hocuspocus => match rest.var_uint()? {
                    0 => Heard::Denied,
                    _ => Heard::Taken,
                },
                MESSAGE_AUTH if self == Self::Hocuspocus => {
                    let scope = rest.var_uint()?;
                    rest.str()?;
                    match scope {
                        AUTH_DENIED => Heard::Denied,
                        _ => Heard::Other,
                    }
                }
                // Whatever follows cannot be told from it.
                _ => {
                    each(Heard::Other);
                    return Ok(());
                }
            };
            each(heard);
        }
        Ok(())
    }
}
