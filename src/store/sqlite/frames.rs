//! Which pages stand in the write-ahead log: read from the file as SQLite reads it
//! when it recovers one, and without SQLite, which does not tell.
//!
//! What counts is committed: frames up to the last one that ends a transaction,
//! and none behind the first that is left over from an earlier log, or cut, or
//! does not fit its checksum.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

/// All but the last bit of the log's first number; that one says in which order
/// the checksums take bytes.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;
const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// What transactions in a log have committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Committed {
    /// How many pages the database has after the last one; 0 if there is none.
    pub(super) pages: u64,
    /// Those of its pages that stand in the log, from the first that was asked for.
    pub(super) held: BTreeSet<u64>,
}

impl Committed {
    /// Reads the log of a database with pages of `page_bytes`, and keeps in mind
    /// those pages that begin with number `first`. No log holds nothing.
    pub(super) fn read(log: &Path, page_bytes: u64, first: u64) -> io::Result<Self> {
        let mut log = match File::open(log) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut committed = Self::default();
        let mut header = [0; HEADER_BYTES];
        if !fills(&mut log, &mut header)? {
            return Ok(committed);
        }
        let Some(mut chain) = Chain::begin(&header, page_bytes) else {
            return Ok(committed);
        };
        let mut frame = vec![0; FRAME_HEADER_BYTES + chain.page_bytes];
        let mut underway = Vec::new();
        while fills(&mut log, &mut frame)? {
            let Some((page, size)) = chain.takes(&frame) else {
                break;
            };
            if page >= first {
                underway.push(page);
            }
            if size > 0 {
                committed.pages = size;
                committed.held.extend(underway.drain(..));
                // What a database lost when it shrank is not there when it grows.
                committed.held.split_off(&(size + 1));
            }
        }
        Ok(committed)
    }
}

/// Fills the buffer, unless the file ends before.
fn fills(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The checksum of everything so far: each frame's continues the one before.
struct Chain {
    page_bytes: usize,
    big_endian: bool,
    salt: [u8; 8],
    sum: [u32; 2],
}

impl Chain {
    /// `None` if SQLite would not take what follows for frames of this database.
    fn begin(header: &[u8; HEADER_BYTES], page_bytes: u64) -> Option<Self> {
        let mut chain = Self {
            page_bytes: usize::try_from(page_bytes).ok()?,
            big_endian: number(header, 0)? & 1 == 1,
            salt: header.get(16..24)?.try_into().ok()?,
            sum: [0; 2],
        };
        chain.add(header.get(..24)?);
        let known = number(header, 0)? & !1 == MAGIC
            && number(header, 4)? == VERSION
            && u64::from(number(header, 8)?) == page_bytes
            && (512..=65_536).contains(&page_bytes)
            && page_bytes.is_power_of_two()
            && chain.fits(header.get(24..)?);
        known.then_some(chain)
    }

    /// A frame's page, and the size of the database if it ends a transaction (else
    /// 0); `None` if it does not continue the log.
    fn takes(&mut self, frame: &[u8]) -> Option<(u64, u64)> {
        let (page, size) = (number(frame, 0)?, number(frame, 4)?);
        self.add(frame.get(..8)?);
        self.add(frame.get(FRAME_HEADER_BYTES..)?);
        let continues = page > 0 && frame.get(8..16)? == self.salt && self.fits(frame.get(16..24)?);
        continues.then_some((u64::from(page), u64::from(size)))
    }

    fn add(&mut self, bytes: &[u8]) {
        let word = |bytes: &[u8]| match (self.big_endian, bytes.try_into()) {
            (true, Ok(bytes)) => u32::from_be_bytes(bytes),
            (false, Ok(bytes)) => u32::from_le_bytes(bytes),
            (_, Err(_)) => 0,
        };
        let [mut one, mut two] = self.sum;
        for pair in bytes.chunks_exact(8) {
            one = one.wrapping_add(word(&pair[..4])).wrapping_add(two);
            two = two.wrapping_add(word(&pair[4..])).wrapping_add(one);
        }
        self.sum = [one, two];
    }

    /// Whether `sealed` is the checksum of everything so far.
    fn fits(&self, sealed: &[u8]) -> bool {
        number(sealed, 0) == Some(self.sum[0]) && number(sealed, 4) == Some(self.sum[1])
    }
}

/// The number at a place; those beside the checksums' input have one order.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// A log of three transactions, and how many pages there were after each.
    fn log(place: &Path) -> (Vec<u8>, Vec<u64>) {
        let database = place.join("db");
        let connection = Connection::open(&database).unwrap();
        connection
            .execute_batch(
                "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
                 CREATE TABLE words (word);",
            )
            .unwrap();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .unwrap();
        let mut sizes = vec![0];
        for _ in 0..3 {
            connection
                .execute("INSERT INTO words VALUES (zeroblob(2000))", [])
                .unwrap();
            let size = connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0));
            sizes.push(size.unwrap().cast_unsigned());
        }
        (std::fs::read(place.join("db-wal")).unwrap(), sizes)
    }

    fn read(bytes: &[u8], first: u64) -> Committed {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        Committed::read(file.path(), 512, first).unwrap()
    }

    #[test]
    fn what_is_committed_counts_and_nothing_behind_damage() {
        let place = tempfile::tempdir().unwrap();
        let (whole, sizes) = log(place.path());
        let [.., size] = sizes[..] else { panic!() };
        let all = read(&whole, 3);
        assert_eq!((all.pages, all.held), (size, (3..=size).collect()));
        assert_eq!(read(&whole, size).held, [size].into());

        // Wherever it ends, a whole number of transactions is left, with all pages
        // that they added.
        let mut seen = BTreeSet::new();
        for length in 0..whole.len() {
            let cut = read(&whole[..length], 3);
            assert!(sizes[..3].contains(&cut.pages), "{} at {length}", cut.pages);
            assert_eq!(cut.held, (3..=cut.pages).collect());
            seen.insert(cut.pages);
        }
        assert_eq!(seen, sizes[..3].iter().copied().collect());

        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert!(read(&bytes, 3).pages < size, "changed at {at}");
        }
        // Another page size is another database's.
        let log = place.path().join("db-wal");
        assert_eq!(
            Committed::read(&log, 4096, 1).unwrap(),
            Committed::default()
        );
        assert_eq!(Committed::read(&log, 0, 1).unwrap(), Committed::default());
        let none = place.path().join("none");
        assert_eq!(
            Committed::read(&none, 512, 1).unwrap(),
            Committed::default()
        );
    }
}
