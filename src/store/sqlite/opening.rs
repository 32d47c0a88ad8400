//! Opening a store: locked before anybody looks into it, mended where it is damaged, and
//! only then written to and read.

use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use super::cadence::Cadence;
use super::directory::{make_directory, make_file};
use super::expiry::Expiry;
use super::files::{FilePresence, Shape};
use super::ledger::Ledger;
use super::lock::DirectoryLock;
use super::reader::{Readers, Underway};
use super::shared::Shared;
use super::witness::Witnessed;
use super::writer::Writer;
use super::{
    BranchDatabase, DATABASE, Durability, OpenError, Options, SqliteStore, failure, files, rebuild,
    schema, writer,
};

impl SqliteStore {
    /// Opens the store in `directory`, making both if they are not there: the
    /// directory for its owner alone (0700), the database likewise (0600).
    pub fn open(directory: &Path, options: Options) -> Result<Self, OpenError> {
        make_directory(directory).map_err(|error| OpenError::Files {
            path: directory.to_owned(),
            error,
        })?;
        let mut lock = DirectoryLock::take(directory)?;
        let path = directory.join(DATABASE);
        files::refuse_links(&path)?;
        let files = |error| OpenError::Files {
            path: path.clone(),
            error,
        };
        rebuild::finish(&path).map_err(files)?;
        let underway = Arc::new(Underway::default());
        let shape = files::look(&path)?;
        make_file(&path).map_err(files)?;
        // Before anything looks into it: it may be somebody else's.
        lock.take_database(&path)?;
        let mut open_ledger = || open_ledger(&path, &options, &underway, &mut lock);
        let opened = match shape {
            Shape::Sound => open_ledger(),
            Shape::Cut => rebuild::rebuild(&path).and_then(|()| open_ledger()),
        };
        let ledger = match opened {
            Err(OpenError::Engine { error, .. }) if failure::is_damage(&error) => {
                log::error!("{}: {error}", path.display());
                rebuild::rebuild(&path)?;
                open_ledger()?
            }
            opened => opened?,
        };
        let connections: Result<_, _> = (0..options.readers.max(1))
            .map(|_| schema::open_for_reading(&path))
            .collect();
        let readers = Readers::start(connections?, underway).map_err(files)?;
        let shared = Arc::new(Shared::new());
        let (sender, inbox) = channel();
        let writer = Writer {
            inbox,
            readers,
            ledger,
            shared: Arc::clone(&shared),
            lock,
            unlooked: 0,
            files: FilePresence::of(&path),
            lagging: None,
            caught_up: None,
            cadence: (options.durability != Durability::Os).then(Cadence::default),
            expiry: Expiry::default(),
        };
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writer.run())
            .map_err(files)?;
        Ok(Self {
            inbox: Mutex::new(Some(sender)),
            shared,
            branches: BranchDatabase::at(directory, options.retention),
            writer: Some(thread),
        })
    }
}

/// Opens the database at `path` to write to, and locks it.
fn open_ledger(
    path: &Path,
    options: &Options,
    underway: &Arc<Underway>,
    lock: &mut DirectoryLock,
) -> Result<Ledger, OpenError> {
    // Once more: it may be another file by now, built anew.
    lock.take_database(path)?;
    let connection = match schema::open_for_writing(path, options.durability) {
        // Network file systems make one lock of ours and SQLite's, and SQLite
        // needs it more.
        Err(OpenError::Engine { error, .. })
            if !failure::is_damage(&error) && lock.let_go_of_database() =>
        {
            log::info!("{} is not locked by itself: {error}", path.display());
            schema::open_for_writing(path, options.durability)?
        }
        opened => opened?,
    };
    writer::limit(&connection, options.max_bytes)
        .map_err(|error| OpenError::engine(path, error))?;
    let witnessed = match options.durability {
        Durability::Fsync => Witnessed::Yes,
        Durability::Os => Witnessed::No,
    };
    let underway = Arc::clone(underway);
    Ledger::open(connection, path, witnessed, underway, options.retention)
}
