//! What becomes of content that comes in, and why it is refused.

use super::simplified::Simplified;
use super::tree::Tree;

/// A document that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The document, as the bundled editor can hold it.
    pub tree: Tree,
    /// What could not be kept as it was.
    pub simplified: Simplified,
}

/// Why content was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not what its format says.
    #[error("the content is not {format}: {reason}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What is wrong, with line and column where there is one.
        reason: String,
    },
    /// It would make a document larger than may be.
    #[error("the content is too large: {0}")]
    TooLarge(String),
}

/// The most nodes that a document on its way in may have.
pub const NODES: usize = 1 << 20;

/// Bytes as text.
///
/// # Errors
/// When they are not UTF-8, with the place where they stop to be.
pub fn text<'a>(bytes: &'a [u8], format: &'static str) -> Result<&'a str, ImportError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let sound = &bytes[..error.valid_up_to()];
        let line = sound.iter().filter(|byte| **byte == b'\n').count() + 1;
        let begins = sound.iter().rposition(|byte| *byte == b'\n');
        let sound = &sound[begins.map_or(0, |newline| newline + 1)..];
        let column = String::from_utf8_lossy(sound).chars().count() + 1;
        ImportError::Malformed {
            format,
            reason: format!("it is not UTF-8 at line {line} column {column}"),
        }
    })
}

/// Whether so many nodes are too many.
///
/// # Errors
/// When they are.
pub(super) fn bounded(nodes: usize) -> Result<(), ImportError> {
    match nodes <= NODES {
        true => Ok(()),
        false => Err(ImportError::TooLarge(format!(
            "a document may have at most {NODES} nodes when it comes in"
        ))),
    }
}
