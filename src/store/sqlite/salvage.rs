//! A journal whose pages are damaged: the rows that are sound move to a new one.
//!
//! Appends go to the journal's last page, so a damaged one would stop all
//! documents at once, and a row that stands out of order hides its neighbours
//! from every search. Therefore what can be read and fits its checksum is copied
//! to a new table, in one transaction; the old one is kept under the name
//! `journal_damaged_N` and never written to again. A document whose rows are not
//! all among the copied ones is noticed by its chain when it is loaded.

use std::ops::ControlFlow;

use rusqlite::{Connection, Row, params};

use super::checksum;

/// How many searches a salvage makes before it takes the rest for lost.
const SEARCHES: usize = 20_000;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Salvaged {
    /// Rows that were copied.
    pub(super) rows: u64,
    /// The table that holds what was there before.
    pub(super) kept_as: String,
}

/// Rebuilds the journal. `last_given_out` is at least the greatest id that any
/// record of the database names.
pub(super) fn rebuild(connection: &Connection, last_given_out: u64) -> rusqlite::Result<Salvaged> {
    // What refers to the journal by name shall refer to the new one.
    connection.pragma_update(None, "legacy_alter_table", true)?;
    let rebuilt = move_rows(connection, last_given_out);
    connection.pragma_update(None, "legacy_alter_table", false)?;
    rebuilt
}

fn move_rows(connection: &Connection, last_given_out: u64) -> rusqlite::Result<Salvaged> {
    let transaction = connection.unchecked_transaction()?;
    let number: i64 = transaction.query_row(
        "SELECT count(*) + 1 FROM sqlite_schema WHERE name GLOB 'journal_damaged_*'",
        [],
        |row| row.get(0),
    )?;
    let kept_as = format!("journal_damaged_{number}");
    let made: String = transaction.query_row(
        "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'journal'",
        [],
        |row| row.get(0),
    )?;
    transaction.execute_batch(&format!("ALTER TABLE journal RENAME TO {kept_as}"))?;
    transaction.execute_batch(&made)?;
    let rows = copy(&transaction, &kept_as, last_given_out)?;
    transaction.commit()?;
    Ok(Salvaged { rows, kept_as })
}

/// Copies every sound row that any search finds.
fn copy(connection: &Connection, from: &str, last_given_out: u64) -> rusqlite::Result<u64> {
    let columns = "id, document, previous, written_at, checksum, body";
    let up = format!("SELECT {columns} FROM {from} WHERE id > ?1 ORDER BY id");
    let down = format!("SELECT {columns} FROM {from} WHERE id < ?1 ORDER BY id DESC");
    let mut rows = 0;
    // Between which ids it is not known yet what can be read.
    let mut unknown = vec![(0, last_given_out.cast_signed().saturating_add(1))];
    let mut searches = 0;
    while let Some((low, high)) = unknown.pop() {
        searches += 2;
        if high - low < 2 || searches > SEARCHES {
            continue;
        }
        let mut reached = low;
        let whole = walk(connection, &up, low, |row| {
            rows += row.copy(connection)?;
            reached = reached.max(row.id);
            Ok(stop_if(row.id >= high))
        })?;
        if whole || reached >= high {
            continue;
        }
        let (low, mut reached) = (reached, high);
        let start = if high > last_given_out.cast_signed() {
            i64::MAX
        } else {
            high
        };
        let whole = walk(connection, &down, start, |row| {
            rows += row.copy(connection)?;
            reached = reached.min(row.id);
            Ok(stop_if(row.id <= low))
        })?;
        if whole || reached <= low {
            continue;
        }
        let middle = low + (reached - low) / 2;
        if middle > low {
            unknown.push((low, middle));
            unknown.push((middle - 1, reached));
        }
    }
    Ok(rows)
}

fn stop_if(stop: bool) -> ControlFlow<()> {
    if stop {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// Shows the sound rows from `start` on, until told to stop or something cannot
/// be read. Whether it came to the end.
fn walk(
    connection: &Connection,
    sql: &str,
    start: i64,
    mut each: impl FnMut(&Sound<'_>) -> rusqlite::Result<ControlFlow<()>>,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([start])?;
    // What cannot be read ends the walk and is no error of it.
    while let Ok(row) = rows.next() {
        let Some(row) = row else { return Ok(true) };
        if let Some(sound) = Sound::of(row)
            && each(&sound)?.is_break()
        {
            return Ok(false);
        }
    }
    Ok(false)
}

/// A row that fits its checksum.
struct Sound<'a> {
    id: i64,
    document: i64,
    previous: i64,
    written_at: i64,
    checksum: i64,
    body: &'a [u8],
}

impl<'a> Sound<'a> {
    fn of(row: &'a Row<'_>) -> Option<Self> {
        let number = |column| row.get_ref(column).ok()?.as_i64().ok();
        let sound = Self {
            id: number(0)?,
            document: number(1)?,
            previous: number(2)?,
            written_at: number(3)?,
            checksum: number(4)?,
            body: row.get_ref(5).ok()?.as_blob().ok()?,
        };
        let (id, previous) = (sound.id.cast_unsigned(), sound.previous.cast_unsigned());
        let sealed = checksum::of_row(sound.document, id, previous, sound.written_at, sound.body);
        (sealed == sound.checksum && sound.id > 0).then_some(sound)
    }

    fn copy(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let copied = connection
            .prepare_cached(
                "INSERT OR IGNORE INTO journal (id, document, previous, written_at, checksum, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                self.id,
                self.document,
                self.previous,
                self.written_at,
                self.checksum,
                self.body
            ])?;
        Ok(copied as u64)
    }
}
