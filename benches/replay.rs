//! How long the server takes for an edit, from a client's update to the moment
//! when everybody may be told.
//!
//! ```text
//! cargo bench --bench replay
//! cargo bench --bench replay -- --trace paper.json.gz
//! cargo bench --bench replay -- --edits 20000 --others 1000
//! ```
//!
//! A trace is replayed into a [`Replica`], one update an edit, each through
//! guard, Yrs, batch and durability, with no socket and no disk. The updates are
//! made beforehand, so that only the server's side is timed; a Yrs client takes
//! longer for that than the server for the replay (a minute for a quarter of a
//! million edits). `--trace` takes a file in the format of the public
//! editing-traces collection; without it a seeded session is typed.
//!
//! How to read it: **µs an edit** is what one core spends; a thousand divided
//! by it is how many thousand edits a second a core can carry. The **ten
//! slices** say whether an edit costs more as the document grows: the last
//! should be near the first. `--others N` lets N other people write a word
//! before, since every page that was ever opened remains in the document as a
//! client. Each figure is the median of `--runs` runs; the slices are medians
//! each by itself. The content at the end is compared with what the trace says, both
//! as it stands and loaded again; what that takes is asked by `pieces`.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use bytes::Bytes;
use clap::Parser;
use cowrite::export;
use cowrite::id::SessionId;
use cowrite::replica::{Limits, Pace, Replica};
use cowrite::wire::ysync::ClientMessage;

mod samples;
mod trace;

use samples::Samples;
use trace::{Trace, client};

const SLICES: usize = 10;

#[derive(Debug, Parser)]
#[command(name = "replay", about = "Times the replay of an editing trace")]
struct Settings {
    /// A trace to replay, .json or .json.gz
    #[arg(long, value_name = "FILE", conflicts_with_all = ["edits", "seed"])]
    trace: Option<PathBuf>,
    /// Edits to type where no trace is given [default: 100000]
    #[arg(long, value_name = "N")]
    edits: Option<usize>,
    /// Which session to type
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// People who wrote a word each before
    #[arg(long, value_name = "N", default_value_t = 0)]
    others: u64,
    /// How often [default: 5]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// What `cargo bench` says; without it everything is small, just to see it work
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one run took, in milliseconds.
struct Run {
    slices: Vec<f64>,
    state_bytes: usize,
}

fn main() -> ExitCode {
    match measure(&Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let (edits, runs) = match settings.bench {
        true => (100_000, 5),
        false => (1_000, 1),
    };
    let trace = match &settings.trace {
        Some(path) => Trace::read(path)?,
        None => Trace::typed(settings.seed, settings.edits.unwrap_or(edits)),
    };
    let runs = settings.runs.unwrap_or(runs).max(1);
    let before = client::words_of_others(settings.others);
    let began = Instant::now();
    let updates = client::updates(&trace)?;
    let bytes: usize = updates.iter().map(Bytes::len).sum();
    println!(
        "{} edits, {:.1} bytes an update, {} characters at the end, {} others",
        updates.len(),
        bytes as f64 / updates.len().max(1) as f64,
        trace.end_content.chars().count(),
        settings.others,
    );
    println!(
        "(a Yrs client took {:.1} s to make them)",
        began.elapsed().as_secs_f64()
    );

    let measured = (0..runs)
        .map(|_| replay(&before, &updates, &trace.end_content))
        .collect::<Result<Vec<_>, _>>()?;
    let median = |figure: &dyn Fn(&Run) -> f64| {
        let mut samples = Samples::default();
        samples.extend(measured.iter().map(figure));
        samples.median()
    };
    let per_edit = 1e3 / updates.len().max(1) as f64;
    println!("median of {runs} runs");
    println!(
        "  an edit          {:8.2} µs",
        median(&|run| run.slices.iter().sum::<f64>()) * per_edit
    );
    print!("  ten slices, µs  ");
    for slice in 0..SLICES {
        print!(
            " {:.2}",
            median(&|run| run.slices[slice]) * per_edit * SLICES as f64
        );
    }
    println!();
    println!("  state            {:8} bytes", measured[0].state_bytes);
    println!("  the content at the end is right");
    Ok(())
}

fn replay(before: &[Bytes], updates: &[Bytes], end: &str) -> Result<Run, Box<dyn Error>> {
    let mut server = Server::new();
    for update in before {
        server.edit(update)?;
    }
    let prefix = "word ".repeat(before.len());
    let mut slices = Vec::with_capacity(SLICES);
    for slice in 0..SLICES {
        let range = updates.len() * slice / SLICES..updates.len() * (slice + 1) / SLICES;
        let began = Instant::now();
        for update in &updates[range] {
            server.edit(update)?;
        }
        slices.push(milliseconds(began));
    }
    let mut replica = server.replica;
    let state = replica.state();
    let loaded = Replica::load(&[&state], Limits::default())?;
    for replica in [&replica, &loaded] {
        let text = export::format::document(replica.doc(), client::ROOT, export::Format::Text).body;
        // Where the others' words stand between is the CRDT's business.
        if text.len() != end.len() + prefix.len() || (prefix.is_empty() && text != end) {
            return Err("the server's text is not what the trace says".into());
        }
    }
    Ok(Run {
        slices,
        state_bytes: state.len(),
    })
}

/// The server's side of one document, without sockets and disk.
struct Server {
    replica: Replica,
    author: SessionId,
    now: Instant,
}

impl Server {
    fn new() -> Self {
        let mut replica = Replica::empty(Limits::default());
        let author = SessionId::fresh();
        replica.join(author);
        Self {
            replica,
            author,
            now: Instant::now(),
        }
    }

    /// From the socket's message to the effects that tell everybody.
    fn edit(&mut self, update: &Bytes) -> Result<(), Box<dyn Error>> {
        let message = ClientMessage::Update(update.clone());
        self.replica.receive(self.author, message, self.now)?;
        self.replica.work(&mut || Pace::Go)?;
        if self.replica.depart()?.is_none() {
            return Err("an edit brought nothing new".into());
        }
        match self.replica.durable().len() {
            1 => Ok(()),
            effects => Err(format!("{effects} effects where one was expected").into()),
        }
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
