//! What documents were: content of a moment, versions, and who wrote.
//!
//! The store knows the rows, the historian makes documents of them; the document that
//! is open is only asked when a version is to be of what it holds now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use crate::id::{DocumentId, Seq};
use crate::live::answer::{Content, DocumentError};
use crate::live::document::{Format, Request, Sought, made};
use crate::live::documents::Documents;
use crate::live::intake::FREE_BYTES;
use crate::live::memory_budget::{Question, Share};
use crate::live::visitor::Visitor;
use crate::replica::{Replica, fingerprint};
use crate::store::{Author, Bounds, Moment, Past, Record, Row, Source, StoreError, Version};
use crate::wire::guard;

/// Of an update of more clients than this nobody is the author: it is a copy of what
/// many wrote.
const CLIENTS_OF_AN_AUTHOR: usize = 16;

/// A moment, as people name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// That of a version.
    Version(u64),
    /// By the clock.
    Clock(SystemTime),
}

/// A version, and who wrote since the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The version.
    pub version: Version,
    /// Names, and how many clients wrote whose names are not known. `None` when the
    /// rows in between are not kept any more, or are damaged.
    pub authors: Option<Writers>,
}

/// Who wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writers {
    /// Names, in order.
    pub names: BTreeSet<String>,
    /// Clients without a name, in order.
    pub unnamed: BTreeSet<u64>,
}

/// A row of the journal, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    /// Its position.
    pub seq: Seq,
    /// When.
    pub at: SystemTime,
    /// The bytes of its update.
    pub bytes: usize,
    /// The clients of whom it has insertions. A deletion does not say whose it is.
    pub clients: Vec<u64>,
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
        root: &str,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        let root = if format == Format::Yjs { "" } else { root };
        let sought = Sought::Export(format, root.to_owned());
        let read = move |replicas: &mut [Replica]| {
            let replica = replicas.first_mut()?;
            let fingerprint = fingerprint(replica.doc());
            Some((made(&sought, replica), fingerprint))
        };
        let (share, read) = self.remember(id, vec![at], by, read).await?;
        let (body, fingerprint) = read.ok_or(DocumentError::NotFound)?;
        let share = self.shrunk(share, body.len(), by).await;
        Ok(Content {
            body,
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
        let mut moments = Vec::new();
        for at in at {
            moments.push(self.moment(id, at).await?);
        }
        let about = self.about(id, &record).await? * moments.len();
        let share = self.share(about, by).await;
        let mut pasts: Vec<Past> = Vec::new();
        for moment in moments {
            pasts.push(self.store().recall(id, moment).await.map_err(lost)?);
        }
        let limits = self.settings().limits.clone();
        let read = self.historian().remember(pasts, limits, read).await?;
        Ok((share, read))
    }

    /// The rows between two moments, the first exclusive, and who wrote them.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    pub async fn written_between(
        &self,
        id: &DocumentId,
        from: At,
        to: At,
        by: Visitor,
    ) -> Result<Vec<Wrote>, DocumentError> {
        self.known(id).await?;
        let (from, to) = (self.row(id, from).await?, self.row(id, to).await?);
        self.wrote(id, from, to, by).await
    }

    /// Makes a version of what a document holds now, with everything that it took so
    /// far.
    pub async fn make_version(
        &self,
        id: &DocumentId,
        name: String,
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
        renamed.ok_or(DocumentError::NoSuchVersion(version))
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

    /// Whose names are known of those who wrote in a document.
    pub async fn authors(&self, id: &DocumentId) -> Result<Vec<Author>, DocumentError> {
        self.known(id).await?;
        Ok(self.store().authors(id).await?)
    }

    /// Notes that an update, which was taken, was written by somebody of this name.
    /// Clients that are known by a name keep it, since an update may hold what others
    /// wrote.
    pub async fn attribute(
        &self,
        id: &DocumentId,
        update: &Bytes,
        name: &str,
    ) -> Result<(), DocumentError> {
        let clients = clients_of(update);
        if clients.len() > CLIENTS_OF_AN_AUTHOR {
            return Ok(());
        }
        let since = SystemTime::now();
        let noted: Vec<_> = clients
            .into_iter()
            .map(|client| Author {
                client,
                name: name.to_owned(),
                since,
            })
            .map(|author| self.store().attribute(id, author, Source::Messenger))
            .collect();
        for ticket in noted {
            ticket.await?;
        }
        Ok(())
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
        let mut chapters = Vec::new();
        for (number, version) in versions.iter().take(count).enumerate() {
            let before = match versions.get(number + 1) {
                Some(before) => before.row.min(version.row),
                None => self.beginning(id).await?,
            };
            // What became of the rows does not keep anybody from the list.
            let clients = self.clients_between(id, before, version.row, by).await;
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
            chapters.push(Chapter {
                version: version.clone(),
                authors,
            });
        }
        Ok(chapters)
    }

    /// The clients that wrote the rows after one row, up to another. Rows never
    /// change, so what was found is kept for a while.
    async fn clients_between(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Arc<[u64]>, DocumentError> {
        if let Some(known) = self.writers().find(id, after, through) {
            return Ok(known);
        }
        let rows = self.wrote(id, after, through, by).await?;
        let clients: BTreeSet<u64> = rows.into_iter().flat_map(|row| row.clients).collect();
        let clients: Arc<[u64]> = clients.into_iter().collect();
        self.writers().keep(id, after, through, &clients);
        Ok(clients)
    }

    async fn wrote(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Vec<Wrote>, DocumentError> {
        if after >= through {
            return Ok(Vec::new());
        }
        let parts = self.store().history(id).await.map_err(lost)?;
        let between = parts
            .iter()
            .filter(|part| part.last > after && part.after < through);
        let about: u64 = between.map(|part| part.bytes).sum();
        let _share = self.share(about as usize, by).await;
        let rows = self.store().rows(id, after, through).await.map_err(lost)?;
        let look = |row: Row| Wrote {
            seq: row.seq,
            at: row.at,
            bytes: row.update.len(),
            clients: clients_of(&row.update),
        };
        self.historian()
            .think(move || Ok(rows.into_iter().map(look).collect()))
            .await
    }

    /// The row before the first that is known.
    async fn beginning(&self, id: &DocumentId) -> Result<Seq, DocumentError> {
        let parts = self.store().history(id).await.map_err(lost)?;
        Ok(parts.first().map_or(Seq(0), |part| part.after))
    }

    async fn row(&self, id: &DocumentId, at: At) -> Result<Seq, DocumentError> {
        match self.moment(id, at).await? {
            Moment::Row(row) => Ok(row),
            moment => Ok(self.store().recall(id, moment).await.map_err(lost)?.row),
        }
    }

    async fn moment(&self, id: &DocumentId, at: At) -> Result<Moment, DocumentError> {
        let version = match at {
            At::Clock(at) => return Ok(Moment::At(at)),
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

    async fn share(&self, bytes: usize, by: Visitor) -> Option<Share> {
        if bytes <= FREE_BYTES {
            return None;
        }
        self.exports().of(by).share(bytes, Question::new().0).await
    }

    /// A share for an answer of so many bytes, in the place of the one that it was
    /// made with.
    async fn shrunk(&self, share: Option<Share>, bytes: usize, by: Visitor) -> Option<Share> {
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
fn lost(error: StoreError) -> DocumentError {
    match error {
        StoreError::Damaged(what) => DocumentError::Lost(what),
        error => error.into(),
    }
}

/// The clients of whom an update has insertions. It was taken before, so what is not
/// sound in it is nobody's.
fn clients_of(update: &Bytes) -> Vec<u64> {
    let limits = guard::Limits {
        message_bytes: usize::MAX,
        ..guard::Limits::default()
    };
    match guard::inspect(update, &limits) {
        Ok(survey) => survey.sections().map(|(client, _)| client).collect(),
        Err(_) => Vec::new(),
    }
}
