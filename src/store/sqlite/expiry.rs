//! History that is older, or more, than is kept.

use std::time::{Duration, Instant, SystemTime};

use rusqlite::{OptionalExtension, params};

use super::super::micros;
use super::failure;
use super::ledger::Ledger;
use super::{history, notes};
use crate::id::Seq;

/// So many segments are looked at in one go.
const AT_ONCE: usize = 64;

/// How long it is left alone once nothing old was left.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How far the search for old history got.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    /// When it came to an end; from the beginning after some time.
    done: Option<Instant>,
    /// The segment that was looked at last.
    pub(super) reached: Seq,
}

impl Expiry {
    /// Whether there may be something to forget.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.done
            .is_none_or(|done| now.saturating_duration_since(done) >= INTERVAL)
    }

    /// It got so far; `None`: to the end.
    pub(super) fn went_on(&mut self, reached: Option<Seq>, now: Instant) {
        self.done = reached.is_none().then_some(now);
        self.reached = reached.unwrap_or_default();
    }
}

impl Ledger {
    /// Forgets what need not be kept of a document's history. Says how many segments
    /// went.
    pub(super) fn expire(&self, key: i64) -> rusqlite::Result<usize> {
        let retention = self.retention;
        if retention.age.is_none() && retention.bytes.is_none() {
            return Ok(0);
        }
        // Whole runs go, or nothing: whoever goes on after an error commits no half.
        self.connection.execute_batch("SAVEPOINT expire")?;
        let expired = self.expire_runs(key);
        if expired.is_err() {
            self.connection.execute_batch("ROLLBACK TO expire")?;
        }
        self.connection.execute_batch("RELEASE expire")?;
        expired
    }

    fn expire_runs(&self, key: i64) -> rusqlite::Result<usize> {
        let retention = self.retention;
        let segments = history::heads(&self.connection, key)?;
        let pins = notes::named_rows(&self.connection, key)?;
        let gone = retention.expired(&segments, &pins, SystemTime::now());
        let Some(last) = segments.last().filter(|_| !gone.is_empty()) else {
            return Ok(0);
        };
        for number in &gone {
            history::remove(&self.connection, segments[*number].last)?;
        }
        let left = history::heads(&self.connection, key)?;
        notes::forget(&self.connection, key, &left, last.last)?;
        Ok(gone.len())
    }

    /// The same for the documents that have the oldest history, some at a time: for
    /// those that nobody writes to any more. `from` is where the last time ended, and
    /// what is given back where the next one begins; `None` when there is nothing more
    /// that is old.
    pub(super) fn expire_oldest(&self, from: Seq) -> rusqlite::Result<Option<Seq>> {
        let Some(oldest) = self.retention.oldest(SystemTime::now()) else {
            return Ok(None);
        };
        let oldest = micros::since_1970(oldest);
        let mut reached = from;
        for _ in 0..AT_ONCE {
            let next = self
                .connection
                .prepare_cached(
                    "SELECT last_row, document, until FROM history WHERE last_row > ?1
                      ORDER BY last_row LIMIT 1",
                )?
                .query_row(params![reached.0.cast_signed()], |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, i64>(1)?,
                        row.get::<_, i64>(2)?,
                    ))
                })
                .optional()?;
            let Some((last, document, until)) = next else {
                return Ok(None);
            };
            reached = Seq(last.cast_unsigned());
            // Moments need not rise with positions: clocks are set.
            if until >= oldest {
                continue;
            }
            match self.expire(document) {
                // Not the store's fault, nor that of those behind it.
                Err(error) if failure::is_damage(&error) => {
                    log::error!("the history of document {document} is damaged: {error}");
                }
                expired => drop(expired?),
            }
        }
        Ok(Some(reached))
    }
}
