//! What is shown of a document in which something was found: the stretch of its text in which
//! it is.

use rusqlite::{Connection, OptionalExtension, params};

use super::words::{self, BEGIN, END};

/// A text is looked through in stretches of so many bytes.
const STRETCH: usize = 2 << 10;

/// Where stretches are marked: in memory, for each connection.
pub(super) const TABLE: &str = "
    CREATE VIRTUAL TABLE temp.stretches USING fts5 (
        body, tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co So'\"
    );";

/// The first stretch of a text in which one of the words is, with marks. FTS5 marks a
/// text by weighing every place against every other, and is not to be stopped while it
/// does: so it only gets little at a time.
pub(super) fn marked(
    database: &Connection,
    text: &str,
    expression: &str,
) -> rusqlite::Result<Option<String>> {
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
