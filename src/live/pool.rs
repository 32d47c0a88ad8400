//! The threads that carry documents: one arbiter per core.
//!
//! They have larger stacks than a default thread, because Yrs recurses over
//! nested types (docs/design.md, §4).

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use actix::{ArbiterHandle, System};

/// Stack of a thread that runs Yrs.
pub const YRS_STACK_BYTES: usize = 16 << 20;

/// How often each thread says that it gets on.
const BEAT: Duration = Duration::from_millis(500);

/// Beats are counted from here.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Arbiters for documents, dealt out in turn.
#[derive(Debug, Clone)]
pub struct Pool {
    arbiters: Arc<[ArbiterHandle]>,
    beats: Arc<[Heartbeat]>,
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
            .collect::<io::Result<Arc<[_]>>>()?;
        let beats = arbiters.iter().map(Heartbeat::of).collect();
        Ok(Self {
            arbiters,
            beats,
            next: Arc::new(AtomicUsize::new(0)),
        })
    }

    /// The arbiter for the next document; it stays there for its life.
    pub fn arbiter(&self) -> &ArbiterHandle {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.arbiters[next % self.arbiters.len()]
    }

    /// For how long the thread has been busy that said nothing for longest.
    pub fn busy_for(&self) -> Option<Duration> {
        self.beats.iter().map(Heartbeat::age).max()
    }

    /// Ends the threads. Documents still on them are dropped.
    pub fn stop(&self) {
        for arbiter in self.arbiters.iter() {
            arbiter.spawn_fn(|| System::current().stop());
        }
    }
}

/// When a thread last got around to saying that it gets on, in milliseconds.
#[derive(Debug, Clone)]
struct Heartbeat(Arc<AtomicU64>);

impl Heartbeat {
    /// The heartbeat of an arbiter, which begins now.
    fn of(arbiter: &ArbiterHandle) -> Self {
        let heartbeat = Self(Arc::new(AtomicU64::new(now())));
        let beats = heartbeat.clone();
        arbiter.spawn(async move {
            loop {
                beats.0.store(now(), Ordering::Release);
                tokio::time::sleep(BEAT).await;
            }
        });
        heartbeat
    }

    fn age(&self) -> Duration {
        Duration::from_millis(now().saturating_sub(self.0.load(Ordering::Acquire)))
    }
}

fn now() -> u64 {
    BEGINNING.elapsed().as_millis() as u64
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
