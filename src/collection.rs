//! Files that nobody refers to any more are collected, seldom and with care.
//!
//! A look asks of each document that has files which of them it refers to, as it is or as
//! it was. A file goes when that was in vain at several looks in a row, and once more right
//! before. Whatever could not be looked at, a document that nobody knows included, keeps
//! its files. What nobody touched since the last look is not looked at again.
//!
//! Time is counted in looks, so a clock that is set collects nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::attachments::{Attachments, FileError, Hash, LOOKS};
use crate::id::DocumentId;
use crate::live::{DocumentError, Documents, Trace};

/// How many documents are asked for at once.
const PAGE: usize = 100;

/// Of so many documents it is remembered what was found.
const REMEMBERED: usize = 4_096;

/// So many files are remembered that were looked for in branches.
const FILES_REMEMBERED: usize = 1 << 17;

/// Looks after files for as long as the server runs; never if they are kept for ever.
pub(crate) async fn collects(documents: Documents, files: Attachments) {
    let grace = files.limits().grace;
    if grace.is_zero() {
        return;
    }
    let mut collector = Collector {
        documents,
        files,
        remembered: HashMap::new(),
        branches: BranchesRead::default(),
    };
    let mut is_swept = false;
    loop {
        tokio::time::sleep((grace / LOOKS).max(Duration::from_millis(10))).await;
        if !is_swept {
            is_swept = collector.sweeps().await;
        }
        if let Err(error) = collector.looks().await {
            log::warn!("attached files were not all looked after: {error}");
        }
    }
}

struct Collector {
    documents: Documents,
    files: Attachments,
    remembered: HashMap<DocumentId, Found>,
    branches: BranchesRead,
}

/// What was found in branches. One never changes, so it is read again only for files that
/// were not looked for in it.
#[derive(Default)]
struct BranchesRead {
    of: HashMap<DocumentId, BTreeMap<u64, InBranch>>,
    /// How many files all of it names.
    size: usize,
}

/// Which files were looked for in a branch, and which of them it refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct InBranch {
    looked_for: BTreeSet<Hash>,
    referred: BTreeSet<Hash>,
}

impl BranchesRead {
    /// Forgets branches of a document that are not there any more; when all of it is too
    /// much, those of this document first, so that one cannot take the room of all.
    fn keeps(&mut self, document: &DocumentId, branches: &[u64]) {
        if self.size > FILES_REMEMBERED {
            let of = self.of.remove(document).unwrap_or_default();
            let size: usize = of.values().map(|read| read.looked_for.len()).sum();
            self.size = self.size.saturating_sub(size);
        }
        if self.size > FILES_REMEMBERED {
            *self = Self::default();
        }
        if let Some(of) = self.of.get_mut(document) {
            let size = &mut self.size;
            of.retain(|number, read| {
                let stays = branches.contains(number);
                if !stays {
                    *size = size.saturating_sub(read.looked_for.len());
                }
                stays
            });
        }
    }

    /// What is known of these files in a branch, and those of which nothing is.
    fn look_up(
        &self,
        document: &DocumentId,
        branch: u64,
        files: &BTreeSet<Hash>,
    ) -> (BTreeSet<Hash>, BTreeSet<Hash>) {
        let known = self.of.get(document).and_then(|of| of.get(&branch));
        match known {
            Some(known) => (
                known.referred.intersection(files).copied().collect(),
                files.difference(&known.looked_for).copied().collect(),
            ),
            None => (BTreeSet::new(), files.clone()),
        }
    }

    fn note(
        &mut self,
        document: &DocumentId,
        branch: u64,
        looked_for: BTreeSet<Hash>,
        referred: &BTreeSet<Hash>,
    ) {
        let of = self.of.entry(document.clone()).or_default();
        let read = of.entry(branch).or_default();
        let before = read.looked_for.len();
        read.looked_for.extend(looked_for);
        read.referred.extend(referred);
        self.size += read.looked_for.len() - before;
    }
}

/// What the last look at a document found.
struct Found {
    trace: Trace,
    looked_for: BTreeSet<Hash>,
    referred: BTreeSet<Hash>,
}

impl Collector {
    async fn sweeps(&self) -> bool {
        let files = self.files.clone();
        match on_disk(move || files.sweep()).await {
            Ok(0) => true,
            Ok(swept) => {
                log::info!("swept up {swept} contents of files that were never kept, or gone");
                true
            }
            Err(error) => {
                log::warn!("contents of files that nobody knows were not swept up: {error}");
                false
            }
        }
    }

    async fn looks(&mut self) -> Result<(), FileError> {
        let mut after = None;
        loop {
            let files = self.files.clone();
            let begin = after.take();
            let page = on_disk(move || files.documents(begin.as_ref(), PAGE)).await?;
            for document in &page {
                match self.looks_at(document).await {
                    Ok(()) => {}
                    Err(Unseen::Document(error)) => {
                        log::debug!("files of {document:?} stay: {error}");
                    }
                    Err(Unseen::Files(error)) => return Err(error),
                }
            }
            match page.into_iter().last() {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    async fn looks_at(&mut self, document: &DocumentId) -> Result<(), Unseen> {
        let (files, of) = (self.files.clone(), document.clone());
        let looked_for = on_disk(move || files.hashes(&of)).await?;
        let trace = self.documents.trace(document).await?;
        let known = self.remembered.get(document);
        let known = known.filter(|it| it.trace == trace && it.looked_for == looked_for);
        let referred = match known {
            Some(found) => found.referred.clone(),
            None => self.referred(document, &trace, &looked_for).await?,
        };
        let ripe = {
            let (files, of) = (self.files.clone(), document.clone());
            let (looked_for, referred) = (looked_for.clone(), referred.clone());
            on_disk(move || files.noticed(&of, &looked_for, &referred)).await?
        };
        if !ripe.is_empty() {
            let before = self.documents.trace(document).await?;
            let referred = self.referred(document, &before, &ripe).await?;
            for &hash in ripe.difference(&referred) {
                // Somebody may write it again at any moment.
                if self.documents.trace(document).await? != before {
                    break;
                }
                let (files, of) = (self.files.clone(), document.clone());
                if on_disk(move || files.collect(&of, &hash)).await? {
                    log::info!("file {hash} of {document:?} is collected: nothing refers to it");
                }
            }
        }
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        let found = Found {
            trace,
            looked_for,
            referred,
        };
        self.remembered.insert(document.clone(), found);
        Ok(())
    }

    async fn referred(
        &mut self,
        document: &DocumentId,
        trace: &Trace,
        files: &BTreeSet<Hash>,
    ) -> Result<BTreeSet<Hash>, DocumentError> {
        let found = self.documents.mentions(document, words(files)).await?;
        let mut referred = hashes(&found);
        self.branches.keeps(document, trace.branches());
        for &branch in trace.branches() {
            let left: BTreeSet<Hash> = files.difference(&referred).copied().collect();
            let (known, unknown) = self.branches.look_up(document, branch, &left);
            referred.extend(known);
            if unknown.is_empty() {
                continue;
            }
            let wanted = words(&unknown);
            let found = self.documents.branch_mentions(document, branch, wanted);
            let found = hashes(&found.await?);
            self.branches.note(document, branch, unknown, &found);
            referred.extend(found);
        }
        Ok(referred)
    }
}

fn words(files: &BTreeSet<Hash>) -> BTreeSet<String> {
    files.iter().map(Hash::to_string).collect()
}

fn hashes(words: &BTreeSet<String>) -> BTreeSet<Hash> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

/// Why a document's files stay as they are.
enum Unseen {
    Document(DocumentError),
    Files(FileError),
}

impl From<DocumentError> for Unseen {
    fn from(error: DocumentError) -> Self {
        Self::Document(error)
    }
}

impl From<FileError> for Unseen {
    fn from(error: FileError) -> Self {
        Self::Files(error)
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(FileError::Unavailable(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every branch of a document was read and made again at each look, for each letter
    /// that was typed in between.
    #[test]
    fn a_branch_is_read_again_only_for_what_was_not_looked_for_in_it() {
        let hash = |digit: &str| digit.repeat(64).parse::<Hash>().unwrap();
        let files = |of: &[&str]| of.iter().map(|it| hash(it)).collect::<BTreeSet<_>>();
        let plan = DocumentId::parse("plan").unwrap();
        let mut read = BranchesRead::default();
        let nothing = (files(&[]), files(&["a", "b"]));
        assert_eq!(read.look_up(&plan, 1, &files(&["a", "b"])), nothing);
        read.note(&plan, 1, files(&["a", "b"]), &files(&["a"]));
        let all = (files(&["a"]), files(&[]));
        assert_eq!(read.look_up(&plan, 1, &files(&["a", "b"])), all);
        let some = (files(&[]), files(&["c"]));
        assert_eq!(read.look_up(&plan, 1, &files(&["b", "c"])), some);
        assert_eq!(read.look_up(&plan, 2, &files(&["a", "b"])), nothing);
        read.note(&plan, 1, files(&["c"]), &files(&["c"]));
        assert_eq!(read.size, 3);
        read.keeps(&plan, &[1, 2]);
        let all = (files(&["a", "c"]), files(&[]));
        assert_eq!(read.look_up(&plan, 1, &files(&["a", "c"])), all);
        read.keeps(&plan, &[2]);
        assert_eq!(read.size, 0);
        assert_eq!(read.look_up(&plan, 1, &files(&["a", "b"])), nothing);
        read.size = FILES_REMEMBERED + 1;
        read.keeps(&plan, &[]);
        assert_eq!(read.size, 0, "and never more than so many");
    }
}
