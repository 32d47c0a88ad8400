//! Everything that can be set: one struct, filled from the command line, then
//! the environment, then a file, then defaults.
//!
//! `cli` is what is typed, `options` what `serve` may be given and where it comes
//! from, `address`, `size` and `webhook` how some of that is written, `check` what is sound,
//! `environment` what was meant for us and is not known.

mod address;
mod check;
mod cli;
mod environment;
mod options;
mod size;
#[cfg(test)]
mod tests;
mod webhook;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use serde::Deserialize;

use crate::attachments::FileLimits;
use crate::http::{ConnectionLimits, TrustedProxies};
use crate::live::LiveSettings;
use crate::search::SearchSettings;
use crate::store::Retention;
use crate::webhooks::{HookError, WebhookSettings};

pub use cli::Cli;
pub use environment::complaints;

/// Where documents are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// In a SQLite file in the data folder.
    #[default]
    Sqlite,
    /// In memory only.
    Memory,
}

/// What an acknowledged update survives, and what others see before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// Whatever anybody sees survives power loss: disk, then everybody.
    #[default]
    Fsync,
    /// Others see it at once; what is acknowledged survives power loss.
    RelayFirst,
    /// Whatever anybody sees survives the end of the process, not power loss.
    Os,
}

/// A complete, checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// Which store.
    pub store: StoreKind,
    /// What an acknowledged update survives; `live` has its part of this.
    pub durability: Durability,
    /// How much history the store keeps.
    pub retention: Retention,
    /// What attached files may take.
    pub files: FileLimits,
    /// Origins beside the server's own.
    pub allowed_origins: Vec<String>,
    /// How many may be connected.
    pub connections: ConnectionLimits,
    /// How many were asked for by number, if any were.
    pub asked_connections: Option<usize>,
    /// Whose word about others' addresses counts.
    pub trusted_proxies: TrustedProxies,
    /// How long a client may take to send the head of a request.
    pub request_timeout: Duration,
    /// Threads for sockets.
    pub workers: usize,
    /// How documents are made findable.
    pub search: SearchSettings,
    /// Who is told elsewhere.
    pub webhooks: WebhookSettings,
    /// Everything about the living documents.
    pub live: LiveSettings,
}

impl Default for Config {
    fn default() -> Self {
        let live = LiveSettings::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("data"),
            store: StoreKind::Sqlite,
            durability: Durability::Fsync,
            retention: Retention::default(),
            files: FileLimits::default(),
            allowed_origins: Vec::new(),
            connections: ConnectionLimits::default(),
            asked_connections: None,
            trusted_proxies: TrustedProxies::default(),
            request_timeout: Duration::from_secs(10),
            workers: live.threads,
            search: SearchSettings::default(),
            webhooks: WebhookSettings::default(),
            live,
        }
    }
}

impl Config {
    /// Where documents are kept and what that survives, for people.
    pub fn kept(&self) -> String {
        let survives = match self.durability {
            Durability::Fsync => "--durability fsync",
            Durability::RelayFirst => "--durability relay-first",
            Durability::Os => "--durability os, which does not survive power loss",
        };
        match self.store {
            StoreKind::Sqlite => format!("documents in {}, {survives}", self.data.display()),
            StoreKind::Memory => "documents in memory, gone when this ends".to_owned(),
        }
    }
}

/// Which setting is wrong, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("the configuration file {path} cannot be read: {error}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The configuration file holds something else than options.
    #[error("the configuration file {path} is not understood: {error}")]
    NotUnderstood {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// A webhook is none.
    #[error("webhook {number} of the configuration file: {error}")]
    Webhook {
        /// Which one, from 1.
        number: usize,
        /// Why.
        error: HookError,
    },
    /// A value is out of range.
    #[error("--{option} must be {must}, not {is}")]
    OutOfRange {
        /// The option, as on the command line.
        option: &'static str,
        /// What it must be.
        must: String,
        /// What it is.
        is: String,
    },
    /// The address is reachable by others and nobody would be asked who they are.
    #[error(
        "{0} can be reached from other machines and this server does not ask who connects; \
         listen on 127.0.0.1, or say --insecure-no-auth if that is what you want"
    )]
    Exposed(SocketAddr),
}
