//! What comes in from one socket, metered.
//!
//! Four things happen to the byte stream before actix-web-actors buffers it: the
//! [`FrameWatch`] refuses a bad header at once, the stream pauses while more than
//! the connection's credit of finished messages waits for the document, it pauses
//! while the connection is over its [budget](super::budget), and a message that
//! will be large waits for its share of the memory that all of them have. A flood
//! waits in TCP, not in our memory. The message being received is not counted
//! against credit, so one large message gets through.
//!
//! A message that has begun must go on: one that hardly grows is refused, and sooner
//! where others wait for the memory that it holds.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use futures_util::{FutureExt, Stream};
use tokio::time::Sleep;

use crate::live::arrears::Borrowed;
use crate::live::budget::Pace;
use crate::live::memory_budget::{Portion, Question, Share};
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::frame::{FrameWatch, Passed};

/// What a message costs beside its bytes while it waits: of tiny ones a credit's
/// worth of bytes would be many megabytes.
const MESSAGE_COST: usize = 128;

/// A message up to this size, in bytes, is let in without a share of the memory for
/// large ones.
pub const FREE_BYTES: usize = 64 << 10;

/// Of a message that has begun this much must come in a while, or all of it, in
/// bytes;
const LEAST_COME: usize = 64 << 10;

/// or, while somebody waits for memory, this part of it.
const PERIODS: usize = 8;

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
    /// The memory of a large message.
    _share: Option<Share>,
}

impl Charge {
    /// The same share, for so many bytes.
    pub fn for_bytes(mut self, bytes: usize) -> Self {
        let account = &self.account;
        account.used.fetch_add(bytes, Ordering::AcqRel);
        account.used.fetch_sub(self.bytes, Ordering::AcqRel);
        account.waker.wake();
        self.bytes = bytes;
        self
    }
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
    memory: Portion,
    watched: Rc<RefCell<Watched>>,
}

/// A message that has begun.
#[derive(Debug)]
struct Coming {
    /// How large it can become.
    bytes: usize,
    /// When this period began, and the bytes that came since.
    since: Instant,
    come: usize,
}

/// What of a chunk is held back, since a large message begins with it.
#[derive(Debug)]
struct HeldBack {
    bytes: Bytes,
    /// How many of them the watch has seen.
    looked: usize,
    /// How much memory its message needs.
    needs: usize,
}

#[derive(Debug)]
struct Watched {
    watch: FrameWatch,
    /// The frames that ended and were not taken yet, in order: what they cost, and
    /// the share of the message that ended.
    ended: VecDeque<(usize, Option<Share>)>,
    held_back: Option<HeldBack>,
    coming: Option<Coming>,
    /// The share of the message that is coming.
    share: Option<Share>,
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
    /// for them out of `purse`, and has `memory` for large messages.
    pub fn new(credit: usize, frame_bytes: usize, purse: Borrowed, memory: Portion) -> Self {
        Self {
            account: Arc::new(Account {
                limit: credit,
                used: AtomicUsize::new(0),
                waker: AtomicWaker::new(),
            }),
            memory,
            watched: Rc::new(RefCell::new(Watched {
                watch: FrameWatch::new(frame_bytes).stops_at(FREE_BYTES),
                ended: VecDeque::new(),
                held_back: None,
                coming: None,
                share: None,
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
            waits: None,
        }
    }

    /// The charge for the next frame that the codec handed over. The codec makes
    /// exactly one message of each frame, in order.
    pub fn take(&self) -> Charge {
        let ended = self.watched.borrow_mut().ended.pop_front();
        let (bytes, share) = ended.unwrap_or_default();
        Charge {
            account: Arc::clone(&self.account),
            bytes,
            _share: share,
        }
    }

    /// Whether a message has begun and hardly goes on. To be asked about every
    /// second; a client has `patience` for some of it.
    pub fn dawdles(&self, now: Instant, patience: Duration) -> bool {
        let mut watched = self.watched.borrow_mut();
        let paused = watched.paused;
        let Some(coming) = &mut watched.coming else {
            return false;
        };
        if paused {
            // It was us who did not listen.
            (coming.since, coming.come) = (now, 0);
        }
        if now.saturating_duration_since(coming.since) < patience {
            return false;
        }
        let least = match self.memory.is_short() {
            true => LEAST_COME.max(coming.bytes / PERIODS),
            false => LEAST_COME,
        };
        let dawdles = coming.come < least;
        (coming.since, coming.come) = (now, 0);
        dawdles
    }

    /// Says that nobody reads frames any more. Returns what the watch found, if
    /// that is why.
    pub fn cut(&self) -> Option<Refusal> {
        let mut watched = self.watched.borrow_mut();
        watched.cut = true;
        watched.share = None;
        watched.refusal.clone()
    }

    /// Whether anything came since this was asked last, or could not come because
    /// nobody listened.
    pub fn take_heard(&self) -> bool {
        let mut watched = self.watched.borrow_mut();
        std::mem::take(&mut watched.heard) || watched.paused
    }

    /// Whether the connection is not read at the moment.
    pub fn is_paused(&self) -> bool {
        self.watched.borrow().paused
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
    /// What a large message waits for.
    waits: Option<BoxFuture<'static, Option<Share>>>,
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
        if let Some(needs) = watched.held_back.as_ref().map(|held| held.needs)
            && !watched.over
        {
            let memory = this.intake.memory.clone();
            let share = async move { memory.share(needs, Question::new().0).await };
            let waits = this.waits.get_or_insert_with(|| share.boxed());
            let Poll::Ready(share) = waits.as_mut().poll(cx) else {
                watched.paused = true;
                return Poll::Pending;
            };
            (this.waits, watched.share) = (None, share);
            return watched.go_on(account, Instant::now());
        }
        if !watched.over {
            let polled = Pin::new(&mut *this.stream.borrow_mut()).poll_next(cx);
            match polled {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(chunk))) => {
                    return watched.look_at(chunk, account, Instant::now());
                }
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
    /// Counts a chunk and passes on what is sound of it.
    fn look_at(
        &mut self,
        chunk: Bytes,
        account: &Account,
        now: Instant,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        self.heard = true;
        self.purse.spend(0, chunk.len());
        self.pass(chunk, 0, account, now)
    }

    /// Passes on what was held back.
    fn go_on(
        &mut self,
        account: &Account,
        now: Instant,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        match self.held_back.take() {
            Some(held) => self.pass(held.bytes, held.looked, account, now),
            None => Poll::Pending,
        }
    }

    /// Counts the frames of a chunk, of which so many bytes were looked at already,
    /// up to a message that will be large.
    fn pass(
        &mut self,
        mut chunk: Bytes,
        looked: usize,
        account: &Account,
        now: Instant,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let Self {
            watch,
            ended,
            share,
            coming,
            ..
        } = self;
        let (before, data) = (ended.len(), watch.data());
        let passed = watch.pass(&chunk[looked..], |frame| {
            let bytes = frame.bytes + MESSAGE_COST;
            account.used.fetch_add(bytes, Ordering::AcqRel);
            let share = if frame.message {
                *coming = None;
                share.take()
            } else {
                None
            };
            ended.push_back((bytes, share));
        });
        self.purse.spend(ended.len() - before, 0);
        match passed {
            Ok(Passed::All) => {}
            Ok(Passed::Large {
                before,
                looked: seen,
                bytes,
            }) => {
                // What begins in an earlier chunk is a part of its header.
                let at = if before == 0 { 0 } else { looked + before };
                self.held_back = Some(HeldBack {
                    bytes: chunk.split_off(at),
                    looked: looked + seen - at,
                    needs: bytes,
                });
                self.coming = Some(Coming {
                    bytes,
                    since: now,
                    come: 0,
                });
            }
            Err(unsound) => {
                self.refusal = Some(unsound.refusal);
                self.over = true;
                chunk.truncate(looked + unsound.sound);
            }
        }
        match (self.watch.is_within_message(), &mut self.coming) {
            // Pings between fragments, and fragments of nothing, are no progress.
            (true, Some(coming)) => coming.come += (self.watch.data() - data) as usize,
            (true, coming @ None) => {
                *coming = Some(Coming {
                    bytes: 0,
                    since: now,
                    come: 0,
                });
            }
            (false, coming) => *coming = None,
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}
