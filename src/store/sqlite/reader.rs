//! The reader threads: they load documents and list them on connections of
//! their own, so that a large document does not hold up anybody's keystroke.
//!
//! A load arrives with a [`Plan`]: what the writer knew of the document at the
//! load's place in the order of operations, everything before it being on disk.
//! The reader has to find exactly that. Operations that come later cannot get in
//! between: appends add rows that the plan does not name, and a compaction waits
//! ([`Underway`]) until the load's read transaction has begun, from where on
//! SQLite shows the reader the file as it was.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::SystemTime;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use super::super::{self as store, Counterfoil, ListQuery, Page, StoreError, Stored, micros};
use super::tail::Tail;
use super::{checksum, failure, list, senders};
use crate::id::{DocumentId, Seq};

/// What a load has to find.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) document: DocumentId,
    pub(super) key: i64,
    pub(super) title: Option<String>,
    pub(super) deleted: Option<SystemTime>,
    /// What its snapshot covers, if it has one.
    pub(super) through: Option<u64>,
    pub(super) tail: Tail,
    /// The last row ever written for it: the tail ends there, or it is covered.
    pub(super) last_row: u64,
    /// When it last changed.
    pub(super) updated: i64,
}

/// What looks at a document, from one point in the order of operations: `None` when
/// there is none.
pub(super) type Look = Box<dyn FnOnce(Result<Option<(&Connection, &Plan)>, StoreError>) + Send>;

/// Which documents have loads that have not begun to read.
#[derive(Debug, Default)]
pub(super) struct Underway {
    loads: Mutex<HashMap<i64, usize>>,
    begun: Condvar,
}

impl Underway {
    fn enter(self: &Arc<Self>, key: i64) -> Entered {
        *self.loads().entry(key).or_default() += 1;
        Entered {
            underway: Arc::clone(self),
            key,
        }
    }

    /// Waits until no load of the document is about to begin. Readers never
    /// wait for the writer, so this ends.
    pub(super) fn wait_for(&self, key: i64) {
        let mut loads = self.loads();
        while loads.contains_key(&key) {
            loads = self
                .begun
                .wait(loads)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn loads(&self) -> MutexGuard<'_, HashMap<i64, usize>> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A load's place in [`Underway`]; leaves it when dropped, so that neither an
/// error nor a panic of a reader can keep the writer waiting.
struct Entered {
    underway: Arc<Underway>,
    key: i64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut loads = self.underway.loads();
        if let Some(count) = loads.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                loads.remove(&self.key);
                self.underway.begun.notify_all();
            }
        }
    }
}

enum Job {
    Load(Plan, Entered, Counterfoil<Option<Stored>>),
    List(ListQuery, Counterfoil<Page>),
    Look(Plan, Entered, Look),
}

/// The threads, and the way to them.
pub(super) struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    underway: Arc<Underway>,
}

impl Readers {
    /// One thread per connection.
    pub(super) fn start(
        connections: Vec<Connection>,
        underway: Arc<Underway>,
    ) -> std::io::Result<Self> {
        let (jobs, inbox) = channel();
        let inbox = Arc::new(Mutex::new(inbox));
        let mut threads = Vec::new();
        for connection in connections {
            let inbox = Arc::clone(&inbox);
            let work = move || serve(&connection, &inbox);
            threads.push(
                std::thread::Builder::new()
                    .name("store-reader".into())
                    .spawn(work)?,
            );
        }
        Ok(Self {
            jobs: Some(jobs),
            threads,
            underway,
        })
    }

    /// Has a document loaded.
    pub(super) fn load(&self, plan: Plan, counterfoil: Counterfoil<Option<Stored>>) {
        let entered = self.underway.enter(plan.key);
        self.send(Job::Load(plan, entered, counterfoil));
    }

    /// Has documents listed.
    pub(super) fn list(&self, query: ListQuery, counterfoil: Counterfoil<Page>) {
        self.send(Job::List(query, counterfoil));
    }

    /// Has a document looked at.
    pub(super) fn look(&self, plan: Plan, look: Look) {
        let entered = self.underway.enter(plan.key);
        self.send(Job::Look(plan, entered, look));
    }

    fn send(&self, job: Job) {
        // A job that reaches nobody drops its counterfoil, which is an answer.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Readers {
    /// Finishes what was asked for.
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Connection, inbox: &Mutex<Receiver<Job>>) {
    loop {
        let job = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(Job::Load(plan, entered, counterfoil)) => {
                counterfoil.answer(load(connection, &plan, entered).map(Some));
            }
            Ok(Job::List(query, counterfoil)) => {
                counterfoil.answer(list::page(connection, &query));
            }
            Ok(Job::Look(plan, entered, look)) => look_at(connection, &plan, entered, look),
            Err(_) => return,
        }
    }
}

/// Reads what the plan says, all of it or nothing.
fn load(connection: &Connection, plan: &Plan, entered: Entered) -> Result<Stored, StoreError> {
    let transaction = connection
        .unchecked_transaction()
        .map_err(|error| failure::answer(&format!("document {:?}", plan.document), &error))?;
    read(&transaction, plan, || drop(entered))
}

/// Lets somebody look, inside a transaction that sees what the plan was made of.
fn look_at(connection: &Connection, plan: &Plan, entered: Entered, look: Look) {
    let begun = connection.unchecked_transaction().and_then(|transaction| {
        // The first statement fixes what it sees; it needs no page but the first.
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(transaction)
    });
    drop(entered);
    match begun {
        Ok(transaction) => look(Ok(Some((&transaction, plan)))),
        Err(error) => {
            let place = format!("document {:?}", plan.document);
            look(Err(failure::answer(&place, &error)));
        }
    }
}

/// The same inside a transaction; says so once it is fixed what that sees.
pub(super) fn read(
    transaction: &Connection,
    plan: &Plan,
    begun: impl FnOnce(),
) -> Result<Stored, StoreError> {
    // The first statement fixes it.
    let snapshot = snapshot(transaction, plan);
    begun();
    let snapshot = snapshot?;
    let through = plan.through.unwrap_or(0);
    let mut tail = Vec::with_capacity(plan.tail.rows());
    let mut before = None;
    for id in plan.tail.ids() {
        let row = journal_row(transaction, plan, id)?;
        let follows = match before {
            Some(before) => row.previous == before,
            None => row.previous <= through && id > through,
        };
        if !follows {
            return Err(damaged(plan, "journal", id, "row before it is missing"));
        }
        before = Some(id);
        tail.push((Seq(id), row.body));
    }
    if before.unwrap_or(through) < plan.last_row {
        return Err(damaged(plan, "journal", plan.last_row, "row is missing"));
    }
    Ok(Stored {
        snapshot,
        through: Seq(through),
        tail,
        deleted: plan.deleted,
        title: plan.title.clone(),
    })
}

/// The snapshot that the plan names, or none if it names none.
pub(super) fn snapshot(connection: &Connection, plan: &Plan) -> Result<Option<Bytes>, StoreError> {
    let key = plan.key.cast_unsigned();
    let unreadable = |error| unreadable(plan, "snapshots", key, &error);
    let found = connection
        .prepare_cached(
            "SELECT through, taken_at, checksum, body FROM snapshots WHERE document = ?1",
        )
        .map_err(unreadable)?
        .query_row([plan.key], |row| {
            let through = row.get::<_, i64>(0)?.cast_unsigned();
            let (taken_at, checksum): (i64, i64) = (row.get(1)?, row.get(2)?);
            let body = body(row, 3)?;
            let sound = checksum == checksum::of_snapshot(plan.key, through, taken_at, &body);
            Ok((through, sound, body))
        })
        .optional()
        .map_err(unreadable)?;
    match (found, plan.through) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(damaged(plan, "snapshots", key, "row is missing")),
        (Some((_, false, _)), _) => Err(damaged(
            plan,
            "snapshots",
            key,
            "row does not fit its checksum",
        )),
        (Some((through, true, body)), Some(expected)) if through == expected => Ok(Some(body)),
        (Some((through, ..)), expected) => {
            let what = format!("row covers {through}, where {expected:?} was written");
            Err(damaged(plan, "snapshots", key, &what))
        }
    }
}

/// A row of the journal, which fits its checksum.
pub(super) struct JournalRow {
    pub(super) previous: u64,
    pub(super) written_at: i64,
    pub(super) checksum: i64,
    body: Bytes,
    client: Option<i64>,
}

impl JournalRow {
    /// As history has it.
    pub(super) fn of(self, id: u64) -> store::Row {
        store::Row {
            seq: Seq(id),
            at: micros::moment(self.written_at),
            update: self.body,
            sender: senders::sender(self.client),
        }
    }
}

/// Reads a row.
pub(super) fn journal_row(
    connection: &Connection,
    plan: &Plan,
    id: u64,
) -> Result<JournalRow, StoreError> {
    let unreadable = |error| unreadable(plan, "journal", id, &error);
    let found = connection
        .prepare_cached(
            "SELECT document, previous, written_at, checksum, body, client FROM journal WHERE id = ?1",
        )
        .map_err(unreadable)?
        .query_row([id.cast_signed()], |row| {
            let document: i64 = row.get(0)?;
            let previous = row.get::<_, i64>(1)?.cast_unsigned();
            let (written_at, checksum): (i64, i64) = (row.get(2)?, row.get(3)?);
            let (body, client) = (body(row, 4)?, row.get(5)?);
            let sealed = checksum::of_row(plan.key, id, previous, written_at, client, &body);
            let sound = document == plan.key && checksum == sealed;
            let row = JournalRow {
                previous,
                written_at,
                checksum,
                body,
                client,
            };
            Ok((sound, row))
        })
        .optional()
        .map_err(unreadable)?;
    match found {
        Some((true, row)) => Ok(row),
        Some((false, _)) => Err(damaged(
            plan,
            "journal",
            id,
            "row does not fit its checksum",
        )),
        None => Err(damaged(plan, "journal", id, "row is missing")),
    }
}

fn body(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    let value = row.get_ref(column)?;
    let body = value.as_blob().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), error.into())
    })?;
    Ok(Bytes::copy_from_slice(body))
}

pub(super) fn damaged(plan: &Plan, table: &str, id: u64, what: &str) -> StoreError {
    StoreError::Damaged(format!(
        "document {:?}, table {table}, id {id}: the {what}",
        plan.document
    ))
}

fn unreadable(plan: &Plan, table: &str, id: u64, error: &rusqlite::Error) -> StoreError {
    failure::answer(
        &format!("document {:?}, table {table}, id {id}", plan.document),
        error,
    )
}
