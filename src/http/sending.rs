//! Answers on their way out: in pieces, and in time.
//!
//! The HTTP library copies what a body gives it into the connection's buffer, and
//! asks for more when that is empty. A body given as a whole would be copied as a
//! whole, once for every reader who has not read it; so a body leaves in pieces,
//! and what is not sent yet stays shared. Who reads almost nothing for long is
//! ended by the [`Watch`](super::idleness::Watch) over its connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use super::idleness::Busy;
use crate::live::Share;

/// The size of a piece, in bytes.
const PIECE: usize = 32 << 10;

/// A body of which the bytes are known and shared.
pub(super) struct Pieces {
    bytes: Bytes,
    /// The memory that is counted for it, until the last piece is gone.
    _share: Option<Arc<Share>>,
}

impl Pieces {
    pub fn of(bytes: Bytes, share: Option<Arc<Share>>) -> Self {
        Self {
            bytes,
            _share: share,
        }
    }
}

impl MessageBody for Pieces {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.bytes.len() as u64)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let bytes = &mut self.get_mut().bytes;
        if bytes.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(bytes.split_to(bytes.len().min(PIECE)))))
    }
}

/// How much memory is counted for an answer, in bytes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counted(pub u64);

/// A body under the eye of its connection's watch, and what is dropped when it was
/// sent.
pub(super) struct Sending<H> {
    body: BoxBody,
    busy: Option<Busy>,
    _held: H,
}

impl<H> Sending<H> {
    /// `counted` is the memory that others cannot have meanwhile.
    pub fn new(body: BoxBody, busy: Option<Busy>, counted: Counted, held: H) -> Self {
        let whole = body.size();
        let body = body
            .try_into_bytes()
            .map_or_else(|body| body, |bytes| BoxBody::new(Pieces::of(bytes, None)));
        if let (Some(busy), BodySize::Sized(bytes)) = (&busy, whole) {
            busy.sends(bytes, counted.0);
        }
        Self {
            body,
            busy,
            _held: held,
        }
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
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_next(cx);
        if let (Some(busy), Poll::Ready(Some(Ok(piece)))) = (&this.busy, &polled) {
            busy.sent(piece.len());
        }
        polled
    }
}
