//! The table `crashes`: what broke which document, and what counts of it.

use bytes::Bytes;
use rusqlite::{Connection, params};

use super::super::{Crash, CrashHistory, During, KEPT_BYTES, KEPT_CRASHES, micros};
use crate::id::DocumentId;

/// Remembers a crash that follows the journal row `after`, and forgets the oldest
/// beyond the bounds.
pub(super) fn insert(connection: &Connection, crash: &Crash, after: u64) -> rusqlite::Result<()> {
    let body = crash.kept_update().map(|update| &update[..]);
    connection
        .prepare_cached(
            "INSERT INTO crashes (document, crashed_at, during, after_row, released, reason, author,
                                  hash, checksum, body)
             VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            crash.document.as_str(),
            micros::since_1970(crash.at),
            crash.during.word(),
            after.cast_signed(),
            crash.reason,
            crash.author,
            crash.hash,
            body.map(crc32c::crc32c),
            body,
        ])?;
    connection
        .prepare_cached(
            "DELETE FROM crashes WHERE id IN (
                 SELECT id FROM (
                     SELECT id, count(*) OVER newest AS crashes,
                            sum(coalesce(length(body), 0)) OVER newest AS bytes
                       FROM crashes WINDOW newest AS (ORDER BY id DESC))
                  WHERE crashes > ?1 OR bytes > ?2)",
        )?
        .execute(params![KEPT_CRASHES as i64, KEPT_BYTES as i64])?;
    Ok(())
}

/// What is remembered of a document whose last journal row is `last_row`.
pub(super) fn history(
    connection: &Connection,
    document: &DocumentId,
    last_row: u64,
) -> rusqlite::Result<CrashHistory> {
    let mut history = CrashHistory::default();
    let mut ask = connection.prepare_cached(
        "SELECT during, after_row, released, checksum, body, hash IS NULL FROM crashes
          WHERE document = ?1 ORDER BY id",
    )?;
    let mut rows = ask.query([document.as_str()])?;
    while let Some(row) = rows.next()? {
        let during: String = row.get(0)?;
        let after = row.get::<_, i64>(1)?.cast_unsigned();
        let counts = !row.get::<_, bool>(2)?;
        if counts && during == During::Loading.word() {
            history.loading += 1;
        } else if counts && after == last_row {
            match row.get::<_, bool>(5)? {
                true => history.ended += 1,
                false => history.in_a_row += 1,
            }
        }
        let checksum: Option<u32> = row.get(3)?;
        if let Some(body) = row.get_ref(4)?.as_blob_or_null().ok().flatten() {
            if Some(crc32c::crc32c(body)) == checksum {
                history.updates.push(Bytes::copy_from_slice(body));
            } else {
                log::error!("an update in quarantine of document {document:?} is damaged");
            }
        }
    }
    Ok(history)
}

/// Lets crashes count no more; says how many did.
pub(super) fn release(
    connection: &Connection,
    document: &DocumentId,
    during: Option<During>,
) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE crashes SET released = 1
              WHERE document = ?1 AND released = 0 AND (?2 IS NULL OR during = ?2)",
        )?
        .execute(params![document.as_str(), during.map(During::word)])
}
