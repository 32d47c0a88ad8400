//! A hundred people in one document, each moves its cursor ten times a second.
//!
//! A delivery is a state of one person that one other sees, and that is newer than
//! what it saw of that person before. Several states in one frame are several
//! deliveries; a state that was overtaken by a newer one before it was told is
//! *skipped*, which is no delivery and no loss. What must not happen is that the
//! last state of somebody does not arrive: those are counted a second after the
//! last move.
//!
//! Nobody repeats here what others showed, as some providers do.

use std::time::{Duration, Instant};

use super::Scenario;
use crate::load::contestant::Contestant;
use crate::load::cursor;
use crate::load::dialect::Heard;
use crate::load::exchange::Exchange;
use crate::load::ledger::percentile;
use crate::load::meeting::{Due, Meeting, Pace, Shape, name};
use crate::load::server::Server;
use crate::load::{Bench, Trouble};

const PER_SECOND: f64 = 10.0;

/// Nothing new comes so long after the last move.
const REST: Duration = Duration::from_secs(1);

/// The id of the first person; the others follow.
const FIRST: u64 = 1000;

/// Who saw whom move.
struct Sights {
    people: usize,
    /// By viewer and mover: the latest state seen.
    seen: Vec<u32>,
    /// By mover: when each state was sent.
    sent: Vec<Vec<Instant>>,
    deliveries: u64,
    skipped: u64,
    latencies: Vec<u32>,
}

pub fn run(bench: &mut Bench) {
    let people = bench.scaled(100, 10);
    bench.in_turn(
        Scenario::Cursors,
        |_| true,
        |bench, contestant| {
            let house = bench.house(contestant, &[])?;
            measure(bench, contestant, &house.server, people)
        },
    );
}

fn measure(
    bench: &mut Bench,
    contestant: Contestant,
    server: &Server,
    people: usize,
) -> Result<(), Trouble> {
    let shape = Shape {
        rooms: 1,
        writers: 0,
        readers: people,
    };
    let mut exchange = Meeting::gather(server, shape)?.exchange;
    let mut sights = Sights {
        people,
        seen: vec![0; people * people],
        sent: vec![Vec::new(); people],
        deliveries: 0,
        skipped: 0,
        latencies: Vec::new(),
    };
    let mut pace = Pace::of((0..people).collect(), PER_SECOND);
    let mut move_about = |sights: &mut Sights, time: Duration| {
        pace.keep(time, |due| match due {
            Due::Turn(person) => sights.moves(*person, server, &mut exchange),
            Due::Wait(wait) => sights.look(wait, server, &mut exchange),
        })
    };
    move_about(&mut sights, bench.time / 5)?;
    sights.deliveries = 0;
    sights.skipped = 0;
    sights.latencies.clear();
    let (began, before) = (Instant::now(), server.gauge().cpu()?);
    move_about(&mut sights, bench.time)?;
    let time = began.elapsed().as_secs_f64();
    let cpu = server.gauge().cpu()?.since(&before);
    let deliveries = sights.deliveries as f64;
    let skipped = sights.skipped as f64;
    let (p50, p99) = (
        percentile(&mut sights.latencies, 50),
        percentile(&mut sights.latencies, 99),
    );
    let rest = Instant::now() + bench.scaled(REST, REST / 10);
    while Instant::now() < rest {
        sights.look(Duration::from_millis(50), server, &mut exchange)?;
    }
    let lost = sights.lost() as f64 / (people * (people - 1)) as f64 * 100.0;
    let mut note = |what: &str, digits, value| {
        let what = format!("{people} people: {what}");
        let scenario = Scenario::Cursors.name();
        bench
            .report
            .note(scenario, contestant.name(), &what, digits, value);
    };
    note("CPU µs a delivery", 2, cpu * 1e6 / deliveries);
    note("deliveries a second", 0, deliveries / time);
    note("skipped, %", 1, skipped / (skipped + deliveries) * 100.0);
    note("latency p50, ms", 2, p50);
    note("latency p99, ms", 2, p99);
    note("last states that never arrived, %", 1, lost);
    Ok(())
}

impl Sights {
    fn moves(
        &mut self,
        person: usize,
        server: &Server,
        exchange: &mut Exchange,
    ) -> Result<(), Trouble> {
        self.sent[person].push(Instant::now());
        let clock = self.sent[person].len() as u32;
        let state = cursor::state(FIRST + person as u64, clock);
        let mut frames = Vec::with_capacity(state.len() + 32);
        server.dialect().put_presence(&mut frames, &name(0), &state);
        exchange.send(person, &frames)
    }

    fn look(
        &mut self,
        wait: Duration,
        server: &Server,
        exchange: &mut Exchange,
    ) -> Result<(), Trouble> {
        let dialect = server.dialect();
        let mut looked = Ok(());
        exchange.hear(wait, &mut |viewer, now, frame| {
            let heard = dialect.hear(frame, |heard| {
                if let Heard::Presence(presence) = heard
                    && let Err(error) = self.note(viewer, now, presence)
                {
                    looked = Err(error);
                }
            });
            if let Err(error) = heard {
                looked = Err(error);
            }
        })?;
        looked
    }

    fn note(&mut self, viewer: usize, now: Instant, presence: &[u8]) -> Result<(), Trouble> {
        cursor::survey(presence, |client, clock| {
            let mover = client.wrapping_sub(FIRST) as usize;
            if mover >= self.people || mover == viewer {
                return;
            }
            let seen = &mut self.seen[viewer * self.people + mover];
            if clock <= *seen {
                return;
            }
            self.skipped += u64::from(clock - *seen - 1);
            self.deliveries += 1;
            *seen = clock;
            if let Some(sent) = self.sent[mover].get(clock as usize - 1) {
                let latency = now.saturating_duration_since(*sent);
                self.latencies.push(latency.as_micros() as u32);
            }
        })
    }

    /// How many pairs of people lack the last state.
    fn lost(&self) -> usize {
        let pairs = (0..self.people).flat_map(|viewer| (0..self.people).map(move |m| (viewer, m)));
        pairs
            .filter(|(viewer, mover)| {
                viewer != mover
                    && self.seen[viewer * self.people + mover] as usize != self.sent[*mover].len()
            })
            .count()
    }
}
