//! An annex: a small SQLite database beside that of the documents, for what belongs to
//! documents and is none. Damage to one concerns no document.
//!
//! What a transaction wrote is on disk when its commit is done. It stands in a log first, so
//! that nobody who reads, `cowrite check` and `backup` too, holds up who writes.
//!
//! This room names its engine, and nothing else.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

mod reading;
mod salvage;

pub(crate) use reading::{Reading, TemporaryFolder, in_the_way, open_immutable, with_suffix};
pub(crate) use salvage::{Table, salvage};

/// How long somebody waits who finds another at work, such as one that reads a database of
/// a layout from before there was a log.
const PATIENCE: Duration = Duration::from_secs(10);

/// How large the log stays when it is written back.
const LOG_BYTES: i64 = 4 << 20;

/// What is in an annex, and how it is told from other databases.
#[derive(Debug)]
pub(crate) struct Layout {
    /// `PRAGMA application_id`.
    pub application_id: i32,
    /// `PRAGMA user_version`.
    pub version: i32,
    /// The statements that make its tables.
    pub tables: &'static str,
    /// What it is called.
    pub called: &'static str,
}

/// Why an annex cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnnexError {
    /// A file can not be read or written.
    #[error("{path}: {error}", path = path.display())]
    Files {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// SQLite does not do it.
    #[error("{path}: {error}", path = path.display())]
    Engine {
        /// Where.
        path: PathBuf,
        /// What it says.
        error: rusqlite::Error,
    },
    /// It is another database, or one of another layout.
    #[error("{path}: {what}", path = path.display())]
    Unfit {
        /// Which.
        path: PathBuf,
        /// What it is.
        what: String,
    },
}

impl AnnexError {
    /// Whether it is what is on disk that is wrong, and will be when it is tried again.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Files { .. } => false,
            Self::Engine { error, .. } => is_damage(error),
            Self::Unfit { .. } => true,
        }
    }

    /// What is said of a file.
    pub fn files(path: &Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |error| Self::Files {
            path: path.clone(),
            error,
        }
    }

    /// What SQLite says of a database.
    pub fn engine(path: &Path) -> impl Fn(rusqlite::Error) -> Self + use<> {
        let path = path.to_owned();
        move |error| Self::Engine {
            path: path.clone(),
            error,
        }
    }
}

/// Whether SQLite says that a database is damaged, or gives what no table of ours can have:
/// all of them are strict.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, InvalidColumnType, Utf8Error};
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) || matches!(
        error,
        InvalidColumnType(..) | FromSqlConversionFailure(..) | Utf8Error(..)
    )
}

impl Layout {
    /// Opens the one at a path to write to. Makes it if there is none; one that is another's
    /// is not touched.
    pub fn open(&self, path: &Path) -> Result<Connection, AnnexError> {
        if std::fs::symlink_metadata(path).is_err() {
            make(path)
                .and_then(|_| sync_folder_of(path))
                .map_err(AnnexError::files(path))?;
        }
        let engine = AnnexError::engine(path);
        let mut connection = Connection::open(path).map_err(&engine)?;
        self.set_up(&mut connection).map_err(&engine)?;
        self.fits(&connection, path)?;
        let logging = || {
            connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
            connection.pragma_update(None, "journal_size_limit", LOG_BYTES)
        };
        logging().map_err(&engine)?;
        Ok(connection)
    }

    /// One in memory.
    pub fn in_memory(&self) -> rusqlite::Result<Connection> {
        let mut connection = Connection::open_in_memory()?;
        self.set_up(&mut connection)?;
        Ok(connection)
    }

    /// Makes one in a file, all of which is in it once it is closed.
    pub fn make(&self, path: &Path) -> Result<Connection, AnnexError> {
        make(path).map_err(AnnexError::files(path))?;
        let engine = AnnexError::engine(path);
        let mut connection = Connection::open(path).map_err(&engine)?;
        self.set_up(&mut connection).map_err(&engine)?;
        Ok(connection)
    }

    /// Sets a connection up, and the tables of a database that has none.
    fn set_up(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        // A commit is on disk, and so is the end of the journal that would undo it, as long
        // as it is none of a log.
        connection.pragma_update(None, "synchronous", "EXTRA")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            let transaction = connection.transaction()?;
            transaction.execute_batch(self.tables)?;
            transaction.pragma_update(None, "application_id", self.application_id)?;
            transaction.pragma_update(None, "user_version", self.version)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// Whether a database is one of these, and of this layout.
    pub fn fits(&self, connection: &Connection, path: &Path) -> Result<(), AnnexError> {
        let number = |name: &str| {
            let number = connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
            number.map_err(AnnexError::engine(path))
        };
        let (application_id, version) = (number("application_id")?, number("user_version")?);
        let what = if application_id != self.application_id {
            format!("it is no {}; move it away", self.called)
        } else if version != self.version {
            format!(
                "its layout is {version}, and this cowrite knows {}; use the one that wrote it",
                self.version
            )
        } else {
            return Ok(());
        };
        Err(AnnexError::Unfit {
            path: path.to_owned(),
            what,
        })
    }
}

/// Whether SQLite finds all of a database in order.
pub(crate) fn sound(connection: &Connection) -> Result<(), String> {
    let said = |error: &dyn Display| format!("it is damaged: {error}");
    let found = connection.pragma_query_value(None, "integrity_check", |row| row.get(0));
    let found: String = found.map_err(|error| said(&error))?;
    match found.as_str() {
        "ok" => Ok(()),
        damage => Err(said(&damage)),
    }
}

/// Makes a file for its owner alone.
pub(crate) fn make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the entry of a file in its folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => sync_folder(parent),
        None => sync_folder(Path::new(".")),
    }
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
