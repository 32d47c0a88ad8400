//! Every way a request can fail, and what the caller sees of it.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_RANGE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::turnstile::{Full, Place};
use crate::attachments::FileError;
use crate::id::InvalidDocumentId;
use crate::live::{Amiss, DocumentError, FORMATS_OUT, ImportError, Unrevisable, WriteError};

/// A failed request. JSON: `{"error": {"code": "…", "message": "…"}}`.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The name in the path or body is no document name.
    #[error("{0}")]
    InvalidDocumentName(#[from] InvalidDocumentId),
    /// A document said no.
    #[error("{0}")]
    Document(#[from] DocumentError),
    /// A query parameter, header or body field is not what it should be.
    #[error("{0}")]
    BadRequest(String),
    /// The body is larger than this many bytes.
    #[error("the body may have at most {0} bytes")]
    TooLarge(usize),
    /// The body did not arrive within so many seconds.
    #[error("the body did not arrive within {0} seconds")]
    BodyTooSlow(u64),
    /// The body is compressed.
    #[error("the body must not be encoded: send it without Content-Encoding")]
    Encoded,
    /// Its sender sends more than it may, and has for long.
    #[error("your address sends too much; try again in a while")]
    TooMuch,
    /// The request comes from a page of another site.
    #[error("{0}")]
    ForbiddenOrigin(String),
    /// There is nothing under this path.
    #[error("there is nothing here; the API begins at /api/documents")]
    NoSuchRoute,
    /// The path is there, the method is not; these are.
    #[error("this method is not allowed here; there are: {0}")]
    MethodNotAllowed(&'static str),
    /// A format that content is not offered, or not taken, in; these are.
    #[error("unknown format {0:?}; there are: {1}")]
    UnknownFormat(String, &'static str),
    /// No format that `Accept` names is one that content is offered in.
    #[error(
        "nothing in {0:?} is offered; there are the formats {FORMATS_OUT}, by parameter, and \
             application/json, text/markdown, text/html, text/plain, application/octet-stream"
    )]
    NotAcceptable(String),
    /// Content is not what its format says.
    #[error("{0}")]
    Content(#[from] ImportError),
    /// The type of the body is none of a format that content is taken in.
    #[error(
        "content of type {0:?} is not taken; there are application/json, text/markdown, text/html, \
         text/plain (all in UTF-8) and application/octet-stream for an update, or the parameter \
         format: json, markdown, html, text, yjs"
    )]
    UnknownType(String),
    /// `If-None-Match: *`, and the document is there.
    #[error("there is already a document of this name; leave If-None-Match out to change it")]
    AlreadyThere,
    /// A passage cannot be changed.
    #[error("{0}")]
    Amiss(Amiss),
    /// What is in the root is of another kind than what was sent.
    #[error("{0}")]
    Unrevisable(Unrevisable),
    /// A file is not taken, or not given.
    #[error("{0}")]
    File(#[from] FileError),
    /// A part of a file is asked for that it does not have; it has so many bytes.
    #[error("the file has {0} bytes, and the range that is asked for is not among them")]
    Range(u64),
    /// The WebSocket handshake is not one of RFC 6455.
    #[error("{0}")]
    BadHandshake(String),
    /// There is no room for one more.
    #[error("{0}")]
    NoRoom(#[from] Full),
    /// The handshake asks for another version of the protocol than 13.
    #[error("this server speaks WebSocket version 13")]
    WebSocketVersion,
}

impl ApiError {
    /// The one table: status and code of every error.
    fn answer(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidDocumentName(_) => (StatusCode::BAD_REQUEST, "invalid_document_name"),
            Self::Document(error) => match error {
                DocumentError::NotFound => (StatusCode::NOT_FOUND, "document_not_found"),
                DocumentError::Exists => (StatusCode::CONFLICT, "document_exists"),
                DocumentError::Stale => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
                DocumentError::Deleted => (StatusCode::GONE, "document_deleted"),
                DocumentError::Unreadable(_) => {
                    (StatusCode::SERVICE_UNAVAILABLE, "document_unreadable")
                }
                DocumentError::NotSaved(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_saved"),
                DocumentError::ReadOnly => (StatusCode::LOCKED, "document_read_only"),
                DocumentError::Refused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "update_refused"),
                DocumentError::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_documents"),
                DocumentError::NoSuchVersion(_) => (StatusCode::NOT_FOUND, "version_not_found"),
                DocumentError::NotYet(_) => (StatusCode::NOT_FOUND, "document_not_yet"),
                DocumentError::Forgotten(_) => (StatusCode::GONE, "history_gone"),
                DocumentError::Lost(_) => (StatusCode::INTERNAL_SERVER_ERROR, "history_unreadable"),
                DocumentError::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down"),
            },
            Self::NoRoom(full) => match full.place {
                Place::Visitor(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_connections"),
                Place::Upload(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_uploads"),
                Place::Document(_) => (StatusCode::SERVICE_UNAVAILABLE, "document_crowded"),
                Place::Server | Place::Uploads | Place::Doorstep => {
                    (StatusCode::SERVICE_UNAVAILABLE, "server_crowded")
                }
            },
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::BodyTooSlow(_) => (StatusCode::REQUEST_TIMEOUT, "body_too_slow"),
            Self::Encoded => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoded_body"),
            Self::TooMuch => (StatusCode::TOO_MANY_REQUESTS, "too_much"),
            Self::ForbiddenOrigin(_) => (StatusCode::FORBIDDEN, "forbidden_origin"),
            Self::NoSuchRoute => (StatusCode::NOT_FOUND, "no_such_route"),
            Self::MethodNotAllowed(_) => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::UnknownFormat(..) => (StatusCode::BAD_REQUEST, "unknown_format"),
            Self::NotAcceptable(_) => (StatusCode::NOT_ACCEPTABLE, "unknown_format"),
            Self::Content(ImportError::Malformed { .. }) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "malformed_content")
            }
            Self::Content(ImportError::TooLarge(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::AlreadyThere => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
            Self::UnknownType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unknown_format"),
            Self::Amiss(Amiss::NotFound(_)) => (StatusCode::CONFLICT, "passage_not_found"),
            Self::Amiss(Amiss::TooLarge(_) | Amiss::Content(_, ImportError::TooLarge(_))) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
            }
            Self::Amiss(_) => (StatusCode::UNPROCESSABLE_ENTITY, "malformed_content"),
            Self::Unrevisable(Unrevisable::Unreadable(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "document_unreadable")
            }
            Self::Unrevisable(_) => (StatusCode::CONFLICT, "other_kind_of_content"),
            Self::File(error) => match error {
                FileError::Empty => (StatusCode::BAD_REQUEST, "empty_file"),
                FileError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
                FileError::Off => (StatusCode::FORBIDDEN, "no_files"),
                FileError::DocumentFull(_) => {
                    (StatusCode::INSUFFICIENT_STORAGE, "document_files_full")
                }
                FileError::Full(_) => (StatusCode::INSUFFICIENT_STORAGE, "files_full"),
                FileError::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
                FileError::Refused { .. } => {
                    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "file_type_refused")
                }
                FileError::NotFound => (StatusCode::NOT_FOUND, "file_not_found"),
                FileError::Damaged(_) => (StatusCode::INTERNAL_SERVER_ERROR, "file_damaged"),
                FileError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "files_unavailable"),
            },
            Self::Range(_) => (StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable"),
            Self::BadHandshake(_) => (StatusCode::BAD_REQUEST, "bad_handshake"),
            Self::WebSocketVersion => (StatusCode::UPGRADE_REQUIRED, "websocket_version"),
        }
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Document(error) => error.into(),
            WriteError::Content(error) => error.into(),
            WriteError::Amiss(amiss) => Self::Amiss(amiss),
            WriteError::Unrevisable(error) => Self::Unrevisable(error),
        }
    }
}

impl ApiError {
    /// After how many seconds it is worth trying again, if it is.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Document(DocumentError::TooMany(wait)) => Some(wait.as_secs() + 1),
            Self::NoRoom(_) | Self::TooMuch => Some(10),
            _ => (self.status_code() == StatusCode::SERVICE_UNAVAILABLE).then_some(2),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.answer().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, code) = self.answer();
        let mut response = HttpResponse::build(status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Self::NoRoom(_) = self {
            response.force_close();
        }
        if let Self::MethodNotAllowed(allowed) = self {
            response.insert_header((ALLOW, *allowed));
        }
        if let Self::Range(bytes) = self {
            response.insert_header((CONTENT_RANGE, format!("bytes */{bytes}")));
        }
        if let Self::WebSocketVersion = self {
            response.insert_header(("Sec-WebSocket-Version", "13"));
        }
        let mut error = json!({ "code": code, "message": self.to_string() });
        if let Self::Amiss(
            Amiss::NotFound(index) | Amiss::TooLarge(index) | Amiss::Content(index, _),
        ) = self
        {
            error["operation"] = json!(index);
        }
        response.json(json!({ "error": error }))
    }
}
