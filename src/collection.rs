//! Files that nobody refers to any more are collected, seldom and with care.
//!
//! A look asks of each document that has files which of them it refers to, as it is or as
//! it was. A file goes when that was in vain at several looks in a row, and once more right
//! before. Whatever could not be looked at, a document that nobody knows included, keeps
//! its files. What nobody touched since the last look is not looked at again.
//!
//! Time is counted in looks, so a clock that is set collects nothing.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::attachments::{Attachments, FileError, Hash, LOOKS};
use crate::id::DocumentId;
use crate::live::{DocumentError, Documents, Trace};

/// How many documents are asked for at once.
const PAGE: usize = 100;

/// Of so many documents it is remembered what was found.
const REMEMBERED: usize = 4_096;

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
            None => self.referred(document, &looked_for).await?,
        };
        let ripe = {
            let (files, of) = (self.files.clone(), document.clone());
            let (looked_for, referred) = (looked_for.clone(), referred.clone());
            on_disk(move || files.noticed(&of, &looked_for, &referred)).await?
        };
        if !ripe.is_empty() {
            let before = self.documents.trace(document).await?;
            let referred = self.referred(document, &ripe).await?;
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
        &self,
        document: &DocumentId,
        files: &BTreeSet<Hash>,
    ) -> Result<BTreeSet<Hash>, DocumentError> {
        let words = files.iter().map(Hash::to_string).collect();
        let found = self.documents.mentions(document, words).await?;
        Ok(found.iter().filter_map(|word| word.parse().ok()).collect())
    }
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
