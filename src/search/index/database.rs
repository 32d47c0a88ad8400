//! The database of the index: what is in it, and how it is opened, or thrown away and made
//! anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::super::{excerpt, links};
use super::SearchError;

/// "cows", in `PRAGMA application_id`.
const APPLICATION_ID: i32 = 0x636f_7773;

/// The layout, in `PRAGMA user_version`.
const LAYOUT: i32 = 2;

const TABLES: &str = "
    -- What is known of each document; updated in microseconds since 1970. The beginning of
    -- its text is for lists: a whole text is too much to read for that.
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT, updated INTEGER NOT NULL,
        bytes INTEGER NOT NULL, beginning TEXT NOT NULL
    );
    -- Letters of scripts without spaces have U+200B on both sides.
    CREATE VIRTUAL TABLE texts USING fts5 (
        title, body, tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co So'\",
        prefix = '2 3'
    );
    INSERT INTO texts (texts, rank) VALUES ('rank', 'bm25(8.0, 1.0)');";

/// Opens the one at a path, or makes one where there is none.
///
/// # Errors
/// When what is there is of another release, or cannot be read.
pub(super) fn opened(path: &Path) -> Result<Connection, SearchError> {
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
pub(super) fn anew(path: &Path) -> Result<Connection, SearchError> {
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

/// Makes the tables of a new one.
pub(super) fn made(database: rusqlite::Result<Connection>) -> Result<Connection, SearchError> {
    let make = |database: Connection| {
        configure(&database)?;
        database.execute_batch(TABLES)?;
        database.execute_batch(links::TABLE)?;
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
        "PRAGMA temp_store = MEMORY; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4096; PRAGMA cell_size_check = ON;",
    )?;
    database.execute_batch(excerpt::TABLE)
}
