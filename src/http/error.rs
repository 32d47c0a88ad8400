//! Every way a request can fail, and what the caller sees of it.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_RANGE, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::code::Code;
use super::turnstile::{Full, Place};
use crate::attachments::FileError;
use crate::id::InvalidDocumentId;
use crate::live::comments::Refusal;
use crate::live::{
    Amiss, CommentError, DocumentError, FORMATS_OUT, ImportError, Unrevisable, WriteError,
};
use crate::search::SearchError;

/// A failed request. JSON: `{"error": {"code": "…", "message": "…"}}`.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The name in the path or body is no document name.
    #[error("{0}")]
    InvalidDocumentName(#[from] InvalidDocumentId),
    /// What the path names is no version's id, and no moment.
    #[error("{0:?} names no version; GET …/versions lists those the document has")]
    NotAVersion(String),
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
    /// The head of a request took longer than it may.
    #[error("the head of the request did not arrive in time; send it in one piece")]
    HeadTooSlow,
    /// The head of a request is larger than any may be.
    #[error(
        "the head of the request is too large, or has too many lines; leave cookies and headers out"
    )]
    HeadTooLarge,
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
    /// A comment cannot be made, or changed.
    #[error("{0}")]
    Comment(Refusal),
    /// A file is not taken, or not given.
    #[error("{0}")]
    File(#[from] FileError),
    /// A part of a file is asked for that it does not have; it has so many bytes.
    #[error("the file has {0} bytes, and the range that is asked for is not among them")]
    Range(u64),
    /// The WebSocket handshake is not one of RFC 6455.
    #[error("{0}")]
    BadHandshake(String),
    /// Nothing can be looked for, or not for that.
    #[error("{0}")]
    Search(#[from] SearchError),
    /// There is no room for one more.
    #[error("{0}")]
    NoRoom(#[from] Full),
    /// The handshake asks for another version of the protocol than 13.
    #[error("this server speaks WebSocket version 13")]
    WebSocketVersion,
}

impl ApiError {
    /// The code of every error, which has a status.
    fn code(&self) -> Code {
        match self {
            Self::InvalidDocumentName(_) => Code::InvalidDocumentName,
            Self::NotAVersion(_) => Code::VersionNotFound,
            Self::Document(error) => match error {
                DocumentError::NotFound => Code::DocumentNotFound,
                DocumentError::Exists => Code::DocumentExists,
                DocumentError::Stale => Code::PreconditionFailed,
                DocumentError::Deleted => Code::DocumentDeleted,
                DocumentError::Unreadable(_) => Code::DocumentUnreadable,
                DocumentError::NotSaved(_) | DocumentError::Ended => Code::NotSaved,
                DocumentError::ReadOnly => Code::DocumentReadOnly,
                DocumentError::Refused(_) => Code::UpdateRefused,
                DocumentError::TooMany(_) => Code::TooManyDocuments,
                DocumentError::NoSuchVersion(_) | DocumentError::NoSuchBranch(_) => {
                    Code::VersionNotFound
                }
                DocumentError::NotYet(_) => Code::DocumentNotYet,
                DocumentError::Forgotten(_) => Code::HistoryGone,
                DocumentError::Lost(_) => Code::HistoryUnreadable,
                DocumentError::TooManyNamed => Code::TooManyVersions,
                DocumentError::Backwards => Code::BadRequest,
                DocumentError::Data(_) => Code::OtherKindOfContent,
                DocumentError::Stopping => Code::ShuttingDown,
            },
            Self::NoRoom(full) => match full.place {
                Place::Visitor(_) => Code::TooManyConnections,
                Place::Upload(_) => Code::TooManyUploads,
                Place::Document(_) => Code::DocumentCrowded,
                Place::Server | Place::Uploads | Place::Doorstep => Code::ServerCrowded,
            },
            Self::Search(SearchError::TooBroad) => Code::SearchTooBroad,
            Self::Search(SearchError::Unavailable(_)) => Code::SearchUnavailable,
            Self::BadRequest(_) => Code::BadRequest,
            Self::TooLarge(_) => Code::TooLarge,
            Self::BodyTooSlow(_) => Code::BodyTooSlow,
            Self::HeadTooSlow => Code::HeadTooSlow,
            Self::HeadTooLarge => Code::HeadTooLarge,
            Self::Encoded => Code::EncodedBody,
            Self::TooMuch => Code::TooMuch,
            Self::ForbiddenOrigin(_) => Code::ForbiddenOrigin,
            Self::NoSuchRoute => Code::NoSuchRoute,
            Self::MethodNotAllowed(_) => Code::MethodNotAllowed,
            Self::UnknownFormat(..) => Code::UnknownFormat,
            Self::NotAcceptable(_) => Code::NotAcceptable,
            Self::Content(ImportError::Malformed { .. }) => Code::MalformedContent,
            Self::Content(ImportError::TooLarge(_)) => Code::TooLarge,
            Self::AlreadyThere => Code::PreconditionFailed,
            Self::UnknownType(_) => Code::UnknownType,
            Self::Amiss(Amiss::NotFound(_)) => Code::PassageNotFound,
            Self::Amiss(Amiss::TooLarge(_) | Amiss::Content(_, ImportError::TooLarge(_))) => {
                Code::TooLarge
            }
            Self::Amiss(_) => Code::MalformedContent,
            Self::Unrevisable(Unrevisable::Unreadable(_)) => Code::DocumentUnreadable,
            Self::Unrevisable(Unrevisable::Long(_)) => Code::TooLarge,
            Self::Unrevisable(_) => Code::OtherKindOfContent,
            Self::Comment(refusal) => match refusal {
                Refusal::NoThread(_) => Code::CommentNotFound,
                Refusal::NoMessage(_) => Code::MessageNotFound,
                Refusal::NotFound => Code::PassageNotFound,
                Refusal::TooMany | Refusal::TooLong => Code::TooManyComments,
                Refusal::Taken => Code::OtherKindOfContent,
                Refusal::Unrevisable(Unrevisable::Unreadable(_)) => Code::DocumentUnreadable,
                Refusal::Unrevisable(Unrevisable::Long(_)) => Code::TooLarge,
                Refusal::Unrevisable(_) => Code::OtherKindOfContent,
            },
            Self::File(error) => match error {
                FileError::Empty => Code::EmptyFile,
                FileError::TooLarge(_) => Code::TooLarge,
                FileError::Off => Code::NoFiles,
                FileError::DocumentFull(_) => Code::DocumentFilesFull,
                FileError::Full(_) => Code::FilesFull,
                FileError::DiskFull => Code::DiskFull,
                FileError::Refused { .. } => Code::FileTypeRefused,
                FileError::NotFound => Code::FileNotFound,
                FileError::Damaged(_) => Code::FileDamaged,
                FileError::Unavailable(_) => Code::FilesUnavailable,
            },
            Self::Range(_) => Code::RangeNotSatisfiable,
            Self::BadHandshake(_) => Code::BadHandshake,
            Self::WebSocketVersion => Code::WebSocketVersion,
        }
    }
}

/// The body of a failed request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct Failure {
    error: Reason,
}

/// Why it failed.
#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    /// For programs: stays the same.
    code: &'static str,
    /// For people: what is wrong, and what to do.
    message: String,
    /// The number of the operation that it is about, the first being 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<usize>,
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

impl From<CommentError> for ApiError {
    fn from(error: CommentError) -> Self {
        match error {
            CommentError::Write(error) => error.into(),
            CommentError::Refused(refusal) => Self::Comment(refusal),
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
        self.code().status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
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
        let operation = match self {
            Self::Amiss(
                Amiss::NotFound(index) | Amiss::TooLarge(index) | Amiss::Content(index, _),
            ) => Some(*index),
            _ => None,
        };
        response.json(Failure {
            error: Reason {
                code: self.code().name(),
                message: self.to_string(),
                operation,
            },
        })
    }
}
