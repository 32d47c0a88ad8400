//! The command line: which command, with which options.

use clap::{Parser, Subcommand};

use super::options::{Options, read_file};
use super::{Config, ConfigError};

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
}

impl Cli {
    /// Puts command line, environment and file together and checks the result.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn into_config(self) -> Result<Config, ConfigError> {
        let given = match self.command {
            Some(Command::Serve(options)) => *options,
            None => self.serve,
        };
        let file = match &given.config {
            Some(path) => read_file(path)?,
            None => Options::default(),
        };
        given.over(file).check()
    }
}
