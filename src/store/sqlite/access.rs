//! Reading a database that a server may or may not have open, without changing
//! anything in its folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::files::{self, Shape};
use super::lock::DirectoryLock;
use super::{DATABASE, OpenError, schema};

/// What a path must not hold where a URI stands.
const NOT_IN_A_URI: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

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
                let copied = copy_all(&path, &folder.0).map_err(|error| OpenError::Files {
                    path: folder.0.clone(),
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

/// SQLite makes no files beside one that it believes never to change.
fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some(text) = absolute.to_str() else {
        // No URI can say it; the worst that happens is an empty file beside it.
        return Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    };
    let uri = format!(
        "file:{}?immutable=1",
        utf8_percent_encode(text, NOT_IN_A_URI)
    );
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

fn copy_all(path: &Path, folder: &Path) -> io::Result<PathBuf> {
    let copied = folder.join(DATABASE);
    fs::copy(path, &copied)?;
    fs::copy(files::log_of(path), files::log_of(&copied))?;
    // Copies of read-only files are read-only, too, and SQLite has to write here.
    for file in [&copied, &files::log_of(&copied)] {
        let mut permissions = fs::metadata(file)?.permissions();
        #[cfg(unix)]
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
        #[cfg(not(unix))]
        permissions.set_readonly(false);
        fs::set_permissions(file, permissions)?;
    }
    Ok(copied)
}

/// A folder that is gone when this is.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn make() -> io::Result<Self> {
        let name = format!("cowrite-{}-{:x}", std::process::id(), fastrand::u64(..));
        let path = std::env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
