//! Copies for those who change a document over REST: the whole state as it is, or as it
//! was when somebody read it.
//!
//! What they want is worked out on a copy, off this thread, and comes back as an update
//! like anybody's (`live::writing`). They take turns: who gets a copy has one before
//! the next, so that two who say the same do not both have their way.
//!
//! States that were served are kept for a while, so that who says which one it saw is
//! understood: per document a few, in all documents so many bytes. The oldest go first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::message::Reply;
use super::{Document, Stage};
use crate::live::answer::DocumentError;
use crate::live::intake::FREE_BYTES;
use crate::live::memory_budget::{Question, Share};
use crate::live::visitor::Visitor;

/// States of one document that are kept.
const STATES: usize = 16;

/// How long one is kept after it was served last.
const KEPT: Duration = Duration::from_secs(600);

/// Bytes of states that are kept in the whole process.
const BYTES: usize = 64 << 20;

/// Of a larger state none is kept.
const LARGEST: usize = 8 << 20;

/// An update that is half taken is looked at again after this.
const AGAIN: Duration = Duration::from_millis(5);

/// What a decoded document takes, for each byte of its state.
const DECODED: usize = 4;

/// A copy of a document, and the turn to change it.
#[derive(Debug)]
pub struct Copy {
    /// The whole state, v1, as the store keeps it.
    pub state: Bytes,
    /// The name of this state.
    pub fingerprint: String,
    /// Held until the change was made.
    pub turn: OwnedSemaphorePermit,
    /// Memory for the copy.
    pub room: Option<Share>,
}

/// How many bytes of states all documents keep.
#[derive(Debug, Clone, Default)]
pub struct KeptBytes(Arc<AtomicUsize>);

/// The turn to change a document, and the states that it keeps.
#[derive(Debug)]
pub(super) struct Copying {
    turn: Arc<Semaphore>,
    kept: VecDeque<Kept>,
}

#[derive(Debug)]
struct Kept {
    fingerprint: String,
    state: Bytes,
    at: Instant,
    all: KeptBytes,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.all.0.fetch_sub(self.state.len(), Ordering::Relaxed);
    }
}

impl Default for Copying {
    fn default() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            kept: VecDeque::new(),
        }
    }
}

impl Copying {
    /// Whether somebody has, or waits for, the turn.
    pub fn is_wanted(&self) -> bool {
        self.turn.available_permits() == 0
    }

    /// Lets go of what nobody will come back for.
    pub fn grow_old(&mut self) {
        self.kept.retain(|kept| kept.at.elapsed() < KEPT);
    }

    /// Lets go of everything.
    pub fn clear(&mut self) {
        self.kept.clear();
    }

    fn find(&mut self, fingerprint: &str) -> Option<&Kept> {
        let place = self
            .kept
            .iter()
            .position(|k| k.fingerprint == fingerprint)?;
        let mut kept = self.kept.remove(place)?;
        kept.at = Instant::now();
        self.kept.push_back(kept);
        self.kept.back()
    }

    fn keep(&mut self, fingerprint: String, state: Bytes, all: &KeptBytes) {
        if state.len() > LARGEST || self.find(&fingerprint).is_some() {
            return;
        }
        while self.kept.len() >= STATES {
            self.kept.pop_front();
        }
        let bytes = state.len();
        while all.0.load(Ordering::Relaxed) + bytes > BYTES && !self.kept.is_empty() {
            self.kept.pop_front();
        }
        if all.0.load(Ordering::Relaxed) + bytes > BYTES {
            return;
        }
        all.0.fetch_add(bytes, Ordering::Relaxed);
        self.kept.push_back(Kept {
            fingerprint,
            state,
            at: Instant::now(),
            all: all.clone(),
        });
    }
}

impl Document {
    /// Keeps the state as it is, which somebody is told the name of.
    pub(super) fn keep_state(&mut self, fingerprint: &str) {
        let Stage::Live(replica) = &self.stage else {
            return;
        };
        if self.copying.find(fingerprint).is_none() && replica.bytes() <= LARGEST {
            let state = replica.snapshot();
            self.keep_copy(fingerprint.to_owned(), state);
        }
    }

    /// Keeps a state that somebody was told the name of.
    pub(super) fn keep_copy(&mut self, fingerprint: String, state: Bytes) {
        let all = &self.surroundings.kept;
        self.copying.keep(fingerprint, state, all);
    }

    /// Hands out a copy once it is the turn of `by`: of the first of the states `of`
    /// that is there still, or as it is now.
    pub(super) fn copy(
        &mut self,
        of: Option<Vec<String>>,
        by: Visitor,
        reply: Reply<Copy>,
        ctx: &mut Context<Self>,
    ) {
        let Stage::Live(replica) = &self.stage else {
            return;
        };
        if self.is_read_only() {
            return drop(reply.send(Err(DocumentError::ReadOnly)));
        }
        let bytes = replica.bytes();
        let portion = self.surroundings.exports.of(by);
        let turn = Arc::clone(&self.copying.turn);
        let waiting = async move {
            let turn = turn.acquire_owned().await.ok()?;
            let mut room = None;
            if bytes > FREE_BYTES {
                let bytes = bytes.saturating_mul(DECODED);
                room = portion.share(bytes, Question::new().0).await;
            }
            Some((turn, room))
        };
        ctx.spawn(waiting.into_actor(self).map(move |had, this, ctx| {
            if let Some((turn, room)) = had {
                this.hand_out(of, (turn, room), reply, ctx);
            }
        }));
    }

    fn hand_out(
        &mut self,
        of: Option<Vec<String>>,
        (turn, room): (OwnedSemaphorePermit, Option<Share>),
        reply: Reply<Copy>,
        ctx: &mut Context<Self>,
    ) {
        if reply.is_closed() {
            return;
        }
        if let Some(error) = self.why_not_live() {
            return drop(reply.send(Err(error)));
        }
        let Stage::Live(replica) = &self.stage else {
            return;
        };
        if replica.is_working() {
            ctx.run_later(AGAIN, move |this, ctx| {
                this.hand_out(of, (turn, room), reply, ctx);
            });
            return;
        }
        let now = replica.fingerprint();
        let is_now = of.as_ref().is_none_or(|of| of.contains(&now));
        let (state, fingerprint) = if is_now {
            (replica.snapshot(), now)
        } else {
            let mut known = of.into_iter().flatten();
            let found = known.find_map(|name| {
                let kept = self.copying.find(&name)?;
                Some((kept.state.clone(), name))
            });
            match found {
                Some(found) => found,
                None => return drop(reply.send(Err(DocumentError::Stale))),
            }
        };
        let copy = Copy {
            state,
            fingerprint,
            turn,
            room,
        };
        // It tells nobody anything until what comes of it is on disk.
        drop(reply.send(Ok(copy)));
    }
}
