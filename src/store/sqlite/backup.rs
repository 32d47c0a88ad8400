//! Copies of a whole database: made while a server runs, and put where a server
//! will find them.
//!
//! A copy is made by SQLite's `VACUUM INTO`: one read transaction, so it is
//! consistent and holds up nobody who writes; it writes every row anew, so it
//! stumbles over pages that a copy of bytes would take along; and it needs
//! nothing of the server. Nothing gets its final name before it was read from
//! the disk again, all of it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::access::Reading;
use super::directory::{make_directory, make_file};
use super::examine::{Examination, Judge, examine_file};
use super::lock::DirectoryLock;
use super::testimony::Testimony;
use super::{DATABASE, OpenError, failure, files};

/// Why nothing was copied. Nothing was left behind either.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// What is to be copied, or where it is to go, cannot be opened.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// The target is there already.
    #[error("{0} exists already and is not overwritten")]
    Exists(PathBuf),
    /// The folder holds a store.
    #[error("{0} holds a store already, and nothing in it is overwritten; give another folder")]
    Occupied(PathBuf),
    /// What is given as a backup is a part of a database only.
    #[error(
        "{file} is a data folder's database with a log beside it, and the last changes may be in the log alone; use `cowrite backup --data {folder}` to make a backup of both"
    )]
    LogBeside {
        /// The file.
        file: PathBuf,
        /// Where it is.
        folder: PathBuf,
    },
    /// What was copied is damaged.
    #[error(
        "{from} is damaged: {what}; `cowrite check` says more. With --keep-damaged it is copied all the same"
    )]
    Damaged {
        /// The source.
        from: PathBuf,
        /// The first of what is wrong.
        what: String,
    },
    /// What is to be copied is damaged in a way that keeps SQLite from reading it.
    #[error(
        "{from} is damaged and cannot be copied as it is: {error}. `cowrite check` says more; a server that is started on it keeps it and goes on with a new one of what is sound"
    )]
    Unreadable {
        /// The source.
        from: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
    /// SQLite could not make the copy.
    #[error("copying {from} failed: {error}")]
    Engine {
        /// The source.
        from: PathBuf,
        /// What SQLite says.
        error: rusqlite::Error,
    },
    /// A file could not be written.
    #[error("cannot write {path}: {error}")]
    Files {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

/// What to do about damage in what is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Copy nothing.
    Refuse,
    /// Copy it along: the documents concerned are not served from the copy either.
    Keep,
}

/// Copies the database of a data directory to `file`, which must not be there.
///
/// # Errors
/// See [`BackupError`].
pub fn back_up(
    directory: &Path,
    file: &Path,
    damage: Damage,
    judge: &Judge<'_>,
) -> Result<Examination, BackupError> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let testimony = Testimony::read(&directory.join(DATABASE));
    let reading = Reading::of_directory(directory)?;
    let unfinished = Unfinished::beside(file)?;
    let failed = |error| {
        let from = reading.path.clone();
        match failure::is_damage(&error) {
            true => BackupError::Unreadable { from, error },
            false => BackupError::Engine { from, error },
        }
    };
    let target = unfinished.0.to_str().ok_or_else(|| BackupError::Files {
        path: file.to_owned(),
        error: io::Error::new(io::ErrorKind::InvalidInput, "its path is no text"),
    })?;
    reading
        .connection
        .execute("VACUUM INTO ?1", [target])
        .map_err(failed)?;
    let examined = examine_file(&unfinished.0, &testimony, judge)?;
    accept(&reading.path, &examined, damage)?;
    unfinished.take_place(file)?;
    Ok(examined)
}

/// Puts a copy of the backup `file` into a data directory that holds no store.
///
/// # Errors
/// See [`BackupError`].
pub fn put_back(
    file: &Path,
    directory: &Path,
    damage: Damage,
    judge: &Judge<'_>,
) -> Result<Examination, BackupError> {
    let occupied = || BackupError::Occupied(directory.to_owned());
    let holds_store = |directory: &Path| {
        let path = directory.join(DATABASE);
        let traces = [
            path.clone(),
            files::log_of(&path),
            super::witness::beside(&path),
        ];
        traces.iter().any(|trace| trace.symlink_metadata().is_ok())
    };
    if DirectoryLock::is_taken(directory) {
        // Says by whom.
        drop(DirectoryLock::take(directory)?);
    }
    if holds_store(directory) {
        return Err(occupied());
    }
    refuse_log(file)?;
    // Looked at before a folder is made for it, and from the copy again.
    accept(file, &examine_file(file, &Ok(None), judge)?, damage)?;
    make_directory(directory).map_err(|error| BackupError::Files {
        path: directory.to_owned(),
        error,
    })?;
    let _lock = DirectoryLock::take(directory)?;
    if holds_store(directory) {
        return Err(occupied());
    }
    let target = directory.join(DATABASE);
    let unfinished = Unfinished::beside(&target)?;
    let copied = File::open(file).and_then(|mut from| {
        let mut to = File::options().write(true).open(&unfinished.0)?;
        io::copy(&mut from, &mut to)
    });
    copied.map_err(|error| unfinished.failed(error))?;
    // A server may have begun to write to it meanwhile.
    refuse_log(file)?;
    let examined = examine_file(&unfinished.0, &Ok(None), judge)?;
    accept(file, &examined, damage)?;
    unfinished.take_place(&target)?;
    Ok(examined)
}

/// Refuses a database that is not all in one file. Its log is looked for where
/// SQLite would: beside the file itself, whatever link leads there.
fn refuse_log(file: &Path) -> Result<(), BackupError> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let path = files::log_of(&file);
    match fs::metadata(&path) {
        Ok(data) if data.len() > 0 => {
            let folder = file.parent().unwrap_or(&file).to_owned();
            Err(BackupError::LogBeside { file, folder })
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(OpenError::Files { path, error }.into()),
    }
}

fn accept(from: &Path, examined: &Examination, damage: Damage) -> Result<(), BackupError> {
    if damage == Damage::Keep {
        return Ok(());
    }
    let of_documents = examined.damaged().map(|document| {
        let problem = document.problem.as_deref().unwrap_or_default();
        format!("document {:?}: {problem}", document.name)
    });
    match examined.problems.iter().cloned().chain(of_documents).next() {
        None => Ok(()),
        Some(what) => Err(BackupError::Damaged {
            from: from.to_owned(),
            what,
        }),
    }
}

/// A file that has not got its name yet; gone if it never gets it.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(file: &Path) -> Result<Self, BackupError> {
        let mut name = std::ffi::OsString::from(".");
        name.push(file.file_name().unwrap_or_default());
        name.push(format!(
            ".{}-{:x}.unfinished",
            std::process::id(),
            fastrand::u32(..)
        ));
        let unfinished = Self(file.with_file_name(name));
        // SQLite writes into an empty file; this one is for its owner alone.
        make_file(&unfinished.0).map_err(|error| unfinished.failed(error))?;
        Ok(unfinished)
    }

    fn failed(&self, error: io::Error) -> BackupError {
        BackupError::Files {
            path: self.0.clone(),
            error,
        }
    }

    /// On disk, under its name, and nothing overwritten.
    fn take_place(self, file: &Path) -> Result<(), BackupError> {
        let placed = File::open(&self.0)
            .and_then(|file| file.sync_all())
            .and_then(|()| match fs::hard_link(&self.0, file) {
                // Some file systems have no links.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    match file.symlink_metadata() {
                        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                        Err(_) => fs::rename(&self.0, file),
                    }
                }
                // One name is to survive a power loss, not two: see `files`.
                done => done.and_then(|()| fs::remove_file(&self.0)),
            })
            .and_then(|()| files::sync_folder_of(file));
        placed.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
            _ => BackupError::Files {
                path: file.to_owned(),
                error,
            },
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
