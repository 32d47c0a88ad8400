//! The server as a value: built, asked for its addresses, run until told to
//! stop. Tests and `main` come through the same door.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::{AppConfig, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
#[cfg(unix)]
use socket2::SockRef;

use crate::attachments::Attachments;
use crate::collection::collects;
use crate::config::{Config, Durability, StoreKind};
use crate::http::{
    BodyLimit, Entrance, Gated, OriginPolicy, Readiness, SecurityHeaders, Turnstile, admit,
    compress, has_editor, routes, upgrade,
};
use crate::live::{Documents, HubHandle};
use crate::search::{Indexing, Search};
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::store::sqlite::{self, SqliteStore};
use crate::webhooks::{WebhookError, Webhooks};

/// The file in the data folder that says which documents are in hand.
const HAND: &str = "cowrite.hand";

/// How long requests that are being answered may take once the server stops.
/// WebSockets are closed before that and do not wait for it.
const SHUTDOWN_SECONDS: u64 = 2;

/// How long is read, and thrown away, what somebody still sends whose connection is
/// closed, so that the last answer arrives.
const LINGER: Duration = Duration::from_secs(1);

/// How long documents may take to get what they hold to disk when stopping.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that accepts connections once it is run.
pub struct Server {
    server: actix_web::dev::Server,
    documents: Documents,
    webhooks: Webhooks,
    indexing: Indexing,
    files: Attachments,
    readiness: Readiness,
    addresses: Vec<SocketAddr>,
}

/// Why a server could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The documents cannot be opened.
    #[error("{0}")]
    Store(String),
    /// It stopped, and not everything is as it should be on disk. What was
    /// acknowledged is there.
    #[error("the store did not close cleanly: {0}")]
    NotClosed(String),
    /// Receivers cannot be told of anything.
    #[error("webhooks: {0}")]
    Webhooks(#[from] WebhookError),
    /// The system refuses threads or sockets.
    #[error("the system refuses: {0}")]
    System(#[from] io::Error),
}

impl Server {
    /// Opens the store of `config` and listens.
    ///
    /// # Errors
    /// See [`ServerError`].
    pub fn build(config: &Config) -> Result<Self, ServerError> {
        let mut config = config.clone();
        let (store, files): (Arc<dyn Store>, _) = match config.store {
            StoreKind::Memory => (
                Arc::new(MemoryStore::with_retention(config.retention)),
                Attachments::in_memory(config.files.clone()),
            ),
            StoreKind::Sqlite => {
                // The store's lock keeps it to one process.
                config.live.hand = Some(config.data.join(HAND));
                config.webhooks.folder = Some(config.data.clone());
                config.search.folder = Some(config.data.clone());
                let options = sqlite::Options {
                    durability: match config.durability {
                        Durability::Fsync | Durability::RelayFirst => sqlite::Durability::Fsync,
                        Durability::Os => sqlite::Durability::Os,
                    },
                    retention: config.retention,
                    ..sqlite::Options::default()
                };
                let opened = SqliteStore::open(&config.data, options);
                let opened = opened.map_err(|error| ServerError::Store(error.to_string()))?;
                // Behind the store's lock, which keeps files to one process, too.
                let files = Attachments::open(&config.data, config.files.clone());
                (Arc::new(opened), files)
            }
        };
        Self::with(&config, store, files)
    }

    /// Listens, with a store of the caller's, and attached files in memory.
    ///
    /// # Errors
    /// See [`ServerError`].
    pub fn with_store(config: &Config, store: Arc<dyn Store>) -> Result<Self, ServerError> {
        Self::with(config, store, Attachments::in_memory(config.files.clone()))
    }

    /// Listens, with documents and attached files of the caller's.
    ///
    /// # Errors
    /// See [`ServerError`].
    pub fn with(
        config: &Config,
        store: Arc<dyn Store>,
        files: Attachments,
    ) -> Result<Self, ServerError> {
        let address = config.listen;
        let listener =
            TcpListener::bind(address).map_err(|error| ServerError::Listen { address, error })?;
        // Hundreds may come back in the same moment, after a restart for example. Past
        // the 128 of the standard library they would try again after a second.
        #[cfg(unix)]
        SockRef::from(&listener).listen(BACKLOG)?;
        let addresses = vec![listener.local_addr()?];
        let documents = Documents::start(store, config.live.clone())?;
        let webhooks = Webhooks::start(documents.clone(), config.webhooks.clone())?;
        let (search, indexing) = Search::start(documents.clone(), config.search.clone())?;
        let readiness = Readiness::default();
        let origins = OriginPolicy {
            allowed: config.allowed_origins.clone(),
            loopback: address.ip().is_loopback(),
        };
        let body = BodyLimit(config.live.message_bytes);
        let entrance = Entrance::new(
            Turnstile::new(config.connections),
            config.trusted_proxies.clone(),
            config.request_timeout,
            config.live.slow_client_timeout,
        );
        let greeter = entrance.clone();
        let shared = (
            web::Data::new(documents.clone()),
            web::Data::new(files.clone()),
            web::Data::new(search),
            web::Data::new(readiness.clone()),
            web::Data::new(origins),
            web::Data::new(body),
            web::Data::new(entrance),
        );
        let patience = config.live.slow_client_timeout;
        let app = move |hub: HubHandle| {
            let (documents, files, search, readiness, origins, limit, entrance) = shared.clone();
            App::new()
                .wrap(from_fn(compress))
                .wrap(from_fn(admit))
                .wrap(SecurityHeaders::middleware())
                .app_data(documents)
                .app_data(files)
                .app_data(search)
                .app_data(readiness)
                .app_data(origins)
                .app_data(limit)
                .app_data(entrance)
                .app_data(hub)
                .configure(routes)
        };
        let timeout = config.request_timeout;
        let builder = actix_server::Server::build();
        let stopping = builder.graceful_shutdown_signal();
        // By hand what `HttpServer` does, for the gate.
        let serve = move || {
            let (greeter, stopping) = (greeter.clone(), stopping.clone());
            let hub = HubHandle::start();
            let (app, opening) = (app(hub.clone()), app(hub));
            let app = app
                .into_factory()
                .map_err(|error: actix_web::Error| error.error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(timeout)
                .client_request_timeout(timeout)
                .client_disconnect_timeout(LINGER)
                // Who ends the connection does not wait for an answer.
                .h1_allow_half_closed(false)
                .local_addr(address)
                .on_connect_ext(move |connection: &Gated, data| {
                    greeter.greet(connection, data);
                    end_stuck_connections(connection.stream(), patience);
                })
                .upgrade(upgrade(
                    map_config(opening, |()| AppConfig::default()),
                    LINGER,
                ))
                .finish(map_config(app, |()| AppConfig::default()));
            fn_service(async |stream: TcpStream| {
                if let Err(error) = stream.set_nodelay(true) {
                    log::debug!("small frames may wait for each other: {error}");
                }
                let peer = stream.peer_addr().ok();
                Ok((Gated::new(stream), Protocol::Http1, peer))
            })
            .and_then(http)
        };
        let server = builder
            .workers(config.workers)
            // The entrance counts; the library must not stop accepting before that.
            .max_concurrent_connections(config.connections.total + config.connections.refused)
            .shutdown_timeout(SHUTDOWN_SECONDS)
            .disable_signals()
            .listen("cowrite", listener, serve)?
            .run();
        if !has_editor() {
            log::warn!("built without the web editor: install Node.js 20.19+ and build again");
        }
        Ok(Self {
            server,
            documents,
            webhooks,
            indexing,
            files,
            readiness,
            addresses,
        })
    }

    /// Where it listens; the real port where 0 was asked for.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The documents it serves.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Serves until `stop` resolves, then stops in order: not ready any more,
    /// documents durable and sessions told 1001, connections closed, store
    /// closed.
    ///
    /// # Errors
    /// When serving itself fails, or the store at the end.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self {
            server,
            documents,
            mut webhooks,
            mut indexing,
            files,
            readiness,
            ..
        } = self;
        let collecting = actix_web::rt::spawn(collects(documents.clone(), files));
        let handle = server.handle();
        let stopping = async move {
            stop.await;
            log::info!("stopping");
            readiness.stopping();
            collecting.abort();
            let stopped = stop_in_order(&documents, &handle).await;
            let others = futures_util::future::join(webhooks.ended(), indexing.ended());
            let _ = tokio::time::timeout(LINGER, others).await;
            stopped
        };
        // The server future ends when its handle was told to stop.
        let (served, stopped) = futures_util::future::join(server, stopping).await;
        served?;
        stopped
    }
}

async fn stop_in_order(documents: &Documents, handle: &ServerHandle) -> Result<(), ServerError> {
    let stopped = tokio::time::timeout(DRAIN_TIMEOUT, documents.stop()).await;
    handle.stop(true).await;
    match stopped {
        Ok(closed) => closed.map_err(|error| ServerError::NotClosed(error.to_string())),
        Err(_) => Err(ServerError::NotClosed(
            "the disk did not answer in time; nobody was told that it did".to_owned(),
        )),
    }
}

/// Connections that may wait to be accepted.
#[cfg(unix)]
const BACKLOG: i32 = 1024;

/// How much of what was not sent yet may lie in the kernel. It would take
/// megabytes for a client that does not read; in the outbox they are counted and
/// can be replaced by less.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 64 << 10;

/// A client that stops reading is not polled, so nobody in here would notice:
/// the kernel ends the connection when what was sent stays unacknowledged.
fn end_stuck_connections(stream: &TcpStream, patience: Duration) {
    #[cfg(target_os = "linux")]
    {
        let socket = SockRef::from(stream);
        if let Err(error) = socket.set_tcp_user_timeout(Some(patience)) {
            log::warn!("a stuck client will not be noticed: {error}");
        }
        if let Err(error) = socket.set_tcp_notsent_lowat(UNSENT_BYTES) {
            log::debug!("the kernel decides how much it takes for a slow client: {error}");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, patience);
}

/// Resolves on SIGTERM, SIGHUP (the terminal closed) or Ctrl-C.
pub async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) {
            (Ok(mut terminate), Ok(mut hang_up)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = hang_up.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
                return;
            }
            (Err(error), _) | (_, Err(error)) => {
                log::warn!("only Ctrl-C stops this server in order: {error}");
            }
        }
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        log::error!("Ctrl-C cannot be heard: {error}");
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests;
