//! Whether the index that finds documents by their names agrees with the table.
//!
//! A name that the index does not find any more would read as a document that
//! nobody ever wrote in, and a new one would be begun in its place. So both are
//! read through once when the store is opened; the names about which they
//! disagree are not served.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension};

/// Names of documents about which table and index disagree; normally none.
#[derive(Debug, Default)]
pub(super) struct Contested {
    names: HashSet<Vec<u8>>,
    /// Something of the two could not be read: a name that is not found may
    /// stand there.
    unreadable: bool,
}

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

const TABLE: &str = "SELECT name, id, last_row FROM documents NOT INDEXED";
const INDEX: &str =
    "SELECT name, id, 0 FROM documents INDEXED BY sqlite_autoindex_documents_1 ORDER BY name";

impl Contested {
    /// Compares the two. Gives the greatest `last_row` of the table as well, as
    /// far as it can be read.
    pub(super) fn find(connection: &Connection) -> (Self, u64) {
        let (mut table, mut index) = (Sum::default(), Sum::default());
        let mut last_row = 0;
        let mut last: Option<Vec<u8>> = None;
        let mut ordered = true;
        let readable = read(connection, TABLE, |name, id, last| {
            table.add(name, id);
            last_row = last_row.max(last.cast_unsigned());
        })
        .and_then(|()| {
            read(connection, INDEX, |name, id, _| {
                index.add(name, id);
                ordered &= last.as_deref().is_none_or(|last| last < name);
                let kept = last.get_or_insert_default();
                kept.clear();
                kept.extend(name);
            })
        });
        if readable.is_ok() && ordered && table == index {
            return (Self::default(), last_row);
        }
        let contested = Self::compare(connection);
        log::error!(
            "the table of documents and the index of their names disagree about {} names{}; \
             these documents are not served. Run `cowrite check`, and restore a backup",
            contested.names.len(),
            if contested.unreadable {
                " and cannot be read throughout"
            } else {
                ""
            },
        );
        (contested, last_row)
    }

    /// Looks each name of one up in the other.
    fn compare(connection: &Connection) -> Self {
        let mut told = Vec::new();
        let table = read(connection, TABLE, |name, id, _| {
            told.push((name.to_vec(), id))
        });
        let index = read(connection, INDEX, |name, id, _| {
            told.push((name.to_vec(), id))
        });
        let agree = |name: &[u8], id: i64| -> rusqlite::Result<bool> {
            let name = String::from_utf8_lossy(name);
            let found: Option<i64> = connection
                .prepare_cached("SELECT id FROM documents WHERE name = ?1")?
                .query_row([&name], |row| row.get(0))
                .optional()?;
            let says: Option<String> = connection
                .prepare_cached("SELECT name FROM documents NOT INDEXED WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            Ok(found == Some(id) && says.as_deref() == Some(&*name))
        };
        let mut contested = Self {
            names: HashSet::new(),
            unreadable: table.is_err() || index.is_err(),
        };
        for (name, id) in told {
            if !agree(&name, id).unwrap_or(false) {
                contested.names.insert(name);
            }
        }
        contested
    }

    /// Why a document of this name must not be served, although or because the
    /// index has an answer; `found` says which.
    pub(super) fn forbids(&self, name: &str, found: bool) -> Option<&'static str> {
        if self.names.contains(name.as_bytes()) {
            return Some("the table of documents and the index of their names disagree about it");
        }
        (self.unreadable && !found)
            .then_some("a part of the table of documents cannot be read, and it may stand there")
    }

    /// How many names are contested.
    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    /// Whether a part of the table or the index cannot be read.
    pub(super) fn is_unreadable(&self) -> bool {
        self.unreadable
    }
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
