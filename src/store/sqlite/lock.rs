//! One process a data directory, and one a database.
//!
//! Two writers that each believe to know which journal rows exist would hand
//! out the same numbers twice. SQLite's own locks are per transaction, so a
//! lock file, held for as long as the store is open, keeps the second one out.
//! The operating system lets go of it when the process ends, however it ends. The
//! directory itself is locked as well: its name cannot be taken away from it.
//!
//! A directory is not the database in it: that may have been moved into another
//! one while a server writes to it, or be mounted into two. (Links are
//! [refused](super::files::refuse_links), because the log lies beside a name.) So
//! on Linux the database file is locked, too. There `flock` and the `fcntl` locks
//! that SQLite takes know nothing of each other; elsewhere they may be the same
//! lock, and SQLite would wait for us. Closing *any* descriptor of a file drops
//! the `fcntl` locks that the process has on it. So this one is opened before SQLite
//! opens the file and closed after SQLite has closed it.

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
    /// The database, where it can be locked.
    database: Option<File>,
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
            database: None,
        })
    }

    /// Takes the database at `path`, which must be there, as well, instead of
    /// whichever it held before. Neither must be open in this process; see above.
    pub(super) fn take_database(&mut self, path: &Path) -> Result<(), OpenError> {
        self.database = None;
        if !cfg!(target_os = "linux") {
            return Ok(());
        }
        let open = OpenOptions::new().read(true).write(true).open(path);
        let file = open.map_err(|error| OpenError::Files {
            path: path.to_owned(),
            error,
        })?;
        self.database = match try_lock(&file) {
            Ok(()) => Some(file),
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::DatabaseInUse {
                    path: path.to_owned(),
                });
            }
            // Some file systems lock nothing.
            Err(TryLockError::Error(_)) => None,
        };
        Ok(())
    }

    /// Lets go of the database, which must not be open in this process. Whether
    /// it was held.
    pub(super) fn let_go_of_database(&mut self) -> bool {
        self.database.take().is_some()
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
        for file in [&self.directory, &self.database].into_iter().flatten() {
            let _ = file.unlock();
        }
    }
}
