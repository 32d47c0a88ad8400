//! Everything that can be set: one struct, filled from the command line, then
//! the environment, then a file, then defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;

use crate::live::LiveSettings;

/// The largest value that a byte limit may have: one frame must fit memory.
const MAX_BYTES: usize = 1 << 30;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "cowrite",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve documents and the editor (also the default).
    Serve(Box<Options>),
}

/// The options of `serve`. Each is also a line in the configuration file (with
/// underscores) and an environment variable (`COWRITE_…`).
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "COWRITE_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Folder that holds the documents; made if missing [default: ./data]
    #[arg(long, env = "COWRITE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A TOML file with these options; the command line and environment win
    #[arg(long, env = "COWRITE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Where documents are kept; `memory` forgets them on exit [default: sqlite]
    #[arg(long, env = "COWRITE_STORE", value_enum)]
    store: Option<StoreKind>,
    /// Listen beyond loopback although anybody who reaches the port may read and write
    #[arg(long, env = "COWRITE_INSECURE_NO_AUTH")]
    #[serde(default)]
    insecure_no_auth: bool,
    /// Another origin whose pages may connect, such as https://app.example.org (repeatable)
    #[arg(
        long,
        env = "COWRITE_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    #[serde(default)]
    allow_origin: Vec<String>,
    /// Largest message, and largest body of a REST request, in bytes [default: 16777216]
    #[arg(long, env = "COWRITE_MAX_MESSAGE", value_name = "BYTES")]
    max_message: Option<usize>,
    /// Largest document, encoded, in bytes [default: 268435456]
    #[arg(long, env = "COWRITE_MAX_DOCUMENT", value_name = "BYTES")]
    max_document: Option<usize>,
    /// Relayed bytes that may wait for a slow reader before it gets one diff instead of them
    /// [default: 1048576]
    #[arg(long, env = "COWRITE_WINDOW", value_name = "BYTES")]
    window: Option<usize>,
    /// Bytes of such diffs that may wait in all; readers who catch up take turns [default: 33554432]
    #[arg(long, env = "COWRITE_CATCH_UP", value_name = "BYTES")]
    catch_up: Option<usize>,
    /// Seconds that a document stays in memory after the last one left [default: 60]
    #[arg(long, env = "COWRITE_IDLE_TIMEOUT", value_name = "SECONDS")]
    idle_timeout: Option<u64>,
    /// Seconds of silence, pongs included, after which a connection is ended [default: 60]
    #[arg(long, env = "COWRITE_SILENCE_TIMEOUT", value_name = "SECONDS")]
    silence_timeout: Option<u64>,
    /// Seconds that a client may leave what is sent to it unread [default: 30]
    #[arg(long, env = "COWRITE_SLOW_CLIENT_TIMEOUT", value_name = "SECONDS")]
    slow_client_timeout: Option<u64>,
    /// Threads for sockets, and as many for documents [default: one per core]
    #[arg(long, env = "COWRITE_THREADS", value_name = "N")]
    threads: Option<usize>,
}

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

/// A complete, checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// Which store.
    pub store: StoreKind,
    /// Origins beside the server's own.
    pub allowed_origins: Vec<String>,
    /// Threads for sockets.
    pub workers: usize,
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
            allowed_origins: Vec::new(),
            workers: live.threads,
            live,
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

impl Cli {
    /// Puts command line, environment and file together and checks the result.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        let given = match self.command {
            Some(Command::Serve(options)) => *options,
            None => self.serve,
        };
        let file = match &given.config {
            Some(path) => read_file(path)?,
            None => Options::default(),
        };
        given.over(file).check()
    }
}

fn read_file(path: &Path) -> Result<Options, ConfigError> {
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
    fn over(self, file: Self) -> Self {
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
            catch_up: self.catch_up.or(file.catch_up),
            idle_timeout: self.idle_timeout.or(file.idle_timeout),
            silence_timeout: self.silence_timeout.or(file.silence_timeout),
            slow_client_timeout: self.slow_client_timeout.or(file.slow_client_timeout),
            threads: self.threads.or(file.threads),
        }
    }

    fn check(self) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        let live = &mut config.live;
        set(
            &mut live.message_bytes,
            self.max_message,
            "max-message",
            1024,
            MAX_BYTES,
        )?;
        set(
            &mut live.limits.document_bytes,
            self.max_document,
            "max-document",
            1024,
            MAX_BYTES,
        )?;
        set(
            &mut live.window_bytes,
            self.window,
            "window",
            1024,
            MAX_BYTES,
        )?;
        set(
            &mut live.catch_up_bytes,
            self.catch_up,
            "catch-up",
            1024,
            MAX_BYTES,
        )?;
        set(&mut live.threads, self.threads, "threads", 1, 1024)?;
        set_seconds(&mut live.idle_timeout, self.idle_timeout, "idle-timeout", 0)?;
        set_seconds(
            &mut live.silence_timeout,
            self.silence_timeout,
            "silence-timeout",
            3,
        )?;
        set_seconds(
            &mut live.slow_client_timeout,
            self.slow_client_timeout,
            "slow-client-timeout",
            1,
        )?;
        live.limits.guard.message_bytes = live.message_bytes;
        live.protocol.frame_bytes = live.message_bytes;
        config.workers = live.threads;
        for origin in &self.allow_origin {
            if !is_origin(origin) {
                return Err(ConfigError::OutOfRange {
                    option: "allow-origin",
                    must: "an origin such as https://app.example.org".to_owned(),
                    is: format!("{origin:?}"),
                });
            }
        }
        config.allowed_origins = self.allow_origin;
        config.listen = self.listen.unwrap_or(config.listen);
        config.data = self.data.unwrap_or(config.data);
        config.store = self.store.unwrap_or_default();
        if !config.listen.ip().is_loopback() && !self.insecure_no_auth {
            return Err(ConfigError::Exposed(config.listen));
        }
        Ok(config)
    }
}

fn set(
    setting: &mut usize,
    given: Option<usize>,
    option: &'static str,
    least: usize,
    most: usize,
) -> Result<(), ConfigError> {
    match given {
        None => Ok(()),
        Some(value) if (least..=most).contains(&value) => {
            *setting = value;
            Ok(())
        }
        Some(value) => Err(ConfigError::OutOfRange {
            option,
            must: format!("{least} to {most}"),
            is: value.to_string(),
        }),
    }
}

fn set_seconds(
    setting: &mut Duration,
    given: Option<u64>,
    option: &'static str,
    least: u64,
) -> Result<(), ConfigError> {
    const DAY: usize = 24 * 60 * 60;
    let mut seconds = 0;
    let given = given.map(|value| usize::try_from(value).unwrap_or(usize::MAX));
    set(&mut seconds, given, option, least as usize, DAY)?;
    if given.is_some() {
        *setting = Duration::from_secs(seconds as u64);
    }
    Ok(())
}

fn is_origin(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, authority)| {
        matches!(scheme, "http" | "https")
            && !authority.is_empty()
            && !authority.contains(['/', '?', '#', '@', ' ', '*'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(arguments: &[&str]) -> Result<Config, String> {
        let arguments = [&["cowrite"], arguments].concat();
        let cli = Cli::try_parse_from(arguments).map_err(|error| error.to_string())?;
        cli.into_config().map_err(|error| error.to_string())
    }

    #[test]
    fn serve_is_the_default_command() {
        let plain = config(&["--listen", "127.0.0.1:0"]).unwrap();
        let serve = config(&["serve", "--listen", "127.0.0.1:0"]).unwrap();
        assert_eq!(plain.listen, serve.listen);
        assert_eq!(config(&[]).unwrap().listen.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn wrong_values_are_named() {
        assert!(
            config(&["--listen", "nowhere"])
                .unwrap_err()
                .contains("--listen")
        );
        assert!(
            config(&["--max-message", "7"])
                .unwrap_err()
                .contains("--max-message")
        );
        assert!(
            config(&["--allow-origin", "*"])
                .unwrap_err()
                .contains("--allow-origin")
        );
        assert!(
            config(&["--volume", "11"])
                .unwrap_err()
                .contains("--volume")
        );
        assert!(
            config(&["--config", "/nonexistent"])
                .unwrap_err()
                .contains("/nonexistent")
        );
    }

    #[test]
    fn beyond_loopback_only_when_told() {
        assert!(
            config(&["--listen", "0.0.0.0:80"])
                .unwrap_err()
                .contains("--insecure-no-auth")
        );
        assert!(config(&["--listen", "0.0.0.0:80", "--insecure-no-auth"]).is_ok());
        assert!(config(&["--listen", "[::1]:80"]).is_ok());
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cowrite.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\nwindow = 2048\n").unwrap();
        let file = path.to_string_lossy();
        let config_ = config(&["--config", &file, "--listen", "127.0.0.1:2"]).unwrap();
        assert_eq!(config_.listen.port(), 2);
        assert_eq!(config_.live.window_bytes, 2048);
        std::fs::write(&path, "volume = 11\n").unwrap();
        assert!(config(&["--config", &file]).unwrap_err().contains("volume"));
    }
}
