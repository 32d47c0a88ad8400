//! Ten thousand documents are opened, written in and left; then they leave
//! memory. The server holds all of them for a moment: its idle timeout is longer
//! than the opening takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cowrite::wire::ysync::SYNC_UPDATE;
use fastrand::Rng;
use tokio::task::JoinSet;

use crate::overload::door::{Door, Line, is_update};
use crate::overload::gauge::{Gauge, MIB};
use crate::overload::report::{mib, more_mib};
use crate::overload::script::message;
use crate::overload::{Bench, House, Trouble};
use crate::socket::Heard;
use crate::trace::update;

/// So many are open at once.
const PARALLEL: usize = 50;

/// Bytes of a document.
const SIZES: std::ops::Range<usize> = 300..10_000;

/// Memory that did not fall for so long will not fall.
const SETTLED: Duration = Duration::from_secs(10);

const MOST_LEFT: f64 = 20.0;

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let documents = bench.scaled(10_000, 500);
    let idle = bench.scaled("25", "5");
    let House { server, door, .. } = &bench.house(&["--idle-timeout", idle])?;
    let gauge = server.gauge();
    let start = gauge.memory()?;
    // The first documents bring threads, connections to the store and pages of
    // the program into memory, which stay.
    open_all(door, "first", PARALLEL).await?;
    let warm = settled(gauge, idle).await?;
    gauge.forget_peak()?;
    let began = Instant::now();
    open_all(door, "memory", documents).await?;
    let opening = began.elapsed();
    let full = gauge.memory()?;
    let end = settled(gauge, idle).await?;
    let peak = gauge.peak()?;
    open_all(door, "again", documents).await?;
    let again = settled(gauge, idle).await?;
    let left = (end / start - 1.0) * 100.0;
    let report = &mut bench.report;
    report.judge(
        &format!("memory: after {documents} documents were opened and evicted"),
        "+20 % of the start",
        format!(
            "{left:+.0} % ({} at start, {} with one round of {PARALLEL}, {} with all open, \
             peak {}, {} in the end)",
            mib(start),
            mib(warm),
            mib(full),
            mib(peak),
            mib(end)
        ),
        left <= MOST_LEFT,
    );
    report.tell(
        "memory: of what is left, from the allocator and not from files",
        mib(gauge.allocated()?),
    );
    report.tell(
        &format!("memory: after {documents} others, opened and evicted too"),
        format!(
            "{} ({:.0} bytes each)",
            more_mib(again - end),
            (again - end) * MIB / documents as f64
        ),
    );
    report.tell(
        "memory: opened, written, saved and left, a second",
        format!("{:.0}", documents as f64 / opening.as_secs_f64()),
    );
    Ok(())
}

async fn open_all(door: &Door, name: &'static str, documents: usize) -> Result<(), Trouble> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut people = JoinSet::new();
    for _ in 0..PARALLEL {
        let (door, next) = (door.clone(), Arc::clone(&next));
        people.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= documents {
                    return Ok::<_, Trouble>(());
                }
                visit(&door, &format!("{name}-{number}"), number).await?;
            }
        });
    }
    while let Some(person) = people.join_next().await {
        person??;
    }
    Ok(())
}

/// Opens a document, writes, waits until that is saved, and leaves.
async fn visit(door: &Door, document: &str, number: usize) -> Result<(), Trouble> {
    let size = Rng::with_seed(number as u64).usize(SIZES);
    let mut socket = door.join(document, Line::Wide).await?;
    let update = update::append(number as u64 + 1, 0, &"x".repeat(size));
    socket.send(&message(SYNC_UPDATE, &update)).await?;
    loop {
        match socket.next().await? {
            Heard::Message(message) if is_update(&message) => break,
            Heard::Message(_) => {}
            Heard::Closed(code, reason) => {
                return Err(format!("{document} was closed with {code}: {reason}").into());
            }
        }
    }
    Ok(socket.close().await?)
}

/// The memory once it stopped falling, at the earliest when all who are idle
/// were evicted.
async fn settled(gauge: Gauge, idle: &str) -> Result<f64, Trouble> {
    tokio::time::sleep(Duration::from_secs(idle.parse()?)).await;
    let (mut least, mut since) = (gauge.memory()?, Instant::now());
    while since.elapsed() < SETTLED {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = gauge.memory()?;
        if now < least - 0.1 {
            (least, since) = (now, Instant::now());
        }
    }
    Ok(gauge.memory()?)
}
