//! A file on its way in: written down piece by piece, and hashed as it comes. Whatever
//! becomes of it, nothing of it stays that is not kept.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::shelf::Draft;
use super::{Attachments, FileError, Hash, Kept, LEAST, kind, lock};
use crate::id::DocumentId;

/// A file that is not kept yet.
pub struct Upload {
    files: Attachments,
    draft: Box<dyn Draft>,
    digest: Sha256,
    bytes: u64,
    head: Vec<u8>,
    /// What is counted for it, in bytes.
    counted: u64,
}

impl Upload {
    pub(super) fn new(files: Attachments, draft: Box<dyn Draft>) -> Self {
        Self {
            files,
            draft,
            digest: Sha256::new(),
            bytes: 0,
            head: Vec::new(),
            counted: 0,
        }
    }

    /// Writes down what comes next.
    ///
    /// # Errors
    /// [`FileError::TooLarge`], [`FileError::Full`], [`FileError::DiskFull`],
    /// [`FileError::Unavailable`]; [`FileError::Refused`] as soon as it is known what it is.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), FileError> {
        let limits = self.files.limits();
        let bytes = self.bytes + piece.len() as u64;
        if bytes > limits.file {
            return Err(FileError::TooLarge(limits.file));
        }
        let (total, needs) = (limits.total, bytes.max(LEAST) - self.counted);
        self.files.0.underway.fetch_add(needs, Ordering::Relaxed);
        self.counted += needs;
        let kept = self.files.with_index(|index| Ok(index.total()))?;
        if !self.files.has_room(kept) {
            return Err(FileError::Full(total));
        }
        let wanted = kind::HEAD.saturating_sub(self.head.len());
        self.head
            .extend_from_slice(&piece[..wanted.min(piece.len())]);
        self.draft.write(piece)?;
        self.digest.update(piece);
        self.bytes = bytes;
        Ok(())
    }

    /// Keeps it as a file of a document. When this succeeds, it is on disk.
    ///
    /// # Errors
    /// See [`FileError`]. Nothing was kept then.
    pub fn keep(mut self, document: &DocumentId, name: Option<String>) -> Result<Kept, FileError> {
        if self.bytes == 0 {
            return Err(FileError::Empty);
        }
        let found = kind::sniff(&self.head);
        let limits = self.files.limits();
        if !limits.types.allows(found) {
            return Err(FileError::Refused {
                found: found.to_owned(),
                allowed: limits.types.to_string(),
            });
        }
        let limit = limits.document;
        let pixels = kind::pixels(found, &self.head);
        let hash = Hash::of(std::mem::take(&mut self.digest));
        // Before anybody waits for the index.
        self.draft.sync()?;
        let files = self.files.clone();
        files.with_index(|index| {
            if let Some(held) = index.find(document, &hash)? {
                // Whatever was there, this is sound.
                self.put(hash)?;
                index.is_wanted(document, &hash)?;
                return Ok(Kept {
                    held,
                    is_new: false,
                });
            }
            let of_document = index.total_of(document)?;
            if of_document.saturating_add(self.bytes.max(LEAST)) > limit {
                return Err(FileError::DocumentFull(limit));
            }
            self.put(hash)?;
            let name = name.unwrap_or_else(|| format!("file-{}", &hash.to_string()[..8]));
            let at = SystemTime::now();
            index.insert(document, &hash, &name, found, self.bytes, pixels, at)?;
            let held = index.find(document, &hash)?.ok_or(FileError::NotFound)?;
            Ok(Kept { held, is_new: true })
        })
    }

    fn put(&mut self, hash: Hash) -> Result<(), FileError> {
        lock(&self.files.0.believed).remove(&hash);
        Ok(self.draft.put(&hash)?)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.files
            .0
            .underway
            .fetch_sub(self.counted, Ordering::Relaxed);
    }
}
