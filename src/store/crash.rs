//! Crashes of documents, as stores remember them: so that no update breaks a
//! document twice, and no document breaks the server again and again, across
//! restarts too.

use std::time::SystemTime;

use bytes::Bytes;

use crate::id::DocumentId;

/// The most crashes that a store remembers; the oldest are forgotten first.
pub const KEPT_CRASHES: usize = 4_096;

/// The most bytes of updates that it remembers with them, likewise.
pub const KEPT_BYTES: usize = 32 << 20;

/// Of a larger update only the hash is remembered.
pub const LARGEST_KEPT: usize = 4 << 20;

/// What a document was doing when it crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum During {
    /// It applied an update: that failed, or the process ended in it.
    Applying,
    /// It was loaded when the process ended.
    Loading,
}

impl During {
    /// One word for files and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::Loading => "loading",
        }
    }
}

/// A document crashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crash {
    /// Which document; the store need not know it.
    pub document: DocumentId,
    /// When.
    pub at: SystemTime,
    /// In what.
    pub during: During,
    /// What happened, for people.
    pub reason: String,
    /// Who sent the update, as far as that is known.
    pub author: String,
    /// The SHA-256 of the update, in hexadecimal, if there is one to blame.
    pub hash: Option<String>,
    /// The update itself.
    pub update: Option<Bytes>,
}

impl Crash {
    /// The update, unless it is too large to be remembered.
    pub(super) fn kept_update(&self) -> Option<&Bytes> {
        self.update
            .as_ref()
            .filter(|update| update.len() <= LARGEST_KEPT)
    }
}

/// What a store knows of a document's crashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CrashHistory {
    /// Crashes while applying that nobody released, with no append of the
    /// document durable after the first of them: those that an update is to blame for.
    pub in_a_row: usize,
    /// The same of ends of the process, which may have had another reason.
    pub ended: usize,
    /// Ends of the process while it was loaded that nobody released.
    pub loading: usize,
    /// The updates that broke it, oldest first, released or not.
    pub updates: Vec<Bytes>,
}
