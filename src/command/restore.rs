//! `cowrite restore`: a backup becomes a data directory. Nothing is overwritten.

use std::path::PathBuf;

use clap::Args;

use super::{Place, counted, judge, not_copied, shown};
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
    pub(super) fn run(&self) -> u8 {
        let damage = if self.keep_damaged {
            Damage::Keep
        } else {
            Damage::Refuse
        };
        match put_back(&self.file, &self.place.data, damage, &judge) {
            Ok(examined) => {
                let documents = counted(examined.documents.len(), "document");
                println!(
                    "put {documents} into {}; start a server with --data {0}",
                    shown(&self.place.data)
                );
                u8::from(!examined.is_clean())
            }
            Err(error) => not_copied(&error),
        }
    }
}
