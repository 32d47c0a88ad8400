//! Bodies of requests: within their limit, in time, and within what unfinished
//! messages of all connections together may take of memory.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout_at};

use super::BodyLimit;
use super::entrance::Guest;
use super::error::ApiError;
use super::gate::{Gate, announced};
use crate::live::{Documents, FREE_BYTES, Pace, Share};

/// How long a body may take to arrive, beside the time for which it was us who did
/// not read.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A refused body of more bytes than this is not heard out.
const HEARD_OUT: u64 = 64 << 20;

/// How long hearing out may take, and how long the sender may be silent meanwhile.
const HEARING: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(1);

/// A body that has arrived.
pub(super) struct Body {
    pub bytes: Bytes,
    /// The memory that is counted for it.
    pub room: Option<Share>,
}

/// Reads a body.
///
/// # Errors
/// When it is too large, too slow, encoded, more than its sender may send, or
/// breaks off.
pub(super) async fn read(
    request: &HttpRequest,
    documents: &Documents,
    BodyLimit(limit): BodyLimit,
    mut body: web::Payload,
) -> Result<Body, ApiError> {
    let headers = request.headers();
    refuse_encoded(headers)?;
    let declared = announced(headers);
    if let Some(bytes) = declared.filter(|bytes| *bytes > limit as u64) {
        hear_out(&mut body, bytes).await;
        return Err(ApiError::TooLarge(limit));
    }
    // All of it, or none: were memory given out by the piece, many bodies that
    // have begun could wait for each other.
    let whole = declared.map_or(limit, |bytes| bytes as usize);
    let visitor = Guest::of(request).visitor;
    let mut share = None;
    if declared.is_some_and(|bytes| bytes > FREE_BYTES as u64) {
        share = documents.room(whole, visitor).await;
    }
    let mut purse = documents.purse(visitor);
    purse.spend(1, 0);
    let mut deadline = Instant::now() + BODY_TIMEOUT;
    let mut read = BytesMut::new();
    loop {
        let began = Instant::now();
        match purse.pace(began.into_std()) {
            Pace::Go => {}
            Pace::Wait(wait) => {
                sleep(wait).await;
                deadline += began.elapsed();
                continue;
            }
            Pace::Over => return Err(ApiError::TooMuch),
        }
        let chunk = match timeout_at(deadline, body.next()).await {
            Err(_) => return Err(ApiError::BodyTooSlow(BODY_TIMEOUT.as_secs())),
            Ok(None) => break,
            Ok(Some(chunk)) => chunk.map_err(|error| {
                ApiError::BadRequest(format!("the body did not arrive: {error}"))
            })?,
        };
        purse.spend(0, chunk.len());
        if read.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge(limit));
        }
        if share.is_none() && read.len() + chunk.len() > FREE_BYTES {
            let began = Instant::now();
            share = documents.room(whole, visitor).await;
            deadline += began.elapsed();
        }
        read.extend_from_slice(&chunk);
    }
    if let Some(gate) = request.conn_data::<Gate>() {
        gate.has_body();
    }
    Ok(Body {
        bytes: read.freeze(),
        room: share,
    })
}

/// Reads a body that is refused for what it announced, and keeps nothing of it. A proxy
/// that is still sending when the connection is closed finds it reset, and tells the
/// sender of a lost connection and not of the refusal (RFC 9112, section 9.6).
pub(super) async fn hear_out(body: &mut web::Payload, announced: u64) {
    if announced > HEARD_OUT {
        return;
    }
    let end = Instant::now() + HEARING;
    loop {
        match timeout_at(end.min(Instant::now() + SILENCE), body.next()).await {
            Ok(Some(Ok(_))) => {}
            _ => return,
        }
    }
}

/// A body as an object of JSON.
///
/// # Errors
/// When it is none, or not the one that is asked for.
pub(super) fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // By way of a map: serde would take an array for an object.
    serde_json::from_slice::<Map<String, Value>>(bytes)
        .and_then(|fields| serde_json::from_value(Value::Object(fields)))
        .map_err(|error| ApiError::BadRequest(format!("the body is not understood: {error}")))
}

fn refuse_encoded(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(ApiError::Encoded),
        _ => Ok(()),
    }
}

/// What nobody has read of a chunked body.
///
/// Once nobody holds such a body, the HTTP library reads on to its end, at the
/// speed of memory, for as long as one cares to send. While somebody holds it, the
/// library answers, closes the connection, and reads for a second only. So this is
/// held until the answer was sent.
pub(super) struct Unread {
    _held: Option<Rc<RefCell<Payload>>>,
}

impl Unread {
    /// Holds on to the body of a request.
    pub fn of(request: &mut ServiceRequest) -> Self {
        if announced(request.headers()).is_some() {
            return Self { _held: None };
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let lent = Lent(Rc::clone(&payload));
        request.set_payload(Payload::Stream {
            payload: Box::pin(lent),
        });
        Self {
            _held: Some(payload),
        }
    }
}

/// A body that somebody else holds too.
struct Lent(Rc<RefCell<Payload>>);

impl Stream for Lent {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}
