//! The writer thread: the only one that changes the file.
//!
//! It takes everything that is waiting, whoever's it is, executes it in one
//! transaction, commits (one sync) and answers: group commit, with a pause in a rush only (`cadence`).
//! While a commit is under way the next group gathers by itself.
//!
//! Reads pass through here as well, to take their place in the order, and are
//! handed to the [readers](super::reader) once everything before them is on disk.
//!
//! Records lag behind the journal, and lists show records. So a list finds them
//! brought up to date, unless that was done less than [`LIST_LAG`](upkeep::LIST_LAG) ago. Whoever
//! looks into the file itself waits for a rest, which reads do not put off.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::super::{Counterfoil, Health, StoreError, TAKEN};
use super::cadence::Cadence;
use super::checkpoint::{Moved, checkpoint};
use super::expiry::Expiry;
use super::failure::{self, Failure, Verdict};
use super::files::FilePresence;
use super::group::{lists, take_group};
use super::ledger::Ledger;
use super::lock::DirectoryLock;
use super::reader::Readers;
use super::request::{Read, Request, Write};
use super::shared::{CLOSED, Shared};
use upkeep::write_records;

mod upkeep;

const PAGE_BYTES: usize = 4_096;

/// After so long without a request memory is given back; and records that lagged
/// for so long are brought up to date, requests or not.
const REST_AFTER: Duration = Duration::from_secs(5);

/// How often a store that cannot write tries to.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// All that the thread owns. The order of the fields is the order in which they
/// are let go of: the lock last.
pub(super) struct Writer {
    pub(super) inbox: Receiver<Request>,
    pub(super) readers: Readers,
    pub(super) ledger: Ledger,
    pub(super) shared: Arc<Shared>,
    pub(super) lock: DirectoryLock,
    /// Pages written, roughly, since the log's length was last looked at.
    pub(super) unlooked: usize,
    pub(super) files: FilePresence,
    /// Since when records may lag.
    pub(super) lagging: Option<Instant>,
    /// When it was last tried to bring them up to date.
    pub(super) caught_up: Option<Instant>,
    /// How fast commits follow each other, where each is synced.
    pub(super) cadence: Option<Cadence>,
    /// When it was last looked for history that is too old, and how far that got.
    pub(super) expiry: Expiry,
}

impl Writer {
    /// Serves until the last request, then closes the file.
    pub(super) fn run(mut self) {
        let _alarm = Alarm(Arc::clone(&self.shared));
        let mut waiting = VecDeque::new();
        let mut closing = None;
        while let Some(request) = self.next() {
            waiting.push_back(request);
            while !waiting.is_empty() {
                waiting.extend(self.inbox.try_iter());
                self.gather(&mut waiting);
                let group = take_group(&mut waiting, &mut closing);
                if !group.is_empty() {
                    self.settle(group);
                    self.look_at_the_log();
                }
            }
            if self
                .lagging
                .is_some_and(|since| since.elapsed() >= REST_AFTER)
            {
                self.catch_up();
                self.expire();
            }
        }
        self.finish(closing);
    }

    /// Lets more appends come, when commits follow each other fast and each costs a
    /// sync.
    fn gather(&self, waiting: &mut VecDeque<Request>) {
        let Some(cadence) = &self.cadence else {
            return;
        };
        loop {
            let pause = cadence.pause(waiting, Instant::now());
            if pause.is_zero() {
                return;
            }
            std::thread::sleep(pause);
            waiting.extend(self.inbox.try_iter());
        }
    }

    /// The next request. While writes fail, it tries one of its own now and then:
    /// whoever asks whether the store is ready must not have to write to learn it.
    /// When nobody asks for anything, it rests once.
    fn next(&mut self) -> Option<Request> {
        let mut rested = false;
        loop {
            let fails = match self.shared.health() {
                Health::Failing(_) => true,
                Health::Ready if !rested => false,
                Health::Ready | Health::Stopped(_) => return self.inbox.recv().ok(),
            };
            let patience = if fails { PROBE_INTERVAL } else { REST_AFTER };
            match self.inbox.recv_timeout(patience) {
                Ok(request) => return Some(request),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) if fails => self.probe(),
                Err(RecvTimeoutError::Timeout) => {
                    self.rest();
                    rested = true;
                }
            }
        }
    }

    /// Executes a group and answers it.
    fn settle(&mut self, mut group: Vec<Request>) {
        let writes = group
            .iter()
            .filter(|request| matches!(request, Request::Write(_)))
            .count();
        if let Health::Stopped(reason) = self.shared.health() {
            return self.answer(group, Some(StoreError::Engine(reason)));
        }
        if let Some(cadence) = &mut self.cadence {
            cadence.commits(&group, Instant::now());
        }
        match self.execute(&mut group, writes > 0) {
            Ok(()) => {
                self.ledger.settle();
                if writes > 0
                    && let Err(reason) = self.files.check()
                {
                    // Written, and to nowhere: nobody is told that it is saved.
                    self.shared.set(Health::Stopped(reason.clone()));
                    return self.answer(group, Some(StoreError::Engine(reason)));
                }
                self.ledger.testify();
                if writes > 0 {
                    self.shared.counters.committed(writes);
                    self.shared.set(Health::Ready);
                    self.lagging.get_or_insert_with(Instant::now);
                }
                if lists(&group) {
                    self.catch_up_for_a_list();
                }
                self.answer(group, None);
            }
            Err(error) => {
                self.roll_back();
                let verdict = failure::verdict(&error);
                if verdict == Verdict::Alone && writes > 1 {
                    // Let the others not suffer for it.
                    return group
                        .into_iter()
                        .for_each(|request| self.settle(vec![request]));
                }
                let answer = failure::answer("a write", &error);
                let reason = failure::reason(answer.clone());
                self.shared.set(match verdict {
                    Verdict::Never => Health::Stopped(reason),
                    Verdict::Later | Verdict::Alone => Health::Failing(reason),
                });
                self.answer(group, Some(answer));
            }
        }
    }

    /// Executes a group in order, in one transaction if anything is written.
    fn execute(&mut self, group: &mut [Request], writes: bool) -> rusqlite::Result<()> {
        if writes {
            self.ledger
                .connection
                .prepare_cached("BEGIN IMMEDIATE")?
                .execute([])?;
            self.ledger.make_room()?;
        }
        for request in group {
            match request {
                Request::Write(write) => self.write(write)?,
                Request::Read(read) => self.look_up(read),
                Request::Limit(bytes) => limit(&self.ledger.connection, *bytes)?,
                Request::Close(_) => {}
            }
        }
        if writes {
            self.ledger
                .connection
                .prepare_cached("COMMIT")?
                .execute([])?;
        }
        Ok(())
    }

    fn write(&mut self, write: &mut Write) -> rusqlite::Result<()> {
        self.unlooked += 3 + write.bytes() / PAGE_BYTES;
        let ledger = &mut self.ledger;
        match write {
            Write::Append(call) => {
                let appended = match call.arguments.content() {
                    Some(append) => ledger.append(append),
                    None => Err(StoreError::Engine(TAKEN.to_owned()).into()),
                };
                call.outcome = Some(settled(appended)?);
            }
            Write::Create(call) => {
                let (document, title) = &call.arguments;
                call.outcome = Some(settled(ledger.create(document, title.as_deref()))?);
            }
            Write::Compact(call) => call.outcome = Some(settled(ledger.compact(&call.arguments))?),
            Write::Delete(call) => call.outcome = Some(settled(ledger.delete(&call.arguments))?),
            Write::Restore(call) => call.outcome = Some(settled(ledger.restore(&call.arguments))?),
            Write::Crash(call) => call.outcome = Some(settled(ledger.crashed(&call.arguments))?),
            Write::Release(call) => {
                let (document, during) = &call.arguments;
                call.outcome = Some(settled(ledger.release(document, *during))?);
            }
            Write::Version(call) => {
                let (document, name) = &call.arguments;
                call.outcome = Some(settled(ledger.version(document, name.as_deref()))?);
            }
            Write::Rename(call) => {
                let (document, id, name) = &call.arguments;
                call.outcome = Some(settled(ledger.rename(document, *id, name.as_deref()))?);
            }
            Write::Attribute(call) => {
                let (document, author, source) = &call.arguments;
                call.outcome = Some(settled(ledger.attribute(document, author, *source))?);
            }
        }
        Ok(())
    }

    /// Finds out what a read has to show, at its place in the order.
    fn look_up(&mut self, read: &mut Read) {
        match read {
            Read::Load(call) => call.outcome = Some(self.ledger.plan(&call.arguments)),
            Read::Describe(call) => call.outcome = Some(self.ledger.describe(&call.arguments)),
            Read::Crashes(call) => call.outcome = Some(self.ledger.crashes(&call.arguments)),
            Read::Look(glance) => glance.plan = Some(self.ledger.plan(&glance.document)),
            Read::List(_) => {}
        }
    }

    /// Answers a group whose transaction is on disk, or, with a `refusal`, was
    /// rolled back. In the second case what reads were about to show may never
    /// have happened, and they are looked up again.
    fn answer(&mut self, group: Vec<Request>, refusal: Option<StoreError>) {
        for request in group {
            match (request, &refusal) {
                (Request::Write(write), None) => write.answer(),
                (Request::Write(write), Some(error)) => write.refuse(error.clone()),
                (Request::Read(mut read), refusal) => {
                    if refusal.is_some() {
                        self.look_up(&mut read);
                    }
                    self.hand_over(read);
                }
                (Request::Limit(_) | Request::Close(_), _) => {}
            }
        }
    }

    fn hand_over(&self, read: Read) {
        match read {
            Read::Load(call) => match call.outcome {
                Some(Ok(Some(plan))) => self.readers.load(plan, call.counterfoil),
                Some(Ok(None)) => call.counterfoil.answer(Ok(None)),
                Some(Err(error)) => call.counterfoil.answer(Err(error)),
                None => {}
            },
            Read::Describe(call) => call.answer(),
            Read::Crashes(call) => call.answer(),
            Read::List(call) => self.readers.list(call.arguments, call.counterfoil),
            Read::Look(glance) => match glance.plan {
                Some(Ok(Some(plan))) => self.readers.look(plan, glance.look),
                Some(Ok(None)) => (glance.look)(Ok(None)),
                Some(Err(error)) => (glance.look)(Err(error)),
                None => {}
            },
        }
    }

    fn roll_back(&mut self) {
        self.ledger.revert();
        // SQLite may have rolled back on its own already.
        if !self.ledger.connection.is_autocommit()
            && let Err(error) = self.ledger.connection.execute_batch("ROLLBACK")
        {
            self.shared.set(Health::Stopped(format!(
                "a transaction could not be undone: {error}"
            )));
        }
    }

    /// Lets go of everything, in an order that leaves one complete file behind.
    fn finish(self, closing: Option<Counterfoil<()>>) {
        let Self {
            readers,
            mut ledger,
            shared,
            lock,
            ..
        } = self;
        drop(readers);
        let answer = match shared.health() {
            // Not a byte more. What was acknowledged is in the log.
            Health::Stopped(reason) => Err(StoreError::Engine(reason)),
            Health::Ready | Health::Failing(_) => tidy_up(&mut ledger)
                .map_err(|error| failure::answer("closing the database", &error)),
        };
        shared.set(Health::Stopped(match &answer {
            Ok(()) => CLOSED.to_owned(),
            Err(error) => failure::reason(error.clone()),
        }));
        drop(ledger);
        drop(lock);
        if let Some(counterfoil) = closing {
            counterfoil.answer(answer);
        }
    }
}

/// An operation's outcome, unless the engine failed and with it the group.
fn settled<T>(outcome: Result<T, Failure>) -> rusqlite::Result<Result<T, StoreError>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(error)) => Ok(Err(error)),
        Err(Failure::Engine(error)) => Err(error),
    }
}

/// Limits the database's size. SQLite keeps it at least as large as it is.
pub(super) fn limit(connection: &Connection, bytes: Option<u64>) -> rusqlite::Result<()> {
    const NO_LIMIT: u64 = u32::MAX as u64 - 1;
    let pages = bytes.map_or(NO_LIMIT, |bytes| {
        (bytes / PAGE_BYTES as u64).clamp(1, NO_LIMIT)
    });
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
}

/// Brings every record up to date and everything into one file.
fn tidy_up(ledger: &mut Ledger) -> rusqlite::Result<()> {
    write_records(ledger)?;
    if checkpoint(&ledger.connection, "TRUNCATE")? == Moved::Everything {
        ledger.forget();
    }
    // Nothing is left to write; this lets SQLite remove the log's files.
    ledger
        .connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Says so when the writer's thread ends by a panic.
struct Alarm(Arc<Shared>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.set(Health::Stopped(
                "the store's writer ended unexpectedly".to_owned(),
            ));
        }
    }
}
