//! A long history is written over one socket, an edit an update, as fast as the
//! server acknowledges: at most so many (`--window`) are under way.
//!
//! Acknowledged is what the author heard of again: its echo, or a message that says
//! "taken". The edits are counted in ten slices; an edit should not cost more in the
//! last than in the first. What the server has in the end is compared with what the
//! trace comes to.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact, Update};

use super::Scenario;
use crate::load::contestant::Contestant;
use crate::load::dialect::{Dialect, Heard};
use crate::load::exchange::Exchange;
use crate::load::meeting::{Meeting, Shape, name};
use crate::load::server::Server;
use crate::load::{Bench, History, Trouble, update};
use crate::trace::client::ROOT;

/// So many edits may be under way, unless `--window` says otherwise.
pub const WINDOW: usize = 256;

const SLICES: usize = 10;

/// Whoever needs longer is stopped; what was written until then is told.
const LIMIT: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(60);

/// How far an author is, or an echo: its characters, and what is deleted of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    written: u32,
    deleted: u32,
}

pub fn run(bench: &mut Bench) -> Result<(), Trouble> {
    let history = bench.history()?;
    bench.in_turn(
        Scenario::Ingest,
        Contestant::has_documents,
        |bench, contestant| {
            let house = bench.house(contestant, &[])?;
            let slices = write(&house.server, &history, history.updates.len(), bench.window)?;
            if slices.iter().map(|slice| slice.edits).sum::<usize>() == history.updates.len() {
                compare(&house.server, &history)?;
            }
            let mut note = |what: &str, digits, value| {
                let scenario = Scenario::Ingest.name();
                bench
                    .report
                    .note(scenario, contestant.name(), what, digits, value);
            };
            let all: f64 = slices.iter().map(|slice| slice.cpu).sum();
            let time: f64 = slices.iter().map(|slice| slice.time).sum();
            let edits = slices.iter().map(|slice| slice.edits).sum::<usize>() as f64;
            note("edits written", 0, edits);
            note("CPU µs an edit", 2, all * 1e6 / edits);
            for (number, slice) in slices.iter().enumerate() {
                let what = format!("CPU µs an edit, slice {}", number + 1);
                note(&what, 2, slice.cpu * 1e6 / slice.edits.max(1) as f64);
            }
            note("edits a second", 0, edits / time);
            Ok(())
        },
    );
    Ok(())
}

/// A tenth of the history.
pub struct Slice {
    edits: usize,
    cpu: f64,
    time: f64,
}

/// What comes back of what was sent.
struct Echo {
    dialect: Dialect,
    marks: Vec<Mark>,
    heard: Mark,
    acknowledged: usize,
}

/// Writes the first edits of a history, so many at a time, and says what each tenth took, of as many as were written in
/// the time there is.
pub fn write(
    server: &Server,
    history: &History,
    edits: usize,
    window: usize,
) -> Result<Vec<Slice>, Trouble> {
    let shape = Shape {
        rooms: 1,
        writers: 0,
        readers: 1,
    };
    let mut exchange = Meeting::gather(server, shape)?.exchange;
    let dialect = server.dialect();
    let mut echo = Echo {
        dialect,
        marks: marks(history)?,
        heard: Mark::default(),
        acknowledged: 0,
    };
    let mut slices = Vec::new();
    let (mut sent, mut last) = (0, Instant::now());
    let start = Instant::now();
    for number in 1..=SLICES {
        if start.elapsed() > LIMIT {
            break;
        }
        let (began, before) = (Instant::now(), server.gauge().cpu()?);
        let (from, to) = (echo.acknowledged, edits * number / SLICES);
        while echo.acknowledged < to && start.elapsed() < LIMIT {
            let mut frames = Vec::new();
            while sent < edits && sent < echo.acknowledged + window {
                dialect.put_update(&mut frames, &name(0), &history.updates[sent]);
                sent += 1;
            }
            if !frames.is_empty() {
                exchange.send(0, &frames)?;
                last = Instant::now();
            }
            let mut noted = Ok(());
            exchange.hear(Duration::from_millis(100), &mut |_, _, frame| {
                if let Err(error) = echo.hear(frame) {
                    noted = Err(error);
                }
            })?;
            noted?;
            if last.elapsed() > PATIENCE {
                let got = echo.acknowledged;
                return Err(format!("{got} of {edits} edits were acknowledged").into());
            }
        }
        slices.push(Slice {
            edits: echo.acknowledged - from,
            cpu: server.gauge().cpu()?.since(&before),
            time: began.elapsed().as_secs_f64(),
        });
    }
    Ok(slices)
}

/// Complains if the server does not have what the history comes to.
fn compare(server: &Server, history: &History) -> Result<(), Trouble> {
    let dialect = server.dialect();
    let mut exchange = Exchange::new()?;
    let hello = dialect.hello(&name(0));
    exchange.knock(server.address(), &dialect.path(&name(0)), hello)?;
    let state = RefCell::new(None);
    exchange.hear_until(
        "the server said what it has",
        PATIENCE,
        &mut |_, _, frame| {
            let _ = dialect.hear(frame, |heard| {
                if let Heard::State(told) = heard {
                    state.replace(Some(told.to_vec()));
                }
            });
        },
        |_| state.borrow().is_some(),
    )?;
    let doc = Doc::new();
    let text = doc.get_or_insert_text(ROOT);
    let update = Update::decode_v1(&state.take().unwrap_or_default())?;
    doc.transact_mut().apply_update(update)?;
    match text.get_string(&doc.transact()) == history.content {
        true => Ok(()),
        false => Err("the server has another text in the end than was written".into()),
    }
}

/// How far the author is after each edit.
fn marks(history: &History) -> Result<Vec<Mark>, Trouble> {
    let mut mark = Mark::default();
    let mut marks = Vec::with_capacity(history.updates.len());
    for edit in &history.updates {
        mark.follow(edit)?;
        marks.push(mark);
    }
    Ok(marks)
}

impl Mark {
    fn follow(&mut self, edit: &[u8]) -> Result<(), Trouble> {
        let mut written = self.written;
        self.deleted += update::survey(edit, |_, clock| written = written.max(clock))?;
        self.written = written;
        Ok(())
    }
}

impl Echo {
    fn hear(&mut self, frame: &[u8]) -> Result<(), Trouble> {
        let dialect = self.dialect;
        let mut followed = Ok(());
        let mut taken = 0;
        let mut denied = false;
        dialect.hear(frame, |heard| match heard {
            Heard::Update(update) if dialect.echoes() => followed = self.heard.follow(update),
            Heard::Taken => taken += 1,
            Heard::Denied => denied = true,
            _ => {}
        })?;
        followed?;
        if denied {
            return Err("an edit was refused".into());
        }
        self.acknowledged += taken;
        while dialect.echoes()
            && let Some(mark) = self.marks.get(self.acknowledged)
            && mark.written <= self.heard.written
            && mark.deleted <= self.heard.deleted
        {
            self.acknowledged += 1;
        }
        Ok(())
    }
}
