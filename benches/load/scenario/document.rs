//! What a document of 100 KB takes in memory, and what is left of it when everybody
//! has gone.
//!
//! Two hundred documents are opened by two people each and hold a letter; then one of
//! the two writes a text of 100 KB, in one piece or in a thousand that cannot be joined.
//! What comes with it is the text's, and whatever a server keeps for a connection that
//! wrote much. Then the writer leaves, and what is there is the document's: half of what
//! there was before the text, a connection at least, is taken off. Then all leave, and whoever evicts idle documents (cowrite is told to after a
//! second) does so; what is left is measured after a while, over what there was at
//! the start, by the number of documents.

use std::time::{Duration, Instant};

use super::Scenario;
use crate::load::contestant::Contestant;
use crate::load::meeting::{Meeting, Shape};
use crate::load::server::Server;
use crate::load::{Bench, Trouble, update};

/// The ids of whoever writes the texts, and the letters before.
const AUTHOR: u64 = 7;
const SOMEBODY: u64 = 8;

/// Connections of each document; the first one writes.
const PEOPLE: usize = 2;

/// Memory that has not settled within this, freed pages included, will not.
const SETTLES: Duration = Duration::from_secs(8);
const EVICTED: Duration = Duration::from_secs(20);

/// KiB.
struct Footprint {
    small: f64,
    written: f64,
    text: f64,
    left: f64,
}

pub fn run(bench: &mut Bench) {
    let documents = bench.scaled(200, 3);
    let pieces = update::text(AUTHOR, 1_000);
    let whole = update::append(AUTHOR, 0, &"All in one piece. ".repeat(100_000 / 18));
    for (label, text) in [("in 1 000 pieces", &pieces), ("in one piece", &whole)] {
        bench.in_turn(
            Scenario::Document,
            Contestant::has_documents,
            |bench, contestant| {
                let options = ["--idle-timeout", "1"];
                let house = bench.house(contestant, &options)?;
                let pause = |time: Duration| bench.scaled(time, time / 100);
                let (settles, evicted) = (pause(SETTLES), pause(EVICTED));
                let found = weigh(&house.server, documents, text, settles, evicted)?;
                let each = |memory: f64| memory / documents as f64;
                let mut note = |what: &str, value: f64| {
                    let what = format!("100 KB {label}: {what}");
                    let scenario = Scenario::Document.name();
                    bench
                        .report
                        .note(scenario, contestant.name(), &what, 0, value);
                };
                note("KiB", each(found.text));
                note("while its writer is here, KiB", each(found.written));
                note(
                    "one of a letter and its two connections, KiB",
                    each(found.small),
                );
                note("left when all have gone, KiB", each(found.left));
                Ok(())
            },
        );
    }
}

fn weigh(
    server: &Server,
    documents: usize,
    text: &[u8],
    settles: Duration,
    evicted: Duration,
) -> Result<Footprint, Trouble> {
    let shape = Shape {
        rooms: documents,
        writers: 0,
        readers: PEOPLE,
    };
    let gauge = server.gauge();
    let start = gauge.memory()?;
    let mut meeting = Meeting::gather(server, shape)?;
    let letter = update::append(SOMEBODY, 0, "x");
    for room in 0..documents {
        meeting.fill(room, &letter)?;
    }
    settle(&mut meeting, settles)?;
    let small = gauge.memory()?;
    for room in 0..documents {
        meeting.fill(room, text)?;
        meeting.listen(Duration::from_millis(1))?;
    }
    settle(&mut meeting, settles)?;
    let written = gauge.memory()? - small;
    (0..documents).for_each(|room| meeting.leave(room * PEOPLE));
    settle(&mut meeting, settles)?;
    let text = gauge.memory()? - start - (small - start) / 2.0;
    drop(meeting);
    std::thread::sleep(evicted);
    Ok(Footprint {
        small: small - start,
        written,
        text,
        left: gauge.memory()? - start,
    })
}

fn settle(meeting: &mut Meeting, time: Duration) -> Result<(), Trouble> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        meeting.listen(end.saturating_duration_since(Instant::now()))?;
    }
    Ok(())
}
