//! A server under load: a process of its own, on a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::Trouble;
use super::dialect::Dialect;
use super::gauge::Gauge;

/// Whoever does not listen within this never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It is killed when this is dropped.
pub struct Server {
    process: Child,
    address: SocketAddr,
    dialect: Dialect,
    started: Duration,
    /// Kept open, or the server would find nobody to talk to.
    _output: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it and waits for the line that says where it listens.
    pub fn start(command: &mut Command, dialect: Dialect) -> Result<Self, Trouble> {
        let began = Instant::now();
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut output = process.stdout.take().map(BufReader::new);
        let mut line = String::new();
        if let Some(output) = &mut output {
            output.read_line(&mut line)?;
        }
        let address = line.trim().rsplit("://").next().unwrap_or_default();
        match address.parse() {
            Ok(address) => Ok(Self {
                process,
                address,
                dialect,
                started: began.elapsed(),
                _output: output,
            }),
            Err(_) => {
                process.kill()?;
                process.wait()?;
                Err(format!("it did not say where it listens but {line:?}").into())
            }
        }
    }

    /// Starts one that is told where to listen, and waits until it does.
    pub fn start_at(
        command: &mut Command,
        dialect: Dialect,
        address: SocketAddr,
    ) -> Result<Self, Trouble> {
        let began = Instant::now();
        let process = command.stdout(Stdio::null()).spawn()?;
        let mut server = Self {
            process,
            address,
            dialect,
            started: Duration::ZERO,
            _output: None,
        };
        while std::net::TcpStream::connect(address).is_err() {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("it ended with {status}").into());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("it does not listen after {PATIENCE:?}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        server.started = began.elapsed();
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is spoken to.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How long it took from its start until it listened.
    pub fn started(&self) -> Duration {
        self.started
    }

    /// A look at its CPU and memory.
    pub fn gauge(&self) -> Gauge {
        Gauge::of(self.process.id())
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) -> Result<(), Trouble> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Asks it to stop and waits until it did.
    pub fn stop(&mut self) -> Result<(), Trouble> {
        let id = i32::try_from(self.process.id()).ok();
        let id = id.and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        }
        let deadline = Instant::now() + PATIENCE;
        while self.process.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(format!("it runs on {PATIENCE:?} after SIGTERM").into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Makes sure that a document is there, where the server wants to be asked.
    pub fn prepare(&self, document: &str) -> Result<(), Trouble> {
        match self.dialect {
            Dialect::Sweet => super::rest::make_document(self.address, document),
            _ => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already, or nobody is left to be told.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// A port that is free now, for those who must be told one.
pub fn free_address() -> Result<SocketAddr, Trouble> {
    let here = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(here.local_addr()?)
}

/// The folder that a server keeps its data in.
pub fn folder(beside: Option<&Path>) -> Result<tempfile::TempDir, Trouble> {
    Ok(match beside {
        Some(beside) => tempfile::tempdir_in(beside)?,
        None => tempfile::tempdir()?,
    })
}
