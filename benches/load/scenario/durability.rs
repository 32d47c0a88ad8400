//! What each durability costs in time: ten documents with a writer and a reader each,
//! twenty letters a second. Relay is from the author's write to the other's read,
//! acknowledgement from the author's write to its echo.

use std::process::Command;

use super::Scenario;
use crate::load::contestant::Contestant;
use crate::load::meeting::{Meeting, Shape};
use crate::load::{Bench, Trouble};

const MODES: [&str; 3] = ["fsync", "relay-first", "os"];
const PER_SECOND: f64 = 20.0;

pub fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let help = Command::new(&bench.program)
        .args(["serve", "--help"])
        .output()?;
    let is_known = String::from_utf8_lossy(&help.stdout).contains("--durability");
    let shape = Shape {
        rooms: bench.scaled(10, 2),
        writers: 1,
        readers: 1,
    };
    for mode in MODES {
        let options = ["--durability", mode];
        let options: &[&str] = match (is_known, mode) {
            (true, _) => &options,
            // The only one there is.
            (false, "fsync") => &[],
            (false, _) => continue,
        };
        bench.in_turn(
            Scenario::Durability,
            |contestant| contestant == Contestant::Cowrite,
            |bench, contestant| {
                let house = bench.house(contestant, options)?;
                let mut meeting = Meeting::gather(&house.server, shape)?;
                let course = meeting.in_open_loop(PER_SECOND, bench.time)?;
                let echoes = [50, 99].map(|percent| meeting.ledger.echo_latency(percent));
                let mut note = |what: &str, value| {
                    let what = format!("{mode}: {what}");
                    let scenario = Scenario::Durability.name();
                    bench
                        .report
                        .note(scenario, contestant.name(), &what, 2, value);
                };
                note("relay p50, ms", course.p50);
                note("relay p99, ms", course.p99);
                note("acknowledgement p50, ms", echoes[0]);
                note("acknowledgement p99, ms", echoes[1]);
                note("CPU µs a delivery", course.cpu);
                Ok(())
            },
        );
    }
    Ok(())
}
