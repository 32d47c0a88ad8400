//! A thousand readers stop reading for good, at once, while the document is
//! written at 1 000 updates a second and twenty others read.
//!
//! Each run is made twice, with and without the thousand, and the same seconds
//! of both are compared: memory, and how long an update takes from the writer to
//! the readers. A stuck reader is gone when the server holds no descriptor for
//! it any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::overload::door::Line;
use crate::overload::gauge::{Course, MIB};
use crate::overload::play::Play;
use crate::overload::report::more_mib;
use crate::overload::script::Script;
use crate::overload::{Bench, House, Trouble};
use crate::samples::Samples;

const PER_SECOND: u32 = 1_000;
const READERS: usize = 20;

/// In seconds, and what the server is told.
const SLOW_CLIENT_TIMEOUT: (f64, &str) = (10.0, "10");

/// How much longer they may stay, in seconds.
const GRACE: f64 = 30.0;

const MOST_KB_EACH: f64 = 100.0;
const MOST_SLOWER: f64 = 20.0;

/// One run.
struct Shown {
    course: Course,
    latencies: Samples,
    /// Updates a second that were really written.
    rate: f64,
    /// CPU of the server in those seconds.
    cpu: f64,
    /// How long until all who were stuck were gone, and how many were still
    /// there at the end.
    gone: f64,
    left: usize,
    /// Memory right after.
    after: f64,
}

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let people = bench.scaled(1_000, 100);
    let updates = 60 * PER_SECOND as usize;
    let lines = ("200 bytes", Arc::new(Script::lines(updates)));
    let keystrokes = ("keystrokes", Arc::new(Script::keystrokes(updates)?));
    let (without, with) = compare(bench, lines, people).await?;
    let median = |runs: &[Shown], figure: &dyn Fn(&Shown) -> f64| {
        let mut samples = Samples::default();
        samples.extend(runs.iter().map(figure));
        samples.median()
    };
    let both = |figure: &dyn Fn(&Shown) -> f64| (median(&without, figure), median(&with, figure));
    let (quiet, loud) = both(&|run| run.latencies.median());
    let slower = (loud / quiet - 1.0) * 100.0;
    let report = &mut bench.report;
    report.judge(
        "stuck-many: median latency of the others",
        "+20 %",
        format!("{slower:+.0} % ({quiet:.2} → {loud:.2} ms)"),
        slower <= MOST_SLOWER,
    );
    let (quiet, loud) = both(&|run| run.cpu);
    report.tell(
        "stuck-many: written meanwhile; the server's CPU for the stuck",
        format!(
            "{:.0}/s; {:+.0} % of a core",
            median(&with, &|run| run.rate),
            (loud - quiet) * 100.0
        ),
    );
    let (quiet, loud) = both(&|run| run.after);
    report.tell(
        "stuck-many: memory after they are gone, against none stuck",
        more_mib(loud - quiet),
    );
    compare(bench, keystrokes, people).await.map(drop)
}

/// What they cost in memory, and how long: runs without them, and with.
async fn compare(
    bench: &mut Bench,
    (name, script): (&str, Arc<Script>),
    people: usize,
) -> Result<(Vec<Shown>, Vec<Shown>), Trouble> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let (mut each, mut most) = (Samples::default(), Samples::default());
    let mut gone = Samples::default();
    for _ in 0..bench.runs {
        let quiet = perform(bench, &script, 0).await?;
        let loud = perform(bench, &script, people).await?;
        let kb = MIB / 1e3 / people as f64;
        each.extend([(loud.course.typical - quiet.course.typical) * kb]);
        most.extend([(loud.course.most - quiet.course.most) * kb]);
        gone.extend([loud.gone]);
        eprintln!(
            "  stuck-many: {:.2} ms without, {:.2} ms with",
            quiet.latencies.median(),
            loud.latencies.median()
        );
        without.push(quiet);
        with.push(loud);
    }
    let left = with.iter().map(|run| run.left).max().unwrap_or(0);
    let report = &mut bench.report;
    report.judge(
        &format!("stuck-many, {name}: memory for each of {people} stuck readers"),
        "100 KB",
        format!("{:.0} KB, at most {:.0} KB", each.median(), most.median()),
        each.median() <= MOST_KB_EACH && most.median() <= MOST_KB_EACH,
    );
    report.judge(
        &format!("stuck-many, {name}: all of them gone (slow_client_timeout 10 s)"),
        "40 s",
        match left {
            0 => format!("{:.1} s", gone.median()),
            left => format!("{left} still there after {:.1} s", gone.percentile(100)),
        },
        left == 0 && gone.percentile(100) <= SLOW_CLIENT_TIMEOUT.0 + GRACE,
    );
    Ok((without, with))
}

async fn perform(bench: &Bench, script: &Arc<Script>, people: usize) -> Result<Shown, Trouble> {
    let options = ["--slow-client-timeout", SLOW_CLIENT_TIMEOUT.1];
    let House { server, door, .. } = &bench.house(&options)?;
    let gauge = server.gauge();
    let play = Play::of(Arc::clone(script));
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(play.admit(door, "stuck").await?);
    }
    let watch = gauge.watch();
    let mut stuck = Vec::with_capacity(people);
    for _ in 0..people {
        stuck.push(door.join("stuck", Line::Narrow).await?);
    }
    play.begin(door, "stuck", PER_SECOND).await?;
    let began = Instant::now();
    let full = gauge.descriptors()?;
    // Long enough to fill what the kernel hides, and over before anybody is
    // ended for being slow.
    let (start, length) = (bench.seconds(4.0), bench.seconds(5.0));
    tokio::time::sleep(start).await;
    let (cpu, sent) = (gauge.cpu()?, play.sent());
    tokio::time::sleep(length).await;
    let cpu = (gauge.cpu()? - cpu) / length.as_secs_f64();
    let rate = (play.sent() - sent) as f64 / length.as_secs_f64();
    let course = watch.end(began + start, length).await?;
    let deadline = began + Duration::from_secs_f64(SLOW_CLIENT_TIMEOUT.0 + GRACE + 10.0);
    let left = loop {
        let left = (gauge.descriptors()? + people).saturating_sub(full);
        if left == 0 || people == 0 || Instant::now() > deadline {
            break left;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let gone = began.elapsed().as_secs_f64();
    play.halt();
    tokio::time::sleep(bench.seconds(2.0)).await;
    let after = gauge.memory()?;
    play.end();
    let mut listeners = Vec::new();
    for reader in readers {
        let listener = reader.await?;
        if let Some(code) = listener.closed {
            return Err(format!("a reader that reads was ended with {code}").into());
        }
        listeners.push(listener);
    }
    drop(stuck);
    let mut latencies = Samples::default();
    latencies.extend(play.latencies(&listeners, began + start, length));
    Ok(Shown {
        course,
        latencies,
        rate,
        cpu,
        gone,
        left,
        after,
    })
}
