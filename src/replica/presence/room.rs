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

/// Bytes of states that a document may have before it is crowded: then a state that is
/// larger than the one before it, and than [`CROWDED_STATE`], is not shown. So nobody
/// who shows a name and a cursor is ever kept out by those who show more.
const DOCUMENT_BYTES: usize = 512 << 10;

/// See [`DOCUMENT_BYTES`]. Editors show a few hundred.
const CROWDED_STATE: usize = 1 << 10;

impl Presence {
    /// Whether there is room in the document for what this says. Who has no more than
    /// before, or little, is always let in.
    pub(super) fn has_room(&mut self, session: SessionId, entry: &Entry<'_>) -> bool {
        let bytes = entry.state.map_or(0, str::len);
        let known = self.replaced(session, entry.client);
        if bytes <= CROWDED_STATE.max(known) {
            return true;
        }
        if (self.bytes + bytes).saturating_sub(known) > DOCUMENT_BYTES {
            self.bytes = self.clients.values().map(Client::bytes).sum();
        }
        (self.bytes + bytes).saturating_sub(known) <= DOCUMENT_BYTES
    }

    /// What is kept of an entry, if it may be shown to others.
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
        let ids = self.speakers.get(&session).map_or(&[][..], |it| &it.ids);
        let others = ids.iter().filter(|id| **id != entry.client);
        let shown: usize = others
            .filter_map(|id| self.clients.get(id)?.state.as_ref())
            .map(Bytes::len)
            .sum();
        if shown + state.len() > SESSION_BYTES {
            let reason =
                format!("one connection may show at most {SESSION_BYTES} bytes of presence");
            return Err(Refusal::new(CloseCode::Policy, reason));
        }
        self.bytes += state.len();
        Ok(Some(Bytes::copy_from_slice(state.as_bytes())))
    }

    /// Bytes of what a session said of a client before.
    fn replaced(&self, session: SessionId, client: u64) -> usize {
        let Some(client) = self.clients.get(&client) else {
            return 0;
        };
        let heir = client.heirs.iter().find(|heir| heir.session == session);
        let state = match heir {
            Some(heir) => &heir.state,
            None if client.owner.is_none_or(|owner| owner == session) => &client.state,
            None => &None,
        };
        state.as_ref().map_or(0, Bytes::len)
    }
}

impl Client {
    /// Bytes of its state, and of what heirs say of it.
    fn bytes(&self) -> usize {
        let heirs = self.heirs.iter().map(|heir| &heir.state);
        heirs.chain([&self.state]).flatten().map(Bytes::len).sum()
    }
}
