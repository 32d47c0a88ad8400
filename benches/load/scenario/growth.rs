//! How the cost of an edit grows: with readers, with documents, with the size of the
//! document and with the length of its history. Draws the curves where `--images`
//! says.
//!
//! * readers: one writes, in a closed loop.
//! * documents: 500 letters a second in all, evenly over documents with a writer and
//!   a reader each.
//! * size: as in `size`; history: the same, after so many edits of the trace.
//!
//! What one connection may send in a second is not limited here: filling documents
//! is not what is measured.

use std::time::Duration;

use super::{Scenario, ingest, size};
use crate::load::chart::{Chart, Curve};
use crate::load::contestant::Contestant;
use crate::load::meeting::{Meeting, Shape};
use crate::load::{Bench, Trouble};

/// Letters a second over all documents.
const PER_SECOND: f64 = 500.0;

/// cowrite, without its limits of what a connection sends.
const UNLIMITED: [&str; 4] = ["--bytes-per-second", "0", "--messages-per-second", "0"];

const UNIT: &str = "CPU µs an edit";
const DELIVERY: &str = "CPU µs a delivery";

pub fn run(bench: &mut Bench) -> Result<(), Trouble> {
    readers(bench);
    documents(bench);
    sizes(bench);
    histories(bench)?;
    draw(
        bench,
        "readers",
        "An edit that many read",
        "readers",
        DELIVERY,
    )?;
    draw(
        bench,
        "documents",
        "500 edits a second over many documents",
        "documents",
        DELIVERY,
    )?;
    draw(
        bench,
        "KB",
        "An edit in a large document",
        "KB of text",
        UNIT,
    )?;
    draw(
        bench,
        "edits",
        "An edit after a long history",
        "edits before",
        UNIT,
    )
}

fn label(count: usize, of: &str, what: &str) -> String {
    format!("{count} {of}: {what}")
}

fn note(bench: &mut Bench, contestant: Contestant, count: usize, of: &str, what: &str, value: f64) {
    let what = label(count, of, what);
    let scenario = Scenario::Growth.name();
    bench
        .report
        .note(scenario, contestant.name(), &what, 2, value);
}

fn readers(bench: &mut Bench) {
    let counts: &[usize] = bench.scaled(&[1, 10, 100, 1_000, 5_000], &[1, 5]);
    for count in counts.iter().copied() {
        let shape = Shape {
            rooms: 1,
            writers: 1,
            readers: count,
        };
        bench.in_turn(
            Scenario::Growth,
            |_| true,
            |bench, contestant| {
                let house = bench.house(contestant, &[])?;
                let mut meeting = Meeting::gather(&house.server, shape)?;
                let course = meeting.in_closed_loop(bench.time)?;
                note(bench, contestant, count, "readers", DELIVERY, course.cpu);
                note(
                    bench,
                    contestant,
                    count,
                    "readers",
                    "latency p50, ms",
                    course.p50,
                );
                Ok(())
            },
        );
    }
}

fn documents(bench: &mut Bench) {
    let counts: &[usize] = bench.scaled(&[1, 10, 100, 1_000, 10_000], &[1, 5]);
    let descriptors = usize::try_from(bench.descriptors).unwrap_or(usize::MAX);
    for count in counts.iter().copied() {
        if count * 5 > descriptors {
            let why = format!("{count} documents need {} descriptors", count * 5);
            bench.report.refuse(Scenario::Growth.name(), "all", why);
            continue;
        }
        let shape = Shape {
            rooms: count,
            writers: 1,
            readers: 1,
        };
        bench.in_turn(
            Scenario::Growth,
            |_| true,
            |bench, contestant| {
                let house = bench.house(contestant, &[])?;
                let mut meeting = Meeting::gather(&house.server, shape)?;
                let course = meeting.in_open_loop(PER_SECOND / count as f64, bench.time)?;
                note(bench, contestant, count, "documents", DELIVERY, course.cpu);
                note(
                    bench,
                    contestant,
                    count,
                    "documents",
                    "latency p50, ms",
                    course.p50,
                );
                Ok(())
            },
        );
    }
}

fn sizes(bench: &mut Bench) {
    let counts: &[usize] = bench.scaled(&[1, 10, 100, 1_000, 10_000, 50_000], &[1, 10]);
    for count in counts.iter().copied() {
        bench.in_turn(
            Scenario::Growth,
            |contestant| contestant == Contestant::Cowrite,
            |bench, contestant| {
                let course = size::edit(bench, contestant, count as u32, &UNLIMITED)?;
                note(bench, contestant, count, "KB", UNIT, course.cpu);
                Ok(())
            },
        );
    }
}

fn histories(bench: &mut Bench) -> Result<(), Trouble> {
    let history = bench.history()?;
    let all = history.updates.len();
    let mut counts = vec![100, 1_000, 10_000, 100_000];
    counts.retain(|count| *count < all);
    counts.push(all);
    for count in counts {
        bench.in_turn(
            Scenario::Growth,
            |contestant| contestant == Contestant::Cowrite,
            |bench, contestant| {
                let house = bench.house(contestant, &UNLIMITED)?;
                ingest::write_first(&house.server, &history, count)?;
                // What was written last is folded meanwhile.
                std::thread::sleep(bench.scaled(Duration::from_secs(1), Duration::ZERO));
                let shape = Shape {
                    rooms: 1,
                    writers: 1,
                    readers: 1,
                };
                let mut meeting = Meeting::gather(&house.server, shape)?;
                let course = meeting.in_closed_loop(bench.time)?;
                note(bench, contestant, count, "edits", UNIT, course.cpu);
                Ok(())
            },
        );
    }
    Ok(())
}

/// Draws what was noted of a growing number, if pictures are wanted.
fn draw(bench: &Bench, of: &str, title: &str, across: &str, what: &str) -> Result<(), Trouble> {
    let Some(folder) = &bench.images else {
        return Ok(());
    };
    let counts = [1, 10, 100, 1_000, 5_000, 10_000, 50_000, 100_000];
    let counts = counts.into_iter().chain(bench.history_length());
    let counts: Vec<usize> = counts.collect();
    let mut curves = Vec::new();
    for contestant in Contestant::OWN {
        let name = contestant.name();
        let value = |count: &usize| {
            let label = label(*count, of, what);
            let value = bench.report.median(Scenario::Growth.name(), &label, name)?;
            Some((*count as f64, value))
        };
        let points: Vec<_> = counts.iter().filter_map(value).collect();
        if !points.is_empty() {
            curves.push(Curve { name, points });
        }
    }
    let chart = Chart {
        title,
        across,
        up: what,
        curves,
    };
    if let Some(picture) = chart.draw() {
        let name = format!("growth-{}.svg", of.to_lowercase());
        std::fs::write(folder.join(name), picture)?;
    }
    Ok(())
}
