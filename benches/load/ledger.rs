//! Who has which change of whom: counts deliveries and times them.
//!
//! Every writer writes under an id of its own and a character a change, so its
//! clock counts its changes, and per reader and writer the highest clock seen says
//! how many are new. A document's people are numbered from 0, writers first.

use std::time::Instant;

use super::Trouble;
use super::update;

/// The id of a document's first writer; the others follow.
const FIRST_WRITER: u64 = 1000;

/// Where somebody sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub room: usize,
    pub person: usize,
}

/// How far the changes of a writer came.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub sent: u32,
    pub echoed: u32,
    pub relayed: u32,
}

/// Which person of a room writes under this id, if it is a writer's.
pub fn writer(client: u64) -> Option<usize> {
    usize::try_from(client.checked_sub(FIRST_WRITER)?).ok()
}

/// What has happened in rooms of one size.
pub struct Ledger {
    writers: usize,
    people: usize,
    /// By room, person and writer: how far this person has that one's changes.
    seen: Vec<u32>,
    /// By room and writer: when each change was sent.
    sent: Vec<Vec<Instant>>,
    /// By room and writer: how many have not got the latest change.
    left: Vec<usize>,
    /// Writers whose latest change everybody has.
    pub ready: Vec<Seat>,
    /// Changes that readers had for the first time.
    pub deliveries: u64,
    /// Changes that their authors heard of.
    pub echoes: u64,
    /// Microseconds from write to read of deliveries, and of echoes.
    latencies: Vec<u32>,
    echo_latencies: Vec<u32>,
}

impl Ledger {
    /// Of `rooms` in which `people` sit, of whom `writers` write.
    pub fn of(rooms: usize, writers: usize, people: usize) -> Self {
        Self {
            writers,
            people,
            seen: vec![0; rooms * people * writers],
            sent: vec![Vec::new(); rooms * writers],
            left: vec![0; rooms * writers],
            ready: Vec::new(),
            deliveries: 0,
            echoes: 0,
            latencies: Vec::new(),
            echo_latencies: Vec::new(),
        }
    }

    /// The next change of a writer, as an update, sent now.
    pub fn write(&mut self, seat: Seat) -> Vec<u8> {
        let writer = seat.room * self.writers + seat.person;
        let clock = self.sent[writer].len() as u32;
        self.sent[writer].push(Instant::now());
        self.left[writer] = self.people - 1;
        update::append(FIRST_WRITER + seat.person as u64, clock, "x")
    }

    /// Somebody has heard an update.
    pub fn note(&mut self, seat: Seat, now: Instant, update: &[u8]) -> Result<(), Trouble> {
        update::survey(update, |client, clock| {
            if let Some(writer) = writer(client).filter(|writer| *writer < self.writers) {
                self.heard(seat, writer, clock, now);
            }
        })?;
        Ok(())
    }

    fn heard(&mut self, seat: Seat, writer: usize, clock: u32, now: Instant) {
        let row = (seat.room * self.people + seat.person) * self.writers;
        let seen = &mut self.seen[row + writer];
        if clock <= *seen {
            return;
        }
        let old = std::mem::replace(seen, clock);
        let author = seat.room * self.writers + writer;
        let sent = &self.sent[author];
        let is_echo = seat.person == writer;
        let news = &sent[old as usize..(clock as usize).min(sent.len())];
        let latencies = news
            .iter()
            .map(|sent| now.saturating_duration_since(*sent).as_micros() as u32);
        if is_echo {
            self.echoes += news.len() as u64;
            self.echo_latencies.extend(latencies);
            return;
        }
        self.deliveries += news.len() as u64;
        self.latencies.extend(latencies);
        if clock as usize == sent.len() {
            self.left[author] -= 1;
            if self.left[author] == 0 {
                let person = writer;
                self.ready.push(Seat { person, ..seat });
            }
        }
    }

    /// How many changes of all were sent, and how many of them readers lack.
    pub fn missing(&self) -> u64 {
        let mut missing = 0;
        for (row, seen) in self.seen.chunks(self.writers).enumerate() {
            let (room, person) = (row / self.people, row % self.people);
            for (writer, seen) in seen.iter().enumerate() {
                if writer != person {
                    let sent = self.sent[room * self.writers + writer].len() as u64;
                    missing += sent - u64::from(*seen);
                }
            }
        }
        missing
    }

    /// How many changes a writer sent, how far its author heard of them, and how far
    /// anybody else did.
    pub fn standing(&self, seat: Seat) -> Standing {
        let seen = |person: usize| {
            self.seen[(seat.room * self.people + person) * self.writers + seat.person]
        };
        let others = (0..self.people).filter(|person| *person != seat.person);
        Standing {
            sent: self.sent[seat.room * self.writers + seat.person].len() as u32,
            echoed: seen(seat.person),
            relayed: others.map(seen).max().unwrap_or(0),
        }
    }

    /// Counts from here on.
    pub fn begin_to_count(&mut self) {
        self.deliveries = 0;
        self.echoes = 0;
        self.latencies.clear();
        self.echo_latencies.clear();
    }

    /// Milliseconds that so many percent of the deliveries took at most.
    pub fn latency(&mut self, percent: usize) -> f64 {
        percentile(&mut self.latencies, percent)
    }

    /// The same of echoes.
    pub fn echo_latency(&mut self, percent: usize) -> f64 {
        percentile(&mut self.echo_latencies, percent)
    }
}

/// Of microseconds, in milliseconds; 0 of none.
pub fn percentile(micros: &mut [u32], percent: usize) -> f64 {
    micros.sort_unstable();
    let rank = (micros.len() * percent).div_ceil(100).max(1);
    micros.get(rank - 1).map_or(0.0, |at| f64::from(*at) / 1e3)
}
