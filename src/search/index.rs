//! The index: a database of its own, made of what the documents say, and worth nothing
//! without them.
//!
//! So only checkpoints are synced, and where it is missing, of another release or damaged, it is
//! thrown away and made anew.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use tokio::sync::Notify;

use super::excerpt;
use super::links::{self, Target};
use super::words::{self, Part};
use database::{anew, made, opened};

/// The database in the data folder.
pub(super) const FILE: &str = "cowrite.search.db";

/// How long is looked for something.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many steps of the database lie between two looks at the clock.
const STEPS: i32 = 20_000;

/// So many letters of a text are looked through for an excerpt.
const LOOKED_THROUGH: usize = 128 << 10;

/// The longest beginning of a document that is shown where nothing in it was found.
const BEGINNING: usize = 160;

/// So many bytes of a text are looked through. What stands behind is not found.
pub(super) const MOST_TEXT: usize = 1 << 20;

/// Why nothing can be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// It takes too long to look for this.
    #[error("too much is found by that; look for more words, or longer ones")]
    TooBroad,
    /// The index cannot be read. Says why.
    #[error("the index cannot be read, and is made anew: {0}")]
    Unavailable(String),
}

/// Tells a state of a document from others: when it was written, and how much the store
/// has of it, since clocks are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Microseconds since 1970.
    pub updated: i64,
    pub bytes: i64,
}

/// What is put into the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub name: String,
    pub title: Option<String>,
    pub stamp: Stamp,
    pub text: String,
    /// Where it leads.
    pub targets: Vec<Target>,
}

/// Where a page of results ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// How well the last one fits; less is better.
    pub rank: f64,
    /// Its number in the index.
    pub id: i64,
}

/// A document in which something was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its name.
    pub name: String,
    /// A part of its text, or its beginning.
    pub excerpt: Vec<Part>,
    /// Where the next page begins, if this one ends here.
    pub place: Place,
}

/// The index. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Index(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: Option<PathBuf>,
    database: Mutex<Connection>,
    /// It was thrown away, and knows nothing.
    anew: Notify,
}

impl Index {
    /// Opens the index in a folder, or makes one; without a folder in memory.
    ///
    /// # Errors
    /// When not even an empty one can be made.
    pub fn open(folder: Option<&Path>) -> Result<Self, SearchError> {
        let path = folder.map(|folder| folder.join(FILE));
        let database = match &path {
            None => made(Connection::open_in_memory())?,
            Some(path) => opened(path).or_else(|why| {
                log::warn!("{}: {why}; it is made anew", path.display());
                anew(path)
            })?,
        };
        let database = Mutex::new(database);
        let anew = Notify::new();
        Ok(Self(Arc::new(Shared {
            path,
            database,
            anew,
        })))
    }

    /// Waits until it is made anew: all documents are to be read then.
    pub async fn is_made_anew(&self) {
        self.0.anew.notified().await;
    }

    /// Puts a document into the index, in the place of what it was.
    pub fn put(&self, entry: &Entry) -> Result<(), SearchError> {
        self.with(|database| {
            let change = database.unchecked_transaction()?;
            let id: i64 = change
                .prepare_cached(
                    "INSERT INTO documents (name, title, updated, bytes, beginning)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (name) DO UPDATE SET title = excluded.title,
                     updated = excluded.updated, bytes = excluded.bytes,
                     beginning = excluded.beginning RETURNING id",
                )?
                .query_row(
                    params![
                        entry.name,
                        entry.title,
                        entry.stamp.updated,
                        entry.stamp.bytes,
                        words::beginning(&entry.text, entry.title.as_deref()),
                    ],
                    |row| row.get(0),
                )?;
            change
                .prepare_cached("DELETE FROM texts WHERE rowid = ?1")?
                .execute([id])?;
            links::put(&change, id, &entry.name, &entry.targets)?;
            // A name is what people look for, too.
            let title = entry.title.as_deref().unwrap_or_default();
            let title = words::indexed(&format!("{title} {}", entry.name), MOST_TEXT);
            let body = words::indexed(&entry.text, MOST_TEXT);
            change
                .prepare_cached("INSERT INTO texts (rowid, title, body) VALUES (?1, ?2, ?3)")?
                .execute(params![id, title, body])?;
            change.commit()
        })
    }

    /// Takes a document out of it.
    pub fn remove(&self, name: &str) -> Result<(), SearchError> {
        self.with(|database| {
            let change = database.unchecked_transaction()?;
            let id: Option<i64> = change
                .prepare_cached("DELETE FROM documents WHERE name = ?1 RETURNING id")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            if let Some(id) = id {
                change
                    .prepare_cached("DELETE FROM texts WHERE rowid = ?1")?
                    .execute([id])?;
                links::remove(&change, id)?;
            }
            change.commit()
        })
    }

    /// Under which title, and in which state, the index knows a document.
    pub fn known(&self, name: &str) -> Result<Option<(Option<String>, Stamp)>, SearchError> {
        self.with(|database| {
            database
                .prepare_cached("SELECT title, updated, bytes FROM documents WHERE name = ?1")?
                .query_row([name], |row| {
                    let (updated, bytes) = (row.get(1)?, row.get(2)?);
                    Ok((row.get(0)?, Stamp { updated, bytes }))
                })
                .optional()
        })
    }

    /// So many of the documents that it knows whose names follow `after`.
    pub fn names(&self, after: &str, count: usize) -> Result<Vec<String>, SearchError> {
        self.with(|database| {
            database
                .prepare_cached(
                    "SELECT name FROM documents WHERE name > ?1 ORDER BY name LIMIT ?2",
                )?
                .query_map(params![after, count as i64], |row| row.get(0))?
                .collect()
        })
    }

    /// How the texts of some documents begin; those that it does not know are left out.
    pub fn beginnings(&self, names: &[String]) -> Result<Vec<(String, String)>, SearchError> {
        let names = serde_json::json!(names).to_string();
        self.looks(|database, _| {
            database
                .prepare_cached(
                    "SELECT name, beginning FROM documents
                      WHERE name IN (SELECT value FROM json_each(?1))",
                )?
                .query_map([names], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// The names of documents that link to one; see [`links::to`].
    pub fn links_to(
        &self,
        name: &str,
        hosts: &[String],
        after: &str,
        limit: usize,
    ) -> Result<Vec<String>, SearchError> {
        self.looks(|database, _| links::to(database, name, hosts, after, limit))
    }

    /// Looks for what somebody typed, in documents whose names begin like this. The best
    /// come first.
    pub fn find(
        &self,
        typed: &str,
        prefix: &str,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let Some(expression) = words::expression(typed) else {
            return Ok(Vec::new());
        };
        self.looks(|database, until| find(database, &expression, prefix, after, limit, until))
    }

    /// Looks for something, and no longer than there is patience for.
    fn looks<T>(
        &self,
        look: impl FnOnce(&Connection, Instant) -> rusqlite::Result<T>,
    ) -> Result<T, SearchError> {
        self.with(|database| {
            let until = Instant::now() + PATIENCE;
            database.progress_handler(STEPS, Some(move || Instant::now() > until))?;
            let found = look(database, until);
            database.progress_handler(0, None::<fn() -> bool>)?;
            found
        })
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SearchError> {
        let mut database = self.database();
        let done = work(&mut database);
        done.map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => SearchError::TooBroad,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                if let Some(path) = &self.0.path {
                    log::warn!("{}: {error}; it is made anew", path.display());
                    match anew(path) {
                        Ok(made) => {
                            *database = made;
                            self.0.anew.notify_one();
                        }
                        Err(error) => log::error!("{error}"),
                    }
                }
                SearchError::Unavailable(error.to_string())
            }
            _ => SearchError::Unavailable(error.to_string()),
        })
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was not committed is none.
        self.0
            .database
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(
    database: &Connection,
    expression: &str,
    prefix: &str,
    after: Option<Place>,
    limit: usize,
    until: Instant,
) -> rusqlite::Result<Vec<Hit>> {
    let after = after.unwrap_or(Place {
        rank: f64::NEG_INFINITY,
        id: i64::MIN,
    });
    let mut ask = database.prepare_cached(
        "SELECT t.rowid, t.rank, d.name FROM texts t JOIN documents d ON d.id = t.rowid
          WHERE texts MATCH ?1 AND (?2 = '' OR substr(d.name, 1, length(?2)) = ?2)
            AND (t.rank, t.rowid) > (?3, ?4)
          ORDER BY t.rank, t.rowid LIMIT ?5",
    )?;
    let found = ask.query_map(
        params![expression, prefix, after.rank, after.id, limit as i64],
        |row| {
            let (id, rank): (i64, f64) = (row.get(0)?, row.get(1)?);
            Ok((Place { rank, id }, row.get::<_, String>(2)?))
        },
    )?;
    let found: Vec<_> = found.collect::<rusqlite::Result<_>>()?;
    let mut hits = Vec::with_capacity(found.len());
    for (place, name) in found {
        let text: String = database
            .prepare_cached("SELECT substr(body, 1, ?2) FROM texts WHERE rowid = ?1")?
            .query_row(params![place.id, LOOKED_THROUGH as i64], |row| row.get(0))?;
        // Who waits long enough gets the rest without a look at where it was found.
        let marked = match Instant::now() < until {
            true => excerpt::marked(database, &text, expression)?,
            false => None,
        };
        let excerpt = marked.as_deref().and_then(words::around);
        let excerpt = excerpt.unwrap_or_else(|| text.chars().take(BEGINNING).collect());
        hits.push(Hit {
            name,
            excerpt: words::parts(&excerpt),
            place,
        });
    }
    Ok(hits)
}

mod database;
#[cfg(test)]
mod tests;
