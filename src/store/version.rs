//! Versions: rows of a document's journal that somebody may want to come back to,
//! with or without a name; and authors, who wrote what.

use std::time::SystemTime;

use crate::id::Seq;

/// The longest name of a version or an author, in bytes of UTF-8.
pub const LONGEST_NAME: usize = 256;

/// The most authors that a store remembers of a document; of more than so many the
/// later ones stay unnamed.
pub const MOST_AUTHORS: usize = 65_536;

/// The most versions of a document that have a name: each keeps history from being
/// forgotten.
pub const MOST_NAMED: usize = 1_000;

/// The longest page of versions.
pub const MOST_VERSIONS: usize = 1_000;

/// A version of a document. Costs a row of a table, and no copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number among those of the document; later ones have greater numbers.
    pub id: u64,
    /// The last row of the journal in it.
    pub row: Seq,
    /// When that was written.
    pub at: SystemTime,
    /// Its name, unless it was made in a pause.
    pub name: Option<String>,
    /// Bytes that the document took in the store then, snapshot and tail.
    pub bytes: u64,
}

/// Who writes as a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The Yjs client.
    pub client: u64,
    /// The name.
    pub name: String,
    /// Since when it is known under this name.
    pub since: SystemTime,
}

/// How a name for a client became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The client says so itself: what it says last counts.
    Itself,
    /// Somebody handed over what the client wrote: counts while nothing else is
    /// known.
    Messenger,
}

/// A name, and no more of it than is kept.
pub(super) fn cut(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}
