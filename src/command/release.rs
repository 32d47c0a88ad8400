//! `cowrite release`: somebody looked at a document that crashed too often,
//! and it may be written, or loaded, again. The updates that broke it stay out.

use clap::Args;

use super::{Outcome, Place, shown};
use crate::id::DocumentId;
use crate::store::sqlite::{DATABASE, SqliteStore};
use crate::store::{Store, StoreError};

/// The options of `release`.
#[derive(Debug, Clone, Args)]
pub struct Release {
    /// The document's name
    #[arg(value_name = "NAME", value_parser = DocumentId::parse)]
    document: DocumentId,
    #[command(flatten)]
    place: Place,
}

impl Release {
    pub(super) fn run(&self) -> Outcome {
        let database = self.place.data.join(DATABASE);
        // Opening would make one.
        if !database.is_file() {
            let database = shown(&database);
            return Outcome::cannot(format!(
                "there is no database {database}; say where the documents are with --data"
            ));
        }
        let store = match SqliteStore::open(&self.place.data, Default::default()) {
            Ok(store) => store,
            Err(error) => return error.into(),
        };
        let waiting = tokio::runtime::Builder::new_current_thread().build();
        match waiting.map(|waiting| waiting.block_on(self.release(&store))) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => error.into(),
            Err(error) => Outcome::cannot(error),
        }
    }

    async fn release(&self, store: &SqliteStore) -> Result<Outcome, StoreError> {
        let document = &self.document;
        let released = store.release(document, None).await?;
        let known = store.describe(document).await?;
        store.close().await?;
        Ok(match (released, known) {
            // The first that was written to one may have broken it: it has crashes
            // then and nothing else.
            (0, None) => Outcome::refused(format!(
                "there is no document {document:?} in {}",
                shown(&self.place.data)
            )),
            (0, Some(_)) => Outcome::Well(format!("document {document:?} has nothing to release")),
            (1, _) => Outcome::Well(format!(
                "document {document:?}: 1 crash does not count any more"
            )),
            (many, _) => Outcome::Well(format!(
                "document {document:?}: {many} crashes do not count any more"
            )),
        })
    }
}
