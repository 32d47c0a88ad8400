//! Updates of those who are no sessions: taken like anybody's, and on disk before that is
//! said. Who has no copy to make one of gets one, and the turn to change it.

use bytes::Bytes;

use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::document::{Copy, Request};
use crate::live::documents::Documents;
use crate::live::memory_budget::Share;
use crate::live::registry::Call;
use crate::live::visitor::Visitor;

impl Documents {
    /// Applies an update, v1. When this succeeds, all of it is durable.
    ///
    /// # Errors
    /// Mostly nothing of it was taken then. But of one that was stopped since it
    /// took too long a part may stay, and what could not be saved, or was not
    /// answered, may be in the store all the same. To apply it again does no harm.
    ///
    /// `room` is the memory that is counted for the update; it is given back when
    /// the update is.
    pub async fn apply(
        &self,
        id: &DocumentId,
        update: Bytes,
        room: Option<Share>,
    ) -> Result<(), DocumentError> {
        self.apply_of(id, (update, None), room).await
    }

    /// The same, of a client if that is known: deletions do not say whose they are.
    pub(super) async fn apply_of(
        &self,
        id: &DocumentId,
        (update, client): (Bytes, Option<u64>),
        room: Option<Share>,
    ) -> Result<(), DocumentError> {
        self.known(id).await?;
        let apply = |reply| Request::Apply(update, client, room, reply);
        self.call(id, apply).await
    }

    /// A copy of a document to work out a change on, and the turn to make it: of the
    /// first of the states of these names that is known still, or as it is.
    pub(super) async fn copy(
        &self,
        id: &DocumentId,
        of: Option<Vec<String>>,
        by: Visitor,
    ) -> Result<Copy, DocumentError> {
        self.known(id).await?;
        self.call(id, |reply| Request::Copy(of, by, reply)).await
    }

    /// Has a document keep a state of it, by its name, for who comes back with that.
    pub(super) fn keep(&self, id: &DocumentId, name: String, state: Bytes) {
        self.registry().do_send(Call {
            document: id.clone(),
            request: Request::Keep(name, state),
        });
    }
}
