//! A server in this process, on a thread and a port of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use cowrite::config::Config;
use cowrite::server::{Server, ServerError};
use cowrite::store::Store;
use cowrite::store::memory::{Faults, MemoryStore};
use cowrite::store::sqlite::SqliteStore;
use tokio::sync::oneshot;

use super::client::Client;
use super::in_time;
use super::rest::Rest;

/// A running server. It is told to stop when it is dropped.
pub struct TestServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
}

/// What the tests run with: few threads, as many new documents as a story needs,
/// defaults otherwise.
pub fn config() -> Config {
    let mut config = Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        workers: 2,
        ..Config::default()
    };
    config.live.threads = 2;
    // Everybody in a story comes from this machine.
    config.live.documents_a_minute = 0;
    config
}

impl TestServer {
    /// A server that keeps documents in memory.
    pub async fn start() -> Self {
        Self::over(MemoryStore::new()).await
    }

    /// A server whose store can be told to misbehave.
    pub async fn with_faults() -> (Self, Faults) {
        let store = MemoryStore::new();
        let faults = store.faults();
        (Self::over(store).await, faults)
    }

    /// A server over a store of the story's own.
    pub async fn over(store: impl Store) -> Self {
        Self::with(config(), Arc::new(store)).await
    }

    /// A server that keeps documents in `folder`.
    pub async fn on_disk(folder: &Path) -> Self {
        let store = SqliteStore::open(folder, Default::default()).expect("an open store");
        Self::over(store).await
    }

    /// A server with settings of the story's own.
    pub async fn with(config: Config, store: Arc<dyn Store>) -> Self {
        let _ = env_logger::builder().is_test(true).try_init();
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix::System::new().block_on(async move {
                let server = Server::with_store(&config, store).expect("a server");
                ready.send(server.addresses()[0]).expect("somebody waits");
                let served = server.run_until(async {
                    let _ = stopped.await;
                });
                served.await
            })
        });
        let address = tokio::task::spawn_blocking(move || started.recv());
        Self {
            address: address.await.unwrap().expect("a server that starts"),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn rest(&self) -> Rest {
        Rest::of(self.address)
    }

    /// Somebody opens a document and has read all of it.
    pub async fn welcomes(&self, name: &str, document: &str) -> Client {
        Client::joins(self.address, name, document).await
    }

    /// Stops as SIGTERM would and waits for the end.
    pub async fn stops(self) {
        self.ends().await.expect("a server that stops in order");
    }

    /// The same where something is to go wrong; returns what.
    pub async fn ends_badly(self) -> String {
        self.ends().await.expect_err("trouble").to_string()
    }

    async fn ends(mut self) -> Result<(), ServerError> {
        drop(self.stop.take());
        let thread = self.thread.take().expect("it runs");
        let ended = tokio::task::spawn_blocking(move || thread.join());
        in_time("the server stops", ended)
            .await
            .unwrap()
            .expect("a server that ends without a panic")
    }
}
