//! What the program does instead of serving: look at a data directory, copy it,
//! put a copy back, release a document. This room belongs to the hall and may name
//! every other. [`outcome`] says how a command may end.

mod backup;
mod check;
mod outcome;
mod release;
mod restore;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use bytes::Bytes;
use clap::{Args, Subcommand};

use crate::attachments::Counted;
use crate::replica::{Limits, Replica};
use crate::store::sqlite::Examination;
use crate::store::{Stored, branches};

pub use outcome::{EXIT_CODES, Outcome};

/// Yrs recurses over nested types; documents have stacks of this size, too.
const STACK_BYTES: usize = 16 << 20;

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Maintenance {
    /// Look at everything in a data folder, also while a server runs; change nothing
    #[command(after_help = EXIT_CODES)]
    Check(check::Check),
    /// Copy the documents to a file, also while a server runs; the copy is verified
    #[command(after_help = EXIT_CODES)]
    Backup(backup::Backup),
    /// Put a backup into a data folder that holds none
    #[command(after_help = EXIT_CODES)]
    Restore(restore::Restore),
    /// Let a document be written (or loaded) again that broke too often; stop the server first
    #[command(after_help = EXIT_CODES)]
    Release(release::Release),
}

/// Where the documents are.
#[derive(Debug, Clone, Args)]
struct Place {
    /// Folder that holds the documents
    #[arg(long, env = "COWRITE_DATA", value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

impl Maintenance {
    /// Does it, and says how it went.
    pub fn run(&self) -> ExitCode {
        let task = self.clone();
        let work = move || match task {
            Self::Check(check) => check.run(),
            Self::Backup(backup) => backup.run(),
            Self::Restore(restore) => restore.run(),
            Self::Release(release) => release.run(),
        };
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
        let outcome = match thread.map(thread::JoinHandle::join) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::cannot("it broke, which is a bug; what it said is above"),
            Err(error) => Outcome::cannot(error),
        };
        ExitCode::from(outcome.tell())
    }
}

/// What is wrong, a line each.
fn damage(
    examined: &Examination,
    files: &Counted,
    branches: &branches::Counted,
) -> impl Iterator<Item = String> {
    let of_documents = examined.damaged().map(|document| {
        let problem = document.problem.as_deref().unwrap_or_default();
        format!("document {:?}: {problem}", document.name)
    });
    let of_files = files.problems.iter().cloned();
    let problems = examined.problems.iter().cloned().chain(of_documents);
    let problems = problems.chain(of_files).chain(branches.problems.clone());
    problems.map(|problem| format!("DAMAGED: {problem}"))
}

/// How many attached files, and where; nothing if there are none.
fn and_files(files: &Counted, folder: &Path) -> String {
    match files.files {
        0 => String::new(),
        count => format!(" and {} ({})", counted(count, "file"), shown(folder)),
    }
}

/// How many branches, and where; nothing if there are none.
fn and_branches(branches: &branches::Counted, file: &Path) -> String {
    match branches.branches {
        0 => String::new(),
        1 => format!(" and 1 branch ({})", shown(file)),
        count => format!(" and {count} branches ({})", shown(file)),
    }
}

/// Whether what is stored makes a document: through the guard and into Yrs, as
/// when it is served.
fn judge(stored: &Stored) -> Result<(), String> {
    let tail = stored.tail.iter().map(|(_, update)| update);
    let updates: Vec<&Bytes> = stored.snapshot.iter().chain(tail).collect();
    match Replica::load(&updates, Limits::default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// A size, for people.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let mut size = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// One of something, or several.
fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn shown(path: &Path) -> std::path::Display<'_> {
    path.display()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        for (bytes, said) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (2_500_000_000, "2.5 GB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }
}
