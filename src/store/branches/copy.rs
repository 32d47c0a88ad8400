//! Looking at all branches, and copying them: for `cowrite check`, `backup` and `restore`.
//!
//! A copy is a database like that in a data directory. It gets its name when all of it is
//! on disk and every state in it was read. Of a damaged one it has what can be read, if
//! that is wanted; the rest is said.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::Stored;
use super::super::sqlite::Judge;
use super::BRANCHES;
use super::shelf::{LAYOUT, unseal};
use crate::annex::{
    AnnexError, Reading, Table, in_the_way, salvage, sound, sync_folder_of, with_suffix,
};

/// What was found or copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many branches.
    pub branches: usize,
    /// Bytes that they take.
    pub bytes: u64,
    /// What is damaged, a line each.
    pub problems: Vec<String>,
}

/// Why branches were not looked at, or not copied.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// Something can not be read or written.
    #[error("{path}: {error}", path = path.display())]
    Files {
        /// Where.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The database cannot be read.
    #[error("{path}: {what}", path = path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// There is damage.
    #[error("{0}; `cowrite check` says more. With --keep-damaged the rest is copied all the same")]
    Damaged(String),
    /// There is one already.
    #[error("{path} is there already, and nothing in it is overwritten", path = path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
}

impl From<AnnexError> for BranchError {
    fn from(error: AnnexError) -> Self {
        match error {
            AnnexError::Files { path, error } => Self::Files { path, error },
            AnnexError::Engine { path, error } => Self::Database {
                path,
                what: error.to_string(),
            },
            AnnexError::Unfit { path, what } => Self::Database { path, what },
        }
    }
}

/// Where the branches of a backup are.
pub fn beside(backup: &Path) -> PathBuf {
    with_suffix(backup, "-branches")
}

/// Reads every branch of a data directory, whether or not a server runs there.
///
/// # Errors
/// See [`BranchError`].
pub fn examine(data: &Path, is_served: bool, judge: &Judge) -> Result<Counted, BranchError> {
    let path = data.join(BRANCHES);
    match is_there(&path)? {
        true => counted(&Reading::of(&path, is_served, &LAYOUT)?, judge),
        false => Ok(Counted::default()),
    }
}

/// Copies the branches of a data directory to a file, which must not be there. Makes none
/// where there are none.
///
/// # Errors
/// See [`BranchError`]. Nothing is left behind then.
pub fn back_up(
    data: &Path,
    is_served: bool,
    file: &Path,
    keep_damaged: bool,
    judge: &Judge,
) -> Result<Counted, BranchError> {
    copy(&data.join(BRANCHES), is_served, file, keep_damaged, judge)
}

/// Copies the branches of a backup into a data directory that has none.
///
/// # Errors
/// See [`BranchError`]. Nothing is left behind then.
pub fn put_back(
    file: &Path,
    data: &Path,
    keep_damaged: bool,
    judge: &Judge,
) -> Result<Counted, BranchError> {
    if is_there(file)? && !data.is_dir() {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(data).map_err(failed(data))?;
    }
    copy(file, false, &data.join(BRANCHES), keep_damaged, judge)
}

/// Takes away what was just put back, since the documents could not be.
pub fn take_away(data: &Path) {
    let _ = fs::remove_file(data.join(BRANCHES));
}

/// Whether there are any; what cannot be looked at is not "none".
fn is_there(path: &Path) -> Result<bool, BranchError> {
    match fs::symlink_metadata(path) {
        Ok(data) => Ok(data.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(path)(error)),
    }
}

fn copy(
    from: &Path,
    is_served: bool,
    to: &Path,
    keep_damaged: bool,
    judge: &Judge,
) -> Result<Counted, BranchError> {
    if let Some(path) = in_the_way(to) {
        return Err(BranchError::Exists { path });
    }
    if !is_there(from)? {
        return Ok(Counted::default());
    }
    let suffix = format!(".{:x}.unfinished", fastrand::u64(..));
    let unfinished = Unfinished(with_suffix(to, &suffix));
    let path = &unfinished.0;
    let whole = Reading::of(from, is_served, &LAYOUT).and_then(|it| it.copy_to(path));
    let mut problems = Vec::new();
    if let Err(error) = whole {
        if !error.is_damage() {
            return Err(error.into());
        }
        problems.push(format!("branches: {error}"));
        if !keep_damaged {
            return Err(BranchError::Damaged(problems.remove(0)));
        }
        let _ = fs::remove_file(path);
        if !rescue(from, is_served, path)? {
            problems.push(format!("{}: no branch was copied", from.display()));
            return Ok(Counted {
                problems,
                ..Counted::default()
            });
        }
    }
    let counted = counted(&Reading::of(path, false, &LAYOUT)?, judge)?;
    problems.extend(counted.problems);
    if let (Some(problem), false) = (problems.first(), keep_damaged) {
        return Err(BranchError::Damaged(problem.clone()));
    }
    fs::File::open(path)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(path, to))
        .and_then(|()| sync_folder_of(to))
        .map_err(failed(to))?;
    Ok(Counted {
        problems,
        ..counted
    })
}

/// Copies the rows of a damaged database that can be read. Says whether there was any;
/// without one there is no copy.
fn rescue(from: &Path, is_served: bool, to: &Path) -> Result<bool, BranchError> {
    let Ok(source) = Reading::of(from, is_served, &LAYOUT) else {
        return Ok(false);
    };
    let mut target = LAYOUT.make(to)?;
    let said = AnnexError::engine(to);
    let transaction = target.transaction().map_err(&said)?;
    let copied = salvage(&source.connection, &transaction, &ROWS).map_err(&said)?;
    transaction.commit().map_err(&said)?;
    Ok(copied > 0)
}

const ROWS: Table = Table {
    name: "branches",
    key: "id",
    columns: "id, document, at, author, name, is_named, bytes, stored, hash, state",
};

/// Reads every branch.
fn counted(reading: &Reading, judge: &Judge) -> Result<Counted, BranchError> {
    let mut counted = Counted::default();
    if let Err(what) = sound(&reading.connection) {
        let path = reading.path.display();
        counted.problems.push(format!("{path}: {what}"));
    }
    let mut looking = || -> rusqlite::Result<()> {
        let sql = "SELECT id, document, bytes, hash, state FROM branches ORDER BY id";
        let mut select = reading.connection.prepare(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (id, document): (i64, String) = (row.get(0)?, row.get(1)?);
            counted.branches += 1;
            counted.bytes += row.get::<_, i64>(2)?.max(0).cast_unsigned();
            let (hash, state): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
            let sound = unseal(&hash, &state).and_then(|state| {
                judge(&Stored {
                    snapshot: Some(state),
                    ..Stored::default()
                })
            });
            if let Err(what) = sound {
                let problem = format!("branch b{id} of document {document:?}: {what}");
                counted.problems.push(problem);
            }
        }
        Ok(())
    };
    looking().map_err(reading.said())?;
    Ok(counted)
}

fn failed(path: &Path) -> impl Fn(io::Error) -> BranchError {
    let path = path.to_owned();
    move |error| BranchError::Files {
        path: path.clone(),
        error,
    }
}

/// A file that has not got its name yet; gone if it never gets it.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
