//! Which documents are in hand: a note outside of the process, so that a crash
//! of all of it (an abort, a stack overflow, a segmentation fault) does not come
//! again and again for the same document.
//!
//! Whoever is about to load a document or to apply an update to one writes its
//! name into a slot of a small file and clears the slot afterwards. The next
//! process finds who was in hand when the last one ended. Nothing is synced:
//! what was written into the page cache outlives the process, and a power loss
//! accuses nobody. An end from outside (kill -9, out of memory) may accuse a
//! document by chance; hence it takes two in a row, and a document that did
//! anything durable in between is innocent again ([`Store`](crate::store::Store),
//! clause 8).
//!
//! A note costs two writes, and those wait now and then for the disk that is being
//! synced. So not every keystroke is noted: of a session, its first updates and all
//! large ones (`document::labour`). Whoever broke the process with a later one comes
//! back with it as one of its first.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::id::DocumentId;
use crate::store::During;

/// A slot holds one byte for what is done, two for the length of the name, and
/// the name. It does not cross a page, so that it is written whole.
const SLOT: usize = 1024;
const IDLE: u8 = 0;
const LOADING: u8 = 1;
const APPLYING: u8 = 2;

/// The notes of this process. Clones write to the same file; without a file
/// nothing is noted.
#[derive(Debug, Clone, Default)]
pub struct Hand(Option<Arc<Notes>>);

#[derive(Debug)]
struct Notes {
    file: File,
    free: Mutex<Free>,
}

/// The slots that nobody uses.
#[derive(Debug, Default)]
struct Free {
    given_back: Vec<usize>,
    next: usize,
}

impl Hand {
    /// Begins a file at `path`, and says who was in hand when the process that
    /// wrote it before ended. Only one process at a time may have it.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<(DocumentId, During)>)> {
        let left = match std::fs::read(path) {
            Ok(bytes) => bytes.chunks(SLOT).filter_map(read_slot).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let notes = Notes {
            file: options.open(path)?,
            free: Mutex::default(),
        };
        Ok((Self(Some(Arc::new(notes))), left))
    }

    /// Notes that this is done to the document, until the answer is dropped.
    pub fn takes(&self, document: &DocumentId, during: During) -> InHand {
        let noted = self.0.as_ref().map(|notes| {
            let slot = notes.take_slot();
            notes.write(slot, &slot_of(document, during));
            (Arc::clone(notes), slot)
        });
        InHand(noted)
    }

    /// Applies something to a document that is in hand meanwhile.
    pub fn applying<T>(&self, document: &DocumentId, apply: impl FnOnce() -> T) -> T {
        let in_hand = self.takes(document, During::Applying);
        let applied = apply();
        drop(in_hand);
        applied
    }
}

/// A document is in hand while this lives.
#[derive(Debug)]
#[must_use = "it is in hand while this lives"]
pub struct InHand(Option<(Arc<Notes>, usize)>);

impl Drop for InHand {
    fn drop(&mut self) {
        if let Some((notes, slot)) = self.0.take() {
            notes.write(slot, &[IDLE]);
            notes.free().given_back.push(slot);
        }
    }
}

impl Notes {
    fn take_slot(&self) -> usize {
        let mut free = self.free();
        free.given_back.pop().unwrap_or_else(|| {
            free.next += 1;
            free.next - 1
        })
    }

    /// A note that cannot be written is no reason to serve nobody.
    fn write(&self, slot: usize, bytes: &[u8]) {
        let written = write_at(&self.file, bytes, (slot * SLOT) as u64);
        if let Err(error) = written {
            log::debug!("what is in hand could not be noted: {error}");
        }
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset).map(drop)
}

fn slot_of(document: &DocumentId, during: During) -> Vec<u8> {
    let name = document.as_str().as_bytes();
    let mut slot = Vec::with_capacity(3 + name.len());
    slot.push(match during {
        During::Loading => LOADING,
        During::Applying => APPLYING,
    });
    slot.extend((name.len() as u16).to_le_bytes());
    slot.extend(name);
    slot
}

/// What a slot says; a slot that makes no sense accuses nobody.
fn read_slot(slot: &[u8]) -> Option<(DocumentId, During)> {
    let (&kind, rest) = slot.split_first()?;
    let during = match kind {
        LOADING => During::Loading,
        APPLYING => During::Applying,
        _ => return None,
    };
    let (length, rest) = rest.split_first_chunk()?;
    let name = rest.get(..usize::from(u16::from_le_bytes(*length)))?;
    let name = std::str::from_utf8(name).ok()?;
    Some((DocumentId::parse(name).ok()?, during))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_process_finds_who_was_in_hand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hand");
        let longest = DocumentId::parse(&"x".repeat(512)).unwrap();
        let plan = DocumentId::parse("plan").unwrap();
        let (hand, left) = Hand::open(&path).unwrap();
        assert_eq!(left, []);
        let first = hand.takes(&plan, During::Loading);
        let second = hand.takes(&longest, During::Applying);
        drop(hand.takes(&plan, During::Applying));
        let (next, left) = Hand::open(&path).unwrap();
        let expected = [
            (plan.clone(), During::Loading),
            (longest.clone(), During::Applying),
        ];
        assert_eq!(left, expected);
        assert_eq!(Hand::open(&path).unwrap().1, [], "nobody is accused twice");
        drop((first, second, next));
        // A slot that was given back is used again, by a shorter name too.
        drop(hand.takes(&longest, During::Applying));
        let held = hand.takes(&plan, During::Applying);
        assert_eq!(Hand::open(&path).unwrap().1, [(plan, During::Applying)]);
        drop(held);
    }

    #[test]
    #[ignore = "measures: cargo test --release --lib -- --ignored --nocapture what_a_note_costs"]
    fn what_a_note_costs() {
        let folder = tempfile::tempdir().unwrap();
        let (hand, _) = Hand::open(&folder.path().join("hand")).unwrap();
        let plan = DocumentId::parse("a document of the usual length").unwrap();
        let begun = std::time::Instant::now();
        const NOTES: u32 = 200_000;
        for _ in 0..NOTES {
            drop(hand.takes(&plan, During::Applying));
        }
        println!("a note, written and cleared: {:?}", begun.elapsed() / NOTES);
    }

    #[test]
    fn nonsense_accuses_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hand");
        for nonsense in [
            &b"\x02"[..],
            b"\x02\xff\xffabc",
            b"\x07\x01\0a",
            b"\x01\x01\0\xff",
        ] {
            std::fs::write(&path, nonsense).unwrap();
            assert_eq!(Hand::open(&path).unwrap().1, [], "{nonsense:?}");
        }
    }
}
