//! Which of some words a document has in it, as it is or as it was: who keeps something
//! that documents refer to finds out here whether one does.
//!
//! What is kept is searched as it is kept: the updates of every row, the snapshot, and the
//! states that the history begins with have each word in one piece that was written in one
//! piece. One that was typed letter by letter, or put together from parts of another, is
//! found in the text of the document and of its versions.
//!
//! A document that cannot be read, or that nobody knows, is an error: nobody takes it for
//! one without the word. All of it is done off the documents' threads.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::export::{Format, roots};
use crate::id::{DocumentId, Seq};
use crate::live::answer::DocumentError;
use crate::live::document::{Sought, look};
use crate::live::documents::Documents;
use crate::live::past::lost;
use crate::live::scribe;
use crate::live::visitor::Visitor;
use crate::replica::Replica;
use crate::store::{Bounds, Moment, Past};

/// So many versions of a document are made and read; one that has more is not looked through.
const VERSIONS: usize = 1_000;

/// How many versions are asked for at once.
const PAGE: usize = 100;

/// Words of lower-case hexadecimal digits, all of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    length: usize,
    wanted: BTreeSet<String>,
    found: BTreeSet<String>,
}

impl Words {
    fn wanted(words: BTreeSet<String>) -> Self {
        Self {
            length: words.first().map_or(0, String::len),
            wanted: words,
            found: BTreeSet::new(),
        }
    }

    fn search(&mut self, bytes: &[u8]) {
        let mut digits = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if !matches!(byte, b'0'..=b'9' | b'a'..=b'f') {
                digits = 0;
                continue;
            }
            digits += 1;
            if digits < self.length {
                continue;
            }
            let word = std::str::from_utf8(&bytes[at + 1 - self.length..=at]);
            if let Some(word) = word.ok().and_then(|word| self.wanted.take(word)) {
                self.found.insert(word);
            }
        }
    }

    fn search_text(&mut self, replica: &mut Replica) -> Result<(), DocumentError> {
        for root in roots::names(replica.doc()) {
            let sought = Sought::Export(Format::Text, Some(root));
            let (source, _, format) = look(&sought, replica);
            let unwritten = || DocumentError::Unreadable("it has no text".to_owned());
            let text = scribe::write(source, format).ok_or_else(unwritten)?;
            self.search(&text.body);
        }
        Ok(())
    }
}

/// What a document has been through so far: another state, or another past, has another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace(Vec<Bounds>, Vec<u64>);

impl Trace {
    /// The numbers of its branches. What is in one of them never changes.
    pub fn branches(&self) -> &[u64] {
        &self.1
    }
}

impl Documents {
    /// What a document has been through, deleted or not.
    ///
    /// # Errors
    /// What the store says.
    pub async fn trace(&self, id: &DocumentId) -> Result<Trace, DocumentError> {
        let branches = self.branches_of(id).await?;
        let numbers = branches.iter().map(|branch| branch.id).collect();
        Ok(Trace(
            self.store().history(id).await.map_err(lost)?,
            numbers,
        ))
    }

    /// Those of some words that a document has in it, as it is or as it was at any moment
    /// that is kept; also one that is deleted. Branches are
    /// [asked for](Self::branch_mentions) one by one. Words are of lower-case hexadecimal
    /// digits, and all of one length.
    ///
    /// # Errors
    /// Whenever not all of it could be looked at; [`DocumentError::NotFound`] too.
    pub async fn mentions(
        &self,
        id: &DocumentId,
        words: BTreeSet<String>,
    ) -> Result<BTreeSet<String>, DocumentError> {
        let mut words = Words::wanted(words);
        if words.length == 0 {
            return Ok(words.found);
        }
        let record = self.store().describe(id).await?;
        let record = record.ok_or(DocumentError::NotFound)?;
        let parts = self.store().history(id).await.map_err(lost)?;
        let longest = parts.iter().map(|part| part.bytes).max().unwrap_or(0);
        let about = usize::try_from(2 * record.bytes + longest).unwrap_or(usize::MAX);
        // For as long as one piece is held; others take their turns in between.
        let share = self.share(about, Visitor::UNKNOWN).await;
        let stored = self.store().load(id).await?;
        let stored = stored.ok_or(DocumentError::NotFound)?;
        // After the tail was read: what is folded in between is read twice, not never.
        let parts = self.store().history(id).await.map_err(lost)?;
        let tail = stored.tail.into_iter().map(|(_, update)| update);
        let present = Past {
            row: Seq(0),
            at: record.updated,
            base: stored.snapshot,
            updates: tail.collect(),
        };
        words = self
            .search(words, present.parts().into_iter().cloned().collect())
            .await?;
        words = self.search_text(words, present).await?;
        drop(share);
        // The last part is the tail.
        for part in parts.iter().rev().skip(1) {
            if words.wanted.is_empty() {
                break;
            }
            let _share = self.share(about, Visitor::UNKNOWN).await;
            words = self.search(words, self.updates_of(id, part).await?).await?;
        }
        Ok(self.search_versions(id, words, about).await?.found)
    }

    /// Those of some words that are in a branch; none in one that was forgotten meanwhile.
    ///
    /// # Errors
    /// Whenever not all of it could be looked at.
    pub async fn branch_mentions(
        &self,
        id: &DocumentId,
        number: u64,
        words: BTreeSet<String>,
    ) -> Result<BTreeSet<String>, DocumentError> {
        let mut words = Words::wanted(words);
        let branch = match self.branch(id, number).await {
            Err(DocumentError::NoSuchBranch(_)) => return Ok(BTreeSet::new()),
            branch => branch?,
        };
        let about = usize::try_from(2 * branch.bytes).unwrap_or(usize::MAX);
        let _share = self.share(about, Visitor::UNKNOWN).await;
        let past = match self.past_of_branch(id, number).await {
            Err(DocumentError::NoSuchBranch(_)) => return Ok(BTreeSet::new()),
            past => past?,
        };
        let pieces = past.parts().into_iter().cloned().collect();
        words = self.search(words, pieces).await?;
        Ok(self.search_text(words, past).await?.found)
    }

    /// The updates of a part of a document's history, and what it begins with.
    async fn updates_of(
        &self,
        id: &DocumentId,
        part: &Bounds,
    ) -> Result<Vec<Bytes>, DocumentError> {
        if part.has_base {
            let past = self.store().recall(id, Moment::Row(part.last)).await;
            let past = past.map_err(lost)?;
            return Ok(past.base.into_iter().chain(past.updates).collect());
        }
        let rows = self.store().rows(id, part.after, part.last).await;
        let rows = rows.map_err(lost)?;
        Ok(rows.into_iter().map(|row| row.update).collect())
    }

    async fn search(&self, mut words: Words, pieces: Vec<Bytes>) -> Result<Words, DocumentError> {
        let searching = self.historian().think(move || {
            pieces.iter().for_each(|piece| words.search(piece));
            Ok(words)
        });
        searching.await
    }

    async fn search_text(&self, mut words: Words, past: Past) -> Result<Words, DocumentError> {
        if words.wanted.is_empty() || past.parts().is_empty() {
            return Ok(words);
        }
        let limits = self.settings().limits.clone();
        let read = move |replicas: &mut [Replica]| {
            let searched = replicas.iter_mut().try_for_each(|it| words.search_text(it));
            searched.map(|()| words)
        };
        self.historian().remember(vec![past], limits, read).await?
    }

    async fn search_versions(
        &self,
        id: &DocumentId,
        mut words: Words,
        about: usize,
    ) -> Result<Words, DocumentError> {
        let mut before = None;
        for _ in 0..VERSIONS / PAGE {
            let versions = self.store().versions(id, before, PAGE).await?;
            for version in &versions {
                if words.wanted.is_empty() {
                    return Ok(words);
                }
                let _share = self.share(about, Visitor::UNKNOWN).await;
                let past = self.store().recall(id, Moment::Row(version.row)).await;
                words = self.search_text(words, past.map_err(lost)?).await?;
            }
            before = versions.last().map(|version| version.id);
            if versions.len() < PAGE {
                return Ok(words);
            }
        }
        // Of what was not looked at nothing is known.
        Err(DocumentError::Lost("it has too many versions".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_begin_and_whole_only() {
        let words = |of: &[&str]| of.iter().map(|word| (*word).to_owned()).collect();
        let mut looking = Words {
            length: 4,
            wanted: words(&["cafe", "f00d", "dead", "beef"]),
            found: BTreeSet::new(),
        };
        looking.search(b"\x84\x04caf");
        looking.search(b"e /x/f00d?");
        looking.search(b"00deadb");
        looking.search(b"BEEF bee f");
        assert_eq!(looking.found, words(&["dead", "f00d"]));
        assert_eq!(looking.wanted, words(&["beef", "cafe"]));
    }
}
