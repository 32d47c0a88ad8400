//! People in documents: the same number in each, of whom some write.
//!
//! Two ways to write. In a *closed loop* a writer writes again as soon as everybody
//! else in its document has what it wrote: as fast as the server carries it, with no
//! queue anywhere. In an *open loop* everybody writes at a pace, come what may.

use std::time::{Duration, Instant};

use super::Trouble;
use super::dialect::{Dialect, Heard};
use super::exchange::Exchange;
use super::gauge::Gauge;
use super::ledger::{Ledger, Seat};
use super::server::Server;

/// A change that takes longer is taken for lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many enter at once.
const AT_ONCE: usize = 100;

/// The part of a measurement that goes before it, to warm up.
const WARM_UP: u32 = 5;

/// How many sit where.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub rooms: usize,
    pub writers: usize,
    pub readers: usize,
}

/// People in documents of one server.
pub struct Meeting {
    pub exchange: Exchange,
    pub ledger: Ledger,
    gauge: Gauge,
    dialect: Dialect,
    shape: Shape,
    frames: Vec<u8>,
    /// What those who came later were told at first: bytes of it, by arrival.
    pub guests: Vec<usize>,
    /// By line: how many of its updates the server says it has taken.
    pub taken: Vec<u32>,
}

/// What a while of it showed.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// Microseconds of the server's CPU a delivery.
    pub cpu: f64,
    pub per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
}

impl Meeting {
    /// Everybody enters and has the document.
    pub fn gather(server: &Server, shape: Shape) -> Result<Self, Trouble> {
        let people = shape.writers + shape.readers;
        let dialect = server.dialect();
        let mut exchange = Exchange::new()?;
        let mut present = 0;
        for line in 0..shape.rooms * people {
            let document = name(line / people);
            if line % people == 0 {
                server.prepare(&document)?;
            }
            let hello = dialect.hello(&document);
            exchange.knock(server.address(), &dialect.path(&document), hello)?;
            let all = line + 1;
            if all % AT_ONCE == 0 || all == shape.rooms * people {
                welcome(&mut exchange, dialect, &mut present, all)?;
            }
        }
        Ok(Self {
            exchange,
            ledger: Ledger::of(shape.rooms, shape.writers, people),
            gauge: server.gauge(),
            dialect,
            shape,
            frames: Vec::new(),
            guests: Vec::new(),
            taken: vec![0; shape.rooms * people],
        })
    }

    /// Somebody more comes to the first document, and only listens.
    pub fn admit(&mut self, server: &Server) -> Result<(), Trouble> {
        let document = name(0);
        let path = self.dialect.path(&document);
        let hello = self.dialect.hello(&document);
        self.guests.push(0);
        self.exchange.knock(server.address(), &path, hello)?;
        Ok(())
    }

    /// A document is filled by the first person in it, with one update.
    pub fn fill(&mut self, room: usize, update: &[u8]) -> Result<(), Trouble> {
        let mut frames = Vec::with_capacity(update.len() + 32);
        self.dialect.put_update(&mut frames, &name(room), update);
        self.exchange.send(room * self.people(), &frames)
    }

    /// Waits until whoever enters the first document is told so many bytes. Those who
    /// looked are gone afterwards.
    pub fn until_filled(&mut self, server: &Server, bytes: usize) -> Result<(), Trouble> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.admit(server)?;
            let guest = self.guests.len() - 1;
            while self.guests[guest] == 0 && Instant::now() < deadline {
                self.listen(Duration::from_millis(20))?;
            }
            if self.guests[guest] >= bytes {
                let seats = self.shape.rooms * self.people();
                (0..=guest).for_each(|guest| self.exchange.hang_up(seats + guest));
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{bytes} bytes were not taken in {PATIENCE:?}").into())
    }

    /// Somebody leaves without a word.
    pub fn leave(&mut self, line: usize) {
        self.exchange.hang_up(line);
    }

    fn people(&self) -> usize {
        self.shape.writers + self.shape.readers
    }

    /// A writer writes its next change.
    pub fn write(&mut self, seat: Seat) -> Result<(), Trouble> {
        let update = self.ledger.write(seat);
        self.frames.clear();
        self.dialect
            .put_update(&mut self.frames, &name(seat.room), &update);
        let line = seat.room * self.people() + seat.person;
        self.exchange.send(line, &self.frames)
    }

    /// Listens until something comes, for so long at most.
    pub fn listen(&mut self, wait: Duration) -> Result<(), Trouble> {
        let people = self.people();
        let seats = self.shape.rooms * people;
        let (ledger, dialect) = (&mut self.ledger, self.dialect);
        let (guests, taken) = (&mut self.guests, &mut self.taken);
        let mut noted = Ok(());
        self.exchange.hear(wait, &mut |line, now, frame| {
            if line >= seats {
                let _ = dialect.hear(frame, |heard| {
                    if let Heard::State(state) = heard {
                        guests[line - seats] = guests[line - seats].max(state.len());
                    }
                });
                return;
            }
            let seat = Seat {
                room: line / people,
                person: line % people,
            };
            let heard = dialect.hear(frame, |heard| match heard {
                Heard::Update(update) | Heard::State(update) => {
                    if let Err(error) = ledger.note(seat, now, update) {
                        noted = Err(error);
                    }
                }
                Heard::Taken => taken[line] += 1,
                _ => {}
            });
            if let Err(error) = heard {
                noted = Err(error);
            }
        })?;
        noted
    }

    /// All writers.
    pub fn writers(&self) -> Vec<Seat> {
        let Shape { rooms, writers, .. } = self.shape;
        let seats = 0..rooms * writers;
        seats
            .map(|seat| Seat {
                room: seat / writers,
                person: seat % writers,
            })
            .collect()
    }

    /// Writes in a closed loop for so long, after a warm-up.
    pub fn in_closed_loop(&mut self, time: Duration) -> Result<Course, Trouble> {
        self.ledger.ready = self.writers();
        self.circulate(time / WARM_UP)?;
        self.ledger.begin_to_count();
        let (began, before) = (Instant::now(), self.gauge.cpu()?);
        self.circulate(time)?;
        let cpu = self.gauge.cpu()?.since(&before);
        self.course(cpu, began.elapsed())
    }

    fn circulate(&mut self, time: Duration) -> Result<(), Trouble> {
        let began = Instant::now();
        let mut last = began;
        while began.elapsed() < time {
            let ready = std::mem::take(&mut self.ledger.ready);
            for seat in &ready {
                self.write(*seat)?;
                last = Instant::now();
            }
            self.listen(Duration::from_millis(100))?;
            if last.elapsed() > PATIENCE {
                let missing = self.ledger.missing();
                return Err(format!("{missing} changes did not arrive in {PATIENCE:?}").into());
            }
        }
        Ok(())
    }

    /// Everybody writes at a pace, not at once, for so long, after a warm-up.
    pub fn in_open_loop(&mut self, per_second: f64, time: Duration) -> Result<Course, Trouble> {
        let mut pace = Pace::of(self.writers(), per_second);
        self.keep(&mut pace, time / WARM_UP)?;
        self.ledger.begin_to_count();
        let (began, before) = (Instant::now(), self.gauge.cpu()?);
        self.keep(&mut pace, time)?;
        let cpu = self.gauge.cpu()?.since(&before);
        let course = self.course(cpu, began.elapsed())?;
        self.settle(PATIENCE)?;
        Ok(course)
    }

    /// Everybody writes and listens for so long.
    pub fn keep(&mut self, pace: &mut Pace<Seat>, time: Duration) -> Result<(), Trouble> {
        pace.keep(time, |due| match due {
            Due::Turn(seat) => self.write(*seat),
            Due::Wait(wait) => self.listen(wait),
        })
    }

    /// Listens until everybody has everything.
    pub fn settle(&mut self, patience: Duration) -> Result<(), Trouble> {
        let deadline = Instant::now() + patience;
        while self.ledger.missing() > 0 {
            if Instant::now() > deadline {
                let missing = self.ledger.missing();
                return Err(format!("{missing} changes did not arrive in {patience:?}").into());
            }
            self.listen(Duration::from_millis(20))?;
        }
        Ok(())
    }

    fn course(&mut self, cpu: f64, time: Duration) -> Result<Course, Trouble> {
        // Whoever is alone hears of nobody but themselves.
        let deliveries = match self.people() {
            1 => self.ledger.echoes as f64,
            _ => self.ledger.deliveries as f64,
        };
        if deliveries == 0.0 {
            return Err("nothing arrived".into());
        }
        Ok(Course {
            cpu: cpu * 1e6 / deliveries,
            per_second: deliveries / time.as_secs_f64(),
            p50: self.ledger.latency(50),
            p99: self.ledger.latency(99),
        })
    }
}

/// The name of a room's document.
pub fn name(room: usize) -> String {
    format!("load-{room}")
}

/// Waits until `all` lines are open and have what the server has.
fn welcome(
    exchange: &mut Exchange,
    dialect: Dialect,
    present: &mut usize,
    all: usize,
) -> Result<(), Trouble> {
    let told = std::cell::Cell::new(*present);
    let denied = std::cell::Cell::new(false);
    exchange.hear_until(
        "everybody was in",
        PATIENCE,
        &mut |_, _, frame| {
            let heard = dialect.hear(frame, |heard| match heard {
                Heard::State(_) => told.set(told.get() + 1),
                Heard::Denied => denied.set(true),
                _ => {}
            });
            denied.set(denied.get() || heard.is_err());
        },
        |exchange| {
            denied.get()
                || match dialect.has_documents() {
                    true => told.get() >= all,
                    false => (*present..all).all(|line| exchange.is_open(line)),
                }
        },
    )?;
    *present = all;
    match denied.get() {
        true => Err("the server does not let us in".into()),
        false => Ok(()),
    }
}

/// Turns that are taken at a pace, each in its own place in the period.
pub struct Pace<T> {
    turns: Vec<T>,
    gap: Duration,
    next: Instant,
    number: usize,
}

/// What is to be done next.
pub enum Due<'a, T> {
    /// Somebody's turn.
    Turn(&'a T),
    /// Nothing, for so long.
    Wait(Duration),
}

impl<T> Pace<T> {
    /// Each of `turns` comes so many times a second.
    pub fn of(turns: Vec<T>, per_second: f64) -> Self {
        Self {
            gap: Duration::from_secs_f64(1.0 / per_second / turns.len().max(1) as f64),
            turns,
            next: Instant::now(),
            number: 0,
        }
    }

    /// Says for so long what is due, which is done at once.
    pub fn keep(
        &mut self,
        time: Duration,
        mut due: impl FnMut(Due<'_, T>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let began = Instant::now();
        self.next = self.next.max(began);
        while began.elapsed() < time {
            let now = Instant::now();
            while self.next <= now {
                due(Due::Turn(&self.turns[self.number % self.turns.len()]))?;
                self.number += 1;
                self.next += self.gap;
            }
            let rest = (began + time).min(self.next);
            due(Due::Wait(rest.saturating_duration_since(now)))?;
        }
        Ok(())
    }
}
