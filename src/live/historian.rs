//! Makes documents as they were, off the threads of those that are open.
//!
//! One at a time: what was is in nobody's way. What is read from such a document is
//! read here too, since walking through it takes as long as making it.
//!
//! Nothing is noted in hand here: every update of a history was applied before, and
//! the document that is open is not to be refused for what it was.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::live::answer::DocumentError;
use crate::live::pool::YRS_STACK_BYTES;
use crate::replica::{Limits, Replica};
use crate::store::Past;

type Task = Box<dyn FnOnce() + Send>;

/// So many may have what they want to be remembered in memory at once: one that is being
/// read, and one to go on with.
const READY: usize = 2;

/// The way to the thread that remembers. It ends with the last handle.
#[derive(Debug, Clone)]
pub struct Historian {
    tasks: mpsc::Sender<Task>,
    turn: Arc<Semaphore>,
}

impl Historian {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start() -> io::Result<Self> {
        let (send, receive) = mpsc::channel::<Task>();
        thread::Builder::new()
            .name("historian".to_owned())
            .stack_size(YRS_STACK_BYTES)
            .spawn(move || receive.into_iter().for_each(|task| task()))?;
        Ok(Self {
            tasks: send,
            turn: Arc::new(Semaphore::new(READY)),
        })
    }

    /// Waits for the turn to read from the store what is to be remembered: as long as it
    /// is held, there is room for it.
    ///
    /// # Errors
    /// [`DocumentError::Stopping`].
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, DocumentError> {
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        turn.map_err(|_| DocumentError::Stopping)
    }

    /// Makes documents of what a store recalled, each update through the guard, and
    /// reads from them.
    ///
    /// # Errors
    /// [`DocumentError::Lost`] when what is kept makes no document.
    pub async fn remember<T: Send + 'static>(
        &self,
        pasts: Vec<Past>,
        limits: Limits,
        read: impl FnOnce(&mut [Replica]) -> T + Send + 'static,
    ) -> Result<T, DocumentError> {
        self.think(move || {
            let load = |past: Past| {
                let loaded = Replica::load(&past.parts(), limits.clone());
                loaded.map_err(|error| DocumentError::Lost(error.to_string()))
            };
            let mut replicas = pasts.into_iter().map(load).collect::<Result<Vec<_>, _>>()?;
            Ok(read(&mut replicas))
        })
        .await
    }

    /// Does something that takes long.
    ///
    /// # Errors
    /// What it says; [`DocumentError::Lost`] when it breaks.
    pub async fn think<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, DocumentError> + Send + 'static,
    ) -> Result<T, DocumentError> {
        let (answer, thought) = oneshot::channel();
        let task: Task = Box::new(move || {
            // Nobody waits for it any more.
            if answer.is_closed() {
                return;
            }
            let done = catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err(DocumentError::Lost("reading it failed".to_owned())));
            drop(answer.send(done));
        });
        self.tasks.send(task).map_err(|_| DocumentError::Stopping)?;
        thought.await.unwrap_or(Err(DocumentError::Stopping))
    }
}
