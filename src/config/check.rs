//! Which values are sound.

use std::time::Duration;

use super::options::Options;
use super::size::Size;
use super::{Config, ConfigError, Durability, webhook};
use crate::attachments::{FileLimits, NoType};
use crate::http::TrustedProxies;
use crate::live::Promptness;

/// The largest size that may be given: one frame must fit memory.
const LARGEST: Size = Size(1 << 30);

/// The smallest size of a message, a document or a buffer.
const SMALLEST: Size = Size(1 << 10);

/// The largest limit of messages or rows: more is no limit.
const MAX_COUNT: usize = 1 << 30;

/// The largest limit of connections: no machine has more.
const MAX_CONNECTIONS: usize = 10_000_000;

/// The longest time for which history is kept that is not for ever: a century.
const MAX_DAYS: usize = 36_525;

/// The largest size of all files: more than any disk has.
const MOST_FILES: Size = Size(1 << 50);

/// More documents a minute than this are no limit.
const MAX_A_MINUTE: usize = 1_000_000;

/// More attempts than this are no limit: they take a year.
const MAX_ATTEMPTS: usize = 1_500;

/// After so many pauses webhooks are told although nobody paused.
const LONGEST_PAUSES: u32 = 15;

impl Options {
    pub(super) fn check(self) -> Result<Config, ConfigError> {
        let mut config = Config::default();
        let live = &mut config.live;
        for (size, given, option) in [
            (&mut live.message_bytes, self.max_message, "max-message"),
            (
                &mut live.limits.document_bytes,
                self.max_document,
                "max-document",
            ),
            (&mut live.window_bytes, self.window, "window"),
            (&mut live.catch_up_bytes, self.catch_up, "catch-up"),
            (&mut live.incoming_bytes, self.incoming, "incoming"),
        ] {
            set_size(size, given, option, SMALLEST)?;
        }
        set_size(
            &mut live.budget.bytes,
            self.bytes_per_second,
            "bytes-per-second",
            Size(0),
        )?;
        set(&mut live.threads, self.threads, "threads", 1, 1024)?;
        set(
            &mut live.fold_rows,
            self.fold_rows,
            "fold-rows",
            1,
            MAX_COUNT,
        )?;
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
        set_seconds(
            &mut config.request_timeout,
            self.request_timeout,
            "request-timeout",
            1,
        )?;
        set_seconds(
            &mut live.version_pause,
            self.version_pause,
            "version-pause",
            1,
        )?;
        set_seconds(
            &mut live.version_interval,
            self.version_interval,
            "version-interval",
            1,
        )?;
        if let Some(days) = self.history_age {
            let mut kept = 0;
            let given = usize::try_from(days).unwrap_or(usize::MAX);
            set(&mut kept, Some(given), "history-age", 0, MAX_DAYS)?;
            config.retention.age =
                (kept > 0).then(|| Duration::from_secs(kept as u64 * 24 * 60 * 60));
        }
        if let Some(size) = self.history_bytes {
            config.retention.bytes = (size.0 > 0).then_some(size.0 as u64);
        }
        config.files = files(&self)?;
        config.asked_connections = self.max_connections;
        let connections = &mut config.connections;
        for (limit, given, option) in [
            (
                &mut connections.total,
                self.max_connections,
                "max-connections",
            ),
            (
                &mut connections.per_address,
                self.max_connections_per_address,
                "max-connections-per-address",
            ),
            (
                &mut connections.per_document,
                self.max_connections_per_document,
                "max-connections-per-document",
            ),
        ] {
            set(limit, given, option, 1, MAX_CONNECTIONS)?;
        }
        set(
            &mut live.documents_a_minute,
            self.max_new_documents,
            "max-new-documents",
            0,
            MAX_A_MINUTE,
        )?;
        set(
            &mut live.budget.messages,
            self.messages_per_second,
            "messages-per-second",
            0,
            MAX_COUNT,
        )?;
        config.webhooks.hooks = webhook::hooks(self.webhooks)?;
        config.webhooks.private = self.webhook_private;
        if self.webhook_pause.is_some() {
            let pause = &mut config.webhooks.pause;
            set_seconds(pause, self.webhook_pause, "webhook-pause", 0)?;
            config.webhooks.longest = *pause * LONGEST_PAUSES;
        }
        set_seconds(
            &mut config.webhooks.timeout,
            self.webhook_timeout,
            "webhook-timeout",
            1,
        )?;
        let mut attempts = config.webhooks.attempts as usize;
        set(
            &mut attempts,
            self.webhook_attempts,
            "webhook-attempts",
            1,
            MAX_ATTEMPTS,
        )?;
        config.webhooks.attempts = attempts as u32;
        live.limits.guard.message_bytes = live.message_bytes;
        live.protocol.frame_bytes = live.message_bytes;
        config.workers = live.threads;
        config.durability = self.durability.unwrap_or_default();
        live.promptness = match config.durability {
            Durability::Fsync | Durability::Os => Promptness::AfterDisk,
            Durability::RelayFirst => Promptness::AtOnce,
        };
        for origin in &self.allow_origin {
            if !is_origin(origin) {
                return Err(ConfigError::OutOfRange {
                    option: "allow-origin",
                    must: "an origin such as https://app.example.org".to_owned(),
                    is: format!("{origin:?}"),
                });
            }
        }
        let mut proxies = Vec::new();
        for text in &self.trusted_proxy {
            proxies.push(
                TrustedProxies::parse(text).ok_or_else(|| ConfigError::OutOfRange {
                    option: "trusted-proxy",
                    must: "an address or a network such as 10.0.0.0/8".to_owned(),
                    is: format!("{text:?}"),
                })?,
            );
        }
        config.trusted_proxies = TrustedProxies::new(proxies);
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

/// What attached files may take.
fn files(options: &Options) -> Result<FileLimits, ConfigError> {
    let mut limits = FileLimits::default();
    for (size, given, option, least, most) in [
        (
            &mut limits.file,
            options.file_bytes,
            "file-bytes",
            Size(0),
            LARGEST,
        ),
        (
            &mut limits.document,
            options.file_bytes_per_document,
            "file-bytes-per-document",
            SMALLEST,
            MOST_FILES,
        ),
        (
            &mut limits.total,
            options.file_bytes_total,
            "file-bytes-total",
            SMALLEST,
            MOST_FILES,
        ),
    ] {
        match given {
            None => {}
            Some(given) if (least..=most).contains(&given) => *size = given.0 as u64,
            Some(given) => {
                return Err(ConfigError::OutOfRange {
                    option,
                    must: format!("{least} to {most}"),
                    is: given.to_string(),
                });
            }
        }
    }
    if let Some(types) = &options.file_types {
        limits.types = types
            .parse()
            .map_err(|error: NoType| ConfigError::OutOfRange {
                option: "file-types",
                must: error.to_string(),
                is: format!("{types:?}"),
            })?;
    }
    let mut grace = 0;
    let given = (options.file_grace).map(|value| usize::try_from(value).unwrap_or(usize::MAX));
    set(&mut grace, given, "file-grace", 0, MAX_DAYS * 24 * 60 * 60)?;
    if given.is_some() {
        limits.grace = Duration::from_secs(grace as u64);
    }
    Ok(limits)
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

fn set_size(
    setting: &mut usize,
    given: Option<Size>,
    option: &'static str,
    least: Size,
) -> Result<(), ConfigError> {
    match given {
        None => Ok(()),
        Some(size) if (least..=LARGEST).contains(&size) => {
            *setting = size.0;
            Ok(())
        }
        Some(size) => Err(ConfigError::OutOfRange {
            option,
            must: format!("{least} to {LARGEST}"),
            is: size.to_string(),
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
