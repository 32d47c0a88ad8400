//! The writer's upkeep: what it does that nobody asked for. Records are brought up to
//! date, old history is forgotten, the log is moved into the database, and a store that
//! cannot write tries whether it can.

use std::time::{Duration, Instant};

use super::Writer;
use crate::id::Seq;
use crate::store::Health;
use crate::store::sqlite::SCHEMA_VERSION;
use crate::store::sqlite::checkpoint::{Moved, checkpoint, log_pages};
use crate::store::sqlite::failure::{self, Verdict};
use crate::store::sqlite::ledger::Ledger;

/// After how many pages in the write-ahead log they are moved to the database.
const CHECKPOINT_PAGES: i64 = 1_000;

/// After how many pages, roughly, the log's length is looked at.
const LOOK_PAGES: usize = 200;

/// By how much a list may lag behind what was acknowledged before it was asked
/// for. Whoever lists without pause costs one commit in this time.
const LIST_LAG: Duration = Duration::from_secs(1);

impl Writer {
    /// Brings the records up to date and lets go of what is only kept to be quick.
    pub(super) fn rest(&mut self) {
        if self.catch_up() {
            self.ledger.rest();
        }
        self.expire();
    }

    /// Forgets history that is old, a little at a time.
    pub(super) fn expire(&mut self) {
        if self.shared.health() != Health::Ready || !self.expiry.is_due(Instant::now()) {
            return;
        }
        let from = self.expiry.reached;
        match expire(&self.ledger, from) {
            Ok(reached) => self.expiry.went_on(reached, Instant::now()),
            Err(error) => {
                self.roll_back();
                self.cannot("forgetting old history", &error);
            }
        }
    }

    /// Brings the records up to date, if the store takes writes. Whether they are.
    pub(super) fn catch_up(&mut self) -> bool {
        if self.shared.health() != Health::Ready {
            return false;
        }
        self.caught_up = Some(Instant::now());
        if let Err(error) = write_records(&mut self.ledger) {
            self.roll_back();
            self.cannot("writing what lists show", &error);
            return false;
        }
        self.lagging = None;
        true
    }

    /// Brings the records up to date for somebody who lists them, unless they were
    /// a moment ago.
    pub(super) fn catch_up_for_a_list(&mut self) {
        let fresh = |tried: Instant| tried.elapsed() < LIST_LAG;
        if self.lagging.is_some() && !self.caught_up.is_some_and(fresh) {
            self.catch_up();
        }
    }

    /// Writes something that changes nothing.
    pub(super) fn probe(&mut self) {
        let connection = &self.ledger.connection;
        let probed = connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
        ));
        match probed {
            Ok(()) => self.shared.set(Health::Ready),
            Err(error) => {
                self.roll_back();
                if failure::verdict(&error) == Verdict::Never {
                    let reason = failure::reason(failure::answer("a probe", &error));
                    self.shared.set(Health::Stopped(reason));
                }
            }
        }
    }

    /// Moves the write-ahead log into the database when it has grown.
    pub(super) fn look_at_the_log(&mut self) {
        if self.unlooked < LOOK_PAGES || matches!(self.shared.health(), Health::Stopped(_)) {
            return;
        }
        self.unlooked = 0;
        match log_pages(&self.ledger.connection) {
            Ok(pages) if pages < CHECKPOINT_PAGES => {}
            Ok(_) => self.check_point(),
            Err(error) => log::warn!("the length of the write-ahead log is unknown: {error}"),
        }
    }

    fn check_point(&mut self) {
        // The witness may only forget what the records tell.
        let forgets = self.ledger.has_much_to_tell();
        if forgets && !self.catch_up() {
            return;
        }
        match checkpoint(&self.ledger.connection, "PASSIVE") {
            Ok(moved) => {
                self.shared.counters.checkpointed();
                if forgets && moved == Moved::Everything {
                    self.ledger.forget();
                }
            }
            Err(error) => self.cannot("moving the write-ahead log into the database", &error),
        }
    }

    /// Says so when something failed that nobody asked for.
    fn cannot(&self, what: &str, error: &rusqlite::Error) {
        let reason = format!("{what}: {error}");
        self.shared.set(match failure::verdict(error) {
            Verdict::Never => Health::Stopped(reason),
            Verdict::Later | Verdict::Alone => Health::Failing(reason),
        });
    }
}

/// Brings every record up to date, in a transaction.
pub(super) fn write_records(ledger: &mut Ledger) -> rusqlite::Result<()> {
    ledger.connection.execute_batch("BEGIN IMMEDIATE")?;
    ledger.write_lagging_records()?;
    ledger.connection.execute_batch("COMMIT")
}

/// Forgets some of what is old, in a transaction.
fn expire(ledger: &Ledger, from: Seq) -> rusqlite::Result<Option<Seq>> {
    ledger.connection.execute_batch("BEGIN IMMEDIATE")?;
    let reached = ledger.expire_oldest(from)?;
    ledger.connection.execute_batch("COMMIT")?;
    Ok(reached)
}
