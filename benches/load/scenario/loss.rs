//! Ten people type in one document, ten letters a second each, until the server is
//! killed (SIGKILL) at a moment taken by lot; it is started again, and somebody looks
//! at what is there.
//!
//! *Acknowledged* is what its author was told of: by its echo, or by a message that
//! says so. *Relayed* is what anybody else had seen. Seconds of work are relayed
//! letters that are not there, over what all type in a second.

use std::time::{Duration, Instant};

use super::Scenario;
use crate::load::contestant::Contestant;
use crate::load::dialect::{Dialect, Heard};
use crate::load::exchange::Exchange;
use crate::load::ledger;
use crate::load::meeting::{Meeting, Pace, Shape, name};
use crate::load::server::Server;
use crate::load::{Bench, House, Trouble, update};

const WRITERS: usize = 10;
const PER_SECOND: f64 = 10.0;

/// So many kills a run.
const ROUNDS: u32 = 3;

/// Servers that save every so often are given the time to have done it.
const TYPED_AT_LEAST: Duration = Duration::from_secs(11);

const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(bench: &mut Bench) {
    for _ in 0..bench.scaled(ROUNDS, 1) {
        bench.in_turn(
            Scenario::Loss,
            Contestant::has_documents,
            |bench, contestant| {
                let [typed, acknowledged, relayed] = round(bench, contestant)?;
                let mut note = |what: &str, digits, value| {
                    let scenario = Scenario::Loss.name();
                    bench
                        .report
                        .note(scenario, contestant.name(), what, digits, value);
                };
                note("letters typed", 0, typed);
                note("acknowledged and lost", 0, acknowledged);
                note("seen by others and lost", 0, relayed);
                note(
                    "seconds of work lost",
                    2,
                    relayed / WRITERS as f64 / PER_SECOND,
                );
                Ok(())
            },
        );
    }
}

/// One kill: letters typed, and of those lost that were acknowledged, and relayed.
fn round(bench: &Bench, contestant: Contestant) -> Result<[f64; 3], Trouble> {
    let House { mut server, data } = bench.house(contestant, &[])?;
    let shape = Shape {
        rooms: 1,
        writers: WRITERS,
        readers: 1,
    };
    let mut meeting = Meeting::gather(&server, shape)?;
    let at_least = match contestant {
        Contestant::Cowrite => Duration::from_secs(1),
        _ => TYPED_AT_LEAST,
    };
    let at_least = bench.scaled(at_least, at_least / 10);
    let typing = at_least.mul_f64(1.0 + fastrand::f64());
    let mut pace = Pace::of(meeting.writers(), PER_SECOND);
    meeting.keep(&mut pace, typing)?;
    server.kill()?;
    // What the kernel still holds was told, too.
    meeting.exchange.forgiving = true;
    let end = Instant::now() + Duration::from_millis(200);
    while Instant::now() < end {
        meeting.listen(Duration::from_millis(20))?;
    }
    let server = bench.serve(contestant, data.path(), &[])?;
    let kept = kept(&server)?;
    let echoes = server.dialect().echoes();
    let (mut typed, mut acknowledged, mut relayed) = (0, 0, 0);
    for (person, seat) in meeting.writers().into_iter().enumerate() {
        let standing = meeting.ledger.standing(seat);
        let told = if echoes {
            standing.echoed
        } else {
            meeting.taken[person]
        };
        typed += standing.sent;
        acknowledged += told.saturating_sub(kept[person]);
        relayed += standing.relayed.saturating_sub(kept[person]);
    }
    Ok([typed, acknowledged, relayed].map(f64::from))
}

/// How much of each writer's a server has.
fn kept(server: &Server) -> Result<[u32; WRITERS], Trouble> {
    let dialect = server.dialect();
    if dialect == Dialect::Sweet {
        // It is there, or nothing is.
        let _ = server.prepare(&name(0));
    }
    let mut exchange = Exchange::new()?;
    let hello = dialect.hello(&name(0));
    exchange.knock(server.address(), &dialect.path(&name(0)), hello)?;
    let mut kept = [0; WRITERS];
    let told = std::cell::Cell::new(false);
    exchange.hear_until(
        "the server said what it has",
        PATIENCE,
        &mut |_, _, frame| {
            let _ = dialect.hear(frame, |heard| {
                if let Heard::State(state) = heard {
                    let _ = update::survey(state, |client, clock| {
                        if let Some(kept) = ledger::writer(client).and_then(|w| kept.get_mut(w)) {
                            *kept = clock;
                        }
                    });
                    told.set(true);
                }
            });
        },
        |_| told.get(),
    )?;
    Ok(kept)
}
