//! A document's row in `documents`, as memory knows it.
//!
//! Writing the row with every append would double what an append costs, so
//! three of its columns lag behind the journal for some seconds. Memory has the
//! true values; after a crash they are told from the journal again.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{Record, StoreError, micros};
use super::checksum;
use super::failure::Failure;
use super::seen::Seen;
use super::tail::{Tail, Tails};
use crate::id::{DocumentId, Seq};

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
            row: Seq(self.last_row),
            bytes: self.current(tails).bytes,
            deleted: self.deleted.map(micros::moment),
        }
    }

    /// That it was made, for the witness.
    pub(super) fn made(&self, document: &DocumentId) -> Seen {
        Seen::Document {
            document: self.key,
            created: self.created,
            name: document.as_str().to_owned(),
            title: self.title.as_deref().map(str::to_owned),
        }
    }

    /// Whether it carries a tombstone, for the witness.
    pub(super) fn tombstone(&self) -> Seen {
        Seen::Tombstone {
            document: self.key,
            deleted: self.deleted,
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
    ) -> Result<Option<Self>, Failure> {
        let found = connection
            .prepare_cached(
                "SELECT d.id, d.name, d.title, d.created_at, d.updated_at, d.deleted_at,
                        d.last_row, d.bytes, d.checksum, s.through, coalesce(length(s.body), 0)
                   FROM documents d LEFT JOIN snapshots s ON s.document = d.id
                  WHERE d.name = ?1",
            )?
            .query_row([document.as_str()], |row| {
                let through = row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned);
                Ok((Recorded::of(row)?, through, row.get::<_, i64>(10)?))
            })
            .optional()?;
        let Some((recorded, through, snapshot_bytes)) = found else {
            return Ok(None);
        };
        if !recorded.is_sound() {
            return Err(StoreError::Damaged(format!(
                "document {document:?}, table documents, id {}: the row does not fit its checksum",
                recorded.key
            ))
            .into());
        }
        let lagging = Lagging {
            updated: recorded.updated,
            bytes: recorded.bytes.cast_unsigned(),
            last_row: recorded.last_row.cast_unsigned(),
        };
        let mut known = Self {
            key: recorded.key,
            title: recorded.title.map(Arc::from),
            created: recorded.created,
            updated: recorded.updated,
            deleted: recorded.deleted,
            last_row: lagging.last_row,
            through,
            snapshot_bytes: snapshot_bytes.cast_unsigned(),
            recorded: lagging,
        };
        if let Some(tail) = tails.get(known.key) {
            known.updated = known.updated.max(tail.updated());
            known.last_row = known.last_row.max(tail.last());
        }
        Ok(Some(known))
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
                "INSERT INTO documents
                 (name, title, created_at, updated_at, bytes, last_row, checksum)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                document.as_str(),
                title,
                at,
                bytes.cast_signed(),
                last_row.cast_signed(),
                checksum::of_record(
                    [
                        at,
                        at,
                        i64::MIN,
                        last_row.cast_signed(),
                        bytes.cast_signed()
                    ],
                    document.as_str().as_bytes(),
                    title,
                )
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
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        document: &DocumentId,
        tails: &Tails,
    ) -> rusqlite::Result<()> {
        let current = self.current(tails);
        let row = Recorded {
            key: self.key,
            name: document.as_str().as_bytes().to_vec(),
            title: self.title.as_deref().map(str::to_owned),
            created: self.created,
            updated: current.updated,
            deleted: self.deleted,
            last_row: current.last_row.cast_signed(),
            bytes: current.bytes.cast_signed(),
            checksum: None,
        };
        row.write(connection)?;
        self.recorded = current;
        Ok(())
    }
}

/// The row as it stands in the file.
pub(super) struct Recorded {
    pub(super) key: i64,
    pub(super) name: Vec<u8>,
    pub(super) title: Option<String>,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) deleted: Option<i64>,
    pub(super) last_row: i64,
    pub(super) bytes: i64,
    /// Rows that were written before there were checksums have none.
    checksum: Option<i64>,
}

/// The columns that [`Recorded::of`] takes, in their order.
pub(super) const RECORDED: &str =
    "id, name, title, created_at, updated_at, deleted_at, last_row, bytes, checksum";

impl Recorded {
    /// From a row that begins with the columns of [`RECORDED`].
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: row.get(0)?,
            name: row.get_ref(1)?.as_bytes().unwrap_or_default().to_vec(),
            title: row.get(2)?,
            created: row.get(3)?,
            updated: row.get(4)?,
            deleted: row.get(5)?,
            last_row: row.get(6)?,
            bytes: row.get(7)?,
            checksum: row.get(8)?,
        })
    }

    /// Whether it fits its checksum.
    pub(super) fn is_sound(&self) -> bool {
        self.checksum.is_none_or(|checksum| checksum == self.seal())
    }

    /// The checksum that fits it.
    pub(super) fn seal(&self) -> i64 {
        let deleted = self.deleted.unwrap_or(i64::MIN);
        let numbers = [
            self.created,
            self.updated,
            deleted,
            self.last_row,
            self.bytes,
        ];
        checksum::of_record(numbers, &self.name, self.title.as_deref())
    }

    fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "UPDATE documents SET title = ?2, updated_at = ?3, bytes = ?4, last_row = ?5,
                 deleted_at = ?6, checksum = ?7 WHERE id = ?1",
            )?
            .execute(params![
                self.key,
                self.title.as_deref(),
                self.updated,
                self.bytes,
                self.last_row,
                self.deleted,
                self.seal()
            ])?;
        Ok(())
    }
}

/// Changes one document's row, if it is there and sound: a change would lend a
/// damaged one a new checksum. Whether it was.
pub(super) fn amend(
    connection: &Connection,
    key: i64,
    change: impl FnOnce(&mut Recorded),
) -> rusqlite::Result<bool> {
    let found = connection
        .prepare_cached(&format!("SELECT {RECORDED} FROM documents WHERE id = ?1"))?
        .query_row([key], Recorded::of)
        .optional()?;
    let Some(mut recorded) = found.filter(Recorded::is_sound) else {
        return Ok(false);
    };
    let before = recorded.seal();
    change(&mut recorded);
    if recorded.seal() != before || recorded.checksum.is_none() {
        recorded.write(connection)?;
    }
    Ok(true)
}

/// Writes the rows of all documents whose journal says more, which are those
/// that a killed process left behind.
pub(super) fn catch_up(connection: &Connection, tails: &Tails) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    amend_all(&transaction, tails)?;
    transaction.commit()
}

/// Brings the records of all documents with journal rows up to date, within a
/// transaction.
pub(super) fn amend_all(transaction: &Connection, tails: &Tails) -> rusqlite::Result<()> {
    for (key, tail) in tails.documents() {
        let snapshot = transaction
            .prepare_cached("SELECT length(body) FROM snapshots WHERE document = ?1")?
            .query_row([key], |row| row.get::<_, i64>(0))
            .optional();
        let amended = snapshot.and_then(|snapshot| {
            amend(transaction, key, |recorded| {
                recorded.updated = recorded.updated.max(tail.updated());
                recorded.bytes = snapshot.unwrap_or(0) + tail.bytes().cast_signed();
                recorded.last_row = recorded.last_row.max(tail.last().cast_signed());
            })
        });
        if !amended? {
            log::error!(
                "the journal has rows of document number {key}, whose record is not there or damaged"
            );
        }
    }
    Ok(())
}
