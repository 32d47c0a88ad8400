//! What a format cannot express and was written more simply, by name.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// How many are named; so many kinds of nodes may be in a document as a stranger likes.
const NAMED: usize = 12;

/// What was simplified. Each is named once, in the order of the alphabet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simplified(BTreeSet<Cow<'static, str>>);

impl Simplified {
    /// This was simplified.
    pub fn note(&mut self, what: &'static str) {
        self.0.insert(Cow::Borrowed(what));
    }

    /// A node of a kind that the format does not know was reduced to its text.
    pub fn unknown(&mut self, name: &str) {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name: String = name.chars().filter(plain).take(64).collect();
        let name = if name.is_empty() { "unnamed" } else { &name };
        if self.0.len() < NAMED || self.0.contains("nodes of other kinds") {
            self.0
                .insert(format!("node {name} reduced to its text").into());
        } else {
            self.note("nodes of other kinds");
        }
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over what was noted elsewhere.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// All of it in one line of ASCII without quotation marks, for a header.
    pub fn line(&self) -> String {
        let named: Vec<&str> = self.0.iter().map(AsRef::as_ref).take(NAMED).collect();
        named.join("; ")
    }
}
