//! Which run of the store this is: a number in the database that changes whenever
//! it is opened. A [witness](super::witness) says which run it speaks of, so that
//! beside an older copy it says nothing.

use rusqlite::Connection;

use super::checkpoint::{Moved, checkpoint};

/// Begins a new generation with everything so far in the database itself, and says
/// which. `None` if somebody who reads keeps a part in the log: then the generation
/// is the one that it was, because its witness is the only one who knows that part.
pub(super) fn begin(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if checkpoint(connection, "TRUNCATE")? == Moved::Some {
        return Ok(None);
    }
    let before = present(connection)?;
    let fresh = fastrand::i64(1..);
    let set = "UPDATE generation SET number = ?1";
    connection.execute(set, [fresh])?;
    let moved = checkpoint(connection, "TRUNCATE");
    if moved != Ok(Moved::Everything) {
        connection.execute(set, [before])?;
    }
    Ok((moved? == Moved::Everything).then_some(fresh))
}

/// The present one.
pub(super) fn present(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT number FROM generation", [], |row| row.get(0))
}
