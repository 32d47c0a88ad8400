//! What a WebSocket sends, read straight from its socket: past the HTTP library.
//!
//! To the library it is the body of a request. It would read it into a buffer of its own,
//! look through its state, decode the body, and hand it over piece by piece, which costs
//! as much as everything else that a session does with a keystroke. From the first time
//! that the session looks for more, the [gate](super::gate) gives the library nothing,
//! and the inlet reads; when the session is over, the library gets the connection back
//! and reads what still comes until the peer has closed.
//!
//! The way out is [`live::Shortcut`](crate::live::Shortcut).

use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::Stream;
use tokio::io::ReadBuf;

use super::gate::{Gate, Reading};

/// So much is read at once, in bytes.
const PIECE: usize = 16 << 10;

/// The bytes that one WebSocket sends.
pub(super) struct Inlet<S> {
    /// The body, as the library hands it over. It is kept, since a body that nobody holds
    /// would be taken for read.
    body: S,
    gate: Option<Gate>,
    reading: Option<Rc<RefCell<Reading>>>,
}

impl<S> Inlet<S> {
    /// What comes after a request, of which `body` holds what the library has read. Where
    /// the connection has no gate, all of it comes through the library.
    pub fn new(body: S, gate: Option<Gate>) -> Self {
        Self {
            body,
            gate,
            reading: None,
        }
    }
}

impl<S> Stream for Inlet<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.reading.is_none() {
            // What the library has read already comes first.
            let before = Pin::new(&mut this.body).poll_next(cx);
            if before.is_ready() {
                return before;
            }
            this.reading = this.gate.as_ref().and_then(Gate::bypasses);
        }
        let Some(reading) = &this.reading else {
            return Poll::Pending;
        };
        let mut piece = [MaybeUninit::uninit(); PIECE];
        let mut piece = ReadBuf::uninit(&mut piece);
        let read = ready!(reading.borrow_mut().poll_read(cx, &mut piece));
        Poll::Ready(match read {
            Ok(()) if piece.filled().is_empty() => None,
            // A copy, since most pieces are much smaller than what they were read into.
            Ok(()) => Some(Ok(Bytes::copy_from_slice(piece.filled()))),
            Err(error) => Some(Err(error.into())),
        })
    }
}

impl<S> Drop for Inlet<S> {
    fn drop(&mut self) {
        if let (Some(gate), Some(_)) = (&self.gate, &self.reading) {
            gate.opens();
        }
    }
}
