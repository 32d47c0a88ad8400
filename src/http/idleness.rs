//! Connections that ask for nothing.
//!
//! The HTTP library gives the first request of a connection its time and lets one
//! that rests between two requests go; but from the first byte of a second
//! request on it would wait for the rest for ever. So every connection on which
//! nothing was answered for as long as the head of a request may take is ended
//! from outside. An answer that is still being sent is no rest, however slowly
//! it is read.

use std::cell::{Cell, RefCell};
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use socket2::{SockRef, Socket};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// An eye on one connection, for as long as it speaks HTTP.
pub(super) struct Watch {
    line: Rc<Line>,
    task: AbortHandle,
}

struct Line {
    /// The connection once more, to end it with.
    socket: RefCell<Option<Socket>>,
    /// Since when nothing is answered. `None` before the first request, which
    /// the library has an eye on.
    rests_since: Cell<Option<Instant>>,
}

/// Something is being answered, as long as this lives.
pub(super) struct Busy(Rc<Line>);

impl Watch {
    /// Watches over a connection that may rest for `patience`.
    pub fn over(stream: &TcpStream, patience: Duration) -> Self {
        let line = Rc::new(Line {
            socket: RefCell::new(SockRef::from(stream).try_clone().ok()),
            rests_since: Cell::new(None),
        });
        let watching = actix_web::rt::spawn(watch(Rc::clone(&line), patience));
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

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.rests_since.set(Some(Instant::now()));
    }
}

async fn watch(line: Rc<Line>, patience: Duration) {
    let mut next = Instant::now() + patience;
    loop {
        sleep_until(next).await;
        next = match line.rests_since.get() {
            None => Instant::now() + patience,
            Some(since) => since + patience,
        };
        if next <= Instant::now() {
            if let Some(socket) = line.socket.borrow_mut().take() {
                // It may be gone by itself.
                let _ = socket.shutdown(Shutdown::Both);
            }
            return;
        }
    }
}

/// A body, and what is dropped when it was sent.
pub(super) struct Sending<H> {
    body: BoxBody,
    _held: H,
}

impl<H> Sending<H> {
    pub fn new(body: BoxBody, held: H) -> Self {
        Self { body, _held: held }
    }
}

impl<H: Unpin> MessageBody for Sending<H> {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(cx)
    }
}
