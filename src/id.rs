//! Names and numbers that must not be confused with each other.
//!
//! Everything here is parsed once at the border and carries its proof in its
//! type: whoever holds a [`DocumentId`] need not ask again whether it is sound.
//! This room names no other room.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The longest document name, in bytes of UTF-8.
pub const MAX_DOCUMENT_NAME: usize = 512;

/// The name of a document: 1 to 512 bytes of UTF-8 without control characters.
///
/// Slashes, dots and spaces are allowed: a name is a key and never becomes a
/// file path. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(Arc<str>);

/// Why a string is not a document name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDocumentId {
    /// The name has no characters.
    #[error("a document name must not be empty")]
    Empty,
    /// The name is longer than [`MAX_DOCUMENT_NAME`] bytes.
    #[error("a document name may have at most {MAX_DOCUMENT_NAME} bytes, this one has {0}")]
    TooLong(usize),
    /// The name holds a control character, such as a line break or NUL.
    #[error("a document name must not contain control characters")]
    ControlCharacter,
    /// A part of the name between slashes is `.` or `..`.
    #[error(
        "a part of a document name between slashes must not be . or ..: browsers take these out \
         of addresses"
    )]
    Dots,
    /// The name is not UTF-8 once its percent-encoding is undone.
    #[error("a document name must be UTF-8")]
    NotUtf8,
}

impl DocumentId {
    /// Checks `name` and makes it an id.
    pub fn parse(name: &str) -> Result<Self, InvalidDocumentId> {
        if name.is_empty() {
            return Err(InvalidDocumentId::Empty);
        }
        if name.len() > MAX_DOCUMENT_NAME {
            return Err(InvalidDocumentId::TooLong(name.len()));
        }
        if name.chars().any(char::is_control) {
            return Err(InvalidDocumentId::ControlCharacter);
        }
        Ok(Self(name.into()))
    }

    /// The same for a document that does not exist yet. One with `.` or `..` between its
    /// slashes has no address that a browser can ask for, so none is made any more; those
    /// that were made are read and deleted like others.
    pub fn parse_new(name: &str) -> Result<Self, InvalidDocumentId> {
        let id = Self::parse(name)?;
        match id.has_dots() {
            true => Err(InvalidDocumentId::Dots),
            false => Ok(id),
        }
    }

    /// Whether a part of it between slashes is `.` or `..`.
    pub fn has_dots(&self) -> bool {
        self.0.split('/').any(|part| matches!(part, "." | ".."))
    }

    /// Undoes percent-encoding once, then [`parse`](Self::parse)s.
    pub fn parse_percent_encoded(encoded: &str) -> Result<Self, InvalidDocumentId> {
        let name = percent_encoding::percent_decode_str(encoded)
            .decode_utf8()
            .map_err(|_| InvalidDocumentId::NotUtf8)?;
        Self::parse(&name)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// One connection's session in one document. Later sessions have greater ids,
/// which is what "a newer session" means where presence changes hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(NonZeroU64);

impl SessionId {
    /// An id that this process has not given out before.
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MIN))
    }

    /// An id with a chosen number, for tests that need a known order.
    pub const fn numbered(number: NonZeroU64) -> Self {
        Self(number)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

/// A position in a store's journal. Rises with every append, across all
/// documents of a store; 0 stands before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Which Yjs client made what an update does not name its author of: deletions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sender {
    /// Whoever inserted something in the same update, if anybody did.
    #[default]
    Unsaid,
    /// This one.
    Client(u64),
    /// Several, or nobody knows.
    Several,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_look_like_paths_but_stay_names() {
        for name in ["a", "team/plan 2026", "../../etc/passwd", "résumé", "."] {
            assert_eq!(
                DocumentId::parse(name).map(|id| id.to_string()),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn names_that_are_no_names_say_why() {
        assert_eq!(DocumentId::parse(""), Err(InvalidDocumentId::Empty));
        assert_eq!(
            DocumentId::parse("a\nb"),
            Err(InvalidDocumentId::ControlCharacter)
        );
        assert_eq!(
            DocumentId::parse(&"é".repeat(257)),
            Err(InvalidDocumentId::TooLong(514))
        );
        assert_eq!(
            DocumentId::parse_percent_encoded("%ff"),
            Err(InvalidDocumentId::NotUtf8)
        );
        assert_eq!(
            DocumentId::parse_percent_encoded("a%00b"),
            Err(InvalidDocumentId::ControlCharacter)
        );
    }

    #[test]
    fn a_new_name_can_be_asked_for_by_a_browser() {
        for name in [".", "..", "a/..", "./a", "a/./b"] {
            assert_eq!(DocumentId::parse_new(name), Err(InvalidDocumentId::Dots));
        }
        for name in ["...", "a.b", ".a/b.", "a/..b"] {
            assert!(DocumentId::parse_new(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_once() {
        let id = DocumentId::parse_percent_encoded("team%2Fplan%2520x");
        assert_eq!(id.map(|id| id.to_string()), Ok("team/plan%20x".to_owned()));
    }

    #[test]
    fn later_sessions_are_greater() {
        assert!(SessionId::fresh() < SessionId::fresh());
    }
}
