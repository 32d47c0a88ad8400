//! That documents changed, for those who follow them without a copy.
//!
//! A document says to which row it is on disk; who follows it learns that there is
//! more than they know, and asks for what it was when they come to tell it. So nobody
//! holds a queue: a follower has the number of a row, however much is written and however
//! slowly it reads. What one asked for is kept for a moment for the others who ask for
//! the same.
//!
//! This lives beside the registry and not in the documents: who follows does not keep a
//! document in memory, and goes on when it is loaded again. An append costs a look into a
//! table, since search hears of every document.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::id::{DocumentId, Seq};
use crate::live::following::Change;
use crate::store::Version;

/// More documents than this are not remembered one by one.
const MOST_STIRRED: usize = 65_536;

/// How those who follow are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedSettings {
    /// For so long changes are gathered before they are told.
    pub gather: Duration,
    /// After so long without a change the content is told,
    pub pause: Duration,
    /// and after so long with them.
    pub longest: Duration,
    /// How often something is sent when there is nothing to tell.
    pub heartbeat: Duration,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self {
            gather: Duration::from_millis(250),
            pause: Duration::from_secs(1),
            longest: Duration::from_secs(4),
            heartbeat: Duration::from_secs(15),
        }
    }
}

/// What is known of a document by those who follow it. The newest counts.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// The last row that is on disk, if one was written since the first of them came.
    pub row: Seq,
    /// The version that was made or named last, likewise.
    pub version: Option<Arc<Version>>,
    /// How often it was deleted, likewise.
    pub deletions: u64,
}

/// The feeds of all documents.
#[derive(Debug, Clone, Default)]
pub struct Feeds(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// How many listen: those who follow a document, and those who hear of every one.
    listening: AtomicUsize,
    /// How many of them follow a document.
    following: AtomicUsize,
    heard: Mutex<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    feeds: HashMap<DocumentId, Feed>,
    every: Vec<Arc<Stirred>>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Feed {
    standing: watch::Sender<Standing>,
    told: Told,
}

/// What was asked for lately.
type Told = Arc<tokio::sync::Mutex<VecDeque<Arc<Change>>>>;

/// Somebody who follows a document.
#[derive(Debug)]
pub struct Following {
    feeds: Feeds,
    told: Told,
    document: DocumentId,
    /// What was known when this began.
    begun: Standing,
    /// `None` while it is dropped.
    standing: Option<watch::Receiver<Standing>>,
}

/// Somebody who hears of every document.
#[derive(Debug)]
pub struct Every {
    feeds: Feeds,
    stirred: Arc<Stirred>,
}

#[derive(Debug)]
struct Stirred {
    prefixes: Vec<String>,
    documents: Mutex<Stirrings>,
    some: Notify,
    closing: Notify,
}

/// The documents of which something was heard.
#[derive(Debug, Default)]
pub struct Stirrings {
    /// Their names.
    pub documents: HashSet<DocumentId>,
    /// There were more: everything is to be looked at.
    pub too_many: bool,
    /// Nothing more will be heard.
    pub closed: bool,
}

impl Feeds {
    /// Whether anybody listens to anything.
    pub fn are_heard(&self) -> bool {
        self.0.listening.load(Ordering::Acquire) > 0
    }

    /// Whether somebody follows this document.
    pub fn follow(&self, document: &DocumentId) -> bool {
        self.0.following.load(Ordering::Acquire) > 0 && self.heard().feeds.contains_key(document)
    }

    /// A document is on disk up to a row.
    pub fn wrote(&self, document: &DocumentId, row: Seq) {
        self.tell(document, |standing| standing.row = row);
    }

    /// A version was made, or named.
    pub fn versioned(&self, document: &DocumentId, version: &Version) {
        self.tell(document, |standing| {
            standing.version = Some(Arc::new(version.clone()));
        });
    }

    /// It was deleted.
    pub fn deleted(&self, document: &DocumentId) {
        self.tell(document, |standing| standing.deletions += 1);
    }

    /// It was made, or its deletion undone.
    pub fn appeared(&self, document: &DocumentId) {
        self.tell(document, |_| ());
    }

    /// Nothing more will be told.
    pub fn close(&self) {
        let mut heard = self.heard();
        heard.closed = true;
        // Who follows hears that nobody tells any more.
        heard.feeds.clear();
        for stirred in &heard.every {
            stirred.stirrings().closed = true;
            stirred.some.notify_one();
            stirred.closing.notify_one();
        }
    }

    fn tell(&self, document: &DocumentId, change: impl FnOnce(&mut Standing)) {
        if !self.are_heard() {
            return;
        }
        let heard = self.heard();
        if let Some(feed) = heard.feeds.get(document) {
            feed.standing.send_modify(change);
        }
        for stirred in &heard.every {
            stirred.hear(document);
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a document from here on. `None`: nothing more will be told.
    pub(super) fn followed(&self, document: &DocumentId) -> Option<Following> {
        let mut heard = self.heard();
        if heard.closed {
            return None;
        }
        let feed = heard.feeds.entry(document.clone()).or_default();
        self.0.following.fetch_add(1, Ordering::AcqRel);
        self.0.listening.fetch_add(1, Ordering::AcqRel);
        Some(Following {
            feeds: self.clone(),
            told: Arc::clone(&feed.told),
            document: document.clone(),
            begun: feed.standing.borrow().clone(),
            standing: Some(feed.standing.subscribe()),
        })
    }

    /// Hears of every document from here on whose name begins with one of these.
    pub(super) fn every(&self, prefixes: Vec<String>) -> Every {
        let stirred = Arc::new(Stirred {
            prefixes,
            documents: Mutex::default(),
            some: Notify::new(),
            closing: Notify::new(),
        });
        let mut heard = self.heard();
        stirred.stirrings().closed = heard.closed;
        heard.every.push(Arc::clone(&stirred));
        self.0.listening.fetch_add(1, Ordering::AcqRel);
        Every {
            feeds: self.clone(),
            stirred,
        }
    }
}

impl Following {
    /// What was known when this began.
    pub fn begun(&self) -> &Standing {
        &self.begun
    }

    /// What is known now.
    pub fn standing(&mut self) -> Standing {
        let standing = self.standing.as_mut();
        standing.map_or_else(Standing::default, |it| it.borrow_and_update().clone())
    }

    /// Waits until more is known. `false`: that will never be.
    pub async fn stirs(&mut self) -> bool {
        match &mut self.standing {
            Some(standing) => standing.changed().await.is_ok(),
            None => false,
        }
    }

    /// What was asked for by somebody who follows the same document, or what `ask`
    /// finds: the changes after a row, at least up to another. Those who ask at the same
    /// time take their turn, so that one of them asks for all.
    pub(super) async fn shared<E>(
        &self,
        after: Seq,
        through: Seq,
        ask: impl Future<Output = Result<Change, E>>,
    ) -> Result<Arc<Change>, E> {
        /// Those who read at one pace ask for the same, and there are few paces.
        const KEPT: usize = 4;
        let mut told = self.told.lock().await;
        let known = |change: &&Arc<Change>| change.after == after && change.row >= through;
        if let Some(change) = told.iter().find(known) {
            return Ok(Arc::clone(change));
        }
        let change = Arc::new(ask.await?);
        told.push_front(Arc::clone(&change));
        told.truncate(KEPT);
        Ok(change)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut heard = self.feeds.heard();
        self.standing = None;
        if let Some(feed) = heard.feeds.get(&self.document)
            && feed.standing.receiver_count() == 0
        {
            heard.feeds.remove(&self.document);
        }
        self.feeds.0.following.fetch_sub(1, Ordering::AcqRel);
        self.feeds.0.listening.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Every {
    /// What was heard since the last time; waits until there is something.
    pub async fn stirs(&self) -> Stirrings {
        loop {
            {
                let mut stirrings = self.stirred.stirrings();
                let some = !stirrings.documents.is_empty() || stirrings.too_many;
                if some || stirrings.closed {
                    let closed = stirrings.closed;
                    let mut heard = std::mem::take(&mut *stirrings);
                    (stirrings.closed, heard.closed) = (closed, closed);
                    return heard;
                }
            }
            self.stirred.some.notified().await;
        }
    }

    /// Waits until nothing more will be heard, for who does not listen all the time.
    pub async fn closes(&self) {
        while !self.stirred.stirrings().closed {
            self.stirred.closing.notified().await;
        }
    }
}

impl Drop for Every {
    fn drop(&mut self) {
        let mut heard = self.feeds.heard();
        let is_other = |it: &Arc<Stirred>| !Arc::ptr_eq(it, &self.stirred);
        heard.every.retain(is_other);
        self.feeds.0.listening.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Stirred {
    fn hear(&self, document: &DocumentId) {
        let concerns = |prefix: &String| document.as_str().starts_with(prefix.as_str());
        if !self.prefixes.iter().any(concerns) {
            return;
        }
        let mut stirrings = self.stirrings();
        if stirrings.documents.contains(document) {
            return;
        }
        if stirrings.documents.len() < MOST_STIRRED {
            stirrings.documents.insert(document.clone());
        } else {
            stirrings.too_many = true;
        }
        self.some.notify_one();
    }

    fn stirrings(&self) -> MutexGuard<'_, Stirrings> {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> DocumentId {
        DocumentId::parse(name).unwrap()
    }

    #[tokio::test]
    async fn the_newest_counts_and_nothing_is_kept_of_those_who_left() {
        let feeds = Feeds::default();
        feeds.wrote(&id("plan"), Seq(1));
        assert!(!feeds.are_heard());
        let mut following = feeds.followed(&id("plan")).unwrap();
        let second = feeds.followed(&id("plan")).unwrap();
        for row in 2..1_000 {
            feeds.wrote(&id("plan"), Seq(row));
            feeds.wrote(&id("notes"), Seq(1_000 + row));
        }
        assert!(following.stirs().await);
        assert_eq!(following.standing().row, Seq(999));
        drop(second);
        assert!(feeds.follow(&id("plan")) && !feeds.follow(&id("notes")));
        feeds.close();
        assert!(!following.stirs().await);
        assert!(feeds.followed(&id("plan")).is_none());
        drop(following);
        assert!(!feeds.are_heard() && feeds.heard().feeds.is_empty());
    }

    #[tokio::test]
    async fn who_hears_of_everything_hears_of_each_document_once() {
        let feeds = Feeds::default();
        let every = feeds.every(vec!["team/".to_owned()]);
        feeds.appeared(&id("team/plan"));
        for row in 1..100 {
            feeds.wrote(&id("team/plan"), Seq(row));
            feeds.wrote(&id("other"), Seq(100 + row));
        }
        let heard = every.stirs().await;
        assert_eq!(heard.documents, HashSet::from([id("team/plan")]));
        for number in 0..=MOST_STIRRED {
            feeds.appeared(&id(&format!("team/{number}")));
        }
        let heard = every.stirs().await;
        assert!(heard.too_many && heard.documents.len() == MOST_STIRRED);
        feeds.close();
        assert!(every.stirs().await.closed);
    }
}
