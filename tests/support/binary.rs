//! The program itself, as a process that can be killed.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Client;
use super::rest::Rest;
use super::{PATIENCE, until};

/// A running `cowrite`. It is killed and reaped when it is dropped.
pub struct Binary {
    child: Child,
    address: SocketAddr,
    complaints: Option<thread::JoinHandle<String>>,
}

/// `cowrite`, without what the environment says of it.
pub fn cowrite() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowrite"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COWRITE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

impl Binary {
    /// `cowrite serve` on a free port with its documents in `data`.
    pub fn serves(data: &Path) -> Self {
        Self::serves_with(data, &[])
    }

    /// The same with more options.
    pub fn serves_with(data: &Path, options: &[&str]) -> Self {
        let mut child = cowrite()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cowrite can be started");
        let mut stderr = child.stderr.take().expect("a pipe");
        let complaints = thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = line
            .trim()
            .strip_prefix("cowrite is listening on http://")
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let status = child.wait();
            let complaints = complaints.join().unwrap_or_default();
            panic!("cowrite did not start ({status:?}): {line:?}\n{complaints}");
        };
        Self {
            child,
            address,
            complaints: Some(complaints),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn rest(&self) -> Rest {
        Rest::of(self.address)
    }

    /// Somebody opens a document and has read all of it.
    pub async fn welcomes(&self, name: &str, document: &str) -> Client {
        Client::joins(self.address, name, document).await
    }

    /// Bytes that it holds in memory.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> usize {
        let path = format!("/proc/{}/statm", self.child.id());
        let statm = std::fs::read_to_string(path).expect("a process that runs");
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
        4096 * pages.unwrap_or(0_usize)
    }

    /// kill -9.
    pub fn is_killed(&mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("a process to reap");
    }

    /// SIGTERM, without waiting.
    pub fn is_asked_to_stop(&self) {
        self.is_sent("-TERM");
    }

    /// Sleeps, as a machine that is closed and opened again.
    pub async fn sleeps(&self, time: Duration) {
        self.is_sent("-STOP");
        tokio::time::sleep(time).await;
        self.is_sent("-CONT");
    }

    fn is_sent(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status();
        assert!(status.expect("kill(1)").success());
    }

    /// Waits until it ended by itself.
    pub async fn ends(&mut self) -> ExitStatus {
        let child = std::cell::RefCell::new(&mut self.child);
        until("cowrite ends", || async {
            child.borrow_mut().try_wait().expect("a process of ours")
        })
        .await
    }

    /// What it wrote to standard error; it has ended.
    pub fn complaints(&mut self) -> String {
        let complaints = self.complaints.take().expect("asked once");
        complaints.join().expect("its standard error")
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command that is expected to end soon.
pub fn runs(command: &mut Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a command that can be started");
    let begun = Instant::now();
    while child.try_wait().expect("a process of ours").is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{command:?} does not end: {:?}", child.wait_with_output());
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("its output")
}
