//! The threads that carry documents: one arbiter per core.
//!
//! They have larger stacks than a default thread, because Yrs recurses over
//! nested types (docs/design.md, "Ground").

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use actix::{ArbiterHandle, System};

/// Stack of a thread that runs Yrs.
pub const YRS_STACK_BYTES: usize = 16 << 20;

/// Arbiters for documents, dealt out in turn.
#[derive(Debug, Clone)]
pub struct Pool {
    arbiters: Arc<[ArbiterHandle]>,
    next: Arc<AtomicUsize>,
}

impl Pool {
    /// Starts `threads` arbiters.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(threads: usize) -> io::Result<Self> {
        let arbiters = (0..threads.max(1))
            .map(start_arbiter)
            .collect::<io::Result<_>>()?;
        Ok(Self {
            arbiters,
            next: Arc::new(AtomicUsize::new(0)),
        })
    }

    /// The arbiter for the next document; it stays there for its life.
    pub fn arbiter(&self) -> &ArbiterHandle {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.arbiters[next % self.arbiters.len()]
    }

    /// Ends the threads. Documents still on them are dropped.
    pub fn stop(&self) {
        for arbiter in self.arbiters.iter() {
            arbiter.spawn_fn(|| System::current().stop());
        }
    }
}

/// An arbiter of actix has a default stack; a system of its own on a thread of
/// ours has the one we give it.
fn start_arbiter(number: usize) -> io::Result<ArbiterHandle> {
    let (send, receive) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name(format!("documents-{number}"))
        .stack_size(YRS_STACK_BYTES)
        .spawn(move || {
            let system = System::new();
            let _ = send.send(System::current().arbiter().clone());
            if let Err(error) = system.run() {
                log::error!("a document thread ended: {error}");
            }
        })?;
    receive
        .recv()
        .map_err(|_| io::Error::other("a document thread did not start"))
}
