//! Comments by those who have no copy of the document: worked out on one and applied as
//! any other change is (`live::writing`), text and map as one update.

use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::export::comments::acts::{self, Act, Done, Refusal};
use crate::export::revision::Revision;
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::documents::Documents;
use crate::live::memory_budget::Share;
use crate::live::visitor::Visitor;
use crate::live::writing::{Receipt, SEARCH, Worked, WriteError};

/// Bytes of an id.
const ID: usize = 9;

/// What was done to comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commented {
    /// What it came to.
    pub done: Done,
    /// What was written.
    pub receipt: Receipt,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommentError {
    /// The document cannot be changed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What was asked cannot be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<DocumentError> for CommentError {
    fn from(error: DocumentError) -> Self {
        Self::Write(error.into())
    }
}

impl Documents {
    /// Does something to the comments of a document. When this succeeds, all of it is
    /// durable. `room` is the memory that is counted for it.
    ///
    /// # Errors
    /// Nothing was changed then; but see [`apply`](Self::apply).
    pub async fn comment(
        &self,
        id: &DocumentId,
        act: Act,
        by: Visitor,
        room: Option<Share>,
    ) -> Result<Commented, CommentError> {
        let copy = self.copy(id, None, by).await?;
        let state = copy.state.clone();
        let worked = self.scribe().does(move || work_out(&state, &act)).await;
        let failed = || {
            let reason = "the comment could not be worked out; nothing was changed".to_owned();
            DocumentError::NotSaved(reason)
        };
        let (worked, done) = worked.ok_or_else(failed)??;
        drop(copy.room);
        let update = (worked.update.clone(), Some(worked.client));
        self.apply_of(id, update, room).await?;
        self.keep(id, worked.fingerprint.clone(), worked.state.clone());
        drop(copy.turn);
        Ok(Commented {
            done,
            receipt: worked.wrote(false),
        })
    }
}

fn work_out(state: &Bytes, act: &Act) -> Result<(Worked, Done), CommentError> {
    let mut revision = Revision::of(state).map_err(WriteError::from)?;
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(now.millisecond() as u32 * 1_000_000);
    let now = now.unwrap_or_else(|_| OffsetDateTime::now_utc());
    let now = now.format(&Rfc3339).unwrap_or_default();
    let until = Instant::now() + SEARCH;
    let done = acts::carry_out(&mut revision, act, &now, &mut new_id, until)?;
    Ok((Worked::of(&revision, done.changed), done))
}

/// An id that nobody has; it need not be hard to guess.
fn new_id() -> String {
    let bytes: [u8; ID] = std::array::from_fn(|_| fastrand::u8(..));
    BASE64.encode(bytes)
}
