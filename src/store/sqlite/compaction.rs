//! A snapshot takes the place of rows, and these go into history.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, params};

use super::super::{StoreError, history as past, micros};
use super::failure::{self, Failure};
use super::ledger::{Ledger, fits};
use super::request::Compaction;
use super::tail::Tail;
use super::{checksum, history};
use crate::id::{DocumentId, Seq};

impl Ledger {
    /// See [`Store::compact`](super::super::Store::compact). Waits until loads
    /// of the document that were asked for earlier have begun to read.
    pub(super) fn compact(&mut self, compaction: &Compaction) -> Result<(), Failure> {
        let Compaction {
            document,
            through,
            snapshot,
            segment,
        } = compaction;
        fits(snapshot)?;
        let mut known = self.find(document)?.ok_or(StoreError::NotFound)?;
        let covered = known.through.unwrap_or(0);
        if through.0 < covered || through.0 >= self.next {
            return Err(StoreError::Engine(format!(
                "a snapshot of {document:?} through {through} fits neither the one through {covered} nor a journal that ends at {}",
                self.next - 1
            ))
            .into());
        }
        if let Some(segment) = segment {
            fits(&segment.body)?;
            fits(segment.base.as_deref().unwrap_or_default())?;
            if !self.seal(known.key, *through)?.is_of(segment) {
                return Err(past::misfit(document, *through).into());
            }
        }
        self.underway.wait_for(known.key);
        let taken_at = micros::since_1970(SystemTime::now());
        let checksum = checksum::of_snapshot(known.key, through.0, taken_at, snapshot);
        self.connection
            .prepare_cached(
                "INSERT INTO snapshots (document, through, taken_at, checksum, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (document) DO UPDATE SET through = excluded.through,
                 taken_at = excluded.taken_at, checksum = excluded.checksum, body = excluded.body",
            )?
            .execute(params![
                known.key,
                through.0.cast_signed(),
                taken_at,
                checksum,
                &snapshot[..]
            ])?;
        let rest = self.remove_rows(known.key, through.0)?;
        self.tails.replace(known.key, rest);
        // History never keeps a document from being folded.
        if let Some(segment) = segment {
            match self.keep(known.key, segment) {
                Err(error) if failure::is_damage(&error) => {
                    log::error!(
                        "history is damaged, and what {document:?} was is lost to it: {error}; \
                         stop and start the server to have the database built anew"
                    );
                }
                kept => kept?,
            }
        }
        match self.expire(known.key) {
            Err(error) if failure::is_damage(&error) => {
                log::error!("the history of {document:?} is damaged and not shortened: {error}");
            }
            expired => drop(expired?),
        }
        known.through = Some(through.0);
        known.snapshot_bytes = snapshot.len() as u64;
        known.write(&self.connection, document, &self.tails)?;
        self.remember(document, known);
        Ok(())
    }

    /// Keeps a segment, or nothing of it.
    fn keep(&self, key: i64, segment: &past::Segment) -> rusqlite::Result<()> {
        self.connection.execute_batch("SAVEPOINT keep")?;
        let kept = history::insert(&self.connection, key, segment);
        if kept.is_err() {
            self.connection.execute_batch("ROLLBACK TO keep")?;
        }
        self.connection.execute_batch("RELEASE keep")?;
        kept
    }

    /// The checksums of a document's rows up to `through`, as they stand in the file.
    fn seal(&self, key: i64, through: Seq) -> rusqlite::Result<past::Seal> {
        let mut seal = past::Seal::default();
        let Some(tail) = self.tails.get(key) else {
            return Ok(seal);
        };
        let mut look = self
            .connection
            .prepare_cached("SELECT checksum FROM journal WHERE id = ?1 AND document = ?2")?;
        for row in tail.ids().take_while(|row| *row <= through.0) {
            let checksum = look
                .query_row(params![row.cast_signed(), key], |found| found.get(0))
                .optional()?;
            // A row that is missing makes a seal that fits no segment.
            seal.add(row, checksum.unwrap_or(i64::MIN));
        }
        Ok(seal)
    }

    /// Removes a document's rows up to `through`; what remains is its new tail.
    fn remove_rows(&self, key: i64, through: u64) -> rusqlite::Result<Tail> {
        let mut rest = Tail::default();
        let Some(tail) = self.tails.get(key) else {
            return Ok(rest);
        };
        let mut remove = self
            .connection
            .prepare_cached("DELETE FROM journal WHERE id = ?1 AND document = ?2")?;
        let mut measure = self
            .connection
            .prepare_cached("SELECT length(body), written_at FROM journal WHERE id = ?1")?;
        for row in tail.ids() {
            if row <= through {
                remove.execute(params![row.cast_signed(), key])?;
            } else {
                let (bytes, at): (i64, i64) =
                    measure.query_row([row.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rest.push(row, bytes.cast_unsigned(), at);
            }
        }
        Ok(rest)
    }

    /// What is known of a document now.
    fn remember(&mut self, document: &DocumentId, known: super::known::Known) {
        self.known.insert(document.clone(), known);
    }
}
