//! Which documents hold which files: a small SQLite database of its own, so that damage
//! to it concerns no document.
//!
//! It is made with the first file. One that is not there beside contents, or that does
//! not check out, is an error and not an empty one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{FOLDER, FileError, Hash, Held, INDEX, LEAST, LOOKS};
use crate::annex::{Layout, sound};
use crate::id::DocumentId;

/// The index of a data directory, and of a backup.
pub(super) const LAYOUT: Layout = Layout {
    application_id: i32::from_be_bytes(*b"cowf"),
    version: 1,
    tables: TABLES,
    called: "index of cowrite's files",
};

const TABLES: &str = "
    CREATE TABLE contents (
        hash BLOB PRIMARY KEY, bytes INTEGER NOT NULL, kind TEXT NOT NULL,
        width INTEGER, height INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL,
        hash BLOB NOT NULL REFERENCES contents (hash), name TEXT NOT NULL,
        added INTEGER NOT NULL, looks INTEGER NOT NULL DEFAULT 0,
        UNIQUE (document, hash)
    ) STRICT;
    CREATE INDEX files_by_hash ON files (hash);
    CREATE INDEX files_in_order ON files (document, id);";

const COLUMNS: &str = "SELECT files.id, files.hash, files.name, files.added, contents.kind,
        contents.bytes, contents.width, contents.height
    FROM files JOIN contents USING (hash)";

/// The index.
pub(super) struct Index {
    /// `None` in memory.
    path: Option<PathBuf>,
    /// `None` as long as there was no file.
    connection: Option<Connection>,
    /// What all contents take.
    total: u64,
}

type Answer<T> = rusqlite::Result<T>;

impl Index {
    /// Opens the one in a data directory, if there is one.
    pub fn open(data: &Path) -> Result<Self, String> {
        let path = data.join(INDEX);
        let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let is_there = fs::symlink_metadata(&path).is_ok_and(|data| data.len() > 0);
        if !is_there && holds_contents(data).map_err(|error| said(&error))? {
            return Err(said(
                &"it is gone, but not the files that it knew; restore it",
            ));
        }
        let connection = is_there.then(|| open_sound(&path)).transpose()?;
        let mut index = Self {
            path: Some(path),
            connection,
            total: 0,
        };
        index.count().map_err(|error| error.to_string())?;
        Ok(index)
    }

    pub fn in_memory() -> Result<Self, String> {
        let mut index = Self {
            path: None,
            connection: None,
            total: 0,
        };
        index.made().map_err(|error| error.to_string())?;
        Ok(index)
    }

    /// Makes sure that there is one on disk, before there is a content that it could
    /// lack.
    pub fn made(&mut self) -> Result<&mut Connection, FileError> {
        if self.connection.is_none() {
            let connection = match &self.path {
                None => LAYOUT.in_memory()?,
                Some(path) => LAYOUT.open(path)?,
            };
            self.connection = Some(connection);
        }
        let gone = || FileError::Unavailable("there is no index".to_owned());
        self.connection.as_mut().ok_or_else(gone)
    }

    /// What all contents take, in bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    fn count(&mut self) -> Answer<()> {
        let total = match &self.connection {
            None => 0,
            Some(connection) => connection.query_row(
                "SELECT coalesce(sum(max(bytes, ?1)), 0) FROM contents",
                [LEAST as i64],
                |row| row.get::<_, i64>(0),
            )?,
        };
        self.total = total.max(0) as u64;
        Ok(())
    }

    /// What a document's files take, in bytes.
    pub fn total_of(&self, document: &DocumentId) -> Answer<u64> {
        let Some(connection) = &self.connection else {
            return Ok(0);
        };
        let total: i64 = connection.query_row(
            "SELECT coalesce(sum(max(bytes, ?1)), 0) FROM files JOIN contents USING (hash)
             WHERE document = ?2",
            params![LEAST as i64, document.as_str()],
            |row| row.get(0),
        )?;
        Ok(total.max(0) as u64)
    }

    pub fn find(&self, document: &DocumentId, hash: &Hash) -> Answer<Option<Held>> {
        let Some(connection) = &self.connection else {
            return Ok(None);
        };
        connection
            .prepare_cached(&format!("{COLUMNS} WHERE document = ?1 AND hash = ?2"))?
            .query_row(params![document.as_str(), hash.as_bytes()], held)
            .optional()
    }

    pub fn list(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Answer<Vec<Held>> {
        let Some(connection) = &self.connection else {
            return Ok(Vec::new());
        };
        let before = before.map_or(i64::MAX, |id| i64::try_from(id).unwrap_or(i64::MAX));
        let order = "WHERE document = ?1 AND files.id < ?2 ORDER BY files.id DESC LIMIT ?3";
        let mut listed = connection.prepare_cached(&format!("{COLUMNS} {order}"))?;
        let values = params![document.as_str(), before, limit as i64];
        listed.query_map(values, held)?.collect()
    }

    /// Notes a file, and its content if that is new.
    #[allow(clippy::too_many_arguments, reason = "they are the columns")]
    pub fn insert(
        &mut self,
        document: &DocumentId,
        hash: &Hash,
        name: &str,
        kind: &str,
        bytes: u64,
        pixels: Option<(u64, u64)>,
        at: SystemTime,
    ) -> Result<(), FileError> {
        let sql = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (width, height) = pixels.unzip();
        let transaction = self.made()?.transaction()?;
        let is_new = transaction.execute(
            "INSERT INTO contents (hash, bytes, kind, width, height)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![
                hash.as_bytes(),
                sql(bytes),
                kind,
                width.map(sql),
                height.map(sql)
            ],
        )?;
        transaction.execute(
            "INSERT INTO files (document, hash, name, added) VALUES (?1, ?2, ?3, ?4)",
            params![document.as_str(), hash.as_bytes(), name, micros(at)],
        )?;
        transaction.commit()?;
        self.total += match is_new {
            0 => 0,
            _ => bytes.max(LEAST),
        };
        Ok(())
    }

    /// Somebody sent it again: no look counts that was before.
    pub fn is_wanted(&mut self, document: &DocumentId, hash: &Hash) -> Result<(), FileError> {
        self.made()?.execute(
            "UPDATE files SET looks = 0 WHERE document = ?1 AND hash = ?2 AND looks > 0",
            params![document.as_str(), hash.as_bytes()],
        )?;
        Ok(())
    }

    /// Takes a file from a document; `Some(true)` if no other document has its content,
    /// which is forgotten then.
    pub fn remove(
        &mut self,
        document: &DocumentId,
        hash: &Hash,
    ) -> Result<Option<bool>, FileError> {
        let transaction = self.made()?.transaction()?;
        let removed = transaction.execute(
            "DELETE FROM files WHERE document = ?1 AND hash = ?2",
            params![document.as_str(), hash.as_bytes()],
        )?;
        if removed == 0 {
            return Ok(None);
        }
        let forgotten: Option<i64> = transaction
            .query_row(
                "DELETE FROM contents WHERE hash = ?1
                 AND NOT EXISTS (SELECT 1 FROM files WHERE files.hash = contents.hash)
                 RETURNING bytes",
                [hash.as_bytes()],
                |row| row.get(0),
            )
            .optional()?;
        transaction.commit()?;
        let freed = forgotten.map_or(0, |bytes| (bytes.max(0) as u64).max(LEAST));
        self.total = self.total.saturating_sub(freed);
        Ok(Some(forgotten.is_some()))
    }

    pub fn knows(&self, hash: &Hash) -> Answer<bool> {
        let Some(connection) = &self.connection else {
            return Ok(false);
        };
        connection
            .prepare_cached("SELECT 1 FROM contents WHERE hash = ?1")?
            .exists([hash.as_bytes()])
    }

    pub fn documents(&self, after: Option<&DocumentId>, limit: usize) -> Answer<Vec<DocumentId>> {
        let Some(connection) = &self.connection else {
            return Ok(Vec::new());
        };
        let mut listed = connection.prepare_cached(
            "SELECT DISTINCT document FROM files WHERE document > ?1 ORDER BY document LIMIT ?2",
        )?;
        let after = after.map_or("", DocumentId::as_str);
        let names =
            listed.query_map(params![after, limit as i64], |row| row.get::<_, String>(0))?;
        // What is no name is no document's: nobody looks for it, and it stays.
        let parsed =
            names.filter_map(|name| name.map(|name| DocumentId::parse(&name).ok()).transpose());
        parsed.collect()
    }

    pub fn hashes(&self, document: &DocumentId) -> Answer<BTreeSet<Hash>> {
        let Some(connection) = &self.connection else {
            return Ok(BTreeSet::new());
        };
        let mut listed = connection.prepare_cached("SELECT hash FROM files WHERE document = ?1")?;
        let hashes = listed.query_map([document.as_str()], |row| hash_in(row, 0))?;
        hashes.collect()
    }

    pub fn noticed(
        &mut self,
        document: &DocumentId,
        looked_for: &BTreeSet<Hash>,
        referred: &BTreeSet<Hash>,
    ) -> Result<BTreeSet<Hash>, FileError> {
        let mut ripe = BTreeSet::new();
        let transaction = self.made()?.transaction()?;
        for hash in looked_for {
            let change = match referred.contains(hash) {
                true => {
                    "UPDATE files SET looks = 0 WHERE document = ?1 AND hash = ?2 AND looks > 0"
                }
                false => {
                    "UPDATE files SET looks = min(looks + 1, 1000) WHERE document = ?1 AND hash = ?2"
                }
            };
            let values = params![document.as_str(), hash.as_bytes()];
            transaction.prepare_cached(change)?.execute(values)?;
            if looks(&transaction, document, hash)? >= LOOKS {
                ripe.insert(*hash);
            }
        }
        transaction.commit()?;
        Ok(ripe)
    }

    pub fn is_ripe(&self, document: &DocumentId, hash: &Hash) -> Answer<bool> {
        match &self.connection {
            None => Ok(false),
            Some(connection) => Ok(looks(connection, document, hash)? >= LOOKS),
        }
    }
}

fn looks(connection: &Connection, document: &DocumentId, hash: &Hash) -> Answer<u32> {
    let looks = connection
        .prepare_cached("SELECT looks FROM files WHERE document = ?1 AND hash = ?2")?
        .query_row(params![document.as_str(), hash.as_bytes()], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(looks.unwrap_or(0))
}

/// Opens an index of which all fits.
fn open_sound(path: &Path) -> Result<Connection, String> {
    let connection = LAYOUT.open(path).map_err(|error| error.to_string())?;
    sound(&connection).map_err(|what| format!("{}: {what}", path.display()))?;
    Ok(connection)
}

/// Whether there is any content in a data directory.
pub(super) fn holds_contents(data: &Path) -> std::io::Result<bool> {
    let entries = match fs::read_dir(data.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && fs::read_dir(&path)?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn held(row: &Row<'_>) -> Answer<Held> {
    let number = |at| {
        row.get::<_, Option<i64>>(at)
            .map(|it| it.map(|it| it.max(0) as u64))
    };
    let added = Duration::from_micros(row.get::<_, i64>(3)?.max(0) as u64);
    Ok(Held {
        id: row.get::<_, i64>(0)?.max(0) as u64,
        hash: hash_in(row, 1)?,
        name: row.get(2)?,
        added: UNIX_EPOCH.checked_add(added).unwrap_or(UNIX_EPOCH),
        kind: row.get(4)?,
        bytes: number(5)?.unwrap_or(0),
        pixels: number(6)?.zip(number(7)?),
    })
}

pub(super) fn hash_in(row: &Row<'_>, at: usize) -> Answer<Hash> {
    let bytes = row.get_ref(at)?.as_blob()?;
    Hash::from_slice(bytes).ok_or(rusqlite::Error::InvalidColumnType(
        at,
        "hash".to_owned(),
        rusqlite::types::Type::Blob,
    ))
}

fn micros(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
