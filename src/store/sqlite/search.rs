//! Every row of a damaged table that any search finds.
//!
//! A page that cannot be read hides what is behind it from whoever reads on. So
//! rows are searched for from both ends, and between what cannot be read.

use rusqlite::{Connection, Row};

/// How many searches in one table are made before the rest is taken for lost.
const SEARCHES: usize = 4_000;

/// Shows every row of a table that any search finds, some more than once. `each`
/// gives the number of a row that is sound. Whether nothing was unreadable; only
/// numbers up to `last` are searched for behind something that is.
pub(super) fn walk(
    connection: &Connection,
    columns: &str,
    table: &str,
    number: &str,
    last: i64,
    mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<i64>>,
) -> rusqlite::Result<bool> {
    let up = format!("SELECT {columns} FROM {table} WHERE {number} > ?1 ORDER BY {number}");
    let down = format!("SELECT {columns} FROM {table} WHERE {number} < ?1 ORDER BY {number} DESC");
    let end = last.saturating_add(1);
    // Between which numbers it is not known yet what can be read.
    let mut unknown = vec![(i64::MIN, i64::MAX)];
    let mut searches = 0;
    let mut whole = true;
    while let Some((low, high)) = unknown.pop() {
        searches += 1;
        if high.saturating_sub(low) < 2 || searches > SEARCHES {
            continue;
        }
        let mut reached = low;
        let done = go(connection, &up, low, |row| {
            reached = reached.max(each(row)?.unwrap_or(reached));
            Ok(reached >= high)
        })?;
        if done {
            continue;
        }
        whole = false;
        let (low, mut reached) = (reached, high);
        let done = go(connection, &down, high, |row| {
            reached = reached.min(each(row)?.unwrap_or(reached));
            Ok(reached <= low)
        })?;
        if done {
            continue;
        }
        let (low, high) = (low.max(0), reached.min(end));
        let middle = low + (high - low) / 2;
        if low < middle && middle < high {
            unknown.push((low, middle));
            unknown.push((middle - 1, high));
        }
    }
    Ok(whole)
}

/// Shows rows until told to stop. Whether it came to the end or was told to; what
/// cannot be read ends it, too, and is no error.
fn go(
    connection: &Connection,
    sql: &str,
    start: i64,
    mut each: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> rusqlite::Result<bool> {
    let Ok(mut statement) = connection.prepare_cached(sql) else {
        return Ok(false);
    };
    let mut rows = statement.query([start])?;
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                if each(row)? {
                    return Ok(true);
                }
            }
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        }
    }
}
