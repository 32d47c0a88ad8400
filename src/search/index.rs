//! The index: a database of its own, made of what the documents say, and worth nothing
//! without them.
//!
//! So only checkpoints are synced, and where it is missing, of another release or damaged, it is
//! thrown away and made anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use tokio::sync::Notify;

use super::words::{self, BEGIN, END, Part};

/// The database in the data folder.
pub(super) const FILE: &str = "cowrite.search.db";

/// "cows", in `PRAGMA application_id`.
const APPLICATION_ID: i32 = 0x636f_7773;

/// The layout, in `PRAGMA user_version`.
const LAYOUT: i32 = 1;

/// How long is looked for something.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many steps of the database lie between two looks at the clock.
const STEPS: i32 = 20_000;

/// So many letters of a text are looked through for an excerpt, in stretches of so many
/// bytes.
const LOOKED_THROUGH: usize = 128 << 10;
const STRETCH: usize = 2 << 10;

/// The longest beginning of a document that is shown where nothing in it was found.
const BEGINNING: usize = 160;

/// So many bytes of a text are looked through. What stands behind is not found.
pub(super) const MOST_TEXT: usize = 1 << 20;

const TABLES: &str = "
    -- What is known of each document; updated in microseconds since 1970.
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT, updated INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    );
    -- Letters of scripts without spaces have U+200B on both sides.
    CREATE VIRTUAL TABLE texts USING fts5 (
        title, body, tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co So'\",
        prefix = '2 3'
    );
    INSERT INTO texts (texts, rank) VALUES ('rank', 'bm25(8.0, 1.0)');";

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
                    "INSERT INTO documents (name, title, updated, bytes) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (name) DO UPDATE SET title = excluded.title,
                     updated = excluded.updated, bytes = excluded.bytes RETURNING id",
                )?
                .query_row(
                    params![
                        entry.name,
                        entry.title,
                        entry.stamp.updated,
                        entry.stamp.bytes
                    ],
                    |row| row.get(0),
                )?;
            change
                .prepare_cached("DELETE FROM texts WHERE rowid = ?1")?
                .execute([id])?;
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
        self.with(|database| {
            let until = Instant::now() + PATIENCE;
            database.progress_handler(STEPS, Some(move || Instant::now() > until))?;
            let found = find(database, &expression, prefix, after, limit, until);
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
            true => marked(database, &text, expression)?,
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

/// The first stretch of a text in which one of the words is, with marks. FTS5 marks a
/// text by weighing every place against every other, and is not to be stopped while it
/// does: so it only gets little at a time.
fn marked(database: &Connection, text: &str, expression: &str) -> rusqlite::Result<Option<String>> {
    // A question that was ended may have left another document's here.
    database.execute_batch("DELETE FROM temp.stretches")?;
    let mut put = database.prepare_cached("INSERT INTO temp.stretches (body) VALUES (?1)")?;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(STRETCH);
        let end = match end < rest.len() {
            true => rest[..end]
                .rfind(char::is_whitespace)
                .filter(|end| *end > 0)
                .unwrap_or(end),
            false => end,
        };
        put.execute([&rest[..end]])?;
        rest = &rest[end..];
    }
    let any = words::any(expression);
    let marked = database
        .prepare_cached(
            "SELECT highlight(stretches, 0, char(?2), char(?3)) FROM temp.stretches
              WHERE stretches MATCH ?1 ORDER BY rowid LIMIT 1",
        )?
        .query_row(params![any, u32::from(BEGIN), u32::from(END)], |row| {
            row.get(0)
        })
        .optional();
    database.execute_batch("DELETE FROM temp.stretches")?;
    marked
}

fn opened(path: &Path) -> Result<Connection, SearchError> {
    if !path.exists() {
        return anew(path);
    }
    let unavailable = |error: rusqlite::Error| SearchError::Unavailable(error.to_string());
    let database = Connection::open(path).map_err(unavailable)?;
    let number = |pragma| database.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let application = number("application_id").map_err(unavailable)?;
    let layout = number("user_version").map_err(unavailable)?;
    if (application, layout) != (APPLICATION_ID, LAYOUT) {
        return Err(SearchError::Unavailable(
            "it is of another release".to_owned(),
        ));
    }
    configure(&database).map_err(unavailable)?;
    // A table whose pages cannot be read is found where it is used.
    database
        .query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(unavailable)?;
    Ok(database)
}

/// Throws away what is there and makes an empty one.
fn anew(path: &Path) -> Result<Connection, SearchError> {
    let failed = |error: io::Error| SearchError::Unavailable(error.to_string());
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        match fs::remove_file(PathBuf::from(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(failed)?;
    made(Connection::open(path))
}

fn made(database: rusqlite::Result<Connection>) -> Result<Connection, SearchError> {
    let make = |database: Connection| {
        configure(&database)?;
        database.execute_batch(TABLES)?;
        database.pragma_update(None, "application_id", APPLICATION_ID)?;
        database.pragma_update(None, "user_version", LAYOUT)?;
        Ok(database)
    };
    database
        .and_then(make)
        .map_err(|error| SearchError::Unavailable(error.to_string()))
}

fn configure(database: &Connection) -> rusqlite::Result<()> {
    database.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    database.execute_batch(
        "PRAGMA temp_store = MEMORY; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4096; PRAGMA cell_size_check = ON;
         CREATE VIRTUAL TABLE temp.stretches USING fts5 (
             body, tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co So'\"
         );",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, text: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            title: Some(format!("About {name}")),
            stamp: Stamp {
                updated: 7,
                bytes: 8,
            },
            text: text.to_owned(),
        }
    }

    fn found_names(index: &Index, typed: &str) -> Vec<String> {
        let hits = index.find(typed, "", None, 10).unwrap();
        let mut names: Vec<_> = hits.into_iter().map(|hit| hit.name).collect();
        names.sort();
        names
    }

    #[test]
    fn words_are_found_in_any_script_and_not_after_they_went() {
        let index = Index::open(None).unwrap();
        index
            .put(&entry("a", "Über den Wolken, 東京タワー and 👋 waves"))
            .unwrap();
        index.put(&entry("b", "مرحبا بالعالم")).unwrap();
        for typed in [
            "uber",
            "WOLK",
            "wolken über",
            "東京",
            "京",
            "タワー",
            "👋",
            "\"den wolken\"",
        ] {
            assert_eq!(found_names(&index, typed), ["a"], "{typed}");
        }
        assert_eq!(found_names(&index, "مرحبا"), ["b"]);
        // A sign that is no word is passed over.
        assert_eq!(found_names(&index, "wolken → über"), ["a"]);
        assert_eq!(found_names(&index, "about"), ["a", "b"]);
        assert_eq!(found_names(&index, "\"wolken den\""), [""; 0]);
        index.put(&entry("a", "nothing of that")).unwrap();
        assert_eq!(found_names(&index, "東京"), [""; 0]);
        index.remove("a").unwrap();
        assert_eq!(found_names(&index, "nothing"), [""; 0]);
        assert_eq!(
            index.known("b").unwrap(),
            Some((
                Some("About b".to_owned()),
                Stamp {
                    updated: 7,
                    bytes: 8
                }
            ))
        );
        assert_eq!(index.names("", 9).unwrap(), ["b"]);
    }

    #[test]
    fn pages_follow_each_other_without_doubles() {
        let index = Index::open(None).unwrap();
        for number in 0..25 {
            let text = "word ".repeat(1 + number % 3);
            index.put(&entry(&format!("d{number}"), &text)).unwrap();
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let hits = index.find("word", "d", after, 4).unwrap();
            let Some(last) = hits.last() else { break };
            after = Some(last.place);
            seen.extend(hits.into_iter().map(|hit| hit.name));
        }
        assert_eq!(seen.len(), 25);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 25);
    }

    #[test]
    fn what_stands_behind_the_first_mebibyte_is_not_looked_through() {
        let index = Index::open(None).unwrap();
        let words = "word ".repeat(MOST_TEXT / 5);
        index
            .put(&entry("a", &format!("first {words} last")))
            .unwrap();
        assert_eq!(found_names(&index, "first"), ["a"]);
        assert_eq!(found_names(&index, "last"), [""; 0]);
    }

    /// A question was ended in the middle of an excerpt, and the text of its document stayed
    /// where excerpts are made: the next question was shown a part of that.
    #[test]
    fn an_excerpt_is_of_its_own_document() {
        let index = Index::open(None).unwrap();
        index.put(&entry("a", "a word of its own")).unwrap();
        let left = "INSERT INTO temp.stretches (body) VALUES ('a secret word')";
        index.with(|database| database.execute_batch(left)).unwrap();
        let hits = index.find("word", "", None, 9).unwrap();
        let text: String = hits[0].excerpt.iter().map(|part| &*part.text).collect();
        assert_eq!(text, "a word of its own");
    }

    /// A text of nothing but the word that is looked for: to weigh each place against each
    /// other took minutes, in which nobody else found anything.
    #[test]
    fn however_often_a_word_is_there_it_is_shown_once() {
        let index = Index::open(None).unwrap();
        index.put(&entry("a", &"a b c d ".repeat(100_000))).unwrap();
        let hits = index.find("a b c d", "", None, 9).unwrap();
        let excerpt = &hits[0].excerpt;
        assert!(excerpt[0].is_match, "{excerpt:?}");
        let letters: usize = excerpt.iter().map(|part| part.text.chars().count()).sum();
        assert!(letters < 300, "{letters}");
    }

    /// A question meets a damaged page: it is said so, and whoever fills the index hears
    /// that there is a new one to be filled.
    #[test]
    fn an_index_that_is_damaged_while_it_is_used_is_made_anew() {
        use futures_util::FutureExt;
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open(Some(folder.path())).unwrap();
        index
            .put(&entry("a", &"many words ".repeat(5_000)))
            .unwrap();
        let rest = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory;";
        index.with(|database| database.execute_batch(rest)).unwrap();
        let file = folder.path().join(FILE);
        let mut bytes = fs::read(&file).unwrap();
        bytes[4096..].fill(0xA5);
        fs::write(&file, bytes).unwrap();
        assert!(index.is_made_anew().now_or_never().is_none());
        let found = index.find("words", "", None, 9);
        assert!(
            matches!(found, Err(SearchError::Unavailable(_))),
            "{found:?}"
        );
        assert!(index.is_made_anew().now_or_never().is_some());
        assert_eq!(index.known("a"), Ok(None));
        index.put(&entry("a", "words")).unwrap();
        assert_eq!(found_names(&index, "words"), ["a"]);
    }
}
