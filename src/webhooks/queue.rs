//! What receivers were told, and what is on its way to them: a database of its own.
//!
//! What has happened stands in the store; here stands what of it was told. So nothing has
//! to be written here when somebody edits, and whatever happened while nobody looked, a
//! crash included, is found by comparing the two. A power loss may take the last entries:
//! then something is told again.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use crate::id::DocumentId;

/// The database in the data folder.
pub(super) const FILE: &str = "cowrite.webhooks.db";

/// "cowh", in `PRAGMA application_id`.
const APPLICATION_ID: i32 = 0x636f_7768;

/// The layout, in `PRAGMA user_version`.
const LAYOUT: i32 = 1;

const TABLES: &str = "
    CREATE TABLE hooks (hook TEXT PRIMARY KEY) WITHOUT ROWID;
    -- row and version: the last that the receiver was told of; NULL: the version that there
    -- was of that row, and (of receivers from before rows were listed) the row at `updated`.
    CREATE TABLE told (
        hook TEXT NOT NULL, document TEXT NOT NULL, row INTEGER, version INTEGER,
        deleted INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (hook, document)
    ) WITHOUT ROWID;
    -- What is being delivered, and what will have been told then.
    CREATE TABLE messages (
        hook TEXT NOT NULL, document TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
        body BLOB NOT NULL, attempts INTEGER NOT NULL, row INTEGER, version INTEGER,
        deleted INTEGER NOT NULL, updated INTEGER NOT NULL, PRIMARY KEY (hook, document)
    ) WITHOUT ROWID;";

/// What a receiver knows of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    /// The last row; `None`: the one at `updated`.
    pub row: Option<u64>,
    /// The newest version, 0 for none; `None`: the one there was.
    pub version: Option<u64>,
    pub deleted: bool,
    /// When the document had changed last, in microseconds since 1970.
    pub updated: i64,
}

/// What the list of documents says of one.
#[derive(Debug)]
pub(super) struct Listed {
    pub document: DocumentId,
    /// The last row.
    pub row: u64,
    /// When it changed last, in microseconds since 1970.
    pub updated: i64,
}

impl Listed {
    /// Whether nothing was written since a receiver was told this. Rows only grow; a clock
    /// may be set back, so moments are compared only where no row is known.
    pub fn is_what(&self, told: &Told) -> bool {
        match told.row {
            Some(row) => row == self.row,
            None => told.updated == self.updated,
        }
    }
}

/// Something on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub id: String,
    pub kind: String,
    pub body: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// What is told with it.
    pub told: Told,
}

/// Why the queue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The file cannot be made or opened.
    #[error("{path} cannot be opened: {error}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is another program's, or of another release.
    #[error(
        "{0} is no queue of webhooks that this release knows; move it away, and receivers are \
         told of what happens from then on"
    )]
    Foreign(PathBuf),
    /// SQLite says no.
    #[error("the queue of webhooks failed: {0}")]
    Engine(#[from] rusqlite::Error),
}

type Result<T> = std::result::Result<T, QueueError>;

/// The queue.
pub(super) struct Queue(Connection);

impl Queue {
    /// The one in a folder, or one in memory.
    pub fn open(folder: Option<&Path>) -> Result<Self> {
        let connection = match folder {
            None => Connection::open_in_memory()?,
            Some(folder) => {
                let path = folder.join(FILE);
                let mut options = OpenOptions::new();
                options.write(true).create(true).truncate(false);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                if let Err(error) = options.open(&path) {
                    return Err(QueueError::File { path, error });
                }
                let connection = Connection::open(&path)?;
                let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
                let (application, layout): (i32, i32) =
                    (number("application_id")?, number("user_version")?);
                let is_new = application == 0 && layout == 0;
                if !is_new && (application, layout) != (APPLICATION_ID, LAYOUT) {
                    return Err(QueueError::Foreign(path));
                }
                connection.pragma_update(None, "journal_mode", "wal")?;
                connection.pragma_update(None, "synchronous", "normal")?;
                connection
            }
        };
        let mut queue = Self(connection);
        let layout: i32 = queue
            .0
            .pragma_query_value(None, "user_version", |row| row.get(0))?;
        if layout == 0 {
            let transaction = queue.0.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", LAYOUT)?;
            transaction.commit()?;
        }
        Ok(queue)
    }

    /// Forgets all receivers but these.
    pub fn keep_only(&mut self, hooks: &[String]) -> Result<()> {
        let transaction = self.0.transaction()?;
        let known: Vec<String> = {
            let mut select = transaction.prepare("SELECT hook FROM hooks")?;
            let found = select.query_map([], |row| row.get(0))?;
            found.collect::<rusqlite::Result<_>>()?
        };
        for gone in known.iter().filter(|known| !hooks.contains(known)) {
            for table in ["hooks", "told", "messages"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE hook = ?1"), [gone])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Whether a receiver was there before.
    pub fn knows(&self, hook: &str) -> Result<bool> {
        let mut select = self
            .0
            .prepare_cached("SELECT 1 FROM hooks WHERE hook = ?1")?;
        Ok(select.exists([hook])?)
    }

    /// A receiver is there from now on: what was before counts as told.
    pub fn begins(&self, hook: &str) -> Result<()> {
        let mut insert = self
            .0
            .prepare_cached("INSERT OR IGNORE INTO hooks VALUES (?1)")?;
        insert.execute([hook])?;
        Ok(())
    }

    /// Notes documents that are there already, and what was written in them last.
    pub fn counts_as_told(&mut self, hook: &str, documents: &[Listed]) -> Result<()> {
        let transaction = self.0.transaction()?;
        for listed in documents {
            let row = listed.row.cast_signed();
            transaction
                .prepare_cached("INSERT OR IGNORE INTO told VALUES (?1, ?2, ?3, NULL, 0, ?4)")?
                .execute(params![hook, listed.document.as_str(), row, listed.updated])?;
        }
        Ok(transaction.commit()?)
    }

    /// What a receiver knows of a document.
    pub fn told(&self, hook: &str, document: &DocumentId) -> Result<Option<Told>> {
        let mut select = self.0.prepare_cached(
            "SELECT row, version, deleted, updated FROM told WHERE hook = ?1 AND document = ?2",
        )?;
        let told = select.query_row([hook, document.as_str()], |row| told(row, 0));
        Ok(told.optional()?)
    }

    /// What it knows of those with names after one and up to another, by name.
    pub fn told_between(
        &self,
        hook: &str,
        after: &str,
        through: Option<&str>,
    ) -> Result<BTreeMap<String, Told>> {
        let mut select = self.0.prepare_cached(
            "SELECT row, version, deleted, updated, document FROM told
              WHERE hook = ?1 AND document > ?2 AND (?3 IS NULL OR document <= ?3)",
        )?;
        let found = select.query_map(params![hook, after, through], |row| {
            Ok((row.get(4)?, told(row, 0)?))
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// What is on its way of a document.
    pub fn message(&self, hook: &str, document: &DocumentId) -> Result<Option<Message>> {
        let mut select = self.0.prepare_cached(
            "SELECT id, kind, body, attempts, row, version, deleted, updated FROM messages
              WHERE hook = ?1 AND document = ?2",
        )?;
        let found = select.query_row([hook, document.as_str()], |row| {
            Ok(Message {
                id: row.get(0)?,
                kind: row.get(1)?,
                body: row.get(2)?,
                attempts: row.get(3)?,
                told: told(row, 4)?,
            })
        });
        Ok(found.optional()?)
    }

    /// Of which documents something is on its way; the first of them.
    pub fn under_way(&self, hook: &str, most: usize) -> Result<Vec<DocumentId>> {
        let mut select = self
            .0
            .prepare_cached("SELECT document FROM messages WHERE hook = ?1 LIMIT ?2")?;
        let found = select.query_map(params![hook, most as i64], |row| row.get::<_, String>(0))?;
        let names = found.collect::<rusqlite::Result<Vec<_>>>()?;
        let ids = names.iter().filter_map(|name| DocumentId::parse(name).ok());
        Ok(ids.collect())
    }

    /// Puts something on its way, or counts that it was tried.
    pub fn put(&self, hook: &str, document: &DocumentId, message: &Message) -> Result<()> {
        let told = &message.told;
        let mut insert = self.0.prepare_cached(
            "INSERT OR REPLACE INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        insert.execute(params![
            hook,
            document.as_str(),
            message.id,
            message.kind,
            message.body,
            message.attempts,
            told.row.map(u64::cast_signed),
            told.version.map(u64::cast_signed),
            told.deleted,
            told.updated,
        ])?;
        Ok(())
    }

    /// A receiver knows this of a document; nothing is on its way any more.
    pub fn settle(&mut self, hook: &str, document: &DocumentId, told: &Told) -> Result<()> {
        let transaction = self.0.transaction()?;
        transaction
            .prepare_cached("DELETE FROM messages WHERE hook = ?1 AND document = ?2")?
            .execute([hook, document.as_str()])?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO told VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![
                hook,
                document.as_str(),
                told.row.map(u64::cast_signed),
                told.version.map(u64::cast_signed),
                told.deleted,
                told.updated,
            ])?;
        Ok(transaction.commit()?)
    }
}

fn told(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Told> {
    let unsigned = |number: Option<i64>| number.map(i64::cast_unsigned);
    Ok(Told {
        row: unsigned(row.get(at)?),
        version: unsigned(row.get(at + 1)?),
        deleted: row.get(at + 2)?,
        updated: row.get(at + 3)?,
    })
}
