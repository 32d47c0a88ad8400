//! What waits to be written to one socket.
//!
//! The outbox stands beside the session's mailbox: frames are encoded once,
//! shared, counted here as they queue and released as the response body takes
//! them. It belongs to one worker thread, that of its session and hub.
//!
//! Promises: never more than the window and one frame of relayed updates wait;
//! who falls further behind is told to come back (1013) and gets the whole truth
//! on reconnecting, instead of losing an update silently. A close frame is the
//! last thing that leaves.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};

use crate::wire::close::{CloseCode, Refusal};
use crate::wire::frame;

/// Small frames are joined into writes of up to this many bytes, and large ones
/// are handed over in pieces of this size.
const WRITE_BYTES: usize = 64 << 10;

/// Replies that a client may let lie before it is refused more: it asks for
/// each of them itself. Most are a few bytes.
const UNREAD_REPLIES: usize = 1024;

/// From here on a reply is a large one, and one more of them is refused while a
/// window of replies waits.
const LARGE_REPLY: usize = 16 << 10;

/// Frames for one socket.
#[derive(Debug)]
pub struct Outbox {
    window: usize,
    queue: RefCell<VecDeque<Queued>>,
    /// Bytes of relayed frames in the queue. Replies are not counted: a joiner
    /// of a large document is not slow for being sent all of it.
    relayed: Cell<usize>,
    replies: Cell<usize>,
    reply_bytes: Cell<usize>,
    closing: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

#[derive(Debug)]
struct Queued {
    frame: Bytes,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Relayed,
    Reply,
    Control,
}

impl Outbox {
    /// An empty outbox that holds at most `window` bytes of relayed frames.
    pub fn new(window: usize) -> Self {
        Self {
            window,
            queue: RefCell::default(),
            relayed: Cell::new(0),
            replies: Cell::new(0),
            reply_bytes: Cell::new(0),
            closing: Cell::new(false),
            waker: RefCell::default(),
        }
    }

    /// Queues what everybody gets. A client that is a window behind is ended.
    pub fn relay(&self, frame: Bytes) {
        if self.relayed.get() > self.window {
            return self.close(&Refusal::new(
                CloseCode::TryAgainLater,
                "this connection reads too slowly; reconnect to catch up",
            ));
        }
        self.push(frame, Kind::Relayed);
    }

    /// Queues what this client asked for.
    pub fn reply(&self, frame: Bytes) {
        let too_large = frame.len() >= LARGE_REPLY && self.reply_bytes.get() > self.window;
        if too_large || self.replies.get() >= UNREAD_REPLIES {
            return self.close(&Refusal::new(
                CloseCode::Policy,
                "this connection asks for more than it reads",
            ));
        }
        self.push(frame, Kind::Reply);
    }

    /// Queues a ping or pong in the place of one that waits already: a client
    /// that does not read gets no second one, and of many pings the latest is
    /// answered (RFC 6455, 5.5.3).
    pub fn control(&self, frame: Bytes) {
        if self.closing.get() {
            return;
        }
        let mut queue = self.queue.borrow_mut();
        let waits = queue.iter_mut().find(|queued| queued.kind == Kind::Control);
        match waits {
            Some(queued) => queued.frame = frame,
            None => {
                drop(queue);
                self.push(frame, Kind::Control);
            }
        }
    }

    /// Says why the connection ends. What waited as relayed updates is thrown
    /// away, nothing is queued after this.
    pub fn close(&self, refusal: &Refusal) {
        if self.closing.get() {
            return;
        }
        if matches!(refusal.code(), CloseCode::TryAgainLater | CloseCode::Policy) {
            // A frame that was begun must be finished, or the close frame would
            // be read as a part of it; the pieces of it carry no header.
            self.queue.borrow_mut().truncate(1);
        }
        self.push(frame::encode_close(refusal), Kind::Control);
        self.closing.set(true);
    }

    /// Whether a close frame was queued.
    pub fn is_closing(&self) -> bool {
        self.closing.get()
    }

    fn push(&self, frame: Bytes, kind: Kind) {
        if self.closing.get() {
            return;
        }
        match kind {
            Kind::Relayed => self.relayed.set(self.relayed.get() + frame.len()),
            Kind::Reply => {
                self.replies.set(self.replies.get() + 1);
                self.reply_bytes.set(self.reply_bytes.get() + frame.len());
            }
            Kind::Control => {}
        }
        self.queue.borrow_mut().push_back(Queued { frame, kind });
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    /// The next bytes to write: one frame shared as it is, several small ones
    /// joined, or a piece of a large one.
    pub fn poll_write(&self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let Some(first) = self.pop(WRITE_BYTES) else {
            *self.waker.borrow_mut() = Some(cx.waker().clone());
            return Poll::Pending;
        };
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

    fn pop(&self, at_most: usize) -> Option<Bytes> {
        let mut queue = self.queue.borrow_mut();
        let front = queue.front_mut()?;
        let piece = front.frame.split_to(front.frame.len().min(at_most));
        let counted = match front.kind {
            Kind::Relayed => Some(&self.relayed),
            Kind::Reply => Some(&self.reply_bytes),
            Kind::Control => None,
        };
        if let Some(bytes) = counted {
            bytes.set(bytes.get().saturating_sub(piece.len()));
        }
        if front.frame.is_empty() {
            if front.kind == Kind::Reply {
                self.replies.set(self.replies.get().saturating_sub(1));
            }
            queue.pop_front();
        }
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(outbox: &Outbox) -> Vec<Bytes> {
        let mut cx = Context::from_waker(Waker::noop());
        std::iter::from_fn(|| match outbox.poll_write(&mut cx) {
            Poll::Ready(bytes) => Some(bytes),
            Poll::Pending => None,
        })
        .collect()
    }

    #[test]
    fn small_frames_leave_in_one_write_and_large_ones_in_pieces() {
        let outbox = Outbox::new(1 << 20);
        outbox.relay(Bytes::from_static(b"one"));
        outbox.relay(Bytes::from_static(b"two"));
        assert_eq!(drain(&outbox), [Bytes::from_static(b"onetwo")]);
        outbox.reply(vec![7; WRITE_BYTES + 5].into());
        let sizes: Vec<_> = drain(&outbox).iter().map(Bytes::len).collect();
        assert_eq!(sizes, [WRITE_BYTES, 5]);
        assert_eq!(outbox.relayed.get(), 0);
    }

    #[test]
    fn a_reader_that_is_a_window_behind_is_told_to_come_back() {
        let outbox = Outbox::new(10);
        for _ in 0..100 {
            outbox.relay(Bytes::from_static(b"12345678"));
        }
        assert!(outbox.is_closing());
        let written = drain(&outbox).concat();
        assert_eq!(
            &written[..8],
            b"12345678",
            "a frame that was begun is finished"
        );
        assert_eq!(written[8], 0x88, "then comes the close frame");
        assert_eq!(u16::from_be_bytes([written[10], written[11]]), 1013);
    }

    #[test]
    fn a_joiner_of_a_large_document_is_not_slow() {
        let outbox = Outbox::new(10);
        outbox.reply(vec![0; 1000].into());
        outbox.relay(Bytes::from_static(b"x"));
        assert!(!outbox.is_closing());
    }

    #[test]
    fn who_asks_for_the_whole_document_again_and_again_without_reading_is_ended() {
        let outbox = Outbox::new(1 << 20);
        let state = Bytes::from(vec![0; 2 << 20]);
        outbox.reply(state.clone());
        outbox.reply(Bytes::from_static(b"a barrier's answer"));
        assert!(!outbox.is_closing(), "a joiner who types while it loads");
        outbox.reply(state);
        assert!(outbox.is_closing());
    }

    #[test]
    fn nothing_leaves_after_the_close_frame() {
        let outbox = Outbox::new(10);
        outbox.close(&Refusal::new(CloseCode::GoingAway, "bye"));
        let before = drain(&outbox);
        outbox.relay(Bytes::from_static(b"late"));
        assert_eq!(before.len(), 1);
        assert!(drain(&outbox).is_empty());
    }
}
