//! Where contents lie, each under its hash: in a folder, or in memory.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{FileError, Hash, lock};
use crate::annex::{make, sync_folder, sync_folder_of};

/// The folder of what is not kept yet.
const DRAFTS: &str = "incoming";

/// How much is read at once to compare it with its hash.
const PIECE: usize = 256 << 10;

/// A place for contents.
pub(super) trait Shelf: Send + Sync {
    /// Begins a content of which the hash is not known yet.
    fn draft(&self) -> io::Result<Box<dyn Draft>>;
    /// What lies under a hash, whether it fits that or not.
    fn open(&self, hash: &Hash) -> io::Result<Content>;
    /// Takes a content away. One that is not there is no error.
    fn remove(&self, hash: &Hash) -> io::Result<()>;
    /// The hashes that begin with this byte.
    fn part(&self, part: u8) -> io::Result<Vec<Hash>>;
}

/// A content that has no name yet. It is gone if it never gets one.
pub(super) trait Draft: Send {
    fn write(&mut self, piece: &[u8]) -> io::Result<()>;
    /// Has it on disk.
    fn sync(&mut self) -> io::Result<()>;
    /// Gives it its place, in place of what is there, and has that on disk.
    fn put(&mut self, hash: &Hash) -> io::Result<()>;
}

/// What tells whether somebody touched a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    changed: Option<SystemTime>,
    inode: u64,
}

/// A content that can be read.
pub struct Content(Source);

enum Source {
    File(File),
    Memory(Bytes),
}

impl Content {
    /// At most so many bytes from a place on; none at the end.
    ///
    /// # Errors
    /// What the system says.
    pub fn piece(&mut self, at: u64, most: usize) -> io::Result<Bytes> {
        match &mut self.0 {
            Source::File(file) => {
                file.seek(SeekFrom::Start(at))?;
                let mut piece = vec![0; most];
                let mut read = 0;
                while read < most {
                    match file.read(&mut piece[read..]) {
                        Ok(0) => break,
                        Ok(bytes) => read += bytes,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                piece.truncate(read);
                Ok(piece.into())
            }
            Source::Memory(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                let end = at.saturating_add(most).min(bytes.len());
                Ok(bytes.slice(at..end))
            }
        }
    }

    pub(super) fn stamp(&self) -> io::Result<Stamp> {
        match &self.0 {
            Source::File(file) => {
                let data = file.metadata()?;
                Ok(Stamp {
                    bytes: data.len(),
                    changed: data.modified().ok(),
                    inode: inode(&data),
                })
            }
            Source::Memory(bytes) => Ok(Stamp {
                bytes: bytes.len() as u64,
                changed: None,
                inode: 0,
            }),
        }
    }

    /// Compares all of it with its hash.
    pub(super) fn verify(&mut self, hash: &Hash, bytes: u64) -> Result<(), FileError> {
        let damaged = |what: String| Err(FileError::Damaged(what));
        let found = self.stamp()?.bytes;
        if found != bytes {
            return damaged(format!("it has {found} bytes instead of {bytes}"));
        }
        let (mut digest, mut at) = (Sha256::new(), 0);
        while at < bytes {
            let piece = match self.piece(at, PIECE) {
                Ok(piece) => piece,
                Err(error) => return damaged(format!("it cannot be read: {error}")),
            };
            if piece.is_empty() {
                return damaged(format!("it ends after {at} bytes"));
            }
            digest.update(&piece);
            at += piece.len() as u64;
        }
        match Hash::of(digest) == *hash {
            true => Ok(()),
            false => damaged("its bytes do not fit its hash".to_owned()),
        }
    }
}

#[cfg(unix)]
fn inode(data: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

/// Contents in a folder, in 256 folders by the first byte of their hashes.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Throws away what never got its name.
    pub fn clean(&self) -> io::Result<()> {
        let drafts = match fs::read_dir(self.0.join(DRAFTS)) {
            Ok(drafts) => drafts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for draft in drafts {
            fs::remove_file(draft?.path())?;
        }
        Ok(())
    }

    pub fn path_of(&self, hash: &Hash) -> PathBuf {
        let text = hash.to_string();
        let (part, rest) = text.split_at(2);
        self.0.join(part).join(rest)
    }
}

impl Shelf for Folder {
    fn draft(&self) -> io::Result<Box<dyn Draft>> {
        let folder = self.0.join(DRAFTS);
        make_folder(&folder)?;
        let path = folder.join(format!("{:032x}", fastrand::u128(..)));
        let file = make(&path)?;
        Ok(Box::new(FolderDraft {
            folder: self.clone(),
            path,
            file,
        }))
    }

    fn open(&self, hash: &Hash) -> io::Result<Content> {
        File::open(self.path_of(hash)).map(|file| Content(Source::File(file)))
    }

    fn remove(&self, hash: &Hash) -> io::Result<()> {
        match fs::remove_file(self.path_of(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn part(&self, part: u8) -> io::Result<Vec<Hash>> {
        let part = format!("{part:02x}");
        let entries = match fs::read_dir(self.0.join(&part)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut hashes = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            // Whatever else lies there is nobody's here.
            let hash = name
                .to_str()
                .map(|rest| format!("{part}{rest}").parse::<Hash>());
            hashes.extend(hash.and_then(Result::ok));
        }
        Ok(hashes)
    }
}

struct FolderDraft {
    folder: Folder,
    path: PathBuf,
    file: File,
}

impl Draft for FolderDraft {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn put(&mut self, hash: &Hash) -> io::Result<()> {
        let target = self.folder.path_of(hash);
        if let Some(part) = target.parent() {
            make_folder(part)?;
            fs::rename(&self.path, &target)?;
            sync_folder(part)?;
        }
        Ok(())
    }
}

impl Drop for FolderDraft {
    fn drop(&mut self) {
        // Under its name it is not there any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a folder for its owner alone, with those that hold it, durably.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        make_folder(parent)?;
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    sync_folder_of(path)
}

type Contents = Arc<Mutex<HashMap<Hash, Bytes>>>;

/// Contents in memory.
#[derive(Default)]
pub(super) struct Memory(Contents);

impl Shelf for Memory {
    fn draft(&self) -> io::Result<Box<dyn Draft>> {
        Ok(Box::new(MemoryDraft {
            contents: Arc::clone(&self.0),
            bytes: Vec::new(),
        }))
    }

    fn open(&self, hash: &Hash) -> io::Result<Content> {
        let found = lock(&self.0).get(hash).cloned();
        let found = found.ok_or(io::ErrorKind::NotFound)?;
        Ok(Content(Source::Memory(found)))
    }

    fn remove(&self, hash: &Hash) -> io::Result<()> {
        lock(&self.0).remove(hash);
        Ok(())
    }

    fn part(&self, part: u8) -> io::Result<Vec<Hash>> {
        let begins = |hash: &&Hash| hash.as_bytes().first() == Some(&part);
        Ok(lock(&self.0).keys().filter(begins).copied().collect())
    }
}

struct MemoryDraft {
    contents: Contents,
    bytes: Vec<u8>,
}

impl Draft for MemoryDraft {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn put(&mut self, hash: &Hash) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        lock(&self.contents).insert(*hash, bytes.into());
        Ok(())
    }
}
