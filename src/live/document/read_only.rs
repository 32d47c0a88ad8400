//! A document that broke too often in a row, until somebody looked at it, or of which
//! nobody knows whether it did, until it is loaded anew: it is read as it was last
//! good, and nothing is written to it.
//!
//! Reading, presence and exports go on. Of what somebody writes nothing is
//! applied, so nothing is echoed; a barrier behind it is never answered; and the
//! author is told in words, by the auth message of the protocol, which a stock
//! client shows as a warning and stays connected. A close code would either take
//! the text away from readers (44xx) or make them come back for ever.

use std::collections::HashSet;
use std::time::Instant;

use super::{Document, Stage};
use crate::id::{DocumentId, SessionId};
use crate::live::answer::DocumentError;
use crate::replica::Effect;
use crate::store::CrashHistory;
use crate::wire::ysync::{ClientMessage, ServerMessage};

/// So many updates that broke it without anything saved between them make a document
/// read-only.
const TOO_MANY_CRASHES: usize = 2;

/// So many ends of the process, while something was applied to it, do so too, or, while
/// it was loaded, keep it from being loaded. They are more than a nervous supervisor
/// causes, or somebody in a hurry: each of them may have had another reason.
pub(super) const TOO_MANY_ENDS: usize = 4;

/// Whether a document has broken too often to be written to.
pub(in crate::live) fn is_broken(crashes: &CrashHistory) -> bool {
    let CrashHistory {
        in_a_row, ended, ..
    } = crashes;
    *in_a_row >= TOO_MANY_CRASHES || in_a_row + ended >= TOO_MANY_ENDS
}

/// What such a document keeps in mind.
#[derive(Debug, Default)]
pub(super) struct ReadOnly {
    /// Who wrote something all the same: their barriers stay unanswered.
    unsaved: HashSet<SessionId>,
}

/// What an operator is told to do.
pub(super) fn how_to_release(document: &DocumentId) -> String {
    format!("stop the server, run `cowrite release {document:?}` and start it again")
}

impl Document {
    /// Whether the document takes no updates.
    pub(super) fn is_read_only(&self) -> bool {
        self.read_only.is_some()
    }

    /// What is said to whoever joins or writes.
    pub(super) fn read_only_notice(&self, session: SessionId) -> Effect {
        let reason = format!("{}. What you write is not saved", DocumentError::ReadOnly);
        Effect::Send(session, ServerMessage::PermissionDenied(reason.into()))
    }

    /// Hears what a session says in so far as that is no writing.
    pub(super) fn hear_without_writing(
        &mut self,
        session: SessionId,
        message: ClientMessage,
        now: Instant,
    ) {
        let (Some(read_only), Stage::Live(replica)) = (&mut self.read_only, &mut self.stage) else {
            return;
        };
        let Some(update) = message.update() else {
            let asks = matches!(message, ClientMessage::Barrier(_));
            if asks && read_only.unsaved.contains(&session) {
                return;
            }
            // No update: nothing that could break it.
            if let Ok(effects) = replica.receive(session, message, now) {
                self.carry_out(effects);
            }
            return;
        };
        match replica.holds(update) {
            Ok(true) => {}
            Ok(false) => {
                if read_only.unsaved.insert(session) {
                    let notice = self.read_only_notice(session);
                    self.carry_out(vec![notice]);
                }
            }
            Err(malformed) => self.carry_out(vec![Effect::Close(session, malformed.into())]),
        }
    }

    /// A session left.
    pub(super) fn forgets_unsaved(&mut self, session: SessionId) {
        if let Some(read_only) = &mut self.read_only {
            read_only.unsaved.remove(&session);
        }
    }
}
