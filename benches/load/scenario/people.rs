//! People who write and read: `fanout`, `pairs` and `crowd`.
//!
//! * `fanout`: one writes, 500 and 1 000 read, in a closed loop.
//! * `pairs`: 100 documents with two writers and two more readers in each, in a
//!   closed loop; an edit is three deliveries.
//! * `crowd`: 10 documents with ten writers and ten more readers in each, each
//!   writer ten times a second; an edit is 19 deliveries.
//!
//! An edit is one letter.

use super::Scenario;
use crate::load::Bench;
use crate::load::meeting::{Course, Meeting, Shape};

/// Edits a second of each writer of the crowd.
const PER_SECOND: f64 = 10.0;

pub fn fanout(bench: &mut Bench) {
    let sizes: &[usize] = bench.scaled(&[500, 1_000], &[5]);
    for readers in sizes.iter().copied() {
        let shape = Shape {
            rooms: 1,
            writers: 1,
            readers,
        };
        measure(
            bench,
            Scenario::Fanout,
            shape,
            &format!("1 → {readers}"),
            Meeting::in_closed_loop,
        );
    }
}

pub fn pairs(bench: &mut Bench) {
    let shape = Shape {
        rooms: bench.scaled(100, 3),
        writers: 2,
        readers: 2,
    };
    let label = format!("{} × 2 × 2", shape.rooms);
    measure(
        bench,
        Scenario::Pairs,
        shape,
        &label,
        Meeting::in_closed_loop,
    );
}

pub fn crowd(bench: &mut Bench) {
    let many = bench.scaled(10, 2);
    let shape = Shape {
        rooms: many,
        writers: many,
        readers: many,
    };
    let label = format!("{many} × {many} × {many}");
    measure(bench, Scenario::Crowd, shape, &label, |meeting, time| {
        meeting.in_open_loop(PER_SECOND, time)
    });
}

fn measure(
    bench: &mut Bench,
    scenario: Scenario,
    shape: Shape,
    label: &str,
    play: impl Fn(&mut Meeting, std::time::Duration) -> Result<Course, crate::load::Trouble>,
) {
    bench.in_turn(
        scenario,
        |_| true,
        |bench, contestant| {
            let house = bench.house(contestant, &[])?;
            let mut meeting = Meeting::gather(&house.server, shape)?;
            let course = play(&mut meeting, bench.time)?;
            let mut note = |what: &str, digits, value| {
                let what = format!("{label}: {what}");
                let server = contestant.name();
                bench
                    .report
                    .note(scenario.name(), server, &what, digits, value);
            };
            note("CPU µs a delivery", 2, course.cpu);
            note("deliveries a second", 0, course.per_second);
            note("latency p50, ms", 2, course.p50);
            note("latency p99, ms", 2, course.p99);
            Ok(())
        },
    );
}
