//! What a format cannot express and was written more simply, by name.

use std::collections::BTreeSet;

/// How many are named; so many kinds of nodes may be in a document as a stranger likes.
const NAMED: usize = 12;

/// What was simplified. Each is named once, in the order of the alphabet, nodes last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simplified {
    notes: BTreeSet<&'static str>,
    /// Nodes of kinds that a format does not know.
    nodes: BTreeSet<String>,
}

impl Simplified {
    /// This was simplified.
    pub fn note(&mut self, what: &'static str) {
        self.notes.insert(what);
    }

    /// A node of a kind that the format does not know was reduced to its text.
    pub fn unknown(&mut self, name: &str) {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name: String = name.chars().filter(plain).take(64).collect();
        let name = if name.is_empty() { "unnamed" } else { &name };
        let node = format!("node {name} reduced to its text");
        if self.nodes.len() < NAMED || self.nodes.contains(&node) {
            self.nodes.insert(node);
        } else {
            self.note("nodes of other kinds reduced to their text");
        }
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty() && self.nodes.is_empty()
    }

    /// Takes over what was noted elsewhere.
    pub fn join(&mut self, other: Self) {
        self.notes.extend(other.notes);
        for node in other.nodes {
            if self.nodes.len() < NAMED || self.nodes.contains(&node) {
                self.nodes.insert(node);
            } else {
                self.note("nodes of other kinds reduced to their text");
            }
        }
    }

    /// All of it in one line of ASCII without quotation marks, for a header.
    pub fn line(&self) -> String {
        let nodes = self.nodes.iter().map(String::as_str);
        let named: Vec<&str> = self.notes.iter().copied().chain(nodes).collect();
        named.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With many kinds of nodes the header named the first of the alphabet, and neither
    /// that there were others nor anything else that was lost.
    #[test]
    fn however_many_kinds_there_are_what_else_was_lost_is_said() {
        let mut simplified = Simplified::default();
        for kind in 0..5_000 {
            simplified.unknown(&format!("kind{kind}"));
        }
        simplified.note("widths of columns");
        let line = simplified.line();
        assert!(line.contains("nodes of other kinds"), "{line}");
        assert!(line.contains("widths of columns"), "{line}");
        assert_eq!(line.matches("node kind").count(), NAMED);
        let mut joined = Simplified::default();
        joined.unknown("another");
        joined.join(simplified);
        assert_eq!(joined.line().matches("node ").count(), NAMED);
    }
}
