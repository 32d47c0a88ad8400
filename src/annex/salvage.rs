//! What can be read of a damaged annex.

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};

/// A table of an annex: rows are searched for in the order of a key.
pub(crate) struct Table {
    pub name: &'static str,
    pub key: &'static str,
    /// All columns, with commas between them.
    pub columns: &'static str,
}

/// Copies the rows of a damaged table that can be read, from both ends: what is damaged lies
/// in between. Says how many.
///
/// # Errors
/// What the target says.
pub(crate) fn salvage(
    source: &Connection,
    target: &Connection,
    table: &Table,
) -> rusqlite::Result<usize> {
    let Table { name, key, columns } = table;
    let width = columns.split(',').count();
    let insert = format!(
        "INSERT OR IGNORE INTO {name} ({columns}) VALUES (?{})",
        ", ?".repeat(width - 1)
    );
    let mut insert = target.prepare(&insert)?;
    let mut copied = 0;
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT {columns} FROM {name} ORDER BY {key} {order}");
        let Ok(mut select) = source.prepare(&sql) else {
            break;
        };
        let Ok(mut rows) = select.query([]) else {
            break;
        };
        // What ends it is damage: nobody takes it for the end.
        while let Ok(Some(row)) = rows.next() {
            let values = (0..width).map(|column| row.get::<_, Value>(column));
            let Ok(values) = values.collect::<rusqlite::Result<Vec<_>>>() else {
                break;
            };
            match insert.execute(params_from_iter(values)) {
                // The other end came as far.
                Ok(0) => break,
                Ok(more) => copied += more,
                // A row that this table cannot have is damaged, and those behind it need
                // not be.
                Err(error) if is_unfit(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(copied)
}

fn is_unfit(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
