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

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::known;
use super::tail::Tails;

/// The first bytes of the file.
const MAGIC: &[u8; 8] = b"cowrows1";

const HEADER_BYTES: u64 = 16;

/// From which size on it is time to begin anew.
const FULL_BYTES: u64 = 1 << 20;

/// What reading gives up at; the file never comes near it.
const LONGEST: u64 = 64 << 20;

/// Where the witness of the database at `path` is.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-rows");
    PathBuf::from(name)
}

/// One thing that was acknowledged. Documents go by their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Row {
        document: i64,
        row: u64,
    },
    Document {
        document: i64,
        created: i64,
        name: String,
        title: Option<String>,
    },
    Tombstone {
        document: i64,
        deleted: Option<i64>,
    },
}

impl Seen {
    fn encode(&self, generation: i64, out: &mut Vec<u8>) {
        let start = out.len();
        match self {
            Self::Row { document, row } => {
                out.push(1);
                out.extend(document.to_le_bytes());
                out.extend(row.to_le_bytes());
            }
            Self::Document {
                document,
                created,
                name,
                title,
            } => {
                out.push(if title.is_some() { 3 } else { 2 });
                out.extend(document.to_le_bytes());
                out.extend(created.to_le_bytes());
                for text in std::iter::once(name).chain(title) {
                    // Names are short; a title that is not is not worth keeping.
                    let text = if text.len() > usize::from(u16::MAX) {
                        ""
                    } else {
                        text
                    };
                    out.extend((text.len() as u16).to_le_bytes());
                    out.extend(text.as_bytes());
                }
            }
            Self::Tombstone { document, deleted } => {
                out.push(if deleted.is_some() { 4 } else { 5 });
                out.extend(document.to_le_bytes());
                out.extend(deleted.unwrap_or(0).to_le_bytes());
            }
        }
        let seal = seal(generation, &out[start..]);
        out.extend(seal.to_le_bytes());
    }

    /// The entry at the beginning of `bytes` and how long it is, if one is there.
    fn decode(generation: i64, bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let kind = *take(&mut rest, 1)?.first()?;
        let mut number = || Some(i64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?));
        let (document, second) = (number()?, number()?);
        let mut text = || {
            let length = u16::from_le_bytes(take(&mut rest, 2)?.try_into().ok()?);
            let text = take(&mut rest, usize::from(length))?;
            String::from_utf8(text.to_vec()).ok()
        };
        let seen = match kind {
            1 => Self::Row {
                document,
                row: second.cast_unsigned(),
            },
            2 | 3 => Self::Document {
                document,
                created: second,
                name: text()?,
                title: if kind == 3 { Some(text()?) } else { None },
            },
            4 | 5 => Self::Tombstone {
                document,
                deleted: (kind == 4).then_some(second),
            },
            _ => return None,
        };
        let length = bytes.len() - rest.len();
        let sealed = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        (sealed == seal(generation, &bytes[..length])).then_some((seen, length + 4))
    }
}

fn seal(generation: i64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&generation.to_le_bytes()), bytes)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// What a witness had to say.
#[derive(Debug, Default)]
pub(super) struct Testimony {
    /// Which run of the store it speaks of.
    pub(super) generation: i64,
    pub(super) seen: Vec<Seen>,
    /// How much of the file is sound.
    bytes: u64,
}

impl Testimony {
    /// What the witness beside the database at `path` says of this database, as far
    /// as it is sound; nothing if it speaks of another.
    pub(super) fn of(path: &Path, connection: &Connection) -> io::Result<Option<Self>> {
        let Some(testimony) = Self::read(path)? else {
            return Ok(None);
        };
        // Whether the generation can be read at all is for others to find out.
        if testimony.is_about(connection).unwrap_or(false) {
            return Ok(Some(testimony));
        }
        if !testimony.seen.is_empty() {
            log::warn!(
                "{} speaks of another run of the store than {}; was an older copy put there?",
                beside(path).display(),
                path.display()
            );
        }
        Ok(None)
    }

    /// Whether it speaks of this database, in its present generation.
    pub(super) fn is_about(&self, connection: &Connection) -> rusqlite::Result<bool> {
        connection
            .query_row("SELECT number FROM generation", [], |row| row.get(0))
            .map(|generation: i64| generation == self.generation)
    }

    /// The greatest row that was seen.
    pub(super) fn last_row(&self) -> u64 {
        let rows = self.seen.iter().map(|seen| match seen {
            Seen::Row { row, .. } => *row,
            _ => 0,
        });
        rows.max().unwrap_or(0)
    }

    /// The same, whichever database it speaks of.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        match File::open(beside(path)) {
            Ok(file) => file.take(LONGEST).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut rest = &bytes[..];
        let header = take(&mut rest, MAGIC.len()).zip(take(&mut rest, 8));
        let Some((MAGIC, generation)) = header
            .map(|(magic, of)| (magic.try_into().ok(), of))
            .and_then(|(magic, of)| Some((magic?, of)))
        else {
            return Ok(Some(Self::default()));
        };
        let generation = i64::from_le_bytes(generation.try_into().unwrap_or_default());
        let mut seen = Vec::new();
        while let Some((entry, length)) = Seen::decode(generation, rest) {
            seen.push(entry);
            rest = &rest[length..];
        }
        let bytes = (bytes.len() - rest.len()) as u64;
        Ok(Some(Self {
            generation,
            seen,
            bytes,
        }))
    }

    /// What was acknowledged of each document and cannot be found: the greatest
    /// such row.
    pub(super) fn missing_rows(
        &self,
        connection: &Connection,
        tails: &Tails,
    ) -> rusqlite::Result<BTreeMap<i64, u64>> {
        let mut acknowledged: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        for seen in &self.seen {
            if let Seen::Row { document, row } = seen {
                acknowledged.entry(*document).or_default().push(*row);
            }
        }
        let mut covers = connection.prepare("SELECT through FROM snapshots WHERE document = ?1")?;
        let mut missing = BTreeMap::new();
        for (document, mut rows) in acknowledged {
            if let Some(tail) = tails.get(document) {
                let found: std::collections::HashSet<u64> = tail.ids().collect();
                rows.retain(|row| !found.contains(row));
            }
            let Some(last) = rows.into_iter().max() else {
                continue;
            };
            let covered: Option<i64> = covers.query_row([document], |row| row.get(0)).optional()?;
            if covered.is_none_or(|through| through.cast_unsigned() < last) {
                missing.insert(document, last);
            }
        }
        Ok(missing)
    }

    /// Makes the database say what is missing, and does again what can be done
    /// again: inside one transaction. Tells how many documents lack rows.
    pub(super) fn settle(&self, connection: &Connection, tails: &Tails) -> rusqlite::Result<usize> {
        let transaction = connection.unchecked_transaction()?;
        let missing = self.missing_rows(&transaction, tails)?;
        for seen in &self.seen {
            match seen {
                Seen::Row { .. } => {}
                Seen::Document {
                    document,
                    created,
                    name,
                    title,
                } => {
                    let made = transaction.execute(
                        "INSERT OR IGNORE INTO documents
                         (id, name, title, created_at, updated_at, bytes, last_row)
                         VALUES (?1, ?2, ?3, ?4, ?4, 0, 0)",
                        params![document, name, title, created],
                    )?;
                    if made > 0 {
                        log::error!(
                            "document {name:?} was made and its record is lost; it is made again"
                        );
                        known::amend(&transaction, *document, |_| {})?;
                    }
                }
                Seen::Tombstone { document, deleted } => {
                    known::amend(&transaction, *document, |recorded| {
                        if recorded.deleted.is_some() != deleted.is_some() {
                            recorded.deleted = *deleted;
                        }
                    })?;
                }
            }
        }
        for (document, row) in &missing {
            known::amend(&transaction, *document, |recorded| {
                log::error!(
                    "document {:?}: journal rows up to {row} were acknowledged and are missing; \
                     it is not served any more. Restore it from a backup",
                    String::from_utf8_lossy(&recorded.name)
                );
                recorded.last_row = recorded.last_row.max(row.cast_signed());
            })?;
        }
        transaction.commit()?;
        Ok(missing.len())
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
    /// Begins the witness of the database at `path` anew, for this generation. One
    /// whose disk has no room now gets its next chance as any other does.
    pub(super) fn begin(path: &Path, generation: i64) -> io::Result<Self> {
        let mut witness = Self::open(path, generation, 0)?;
        if let Err(error) = witness.begin_anew() {
            Self::warn(&error);
        }
        Ok(witness)
    }

    /// A witness that says nothing until it begins anew: a part of what was
    /// acknowledged is in the log alone, and nobody saw it.
    pub(super) fn later(path: &Path, generation: i64) -> io::Result<Self> {
        let mut witness = Self::open(path, generation, 0)?;
        witness.failed = true;
        Ok(witness)
    }

    /// Goes on with a witness behind what it has said.
    pub(super) fn go_on(path: &Path, testimony: &Testimony) -> io::Result<Self> {
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
