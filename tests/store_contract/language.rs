//! The words the stories are told in.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use cowrite::id::{DocumentId, Seq};
use cowrite::store::sqlite::{DATABASE, Options, SqliteStore};
use cowrite::store::{Append, Record, Store, StoreError, Stored, Ticket};

/// A document's name.
pub fn named(name: &str) -> DocumentId {
    DocumentId::parse(name).unwrap()
}

/// Some moment, `seconds` after the stories begin.
pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_790_000_000 + seconds)
}

/// The SQLite store in `place`, as a server opens it.
pub fn open(place: &Path) -> SqliteStore {
    SqliteStore::open(place, Options::default()).unwrap()
}

/// A connection to the file behind a store's back.
pub fn behind_the_back(place: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(place.join(DATABASE)).unwrap()
}

/// Keeps the store in `place` from committing while `ask` asks: its writer waits
/// in the middle of the first write, and all that follow gather behind it.
pub fn while_held_up<T>(place: &Path, ask: impl FnOnce() -> T) -> T {
    let other = behind_the_back(place);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked = ask();
    other.execute_batch("ROLLBACK").unwrap();
    asked
}

/// A batch for the journal of `document`.
pub fn batch(document: &str, update: impl Into<Bytes>) -> Append {
    Append {
        document: named(document),
        update: update.into(),
        at: at(0),
        sender: Default::default(),
        title: None,
    }
}

/// What a person would say to a store.
pub trait Words: Store {
    /// Appends, without waiting.
    fn write(&self, document: &str, update: &str) -> Ticket<Seq> {
        self.append(batch(document, update.to_owned()))
    }

    /// Appends and waits until it is durable.
    async fn wrote(&self, document: &str, update: &str) -> Seq {
        self.write(document, update).await.unwrap()
    }

    /// Appends a batch that changed the title.
    async fn titled(&self, document: &str, title: Option<&str>) -> Seq {
        let title = Some(title.map(str::to_owned));
        self.append(Append {
            sender: Default::default(),
            title,
            ..batch(document, "t")
        })
        .await
        .unwrap()
    }

    /// Folds the journal up to `through`.
    async fn folded(&self, document: &str, through: Seq, snapshot: &str) {
        self.folded_to(document, through, snapshot.to_owned()).await;
    }

    /// The same to any bytes.
    async fn folded_to(&self, document: &str, through: Seq, snapshot: impl Into<Bytes>) {
        let document = named(document);
        let segment = self.segment(&document, through).await.unwrap();
        self.compact(&document, through, snapshot.into(), segment)
            .await
            .unwrap();
    }

    /// Loads a document that has to be there.
    async fn loaded(&self, document: &str) -> Stored {
        self.load(&named(document)).await.unwrap().unwrap()
    }

    /// The record of a document that has to be there.
    async fn described(&self, document: &str) -> Record {
        self.describe(&named(document)).await.unwrap().unwrap()
    }

    /// Expects a load to fail for damage, and gives what it says.
    async fn found_damaged(&self, document: &str) -> String {
        match self.load(&named(document)).await {
            Err(StoreError::Damaged(what)) => {
                assert!(
                    what.contains(document),
                    "{what:?} does not name {document:?}"
                );
                what
            }
            other => panic!("{document:?} should be damaged, but: {other:?}"),
        }
    }
}

impl<S: Store + ?Sized> Words for S {}

/// Snapshot and tail as one readable line: `[snapshot] first second …`.
pub fn text(stored: &Stored) -> String {
    let said = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    let mut line = stored
        .snapshot
        .as_ref()
        .map(|s| format!("[{}]", said(s)))
        .unwrap_or_default();
    for (_, update) in &stored.tail {
        line = format!("{line} {}", said(update));
    }
    line.trim().to_owned()
}
