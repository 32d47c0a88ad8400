//! A document's title, set by those who have no copy of the document: worked out on one
//! and applied as any other change is (`live::writing`), so it takes the place of the
//! title that is there, and not of one that comes at the same moment.

use bytes::Bytes;
use yrs::{Any, Map, Out, Transact, WriteTxn};

use crate::export::encoding::TITLE;
use crate::export::revision::{Changed, Revision};
use crate::export::roots::META;
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::documents::Documents;
use crate::live::memory_budget::Share;
use crate::live::visitor::Visitor;
use crate::live::writing::{Receipt, Seen, Worked, WriteError};

impl Documents {
    /// Sets the title of a document; an empty one takes it away. When this succeeds, that
    /// is durable. Who says which state they saw is heard as long as the title is still
    /// the one of that state. `room` is the memory that is counted for the title.
    ///
    /// # Errors
    /// Nothing was changed then; but see [`apply`](Self::apply).
    pub async fn entitle(
        &self,
        id: &DocumentId,
        title: String,
        seen: Seen,
        by: Visitor,
        room: Option<Share>,
    ) -> Result<Receipt, WriteError> {
        let seen = match seen {
            Seen::Unsaid => None,
            Seen::One(names) => Some(self.copy(id, Some(names), by).await?.state),
            Seen::None => return Err(DocumentError::Exists.into()),
        };
        let copy = self.copy(id, None, by).await?;
        let state = copy.state.clone();
        let work = move || work_out(&state, seen.as_deref(), &title);
        let worked = self.work(work).await?;
        drop(copy.room);
        let update = (worked.update.clone(), Some(worked.client));
        self.apply_of(id, update, room).await?;
        self.keep(id, worked.fingerprint.clone(), worked.state.clone());
        drop(copy.turn);
        Ok(worked.wrote(false))
    }
}

fn work_out(state: &Bytes, seen: Option<&[u8]>, title: &str) -> Result<Worked, WriteError> {
    let mut revision = Revision::of(state)?;
    let now = of(&revision);
    if let Some(seen) = seen.filter(|seen| **seen != **state)
        && of(&Revision::of(seen)?) != now
    {
        return Err(DocumentError::Stale.into());
    }
    if now.as_deref().unwrap_or_default() != title {
        revision.also(|txn| {
            let meta = txn.get_or_insert_map(META);
            match title {
                "" => drop(meta.remove(txn, TITLE)),
                title => drop(meta.insert(txn, TITLE, title)),
            }
        });
    }
    Ok(Worked::of(&revision, Changed::default()))
}

/// All of it, as it is written down.
fn of(revision: &Revision) -> Option<String> {
    let mut txn = revision.doc().transact_mut();
    let meta = txn.get_or_insert_map(META);
    match meta.get(&txn, TITLE) {
        Some(Out::Any(Any::String(title))) => Some(title.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::encoding;
    use crate::export::tree::Builder;

    fn titled(title: &str) -> Bytes {
        encoding::update(&Builder::default().finish(), "content", Some(title)).into()
    }

    #[test]
    fn a_title_takes_the_place_of_the_one_that_is_there() {
        // Whoever has the larger number would win otherwise: half of the time.
        for _ in 0..16 {
            let worked = work_out(&titled("Old"), None, "New").unwrap();
            let after = Revision::of(&worked.state).unwrap();
            assert_eq!(of(&after).as_deref(), Some("New"));
        }
    }

    #[test]
    fn the_same_title_is_no_edit() {
        let worked = work_out(&titled("Old"), None, "Old").unwrap();
        assert_eq!(*worked.update, *crate::replica::NOTHING);
    }
}
