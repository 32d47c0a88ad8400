//! Reading a database that a server may or may not have open, without changing anything in
//! its folder.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::{AnnexError, Layout, PATIENCE, make};

/// What a path must not hold where a URI stands.
const NOT_IN_A_URI: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');

/// What lies beside a database of which not all is in its file: the log, and the journal of
/// layouts from before there was one.
const BESIDE: [&str; 2] = ["-wal", "-journal"];

/// An annex that is read and not changed.
pub(crate) struct Reading {
    pub connection: Connection,
    pub path: PathBuf,
    /// A copy goes with it.
    _copy: Option<TemporaryFolder>,
}

impl Reading {
    /// Opens one. What a killed server left beside it is read in a copy.
    pub fn of(path: &Path, is_served: bool, layout: &Layout) -> Result<Self, AnnexError> {
        let is_there =
            |ending| fs::metadata(with_suffix(path, ending)).is_ok_and(|data| data.len() > 0);
        let mut copy = None;
        let connection = if is_served {
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        } else if BESIDE.into_iter().any(is_there) {
            let folder = TemporaryFolder::make();
            let folder = folder.map_err(AnnexError::files(&std::env::temp_dir()))?;
            let copied = folder.copy_of(path, &BESIDE);
            let copied = copied.map_err(AnnexError::files(path))?;
            copy = Some(folder);
            Connection::open_with_flags(copied, OpenFlags::SQLITE_OPEN_READ_WRITE)
        } else {
            open_immutable(path)
        };
        let engine = AnnexError::engine(path);
        let connection = connection.map_err(&engine)?;
        connection.busy_timeout(PATIENCE).map_err(&engine)?;
        layout.fits(&connection, path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            _copy: copy,
        })
    }

    /// Copies all of it to a file, which must not be there.
    pub fn copy_to(&self, target: &Path) -> Result<(), AnnexError> {
        make(target).map_err(AnnexError::files(target))?;
        let text = target.to_str().ok_or_else(|| AnnexError::Files {
            path: target.to_owned(),
            error: io::Error::new(io::ErrorKind::InvalidInput, "its path is no text"),
        })?;
        let copied = self.connection.execute("VACUUM INTO ?1", [text]);
        copied.map(drop).map_err(self.said())
    }

    /// What SQLite says of it.
    pub fn said(&self) -> impl Fn(rusqlite::Error) -> AnnexError + use<> {
        AnnexError::engine(&self.path)
    }
}

/// What is in the way of a new one at a path: one that is there, or what is left of one,
/// which would be taken for the new one's.
pub(crate) fn in_the_way(path: &Path) -> Option<PathBuf> {
    let paths = std::iter::once(path.to_owned());
    let mut paths = paths.chain(BESIDE.map(|ending| with_suffix(path, ending)));
    paths.find(|path| fs::symlink_metadata(path).is_ok())
}

/// SQLite makes no files beside one that it believes never to change.
pub(crate) fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
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

/// A folder that is gone when this is.
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub fn make() -> io::Result<Self> {
        let name = format!("cowrite-{}-{:x}", std::process::id(), fastrand::u64(..));
        let path = std::env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Copies a database into it, and what lies beside it with one of these endings.
    pub fn copy_of(&self, path: &Path, endings: &[&str]) -> io::Result<PathBuf> {
        let copied = self.0.join("copy.db");
        copy(path, &copied)?;
        for ending in endings {
            match copy(&with_suffix(path, ending), &with_suffix(&copied, ending)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                copied => copied?,
            }
        }
        Ok(copied)
    }
}

/// Copies of read-only files are read-only, too, and SQLite has to write here.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let mut permissions = fs::metadata(to)?.permissions();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    #[cfg(not(unix))]
    permissions.set_readonly(false);
    fs::set_permissions(to, permissions)
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The path of what lies beside a file.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_was_left_is_in_the_way_of_a_new_one() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.db");
        assert_eq!(in_the_way(&path), None);
        for ending in ["-journal", "-wal", ""] {
            let left = with_suffix(&path, ending);
            fs::write(&left, "left").unwrap();
            assert_eq!(in_the_way(&path), Some(left));
        }
    }
}
