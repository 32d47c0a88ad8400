//! How a command ended: what it says, where it says it, and the exit code. This
//! is the one table of exit codes; [`EXIT_CODES`] says it to who asks for `--help`.

use std::fmt::Display;
use std::io::{self, Write};

use crate::attachments::CopyError;
use crate::store::StoreError;
use crate::store::branches::BranchError;
use crate::store::sqlite::{BackupError, OpenError};

/// The table, in words.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done, and all is well
  1  there is damage, or it was refused: the target is there already, the folder
     is in use, there is no such document
  2  an option is wrong, or nothing could be read or written";

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and all is well.
    Well(String),
    /// It is done, and there is damage in what it looked at.
    Damaged(String),
    /// It could have been done, and was not.
    Refused(String),
    /// It could not be done.
    Cannot(String),
}

impl Outcome {
    /// Refuses.
    pub(super) fn refused(why: impl Display) -> Self {
        Self::Refused(why.to_string())
    }

    /// Says that it cannot.
    pub(super) fn cannot(why: impl Display) -> Self {
        Self::Cannot(why.to_string())
    }

    /// Says it, and gives the exit code. A report that reaches nobody was not
    /// made.
    pub(super) fn tell(&self) -> u8 {
        match self {
            Self::Well(said) | Self::Damaged(said) => {
                let told = writeln!(io::stdout(), "{said}").and_then(|()| io::stdout().flush());
                if let Err(error) = told {
                    return Self::cannot(format!("standard output: {error}")).tell();
                }
            }
            Self::Refused(why) | Self::Cannot(why) => {
                // There is no other place to say so.
                let _ = writeln!(io::stderr(), "cowrite: {why}");
            }
        }
        match self {
            Self::Well(_) => 0,
            Self::Damaged(_) | Self::Refused(_) => 1,
            Self::Cannot(_) => 2,
        }
    }
}

impl From<OpenError> for Outcome {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::InUse { .. } | OpenError::DatabaseInUse { .. } => Self::refused(error),
            OpenError::Files { .. }
            | OpenError::Symlink { .. }
            | OpenError::HardLinks { .. }
            | OpenError::Foreign { .. }
            | OpenError::Emptied { .. }
            | OpenError::Newer { .. }
            | OpenError::Older { .. }
            | OpenError::DamagedOlder { .. }
            | OpenError::Engine { .. } => Self::cannot(error),
        }
    }
}

impl From<BackupError> for Outcome {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Open(error) => error.into(),
            BackupError::Exists(_)
            | BackupError::Occupied(_)
            | BackupError::LogBeside { .. }
            | BackupError::Damaged { .. }
            | BackupError::Unreadable { .. } => Self::refused(error),
            BackupError::Engine { .. } | BackupError::Files { .. } => Self::cannot(error),
        }
    }
}

impl From<CopyError> for Outcome {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Exists { .. } | CopyError::Damaged(_) | CopyError::Index { .. } => {
                Self::refused(error)
            }
            CopyError::Files { .. } => Self::cannot(error),
        }
    }
}

impl From<BranchError> for Outcome {
    fn from(error: BranchError) -> Self {
        match error {
            BranchError::Exists { .. } | BranchError::Damaged(_) | BranchError::Database { .. } => {
                Self::refused(error)
            }
            BranchError::Files { .. } => Self::cannot(error),
        }
    }
}

impl From<StoreError> for Outcome {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound
            | StoreError::Exists
            | StoreError::Deleted
            | StoreError::NotYet(_)
            | StoreError::Forgotten(_)
            | StoreError::TooManyNamed
            | StoreError::Damaged(_) => Self::refused(error),
            StoreError::Engine(_) | StoreError::Closed => Self::cannot(error),
        }
    }
}
