//! Whether the index that finds documents by their names agrees with the table.
//!
//! A name that the index does not find any more would read as a document that
//! nobody ever wrote in, and a new one would be begun in its place. So both are
//! read through once when the store is opened.

use rusqlite::Connection;

/// Everything one of the two says, as one number, independent of order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    sum: u64,
}

impl Sum {
    fn add(&mut self, name: &[u8], id: i64) {
        let low = crc32c::crc32c_append(crc32c::crc32c(&id.to_le_bytes()), name);
        let high = crc32c::crc32c_append(!low, name);
        self.rows += 1;
        self.sum = self
            .sum
            .wrapping_add(u64::from(high) << 32 | u64::from(low));
    }
}

/// What both agree about.
#[derive(Debug, Default)]
pub(super) struct Agreed {
    /// The greatest `last_row` in the table.
    pub(super) last_row: u64,
}

/// Compares table and index; `None` when they disagree.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn compare(connection: &Connection) -> rusqlite::Result<Option<Agreed>> {
    let (mut table, mut index) = (Sum::default(), Sum::default());
    let mut agreed = Agreed::default();
    let sql = "SELECT name, id, last_row FROM documents NOT INDEXED";
    read(connection, sql, |name, id, last| {
        table.add(name, id);
        agreed.last_row = agreed.last_row.max(last.cast_unsigned());
    })?;
    let mut last = Vec::new();
    let mut ordered = true;
    let sql =
        "SELECT name, id, 0 FROM documents INDEXED BY sqlite_autoindex_documents_1 ORDER BY name";
    read(connection, sql, |name, id, _| {
        index.add(name, id);
        ordered &= last[..] < *name;
        last.clear();
        last.extend(name);
    })?;
    Ok((ordered && table == index).then_some(agreed))
}

fn read(
    connection: &Connection,
    sql: &str,
    mut each: impl FnMut(&[u8], i64, i64),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?;
        each(
            name.as_bytes().unwrap_or_default(),
            row.get(1)?,
            row.get(2)?,
        );
    }
    Ok(())
}
