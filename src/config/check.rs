//! Which values are sound.

use std::time::Duration;

use super::options::Options;
use super::{Config, ConfigError};

/// The largest value that a byte limit may have: one frame must fit memory.
const MAX_BYTES: usize = 1 << 30;

impl Options {
    pub(super) fn check(self) -> Result<Config, ConfigError> {
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
        set(&mut live.threads, self.threads, "threads", 1, 1024)?;
        set_seconds(&mut live.idle_timeout, self.idle_timeout, "idle-timeout", 0)?;
        set_seconds(
            &mut live.silence_timeout,
            self.silence_timeout,
            "silence-timeout",
            3,
        )?;
        set_seconds(
            &mut config.slow_client_timeout,
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
