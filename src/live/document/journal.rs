//! How updates reach the store: one batch, one append; and how a long journal
//! becomes a snapshot.

use std::time::{Instant, SystemTime};

use actix::prelude::*;
use bytes::Bytes;

use super::{Document, Stage};
use crate::id::{DocumentId, Sender, Seq};
use crate::live::answer::DocumentError;
use crate::live::surroundings::Surroundings;
use crate::replica::Broken;
use crate::store::{Append, Draft, StoreError};

/// A journal tail that is shorter than this is not worth a snapshot for its rows when
/// the document leaves memory.
const WORTH_FOLDING_ROWS: usize = 32;

/// While a document is written to a snapshot is not made for less than these bytes: to
/// make and prove one takes about three times its size in memory, and others wait for
/// the disk while it is written, whereas a journal of so many bytes is loaded within
/// a second.
const FOLD_BYTES: usize = 64 << 20;

/// For every so many bytes of the document it takes as many rows again: the larger it is,
/// the more a snapshot costs each of the edits that it is made for.
const AGAIN_BYTES: usize = 1 << 20;

/// When it leaves memory so many are worth one.
const WORTH_FOLDING_BYTES: usize = 1 << 20;

/// From so many rows, or bytes, on a tail takes longer to load than a snapshot would: a
/// document that rests is folded for it, and one whose server stops.
const SLOW_ROWS: usize = 512;
const SLOW_BYTES: usize = 64 << 10;

/// A document of more than so many bytes is not folded for that: its people would wait
/// while its state is read.
const QUICK_BYTES: usize = 4 << 20;

/// What the journal holds after the snapshot.
#[derive(Debug, Default)]
pub(super) struct Tail {
    pub rows: usize,
    pub bytes: usize,
    pub last: Seq,
    pub snapshot_bytes: usize,
}

impl Tail {
    /// Whether it is folded although the document is in use.
    fn is_long(&self, fold_rows: usize) -> bool {
        self.rows >= fold_rows.saturating_add(fold_rows.saturating_mul(self.whole()) / AGAIN_BYTES)
            || self.bytes >= self.snapshot_bytes.max(FOLD_BYTES)
    }

    /// About the size of the document, in bytes.
    fn whole(&self) -> usize {
        self.snapshot_bytes + self.bytes
    }

    /// Whether it is folded when nobody writes: it takes long to load, and not long to
    /// fold.
    pub fn is_slow(&self) -> bool {
        if self.whole() > QUICK_BYTES {
            return false;
        }
        self.rows >= SLOW_ROWS || self.bytes >= SLOW_BYTES.max(self.snapshot_bytes / 4)
    }

    /// Whether it is worth a snapshot when the document leaves memory.
    pub fn is_worth_folding(&self) -> bool {
        self.rows >= WORTH_FOLDING_ROWS
            || self.bytes >= self.snapshot_bytes.max(WORTH_FOLDING_BYTES)
    }
}

/// The append in flight.
pub(super) struct UnderWay {
    draft: Draft,
    /// What it writes, as far as the document has to know.
    bytes: usize,
    title: Option<String>,
}

/// An append of a document whose title the store knows as `known`.
fn append(
    document: &DocumentId,
    (update, sender): (&Bytes, Sender),
    title: &Option<String>,
    known: &Option<String>,
) -> Append {
    Append {
        document: document.clone(),
        update: update.clone(),
        at: SystemTime::now(),
        sender,
        title: (title != known).then(|| title.clone()),
    }
}

impl Document {
    /// Sends the gathered batch to the store if none is on its way, or along with the one
    /// that is, as long as the store has not come to write it.
    pub(super) fn depart(&mut self, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        if let Some(under_way) = &mut self.under_way
            && under_way.draft.is_open()
        {
            let title = replica.title().map(str::to_owned);
            let joined = replica.join_append(|update, sender| {
                let append = append(&self.id, (update, sender), &title, &self.title);
                let in_time = under_way.draft.amend(append);
                if in_time {
                    (under_way.bytes, under_way.title) = (update.len(), title.clone());
                }
                in_time
            });
            if let Err(broken) = joined {
                return self.broke(broken, "several".to_owned(), ctx);
            }
        }
        let update = match replica.depart() {
            Ok(Some(update)) => update,
            Ok(None) => return,
            Err(broken) => return self.broke(broken, "several".to_owned(), ctx),
        };
        let title = replica.title().map(str::to_owned);
        let draft = Draft::new(append(
            &self.id,
            (&update, replica.sender()),
            &title,
            &self.title,
        ));
        let appended = self.surroundings.store.append_draft(&self.id, &draft);
        self.under_way = Some(UnderWay {
            draft,
            bytes: update.len(),
            title,
        });
        let era = self.era;
        let appended = appended.into_actor(self);
        ctx.spawn(appended.map(move |appended, this, ctx| match appended {
            _ if this.era != era || !matches!(this.stage, Stage::Live(_)) => {}
            Ok(seq) => this.appended(seq, ctx),
            Err(StoreError::Deleted) => this.fail(DocumentError::Deleted, ctx),
            Err(error) => this.fail(DocumentError::NotSaved(error.to_string()), ctx),
        }));
    }

    fn appended(&mut self, seq: Seq, ctx: &mut Context<Self>) {
        self.stored = true;
        self.tail.rows += 1;
        if let Some(UnderWay { bytes, title, .. }) = self.under_way.take() {
            self.tail.bytes += bytes;
            self.title = title;
        }
        self.tail.last = seq;
        self.written = Instant::now();
        self.milestones.wrote(self.written);
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let effects = replica.durable();
        self.carry_out(effects);
        self.depart(ctx);
        self.release_credit();
        if self.tail.is_long(self.surroundings.settings.fold_rows) {
            self.fold(ctx);
        }
        self.stopped_if_settled(ctx);
    }

    fn release_credit(&mut self) {
        if let Stage::Live(replica) = &self.stage
            && replica.backlog() <= self.surroundings.settings.backlog_bytes
        {
            self.held.clear();
        }
    }

    /// Yrs failed: the update is kept out from now on, after a restart too, and
    /// the document is loaded anew. The store counts.
    pub(super) fn broke(&mut self, broken: Broken, author: String, ctx: &mut Context<Self>) {
        let quarantine = &self.surroundings.quarantine;
        let crash = quarantine.admit(&self.id, broken, author);
        let id = self.id.clone();
        let kept = self.surroundings.store.crashed(crash);
        // Not the actor's: it is about to end.
        actix::spawn(async move {
            if let Err(error) = kept.await {
                log::error!("that document {id:?} broke is forgotten with this process: {error}");
            }
        });
        self.fail(
            DocumentError::NotSaved("the document is being reloaded".to_owned()),
            ctx,
        );
    }

    /// Replaces the journal tail by a snapshot, once that is proven to load.
    pub(super) fn fold(&mut self, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        if self.folding || self.tail.rows == 0 || replica.is_working() {
            return;
        }
        self.folding = true;
        let (through, rows, bytes) = (self.tail.last, self.tail.rows, self.tail.bytes);
        let snapshot = replica.snapshot();
        let size = snapshot.len();
        let fingerprint = replica.fingerprint();
        let Surroundings {
            store,
            folder,
            settings,
            ..
        } = self.surroundings.clone();
        let id = self.id.clone();
        log::debug!("document {id:?} is being folded through {through}");
        let folded = async move {
            if let Err(error) = folder
                .verify(snapshot.clone(), fingerprint, settings.limits.guard)
                .await
            {
                log::error!("document {id:?} keeps its journal, its snapshot is unsound: {error}");
                return false;
            }
            let segment = match store.segment(&id, through).await {
                Ok(segment) => segment,
                // The document comes first: what it is now is proven.
                Err(error @ StoreError::Damaged(_)) => {
                    log::error!("document {id:?} loses a part of its history: {error}");
                    None
                }
                Err(error) => {
                    log::error!("document {id:?} could not be folded: {error}");
                    return false;
                }
            };
            match store.compact(&id, through, snapshot, segment).await {
                Ok(()) => {
                    log::debug!("document {id:?} was folded through {through}");
                    true
                }
                Err(error) => {
                    log::error!("document {id:?} could not be folded: {error}");
                    false
                }
            }
        };
        ctx.spawn(folded.into_actor(self).map(move |folded, this, ctx| {
            this.folding = false;
            this.rest = None;
            // Whether it worked or not, the next attempt waits for as much again.
            this.tail.rows = this.tail.rows.saturating_sub(rows);
            this.tail.bytes = this.tail.bytes.saturating_sub(bytes);
            if folded {
                this.tail.snapshot_bytes = size;
            }
            this.stopped_if_settled(ctx);
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(rows: usize, bytes: usize, snapshot_bytes: usize) -> Tail {
        Tail {
            rows,
            bytes,
            snapshot_bytes,
            ..Tail::default()
        }
    }

    #[test]
    fn the_larger_a_document_the_more_rows_are_worth_a_snapshot() {
        assert!(tail(4_096, 0, 0).is_long(4_096));
        assert!(!tail(4_096, 0, 10 << 20).is_long(4_096));
        assert!(tail(11 * 4_096, 0, 10 << 20).is_long(4_096));
        // Nobody is to be told by an overflow that it never is.
        assert!(!tail(1 << 20, 1 << 20, 1 << 20).is_long(usize::MAX));
    }

    #[test]
    fn at_rest_it_is_folded_for_what_takes_long_to_load_and_not_long_to_fold() {
        assert!(!tail(511, 1_000, 0).is_slow());
        assert!(tail(512, 1_000, 0).is_slow());
        assert!(tail(1, SLOW_BYTES, 0).is_slow());
        assert!(!tail(1, SLOW_BYTES, 1 << 20).is_slow());
        assert!(tail(1, 256 << 10, 1 << 20).is_slow());
        assert!(!tail(10_000, 1_000, QUICK_BYTES).is_slow());
    }
}
