//! `cowrite restore`: a backup becomes a data directory. Nothing is overwritten.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, Place, counted, damage, judge, shown};
use crate::store::sqlite::{Damage, put_back};

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
        let examined = match put_back(&self.file, &self.place.data, keep, &judge) {
            Ok(examined) => examined,
            Err(error) => return error.into(),
        };
        let documents = counted(examined.documents.len(), "document");
        let folder = shown(&self.place.data);
        let done = format!("put {documents} into {folder}; start a server with --data {folder}");
        if examined.is_clean() {
            return Outcome::Well(done);
        }
        let mut lines = vec![done, "damage came along, and is not served:".to_owned()];
        lines.extend(damage(&examined));
        Outcome::Damaged(lines.join("\n"))
    }
}
