//! A store that keeps documents in memory: a peer of the SQLite store that
//! passes the same contract suite, and forgets everything with its process.
//!
//! It is meant for tests of the layers above, which reach through
//! [`MemoryStore::faults`] to hold answers back, let operations fail and damage
//! documents; and for trying the server out without leaving files behind.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::{
    Append, Author, Bounds, BranchDatabase, Branches, Crash, CrashHistory, During, Health,
    ListQuery, Moment, Page, Past, Record, Retention, Row, Segment, Source, Store, StoreError,
    Stored, Ticket, Version,
};
use crate::id::{DocumentId, Seq};

mod desk;
mod faults;
mod past;

pub use faults::Faults;

use desk::{Desk, Held, Kept, Kind, Work, rounded};

/// Documents in memory. See the module's documentation.
#[derive(Debug, Default)]
pub struct MemoryStore {
    faults: Faults,
    branches: Arc<BranchDatabase>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that keeps history for as long as this says.
    pub fn with_retention(retention: Retention) -> Self {
        let store = Self {
            faults: Faults::default(),
            branches: Arc::new(BranchDatabase::in_memory(retention)),
        };
        store.faults.desk().retention = retention;
        store
    }

    /// The handle through which a test makes this store misbehave.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// A store with the documents of this one as they are now, as if the
    /// process had been started again: not closed, and without faults except
    /// for damage, which stays on the documents.
    pub fn reopened(&self) -> Self {
        let desk = self.faults.desk();
        let documents = desk.documents.clone();
        let (last, damaged) = (desk.last, desk.damaged.clone());
        let (crashes, retention) = (desk.crashes.clone(), desk.retention);
        let reopened = Desk {
            documents,
            crashes,
            last,
            retention,
            damaged,
            ..Desk::default()
        };
        Self {
            faults: Faults::over(reopened),
            branches: Arc::clone(&self.branches),
        }
    }

    /// Does `work` now, or in its turn when something it has to wait for is
    /// held back.
    fn call<T: Send + 'static>(
        &self,
        kind: Kind,
        document: Option<&DocumentId>,
        work: impl FnOnce(&mut Desk) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        let (counterfoil, ticket) = Ticket::pair();
        let mut desk = self.faults.desk();
        if desk.closed {
            counterfoil.answer(Err(StoreError::Closed));
            return ticket;
        }
        desk.closed = kind == Kind::Close;
        let run: Work = Box::new(move |desk| counterfoil.answer(desk.attempt(kind, work)));
        if desk.must_wait(kind, document) {
            desk.held.push_back(Held {
                document: document.cloned(),
                run,
            });
            self.faults.tell(&desk);
        } else {
            run(&mut desk);
        }
        ticket
    }
}

impl Store for MemoryStore {
    fn load(&self, document: &DocumentId) -> Ticket<Option<Stored>> {
        let id = document.clone();
        self.call(Kind::Load, Some(document), move |desk| {
            if desk.damaged.contains(&id) {
                return Err(StoreError::Damaged(format!(
                    "document {id:?} was damaged by a test"
                )));
            }
            Ok(desk.documents.get(&id).map(|kept| kept.stored.clone()))
        })
    }

    fn append(&self, append: Append) -> Ticket<Seq> {
        let document = append.document.clone();
        self.call(Kind::Append, Some(&document), move |desk| {
            desk.append(append)
        })
    }

    fn create(&self, document: &DocumentId, title: Option<String>) -> Ticket<Record> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            match desk.documents.get(&id) {
                Some(kept) if kept.stored.deleted.is_some() => return Err(StoreError::Deleted),
                Some(_) => return Err(StoreError::Exists),
                None => {}
            }
            let mut kept = Kept::born(SystemTime::now());
            kept.stored.title = title;
            let record = kept.record(&id);
            desk.documents.insert(id, kept);
            Ok(record)
        })
    }

    fn segment(&self, document: &DocumentId, through: Seq) -> Ticket<Option<Segment>> {
        let id = document.clone();
        self.call(Kind::Read, Some(document), move |desk| {
            desk.segment(&id, through)
        })
    }

    fn compact(
        &self,
        document: &DocumentId,
        through: Seq,
        snapshot: Bytes,
        segment: Option<Segment>,
    ) -> Ticket<()> {
        let id = document.clone();
        self.call(Kind::Compact, Some(document), move |desk| {
            desk.compact(&id, through, snapshot, segment)
        })
    }

    fn history(&self, document: &DocumentId) -> Ticket<Vec<Bounds>> {
        let id = document.clone();
        self.call(
            Kind::Read,
            Some(document),
            move |desk| Ok(desk.history(&id)),
        )
    }

    fn recall(&self, document: &DocumentId, moment: Moment) -> Ticket<Past> {
        let id = document.clone();
        self.call(Kind::Read, Some(document), move |desk| {
            desk.recall(&id, moment)
        })
    }

    fn rows(&self, document: &DocumentId, after: Seq, through: Seq) -> Ticket<Vec<Row>> {
        let id = document.clone();
        self.call(Kind::Read, Some(document), move |desk| {
            desk.rows(&id, after, through)
        })
    }

    fn version(&self, document: &DocumentId, name: Option<String>) -> Ticket<Version> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            desk.version(&id, name)
        })
    }

    fn rename(
        &self,
        document: &DocumentId,
        number: u64,
        name: Option<String>,
    ) -> Ticket<Option<Version>> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            desk.rename(&id, number, name)
        })
    }

    fn versions(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Ticket<Vec<Version>> {
        let id = document.clone();
        self.call(Kind::Read, Some(document), move |desk| {
            Ok(desk.versions(&id, before, limit))
        })
    }

    fn attribute(&self, document: &DocumentId, author: Author, source: Source) -> Ticket<()> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            desk.attribute(&id, author, source);
            Ok(())
        })
    }

    fn authors(&self, document: &DocumentId) -> Ticket<Vec<Author>> {
        let id = document.clone();
        self.call(
            Kind::Read,
            Some(document),
            move |desk| Ok(desk.authors(&id)),
        )
    }

    fn delete(&self, document: &DocumentId) -> Ticket<()> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            let kept = desk.documents.get_mut(&id).ok_or(StoreError::NotFound)?;
            if kept.stored.deleted.is_some() {
                return Err(StoreError::Deleted);
            }
            kept.stored.deleted = Some(rounded(SystemTime::now()));
            Ok(())
        })
    }

    fn restore(&self, document: &DocumentId) -> Ticket<Record> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            let kept = desk.documents.get_mut(&id).ok_or(StoreError::NotFound)?;
            kept.stored.deleted = None;
            Ok(kept.record(&id))
        })
    }

    fn describe(&self, document: &DocumentId) -> Ticket<Option<Record>> {
        let id = document.clone();
        self.call(Kind::Read, Some(document), move |desk| {
            Ok(desk.documents.get(&id).map(|kept| kept.record(&id)))
        })
    }

    fn list(&self, query: ListQuery) -> Ticket<Page> {
        self.call(Kind::Read, None, move |desk| desk.list(&query))
    }

    fn crashed(&self, crash: Crash) -> Ticket<()> {
        let document = crash.document.clone();
        self.call(Kind::Other, Some(&document), move |desk| {
            desk.crashed(crash);
            Ok(())
        })
    }

    fn crashes(&self, document: &DocumentId) -> Ticket<CrashHistory> {
        let id = document.clone();
        self.call(
            Kind::Read,
            Some(document),
            move |desk| Ok(desk.crashes(&id)),
        )
    }

    fn release(&self, document: &DocumentId, during: Option<During>) -> Ticket<usize> {
        let id = document.clone();
        self.call(Kind::Other, Some(document), move |desk| {
            Ok(desk.release(&id, during))
        })
    }

    fn health(&self) -> Health {
        self.faults.desk().health.clone()
    }

    fn branches(&self) -> &dyn Branches {
        &*self.branches
    }

    fn close(&self) -> Ticket<()> {
        self.call(Kind::Close, None, |desk| {
            desk.health = Health::Stopped("the store is closed".to_owned());
            Ok(())
        })
    }
}
