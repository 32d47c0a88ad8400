//! What a session writes: the body of the answer to its handshake.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::Sleep;

use crate::live::intake::Intake;
use crate::live::outbox::Outbox;

/// How long a closed connection may take to say goodbye too before it is cut.
/// Cutting at once would lose the close frame where the peer has data on the
/// way to us.
const GOODBYE: Duration = Duration::from_millis(900);

/// So many bytes are read and thrown away of what is on its way when a connection is
/// cut off from its input. What somebody goes on to send waits in TCP.
const DRAINED: usize = 1 << 20;

/// The response body: the actor is polled, then the outbox is written. After the
/// close frame the peer has [`GOODBYE`] to close too.
pub(super) struct Outflow<A, S> {
    actor: Pin<Box<A>>,
    outbox: Rc<Outbox>,
    intake: Intake,
    payload: Rc<RefCell<S>>,
    /// Bytes that were read and thrown away.
    drained: usize,
    goodbye: Option<Pin<Box<Sleep>>>,
}

impl<A, S> Outflow<A, S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    /// The body of a session whose input is metered by `intake` and comes from
    /// `payload`.
    pub fn new(
        actor: Pin<Box<A>>,
        outbox: Rc<Outbox>,
        intake: Intake,
        payload: Rc<RefCell<S>>,
    ) -> Self {
        Self {
            actor,
            outbox,
            intake,
            payload,
            drained: 0,
            goodbye: None,
        }
    }

    /// Reads on where the session was cut off from its input, and throws it
    /// away: closing with unread input would reset the connection and destroy
    /// the close frame on its way. Ready when the peer has closed.
    fn poll_drained(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        let mut payload = self.payload.borrow_mut();
        while self.drained < DRAINED {
            match Pin::new(&mut *payload).poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => self.drained += chunk.len(),
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Pending
    }
}

impl<A, S> Stream for Outflow<A, S>
where
    A: Stream<Item = Result<Bytes, actix_web::Error>>,
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, actix_web::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        if self.outbox.is_abandoned() {
            let slow = std::io::Error::from(std::io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err(slow.into())));
        }
        let ended = match self.actor.as_mut().poll_next(cx) {
            Poll::Ready(Some(item)) => {
                self.outbox.blocks_shortcut();
                return Poll::Ready(Some(item));
            }
            Poll::Ready(None) => true,
            Poll::Pending => false,
        };
        if let Poll::Ready(bytes) = self.outbox.poll_write(cx) {
            return Poll::Ready(Some(Ok(bytes)));
        }
        if ended {
            return Poll::Ready(None);
        }
        if !self.outbox.is_closing() {
            return Poll::Pending;
        }
        if self.intake.is_cut() && self.poll_drained(cx).is_ready() {
            return Poll::Ready(None);
        }
        let goodbye = self
            .goodbye
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(GOODBYE)));
        let over = goodbye.as_mut().poll(cx);
        // A body that ends is followed by a second in which what still comes is
        // read. Of somebody who goes on and on that is enough.
        let cut = || {
            Some(Err(
                std::io::Error::from(std::io::ErrorKind::TimedOut).into()
            ))
        };
        over.map(|()| (self.drained >= DRAINED).then(cut).flatten())
    }
}
