//! The operations of the store, as statements inside an open transaction (those on
//! history are in `compaction`, `expiry` and `notes`), and
//! what is known in memory about the documents they touch.
//!
//! Nothing here begins, commits or answers: the [writer](super::writer) does,
//! and calls [`settle`](Ledger::settle) or [`revert`](Ledger::revert) to say how
//! the transaction ended. All that memory knows can be told from the file, so
//! forgetting it is always safe.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::{Connection, params};

use super::super::{Append, Crash, CrashHistory, During, Record, Retention, StoreError, micros};
use super::crashes;
use super::failure::{self, Failure};
use super::inventory::Inventory;
use super::known::{self, Known};
use super::reader::{Plan, Underway};
use super::seen::Seen;
use super::tail::Tails;
use super::witness::{self, Witness, Witnessed};
use super::{OpenError, checksum, generation, senders};
use crate::id::{DocumentId, Seq};

/// How far a document's record may lag behind its journal, in microseconds.
const RECORD_LAG: i64 = 5_000_000;

/// How many documents' records are kept in memory.
const KNOWN_DOCUMENTS: usize = 20_000;

/// SQLite's own limit for one value.
const LONGEST_BODY: usize = 1_000_000_000;

/// The documents, as the one writer sees them.
pub(super) struct Ledger {
    pub(super) connection: Connection,
    pub(super) known: HashMap<DocumentId, Known>,
    /// Whether there may be records that lag and are not among these.
    lags_unknown: bool,
    pub(super) tails: Tails,
    /// For how long history is kept.
    pub(super) retention: Retention,
    /// The id of the next journal row. Never goes back, not even when a
    /// transaction does: gaps are harmless, a number used twice is not.
    pub(super) next: u64,
    pub(super) underway: Arc<Underway>,
    /// An unknown name may be one that was lost, and is refused.
    names_lost: bool,
    /// Where it stands a second time what was acknowledged, unless it cannot.
    witness: Option<Witness>,
    /// What the open transaction will have to tell there.
    seen: Vec<Seen>,
    /// How many authors some documents have, by their numbers.
    pub(super) authors: HashMap<i64, i64>,
}

impl Ledger {
    /// Learns from the file, the database at `path`, where its journal ends and
    /// whose its rows are. What an earlier run's witness saw has to be there;
    /// `witnessed` says whether this run keeps one.
    pub(super) fn open(
        connection: Connection,
        path: &Path,
        witnessed: Witnessed,
        underway: Arc<Underway>,
        retention: Retention,
    ) -> Result<Self, OpenError> {
        let Inventory {
            testimony,
            names_lost,
            tails,
            next,
        } = Inventory::take(&connection, path)?;
        let mut ledger = Self {
            connection,
            known: HashMap::new(),
            lags_unknown: false,
            tails,
            retention,
            names_lost,
            next,
            underway,
            witness: None,
            seen: Vec::new(),
            authors: HashMap::new(),
        };
        // A process that was killed left records behind that lag. That is no
        // reason not to open: they are only what a list shows.
        let fresh = known::catch_up(&ledger.connection, &ledger.tails)
            .and_then(|()| generation::begin(&ledger.connection));
        let fresh = match fresh {
            Err(error) if failure::is_damage(&error) => return Err(OpenError::engine(path, error)),
            fresh => fresh,
        };
        let generation = fresh.as_ref().ok().copied().flatten();
        match witnessed {
            Witnessed::Yes => {
                let connection = &ledger.connection;
                ledger.witness = Witness::of_this_run(path, connection, generation, testimony);
            }
            Witnessed::No => witness::fall_silent(path, generation, testimony),
        }
        if let Err(error) = fresh {
            log::warn!("the records of some documents lag behind their journals: {error}");
        }
        Ok(ledger)
    }

    /// The transaction is on disk.
    pub(super) fn settle(&mut self) {
        self.tails.settle();
    }

    /// Puts down in the second place what is about to be acknowledged.
    pub(super) fn testify(&mut self) {
        if let Some(witness) = &mut self.witness {
            witness.add(&self.seen);
        }
        self.seen.clear();
    }

    /// Whether the second place is full; see [`forget`](Self::forget).
    pub(super) fn has_much_to_tell(&self) -> bool {
        self.witness.as_ref().is_some_and(Witness::is_full)
    }

    /// Everything is in the database itself, the records too: the second place
    /// begins anew.
    pub(super) fn forget(&mut self) {
        if let Some(witness) = &mut self.witness
            && let Err(error) = witness.begin_anew()
        {
            log::warn!("what was acknowledged could not be noted a second time: {error}");
        }
    }

    /// Lets go of every record, which must be up to date, and of SQLite's cache.
    pub(super) fn rest(&mut self) {
        self.known = HashMap::new();
        self.authors = HashMap::new();
        self.tails.rest();
        if let Err(error) = self.connection.execute_batch("PRAGMA shrink_memory") {
            log::debug!("SQLite keeps its cache: {error}");
        }
    }

    /// The transaction was rolled back.
    pub(super) fn revert(&mut self) {
        self.tails.revert();
        self.known.clear();
        self.seen.clear();
        self.authors.clear();
        // Records that lagged before it lag still, and are not known any more.
        self.lags_unknown = true;
    }

    /// Keeps memory bounded; to be called at the beginning of a transaction.
    pub(super) fn make_room(&mut self) -> rusqlite::Result<()> {
        if self.known.len() > KNOWN_DOCUMENTS {
            self.write_lagging_records()?;
            self.known.clear();
            self.authors.clear();
        }
        Ok(())
    }

    /// Brings every record that lags up to date.
    pub(super) fn write_lagging_records(&mut self) -> rusqlite::Result<()> {
        if self.lags_unknown {
            known::amend_all(&self.connection, &self.tails)?;
            self.lags_unknown = false;
        }
        for (document, known) in &mut self.known {
            if known.lags(&self.tails) {
                known.write(&self.connection, document, &self.tails)?;
            }
        }
        Ok(())
    }

    /// See [`Store::append`](super::super::Store::append).
    pub(super) fn append(&mut self, append: &Append) -> Result<Seq, Failure> {
        fits(&append.update)?;
        let row = self.next;
        let at = micros::since_1970(append.at);
        let bytes = append.update.len() as u64;
        let mut known = match self.find(&append.document)? {
            Some(known) if known.deleted.is_some() => return Err(StoreError::Deleted.into()),
            Some(known) => known,
            None => {
                let title = append.title.as_ref().and_then(Option::as_deref);
                let known = Known::insert(
                    &self.connection,
                    &append.document,
                    title,
                    at,
                    Some((row, bytes)),
                )?;
                self.seen.push(known.made(&append.document));
                known
            }
        };
        // Taken now, so that a row that cannot be written is not tried again
        // under the same number.
        self.next += 1;
        // The row before is the last one *ever* written, also if it is missing
        // from the journal: a gap stays a gap.
        let previous = known.last_row;
        let client = senders::number(append.sender);
        let checksum = checksum::of_row(known.key, row, previous, at, client, &append.update);
        self.connection
            .prepare_cached(
                "INSERT INTO journal (id, document, previous, written_at, checksum, body, client)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                row.cast_signed(),
                known.key,
                previous.cast_signed(),
                at,
                checksum,
                &append.update[..],
                client
            ])?;
        self.tails.push(known.key, row, bytes, at);
        self.seen.push(Seen::Row {
            document: known.key,
            row,
        });
        known.last_row = row;
        known.updated = known.updated.max(at);
        let mut write_now = known.lag() >= RECORD_LAG;
        if let Some(title) = &append.title
            && title.as_deref() != known.title.as_deref()
        {
            known.title = title.as_deref().map(Arc::from);
            write_now = true;
        }
        if write_now {
            known.write(&self.connection, &append.document, &self.tails)?;
        }
        self.known.insert(append.document.clone(), known);
        Ok(Seq(row))
    }

    /// See [`Store::create`](super::super::Store::create).
    pub(super) fn create(
        &mut self,
        document: &DocumentId,
        title: Option<&str>,
    ) -> Result<Record, Failure> {
        match self.find(document)? {
            Some(known) if known.deleted.is_some() => Err(StoreError::Deleted.into()),
            Some(_) => Err(StoreError::Exists.into()),
            None => {
                let now = micros::since_1970(SystemTime::now());
                let known = Known::insert(&self.connection, document, title, now, None)?;
                let record = known.record(document, &self.tails);
                self.seen.push(known.made(document));
                self.known.insert(document.clone(), known);
                Ok(record)
            }
        }
    }

    /// See [`Store::delete`](super::super::Store::delete).
    pub(super) fn delete(&mut self, document: &DocumentId) -> Result<(), Failure> {
        let mut known = self.find(document)?.ok_or(StoreError::NotFound)?;
        if known.deleted.is_some() {
            return Err(StoreError::Deleted.into());
        }
        known.deleted = Some(micros::since_1970(SystemTime::now()));
        known.write(&self.connection, document, &self.tails)?;
        self.seen.push(known.tombstone());
        self.known.insert(document.clone(), known);
        Ok(())
    }

    /// See [`Store::restore`](super::super::Store::restore).
    pub(super) fn restore(&mut self, document: &DocumentId) -> Result<Record, Failure> {
        let mut known = self.find(document)?.ok_or(StoreError::NotFound)?;
        if known.deleted.take().is_some() {
            known.write(&self.connection, document, &self.tails)?;
            self.seen.push(known.tombstone());
        }
        let record = known.record(document, &self.tails);
        self.known.insert(document.clone(), known);
        Ok(record)
    }

    /// See [`Store::crashed`](super::super::Store::crashed).
    pub(super) fn crashed(&mut self, crash: &Crash) -> Result<(), Failure> {
        let after = self
            .find(&crash.document)?
            .map_or(0, |known| known.last_row);
        Ok(crashes::insert(&self.connection, crash, after)?)
    }

    /// See [`Store::crashes`](super::super::Store::crashes).
    pub(super) fn crashes(&mut self, document: &DocumentId) -> Result<CrashHistory, StoreError> {
        let last_row = self.find(document)?.map_or(0, |known| known.last_row);
        crashes::history(&self.connection, document, last_row).map_err(|error| {
            failure::answer(&format!("document {document:?}, its crashes"), &error)
        })
    }

    /// See [`Store::release`](super::super::Store::release).
    pub(super) fn release(
        &mut self,
        document: &DocumentId,
        during: Option<During>,
    ) -> Result<usize, Failure> {
        Ok(crashes::release(&self.connection, document, during)?)
    }

    /// See [`Store::describe`](super::super::Store::describe).
    pub(super) fn describe(&mut self, document: &DocumentId) -> Result<Option<Record>, StoreError> {
        let known = self.find(document)?;
        Ok(known.map(|known| known.record(document, &self.tails)))
    }

    /// What a reader has to find when it loads the document; `None` if the
    /// document is unknown. True for this point in the order of operations.
    pub(super) fn plan(&mut self, document: &DocumentId) -> Result<Option<Plan>, StoreError> {
        let known = self.find(document)?;
        Ok(known.map(|known| Plan {
            document: document.clone(),
            key: known.key,
            title: known.title.as_deref().map(str::to_owned),
            deleted: known.deleted.map(micros::moment),
            through: known.through,
            tail: self.tails.get(known.key).cloned().unwrap_or_default(),
            last_row: known.last_row,
            updated: known.updated,
        }))
    }

    /// What is known of a document, from memory or else from the file. Reading
    /// fails for this document alone, not for the transaction.
    pub(super) fn find(&mut self, document: &DocumentId) -> Result<Option<Known>, StoreError> {
        if let Some(known) = self.known.get(document) {
            return Ok(Some(known.clone()));
        }
        let found = match Known::read(&self.connection, document, &self.tails) {
            Ok(found) => found,
            Err(Failure::Refused(error)) => return Err(error),
            Err(Failure::Engine(error)) => {
                let place = format!("document {document:?}, its record in table documents");
                return Err(failure::answer(&place, &error));
            }
        };
        if found.is_none() && self.names_lost {
            return Err(StoreError::Damaged(format!(
                "document {document:?} is unknown, and some documents' names were lost (table losses)"
            )));
        }
        if let Some(known) = &found {
            self.known.insert(document.clone(), known.clone());
        }
        Ok(found)
    }
}

pub(super) fn fits(body: &[u8]) -> Result<(), StoreError> {
    if body.len() < LONGEST_BODY {
        return Ok(());
    }
    Err(StoreError::Engine(format!(
        "{} bytes at once are more than SQLite takes ({LONGEST_BODY})",
        body.len()
    )))
}
