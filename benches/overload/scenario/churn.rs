//! A hundred thousand connections come and go, fifty at a time: some say
//! goodbye, some just leave, some break, some break before they hear a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::task::JoinSet;

use crate::overload::door::{Door, Line, greet};
use crate::overload::gauge::{Gauge, MIB};
use crate::overload::report::{mib, more_mib};
use crate::overload::{Bench, House, Trouble};

const PARALLEL: usize = 50;

/// Documents that they come to.
const DOCUMENTS: usize = 100;

/// After this many the server has everything it keeps.
const WARM_UP: usize = 5_000;

/// The measured cycles are made in so many parts, to see a slope.
const PARTS: usize = 5;

/// When no descriptor was closed for so long, nobody is about to leave.
const SETTLED: Duration = Duration::from_secs(8);

/// A connection leaks nothing if it leaks less than its smallest allocation
/// would.
const MOST_BYTES: f64 = 16.0;

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let cycles = bench.scaled(100_000, 10_000);
    let warm_up = bench.scaled(WARM_UP, WARM_UP / 5);
    let House { server, door, .. } = &bench.house(&[])?;
    let gauge = server.gauge();
    let start = gauge.memory()?;
    cycle(door, warm_up).await?;
    // The store opened what it keeps open by now, and nobody is connected.
    let descriptors = emptied(gauge).await?;
    let warm = gauge.memory()?;
    let began = Instant::now();
    let mut course = Vec::with_capacity(PARTS);
    let part = (cycles - warm_up) / PARTS;
    for _ in 0..PARTS {
        cycle(door, part).await?;
        course.push(gauge.memory()?);
    }
    let time = began.elapsed();
    let left = emptied(gauge).await?.saturating_sub(descriptors);
    let end = gauge.memory()?;
    let each = |amount: f64, cycles: usize| amount * MIB / cycles as f64;
    // The last parts show the slope, were the first still filling something.
    let slope = each(course[PARTS - 1] - course[1], part * (PARTS - 2));
    let leaked = each(end - warm, part * PARTS);
    let report = &mut bench.report;
    report.judge(
        &format!("churn: memory after {cycles} connections, for each since {warm_up}"),
        "16 bytes",
        format!(
            "{leaked:.0} bytes, {slope:.0} in the last parts ({} at start, {} warm, {} in the end)",
            mib(start),
            mib(warm),
            more_mib(end - warm)
        ),
        leaked <= MOST_BYTES,
    );
    let course: Vec<_> = course.iter().map(|memory| format!("{memory:.1}")).collect();
    report.tell(
        &format!("churn: memory after each {part} of them"),
        format!("{} MiB", course.join(", ")),
    );
    report.judge(
        "churn: descriptors of the server, over those after the warm-up",
        "0",
        left.to_string(),
        left == 0,
    );
    report.tell(
        "churn: connections a second",
        format!("{:.0}", (part * PARTS) as f64 / time.as_secs_f64()),
    );
    Ok(())
}

async fn cycle(door: &Door, cycles: usize) -> Result<(), Trouble> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut people = JoinSet::new();
    for _ in 0..PARALLEL {
        let (door, next) = (door.clone(), Arc::clone(&next));
        people.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= cycles {
                    return Ok::<_, Trouble>(());
                }
                come_and_go(&door, number).await?;
            }
        });
    }
    while let Some(person) = people.join_next().await {
        person??;
    }
    Ok(())
}

async fn come_and_go(door: &Door, number: usize) -> Result<(), Trouble> {
    let document = format!("churn-{}", number / 4 % DOCUMENTS);
    let mut socket = door.open(&document, Line::Wide).await?;
    let breaks = || SockRef::from(socket.stream()).set_linger(Some(Duration::ZERO));
    match number % 4 {
        0 => {
            greet(&mut socket).await?;
            socket.close().await?;
        }
        1 => greet(&mut socket).await?,
        2 => {
            breaks()?;
            greet(&mut socket).await?;
        }
        _ => breaks()?,
    }
    Ok(())
}

/// Waits until the server closes no more descriptors; says how many it has left.
/// Its memory settles meanwhile: who left without a word is present for a few
/// seconds more.
async fn emptied(gauge: Gauge) -> Result<usize, Trouble> {
    let (mut least, mut since) = (gauge.descriptors()?, Instant::now());
    while since.elapsed() < SETTLED {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = gauge.descriptors()?;
        if now < least {
            (least, since) = (now, Instant::now());
        }
    }
    Ok(least)
}
