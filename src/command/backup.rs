//! `cowrite backup`: all documents in one verified file, also while a server runs, and
//! their attached files and branches, if there are any, beside it.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, Place, and_branches, and_files, counted, damage, judge, shown};
use crate::attachments;
use crate::store::branches::{self, BranchError};
use crate::store::sqlite::{Access, Damage, back_up};

/// The options of `backup`.
#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// The file to make; it must not be there
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Copy damaged documents along instead of refusing; they stay damaged
    #[arg(long)]
    keep_damaged: bool,
}

impl Backup {
    pub(super) fn run(&self) -> Outcome {
        let keep = if self.keep_damaged {
            Damage::Keep
        } else {
            Damage::Refuse
        };
        let folder = attachments::beside(&self.file);
        if folder.symlink_metadata().is_ok() {
            let error = attachments::CopyError::Exists { path: folder };
            return error.into();
        }
        let beside = branches::beside(&self.file);
        if beside.symlink_metadata().is_ok() {
            return BranchError::Exists { path: beside }.into();
        }
        let examined = match back_up(&self.place.data, &self.file, keep, &judge) {
            Ok(examined) => examined,
            Err(error) => return error.into(),
        };
        // After the documents: what they refer to was there when they were copied.
        let is_served = examined.access == Access::Beside;
        let copied = attachments::back_up(&self.place.data, is_served, &folder, self.keep_damaged);
        let files = match copied {
            Ok(files) => files,
            Err(error) => {
                // It would be taken for a whole one.
                let _ = std::fs::remove_file(&self.file);
                return error.into();
            }
        };
        let (data, keeps) = (&self.place.data, self.keep_damaged);
        let branches = match branches::back_up(data, is_served, &beside, keeps, &judge) {
            Ok(branches) => branches,
            Err(error) => {
                let _ = std::fs::remove_file(&self.file);
                let _ = std::fs::remove_dir_all(&folder);
                return error.into();
            }
        };
        let documents = counted(examined.documents.len(), "document")
            + &and_files(&files, &folder)
            + &and_branches(&branches, &beside);
        let file = shown(&self.file);
        if examined.is_clean() && files.problems.is_empty() && branches.problems.is_empty() {
            return Outcome::Well(format!("copied {documents} to {file} and verified them"));
        }
        let mut lines = vec![format!("copied {documents} to {file}, damage included:")];
        lines.extend(damage(&examined, &files, &branches));
        Outcome::Damaged(lines.join("\n"))
    }
}
