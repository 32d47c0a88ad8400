//! One client sends as fast as its socket takes it, while ten other documents
//! are written ten times a second each, by one, and read by another.
//!
//! Every kind of flood has a server of its own. Quiet seconds come first, then
//! as many seconds of flood. What the flooded document holds is found with the
//! data that is left: a second server opens the document, from the journal as
//! the flood left it, and folds it when it falls idle; a third one opens it from
//! the snapshot. How much the third holds more is what the content takes, and is
//! subtracted. How much the second grew shows what opening costs after a flood.
//! The client takes part of the two or more cores that it shares with the
//! server, which the latencies of the others feel.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::overload::door::{Door, Line};
use crate::overload::play::{Listener, Play};
use crate::overload::report::{mib, more_mib};
use crate::overload::script::Script;
use crate::overload::torrent::{Flood, Kind};
use crate::overload::{Bench, House, Trouble};
use crate::samples::Samples;

const DOCUMENTS: usize = 10;
const PER_SECOND: u32 = 10;

/// The largest document: else new updates of 1 MiB would measure the disk.
const OPTIONS: [&str; 2] = ["--max-document", "67108864"];

/// A document that is not loaded by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a server may take to calm down after the flood.
const CALM: f64 = 3.0;

/// A document that was left is folded by then.
const FOLDED: Duration = Duration::from_secs(5);

const MOST_MEMORY: f64 = 16.0;
const MOST_SLOWER: f64 = 2.0;

/// One run.
struct Shown {
    quiet: Samples,
    loud: Samples,
    before: f64,
    peak: f64,
    after: f64,
    /// Or why it cannot be opened any more.
    reopened: Result<Reopened, String>,
    cpu: f64,
    per_second: f64,
    bytes_per_second: f64,
    endings: u64,
    code: u64,
    refused: Option<u16>,
}

/// What the flooded document takes, in MiB.
#[derive(Debug, Clone, Copy, Default)]
struct Reopened {
    /// To open it as the flood left it.
    opening: f64,
    /// Once it is folded.
    content: f64,
}

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    for kind in Kind::ALL {
        one(bench, kind).await?;
    }
    Ok(())
}

async fn one(bench: &mut Bench, kind: Kind) -> Result<(), Trouble> {
    let mut runs = Vec::new();
    for _ in 0..bench.runs {
        runs.push(perform(bench, kind).await?);
    }
    let median = |figure: &dyn Fn(&Shown) -> f64| {
        let mut samples = Samples::default();
        samples.extend(runs.iter().map(figure));
        samples.median()
    };
    let reopened = |run: &Shown| run.reopened.clone().unwrap_or_default();
    let content = median(&|run| reopened(run).content);
    let beyond = median(&|run| run.peak - run.before - reopened(run).content);
    let opening = median(&|run| reopened(run).opening - reopened(run).content);
    let lost = runs.iter().find_map(|run| run.reopened.as_ref().err());
    let report = &mut bench.report;
    report.judge(
        &format!("flood of {kind}: memory beyond the content"),
        "+16 MiB",
        format!(
            "{} (peak {} over {}, content {}, {} left after)",
            more_mib(beyond),
            more_mib(median(&|run| run.peak - run.before)),
            mib(median(&|run| run.before)),
            mib(content),
            more_mib(median(&|run| run.after - run.before)),
        ),
        beyond <= MOST_MEMORY,
    );
    let slower = median(&|run| run.loud.percentile(99) / run.quiet.percentile(99));
    report.judge(
        &format!("flood of {kind}: p99 latency of other documents"),
        "2 ×",
        format!(
            "{slower:.1} × ({:.1} → {:.1} ms; median {:.1} → {:.1} ms)",
            median(&|run| run.quiet.percentile(99)),
            median(&|run| run.loud.percentile(99)),
            median(&|run| run.quiet.median()),
            median(&|run| run.loud.median()),
        ),
        slower <= MOST_SLOWER,
    );
    report.judge(
        &format!("flood of {kind}: memory to open it after a restart, beyond the content"),
        "+16 MiB",
        lost.map_or(more_mib(opening), |error| format!("it does not: {error}")),
        lost.is_none() && opening <= MOST_MEMORY,
    );
    let refused = runs.iter().find_map(|run| run.refused);
    report.judge(
        &format!("flood of {kind}: connections of the others"),
        "survive",
        refused.map_or("survived".to_owned(), |code| format!("ended with {code}")),
        refused.is_none(),
    );
    let endings: u64 = runs.iter().map(|run| run.endings).sum();
    let code = runs.iter().map(|run| run.code).max().unwrap_or(0);
    report.tell(
        &format!("flood of {kind}: taken by the server, and its CPU"),
        format!(
            "{:.0}/s, {:.1} MB/s, {:.0} % of a core, thrown out {}",
            median(&|run| run.per_second),
            median(&|run| run.bytes_per_second) / 1e6,
            median(&|run| run.cpu) * 100.0,
            match endings {
                0 => "never".to_owned(),
                times => format!("{times} times ({code})"),
            }
        ),
    );
    Ok(())
}

async fn perform(bench: &Bench, kind: Kind) -> Result<Shown, Trouble> {
    let House {
        mut server,
        door,
        data,
    } = bench.house(&OPTIONS)?;
    let (door, data) = (&door, &data);
    let gauge = server.gauge();
    let script = Arc::new(Script::lines(120 * PER_SECOND as usize));
    let mut others = Vec::with_capacity(DOCUMENTS);
    for number in 0..DOCUMENTS {
        let document = format!("other-{number}");
        let play = Play::of(Arc::clone(&script));
        let reader = play.admit(door, &document).await?;
        let writer = play.begin(door, &document, PER_SECOND).await?;
        others.push((play, reader, writer));
        // Ten people do not type in step.
        tokio::time::sleep(Duration::from_secs(1) / PER_SECOND / DOCUMENTS as u32).await;
    }
    let time = bench.seconds(8.0);
    tokio::time::sleep(bench.seconds(2.0)).await;
    let quiet_at = Instant::now();
    tokio::time::sleep(time).await;
    let before = gauge.memory()?;
    gauge.forget_peak()?;
    let cpu = gauge.cpu()?;
    let flood = Arc::new(Flood::default());
    let flooding = tokio::spawn(Arc::clone(&flood).run(door.clone(), "flood", kind));
    let loud_at = Instant::now();
    tokio::time::sleep(time).await;
    let cpu = (gauge.cpu()? - cpu) / time.as_secs_f64();
    let messages = flood.messages.load(Ordering::Relaxed) as f64;
    let bytes = flood.bytes.load(Ordering::Relaxed) as f64;
    flood.end();
    // What was sent is worked off, be it no flood any more.
    tokio::time::sleep(bench.seconds(CALM)).await;
    let (peak, after) = (gauge.peak()?, gauge.memory()?);
    flooding.abort();
    let mut heard: Vec<(Arc<Play>, Listener)> = Vec::new();
    let mut refused = None;
    for (play, reader, writer) in others {
        play.end();
        let (reader, writer) = (reader.await?, writer.await?);
        refused = refused.or(reader.closed).or(writer.closed);
        heard.push((play, reader));
    }
    let samples = |start: Instant| {
        let mut all = Samples::default();
        for (play, listener) in &heard {
            all.extend(play.latencies([listener], start, time));
        }
        all
    };
    server.is_asked_to_stop()?;
    server.ends().await?;
    Ok(Shown {
        quiet: samples(quiet_at),
        loud: samples(loud_at),
        before,
        peak,
        after,
        reopened: reopen(bench, data).await.map_err(|error| error.to_string()),
        cpu,
        per_second: messages / time.as_secs_f64(),
        bytes_per_second: bytes / time.as_secs_f64(),
        endings: flood.endings.load(Ordering::Relaxed),
        code: flood.code.load(Ordering::Relaxed),
        refused,
    })
}

/// Opens the flooded document in servers that hold nothing else.
async fn reopen(bench: &Bench, data: &TempDir) -> Result<Reopened, Trouble> {
    let (opening, _) = open(bench, data).await?;
    let (_, content) = open(bench, data).await?;
    Ok(Reopened { opening, content })
}

/// How much a server grows, at most and for good, by opening the flooded
/// document. It has folded it when this returns.
async fn open(bench: &Bench, data: &TempDir) -> Result<(f64, f64), Trouble> {
    let options = [&OPTIONS[..], &["--idle-timeout", "1"]].concat();
    let mut server = bench.serve(data, &options)?;
    let (door, gauge) = (Door::to(server.address()), server.gauge());
    // What any first document takes is not this one's.
    let other = door.join("other-0", Line::Wide).await?;
    let before = gauge.memory()?;
    gauge.forget_peak()?;
    let mut flooded = door.open("flood", Line::Wide).await?;
    // The server speaks first, once the document is there.
    tokio::time::timeout(PATIENCE, flooded.next()).await??;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let grown = (gauge.peak()? - before, gauge.memory()? - before);
    drop(flooded);
    tokio::time::sleep(FOLDED).await;
    drop(other);
    server.is_asked_to_stop()?;
    server.ends().await?;
    Ok(grown)
}
