//! What history costs: on disk, and to open any moment of it.
//!
//! ```text
//! cargo bench --bench history -- --trace paper.json.gz
//! ```
//!
//! A document is typed edit by edit, an append each, and folded as the server does
//! it, into the SQLite store. Then moments of it are opened, evenly over all of it:
//! read from the store, through the guard, into a document.
//!
//! How to read it: **on disk** is what the segments take, against all updates
//! compressed at once, as one piece and as hard; the bar is three times that.
//! **Opening** is the CPU that the whole process spent on one moment; the bar is
//! 200 ms. *Comparing* is the CPU for what became of the text between two of these
//! moments, and by whom: both opened, and the rows between them looked through. The text of each is compared with what the trace says. *Packing* is what
//! a fold pays off the writer's thread, *compacting* what it waits for the writer,
//! with and without history.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, UNIX_EPOCH};

use bytes::Bytes;
use clap::Parser;
use cowrite::export::comparison::{self, Change, Credits, Part, compare};
use cowrite::export::signed::Signed;
use cowrite::export::{self, tree};
use cowrite::id::{DocumentId, Seq};
use cowrite::replica::{Limits, Replica};
use cowrite::store::sqlite::{Options, SqliteStore};
use cowrite::store::{Append, Moment, Store};
use cowrite::wire::guard;

mod samples;
mod trace;

use samples::Samples;
use trace::{Trace, client};

/// How hard the store compresses, `store/history/segment.rs`.
const LEVEL: i32 = 9;

/// How many appends are on the way at once.
const AHEAD: usize = 512;

#[derive(Debug, Parser)]
#[command(name = "history", about = "Measures history")]
struct Settings {
    /// A trace to type, .json or .json.gz
    #[arg(long, value_name = "FILE", conflicts_with = "edits")]
    trace: Option<PathBuf>,
    /// Edits to type where no trace is given [default: 100000]
    #[arg(long, value_name = "N")]
    edits: Option<usize>,
    /// Updates after which the document is folded, as the server has it
    #[arg(long, value_name = "N", default_value_t = 4096)]
    fold_rows: usize,
    /// Moments to open [default: 60]
    #[arg(long, value_name = "N")]
    moments: Option<usize>,
    /// What `cargo bench` says; without it everything is small, just to see it work
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match measure(&Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("history: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What one fold took, in milliseconds.
struct Fold {
    packing: f64,
    compacting: f64,
}

async fn measure(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let (edits, moments) = match settings.bench {
        true => (100_000, 60),
        false => (5_000, 5),
    };
    let trace = match &settings.trace {
        Some(path) => Trace::read(path)?,
        None => Trace::typed(1, settings.edits.unwrap_or(edits)),
    };
    let updates = client::updates(&trace)?;
    let place = tempfile::tempdir()?;
    let store = SqliteStore::open(place.path(), Options::default())?;
    let document = DocumentId::parse("typed")?;
    let (seqs, folds) = type_all(&store, &document, &updates, settings.fold_rows, true).await?;

    let parts = store.history(&document).await?;
    let segments = &parts[..parts.len() - 1];
    let stored: u64 = segments.iter().map(|part| part.stored).sum();
    let covered: usize = segments.iter().map(|part| part.rows).sum();
    let raw = updates[..covered].concat();
    let packed = zstd::bulk::compress(&raw, LEVEL)?.len();
    let bases = segments.iter().filter(|part| part.has_base).count();
    println!(
        "{} edits, {covered} of them folded in {} segments, {bases} with a base",
        updates.len(),
        segments.len(),
    );
    println!(
        "  on disk          {stored:9} bytes: {:.2} times {packed}, which is all updates ({}) compressed (bar: 3)",
        stored as f64 / packed as f64,
        raw.len(),
    );
    show_folds("with history", &folds);

    let without = tempfile::tempdir()?;
    let other = SqliteStore::open(without.path(), Options::default())?;
    let (_, folds) = type_all(&other, &document, &updates, settings.fold_rows, false).await?;
    show_folds("without", &folds);
    other.close().await?;

    let count = settings.moments.unwrap_or(moments).max(1);
    let (mut cpu, mut wall) = (Samples::default(), Samples::default());
    let mut worst = (0.0, 0);
    let mut text = Text::default();
    let mut typed = 0;
    for number in 1..=count {
        let edit = updates.len() * number / count;
        let began = (Instant::now(), cpu_time()?);
        let past = store.recall(&document, Moment::Row(seqs[edit - 1])).await?;
        let replica = Replica::load(&past.parts(), Limits::default())?;
        let spent = (cpu_time()? - began.1).as_secs_f64() * 1e3;
        cpu.extend([spent]);
        wall.extend([milliseconds(began.0)]);
        if spent > worst.0 {
            worst = (spent, edit);
        }
        let skipped = usize::from(!trace.start_content.is_empty());
        while typed + skipped < edit {
            text.edit(&trace.edits[typed]);
            typed += 1;
        }
        let text_of = export::Format::Text;
        let found = export::format::document(replica.doc(), client::ROOT, text_of).body;
        if trace.start_content.is_empty() && found != text.0.iter().collect::<String>() {
            return Err(format!("the text after {edit} edits is another").into());
        }
    }
    println!(
        "  opening          {:9.1} ms of CPU at most (after {} edits), {:.1} in the median; {:.1} ms of time in the median (bar: 200)",
        worst.0,
        worst.1,
        cpu.median(),
        wall.median(),
    );
    let span = |number: usize| seqs[updates.len() * number / count - 1];
    let mut spans = vec![(span(1), span(count))];
    spans.extend((1..count).map(|number| (span(number), span(number + 1))));
    let mut cpu = Samples::default();
    for (number, (from, to)) in spans.into_iter().enumerate() {
        let began = cpu_time()?;
        compares(&store, &document, from, to).await?;
        let spent = (cpu_time()? - began).as_secs_f64() * 1e3;
        if number == 0 {
            println!("  comparing        {spent:9.1} ms of CPU, the first moment with the last");
        } else {
            cpu.extend([spent]);
        }
    }
    if count > 1 {
        println!(
            "                   {:9.1} ms in the median, neighbours among these moments; {:.1} at most",
            cpu.median(),
            cpu.percentile(100),
        );
    }
    store.close().await?;
    Ok(())
}

/// Tells what became of the text from one row to another, and by whom, as the server does.
async fn compares(
    store: &SqliteStore,
    document: &DocumentId,
    from: Seq,
    to: Seq,
) -> Result<(), Box<dyn Error>> {
    let mut signed = Vec::new();
    for row in [from, to] {
        let past = store.recall(document, Moment::Row(row)).await?;
        let replica = Replica::load(&past.parts(), Limits::default())?;
        signed.extend(Signed::read(replica.doc(), Some(client::ROOT)).1);
    }
    let [old, new] = &signed[..] else {
        return Err("there is no text".into());
    };
    let mut credits = Credits::default();
    for row in store.rows(document, from, to).await? {
        let survey = guard::inspect(&row.update, &guard::Limits::any_size())?;
        survey.each_deleted(|client, clocks| credits.removed(client, clocks, 1));
    }
    let until = Instant::now() + Duration::from_secs(1);
    let told = compare(old, new, &credits, until);
    let json = comparison::json::write(&told, serde_json::Map::new());
    let is_there =
        |part: &Part<'_>| matches!(part, Part::Run { change, .. } if *change != Change::Removed);
    let letters = told
        .parts
        .iter()
        .filter(|part| is_there(part))
        .map(|part| match part {
            Part::Run { text, .. } => text.chars().count(),
            _ => 0,
        });
    let tree = new.tree().nodes().iter().map(|node| match &node.part {
        tree::Part::Run(run) => run.text.chars().count(),
        tree::Part::Element(_) => 0,
    });
    match letters.sum::<usize>() == tree.sum::<usize>() && !json.is_empty() {
        true => Ok(()),
        false => Err("the comparison is not of the whole text".into()),
    }
}

fn show_folds(name: &str, folds: &[Fold]) {
    let (mut packing, mut compacting) = (Samples::default(), Samples::default());
    packing.extend(folds.iter().map(|fold| fold.packing));
    compacting.extend(folds.iter().map(|fold| fold.compacting));
    println!(
        "  folds, {name:12} {:5.1} ms for packing, {:.1} for compacting in the median; {:.1} and {:.1} at most",
        packing.median(),
        compacting.median(),
        packing.percentile(100),
        compacting.percentile(100),
    );
}

/// Appends every update, a third of a second after the one before, and folds as often
/// as the server would.
async fn type_all(
    store: &SqliteStore,
    document: &DocumentId,
    updates: &[Bytes],
    fold_rows: usize,
    with_history: bool,
) -> Result<(Vec<Seq>, Vec<Fold>), Box<dyn Error>> {
    let mut chances = fastrand::Rng::with_seed(1);
    let mut at = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    let (mut seqs, mut folds) = (Vec::new(), Vec::new());
    let mut parts: Vec<Bytes> = Vec::new();
    let mut tail = 0;
    let mut size = 0;
    for batch in updates.chunks(AHEAD) {
        let tickets: Vec<_> = batch
            .iter()
            .map(|update| {
                at += Duration::from_micros(chances.u64(30_000..600_000));
                store.append(Append {
                    document: document.clone(),
                    update: update.clone(),
                    at,
                    sender: Default::default(),
                    title: None,
                })
            })
            .collect();
        for ticket in tickets {
            seqs.push(ticket.await?);
        }
        parts.extend_from_slice(batch);
        tail += batch.len();
        if tail < fold_rows + fold_rows * size / (1 << 20) {
            continue;
        }
        let snapshot =
            Replica::load(&parts.iter().collect::<Vec<_>>(), Limits::default())?.snapshot();
        let through = seqs.last().copied().unwrap_or_default();
        let began = Instant::now();
        let segment = match with_history {
            true => store.segment(document, through).await?,
            false => None,
        };
        let packing = milliseconds(began);
        let began = Instant::now();
        store
            .compact(document, through, snapshot.clone(), segment)
            .await?;
        folds.push(Fold {
            packing,
            compacting: milliseconds(began),
        });
        (size, tail) = (snapshot.len(), 0);
        parts = vec![snapshot];
    }
    Ok((seqs, folds))
}

/// The text that is typed.
#[derive(Default)]
struct Text(Vec<char>);

impl Text {
    fn edit(&mut self, edit: &trace::Edit) {
        for patch in &edit.patches {
            let end = patch.position + patch.deleted;
            self.0.splice(patch.position..end, patch.inserted.chars());
        }
    }
}

/// CPU that all threads of this process spent so far.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let mut nanos = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        let spent = stat.split(' ').next().unwrap_or_default();
        nanos += spent.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
