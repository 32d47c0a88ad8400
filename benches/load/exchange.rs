//! All lines of the load generator, watched by one thread.
//!
//! A scenario writes, then listens for a while, then looks at what that has
//! brought; so one thread does everything and takes as little of the machine from
//! the server as it can.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::Trouble;
use super::line::Line;

/// What one reading of a socket takes at most, and how many sockets are looked at
/// in one go.
const SCRATCH: usize = 256 << 10;
const EVENTS: usize = 1024;

/// The switchboard.
pub struct Exchange {
    poll: Poll,
    events: Events,
    lines: Vec<Option<Line>>,
    scratch: Vec<u8>,
    /// How many lines were lost; by itself a loss is an error.
    pub lost: usize,
    /// Whether losses are only counted.
    pub forgiving: bool,
}

/// Who hears: the number of the line, when it was read, and a message.
pub type Ear<'a> = dyn FnMut(usize, Instant, &[u8]) + 'a;

impl Exchange {
    pub fn new() -> Result<Self, Trouble> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            lines: Vec::new(),
            scratch: vec![0; SCRATCH],
            lost: 0,
            forgiving: false,
        })
    }

    /// A new line, on which `hello` is said once the server has picked up. Lines
    /// are numbered from 0.
    pub fn knock(
        &mut self,
        server: SocketAddr,
        path: &str,
        hello: Vec<u8>,
    ) -> Result<usize, Trouble> {
        let number = self.lines.len();
        let mut line = Line::knock(server, path, hello)?;
        line.register(self.poll.registry(), Token(number))?;
        self.lines.push(Some(line));
        Ok(number)
    }

    /// Whether the server has picked up.
    pub fn is_open(&self, line: usize) -> bool {
        self.lines[line].as_ref().is_some_and(Line::is_open)
    }

    /// Sends frames on a line.
    pub fn send(&mut self, line: usize, frames: &[u8]) -> Result<(), Trouble> {
        let sent = match &mut self.lines[line] {
            Some(open) => open.write(frames),
            None => return Ok(()),
        };
        sent.or_else(|error| self.lose(line, &error))
    }

    /// Leaves without a word.
    pub fn hang_up(&mut self, line: usize) {
        self.lines[line] = None;
    }

    fn lose(&mut self, line: usize, error: &std::io::Error) -> Result<(), Trouble> {
        self.lines[line] = None;
        self.lost += 1;
        match self.forgiving {
            true => Ok(()),
            false => Err(format!("line {line} was lost: {error}").into()),
        }
    }

    /// Waits until something comes, for so long at most, and hands out what came.
    pub fn hear(&mut self, wait: Duration, each: &mut Ear<'_>) -> Result<(), Trouble> {
        let polled = self.poll.poll(&mut self.events, Some(wait));
        match polled {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        let mut lost = Vec::new();
        for event in &self.events {
            let number = event.token().0;
            let Some(line) = &mut self.lines[number] else {
                continue;
            };
            let mut heard = Ok(());
            if event.is_writable() {
                heard = line.flush();
            }
            if heard.is_ok() && event.is_readable() {
                let now = Instant::now();
                heard = line.hear(&mut self.scratch, &mut |message| each(number, now, message));
            }
            if let Err(error) = heard {
                lost.push((number, error));
            }
        }
        lost.iter()
            .try_for_each(|(number, error)| self.lose(*number, error))
    }

    /// Listens until `done` says so, or complains after `patience`.
    pub fn hear_until(
        &mut self,
        what: &str,
        patience: Duration,
        each: &mut Ear<'_>,
        mut done: impl FnMut(&Self) -> bool,
    ) -> Result<(), Trouble> {
        let deadline = Instant::now() + patience;
        while !done(self) {
            if Instant::now() > deadline {
                return Err(format!("waited {patience:?} in vain until {what}").into());
            }
            self.hear(Duration::from_millis(50), each)?;
        }
        Ok(())
    }
}
