//! The command line: which command, with which options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::options::{Options, read_file};
use super::{Config, ConfigError};
use crate::command::Maintenance;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "cowrite",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve documents and the editor (also the default).
    Serve(Box<Options>),
    /// Let a document be written (or loaded) again that crashed twice in a row; the server must be stopped.
    Release(Release),
    #[command(flatten)]
    Maintain(Maintenance),
}

/// The options of `release`.
#[derive(Debug, Clone, Args)]
pub struct Release {
    /// The document's name
    #[arg(value_name = "NAME")]
    pub document: String,
    /// Folder that holds the documents
    #[arg(long, env = "COWRITE_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
}

impl Cli {
    /// What is to be done instead of serving, if that is what was asked for.
    pub fn maintenance(&self) -> Option<&Maintenance> {
        match &self.command {
            Some(Command::Maintain(task)) => Some(task),
            _ => None,
        }
    }

    /// What to release, if that is what was asked for.
    pub fn release(&self) -> Option<&Release> {
        match &self.command {
            Some(Command::Release(release)) => Some(release),
            _ => None,
        }
    }

    /// Puts command line, environment and file together and checks the result.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        let given = match self.command {
            Some(Command::Serve(options)) => *options,
            Some(Command::Release(_) | Command::Maintain(_)) | None => self.serve,
        };
        let file = match &given.config {
            Some(path) => read_file(path)?,
            None => Options::default(),
        };
        given.over(file).check()
    }
}
