//! What a document answers, and why it does not.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::export::Simplified;
use crate::live::memory_budget::Share;
use crate::store::{MOST_NAMED, Record, StoreError};

/// What a document contains, in some format.
#[derive(Debug, Clone)]
pub struct Content {
    /// The bytes.
    pub body: Bytes,
    /// The root that was read, if the format is not the whole state.
    pub root: Option<String>,
    /// What the format cannot express.
    pub simplified: Simplified,
    /// A hash of the document's state, in hexadecimal; the same in every format.
    pub fingerprint: String,
    /// The memory that is counted for the bytes, if they are many: to be held for as
    /// long as they are.
    pub share: Option<Arc<Share>>,
}

/// A record and how many people have the document open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What the store knows.
    pub record: Record,
    /// Open connections.
    pub people: usize,
}

/// Why a document did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Nobody ever wrote in it.
    #[error("there is no such document")]
    NotFound,
    /// It exists already.
    #[error("there is already a document of this name")]
    Exists,
    /// The state that somebody saw of it is not known any more.
    #[error(
        "the document is not any more what If-Match says, and that version is not kept: read \
         it again and change that, or leave If-Match out"
    )]
    Stale,
    /// It carries a tombstone.
    #[error(
        "the document was deleted; POST …/restore brings it back, and its name stays taken until \
         then"
    )]
    Deleted,
    /// It is stored and cannot be read.
    #[error("the document cannot be read: {0}")]
    Unreadable(String),
    /// What was asked is not on disk.
    #[error("not saved: {0}")]
    NotSaved(String),
    /// What was asked is not sound.
    #[error("{0}")]
    Refused(String),
    /// Its address made too many documents; one more may be made in a while.
    #[error("too many new documents come from your address; try again in a minute")]
    TooMany(Duration),
    /// It takes no updates until somebody looked at it.
    #[error(
        "the document is read-only since it broke too often, or it cannot be read whether it \
         did; it can be read, and an operator can lift this with `cowrite release`"
    )]
    ReadOnly,
    /// It has no version of this number.
    #[error("the document has no version {0}; GET …/versions lists those it has")]
    NoSuchVersion(u64),
    /// It has no branch of this number.
    #[error("the document has no version b{0}; GET …/versions lists those it has")]
    NoSuchBranch(u64),
    /// It did not exist then.
    #[error("the document did not exist then; ask for {} or later", rfc3339(.0))]
    NotYet(SystemTime),
    /// What it was then is not kept any more, or never was.
    #[error(
        "what the document was then is not kept; ask for {} or later, or for a version with a name",
        rfc3339(.0)
    )]
    Forgotten(SystemTime),
    /// What it was then is kept and cannot be read.
    #[error("what the document was then cannot be read: {0}. The document itself is not concerned")]
    Lost(String),
    /// One more version cannot have a name.
    #[error(
        "the document has {MOST_NAMED} versions with a name, each of which keeps history from \
         being forgotten; take the name from one that nobody needs"
    )]
    TooManyNamed,
    /// The moment that is to be compared with lies behind the other.
    #[error("from must not be later than to")]
    Backwards,
    /// The root holds a map or a list.
    #[error("the root {0:?} holds data, no text: read it as JSON")]
    Data(String),
    /// It ended before it answered.
    #[error(
        "the document ended unexpectedly before it answered: whether it did what was asked is \
         not known; it is loaded again when it is asked again"
    )]
    Ended,
    /// The server is stopping.
    #[error("the server is shutting down")]
    Stopping,
}

/// A moment as programs write it, exactly.
fn rfc3339(moment: &SystemTime) -> String {
    let moment = OffsetDateTime::from(*moment);
    moment.format(&Rfc3339).unwrap_or_default()
}

impl From<StoreError> for DocumentError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Exists => Self::Exists,
            StoreError::Deleted => Self::Deleted,
            StoreError::Damaged(_) => Self::Unreadable(error.to_string()),
            StoreError::Engine(_) => Self::NotSaved(error.to_string()),
            StoreError::NotYet(begins) => Self::NotYet(begins),
            StoreError::Forgotten(begins) => Self::Forgotten(begins),
            StoreError::TooManyNamed => Self::TooManyNamed,
            StoreError::Closed => Self::Stopping,
        }
    }
}
