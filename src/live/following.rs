//! Following documents: where they stand, and what was written since a row.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use crate::id::{DocumentId, Seq};
use crate::live::answer::DocumentError;
use crate::live::documents::Documents;
use crate::live::feed::{Every, Following};
use crate::live::past::lost;
use crate::live::visitor::Visitor;
use crate::store::{Bounds, Record, Version};

/// More bytes of updates than these are not looked through for one change.
const MOST_BYTES: u64 = 64 << 20;

/// No more names than these are told of one change.
const MOST_NAMES: usize = 100;

/// What was written after a row, up to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The row before the first of it.
    pub after: Seq,
    /// The last row of it.
    pub row: Seq,
    /// How many rows.
    pub rows: usize,
    /// Bytes of their updates.
    pub bytes: u64,
    /// When the last one was written.
    pub at: SystemTime,
    /// Who wrote, in order; some of them, if they are very many.
    pub authors: Vec<String>,
    /// Clients that wrote and whose names are not known.
    pub unnamed: usize,
}

/// What the store says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// What a list shows of it.
    pub record: Record,
    /// Its last row; 0 if nothing was written yet.
    pub row: Seq,
    /// Its newest version.
    pub version: Option<Version>,
}

impl Documents {
    /// Follows a document, and says which row it is on disk up to.
    pub async fn follow(&self, id: &DocumentId) -> Result<(Following, Seq), DocumentError> {
        // First, so that nothing falls between.
        let following = self.feeds().followed(id).ok_or(DocumentError::Stopping)?;
        self.known(id).await?;
        Ok((following, self.last_row(id).await?))
    }

    /// Hears of every document whose name begins with one of these.
    pub fn every(&self, prefixes: Vec<String>) -> Every {
        self.feeds().every(prefixes)
    }

    /// What the store says of a document, deleted or not; `None`: nothing.
    pub async fn stand(&self, id: &DocumentId) -> Result<Option<Stand>, DocumentError> {
        let Some(record) = self.store().describe(id).await? else {
            return Ok(None);
        };
        let row = self.last_row(id).await?;
        let version = self.store().versions(id, None, 1).await?.pop();
        Ok(Some(Stand {
            record,
            row,
            version,
        }))
    }

    /// What was written after a row, for one of those who follow the document. It is on
    /// nobody's account: one of them asks for all.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub async fn followed_change(
        &self,
        id: &DocumentId,
        following: &Following,
        after: Seq,
        through: Seq,
    ) -> Result<Arc<Change>, DocumentError> {
        let asked = self.change(id, after, through, Visitor::UNKNOWN);
        following.shared(after, through, asked).await
    }

    /// What was written after a row, up to another.
    ///
    /// # Errors
    /// [`DocumentError::Forgotten`] when not all of it is kept any more, or never was;
    /// [`DocumentError::Lost`] when it cannot be read, or is too much to be looked through.
    pub async fn change(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Change, DocumentError> {
        let parts = self.store().history(id).await.map_err(lost)?;
        let spans = spans(&parts, after, through)?;
        let mut clients = BTreeSet::new();
        let (mut last, mut count, mut bytes) = (None, 0, 0);
        // One at a time: together they may be everything that was ever written.
        for (after, through) in spans {
            let rows = self.wrote(id, after, through, by).await?;
            count += rows.len();
            bytes += rows.iter().map(|row| row.bytes as u64).sum::<u64>();
            last = rows.last().map(|row| (row.seq, row.at)).or(last);
            clients.extend(rows.into_iter().flat_map(|row| row.clients));
        }
        let Some((row, at)) = last else {
            return Err(DocumentError::Lost("there are no such rows".to_owned()));
        };
        let known = self.store().authors(id).await?.into_iter();
        let named = known.filter(|author| clients.remove(&author.client));
        let names: BTreeSet<String> = named.map(|author| author.name).collect();
        Ok(Change {
            after,
            row,
            rows: count,
            bytes,
            at,
            authors: names.into_iter().take(MOST_NAMES).collect(),
            unnamed: clients.len(),
        })
    }

    /// The last row that was written before or at a moment; 0 if that is not known.
    pub async fn row_at(&self, id: &DocumentId, moment: SystemTime) -> Result<Seq, DocumentError> {
        match self.row(id, super::At::Clock(moment)).await {
            Err(DocumentError::NotYet(_) | DocumentError::Forgotten(_)) => Ok(Seq(0)),
            found => found,
        }
    }

    /// The last row of a document, 0 if there is none.
    pub(super) async fn last_row(&self, id: &DocumentId) -> Result<Seq, DocumentError> {
        let parts = self.store().history(id).await.map_err(lost)?;
        Ok(parts.last().map_or(Seq(0), |tail| tail.last))
    }
}

/// The parts that lie between two rows, each with where it begins and ends.
fn spans(parts: &[Bounds], after: Seq, through: Seq) -> Result<Vec<(Seq, Seq)>, DocumentError> {
    let between = |part: &&Bounds| part.last > after && part.after < through;
    let parts: Vec<&Bounds> = parts.iter().filter(between).collect();
    if parts.iter().map(|part| part.bytes).sum::<u64>() > MOST_BYTES {
        return Err(DocumentError::Lost("too much was written".to_owned()));
    }
    let mut reached = after;
    let mut spans = Vec::new();
    for part in parts {
        if part.after > reached {
            return Err(DocumentError::Forgotten(part.since));
        }
        let end = part.last.min(through);
        spans.push((reached, end));
        reached = end;
    }
    Ok(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(after: u64, last: u64, bytes: u64) -> Bounds {
        Bounds {
            after: Seq(after),
            last: Seq(last),
            rows: 1,
            since: SystemTime::UNIX_EPOCH,
            until: SystemTime::UNIX_EPOCH,
            bytes,
            stored: bytes,
            has_base: false,
        }
    }

    #[test]
    fn parts_are_looked_through_one_by_one_if_none_is_missing() {
        let parts = [part(0, 10, 5), part(10, 20, 5), part(20, 30, MOST_BYTES)];
        let span = |after, through| spans(&parts, Seq(after), Seq(through));
        let expected = vec![(Seq(4), Seq(10)), (Seq(10), Seq(15))];
        assert_eq!(span(4, 15), Ok(expected));
        assert_eq!(span(20, 30), Ok(vec![(Seq(20), Seq(30))]));
        assert_eq!(span(30, 30), Ok(Vec::new()));
        assert!(matches!(span(15, 30), Err(DocumentError::Lost(_))));
        let parts = [part(0, 10, 5), part(12, 20, 5)];
        let span = |after| spans(&parts, Seq(after), Seq(20));
        assert!(matches!(span(4), Err(DocumentError::Forgotten(_))));
        assert_eq!(span(12).map(|spans| spans.len()), Ok(1));
    }
}
