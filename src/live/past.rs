//! What documents were: content of a moment, and versions.
//!
//! The store knows the rows, the historian makes documents of them; the document that
//! is open is only asked when a version is to be of what it holds now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::export::Format;
use crate::id::{DocumentId, Seq};
use crate::live::answer::{Content, DocumentError};
use crate::live::authorship::Writers;
use crate::live::document::{Request, Sought, look};
use crate::live::documents::Documents;
use crate::live::intake::FREE_BYTES;
use crate::live::memory_budget::{Question, Share};
use crate::live::scribe::{self, Written};
use crate::live::visitor::Visitor;
use crate::replica::{Replica, fingerprint};
use crate::store::{Bounds, Moment, Past, Record, StoreError, Version};

/// A moment, as people name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// That of a version.
    Version(u64),
    /// None of the journal: what somebody wrote without a connection.
    Branch(u64),
    /// By the clock.
    Clock(SystemTime),
    /// That of the last row on disk.
    Now,
    /// Before the first row, when there was nothing. Nobody names it; it is what a moment
    /// before the document is compared as.
    Beginning,
}

/// Where a state is found.
enum Whence {
    Moment(Moment),
    Branch(u64),
}

/// A row behind every one that there is.
const LAST: Seq = Seq(i64::MAX.cast_unsigned());

/// A version, and who wrote since the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The version.
    pub version: Version,
    /// Names, and how many clients wrote whose names are not known. `None` when the
    /// rows in between are not kept any more, or are damaged.
    pub authors: Option<Writers>,
}

impl Documents {
    /// The content of a document's root as it was.
    ///
    /// # Errors
    /// [`DocumentError::NoSuchVersion`], [`DocumentError::NotYet`],
    /// [`DocumentError::Forgotten`], [`DocumentError::Lost`].
    pub async fn read_at(
        &self,
        id: &DocumentId,
        at: At,
        format: Format,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        let root = root.filter(|_| !format.is_state());
        let sought = Sought::Export(format, root.map(str::to_owned));
        let read = move |replicas: &mut [Replica]| {
            let replica = replicas.first_mut()?;
            let fingerprint = fingerprint(replica.doc());
            let (source, root, format) = look(&sought, replica);
            Some((scribe::write(source, format)?, root, fingerprint))
        };
        let (share, read) = self.remember(id, vec![at], by, read).await?;
        let (written, root, fingerprint) = read.ok_or_else(|| {
            let reason = "the content cannot be written in this format".to_owned();
            DocumentError::Unreadable(reason)
        })?;
        let Written { body, simplified } = written;
        let share = self.shrunk(share, body.len(), by).await;
        Ok(Content {
            body,
            root,
            simplified,
            fingerprint,
            share: share.map(Arc::new),
        })
    }

    /// Makes a document as it was at each of some moments and reads from these, all at
    /// once, on a thread for it. Gives the memory that is counted for them too, to be
    /// held for as long as what was read.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    pub async fn remember<T: Send + 'static>(
        &self,
        id: &DocumentId,
        at: Vec<At>,
        by: Visitor,
        read: impl FnOnce(&mut [Replica]) -> T + Send + 'static,
    ) -> Result<(Option<Share>, T), DocumentError> {
        let record = self.known(id).await?;
        let mut sought = Vec::new();
        let mut about = 0;
        for at in at {
            about += match at {
                At::Branch(number) => self.branch(id, number).await?.bytes as usize,
                _ => self.about(id, &record).await?,
            };
            sought.push(match at {
                At::Branch(number) => Whence::Branch(number),
                at => Whence::Moment(self.moment(id, at).await?),
            });
        }
        let share = self.share(about, by).await;
        // Not before: many who wait would hold the past of each.
        let _turn = self.historian().turn().await?;
        let mut pasts: Vec<Past> = Vec::new();
        for sought in sought {
            pasts.push(match sought {
                Whence::Branch(number) => self.past_of_branch(id, number).await?,
                Whence::Moment(moment) => self.recall(id, moment).await?,
            });
        }
        let limits = self.settings().limits.clone();
        let read = self.historian().remember(pasts, limits, read).await?;
        Ok((share, read))
    }

    /// Makes a version of what a document holds now, with everything that it took so
    /// far.
    pub async fn make_version(
        &self,
        id: &DocumentId,
        name: Option<String>,
    ) -> Result<Version, DocumentError> {
        self.known(id).await?;
        self.call(id, |reply| Request::Version(name, reply)).await
    }

    /// Names a version, or takes its name away.
    pub async fn rename_version(
        &self,
        id: &DocumentId,
        version: u64,
        name: Option<String>,
    ) -> Result<Version, DocumentError> {
        self.known(id).await?;
        let renamed = self.store().rename(id, version, name).await?;
        let renamed = renamed.ok_or(DocumentError::NoSuchVersion(version))?;
        self.feeds().versioned(id, &renamed);
        Ok(renamed)
    }

    /// A document's versions, the newest first, before one of them if given.
    pub async fn versions(
        &self,
        id: &DocumentId,
        before: Option<u64>,
        limit: usize,
        by: Visitor,
    ) -> Result<(Vec<Chapter>, Option<u64>), DocumentError> {
        self.known(id).await?;
        // One more, to know who wrote since that and whether there is a next page.
        let versions = self.store().versions(id, before, limit + 1).await?;
        let next = versions.get(limit).and(versions.get(limit.wrapping_sub(1)));
        let next = next.map(|version| version.id);
        let chapters = self.chapters(id, versions, limit, by).await?;
        Ok((chapters, next))
    }

    /// One version.
    pub async fn version(
        &self,
        id: &DocumentId,
        version: u64,
        by: Visitor,
    ) -> Result<Chapter, DocumentError> {
        self.known(id).await?;
        let before = Some(version.saturating_add(1));
        let versions = self.store().versions(id, before, 2).await?;
        let mut chapters = self.chapters(id, versions, 1, by).await?;
        chapters.retain(|chapter| chapter.version.id == version);
        chapters.pop().ok_or(DocumentError::NoSuchVersion(version))
    }

    /// Versions with who wrote since the one before, which is the next in the list;
    /// `count` of them.
    async fn chapters(
        &self,
        id: &DocumentId,
        versions: Vec<Version>,
        count: usize,
        by: Visitor,
    ) -> Result<Vec<Chapter>, DocumentError> {
        let names: BTreeMap<u64, String> = self
            .store()
            .authors(id)
            .await?
            .into_iter()
            .map(|author| (author.client, author.name))
            .collect();
        let parts = self.store().history(id).await.map_err(lost)?;
        let beginning = parts.first().map_or(Seq(0), |part| part.after);
        let span = |(number, version): (usize, &Version)| {
            let before = versions.get(number + 1).map_or(beginning, |it| it.row);
            (before.min(version.row), version.row)
        };
        let spans: Vec<_> = versions.iter().enumerate().take(count).map(span).collect();
        self.look_up_writers(id, &parts, &spans, by).await;
        let mut chapters = Vec::new();
        for (version, (after, through)) in versions.into_iter().zip(spans) {
            // What became of the rows does not keep anybody from the list.
            let clients = self.clients_between(id, after, through, by).await;
            let authors = clients.ok().map(|clients| {
                let mut writers = Writers::default();
                for client in clients.iter() {
                    match names.get(client) {
                        Some(name) => writers.names.insert(name.clone()),
                        None => writers.unnamed.insert(*client),
                    };
                }
                writers
            });
            chapters.push(Chapter { version, authors });
        }
        Ok(chapters)
    }

    pub(super) async fn row(&self, id: &DocumentId, at: At) -> Result<Seq, DocumentError> {
        match self.moment(id, at).await? {
            Moment::Row(LAST) => self.last_row(id).await,
            Moment::Row(row) => Ok(row),
            moment => Ok(self.recall(id, moment).await?.row),
        }
    }

    /// What a document was at a moment. From when it was made until its first row it was
    /// there, and empty.
    async fn recall(&self, id: &DocumentId, moment: Moment) -> Result<Past, DocumentError> {
        let recalled = self.store().recall(id, moment).await;
        if let (Err(StoreError::NotYet(_)), Moment::At(at)) = (&recalled, moment)
            && let Some(record) = self.store().describe(id).await?
            && record.created <= at
        {
            let empty = self.store().recall(id, Moment::Row(Seq(0))).await;
            return empty.map_err(lost);
        }
        recalled.map_err(lost)
    }

    async fn moment(&self, id: &DocumentId, at: At) -> Result<Moment, DocumentError> {
        let version = match at {
            At::Clock(at) => return Ok(Moment::At(at)),
            At::Now => return Ok(Moment::Row(LAST)),
            At::Beginning => return Ok(Moment::Row(Seq(0))),
            At::Branch(branch) => return Err(DocumentError::NoSuchBranch(branch)),
            At::Version(version) => version,
        };
        let before = Some(version.saturating_add(1));
        let found = self.store().versions(id, before, 1).await?;
        match found.first() {
            Some(found) if found.id == version => Ok(Moment::Row(found.row)),
            _ => Err(DocumentError::NoSuchVersion(version)),
        }
    }

    /// About how many bytes it takes to make the document as it was.
    async fn about(&self, id: &DocumentId, record: &Record) -> Result<usize, DocumentError> {
        let parts = self.store().history(id).await.map_err(lost)?;
        let mut run = 0;
        let mut longest = 0;
        for Bounds {
            bytes, has_base, ..
        } in &parts
        {
            run = if *has_base { *bytes } else { run + bytes };
            longest = longest.max(run);
        }
        Ok((record.bytes + longest) as usize)
    }

    pub(super) async fn share(&self, bytes: usize, by: Visitor) -> Option<Share> {
        if bytes <= FREE_BYTES {
            return None;
        }
        self.exports().of(by).share(bytes, Question::new().0).await
    }

    /// A share for an answer of so many bytes, in the place of the one that it was
    /// made with.
    pub(super) async fn shrunk(
        &self,
        share: Option<Share>,
        bytes: usize,
        by: Visitor,
    ) -> Option<Share> {
        match share {
            _ if bytes <= FREE_BYTES => None,
            Some(share) if self.exports().covers(&share, bytes) => Some(share.shrunk_to(bytes)),
            share => {
                // Two at a time of one visitor could wait for each other.
                drop(share);
                self.share(bytes, by).await
            }
        }
    }
}

/// Damage to history is none to the document.
pub(super) fn lost(error: StoreError) -> DocumentError {
    match error {
        StoreError::Damaged(what) => DocumentError::Lost(what),
        error => error.into(),
    }
}
