//! The living documents: the actors and what passes between them.
//!
//! ```text
//!  socket ── Session ──────────── Document ── Store
//!              │  outbox   Hub ◂─────┘
//!              └────────────┘
//!  REST ─── Documents ── Registry ── Document
//! ```
//!
//! **Who waits for whom**: a session waits for its document (its credit comes
//! back when the document has taken the frame); a document waits for the store
//! only when its backlog is over budget; nobody waits for a session; the
//! registry waits for nobody. There is no cycle.
//!
//! This room names actors, `id`, `wire`, `replica`, `export` and the `Store`
//! trait; never `http`, the configuration or a particular store.

mod agenda;
mod allowance;
mod answer;
mod arrears;
mod authorship;
mod branching;
mod budget;
mod commenting;
mod comparing;
mod dialect;
mod document;
mod documents;
mod existence;
mod feed;
mod folder;
mod following;
mod gist;
mod hand;
mod heart;
mod historian;
mod hub;
mod intake;
mod listing;
mod loader;
mod memory_budget;
mod mentions;
mod outbox;
mod past;
mod pool;
mod pulse;
mod quarantine;
mod reading;
mod registry;
mod restoring;
mod scribe;
mod session;
mod shortcut;
mod surroundings;
mod title;
mod updates;
mod visitor;
mod writers;
mod writing;

use std::path::PathBuf;
use std::time::Duration;

use crate::replica;
use crate::wire::ysync;

pub use agenda::Agenda;
pub use answer::{Content, DocumentError, Summary};
pub use arrears::Borrowed;
pub use authorship::{Writers, Wrote};
pub use branching::{Annals, Entry, Place};
pub use budget::{Budget, Pace};
pub use commenting::{CommentError, Commented};
pub use comparing::{Question, Telling};
pub use dialect::Dialect;
pub use documents::Documents;
pub use feed::{Every, FeedSettings, Following, Standing, Stirrings};
pub use following::{Change as Written, Stand};
pub use gist::Gist;
pub use hub::HubHandle;
pub use intake::FREE_BYTES;
pub use memory_budget::Share;
pub use mentions::Trace;
pub use past::{At, Chapter};
pub use restoring::Restored;
pub use scribe::Read;
pub use session::{Opening, open};
pub use shortcut::Shortcut;
pub use visitor::Visitor;
pub use writing::{Change, Receipt, Seen, WriteError};

/// What is done to comments, and how they are told.
pub mod comments {
    pub use crate::export::comments::acts::{Act, Refusal};
    pub use crate::export::comments::written::thread_json;
    pub use crate::export::comments::{Author, LETTERS, MESSAGES, MOST, Thread};
}

/// What the store, the replica and the protocols call things, for those who know
/// none of them.
pub use crate::export::format::{IN as FORMATS_IN, OUT as FORMATS_OUT};
pub use crate::export::passage::{Amiss, OPERATIONS, Operation};
pub use crate::export::revision::{Changed, Unrevisable};
pub use crate::export::{DEFAULT_ROOT, Format, ImportError, Simplified};
pub use crate::replica::{LONGEST_TITLE, Promptness};
pub use crate::store::{
    Author, Behind, Branch, Cursor, Health, LONGEST_NAME, ListQuery, MOST_VERSIONS, Page, Record,
    Sort, Version,
};
pub use crate::wire::awareness::Guise;
pub use crate::wire::state_vector::StateVector;

/// Everything about the living documents that can be set.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// What a document and its messages may not outgrow.
    pub limits: replica::Limits,
    /// Whether others hear of an update before it is on disk.
    pub promptness: Promptness,
    /// What one message may hold.
    pub protocol: ysync::Limits,
    /// The largest WebSocket message, in bytes, however it is fragmented.
    pub message_bytes: usize,
    /// What a connection may send before it is slowed down.
    pub budget: Budget,
    /// Bytes of a connection's messages that may wait for their document.
    pub credit_bytes: usize,
    /// Bytes of relayed updates that may wait to be written to a connection.
    pub window_bytes: usize,
    /// How long a connection may take almost nothing of what waits for it before
    /// it is ended.
    pub slow_client_timeout: Duration,
    /// Bytes of large answers that may wait in the whole process: diffs for those
    /// who fell behind, and for those who come back to a large document. Others
    /// take their turn.
    pub catch_up_bytes: usize,
    /// Bytes of large messages and bodies that may be on their way in, in the whole
    /// process. Others take their turn.
    pub incoming_bytes: usize,
    /// Bytes of a document's updates that may wait for the disk before its
    /// connections have to.
    pub backlog_bytes: usize,
    /// Documents that one visitor may bring into being in a minute; 0 is no limit.
    pub documents_a_minute: usize,
    /// How long a document stays in memory after the last one left.
    pub idle_timeout: Duration,
    /// How long a connection may say nothing at all before it is ended. Pings go
    /// out three times as often.
    pub silence_timeout: Duration,
    /// Journal rows after which a document is folded into a snapshot.
    pub fold_rows: usize,
    /// After so long without a keystroke a version is made,
    pub version_pause: Duration,
    /// and after so long with them.
    pub version_interval: Duration,
    /// How those who follow a document are told.
    pub feed: FeedSettings,
    /// Threads that carry documents.
    pub threads: usize,
    /// How long such a thread may be busy before the server calls itself not
    /// ready.
    pub stuck_after: Duration,
    /// The file that says which documents are in hand; see `live::hand`.
    pub hand: Option<PathBuf>,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            limits: replica::Limits::default(),
            promptness: Promptness::default(),
            protocol: ysync::Limits::default(),
            message_bytes: 16 << 20,
            budget: Budget::default(),
            credit_bytes: 256 << 10,
            window_bytes: 1 << 20,
            slow_client_timeout: Duration::from_secs(30),
            catch_up_bytes: 32 << 20,
            incoming_bytes: 128 << 20,
            backlog_bytes: 8 << 20,
            documents_a_minute: 120,
            idle_timeout: Duration::from_secs(60),
            silence_timeout: Duration::from_secs(60),
            fold_rows: 4096,
            version_pause: Duration::from_secs(2 * 60),
            version_interval: Duration::from_secs(10 * 60),
            feed: FeedSettings::default(),
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            stuck_after: Duration::from_secs(10),
            hand: None,
        }
    }
}
