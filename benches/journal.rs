//! What the disk costs: how fast the SQLite store takes batches, how much it
//! writes for them, and how fast it gives documents back.
//!
//! ```text
//! cargo bench --bench journal
//! cargo bench --bench journal -- --data /srv/disk --documents 1,1000
//! ```
//!
//! **Appends**: each of N documents appends one batch, all at once, and the next
//! when all are durable, as N documents do in which people type. The **floor**
//! does the same with an append-only file and one fdatasync: what the disk
//! itself takes. *Written a byte* is what the process caused to be written to
//! the disk for every byte it was given, snapshots and closing included; the
//! kernel counts whole pages, and only on Linux.
//!
//! **Loading**: one document, typed edit by edit, from a journal of as many rows
//! and from a snapshot that replaced them; *store* is reading and checking the
//! bytes, *replica* making a document of them.
//!
//! How to read it: disks differ by a factor of a hundred, so take the ratios to
//! the floor, and give `--data` a folder on the disk that is meant. Each figure
//! is the median of `--runs` runs.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use clap::Parser;
use cowrite::id::{DocumentId, Seq};
use cowrite::replica::{Limits, Replica};
use cowrite::store::sqlite::{Durability, Options, SqliteStore};
use cowrite::store::{Append, Store, Stored};

mod samples;
mod trace;

use samples::Samples;
use trace::{Trace, client};

/// How many appends of one document are on the way while its journal is made.
const AHEAD: usize = 512;

#[derive(Debug, Parser)]
#[command(name = "journal", about = "Measures the SQLite store")]
struct Settings {
    /// How many documents append at once
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [1, 10, 100])]
    documents: Vec<usize>,
    /// Bytes of a batch
    #[arg(long, value_name = "N", default_value_t = 64)]
    bytes: usize,
    /// How long each number of documents appends, in one run [default: 2]
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// Rows of the journal that is loaded [default: 20000]
    #[arg(long, value_name = "N")]
    rows: Option<usize>,
    /// Survive a kill, not a power loss
    #[arg(long)]
    without_fsync: bool,
    /// Where to write [default: the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How often [default: 5]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// What `cargo bench` says; without it everything is small, just to see it work
    #[arg(long, hide = true)]
    bench: bool,
}

/// The settings, filled up.
struct Plan {
    documents: Vec<usize>,
    batch: Bytes,
    time: Duration,
    rows: usize,
    options: Options,
    data: PathBuf,
    runs: usize,
}

/// What one run of appends showed.
struct Appended {
    per_second: f64,
    p50: f64,
    p99: f64,
    written: Option<f64>,
}

/// What one loading took, in milliseconds.
struct Loaded {
    open: f64,
    store: f64,
    replica: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let plan = Plan::from(Settings::parse());
    let done = async {
        appends(&plan).await?;
        loads(&plan).await
    };
    match done.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("journal: {error}");
            ExitCode::FAILURE
        }
    }
}

impl From<Settings> for Plan {
    fn from(settings: Settings) -> Self {
        let (seconds, rows, runs) = match settings.bench {
            true => (2.0, 20_000, 5),
            false => (0.05, 100, 1),
        };
        Self {
            documents: settings.documents,
            batch: vec![0x55; settings.bytes].into(),
            time: Duration::from_secs_f64(settings.seconds.unwrap_or(seconds).max(0.0)),
            rows: settings.rows.unwrap_or(rows).max(1),
            options: Options {
                durability: match settings.without_fsync {
                    true => Durability::Os,
                    false => Durability::Fsync,
                },
                ..Options::default()
            },
            data: settings.data.unwrap_or_else(std::env::temp_dir),
            runs: settings.runs.unwrap_or(runs).max(1),
        }
    }
}

fn median<R>(runs: &[R], figure: impl Fn(&R) -> f64) -> f64 {
    let mut samples = Samples::default();
    samples.extend(runs.iter().map(figure));
    samples.median()
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

// ---- appending ----

async fn appends(plan: &Plan) -> Result<(), Box<dyn Error>> {
    println!(
        "batches of {} bytes, {:?}, median of {} runs",
        plan.batch.len(),
        plan.options.durability,
        plan.runs
    );
    println!("  documents            appends/s   p50, p99 in ms   written a byte");
    for &documents in &plan.documents {
        let (mut stores, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            stores.push(append_to_store(plan, documents).await?);
            floors.push(append_to_file(plan, documents)?);
        }
        show(documents, "store", &stores);
        show(documents, "floor", &floors);
    }
    Ok(())
}

fn show(documents: usize, name: &str, runs: &[Appended]) {
    let written = match runs.iter().all(|run| run.written.is_some()) {
        true => format!("{:.1}", median(runs, |run| run.written.unwrap_or_default())),
        false => "not known here".to_owned(),
    };
    println!(
        "  {documents:9} {name:>9} {:11.0} {:8.2}, {:.2} {written:>17}",
        median(runs, |run| run.per_second),
        median(runs, |run| run.p50),
        median(runs, |run| run.p99),
    );
}

async fn append_to_store(plan: &Plan, documents: usize) -> Result<Appended, Box<dyn Error>> {
    let place = tempfile::tempdir_in(&plan.data)?;
    let store = SqliteStore::open(place.path(), plan.options.clone())?;
    let documents = (0..documents)
        .map(|number| DocumentId::parse(&format!("document-{number}")))
        .collect::<Result<Vec<_>, _>>()?;
    for document in &documents {
        store.create(document, None).await?;
    }
    let meter = Meter::begin();
    while meter.began.elapsed() < plan.time {
        let began = Instant::now();
        // All are asked for before any is awaited: the store commits together
        // what waits together.
        let tickets: Vec<_> = documents
            .iter()
            .map(|document| store.append(batch(document, &plan.batch)))
            .collect();
        for ticket in tickets {
            ticket.await?;
        }
        meter.round(began);
    }
    let rate = meter.rate();
    store.close().await?;
    Ok(meter.end(rate, documents.len(), plan.batch.len()))
}

fn append_to_file(plan: &Plan, documents: usize) -> Result<Appended, Box<dyn Error>> {
    let place = tempfile::tempdir_in(&plan.data)?;
    let mut file = File::create(place.path().join("journal"))?;
    let batches = plan.batch.repeat(documents);
    let meter = Meter::begin();
    while meter.began.elapsed() < plan.time {
        let began = Instant::now();
        file.write_all(&batches)?;
        if plan.options.durability == Durability::Fsync {
            file.sync_data()?;
        }
        meter.round(began);
    }
    let rate = meter.rate();
    Ok(meter.end(rate, documents, plan.batch.len()))
}

fn batch(document: &DocumentId, update: &Bytes) -> Append {
    Append {
        document: document.clone(),
        update: update.clone(),
        at: SystemTime::now(),
        sender: Default::default(),
        title: None,
    }
}

/// Counts rounds of appends.
struct Meter {
    began: Instant,
    written: Option<u64>,
    rounds: std::cell::RefCell<Vec<f64>>,
}

impl Meter {
    fn begin() -> Self {
        Self {
            written: written(),
            rounds: Default::default(),
            began: Instant::now(),
        }
    }

    fn round(&self, began: Instant) {
        self.rounds.borrow_mut().push(milliseconds(began));
    }

    /// Rounds a second, up to now.
    fn rate(&self) -> f64 {
        self.rounds.borrow().len() as f64 / self.began.elapsed().as_secs_f64()
    }

    fn end(self, rate: f64, documents: usize, bytes: usize) -> Appended {
        let rounds = self.rounds.into_inner();
        let given = (rounds.len() * documents * bytes).max(1) as f64;
        let written = self.written.zip(written());
        let mut samples = Samples::default();
        samples.extend(rounds);
        Appended {
            per_second: rate * documents as f64,
            p50: samples.percentile(50),
            p99: samples.percentile(99),
            written: written.map(|(before, after)| (after - before) as f64 / given),
        }
    }
}

/// Bytes that this process caused to be written to a disk, where the kernel
/// tells.
fn written() -> Option<u64> {
    let io = std::fs::read_to_string("/proc/self/io").ok()?;
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes:"))?;
    line.trim().parse().ok()
}

// ---- loading ----

async fn loads(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let document = DocumentId::parse("long")?;
    let updates = client::updates(&Trace::typed(1, plan.rows))?;
    let place = tempfile::tempdir_in(&plan.data)?;
    let store = SqliteStore::open(place.path(), plan.options.clone())?;
    let mut through = Seq::default();
    for part in updates.chunks(AHEAD) {
        let tickets: Vec<_> = part
            .iter()
            .map(|update| store.append(batch(&document, update)))
            .collect();
        for ticket in tickets {
            through = ticket.await?;
        }
    }
    store.close().await?;
    drop(store);
    println!(
        "a document of {} edits, in ms, median of {} runs",
        updates.len(),
        plan.runs
    );
    println!("                       bytes   open the store    store   replica");
    let tail = load_often(plan, place.path(), &document, "journal").await?;

    let store = SqliteStore::open(place.path(), plan.options.clone())?;
    let snapshot = replica_of(&tail)?.state();
    let segment = store.segment(&document, through).await?;
    store.compact(&document, through, snapshot, segment).await?;
    store.close().await?;
    drop(store);
    let folded = load_often(plan, place.path(), &document, "snapshot").await?;
    if !folded.tail.is_empty() || replica_of(&folded)?.state() != replica_of(&tail)?.state() {
        return Err("the snapshot is not what the journal was".into());
    }
    Ok(())
}

/// Loads it as often as there are runs, from a store opened anew, prints what it
/// took, and gives back what was loaded.
async fn load_often(
    plan: &Plan,
    place: &Path,
    document: &DocumentId,
    name: &str,
) -> Result<Stored, Box<dyn Error>> {
    let mut runs = Vec::new();
    let mut last = Stored::default();
    for _ in 0..plan.runs {
        let began = Instant::now();
        let store = SqliteStore::open(place, plan.options.clone())?;
        let open = milliseconds(began);
        let began = Instant::now();
        last = store
            .load(document)
            .await?
            .ok_or("the document is not there")?;
        let read = milliseconds(began);
        let began = Instant::now();
        replica_of(&last)?;
        runs.push(Loaded {
            open,
            store: read,
            replica: milliseconds(began),
        });
        store.close().await?;
    }
    let bytes: usize = parts(&last).iter().map(|part| part.len()).sum();
    println!(
        "  from a {name:10} {bytes:9} {:16.2} {:8.2} {:9.2}",
        median(&runs, |run| run.open),
        median(&runs, |run| run.store),
        median(&runs, |run| run.replica),
    );
    Ok(last)
}

fn parts(stored: &Stored) -> Vec<&Bytes> {
    let tail = stored.tail.iter().map(|(_, update)| update);
    stored.snapshot.iter().chain(tail).collect()
}

fn replica_of(stored: &Stored) -> Result<Replica, Box<dyn Error>> {
    Ok(Replica::load(&parts(stored), Limits::default())?)
}
