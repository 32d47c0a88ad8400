//! How the cost of an edit grows: with readers, with documents, with the size of the
//! document and with the length of its history. Draws the curves where `--images`
//! says.
//!
//! * readers: one writes, in a closed loop.
//! * documents: 500 letters a second in all, evenly over documents in which somebody
//!   writes alone; what comes back is the echo.
//! * size: as in `size`; history: the same, after so many edits of the trace.
//!
//! What one connection may send in a second is not limited here: filling documents
//! is not what is measured.

use std::path::Path;
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

/// What the curves show.
const EDIT: &str = "CPU µs an edit";
const DELIVERY: &str = "CPU µs a delivery";

pub fn run(bench: &mut Bench) -> Result<(), Trouble> {
    readers(bench);
    documents(bench);
    sizes(bench);
    histories(bench)?;
    let picture = |file, of, title, across, what| {
        let (scenario, own) = (Scenario::Growth.name(), Contestant::OWN);
        let rest = format!(" {of}: {what}");
        let curves = own.map(|contestant| Curve {
            name: contestant.name(),
            points: bench.report.curve(scenario, contestant.name(), &rest),
        });
        let curves = curves.into_iter().filter(|curve| !curve.points.is_empty());
        let chart = Chart {
            title,
            across,
            up: what,
            curves: curves.collect(),
        };
        draw(bench.images.as_deref(), file, &chart)
    };
    picture(
        "readers",
        "readers",
        "An edit that many read",
        "readers",
        DELIVERY,
    )?;
    let many = "500 edits a second over many documents";
    picture("documents", "documents", many, "documents", EDIT)?;
    picture(
        "size",
        "KB",
        "An edit in a large document",
        "KB of text",
        EDIT,
    )?;
    picture(
        "history",
        "edits",
        "An edit after a long history",
        "edits before",
        EDIT,
    )
}

/// Draws a picture, if pictures are wanted.
fn draw(folder: Option<&Path>, file: &str, chart: &Chart<'_>) -> Result<(), Trouble> {
    if let Some((folder, picture)) = folder.zip(chart.draw()) {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("growth-{file}.svg")), picture)?;
    }
    Ok(())
}

fn note(bench: &mut Bench, contestant: Contestant, count: usize, of: &str, what: &str, value: f64) {
    let what = format!("{count} {of}: {what}");
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
    let counts: Vec<_> = counts.iter().map(|count| bench.granted(*count)).collect();
    for count in counts {
        let shape = Shape {
            rooms: count,
            writers: 1,
            readers: 0,
        };
        bench.in_turn(
            Scenario::Growth,
            |contestant| contestant == Contestant::Cowrite,
            |bench, contestant| {
                let house = bench.house(contestant, &[])?;
                let before = house.server.gauge().memory()?;
                let mut meeting = Meeting::gather(&house.server, shape)?;
                let course = meeting.in_open_loop(PER_SECOND / count as f64, bench.time)?;
                let memory = house.server.gauge().memory()? - before;
                note(bench, contestant, count, "documents", EDIT, course.cpu);
                let each = memory / count as f64;
                note(bench, contestant, count, "documents", "KiB each", each);
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
                note(bench, contestant, count, "KB", EDIT, course.cpu);
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
                ingest::write(&house.server, &history, count, ingest::WINDOW)?;
                // What was written last is folded meanwhile.
                std::thread::sleep(bench.scaled(Duration::from_secs(1), Duration::ZERO));
                let shape = Shape {
                    rooms: 1,
                    writers: 1,
                    readers: 1,
                };
                let mut meeting = Meeting::gather(&house.server, shape)?;
                let course = meeting.in_closed_loop(bench.time)?;
                note(bench, contestant, count, "edits", EDIT, course.cpu);
                Ok(())
            },
        );
    }
    Ok(())
}
