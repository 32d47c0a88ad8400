//! Reads that a client may already have: ETag and If-None-Match.

use std::fmt::Write;
use std::sync::Arc;

use actix_web::error::JsonPayloadError;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::compression::Whole;
use super::sending::{Counted, Pieces};
use crate::live::Share;

/// Answers with `body`, or with 304 if the client has the state `tag` already.
pub(super) fn answer(
    request: &HttpRequest,
    tag: &str,
    content_type: &'static str,
    body: Bytes,
    share: Option<Arc<Share>>,
) -> HttpResponse {
    let etag = format!("\"{tag}\"");
    let known = is_known(request, &etag);
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    // Always ask: a document may change at any time.
    response
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, "no-cache"));
    response.insert_header((VARY, "Accept"));
    if known {
        return response.finish();
    }
    let counted = Counted(share.as_ref().map_or(0, |share| share.bytes() as u64));
    let whole = Whole {
        bytes: body.clone(),
        share: share.clone(),
    };
    let mut response = response
        .insert_header((CONTENT_TYPE, content_type))
        .body(Pieces::of(body, share));
    response.extensions_mut().insert(counted);
    response.extensions_mut().insert(whole);
    response
}

/// Whether the client has the state of this tag already.
pub(super) fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let tags = request.headers().get_all(IF_NONE_MATCH);
    tags.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().trim_start_matches("W/"))
        .any(|value| value == etag || value == "*")
}

/// Answers with JSON under a tag of its own bytes.
pub(super) fn answer_json(request: &HttpRequest, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => answer_bytes(request, "application/json", body.into()),
        Err(error) => HttpResponse::from_error(JsonPayloadError::Serialize(error)),
    }
}

/// Answers with `body` under a tag of its own.
pub(super) fn answer_bytes(
    request: &HttpRequest,
    content_type: &'static str,
    body: Bytes,
) -> HttpResponse {
    let tag = tag(&body);
    answer(request, &tag, content_type, body, None)
}

/// A tag for these bytes and no others.
pub(super) fn tag(body: &[u8]) -> String {
    let hash = &Sha256::digest(body)[..16];
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
