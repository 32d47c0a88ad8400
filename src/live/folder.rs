//! Proves snapshots, off the documents' threads and one at a time.
//!
//! A snapshot may replace journal rows only after it was loaded into a fresh
//! document and found equal. That costs as much as loading, so it has a thread
//! of its own, and at most one such copy is in memory.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::live::pool::YRS_STACK_BYTES;
use crate::replica::{LoadError, verify_snapshot};
use crate::wire::guard;

struct Task {
    snapshot: Bytes,
    fingerprint: String,
    guard: guard::Limits,
    answer: oneshot::Sender<Result<(), LoadError>>,
}

/// The way to the thread that proves snapshots. It ends with the last handle.
#[derive(Debug, Clone)]
pub struct Folder {
    tasks: mpsc::Sender<Task>,
    /// Documents that may still be folded because the server stops.
    last: Arc<AtomicUsize>,
}

/// So many documents are folded when the server stops. The journals of others are
/// loaded by the next one as they are.
const LAST_FOLDS: usize = 32;

impl Folder {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start() -> io::Result<Self> {
        let (send, receive) = mpsc::channel::<Task>();
        thread::Builder::new()
            .name("folder".to_owned())
            .stack_size(YRS_STACK_BYTES)
            .spawn(move || {
                for task in receive {
                    let proof = prove(&task);
                    let _ = task.answer.send(proof);
                }
            })?;
        Ok(Self {
            tasks: send,
            last: Arc::new(AtomicUsize::new(LAST_FOLDS)),
        })
    }

    /// Whether one more document may be folded because the server stops.
    pub fn folds_last(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        let taken = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok()
    }

    /// Proves that `snapshot` loads and is the state with this `fingerprint`.
    pub async fn verify(
        &self,
        snapshot: Bytes,
        fingerprint: String,
        guard: guard::Limits,
    ) -> Result<(), LoadError> {
        let (answer, proof) = oneshot::channel();
        let gone = || LoadError {
            part: 0,
            reason: "the prover ended".to_owned(),
        };
        self.tasks
            .send(Task {
                snapshot,
                fingerprint,
                guard,
                answer,
            })
            .map_err(|_| gone())?;
        proof.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// A panic of the library is a snapshot that is not proven, and no more.
fn prove(task: &Task) -> Result<(), LoadError> {
    let verify = || verify_snapshot(&task.snapshot, &task.fingerprint, &task.guard);
    catch_unwind(AssertUnwindSafe(verify)).unwrap_or_else(|_| {
        Err(LoadError {
            part: 0,
            reason: "proving it failed".to_owned(),
        })
    })
}
