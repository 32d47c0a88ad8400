//! Moving the write-ahead log into the database, and how far that came: only what
//! is all in the database needs no second place any more.

use rusqlite::Connection;

/// How many pages of the log are not in the database yet.
pub(super) fn log_pages(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA wal_checkpoint(NOOP)")?
        .query_row([], |row| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?))
}

/// `PASSIVE` does what it can without waiting for readers, and is no error when
/// that is not all.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Moved> {
    let pragma = format!("PRAGMA wal_checkpoint({mode})");
    connection.query_row(&pragma, [], |row| {
        let (busy, in_log, moved): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(match busy == 0 && in_log == moved {
            true => Moved::Everything,
            false => Moved::Some,
        })
    })
}

/// How much of the log a checkpoint moved into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Everything,
    Some,
}
