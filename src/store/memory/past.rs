//! The history of documents in memory: segments, versions, authors.

use std::time::SystemTime;

use bytes::Bytes;

use super::super::history::{self, Course, Parts, Seal, keeps_base};
use super::super::version::cut;
use super::super::{
    Author, Bounds, MOST_AUTHORS, MOST_VERSIONS, Moment, Past, Row, Segment, Source, StoreError,
    Version, micros,
};
use super::desk::{Desk, Kept};
use crate::id::{DocumentId, Seq};

impl Kept {
    /// The rows of the tail up to a position.
    fn tail_rows(&self, through: Seq) -> Vec<Row> {
        let rows = self.stored.tail.iter().zip(&self.notes);
        rows.filter(|((seq, _), _)| *seq <= through)
            .map(|((seq, update), (at, sender))| Row {
                seq: *seq,
                at: *at,
                update: update.clone(),
                sender: *sender,
            })
            .collect()
    }

    /// The row before the tail.
    fn before_tail(&self) -> Seq {
        self.folded
    }

    fn segment(&self, through: Seq) -> Result<Option<Segment>, StoreError> {
        let rows = self.tail_rows(through);
        let after = self.before_tail();
        let unbroken = self.segments.last().map(|segment| segment.bounds.last) == Some(after);
        let since = unbroken.then(|| {
            let mut bytes = 0;
            for segment in self.segments.iter().rev() {
                bytes += segment.bounds.bytes;
                if segment.bounds.has_base {
                    break;
                }
            }
            bytes
        });
        let base = self.stored.snapshot.as_ref();
        let base = base.filter(|base| keeps_base(base.len(), since));
        Segment::pack(after, &rows, base, seal(&rows))
    }

    fn bounds(&self) -> Vec<Bounds> {
        let rows = &self.stored.tail;
        let bytes = rows.iter().map(|(_, update)| update.len() as u64).sum();
        let moments = || self.notes.iter().map(|(at, _)| *at);
        let tail = Bounds {
            after: self.before_tail(),
            last: self.last,
            rows: rows.len(),
            since: moments().min().unwrap_or(self.updated),
            until: moments().max().unwrap_or(self.updated),
            bytes,
            stored: bytes,
            has_base: self.stored.snapshot.is_some(),
        };
        let segments = self.segments.iter().map(Segment::bounds);
        segments.chain([tail]).collect()
    }
}

fn seal(rows: &[Row]) -> Seal {
    let mut seal = Seal::default();
    for row in rows {
        let moment = micros::since_1970(row.at);
        let checksum = crc32c::crc32c_append(crc32c::crc32c(&row.update), &moment.to_le_bytes());
        seal.add(row.seq.0, checksum.into());
    }
    seal
}

impl Parts for &Kept {
    fn rows(&mut self, part: usize) -> Result<Vec<Row>, StoreError> {
        match self.segments.get(part) {
            Some(segment) => history::rows(&segment.body).map_err(StoreError::Damaged),
            None => Ok(self.tail_rows(self.last)),
        }
    }

    fn base(&mut self, part: usize) -> Result<Bytes, StoreError> {
        let missing = || StoreError::Damaged("a base is missing".to_owned());
        match self.segments.get(part) {
            Some(segment) => {
                let base = segment.base.as_ref().ok_or_else(missing)?;
                history::base(base).map_err(StoreError::Damaged)
            }
            None => self.stored.snapshot.clone().ok_or_else(missing),
        }
    }
}

impl Desk {
    pub(super) fn segment(
        &self,
        document: &DocumentId,
        through: Seq,
    ) -> Result<Option<Segment>, StoreError> {
        self.known(document)?.segment(through)
    }

    pub(super) fn compact(
        &mut self,
        document: &DocumentId,
        through: Seq,
        snapshot: Bytes,
        segment: Option<Segment>,
    ) -> Result<(), StoreError> {
        let (last, retention) = (self.last, self.retention);
        let kept = self
            .documents
            .get_mut(document)
            .ok_or(StoreError::NotFound)?;
        if through < kept.stored.through || through.0 > last {
            return Err(StoreError::Engine(format!(
                "a snapshot of {document:?} through {through} fits neither the one through {} nor a journal that ends at {last}",
                kept.stored.through,
            )));
        }
        let gone = kept.tail_rows(through);
        if let Some(segment) = &segment
            && !seal(&gone).is_of(segment)
        {
            return Err(history::misfit(document, through));
        }
        kept.stored.tail.retain(|(seq, _)| *seq > through);
        kept.notes.drain(..gone.len());
        kept.folded = gone.last().map_or(kept.folded, |row| row.seq);
        kept.stored.snapshot = Some(snapshot);
        kept.stored.through = through;
        kept.segments.extend(segment);
        let bounds: Vec<Bounds> = kept.segments.iter().map(Segment::bounds).collect();
        let pinned = kept
            .versions
            .iter()
            .filter(|version| version.name.is_some());
        let pins: Vec<Seq> = pinned.map(|version| version.row).collect();
        let gone = retention.expired(&bounds, &pins, SystemTime::now());
        if !gone.is_empty() {
            for number in gone.into_iter().rev() {
                kept.segments.remove(number);
            }
            let left: Vec<Bounds> = kept.segments.iter().map(Segment::bounds).collect();
            let newest = kept.numbered;
            kept.versions.retain(|it| {
                it.name.is_some() || it.id == newest || history::can_be_had(it.row, &left, through)
            });
        }
        Ok(())
    }

    pub(super) fn history(&self, document: &DocumentId) -> Vec<Bounds> {
        self.documents
            .get(document)
            .map_or_else(Vec::new, Kept::bounds)
    }

    pub(super) fn recall(&self, document: &DocumentId, moment: Moment) -> Result<Past, StoreError> {
        let mut kept = self.known(document)?;
        Course::new(kept.bounds()).recall(moment, &mut kept)
    }

    pub(super) fn rows(
        &self,
        document: &DocumentId,
        after: Seq,
        through: Seq,
    ) -> Result<Vec<Row>, StoreError> {
        let mut kept = self.known(document)?;
        Course::new(kept.bounds()).rows(after, through, &mut kept)
    }

    pub(super) fn version(
        &mut self,
        document: &DocumentId,
        name: Option<String>,
    ) -> Result<Version, StoreError> {
        let kept = self.alive(document)?;
        let bytes = kept.record(document).bytes;
        let there = kept.versions.iter_mut().rev();
        let mut there = there.take_while(|version| version.row == kept.last);
        let found = match name {
            None => there.next(),
            Some(_) => there.find(|version| version.name.is_none()),
        };
        if let Some(version) = found {
            if name.is_some() {
                version.name = name;
            }
            return Ok(version.clone());
        }
        let version = Version {
            id: kept.numbered + 1,
            row: kept.last,
            at: kept.updated,
            name,
            bytes,
        };
        kept.numbered += 1;
        kept.versions.push(version.clone());
        Ok(version)
    }

    pub(super) fn rename(
        &mut self,
        document: &DocumentId,
        id: u64,
        name: Option<String>,
    ) -> Result<Option<Version>, StoreError> {
        let kept = self.alive(document)?;
        let version = kept.versions.iter_mut().find(|version| version.id == id);
        Ok(version.map(|version| {
            version.name = name;
            version.clone()
        }))
    }

    pub(super) fn versions(
        &self,
        document: &DocumentId,
        before: Option<u64>,
        limit: usize,
    ) -> Vec<Version> {
        let all = self
            .documents
            .get(document)
            .map(|kept| kept.versions.iter());
        let newest = all.into_iter().flatten().rev();
        newest
            .filter(|version| before.is_none_or(|before| version.id < before))
            .take(limit.min(MOST_VERSIONS))
            .cloned()
            .collect()
    }

    pub(super) fn attribute(&mut self, document: &DocumentId, mut author: Author, source: Source) {
        let Some(kept) = self.documents.get_mut(document) else {
            return;
        };
        author.name = cut(&author.name).to_owned();
        author.since = super::rounded(author.since);
        match kept.authors.get(&author.client) {
            Some(known) if source == Source::Messenger || known.name == author.name => return,
            None if kept.authors.len() >= MOST_AUTHORS => return,
            _ => {}
        }
        kept.authors.insert(author.client, author);
    }

    pub(super) fn authors(&self, document: &DocumentId) -> Vec<Author> {
        let kept = self.documents.get(document);
        kept.map_or_else(Vec::new, |kept| kept.authors.values().cloned().collect())
    }

    fn known(&self, document: &DocumentId) -> Result<&Kept, StoreError> {
        self.documents.get(document).ok_or(StoreError::NotFound)
    }

    fn alive(&mut self, document: &DocumentId) -> Result<&mut Kept, StoreError> {
        let kept = self.documents.get_mut(document);
        let kept = kept.ok_or(StoreError::NotFound)?;
        match kept.stored.deleted {
            Some(_) => Err(StoreError::Deleted),
            None => Ok(kept),
        }
    }
}
