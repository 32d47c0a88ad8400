//! `cowrite backup`: all documents in one verified file, also while a server runs.

use std::path::PathBuf;

use clap::Args;

use super::{Outcome, Place, counted, damage, judge, shown};
use crate::store::sqlite::{Damage, back_up};

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
        let examined = match back_up(&self.place.data, &self.file, keep, &judge) {
            Ok(examined) => examined,
            Err(error) => return error.into(),
        };
        let documents = counted(examined.documents.len(), "document");
        let file = shown(&self.file);
        if examined.is_clean() {
            return Outcome::Well(format!("copied {documents} to {file} and verified them"));
        }
        let mut lines = vec![format!("copied {documents} to {file}, damage included:")];
        lines.extend(damage(&examined));
        Outcome::Damaged(lines.join("\n"))
    }
}
