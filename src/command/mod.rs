//! What the program does instead of serving: look at a data directory, copy it,
//! put a copy back. This room belongs to the hall and may name every other.
//!
//! Exit codes: 0 done and all is well; 1 damage was found, or what was asked was
//! refused; 2 nothing could be read or written.

mod backup;
mod check;
mod restore;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use bytes::Bytes;
use clap::{Args, Subcommand};

use crate::replica::{Limits, Replica};
use crate::store::Stored;
use crate::store::sqlite::BackupError;

/// Yrs recurses over nested types; documents have stacks of this size, too.
const STACK_BYTES: usize = 16 << 20;

/// The exit code for what could not even be tried.
const CANNOT: u8 = 2;

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Maintenance {
    /// Look at everything in a data folder, also while a server runs; change nothing.
    /// Exits with 0 if all is well, 1 if there is damage, 2 if it cannot be read
    Check(check::Check),
    /// Copy the documents to a file, also while a server runs; the copy is verified
    Backup(backup::Backup),
    /// Put a backup into a data folder that holds none
    Restore(restore::Restore),
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
        let _ = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn"))
            .try_init();
        let task = self.clone();
        let work = move || match task {
            Self::Check(check) => check.run(),
            Self::Backup(backup) => backup.run(),
            Self::Restore(restore) => restore.run(),
        };
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
        match thread.map(thread::JoinHandle::join) {
            Ok(Ok(code)) => ExitCode::from(code),
            Ok(Err(_)) => ExitCode::from(CANNOT),
            Err(error) => cannot(&error).into(),
        }
    }
}

/// Says why nothing could be done.
fn cannot(error: &dyn std::fmt::Display) -> u8 {
    eprintln!("cowrite: {error}");
    CANNOT
}

/// Says why nothing was copied.
fn not_copied(error: &BackupError) -> u8 {
    let code = cannot(error);
    match error {
        BackupError::Exists(_)
        | BackupError::Occupied(_)
        | BackupError::LogBeside { .. }
        | BackupError::Damaged { .. } => 1,
        BackupError::Open(_) | BackupError::Engine { .. } | BackupError::Files { .. } => code,
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
