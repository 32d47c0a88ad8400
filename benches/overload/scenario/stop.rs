//! SIGTERM while a thousand are connected and twenty of them write. Everybody
//! must be told 1001, and what was echoed to its author or seen by anybody must
//! be there when the server is started again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::overload::copy::Copy;
use crate::overload::door::{Door, Line};
use crate::overload::play::{Listener, Play};
use crate::overload::report::seconds;
use crate::overload::script::Script;
use crate::overload::{Bench, House, Trouble};

const WRITERS: usize = 20;
const PER_SECOND: u32 = 50;
const GOING_AWAY: u16 = 1001;
const MOST_TIME: f64 = 3.0;

/// Whoever has not heard of the end by then never will.
const PATIENCE: Duration = Duration::from_secs(10);

pub async fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let people = bench.scaled(1_000, 100);
    let House {
        mut server,
        door,
        data,
    } = bench.house(&[])?;
    let script = Arc::new(Script::lines(120 * PER_SECOND as usize));
    let mut documents = Vec::with_capacity(WRITERS);
    for number in 0..WRITERS {
        let document = format!("stop-{number}");
        let play = Play::of(Arc::clone(&script));
        let mut listeners = Vec::new();
        for _ in 0..people / WRITERS - 1 {
            listeners.push(play.admit(&door, &document).await?);
        }
        listeners.push(play.begin(&door, &document, PER_SECOND).await?);
        documents.push((document, play, listeners));
    }
    tokio::time::sleep(bench.seconds(5.0)).await;
    let asked = Instant::now();
    server.is_asked_to_stop()?;
    let time = server.ends().await? - asked;
    let deadline = Instant::now() + PATIENCE;
    let mut told = 0;
    let mut seen = Vec::new();
    for (document, play, listeners) in documents {
        let mut last = 0;
        for listener in listeners {
            let Listener { latencies, closed } = tokio::time::timeout_at(deadline.into(), listener)
                .await
                .map_err(|_| "somebody did not notice that the server ended")??;
            told += usize::from(closed == Some(GOING_AWAY));
            last = last.max(latencies.last().map_or(0, |(number, _)| number + 1));
        }
        play.end();
        seen.push((document, last));
    }
    let server = bench.serve(&data, &[])?;
    let door = Door::to(server.address());
    let (mut lost, mut kept) = (0, 0);
    for (document, seen) in seen {
        let copy = Copy::join(&door, &document, Line::Wide).await?;
        let clock = seen.checked_sub(1).map_or(0, |last| script.clocks[last]);
        let is_there = copy.clock() >= clock
            && Copy::of_author(&script, seen)?.is_beginning_of(&copy.content());
        lost += usize::from(!is_there);
        kept += seen;
    }
    let report = &mut bench.report;
    report.judge(
        &format!("stop: from SIGTERM to the end, {people} connected, {WRITERS} writing"),
        "3 s",
        seconds(time),
        time.as_secs_f64() <= MOST_TIME,
    );
    report.judge(
        "stop: told 1001",
        "everybody",
        format!("{told} of {}", people / WRITERS * WRITERS),
        told == people / WRITERS * WRITERS,
    );
    report.judge(
        &format!("stop: documents that lost any of {kept} updates seen by anybody"),
        "0",
        lost.to_string(),
        lost == 0,
    );
    Ok(())
}
