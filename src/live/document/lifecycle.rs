//! How a document comes and goes: loading, failing, retiring, stopping.

use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use futures_util::future::join;
use tokio::sync::oneshot;

use super::journal::Tail;
use super::read_only::{ReadOnly, TOO_MANY_ENDS, how_to_release, is_broken};
use super::{Document, Retire, Stage};
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::replica::Replica;
use crate::store::{CrashHistory, During, StoreError, Stored};
use crate::wire::close::{CloseCode, Refusal};

/// What the store kept, and what was made of it, unless it was deleted.
type Loaded = (Stored, Option<Result<Box<Replica>, String>>);

/// How long a document waits for its last fold before the server stops.
const LAST_FOLD: Duration = Duration::from_millis(500);

/// A document in which nobody has written for so long is at rest.
const REST: Duration = Duration::from_secs(5);

/// How long a stopping document waits for the disk. Less than the server waits
/// for its documents, so that people are told before they are cut off.
const LAST_WAIT: Duration = Duration::from_secs(5);

impl Document {
    /// Reads the document; the mailbox waits meanwhile.
    pub(super) fn load(&mut self, ctx: &mut Context<Self>) {
        self.stage = Stage::Loading;
        self.era += 1;
        self.under_way = None;
        self.reading.clear();
        self.copying.clear();
        let store = &self.surroundings.store;
        let asked = join(store.load(&self.id), store.crashes(&self.id));
        let loader = self.surroundings.loader.clone();
        let limits = self.surroundings.settings.limits.clone();
        let id = self.id.clone();
        let loading = async move {
            let (stored, crashes) = asked.await;
            let crashes = known_crashes(&id, crashes);
            let while_loading = crashes.as_ref().map_or(0, |crashes| crashes.loading);
            let loaded = async {
                if while_loading >= TOO_MANY_ENDS {
                    return Err(format!(
                        "the server ended {while_loading} times while loading it; to try again, {}",
                        how_to_release(&id)
                    ));
                }
                let Some(stored) = stored.map_err(|error| error.to_string())? else {
                    return Ok(None);
                };
                let replica = match stored.deleted {
                    Some(_) => None,
                    None => {
                        let tail = stored.tail.iter().map(|(_, update)| update.clone());
                        let updates = stored.snapshot.iter().cloned().chain(tail).collect();
                        let loaded = loader.load(id.clone(), updates, limits).await;
                        Some(loaded.map_err(|error| error.to_string()))
                    }
                };
                Ok(Some((stored, replica)))
            };
            let loaded = loaded.await;
            (loaded, crashes)
        };
        let loaded = loading.into_actor(self).map(|(loaded, crashes), this, _| {
            let while_loading = crashes.as_ref().map_or(0, |crashes| crashes.loading);
            this.remember(crashes);
            this.loaded(loaded);
            if while_loading > 0 && matches!(this.stage, Stage::Live(_)) {
                // It was not its fault. Nobody has to wait for that to be on disk.
                let forgiven = Some(During::Loading);
                drop(this.surroundings.store.release(&this.id, forgiven));
            }
        });
        ctx.wait(loaded);
    }

    /// Takes to heart what went wrong with the document before. If that is
    /// unknown, nothing is written until it is loaded anew.
    fn remember(&mut self, crashes: Option<CrashHistory>) {
        let Some(crashes) = crashes else {
            self.read_only = Some(ReadOnly::default());
            return;
        };
        for update in &crashes.updates {
            self.surroundings.quarantine.keep(&self.id, update);
        }
        let read_only = is_broken(&crashes);
        self.read_only = read_only.then(|| {
            let release = how_to_release(&self.id);
            log::error!("document {:?} is read-only: {release}", self.id);
            ReadOnly::default()
        });
    }

    fn loaded(&mut self, loaded: Result<Option<Loaded>, String>) {
        let limits = self.surroundings.settings.limits.clone();
        let live = |replica: Replica| {
            let promptness = self.surroundings.settings.promptness;
            Stage::Live(Box::new(replica.that_tells(promptness)))
        };
        self.stage = match loaded {
            Err(reason) => self.cannot_load(reason),
            Ok(None) => live(Replica::empty(limits)),
            Ok(Some((stored, replica))) => {
                self.stored = true;
                self.tail = Tail {
                    rows: stored.tail.len(),
                    bytes: stored.tail.iter().map(|(_, update)| update.len()).sum(),
                    last: stored.tail.last().map_or(stored.through, |(seq, _)| *seq),
                    snapshot_bytes: stored.snapshot.as_ref().map_or(0, Bytes::len),
                };
                if self.tail.rows > 0 {
                    // A killed process may have left them without a version.
                    self.milestones.wrote(Instant::now());
                }
                self.title = stored.title;
                match replica {
                    None => Stage::Deleted,
                    Some(Ok(replica)) => live(*replica),
                    Some(Err(reason)) => self.cannot_load(reason),
                }
            }
        };
    }

    fn cannot_load(&self, reason: String) -> Stage {
        log::error!("document {:?} cannot be loaded: {reason}", self.id);
        Stage::Failed(DocumentError::Unreadable(reason))
    }

    /// The document cannot go on: everybody is told, nothing more is taken, and
    /// it leaves memory. Whoever comes back gets it freshly loaded from what is
    /// on disk.
    pub(super) fn fail(&mut self, error: DocumentError, ctx: &mut Context<Self>) {
        log::error!("document {:?} is taken out of service: {error}", self.id);
        self.dismiss_all(Refusal::new(CloseCode::Internal, error.to_string()));
        for (_, answer) in self.answers.drain() {
            answer(Err(error.clone()));
        }
        self.held.clear();
        self.reading.refuse(&error);
        self.stage = Stage::Failed(error);
        self.stopped_if_settled(ctx);
        self.retire(ctx);
    }

    pub(super) fn tick(&mut self, ctx: &mut Context<Self>) {
        if let Stage::Live(replica) = &mut self.stage {
            let effects = replica.tick(Instant::now());
            replica.trim();
            self.state_frame.clear();
            self.diff_frame.clear();
            self.reading.clear();
            self.copying.grow_old();
            self.carry_out(effects);
            self.note_authors();
            self.mark_pause();
        }
        let settled = match &self.stage {
            Stage::Live(replica) => replica.is_settled(),
            Stage::Loading => false,
            Stage::Deleted | Stage::Failed(_) => true,
        };
        if settled && self.written.elapsed() >= REST && self.tail.is_slow() {
            self.fold_at_rest(ctx);
        }
        let asked = self.reading.is_wanted() || self.copying.is_wanted();
        let busy = self.folding || self.deciding || asked;
        if !self.sessions.is_empty() || !settled || busy {
            self.idle_since = None;
            return;
        }
        let since = *self.idle_since.get_or_insert_with(Instant::now);
        let patience = match self.stage {
            Stage::Live(_) if self.stored => self.surroundings.settings.idle_timeout,
            // There is nothing to be kept ready. Names are easily made up.
            _ => Duration::ZERO,
        };
        if since.elapsed() < patience {
            return;
        }
        if self.tail.is_worth_folding()
            && matches!(self.stage, Stage::Live(_))
            && !self.is_read_only()
        {
            self.fold(ctx);
        } else {
            self.retire(ctx);
        }
    }

    /// Folds the journal while people are here and nobody writes, unless many others do
    /// so at the moment. It is tried again after as long a pause.
    fn fold_at_rest(&mut self, ctx: &mut Context<Self>) {
        self.written = Instant::now();
        let worth = matches!(self.stage, Stage::Live(_)) && !self.is_read_only();
        if worth && !self.folding && self.rest.is_none() {
            self.rest = self.surroundings.folder.rest();
            if self.rest.is_some() {
                self.fold(ctx);
            }
        }
    }

    /// Leaves memory, if nobody is on the way. The mailbox waits for the answer.
    pub(super) fn retire(&mut self, ctx: &mut Context<Self>) {
        if !self.stopping.is_empty() || !self.sessions.is_empty() {
            return;
        }
        self.mark();
        let retire = Retire {
            document: self.id.clone(),
            key: self.key,
            arrived: self.arrived,
        };
        let asked = self
            .registry
            .send(retire)
            .into_actor(self)
            .map(|forgotten, this, ctx| {
                // A registry that is gone forgot everybody.
                if forgotten.unwrap_or(true) {
                    log::debug!("document {:?} leaves memory", this.id);
                    ctx.stop();
                }
            });
        ctx.wait(asked);
    }

    /// Ends when everything is on disk, or else says that it is not.
    pub(super) fn stop(&mut self, done: oneshot::Sender<()>, ctx: &mut Context<Self>) {
        self.stopping.push(done);
        self.stopped_if_settled(ctx);
        ctx.run_later(LAST_WAIT, |this, ctx| {
            if matches!(&this.stage, Stage::Live(replica) if replica.is_settled()) {
                // It is only folding, and has a time of its own for that.
                return;
            }
            let reason = "the disk did not answer before the server shut down";
            this.fail(DocumentError::NotSaved(reason.to_owned()), ctx);
        });
    }

    pub(super) fn stopped_if_settled(&mut self, ctx: &mut Context<Self>) {
        let settled = match &self.stage {
            Stage::Live(replica) => replica.is_settled(),
            _ => true,
        };
        if self.stopping.is_empty() || !settled {
            return;
        }
        self.note_authors();
        self.mark();
        self.dismiss_all(Refusal::new(
            CloseCode::GoingAway,
            "the server is shutting down",
        ));
        if self.folds_last(ctx) {
            return;
        }
        for stopped in self.stopping.drain(..) {
            let _ = stopped.send(());
        }
        ctx.stop();
    }
}

impl Document {
    /// Folds the journal once more before the server stops, so that the next one has
    /// the document at once. Everything is on disk already, and nobody is connected any
    /// more; so this takes its time and no longer, and a few documents only. Whether it
    /// is waited for.
    fn folds_last(&mut self, ctx: &mut Context<Self>) -> bool {
        if !self.folded_last {
            self.folded_last = true;
            let worth = matches!(self.stage, Stage::Live(_)) && !self.is_read_only();
            if worth && self.tail.is_slow() && self.surroundings.folder.folds_last() {
                self.fold(ctx);
            }
            ctx.run_later(LAST_FOLD, |this, ctx| {
                this.folding = false;
                this.stopped_if_settled(ctx);
            });
        }
        self.folding
    }
}

/// What the store remembers of a document's crashes. That it cannot be read is no
/// reason to refuse the document to readers.
fn known_crashes(
    id: &DocumentId,
    crashes: Result<CrashHistory, StoreError>,
) -> Option<CrashHistory> {
    crashes
        .inspect_err(|error| {
            log::error!("document {id:?} is read-only, its crashes are unknown: {error}");
        })
        .ok()
}
