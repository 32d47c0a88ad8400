//! Why a store could not be opened. Each says what to do, and that nothing was
//! changed where somebody might fear it.

use std::io;
use std::path::{Path, PathBuf};

use super::DATABASE;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it cannot be made or opened.
    #[error("cannot use {path}: {error}", path = path.display())]
    Files {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// Another process, or another store in this one, has the directory open.
    #[error(
        "the data directory {directory} is in use by another cowrite{}; stop that one first, or give this one a data directory of its own",
        process.map(|id| format!(" (process {id})")).unwrap_or_default(),
        directory = directory.display()
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// Who, if it could be told.
        process: Option<u32>,
    },
    /// Another process has the database open, under another name.
    #[error(
        "the database {path} is in use by another cowrite that found it in another folder; stop that one first, and let one folder alone have it",
        path = path.display()
    )]
    DatabaseInUse {
        /// The database.
        path: PathBuf,
    },
    /// A file of the store is a symbolic link.
    #[error(
        "{path} is a symbolic link, and a database is not to be separated from its log; nothing was changed. Give the folder that holds the real file as data directory (a link to the folder will do)",
        path = path.display()
    )]
    Symlink {
        /// The file.
        path: PathBuf,
    },
    /// A file of the store has other names.
    #[error(
        "{path} has {names} names (hard links), and its log lies beside one of them alone; nothing was changed. Find them with `find -samefile`, keep the one with a `{DATABASE}-wal` beside it if there is one, and remove or copy the others",
        path = path.display()
    )]
    HardLinks {
        /// The file.
        path: PathBuf,
        /// How many it has.
        names: u64,
    },
    /// The file belongs to another program.
    #[error(
        "{path} is not a cowrite database, or its beginning is damaged; it was left as it is. Give cowrite a data directory of its own, or restore a backup into a new one",
        path = path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There was a store here, and its database is empty or gone.
    #[error(
        "{path} {what}, but {trace} says that there were documents here; nothing was changed. Put the database back, or restore a backup into a new folder with `cowrite restore`; to begin anew, empty the folder",
        path = path.display(), trace = trace.display()
    )]
    Emptied {
        /// The database.
        path: PathBuf,
        /// What became of it.
        what: &'static str,
        /// The file that tells.
        trace: PathBuf,
    },
    /// The file was written by a newer version of this program.
    #[error(
        "{path} has schema version {found}, and this cowrite knows versions up to {known}; use a cowrite that knows version {found}, or restore a backup that an older one made",
        path = path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// The newest version that this program knows.
        known: i32,
    },
    /// The file was written by an older version, and is only to be read.
    #[error(
        "{path} has schema version {found}, and only version {known} is read; a cowrite that serves it brings it there",
        path = path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
        /// The version that this program reads.
        known: i32,
    },
    /// The file is damaged and has an older layout, which this program migrates but
    /// does not mend.
    #[error(
        "{path} is damaged and has schema version {found}; it was left as it is. Start a cowrite of that version on it, or restore a backup into a new folder",
        path = path.display()
    )]
    DamagedOlder {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i32,
    },
    /// SQLite could not open, migrate or read the file.
    #[error("cannot open the database {path}: {error}", path = path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
}

impl OpenError {
    pub(super) fn engine(path: &Path, error: rusqlite::Error) -> Self {
        Self::Engine {
            path: path.to_owned(),
            error,
        }
    }
}
