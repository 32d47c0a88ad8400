//! Connections that ask for nothing, or do not read what they asked for.
//!
//! The HTTP library gives the first request of a connection its time and lets one
//! that rests between two requests go; but from the first byte of a second
//! request on it would wait for the rest for ever. So every connection on which
//! nothing was answered for as long as the head of a request may take is ended
//! from outside. An answer that is still being sent is no rest, as long as it is
//! read: who takes almost nothing of it for long is ended too, because others wait
//! for the memory that it takes.

use std::cell::{Cell, RefCell};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// Of an answer this much must be taken while its reader has patience: in bytes,
const LEAST_TAKEN: u64 = 64 << 10;

/// and as a part of the memory that it holds, so that this is free after so many times
/// that.
const PERIODS: u64 = 8;

/// How long a connection may do nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Ask for nothing.
    pub asking: Duration,
    /// Take almost nothing of an answer.
    pub reading: Duration,
}

/// An eye on one connection, for as long as it speaks HTTP.
pub(super) struct Watch {
    line: Rc<Line>,
    task: AbortHandle,
}

struct Line {
    patience: Patience,
    /// The connection once more, to end it with.
    socket: RefCell<Option<Socket>>,
    /// Since when nothing is answered. `None` before the first request, which
    /// the library has an eye on.
    rests_since: Cell<Option<Instant>>,
    /// The answer that is being sent.
    answer: Cell<Option<Answer>>,
}

/// How an answer is taken.
#[derive(Clone, Copy)]
struct Answer {
    bytes: u64,
    /// How much has to be taken in a period, in bytes.
    least: u64,
    /// When this period began, and the bytes taken since.
    since: Instant,
    taken: u64,
}

/// Something is being answered, as long as this lives.
pub(super) struct Busy(Rc<Line>);

/// An eye on an answer that has no end: it may rest, and what is sent in between is to be
/// taken.
pub(super) struct Eye(Rc<Line>);

impl Watch {
    /// Watches over a connection for as long as it has `patience`.
    pub fn over(stream: &TcpStream, patience: Patience) -> Self {
        let line = Rc::new(Line {
            patience,
            socket: RefCell::new(SockRef::from(stream).try_clone().ok()),
            rests_since: Cell::new(None),
            answer: Cell::new(None),
        });
        let watching = actix_web::rt::spawn(watch(Rc::clone(&line)));
        Self {
            line,
            task: watching.abort_handle(),
        }
    }

    /// A request is being answered.
    pub fn busy(&self) -> Busy {
        self.line.rests_since.set(None);
        Busy(Rc::clone(&self.line))
    }

    /// For an answer that has no end.
    pub fn eye(&self) -> Eye {
        Eye(Rc::clone(&self.line))
    }

    /// The connection speaks HTTP no more; others have an eye on it.
    pub fn ends(&self) {
        self.task.abort();
        self.line.socket.borrow_mut().take();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ends();
    }
}

impl Busy {
    /// An answer of so many bytes is ready to be sent, for which others wait with so
    /// many.
    pub fn sends(&self, bytes: u64, counted: u64) {
        self.0.sends(bytes, counted);
    }

    /// So many bytes of it were taken.
    pub fn sent(&self, bytes: usize) {
        self.0.sent(bytes);
    }
}

impl Eye {
    /// So many bytes are to be sent.
    pub fn sends(&self, bytes: u64, counted: u64) {
        self.0.sends(bytes, counted);
    }

    /// So many bytes of them were taken.
    pub fn sent(&self, bytes: usize) {
        self.0.sent(bytes);
    }

    /// All of them were taken.
    pub fn rests(&self) {
        self.0.answer.set(None);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut since = Instant::now();
        // The end of a large answer lies in buffers, and is still being read.
        if (self.0.answer.take()).is_some_and(|answer| answer.bytes > LEAST_TAKEN) {
            since += self.0.patience.reading;
        }
        self.0.rests_since.set(Some(since));
    }
}

impl Line {
    fn sends(&self, bytes: u64, counted: u64) {
        self.answer.set(Some(Answer {
            bytes,
            least: LEAST_TAKEN.max(counted / PERIODS),
            since: Instant::now(),
            taken: 0,
        }));
    }

    fn sent(&self, bytes: usize) {
        let answer = self.answer.get();
        self.answer.set(answer.map(|answer| Answer {
            taken: answer.taken + bytes as u64,
            ..answer
        }));
    }

    /// When it is to be looked at again; `None` when the connection is to be ended.
    fn look(&self, now: Instant) -> Option<Instant> {
        let patience = self.patience;
        if let Some(since) = self.rests_since.get() {
            return Some(since + patience.asking).filter(|end| *end > now);
        }
        let Some(answer) = self.answer.get() else {
            return Some(now + patience.asking.min(patience.reading));
        };
        let end = answer.since + patience.reading;
        if end > now {
            return Some(end);
        }
        if answer.taken < answer.least {
            return None;
        }
        self.answer.set(Some(Answer {
            since: now,
            taken: 0,
            ..answer
        }));
        Some(now + patience.reading)
    }
}

async fn watch(line: Rc<Line>) {
    while let Some(next) = line.look(Instant::now()) {
        sleep_until(next).await;
    }
    if let Some(socket) = line.socket.borrow_mut().take() {
        // It may be gone by itself.
        let _ = socket.shutdown(Shutdown::Both);
    }
}
