//! Branches: what somebody wrote without a connection, as it was before it was merged.
//!
//! A branch is a whole state of a document, as a Yjs update, and no moment of its journal:
//! nobody but its author ever saw it. It is kept beside the documents, in a [`database`] of
//! its own, so that damage to it concerns none of them; `shelf` is what its thread does,
//! and [`copy`] is for `cowrite check`, `backup` and `restore`.
//!
//! It is kept for as long as history is, and one that somebody gave a name for ever. Of
//! more than [`MOST_NAMED`] of one document the oldest without such a name goes.

mod backlog;
mod copy;
mod database;
mod shelf;
mod soundness;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use bytes::Bytes;

use super::{Ticket, micros};
use crate::id::DocumentId;

pub use copy::{BranchError, Counted, back_up, beside, examine, put_back, take_away};
pub use database::BranchDatabase;

#[cfg(doc)]
use super::MOST_NAMED;

/// The database in the data directory.
pub const BRANCHES: &str = "cowrite.branches.db";

/// A branch that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBranch {
    /// The state of the document, as an update.
    pub state: Bytes,
    /// When it came.
    pub at: SystemTime,
    /// Whose it is, if they say so.
    pub author: Option<String>,
    /// What the page calls it, which does not keep it for ever.
    pub name: Option<String>,
}

/// A branch that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its number; later ones have greater numbers, and none has that of another.
    pub id: u64,
    /// When it came, the last time.
    pub at: SystemTime,
    /// Whose it is, if they said so.
    pub author: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Bytes of the state.
    pub bytes: u64,
}

/// A place in a document's branches: behind the one that came then and has this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// When that came, in microseconds since 1970.
    pub at: i64,
    /// Its number.
    pub id: u64,
}

impl Behind {
    /// In front of all.
    pub const NOTHING: Self = Self {
        at: i64::MAX,
        id: u64::MAX,
    };
}

impl From<&Branch> for Behind {
    fn from(branch: &Branch) -> Self {
        Self {
            at: micros::since_1970(branch.at),
            id: branch.id,
        }
    }
}

/// Where branches are kept. Operations take effect in the order of the calls; what a
/// ticket said is on disk.
pub trait Branches: Send + Sync {
    /// Keeps a branch. One of the same state is kept once, under the number that it has,
    /// and as of now; whose it is and what it is called says who sent it last, if they do,
    /// but for a name that somebody gave it. Fails with
    /// [`TooManyNamed`](super::StoreError::TooManyNamed) when none may go for it.
    fn keep(&self, document: &DocumentId, branch: NewBranch) -> Ticket<Branch>;

    /// A document's branches, that which came last first, those behind one of them.
    fn list(&self, document: &DocumentId, behind: Behind, limit: usize) -> Ticket<Vec<Branch>>;

    /// One branch; `None` when there is none of this number.
    fn describe(&self, document: &DocumentId, id: u64) -> Ticket<Option<Branch>>;

    /// One branch and its state; `None` when there is none of this number.
    fn find(&self, document: &DocumentId, id: u64) -> Ticket<Option<(Branch, Bytes)>>;

    /// Names a branch, which keeps it for ever, or takes its name away. `None` when there
    /// is none of this number.
    fn rename(
        &self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Ticket<Option<Branch>>;
}
