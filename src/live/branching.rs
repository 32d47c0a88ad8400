//! Branches: what people wrote without a connection, kept as it was before it was merged,
//! listed among the versions and read like one.
//!
//! A branch comes from a stranger, and goes through the guard like everything that does:
//! nothing is kept that makes no document.

use std::time::{Instant, SystemTime};

use bytes::Bytes;

use crate::id::{DocumentId, Seq};
use crate::live::answer::DocumentError;
use crate::live::document::is_broken;
use crate::live::documents::Documents;
use crate::live::memory_budget::Share;
use crate::live::past::{Chapter, lost};
use crate::live::visitor::Visitor;
use crate::replica::{Pace, Replica};
use crate::store::{Behind, Branch, Branches, MOST_NAMED, NewBranch, Past, StoreError};

/// What stands in the list of what a document was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A moment of it.
    Version(Chapter),
    /// What somebody else made of it.
    Branch(Branch),
}

impl Entry {
    fn at(&self) -> SystemTime {
        match self {
            Self::Version(chapter) => chapter.version.at,
            Self::Branch(branch) => branch.at,
        }
    }
}

/// A place in the list: what stands behind it has lower numbers than this one of versions,
/// and is behind this one of branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of versions,
    pub version: u64,
    /// and of branches.
    pub branch: Behind,
}

/// A page of what a document was.
#[derive(Debug)]
pub struct Annals {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there is one.
    pub next: Option<Place>,
    /// Why there are no branches among them, if they could not be read. Versions are told
    /// all the same.
    pub lost: Option<DocumentError>,
}

impl Place {
    /// In front of everything.
    pub const BEGIN: Self = Self {
        version: u64::MAX,
        branch: Behind::NOTHING,
    };
}

impl Documents {
    /// Keeps a branch; `room` is the memory that is counted for its state.
    ///
    /// # Errors
    /// [`DocumentError::Refused`] when it makes no document, or takes far more work than
    /// its size explains; [`DocumentError::ReadOnly`].
    pub async fn keep_branch(
        &self,
        id: &DocumentId,
        state: Bytes,
        name: Option<String>,
        author: Option<String>,
        by: Visitor,
        room: Option<Share>,
    ) -> Result<Branch, DocumentError> {
        self.known(id).await?;
        if is_broken(&self.store().crashes(id).await?) {
            return Err(DocumentError::ReadOnly);
        }
        // Two at a time of one visitor could wait for each other.
        let room = match room {
            Some(room) => Some(room),
            None => self.share(state.len(), by).await,
        };
        // Whoever sent it may go away: it takes its memory for as long as anybody has it.
        let state = Bytes::from_owner(Weighed { state, _room: room });
        let turn = self.historian().turn().await?;
        let limits = self.settings().limits.clone();
        let (tried, hand, document) = (state.clone(), self.hand().clone(), id.clone());
        let trying = self.historian().think(move || {
            let patience = limits.patience(tried.len());
            let began = Instant::now();
            let mut pace = || match began.elapsed() > patience {
                true => Pace::Stop,
                false => Pace::Go,
            };
            // It may end the process: who sends it again and again is refused then.
            let loaded = hand.applying(&document, || {
                Replica::load_within(&[&tried], limits, &mut pace).map(drop)
            });
            loaded.map_err(|error| DocumentError::Refused(error.reason))
        });
        trying.await?;
        drop(turn);
        let branch = NewBranch {
            state,
            at: SystemTime::now(),
            author,
            name,
        };
        self.branches().keep(id, branch).await.map_err(unkept)
    }

    /// Names a branch, or takes its name away.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchBranch`].
    pub async fn rename_branch(
        &self,
        id: &DocumentId,
        number: u64,
        name: Option<String>,
    ) -> Result<Branch, DocumentError> {
        self.known(id).await?;
        let renamed = self.branches().rename(id, number, name).await;
        let renamed = renamed.map_err(unkept)?;
        renamed.ok_or(DocumentError::NoSuchBranch(number))
    }

    /// One branch of a document that is not deleted.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchBranch`].
    pub async fn describe_branch(
        &self,
        id: &DocumentId,
        number: u64,
    ) -> Result<Branch, DocumentError> {
        self.known(id).await?;
        self.branch(id, number).await
    }

    /// A document's versions and branches, the newest first.
    ///
    /// # Errors
    /// As [`versions`](Self::versions).
    pub async fn annals(
        &self,
        id: &DocumentId,
        place: Place,
        limit: usize,
        by: Visitor,
    ) -> Result<Annals, DocumentError> {
        let (chapters, next) = self.versions(id, Some(place.version), limit, by).await?;
        let branches = self.branches().list(id, place.branch, limit + 1).await;
        let (branches, lost) = match branches {
            Ok(branches) => (branches, None),
            Err(StoreError::Damaged(what) | StoreError::Engine(what)) => {
                log::warn!("branches of {id:?} are not told: {what}");
                (Vec::new(), Some(DocumentError::Lost(what)))
            }
            Err(error) => return Err(error.into()),
        };
        let (entries, place, is_all) = merged(chapters, branches, place, limit);
        Ok(Annals {
            entries,
            next: (!is_all || next.is_some()).then_some(place),
            lost,
        })
    }

    pub(super) async fn branch(
        &self,
        id: &DocumentId,
        number: u64,
    ) -> Result<Branch, DocumentError> {
        let found = self.branches().describe(id, number).await.map_err(lost)?;
        found.ok_or(DocumentError::NoSuchBranch(number))
    }

    pub(super) async fn branches_of(&self, id: &DocumentId) -> Result<Vec<Branch>, DocumentError> {
        let listed = self.branches().list(id, Behind::NOTHING, MOST_NAMED).await;
        listed.map_err(lost)
    }

    /// What makes a document of a branch.
    pub(super) async fn past_of_branch(
        &self,
        id: &DocumentId,
        number: u64,
    ) -> Result<Past, DocumentError> {
        let found = self.branches().find(id, number).await.map_err(lost)?;
        let (branch, state) = found.ok_or(DocumentError::NoSuchBranch(number))?;
        Ok(Past {
            row: Seq(0),
            at: branch.at,
            base: Some(state),
            updates: Vec::new(),
        })
    }

    fn branches(&self) -> &dyn Branches {
        self.store().branches()
    }
}

/// A state, and the memory that is counted for it.
struct Weighed {
    state: Bytes,
    _room: Option<Share>,
}

impl AsRef<[u8]> for Weighed {
    fn as_ref(&self) -> &[u8] {
        &self.state
    }
}

/// Damage to what is kept keeps nothing new.
fn unkept(error: StoreError) -> DocumentError {
    match error {
        StoreError::Damaged(what) => DocumentError::NotSaved(what),
        error => error.into(),
    }
}

/// Both lists in one, the newest first: so many of them, the place behind these, and
/// whether that is behind all that was given.
fn merged(
    chapters: Vec<Chapter>,
    branches: Vec<Branch>,
    mut place: Place,
    limit: usize,
) -> (Vec<Entry>, Place, bool) {
    let mut chapters = chapters.into_iter().map(Entry::Version).peekable();
    let mut branches = branches.into_iter().map(Entry::Branch).peekable();
    let mut entries = Vec::new();
    while entries.len() < limit {
        let takes_branch = match (chapters.peek(), branches.peek()) {
            (Some(chapter), Some(branch)) => branch.at() >= chapter.at(),
            (chapter, _) => chapter.is_none(),
        };
        let taken = match takes_branch {
            true => branches.next(),
            false => chapters.next(),
        };
        match &taken {
            Some(Entry::Version(chapter)) => place.version = chapter.version.id,
            Some(Entry::Branch(branch)) => place.branch = branch.into(),
            None => break,
        }
        entries.extend(taken);
    }
    let is_all = chapters.peek().is_none() && branches.peek().is_none();
    (entries, place, is_all)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::store::Version;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(second)
    }

    fn chapters(of: &[(u64, u64)]) -> Vec<Chapter> {
        let version = |&(id, second)| Version {
            id,
            row: Seq(id),
            at: at(second),
            name: None,
            bytes: 0,
        };
        let chapter = |version| Chapter {
            version,
            authors: None,
        };
        of.iter().map(version).map(chapter).collect()
    }

    fn branches(of: &[(u64, u64)]) -> Vec<Branch> {
        let branch = |&(id, second)| Branch {
            id,
            at: at(second),
            author: None,
            name: None,
            bytes: 0,
        };
        of.iter().map(branch).collect()
    }

    fn told(entries: &[Entry]) -> Vec<String> {
        let tell = |entry: &Entry| match entry {
            Entry::Version(chapter) => chapter.version.id.to_string(),
            Entry::Branch(branch) => format!("b{}", branch.id),
        };
        entries.iter().map(tell).collect()
    }

    #[test]
    fn branches_stand_among_versions_by_their_time_page_by_page() {
        let (versions, others) = ([(9, 90), (5, 50), (4, 40)], [(3, 95), (7, 50), (1, 10)]);
        // The third came again, after the seventh.
        let mut place = Place::BEGIN;
        let mut seen = Vec::new();
        loop {
            let versions: Vec<_> = versions
                .into_iter()
                .filter(|it| it.0 < place.version)
                .collect();
            let others: Vec<_> = others
                .into_iter()
                .filter(|it| (it.1 as i64 * 1_000_000, it.0) < (place.branch.at, place.branch.id))
                .collect();
            let (entries, next, is_all) = merged(chapters(&versions), branches(&others), place, 2);
            seen.extend(told(&entries));
            place = next;
            if is_all {
                break;
            }
        }
        assert_eq!(seen, ["b3", "9", "b7", "5", "4", "b1"]);
        let (entries, place, is_all) = merged(Vec::new(), Vec::new(), Place::BEGIN, 5);
        assert_eq!(
            (told(&entries), place, is_all),
            (vec![], Place::BEGIN, true)
        );
    }
}
