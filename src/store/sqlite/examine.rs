//! A look at everything in a database: what a server would refuse to serve, and
//! why. Nothing is changed, and damage is an answer here, not an error.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::super::{StoreError, Stored, micros};
use super::access::{Access, Reading};
use super::failure::{self, Failure};
use super::known::{Known, RECORDED, Recorded};
use super::reader::{self, Plan};
use super::tail::{Tail, Tails};
use super::testimony::Testimony;
use super::{OpenError, history, names, notes, schema};
use crate::id::DocumentId;

/// What was found in a database.
#[derive(Debug)]
pub struct Examination {
    /// The database.
    pub database: PathBuf,
    /// How it was read.
    pub access: Access,
    /// The version of its layout.
    pub schema_version: i32,
    /// What is wrong with the database as a whole.
    pub problems: Vec<String>,
    /// Every document, in the order in which they were made.
    pub documents: Vec<Examined>,
    /// How often the database was damaged before and built anew.
    pub losses: u64,
    /// Updates that were put aside because they broke a document.
    pub quarantined: u64,
}

/// What was found of one document.
#[derive(Debug, Clone)]
pub struct Examined {
    /// Its name.
    pub name: String,
    /// Journal rows.
    pub rows: usize,
    /// Bytes of snapshot and journal rows.
    pub bytes: u64,
    /// Bytes of its snapshot, if it has one.
    pub snapshot_bytes: Option<u64>,
    /// Whether it carries a tombstone.
    pub deleted: bool,
    /// Why it would not be served.
    pub problem: Option<String>,
}

impl Examination {
    /// Whether everything is as it should be.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.damaged().next().is_none()
    }

    /// The documents that would not be served.
    pub fn damaged(&self) -> impl Iterator<Item = &Examined> {
        self.documents
            .iter()
            .filter(|document| document.problem.is_some())
    }
}

/// Whether what is stored of a document makes a document; the store itself does
/// not know what an update is.
pub type Judge<'a> = dyn Fn(&Stored) -> Result<(), String> + 'a;

/// What the witness beside a database says, or why it cannot be heard.
pub(super) type Heard = io::Result<Option<Testimony>>;

/// Examines the database in a data directory, also while a server has it open.
///
/// # Errors
/// When there is none, or it cannot be read at all.
pub fn examine(directory: &Path, judge: &Judge<'_>) -> Result<Examination, OpenError> {
    // First: what it saw by now, the transaction that is begun later sees too.
    let testimony = Testimony::read(&directory.join(super::DATABASE));
    let mut examination = look(&Reading::of_directory(directory)?, &testimony, judge)?;
    let begun = examination.access;
    let now = Reading::of_directory(directory)?;
    if begun != now.access {
        // A server came or went meanwhile: what was read may be neither old nor new.
        let testimony = testimony.map(|_| None);
        examination = look(&now, &testimony, judge)?;
    }
    Ok(examination)
}

/// Examines a file that nobody has open, such as a backup.
pub(super) fn examine_file(
    path: &Path,
    testimony: &Heard,
    judge: &Judge<'_>,
) -> Result<Examination, OpenError> {
    look(&Reading::of_file(path)?, testimony, judge)
}

fn look(reading: &Reading, testimony: &Heard, judge: &Judge<'_>) -> Result<Examination, OpenError> {
    let connection = &reading.connection;
    let engine = |error| OpenError::engine(&reading.path, error);
    let schema_version = schema::recognise_current(connection, &reading.path)?;
    let transaction = connection.unchecked_transaction().map_err(engine)?;
    let mut examination = Examination {
        database: reading.path.clone(),
        access: reading.access,
        schema_version,
        problems: Vec::new(),
        documents: Vec::new(),
        losses: 0,
        quarantined: 0,
    };
    let problems = &mut examination.problems;
    for (number, what, from) in [
        (&mut examination.losses, "losses", "losses"),
        (
            &mut examination.quarantined,
            "crashes",
            "crashes WHERE body IS NOT NULL",
        ),
    ] {
        match count(&transaction, from) {
            Ok(counted) => *number = counted,
            Err(error) => problems.push(format!("table {what} cannot be read: {error}")),
        }
    }
    if let Err(error) = integrity(&transaction, problems) {
        problems.push(format!("SQLite cannot check it: {error}"));
    }
    match names::compare(&transaction) {
        Ok(Some(_)) => {}
        Ok(None) => problems.push("the documents and the index of their names disagree".to_owned()),
        Err(error) => problems.push(format!("the names of the documents: {error}")),
    }
    let tails = match Tails::scan(&transaction) {
        Ok(Some((tails, _))) => tails,
        Ok(None) => {
            problems.push("the rows of the journal are out of order".to_owned());
            Tails::default()
        }
        Err(error) => {
            problems.push(format!("the journal: {error}"));
            Tails::default()
        }
    };
    let missing = match missing(&transaction, testimony, &tails) {
        Ok(missing) => missing,
        Err(why) => {
            problems.push(format!(
                "whether everything that was acknowledged is there cannot be told: {why}"
            ));
            BTreeMap::new()
        }
    };
    let (recorded, unreadable) = records(&transaction);
    if let Some(error) = unreadable {
        problems.push(format!("the records of the documents: {error}"));
    }
    let there: HashSet<i64> = recorded.iter().map(|record| record.key).collect();
    for (key, tail) in tails.documents() {
        if !there.contains(&key) {
            let rows = tail.rows();
            problems.push(format!(
                "{rows} journal rows are of document number {key}, which is not there"
            ));
        }
    }
    for (key, row) in &missing {
        if !there.contains(key) {
            problems.push(format!(
                "a document (number {key}) was acknowledged through row {row} and is not there"
            ));
        }
    }
    let strangers = "history WHERE document NOT IN (SELECT id FROM documents)";
    match count(&transaction, strangers) {
        Ok(0) => {}
        Ok(many) => problems.push(format!(
            "{many} segments in table history are of documents that are not there"
        )),
        Err(error) => problems.push(format!("table history cannot be read: {error}")),
    }
    match notes::damaged(&transaction) {
        Ok(0) => {}
        Ok(many) => problems.push(format!(
            "{many} versions or names of authors do not fit their checksums and are left out"
        )),
        Err(error) => problems.push(format!("tables versions and authors: {error}")),
    }
    for record in recorded {
        let (document, of_history) = one(&transaction, &record, &tails, &missing, judge);
        examination.problems.extend(of_history);
        examination.documents.push(document);
    }
    Ok(examination)
}

/// What was acknowledged and is not there, if that can be told.
fn missing(
    connection: &Connection,
    testimony: &Heard,
    tails: &Tails,
) -> Result<BTreeMap<i64, u64>, String> {
    let testimony = match testimony {
        Ok(Some(testimony)) => testimony,
        Ok(None) => return Ok(BTreeMap::new()),
        Err(error) => return Err(format!("the witness cannot be read: {error}")),
    };
    match testimony.is_about(connection) {
        Ok(true) => testimony.missing_rows(connection, tails),
        Ok(false) => Ok(BTreeMap::new()),
        Err(error) => return Err(format!("table generation cannot be read: {error}")),
    }
    .map_err(|error| error.to_string())
}

fn count(connection: &Connection, from: &str) -> rusqlite::Result<u64> {
    connection.query_row(&format!("SELECT count(*) FROM {from}"), [], |row| {
        row.get::<_, i64>(0).map(i64::cast_unsigned)
    })
}

fn integrity(connection: &Connection, problems: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut check = connection.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = check.query([])?;
    while let Some(row) = rows.next()? {
        let said: String = row.get(0)?;
        if said != "ok" {
            problems.push(said);
        }
    }
    Ok(())
}

/// The records, as far as they can be read, and what kept the rest from it.
fn records(connection: &Connection) -> (Vec<Recorded>, Option<rusqlite::Error>) {
    let mut records = Vec::new();
    let sql = format!("SELECT {RECORDED} FROM documents NOT INDEXED ORDER BY id");
    let read = connection.prepare(&sql).and_then(|mut statement| {
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            records.push(Recorded::of(row)?);
        }
        Ok(())
    });
    (records, read.err())
}

fn one(
    connection: &Connection,
    record: &Recorded,
    tails: &Tails,
    missing: &BTreeMap<i64, u64>,
    judge: &Judge<'_>,
) -> (Examined, Option<String>) {
    let name = String::from_utf8_lossy(&record.name).into_owned();
    let tail = tails.get(record.key);
    let mut examined = Examined {
        rows: tail.map_or(0, Tail::rows),
        bytes: tail.map_or(0, Tail::bytes),
        snapshot_bytes: None,
        deleted: record.deleted.is_some(),
        problem: None,
        name,
    };
    let missing = missing.get(&record.key);
    let plan = plan(connection, record, &examined.name, tails, missing);
    let of_history = plan
        .as_ref()
        .ok()
        .and_then(|plan| history::examine(connection, plan).err())
        .map(|error| error.to_string());
    let read = plan.and_then(|plan| reader::read(connection, &plan, || ()));
    examined.problem = match read {
        Ok(stored) => {
            examined.snapshot_bytes = stored.snapshot.as_ref().map(|body| body.len() as u64);
            examined.bytes += examined.snapshot_bytes.unwrap_or(0);
            judge(&stored).err()
        }
        Err(StoreError::Damaged(what)) => Some(what),
        Err(error) => Some(error.to_string()),
    };
    // Whoever reads this knows by now which document it is about.
    if let Some(problem) = &mut examined.problem
        && let Some(rest) = problem.strip_prefix(&format!("document {:?}, ", examined.name))
    {
        *problem = rest.to_owned();
    }
    (examined, of_history)
}

fn plan(
    connection: &Connection,
    record: &Recorded,
    name: &str,
    tails: &Tails,
    missing: Option<&u64>,
) -> Result<Plan, StoreError> {
    let document = DocumentId::parse(name)
        .map_err(|error| StoreError::Damaged(format!("{name:?} is no document's name: {error}")))?;
    let known = Known::read(connection, &document, tails).map_err(|failure| match failure {
        Failure::Refused(error) => error,
        Failure::Engine(error) => failure::answer("its record", &error),
    })?;
    let known = known
        .filter(|known| known.key == record.key)
        .ok_or_else(|| StoreError::Damaged("the index of names does not find it".to_owned()))?;
    Ok(Plan {
        key: known.key,
        title: known.title.as_deref().map(str::to_owned),
        deleted: known.deleted.map(micros::moment),
        through: known.through,
        tail: tails.get(known.key).cloned().unwrap_or_default(),
        last_row: known.last_row.max(missing.copied().unwrap_or(0)),
        updated: known.updated,
        document,
    })
}
