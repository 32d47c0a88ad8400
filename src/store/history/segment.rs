//! A segment: the rows that one fold replaced, compressed.
//!
//! ```text
//! body   length of what follows, uncompressed (8 bytes, little endian), zstd of:
//!        rows varInt, first of all what differs little from row to row:
//!        rows × distance of the position from the one before (the first: from 0)
//!        rows × distance of the moment, zigzag, in microseconds since 1970
//!        rows × length of the update; then the updates, one behind the other;
//!        rows × sender, unless all are unsaid: 0 unsaid, 1 several, client + 2
//! base   length, uncompressed (8 bytes, little endian), zstd of an update
//! ```

use bytes::Bytes;

use super::super::{StoreError, micros};
use super::{Bounds, Row};
use crate::id::{Sender, Seq};

/// How hard is compressed: the rows of a fold take some milliseconds
/// (`benches/history.rs`).
const LEVEL: i32 = 9;

/// A base is kept when the rows since the last one take so many bytes, and
const LEAST_SINCE: u64 = 64 << 10;

/// so many times what it takes itself.
const TIMES_BASE: u64 = 2;

/// Rows that a snapshot replaces, as history keeps them. Made by
/// [`Store::segment`](super::super::Store::segment), to be handed to
/// [`Store::compact`](super::super::Store::compact).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub(in crate::store) bounds: Bounds,
    /// Which rows these are, see [`Seal`].
    pub(in crate::store) seal: u32,
    pub(in crate::store) body: Bytes,
    pub(in crate::store) base: Option<Bytes>,
}

impl Segment {
    /// Where it begins and ends.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Packs rows, which follow the row `after`; `base` is the state before them, if
    /// that is to be kept. `None` when there are no rows.
    pub(in crate::store) fn pack(
        after: Seq,
        rows: &[Row],
        base: Option<&Bytes>,
        seal: Seal,
    ) -> Result<Option<Self>, StoreError> {
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        let moments = || rows.iter().map(|row| row.at);
        let body = packed(&unpacked_rows(rows))?;
        let base = base.map(|base| packed(base)).transpose()?;
        let stored = body.len() + base.as_ref().map_or(0, Bytes::len);
        let bounds = Bounds {
            after,
            last: last.seq,
            rows: rows.len(),
            since: moments().min().unwrap_or(last.at),
            until: moments().max().unwrap_or(last.at),
            bytes: rows.iter().map(|row| row.update.len() as u64).sum(),
            stored: stored as u64,
            has_base: base.is_some(),
        };
        Ok(Some(Self {
            bounds,
            seal: seal.0,
            body,
            base,
        }))
    }
}

/// Which rows a segment holds, by their positions and checksums, in order: so that
/// the store need not read them again to know that these are the ones it removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::store) struct Seal(u32);

impl Seal {
    /// Adds a row.
    pub fn add(&mut self, row: u64, checksum: i64) {
        self.0 = crc32c::crc32c_append(self.0, &row.to_le_bytes());
        self.0 = crc32c::crc32c_append(self.0, &checksum.to_le_bytes());
    }

    /// Whether these are the rows of a segment.
    pub fn is_of(self, segment: &Segment) -> bool {
        self.0 == segment.seal
    }
}

/// Whether the state before a new segment is kept with it. `since` are the bytes of
/// all rows since the last base, or since the beginning, the new ones not counted;
/// `None` when no unbroken history leads up to it.
pub(in crate::store) fn keeps_base(base: usize, since: Option<u64>) -> bool {
    since.is_none_or(|since| since >= LEAST_SINCE.max((base as u64).saturating_mul(TIMES_BASE)))
}

/// The rows in a body; `Err` says what is wrong with it.
pub(in crate::store) fn rows(body: &[u8]) -> Result<Vec<Row>, String> {
    let unpacked = Bytes::from(unpacked(body)?);
    let mut reader = Reader(&unpacked);
    let count = reader.number()?;
    // A row takes three bytes at least.
    if count > unpacked.len() as u64 / 3 {
        return Err("it counts more rows than it has bytes for".to_owned());
    }
    let count = count as usize;
    let mut ids = Vec::with_capacity(count);
    let mut last = 0_u64;
    for _ in 0..count {
        last = last.wrapping_add(reader.number()?);
        ids.push(last);
    }
    let mut moments = Vec::with_capacity(count);
    let mut moment = 0_i64;
    for _ in 0..count {
        moment = moment.wrapping_add(from_zigzag(reader.number()?));
        moments.push(moment);
    }
    let mut lengths = Vec::with_capacity(count);
    for _ in 0..count {
        lengths.push(reader.number()? as usize);
    }
    let mut place = unpacked.len() - reader.0.len();
    let updates = lengths
        .iter()
        .try_fold(place, |end, length| end.checked_add(*length));
    let senders = updates.and_then(|end| unpacked.get(end..));
    let mut senders = Reader(senders.ok_or("it ends within a row")?);
    let are_said = !senders.0.is_empty();
    let mut rows = Vec::with_capacity(count);
    for ((id, moment), length) in ids.into_iter().zip(moments).zip(lengths) {
        let end = place + length;
        let sender = match are_said {
            true => sender(senders.number()?),
            false => Sender::Unsaid,
        };
        rows.push(Row {
            seq: Seq(id),
            at: micros::moment(moment),
            update: unpacked.slice(place..end),
            sender,
        });
        place = end;
    }
    match senders.0.is_empty() {
        true => Ok(rows),
        false => Err("there is something behind its rows".to_owned()),
    }
}

/// The state in a base.
pub(in crate::store) fn base(base: &[u8]) -> Result<Bytes, String> {
    unpacked(base).map(Bytes::from)
}

fn unpacked_rows(rows: &[Row]) -> Vec<u8> {
    let bytes: usize = rows.iter().map(|row| row.update.len()).sum();
    let mut unpacked = Vec::with_capacity(bytes + rows.len() * 8 + 16);
    put(&mut unpacked, rows.len() as u64);
    let mut last = 0;
    for row in rows {
        put(&mut unpacked, row.seq.0.wrapping_sub(last));
        last = row.seq.0;
    }
    let mut last = 0_i64;
    for row in rows {
        let moment = micros::since_1970(row.at);
        put(&mut unpacked, zigzag(moment.wrapping_sub(last)));
        last = moment;
    }
    for row in rows {
        put(&mut unpacked, row.update.len() as u64);
    }
    for row in rows {
        unpacked.extend_from_slice(&row.update);
    }
    if rows.iter().any(|row| row.sender != Sender::Unsaid) {
        for row in rows {
            put(&mut unpacked, sender_number(row.sender));
        }
    }
    unpacked
}

fn sender_number(sender: Sender) -> u64 {
    match sender {
        Sender::Unsaid => 0,
        Sender::Several => 1,
        Sender::Client(client) => client.saturating_add(2),
    }
}

fn sender(number: u64) -> Sender {
    match number {
        0 => Sender::Unsaid,
        1 => Sender::Several,
        number => Sender::Client(number - 2),
    }
}

/// Bytes as history keeps them.
pub(in crate::store) fn packed(bytes: &[u8]) -> Result<Bytes, StoreError> {
    let failed = |error| StoreError::Engine(format!("compressing history: {error}"));
    let mut packed = (bytes.len() as u64).to_le_bytes().to_vec();
    packed.extend(zstd::bulk::compress(bytes, LEVEL).map_err(failed)?);
    Ok(packed.into())
}

/// What was packed; `Err` says what is wrong with it.
pub(in crate::store) fn unpacked(packed: &[u8]) -> Result<Vec<u8>, String> {
    let (length, packed) = packed.split_first_chunk().ok_or("it is too short")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|error| error.to_string())?;
    let unpacked = zstd::bulk::decompress(packed, length).map_err(|error| error.to_string())?;
    match unpacked.len() == length {
        true => Ok(unpacked),
        false => Err("it is shorter than it says".to_owned()),
    }
}

/// Groups of seven bits, low ones first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u64, String> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (group, rest) = self.0.split_first().ok_or("it ends within a number")?;
            self.0 = rest;
            number |= u64::from(group & 0x7f) << shift;
            if group & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("a number in it does not end".to_owned())
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn from_zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u64, micros: i64, update: &'static [u8]) -> Row {
        Row {
            seq: Seq(seq),
            at: micros::moment(micros),
            update: Bytes::from_static(update),
            sender: Sender::Unsaid,
        }
    }

    fn of(row: Row, sender: Sender) -> Row {
        Row { sender, ..row }
    }

    fn segment(rows: &[Row]) -> Segment {
        let packed = Segment::pack(Seq(0), rows, None, Seal::default());
        packed.unwrap().unwrap()
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        // A clock may go back; positions do not.
        let given = [
            row(1, 1_790_000_000_000_000, b"one"),
            row(700, 1_790_000_000_000_001, b""),
            row(u64::MAX / 2, -5, &[0xff; 1_000]),
            row(u64::MAX / 2 + 1, 1_790_000_000_000_000, b"last"),
        ];
        let segment = segment(&given);
        assert_eq!(rows(&segment.body).as_deref(), Ok(&given[..]));
        let bounds = segment.bounds();
        assert_eq!((bounds.rows, bounds.bytes), (4, 1_007));
        assert_eq!(bounds.last, Seq(u64::MAX / 2 + 1));
        assert_eq!(bounds.since, micros::moment(-5));
        assert_eq!(bounds.until, micros::moment(1_790_000_000_000_001));
        assert_eq!(Segment::pack(Seq(0), &[], None, Seal::default()), Ok(None));
        let given = [
            row(1, 5, b"one"),
            of(row(2, 6, b""), Sender::Several),
            of(row(3, 7, b"three"), Sender::Client((1 << 53) - 1)),
            of(row(4, 8, b""), Sender::Client(0)),
        ];
        let packed = self::segment(&given).body;
        assert_eq!(rows(&packed).as_deref(), Ok(&given[..]));
    }

    #[test]
    fn what_is_no_segment_says_why() {
        let said = of(row(2, 6, b"two"), Sender::Client(700));
        let whole = segment(&[row(1, 5, b"one"), said]).body;
        for length in 0..whole.len() {
            assert!(rows(&whole[..length]).is_err(), "{length}");
        }
        // It says that it is longer, or shorter, than it is.
        for length in [0_u64, 1, 500] {
            let mut other = whole.to_vec();
            other[..8].copy_from_slice(&length.to_le_bytes());
            assert!(rows(&other).is_err(), "{length}");
        }
        for wrong in [&[200, 1][..], &[1], &[1, 1, 1, 9, 1], &[0, 7], &[0xff; 11]] {
            assert!(rows(&packed(wrong).unwrap()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn bases_take_less_than_rows() {
        assert!(keeps_base(1 << 20, None));
        assert!(!keeps_base(10, Some(LEAST_SINCE - 1)));
        assert!(keeps_base(10, Some(LEAST_SINCE)));
        assert!(!keeps_base(1 << 20, Some((2 << 20) - 1)));
        assert!(keeps_base(1 << 20, Some(2 << 20)));
    }
}
