//! Who reads the documents for the index.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

use super::SearchSettings;
use super::index::{Entry, Index, SearchError, Stamp};
use super::links;
use crate::id::DocumentId;
use crate::live::{
    Agenda, Cursor, DocumentError, Documents, Every, ListQuery, Record, Sort, Stirrings,
};

/// So many documents are compared at once.
const PAGE: usize = 200;

/// So often in a pause it is heard what happened: to listen all the time would cost as
/// much for each keystroke as to take it.
const RESTS: u32 = 8;

/// What could not be read is tried again after so long.
const AGAIN: Duration = Duration::from_secs(60);

/// Reads documents in turn, each when it rests.
pub(super) struct Indexer {
    documents: Documents,
    index: Index,
    agenda: Agenda,
    rest: Duration,
}

impl Indexer {
    pub fn new(documents: Documents, index: Index, settings: &SearchSettings) -> Self {
        Self {
            documents,
            index,
            agenda: Agenda::new(settings.pause, settings.longest),
            rest: settings.pause / RESTS,
        }
    }

    /// Keeps the index until the server stops.
    pub async fn goes_on(mut self, every: Every) {
        // What happened while nobody looked.
        let mut compare_at = Some(Instant::now());
        let mut listens_at = Instant::now();
        loop {
            if self.agenda.overlooked() {
                compare_at.get_or_insert_with(Instant::now);
            }
            if let Some(document) = self.agenda.takes(Instant::now()) {
                match self.reads(&document).await {
                    Ok(()) => self.agenda.is_done(document, Instant::now()),
                    Err(Trouble::Document(DocumentError::Stopping)) => return,
                    Err(Trouble::Index(error)) => {
                        // It is made anew, and all of it is to be read again.
                        log::warn!("document {document:?} is not in the index: {error}");
                        self.agenda.is_done(document, Instant::now());
                        compare_at = Some(Instant::now() + AGAIN);
                    }
                    Err(Trouble::Document(
                        error @ (DocumentError::Unreadable(_) | DocumentError::Lost(_)),
                    )) => {
                        // It will not be another one by itself.
                        log::warn!("document {document:?} is not in the index: {error}");
                        self.agenda.is_done(document, Instant::now());
                    }
                    Err(trouble) => {
                        log::warn!("document {document:?} is not in the index: {trouble}");
                        let now = Instant::now();
                        self.agenda.tries_again(document, now, now + AGAIN);
                    }
                }
                // Somebody may have something to say before the next one.
                tokio::task::yield_now().await;
            }
            let next = self.agenda.next();
            tokio::select! {
                biased;
                () = every.closes() => return,
                () = self.index.is_made_anew() => {
                    compare_at = Some(Instant::now());
                }
                () = at(compare_at) => {
                    compare_at = None;
                    if let Err(trouble) = self.compares().await {
                        log::warn!("what the index lacks is not known: {trouble}");
                        compare_at = Some(Instant::now() + AGAIN);
                    }
                }
                stirrings = heard(&every, listens_at) => {
                    listens_at = Instant::now() + self.rest;
                    for document in stirrings.documents {
                        self.agenda.stirs(document, Instant::now());
                    }
                    if stirrings.too_many {
                        compare_at.get_or_insert_with(Instant::now);
                    }
                }
                () = at(next) => {}
            }
        }
    }

    /// Brings the index up to date with one document.
    async fn reads(&self, id: &DocumentId) -> Result<(), Trouble> {
        let record = match self.documents.describe(id).await {
            Ok(summary) => summary.record,
            Err(DocumentError::NotFound | DocumentError::Deleted) => {
                return Ok(self.index.remove(id.as_str())?);
            }
            Err(error) => return Err(error.into()),
        };
        // As history is read: not on the thread of those who write, and on disk.
        let leads = |address: &str| links::target(address).is_some();
        let gist = self.documents.gist(id, leads).await?;
        let entry = Entry {
            name: id.as_str().to_owned(),
            title: record.title.clone(),
            stamp: stamp(&record),
            text: String::from_utf8_lossy(&gist.text).into_owned(),
            targets: gist
                .links
                .iter()
                .filter_map(|it| links::target(it))
                .collect(),
        };
        Ok(self.index.put(&entry)?)
    }

    /// Looks which documents are others than the index knows.
    async fn compares(&mut self) -> Result<(), Trouble> {
        let mut after: Option<Cursor> = None;
        let mut reached = String::new();
        loop {
            let query = ListQuery {
                sort: Sort::Name,
                limit: PAGE,
                after: after.take(),
                ..ListQuery::default()
            };
            let (page, _) = self.documents.list(query).await?;
            for record in &page.records {
                if !self.is_known(record)? {
                    self.agenda.stirs(record.document.clone(), Instant::now());
                }
            }
            // What the index knows of between these and is not among them is gone.
            let last = page.records.last().map(|record| record.document.as_str());
            let last = page.next.as_ref().and(last).map(str::to_owned);
            let there: HashSet<&str> = page.records.iter().map(|it| it.document.as_str()).collect();
            loop {
                let names = self.index.names(&reached, PAGE)?;
                let is_within = |name: &String| last.as_ref().is_none_or(|last| name <= last);
                let within: Vec<&String> = names.iter().filter(|name| is_within(name)).collect();
                for name in within.iter().filter(|name| !there.contains(name.as_str())) {
                    self.index.remove(name)?;
                }
                match within.last() {
                    Some(name) => reached = (*name).clone(),
                    None => break,
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn is_known(&self, record: &Record) -> Result<bool, Trouble> {
        let known = self.index.known(record.document.as_str())?;
        Ok(known == Some((record.title.clone(), stamp(record))))
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Document(#[from] DocumentError),
    #[error("{0}")]
    Index(#[from] SearchError),
}

/// What happened until then, and what happens after.
async fn heard(every: &Every, from: Instant) -> Stirrings {
    sleep_until(from).await;
    every.stirs().await
}

/// What tells the state of a document from others.
fn stamp(record: &Record) -> Stamp {
    let since = record.updated.duration_since(SystemTime::UNIX_EPOCH);
    Stamp {
        updated: since.map_or(0, |since| since.as_micros() as i64),
        bytes: record.bytes.cast_signed(),
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
