//! The server under load: the shipped program as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::Trouble;
use super::gauge::Gauge;

/// Where `cargo bench` puts it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_cowrite");

/// A server that does not end within this will not.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most address space that a server gets: what grows without bound ends
/// itself, not the machine.
const MOST_SPACE: u64 = 6 << 30;

/// A running server. It is killed when this is dropped.
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it on a data folder and waits for the line that says where it
    /// listens.
    pub fn start(data: &Path, options: &[String]) -> Result<Self, Trouble> {
        let mut process = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            // Nobody here answers pings: that silence is not what is measured.
            .args(["--silence-timeout", "86400"])
            .args(options)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().rsplit("http://").next().unwrap_or_default();
        match address.parse() {
            Ok(address) => {
                let server = Self { process, address };
                let space = Rlimit {
                    current: Some(MOST_SPACE),
                    maximum: Some(MOST_SPACE),
                };
                prlimit(Some(server.id()?), Resource::As, space)?;
                Ok(server)
            }
            Err(_) => {
                process.kill()?;
                process.wait()?;
                Err(format!("the server did not say where it listens but {line:?}").into())
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A look at its memory, CPU and descriptors.
    pub fn gauge(&self) -> Gauge {
        Gauge::of(self.process.id())
    }

    /// Sends SIGTERM.
    pub fn is_asked_to_stop(&self) -> Result<(), Trouble> {
        Ok(kill_process(self.id()?, Signal::TERM)?)
    }

    fn id(&self) -> Result<Pid, Trouble> {
        let id = i32::try_from(self.process.id()).ok();
        Ok(id.and_then(Pid::from_raw).ok_or("the server has no id")?)
    }

    /// Waits until it ended, in order; says when that was.
    pub async fn ends(&mut self) -> Result<Instant, Trouble> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.process.try_wait()? {
                Some(status) if status.success() => return Ok(Instant::now()),
                Some(status) => return Err(format!("the server ended with {status}").into()),
                None if Instant::now() > deadline => {
                    return Err(format!("the server runs on {PATIENCE:?} after SIGTERM").into());
                }
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already, or nobody is left to be told.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}
