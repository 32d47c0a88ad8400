//! A database whose pages are damaged: what is sound moves to a new one.
//!
//! SQLite refuses to write where pages contradict each other, and a row that
//! stands out of order hides its neighbours from every search: one bad page could
//! stop all documents. So when the store is opened and finds damage of that kind,
//! everything that can be read and fits its checksum is copied to a new file,
//! which takes the old one's place. The old one is kept beside it, as it was
//! (`cowrite.db.damaged-1`). A document that is not whole any more has a gap in
//! its chain of rows or a record that fits no checksum, and is not served.
//!
//! A name is never forgotten quietly: if some may have been lost, the new
//! database says so (table `losses`), and names that it does not know are refused
//! instead of begun anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, Row, params};

use super::super::micros;
use super::known::{RECORDED, Recorded};
use super::witness::Testimony;
use super::{OpenError, checksum, files, schema};

/// How many searches in one table are made before the rest is taken for lost.
const SEARCHES: usize = 4_000;

/// A checksum that fits nothing.
const NONE_FITS: i64 = -1;

/// Where a new database is written, and where it waits to take the old one's
/// place: it is whole from its second name on.
const WRITING: &str = "-rebuilding";
const WRITTEN: &str = "-rebuilt";

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Builds a new database of what is sound in the one at `path`.
pub(super) fn rebuild(path: &Path) -> Result<(), OpenError> {
    let engine = |error| OpenError::engine(path, error);
    let files = |error| OpenError::Files {
        path: path.to_owned(),
        error,
    };
    log::error!(
        "{} is damaged; building a new one of what is sound",
        path.display()
    );
    let old = schema::open_damaged(path)?;
    let writing = beside(path, WRITING);
    remove(&writing).map_err(files)?;
    let new = schema::open_new(&writing)?;
    let copied = Copying {
        old: &old,
        new: &new,
    }
    .run(path)
    .map_err(engine)?;
    drop((old, new));
    File::open(&writing)
        .and_then(|file| file.sync_all())
        .map_err(files)?;
    fs::rename(&writing, beside(path, WRITTEN)).map_err(files)?;
    files::sync_folder_of(path).map_err(files)?;
    let kept = finish(path).map_err(files)?;
    log::error!(
        "copied {} documents, {} snapshots and {} journal rows{}; {} is kept as it was. Documents \
         that are not whole are not served: run `cowrite check`, and restore a backup",
        copied.documents,
        copied.snapshots,
        copied.rows,
        if copied.names_lost {
            ", and lost some documents' names"
        } else {
            ""
        },
        kept.unwrap_or_default().display(),
    );
    Ok(())
}

/// Puts a new database that is complete in the old one's place, also if a crash
/// came in between. Gives the old one's new name.
pub(super) fn finish(path: &Path) -> io::Result<Option<PathBuf>> {
    let written = beside(path, WRITTEN);
    if !written.exists() {
        return Ok(None);
    }
    let name = |n: u32| beside(path, &format!(".damaged-{n}"));
    let mut number = 1;
    while name(number).exists() {
        number += 1;
    }
    if path.exists() {
        fs::rename(path, name(number))?;
    } else {
        number -= 1;
    }
    let kept = name(number);
    // The old log must not be taken for the new database's.
    let log = files::log_of(path);
    if log.exists() {
        fs::rename(log, files::log_of(&kept))?;
    }
    remove(&beside(path, "-shm"))?;
    files::sync_folder_of(path)?;
    fs::rename(&written, path)?;
    files::sync_folder_of(path)?;
    Ok(Some(kept))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[derive(Debug, Default)]
struct Copied {
    documents: usize,
    snapshots: usize,
    rows: usize,
    names_lost: bool,
}

struct Copying<'a> {
    old: &'a Connection,
    new: &'a Connection,
}

impl Copying<'_> {
    fn run(&self, path: &Path) -> rusqlite::Result<Copied> {
        let transaction = self.new.unchecked_transaction()?;
        let mut copied = Copied::default();
        self.generation(path)?;
        let (names, all_names) = self.names();
        let (records, all_records) = self.records(names.values().copied().max().unwrap_or(0))?;
        copied.names_lost = !all_names && !all_records;
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
        copied.rows = self.rows(last_row, &mut spoken_of)?;
        let numbers = [
            records.last_key_value().map(|(key, _)| *key),
            spoken_of.last().copied(),
        ];
        let last_document = numbers
            .into_iter()
            .flatten()
            .chain(names.values().copied())
            .max();
        copied.snapshots = self.snapshots(last_document.unwrap_or(0), &mut spoken_of)?;
        copied.documents = self.documents(&names, &records, &spoken_of)?;
        self.others()?;
        self.new.execute(
            "INSERT INTO losses (noticed_at, names_lost) VALUES (?1, ?2)",
            params![micros::since_1970(SystemTime::now()), copied.names_lost],
        )?;
        transaction.commit()?;
        Ok(copied)
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
        let columns = "id, document, previous, written_at, checksum, body";
        walk(self.old, columns, "journal", "id", last, |row| {
            let Some((numbers, body)) = numbers_and_body::<5>(row) else {
                return Ok(None);
            };
            let [id, document, previous, written_at, sealed] = numbers;
            let (row, before) = (id.cast_unsigned(), previous.cast_unsigned());
            if sealed != checksum::of_row(document, row, before, written_at, body) || id < 1 {
                return Ok(None);
            }
            spoken_of.insert(document);
            rows += self
                .new
                .prepare_cached("INSERT OR IGNORE INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute(params![id, document, previous, written_at, sealed, body])?;
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
                AND t.name NOT IN ('documents', 'snapshots', 'journal', 'generation')
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

/// Shows every row of a table that any search finds, some more than once. `each`
/// gives the number of a row that is sound. Whether nothing was unreadable; only
/// numbers up to `last` are searched for behind something that is.
fn walk(
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
