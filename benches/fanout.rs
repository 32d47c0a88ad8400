//! What it costs to tell everybody: one writes, many read, through real sockets.
//!
//! ```text
//! cargo bench --bench fanout
//! cargo bench --bench fanout -- --readers 1000 --store sqlite
//! ```
//!
//! The server runs as a process of its own. One client sends an edit; when all
//! readers and its author have it, it sends the next (a closed loop: one edit is
//! on the way at a time, so every edit is a frame of its own). A *delivery* is
//! one edit reaching one socket.
//!
//! How to read it: **CPU a delivery** is the server's time, user and system, by
//! the kernel's account, which counts in steps of 10 ms; it is the figure that
//! says how many readers a core carries. **Deliveries/s** and **latency** (from
//! the author's write to the reader's read) contain the client, which shares the
//! machine: one thread reads all sockets, so the last reader of a round waits
//! for the others to be read. Compare them with the **floor**, a relay without
//! document, disk or queue that is driven by the same client in the same way,
//! in turn with the server. Each figure is the median of `--runs` runs.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::{Parser, ValueEnum};
use cowrite::wire::lib0::Writer;
use cowrite::wire::ysync::{MESSAGE_SYNC, SYNC_STEP_1, SYNC_STEP_2, SYNC_UPDATE};
use tokio::sync::Notify;
use tokio::task::LocalSet;

mod floor;
mod samples;
mod socket;
mod trace;

use samples::Samples;
use socket::Socket;
use trace::{Trace, client};

/// Where `cargo bench` puts the server.
const SERVER: &str = env!("CARGO_BIN_EXE_cowrite");

/// The kernel's clock in `/proc/<pid>/stat`, on every architecture that counts.
const TICKS_PER_SECOND: f64 = 100.0;

/// A delivery that takes longer is taken for lost.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Parser)]
#[command(name = "fanout", about = "Measures one writer and many readers")]
struct Settings {
    /// How many read [default: 200]
    #[arg(long, value_name = "N")]
    readers: Option<usize>,
    /// How many edits are written and counted; a tenth more warms up [default: 2000]
    #[arg(long, value_name = "N")]
    edits: Option<usize>,
    /// Where the server keeps the document
    #[arg(long, value_enum, default_value_t)]
    store: StoreKind,
    /// Threads of the server [default: its own default]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Where the server keeps its data [default: a folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<std::path::PathBuf>,
    /// How often [default: 5]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// What `cargo bench` says; without it everything is small, just to see it work
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the floor, for so many connections
    #[arg(long, hide = true)]
    be_the_floor: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum StoreKind {
    #[default]
    Memory,
    Sqlite,
}

/// What one run showed.
struct Run {
    per_second: f64,
    cpu_micros: Option<f64>,
    p50_micros: f64,
    p99_micros: f64,
}

fn main() -> ExitCode {
    let settings = Settings::parse();
    let done = match settings.be_the_floor {
        Some(connections) => floor::relay(connections).map_err(Into::into),
        None => measure(&settings),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fanout: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let (readers, edits, runs) = match settings.bench {
        true => (200, 2_000, 5),
        false => (5, 20, 1),
    };
    let readers = settings.readers.unwrap_or(readers);
    let edits = settings.edits.unwrap_or(edits);
    let runs = settings.runs.unwrap_or(runs).max(1);
    let warm_up = edits / 10;
    let updates = client::updates(&Trace::typed(1, edits + warm_up))?;
    let messages: Vec<Bytes> = updates
        .iter()
        .map(|update| message(SYNC_UPDATE, update))
        .collect();
    let load = Load {
        messages,
        warm_up,
        readers,
    };
    println!(
        "1 writer, {readers} readers, {edits} edits, {:?} store, median of {runs} runs",
        settings.store
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut servers, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let data = match &settings.data {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        };
        let mut server = serve(settings, data.path())?;
        servers.push(LocalSet::new().block_on(&runtime, load.drive(&server, true))?);
        server.end()?;
        let mut floor = Peer::start(
            Command::new(std::env::current_exe()?)
                .arg("--be-the-floor")
                .arg((readers + 1).to_string()),
        )?;
        floors.push(LocalSet::new().block_on(&runtime, load.drive(&floor, false))?);
        floor.end()?;
    }
    println!("               deliveries/s   CPU µs a delivery   latency p50, p99 in ms");
    let server_cpu = show("cowrite", &servers);
    let floor_cpu = show("the floor", &floors);
    if let (Some(server), Some(floor)) = (server_cpu, floor_cpu) {
        println!("CPU a delivery: {:.2} × the floor", server / floor);
    }
    Ok(())
}

/// Prints a line and gives back the CPU time a delivery.
fn show(name: &str, runs: &[Run]) -> Option<f64> {
    let median = |figure: &dyn Fn(&Run) -> Option<f64>| {
        let mut samples = Samples::default();
        samples.extend(runs.iter().filter_map(figure));
        samples.median()
    };
    let cpu = runs
        .iter()
        .all(|run| run.cpu_micros.is_some())
        .then(|| median(&|run| run.cpu_micros));
    println!(
        "{name:12} {:14.0} {:>19} {:13.2}, {:.2}",
        median(&|run| Some(run.per_second)),
        cpu.map_or("not known here".to_owned(), |cpu| format!("{cpu:.2}")),
        median(&|run| Some(run.p50_micros)) / 1e3,
        median(&|run| Some(run.p99_micros)) / 1e3,
    );
    cpu
}

/// What every run is about.
struct Load {
    messages: Vec<Bytes>,
    warm_up: usize,
    readers: usize,
}

/// The edit that is on its way to everybody.
struct Round {
    sent: Cell<Instant>,
    /// How many have not got it yet.
    left: Cell<usize>,
    everybody: Notify,
    latencies: RefCell<Samples>,
    failure: RefCell<Option<String>>,
}

impl Load {
    async fn drive(&self, peer: &Peer, greets: bool) -> Result<Run, Box<dyn Error>> {
        let round = Rc::new(Round {
            sent: Cell::new(Instant::now()),
            left: Cell::new(0),
            everybody: Notify::new(),
            latencies: RefCell::default(),
            failure: RefCell::default(),
        });
        // The floor takes the first for the author.
        let mut author = Socket::open(peer.address, "/ws/fanout").await?;
        if greets {
            greet(&mut author).await?;
        }
        let mut readers = Vec::with_capacity(self.readers);
        for _ in 0..self.readers {
            let mut reader = Socket::open(peer.address, "/ws/fanout").await?;
            if greets {
                greet(&mut reader).await?;
            }
            let round = Rc::clone(&round);
            readers.push(tokio::task::spawn_local(async move {
                while let Some(message) = round.note(reader.receive().await) {
                    round.arrived(&message);
                }
            }));
        }
        let (mut began, mut cpu) = (Instant::now(), peer.cpu());
        for (number, message) in self.messages.iter().enumerate() {
            if number == self.warm_up {
                round.latencies.take();
                (began, cpu) = (Instant::now(), peer.cpu());
            }
            round.left.set(self.readers + 1);
            round.sent.set(Instant::now());
            author.send(message).await?;
            let heard = async {
                loop {
                    let message = author.receive().await?;
                    if round.arrived(&message) {
                        break;
                    }
                }
                while round.left.get() > 0 && round.failure.borrow().is_none() {
                    round.everybody.notified().await;
                }
                Ok::<_, Box<dyn Error>>(())
            };
            tokio::time::timeout(PATIENCE, heard)
                .await
                .map_err(|_| format!("edit {number} did not reach everybody"))??;
            if let Some(failure) = round.failure.take() {
                return Err(failure.into());
            }
        }
        let elapsed = began.elapsed().as_secs_f64();
        let cpu = cpu.zip(peer.cpu()).map(|(before, after)| after - before);
        for reader in readers {
            reader.abort();
        }
        let latencies = round.latencies.borrow();
        let deliveries = ((self.messages.len() - self.warm_up) * (self.readers + 1)) as f64;
        Ok(Run {
            per_second: deliveries / elapsed,
            cpu_micros: cpu.map(|seconds| seconds * 1e6 / deliveries),
            p50_micros: latencies.percentile(50),
            p99_micros: latencies.percentile(99),
        })
    }
}

impl Round {
    /// Notes an update; says whether it was one.
    fn arrived(&self, message: &[u8]) -> bool {
        if !is_sync(message, SYNC_UPDATE) {
            return false;
        }
        let latency = self.sent.get().elapsed().as_secs_f64() * 1e6;
        self.latencies.borrow_mut().extend([latency]);
        self.left.set(self.left.get().saturating_sub(1));
        if self.left.get() == 0 {
            self.everybody.notify_one();
        }
        true
    }

    fn note<T>(&self, result: std::io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failure
                    .replace(Some(format!("a reader lost its connection: {error}")));
                self.everybody.notify_one();
                None
            }
        }
    }
}

/// Says that nothing is known here and waits for the answer.
async fn greet(socket: &mut Socket) -> std::io::Result<()> {
    socket.send(&message(SYNC_STEP_1, &[0])).await?;
    while !is_sync(&socket.receive().await?, SYNC_STEP_2) {}
    Ok(())
}

fn is_sync(message: &[u8], kind: u64) -> bool {
    matches!(message, [first, second, ..]
        if u64::from(*first) == MESSAGE_SYNC && u64::from(*second) == kind)
}

fn message(kind: u64, body: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(body.len() + 8);
    let mut message = Writer::new(&mut bytes);
    message.var_uint(MESSAGE_SYNC);
    message.var_uint(kind);
    message.buf(body);
    bytes.into()
}

fn serve(settings: &Settings, data: &Path) -> Result<Peer, Box<dyn Error>> {
    let mut command = Command::new(SERVER);
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--silence-timeout",
        "3600",
        // All of them come from this machine.
        "--max-connections-per-address",
        "1000000",
    ]);
    command.arg("--data").arg(data);
    command.arg("--store").arg(match settings.store {
        StoreKind::Memory => "memory",
        StoreKind::Sqlite => "sqlite",
    });
    if let Some(threads) = settings.threads {
        command.arg("--threads").arg(threads.to_string());
    }
    Peer::start(command.env("RUST_LOG", "warn"))
}

/// A process that relays: the server, or the floor.
struct Peer {
    process: Child,
    address: SocketAddr,
}

impl Peer {
    /// Starts it and waits for the line that says where it listens.
    fn start(command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().rsplit("http://").next().unwrap_or_default();
        match address.parse() {
            Ok(address) => Ok(Self { process, address }),
            Err(_) => {
                process.kill()?;
                process.wait()?;
                Err(format!("it did not say where it listens but {line:?}").into())
            }
        }
    }

    /// Seconds of CPU so far, where the kernel tells.
    fn cpu(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // The name in parentheses may hold anything; user and system time are
        // the 12th and 13th field after it.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Ended already, or nobody is left to be told.
        let _ = self.end();
    }
}
