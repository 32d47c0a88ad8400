//! Which journal rows belong to which document.
//!
//! The journal has no index that could tell, so this knows it in memory: one
//! byte or two per row, and nothing for a document whose rows have all been
//! folded into its snapshot. It is rebuilt at open by one scan that reads the
//! rows' heads; a body that spills over its page is not read.
//!
//! Changes are made while a transaction is open and taken back with it: see
//! [`Tails::settle`] and [`Tails::revert`].

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// One document's journal rows: rising ids, as distances.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tail {
    rows: usize,
    last: u64,
    bytes: u64,
    updated: i64,
    /// The distance of each row from the one before it (the first: from 0), in
    /// groups of seven bits, low ones first.
    distances: Vec<u8>,
}

impl Tail {
    /// Adds a row, which must have a greater id than those before it.
    pub(super) fn push(&mut self, row: u64, bytes: u64, written_at: i64) {
        debug_assert!(row > self.last);
        let mut distance = row - self.last;
        while distance >= 0x80 {
            self.distances.push((distance & 0x7f) as u8 | 0x80);
            distance >>= 7;
        }
        self.distances.push(distance as u8);
        self.updated = if self.rows == 0 {
            written_at
        } else {
            self.updated.max(written_at)
        };
        self.rows += 1;
        self.last = row;
        self.bytes += bytes;
    }

    /// The ids, oldest first.
    pub(super) fn ids(&self) -> impl Iterator<Item = u64> + '_ {
        let mut distances = self.distances.iter();
        let mut row = 0;
        std::iter::from_fn(move || {
            let (mut distance, mut shift) = (0, 0);
            loop {
                let group = *distances.next()?;
                distance |= u64::from(group & 0x7f) << shift;
                shift += 7;
                if group & 0x80 == 0 {
                    row += distance;
                    return Some(row);
                }
            }
        })
    }

    /// How many rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The last id; 0 when there is none.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Bytes of all bodies together.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// When the youngest row was written. A tail that is kept has one.
    pub(super) fn updated(&self) -> i64 {
        self.updated
    }
}

/// All documents' journal rows.
#[derive(Debug, Default)]
pub(super) struct Tails {
    tails: HashMap<i64, Tail>,
    undo: Vec<Undo>,
}

/// How to take one change back.
#[derive(Debug)]
enum Undo {
    Shrink {
        document: i64,
        rows: usize,
        last: u64,
        bytes: u64,
        updated: i64,
        distances: usize,
    },
    PutBack {
        document: i64,
        tail: Tail,
    },
}

impl Tails {
    /// Gives back the room of documents that are gone from the index.
    pub(super) fn rest(&mut self) {
        self.tails.shrink_to_fit();
    }

    /// Reads the journal's heads. Gives the last id as well, 0 for none. `None`
    /// when ids do not rise, so that no search for a row can be relied on.
    pub(super) fn scan(connection: &Connection) -> rusqlite::Result<Option<(Self, u64)>> {
        let mut tails = Self::default();
        let mut last = 0;
        let mut statement = connection
            .prepare("SELECT id, document, written_at, length(body) FROM journal ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(id) = u64::try_from(row.get::<_, i64>(0)?)
                .ok()
                .filter(|id| *id > last)
            else {
                log::error!("the journal has a row out of order, behind id {last}");
                return Ok(None);
            };
            last = id;
            // What is unreadable here stays in or falls out of the index as far
            // as it can be told whose it is; the load of its document finds out.
            let ValueRef::Integer(document) = row.get_ref(1)? else {
                log::error!("journal row {id} does not say whose it is");
                continue;
            };
            let written_at = row.get_ref(2)?.as_i64().unwrap_or(0);
            let bytes = row.get_ref(3)?.as_i64().unwrap_or(0).cast_unsigned();
            tails
                .tails
                .entry(document)
                .or_default()
                .push(id, bytes, written_at);
        }
        for tail in tails.tails.values_mut() {
            tail.distances.shrink_to_fit();
        }
        Ok(Some((tails, last)))
    }

    /// One document's rows, if it has any.
    pub(super) fn get(&self, document: i64) -> Option<&Tail> {
        self.tails.get(&document)
    }

    /// The documents that have rows.
    pub(super) fn documents(&self) -> impl Iterator<Item = (i64, &Tail)> {
        self.tails.iter().map(|(document, tail)| (*document, tail))
    }

    /// Adds a row.
    pub(super) fn push(&mut self, document: i64, row: u64, bytes: u64, written_at: i64) {
        let tail = self.tails.entry(document).or_default();
        self.undo.push(Undo::Shrink {
            document,
            rows: tail.rows,
            last: tail.last,
            bytes: tail.bytes,
            updated: tail.updated,
            distances: tail.distances.len(),
        });
        tail.push(row, bytes, written_at);
    }

    /// Puts `tail` in the place of what is known about `document`.
    pub(super) fn replace(&mut self, document: i64, tail: Tail) {
        let old = if tail.rows == 0 {
            self.tails.remove(&document)
        } else {
            self.tails.insert(document, tail)
        };
        self.undo.push(Undo::PutBack {
            document,
            tail: old.unwrap_or_default(),
        });
    }

    /// The transaction is on disk: the changes stay.
    pub(super) fn settle(&mut self) {
        self.undo.clear();
    }

    /// The transaction was rolled back: everything since the last
    /// [`settle`](Self::settle) is undone.
    pub(super) fn revert(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::PutBack { document, tail } if tail.rows == 0 => {
                    self.tails.remove(&document);
                }
                Undo::PutBack { document, tail } => {
                    self.tails.insert(document, tail);
                }
                Undo::Shrink {
                    document, rows: 0, ..
                } => {
                    self.tails.remove(&document);
                }
                Undo::Shrink {
                    document,
                    rows,
                    last,
                    bytes,
                    updated,
                    distances,
                } => {
                    if let Some(tail) = self.tails.get_mut(&document) {
                        tail.distances.truncate(distances);
                        (tail.rows, tail.last) = (rows, last);
                        (tail.bytes, tail.updated) = (bytes, updated);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(rows: &[u64]) -> Tail {
        let mut tail = Tail::default();
        for row in rows {
            tail.push(*row, 10, 5);
        }
        tail
    }

    #[test]
    fn ids_come_back_as_they_went_in() {
        let ids = [
            1,
            2,
            129,
            130,
            16_700,
            5_000_000_000,
            i64::MAX.cast_unsigned(),
        ];
        let tail = tail(&ids);
        assert_eq!(tail.ids().collect::<Vec<_>>(), ids);
        assert_eq!((tail.rows(), tail.last(), tail.bytes()), (7, ids[6], 70));
    }

    #[test]
    fn a_rolled_back_transaction_leaves_no_trace() {
        let mut tails = Tails::default();
        tails.push(1, 1, 10, 5);
        tails.push(1, 4, 10, 5);
        tails.push(2, 5, 10, 5);
        tails.settle();
        tails.push(1, 6, 10, 9);
        tails.replace(1, tail(&[6]));
        tails.push(1, 7, 10, 9);
        tails.replace(2, Tail::default());
        tails.push(3, 8, 10, 9);
        tails.push(2, 9, 10, 9);
        tails.revert();
        assert_eq!(tails.get(1), Some(&tail(&[1, 4])));
        assert_eq!(tails.get(2), Some(&tail(&[5])));
        assert_eq!(tails.get(3), None);
    }
}
