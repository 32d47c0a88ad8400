//! A document's row in `documents`, as memory knows it.
//!
//! Writing the row with every append would double what an append costs, so
//! three of its columns lag behind the journal for some seconds. Memory has the
//! true values; after a crash they are told from the journal again.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{Record, micros};
use super::tail::{Tail, Tails};
use crate::id::DocumentId;

/// A row, and how much of it the file has yet to hear.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// `documents.id`.
    pub(super) key: i64,
    pub(super) title: Option<Arc<str>>,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) deleted: Option<i64>,
    /// The last journal row ever written for it, 0 for none.
    pub(super) last_row: u64,
    /// What its snapshot covers, if it has one, and its size.
    pub(super) through: Option<u64>,
    pub(super) snapshot_bytes: u64,
    /// The columns that may lag, as the file has them.
    recorded: Lagging,
}

/// The columns that may lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lagging {
    updated: i64,
    bytes: u64,
    last_row: u64,
}

impl Known {
    /// What a list shows of it.
    pub(super) fn record(&self, document: &DocumentId, tails: &Tails) -> Record {
        Record {
            document: document.clone(),
            title: self.title.as_deref().map(str::to_owned),
            created: micros::moment(self.created),
            updated: micros::moment(self.updated),
            bytes: self.current(tails).bytes,
            deleted: self.deleted.map(micros::moment),
        }
    }

    fn current(&self, tails: &Tails) -> Lagging {
        Lagging {
            updated: self.updated,
            bytes: self.snapshot_bytes + tails.get(self.key).map_or(0, Tail::bytes),
            last_row: self.last_row,
        }
    }

    /// Whether the file says less than memory.
    pub(super) fn lags(&self, tails: &Tails) -> bool {
        self.recorded != self.current(tails)
    }

    /// By how many microseconds the file's `updated_at` lags.
    pub(super) fn lag(&self) -> i64 {
        self.updated.saturating_sub(self.recorded.updated)
    }

    /// Finds a document by its name.
    pub(super) fn read(
        connection: &Connection,
        document: &DocumentId,
        tails: &Tails,
    ) -> rusqlite::Result<Option<Self>> {
        let found = connection
            .prepare_cached(
                "SELECT d.id, d.title, d.created_at, d.updated_at, d.deleted_at, d.last_row,
                        d.bytes, s.through, coalesce(length(s.body), 0)
                   FROM documents d LEFT JOIN snapshots s ON s.document = d.id
                  WHERE d.name = ?1",
            )?
            .query_row([document.as_str()], |row| {
                let updated = row.get(3)?;
                let last_row = row.get::<_, i64>(5)?.cast_unsigned();
                let bytes = row.get::<_, i64>(6)?.cast_unsigned();
                Ok(Self {
                    key: row.get(0)?,
                    title: row.get::<_, Option<String>>(1)?.map(Arc::from),
                    created: row.get(2)?,
                    updated,
                    deleted: row.get(4)?,
                    last_row,
                    through: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
                    snapshot_bytes: row.get::<_, i64>(8)?.cast_unsigned(),
                    recorded: Lagging {
                        updated,
                        bytes,
                        last_row,
                    },
                })
            })
            .optional()?;
        Ok(found.map(|mut known| {
            if let Some(tail) = tails.get(known.key) {
                known.updated = known.updated.max(tail.updated());
                known.last_row = known.last_row.max(tail.last());
            }
            known
        }))
    }

    /// A new document, with the id and size of the journal row that comes with
    /// it, if one does.
    pub(super) fn insert(
        connection: &Connection,
        document: &DocumentId,
        title: Option<&str>,
        at: i64,
        first_row: Option<(u64, u64)>,
    ) -> rusqlite::Result<Self> {
        let (last_row, bytes) = first_row.unwrap_or((0, 0));
        connection
            .prepare_cached(
                "INSERT INTO documents (name, title, created_at, updated_at, bytes, last_row)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
            )?
            .execute(params![
                document.as_str(),
                title,
                at,
                bytes.cast_signed(),
                last_row.cast_signed()
            ])?;
        Ok(Self {
            key: connection.last_insert_rowid(),
            title: title.map(Arc::from),
            created: at,
            updated: at,
            deleted: None,
            last_row: 0,
            through: None,
            snapshot_bytes: 0,
            recorded: Lagging {
                updated: at,
                bytes,
                last_row,
            },
        })
    }

    /// Writes everything that may have changed.
    pub(super) fn write(&mut self, connection: &Connection, tails: &Tails) -> rusqlite::Result<()> {
        let current = self.current(tails);
        connection
            .prepare_cached(
                "UPDATE documents SET title = ?2, updated_at = ?3, bytes = ?4, last_row = ?5,
                 deleted_at = ?6 WHERE id = ?1",
            )?
            .execute(params![
                self.key,
                self.title.as_deref(),
                current.updated,
                current.bytes.cast_signed(),
                current.last_row.cast_signed(),
                self.deleted
            ])?;
        self.recorded = current;
        Ok(())
    }
}

/// Writes the rows of all documents whose journal says more, which are those
/// that a killed process left behind.
pub(super) fn catch_up(connection: &Connection, tails: &Tails) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let mut ask = transaction.prepare(
        "SELECT d.updated_at, d.bytes, d.last_row, coalesce(length(s.body), 0)
           FROM documents d LEFT JOIN snapshots s ON s.document = d.id WHERE d.id = ?1",
    )?;
    let mut tell = transaction
        .prepare("UPDATE documents SET updated_at = ?2, bytes = ?3, last_row = ?4 WHERE id = ?1")?;
    for (key, tail) in tails.documents() {
        let told = ask.query_row([key], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?))
        });
        let Some((updated, bytes, last_row, snapshot)) = told.optional()? else {
            log::error!("the journal has rows of document number {key}, which is not there");
            continue;
        };
        let recorded: (i64, i64, i64) = (updated, bytes, last_row);
        let current = (
            updated.max(tail.updated()),
            snapshot + tail.bytes().cast_signed(),
            last_row.max(tail.last().cast_signed()),
        );
        if recorded != current {
            tell.execute(params![key, current.0, current.1, current.2])?;
        }
    }
    drop((ask, tell));
    transaction.commit()
}
