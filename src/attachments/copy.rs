//! Looking at all files, and copying them: for `cowrite check`, `backup` and `restore`.
//!
//! A backup is a folder that looks like the files in a data directory: the index and the
//! contents, each compared with its hash on its way. Nothing gets its final name before
//! all of it is on disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::index::{LAYOUT, hash_in, holds_contents};
use super::rescue;
use super::shelf::{Folder, Shelf, make_folder};
use super::{FOLDER, Hash, INDEX};
use crate::annex::{self, AnnexError, in_the_way, make, sync_folder, sync_folder_of, with_suffix};

/// How much is copied at once.
const PIECE: usize = 256 << 10;

/// What was found or copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Files of documents.
    pub files: usize,
    /// Bytes of their contents, each content once.
    pub bytes: u64,
    /// What is damaged, a line each.
    pub problems: Vec<String>,
}

/// Why files were not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something can not be read or written.
    #[error("{path}: {error}", path = path.display())]
    Files {
        /// Where.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The index cannot be read.
    #[error("{path}: {what}", path = path.display())]
    Index {
        /// Which.
        path: PathBuf,
        /// Why.
        what: String,
        /// Whether that is damage, of which the rest can be read.
        is_damage: bool,
    },
    /// There is damage.
    #[error("{0}; `cowrite check` says more. With --keep-damaged the rest is copied all the same")]
    Damaged(String),
    /// There are files already.
    #[error("{path} is there already, and nothing in it is overwritten", path = path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
}

impl From<AnnexError> for CopyError {
    fn from(error: AnnexError) -> Self {
        let is_damage = error.is_damage();
        let (path, what) = match error {
            AnnexError::Files { path, error } => return Self::Files { path, error },
            AnnexError::Engine { path, error } => (path, error.to_string()),
            AnnexError::Unfit { path, what } => (path, what),
        };
        Self::Index {
            path,
            what,
            is_damage,
        }
    }
}

/// Where the files of a backup lie: beside it.
pub fn beside(backup: &Path) -> PathBuf {
    with_suffix(backup, "-files")
}

/// Whether there are files in a data directory, or in a backup's folder of them.
fn is_there(data: &Path) -> bool {
    fs::symlink_metadata(data.join(INDEX)).is_ok() || holds_contents(data).unwrap_or(true)
}

/// Reads every content of a data directory, whether or not a server runs there.
///
/// # Errors
/// [`CopyError::Index`], [`CopyError::Files`].
pub fn examine(data: &Path, is_served: bool) -> Result<Counted, CopyError> {
    if !is_there(data) {
        return Ok(Counted::default());
    }
    let reading = Reading::of(data, is_served)?;
    let mut counted = reading.counted()?;
    for (hash, bytes) in reading.contents()? {
        let looked = Folder::new(&data.join(FOLDER)).open(&hash);
        let verified = looked
            .map_err(|error| error.to_string())
            .and_then(|mut content| {
                let verified = content.verify(&hash, bytes);
                verified.map_err(|error| error.to_string())
            });
        if let Err(what) = verified
            && reading.knows(&hash)?
        {
            counted.problems.push(reading.problem(&hash, &what)?);
        }
    }
    Ok(counted)
}

/// Copies the files of a data directory to a folder, which must not be there. Makes none
/// where there are none.
///
/// # Errors
/// See [`CopyError`]. Nothing is left behind then.
pub fn back_up(
    data: &Path,
    is_served: bool,
    folder: &Path,
    keep_damaged: bool,
) -> Result<Counted, CopyError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Err(exists(folder));
    }
    if !is_there(data) {
        return Ok(Counted::default());
    }
    let suffix = format!(".{:x}.unfinished", fastrand::u64(..));
    let unfinished = Unfinished::make(with_suffix(folder, &suffix))?;
    let counted = copy(data, is_served, &unfinished.0, keep_damaged)?;
    if !unfinished.has_any() {
        return Ok(counted);
    }
    fs::rename(&unfinished.0, folder)
        .and_then(|()| sync_folder_of(folder))
        .map_err(failed(folder))?;
    Ok(counted)
}

/// Copies the files of a backup into a data directory that has none.
///
/// # Errors
/// See [`CopyError`]. Nothing is left behind then.
pub fn put_back(folder: &Path, data: &Path, keep_damaged: bool) -> Result<Counted, CopyError> {
    let folder_there = Some(data.join(FOLDER)).filter(|path| fs::symlink_metadata(path).is_ok());
    if let Some(path) = in_the_way(&data.join(INDEX)).or(folder_there) {
        return Err(CopyError::Exists { path });
    }
    if !is_there(folder) {
        return Ok(Counted::default());
    }
    make_folder(data).map_err(failed(data))?;
    let unfinished = Unfinished::make(data.join("cowrite.files.unfinished"))?;
    let counted = copy(folder, false, &unfinished.0, keep_damaged)?;
    // Contents first: an index without them would miss them.
    for name in [FOLDER, INDEX] {
        let from = unfinished.0.join(name);
        if fs::symlink_metadata(&from).is_ok() {
            fs::rename(&from, data.join(name)).map_err(failed(data))?;
        }
    }
    sync_folder(data).map_err(failed(data))?;
    Ok(counted)
}

/// Takes away what was just put back, since the documents could not be.
pub fn take_away(data: &Path) {
    let _ = fs::remove_file(data.join(INDEX));
    let _ = fs::remove_dir_all(data.join(FOLDER));
}

fn copy(from: &Path, is_served: bool, to: &Path, keep_damaged: bool) -> Result<Counted, CopyError> {
    let path = to.join(INDEX);
    let whole = Reading::of(from, is_served).and_then(|reading| {
        reading.0.copy_to(&path)?;
        Ok(reading)
    });
    let (reading, problems) = match whole {
        Ok(reading) => (Some(reading), Vec::new()),
        Err(error) => {
            let problems = rescue::index(from, is_served, to, error, keep_damaged)?;
            if fs::symlink_metadata(&path).is_err() {
                return Ok(Counted {
                    problems,
                    ..Counted::default()
                });
            }
            (None, problems)
        }
    };
    let copied = Reading::of(to, false)?;
    let mut counted = Counted {
        problems,
        ..copied.counted()?
    };
    let (source, place) = (
        Folder::new(&from.join(FOLDER)),
        Folder::new(&to.join(FOLDER)),
    );
    for (hash, bytes) in copied.contents()? {
        let what = match copy_content(&source, &place, &hash, bytes) {
            Ok(()) => continue,
            Err(Uncopied::Source(what)) => what,
            Err(Uncopied::Target(error)) => return Err(failed(to)(error)),
        };
        if let Some(reading) = &reading
            && !reading.knows(&hash)?
        {
            // It was collected meanwhile: nobody refers to it.
            let forgetting = Connection::open(&path).and_then(|connection| {
                connection.execute("DELETE FROM files WHERE hash = ?1", [hash.as_bytes()])?;
                connection.execute("DELETE FROM contents WHERE hash = ?1", [hash.as_bytes()])
            });
            forgetting.map_err(reading.said())?;
            continue;
        }
        let problem = copied.problem(&hash, &what)?;
        if !keep_damaged {
            return Err(CopyError::Damaged(problem));
        }
        counted.problems.push(problem);
    }
    File::open(&path)
        .and_then(|index| index.sync_all())
        .and_then(|()| sync_folder(to))
        .map_err(failed(&path))?;
    Ok(counted)
}

/// Which side failed.
enum Uncopied {
    Source(String),
    Target(io::Error),
}

fn copy_content(source: &Folder, place: &Folder, hash: &Hash, bytes: u64) -> Result<(), Uncopied> {
    let unread = |error: io::Error| Uncopied::Source(error.to_string());
    let mut from = File::open(source.path_of(hash)).map_err(unread)?;
    let path = place.path_of(hash);
    if let Some(part) = path.parent() {
        make_folder(part).map_err(Uncopied::Target)?;
    }
    let mut to = make(&path).map_err(Uncopied::Target)?;
    let (mut digest, mut read) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    let fits = loop {
        match from.read(&mut piece) {
            Ok(0) => break read == bytes && Hash::of(digest) == *hash,
            Ok(more) => {
                digest.update(&piece[..more]);
                read += more as u64;
                to.write_all(&piece[..more]).map_err(Uncopied::Target)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                let _ = fs::remove_file(&path);
                return Err(unread(error));
            }
        }
    };
    if !fits {
        let _ = fs::remove_file(&path);
        return Err(Uncopied::Source("its bytes do not fit its hash".to_owned()));
    }
    to.sync_all()
        .and_then(|()| sync_folder_of(&path))
        .map_err(Uncopied::Target)
}

fn failed(path: &Path) -> impl Fn(io::Error) -> CopyError {
    let path = path.to_owned();
    move |error| CopyError::Files {
        path: path.clone(),
        error,
    }
}

fn exists(path: &Path) -> CopyError {
    CopyError::Exists {
        path: path.to_owned(),
    }
}

/// An index that is read and not changed.
struct Reading(annex::Reading);

impl Reading {
    /// Opens the index in a folder, of which all must fit.
    fn of(data: &Path, is_served: bool) -> Result<Self, CopyError> {
        let index = annex::Reading::of(&data.join(INDEX), is_served, &LAYOUT)?;
        annex::sound(&index.connection).map_err(|what| CopyError::Index {
            path: index.path.clone(),
            what,
            is_damage: true,
        })?;
        Ok(Self(index))
    }

    fn said(&self) -> impl Fn(rusqlite::Error) -> CopyError + use<> {
        let said = self.0.said();
        move |error| said(error).into()
    }

    fn counted(&self) -> Result<Counted, CopyError> {
        let sql =
            "SELECT (SELECT count(*) FROM files), (SELECT coalesce(sum(bytes), 0) FROM contents)";
        let counted = self.0.connection.query_row(sql, [], |row| {
            Ok(Counted {
                files: row.get::<_, i64>(0)?.max(0) as usize,
                bytes: row.get::<_, i64>(1)?.max(0) as u64,
                problems: Vec::new(),
            })
        });
        counted.map_err(self.said())
    }

    fn contents(&self) -> Result<Vec<(Hash, u64)>, CopyError> {
        let read = || {
            let mut listed = self
                .0
                .connection
                .prepare("SELECT hash, bytes FROM contents ORDER BY hash")?;
            let rows = listed.query_map([], |row| {
                Ok((hash_in(row, 0)?, row.get::<_, i64>(1)?.max(0) as u64))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(self.said())
    }

    fn knows(&self, hash: &Hash) -> Result<bool, CopyError> {
        let known = self
            .0
            .connection
            .query_row(
                "SELECT 1 FROM contents WHERE hash = ?1",
                [hash.as_bytes()],
                |_| Ok(()),
            )
            .optional();
        Ok(known.map_err(self.said())?.is_some())
    }

    /// Says what is wrong with a content, and whose it is.
    fn problem(&self, hash: &Hash, what: &str) -> Result<String, CopyError> {
        let sql = "SELECT document, name FROM files WHERE hash = ?1 ORDER BY id LIMIT 1";
        let whose = self.0.connection.query_row(sql, [hash.as_bytes()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        });
        let whose = whose.optional().map_err(self.said())?;
        let (document, name) = whose.unwrap_or_default();
        Ok(format!(
            "file {name:?} of document {document:?} ({hash}): {what}"
        ))
    }
}

/// A folder that has not got its name yet; gone if it never gets it.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Whether there is anything in it: an index comes with every content.
    fn has_any(&self) -> bool {
        fs::symlink_metadata(self.0.join(INDEX)).is_ok()
    }

    fn make(path: PathBuf) -> Result<Self, CopyError> {
        // What a killed one left under this name is nothing yet.
        if fs::symlink_metadata(&path).is_ok_and(|data| data.is_dir()) {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
        make_folder(&path).map_err(failed(&path))?;
        Ok(Self(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
