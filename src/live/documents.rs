//! The documents, for everybody who is not a session: REST, exports, tests.
//!
//! A [`Documents`] can be cloned and sent between threads. What it reads comes
//! from the same actors that editors talk to, and only once it is durable.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use actix::{Actor, Addr};
use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::export::{Format, ImportError};
use crate::id::DocumentId;
use crate::live::LiveSettings;
use crate::live::allowance::Allowance;
use crate::live::answer::{Content, DocumentError, Summary};
use crate::live::arrears::{Arrears, Borrowed};
use crate::live::document::{Copy, KeptBytes, Reply, Request, Sought};
use crate::live::feed::{FeedSettings, Feeds};
use crate::live::folder::Folder;
use crate::live::hand::Hand;
use crate::live::historian::Historian;
use crate::live::loader::Loader;
use crate::live::memory_budget::{MemoryBudget, Portion, Question, Share};
use crate::live::pool::Pool;
use crate::live::quarantine::Quarantine;
use crate::live::registry::{Call, CallIfThere, People, Registry, StopAll};
use crate::live::scribe::{Read, Scribe};
use crate::live::surroundings::Surroundings;
use crate::live::visitor::Visitor;
use crate::live::writers::WritersKnown;
use crate::store::{Crash, Health, ListQuery, Page, Record, Store, StoreError};
use crate::wire::awareness::Guise;
use crate::wire::state_vector::StateVector;

/// So many documents are made what they were at once.
const RESTORING: usize = 2;

/// Who is where is told within so long or not at all.
const AT_ONCE: Duration = Duration::from_millis(200);

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

    /// The content of a document's root, as its editors see it; without `root`, of the
    /// one where its content is.
    pub async fn read(
        &self,
        id: &DocumentId,
        format: Format,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        // All of it is the same whatever is asked of it.
        let root = root.filter(|_| !format.is_state());
        let sought = Sought::Export(format, root.map(str::to_owned));
        self.ask_for(id, sought, by).await
    }

    /// The same with what is said about the text, in a format that can tell it.
    pub async fn read_commented(
        &self,
        id: &DocumentId,
        format: Format,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        let sought = Sought::Commented(format, root.map(str::to_owned));
        self.ask_for(id, sought, by).await
    }

    /// What is said about the text, as JSON: all of it, or what is resolved, or open.
    pub async fn comments(
        &self,
        id: &DocumentId,
        resolved: Option<bool>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.ask_for(id, Sought::Comments(resolved), by).await
    }

    /// A store is asked first, so that asking for names does not start actors.
    async fn ask_for(
        &self,
        id: &DocumentId,
        sought: Sought,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.known(id).await?;
        self.call(id, |reply| Request::Read(sought, by, reply))
            .await
    }

    /// What somebody who has `theirs` lacks, as an update, v1.
    pub async fn diff(
        &self,
        id: &DocumentId,
        theirs: StateVector,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.ask_for(id, Sought::Lacks(theirs), by).await
    }

    /// Applies an update, v1. When this succeeds, all of it is durable.
    ///
    /// # Errors
    /// Mostly nothing of it was taken then. But of one that was stopped since it
    /// took too long a part may stay, and what could not be saved, or was not
    /// answered, may be in the store all the same. To apply it again does no harm.
    ///
    /// `room` is the memory that is counted for the update; it is given back when
    /// the update is.
    pub async fn apply(
        &self,
        id: &DocumentId,
        update: Bytes,
        room: Option<Share>,
    ) -> Result<(), DocumentError> {
        self.apply_of(id, (update, None), room).await
    }

    /// The same, of a client if that is known: deletions do not say whose they are.
    pub(super) async fn apply_of(
        &self,
        id: &DocumentId,
        (update, client): (Bytes, Option<u64>),
        room: Option<Share>,
    ) -> Result<(), DocumentError> {
        self.known(id).await?;
        let apply = |reply| Request::Apply(update, client, room, reply);
        self.call(id, apply).await
    }

    /// Makes an empty document, on the account of `by`.
    pub async fn create(&self, id: &DocumentId, by: Visitor) -> Result<Record, DocumentError> {
        self.call(id, |reply| Request::Create(by, reply)).await
    }

    /// Makes a document with an update in it, on the account of `by`, in one append.
    /// When this succeeds, all of it is durable.
    ///
    /// # Errors
    /// [`DocumentError::Exists`] when somebody wrote in it already; otherwise as
    /// [`apply`](Self::apply).
    pub async fn begin(
        &self,
        id: &DocumentId,
        update: Bytes,
        room: Option<Share>,
        by: Visitor,
    ) -> Result<Record, DocumentError> {
        let begin = |reply| Request::Begin(update, room, by, reply);
        self.call(id, begin).await?;
        self.known(id).await
    }

    /// Reads content of a format into an update, v1, that writes it into an empty
    /// document under this title.
    ///
    /// # Errors
    /// When it is not what the format says, or too large. The outer one: the server
    /// is stopping.
    pub async fn import(
        &self,
        content: Bytes,
        format: Format,
        title: Option<String>,
    ) -> Result<Result<Read, ImportError>, DocumentError> {
        let read = self.scribe.read(content, format, title).await;
        let failed = "the content could not be read; it is kept by nobody".to_owned();
        read.ok_or(DocumentError::NotSaved(failed))
    }

    /// A copy of a document to work out a change on, and the turn to make it: of the
    /// first of the states of these names that is known still, or as it is.
    pub(super) async fn copy(
        &self,
        id: &DocumentId,
        of: Option<Vec<String>>,
        by: Visitor,
    ) -> Result<Copy, DocumentError> {
        self.known(id).await?;
        self.call(id, |reply| Request::Copy(of, by, reply)).await
    }

    /// Has a document keep a state of it, by its name, for who comes back with that.
    pub(super) fn keep(&self, id: &DocumentId, name: String, state: Bytes) {
        self.registry.do_send(Call {
            document: id.clone(),
            request: Request::Keep(name, state),
        });
    }

    /// Waits for room to hold what a document was.
    pub(super) async fn restoring(&self) -> Result<OwnedSemaphorePermit, DocumentError> {
        let room = Arc::clone(&self.restoring).acquire_owned().await;
        room.map_err(|_| DocumentError::Stopping)
    }

    pub(super) fn scribe(&self) -> &Scribe {
        &self.scribe
    }

    /// Puts a tombstone on a document and ends its connections.
    pub async fn delete(&self, id: &DocumentId) -> Result<(), DocumentError> {
        self.known(id).await?;
        self.call(id, Request::Delete).await
    }

    /// Takes the tombstone off.
    pub async fn restore(&self, id: &DocumentId) -> Result<Record, DocumentError> {
        self.store
            .describe(id)
            .await?
            .ok_or(DocumentError::NotFound)?;
        self.call(id, Request::Restore).await
    }

    /// What is known about a document that is not deleted.
    pub async fn describe(&self, id: &DocumentId) -> Result<Summary, DocumentError> {
        let record = self.known(id).await?;
        let people = self.people(vec![id.clone()]).await;
        let people = people.get(id).copied().unwrap_or(0);
        Ok(Summary { record, people })
    }

    /// A page of the documents, and how many people each of them has.
    pub async fn list(
        &self,
        query: ListQuery,
    ) -> Result<(Page, HashMap<DocumentId, usize>), DocumentError> {
        let page = self.store.list(query).await?;
        let listed = page.records.iter().map(|record| record.document.clone());
        let people = self.people(listed.collect()).await;
        Ok((page, people))
    }

    /// Who is in some documents now and shows a name, so many of each at most. A document
    /// that is busy is not waited for, and one that is not in memory is not loaded: they are
    /// not among them then.
    pub async fn present(
        &self,
        of: impl Iterator<Item = &DocumentId>,
        most: usize,
    ) -> HashMap<DocumentId, Vec<Guise>> {
        let asked = of.map(|id| async move {
            let (reply, guises) = oneshot::channel();
            self.registry.do_send(CallIfThere {
                document: id.clone(),
                request: Request::Present(most, reply),
            });
            let guises = tokio::time::timeout(AT_ONCE, guises).await;
            Some((id.clone(), guises.ok()?.ok()?.ok()?))
        });
        join_all(asked).await.into_iter().flatten().collect()
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

    /// What the store knows of a document that is not deleted.
    pub(super) async fn known(&self, id: &DocumentId) -> Result<Record, DocumentError> {
        let record = self
            .store
            .describe(id)
            .await?
            .ok_or(DocumentError::NotFound)?;
        match record.deleted {
            Some(_) => Err(DocumentError::Deleted),
            None => Ok(record),
        }
    }

    async fn people(&self, of: Vec<DocumentId>) -> HashMap<DocumentId, usize> {
        self.registry.send(People { of }).await.unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Sort;
    use crate::store::memory::MemoryStore;

    /// A list asked documents who is in them that everybody had just left, and each of those
    /// was loaded for that.
    #[test]
    fn no_document_is_loaded_to_be_asked_who_is_in_it() {
        actix::System::new().block_on(async {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
            let documents = Documents::start(Arc::clone(&store), LiveSettings::default()).unwrap();
            let id = DocumentId::parse("plan").unwrap();
            store.create(&id, None).await.unwrap();
            let present = documents.present([&id].into_iter(), 5).await;
            assert_eq!(present, HashMap::new());
            let read = documents.read(&id, Format::Text, None, Visitor::UNKNOWN);
            read.await.unwrap();
            let present = documents.present([&id].into_iter(), 5).await;
            assert_eq!(
                present,
                HashMap::from([(id, Vec::new())]),
                "it is there now"
            );
            documents.stop().await.unwrap();
        });
    }

    /// Titles stand in the list's own table: what sorts by them opens no document.
    #[test]
    fn a_list_by_title_opens_no_document() {
        actix::System::new().block_on(async {
            let store = MemoryStore::default();
            let faults = store.faults();
            let store: Arc<dyn Store> = Arc::new(store);
            let documents = Documents::start(Arc::clone(&store), LiveSettings::default()).unwrap();
            for n in 0..2_500_u32 {
                let id = DocumentId::parse(&format!("plan-{n}")).unwrap();
                let title = format!("Title {:04}", 2_500 - n);
                store.create(&id, Some(title)).await.unwrap();
            }
            faults.hold_loads();
            let (mut titles, mut after) = (Vec::new(), None);
            loop {
                let query = ListQuery {
                    sort: Sort::Title,
                    limit: 1_000,
                    after,
                    ..ListQuery::default()
                };
                let (page, _) = documents.list(query).await.unwrap();
                titles.extend(page.records.into_iter().filter_map(|it| it.title));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!((titles.len(), faults.held()), (2_500, 0));
            assert!(titles.is_sorted());
            documents.stop().await.unwrap();
        });
    }
}
