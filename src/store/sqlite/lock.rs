//! One process a data directory.
//!
//! Two writers that each believe to know which journal rows exist would hand
//! out the same numbers twice. SQLite's own locks are per transaction, so a
//! lock file, held for as long as the store is open, keeps the second one out.
//! The operating system lets go of it when the process ends, however it ends. The
//! directory itself is locked as well: its name cannot be taken away from it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::OpenError;

/// The lock file's name in the data directory.
const NAME: &str = "cowrite.lock";

/// For how long a lock may be held by somebody who only looks.
const GLANCE: Duration = Duration::from_millis(500);

/// Held while the store is open.
pub(super) struct DirectoryLock {
    file: File,
    /// The directory itself, where it can be locked: a lock file that somebody
    /// deletes lets nobody in.
    directory: Option<File>,
}

impl DirectoryLock {
    /// Takes the lock, or says who has it.
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(NAME);
        let failed = |error| OpenError::Files {
            path: path.clone(),
            error,
        };
        let in_use = |file: Option<&File>| {
            let mut holder = String::new();
            // Only to say more; the holder may not have written it yet.
            let _ = file.map(|file| file.take(32).read_to_string(&mut holder));
            OpenError::InUse {
                directory: directory.to_owned(),
                process: holder.trim().parse().ok(),
            }
        };
        let itself = File::open(directory).ok();
        let itself = match itself.as_ref().map(try_lock) {
            Some(Ok(())) => itself,
            Some(Err(TryLockError::WouldBlock)) => {
                return Err(in_use(File::open(&path).ok().as_ref()));
            }
            // Some file systems lock no directories.
            None | Some(Err(TryLockError::Error(_))) => None,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(Some(&file))),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self {
            file,
            directory: itself,
        })
    }

    /// Whether some process has the directory, without taking it from anybody.
    pub(super) fn is_taken(directory: &Path) -> bool {
        [directory.to_owned(), directory.join(NAME)]
            .into_iter()
            .filter_map(|path| File::open(path).ok())
            .any(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn try_lock(file: &File) -> Result<(), TryLockError> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if begun.elapsed() < GLANCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Closing the files would do it; this does it even if the descriptors
        // were inherited by a child process.
        let _ = self.file.unlock();
        if let Some(directory) = &self.directory {
            let _ = directory.unlock();
        }
    }
}
