//! The directory of a store and the database in it, made for their owner alone.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a directory for its owner alone, and what it lies in, so that a power loss takes
/// none of it.
pub(super) fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    // Where an entry will be made: the parents of everything that is missing.
    #[cfg(unix)]
    let made: Vec<&Path> = directory
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .filter_map(Path::parent)
        .map(|parent| match parent.as_os_str().is_empty() {
            true => Path::new("."),
            false => parent,
        })
        .collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    // The entry of each directory that was made has to survive a power loss, too.
    #[cfg(unix)]
    for parent in made {
        std::fs::File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// Makes an empty file, which is an empty database. SQLite gives its log the
/// permissions of the database.
pub(super) fn make_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
