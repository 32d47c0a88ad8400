//! The options of `serve`, as they are given: nothing is checked here but types.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::{ConfigError, StoreKind};

/// The options of `serve`. Each is also a line in the configuration file (with
/// underscores) and an environment variable (`COWRITE_…`).
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Options {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "COWRITE_LISTEN", value_name = "ADDR")]
    pub(super) listen: Option<SocketAddr>,
    /// Folder that holds the documents; made if missing [default: ./data]
    #[arg(long, env = "COWRITE_DATA", value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// A TOML file with these options; the command line and environment win
    #[arg(long, env = "COWRITE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(super) config: Option<PathBuf>,
    /// Where documents are kept; `memory` forgets them on exit [default: sqlite]
    #[arg(long, env = "COWRITE_STORE", value_enum)]
    pub(super) store: Option<StoreKind>,
    /// Listen beyond loopback although anybody who reaches the port may read and write
    #[arg(long, env = "COWRITE_INSECURE_NO_AUTH")]
    #[serde(default)]
    pub(super) insecure_no_auth: bool,
    /// Another origin whose pages may connect, such as https://app.example.org (repeatable)
    #[arg(
        long,
        env = "COWRITE_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    #[serde(default)]
    pub(super) allow_origin: Vec<String>,
    /// Largest message, and largest body of a REST request, in bytes [default: 16777216]
    #[arg(long, env = "COWRITE_MAX_MESSAGE", value_name = "BYTES")]
    pub(super) max_message: Option<usize>,
    /// Largest document, encoded, in bytes [default: 268435456]
    #[arg(long, env = "COWRITE_MAX_DOCUMENT", value_name = "BYTES")]
    pub(super) max_document: Option<usize>,
    /// Relayed bytes that may wait for a slow reader before it is told to reconnect [default: 1048576]
    #[arg(long, env = "COWRITE_WINDOW", value_name = "BYTES")]
    pub(super) window: Option<usize>,
    /// Seconds that a document stays in memory after the last one left [default: 60]
    #[arg(long, env = "COWRITE_IDLE_TIMEOUT", value_name = "SECONDS")]
    pub(super) idle_timeout: Option<u64>,
    /// Seconds of silence, pongs included, after which a connection is ended [default: 60]
    #[arg(long, env = "COWRITE_SILENCE_TIMEOUT", value_name = "SECONDS")]
    pub(super) silence_timeout: Option<u64>,
    /// Seconds that a client may leave what is sent to it unread [default: 30]
    #[arg(long, env = "COWRITE_SLOW_CLIENT_TIMEOUT", value_name = "SECONDS")]
    pub(super) slow_client_timeout: Option<u64>,
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
        error: Box::new(error),
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
            insecure_no_auth: self.insecure_no_auth || file.insecure_no_auth,
            allow_origin: if self.allow_origin.is_empty() {
                file.allow_origin
            } else {
                self.allow_origin
            },
            max_message: self.max_message.or(file.max_message),
            max_document: self.max_document.or(file.max_document),
            window: self.window.or(file.window),
            idle_timeout: self.idle_timeout.or(file.idle_timeout),
            silence_timeout: self.silence_timeout.or(file.silence_timeout),
            slow_client_timeout: self.slow_client_timeout.or(file.slow_client_timeout),
            threads: self.threads.or(file.threads),
        }
    }
}
