//! Reading a database that a server may or may not have open, without changing
//! anything in its folder.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::files::{self, Shape};
use super::lock::DirectoryLock;
use super::{DATABASE, OpenError, schema};
use crate::annex::{TemporaryFolder, open_immutable};

/// How a database can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A server has it open: on its side, seeing what is committed.
    Beside,
    /// Nobody has it open, and all of it is in one file.
    AsItIs,
    /// Nobody has it open, and a part of it is in the log that a killed server
    /// left: as a copy of both, in a temporary folder.
    Copied,
}

/// A connection that changes nothing, and what it needs.
pub(super) struct Reading {
    pub(super) connection: Connection,
    pub(super) access: Access,
    /// Where the database really is.
    pub(super) path: PathBuf,
    /// The copy goes with it.
    _copy: Option<TemporaryFolder>,
}

impl Reading {
    /// Opens the database in a data directory.
    pub(super) fn of_directory(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(DATABASE);
        let access = if DirectoryLock::is_taken(directory) {
            Access::Beside
        } else {
            // The log of a database with two names may be beside the other.
            files::refuse_links(&path)?;
            match fs::metadata(files::log_of(&path)) {
                Ok(data) if data.len() > 0 => Access::Copied,
                _ => Access::AsItIs,
            }
        };
        Self::open(path, access)
    }

    /// Opens a file that is no server's.
    pub(super) fn of_file(path: &Path) -> Result<Self, OpenError> {
        Self::open(path.to_owned(), Access::AsItIs)
    }

    fn open(path: PathBuf, access: Access) -> Result<Self, OpenError> {
        let shape = files::look(&path)?;
        if let Err(error) = fs::File::open(&path) {
            return Err(OpenError::Files { path, error });
        }
        let failed = |error| OpenError::engine(&path, error);
        let mut copy = None;
        let connection = match access {
            Access::Beside => Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY),
            Access::AsItIs => open_immutable(&path),
            Access::Copied => {
                let folder = TemporaryFolder::make().map_err(|error| OpenError::Files {
                    path: std::env::temp_dir(),
                    error,
                })?;
                let copied = folder.copy_of(&path, &["-wal"]);
                let copied = copied.map_err(|error| OpenError::Files {
                    path: folder.path().to_owned(),
                    error,
                })?;
                copy = Some(folder);
                Connection::open_with_flags(&copied, OpenFlags::SQLITE_OPEN_READ_WRITE)
            }
        }
        .map_err(failed)?;
        if shape == Shape::Cut {
            schema::allow_damage(&connection).map_err(failed)?;
        }
        Ok(Self {
            connection,
            access,
            path,
            _copy: copy,
        })
    }
}
