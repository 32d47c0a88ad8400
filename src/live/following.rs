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
use crate::store::{Record, Version};

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

    /// What was written after a row, for one of those who follow the document.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub async fn followed_change(
        &self,
        id: &DocumentId,
        following: &Following,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Arc<Change>, DocumentError> {
        let asked = self.change(id, after, through, by);
        following.shared(after, through, asked).await
    }

    /// What was written after a row, up to another.
    ///
    /// # Errors
    /// [`DocumentError::Forgotten`] when not all of it is kept any more, or never was;
    /// [`DocumentError::Lost`] when it cannot be read.
    pub async fn change(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Change, DocumentError> {
        let rows = self.wrote(id, after, through, by).await?;
        let Some(last) = rows.last() else {
            return Err(DocumentError::Lost("there are no such rows".to_owned()));
        };
        let (row, at) = (last.seq, last.at);
        let bytes = rows.iter().map(|row| row.bytes as u64).sum();
        let count = rows.len();
        let clients = rows.into_iter().flat_map(|row| row.clients);
        let mut clients: BTreeSet<u64> = clients.collect();
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

    async fn last_row(&self, id: &DocumentId) -> Result<Seq, DocumentError> {
        let parts = self.store().history(id).await.map_err(lost)?;
        Ok(parts.last().map_or(Seq(0), |tail| tail.last))
    }
}
