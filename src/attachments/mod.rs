//! Files that belong to documents: pictures in them, and whatever else people attach.
//!
//! A file is known by the SHA-256 of its bytes. Its content lies once on the `shelf`,
//! however many documents hold it; the `index` says which documents do, and under which
//! names. What is called kept is on disk, in both. Every content is compared with its
//! hash before the first byte of it is handed out: one that is damaged is an error, never
//! other bytes. What a file is, is decided by its bytes (`kind`), never by who sent it.
//!
//! Nothing here knows what a document says; whoever does tells which files nobody refers
//! to any more ([`Attachments::noticed`]), and after [`LOOKS`] such looks in a row a file
//! may go. Files never concern the documents themselves: where the index cannot be read,
//! every file is an error and documents are served as ever.
//!
//! This room names `id` and its engine; no actor, no document, no HTTP. Its calls wait
//! for the disk and belong on threads that may.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::id::DocumentId;

mod copy;
mod error;
mod hash;
mod index;
mod kind;
mod name;
mod rescue;
mod shelf;
#[cfg(test)]
mod tests;
mod types;
mod upload;

pub use copy::{CopyError, Counted, back_up, beside, examine, put_back, take_away};
pub use error::FileError;
pub use hash::Hash;
pub use kind::{Served, served, types};
pub use name::cleaned;
pub use shelf::Content;
pub use types::{NoType, TypeList};
pub use upload::Upload;

use index::Index;
use shelf::{Folder, Memory, Shelf, Stamp};

/// The index's name in the data directory.
pub const INDEX: &str = "cowrite.files.db";

/// The folder of contents in the data directory.
pub const FOLDER: &str = "files";

/// How often in a row it must be found that nobody refers to a file before it goes.
pub const LOOKS: u32 = 4;

/// A file takes at least so much of what may be taken: a block of the disk, and a line
/// in the index.
const LEAST: u64 = 4 << 10;

/// How much all files together may take where they are kept in memory.
const MEMORY_BYTES: u64 = 64 << 20;

/// A content that fitted its hash, and was not touched since, is believed for so long.
const BELIEVED: Duration = Duration::from_secs(60 * 60);

/// Of so many contents, and files, it is remembered.
const MOST_BELIEVED: usize = 1 << 14;

/// Kills and full disks leave fewer contents that nobody knows.
const MOST_STRAY: usize = 64;

/// The longest page of a list.
pub const LONGEST_PAGE: usize = 1_000;

/// What files may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLimits {
    /// One file, in bytes; 0 takes none.
    pub file: u64,
    /// Those of one document.
    pub document: u64,
    /// All of them.
    pub total: u64,
    /// Of which types they may be.
    pub types: TypeList,
    /// For how long a file is kept that nothing refers to, about.
    pub grace: Duration,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            file: 32 << 20,
            document: 1 << 30,
            total: 16 << 30,
            types: TypeList::default(),
            grace: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// A file of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Counts the files as they came.
    pub id: u64,
    /// What it is known by.
    pub hash: Hash,
    /// What it is called in this document.
    pub name: String,
    /// Its type, by its bytes.
    pub kind: String,
    /// Its size.
    pub bytes: u64,
    /// Width and height in pixels, of a picture that says so.
    pub pixels: Option<(u64, u64)>,
    /// When it came.
    pub added: SystemTime,
}

/// What became of a file that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub held: Held,
    /// Whether the document did not have it before.
    pub is_new: bool,
}

/// The files of all documents. Clones share them.
#[derive(Clone)]
pub struct Attachments(Arc<Inner>);

struct Inner {
    limits: FileLimits,
    shelf: Box<dyn Shelf>,
    /// Or why there is none. Whoever changes what is on the shelf under a name holds it.
    index: Mutex<Result<Index, String>>,
    /// What uploads that are not finished take, in bytes.
    underway: AtomicU64,
    believed: Mutex<HashMap<Hash, (Stamp, Instant)>>,
    /// Files that were asked for, so that who reads does not wait for those who send. It
    /// changes while the index is held.
    found: Mutex<HashMap<(DocumentId, Hash), Held>>,
}

impl Attachments {
    /// The files in a data directory. Nothing is made there before there is one. What
    /// uploads left that were broken off by the end of a process is thrown away.
    ///
    /// An index that cannot be read makes every call an error; it is not replaced by an
    /// empty one.
    pub fn open(data: &Path, limits: FileLimits) -> Self {
        let folder = Folder::new(&data.join(FOLDER));
        let index = match folder.clean() {
            Ok(()) => Index::open(data),
            Err(error) => Err(format!("{} cannot be used: {error}", FOLDER)),
        };
        if let Err(why) = &index {
            log::error!("attached files cannot be served: {why}");
        }
        Self::of(limits, Box::new(folder), index)
    }

    /// Files that are forgotten when this ends; fewer of them, since they are in memory.
    pub fn in_memory(mut limits: FileLimits) -> Self {
        limits.total = limits.total.min(MEMORY_BYTES);
        Self::of(limits, Box::new(Memory::default()), Index::in_memory())
    }

    fn of(limits: FileLimits, shelf: Box<dyn Shelf>, index: Result<Index, String>) -> Self {
        Self(Arc::new(Inner {
            limits,
            shelf,
            index: Mutex::new(index),
            underway: AtomicU64::new(0),
            believed: Mutex::default(),
            found: Mutex::default(),
        }))
    }

    /// What files may take.
    pub fn limits(&self) -> &FileLimits {
        &self.0.limits
    }

    /// Begins to take a file.
    ///
    /// # Errors
    /// [`FileError::Off`], [`FileError::Unavailable`], [`FileError::DiskFull`].
    pub fn begin(&self) -> Result<Upload, FileError> {
        if self.0.limits.file == 0 {
            return Err(FileError::Off);
        }
        self.with_index(|index| index.made().map(drop))?;
        Ok(Upload::new(self.clone(), self.0.shelf.draft()?))
    }

    /// A file of a document.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Unavailable`].
    pub fn find(&self, document: &DocumentId, hash: &Hash) -> Result<Held, FileError> {
        let key = (document.clone(), *hash);
        if let Some(held) = lock(&self.0.found).get(&key) {
            return Ok(held.clone());
        }
        self.with_index(|index| {
            let held = index.find(document, hash)?.ok_or(FileError::NotFound)?;
            let mut found = lock(&self.0.found);
            if found.len() >= MOST_BELIEVED {
                found.clear();
            }
            found.insert(key, held.clone());
            Ok(held)
        })
    }

    /// What is in a file: all of it fits its hash.
    ///
    /// # Errors
    /// [`FileError::Damaged`], [`FileError::Unavailable`].
    pub fn content(&self, held: &Held) -> Result<Content, FileError> {
        let mut content = match self.0.shelf.open(&held.hash) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FileError::Damaged("its content is gone".to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        let stamp = content.stamp()?;
        let now = Instant::now();
        let is_believed = |(known, since): &(Stamp, Instant)| {
            *known == stamp && now.saturating_duration_since(*since) < BELIEVED
        };
        if lock(&self.0.believed)
            .get(&held.hash)
            .is_some_and(is_believed)
        {
            return Ok(content);
        }
        content.verify(&held.hash, held.bytes)?;
        let mut believed = lock(&self.0.believed);
        if believed.len() >= MOST_BELIEVED {
            believed.clear();
        }
        believed.insert(held.hash, (stamp, now));
        Ok(content)
    }

    /// A document's files, the last one first, those before `before` if given.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub fn list(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Held>, FileError> {
        self.with_index(|index| Ok(index.list(document, before, limit.min(LONGEST_PAGE))?))
    }

    /// Takes a file from a document, and its content away if no other has it.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::Unavailable`].
    pub fn remove(&self, document: &DocumentId, hash: &Hash) -> Result<(), FileError> {
        self.with_index(|index| match self.take_away(index, document, hash)? {
            true => Ok(()),
            false => Err(FileError::NotFound),
        })
    }

    /// Documents that have files, by name, those after one of them if given.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub fn documents(
        &self,
        after: Option<&DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, FileError> {
        self.with_index(|index| Ok(index.documents(after, limit)?))
    }

    /// The hashes of a document's files.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub fn hashes(&self, document: &DocumentId) -> Result<BTreeSet<Hash>, FileError> {
        self.with_index(|index| Ok(index.hashes(document)?))
    }

    /// Somebody looked which of these files of a document are referred to by it, or by
    /// what is kept of its past. Gives those that nothing referred to at the last
    /// [`LOOKS`] looks.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub fn noticed(
        &self,
        document: &DocumentId,
        looked_for: &BTreeSet<Hash>,
        referred: &BTreeSet<Hash>,
    ) -> Result<BTreeSet<Hash>, FileError> {
        self.with_index(|index| index.noticed(document, looked_for, referred))
    }

    /// Takes a file from a document if it was not sent again since it was
    /// [noticed](Self::noticed). Says whether it did.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub fn collect(&self, document: &DocumentId, hash: &Hash) -> Result<bool, FileError> {
        self.with_index(|index| {
            if !index.is_ripe(document, hash)? {
                return Ok(false);
            }
            self.take_away(index, document, hash)
        })
    }

    /// Takes contents away that the index knows nothing of: of files whose keeping or
    /// removal was cut short. Says how many. More of them than that leaves mean that the
    /// index is another one than theirs, and all stay.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub fn sweep(&self) -> Result<usize, FileError> {
        let mut stray = Vec::new();
        for part in 0..=u8::MAX {
            // A part at a time: others wait for the index meanwhile.
            self.with_index(|index| {
                for hash in self.0.shelf.part(part)? {
                    if !index.knows(&hash)? {
                        stray.push(hash);
                    }
                }
                Ok(())
            })?;
            if stray.len() > MOST_STRAY {
                return Err(FileError::Unavailable(format!(
                    "{FOLDER} holds more than {MOST_STRAY} contents that {INDEX} does not know; \
                     it may be an old one, and nothing was taken away"
                )));
            }
        }
        for hash in &stray {
            self.with_index(|index| {
                // Somebody may have sent it since.
                if !index.knows(hash)? {
                    self.0.shelf.remove(hash)?;
                }
                Ok(())
            })?;
        }
        Ok(stray.len())
    }

    /// Whether there was such a file. Out of the index first: what is left behind then is
    /// known to nobody, and swept up.
    fn take_away(
        &self,
        index: &mut Index,
        document: &DocumentId,
        hash: &Hash,
    ) -> Result<bool, FileError> {
        lock(&self.0.found).remove(&(document.clone(), *hash));
        let removed = index.remove(document, hash)?;
        if removed == Some(true) {
            self.0.shelf.remove(hash)?;
        }
        Ok(removed.is_some())
    }

    fn with_index<T>(
        &self,
        work: impl FnOnce(&mut Index) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        match &mut *lock(&self.0.index) {
            Ok(index) => work(index),
            Err(why) => Err(FileError::Unavailable(why.clone())),
        }
    }

    /// Whether there is room for so much more that is not kept yet, beside what is.
    fn has_room(&self, kept: u64) -> bool {
        let underway = self.0.underway.load(Ordering::Relaxed);
        kept.saturating_add(underway) <= self.0.limits.total
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
