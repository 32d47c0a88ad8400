//! What the thread of the branches does with their database.
//!
//! What cannot be read is an error, never an empty list: each state is compared with its
//! hash.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::super::history::{packed, unpacked};
use super::super::version::cut;
use super::super::{MOST_NAMED, Retention, StoreError, micros};
use super::soundness::Doubts;
use super::{Behind, Branch, NewBranch};
use crate::annex::{AnnexError, Layout, is_damage};
use crate::id::DocumentId;

/// The database of a data directory, and of a backup.
pub(super) const LAYOUT: Layout = Layout {
    application_id: i32::from_be_bytes(*b"cowb"),
    version: 1,
    tables: TABLES,
    called: "database of cowrite's branches",
};

/// `state` comes last: what is in front of it is read without it.
const TABLES: &str = "
    CREATE TABLE branches (
        id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL, at INTEGER NOT NULL,
        author TEXT, name TEXT, is_named INTEGER NOT NULL, bytes INTEGER NOT NULL,
        stored INTEGER NOT NULL, hash BLOB NOT NULL, state BLOB NOT NULL,
        UNIQUE (document, hash)
    ) STRICT;
    CREATE INDEX branches_in_order ON branches (document, id);
    CREATE INDEX branches_by_age ON branches (is_named, at);";

const COLUMNS: &str = "id, at, author, name, bytes";

/// So many old ones go in one go: others have their turn in between.
pub(super) const AT_ONCE: usize = 64;

/// Disk for the branches of one document where no other limit of its history is set: what
/// a stranger sends must not fill it.
const MOST_BYTES: u64 = 256 << 20;
/// What came in the last hour, in microseconds, makes no room for others: two people may
/// come back from the same train.
const FRESH: i64 = 3_600_000_000;

/// What the thread has.
#[derive(Debug)]
pub(super) struct Shelf {
    /// `None` in memory.
    path: Option<PathBuf>,
    retention: Retention,
    connection: Option<Connection>,
    /// What was found when it was opened.
    doubts: Doubts,
}

impl Shelf {
    /// One that has nothing open.
    pub fn new(path: Option<PathBuf>, retention: Retention) -> Self {
        Self {
            path,
            retention,
            connection: None,
            doubts: Doubts::default(),
        }
    }

    /// The same, to begin with.
    pub fn anew(&self) -> Self {
        Self::new(self.path.clone(), self.retention)
    }

    /// Makes sure that a database that is there is open.
    pub fn is_opened(&mut self) -> Result<(), StoreError> {
        self.there().map(drop)
    }

    /// Something broke in the middle: what is on disk is read anew.
    pub fn broke(&mut self) {
        if self.path.is_some() {
            self.connection = None;
        }
    }

    /// Nothing more comes: all of it is in one file then.
    pub fn close(&mut self) {
        self.broke();
    }

    /// The connection, if there is a database.
    fn there(&mut self) -> Result<Option<&mut Connection>, StoreError> {
        if let (None, Some(path)) = (&self.connection, &self.path) {
            // What cannot be looked at is not "none": files would be let go for it.
            match std::fs::symlink_metadata(path) {
                Ok(data) if data.len() > 0 => {}
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => {
                    let what = format!("branches ({}): {error}", path.display());
                    return Err(StoreError::Engine(what));
                }
            }
        }
        self.made().map(Some)
    }

    /// The connection to a database that is there now, if it was not before.
    fn made(&mut self) -> Result<&mut Connection, StoreError> {
        if self.connection.is_none() {
            self.connection = Some(match &self.path {
                None => LAYOUT.in_memory().map_err(failed("memory"))?,
                Some(path) => {
                    let connection = LAYOUT.open(path)?;
                    let doubts = Doubts::of(&connection);
                    self.doubts = doubts.map_err(failed(&path.display().to_string()))?;
                    connection
                }
            });
        }
        self.connection
            .as_mut()
            .ok_or_else(|| StoreError::Engine("there is no database of branches".to_owned()))
    }

    /// The connection to read what a document has, if there is a database: all of that is
    /// in it.
    fn all_of(&mut self, document: &DocumentId) -> Result<Option<&mut Connection>, StoreError> {
        self.there()?;
        if self.doubts.concern(document.as_str()) {
            return Err(StoreError::Damaged(format!(
                "branches of {document:?}: the table and its indexes do not agree"
            )));
        }
        self.there()
    }

    fn failed(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        let path = self.path.as_ref().map(|path| path.display().to_string());
        failed(path.as_deref().unwrap_or("memory"))
    }

    /// The moment before which what nobody named is forgotten.
    fn oldest(&self) -> i64 {
        let oldest = self.retention.oldest(SystemTime::now());
        oldest.map_or(i64::MIN, micros::since_1970)
    }

    /// Forgets some of what is old. Says whether there may be more of it.
    pub fn sweep(&mut self) -> Result<bool, StoreError> {
        if self.retention.age.is_none() {
            return Ok(false);
        }
        let (oldest, failed) = (self.oldest(), self.failed());
        self.there()?;
        if self.doubts.are_any() {
            return Ok(false);
        }
        let Some(connection) = self.there()? else {
            return Ok(false);
        };
        forget_old(connection, oldest).map_err(failed)
    }

    pub fn keep(
        &mut self,
        document: &DocumentId,
        branch: &NewBranch,
    ) -> Result<Branch, StoreError> {
        let hash = Sha256::digest(&branch.state);
        let state = packed(&branch.state)?;
        let (oldest, most) = (self.oldest(), self.retention.bytes);
        let failed = self.failed();
        self.made()?;
        let forgets = !self.doubts.are_any();
        let connection = self.made()?;
        let mut keeping = || -> rusqlite::Result<Option<Branch>> {
            let transaction = connection.transaction()?;
            if forgets {
                forget_old(&transaction, oldest)?;
            }
            let [author, name] =
                [&branch.author, &branch.name].map(|text| text.as_deref().map(cut));
            let at = micros::since_1970(branch.at);
            // Never earlier than it was: a clock that is set back takes nothing away.
            let sql = format!(
                "UPDATE branches SET at = max(at, ?3), author = coalesce(?4, author),
                        name = CASE WHEN is_named THEN name ELSE coalesce(?5, name) END
                  WHERE document = ?1 AND hash = ?2 RETURNING {COLUMNS}"
            );
            let values = params![document.as_str(), hash.as_slice(), at, author, name];
            let there = transaction
                .prepare_cached(&sql)?
                .query_row(values, read)
                .optional()?;
            if let Some(branch) = there {
                transaction.commit()?;
                return Ok(Some(branch));
            }
            if !makes_room(
                &transaction,
                document,
                state.len() as u64,
                most,
                at,
                forgets,
            )? {
                return Ok(None);
            }
            let sql = format!(
                "INSERT INTO branches
                        (document, at, author, name, is_named, bytes, stored, hash, state)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8) RETURNING {COLUMNS}"
            );
            let made = transaction.prepare_cached(&sql)?.query_row(
                params![
                    document.as_str(),
                    at,
                    author,
                    name,
                    branch.state.len() as i64,
                    state.len() as i64,
                    hash.as_slice(),
                    &state[..],
                ],
                read,
            )?;
            transaction.commit()?;
            Ok(Some(made))
        };
        keeping().map_err(failed)?.ok_or(StoreError::TooManyNamed)
    }

    pub fn list(
        &mut self,
        document: &DocumentId,
        behind: Behind,
        limit: usize,
    ) -> Result<Vec<Branch>, StoreError> {
        let (oldest, failed) = (self.oldest(), self.failed());
        let Some(connection) = self.all_of(document)? else {
            return Ok(Vec::new());
        };
        let listing = || -> rusqlite::Result<Vec<Branch>> {
            // Whose they are says the table: the index may lie, and only finds them.
            let sql = format!(
                "SELECT {COLUMNS} FROM branches NOT INDEXED
                  WHERE id IN (SELECT i.id FROM branches i INDEXED BY branches_in_order
                                WHERE i.document = ?1)
                    AND document = ?1 AND (at, id) < (?2, ?3) AND (is_named OR at >= ?4)
                  ORDER BY at DESC, id DESC LIMIT ?5"
            );
            let mut listed = connection.prepare_cached(&sql)?;
            let values = params![
                document.as_str(),
                behind.at,
                signed(behind.id),
                oldest,
                limit as i64
            ];
            listed.query_map(values, read)?.collect()
        };
        listing().map_err(failed)
    }

    pub fn describe(
        &mut self,
        document: &DocumentId,
        id: u64,
    ) -> Result<Option<Branch>, StoreError> {
        let (oldest, failed) = (self.oldest(), self.failed());
        let Some(connection) = self.all_of(document)? else {
            return Ok(None);
        };
        let describing = || {
            let sql = format!(
                "SELECT {COLUMNS} FROM branches
                  WHERE document = ?1 AND id = ?2 AND (is_named OR at >= ?3)"
            );
            let values = params![document.as_str(), signed(id), oldest];
            connection
                .prepare_cached(&sql)?
                .query_row(values, read)
                .optional()
        };
        describing().map_err(failed)
    }

    pub fn find(
        &mut self,
        document: &DocumentId,
        id: u64,
    ) -> Result<Option<(Branch, Bytes)>, StoreError> {
        let (oldest, failed) = (self.oldest(), self.failed());
        let Some(connection) = self.all_of(document)? else {
            return Ok(None);
        };
        let finding = || {
            let sql = format!(
                "SELECT {COLUMNS}, hash, state FROM branches
                  WHERE document = ?1 AND id = ?2 AND (is_named OR at >= ?3)"
            );
            connection
                .prepare_cached(&sql)?
                .query_row(params![document.as_str(), signed(id), oldest], |row| {
                    Ok((
                        read(row)?,
                        row.get::<_, Vec<u8>>(5)?,
                        row.get::<_, Vec<u8>>(6)?,
                    ))
                })
                .optional()
        };
        let Some((branch, hash, state)) = finding().map_err(failed)? else {
            return Ok(None);
        };
        let state = unseal(&hash, &state)
            .map_err(|what| StoreError::Damaged(format!("branch b{id} of {document:?}: {what}")))?;
        Ok(Some((branch, state)))
    }

    pub fn rename(
        &mut self,
        document: &DocumentId,
        id: u64,
        name: Option<&str>,
    ) -> Result<Option<Branch>, StoreError> {
        let (oldest, failed) = (self.oldest(), self.failed());
        let Some(connection) = self.all_of(document)? else {
            return Ok(None);
        };
        let renaming = || {
            let sql = format!(
                "UPDATE branches SET name = ?1, is_named = ?1 IS NOT NULL
                  WHERE document = ?2 AND id = ?3 AND (is_named OR at >= ?4)
                  RETURNING {COLUMNS}"
            );
            let values = params![name.map(cut), document.as_str(), signed(id), oldest];
            connection
                .prepare_cached(&sql)?
                .query_row(values, read)
                .optional()
        };
        renaming().map_err(failed)
    }
}

/// Forgets some of what nobody named and is old. Says whether there may be more of it.
fn forget_old(connection: &Connection, oldest: i64) -> rusqlite::Result<bool> {
    let sql = "DELETE FROM branches WHERE id IN
                (SELECT id FROM branches WHERE is_named = 0 AND at < ?1 LIMIT ?2)";
    let gone = connection
        .prepare_cached(sql)?
        .execute(params![oldest, AT_ONCE as i64])?;
    Ok(gone >= AT_ONCE)
}

/// Forgets what must go for one more, and says whether there is room then. What has a name
/// takes room in number only. What may be another's, or not old, is not forgotten.
fn makes_room(
    connection: &Connection,
    document: &DocumentId,
    more: u64,
    most: Option<u64>,
    now: i64,
    forgets: bool,
) -> rusqlite::Result<bool> {
    let fresh = now.saturating_sub(FRESH);
    let most = signed(most.unwrap_or(MOST_BYTES));
    loop {
        let (count, stored): (i64, i64) = connection
            .prepare_cached(
                "SELECT count(*), coalesce(sum(stored) FILTER (WHERE NOT is_named), 0)
                   FROM branches INDEXED BY branches_in_order WHERE document = ?1",
            )?
            .query_row([document.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if count < MOST_NAMED as i64 && (stored == 0 || stored.saturating_add(signed(more)) <= most)
        {
            return Ok(true);
        }
        if !forgets {
            return Ok(false);
        }
        let gone = connection
            .prepare_cached(
                "DELETE FROM branches WHERE id = (
                 SELECT id FROM branches INDEXED BY branches_in_order WHERE document = ?1 AND is_named = 0 AND at < ?2 ORDER BY at, id LIMIT 1)",
            )?
            .execute(params![document.as_str(), fresh])?;
        if gone == 0 {
            return Ok(false);
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Branch> {
    Ok(Branch {
        id: row.get::<_, i64>(0)?.max(0).cast_unsigned(),
        at: micros::moment(row.get(1)?),
        author: row.get(2)?,
        name: row.get(3)?,
        bytes: row.get::<_, i64>(4)?.max(0).cast_unsigned(),
    })
}

/// The state that was packed, if it is the one.
pub(super) fn unseal(hash: &[u8], state: &[u8]) -> Result<Bytes, String> {
    let state = unpacked(state)?;
    match Sha256::digest(&state).as_slice() == hash {
        true => Ok(state.into()),
        false => Err("it does not fit its hash".to_owned()),
    }
}

/// What SQLite says, as a store says it.
fn failed(place: &str) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
    let place = place.to_owned();
    move |error| {
        let what = format!("branches ({place}): {error}");
        match is_damage(&error) {
            true => StoreError::Damaged(what),
            false => StoreError::Engine(what),
        }
    }
}

impl From<AnnexError> for StoreError {
    fn from(error: AnnexError) -> Self {
        match error.is_damage() {
            true => Self::Damaged(error.to_string()),
            false => Self::Engine(error.to_string()),
        }
    }
}
