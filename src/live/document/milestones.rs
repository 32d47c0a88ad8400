//! Versions that nobody asked for, where people pause, and those that somebody did;
//! and whose names are noted beside what they wrote.
//!
//! A version is a note in the store that names the last row there is, so making one
//! holds up nobody. One is made when nobody has written for a while, when work has
//! gone on for long, and when the document leaves memory. What a killed process did
//! not get around to, the next one does.

use std::time::{Instant, SystemTime};

use super::message::Reply;
use super::{Document, Stage};
use crate::store::{Author, Source, Version};

/// What of a document has no version yet.
#[derive(Debug, Default)]
pub(super) struct Milestones {
    /// Since when there is something.
    since: Option<Instant>,
    /// The state whose authors were noted last.
    noted: u64,
}

impl Milestones {
    /// Something was written.
    pub fn wrote(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }
}

impl Document {
    /// Makes a version if it is time. To be called about once a second.
    pub(super) fn mark_pause(&mut self) {
        let settings = &self.surroundings.settings;
        let pauses = self.written.elapsed() >= settings.version_pause;
        let is_long = |since: Instant| since.elapsed() >= settings.version_interval;
        if self
            .milestones
            .since
            .is_some_and(|since| pauses || is_long(since))
        {
            self.mark();
        }
    }

    /// Makes a version of what has none, if anything has.
    pub(super) fn mark(&mut self) {
        if self.milestones.since.take().is_none() || !matches!(self.stage, Stage::Live(_)) {
            return;
        }
        let made = self.surroundings.store.version(&self.id, None);
        let id = self.id.clone();
        actix::spawn(async move {
            if let Err(error) = made.await {
                log::warn!("no version was made of document {id:?}: {error}");
            }
        });
    }

    /// Makes a version of everything that was taken so far, once that is on disk. One
    /// without a name is the last one, if nothing was written since.
    pub(super) fn make_version(&mut self, name: Option<String>, reply: Reply<Version>) {
        self.milestones.since = None;
        let store = self.surroundings.store.clone();
        let id = self.id.clone();
        self.when_durable(Box::new(move |durable| {
            if let Err(error) = durable {
                return drop(reply.send(Err(error)));
            }
            // In its turn: behind the rows that it is of.
            let made = store.version(&id, name);
            actix::spawn(async move {
                drop(reply.send(made.await.map_err(Into::into)));
            });
        }));
    }

    /// Notes the names of those who wrote, unless nothing was written since the last
    /// time.
    pub(super) fn note_authors(&mut self) {
        let Stage::Live(replica) = &self.stage else {
            return;
        };
        let noted = replica.version() == self.milestones.noted || !self.stored;
        if noted || replica.is_working() || self.is_read_only() {
            return;
        }
        self.milestones.noted = replica.version();
        let since = SystemTime::now();
        for (client, name) in replica.writers() {
            if self.authors.get(&client) == Some(&name) {
                continue;
            }
            let author = Author {
                client,
                name: name.clone(),
                since,
            };
            // Nobody waits for it.
            drop(
                self.surroundings
                    .store
                    .attribute(&self.id, author, Source::Itself),
            );
            self.authors.insert(client, name);
        }
    }
}
