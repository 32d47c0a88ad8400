//! A database whose pages are damaged: what is sound moves to a new one.
//!
//! SQLite refuses to write where pages contradict each other, and a row that
//! stands out of order hides its neighbours from every search: one bad page could
//! stop all documents. So when the store is opened and finds damage of that kind,
//! everything that can be read and fits its checksum is copied to a new file,
//! which takes the old one's place. The old one is kept beside it, as it was
//! (`cowrite.db.damaged-1`). A document that is not whole any more has a gap in
//! its chain of rows or a record that fits no checksum, and is not served.
//!
//! A name is never forgotten quietly: if some may have been lost, the new
//! database says so (table `losses`), and names that it does not know are refused
//! instead of begun anew.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::salvage::Salvage;
use super::{OpenError, files, schema};

/// Where a new database is written, and where it waits to take the old one's
/// place: it is whole from its second name on.
const WRITING: &str = "-rebuilding";
const WRITTEN: &str = "-rebuilt";

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Builds a new database of what is sound in the one at `path`.
pub(super) fn rebuild(path: &Path) -> Result<(), OpenError> {
    let engine = |error| OpenError::engine(path, error);
    let files = |error| OpenError::Files {
        path: path.to_owned(),
        error,
    };
    log::error!(
        "{} is damaged; building a new one of what is sound",
        path.display()
    );
    let old = schema::open_damaged(path)?;
    let writing = beside(path, WRITING);
    remove(&writing).map_err(files)?;
    let new = schema::open_new(&writing)?;
    let saved = Salvage {
        old: &old,
        new: &new,
    }
    .run(path)
    .map_err(engine)?;
    drop((old, new));
    File::open(&writing)
        .and_then(|file| file.sync_all())
        .map_err(files)?;
    fs::rename(&writing, beside(path, WRITTEN)).map_err(files)?;
    files::sync_folder_of(path).map_err(files)?;
    let kept = finish(path).map_err(files)?;
    log::error!(
        "copied {} documents, {} snapshots, {} journal rows and {} segments of history{}; {} is kept as it was. Documents \
         that are not whole are not served: run `cowrite check`, and restore a backup",
        saved.documents,
        saved.snapshots,
        saved.rows,
        saved.segments,
        if saved.names_lost {
            ", and lost some documents' names"
        } else {
            ""
        },
        kept.unwrap_or_default().display(),
    );
    Ok(())
}

/// Puts a new database that is complete in the old one's place, also if a crash
/// came in between. Gives the old one's new name.
pub(super) fn finish(path: &Path) -> io::Result<Option<PathBuf>> {
    let written = beside(path, WRITTEN);
    if !written.exists() {
        return Ok(None);
    }
    let name = |n: u32| beside(path, &format!(".damaged-{n}"));
    let mut number = 1;
    while name(number).exists() {
        number += 1;
    }
    if path.exists() {
        fs::rename(path, name(number))?;
    } else {
        number -= 1;
    }
    let kept = name(number);
    // The old log must not be taken for the new database's.
    let log = files::log_of(path);
    if log.exists() {
        fs::rename(log, files::log_of(&kept))?;
    }
    remove(&beside(path, "-shm"))?;
    files::sync_folder_of(path)?;
    fs::rename(&written, path)?;
    files::sync_folder_of(path)?;
    Ok(Some(kept))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
