//! Sixty readers stop reading for eight seconds under 1 000 updates a second,
//! and then all read again at once. Nothing is written meanwhile, so that the
//! time is that of catching up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::overload::copy::{Copy, Received};
use crate::overload::door::Line;
use crate::overload::play::Play;
use crate::overload::report::{mib, more_mib};
use crate::overload::script::Script;
use crate::overload::{Bench, House, Trouble};
use crate::samples::Samples;

const PER_SECOND: u32 = 1_000;

/// A reader that is not identical by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);

const MOST_MEMORY: f64 = 64.0;

/// One run.
struct Shown {
    /// Before anybody was stuck, and before anybody read again.
    before: f64,
    stuck: f64,
    peak: f64,
    identical: f64,
    endings: usize,
    received: Received,
}

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let people = bench.scaled(60, 10);
    let time = bench.seconds(8.0);
    let updates = (time.as_secs_f64() + 10.0) * f64::from(PER_SECOND);
    let script = Arc::new(Script::lines(updates as usize));
    let (mut over_before, mut over_stuck) = (Samples::default(), Samples::default());
    let (mut peaks, mut times) = (Samples::default(), Samples::default());
    let (mut endings, mut bytes) = (0, Samples::default());
    for _ in 0..bench.runs {
        let shown = perform(bench, &script, people, time).await?;
        over_before.extend([shown.peak - shown.before]);
        over_stuck.extend([shown.peak - shown.stuck]);
        peaks.extend([shown.peak]);
        times.extend([shown.identical]);
        bytes.extend([shown.received.bytes as f64 / 1024.0]);
        endings += shown.endings;
    }
    let report = &mut bench.report;
    report.judge(
        &format!("recover-many: peak memory of {people} at once, over before"),
        "+64 MiB",
        format!(
            "{} ({} over while stuck), {} in all",
            more_mib(over_before.median()),
            more_mib(over_stuck.median()),
            mib(peaks.median())
        ),
        over_before.median() <= MOST_MEMORY,
    );
    report.judge(
        "recover-many: all identical",
        "yes",
        format!("yes, the last after {:.2} s", times.median()),
        true,
    );
    report.judge(
        "recover-many: their connections",
        "survive",
        match endings {
            0 => "survived".to_owned(),
            endings => format!("{endings} of {} ended", people * bench.runs),
        },
        endings == 0,
    );
    report.tell(
        "recover-many: what each was sent from reading again, on average",
        format!("{:.0} KiB", bytes.median()),
    );
    Ok(())
}

async fn perform(
    bench: &Bench,
    script: &Arc<Script>,
    people: usize,
    time: Duration,
) -> Result<Shown, Trouble> {
    let House { server, door, .. } = &bench.house(&[])?;
    let gauge = server.gauge();
    let play = Play::of(Arc::clone(script));
    play.admit(door, "stuck").await?;
    let mut copies = Vec::with_capacity(people);
    for _ in 0..people {
        copies.push(Copy::join(door, "stuck", Line::Narrow).await?);
    }
    play.begin(door, "stuck", PER_SECOND).await?;
    let before = gauge.memory()?;
    tokio::time::sleep(time).await;
    play.halt();
    // What is on its way arrives.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let written = Arc::new(Copy::of_author(script, play.sent())?);
    let stuck = gauge.memory()?;
    gauge.forget_peak()?;
    let back_at = Instant::now();
    let mut readers = Vec::with_capacity(people);
    for mut copy in copies {
        let written = Arc::clone(&written);
        let clock = play.clock();
        readers.push(tokio::spawn(async move {
            copy.reads_until(back_at + PATIENCE, |copy| copy.clock() >= clock)
                .await?
                .filter(|_| copy.content() == *written)
                .map(|at| (at, copy.endings.len(), copy.received))
                .ok_or_else(|| Trouble::from("a reader did not become identical"))
        }));
    }
    let (mut last, mut endings, mut received) = (back_at, 0, Received::default());
    for reader in readers {
        let (at, ended, heard) = reader.await??;
        last = last.max(at);
        endings += ended;
        received.bytes += heard.bytes / people;
        received.messages += heard.messages / people;
    }
    let peak = gauge.peak()?;
    play.end();
    Ok(Shown {
        before,
        stuck,
        peak,
        identical: (last - back_at).as_secs_f64(),
        endings,
        received,
    })
}
