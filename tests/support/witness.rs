//! A store that keeps count: it passes everything on to a memory store, so that
//! a story can tell when documents were loaded and folded.

use std::time::Duration;

use bytes::Bytes;
use cowrite::id::{DocumentId, Seq};
use cowrite::store::memory::{Faults, MemoryStore};
use cowrite::store::{
    Append, Author, Bounds, Branches, Crash, CrashHistory, During, Health, ListQuery, Moment, Page,
    Past, Record, Row, Segment, Source, Store, Stored, Ticket, Version,
};
use tokio::sync::watch;

use super::in_time;

/// What a store was asked so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub loads: usize,
    pub appends: usize,
    pub compactions: usize,
}

/// A memory store and what it was asked.
#[derive(Debug)]
pub struct Witness {
    store: MemoryStore,
    count: watch::Sender<Count>,
    /// A document whose creation keeps the caller's thread for so long.
    pub slow_to_create: Option<(&'static str, Duration)>,
}

impl Witness {
    pub fn new() -> Self {
        Self {
            store: MemoryStore::new(),
            count: watch::Sender::new(Count::default()),
            slow_to_create: None,
        }
    }

    pub fn faults(&self) -> Faults {
        self.store.faults()
    }

    pub fn count(&self) -> Count {
        *self.count.borrow()
    }

    /// Waits until the store was asked as much.
    pub async fn until(&self, what: &str, enough: impl FnMut(&Count) -> bool) {
        let mut count = self.count.subscribe();
        let _ = in_time(what, count.wait_for(enough)).await.unwrap();
    }
}

impl Store for Witness {
    fn load(&self, document: &DocumentId) -> Ticket<Option<Stored>> {
        let ticket = self.store.load(document);
        self.count.send_modify(|count| count.loads += 1);
        ticket
    }

    fn append(&self, append: Append) -> Ticket<Seq> {
        let ticket = self.store.append(append);
        self.count.send_modify(|count| count.appends += 1);
        ticket
    }

    fn create(&self, document: &DocumentId, title: Option<String>) -> Ticket<Record> {
        if let Some((slow, time)) = self.slow_to_create
            && document.as_str() == slow
        {
            std::thread::sleep(time);
        }
        self.store.create(document, title)
    }

    fn segment(&self, document: &DocumentId, through: Seq) -> Ticket<Option<Segment>> {
        self.store.segment(document, through)
    }

    fn compact(
        &self,
        document: &DocumentId,
        through: Seq,
        snapshot: Bytes,
        segment: Option<Segment>,
    ) -> Ticket<()> {
        let ticket = self.store.compact(document, through, snapshot, segment);
        self.count.send_modify(|count| count.compactions += 1);
        ticket
    }

    fn history(&self, document: &DocumentId) -> Ticket<Vec<Bounds>> {
        self.store.history(document)
    }

    fn recall(&self, document: &DocumentId, moment: Moment) -> Ticket<Past> {
        self.store.recall(document, moment)
    }

    fn rows(&self, document: &DocumentId, after: Seq, through: Seq) -> Ticket<Vec<Row>> {
        self.store.rows(document, after, through)
    }

    fn version(&self, document: &DocumentId, name: Option<String>) -> Ticket<Version> {
        self.store.version(document, name)
    }

    fn rename(
        &self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Ticket<Option<Version>> {
        self.store.rename(document, id, name)
    }

    fn versions(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Ticket<Vec<Version>> {
        self.store.versions(document, before, limit)
    }

    fn attribute(&self, document: &DocumentId, author: Author, source: Source) -> Ticket<()> {
        self.store.attribute(document, author, source)
    }

    fn authors(&self, document: &DocumentId) -> Ticket<Vec<Author>> {
        self.store.authors(document)
    }

    fn delete(&self, document: &DocumentId) -> Ticket<()> {
        self.store.delete(document)
    }

    fn restore(&self, document: &DocumentId) -> Ticket<Record> {
        self.store.restore(document)
    }

    fn describe(&self, document: &DocumentId) -> Ticket<Option<Record>> {
        self.store.describe(document)
    }

    fn list(&self, query: ListQuery) -> Ticket<Page> {
        self.store.list(query)
    }

    fn crashed(&self, crash: Crash) -> Ticket<()> {
        self.store.crashed(crash)
    }

    fn crashes(&self, document: &DocumentId) -> Ticket<CrashHistory> {
        self.store.crashes(document)
    }

    fn release(&self, document: &DocumentId, during: Option<During>) -> Ticket<usize> {
        self.store.release(document, during)
    }

    fn branches(&self) -> &dyn Branches {
        self.store.branches()
    }

    fn health(&self) -> Health {
        self.store.health()
    }

    fn close(&self) -> Ticket<()> {
        self.store.close()
    }
}
