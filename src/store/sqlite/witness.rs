//! The second place in which it stands what was acknowledged.
//!
//! A write-ahead log that was cut short or overwritten looks to SQLite like one
//! that ended there: the commits behind are gone, and nothing says that they ever
//! were. So after each commit, and before anybody is told of it, a line goes to
//! the *witness*, a small file beside the database: which journal row was written
//! for whom, which document was made, deleted or restored. It is not waited for
//! with an fsync, so it costs microseconds; after power loss it may know less than
//! the log, and never more, because the log was on disk before.
//!
//! When the store is opened, what the witness saw and the database does not show
//! is missing: a row is noted as the document's last one, so that loading the
//! document fails instead of showing a shortened one; what can be done again is
//! done again. The witness is begun anew whenever everything is in the database
//! itself. It speaks of one run of the store only, and says which
//! (`generation`): beside a database that somebody put there it says nothing.
//!
//! A run whose commits are not synced ([`Durability::Os`](super::Durability)) may
//! lose what it acknowledged without any damage, so it keeps no witness; what an
//! earlier run's witness saw was on disk and is missed all the same.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::generation;
use super::seen::Seen;
use super::testimony::Testimony;

/// The first bytes of the file.
pub(super) const MAGIC: &[u8; 8] = b"cowrows1";

const HEADER_BYTES: u64 = 16;

/// From which size on it is time to begin anew.
const FULL_BYTES: u64 = 1 << 20;

/// Where the witness of the database at `path` is.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-rows");
    PathBuf::from(name)
}

/// Whether a run of the store keeps a witness. Only one whose every commit is on
/// disk before it is acknowledged can: the others may lose some without any damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Witnessed {
    Yes,
    No,
}

/// Leaves a witness beside the database at `path` that this run, which keeps none,
/// will not contradict. In a `fresh` generation it says nothing; its header stays
/// as the trace of a database. In the one of its `testimony` it still tells which
/// rows and documents were on disk, and no more who is deleted: that may change
/// now, and nobody would see it.
pub(super) fn fall_silent(path: &Path, fresh: Option<i64>, testimony: Option<Testimony>) {
    let (generation, mut seen) = match (fresh, testimony) {
        (Some(fresh), _) => (fresh, Vec::new()),
        (None, Some(testimony)) => (testimony.generation, testimony.seen),
        // It speaks of another generation, if there is one.
        (None, None) => return,
    };
    seen.retain(|seen| !matches!(seen, Seen::Tombstone { .. }));
    match Witness::begin(path, generation) {
        Ok(mut witness) => witness.add(&seen),
        Err(error) => log::warn!("{} cannot be written: {error}", beside(path).display()),
    }
}

/// The file, being written.
#[derive(Debug)]
pub(super) struct Witness {
    file: File,
    generation: i64,
    bytes: u64,
    buffer: Vec<u8>,
    /// Something is not in it: it cannot be relied on until it begins anew.
    failed: bool,
}

impl Witness {
    /// The witness beside the database at `path`, for this run of the store: begun
    /// anew for a `fresh` generation; going on behind its `testimony` if there is
    /// none; else saying nothing yet. One that cannot be written is none.
    pub(super) fn of_this_run(
        path: &Path,
        connection: &Connection,
        fresh: Option<i64>,
        testimony: Option<Testimony>,
    ) -> Option<Self> {
        let begun = match (fresh, testimony) {
            (Some(fresh), _) => Self::begin(path, fresh).map(Some),
            (None, Some(testimony)) => Self::go_on(path, &testimony).map(Some),
            (None, None) => generation::present(connection)
                .ok()
                .map(|generation| Self::later(path, generation))
                .transpose(),
        };
        begun.unwrap_or_else(|error| {
            log::warn!(
                "{} cannot be written, so what is acknowledged is kept in one place only: {error}",
                beside(path).display()
            );
            None
        })
    }

    /// Begins the witness of the database at `path` anew, for this generation. One
    /// whose disk has no room now gets its next chance as any other does.
    fn begin(path: &Path, generation: i64) -> io::Result<Self> {
        let mut witness = Self::open(path, generation, 0)?;
        if let Err(error) = witness.begin_anew() {
            Self::warn(&error);
        }
        Ok(witness)
    }

    /// A witness that says nothing until it begins anew: a part of what was
    /// acknowledged is in the log alone, and nobody saw it.
    fn later(path: &Path, generation: i64) -> io::Result<Self> {
        let mut witness = Self::open(path, generation, 0)?;
        witness.failed = true;
        Ok(witness)
    }

    /// Goes on with a witness behind what it has said.
    fn go_on(path: &Path, testimony: &Testimony) -> io::Result<Self> {
        Self::open(path, testimony.generation, testimony.bytes)
    }

    fn open(path: &Path, generation: i64, bytes: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self {
            file: options.open(beside(path))?,
            generation,
            bytes,
            buffer: Vec::new(),
            failed: false,
        })
    }

    /// Forgets everything: it is all in the database itself. Without its header
    /// nothing that it said later would be believed, so it has failed until then.
    pub(super) fn begin_anew(&mut self) -> io::Result<()> {
        self.failed = true;
        self.file.set_len(0)?;
        self.bytes = 0;
        self.buffer.clear();
        self.buffer.extend(MAGIC);
        self.buffer.extend(self.generation.to_le_bytes());
        self.put()?;
        debug_assert_eq!(self.bytes, HEADER_BYTES);
        self.failed = false;
        Ok(())
    }

    /// Whether it is time to begin anew: it is long, or something is not in it.
    pub(super) fn is_full(&self) -> bool {
        self.failed || self.bytes >= FULL_BYTES
    }

    /// Adds what was acknowledged. A witness that cannot be written is no reason
    /// to refuse what is safely on disk.
    pub(super) fn add(&mut self, seen: &[Seen]) {
        if self.failed || seen.is_empty() {
            return;
        }
        self.buffer.clear();
        for entry in seen {
            entry.encode(self.generation, &mut self.buffer);
        }
        if let Err(error) = self.put() {
            self.failed = true;
            Self::warn(&error);
        }
    }

    fn warn(error: &io::Error) {
        log::warn!(
            "what is acknowledged is kept in one place only for a while, \
             because its second one cannot be written: {error}"
        );
    }

    /// Writes the buffer behind what is there. What a failed write left half is
    /// written over by the next.
    fn put(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.bytes))?;
        self.file.write_all(&self.buffer)?;
        self.bytes += self.buffer.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Vec<Seen> {
        vec![
            Seen::Document {
                document: 7,
                created: 5,
                name: "plan".into(),
                title: None,
            },
            Seen::Document {
                document: 8,
                created: 5,
                name: "diary".into(),
                title: Some("é".into()),
            },
            Seen::Row {
                document: 7,
                row: 9,
            },
            Seen::Tombstone {
                document: 7,
                deleted: Some(3),
            },
            Seen::Tombstone {
                document: 7,
                deleted: None,
            },
        ]
    }

    #[test]
    fn what_was_seen_is_told_and_a_cut_costs_the_end_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        assert!(Testimony::read(&path).unwrap().is_none());
        let mut witness = Witness::begin(&path, 42).unwrap();
        witness.add(&some()[..2]);
        witness.add(&some()[2..]);
        let told = Testimony::read(&path).unwrap().unwrap();
        assert_eq!((told.generation, told.seen), (42, some()));
        let whole = std::fs::read(beside(&path)).unwrap();
        for length in 0..whole.len() {
            std::fs::write(beside(&path), &whole[..length]).unwrap();
            let told = Testimony::read(&path).unwrap().unwrap();
            assert!(some().starts_with(&told.seen));
            assert!(told.seen.len() < some().len());
        }
        for place in HEADER_BYTES as usize..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            std::fs::write(beside(&path), bytes).unwrap();
            let told = Testimony::read(&path).unwrap().unwrap();
            assert!(some().starts_with(&told.seen) && told.seen.len() < some().len());
        }
        witness.begin_anew().unwrap();
        assert!(Testimony::read(&path).unwrap().unwrap().seen.is_empty());
    }

    /// After one failed write the witness said nothing for as long as the process
    /// lived: nobody took it for full, so it never began anew.
    #[test]
    fn a_witness_that_missed_something_asks_to_begin_anew_and_then_sees_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let told = || Testimony::read(&path).unwrap().unwrap().seen;
        let mut witness = Witness::begin(&path, 42).unwrap();
        witness.add(&some()[..1]);
        assert!(!witness.is_full());
        // One that was opened to read takes no writes.
        let read_only = File::open(beside(&path)).unwrap();
        let file = std::mem::replace(&mut witness.file, read_only);
        witness.add(&some()[1..2]);
        assert!(witness.is_full());
        assert!(witness.begin_anew().is_err());
        assert!(witness.is_full(), "it did not begin anew");
        witness.file = file;
        // With a gap in it, it says no more until it has begun anew.
        witness.add(&some()[2..3]);
        assert_eq!(told(), some()[..1]);
        witness.begin_anew().unwrap();
        assert!(!witness.is_full());
        witness.add(&some()[3..]);
        assert_eq!(told(), some()[3..]);
    }

    #[test]
    fn a_witness_without_a_header_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let mut witness = Witness::begin(&path, 42).unwrap();
        witness.file = File::open(beside(&path)).unwrap();
        assert!(witness.begin_anew().is_err());
        witness.file = File::options().write(true).open(beside(&path)).unwrap();
        witness.file.set_len(0).unwrap();
        witness.bytes = 0;
        witness.add(&some());
        assert_eq!(std::fs::metadata(beside(&path)).unwrap().len(), 0);
        assert!(witness.is_full());
    }
}
