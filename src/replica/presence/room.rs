//! How much presence there is room for: by session, and in a document.
//!
//! Everybody is told everybody's presence, so what one shows costs as much as there
//! are people.

use bytes::Bytes;

use super::{Client, Presence};
use crate::id::SessionId;
use crate::wire::awareness::{self, Entry};
use crate::wire::close::{CloseCode, Refusal};

/// Bytes of the states that one session may show, those of all its ids together.
const SESSION_BYTES: usize = 64 << 10;

/// Bytes of states that a document may have before it is crowded: then a state may
/// have no more than [`CROWDED_STATE`] bytes. So nobody who shows a name and a cursor
/// is ever kept out by those who show more.
const DOCUMENT_BYTES: usize = 512 << 10;

/// See [`DOCUMENT_BYTES`]. Editors show a few hundred.
const CROWDED_STATE: usize = 1 << 10;

impl Presence {
    /// What is kept of an entry, if it may be shown to others and there is room for
    /// it.
    pub(super) fn kept(
        &mut self,
        session: SessionId,
        entry: &Entry<'_>,
    ) -> Result<Option<Bytes>, Refusal> {
        let Some(state) = entry.state else {
            return Ok(None);
        };
        if !awareness::is_state(state) {
            let reason = "a presence state is not JSON";
            return Err(Refusal::new(CloseCode::Malformed, reason));
        }
        if state.len() > CROWDED_STATE {
            self.check_room(session, entry.client, state.len())?;
        }
        self.bytes += state.len();
        Ok(Some(Bytes::copy_from_slice(state.as_bytes())))
    }

    /// Whether a state that is not small may be shown.
    fn check_room(&mut self, session: SessionId, of: u64, bytes: usize) -> Result<(), Refusal> {
        let ids = self.speakers.get(&session).map_or(&[][..], |it| &it.ids);
        let others = ids.iter().filter(|id| **id != of);
        let shown: usize = others
            .filter_map(|id| self.clients.get(id)?.state.as_ref())
            .map(Bytes::len)
            .sum();
        if shown + bytes > SESSION_BYTES {
            let reason =
                format!("one connection may show at most {SESSION_BYTES} bytes of presence");
            return Err(Refusal::new(CloseCode::Policy, reason));
        }
        if self.bytes + bytes > DOCUMENT_BYTES {
            self.bytes = self.clients.values().map(Client::bytes).sum();
        }
        if self.bytes + bytes > DOCUMENT_BYTES {
            let reason = format!(
                "so many are here that a presence state may have at most {CROWDED_STATE} bytes"
            );
            return Err(Refusal::new(CloseCode::Policy, reason));
        }
        Ok(())
    }
}

impl Client {
    /// Bytes of its state, and of what heirs say of it.
    fn bytes(&self) -> usize {
        let heirs = self.heirs.iter().map(|heir| &heir.state);
        heirs.chain([&self.state]).flatten().map(Bytes::len).sum()
    }
}
