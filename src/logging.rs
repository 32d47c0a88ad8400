//! What is logged: as `RUST_LOG` asks, to standard error.
//!
//! Whoever misspells a level is told so and hears what is logged by default;
//! silence has to be asked for. And nobody who listens is no reason to end:
//! env_logger ignores a standard error that is closed, but for complaints about
//! `RUST_LOG` itself, so what it would complain about never gets that far.

use std::borrow::Cow;
use std::ffi::OsStr;

use log::LevelFilter;

/// Begins to log, as by `default` where `RUST_LOG` does not say otherwise.
pub fn start(default: &str) {
    let asked = std::env::var_os("RUST_LOG");
    let (filter, complaint) = choose(asked.as_deref().unwrap_or_default(), default);
    let begun = env_logger::Builder::new()
        .parse_filters(&filter)
        .parse_write_style(&std::env::var("RUST_LOG_STYLE").unwrap_or_default())
        .try_init();
    // Somebody else in this process logs already, as they like.
    if begun.is_ok()
        && let Some(complaint) = complaint
    {
        log::warn!("{complaint}");
    }
}

/// The filter, and what is wrong with the one that was asked for.
fn choose<'a>(asked: &'a OsStr, default: &'a str) -> (Cow<'a, str>, Option<String>) {
    let complain = |what: &str| {
        Some(format!(
            "RUST_LOG={asked:?} {what}; logging as by default ({default}). Levels are off, error, \
             warn, info, debug and trace, alone or of a part: RUST_LOG=info,cowrite::store=debug"
        ))
    };
    let Some(text) = asked.to_str() else {
        return (default.into(), complain("is no text"));
    };
    if text.trim().is_empty() {
        return (default.into(), None);
    }
    match speaks_of_us(text) {
        Ok(true) => (text.into(), None),
        // What it asks of others holds.
        Ok(false) => (
            format!("{default},{text}").into(),
            complain("says nothing of cowrite"),
        ),
        Err(NotUnderstood) => (default.into(), complain("is not understood")),
    }
}

/// No filter as env_logger reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotUnderstood;

/// Whether a filter says what to log of this program, if only that nothing is.
/// A word that is no level stands for a part of a program, and a misspelt level for
/// one that does not exist.
fn speaks_of_us(filter: &str) -> Result<bool, NotUnderstood> {
    let (parts, pattern) = filter.split_once('/').unwrap_or((filter, ""));
    if pattern.contains('/') {
        return Err(NotUnderstood);
    }
    let mut speaks = false;
    for part in parts
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let (name, level) = part.split_once('=').unwrap_or((part, ""));
        if !level.trim().is_empty() && level.trim().parse::<LevelFilter>().is_err() {
            return Err(NotUnderstood);
        }
        let of_everything = name.parse::<LevelFilter>().is_ok() && !part.contains('=');
        let of_us = name == "cowrite" || name.starts_with("cowrite::");
        speaks |= of_everything || of_us;
    }
    Ok(speaks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(asked: &str) -> (String, bool) {
        let (filter, complaint) = choose(OsStr::new(asked), "info,actix_http=off");
        (filter.into_owned(), complaint.is_some())
    }

    #[test]
    fn what_is_understood_is_done() {
        for asked in [
            "debug",
            "off",
            "warn,actix_server=debug",
            "cowrite=trace",
            " cowrite::store = debug , actix_http=off",
            "cowrite",
            "info/fsync",
        ] {
            assert_eq!(chosen(asked), (asked.to_owned(), false));
        }
        for nothing in ["", " "] {
            assert_eq!(chosen(nothing), ("info,actix_http=off".to_owned(), false));
        }
    }

    /// A misspelt level was taken for the name of a part, and nothing was logged.
    #[test]
    fn nobody_is_silent_by_mistake() {
        for asked in ["cowrite=inof", "info=warn=debug", "debug/a/b", "=loud"] {
            assert_eq!(chosen(asked), ("info,actix_http=off".to_owned(), true));
        }
        for asked in ["infoo", "actix_web=debug", "cowrit=debug"] {
            let filter = format!("info,actix_http=off,{asked}");
            assert_eq!(chosen(asked), (filter, true));
        }
    }
}
