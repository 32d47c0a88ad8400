//! What waits to be written to one socket.
//!
//! The outbox stands beside the session's mailbox: frames are encoded once,
//! shared, counted here as they queue and released as the response body takes
//! them. It belongs to one worker thread, that of its session and hub.
//!
//! Promises: never more than the window and one frame of relayed updates wait.
//! For who falls further behind, everything that waits of them is thrown away
//! and nothing more is queued; once the connection has read what it was given,
//! the document is asked for one diff from the state that it is known to have
//! ([`Behind`]), and the relay goes on behind that. Presence that cannot be
//! delivered is replaced by the latest. Who takes almost nothing for long is
//! ended. A close frame is the last thing that leaves.

mod lag;
mod leaving;
mod load;
mod patience;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::live::memory_budget::Share;
use crate::live::shortcut::Shortcut;
use crate::replica::Mark;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::frame;

use lag::Pace;
pub use lag::{Behind, Missed, Stale};
use load::{Count, Load};

/// So many relayed frames may wait, however small they are: each costs its place
/// in the queue.
const UNREAD_FRAMES: usize = 1024;

/// Bytes of presence that may wait. What comes on top is replaced by the latest
/// as soon as there is room.
const PRESENCE_BYTES: usize = 16 << 10;

/// Replies that a client may let lie before it is refused more: it asks for
/// each of them itself. Most are a few bytes.
const UNREAD_REPLIES: usize = 1024;

/// From here on, above any answer to a barrier, a reply is a large one, and one
/// more of them is refused while a window of replies waits.
const LARGE_REPLY: usize = 1200;

/// Asks for what a connection has missed.
type Ask = Box<dyn Fn(Behind)>;

/// Frames for one socket.
pub struct Outbox {
    window: usize,
    patience: Duration,
    queue: RefCell<VecDeque<Queued>>,
    /// Whether a part of the first frame was written.
    begun: Cell<bool>,
    /// Relayed updates in the queue. Replies are not counted: a joiner of a
    /// large document is not slow for being sent all of it.
    relayed: Cell<Load>,
    presence: Cell<Load>,
    replies: Cell<Load>,
    pace: RefCell<Pace>,
    stale: RefCell<Option<Stale>>,
    /// The latest presence was asked for and has not come.
    asked_presence: Cell<bool>,
    ask: RefCell<Option<Ask>>,
    closing: Cell<bool>,
    /// Whether the client should prove that it is alive.
    challenged: Cell<bool>,
    abandoned: Cell<bool>,
    /// Since when it is waited for a diff, as far as was looked.
    asked: Cell<Option<Instant>>,
    /// Since when something waits, and the bytes taken since.
    waiting: Cell<Option<(Instant, usize)>>,
    /// Something of what waited was taken since somebody asked.
    read: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    shortcut: Option<Shortcut>,
}

#[derive(Debug)]
struct Queued {
    frame: Bytes,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Relayed(Mark),
    Presence(Arc<[u64]>),
    Reply,
    /// Its memory is counted for as long as it waits.
    Large(Option<Share>),
    Control,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("queued", &self.queue.borrow().len())
            .field("pace", &self.pace)
            .field("closing", &self.closing)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// An empty outbox that holds at most `window` bytes of relayed updates, for
    /// a connection that must take something within `patience`.
    pub fn new(window: usize, patience: Duration) -> Self {
        Self {
            window,
            patience,
            queue: RefCell::default(),
            begun: Cell::new(false),
            relayed: Cell::default(),
            presence: Cell::default(),
            replies: Cell::default(),
            pace: RefCell::default(),
            stale: RefCell::default(),
            asked_presence: Cell::new(false),
            ask: RefCell::default(),
            closing: Cell::new(false),
            challenged: Cell::new(false),
            abandoned: Cell::new(false),
            asked: Cell::new(None),
            waiting: Cell::new(None),
            read: Cell::new(false),
            waker: RefCell::default(),
            shortcut: None,
        }
    }

    /// The same, with a short way to its socket.
    pub fn with_shortcut(self, shortcut: Option<Shortcut>) -> Self {
        Self { shortcut, ..self }
    }

    /// Says who is to be asked for what the connection has missed.
    pub fn ask_with(&self, ask: impl Fn(Behind) + 'static) {
        *self.ask.borrow_mut() = Some(Box::new(ask));
        self.wake();
    }

    /// Queues an update that everybody gets, or counts it as missed. `before` is
    /// where those stand who got everything before it.
    pub fn relay(&self, frame: Bytes, before: &Mark) {
        match &mut *self.pace.borrow_mut() {
            Pace::Asked => return,
            Pace::Behind(missed) => {
                missed.bytes += frame.len();
                return;
            }
            Pace::Keeping => {}
        }
        let relayed = self.relayed.get();
        if relayed.bytes > self.window || relayed.frames >= UNREAD_FRAMES {
            return self.fall_behind(frame.len(), before);
        }
        self.push(frame, Kind::Relayed(before.clone()));
    }

    /// Queues presence of these clients, or remembers that it is missing.
    pub fn announce(&self, frame: Bytes, ids: &Arc<[u64]>) {
        let keeps = matches!(*self.pace.borrow(), Pace::Keeping);
        if keeps && self.presence.get().bytes <= PRESENCE_BYTES {
            self.push(frame, Kind::Presence(Arc::clone(ids)));
        } else if !self.closing.get() {
            Stale::add(&mut self.stale.borrow_mut(), ids);
        }
    }

    /// Remembers that presence is missing; it is asked for once the rest was read.
    pub fn misses(&self, who: Stale) {
        if self.closing.get() {
            return;
        }
        Stale::join(&mut self.stale.borrow_mut(), who);
        self.wake();
    }

    /// Queues what this client asked for.
    pub fn reply(&self, frame: Bytes) {
        let replies = self.replies.get();
        let too_large = frame.len() >= LARGE_REPLY && replies.bytes > self.window;
        if too_large || replies.frames >= UNREAD_REPLIES {
            return self.close(&Refusal::new(
                CloseCode::Policy,
                "this connection asks for more than it reads",
            ));
        }
        self.push(frame, Kind::Reply);
    }

    /// Queues all that was missed, as one frame; the relay goes on behind it.
    pub fn catch_up(&self, frame: Bytes, share: Option<Share>) {
        *self.pace.borrow_mut() = Pace::Keeping;
        self.push(frame, Kind::Large(share));
    }

    /// Queues a large answer, for whose memory there is a budget.
    pub fn large(&self, frame: Bytes, share: Option<Share>) {
        self.push(frame, Kind::Large(share));
    }

    /// Queues the latest presence that was asked for, or a piece of it; `rest` is
    /// asked for once that was read.
    pub fn refresh(&self, frame: Bytes, rest: Option<Stale>) {
        self.asked_presence.set(false);
        if let Some(rest) = rest {
            self.misses(rest);
        }
        self.push(frame, Kind::Large(None));
    }

    /// Queues a ping or pong in the place of one that waits already: a client
    /// that does not read gets no second one, and of many pings the latest is
    /// answered (RFC 6455, 5.5.3).
    pub fn control(&self, frame: Bytes) {
        if self.closing.get() {
            return;
        }
        let mut queue = self.queue.borrow_mut();
        let is_control = |queued: &&mut Queued| matches!(queued.kind, Kind::Control);
        match queue.iter_mut().find(is_control) {
            Some(queued) => queued.frame = frame,
            None => {
                drop(queue);
                self.push(frame, Kind::Control);
            }
        }
    }

    /// Queues a ping of ours, in the place of one that waits. They are so few that each
    /// may be written at once.
    pub fn ping(&self, frame: Bytes) {
        let free = !self.closing.get() && self.queue.borrow().is_empty();
        match free.then(|| self.write_at_once(&frame)) {
            Some(written) if written > 0 => self.follow(written, frame, Kind::Reply),
            _ => self.control(frame),
        }
    }

    /// Wants the client to prove that it is alive; its session sees to that.
    pub fn challenge(&self) {
        self.challenged.set(true);
    }

    /// Whether the client was challenged since this was asked last.
    pub fn take_challenge(&self) -> bool {
        self.challenged.take()
    }

    /// Whether the connection took something of what waited for it, and not at once,
    /// since this was asked last.
    pub fn take_read(&self) -> bool {
        self.read.take()
    }

    /// Says why the connection ends; nothing is queued after this. Where it ends
    /// for being slow or greedy, what waited is thrown away.
    pub fn close(&self, refusal: &Refusal) {
        if self.closing.get() {
            return;
        }
        if matches!(refusal.code(), CloseCode::TryAgainLater | CloseCode::Policy) {
            // A frame that was begun must be finished, or the close frame would
            // be read as a part of it; the pieces of it carry no header.
            let keep = usize::from(self.begun.get());
            let mut queue = self.queue.borrow_mut();
            queue.truncate(keep);
            // Nobody is to wait for a share that this one holds.
            for queued in &mut *queue {
                queued.kind = Kind::Control;
            }
        }
        self.push(frame::encode_close(refusal), Kind::Control);
        self.closing.set(true);
    }

    /// Whether a close frame was queued.
    pub fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// Whether the connection is to be cut without another word.
    pub fn is_abandoned(&self) -> bool {
        self.abandoned.get()
    }

    fn fall_behind(&self, more: usize, before: &Mark) {
        let mut queue = self.queue.borrow_mut();
        let mut missed: Option<Missed> = None;
        let begun = self.begun.get();
        let all = std::mem::take(&mut *queue);
        for (at, queued) in all.into_iter().enumerate() {
            match queued.kind {
                Kind::Relayed(mark) if at > 0 || !begun => {
                    self.relayed.count_out(queued.frame.len(), true);
                    let since = || Missed {
                        since: mark,
                        bytes: 0,
                    };
                    missed.get_or_insert_with(since).bytes += queued.frame.len();
                }
                Kind::Presence(ids) if at > 0 || !begun => {
                    self.presence.count_out(queued.frame.len(), true);
                    Stale::add(&mut self.stale.borrow_mut(), &ids);
                }
                kind => queue.push_back(Queued { kind, ..queued }),
            }
        }
        let mut missed = missed.unwrap_or_else(|| Missed {
            since: before.clone(),
            bytes: 0,
        });
        missed.bytes += more;
        *self.pace.borrow_mut() = Pace::Behind(missed);
        // It may be a queue of one close frame's length from now on.
        queue.shrink_to_fit();
        drop(queue);
        self.wake();
    }

    fn load_of(&self, kind: &Kind) -> Option<&Cell<Load>> {
        match kind {
            Kind::Relayed(_) => Some(&self.relayed),
            Kind::Presence(_) => Some(&self.presence),
            Kind::Reply => Some(&self.replies),
            Kind::Large(_) | Kind::Control => None,
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}
