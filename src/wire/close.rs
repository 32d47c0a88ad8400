//! How a connection ends: the close codes the product uses (WIRE.md §5).
//!
//! 1000–1015 are RFC 6455's. 4400–4499 are the product's own and permanent: a
//! client should not retry unchanged.

use std::borrow::Cow;
use std::fmt;

use super::malformed::{Malformed, Rule};

/// The longest reason that fits a close frame next to its code.
pub const MAX_REASON: usize = 123;

/// Why a connection is closed, as a number for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// Done; nothing went wrong.
    Normal = 1000,
    /// The server is shutting down; come back.
    GoingAway = 1001,
    /// A frame broke the WebSocket protocol itself.
    Protocol = 1002,
    /// A text frame, where documents speak binary ones.
    Unsupported = 1003,
    /// Text that is not UTF-8.
    NotUtf8 = 1007,
    /// The client does what is not allowed, such as asking again without progress.
    Policy = 1008,
    /// A message is larger than the limit.
    TooBig = 1009,
    /// The server failed, for example its storage.
    Internal = 1011,
    /// The server has too much to do; come back later.
    TryAgainLater = 1013,
    /// A message that cannot be understood or must not be applied.
    Malformed = 4400,
    /// It is not known who this is.
    Unauthorized = 4401,
    /// It is known who this is, and this is not theirs.
    Forbidden = 4403,
    /// The document was deleted.
    Deleted = 4404,
    /// The client did not answer in time.
    Timeout = 4408,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Whether retrying unchanged is pointless.
    pub const fn is_permanent(self) -> bool {
        self.number() >= 4400 && self.number() < 4500
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// How a connection ends: a code for programs, a reason for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: CloseCode,
    reason: Cow<'static, str>,
}

impl Refusal {
    /// Ends a connection with `code`. Of a long reason the first
    /// [`MAX_REASON`] bytes remain, cut between characters.
    pub fn new(code: CloseCode, reason: impl Into<Cow<'static, str>>) -> Self {
        let mut reason = reason.into();
        if reason.len() > MAX_REASON {
            let end = reason.floor_char_boundary(MAX_REASON);
            reason = match reason {
                Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
                Cow::Owned(mut text) => {
                    text.truncate(end);
                    Cow::Owned(text)
                }
            };
        }
        Self { code, reason }
    }

    /// The number for programs.
    pub const fn code(&self) -> CloseCode {
        self.code
    }

    /// The sentence for people, at most [`MAX_REASON`] bytes.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.reason)
    }
}

impl From<Malformed> for Refusal {
    fn from(malformed: Malformed) -> Self {
        let code = match malformed.rule {
            Rule::TooLarge => CloseCode::TooBig,
            _ => CloseCode::Malformed,
        };
        Self::new(code, malformed.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let refusal = Refusal::new(CloseCode::Policy, "é".repeat(100));
        assert_eq!(refusal.reason(), "é".repeat(61));
        assert_eq!(Refusal::new(CloseCode::Normal, "bye").reason(), "bye");
    }

    #[test]
    fn only_the_products_own_codes_are_permanent() {
        assert!(CloseCode::Deleted.is_permanent());
        assert!(!CloseCode::TryAgainLater.is_permanent());
        assert_eq!(CloseCode::Timeout.to_string(), "4408");
    }

    #[test]
    fn a_message_that_is_too_large_has_its_own_code() {
        let code = |rule| Refusal::from(Malformed::new(rule, 0)).code();
        assert_eq!(code(Rule::TooLarge), CloseCode::TooBig);
        assert_eq!(code(Rule::Truncated), CloseCode::Malformed);
    }
}
