//! Why a file is not taken, or not given, and what to do about it.

use crate::annex::AnnexError;
use std::io;

/// Why a file is not taken, or not given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There are no bytes.
    #[error("the file is empty; send its bytes as the body, or as a part of multipart/form-data")]
    Empty,
    /// It has more bytes than this.
    #[error("a file may have at most {0} bytes (--file-bytes)")]
    TooLarge(u64),
    /// No files are taken.
    #[error("this server takes no files (--file-bytes is 0)")]
    Off,
    /// The document has as many as it may.
    #[error(
        "the files of a document may take {0} bytes together; take some away (DELETE …/files/{{id}}), \
         or raise --file-bytes-per-document"
    )]
    DocumentFull(u64),
    /// The server has as many as it may.
    #[error(
        "the files of all documents may take {0} bytes together; take some away, or raise \
         --file-bytes-total"
    )]
    Full(u64),
    /// The disk is full.
    #[error("the disk is full; the file was not kept. Make room and send it again")]
    DiskFull,
    /// It is of a type that is not taken.
    #[error("files of type {found} are not taken; there are: {allowed} (--file-types)")]
    Refused {
        /// What it is.
        found: String,
        /// What it may be.
        allowed: String,
    },
    /// The document has no such file.
    #[error("the document has no such file; GET …/files lists those it has")]
    NotFound,
    /// Its content is not what it was.
    #[error("the file is damaged: {0}. Send it again, or restore a backup")]
    Damaged(String),
    /// Files cannot be read or written at all.
    #[error("files cannot be served: {0}. Documents are not concerned")]
    Unavailable(String),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<rusqlite::Error> for FileError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<AnnexError> for FileError {
    fn from(error: AnnexError) -> Self {
        match error {
            AnnexError::Files { error, .. } => error.into(),
            AnnexError::Engine { error, .. } => error.into(),
            AnnexError::Unfit { .. } => Self::Unavailable(error.to_string()),
        }
    }
}
