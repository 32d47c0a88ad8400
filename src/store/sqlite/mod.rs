//! The embedded store: one SQLite database in one directory.
//!
//! An acknowledged write survives what [`Durability`] says. One thread writes,
//! and commits what all documents wait for together; a few threads read. This
//! module names the store and its options; the rest is a room per noun:
//!
//! * `opening`: all that comes before the first request; `directory`: where it lies
//! * `schema`: what is in the file, and how older files become newer ones
//! * `lock`: one process a directory, and one a database
//! * `request`: what callers ask for
//! * `writer`: transactions, and what a failed one means; `group`: what goes into one
//! * `ledger`: the operations; `compaction`: a snapshot takes the place of rows; `known`: what memory knows of a document
//! * `tail`: which journal rows belong to which document; `senders`: whose they are
//! * `reader`, `list`: loading and listing
//! * `history`: what became of rows; `expiry`: for how long; `notes`: versions, authors
//! * `witness`, made of `seen`: the second place in which it stands what was
//!   acknowledged; `generation`: in which run; `testimony`: what it says at the next
//! * `inventory`, `names`: what the file says when it is opened
//! * `rebuild`, `salvage`, `search`: what is done about damage then
//! * `crashes`: what broke which document
//! * `access`, `examine`, `backup`: what `cowrite check`, `backup` and `restore` do
//! * `checkpoint`: moving the log into the database; `frames`: which pages stand in it
//! * `open_error`: why a store could not be opened, and what to do
//! * `checksum`, `failure`, `files`, `stats`: as they say

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use bytes::Bytes;
use rusqlite::Connection;

use super::{
    Append, Author, Bounds, BranchDatabase, Branches, Crash, CrashHistory, Draft, During, Health,
    ListQuery, Moment, Page, Past, Record, Retention, Row, Segment, Source, Store, StoreError,
    Stored, Ticket, Version,
};
use crate::id::{DocumentId, Seq};

mod access;
mod backup;
mod cadence;
mod checkpoint;
mod checksum;
mod compaction;
mod crashes;
mod directory;
mod examine;
mod expiry;
mod failure;
mod files;
mod frames;
mod generation;
mod group;
mod history;
mod inventory;
mod known;
mod ledger;
mod list;
mod lock;
mod names;
mod notes;
mod open_error;
mod opening;
mod reader;
mod rebuild;
mod request;
mod salvage;
mod schema;
mod search;
mod seen;
mod senders;
mod shared;
mod stats;
mod tail;
mod testimony;
mod witness;
mod writer;

pub use access::Access;
pub use backup::{BackupError, Damage, back_up, put_back};
pub use examine::{Examination, Examined, Judge, examine};
pub use open_error::OpenError;
pub use schema::{APPLICATION_ID, SCHEMA_VERSION};
pub use stats::Stats;

use reader::Plan;
use request::{Appending, Call, Compaction, Glance, Read, Request, Write};
use shared::Shared;

/// The database's name in the data directory.
pub const DATABASE: &str = "cowrite.db";

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Power loss and `kill -9`: every commit ends with an fsync of the
    /// write-ahead log (`synchronous = FULL`).
    #[default]
    Fsync,
    /// `kill -9`, but not power loss or a crash of the operating system, which
    /// may cost the last seconds before it: commits are handed to the operating
    /// system, and an fsync happens only when the log is moved into the database
    /// (`synchronous = NORMAL`), the log's own first. What is found afterwards is
    /// older, never torn. Such a run keeps no witness: it would know more than the
    /// log and call a sound document damaged.
    Os,
}

/// How a [`SqliteStore`] is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What an acknowledged write survives.
    pub durability: Durability,
    /// How many threads load and list; at least one.
    pub readers: usize,
    /// The size the database may grow to; `None` for as far as the disk allows.
    /// Beyond it writes fail as they do on a full disk. Never below the size it
    /// has already. The write-ahead log comes on top.
    pub max_bytes: Option<u64>,
    /// How much history is kept.
    pub retention: Retention,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            readers: 2,
            max_bytes: None,
            retention: Retention::default(),
        }
    }
}

/// Documents in a SQLite database. See the module's documentation.
///
/// Dropping it finishes what was asked for, as [`close`](Store::close) does, but
/// has no way to tell how that went.
#[derive(Debug)]
pub struct SqliteStore {
    /// Gone once the store is closed.
    inbox: Mutex<Option<Sender<Request>>>,
    shared: Arc<Shared>,
    branches: BranchDatabase,
    writer: Option<JoinHandle<()>>,
}

impl SqliteStore {
    /// What it has done so far.
    pub fn stats(&self) -> Stats {
        self.shared.counters.read()
    }

    /// Changes [`Options::max_bytes`] for whatever is asked for after this.
    pub fn set_max_bytes(&self, bytes: Option<u64>) {
        self.send(Request::Limit(bytes));
    }

    /// A request that reaches no writer drops its counterfoil, and its ticket
    /// says that the store is closed.
    fn send(&self, request: Request) {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inbox) = &*inbox {
            let _ = inbox.send(request);
        }
    }

    fn ask<A, T, O>(
        &self,
        arguments: A,
        request: impl FnOnce(Call<A, T, O>) -> Request,
    ) -> Ticket<T> {
        let (call, ticket) = Call::new(arguments);
        self.send(request(call));
        ticket
    }
}

impl SqliteStore {
    /// Has a reader look at a document.
    fn look<T: Send + 'static>(
        &self,
        document: &DocumentId,
        look: impl FnOnce(Option<(&Connection, &Plan)>) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        let (counterfoil, ticket) = Ticket::pair();
        let glance = Glance {
            document: document.clone(),
            plan: None,
            look: Box::new(move |found| counterfoil.answer(found.and_then(look))),
        };
        self.send(Request::Read(Read::Look(glance)));
        ticket
    }

    /// The same; a document that is not there is an error.
    fn look_at<T: Send + 'static>(
        &self,
        document: &DocumentId,
        look: impl FnOnce(&Connection, &Plan) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        self.look(document, |found| {
            let (connection, plan) = found.ok_or(StoreError::NotFound)?;
            look(connection, plan)
        })
    }
}

impl Store for SqliteStore {
    fn load(&self, document: &DocumentId) -> Ticket<Option<Stored>> {
        self.ask(document.clone(), |call| Request::Read(Read::Load(call)))
    }

    fn append(&self, append: Append) -> Ticket<Seq> {
        let document = append.document.clone();
        self.append_draft(&document, &Draft::new(append))
    }

    fn append_draft(&self, document: &DocumentId, draft: &Draft) -> Ticket<Seq> {
        self.ask(Appending::of(document, draft), |call| {
            Request::Write(Write::Append(call))
        })
    }

    fn create(&self, document: &DocumentId, title: Option<String>) -> Ticket<Record> {
        self.ask((document.clone(), title), |call| {
            Request::Write(Write::Create(call))
        })
    }

    fn segment(&self, document: &DocumentId, through: Seq) -> Ticket<Option<Segment>> {
        self.look_at(document, move |connection, plan| {
            history::pack(connection, plan, through)
        })
    }

    fn compact(
        &self,
        document: &DocumentId,
        through: Seq,
        snapshot: Bytes,
        segment: Option<Segment>,
    ) -> Ticket<()> {
        let compaction = Compaction {
            document: document.clone(),
            through,
            snapshot,
            segment,
        };
        self.ask(compaction, |call| Request::Write(Write::Compact(call)))
    }

    fn history(&self, document: &DocumentId) -> Ticket<Vec<Bounds>> {
        self.look(document, |found| match found {
            Some((connection, plan)) => history::parts(connection, plan),
            None => Ok(Vec::new()),
        })
    }

    fn recall(&self, document: &DocumentId, moment: Moment) -> Ticket<Past> {
        self.look_at(document, move |connection, plan| {
            history::recall(connection, plan, moment)
        })
    }

    fn rows(&self, document: &DocumentId, after: Seq, through: Seq) -> Ticket<Vec<Row>> {
        self.look_at(document, move |connection, plan| {
            history::rows(connection, plan, after, through)
        })
    }

    fn version(&self, document: &DocumentId, name: Option<String>) -> Ticket<Version> {
        self.ask((document.clone(), name), |call| {
            Request::Write(Write::Version(call))
        })
    }

    fn rename(
        &self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Ticket<Option<Version>> {
        self.ask((document.clone(), id, name), |call| {
            Request::Write(Write::Rename(call))
        })
    }

    fn versions(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Ticket<Vec<Version>> {
        self.look(document, move |found| {
            let Some((connection, plan)) = found else {
                return Ok(Vec::new());
            };
            notes::versions(connection, plan.key, before, limit)
                .map_err(|error| failure::answer("table versions", &error))
        })
    }

    fn attribute(&self, document: &DocumentId, author: Author, source: Source) -> Ticket<()> {
        self.ask((document.clone(), author, source), |call| {
            Request::Write(Write::Attribute(call))
        })
    }

    fn authors(&self, document: &DocumentId) -> Ticket<Vec<Author>> {
        self.look(document, |found| {
            let Some((connection, plan)) = found else {
                return Ok(Vec::new());
            };
            notes::authors(connection, plan.key)
                .map_err(|error| failure::answer("table authors", &error))
        })
    }

    fn delete(&self, document: &DocumentId) -> Ticket<()> {
        self.ask(document.clone(), |call| Request::Write(Write::Delete(call)))
    }

    fn restore(&self, document: &DocumentId) -> Ticket<Record> {
        self.ask(document.clone(), |call| {
            Request::Write(Write::Restore(call))
        })
    }

    fn describe(&self, document: &DocumentId) -> Ticket<Option<Record>> {
        self.ask(document.clone(), |call| Request::Read(Read::Describe(call)))
    }

    fn list(&self, query: ListQuery) -> Ticket<Page> {
        self.ask(query, |call| Request::Read(Read::List(call)))
    }

    fn crashed(&self, crash: Crash) -> Ticket<()> {
        self.ask(crash, |call| Request::Write(Write::Crash(call)))
    }

    fn crashes(&self, document: &DocumentId) -> Ticket<CrashHistory> {
        self.ask(document.clone(), |call| Request::Read(Read::Crashes(call)))
    }

    fn release(&self, document: &DocumentId, during: Option<During>) -> Ticket<usize> {
        self.ask((document.clone(), during), |call| {
            Request::Write(Write::Release(call))
        })
    }

    fn health(&self) -> Health {
        self.shared.health()
    }

    fn branches(&self) -> &dyn Branches {
        &self.branches
    }

    fn close(&self) -> Ticket<()> {
        let (counterfoil, ticket) = Ticket::pair();
        let inbox = self
            .inbox
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // It is closed when the branches are, too.
        self.branches.close(move || {
            if let Some(inbox) = inbox {
                let _ = inbox.send(Request::Close(counterfoil));
            }
        });
        ticket
    }
}

impl Drop for SqliteStore {
    /// Waits for the writer, so that whoever opens the directory next finds it
    /// free. The writer waits for nobody but the disk.
    fn drop(&mut self) {
        *self.inbox.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}
