//! One process a data directory.
//!
//! Two writers that each believe to know which journal rows exist would hand
//! out the same numbers twice. SQLite's own locks are per transaction, so a
//! lock file, held for as long as the store is open, keeps the second one out.
//! The operating system lets go of it when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use super::OpenError;

/// The lock file's name in the data directory.
const NAME: &str = "cowrite.lock";

/// Held while the store is open.
pub(super) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Takes the lock, or says who has it.
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(NAME);
        let failed = |error| OpenError::Files {
            path: path.clone(),
            error,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only to say more; the holder may not have written it yet.
                let _ = (&file).take(32).read_to_string(&mut holder);
                return Err(OpenError::InUse {
                    directory: directory.to_owned(),
                    process: holder.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Closing the file would do it; this does it even if the descriptor was
        // inherited by a child process.
        let _ = self.file.unlock();
    }
}
