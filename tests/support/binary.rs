//! The program itself, as a process that can be killed.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::client::Client;
use super::rest::Rest;
use super::{PATIENCE, until};

/// A running `cowrite`. It is killed and reaped when it is dropped.
pub struct Binary {
    process: Process,
    address: SocketAddr,
}

/// A `cowrite` that was started and may not serve yet. The same holds for it.
pub struct Starting {
    process: Process,
    stdout: BufReader<ChildStdout>,
}

/// The process, and what it writes to standard error.
struct Process {
    child: Child,
    said: watch::Receiver<String>,
    listener: Option<thread::JoinHandle<()>>,
}

/// `cowrite`, without what the environment says of it. `COWRITE_BIN` names another
/// binary, so that a long run is not disturbed by the next build.
pub fn cowrite() -> Command {
    let built = || env!("CARGO_BIN_EXE_cowrite").into();
    let mut command = Command::new(std::env::var_os("COWRITE_BIN").unwrap_or_else(built));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COWRITE_") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// `cowrite`, started by a shell script that ends in `exec "$0" "$@"`.
pub fn cowrite_by(script: &str) -> Command {
    let plain = cowrite();
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(plain.get_program());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(Stdio::null());
    command
}

impl Starting {
    /// `cowrite serve` on a free port with its documents in `data`, logging what
    /// `log` asks for.
    pub fn of(data: &Path, options: &[&str], log: &str) -> Self {
        Self::by(cowrite(), data, options, log)
    }

    /// The same by a command of the story's own, which ends in cowrite's
    /// arguments.
    pub fn by(mut command: Command, data: &Path, options: &[&str], log: &str) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(options)
            .env("RUST_LOG", log)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cowrite can be started");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (saying, said) = watch::channel(String::new());
        let listener = thread::spawn(move || {
            let mut line = Vec::new();
            while stderr
                .read_until(b'\n', &mut line)
                .is_ok_and(|read| read > 0)
            {
                saying.send_modify(|text| text.push_str(&String::from_utf8_lossy(&line)));
                line.clear();
            }
        });
        let process = Process {
            child,
            said,
            listener: Some(listener),
        };
        Self { process, stdout }
    }

    /// Waits until it serves.
    pub fn serves(mut self) -> Binary {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        let address = line
            .trim()
            .strip_prefix("cowrite is listening on http://")
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let status = self.process.is_killed();
            let complaints = self.process.complaints();
            panic!("cowrite did not start ({status:?}): {line:?}\n{complaints}");
        };
        let process = self.process;
        Binary { process, address }
    }

    /// Waits until it wrote `word` to standard error; `false` when it ended, or
    /// did not within `patience`.
    pub async fn says(&mut self, word: &str, patience: Duration) -> bool {
        self.process.says(word, 0, patience).await
    }

    /// kill -9. Returns what it wrote to standard error.
    pub fn dies(mut self) -> String {
        self.process.is_killed();
        self.process.complaints()
    }
}

impl Process {
    async fn says(&mut self, word: &str, after: usize, patience: Duration) -> bool {
        let said = self.said.wait_for(|text| text[after..].contains(word));
        matches!(tokio::time::timeout(patience, said).await, Ok(Ok(_)))
    }

    fn is_killed(&mut self) -> ExitStatus {
        let _ = self.child.kill();
        self.child.wait().expect("a process to reap")
    }

    /// All that it wrote to standard error; it has ended.
    fn complaints(&mut self) -> String {
        if let Some(listener) = self.listener.take() {
            listener.join().expect("its standard error");
        }
        self.said.borrow().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Binary {
    /// `cowrite serve` on a free port with its documents in `data`.
    pub fn serves(data: &Path) -> Self {
        Self::serves_with(data, &[])
    }

    /// The same with more options.
    pub fn serves_with(data: &Path, options: &[&str]) -> Self {
        Starting::of(data, options, "info").serves()
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
        let path = format!("/proc/{}/statm", self.process.child.id());
        let statm = std::fs::read_to_string(path).expect("a process that runs");
        let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
        4096 * pages.unwrap_or(0_usize)
    }

    /// kill -9.
    pub fn is_killed(&mut self) {
        self.process.is_killed();
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
        let pid = self.process.child.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status();
        assert!(status.expect("kill(1)").success());
    }

    /// Waits until it ended by itself.
    pub async fn ends(&mut self) -> ExitStatus {
        let child = std::cell::RefCell::new(&mut self.process.child);
        until("cowrite ends", || async {
            child.borrow_mut().try_wait().expect("a process of ours")
        })
        .await
    }

    /// Waits until it writes `word` to standard error after this moment; `false`
    /// when it ended, or did not within `patience`.
    pub async fn says(&mut self, word: &str, patience: Duration) -> bool {
        let already = self.process.said.borrow().len();
        self.process.says(word, already, patience).await
    }

    /// What it wrote to standard error; it has ended.
    pub fn complaints(&mut self) -> String {
        self.process.complaints()
    }
}

/// A copy of a data folder as it is now, which is what a crash would leave.
pub fn copy_of(data: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(data).expect("a data folder") {
        let entry = entry.expect("an entry");
        // The index of the log is rebuilt by whoever comes next.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
        }
    }
    copy
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
