//! How much of what a connection sends is taken in before it is needed.
//!
//! The HTTP library parses all requests that it has read, however many, before the
//! first of them is answered, and a parsed request takes a hundred times its bytes;
//! so a client that sends thousands in a row and reads no answer would take memory
//! without bound. It also takes what it knows of the latest request, such as that it
//! is a HEAD, for what it is answering. Hence it is given one request at a time: the
//! head up to its empty line, the body that the head announced, and nothing until that
//! is answered. What is sent on top waits here, and in TCP.
//!
//! A WebSocket has its own accounts ([`live::intake`](crate::live)); what it sends does
//! not go through the library at all, but past it ([`inlet`](super::inlet)).

use std::cell::{Cell, Ref, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker, ready};

use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::live::Shortcut;

/// So much is read at once of a head, or of a body of unknown length, in bytes.
const PIECE: usize = 4 << 10;

/// How long the body is that a head announces, in bytes; `None` when only its end will
/// tell. The library has checked that a length is a number.
pub(super) fn announced(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    // Without either there is no body.
    let length = headers.get(CONTENT_LENGTH).map(|value| value.to_str());
    Some(length.map_or(0, |value| {
        value
            .ok()
            .and_then(|value| value.trim().parse().ok())
            .unwrap_or(u64::MAX)
    }))
}

/// The gate of one connection; clones are the same. It does not keep the connection open.
#[derive(Debug, Clone)]
pub(super) struct Gate(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    reading: Weak<RefCell<Reading>>,
    wants: Cell<Wants>,
    /// A piece was taken in; the next one is for the next turn.
    taken: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// What is taken in.
#[derive(Debug, Default, Clone, Copy)]
enum Wants {
    /// Requests, or a body of unknown length: by the piece.
    #[default]
    Pieces,
    /// So many bytes of a body.
    Body(u64),
    /// Nothing: a request is being answered, or an inlet takes everything.
    Nothing,
    /// Everything: it is a WebSocket, which has no inlet yet, or none any more.
    All,
}

/// The end of a connection that is read from, with what was read and may not go through
/// yet.
#[derive(Debug)]
pub(super) struct Reading {
    half: OwnedReadHalf,
    ahead: Bytes,
}

impl Reading {
    /// What comes next, up to what fits. Nothing more of it is the end.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.half).poll_read(cx, buf);
        }
        let most = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead.split_to(most));
        Poll::Ready(Ok(()))
    }

    /// Reads ahead, if there is nothing. `Ok` with nothing ahead is the end.
    fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let mut piece = [0; PIECE];
            let mut piece = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut self.half).poll_read(cx, &mut piece))?;
            self.ahead = Bytes::copy_from_slice(piece.filled());
        }
        Poll::Ready(Ok(()))
    }
}

impl Gate {
    fn of(reading: &Rc<RefCell<Reading>>) -> Self {
        Self(Rc::new(Inner {
            reading: Rc::downgrade(reading),
            wants: Cell::default(),
            taken: Cell::default(),
            waker: RefCell::default(),
        }))
    }

    /// A request with this head is being answered.
    pub fn answers(&self, headers: &HeaderMap) {
        self.set(match announced(headers) {
            None => Wants::Pieces,
            Some(0) => Wants::Nothing,
            Some(bytes) => Wants::Body(bytes),
        });
    }

    /// The body of the request has come.
    pub fn has_body(&self) {
        self.set(Wants::Nothing);
    }

    /// The request was answered.
    pub fn answered(&self) {
        if !matches!(self.0.wants.get(), Wants::All) {
            self.set(Wants::Pieces);
        }
    }

    /// It is a WebSocket from here on.
    pub fn opens(&self) {
        self.set(Wants::All);
    }

    /// Has what is sent from here on read past the library, which gets nothing more.
    /// `None` when the connection is gone.
    pub fn bypasses(&self) -> Option<Rc<RefCell<Reading>>> {
        let reading = self.0.reading.upgrade();
        if reading.is_some() {
            self.0.wants.set(Wants::Nothing);
        }
        reading
    }

    fn set(&self, wants: Wants) {
        self.0.wants.set(wants);
        if let Some(waker) = self.0.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    /// What may go through now; else `cx` is woken when something may.
    fn poll_wants(&self, cx: &mut Context<'_>) -> Poll<Wants> {
        match self.0.wants.get() {
            Wants::Body(0) | Wants::Nothing => {
                let mut waker = self.0.waker.borrow_mut();
                if !waker
                    .as_ref()
                    .is_some_and(|waker| waker.will_wake(cx.waker()))
                {
                    *waker = Some(cx.waker().clone());
                }
                Poll::Pending
            }
            Wants::Pieces if self.0.taken.take() => {
                // The library reads until nothing comes; it comes again next turn.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            wants => Poll::Ready(wants),
        }
    }

    fn took(&self, bytes: usize) {
        match self.0.wants.get() {
            Wants::Body(left) => {
                let left = left.saturating_sub(bytes as u64);
                self.0.wants.set(Wants::Body(left));
            }
            Wants::Pieces => self.0.taken.set(bytes > 0),
            Wants::Nothing | Wants::All => {}
        }
    }
}

/// A connection behind its gate.
#[derive(Debug)]
pub struct Gated {
    reading: Rc<RefCell<Reading>>,
    writing: Rc<RefCell<OwnedWriteHalf>>,
    shortcut: Shortcut,
    gate: Gate,
    /// Whether the line at hand is empty so far. An empty line ends a head.
    bare: bool,
}

impl Gated {
    /// Puts a connection behind a gate of its own.
    pub fn new(stream: TcpStream) -> Self {
        let (half, writing) = stream.into_split();
        let ahead = Bytes::new();
        let reading = Rc::new(RefCell::new(Reading { half, ahead }));
        let writing = Rc::new(RefCell::new(writing));
        Self {
            gate: Gate::of(&reading),
            reading,
            shortcut: Shortcut::to(&writing),
            writing,
            bare: false,
        }
    }

    /// The connection itself.
    pub fn stream(&self) -> Ref<'_, TcpStream> {
        Ref::map(self.reading.borrow(), |reading| reading.half.as_ref())
    }

    /// The way past the library, for a WebSocket.
    pub(super) fn shortcut(&self) -> &Shortcut {
        &self.shortcut
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl Gated {
    /// How much of these bytes may go through: up to the end of a head.
    fn piece(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if std::mem::replace(&mut self.bare, true) => {
                    self.bare = false;
                    return at + 1;
                }
                b'\n' | b'\r' => {}
                _ => self.bare = false,
            }
        }
        bytes.len()
    }
}

impl AsyncRead for Gated {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let wants = ready!(this.gate.poll_wants(cx));
        let reading = Rc::clone(&this.reading);
        let mut reading = reading.borrow_mut();
        let room = match wants {
            Wants::Pieces => {
                ready!(reading.poll_ahead(cx))?;
                if reading.ahead.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                let most = reading.ahead.len().min(buf.remaining());
                this.piece(&reading.ahead[..most])
            }
            Wants::Body(left) => usize::try_from(left).unwrap_or(usize::MAX),
            Wants::All | Wants::Nothing => usize::MAX,
        };
        let room = room.min(buf.remaining());
        let before = buf.filled().len();
        if room == buf.remaining() {
            ready!(reading.poll_read(cx, buf))?;
        } else {
            let mut part = ReadBuf::new(buf.initialize_unfilled_to(room));
            ready!(reading.poll_read(cx, &mut part))?;
            let bytes = part.filled().len();
            buf.advance(bytes);
        }
        this.gate.took(buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gated {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.writing.borrow_mut()).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.writing.borrow_mut()).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.writing.borrow().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Its buffer is empty now, and only then does the library flush.
        self.shortcut.flushed();
        Pin::new(&mut *self.writing.borrow_mut()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.writing.borrow_mut()).poll_shutdown(cx)
    }
}
