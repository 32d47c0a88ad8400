//! Whose branches the database may be silent about.
//!
//! A state is compared with its hash when it is read. But a byte of a row or of an index can
//! be another and make sense: then branches are missing from a list, as if nobody had kept
//! them, or old enough to be forgotten. What stands in the table stands in its indexes once
//! more, so they are compared: those two that anything is found by. (The third sees to it
//! that a state is kept once.)

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::annex::is_damage;

/// Rows that the indexes do not have, and those that only an index has. None of it reads a
/// state: in front of it stands all that is compared.
const DISAGREEING: [&str; 2] = [
    "SELECT t.document FROM branches t NOT INDEXED WHERE NOT EXISTS (
        SELECT 1 FROM branches i INDEXED BY branches_in_order
         WHERE i.document = t.document AND i.id = t.id)
     OR NOT EXISTS (
        SELECT 1 FROM branches i INDEXED BY branches_by_age
         WHERE i.is_named = t.is_named AND i.at = t.at AND i.id = t.id)",
    "SELECT i.document FROM branches i INDEXED BY branches_in_order WHERE NOT EXISTS (
        SELECT 1 FROM branches t NOT INDEXED WHERE t.id = i.id AND t.document = i.document)",
];

/// What the comparison found.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    documents: BTreeSet<String>,
    /// It could not be finished.
    is_unfinished: bool,
}

impl Doubts {
    /// Compares a database that was just opened.
    ///
    /// # Errors
    /// What SQLite says, unless that is damage.
    pub fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut doubts = Self::default();
        for sql in DISAGREEING {
            match doubts.find(connection, sql) {
                // A search may end at what makes no sense as if nothing came behind it, so
                // whose branches that hides is not known.
                Err(error) if is_damage(&error) => doubts.is_unfinished = true,
                found => found?,
            }
        }
        Ok(doubts)
    }

    fn find(&mut self, connection: &Connection, sql: &str) -> rusqlite::Result<()> {
        let mut select = connection.prepare(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            // A name that is no text is nobody's.
            let name = String::from_utf8_lossy(row.get_ref(0)?.as_bytes().unwrap_or_default());
            self.documents.insert(name.into_owned());
        }
        Ok(())
    }

    /// Whether something may be missing of a document.
    pub fn concern(&self, document: &str) -> bool {
        self.is_unfinished || self.documents.contains(document)
    }

    /// Whether there are any: then nothing is old enough to be forgotten.
    pub fn are_any(&self) -> bool {
        self.is_unfinished || !self.documents.is_empty()
    }
}
