//! A reader that holds the document, to know whether it is identical.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cowrite::wire::lib0::Reader;
use cowrite::wire::ysync::{
    MESSAGE_AUTH, MESSAGE_QUERY_AWARENESS, MESSAGE_SYNC, SYNC_STEP_1, SYNC_STEP_2,
};
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Transact, Update};

use super::Trouble;
use super::door::{Door, Line};
use super::script::{Script, message};
use crate::socket::{Heard, Socket};
use crate::trace::client::{AUTHOR, ROOT};

/// Whoever reads a copy is nobody's author.
const NOBODY: u64 = 2;

/// A copy of the document, and the connection that feeds it.
pub struct Copy {
    door: Door,
    document: String,
    socket: Socket,
    doc: Doc,
    /// What came before the answer to step 1: not looked at until that is there.
    early: Option<Vec<Bytes>>,
    /// What was received; whoever counts from here on sets it back.
    pub received: Received,
    /// The codes with which the server ended it; 1006 for a broken connection.
    /// It came back after each.
    pub endings: Vec<u16>,
}

/// What came in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Received {
    /// WebSocket messages.
    pub messages: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// What must be equal of two copies.
#[derive(Debug, PartialEq)]
pub struct Content {
    vector: StateVector,
    text: String,
}

impl Content {
    /// Whether the other begins with this.
    pub fn is_beginning_of(&self, other: &Self) -> bool {
        other.text.starts_with(&self.text)
    }
}

impl Copy {
    /// Joins a document and reads all of it.
    pub async fn join(door: &Door, document: &str, line: Line) -> Result<Self, Trouble> {
        let mut copy = Self {
            door: door.clone(),
            document: document.to_owned(),
            socket: door.open(document, line).await?,
            doc: empty(),
            early: Some(Vec::new()),
            received: Received::default(),
            endings: Vec::new(),
        };
        copy.greet().await?;
        while copy.early.is_some() {
            copy.read().await?;
        }
        Ok(copy)
    }

    /// What a writer has who played so much of a script.
    pub fn of_author(script: &Script, sent: usize) -> Result<Content, Trouble> {
        let doc = empty();
        for message in &script.messages[..sent] {
            apply_all(&doc, message)?;
        }
        Ok(content(&doc))
    }

    /// What it has.
    pub fn content(&self) -> Content {
        content(&self.doc)
    }

    /// How much it has of the writer's.
    pub fn clock(&self) -> u32 {
        self.doc
            .transact()
            .state_vector()
            .get(&ClientID::new(AUTHOR))
    }

    /// Reads until `done`, at most until the deadline; says when it was done.
    pub async fn reads_until(
        &mut self,
        deadline: Instant,
        mut done: impl FnMut(&Self) -> bool,
    ) -> Result<Option<Instant>, Trouble> {
        while !done(self) {
            match tokio::time::timeout_at(deadline.into(), self.read()).await {
                Ok(read) => read?,
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(Instant::now()))
    }

    /// Reads for a while.
    pub async fn reads_for(&mut self, time: Duration) -> Result<(), Trouble> {
        self.reads_until(Instant::now() + time, |_| false)
            .await
            .map(drop)
    }

    /// Takes the next message; comes back with what it knows when it was ended.
    async fn read(&mut self) -> Result<(), Trouble> {
        let code = match self.socket.next().await {
            Ok(Heard::Message(message)) => {
                self.received.messages += 1;
                self.received.bytes += message.len();
                return self.take(message);
            }
            Ok(Heard::Closed(code, _)) => code,
            Err(_) => 1006,
        };
        self.endings.push(code);
        self.socket = self.door.open(&self.document, Line::Narrow).await?;
        self.greet().await
    }

    async fn greet(&mut self) -> Result<(), Trouble> {
        self.early = Some(Vec::new());
        let vector = self.doc.transact().state_vector().encode_v1();
        Ok(self.socket.send(&message(SYNC_STEP_1, &vector)).await?)
    }

    fn take(&mut self, message: Bytes) -> Result<(), Trouble> {
        match &mut self.early {
            Some(early) if message.starts_with(&[MESSAGE_SYNC as u8, SYNC_STEP_2 as u8]) => {
                let early = std::mem::take(early);
                self.early = None;
                apply_all(&self.doc, &message)?;
                early
                    .iter()
                    .try_for_each(|message| apply_all(&self.doc, message))
            }
            Some(early) => {
                early.push(message);
                Ok(())
            }
            None => apply_all(&self.doc, &message),
        }
    }
}

fn empty() -> Doc {
    Doc::with_options(Options {
        client_id: ClientID::new(NOBODY),
        offset_kind: OffsetKind::Utf16,
        cleanup_formatting: false,
        ..Options::default()
    })
}

fn content(doc: &Doc) -> Content {
    let text = doc.get_or_insert_text(ROOT);
    let transaction = doc.transact();
    Content {
        vector: transaction.state_vector(),
        text: text.get_string(&transaction),
    }
}

/// Applies all updates in a message.
fn apply_all(doc: &Doc, message: &[u8]) -> Result<(), Trouble> {
    let mut reader = Reader::new(message);
    while !reader.is_empty() {
        match reader.var_uint()? {
            MESSAGE_SYNC => {
                let kind = reader.var_uint()?;
                let body = reader.buf()?;
                if kind != SYNC_STEP_1 {
                    doc.transact_mut().apply_update(Update::decode_v1(body)?)?;
                }
            }
            MESSAGE_QUERY_AWARENESS => {}
            MESSAGE_AUTH => {
                reader.var_uint()?;
                reader.buf()?;
            }
            _ => drop(reader.buf()?),
        }
    }
    Ok(())
}
