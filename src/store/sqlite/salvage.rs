//! What is sound in a damaged database, copied into a new one.
//!
//! Only what fits its checksum is taken. Every document that anything speaks of
//! keeps its name and number, so that what is lost is refused and not begun anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, Row, params};

use super::super::micros;
use super::checksum;
use super::history::Numbers;
use super::known::{RECORDED, Recorded};
use super::search::walk;
use super::testimony::Testimony;

/// A checksum that fits nothing.
const NONE_FITS: i64 = -1;

/// How much was saved.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) documents: usize,
    pub(super) snapshots: usize,
    pub(super) rows: usize,
    pub(super) segments: usize,
    pub(super) names_lost: bool,
}

/// A damaged database, and an empty one for what is sound.
pub(super) struct Salvage<'a> {
    pub(super) old: &'a Connection,
    pub(super) new: &'a Connection,
}

impl Salvage<'_> {
    /// Copies what is sound in the database at `path`.
    pub(super) fn run(&self, path: &Path) -> rusqlite::Result<Saved> {
        // The thousands of searches see one state, and take its lock once. A page
        // that is damaged does not end it; should an error of the disk do so, each
        // search goes on by itself.
        let _reading = self.old.unchecked_transaction()?;
        let transaction = self.new.unchecked_transaction()?;
        let mut saved = Saved::default();
        self.generation(path)?;
        let (names, all_names) = self.names();
        let (records, all_records) = self.records(names.values().copied().max().unwrap_or(0))?;
        saved.names_lost = !all_names && !all_records;
        // Every document that anything speaks of gets a record, so that no new
        // one can get its number.
        let mut spoken_of: BTreeSet<i64> = BTreeSet::new();
        let mut last_row = 0;
        for record in records.values() {
            last_row = last_row.max(record.last_row);
        }
        if let Ok(Some(testimony)) = Testimony::read(path) {
            last_row = last_row.max(testimony.last_row().cast_signed());
        }
        saved.rows = self.rows(last_row, &mut spoken_of)?;
        let numbers = [
            records.last_key_value().map(|(key, _)| *key),
            spoken_of.last().copied(),
        ];
        let last_document = numbers
            .into_iter()
            .flatten()
            .chain(names.values().copied())
            .max();
        saved.snapshots = self.snapshots(last_document.unwrap_or(0), &mut spoken_of)?;
        saved.segments = self.history(last_row)?;
        saved.documents = self.documents(&names, &records, &spoken_of)?;
        self.others()?;
        self.new.execute(
            "INSERT INTO losses (noticed_at, names_lost) VALUES (?1, ?2)",
            params![micros::since_1970(SystemTime::now()), saved.names_lost],
        )?;
        transaction.commit()?;
        Ok(saved)
    }

    /// The witness goes on speaking of the new database.
    fn generation(&self, path: &Path) -> rusqlite::Result<()> {
        let number = self
            .old
            .query_row("SELECT number FROM generation", [], |row| {
                row.get::<_, i64>(0)
            })
            .ok()
            .or_else(|| Some(Testimony::read(path).ok()??.generation));
        self.new
            .execute("UPDATE generation SET number = ?1", [number.unwrap_or(0)])?;
        Ok(())
    }

    /// The names that the index knows, and whether these are all.
    fn names(&self) -> (BTreeMap<Vec<u8>, i64>, bool) {
        const INDEX: &str =
            "SELECT name, id FROM documents INDEXED BY sqlite_autoindex_documents_1 ORDER BY name";
        let mut names = BTreeMap::new();
        let mut whole = true;
        for order in ["", " DESC"] {
            let mut last: Option<Vec<u8>> = None;
            let read = self
                .old
                .prepare(&format!("{INDEX}{order}"))
                .and_then(|mut statement| {
                    let mut rows = statement.query([])?;
                    while let Some(row) = rows.next()? {
                        let name = row.get_ref(0)?.as_bytes().unwrap_or_default().to_vec();
                        whole &= last.is_none_or(|last| (last < name) == order.is_empty());
                        names.insert(name.clone(), row.get(1)?);
                        last = Some(name);
                    }
                    Ok(())
                });
            whole &= read.is_ok();
        }
        (names, whole)
    }

    /// The records that can be read, and whether these are all and sound.
    fn records(&self, last: i64) -> rusqlite::Result<(BTreeMap<i64, Recorded>, bool)> {
        let mut records = BTreeMap::new();
        let mut sound = true;
        let whole = walk(self.old, RECORDED, "documents", "id", last, |row| {
            let Ok(record) = Recorded::of(row) else {
                sound = false;
                return Ok(None);
            };
            let key = record.key;
            sound &= record.is_sound();
            records.insert(key, record);
            Ok(Some(key))
        })?;
        Ok((records, whole && sound))
    }

    /// Copies the sound rows of the journal.
    fn rows(&self, last: i64, spoken_of: &mut BTreeSet<i64>) -> rusqlite::Result<usize> {
        let mut rows = 0;
        let columns = "id, document, previous, written_at, checksum, body, client";
        walk(self.old, columns, "journal", "id", last, |row| {
            let Some((numbers, body)) = numbers_and_body::<5>(row) else {
                return Ok(None);
            };
            let [id, document, previous, written_at, sealed] = numbers;
            let (before, at) = (previous.cast_unsigned(), written_at);
            let Ok(client) = row.get::<_, Option<i64>>(6) else {
                return Ok(None);
            };
            let number = id.cast_unsigned();
            let is_it = sealed == checksum::of_row(document, number, before, at, client, body);
            if !is_it || id < 1 {
                return Ok(None);
            }
            spoken_of.insert(document);
            rows += self
                .new
                .prepare_cached(
                    "INSERT OR IGNORE INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![
                    id, document, previous, written_at, sealed, body, client
                ])?;
            Ok(Some(id))
        })?;
        Ok(rows)
    }

    /// Copies the sound snapshots.
    fn snapshots(&self, last: i64, spoken_of: &mut BTreeSet<i64>) -> rusqlite::Result<usize> {
        let mut rows = 0;
        let columns = "document, through, taken_at, checksum, body";
        walk(self.old, columns, "snapshots", "document", last, |row| {
            let Some((numbers, body)) = numbers_and_body::<4>(row) else {
                return Ok(None);
            };
            let [document, through, taken_at, sealed] = numbers;
            if sealed != checksum::of_snapshot(document, through.cast_unsigned(), taken_at, body) {
                return Ok(None);
            }
            spoken_of.insert(document);
            rows += self
                .new
                .prepare_cached("INSERT OR IGNORE INTO snapshots VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![document, through, taken_at, sealed, body])?;
            Ok(Some(document))
        })?;
        Ok(rows)
    }

    /// Copies the sound segments of history.
    fn history(&self, last: i64) -> rusqlite::Result<usize> {
        let mut segments = 0;
        let columns =
            "last_row, document, after_row, rows, since, until, bytes, checksum, body, base";
        walk(self.old, columns, "history", "last_row", last, |row| {
            let Some((numbers, body)) = numbers_and_body::<8>(row) else {
                return Ok(None);
            };
            let Ok(Ok(base)) = row.get_ref(9).map(|base| base.as_blob_or_null()) else {
                return Ok(None);
            };
            let [last, document, after, rows, since, until, bytes, sealed] = numbers;
            let numbers = Numbers {
                document,
                last,
                after,
                rows,
                since,
                until,
                bytes,
            };
            if sealed != numbers.seal(body, base) {
                return Ok(None);
            }
            segments += self
                .new
                .prepare_cached(
                    "INSERT OR IGNORE INTO history (last_row, document, after_row, rows, since,
                     until, bytes, checksum, body, base)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    last, document, after, rows, since, until, bytes, sealed, body, base
                ])?;
            Ok(Some(last))
        })?;
        Ok(segments)
    }

    /// Copies the sound records; the other documents get one that fits no
    /// checksum.
    fn documents(
        &self,
        names: &BTreeMap<Vec<u8>, i64>,
        records: &BTreeMap<i64, Recorded>,
        spoken_of: &BTreeSet<i64>,
    ) -> rusqlite::Result<usize> {
        let mut copied = 0;
        let mut insert = self.new.prepare(
            "INSERT OR IGNORE INTO documents
             (id, name, title, created_at, updated_at, deleted_at, last_row, bytes, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let (sound, unsound): (Vec<_>, Vec<_>) =
            records.values().partition(|record| record.is_sound());
        for record in &sound {
            copied += insert.execute(params![
                record.key,
                String::from_utf8_lossy(&record.name),
                record.title,
                record.created,
                record.updated,
                record.deleted,
                record.last_row,
                record.bytes,
                record.seal()
            ])?;
        }
        let mut stand_in = |key: i64, name: &str| {
            let none = Option::<i64>::None;
            insert.execute(params![key, name, none, 0, 0, none, 0, 0, NONE_FITS])
        };
        let sound: BTreeSet<i64> = sound.iter().map(|record| record.key).collect();
        // The number may be what is damaged: the name has to stay.
        let mut free = records
            .keys()
            .chain(spoken_of)
            .chain(names.values())
            .max()
            .copied();
        let mut keep = |key: i64, name: &[u8]| -> rusqlite::Result<()> {
            let name = String::from_utf8_lossy(name);
            if stand_in(key, &name)? == 0 {
                free = free.map(|free| free.saturating_add(1));
                stand_in(free.unwrap_or(1), &name)?;
            }
            Ok(())
        };
        for (name, key) in names.iter().filter(|(_, key)| !sound.contains(key)) {
            keep(*key, name)?;
        }
        for record in unsound {
            if !names.values().any(|key| *key == record.key) {
                keep(record.key, &record.name)?;
            }
        }
        let known: BTreeSet<i64> = sound.iter().chain(names.values()).copied().collect();
        for key in spoken_of.iter().filter(|key| !known.contains(key)) {
            keep(
                *key,
                format!("(a document whose name is lost, number {key})").as_bytes(),
            )?;
        }
        Ok(copied)
    }

    /// Copies what other tables hold, as far as it can be read: none of it is a
    /// document.
    fn others(&self) -> rusqlite::Result<()> {
        let mut tables = self.new.prepare(
            "SELECT t.name, group_concat(c.name) FROM sqlite_schema t, pragma_table_info(t.name) c
              WHERE t.type = 'table'
                AND t.name NOT IN ('documents', 'snapshots', 'journal', 'generation', 'history')
              GROUP BY t.name",
        )?;
        let mut tables = tables.query([])?;
        while let Some(table) = tables.next()? {
            let (table, columns): (String, String) = (table.get(0)?, table.get(1)?);
            let width = columns.split(',').count();
            let places = vec!["?"; width].join(", ");
            let mut insert = self.new.prepare(&format!(
                "INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})"
            ))?;
            let read = self.old.prepare(&format!("SELECT {columns} FROM {table}"));
            let Ok(mut read) = read else { continue };
            let mut rows = read.query([])?;
            while let Ok(Some(row)) = rows.next() {
                let values: Result<Vec<rusqlite::types::Value>, _> =
                    (0..width).map(|column| row.get(column)).collect();
                if let Ok(values) = values {
                    insert.execute(rusqlite::params_from_iter(values))?;
                }
            }
        }
        Ok(())
    }
}

/// The first `N` columns as numbers and the next as bytes, if that is what they
/// are.
fn numbers_and_body<'a, const N: usize>(row: &'a Row<'_>) -> Option<([i64; N], &'a [u8])> {
    let mut numbers = [0; N];
    for (column, number) in numbers.iter_mut().enumerate() {
        *number = row.get_ref(column).ok()?.as_i64().ok()?;
    }
    Some((numbers, row.get_ref(N).ok()?.as_blob().ok()?))
}
