//! The database of branches, and the thread that writes and reads it.
//!
//! Neither is there before the first branch is. What breaks on the thread is the error of
//! who asked for it, and of nobody else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::{Retention, StoreError, Ticket};
use super::backlog::{Backlog, Waiting, told};
use super::shelf::Shelf;
use super::{BRANCHES, Behind, Branch, Branches, NewBranch};
use crate::id::DocumentId;

/// How long what is old is left alone once nothing old was left.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How long the end of the store waits for what was asked for, within the time that a
/// server gives its documents.
const PATIENCE: Duration = Duration::from_secs(5);

type Work = Box<dyn FnOnce(&mut Shelf) + Send>;

/// What the thread does next.
enum Task {
    Do(Work, Option<Waiting>),
    /// Nothing comes behind it.
    End(Sender<()>),
}

/// Branches in a database, on disk or in memory.
#[derive(Debug)]
pub struct BranchDatabase {
    way: Mutex<Way>,
    backlog: Backlog,
    interval: Duration,
}

/// The way to the thread, which ends with it.
#[derive(Debug)]
enum Way {
    /// There is none yet.
    Begin(Shelf),
    Open(Sender<Task>, JoinHandle<()>),
    /// It takes nothing more; the thread does what it took.
    Closed(Option<JoinHandle<()>>),
}

impl BranchDatabase {
    /// The one in a data directory, which is this process's alone. One that is there is
    /// opened, so that nobody finds what a killed process left of it.
    pub fn at(data: &Path, retention: Retention) -> Self {
        let path = data.join(BRANCHES);
        let is_there = std::fs::symlink_metadata(&path).is_ok_and(|data| data.len() > 0);
        let database = Self::of(Shelf::new(Some(path), retention), INTERVAL);
        if is_there {
            // Nobody waits for it: what is wrong with it is told to who asks, and here.
            drop(database.ask(|shelf| {
                let opened = shelf.is_opened();
                if let Err(error) = &opened {
                    log::error!("branches cannot be served: {error}");
                }
                opened
            }));
        }
        database
    }

    /// One in memory.
    pub fn in_memory(retention: Retention) -> Self {
        Self::of(Shelf::new(None, retention), INTERVAL)
    }

    /// `interval`: how often it is looked for what is old.
    pub(super) fn of(shelf: Shelf, interval: Duration) -> Self {
        Self {
            way: Mutex::new(Way::Begin(shelf)),
            backlog: Backlog::default(),
            interval,
        }
    }

    /// Takes nothing more. When all that was taken is done, `then` is; also when it is not
    /// done in [`PATIENCE`]: what was not begun is refused then, and the log says what was
    /// not written. Nobody was told that it was.
    pub fn close(&self, then: impl FnOnce() + Send + 'static) {
        self.close_within(PATIENCE, |unwritten| {
            if !unwritten.is_empty() {
                log::error!(
                    "the store is closed without what the disk did not take in {} s, and nobody was told that it did: {}",
                    PATIENCE.as_secs(),
                    told(&unwritten)
                );
            }
            then();
        });
    }

    /// The same; `then` hears what was not written.
    pub(super) fn close_within(
        &self,
        patience: Duration,
        then: impl FnOnce(Vec<String>) + Send + 'static,
    ) {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *way, Way::Closed(None)) {
            Way::Open(tasks, thread) => {
                let (ended, end) = channel();
                // Nobody there: it ended already.
                let _ = tasks.send(Task::End(ended));
                let backlog = self.backlog.clone();
                let waits = move || {
                    let is_done = end.recv_timeout(patience).is_ok();
                    then(match is_done {
                        true => Vec::new(),
                        false => backlog.is_given_up(),
                    });
                };
                let waiter = thread::Builder::new().name("branches-end".to_owned());
                if let Err(error) = waiter.spawn(waits) {
                    // What was to be done then is dropped, and says so itself.
                    log::error!("nobody waits for the branches: {error}");
                    self.backlog.is_given_up();
                }
                *way = Way::Closed(Some(thread));
            }
            Way::Closed(thread) => {
                *way = Way::Closed(thread);
                then(Vec::new());
            }
            Way::Begin(_) => then(Vec::new()),
        }
    }

    /// Asks for something that is read.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Shelf) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        self.queue(None, work)
    }

    /// Asks for something to be written; `what` is it, in words.
    fn write<T: Send + 'static>(
        &self,
        what: String,
        work: impl FnOnce(&mut Shelf) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        self.queue(Some(what), work)
    }

    fn queue<T: Send + 'static>(
        &self,
        writes: Option<String>,
        work: impl FnOnce(&mut Shelf) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        let (counterfoil, ticket) = Ticket::pair();
        let work: Work = Box::new(move |shelf| {
            let done = catch_unwind(AssertUnwindSafe(|| work(shelf))).unwrap_or_else(|_| {
                shelf.broke();
                Err(StoreError::Engine("branches: the thread broke".to_owned()))
            });
            counterfoil.answer(done);
        });
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Way::Begin(shelf) = &*way {
            match start(shelf.anew(), self.backlog.clone(), self.interval) {
                Ok((tasks, thread)) => *way = Way::Open(tasks, thread),
                Err(error) => return Ticket::ready(Err(StoreError::Engine(error.to_string()))),
            }
        }
        if let Way::Open(tasks, _) = &*way {
            let waiting = writes.map(|what| self.backlog.waits(what));
            // Nobody there: the ticket says that it is closed.
            let _ = tasks.send(Task::Do(work, waiting));
        }
        ticket
    }
}

impl Default for BranchDatabase {
    fn default() -> Self {
        Self::in_memory(Retention::default())
    }
}

impl Drop for BranchDatabase {
    /// Waits for the thread, which waits for nobody but the disk.
    fn drop(&mut self) {
        self.close(|| ());
        let way = self.way.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Way::Closed(Some(thread)) = std::mem::replace(way, Way::Closed(None)) {
            let _ = thread.join();
        }
    }
}

fn start(
    mut shelf: Shelf,
    backlog: Backlog,
    interval: Duration,
) -> std::io::Result<(Sender<Task>, JoinHandle<()>)> {
    let (tasks, inbox) = channel::<Task>();
    let thread = thread::Builder::new()
        .name("branches".to_owned())
        .spawn(move || works(&mut shelf, &inbox, &backlog, interval))?;
    Ok((tasks, thread))
}

/// Does what is asked for, and forgets what is old, a little at a time, when nothing is.
fn works(shelf: &mut Shelf, inbox: &Receiver<Task>, backlog: &Backlog, interval: Duration) {
    let mut due = Instant::now();
    loop {
        match inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
            // Dropped, its ticket says that it is closed.
            Ok(Task::Do(..)) if !backlog.counts() => {}
            Ok(Task::Do(work, waiting)) => {
                work(shelf);
                drop(waiting);
            }
            Ok(Task::End(ended)) => {
                shelf.close();
                // Nobody there: whoever waited gave up.
                let _ = ended.send(());
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                let swept = catch_unwind(AssertUnwindSafe(|| shelf.sweep()));
                let is_more = match swept {
                    Ok(Ok(is_more)) => is_more,
                    Ok(Err(error)) => {
                        log::debug!("old branches stay: {error}");
                        false
                    }
                    Err(_) => {
                        shelf.broke();
                        false
                    }
                };
                due = Instant::now() + if is_more { Duration::ZERO } else { interval };
            }
        }
    }
}

impl Branches for BranchDatabase {
    fn keep(&self, document: &DocumentId, branch: NewBranch) -> Ticket<Branch> {
        let document = document.clone();
        let what = format!("a branch of {document:?} ({} bytes)", branch.state.len());
        self.write(what, move |shelf| shelf.keep(&document, &branch))
    }

    fn list(&self, document: &DocumentId, behind: Behind, limit: usize) -> Ticket<Vec<Branch>> {
        let document = document.clone();
        self.ask(move |shelf| shelf.list(&document, behind, limit))
    }

    fn describe(&self, document: &DocumentId, id: u64) -> Ticket<Option<Branch>> {
        let document = document.clone();
        self.ask(move |shelf| shelf.describe(&document, id))
    }

    fn find(&self, document: &DocumentId, id: u64) -> Ticket<Option<(Branch, Bytes)>> {
        let document = document.clone();
        self.ask(move |shelf| shelf.find(&document, id))
    }

    fn rename(
        &self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Ticket<Option<Branch>> {
        let document = document.clone();
        let what = format!("the name of branch b{id} of {document:?}");
        self.write(what, move |shelf| {
            shelf.rename(&document, id, name.as_deref())
        })
    }
}
