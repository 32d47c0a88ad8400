//! Full-text search: what documents say, found by their words.
//!
//! A thread of its own keeps an index of the documents. It hears which of them are on
//! disk further than before, waits until they rest, and reads them as history is read,
//! off the threads of those who write; what happened while it did not run, it finds by
//! comparing the list of documents with what the index knows. So an edit costs a look into
//! a table, and an index that is lost is made anew.
//!
//! `index` is the database, `words` how texts and questions are taken apart, `indexer` who
//! reads the documents, `links` which of them lead to which, `excerpt` what is shown of one. This room names `id`,
//! `live` and SQLite; never `http`, `store`, `replica` or the configuration.

mod excerpt;
mod index;
mod indexer;
mod links;
mod words;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use crate::live::Documents;
pub use index::{Hit, Place, SearchError};
pub use words::Part;

use index::Index;
use indexer::Indexer;

/// The longest question, in Unicode scalar values.
pub const LONGEST_QUESTION: usize = 512;

/// So many questions are answered at once; others wait. Those that are short, since they
/// are about some documents only, do not wait behind those that are not.
const AT_ONCE: usize = 2;

/// Everything about search that can be set.
#[derive(Debug, Clone)]
pub struct SearchSettings {
    /// After so long without a change of a document it is read,
    pub pause: Duration,
    /// and after so long with them.
    pub longest: Duration,
    /// The folder of the index; without one it is kept in memory.
    pub folder: Option<PathBuf>,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(2),
            longest: Duration::from_secs(20),
            folder: None,
        }
    }
}

/// The way to what is found. Clones lead to the same index.
#[derive(Debug, Clone)]
pub struct Search {
    index: Option<Index>,
    room: Arc<Semaphore>,
    room_for_short: Arc<Semaphore>,
}

/// The thread that keeps the index. It ends when the documents are stopped.
#[derive(Debug)]
pub struct Indexing(Option<oneshot::Receiver<()>>);

impl Search {
    /// Opens the index and starts to keep it. Where there can be none, documents are
    /// served all the same, and nothing is found.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(documents: Documents, settings: SearchSettings) -> io::Result<(Self, Indexing)> {
        let mut search = Self {
            index: None,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            room_for_short: Arc::new(Semaphore::new(AT_ONCE)),
        };
        let index = match Index::open(settings.folder.as_deref()) {
            Ok(index) => index,
            Err(error) => {
                log::error!("nothing can be searched for: {error}");
                return Ok((search, Indexing(None)));
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // From here on nothing is missed; what was before is compared.
        let every = documents.every(vec![String::new()]);
        let indexer = Indexer::new(documents, index.clone(), &settings);
        let (ends, ended) = oneshot::channel();
        thread::Builder::new()
            .name("search".to_owned())
            .spawn(move || {
                runtime.block_on(indexer.goes_on(every));
                let _ = ends.send(());
            })?;
        search.index = Some(index);
        Ok((search, Indexing(Some(ended))))
    }

    /// Looks for what somebody typed in documents whose names begin with `prefix`. The best
    /// come first, after a `place` if given, and at most so many.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn find(
        &self,
        typed: String,
        prefix: String,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let look = move |index: &Index| index.find(&typed, &prefix, after, limit);
        self.asks(&self.room, look).await
    }
}

impl Search {
    /// How the texts of some documents begin, by their names: those that the index knows.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn beginnings(
        &self,
        names: Vec<String>,
    ) -> Result<HashMap<String, String>, SearchError> {
        let ask = move |index: &Index| index.beginnings(&names);
        let told = self.asks(&self.room_for_short, ask).await?;
        Ok(told.into_iter().collect())
    }

    /// The names of documents that link to one, those that follow `after`, in order, and at
    /// most so many. A link names no host, or one of these.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub async fn links_to(
        &self,
        name: String,
        hosts: Vec<String>,
        after: String,
        limit: usize,
    ) -> Result<Vec<String>, SearchError> {
        let ask = move |index: &Index| index.links_to(&name, &hosts, &after, limit);
        self.asks(&self.room_for_short, ask).await
    }

    /// Asks the index once there is room. Who is not waited for any more before that does
    /// not ask.
    async fn asks<T: Send + 'static>(
        &self,
        room: &Arc<Semaphore>,
        ask: impl FnOnce(&Index) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let unavailable = |what: &str| SearchError::Unavailable(what.to_owned());
        let index = self.index.clone();
        let index = index.ok_or_else(|| unavailable("there is none"))?;
        let room = Arc::clone(room).acquire_owned().await;
        let room = room.map_err(|_| unavailable("the server is shutting down"))?;
        // It is looked for to the end, whether or not somebody waits.
        let asked = move || {
            let _room = room;
            ask(&index)
        };
        let told = tokio::task::spawn_blocking(asked).await;
        told.unwrap_or_else(|_| Err(unavailable("looking for it failed")))
    }
}

impl Indexing {
    /// Waits until the thread has ended, which it does once the documents are stopped.
    pub async fn ended(&mut self) {
        if let Some(ended) = self.0.take() {
            let _ = ended.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    /// Each list that was asked for took a thread of its own to wait for the index, however
    /// many were asked for at once.
    #[tokio::test]
    async fn few_ask_the_index_at_once() {
        let search = Search {
            index: Some(Index::open(None).unwrap()),
            room: Arc::new(Semaphore::new(AT_ONCE)),
            room_for_short: Arc::new(Semaphore::new(AT_ONCE)),
        };
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let asks = (0..16).map(|_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            search.asks(&search.room_for_short, move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(5));
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        });
        for asked in join_all(asks).await {
            assert_eq!(asked, Ok(()));
        }
        assert!(most.load(Ordering::SeqCst) <= AT_ONCE);
    }
}
