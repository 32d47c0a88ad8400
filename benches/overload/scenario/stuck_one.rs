//! One reader joins and does not read for ten seconds while the document is
//! written at 1 000 updates a second, and then reads again. It stops before it
//! was sent much: the kernel hides more of a reader that it has seen read fast.
//!
//! Each run is made twice, with and without that reader, and the same seconds
//! of both are compared. The writing goes on while the reader catches up; it
//! counts as level once it is at most 100 updates behind the writer, and as
//! identical when, after the writing, its document is that of the server and of
//! the writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::overload::copy::{Copy, Received};
use crate::overload::door::Line;
use crate::overload::gauge::Course;
use crate::overload::play::Play;
use crate::overload::report::{more_mib, seconds};
use crate::overload::script::Script;
use crate::overload::{Bench, House, Trouble};
use crate::samples::Samples;

const PER_SECOND: u32 = 1_000;

/// Others who read all the time.
const READERS: usize = 3;

/// So many updates behind is level with a writer who goes on.
const LEVEL: usize = 100;

/// A reader that is not identical by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);

const MOST_MEMORY: f64 = 2.0;
const MOST_TIME: f64 = 3.0;

/// The phases of a run.
struct Phases {
    stuck: Duration,
    back: Duration,
}

/// What happened to the stuck reader.
struct Return {
    /// Until it was level again, from the moment that it read again.
    level: Duration,
    /// Until it was identical, from the moment that nothing more was written.
    identical: Option<Duration>,
    /// How much was written while it was stuck.
    missed: usize,
    received: Received,
    endings: Vec<u16>,
}

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let phases = Phases {
        stuck: bench.seconds(10.0),
        back: bench.seconds(3.0),
    };
    let total = phases.stuck + phases.back;
    let updates = (total.as_secs_f64() * f64::from(PER_SECOND)) as usize + 20_000;
    for (name, script) in [
        ("200 bytes", Script::lines(updates)),
        ("keystrokes", Script::keystrokes(updates)?),
    ] {
        one(bench, name, Arc::new(script), &phases).await?;
    }
    Ok(())
}

async fn one(
    bench: &mut Bench,
    name: &str,
    script: Arc<Script>,
    phases: &Phases,
) -> Result<(), Trouble> {
    let (mut typical, mut most) = (Samples::default(), Samples::default());
    let (mut levels, mut identical) = (Samples::default(), Samples::default());
    let mut returns = Vec::new();
    for _ in 0..bench.runs {
        let (without, _) = perform(bench, &script, phases, false).await?;
        let (with, returned) = perform(bench, &script, phases, true).await?;
        typical.extend([with.typical - without.typical]);
        most.extend([with.most - without.most]);
        if let Some(returned) = returned {
            levels.extend([returned.level.as_secs_f64()]);
            let never = f64::INFINITY;
            identical.extend([returned.identical.map_or(never, |time| time.as_secs_f64())]);
            returns.push(returned);
        }
    }
    let report = &mut bench.report;
    report.judge(
        &format!("stuck-one, {name}: memory while stuck, against none stuck"),
        "+2 MiB",
        format!(
            "{}, at most {}",
            more_mib(typical.median()),
            more_mib(most.median())
        ),
        typical.median() <= MOST_MEMORY && most.median() <= MOST_MEMORY,
    );
    let endings: Vec<_> = returns.iter().flat_map(|one| &one.endings).collect();
    report.judge(
        &format!("stuck-one, {name}: its connection"),
        "survives",
        match endings.is_empty() {
            true => "survived".to_owned(),
            false => format!("ended with {endings:?} in {} runs", returns.len()),
        },
        endings.is_empty(),
    );
    report.judge(
        &format!("stuck-one, {name}: level with the writer after reading again"),
        "3 s",
        format!("{:.2} s", levels.median()),
        levels.percentile(100) <= MOST_TIME,
    );
    report.judge(
        &format!("stuck-one, {name}: identical after the last update"),
        "3 s",
        format!("{:.2} s", identical.median()),
        identical.percentile(100) <= MOST_TIME,
    );
    if let Some(last) = returns.last() {
        report.tell(
            &format!("stuck-one, {name}: what it was sent from then until level"),
            format!(
                "{} messages, {} KiB, for {} updates",
                last.received.messages,
                last.received.bytes / 1024,
                last.missed
            ),
        );
    }
    Ok(())
}

async fn perform(
    bench: &Bench,
    script: &Arc<Script>,
    phases: &Phases,
    stuck: bool,
) -> Result<(Course, Option<Return>), Trouble> {
    let House { server, door, .. } = &bench.house(&[])?;
    let play = Play::of(Arc::clone(script));
    let watch = server.gauge().watch();
    let mut copy = match stuck {
        true => Some(Copy::join(door, "stuck", Line::Narrow).await?),
        false => None,
    };
    for _ in 0..READERS {
        play.admit(door, "stuck").await?;
    }
    play.begin(door, "stuck", PER_SECOND).await?;
    let stuck_at = Instant::now();
    tokio::time::sleep(phases.stuck).await;
    // The first half fills what may wait; what it costs shows in the second.
    let half = phases.stuck / 2;
    let course = watch.end(stuck_at + half, half).await?;
    let returned = match &mut copy {
        Some(copy) => Some(comes_back(copy, &play, phases).await?),
        None => None,
    };
    if let Some(returned) = &returned {
        eprintln!(
            "  stuck-one: level after {}, ended {:?}",
            seconds(returned.level),
            returned.endings
        );
        let mut fresh = Copy::join(door, "stuck", Line::Wide).await?;
        let written = Copy::of_author(script, play.sent())?;
        fresh
            .reads_until(Instant::now() + PATIENCE, |copy| {
                copy.clock() >= play.clock()
            })
            .await?;
        let copy = copy.as_ref().map(Copy::content);
        if returned.identical.is_some()
            && (copy.as_ref() != Some(&written) || fresh.content() != written)
        {
            return Err("the stuck reader's document, the server's and the writer's differ".into());
        }
    }
    play.end();
    Ok((course, returned))
}

async fn comes_back(copy: &mut Copy, play: &Play, phases: &Phases) -> Result<Return, Trouble> {
    let back_at = Instant::now();
    let missed = play.sent();
    copy.received = Received::default();
    let clocks = &play.script.clocks;
    let level_at = copy
        .reads_until(back_at + PATIENCE, |copy| {
            let sent = play.sent();
            copy.clock() >= clocks[sent.saturating_sub(LEVEL + 1)]
        })
        .await?
        .ok_or("the stuck reader never got level with the writer")?;
    let received = copy.received;
    let rest = phases.back.saturating_sub(back_at.elapsed());
    copy.reads_for(rest).await?;
    play.halt();
    // The writer may be at its last message still.
    copy.reads_for(Duration::from_millis(10)).await?;
    let halted = Instant::now();
    let written = Copy::of_author(&play.script, play.sent())?;
    let deadline = halted + PATIENCE;
    let identical = copy
        .reads_until(deadline, |copy| {
            copy.clock() >= play.clock() && copy.content() == written
        })
        .await?;
    Ok(Return {
        level: level_at - back_at,
        identical: identical.map(|at| at - halted),
        missed,
        received,
        endings: copy.endings.clone(),
    })
}
