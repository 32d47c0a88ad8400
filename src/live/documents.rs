//! The documents, for everybody who is not a session: REST, exports, tests.
//!
//! A [`Documents`] can be cloned and sent between threads. It starts and stops the
//! registry and what all documents share; what is asked of documents stands in rooms
//! beside this one, a kind of asking each: `existence`, `listing`, `reading`, `updates`,
//! `writing`, `past` and others.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use actix::{Actor, Addr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::id::DocumentId;
use crate::live::LiveSettings;
use crate::live::allowance::Allowance;
use crate::live::answer::DocumentError;
use crate::live::arrears::{Arrears, Borrowed};
use crate::live::document::{KeptBytes, Reply, Request};
use crate::live::feed::{FeedSettings, Feeds};
use crate::live::folder::Folder;
use crate::live::hand::Hand;
use crate::live::historian::Historian;
use crate::live::loader::Loader;
use crate::live::memory_budget::{MemoryBudget, Portion, Question, Share};
use crate::live::pool::Pool;
use crate::live::quarantine::Quarantine;
use crate::live::registry::{Call, Registry, StopAll};
use crate::live::scribe::Scribe;
use crate::live::surroundings::Surroundings;
use crate::live::visitor::Visitor;
use crate::live::writers::WritersKnown;
use crate::store::{Crash, Health, Store, StoreError};

/// So many documents are made what they were at once.
const RESTORING: usize = 2;

/// The way to all documents of a server.
#[derive(Clone)]
pub struct Documents {
    registry: Addr<Registry>,
    store: Arc<dyn Store>,
    settings: Arc<LiveSettings>,
    pool: Pool,
    arrears: Arrears,
    incoming: MemoryBudget,
    hand: Hand,
    historian: Historian,
    exports: MemoryBudget,
    writers: WritersKnown,
    scribe: Scribe,
    restoring: Arc<Semaphore>,
    feeds: Feeds,
    /// Whether the server is stopping.
    stopping: Arc<AtomicBool>,
}

impl Documents {
    /// Starts the registry on the current arbiter and the threads that carry
    /// documents.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(store: Arc<dyn Store>, settings: LiveSettings) -> io::Result<Self> {
        let pool = Pool::start(settings.threads)?;
        let settings = Arc::new(settings);
        let incoming = MemoryBudget::new(settings.incoming_bytes);
        let hand = take_up(settings.hand.as_deref(), &*store);
        let scribe = Scribe::start()?;
        let exports = MemoryBudget::new(settings.catch_up_bytes);
        let feeds = Feeds::default();
        let stopping = Arc::<AtomicBool>::default();
        let surroundings = Surroundings {
            store: Arc::clone(&store),
            settings: Arc::clone(&settings),
            loader: Loader::start(hand.clone())?,
            folder: Folder::start()?,
            scribe: scribe.clone(),
            quarantine: Quarantine::default(),
            large_answers: MemoryBudget::new(settings.catch_up_bytes),
            exports: exports.clone(),
            kept: KeptBytes::default(),
            allowance: Allowance::new(settings.documents_a_minute),
            stopping: Arc::clone(&stopping),
            feeds: feeds.clone(),
            hand: hand.clone(),
        };
        Ok(Self {
            registry: Registry::new(surroundings, pool.clone()).start(),
            store,
            settings,
            pool,
            arrears: Arrears::default(),
            incoming,
            hand,
            historian: Historian::start()?,
            exports,
            writers: WritersKnown::default(),
            scribe,
            restoring: Arc::new(Semaphore::new(RESTORING)),
            feeds,
            stopping,
        })
    }

    /// Waits for the memory for a message of so many bytes that is on its way in.
    pub async fn room(&self, bytes: usize, visitor: Visitor) -> Option<Share> {
        let portion = self.incoming(visitor);
        portion.share(bytes, Question::new().0).await
    }

    /// Waits for the memory for a copy of something large that was read; nothing is counted
    /// for what is small.
    pub async fn room_for_export(&self, bytes: usize, visitor: Visitor) -> Option<Share> {
        self.share(bytes, visitor).await
    }

    pub(super) fn incoming(&self, visitor: Visitor) -> Portion {
        self.incoming.of(visitor)
    }

    /// What a new connection, or a request, of `visitor` may send.
    pub fn purse(&self, visitor: Visitor) -> Borrowed {
        self.arrears
            .purse(visitor, self.settings.budget, Instant::now())
    }

    /// Waits for room to hold what a document was.
    pub(super) async fn restoring(&self) -> Result<OwnedSemaphorePermit, DocumentError> {
        let room = Arc::clone(&self.restoring).acquire_owned().await;
        room.map_err(|_| DocumentError::Stopping)
    }

    /// Whether documents can be written, and if not, why.
    pub fn health(&self) -> Health {
        let health = self.store.health();
        match self.pool.busy_for() {
            Some(busy) if health == Health::Ready && busy > self.settings.stuck_after => {
                let seconds = busy.as_secs();
                Health::Failing(format!(
                    "a thread that carries documents has been stuck for {seconds} s"
                ))
            }
            _ => health,
        }
    }

    /// Ends all documents and then the store: what was taken is on disk, every
    /// session was told 1001. Documents refuse everything from here on.
    ///
    /// # Errors
    /// What the store says when it could not finish. Whoever wrote something that
    /// is not on disk was told so (1011).
    pub async fn stop(&self) -> Result<(), StoreError> {
        let _ = self.registry.send(StopAll).await;
        self.feeds.close();
        self.store.close().await?;
        self.hand.ends_in_order();
        Ok(())
    }

    pub(super) fn registry(&self) -> &Addr<Registry> {
        &self.registry
    }

    pub(super) fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// How those who follow documents are told.
    pub fn feed_settings(&self) -> FeedSettings {
        self.settings.feed
    }

    pub(super) fn settings(&self) -> &LiveSettings {
        &self.settings
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn scribe(&self) -> &Scribe {
        &self.scribe
    }

    pub(super) fn historian(&self) -> &Historian {
        &self.historian
    }

    pub(super) fn hand(&self) -> &Hand {
        &self.hand
    }

    pub(super) fn exports(&self) -> &MemoryBudget {
        &self.exports
    }

    pub(super) fn writers(&self) -> &WritersKnown {
        &self.writers
    }

    pub(super) async fn call<T>(
        &self,
        id: &DocumentId,
        request: impl FnOnce(Reply<T>) -> Request,
    ) -> Result<T, DocumentError> {
        let (reply, answer) = oneshot::channel();
        self.registry.do_send(Call {
            document: id.clone(),
            request: request(reply),
        });
        // Whoever has no answer is gone: with the server, or by a panic of ours.
        let unanswered = || match self.stopping.load(Ordering::Acquire) {
            true => DocumentError::Stopping,
            false => DocumentError::Ended,
        };
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }
}

/// Begins to note what is in hand. What was in hand when the process before this
/// one ended is told to the store, before anything is loaded.
fn take_up(path: Option<&Path>, store: &dyn Store) -> Hand {
    let opened = path.map(Hand::open).transpose();
    let (hand, left) = match opened {
        Ok(opened) => opened.unwrap_or_default(),
        Err(error) => {
            log::warn!("a document that ends this process will not be known again: {error}");
            return Hand::default();
        }
    };
    for (document, during) in left {
        let word = during.word();
        log::error!("document {document:?} was in hand ({word}) when the last process ended");
        // Work is done whether or not somebody waits for it.
        drop(store.crashed(Crash {
            document,
            at: SystemTime::now(),
            during,
            reason: format!("the process ended while {word}"),
            author: "unknown".to_owned(),
            hash: None,
            update: None,
        }));
    }
    hand
}
