//! `cowrite restore`: a backup becomes a data directory. Nothing is overwritten.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, Place, and_branches, and_files, counted, damage, judge, shown};
use crate::attachments;
use crate::store::branches;
use crate::store::sqlite::{DATABASE, Damage, put_back};

/// The options of `restore`.
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Restore a backup that has damaged documents; they stay damaged
    #[arg(long)]
    keep_damaged: bool,
}

impl Restore {
    pub(super) fn run(&self) -> Outcome {
        let keep = if self.keep_damaged {
            Damage::Keep
        } else {
            Damage::Refuse
        };
        let folder = attachments::beside(&self.file);
        let data = &self.place.data;
        // Documents last: they say that all of it is there.
        let files = match holds_store(data) {
            true => attachments::Counted::default(),
            false => match attachments::put_back(&folder, data, self.keep_damaged) {
                Ok(files) => files,
                Err(error) => return error.into(),
            },
        };
        let beside = branches::beside(&self.file);
        let branches = match holds_store(data) {
            true => branches::Counted::default(),
            false => match branches::put_back(&beside, data, self.keep_damaged, &judge) {
                Ok(branches) => branches,
                Err(error) => {
                    if files.files > 0 {
                        attachments::take_away(data);
                    }
                    return error.into();
                }
            },
        };
        let examined = match put_back(&self.file, &self.place.data, keep, &judge) {
            Ok(examined) => examined,
            Err(error) => {
                if files.files > 0 && !holds_store(data) {
                    attachments::take_away(data);
                }
                if branches.branches > 0 && !holds_store(data) {
                    branches::take_away(data);
                }
                return error.into();
            }
        };
        let documents = counted(examined.documents.len(), "document")
            + &and_files(&files, &folder)
            + &and_branches(&branches, &beside);
        let folder = shown(&self.place.data);
        let done = format!("put {documents} into {folder}; start a server with --data {folder}");
        if examined.is_clean() && files.problems.is_empty() && branches.problems.is_empty() {
            return Outcome::Well(done);
        }
        let mut lines = vec![done, "damage came along, and is not served:".to_owned()];
        lines.extend(damage(&examined, &files, &branches));
        Outcome::Damaged(lines.join("\n"))
    }
}

/// Whether what is in a data folder is not to be touched: `put_back` refuses it.
fn holds_store(data: &Path) -> bool {
    data.join(DATABASE).symlink_metadata().is_ok()
}
