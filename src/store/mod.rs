//! Where documents are kept: the contract every store fulfils.
//!
//! A store keeps, per document, at most one *snapshot* (a whole state as a Yjs
//! update, v1) and the *tail* of journal rows appended after it, and a record
//! of what a list shows. It knows bytes, not CRDTs: it never looks into an
//! update. This room names `id` and its engine, and no actor.
//!
//! # The contract
//!
//! 1. **Order.** Calls on one store take effect in the order in which they were
//!    made, document by document. A ticket may be awaited late or dropped; the
//!    work is done all the same.
//! 2. **Durable means durable.** When the ticket of an [`append`](Store::append)
//!    (or create, compact, delete, restore) resolves to `Ok`, its effect
//!    survives what the store was opened to survive. For the SQLite store:
//!    kill -9 and power loss, or kill -9 alone ([`sqlite::Durability`]). What the
//!    latter loses to power loss are the last operations, none before them.
//! 3. **All or nothing.** An operation that resolves to `Err` has left no trace
//!    that a later [`load`](Store::load) shows. (One exception is inherent: a
//!    commit whose fsync failed may or may not be found after a restart.)
//! 4. **A load sees every append that was acknowledged** before the load was
//!    called, byte for byte, in order. Whatever is not readable, fails its
//!    checksum or is missing is an error, never an empty document and never a
//!    shortened one.
//! 5. **A snapshot replaces rows in one transaction** with their removal, and
//!    only rows up to and including `through`.
//! 6. **A tombstone is final until restored.** Appending to or creating a deleted
//!    document fails with [`StoreError::Deleted`]; nothing of it is removed.
//! 7. **Failure has a name.** [`health`](Store::health) tells why a store does
//!    not accept writes, and tells it without waiting for a disk.
//! 8. **Crashes are remembered beside the documents**, within bounds
//!    ([`KEPT_CRASHES`], [`KEPT_BYTES`]; the oldest go first). They take their
//!    place in the order of a document's operations: [`crashes`](Store::crashes)
//!    counts as *in a row* the crashes since the last append that became
//!    durable. They are no content: an entry that is not readable is left out,
//!    and no document is refused for it.
//! 9. **What a snapshot replaces is kept as history.** The rows that a compaction
//!    removes go into the [`Segment`] that was made of them, in the same transaction;
//!    one that does not hold exactly these rows is refused, and nothing is removed.
//!    Only where the rows cannot be read any more a snapshot may come without: then
//!    history says that they are missing.
//! 10. **History is whole or an error.** What [`recall`](Store::recall) gives makes
//!     the document of that moment, every row of it and none after. Damage to history
//!     is an error for the moments it meets, never for the document itself.
//! 11. **History is forgotten by [`Retention`]**, oldest first, and what a version
//!     with a name needs is not. A tombstone forgets nothing.
//! 12. **Versions and authors are notes beside the journal**: a version is a row of
//!     it. They are durable as everything else; a note that is not readable is left
//!     out, and said by `cowrite check`.
//! 13. **Branches are states beside the journal**, which nobody but their authors saw:
//!     [`Branches`] has a contract of its own.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::id::{DocumentId, Sender, Seq};

pub mod branches;
mod crash;
mod draft;
mod history;
mod listing;
pub mod memory;
mod micros;
pub mod sqlite;
mod version;

pub use branches::{BRANCHES, Behind, Branch, BranchDatabase, Branches, NewBranch};
pub use crash::{Crash, CrashHistory, During, KEPT_BYTES, KEPT_CRASHES, LARGEST_KEPT};
pub use draft::Draft;
pub use history::{Bounds, Moment, Past, Retention, Row, Segment};
pub use version::{Author, LONGEST_NAME, MOST_AUTHORS, MOST_NAMED, MOST_VERSIONS, Source, Version};

/// Why a draft is not appended a second time.
const TAKEN: &str = "this batch was appended already";

/// A place that keeps documents. The contract is the module's documentation.
pub trait Store: Send + Sync + 'static {
    /// Reads one document. `None` means that the store never heard of it.
    fn load(&self, document: &DocumentId) -> Ticket<Option<Stored>>;

    /// Appends one batch to a document's journal, creating the document if it
    /// is new. Resolves once the batch is durable.
    fn append(&self, append: Append) -> Ticket<Seq>;

    /// Appends what the draft of a document's batch holds when the store comes to write
    /// it, at the place of this call in the order. A store that writes at once takes it
    /// at once.
    fn append_draft(&self, _document: &DocumentId, draft: &Draft) -> Ticket<Seq> {
        match draft.take() {
            Some(append) => self.append(append),
            None => Ticket::ready(Err(StoreError::Engine(TAKEN.to_owned()))),
        }
    }

    /// Makes an empty document. Fails with [`StoreError::Exists`] when there is
    /// one, and with [`StoreError::Deleted`] when its name carries a tombstone.
    fn create(&self, document: &DocumentId, title: Option<String>) -> Ticket<Record>;

    /// Packs all journal rows up to `through` for history, off the thread that
    /// writes. `None` when there are none.
    fn segment(&self, document: &DocumentId, through: Seq) -> Ticket<Option<Segment>>;

    /// Replaces all journal rows up to `through` by `snapshot`, and keeps `segment`,
    /// which holds them. The caller has verified that the snapshot holds all of them
    /// (DESIGN: "verified"). Without a segment they are lost to history.
    fn compact(
        &self,
        document: &DocumentId,
        through: Seq,
        snapshot: Bytes,
        segment: Option<Segment>,
    ) -> Ticket<()>;

    /// The parts of a document's history, oldest first; the last one is the tail,
    /// which may have no rows. Empty for a document that nobody heard of.
    fn history(&self, document: &DocumentId) -> Ticket<Vec<Bounds>>;

    /// What makes the document as it was at a moment. Fails with
    /// [`StoreError::NotFound`], [`StoreError::NotYet`] or [`StoreError::Forgotten`].
    fn recall(&self, document: &DocumentId, moment: Moment) -> Ticket<Past>;

    /// The rows after one row, up to and including another, oldest first. Fails as
    /// [`recall`](Self::recall) does when some of them are not there any more.
    fn rows(&self, document: &DocumentId, after: Seq, through: Seq) -> Ticket<Vec<Row>>;

    /// Makes a version of the last row that a document has. Without a name there is
    /// at most one of a row, and what is there already is given back; a name goes to
    /// the nameless one that is there. Fails with [`StoreError::NotFound`],
    /// [`StoreError::Deleted`], or [`StoreError::TooManyNamed`].
    fn version(&self, document: &DocumentId, name: Option<String>) -> Ticket<Version>;

    /// Names a version, or takes its name away. `None` when there is none of this
    /// number. Fails as [`version`](Self::version) does.
    fn rename(
        &self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Ticket<Option<Version>>;

    /// A document's versions, the newest first, those with numbers less than `before`
    /// if given; at most `limit`, and [`MOST_VERSIONS`].
    fn versions(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Ticket<Vec<Version>>;

    /// Notes under which name a client writes in a document. One that is known
    /// already, or a document that is not there, or one author too many, changes
    /// nothing. A name is cut to [`LONGEST_NAME`].
    fn attribute(&self, document: &DocumentId, author: Author, source: Source) -> Ticket<()>;

    /// Whose names are known of those who wrote in a document, by client.
    fn authors(&self, document: &DocumentId) -> Ticket<Vec<Author>>;

    /// Puts a tombstone on a document. Fails with [`StoreError::NotFound`] or
    /// [`StoreError::Deleted`].
    fn delete(&self, document: &DocumentId) -> Ticket<()>;

    /// Takes a tombstone off. A document without one is left as it is.
    fn restore(&self, document: &DocumentId) -> Ticket<Record>;

    /// What is known about a document, a deleted one included.
    fn describe(&self, document: &DocumentId) -> Ticket<Option<Record>>;

    /// One page of the documents that are not deleted, or of those that are.
    fn list(&self, query: ListQuery) -> Ticket<Page>;

    /// Remembers that a document crashed.
    fn crashed(&self, crash: Crash) -> Ticket<()>;

    /// What is remembered of a document's crashes.
    fn crashes(&self, document: &DocumentId) -> Ticket<CrashHistory>;

    /// Lets the crashes of a document count no more, of one kind or of all, and
    /// says how many did. Updates that broke it stay remembered.
    fn release(&self, document: &DocumentId, during: Option<During>) -> Ticket<usize>;

    /// What people wrote without a connection, as it was before it was merged.
    fn branches(&self) -> &dyn Branches;

    /// Whether writes are accepted, and if not, why.
    fn health(&self) -> Health;

    /// Finishes what was asked for and lets go of the files. Later calls fail
    /// with [`StoreError::Closed`]. Resolves when everything is on disk.
    fn close(&self) -> Ticket<()>;
}

/// A document as a store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The state that rows up to [`through`](Self::through) add up to.
    pub snapshot: Option<Bytes>,
    /// The last journal position that the snapshot covers.
    pub through: Seq,
    /// What was appended after it, oldest first.
    pub tail: Vec<(Seq, Bytes)>,
    /// When a tombstone was put on the document.
    pub deleted: Option<SystemTime>,
    /// The title that the last append carried.
    pub title: Option<String>,
}

/// One batch for the journal.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose journal.
    pub document: DocumentId,
    /// A Yjs update, v1.
    pub update: Bytes,
    /// When it happened.
    pub at: SystemTime,
    /// Whose it is, where the update does not say.
    pub sender: Sender,
    /// The document's title, when this batch changed it.
    pub title: Option<Option<String>>,
}

/// What a list shows of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub document: DocumentId,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// When it was first heard of.
    pub created: SystemTime,
    /// When it last changed; in a list it may lag by about a second.
    pub updated: SystemTime,
    /// The last row ever written for it, 0 for none; may lag likewise.
    pub row: Seq,
    /// Bytes that it takes in the store, snapshot and tail; may lag likewise.
    pub bytes: u64,
    /// When it was deleted, if it was.
    pub deleted: Option<SystemTime>,
}

/// In which order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Last changed first.
    #[default]
    Updated,
    /// Youngest first.
    Created,
    /// By name, ascending.
    Name,
    /// By title in small letters, ascending; behind them those without one, by name.
    Title,
    /// Deleted last first. Of documents that are not deleted: by name.
    Deleted,
}

/// Which documents a list shows.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Those that are deleted, in the place of all others.
    pub deleted: bool,
    /// Names that begin with this.
    pub prefix: Option<String>,
    /// Names or titles that contain this, case-insensitively.
    pub contains: Option<String>,
    /// The order.
    pub sort: Sort,
    /// At most this many; stores cap it at 1 000.
    pub limit: usize,
    /// Where the page before ended: [`Page::next`] of that page.
    pub after: Option<Cursor>,
}

/// A place in a list: the sort key and name of the last record shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Microseconds since 1970 of the sort key; 0 when sorting by name. When sorting by
    /// title 1 of those that have one, which come first.
    pub micros: i64,
    /// The title in small letters when sorting by it; empty otherwise.
    pub title: String,
    /// The name, which breaks ties.
    pub name: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The records, in order.
    pub records: Vec<Record>,
    /// Where to go on, if there is more.
    pub next: Option<Cursor>,
}

/// Whether a store accepts writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Ready,
    /// The last write failed; the next may succeed (for example: disk full).
    Failing(String),
    /// It will not accept writes again in this process (for example: a failed
    /// fsync, after which nobody knows what is on disk).
    Stopped(String),
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such document.
    #[error("no such document")]
    NotFound,
    /// There already is such a document.
    #[error("the document exists already")]
    Exists,
    /// The document carries a tombstone.
    #[error("the document was deleted")]
    Deleted,
    /// What is stored does not fit its checksum or cannot be read. Says where.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The engine failed. Says how.
    #[error("storage failed: {0}")]
    Engine(String),
    /// The document did not exist then; it begins at this moment.
    #[error("the document did not exist then")]
    NotYet(SystemTime),
    /// What the document was then is not kept; what is begins at this moment.
    #[error("what the document was then is not kept any more")]
    Forgotten(SystemTime),
    /// It has as many versions with a name as it may have.
    #[error("the document has {MOST_NAMED} versions with a name")]
    TooManyNamed,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The promise of an answer from a store; resolves off the caller's thread.
#[must_use = "a ticket says whether the store did what it was asked"]
pub struct Ticket<T>(oneshot::Receiver<Result<T, StoreError>>);

/// The store's end of a [`Ticket`].
pub struct Counterfoil<T>(oneshot::Sender<Result<T, StoreError>>);

impl<T> Ticket<T> {
    /// A ticket and the end that answers it.
    pub fn pair() -> (Counterfoil<T>, Self) {
        let (answer, ticket) = oneshot::channel();
        (Counterfoil(answer), Self(ticket))
    }

    /// A ticket that is answered already.
    pub fn ready(answer: Result<T, StoreError>) -> Self {
        let (counterfoil, ticket) = Self::pair();
        counterfoil.answer(answer);
        ticket
    }
}

impl<T> Counterfoil<T> {
    /// Answers. Nobody listening any more is no error: the work was done.
    pub fn answer(self, answer: Result<T, StoreError>) {
        let _ = self.0.send(answer);
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, StoreError>;

    /// A store that went away without an answer reads as closed.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}
