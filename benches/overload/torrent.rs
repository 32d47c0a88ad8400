//! One client that sends as fast as its socket takes it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cowrite::wire::awareness::{self, Entry};
use cowrite::wire::lib0::Writer;
use cowrite::wire::ysync::{MESSAGE_AWARENESS, SYNC_UPDATE};

use super::door::{Door, Line};
use super::script::message;
use crate::socket::{Heard, Writing, put_message, put_ping};
use crate::trace::update;

/// So much is put together before it is sent.
const WRITE_BYTES: usize = 64 << 10;

/// A large update.
const LARGE: usize = 1 << 20;

/// Who floods; each connection after the first is the next one.
const FIRST: u64 = 1_000;

/// A server that ends a flood gets it again after this.
const BREATH: Duration = Duration::from_millis(100);

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new character, and another, and another.
    Keystrokes,
    /// The same character, which adds nothing.
    Repeats,
    /// Pings with a payload.
    Pings,
    /// Presence that changes.
    Presence,
    /// A new MiB, and another.
    Large,
    /// The same MiB, which adds nothing.
    LargeRepeats,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Keystrokes,
        Self::Repeats,
        Self::Pings,
        Self::Presence,
        Self::Large,
        Self::LargeRepeats,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keystrokes => "new keystrokes",
            Self::Repeats => "one keystroke repeated",
            Self::Pings => "pings",
            Self::Presence => "presence",
            Self::Large => "new updates of 1 MiB",
            Self::LargeRepeats => "one update of 1 MiB repeated",
        })
    }
}

/// What came of it so far.
#[derive(Debug, Default)]
pub struct Flood {
    /// Messages that the socket took.
    pub messages: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// How often the server ended the connection.
    pub endings: AtomicU64,
    /// The code of the last time; 1006 for a broken connection.
    pub code: AtomicU64,
    over: AtomicBool,
}

impl Flood {
    /// Ends it after what is being sent.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Floods a document until [`end`](Self::end); comes back when it is thrown
    /// out.
    pub async fn run(self: Arc<Self>, door: Door, document: &'static str, kind: Kind) {
        for client in FIRST.. {
            if self.is_over() {
                return;
            }
            if let Ok(socket) = door.join(document, Line::Wide).await {
                let (mut reading, mut writing) = socket.split();
                let ending = async {
                    loop {
                        match reading.next().await {
                            Ok(Heard::Message(_)) => {}
                            Ok(Heard::Closed(code, _)) => break code,
                            Err(_) => break 1006,
                        }
                    }
                };
                let code = tokio::select! {
                    code = ending => code,
                    _ = self.pour(&mut writing, Torrent::new(kind, client)) => 0,
                };
                if self.is_over() {
                    return;
                }
                self.endings.fetch_add(1, Ordering::Relaxed);
                self.code.store(u64::from(code), Ordering::Relaxed);
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Sends until over. A connection that does not take anything any more is
    /// left to whoever reads it: that is where the reason comes.
    async fn pour(&self, writing: &mut Writing, mut torrent: Torrent) {
        let mut frames = BytesMut::with_capacity(2 * WRITE_BYTES);
        while !self.is_over() {
            frames.clear();
            let messages = torrent.fill(&mut frames);
            if writing.write(&frames).await.is_err() {
                std::future::pending::<()>().await;
            }
            self.messages.fetch_add(messages, Ordering::Relaxed);
            self.bytes.fetch_add(frames.len() as u64, Ordering::Relaxed);
        }
    }
}

/// The messages of one connection, without end.
struct Torrent {
    kind: Kind,
    client: u64,
    number: u32,
    text: String,
    repeated: Bytes,
}

impl Torrent {
    fn new(kind: Kind, client: u64) -> Self {
        let text = match kind {
            Kind::Large | Kind::LargeRepeats => "x".repeat(LARGE),
            _ => "x".to_owned(),
        };
        let repeated = message(SYNC_UPDATE, &update::append(client, 0, &text));
        Self {
            kind,
            client,
            number: 0,
            text,
            repeated,
        }
    }

    /// Appends frames until there is enough; says how many.
    fn fill(&mut self, frames: &mut BytesMut) -> u64 {
        let mut messages = 0;
        while frames.len() < WRITE_BYTES {
            match self.kind {
                Kind::Keystrokes | Kind::Large => {
                    let update = update::append(self.client, self.number, &self.text);
                    put_message(frames, &message(SYNC_UPDATE, &update));
                    self.number += self.text.len() as u32;
                }
                Kind::Repeats | Kind::LargeRepeats => put_message(frames, &self.repeated),
                Kind::Pings => put_ping(frames, &[b'?'; 125]),
                Kind::Presence => {
                    self.number += 1;
                    put_message(frames, &self.presence());
                }
            }
            messages += 1;
        }
        messages
    }

    fn presence(&self) -> Vec<u8> {
        let state = format!(
            "{{\"user\":{{\"name\":\"Flood\",\"color\":\"#30bced\"}},\"cursor\":{{\"anchor\":{0},\
             \"head\":{0}}},\"filling\":\"{1:0100}\"}}",
            self.number, 0
        );
        let mut bytes = Vec::new();
        let mut message = Writer::new(&mut bytes);
        message.var_uint(MESSAGE_AWARENESS);
        message.buf(&awareness::encode([Entry {
            client: self.client,
            clock: self.number,
            state: Some(&state),
        }]));
        bytes
    }
}
