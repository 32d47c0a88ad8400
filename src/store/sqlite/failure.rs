//! What an error of the engine means: for the caller who asked, and for
//! everything that is to be written after it.

use rusqlite::ffi::{
    self, SQLITE_IOERR_BLOCKED, SQLITE_IOERR_CHECKRESERVEDLOCK, SQLITE_IOERR_CORRUPTFS,
    SQLITE_IOERR_DATA, SQLITE_IOERR_LOCK, SQLITE_IOERR_NOMEM, SQLITE_IOERR_RDLOCK,
    SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ,
};
use rusqlite::{Error, ErrorCode};

use super::super::StoreError;

/// Why an operation inside a transaction did not happen.
#[derive(Debug)]
pub(super) enum Failure {
    /// The operation makes no sense here; the rest of its group goes on.
    Refused(StoreError),
    /// The engine failed; the whole group is in doubt.
    Engine(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// What to do after a failed write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may work later as it is: the disk is full, the file is locked.
    Later,
    /// One operation is the culprit and would spoil any group it is in.
    Alone,
    /// Nobody knows what is on disk. A second fsync after a failed one reports
    /// success for pages that the kernel has already thrown away, so nothing is
    /// written any more.
    Never,
}

/// Judges an error that came up while writing.
pub(super) fn verdict(error: &Error) -> Verdict {
    let Error::SqliteFailure(
        ffi::Error {
            code,
            extended_code,
        },
        _,
    ) = error
    else {
        return Verdict::Alone;
    };
    match code {
        ErrorCode::SystemIoFailure => match *extended_code {
            SQLITE_IOERR_NOMEM
            | SQLITE_IOERR_LOCK
            | SQLITE_IOERR_RDLOCK
            | SQLITE_IOERR_CHECKRESERVEDLOCK
            | SQLITE_IOERR_BLOCKED => Verdict::Later,
            SQLITE_IOERR_READ
            | SQLITE_IOERR_SHORT_READ
            | SQLITE_IOERR_CORRUPTFS
            | SQLITE_IOERR_DATA => Verdict::Alone,
            _ => Verdict::Never,
        },
        ErrorCode::DiskFull
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory
        | ErrorCode::PermissionDenied
        | ErrorCode::ReadOnly
        | ErrorCode::CannotOpen
        | ErrorCode::FileLockingProtocolFailed => Verdict::Later,
        _ => Verdict::Alone,
    }
}

/// Whether the error says that what is stored is damaged, and not that it could
/// not be reached.
pub(super) fn is_damage(error: &Error) -> bool {
    match error {
        Error::SqliteFailure(
            ffi::Error {
                code,
                extended_code,
            },
            _,
        ) => {
            matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                || matches!(*extended_code, SQLITE_IOERR_CORRUPTFS | SQLITE_IOERR_DATA)
        }
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::Utf8Error(..) => true,
        _ => false,
    }
}

/// The answer to someone whose read, or lone write, met `error` at `place`.
pub(super) fn answer(place: &str, error: &Error) -> StoreError {
    let said = format!("{place}: {error}");
    if is_damage(error) {
        StoreError::Damaged(said)
    } else {
        StoreError::Engine(said)
    }
}

/// What an error says about why nothing can be written: without the words that
/// come before it when it is an answer, which it will be again.
pub(super) fn reason(error: StoreError) -> String {
    match error {
        StoreError::Engine(said) => said,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi::{
        SQLITE_BUSY, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC,
        SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE,
    };

    fn engine(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_full_disk_may_have_room_later() {
        assert_eq!(verdict(&engine(SQLITE_FULL)), Verdict::Later);
        assert_eq!(verdict(&engine(SQLITE_BUSY)), Verdict::Later);
    }

    #[test]
    fn a_failed_fsync_is_never_tried_again() {
        for code in [
            SQLITE_IOERR_FSYNC,
            SQLITE_IOERR_DIR_FSYNC,
            SQLITE_IOERR_WRITE,
            SQLITE_IOERR_TRUNCATE,
        ] {
            assert_eq!(verdict(&engine(code)), Verdict::Never, "{code}");
        }
    }

    #[test]
    fn a_damaged_page_is_its_documents_trouble_alone() {
        assert_eq!(verdict(&engine(SQLITE_CORRUPT)), Verdict::Alone);
        assert!(matches!(
            answer("here", &engine(SQLITE_CORRUPT)),
            StoreError::Damaged(_)
        ));
        assert!(matches!(
            answer("here", &engine(SQLITE_IOERR_READ)),
            StoreError::Engine(_)
        ));
    }
}
