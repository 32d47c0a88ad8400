//! Who writes over REST, as far as they say so (`X-Cowrite-Author`), and that it is noted.

use actix_web::HttpRequest;
use bytes::Bytes;

use super::error::ApiError;
use crate::id::DocumentId;
use crate::label;
use crate::live::{Documents, LONGEST_NAME};

/// The header that names the author of a write.
const AUTHOR: &str = "X-Cowrite-Author";

/// The author that a request names, if it names one.
///
/// # Errors
/// When it is no name: 1 to 256 bytes of UTF-8 without control characters. What would turn
/// the direction of the words around it is left out.
pub(super) fn of(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get(AUTHOR) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes())
        .map_err(|_| ApiError::BadRequest(format!("{AUTHOR} must be UTF-8")))?;
    name(AUTHOR, text).map(Some)
}

/// A name, checked; `what` is named.
///
/// # Errors
/// When it is none.
pub(super) fn name(what: &str, text: &str) -> Result<String, ApiError> {
    let name = text.replace(label::turns, "");
    let name = name.trim();
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(ApiError::BadRequest(format!(
            "{what} must have 1 to {LONGEST_NAME} bytes of UTF-8 and no control characters"
        )));
    }
    Ok(name.to_owned())
}

/// Notes who wrote what is on disk already: that it cannot be noted is no reason to call
/// the write a failure.
pub(super) async fn attribute(
    documents: &Documents,
    id: &DocumentId,
    (update, client): (&Bytes, Option<u64>),
    author: &str,
) {
    if let Err(error) = documents.attribute(id, update, client, author).await {
        log::warn!("that {author:?} wrote in {id:?} is not noted: {error}");
    }
}
