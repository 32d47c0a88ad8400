//! Two hundred people come at once to a document with a long history, while two
//! others go on typing in it, ten letters a second each.
//!
//! CPU each is the server's CPU while they came, less what the same two writers cost
//! in an equal time before, by their number. It holds the handshake, the whole state
//! and what is typed for them from then on. Memory is the most that the server held
//! meanwhile over what it held before; the connections are in it. The floor has no
//! state to tell.

use std::time::{Duration, Instant};

use super::Scenario;
use crate::load::meeting::{Meeting, Pace, Shape};
use crate::load::server::Server;
use crate::load::{Bench, Trouble};

const PER_SECOND: f64 = 10.0;
const PATIENCE: Duration = Duration::from_secs(60);

/// The state that a server tells may be a little shorter than the one written.
const NEARLY: usize = 10;

struct Coming {
    cpu: f64,
    memory: f64,
    all_in: f64,
    state: usize,
}

pub fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let history = bench.history()?;
    let joiners = bench.scaled(200, 5);
    bench.in_turn(
        Scenario::Joiners,
        |_| true,
        |bench, contestant| {
            let house = bench.house(contestant, &[])?;
            let state = contestant.has_documents().then_some(&history.state[..]);
            let coming = come(&house.server, joiners, state, bench.time)?;
            let mut note = |what: &str, digits, value| {
                let what = format!("{joiners} at once: {what}");
                let scenario = Scenario::Joiners.name();
                bench
                    .report
                    .note(scenario, contestant.name(), &what, digits, value);
            };
            note("CPU ms each", 3, coming.cpu * 1e3 / joiners as f64);
            note("memory, MiB more", 1, coming.memory / 1024.0);
            note("all have it, ms", 0, coming.all_in * 1e3);
            note("KB of state", 0, coming.state as f64 / 1e3);
            Ok(())
        },
    );
    Ok(())
}

fn come(
    server: &Server,
    joiners: usize,
    state: Option<&[u8]>,
    time: Duration,
) -> Result<Coming, Trouble> {
    let shape = Shape {
        rooms: 1,
        writers: 2,
        readers: 0,
    };
    let mut meeting = Meeting::gather(server, shape)?;
    let mut enough = 0;
    if let Some(state) = state {
        enough = state.len() - state.len() / NEARLY;
        meeting.fill(0, state)?;
        meeting.until_filled(server, enough)?;
    }
    let here = meeting.guests.len();
    let gauge = server.gauge();
    let mut pace = Pace::of(meeting.writers(), PER_SECOND);
    meeting.keep(&mut pace, time / 5)?;
    let before = gauge.cpu()?;
    meeting.keep(&mut pace, time)?;
    let alone = gauge.cpu()?.since(&before);

    gauge.forget_peak()?;
    let memory = gauge.memory()?;
    let (began, before) = (Instant::now(), gauge.cpu()?);
    for _ in 0..joiners {
        meeting.admit(server)?;
    }
    let lines = 2 + here..2 + here + joiners;
    let is_in = |meeting: &Meeting| match state {
        Some(_) => meeting.guests[here..].iter().all(|told| *told >= enough),
        None => lines.clone().all(|line| meeting.exchange.is_open(line)),
    };
    while !is_in(&meeting) {
        if began.elapsed() > PATIENCE {
            let told = meeting.guests[here..]
                .iter()
                .filter(|told| **told >= enough);
            return Err(format!("{} of {joiners} got in", told.count()).into());
        }
        meeting.keep(&mut pace, Duration::from_millis(5))?;
    }
    let all_in = began.elapsed();
    meeting.keep(&mut pace, time.saturating_sub(all_in))?;
    let with = gauge.cpu()?.since(&before);
    let share = began.elapsed().as_secs_f64() / time.as_secs_f64();
    Ok(Coming {
        cpu: with - alone * share,
        memory: gauge.peak()? - memory,
        all_in: all_in.as_secs_f64(),
        state: meeting.guests.iter().copied().max().unwrap_or(0),
    })
}
