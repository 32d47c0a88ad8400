//! What comes in from one socket, metered.
//!
//! Three things happen to the byte stream before actix-web-actors buffers it: the
//! [`FrameWatch`] refuses a bad header at once, the stream pauses while more than
//! the connection's credit of finished messages waits for the document, and it
//! pauses while the connection is over its [budget](super::budget). A flood waits in TCP, not
//! in our memory. The message being received is not counted against credit (its
//! size is limited by itself), so one large message gets through.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::task::AtomicWaker;
use tokio::time::Sleep;

use crate::live::arrears::Borrowed;
use crate::live::budget::Pace;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::frame::FrameWatch;

/// What a message costs beside its bytes while it waits: of tiny ones a credit's
/// worth of bytes would be many megabytes.
const MESSAGE_COST: usize = 128;

/// Bytes of one connection that wait to be handled.
#[derive(Debug)]
struct Account {
    limit: usize,
    used: AtomicUsize,
    waker: AtomicWaker,
}

/// Bytes in the hands of somebody who handles them; given back on drop, from any
/// thread.
#[derive(Debug)]
pub struct Charge {
    account: Arc<Account>,
    bytes: usize,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.used.fetch_sub(self.bytes, Ordering::AcqRel);
        self.account.waker.wake();
    }
}

/// The session's end of a [`MeteredStream`].
#[derive(Debug, Clone)]
pub struct Intake {
    account: Arc<Account>,
    watched: Rc<RefCell<Watched>>,
}

#[derive(Debug)]
struct Watched {
    watch: FrameWatch,
    /// Sizes of the frames that ended and were not taken yet, in order.
    ended: VecDeque<usize>,
    /// Why no more frames are looked at.
    refusal: Option<Refusal>,
    /// Bytes came, of however large a frame, since somebody asked.
    heard: bool,
    /// Nobody listens at the moment, so that silence says nothing.
    paused: bool,
    purse: Borrowed,
    /// The stream ended. That is told only after every frame before it was
    /// taken: what arrived is not thrown away for what came behind it.
    over: bool,
    /// Whether nobody reads the frames any more.
    cut: bool,
}

impl Intake {
    /// An intake with `credit` bytes for frames of at most `frame_bytes`, which pays
    /// for them out of `purse`.
    pub fn new(credit: usize, frame_bytes: usize, purse: Borrowed) -> Self {
        Self {
            account: Arc::new(Account {
                limit: credit,
                used: AtomicUsize::new(0),
                waker: AtomicWaker::new(),
            }),
            watched: Rc::new(RefCell::new(Watched {
                watch: FrameWatch::new(frame_bytes),
                ended: VecDeque::new(),
                refusal: None,
                heard: false,
                paused: false,
                purse,
                over: false,
                cut: false,
            })),
        }
    }

    /// Meters `stream`, which is shared with whoever drains it in the end.
    pub fn meter<S>(&self, stream: Rc<RefCell<S>>) -> MeteredStream<S> {
        MeteredStream {
            stream,
            intake: self.clone(),
            pause: None,
        }
    }

    /// The charge for the next frame that the codec handed over. The codec makes
    /// exactly one message of each frame, in order.
    pub fn take(&self) -> Charge {
        let bytes = self.watched.borrow_mut().ended.pop_front().unwrap_or(0);
        Charge {
            account: Arc::clone(&self.account),
            bytes,
        }
    }

    /// A charge for bytes that were put together from several frames.
    pub fn charge(&self, bytes: usize) -> Charge {
        self.account.used.fetch_add(bytes, Ordering::AcqRel);
        Charge {
            account: Arc::clone(&self.account),
            bytes,
        }
    }

    /// Says that nobody reads frames any more. Returns what the watch found, if
    /// that is why.
    pub fn cut(&self) -> Option<Refusal> {
        let mut watched = self.watched.borrow_mut();
        watched.cut = true;
        watched.refusal.clone()
    }

    /// Whether anything came since this was asked last, or could not come because
    /// nobody listened.
    pub fn take_heard(&self) -> bool {
        let mut watched = self.watched.borrow_mut();
        std::mem::take(&mut watched.heard) || watched.paused
    }

    /// Whether nobody reads frames any more: what comes is to be thrown away.
    pub fn is_cut(&self) -> bool {
        self.watched.borrow().cut
    }
}

/// A payload stream under the eye of an [`Intake`].
pub struct MeteredStream<S> {
    stream: Rc<RefCell<S>>,
    intake: Intake,
    /// Until when the connection is slowed down.
    pause: Option<Pin<Box<Sleep>>>,
}

impl<S> Stream for MeteredStream<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let account = &this.intake.account;
        let mut watched = this.intake.watched.borrow_mut();
        if account.used.load(Ordering::Acquire) > account.limit {
            account.waker.register(cx.waker());
            // Credit given back between the look and the registration must not
            // be missed.
            if account.used.load(Ordering::Acquire) > account.limit {
                watched.paused = true;
                return Poll::Pending;
            }
        }
        while !watched.over {
            match watched.purse.pace(Instant::now()) {
                Pace::Go => break,
                Pace::Wait(wait) => {
                    watched.paused = true;
                    let mut pause = Box::pin(tokio::time::sleep(wait));
                    if pause.as_mut().poll(cx).is_pending() {
                        this.pause = Some(pause);
                        return Poll::Pending;
                    }
                }
                Pace::Over => {
                    let reason = "this connection sends too much, and for too long";
                    watched.refusal = Some(Refusal::new(CloseCode::Policy, reason));
                    watched.over = true;
                }
            }
        }
        this.pause = None;
        watched.paused = false;
        if !watched.over {
            let polled = Pin::new(&mut *this.stream.borrow_mut()).poll_next(cx);
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(chunk))) => return watched.look_at(chunk, account),
                // A connection that broke ends like one that was closed.
                Poll::Ready(Some(Err(_)) | None) => watched.over = true,
            }
        }
        if !watched.ended.is_empty() {
            // The codec holds whole frames: it is asked for the next one as soon
            // as this one was handled, and so are we.
            return Poll::Pending;
        }
        match watched.refusal {
            Some(_) => Poll::Ready(Some(Err(PayloadError::EncodingCorrupted))),
            None => Poll::Ready(None),
        }
    }
}

impl Watched {
    /// Counts the frames of a chunk and passes on what is sound of it.
    fn look_at(
        &mut self,
        mut chunk: Bytes,
        account: &Account,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        self.heard = true;
        let ended = &mut self.ended;
        let before = ended.len();
        let passed = self.watch.pass(&chunk, |bytes| {
            let bytes = bytes + MESSAGE_COST;
            account.used.fetch_add(bytes, Ordering::AcqRel);
            ended.push_back(bytes);
        });
        self.purse.spend(ended.len() - before, chunk.len());
        if let Err(unsound) = passed {
            self.refusal = Some(unsound.refusal);
            self.over = true;
            chunk.truncate(unsound.sound);
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}
