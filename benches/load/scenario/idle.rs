//! Ten thousand people have a document open, a hundred in each, and do nothing but
//! answer pings.
//!
//! Memory is what the server holds more than before the first came, by their number;
//! what the kernel holds for the sockets is not in it. A share of a core is measured
//! over twenty seconds after everybody has been in for two.

use std::time::{Duration, Instant};

use super::Scenario;
use crate::load::meeting::{Meeting, Shape};
use crate::load::{Bench, Trouble};

const TIME: Duration = Duration::from_secs(20);
const REST: Duration = Duration::from_secs(2);

pub fn run(bench: &mut Bench) {
    let documents = bench.scaled(100, 2);
    let people = bench.granted(bench.scaled(10_000, 20)) / documents;
    let shape = Shape {
        rooms: documents,
        writers: 0,
        readers: people,
    };
    let connections = documents * people;
    bench.in_turn(
        Scenario::Idle,
        |_| true,
        |bench, contestant| {
            let house = bench.house(contestant, &[])?;
            let gauge = house.server.gauge();
            let before = gauge.memory()?;
            let mut meeting = Meeting::gather(&house.server, shape)?;
            rest(&mut meeting, bench.scaled(REST, REST / 20))?;
            let memory = gauge.memory()? - before;
            let (began, cpu) = (Instant::now(), gauge.cpu()?);
            rest(&mut meeting, bench.scaled(TIME, TIME / 200))?;
            let cpu = gauge.cpu()?.since(&cpu) / began.elapsed().as_secs_f64();
            let mut note = |what: &str, digits, value| {
                let what = format!("{connections} connections: {what}");
                let scenario = Scenario::Idle.name();
                bench
                    .report
                    .note(scenario, contestant.name(), &what, digits, value);
            };
            note("KiB each", 2, memory / connections as f64);
            note("% of a core", 2, cpu * 100.0);
            Ok(())
        },
    );
}

fn rest(meeting: &mut Meeting, time: Duration) -> Result<(), Trouble> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        meeting.listen(end.saturating_duration_since(Instant::now()))?;
    }
    Ok(())
}
