//! `cowrite release`: somebody looked at a document that crashed twice in a row,
//! and it may be written, or loaded, again. The updates that broke it stay out.

use crate::config::Release;
use crate::id::{DocumentId, InvalidDocumentId};
use crate::store::sqlite::{DATABASE, OpenError, SqliteStore};
use crate::store::{Store, StoreError};

/// Why nothing was released.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// That is no document's name.
    #[error("{0}")]
    Name(#[from] InvalidDocumentId),
    /// There are no documents.
    #[error("there is no database {0}; say where the documents are with --data")]
    Missing(String),
    /// The documents cannot be opened; above all while a server has them open.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// It could not be written.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Releases a document and says what that did.
///
/// # Errors
/// See [`ReleaseError`].
pub async fn release(wanted: &Release) -> Result<String, ReleaseError> {
    let document = DocumentId::parse(&wanted.document)?;
    let database = wanted.data.join(DATABASE);
    if !database.is_file() {
        return Err(ReleaseError::Missing(database.display().to_string()));
    }
    let store = SqliteStore::open(&wanted.data, Default::default())?;
    let released = store.release(&document, None).await?;
    store.close().await?;
    Ok(match released {
        0 => format!("document {document:?} has nothing to release"),
        1 => format!("document {document:?}: 1 crash does not count any more"),
        many => format!("document {document:?}: {many} crashes do not count any more"),
    })
}
