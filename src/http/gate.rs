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
//! Only the end of the connection goes through while somebody who reads is answered: the
//! library then lets go of the request, and nothing more is done for who has gone.
//!
//! What the library says itself to a request that it cannot parse goes out as every other
//! error does ([`unparsed`]).
//!
//! A WebSocket has its own accounts ([`live::intake`](crate::live)), and no gate: the
//! library lets go of its connection at the handshake ([`upgrade`](super::upgrade)).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING, UPGRADE};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::unparsed;

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

/// The gate of one connection; clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Gate(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
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
    /// Nothing: a request is being answered.
    Nothing,
    /// To hear of the end: one that only reads is being answered.
    End,
}

impl Gate {
    /// A request with this head is being answered.
    pub fn answers(&self, method: &Method, headers: &HeaderMap) {
        // What somebody writes is written, also when nobody waits for the answer; and a
        // WebSocket has an end of its own.
        let reads = matches!(*method, Method::GET | Method::HEAD) && !headers.contains_key(UPGRADE);
        self.set(match announced(headers) {
            None => Wants::Pieces,
            Some(0) if reads => Wants::End,
            Some(0) => Wants::Nothing,
            Some(bytes) => Wants::Body(bytes),
        });
    }

    /// The body of the request has come.
    pub fn has_body(&self) {
        if !matches!(self.0.wants.get(), Wants::End) {
            self.set(Wants::Nothing);
        }
    }

    /// The request was answered.
    pub fn answered(&self) {
        self.set(Wants::Pieces);
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
                *self.0.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
            Wants::Pieces if self.0.taken.take() => {
                // The library reads until nothing comes; it comes again next turn.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Wants::End => {
                *self.0.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Ready(Wants::End)
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
            Wants::Nothing | Wants::End => {}
        }
    }
}

/// A connection behind its gate.
pub struct Gated {
    stream: Rc<TcpStream>,
    gate: Gate,
    /// What was read and may not go through yet.
    ahead: Bytes,
    /// Whether the line at hand is empty so far. An empty line ends a head.
    bare: bool,
    /// What is left to write in the place of what the library said.
    instead: Bytes,
    /// What is to be dropped when the connection is over, such as its place in a count.
    held: RefCell<Option<Rc<dyn Any>>>,
}

/// A connection that the library has let go of.
pub(super) struct Released {
    pub stream: Rc<TcpStream>,
    /// What was read of it and not looked at.
    pub ahead: Bytes,
    /// See [`Gated::holds`].
    pub held: Option<Rc<dyn Any>>,
}

impl Gated {
    /// Puts a connection behind a gate of its own.
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream: Rc::new(stream),
            gate: Gate::default(),
            ahead: Bytes::new(),
            bare: false,
            instead: Bytes::new(),
            held: RefCell::default(),
        }
    }

    /// The connection itself.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Drops this when the connection is over.
    pub(super) fn holds(&self, held: Rc<dyn Any>) {
        *self.held.borrow_mut() = Some(held);
    }

    /// Takes the connection from behind the gate.
    pub(super) fn release(self) -> Released {
        Released {
            stream: self.stream,
            ahead: self.ahead,
            held: self.held.into_inner(),
        }
    }

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

    /// Reads ahead, if there is nothing. `Ok` with nothing ahead is the end.
    fn poll_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let mut piece = [0; PIECE];
            let read = ready!(poll_read(&self.stream, cx, &mut piece))?;
            self.ahead = Bytes::copy_from_slice(&piece[..read]);
        }
        Poll::Ready(Ok(()))
    }
}

/// Reads what is there; no bytes are the end.
fn poll_read(stream: &TcpStream, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_read_ready(cx))?;
        match stream.try_read(buf) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return Poll::Ready(read),
        }
    }
}

/// Writes what the connection takes.
pub(super) fn poll_write(
    stream: &TcpStream,
    cx: &mut Context<'_>,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_write_ready(cx))?;
        match stream.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            written => return Poll::Ready(written),
        }
    }
}

impl AsyncRead for Gated {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let room = match ready!(this.gate.poll_wants(cx)) {
            Wants::Pieces => {
                ready!(this.poll_ahead(cx))?;
                if this.ahead.is_empty() {
                    return Poll::Ready(Ok(()));
                }
                let most = this.ahead.len().min(buf.remaining());
                let ahead = this.ahead.slice(..most);
                this.piece(&ahead)
            }
            Wants::Body(left) => usize::try_from(left).unwrap_or(usize::MAX),
            Wants::Nothing => return Poll::Pending,
            // Who has sent more already is there, for all that can be known.
            Wants::End if !this.ahead.is_empty() => return Poll::Pending,
            Wants::End => {
                ready!(this.poll_ahead(cx))?;
                return match this.ahead.is_empty() {
                    true => Poll::Ready(Ok(())),
                    false => Poll::Pending,
                };
            }
        };
        let room = room.min(buf.remaining());
        let bytes = if this.ahead.is_empty() {
            let unfilled = buf.initialize_unfilled_to(room);
            let bytes = ready!(poll_read(&this.stream, cx, unfilled))?;
            buf.advance(bytes);
            bytes
        } else {
            let bytes = room.min(this.ahead.len());
            buf.put_slice(&this.ahead.split_to(bytes));
            bytes
        };
        this.gate.took(bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gated {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_empty() {
            match unparsed::instead_of(bytes) {
                Some(instead) => this.instead = instead,
                None => return poll_write(&this.stream, cx, bytes),
            }
        }
        while !this.instead.is_empty() {
            let written = ready!(poll_write(&this.stream, cx, &this.instead))?;
            this.instead.advance(written);
        }
        // The library hangs up behind it, so these are the bytes that it began with.
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(
            match SockRef::from(&*self.stream).shutdown(Shutdown::Write) {
                // The peer has gone already.
                Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
                shut => shut,
            },
        )
    }
}
