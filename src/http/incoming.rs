//! Bodies that are read as they come, because they are too large to be held: within the
//! budget of who sends them, and within time as long as enough of them comes.

use std::time::Duration;

use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use super::body::hear_out;
use super::entrance::{Entrance, Guest};
use super::error::ApiError;
use super::gate::{Gate, announced};
use super::turnstile::{Pass, Place};
use crate::live::{Borrowed, Documents, Pace};

/// So much of a body must come while there is patience, in bytes.
const LEAST: usize = 64 << 10;

/// A body that is read as it comes.
pub(super) struct Incoming {
    body: web::Payload,
    purse: Borrowed,
    patience: Duration,
    /// For how long the next [`LEAST`] bytes may be waited for; it is not their sender's
    /// time when it is us who do not read.
    patience_left: Duration,
    came: usize,
    /// How much may come yet, in bytes.
    left: u64,
    most: u64,
    gate: Option<Gate>,
    _passes: [Pass; 2],
}

impl Incoming {
    /// Begins to read a body of at most so many bytes, if there is room for one more.
    ///
    /// # Errors
    /// When it says that it is larger, or encoded; when too many are on their way.
    pub async fn of(
        request: &HttpRequest,
        documents: &Documents,
        mut body: web::Payload,
        most: u64,
    ) -> Result<Self, ApiError> {
        let headers = request.headers();
        if (headers.get(CONTENT_ENCODING)).is_some_and(|encoding| encoding != "identity") {
            return Err(ApiError::Encoded);
        }
        if let Some(bytes) = announced(headers).filter(|bytes| *bytes > most) {
            hear_out(&mut body, bytes).await;
            return Err(too_large(most));
        }
        let visitor = Guest::of(request).visitor;
        let entrance = request.app_data::<web::Data<Entrance>>();
        let entrance = entrance.ok_or(ApiError::NoSuchRoute)?;
        let passes = [
            entrance.enter(Place::Upload(visitor))?,
            entrance.enter(Place::Uploads)?,
        ];
        let mut purse = documents.purse(visitor);
        purse.spend(1, 0);
        let patience = entrance.reading();
        Ok(Self {
            body,
            purse,
            patience,
            patience_left: patience,
            came: 0,
            left: most,
            most,
            gate: request.conn_data::<Gate>().cloned(),
            _passes: passes,
        })
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// When it is too large, too slow, more than its sender may send, or breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            match self.purse.pace(Instant::now().into_std()) {
                Pace::Go => break,
                Pace::Wait(wait) => sleep(wait).await,
                Pace::Over => return Err(ApiError::TooMuch),
            }
        }
        let began = Instant::now();
        let came = timeout(self.patience_left, self.body.next()).await;
        self.patience_left = self.patience_left.saturating_sub(began.elapsed());
        let piece = match came {
            Err(_) => return Err(ApiError::BodyTooSlow(self.patience.as_secs())),
            Ok(None) => {
                if let Some(gate) = &self.gate {
                    gate.has_body();
                }
                return Ok(None);
            }
            Ok(Some(piece)) => piece.map_err(|error| {
                ApiError::BadRequest(format!("the body did not arrive: {error}"))
            })?,
        };
        self.purse.spend(0, piece.len());
        self.left = (self.left)
            .checked_sub(piece.len() as u64)
            .ok_or_else(|| too_large(self.most))?;
        self.came += piece.len();
        if self.came >= LEAST {
            self.came = 0;
            self.patience_left = self.patience;
        }
        Ok(Some(piece))
    }
}

fn too_large(most: u64) -> ApiError {
    ApiError::TooLarge(usize::try_from(most).unwrap_or(usize::MAX))
}
