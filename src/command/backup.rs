//! `cowrite backup`: all documents in one verified file, also while a server runs.

use std::path::PathBuf;

use clap::Args;

use super::{Place, counted, judge, not_copied, shown};
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
    pub(super) fn run(&self) -> u8 {
        let damage = if self.keep_damaged {
            Damage::Keep
        } else {
            Damage::Refuse
        };
        match back_up(&self.place.data, &self.file, damage, &judge) {
            Ok(examined) => {
                let documents = counted(examined.documents.len(), "document");
                println!(
                    "copied {documents} to {} and verified them",
                    shown(&self.file)
                );
                u8::from(!examined.is_clean())
            }
            Err(error) => not_copied(&error),
        }
    }
}
