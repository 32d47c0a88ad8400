//! Loads documents, off the threads of those that are open.
//!
//! A document that is long to load keeps nobody waiting but those who want it,
//! and those who come to the loader when all of its threads are busy.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::id::DocumentId;
use crate::live::hand::Hand;
use crate::live::pool::YRS_STACK_BYTES;
use crate::replica::{Limits, LoadError, Replica};
use crate::store::During;

/// So many documents are loaded at the same time.
const THREADS: usize = 2;

struct Task {
    document: DocumentId,
    updates: Vec<Bytes>,
    limits: Limits,
    answer: oneshot::Sender<Result<Box<Replica>, LoadError>>,
}

/// The way to the threads that load. They end with the last handle.
#[derive(Debug, Clone)]
pub struct Loader(mpsc::Sender<Task>);

impl Loader {
    /// Starts the threads. They note what they have in hand.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(hand: Hand) -> io::Result<Self> {
        let (send, receive) = mpsc::channel::<Task>();
        let receive = Arc::new(Mutex::new(receive));
        for number in 0..THREADS {
            let receive = Arc::clone(&receive);
            let hand = hand.clone();
            thread::Builder::new()
                .name(format!("loader-{number}"))
                .stack_size(YRS_STACK_BYTES)
                .spawn(move || while work(&receive, &hand) {})?;
        }
        Ok(Self(send))
    }

    /// Builds a document from what a store kept, oldest first: see
    /// [`Replica::load`].
    pub async fn load(
        &self,
        document: DocumentId,
        updates: Vec<Bytes>,
        limits: Limits,
    ) -> Result<Box<Replica>, LoadError> {
        let (answer, loaded) = oneshot::channel();
        let gone = || LoadError {
            part: 0,
            reason: "the loader ended".to_owned(),
        };
        let task = Task {
            document,
            updates,
            limits,
            answer,
        };
        self.0.send(task).map_err(|_| gone())?;
        loaded.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Does the next task. `false` when no more will come.
fn work(tasks: &Mutex<mpsc::Receiver<Task>>, hand: &Hand) -> bool {
    // Who waits for a task holds the lock; the others wait for that.
    let next = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(task) = next else { return false };
    // Nobody waits for it any more.
    if task.answer.is_closed() {
        return true;
    }
    let updates: Vec<&Bytes> = task.updates.iter().collect();
    let in_hand = hand.takes(&task.document, During::Loading);
    let loaded = Replica::load(&updates, task.limits).map(Box::new);
    drop(in_hand);
    let _ = task.answer.send(loaded);
    true
}
