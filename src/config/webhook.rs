//! Webhooks as they stand in the configuration file, with their secrets.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;
use crate::webhooks::{Hook, HookError, Kind, Secret};

/// What a line must not hold to be shown.
const SECRET: &str = "secret";

/// One table `[[webhooks]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    url: String,
    secret: Option<String>,
    secret_file: Option<PathBuf>,
    events: Option<Vec<String>>,
    #[serde(default)]
    prefix: String,
}

/// Nothing of it is shown: it holds a secret, and its address may.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(…)")
    }
}

impl Webhook {
    fn check(self) -> Result<Hook, HookError> {
        let secret = match (self.secret, self.secret_file) {
            (Some(secret), None) => secret,
            (None, Some(path)) => std::fs::read_to_string(&path)
                .map_err(|error| HookError::SecretFile(format!("{}: {error}", path.display())))?,
            _ => return Err(HookError::NoSecret),
        };
        let kind = |name: String| Kind::parse(&name).ok_or(HookError::Kind(name));
        let kinds = self.events.map(|events| events.into_iter().map(kind));
        let kinds = kinds.map(Iterator::collect).transpose()?;
        Hook::new(&self.url, Secret::parse(&secret)?, kinds, self.prefix)
    }
}

/// All of them, checked. Two that go to the same place for the same documents are one.
///
/// # Errors
/// The first that is none.
pub(super) fn hooks(webhooks: Vec<Webhook>) -> Result<Vec<Hook>, ConfigError> {
    let mut hooks = Vec::new();
    for (number, webhook) in (1..).zip(webhooks) {
        let hook = webhook.check();
        let hook = hook.map_err(|error| ConfigError::Webhook { number, error })?;
        if hooks.iter().any(|other: &Hook| other.is_same_place(&hook)) {
            let error = HookError::Twice;
            return Err(ConfigError::Webhook { number, error });
        }
        hooks.push(hook);
    }
    Ok(hooks)
}

/// What is wrong with a file, without the line where that is if it may hold a secret.
pub(super) fn without_secrets(mut error: toml::de::Error, text: &str) -> toml::de::Error {
    let shows =
        |text: &str| text.contains(SECRET) || text.contains("whsec_") || text.contains("://");
    if error
        .span()
        .is_none_or(|span| shows(lines(text, span.start, span.end)))
    {
        error.set_input(None);
    }
    if error.message().contains("whsec_") {
        return serde::de::Error::custom("a secret stands where it does not belong");
    }
    error
}

/// The lines from one place to another, as far as there are any.
fn lines(text: &str, from: usize, to: usize) -> &str {
    let before = text.get(..from).and_then(|before| before.rfind('\n'));
    let behind = text.get(to..).and_then(|behind| behind.find('\n'));
    let end = behind.map_or(text.len(), |behind| to + behind);
    text.get(before.unwrap_or(0)..end).unwrap_or(text)
}
