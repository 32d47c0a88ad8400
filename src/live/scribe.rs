//! Formats, made and read off the documents' threads and off those of the sockets.
//!
//! To write a large document in a format takes as long as a thousand keystrokes, and
//! to read one that comes in may take longer than its size tells. So a document only
//! makes the tree and goes on; the rest is done here, on threads of their own, in the
//! order in which it was asked for.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::export::comments::{Thread, written};
use crate::export::tree::Tree;
use crate::export::{self, Content, Format, ImportError, Simplified};
use crate::live::pool::YRS_STACK_BYTES;

/// Threads: one may be busy with what somebody sent while the other writes.
const THREADS: usize = 2;

/// What is to be done, and told to whom.
type Task = Box<dyn FnOnce() + Send>;

/// Content in a format, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub body: Bytes,
    /// What the format cannot express.
    pub simplified: Simplified,
}

/// The source of what is to be written.
#[derive(Debug)]
pub enum Source {
    /// What was read from a root, and the title of its document.
    Content(Content, String),
    /// The same of a document, with what is said about it.
    Commented(Tree, Vec<Thread>, String),
    /// What is said about a document.
    Comments(Vec<Thread>),
    /// The whole state, v1.
    State(Bytes),
}

/// The way to the threads. They end with the last handle.
#[derive(Debug, Clone)]
pub struct Scribe {
    tasks: mpsc::Sender<Task>,
}

impl Scribe {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start() -> io::Result<Self> {
        let (send, receive) = mpsc::channel::<Task>();
        let receive = Arc::new(Mutex::new(receive));
        for number in 0..THREADS {
            let tasks = Arc::clone(&receive);
            thread::Builder::new()
                .name(format!("scribe-{number}"))
                .stack_size(YRS_STACK_BYTES)
                .spawn(move || {
                    loop {
                        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        match task {
                            Ok(task) => task(),
                            Err(_) => return,
                        }
                    }
                })?;
        }
        Ok(Self { tasks: send })
    }

    /// Writes content in a format. `None`: that failed.
    pub async fn write(&self, source: Source, format: Format) -> Option<Written> {
        self.does(move || write(source, format)).await.flatten()
    }

    /// Reads content of a format into an update, v1, that writes it into an empty
    /// document under this title.
    ///
    /// # Errors
    /// When it is not what the format says, or too large. The outer `None`: that
    /// failed.
    pub async fn read(
        &self,
        content: Bytes,
        format: Format,
        title: Option<String>,
    ) -> Option<Result<Read, ImportError>> {
        self.does(move || {
            let imported = export::format::read(&content, format)?;
            Some(imported.map(|imported| {
                Read {
                    update: export::encoding::update(
                        &imported.tree,
                        export::DEFAULT_ROOT,
                        title.as_deref(),
                    )
                    .into(),
                    simplified: imported.simplified,
                }
            }))
        })
        .await
        .flatten()
    }

    /// A panic of a library is a task that failed, and no more. A task that nobody waits
    /// for any more when its turn comes is not begun.
    pub(crate) async fn does<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, done) = oneshot::channel();
        let task = move || {
            if answer.is_closed() {
                return;
            }
            if let Ok(made) = catch_unwind(AssertUnwindSafe(task)) {
                let _ = answer.send(made);
            }
        };
        self.tasks.send(Box::new(task)).ok()?;
        done.await.ok()
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The document, as an update.
    pub update: Bytes,
    /// What could not be kept as it was.
    pub simplified: Simplified,
}

/// Writes content in a format. A panic of what writes it is content that cannot be
/// written, and no more: this may be called on the thread of a document.
pub fn write(source: Source, format: Format) -> Option<Written> {
    catch_unwind(AssertUnwindSafe(|| made(source, format))).unwrap_or_else(|_| {
        log::error!("content could not be written as {}", format.name());
        None
    })
}

fn made(source: Source, format: Format) -> Option<Written> {
    match source {
        Source::State(state) if format == Format::YjsV2 => Some(Written {
            body: export::encoding::second_version(&state)?.into(),
            simplified: Simplified::default(),
        }),
        Source::State(body) => Some(Written {
            body,
            simplified: Simplified::default(),
        }),
        Source::Commented(tree, threads, title) => {
            let rendered = written::document(&tree, &threads, format, &title)?;
            Some(Written {
                body: rendered.body.into(),
                simplified: rendered.simplified,
            })
        }
        Source::Comments(threads) => Some(Written {
            body: serde_json::json!({ "comments": written::json(&threads) })
                .to_string()
                .into(),
            simplified: Simplified::default(),
        }),
        Source::Content(content, title) => {
            let rendered = export::format::write(&content, format, &title);
            Some(Written {
                body: rendered.body.into(),
                simplified: rendered.simplified,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;

    use super::*;

    /// What was asked for by somebody who had gone was done all the same, in its turn, and
    /// whoever came later waited for that.
    #[tokio::test]
    async fn what_nobody_waits_for_is_not_begun() {
        let scribe = Scribe::start().unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        // Both threads are held until the others have asked and gone.
        let (begun, mut at_work) = tokio::sync::mpsc::unbounded_channel();
        let mut held = Vec::new();
        for _ in 0..THREADS {
            let (release, released) = mpsc::channel::<()>();
            let (scribe, begun) = (scribe.clone(), begun.clone());
            let holding = tokio::spawn(async move {
                let holds = move || {
                    let _ = begun.send(());
                    let _ = released.recv();
                };
                scribe.does(holds).await
            });
            held.push((release, holding));
            at_work.recv().await.unwrap();
        }
        let counts = |done: &Arc<AtomicUsize>| {
            let done = Arc::clone(done);
            move || done.fetch_add(1, Ordering::SeqCst)
        };
        for _ in 0..8 {
            let asked = scribe.does(counts(&done));
            assert_eq!(asked.now_or_never(), None, "all are busy");
        }
        let stays = scribe.does(counts(&done));
        let releases = async {
            for (release, holding) in held {
                drop(release);
                assert_eq!(holding.await.unwrap(), Some(()));
            }
        };
        let (stays, ()) = tokio::join!(stays, releases);
        assert_eq!(stays, Some(0), "it is the first that is done");
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }
}
