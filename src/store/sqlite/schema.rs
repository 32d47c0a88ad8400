//! The database file: how one is recognised, what is in it, and how it gets
//! from one version of its layout to the next.
//!
//! The tables are written to explain themselves in the `sqlite3` shell: their
//! comments are part of the file (`.schema`), and two views put times and sizes
//! into words. Moments are microseconds since 1970, UTC.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::directory::make_file;
use super::{Durability, OpenError};

/// What `PRAGMA application_id` says in every database of this program: the
/// letters "cowr".
pub const APPLICATION_ID: i32 = i32::from_be_bytes(*b"cowr");

/// The layout that this program writes, in `PRAGMA user_version`.
pub const SCHEMA_VERSION: i32 = MIGRATIONS.len() as i32;

/// Step `n` leads from layout `n` to layout `n + 1`. Never changed once
/// released; only added to.
const MIGRATIONS: [&str; 5] = [
    "
CREATE TABLE documents (
    -- One row per document that was ever heard of, deleted ones included.
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    title       TEXT,
    created_at  INTEGER NOT NULL,
    -- The next three lag behind the journal by some seconds while people type.
    updated_at  INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,  -- snapshot and journal rows together
    last_row    INTEGER NOT NULL,  -- the last journal row ever written for it, 0: none
    deleted_at  INTEGER            -- a tombstone, when not NULL
) STRICT;
CREATE INDEX documents_by_update   ON documents (updated_at DESC, name) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_creation ON documents (created_at DESC, name) WHERE deleted_at IS NULL;

CREATE TABLE snapshots (
    -- At most one per document: a whole state, as a Yjs update (v1).
    document    INTEGER PRIMARY KEY REFERENCES documents (id),
    through     INTEGER NOT NULL,  -- the last journal row that it covers; those are gone
    taken_at    INTEGER NOT NULL,
    checksum    INTEGER NOT NULL,  -- CRC32C of document, through, taken_at (8 bytes each, little endian), body
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX snapshots_by_through ON snapshots (through);

CREATE TABLE journal (
    -- Append-only, and without any further index on purpose: an index would
    -- multiply the bytes written per keystroke. Ids rise and are never reused.
    id          INTEGER PRIMARY KEY,
    document    INTEGER NOT NULL,  -- documents.id
    previous    INTEGER NOT NULL,  -- the document's row before this one, 0: none
    written_at  INTEGER NOT NULL,
    checksum    INTEGER NOT NULL,  -- CRC32C of document, id, previous, written_at (8 bytes each, little endian), body
    body        BLOB NOT NULL      -- a Yjs update (v1)
) STRICT;

CREATE VIEW documents_overview AS
SELECT d.name, d.title,
       strftime('%Y-%m-%d %H:%M:%S', d.created_at / 1000000, 'unixepoch') AS created,
       strftime('%Y-%m-%d %H:%M:%S', d.updated_at / 1000000, 'unixepoch') AS updated,
       strftime('%Y-%m-%d %H:%M:%S', d.deleted_at / 1000000, 'unixepoch') AS deleted,
       d.bytes, length(s.body) AS snapshot_bytes, s.through AS snapshot_through
  FROM documents d LEFT JOIN snapshots s ON s.document = d.id;

CREATE VIEW journal_overview AS
SELECT d.name, count(*) AS rows, sum(length(j.body)) AS bytes,
       min(j.id) AS first_row, max(j.id) AS last_row,
       strftime('%Y-%m-%d %H:%M:%S', max(j.written_at) / 1000000, 'unixepoch') AS last_written
  FROM journal j LEFT JOIN documents d ON d.id = j.document GROUP BY j.document;
",
    "
ALTER TABLE documents ADD COLUMN checksum INTEGER;  -- CRC32C of created_at, updated_at, deleted_at, last_row, bytes, lengths of name and title (8 bytes each, little endian; NULL as -2^63 or -1), name, title. NULL: written before there was one

-- One row. Changes whenever a process opens the store; cowrite.db-rows says which
-- generation it speaks of.
CREATE TABLE generation (only_one INTEGER PRIMARY KEY CHECK (only_one = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO generation VALUES (1, 0);

-- One row for each time the database was damaged and built anew from what was
-- sound; what was there before is in cowrite.db.damaged-1 and so on. names_lost is
-- 1 if names may be lost, so that unknown ones are refused; setting it to 0 allows
-- new documents again.
CREATE TABLE losses (id INTEGER PRIMARY KEY, noticed_at INTEGER NOT NULL, names_lost INTEGER NOT NULL) STRICT;
",
    "
-- What broke a document, or ended the process while one was in hand (`during` is
-- applying or loading). Those of a document that agree in after_row, its last
-- journal row then, happened in a row. body is the update, checksum its CRC32C.
-- Few words and no index, because all tables' texts have to stay in the file's
-- first page: damage to any other page leaves the file readable.
CREATE TABLE crashes (id INTEGER PRIMARY KEY, document TEXT, crashed_at INT, during TEXT, after_row INT, released INT, reason TEXT, author TEXT, hash TEXT, checksum INT, body BLOB) STRICT;
",
    "
-- The same views in fewer words, to make room in the first page.
DROP VIEW documents_overview;
DROP VIEW journal_overview;
CREATE VIEW documents_overview AS SELECT d.name,title,
datetime(created_at/1000000,'unixepoch') AS created,
datetime(updated_at/1000000,'unixepoch') AS updated,
datetime(deleted_at/1000000,'unixepoch') AS deleted,
bytes,length(body) AS snapshot_bytes,through AS snapshot_through
FROM documents d LEFT JOIN snapshots s ON document=d.id;
CREATE VIEW journal_overview AS SELECT name,count(*) AS rows,sum(length(body)) AS bytes,
min(j.id) AS first_row,max(j.id) AS last_row,
datetime(max(written_at)/1000000,'unixepoch') AS last_written
FROM journal j LEFT JOIN documents d ON d.id=document GROUP BY document;

-- The rows that a snapshot replaced: a segment for each time, under the number of
-- its last row. after_row is the document's row before the first; since and until,
-- when the rows were written; bytes, those of their updates. body is them, and base
-- the state before them, if one was kept; both compressed (src/store/history). The
-- checksum is of all of it.
CREATE TABLE history(last_row INTEGER PRIMARY KEY,document INT,after_row INT,rows INT,since INT,until INT,bytes INT,checksum INT,body BLOB,base BLOB)STRICT;
CREATE INDEX history_of ON history(document);

-- Rows of the journal to come back to, and who writes as which client.
CREATE TABLE versions(document INT,id INT,row INT,at INT,bytes INT,name TEXT,checksum INT,PRIMARY KEY(document,id))STRICT,WITHOUT ROWID;
CREATE TABLE authors(document INT,client INT,name TEXT,since INT,checksum INT,PRIMARY KEY(document,client))STRICT,WITHOUT ROWID;
",
    // Whose a row is where its update does not say (deletions): -1 several, or nobody
    // knows. Part of the checksum where it is not NULL.
    "
ALTER TABLE journal ADD COLUMN client INT;
",
];

/// Opens the file for writing, making or migrating it as needed.
pub(super) fn open_for_writing(
    path: &Path,
    durability: Durability,
) -> Result<Connection, OpenError> {
    let failed = |error| OpenError::engine(path, error);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    // Someone may look at the file with the sqlite3 shell.
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(failed)?;
    let version = recognise(&connection, path)?;
    configure(&connection, durability).map_err(failed)?;
    migrate(&connection, version, path).map_err(failed)?;
    Ok(connection)
}

/// Opens the file for one reader thread.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let failed = |error| OpenError::engine(path, error);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failed)?;
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(failed)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -512; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;")
        .map_err(failed)?;
    Ok(connection)
}

/// Opens a damaged database to read what is left of it; one that is shorter than
/// it should be as well. Nothing is changed.
pub(super) fn open_damaged(path: &Path) -> Result<Connection, OpenError> {
    let failed = |error| OpenError::engine(path, error);
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    allow_damage(&connection).map_err(failed)?;
    match recognise(&connection, path)? {
        SCHEMA_VERSION => {}
        found => {
            return Err(OpenError::DamagedOlder {
                path: path.to_owned(),
                found,
            });
        }
    }
    expect_tables(&connection).map_err(failed)?;
    Ok(connection)
}

/// Lets SQLite read a file that is too short. Has to be the first that the
/// connection hears. That nothing is changed is for the connection to see to: it
/// reads only, or has a copy. `query_only` would refuse copies to other files, too.
pub(super) fn allow_damage(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA writable_schema = ON")
}

/// Makes sure that the tables are those that this program knows: the text that
/// says so may be damaged like everything else.
pub(super) fn expect_tables(connection: &Connection) -> rusqlite::Result<()> {
    for sql in [
        "SELECT id, name, title, created_at, updated_at, bytes, last_row, deleted_at, checksum
           FROM documents INDEXED BY sqlite_autoindex_documents_1 WHERE name = ''",
        "SELECT document, through, taken_at, checksum, body FROM snapshots",
        "SELECT id, document, previous, written_at, checksum, body, client FROM journal",
        "SELECT only_one, number FROM generation",
        "SELECT id, noticed_at, names_lost FROM losses",
        "SELECT last_row, document, after_row, rows, since, until, bytes, checksum, body, base
           FROM history INDEXED BY history_of WHERE document = 0",
        "SELECT document, id, row, at, bytes, name, checksum FROM versions",
        "SELECT document, client, name, since, checksum FROM authors",
    ] {
        connection.prepare(sql)?;
    }
    Ok(())
}

/// For somebody who only reads: the layout has to be the one that is known.
pub(super) fn recognise_current(connection: &Connection, path: &Path) -> Result<i32, OpenError> {
    let found = recognise(connection, path)?;
    if found != SCHEMA_VERSION {
        return Err(OpenError::Older {
            path: path.to_owned(),
            found,
            known: SCHEMA_VERSION,
        });
    }
    expect_tables(connection).map_err(|error| OpenError::engine(path, error))?;
    Ok(found)
}

/// Makes a database that is not in use yet, for its owner alone.
pub(super) fn open_new(path: &Path) -> Result<Connection, OpenError> {
    let failed = |error| OpenError::engine(path, error);
    make_file(path).map_err(|error| OpenError::Files {
        path: path.to_owned(),
        error,
    })?;
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    // Whoever makes it syncs the file before it is used, and fills it in any order.
    connection
        .execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;",
        )
        .map_err(failed)?;
    migrate(&connection, 0, path).map_err(failed)?;
    Ok(connection)
}

/// Makes sure that the file is ours, or nobody's yet, and says which layout it
/// has. Runs before anything is written, so that a stranger's file stays as it
/// was.
fn recognise(connection: &Connection, path: &Path) -> Result<i32, OpenError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let told = number("application_id").and_then(|application| {
        let things: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((application, number("user_version")?, things))
    });
    match told {
        Ok((APPLICATION_ID, version, _)) if version > SCHEMA_VERSION => Err(OpenError::Newer {
            path: path.to_owned(),
            found: version,
            known: SCHEMA_VERSION,
        }),
        Ok((APPLICATION_ID, version, _)) if version > 0 => Ok(version),
        Ok((0, 0, 0)) => Ok(0),
        Ok(_) => Err(OpenError::Foreign {
            path: path.to_owned(),
        }),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(OpenError::Foreign {
                path: path.to_owned(),
            })
        }
        Err(error) => Err(OpenError::engine(path, error)),
    }
}

fn configure(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch(match durability {
        Durability::Fsync => "PRAGMA synchronous = FULL",
        Durability::Os => "PRAGMA synchronous = NORMAL",
    })?;
    // Checkpoints are the writer's: SQLite's automatic ones swallow their
    // errors, and a failed fsync must not go unheard. The same at the end,
    // unless the writer allows it.
    connection.execute_batch(
        "PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 16777216;
         PRAGMA cache_size = -8192;
         PRAGMA mmap_size = 0;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// Each step in a transaction of its own, with the version it leads to.
fn migrate(connection: &Connection, from: i32, path: &Path) -> rusqlite::Result<()> {
    for (step, sql) in (0..SCHEMA_VERSION).zip(MIGRATIONS) {
        if step >= from {
            if from > 0 {
                let (path, to) = (path.display(), step + 1);
                log::info!("{path} is brought from layout {step} to {to}");
            }
            let transaction = connection.unchecked_transaction()?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", step + 1)?;
            transaction.commit()?;
        }
    }
    Ok(())
}
