//! Reads for those who are no sessions: exports, and what somebody lacks.
//!
//! A read may take as long and as much memory as the document is large, and anybody
//! may want many. So they are made one after the other, each once there is memory
//! for it; after one that took long the document does other things for as long. What
//! was made is kept for a moment: who wants the same of the same state shares it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use bytes::Bytes;

use super::message::{Format, Reply, Sought};
use super::{Document, Stage};
use crate::export;
use crate::live::answer::{Content, DocumentError};
use crate::live::intake::FREE_BYTES;
use crate::live::memory_budget::{Question, Share};
use crate::live::visitor::Visitor;
use crate::replica::Replica;

/// A read that took less need not be followed by a rest.
const SHORT: Duration = Duration::from_millis(1);

/// So many different reads of one state are kept.
const KEPT: usize = 4;

/// What somebody wants, who that is, and where the answer goes.
pub(super) type Wish = (Sought, Visitor, Reply<Content>);

/// The readers of a document.
#[derive(Default)]
pub(super) struct Reading {
    waiting: VecDeque<Wish>,
    /// One is being served.
    busy: bool,
    made: Vec<Made>,
}

struct Made {
    sought: Sought,
    version: u64,
    content: Content,
}

impl Reading {
    /// Whether somebody waits.
    pub fn is_wanted(&self) -> bool {
        self.busy || !self.waiting.is_empty()
    }

    /// Lets go of what was made.
    pub fn clear(&mut self) {
        self.made.clear();
    }

    /// Answers everybody who waits with an error.
    pub fn refuse(&mut self, error: &DocumentError) {
        for (_, _, reply) in self.waiting.drain(..) {
            drop(reply.send(Err(error.clone())));
        }
    }

    /// The next one who still listens.
    fn next(&mut self) -> Option<Wish> {
        loop {
            let wish = self.waiting.pop_front()?;
            if !wish.2.is_closed() {
                return Some(wish);
            }
        }
    }

    fn find(&self, sought: &Sought, version: u64) -> Option<Content> {
        let is_it = |made: &&Made| made.version == version && made.sought == *sought;
        self.made
            .iter()
            .find(is_it)
            .map(|made| made.content.clone())
    }

    fn keep(&mut self, made: Made) {
        self.made.retain(|kept| kept.version == made.version);
        if self.made.len() == KEPT {
            self.made.remove(0);
        }
        self.made.push(made);
    }
}

fn made(sought: &Sought, replica: &mut Replica) -> Bytes {
    match sought {
        Sought::Export(Format::Json, root) => export::json::document(replica.doc(), root).into(),
        Sought::Export(Format::Text, root) => export::text::document(replica.doc(), root).into(),
        Sought::Export(Format::Yjs, _) => replica.state(),
        Sought::Lacks(theirs) => replica.diff(theirs),
    }
}

impl Document {
    pub(super) fn read(&mut self, wish: Wish, ctx: &mut Context<Self>) {
        self.reading.waiting.push_back(wish);
        self.read_on(ctx);
    }

    fn read_on(&mut self, ctx: &mut Context<Self>) {
        while !self.reading.busy {
            let Some((sought, by, reply)) = self.reading.next() else {
                return;
            };
            let replica = match &self.stage {
                Stage::Live(replica) => replica,
                Stage::Deleted => {
                    drop(reply.send(Err(DocumentError::Deleted)));
                    continue;
                }
                Stage::Failed(error) => {
                    drop(reply.send(Err(error.clone())));
                    continue;
                }
                Stage::Loading => {
                    let error = DocumentError::Unreadable("it is loading".to_owned());
                    drop(reply.send(Err(error)));
                    continue;
                }
            };
            if let Some(content) = self.reading.find(&sought, replica.version()) {
                self.tell_when_durable(content, reply);
                continue;
            }
            let about = replica.bytes();
            if about <= FREE_BYTES {
                self.make((sought, by, reply), None, ctx);
                continue;
            }
            self.reading.busy = true;
            let share = self.share(by, about);
            ctx.spawn(share.into_actor(self).map(move |share, this, ctx| {
                this.reading.busy = false;
                this.make((sought, by, reply), share, ctx);
                this.read_on(ctx);
            }));
        }
    }

    fn share(&self, by: Visitor, bytes: usize) -> impl Future<Output = Option<Share>> + use<> {
        let portion = self.surroundings.exports.of(by);
        async move { portion.share(bytes, Question::new().0).await }
    }

    fn make(&mut self, wish: Wish, share: Option<Share>, ctx: &mut Context<Self>) {
        if wish.2.is_closed() {
            return;
        }
        let Stage::Live(replica) = &mut self.stage else {
            // What it is now is said to the next one's turn.
            return self.reading.waiting.push_front(wish);
        };
        let (sought, by, reply) = wish;
        let began = Instant::now();
        let body = made(&sought, replica);
        let (fingerprint, version) = (replica.fingerprint(), replica.version());
        let spent = began.elapsed();
        let bytes = body.len();
        let budget = &self.surroundings.exports;
        let counted = match &share {
            Some(share) => budget.covers(share, bytes),
            None => bytes <= FREE_BYTES,
        };
        let share = match counted {
            true => share,
            false => {
                // It is larger than was thought: it waits for what it takes, and
                // meanwhile no other is made.
                drop(share);
                None
            }
        };
        let hand_out = move |this: &mut Self, share: Option<Share>| {
            let content = Content {
                body,
                fingerprint,
                share: share.map(Arc::new),
            };
            this.reading.keep(Made {
                sought,
                version,
                content: content.clone(),
            });
            this.tell_when_durable(content, reply);
        };
        if counted {
            hand_out(self, share);
            if spent > SHORT {
                self.reading.busy = true;
                ctx.run_later(spent, Self::rested);
            }
            return;
        }
        self.reading.busy = true;
        let share = self.share(by, bytes);
        ctx.spawn(share.into_actor(self).map(move |share, this, ctx| {
            hand_out(this, share);
            ctx.run_later(spent, Self::rested);
        }));
    }

    fn rested(&mut self, ctx: &mut Context<Self>) {
        self.reading.busy = false;
        self.read_on(ctx);
    }
}
