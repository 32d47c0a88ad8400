//! What a [witness](super::witness) had to say, and what the database lacks of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::seen::{Seen, take};
use super::tail::Tails;
use super::witness::{MAGIC, beside};
use super::{generation, known};

/// What reading gives up at; the file never comes near it.
const LONGEST: u64 = 64 << 20;

/// What a witness had to say.
#[derive(Debug, Default)]
pub(super) struct Testimony {
    /// Which run of the store it speaks of.
    pub(super) generation: i64,
    pub(super) seen: Vec<Seen>,
    /// How much of the file is sound.
    pub(super) bytes: u64,
}

impl Testimony {
    /// What the witness beside the database at `path` says of this database, as far
    /// as it is sound; nothing if it speaks of another.
    pub(super) fn of(path: &Path, connection: &Connection) -> io::Result<Option<Self>> {
        let Some(testimony) = Self::read(path)? else {
            return Ok(None);
        };
        // Whether the generation can be read at all is for others to find out.
        if testimony.is_about(connection).unwrap_or(false) {
            return Ok(Some(testimony));
        }
        if !testimony.seen.is_empty() {
            log::warn!(
                "{} speaks of another run of the store than {}. A server that is killed while it \
                 starts leaves them so; but if an older copy was put there, what was written \
                 since is not in it",
                beside(path).display(),
                path.display()
            );
        }
        Ok(None)
    }

    /// Whether it speaks of this database, in its present generation.
    pub(super) fn is_about(&self, connection: &Connection) -> rusqlite::Result<bool> {
        generation::present(connection).map(|generation| generation == self.generation)
    }

    /// The greatest row that was seen.
    pub(super) fn last_row(&self) -> u64 {
        let rows = self.seen.iter().map(|seen| match seen {
            Seen::Row { row, .. } => *row,
            _ => 0,
        });
        rows.max().unwrap_or(0)
    }

    /// The same, whichever database it speaks of.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        match File::open(beside(path)) {
            Ok(file) => file.take(LONGEST).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut rest = &bytes[..];
        let header = take(&mut rest, MAGIC.len()).zip(take(&mut rest, 8));
        let Some((MAGIC, generation)) = header
            .map(|(magic, of)| (magic.try_into().ok(), of))
            .and_then(|(magic, of)| Some((magic?, of)))
        else {
            return Ok(Some(Self::default()));
        };
        let generation = i64::from_le_bytes(generation.try_into().unwrap_or_default());
        let mut seen = Vec::new();
        while let Some((entry, length)) = Seen::decode(generation, rest) {
            seen.push(entry);
            rest = &rest[length..];
        }
        let bytes = (bytes.len() - rest.len()) as u64;
        Ok(Some(Self {
            generation,
            seen,
            bytes,
        }))
    }

    /// What was acknowledged of each document and cannot be found: the greatest
    /// such row.
    pub(super) fn missing_rows(
        &self,
        connection: &Connection,
        tails: &Tails,
    ) -> rusqlite::Result<BTreeMap<i64, u64>> {
        let mut acknowledged: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        for seen in &self.seen {
            if let Seen::Row { document, row } = seen {
                acknowledged.entry(*document).or_default().push(*row);
            }
        }
        let mut covers = connection.prepare("SELECT through FROM snapshots WHERE document = ?1")?;
        let mut missing = BTreeMap::new();
        for (document, mut rows) in acknowledged {
            if let Some(tail) = tails.get(document) {
                let found: std::collections::HashSet<u64> = tail.ids().collect();
                rows.retain(|row| !found.contains(row));
            }
            let Some(last) = rows.into_iter().max() else {
                continue;
            };
            let covered: Option<i64> = covers.query_row([document], |row| row.get(0)).optional()?;
            if covered.is_none_or(|through| through.cast_unsigned() < last) {
                missing.insert(document, last);
            }
        }
        Ok(missing)
    }

    /// Makes the database say what is missing, and does again what can be done
    /// again: inside one transaction. Tells how many documents lack rows.
    pub(super) fn settle(&self, connection: &Connection, tails: &Tails) -> rusqlite::Result<usize> {
        let transaction = connection.unchecked_transaction()?;
        let missing = self.missing_rows(&transaction, tails)?;
        for seen in &self.seen {
            match seen {
                Seen::Row { .. } => {}
                Seen::Document {
                    document,
                    created,
                    name,
                    title,
                } => {
                    let made = transaction.execute(
                        "INSERT OR IGNORE INTO documents
                         (id, name, title, created_at, updated_at, bytes, last_row)
                         VALUES (?1, ?2, ?3, ?4, ?4, 0, 0)",
                        params![document, name, title, created],
                    )?;
                    if made > 0 {
                        log::error!(
                            "document {name:?} was made and its record is lost; it is made again"
                        );
                        known::amend(&transaction, *document, |_| {})?;
                    }
                }
                Seen::Tombstone { document, deleted } => {
                    known::amend(&transaction, *document, |recorded| {
                        if recorded.deleted.is_some() != deleted.is_some() {
                            recorded.deleted = *deleted;
                        }
                    })?;
                }
            }
        }
        for (document, row) in &missing {
            known::amend(&transaction, *document, |recorded| {
                log::error!(
                    "document {:?}: journal rows up to {row} were acknowledged and are missing; \
                     it is not served any more. Restore it from a backup",
                    String::from_utf8_lossy(&recorded.name)
                );
                recorded.last_row = recorded.last_row.max(row.cast_signed());
            })?;
        }
        transaction.commit()?;
        Ok(missing.len())
    }
}
