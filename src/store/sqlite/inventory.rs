//! What the file says when it is opened: where its journal ends, whose its rows
//! are, whether names were lost, and whether all is there that the witness saw.

use std::path::Path;

use rusqlite::Connection;

use super::tail::Tails;
use super::testimony::Testimony;
use super::{OpenError, names, schema, witness};

/// What was found.
pub(super) struct Inventory {
    /// What the witness saw, if it speaks of this database.
    pub(super) testimony: Option<Testimony>,
    /// Whether an unknown name may be one that was lost.
    pub(super) names_lost: bool,
    /// Whose the rows of the journal are.
    pub(super) tails: Tails,
    /// The id of the next row: no greater one was ever given out.
    pub(super) next: u64,
}

impl Inventory {
    /// Reads it from the database at `path`, which `connection` has open. What the
    /// witness of an earlier run saw has to be there, or is noted as missing,
    /// whatever this run survives: it was on disk when it was seen.
    pub(super) fn take(connection: &Connection, path: &Path) -> Result<Self, OpenError> {
        let engine = |error| OpenError::engine(path, error);
        let files = |error| OpenError::Files {
            path: witness::beside(path),
            error,
        };
        let testimony = Testimony::of(path, connection).map_err(files)?;
        schema::expect_tables(connection).map_err(engine)?;
        let agreed = names::compare(connection).map_err(engine)?;
        let agreed = agreed
            .ok_or_else(|| damaged(path, "the documents and the index of their names disagree"))?;
        let names_lost: bool = connection
            .query_row(
                "SELECT coalesce(max(names_lost), 0) FROM losses",
                [],
                |row| row.get(0),
            )
            .map_err(engine)?;
        let covered: i64 = connection
            .query_row(
                "SELECT coalesce(max(through), 0) FROM snapshots",
                [],
                |row| row.get(0),
            )
            .map_err(engine)?;
        let kept: i64 = connection
            .query_row(
                "SELECT coalesce(max(last_row), 0) FROM history",
                [],
                |row| row.get(0),
            )
            .map_err(engine)?;
        let mut given_out = agreed.last_row.max(covered.max(kept).cast_unsigned());
        if let Some(testimony) = &testimony {
            given_out = given_out.max(testimony.last_row());
        }
        let (tails, last_row) = Tails::scan(connection)
            .map_err(engine)?
            .ok_or_else(|| damaged(path, "the rows of the journal are out of order"))?;
        if let Some(testimony) = &testimony {
            testimony.settle(connection, &tails).map_err(engine)?;
        }
        Ok(Self {
            testimony,
            names_lost,
            tails,
            next: last_row.max(given_out) + 1,
        })
    }
}

/// Damage that SQLite itself does not notice.
fn damaged(path: &Path, what: &str) -> OpenError {
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    let error = rusqlite::Error::SqliteFailure(corrupt, Some(what.to_owned()));
    OpenError::engine(path, error)
}
