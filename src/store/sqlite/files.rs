//! Whether the files that are written to are still those that a restart will
//! find. A file that was deleted or moved away takes writes as before, and they
//! are gone with the process. And whether they are those that a store left, under
//! the only names that they have.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::frames::Committed;
use super::{OpenError, witness};

/// The first bytes of every SQLite database.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Where SQLite's locks are, in every database that is so large.
const LOCK_BYTE: u64 = 1 << 30;

/// The write-ahead log of the database at `path`.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}

/// What a database looks like before SQLite looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing to complain about; there may be none.
    Sound,
    /// It ends before its own header says that it does, and the log does not have
    /// what is missing.
    Cut,
}

/// Looks at the database before SQLite does. An empty one beside the traces of a
/// full one is no new store, though SQLite would take it for one.
pub(super) fn look(path: &Path) -> Result<Shape, OpenError> {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |data| data.len());
    let found = length(path);
    if found > 0 {
        return shape(path, found).map_err(|error| OpenError::Files {
            path: path.to_owned(),
            error,
        });
    }
    for trace in [witness::beside(path), log_of(path)] {
        if length(&trace) > 0 {
            let what = match path.exists() {
                true => "is empty",
                false => "is not there",
            };
            return Err(OpenError::Emptied {
                path: path.to_owned(),
                what,
                trace,
            });
        }
    }
    Ok(Shape::Sound)
}

/// Refuses files of the database at `path` that have other names.
///
/// SQLite keeps a database's log beside the name that it was opened by. Under a
/// second name it is a database without its log: what was acknowledged is not
/// seen, and both logs are moved into one file, which keeps neither. A lock is no
/// answer, because this holds for servers that run after each other, too. A link
/// to the folder does no harm: the log goes with it.
pub(super) fn refuse_links(path: &Path) -> Result<(), OpenError> {
    for file in [path.to_owned(), log_of(path), witness::beside(path)] {
        let data = match file.symlink_metadata() {
            Ok(data) => data,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(OpenError::Files { path: file, error }),
        };
        if data.is_symlink() {
            return Err(OpenError::Symlink { path: file });
        }
        let names = names(&data);
        // Every folder in a folder is a name of that one; what it does here is
        // for others to ask.
        if data.is_file() && names > 1 {
            return Err(OpenError::HardLinks { path: file, names });
        }
    }
    Ok(())
}

/// How many names a file has, as far as the system tells.
#[cfg(unix)]
fn names(data: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(data)
}

#[cfg(not(unix))]
fn names(_: &std::fs::Metadata) -> u64 {
    1
}

fn shape(path: &Path, found: u64) -> io::Result<Shape> {
    let mut header = [0; 100];
    if found < header.len() as u64 {
        return Ok(Shape::Sound);
    }
    File::open(path)?.read_exact(&mut header)?;
    let number = |at: usize| {
        header[at..at + 4]
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let page = match u64::from(header[16]) << 8 | u64::from(header[17]) {
        1 => 65_536,
        bytes => bytes,
    };
    // The count of pages is only to be believed if it is as young as the header.
    let believed = &header[..16] == MAGIC && number(24) == number(92);
    if !believed || found >= page * number(28) || log_has_the_rest(path, page, found, number(28))? {
        return Ok(Shape::Sound);
    }
    Ok(Shape::Cut)
}

/// Whether every page that the database at `path` lacks stands in its log.
///
/// Whoever moves the log into the database writes the first page first, and with it
/// a count of pages that the file has only in the end. When the disk is full before
/// that, or the process killed, the file is short and nothing is lost: the log
/// keeps every page until all are written and synced.
fn log_has_the_rest(path: &Path, page: u64, found: u64, counted: u64) -> io::Result<bool> {
    if page == 0 {
        return Ok(false);
    }
    // A page of which a part is there has to be in the log as well.
    let first = found / page + 1;
    let committed = Committed::read(&log_of(path), page, first)?;
    // A log that says less than the first page does was cut itself.
    let last = committed.pages.max(counted);
    // SQLite locks bytes there, and writes to that page never.
    let never_written = LOCK_BYTE / page + 1;
    Ok((first..=last)
        .filter(|page| *page != never_written)
        .all(|page| committed.held.contains(&page)))
}

/// Makes the entries of the folder that holds `path` durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        Some(folder) => File::open(folder)?.sync_all()?,
        None => File::open(".")?.sync_all()?,
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

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
        let files = [path.to_owned(), log_of(path)];
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
