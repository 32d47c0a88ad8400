//! Whether there is a document: it is made, empty or with something in it, deleted, which
//! puts a tombstone on it, and brought back.

use bytes::Bytes;

use crate::export::{Format, ImportError};
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::document::Request;
use crate::live::documents::Documents;
use crate::live::memory_budget::Share;
use crate::live::scribe::Read;
use crate::live::visitor::Visitor;
use crate::store::Record;

impl Documents {
    /// What the store knows of a document that is not deleted.
    pub(super) async fn known(&self, id: &DocumentId) -> Result<Record, DocumentError> {
        let record = self
            .store()
            .describe(id)
            .await?
            .ok_or(DocumentError::NotFound)?;
        match record.deleted {
            Some(_) => Err(DocumentError::Deleted),
            None => Ok(record),
        }
    }

    /// Makes an empty document, on the account of `by`.
    pub async fn create(&self, id: &DocumentId, by: Visitor) -> Result<Record, DocumentError> {
        self.call(id, |reply| Request::Create(by, reply)).await
    }

    /// Makes a document with an update in it, on the account of `by`, in one append.
    /// When this succeeds, all of it is durable.
    ///
    /// # Errors
    /// [`DocumentError::Exists`] when somebody wrote in it already; otherwise as
    /// [`apply`](Self::apply).
    pub async fn begin(
        &self,
        id: &DocumentId,
        update: Bytes,
        room: Option<Share>,
        by: Visitor,
    ) -> Result<Record, DocumentError> {
        let begin = |reply| Request::Begin(update, room, by, reply);
        self.call(id, begin).await?;
        self.known(id).await
    }

    /// Reads content of a format into an update, v1, that writes it into an empty
    /// document under this title.
    ///
    /// # Errors
    /// When it is not what the format says, or too large. The outer one: the server
    /// is stopping.
    pub async fn import(
        &self,
        content: Bytes,
        format: Format,
        title: Option<String>,
    ) -> Result<Result<Read, ImportError>, DocumentError> {
        let read = self.scribe().read(content, format, title).await;
        let failed = "the content could not be read; it is kept by nobody".to_owned();
        read.ok_or(DocumentError::NotSaved(failed))
    }

    /// Puts a tombstone on a document and ends its connections.
    pub async fn delete(&self, id: &DocumentId) -> Result<(), DocumentError> {
        self.known(id).await?;
        self.call(id, Request::Delete).await
    }

    /// Takes the tombstone off.
    pub async fn restore(&self, id: &DocumentId) -> Result<Record, DocumentError> {
        self.store()
            .describe(id)
            .await?
            .ok_or(DocumentError::NotFound)?;
        self.call(id, Request::Restore).await
    }
}
