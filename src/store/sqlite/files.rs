//! Whether the files that are written to are still those that a restart will
//! find. A file that was deleted or moved away takes writes as before, and they
//! are gone with the process.

use std::io;
use std::path::{Path, PathBuf};

/// The database and its log, as they were when they were first seen.
#[derive(Debug)]
pub(super) struct FilePresence {
    files: Vec<(PathBuf, Option<Identity>)>,
}

/// What tells a file from another one under the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl FilePresence {
    /// Watches the database at `path` and its write-ahead log.
    pub fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let files = [path.to_owned(), PathBuf::from(log)];
        Self {
            files: files
                .into_iter()
                .map(|path| {
                    let identity = identity(&path).ok();
                    (path, identity)
                })
                .collect(),
        }
    }

    /// Looks whether both are still there. The log may come later: it is known
    /// from when it was first seen.
    ///
    /// # Errors
    /// What happened, and what to do.
    pub fn check(&mut self) -> Result<(), String> {
        for (path, known) in &mut self.files {
            match (identity(path), &known) {
                (Ok(now), Some(known)) if now == *known => {}
                (Ok(now), None) => *known = Some(now),
                (Err(error), None) if error.kind() == io::ErrorKind::NotFound => {}
                (Ok(_), Some(_)) => {
                    return Err(format!("{} was replaced; restart", path.display()));
                }
                (Err(error), _) => {
                    return Err(format!(
                        "{} is gone ({error}); restore it and restart",
                        path.display()
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let data = std::fs::metadata(path)?;
    Ok(Identity {
        device: data.dev(),
        inode: data.ino(),
    })
}

/// Where files have no inodes they cannot be deleted while they are open.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    std::fs::metadata(path).map(|_| Identity {
        device: 0,
        inode: 0,
    })
}
