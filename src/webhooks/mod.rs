//! Webhooks: receivers elsewhere are told, over HTTP, what happens to documents.
//!
//! A thread of its own compares what the store says of a document with what each receiver
//! was told, whenever something happened and when it starts. So nothing is lost between a
//! commit and a queue, however the process ends, and no edit waits for a receiver. What is
//! told is the difference: however much was written meanwhile, it is one delivery.
//!
//! Of one document and receiver one delivery is on its way at a time, the same one until it
//! was taken or given up: at least once, and in order. Receivers do not wait for each other.
//!
//! `hook` says who is told, `news` what is new of a document,
//! `queue` what was told, `signature` and `post` deliver, `round` does all that for one
//! receiver. This room names `id` and `live`, SQLite and the HTTP library; never `http`,
//! `store`, `replica` or the configuration.

mod hook;
mod news;
mod post;
mod queue;
mod round;
mod signature;

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::live::Documents;
pub use hook::{Hook, HookError, Kind, Secret};
pub use queue::QueueError;

use post::Post;
use queue::Queue;
use round::Round;

/// Everything about webhooks that can be set.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Who is told.
    pub hooks: Vec<Hook>,
    /// Whether receivers may be at addresses that are not of the internet.
    pub private: bool,
    /// After so long without a change of a document it is told,
    pub pause: Duration,
    /// and after so long with them.
    pub longest: Duration,
    /// How long a receiver may take.
    pub timeout: Duration,
    /// What was not taken is tried again after so long, then after twice that, and so on,
    pub retry: Duration,
    /// up to so long.
    pub retry_longest: Duration,
    /// After so many attempts it is given up.
    pub attempts: u32,
    /// The folder of the queue; without one it is kept in memory.
    pub folder: Option<PathBuf>,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            hooks: Vec::new(),
            private: false,
            pause: Duration::from_secs(2),
            longest: Duration::from_secs(30),
            timeout: Duration::from_secs(10),
            retry: Duration::from_secs(5),
            retry_longest: Duration::from_secs(6 * 60 * 60),
            attempts: 20,
            folder: None,
        }
    }
}

/// Why nobody can be told.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// What was told is not known.
    #[error("{0}")]
    Queue(#[from] QueueError),
    /// The system refuses a thread, or TLS.
    #[error("the system refuses: {0}")]
    System(#[from] io::Error),
}

/// The thread that tells. It ends when the documents are stopped.
#[derive(Debug)]
pub struct Webhooks(Option<oneshot::Receiver<()>>);

impl Webhooks {
    /// Starts to tell, if there is anybody to be told.
    ///
    /// # Errors
    /// See [`WebhookError`].
    pub fn start(documents: Documents, settings: WebhookSettings) -> Result<Self, WebhookError> {
        if settings.hooks.is_empty() {
            return Ok(Self(None));
        }
        let mut queue = Queue::open(settings.folder.as_deref())?;
        let keys: Vec<String> = settings.hooks.iter().map(Hook::key).collect();
        queue.keep_only(&keys)?;
        let post = Post::new(settings.timeout, settings.private)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // From here on nothing is missed; what was before is compared.
        let listening: Vec<_> = settings
            .hooks
            .iter()
            .map(|hook| documents.every(vec![hook.prefix.clone()]))
            .collect();
        for hook in &settings.hooks {
            log::info!(
                "webhook {} is told of documents {:?}…",
                hook.target,
                hook.prefix
            );
        }
        let (ends, ended) = oneshot::channel();
        thread::Builder::new()
            .name("webhooks".to_owned())
            .spawn(move || {
                let settings = Rc::new(settings);
                let queue = Rc::new(RefCell::new(queue));
                let rounds = settings.hooks.iter().zip(listening).map(|(hook, every)| {
                    let (settings, queue) = (Rc::clone(&settings), Rc::clone(&queue));
                    Round::new(
                        hook.clone(),
                        settings,
                        documents.clone(),
                        queue,
                        post.clone(),
                    )
                    .goes_on(every)
                });
                runtime.block_on(join_all(rounds));
                // A name may still be being looked up.
                runtime.shutdown_background();
                drop(queue);
                let _ = ends.send(());
            })?;
        Ok(Self(Some(ended)))
    }

    /// Waits until the thread has ended, which it does once the documents are stopped.
    pub async fn ended(&mut self) {
        if let Some(ended) = self.0.take() {
            let _ = ended.await;
        }
    }
}
