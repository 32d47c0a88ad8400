//! How frames leave an outbox: straight to the socket while nothing waits, or by way of
//! the connection's task, which waits until the socket takes more.
//!
//! Frames leave whole and in order, whichever way each piece of them takes: the short
//! way is free only while the task has nothing of ours, and a frame that was begun is
//! finished before anything else.

use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};

use super::lag::{Behind, Pace};
use super::load::Count;
use super::{Kind, Outbox, Queued};

/// Small frames are joined into writes of up to this many bytes, and large ones
/// are handed over in pieces of this size.
pub(super) const WRITE_BYTES: usize = 32 << 10;

/// So much is written straight to the socket at once, in bytes: others on this thread
/// wait meanwhile.
const AT_ONCE: usize = 256 << 10;

impl Outbox {
    /// Queues a frame, unless it leaves at once.
    pub(super) fn push(&self, frame: Bytes, kind: Kind) {
        if self.closing.get() {
            return;
        }
        // A ping or pong waits for its turn, in which a later one may replace it: one
        // that was begun could not be replaced.
        let at_once = !matches!(kind, Kind::Control) && self.queue.borrow().is_empty();
        let written = match at_once {
            true => self.write_at_once(&frame),
            false => 0,
        };
        self.follow(written, frame, kind);
    }

    /// Queues what is left of a frame of which so many bytes were written.
    pub(super) fn follow(&self, written: usize, mut frame: Bytes, kind: Kind) {
        if written == frame.len() {
            // Nobody is woken by an empty queue, and with one it is time to make up for
            // what was missed meanwhile.
            if self.stale.borrow().is_some() {
                self.wake();
            }
            return;
        }
        frame.advance(written);
        // The rest of a frame that was begun comes first, whatever happens.
        self.begun.set(self.begun.get() || written > 0);
        if let Some(load) = self.load_of(&kind) {
            load.count_in(frame.len());
        }
        self.queue.borrow_mut().push_back(Queued { frame, kind });
        self.wake();
    }

    /// What the socket takes at once, in bytes. Only for the first of what waits:
    /// nothing may overtake it.
    pub(super) fn write_at_once(&self, frame: &[u8]) -> usize {
        let Some(shortcut) = &self.shortcut else {
            return 0;
        };
        let written = shortcut.write(&frame[..frame.len().min(AT_ONCE)]);
        self.took(written);
        written
    }

    /// Writes what waits straight to the socket, as far as it takes it.
    fn write_waiting(&self) {
        let mut room = AT_ONCE;
        while room > 0 {
            let Some(frame) = self.queue.borrow().front().map(|first| first.frame.clone()) else {
                return;
            };
            let written = self.write_at_once(&frame[..frame.len().min(room)]);
            if written == 0 {
                return;
            }
            room -= written;
            self.cut(written);
        }
    }

    /// The connection's task may have something to write from now on.
    pub fn blocks_shortcut(&self) {
        if let Some(shortcut) = &self.shortcut {
            shortcut.blocks();
        }
    }

    /// The next bytes for the connection's task to write, which waits until the socket takes them:
    /// one frame shared as it is, several small ones joined, or a piece of a large one.
    pub fn poll_write(&self, cx: &mut Context<'_>) -> Poll<Bytes> {
        self.write_waiting();
        let Some(first) = self.pop(WRITE_BYTES) else {
            self.ask_for_missed();
            *self.waker.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        };
        self.blocks_shortcut();
        let fits = |room: usize| {
            self.queue
                .borrow()
                .front()
                .is_some_and(|queued| queued.frame.len() <= room)
        };
        if !fits(WRITE_BYTES - first.len()) {
            return Poll::Ready(first);
        }
        let mut joined = BytesMut::with_capacity(4 * first.len().max(256));
        joined.extend_from_slice(&first);
        while fits(WRITE_BYTES - joined.len()) {
            let room = WRITE_BYTES - joined.len();
            match self.pop(room) {
                Some(frame) => joined.extend_from_slice(&frame),
                None => break,
            }
        }
        Poll::Ready(joined.freeze())
    }

    /// The connection has taken everything: the time to make up for the rest.
    fn ask_for_missed(&self) {
        let ask = self.ask.borrow();
        let Some(ask) = ask.as_ref().filter(|_| !self.closing.get()) else {
            return;
        };
        let mut pace = self.pace.borrow_mut();
        let updates = match std::mem::take(&mut *pace) {
            Pace::Behind(missed) => {
                *pace = Pace::Asked;
                Some(missed)
            }
            other => {
                *pace = other;
                None
            }
        };
        drop(pace);
        let presence = match self.asked_presence.get() {
            true => None,
            false => self.stale.borrow_mut().take(),
        };
        if updates.is_none() && presence.is_none() {
            return;
        }
        self.asked_presence
            .set(self.asked_presence.get() || presence.is_some());
        ask(Behind { updates, presence });
    }

    fn pop(&self, at_most: usize) -> Option<Bytes> {
        let piece = self.cut(at_most)?;
        self.took(piece.len());
        Some(piece)
    }

    /// Takes a piece off the first frame.
    fn cut(&self, at_most: usize) -> Option<Bytes> {
        let mut queue = self.queue.borrow_mut();
        let front = queue.front_mut()?;
        // Our own pings and pongs say nothing of who reads.
        let counts = !matches!(front.kind, Kind::Control);
        self.read.set(self.read.get() || counts);
        let piece = front.frame.split_to(front.frame.len().min(at_most));
        let is_last = front.frame.is_empty();
        if let Some(load) = self.load_of(&front.kind) {
            load.count_out(piece.len(), is_last);
        }
        self.begun.set(!is_last);
        if is_last {
            queue.pop_front();
        }
        Some(piece)
    }

    /// The connection took so much of what is for it.
    fn took(&self, bytes: usize) {
        if let Some((since, taken)) = self.waiting.get() {
            self.waiting.set(Some((since, taken + bytes)));
        }
    }
}
