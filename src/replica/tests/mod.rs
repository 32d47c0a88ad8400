//! Stories about one document, told without a socket or a disk.

mod lagging;
mod ordering;
mod presence;
mod promptness;
mod updates;

use std::num::NonZeroU64;
use std::time::Instant;

use bytes::Bytes;
use yrs::{ClientID, Doc, GetString, Options, ReadTxn, StateVector, Text, Transact};

use super::{Effect, Limits, Pace, Promptness, Replica};
use crate::id::SessionId;
use crate::wire::ysync::{ClientMessage, ServerMessage};

pub(super) fn session(number: u64) -> SessionId {
    SessionId::numbered(NonZeroU64::new(number).unwrap())
}

/// Somebody who edits: a Yrs document of their own.
pub(super) struct Editor {
    pub doc: Doc,
    pub session: SessionId,
}

impl Editor {
    pub fn new(number: u64) -> Self {
        let options = Options {
            client_id: ClientID::new(number),
            ..super::yrs_document::options()
        };
        Self {
            doc: Doc::with_options(options),
            session: session(number),
        }
    }

    /// Types at the end of the text `t` and returns what the provider would send.
    pub fn types(&self, text: &str) -> Bytes {
        let body = self.doc.get_or_insert_text("t");
        let mut txn = self.doc.transact_mut();
        body.push(&mut txn, text);
        txn.encode_update_v1().into()
    }

    /// Types so many letters at the beginning of the text `t`, one before the
    /// other, each a long word: blocks that do not join.
    pub fn prepends(&self, letters: usize) -> Bytes {
        let body = self.doc.get_or_insert_text("t");
        let mut txn = self.doc.transact_mut();
        for _ in 0..letters {
            body.insert(&mut txn, 0, &"y".repeat(100));
        }
        txn.encode_update_v1().into()
    }

    /// Erases all of the text `t`.
    pub fn erases(&self) -> Bytes {
        let body = self.doc.get_or_insert_text("t");
        let mut txn = self.doc.transact_mut();
        let all = body.len(&txn);
        body.remove_range(&mut txn, 0, all);
        txn.encode_update_v1().into()
    }
}

/// A replica and its disk, which writes when told to.
pub(super) struct Desk {
    pub replica: Replica,
    pub now: Instant,
    pub journal: Vec<Bytes>,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            replica: Replica::empty(Limits::default()),
            now: Instant::now(),
            journal: vec![],
        }
    }

    /// The same where others hear of updates before the disk does.
    pub fn at_once() -> Self {
        let desk = Self::new();
        Self {
            replica: desk.replica.that_tells(Promptness::AtOnce),
            ..desk
        }
    }

    pub fn seat(&mut self, editor: &Editor) {
        self.replica.join(editor.session);
    }

    pub fn receive(&mut self, editor: &Editor, message: ClientMessage) -> Vec<Effect> {
        let mut effects = self
            .replica
            .receive(editor.session, message, self.now)
            .unwrap();
        let worked = self.replica.work(&mut || Pace::Go).unwrap();
        effects.extend(worked.unwrap().effects);
        effects
    }

    pub fn update(&mut self, editor: &Editor, update: Bytes) -> Vec<Effect> {
        self.receive(editor, ClientMessage::Update(update))
    }

    /// Writes what waits to the journal and says so.
    pub fn write(&mut self) -> Vec<Effect> {
        match self.replica.depart().unwrap() {
            Some(update) => {
                self.journal.push(update);
                self.replica.durable()
            }
            None => Vec::new(),
        }
    }

    pub fn text(&self) -> String {
        let text = self.replica.doc().get_or_insert_text("t");
        text.get_string(&self.replica.doc().transact())
    }

    /// The document as it would be after a restart.
    pub fn reloaded(&self) -> Replica {
        Replica::load(&self.journal.iter().collect::<Vec<_>>(), Limits::default()).unwrap()
    }
}

/// Whether an effect tells `session` to send what is missing.
pub(super) fn asks(effects: &[Effect], session: SessionId) -> bool {
    effects.iter().any(
        |effect| matches!(effect, Effect::Send(to, ServerMessage::SyncStep1(_)) if *to == session),
    )
}

pub(super) fn close_code(effects: &[Effect]) -> Option<u16> {
    effects.iter().find_map(|effect| match effect {
        Effect::Close(_, refusal) => Some(refusal.code().number()),
        _ => None,
    })
}

pub(super) fn whole(doc: &Doc) -> Bytes {
    doc.transact()
        .encode_state_as_update_v1(&StateVector::default())
        .into()
}
