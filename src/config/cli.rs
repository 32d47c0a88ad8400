//! The command line: which command, with which options.

use clap::{Parser, Subcommand};

use super::options::{Options, read_file};
use super::{Config, ConfigError};
use crate::command::Maintenance;

/// How `serve` ends; the other commands have a table of their own.
const EXIT_CODES: &str = "\
Exit codes of serve (those of the other commands: cowrite COMMAND --help):
  0  stopped in order, everything on disk
  1  the address is taken, the documents cannot be opened or were not closed
     cleanly
  2  an option is wrong";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "cowrite",
    version,
    about,
    args_conflicts_with_subcommands = true,
    after_help = EXIT_CODES
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve documents and the editor (also the default)
    #[command(after_help = EXIT_CODES)]
    Serve(Box<Options>),
    #[command(flatten)]
    Maintain(Maintenance),
}

impl Cli {
    /// What is to be done instead of serving, if that is what was asked for.
    pub fn maintenance(&self) -> Option<&Maintenance> {
        match &self.command {
            Some(Command::Maintain(task)) => Some(task),
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
            Some(Command::Maintain(_)) | None => self.serve,
        };
        let file = match &given.config {
            Some(path) => read_file(path)?,
            None => Options::default(),
        };
        given.over(file).check()
    }
}
