//! The table `history`: the segments of documents, and the way through them.
//!
//! A segment stands under the number of its last row: numbers rise, so old segments
//! stand before young ones, whosever they are. What is damaged here is an error for
//! the moments it meets; the document itself needs none of it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row as Record, params};

use super::super::history::{self, Course, Parts, Seal, keeps_base};
use super::super::{Bounds, Moment, Past, Row, Segment, StoreError, micros};
use super::reader::{self, Plan};
use super::{checksum, failure};
use crate::id::Seq;

/// What [`bounds`] takes, in its order. None of it reads a body.
const HEAD: &str = "last_row, after_row, rows, since, until, bytes,
                    length(body) + coalesce(length(base), 0), base IS NOT NULL";

fn bounds(record: &Record<'_>) -> rusqlite::Result<Bounds> {
    let number = |column| record.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(Bounds {
        last: Seq(number(0)?),
        after: Seq(number(1)?),
        rows: number(2)? as usize,
        since: micros::moment(record.get(3)?),
        until: micros::moment(record.get(4)?),
        bytes: number(5)?,
        stored: number(6)?,
        has_base: record.get(7)?,
    })
}

/// Where a document's segments begin and end, oldest first.
pub(super) fn heads(connection: &Connection, document: i64) -> rusqlite::Result<Vec<Bounds>> {
    connection
        .prepare_cached(&format!(
            "SELECT {HEAD} FROM history WHERE document = ?1 ORDER BY last_row"
        ))?
        .query_map([document], bounds)?
        .collect()
}

/// Keeps a segment.
pub(super) fn insert(
    connection: &Connection,
    document: i64,
    segment: &Segment,
) -> rusqlite::Result<()> {
    let numbers = Numbers::of(document, &segment.bounds);
    let base = segment.base.as_deref();
    connection
        .prepare_cached(
            "INSERT INTO history
             (last_row, document, after_row, rows, since, until, bytes, checksum, body, base)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            numbers.last,
            document,
            numbers.after,
            numbers.rows,
            numbers.since,
            numbers.until,
            numbers.bytes,
            numbers.seal(&segment.body, base),
            &segment.body[..],
            base,
        ])?;
    Ok(())
}

/// Forgets a segment.
pub(super) fn remove(connection: &Connection, last: Seq) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM history WHERE last_row = ?1")?
        .execute([last.0.cast_signed()])?;
    Ok(())
}

/// The columns that a segment's checksum is of, beside body and base.
pub(super) struct Numbers {
    pub(super) document: i64,
    pub(super) last: i64,
    pub(super) after: i64,
    pub(super) rows: i64,
    pub(super) since: i64,
    pub(super) until: i64,
    pub(super) bytes: i64,
}

impl Numbers {
    fn of(document: i64, bounds: &Bounds) -> Self {
        Self {
            document,
            last: bounds.last.0.cast_signed(),
            after: bounds.after.0.cast_signed(),
            rows: bounds.rows as i64,
            since: micros::since_1970(bounds.since),
            until: micros::since_1970(bounds.until),
            bytes: bounds.bytes.cast_signed(),
        }
    }

    /// The checksum that fits.
    pub(super) fn seal(&self, body: &[u8], base: Option<&[u8]>) -> i64 {
        let numbers = [
            self.document,
            self.last,
            self.after,
            self.rows,
            self.since,
            self.until,
            self.bytes,
        ];
        checksum::of_segment(numbers, body, base)
    }
}

/// Packs the rows of a plan up to `through`.
pub(super) fn pack(
    connection: &Connection,
    plan: &Plan,
    through: Seq,
) -> Result<Option<Segment>, StoreError> {
    let mut seal = Seal::default();
    let mut rows = Vec::new();
    let mut after = None;
    for id in plan.tail.ids().take_while(|id| *id <= through.0) {
        let row = reader::journal_row(connection, plan, id)?;
        after.get_or_insert(row.previous);
        seal.add(id, row.checksum);
        rows.push(row.of(id));
    }
    let after = after.unwrap_or(plan.last_row);
    // The rows are what history is made of. Where something else is damaged they are kept
    // without it.
    let base = unless_damaged(reader::snapshot(connection, plan))?;
    let since = unless_damaged(since_last_base(connection, plan, after))?;
    let base = base.filter(|base| keeps_base(base.len(), since));
    Segment::pack(Seq(after), &rows, base.as_ref(), seal)
}

/// Nothing in the place of what is damaged.
fn unless_damaged<T>(read: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Err(error @ StoreError::Damaged(_)) => {
            log::error!("a part of history is kept by itself: {error}");
            Ok(None)
        }
        read => read,
    }
}

/// Bytes of the rows since the last base; `None` when no history leads up to the row
/// `after`.
fn since_last_base(
    connection: &Connection,
    plan: &Plan,
    after: u64,
) -> Result<Option<u64>, StoreError> {
    let heads = heads(connection, plan.key).map_err(|error| unreadable(plan, &error))?;
    if heads.last().is_none_or(|last| last.last.0 != after) {
        return Ok(None);
    }
    let mut bytes = 0;
    for head in heads.iter().rev() {
        bytes += head.bytes;
        if head.has_base {
            break;
        }
    }
    Ok(Some(bytes))
}

/// What the document was at a moment.
pub(super) fn recall(
    connection: &Connection,
    plan: &Plan,
    moment: Moment,
) -> Result<Past, StoreError> {
    let mut shelf = Shelf::of(connection, plan)?;
    Course::new(shelf.parts.clone()).recall(moment, &mut shelf)
}

/// Its rows between two positions.
pub(super) fn rows(
    connection: &Connection,
    plan: &Plan,
    after: Seq,
    through: Seq,
) -> Result<Vec<Row>, StoreError> {
    let mut shelf = Shelf::of(connection, plan)?;
    Course::new(shelf.parts.clone()).rows(after, through, &mut shelf)
}

/// All parts of its history, the tail last.
pub(super) fn parts(connection: &Connection, plan: &Plan) -> Result<Vec<Bounds>, StoreError> {
    Ok(Shelf::of(connection, plan)?.parts)
}

/// Reads each segment of a document; says what is wrong with the first that is not
/// sound.
pub(super) fn examine(connection: &Connection, plan: &Plan) -> Result<(), StoreError> {
    let heads = heads(connection, plan.key).map_err(|error| unreadable(plan, &error))?;
    for head in heads {
        let found = segment(connection, plan, &head, true)?;
        let rows = history::rows(&found.body).map_err(|what| damaged(plan, &head, &what))?;
        if rows.len() != head.rows || rows.last().is_some_and(|row| row.seq != head.last) {
            return Err(damaged(plan, &head, "it holds other rows than it says"));
        }
        if let Some(base) = found.base {
            history::base(&base).map_err(|what| damaged(plan, &head, &what))?;
        }
    }
    Ok(())
}

/// A document's history in the file.
struct Shelf<'a> {
    connection: &'a Connection,
    plan: &'a Plan,
    parts: Vec<Bounds>,
}

impl<'a> Shelf<'a> {
    fn of(connection: &'a Connection, plan: &'a Plan) -> Result<Self, StoreError> {
        let mut parts = heads(connection, plan.key).map_err(|error| unreadable(plan, &error))?;
        let tail = &plan.tail;
        let first = tail.ids().next();
        let first = first.map(|first| reader::journal_row(connection, plan, first));
        let first = first.transpose()?;
        let updated = micros::moment(plan.updated);
        parts.push(Bounds {
            after: Seq(first.as_ref().map_or(plan.last_row, |row| row.previous)),
            last: Seq(plan.last_row),
            rows: tail.rows(),
            since: first.map_or(updated, |row| micros::moment(row.written_at)),
            until: match tail.rows() {
                0 => updated,
                _ => micros::moment(tail.updated()),
            },
            bytes: tail.bytes(),
            stored: tail.bytes(),
            has_base: plan.through.is_some(),
        });
        Ok(Self {
            connection,
            plan,
            parts,
        })
    }

    /// The head of a part, unless that is the tail.
    fn head(&self, part: usize) -> Option<&Bounds> {
        self.parts.get(part).filter(|_| part + 1 < self.parts.len())
    }
}

impl Parts for Shelf<'_> {
    fn rows(&mut self, part: usize) -> Result<Vec<Row>, StoreError> {
        if let Some(head) = self.head(part) {
            let found = segment(self.connection, self.plan, head, false)?;
            return history::rows(&found.body).map_err(|what| damaged(self.plan, head, &what));
        }
        let mut rows = Vec::with_capacity(self.plan.tail.rows());
        let mut before = None;
        for id in self.plan.tail.ids() {
            let row = reader::journal_row(self.connection, self.plan, id)?;
            if before.is_some_and(|before| row.previous != before) {
                let what = "row before it is missing";
                return Err(reader::damaged(self.plan, "journal", id, what));
            }
            before = Some(id);
            rows.push(row.of(id));
        }
        let last = self.plan.last_row;
        if before.is_some_and(|before| before < last) {
            return Err(reader::damaged(
                self.plan,
                "journal",
                last,
                "row is missing",
            ));
        }
        Ok(rows)
    }

    fn base(&mut self, part: usize) -> Result<Bytes, StoreError> {
        let Some(head) = self.head(part) else {
            let snapshot = reader::snapshot(self.connection, self.plan)?;
            return snapshot.ok_or_else(|| {
                let key = self.plan.key.cast_unsigned();
                reader::damaged(self.plan, "snapshots", key, "row is missing")
            });
        };
        let found = segment(self.connection, self.plan, head, true)?;
        let base = found.base.unwrap_or_default();
        history::base(&base).map_err(|what| damaged(self.plan, head, &what))
    }
}

/// A segment as it stands in the file, checked.
struct Found {
    body: Bytes,
    base: Option<Bytes>,
}

/// Reads a segment. Its checksum is of all of it, so all of it is read; the base is
/// kept where it is asked for.
fn segment(
    connection: &Connection,
    plan: &Plan,
    head: &Bounds,
    with_base: bool,
) -> Result<Found, StoreError> {
    let failed = |error| unreadable(plan, &error);
    let found = connection
        .prepare_cached("SELECT checksum, body, base FROM history WHERE last_row = ?1")
        .map_err(failed)?
        .query_row([head.last.0.cast_signed()], |record| {
            let checksum: i64 = record.get(0)?;
            let body = record.get_ref(1)?.as_blob().map(Bytes::copy_from_slice);
            let base = record.get_ref(2)?.as_blob_or_null();
            let (Ok(body), Ok(base)) = (body, base) else {
                return Ok(None);
            };
            let sound = checksum == Numbers::of(plan.key, head).seal(&body, base);
            let base = base.filter(|_| with_base).map(Bytes::copy_from_slice);
            Ok(sound.then_some(Found { body, base }))
        })
        .optional()
        .map_err(failed)?;
    found
        .flatten()
        .ok_or_else(|| damaged(plan, head, "it does not fit its checksum"))
}

fn damaged(plan: &Plan, head: &Bounds, what: &str) -> StoreError {
    StoreError::Damaged(format!(
        "document {:?}, table history, rows {} to {}: {what}. The document itself is not concerned",
        plan.document,
        head.after.0 + 1,
        head.last
    ))
}

fn unreadable(plan: &Plan, error: &rusqlite::Error) -> StoreError {
    failure::answer(
        &format!("document {:?}, table history", plan.document),
        error,
    )
}
