//! What lies behind a memory store's counter: the documents, what is held back,
//! and what is to fail.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::SystemTime;

use bytes::Bytes;

use super::super::listing::{self, Filter};
use super::super::{
    Append, Author, Crash, CrashHistory, During, Health, KEPT_BYTES, KEPT_CRASHES, ListQuery, Page,
    Record, Retention, Segment, StoreError, Stored, Version, micros,
};
use crate::id::{DocumentId, Sender, Seq};

/// What faults and order tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Append,
    Compact,
    Other,
    Load,
    Read,
    Close,
}

pub(super) type Work = Box<dyn FnOnce(&mut Desk) + Send>;

/// An operation that waits. One without a document waits for all others.
pub(super) struct Held {
    pub(super) document: Option<DocumentId>,
    pub(super) run: Work,
}

/// Everything behind the counter.
pub(super) struct Desk {
    pub(super) documents: BTreeMap<DocumentId, Kept>,
    pub(super) last: u64,
    pub(super) retention: Retention,
    pub(super) closed: bool,
    pub(super) health: Health,
    pub(super) gated: HashSet<Kind>,
    pub(super) held: VecDeque<Held>,
    pub(super) failing: HashMap<Kind, (usize, StoreError)>,
    pub(super) damaged: HashSet<DocumentId>,
    /// Oldest first.
    pub(super) crashes: VecDeque<Remembered>,
}

/// A crash, and where in its document's life it stands.
#[derive(Debug, Clone)]
pub(super) struct Remembered {
    crash: Crash,
    after: Seq,
    released: bool,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            documents: BTreeMap::new(),
            last: 0,
            retention: Retention::default(),
            closed: false,
            health: Health::Ready,
            gated: HashSet::new(),
            held: VecDeque::new(),
            failing: HashMap::new(),
            damaged: HashSet::new(),
            crashes: VecDeque::new(),
        }
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("documents", &self.documents.len())
            .field("held", &self.held.len())
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

impl Desk {
    pub(super) fn must_wait(&self, kind: Kind, document: Option<&DocumentId>) -> bool {
        self.gated.contains(&kind)
            || (kind == Kind::Close && !self.held.is_empty())
            || (document.is_some()
                && self
                    .held
                    .iter()
                    .any(|held| held.document.as_ref() == document))
    }

    /// Does `work` unless a fault or the store's health is in the way.
    pub(super) fn attempt<T>(
        &mut self,
        kind: Kind,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let writes = matches!(kind, Kind::Append | Kind::Compact | Kind::Other);
        if writes && let Health::Stopped(reason) = &self.health {
            return Err(StoreError::Engine(reason.clone()));
        }
        if let Some((left, error)) = self.failing.get_mut(&kind).filter(|(left, _)| *left > 0) {
            *left -= 1;
            let error = error.clone();
            if writes && let StoreError::Engine(reason) = &error {
                self.health = Health::Failing(reason.clone());
            }
            return Err(error);
        }
        let answer = work(self);
        if writes && answer.is_ok() {
            self.health = Health::Ready;
        }
        answer
    }

    pub(super) fn append(&mut self, append: Append) -> Result<Seq, StoreError> {
        let kept = self
            .documents
            .entry(append.document)
            .or_insert_with(|| Kept::born(append.at));
        if kept.stored.deleted.is_some() {
            return Err(StoreError::Deleted);
        }
        self.last += 1;
        let seq = Seq(self.last);
        kept.stored.tail.push((seq, append.update));
        kept.notes.push((rounded(append.at), append.sender));
        kept.last = seq;
        kept.updated = kept.updated.max(rounded(append.at));
        if let Some(title) = append.title {
            kept.stored.title = title;
        }
        Ok(seq)
    }

    /// The last position ever written for a document.
    fn last_of(&self, document: &DocumentId) -> Seq {
        let stored = self.documents.get(document).map(|kept| &kept.stored);
        stored.map_or(Seq(0), |stored| {
            let last = stored.tail.last().map(|(seq, _)| *seq);
            last.unwrap_or(stored.through)
        })
    }

    pub(super) fn crashed(&mut self, mut crash: Crash) {
        crash.update = crash.kept_update().cloned();
        let after = self.last_of(&crash.document);
        self.crashes.push_back(Remembered {
            crash,
            after,
            released: false,
        });
        let mut bytes: usize = self.crashes.iter().map(Remembered::bytes).sum();
        while self.crashes.len() > KEPT_CRASHES || bytes > KEPT_BYTES {
            bytes -= self.crashes.pop_front().map_or(bytes, |gone| gone.bytes());
        }
    }

    pub(super) fn crashes(&self, document: &DocumentId) -> CrashHistory {
        let last = self.last_of(document);
        let of_it = || {
            self.crashes
                .iter()
                .filter(|r| r.crash.document == *document)
        };
        let counting = |during| of_it().filter(move |r| r.crash.during == during && !r.released);
        let applying = |blamed| {
            counting(During::Applying)
                .filter(|r| r.after == last && r.crash.hash.is_some() == blamed)
                .count()
        };
        CrashHistory {
            in_a_row: applying(true),
            ended: applying(false),
            loading: counting(During::Loading).count(),
            updates: of_it().filter_map(|r| r.crash.update.clone()).collect(),
        }
    }

    pub(super) fn release(&mut self, document: &DocumentId, during: Option<During>) -> usize {
        let counting = self.crashes.iter_mut().filter(|r| {
            r.crash.document == *document
                && !r.released
                && during.is_none_or(|during| r.crash.during == during)
        });
        counting
            .map(|remembered| remembered.released = true)
            .count()
    }

    pub(super) fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let filter = Filter::of(query);
        let admitted = |(id, kept): &(&DocumentId, &Kept)| {
            kept.stored.deleted.is_some() == query.deleted
                && filter.admits(id.as_str(), kept.stored.title.as_deref())
        };
        let found = self.documents.iter().filter(admitted);
        listing::sorted(query, found.map(|(id, kept)| Ok(kept.record(id))))
    }
}

impl Remembered {
    fn bytes(&self) -> usize {
        self.crash.update.as_ref().map_or(0, Bytes::len)
    }
}

/// A document and what a list shows of it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) stored: Stored,
    pub(super) created: SystemTime,
    pub(super) updated: SystemTime,
    /// When the rows of the tail were written, and whose they are.
    pub(super) notes: Vec<(SystemTime, Sender)>,
    /// The last row ever written for it, and the last that was folded.
    pub(super) last: Seq,
    pub(super) folded: Seq,
    /// Oldest first.
    pub(super) segments: Vec<Segment>,
    /// Oldest first, and the greatest number given to one.
    pub(super) versions: Vec<Version>,
    pub(super) numbered: u64,
    pub(super) authors: BTreeMap<u64, Author>,
}

impl Kept {
    pub(super) fn born(at: SystemTime) -> Self {
        let at = rounded(at);
        Self {
            stored: Stored::default(),
            created: at,
            updated: at,
            notes: Vec::new(),
            last: Seq(0),
            folded: Seq(0),
            segments: Vec::new(),
            versions: Vec::new(),
            numbered: 0,
            authors: BTreeMap::new(),
        }
    }

    pub(super) fn record(&self, document: &DocumentId) -> Record {
        let snapshot = self.stored.snapshot.as_ref().map_or(0, Bytes::len);
        let tail: usize = self
            .stored
            .tail
            .iter()
            .map(|(_, update)| update.len())
            .sum();
        Record {
            document: document.clone(),
            title: self.stored.title.clone(),
            created: self.created,
            updated: self.updated,
            row: self.last,
            bytes: (snapshot + tail) as u64,
            deleted: self.stored.deleted,
        }
    }
}

/// `moment` as precisely as a store keeps it.
pub(super) fn rounded(moment: SystemTime) -> SystemTime {
    micros::moment(micros::since_1970(moment))
}
