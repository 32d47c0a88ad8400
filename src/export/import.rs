//! What becomes of content that comes in, and why it is refused.

use std::time::Duration;

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

/// How long the markup of one import may still take, all pieces of it together: one
/// piece may stand in each block of Markdown.
#[derive(Debug)]
pub(super) struct Patience {
    pub left: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let left = Duration::from_secs(2);
        Self { left }
    }
}

impl Patience {
    const A_BYTE: Duration = Duration::from_micros(1);

    /// So many bytes are about to be read.
    pub fn allow(&mut self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(Self::A_BYTE * bytes);
    }

    /// Reading took so long.
    pub fn spend(&mut self, time: Duration) {
        self.left = self.left.saturating_sub(time);
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// What each byte allows was not carried over: a long text with markup in each of its
    /// lines, no line slow, was refused after two seconds of them.
    #[test]
    fn patience_is_as_long_as_all_pieces_together() {
        let mut patience = Patience::default();
        let first = patience.left;
        for _ in 0..10_000 {
            patience.allow(1_000);
            patience.spend(Duration::from_micros(900));
        }
        assert!(patience.left > first);
        // And no piece gets it anew.
        for _ in 0..5 {
            patience.allow(1);
            patience.spend(first);
        }
        assert_eq!(patience.left, Duration::ZERO);
    }
}
