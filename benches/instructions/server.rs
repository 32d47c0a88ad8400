//! The server as a process whose instructions are counted.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// What callgrind writes before the one number that is read of its file.
const TOTAL: &str = "totals:";

/// What to start.
pub struct Program {
    server: PathBuf,
    valgrind: Option<PathBuf>,
    /// A folder for profiles.
    keep: Option<PathBuf>,
}

/// A running server. It is killed when this is dropped.
pub struct Server<'a> {
    program: &'a Program,
    process: Child,
    address: SocketAddr,
    /// Holds its documents and, in the end, its profile.
    place: TempDir,
}

impl Program {
    /// The server as it is.
    pub fn plain(server: &Path) -> Self {
        Self {
            server: server.to_owned(),
            valgrind: None,
            keep: None,
        }
    }

    /// The server under callgrind.
    pub fn counted(server: &Path, valgrind: &Path, keep: Option<PathBuf>) -> Self {
        Self {
            server: server.to_owned(),
            valgrind: Some(valgrind.to_owned()),
            keep,
        }
    }

    /// Starts it and waits for the line that says where it listens.
    pub fn start(&self) -> Result<Server<'_>, Box<dyn Error>> {
        let place = tempfile::tempdir()?;
        let mut command = match &self.valgrind {
            Some(valgrind) => {
                let mut command = Command::new(valgrind);
                command
                    .args(["--quiet", "--tool=callgrind"])
                    .arg(format!(
                        "--callgrind-out-file={}",
                        profile_in(&place).display()
                    ))
                    .arg(&self.server);
                command
            }
            None => Command::new(&self.server),
        };
        // Nothing in the environment changes what is counted.
        command
            .env_clear()
            .env("RUST_LOG", "error")
            .args(["serve", "--listen", "127.0.0.1:0", "--threads", "1"])
            // Nobody here answers pings.
            .args(["--silence-timeout", "86400", "--data"])
            .arg(place.path().join("data"));
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().rsplit("http://").next().unwrap_or_default();
        let Ok(address) = address.parse() else {
            process.kill()?;
            process.wait()?;
            return Err(format!("the server did not say where it listens but {line:?}").into());
        };
        Ok(Server {
            program: self,
            process,
            address,
            place,
        })
    }
}

impl Server<'_> {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it in order, and reads how many instructions it took in all; 0 if nobody
    /// counted. A profile is kept under this name, in place of the one before.
    pub fn stop(mut self, name: &str) -> Result<u64, Box<dyn Error>> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        let status = self.process.wait()?;
        if !status.success() {
            return Err(format!("the server ended with {status}").into());
        }
        if self.program.valgrind.is_none() {
            return Ok(0);
        }
        let profile = profile_in(&self.place);
        let text = std::fs::read_to_string(&profile)?;
        if let Some(folder) = &self.program.keep {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("callgrind.out.{name}")), &text)?;
        }
        let total = text
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(TOTAL))
            .ok_or("callgrind did not say how many instructions there were")?;
        Ok(total.trim().parse()?)
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // Ended already, or nobody is left to be told.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn profile_in(place: &TempDir) -> PathBuf {
    place.path().join("callgrind.out")
}
