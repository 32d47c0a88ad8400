//! A document becomes what it was: as an edit like any other, which everybody sees live
//! and nobody loses anything by. What it was before that stays a version.

use std::collections::HashSet;
use std::time::Instant;

use crate::export::comments::acts::keeping;
use crate::export::comments::{self, carry};
use crate::export::revision::{Revision, Unrevisable, Wanted};
use crate::export::{Content, Found, roots};
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::document::Request;
use crate::live::documents::Documents;
use crate::live::past::At;
use crate::live::visitor::Visitor;
use crate::live::writing::{Receipt, SEARCH, Worked, WriteError};
use crate::replica::Replica;
use crate::store::Version;

/// What became of a document that was to be what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The edit.
    pub receipt: Receipt,
    /// What it was before: to restore that undoes this.
    pub before: Version,
    /// What it is now, if that could be noted.
    pub version: Option<Version>,
}

impl Documents {
    /// Makes a root of a document what it was at a moment, by the smallest edit. Words
    /// that others write at the same time stay, as with any edit. Other roots stay as they are, and
    /// so does the title.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at) and [`write`](Self::write). Nothing was changed
    /// then; but see [`apply`](Self::apply).
    pub async fn bring_back(
        &self,
        id: &DocumentId,
        at: At,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Restored, WriteError> {
        // What was is in memory, uncounted, until it is the document's turn.
        let _room = self.restoring().await?;
        let root = root.map(str::to_owned);
        let read = move |replicas: &mut [Replica]| {
            let replica = replicas.first()?;
            Some(roots::read(replica.doc(), root.as_deref()))
        };
        let (share, found) = self.remember(id, vec![at], by, read).await?;
        // Two at a time of one visitor could wait for each other.
        drop(share);
        let found = found.ok_or(DocumentError::Stopping)?;
        let copy = self.copy(id, None, by).await?;
        let state = copy.state.clone();
        let worked = self.work(move || work_out(&state, found)).await?;
        drop(copy.room);
        let before = self.version_of_now(id).await?;
        let update = (worked.update.clone(), Some(worked.client));
        self.apply_of(id, update, None).await?;
        self.keep(id, worked.fingerprint.clone(), worked.state.clone());
        drop(copy.turn);
        // It is on disk: what cannot be noted of it is no failure.
        let version = self.version_of_now(id).await.ok();
        Ok(Restored {
            receipt: worked.wrote(false),
            before,
            version,
        })
    }

    async fn version_of_now(&self, id: &DocumentId) -> Result<Version, WriteError> {
        let version = self.call(id, |reply| Request::Version(None, reply)).await?;
        Ok(version)
    }
}

fn work_out(state: &[u8], found: Found) -> Result<Worked, WriteError> {
    let mut revision = Revision::of(state)?;
    let until = Instant::now() + SEARCH;
    let wanted = match found.content {
        // What is said about words that stay was not said then; and what was said then and
        // is deleted stays so, since threads are not of the text: a mark without its thread
        // would be left.
        Content::Document(tree) => {
            let threads = comments::read(revision.doc(), None);
            let there: HashSet<&str> = threads.iter().map(|thread| &*thread.id).collect();
            let tree = keeping(&tree, |id| there.contains(id));
            Wanted::Document(match revision.found(Some(&found.root)) {
                Found {
                    content: Content::Document(base),
                    ..
                } => carry(&base, tree, until),
                _ => tree,
            })
        }
        Content::Text(delta) => Wanted::Pieces(delta),
        Content::Data(_) => {
            return Err(Unrevisable::Data(found.root).into());
        }
    };
    let changed = revision.revise(&found.root, &wanted, until)?;
    Ok(Worked::of(&revision, changed))
}
