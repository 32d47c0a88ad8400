//! What documents hold, read by those who are no sessions: as editors see it, of the
//! actors that they talk to, and only once it is durable.

use crate::export::Format;
use crate::id::DocumentId;
use crate::live::answer::{Content, DocumentError};
use crate::live::document::{Request, Sought};
use crate::live::documents::Documents;
use crate::live::visitor::Visitor;
use crate::wire::state_vector::StateVector;

impl Documents {
    /// The content of a document's root, as its editors see it; without `root`, of the
    /// one where its content is.
    pub async fn read(
        &self,
        id: &DocumentId,
        format: Format,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        // All of it is the same whatever is asked of it.
        let root = root.filter(|_| !format.is_state());
        let sought = Sought::Export(format, root.map(str::to_owned));
        self.ask_for(id, sought, by).await
    }

    /// The same with what is said about the text, in a format that can tell it.
    pub async fn read_commented(
        &self,
        id: &DocumentId,
        format: Format,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        let sought = Sought::Commented(format, root.map(str::to_owned));
        self.ask_for(id, sought, by).await
    }

    /// What is said about the text, as JSON: all of it, or what is resolved, or open.
    pub async fn comments(
        &self,
        id: &DocumentId,
        resolved: Option<bool>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.ask_for(id, Sought::Comments(resolved), by).await
    }

    /// A store is asked first, so that asking for names does not start actors.
    async fn ask_for(
        &self,
        id: &DocumentId,
        sought: Sought,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.known(id).await?;
        self.call(id, |reply| Request::Read(sought, by, reply))
            .await
    }

    /// What somebody who has `theirs` lacks, as an update, v1.
    pub async fn diff(
        &self,
        id: &DocumentId,
        theirs: StateVector,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.ask_for(id, Sought::Lacks(theirs), by).await
    }
}
