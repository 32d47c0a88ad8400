//! An edit in a document of 10 MB against one in a document of 10 KB: one writes, one
//! reads, in a closed loop. The text is in pieces of 100 letters that cannot be
//! joined, and the writer appends to its own.

use super::Scenario;
use crate::load::contestant::Contestant;
use crate::load::meeting::{Course, Meeting, Shape};
use crate::load::{Bench, Trouble, update};

/// The ids of those who write the text begin here.
const AUTHOR: u64 = 1_000_000;

/// So many pieces come in one message, which may not be as large as a document.
const PIECES: u32 = 100_000;

pub fn run(bench: &mut Bench) {
    let sizes = bench.scaled([10, 10_000], [1, 10]);
    bench.in_turn(
        Scenario::Size,
        Contestant::has_documents,
        |bench, contestant| {
            let mut costs = Vec::new();
            for kilobytes in sizes {
                let course = edit(bench, contestant, kilobytes, &[])?;
                costs.push(course.cpu);
                note(
                    bench,
                    contestant,
                    &format!("{kilobytes} KB: CPU µs an edit"),
                    course.cpu,
                );
                let latency = format!("{kilobytes} KB: latency p50, ms");
                note(bench, contestant, &latency, course.p50);
            }
            let what = format!("{} KB against {} KB, ×", sizes[1], sizes[0]);
            note(bench, contestant, &what, costs[1] / costs[0]);
            Ok(())
        },
    );
}

fn note(bench: &mut Bench, contestant: Contestant, what: &str, value: f64) {
    let scenario = Scenario::Size.name();
    bench
        .report
        .note(scenario, contestant.name(), what, 2, value);
}

/// The course of edits in a document of this size.
pub fn edit(
    bench: &Bench,
    contestant: Contestant,
    kilobytes: u32,
    options: &[&str],
) -> Result<Course, Trouble> {
    let house = bench.house(contestant, options)?;
    let shape = Shape {
        rooms: 1,
        writers: 1,
        readers: 1,
    };
    let mut meeting = Meeting::gather(&house.server, shape)?;
    let (mut left, mut bytes) = (kilobytes * 10, 0);
    while left > 0 {
        let pieces = left.min(PIECES);
        let text = update::text(AUTHOR + u64::from(left), pieces);
        meeting.fill(0, &text)?;
        bytes += text.len();
        left -= pieces;
    }
    meeting.until_filled(&house.server, bytes / 10 * 9)?;
    meeting.in_closed_loop(bench.time)
}
