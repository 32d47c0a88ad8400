//! The options of `serve`, as they are given: nothing is checked here but types.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::size::Size;
use super::webhook::Webhook;
use super::{ConfigError, Durability, StoreKind, address, webhook};

/// The options of `serve`. Each is also a line in the configuration file (with
/// underscores) and an environment variable (`COWRITE_…`).
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "COWRITE_LISTEN", value_name = "ADDR:PORT", value_parser = address::parse)]
    #[serde(default, deserialize_with = "address::deserialize")]
    pub(super) listen: Option<SocketAddr>,
    /// Folder that holds the documents; made if missing [default: ./data]
    #[arg(long, env = "COWRITE_DATA", value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// A TOML file with these options, and webhooks (docs/events.md); the command line and
    /// environment win
    #[arg(long, env = "COWRITE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(super) config: Option<PathBuf>,
    /// Where documents are kept; `memory` forgets them on exit [default: sqlite]
    #[arg(long, env = "COWRITE_STORE", value_enum)]
    pub(super) store: Option<StoreKind>,
    /// What an update survives. `fsync`: nobody sees it before it is on disk. `relay-first`: others
    /// see it at once, its author hears that it is saved when it is on disk. `os`: it survives
    /// kill -9, not power loss [default: fsync]
    #[arg(
        long,
        env = "COWRITE_DURABILITY",
        value_enum,
        hide_possible_values = true
    )]
    pub(super) durability: Option<Durability>,
    /// Listen beyond loopback although anybody who reaches the port may read and write (in the
    /// environment: true)
    #[arg(long, env = "COWRITE_INSECURE_NO_AUTH")]
    #[serde(default)]
    pub(super) insecure_no_auth: bool,
    /// Another origin whose pages may connect, or the one that a proxy serves this server under,
    /// such as https://app.example.org (repeatable; in the environment separated by commas)
    #[arg(
        long,
        env = "COWRITE_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    #[serde(default)]
    pub(super) allow_origin: Vec<String>,
    /// Largest message, and largest body of a REST request; in bytes, or with a unit as in 16MiB,
    /// like every size here [default: 16MiB]
    #[arg(long, env = "COWRITE_MAX_MESSAGE", value_name = "SIZE")]
    pub(super) max_message: Option<Size>,
    /// Largest document, encoded [default: 256MiB]
    #[arg(long, env = "COWRITE_MAX_DOCUMENT", value_name = "SIZE")]
    pub(super) max_document: Option<Size>,
    /// Size of the relayed updates that may wait for a slow reader before it gets one diff instead
    /// [default: 1MiB]
    #[arg(long, env = "COWRITE_WINDOW", value_name = "SIZE")]
    pub(super) window: Option<Size>,
    /// Memory for all diffs that wait for slow readers, and for clients that return to a large
    /// document, together, and as much again for large exports; they take turns [default: 32MiB]
    #[arg(long, env = "COWRITE_CATCH_UP", value_name = "SIZE")]
    pub(super) catch_up: Option<Size>,
    /// Memory for all large messages and bodies that are on their way in; they take turns
    /// [default: 128MiB]
    #[arg(long, env = "COWRITE_INCOMING", value_name = "SIZE")]
    pub(super) incoming: Option<Size>,
    /// Seconds that a document stays in memory after the last one left [default: 60]
    #[arg(long, env = "COWRITE_IDLE_TIMEOUT", value_name = "SECONDS")]
    pub(super) idle_timeout: Option<u64>,
    /// Seconds without a single byte, pongs included, after which a connection is ended
    /// [default: 60]
    #[arg(long, env = "COWRITE_SILENCE_TIMEOUT", value_name = "SECONDS")]
    pub(super) silence_timeout: Option<u64>,
    /// Seconds that a client may leave what is sent to it unread before it is ended [default: 30]
    #[arg(long, env = "COWRITE_SLOW_CLIENT_TIMEOUT", value_name = "SECONDS")]
    pub(super) slow_client_timeout: Option<u64>,
    /// Seconds that a client may take for the head of a request, and that a connection may rest
    /// between two requests [default: 10]
    #[arg(long, env = "COWRITE_REQUEST_TIMEOUT", value_name = "SECONDS")]
    pub(super) request_timeout: Option<u64>,
    /// Connections that may be open at once; fewer if the system allows fewer open files
    /// [default: 50000]
    #[arg(long, env = "COWRITE_MAX_CONNECTIONS", value_name = "N")]
    pub(super) max_connections: Option<usize>,
    /// Connections of one address; an IPv6 /64 is one [default: 1000]
    #[arg(long, env = "COWRITE_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    pub(super) max_connections_per_address: Option<usize>,
    /// WebSockets and event streams of one document [default: 10000]
    #[arg(long, env = "COWRITE_MAX_CONNECTIONS_PER_DOCUMENT", value_name = "N")]
    pub(super) max_connections_per_document: Option<usize>,
    /// A proxy, or a network of them, whose X-Forwarded-For is believed; without it all who come
    /// through a proxy count as one address (repeatable; in the environment separated by commas)
    #[arg(
        long,
        env = "COWRITE_TRUSTED_PROXY",
        value_name = "ADDR[/BITS]",
        value_delimiter = ','
    )]
    #[serde(default)]
    pub(super) trusted_proxy: Vec<String>,
    /// Documents that one address may create in a minute; 0 is no limit [default: 120]
    #[arg(long, env = "COWRITE_MAX_NEW_DOCUMENTS", value_name = "N")]
    pub(super) max_new_documents: Option<usize>,
    /// Messages a second beyond which a connection is read more slowly; 0 is no limit
    /// [default: 10000]
    #[arg(long, env = "COWRITE_MESSAGES_PER_SECOND", value_name = "N")]
    pub(super) messages_per_second: Option<usize>,
    /// Bytes a second beyond which a connection is read more slowly; 0 is no limit [default: 2MiB]
    #[arg(long, env = "COWRITE_BYTES_PER_SECOND", value_name = "SIZE")]
    pub(super) bytes_per_second: Option<Size>,
    /// Updates on disk after which those of a document are folded into a snapshot [default: 4096]
    #[arg(long, env = "COWRITE_FOLD_ROWS", value_name = "N")]
    pub(super) fold_rows: Option<usize>,
    /// Days for which a document's history is kept; 0 for ever. Versions with a name stay
    /// [default: 365]
    #[arg(long, env = "COWRITE_HISTORY_AGE", value_name = "DAYS")]
    pub(super) history_age: Option<u64>,
    /// Disk that one document's history may take, compressed; the oldest goes first, versions with
    /// a name stay; 0 is no limit [default: 0]
    #[arg(long, env = "COWRITE_HISTORY_BYTES", value_name = "SIZE")]
    pub(super) history_bytes: Option<Size>,
    /// Largest attached file; 0 takes none [default: 32MiB]
    #[arg(long, env = "COWRITE_FILE_BYTES", value_name = "SIZE")]
    pub(super) file_bytes: Option<Size>,
    /// Disk for the attached files of one document [default: 1GiB]
    #[arg(long, env = "COWRITE_FILE_BYTES_PER_DOCUMENT", value_name = "SIZE")]
    pub(super) file_bytes_per_document: Option<Size>,
    /// Disk for the attached files of all documents [default: 16GiB]
    #[arg(long, env = "COWRITE_FILE_BYTES_TOTAL", value_name = "SIZE")]
    pub(super) file_bytes_total: Option<Size>,
    /// Types that attached files may be of, by their bytes, such as image/*,application/pdf
    /// [default: */*]
    #[arg(long, env = "COWRITE_FILE_TYPES", value_name = "TYPES")]
    pub(super) file_types: Option<String>,
    /// Seconds for which an attached file is kept that neither the document refers to nor anything
    /// of its history; 0 for ever [default: 86400]
    #[arg(long, env = "COWRITE_FILE_GRACE", value_name = "SECONDS")]
    pub(super) file_grace: Option<u64>,
    /// Seconds without a keystroke after which a version of a document is made [default: 120]
    #[arg(long, env = "COWRITE_VERSION_PAUSE", value_name = "SECONDS")]
    pub(super) version_pause: Option<u64>,
    /// Seconds of work after which one is made all the same [default: 600]
    #[arg(long, env = "COWRITE_VERSION_INTERVAL", value_name = "SECONDS")]
    pub(super) version_interval: Option<u64>,
    /// Who is told elsewhere of what happens to documents; in the file only
    #[arg(skip)]
    #[serde(default)]
    pub(super) webhooks: Vec<Webhook>,
    /// Deliver webhooks also to private, local and reserved addresses (in the environment: true)
    #[arg(long, env = "COWRITE_WEBHOOK_PRIVATE")]
    #[serde(default)]
    pub(super) webhook_private: bool,
    /// Seconds without a change of a document after which webhooks are told; after fifteen times
    /// that in any case [default: 2]
    #[arg(long, env = "COWRITE_WEBHOOK_PAUSE", value_name = "SECONDS")]
    pub(super) webhook_pause: Option<u64>,
    /// Seconds that the receiver of a webhook may take [default: 10]
    #[arg(long, env = "COWRITE_WEBHOOK_TIMEOUT", value_name = "SECONDS")]
    pub(super) webhook_timeout: Option<u64>,
    /// Attempts after which a delivery is given up; 20 take about two days [default: 20]
    #[arg(long, env = "COWRITE_WEBHOOK_ATTEMPTS", value_name = "N")]
    pub(super) webhook_attempts: Option<usize>,
    /// Threads for sockets, and as many for documents [default: one per core]
    #[arg(long, env = "COWRITE_THREADS", value_name = "N")]
    pub(super) threads: Option<usize>,
}

pub(super) fn read_file(path: &Path) -> Result<Options, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    toml::from_str(&text).map_err(|error| ConfigError::NotUnderstood {
        path: path.to_owned(),
        error: Box::new(webhook::without_secrets(error, &text)),
    })
}

impl Options {
    /// These options, and those of `file` where nothing was given.
    pub(super) fn over(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            data: self.data.or(file.data),
            config: self.config,
            store: self.store.or(file.store),
            durability: self.durability.or(file.durability),
            insecure_no_auth: self.insecure_no_auth || file.insecure_no_auth,
            allow_origin: if self.allow_origin.is_empty() {
                file.allow_origin
            } else {
                self.allow_origin
            },
            max_message: self.max_message.or(file.max_message),
            max_document: self.max_document.or(file.max_document),
            window: self.window.or(file.window),
            catch_up: self.catch_up.or(file.catch_up),
            incoming: self.incoming.or(file.incoming),
            idle_timeout: self.idle_timeout.or(file.idle_timeout),
            silence_timeout: self.silence_timeout.or(file.silence_timeout),
            slow_client_timeout: self.slow_client_timeout.or(file.slow_client_timeout),
            request_timeout: self.request_timeout.or(file.request_timeout),
            max_connections: self.max_connections.or(file.max_connections),
            max_connections_per_address: self
                .max_connections_per_address
                .or(file.max_connections_per_address),
            max_connections_per_document: self
                .max_connections_per_document
                .or(file.max_connections_per_document),
            trusted_proxy: if self.trusted_proxy.is_empty() {
                file.trusted_proxy
            } else {
                self.trusted_proxy
            },
            max_new_documents: self.max_new_documents.or(file.max_new_documents),
            messages_per_second: self.messages_per_second.or(file.messages_per_second),
            bytes_per_second: self.bytes_per_second.or(file.bytes_per_second),
            fold_rows: self.fold_rows.or(file.fold_rows),
            history_age: self.history_age.or(file.history_age),
            history_bytes: self.history_bytes.or(file.history_bytes),
            file_bytes: self.file_bytes.or(file.file_bytes),
            file_bytes_per_document: self
                .file_bytes_per_document
                .or(file.file_bytes_per_document),
            file_bytes_total: self.file_bytes_total.or(file.file_bytes_total),
            file_types: self.file_types.or(file.file_types),
            file_grace: self.file_grace.or(file.file_grace),
            version_pause: self.version_pause.or(file.version_pause),
            version_interval: self.version_interval.or(file.version_interval),
            webhooks: file.webhooks,
            webhook_private: self.webhook_private || file.webhook_private,
            webhook_pause: self.webhook_pause.or(file.webhook_pause),
            webhook_timeout: self.webhook_timeout.or(file.webhook_timeout),
            webhook_attempts: self.webhook_attempts.or(file.webhook_attempts),
            threads: self.threads.or(file.threads),
        }
    }
}
