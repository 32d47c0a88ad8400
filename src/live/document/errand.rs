//! What a document does for those who are no sessions: reads, updates over
//! REST, creation, deletion and its undoing.

use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;

use super::message::{Reply, Request};
use super::reading::Wish;
use super::{Answer, Document, Stage};
use bytes::Bytes;

use crate::live::answer::{Content, DocumentError};
use crate::live::memory_budget::Share;
use crate::live::visitor::Visitor;
use crate::replica::{Applied, Effect, UpdateRefused};
use crate::store::StoreError;
use crate::wire::close::{CloseCode, Refusal};

impl Document {
    /// Answers once everything taken so far is durable, or says that it failed.
    pub(super) fn when_durable(&mut self, answer: Answer) {
        if let Some(error) = self.why_not_live() {
            return answer(Err(error));
        }
        let settled = Effect::Settled(self.keep(answer));
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let settled = replica.hold(settled);
        self.carry_out(settled.into_iter().collect());
    }

    /// Tells what was read just now once it may be told, or says that it failed.
    pub(super) fn tell(&mut self, content: Content, reply: Reply<Content>) {
        if let Some(error) = self.why_not_live() {
            return drop(reply.send(Err(error)));
        }
        let answer = |result: Result<(), _>| drop(reply.send(result.map(|()| content)));
        let settled = Effect::Settled(self.keep(Box::new(answer)));
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let settled = replica.tell(settled);
        self.carry_out(settled.into_iter().collect());
    }

    /// Keeps an answer until it is [`Effect::Settled`], by a number.
    fn keep(&mut self, answer: Answer) -> u64 {
        let number = self.next_answer;
        self.next_answer += 1;
        self.answers.insert(number, answer);
        number
    }

    /// Why nothing can be had of it, if that is so.
    pub(super) fn why_not_live(&self) -> Option<DocumentError> {
        match &self.stage {
            Stage::Live(_) => None,
            Stage::Deleted => Some(DocumentError::Deleted),
            Stage::Failed(error) => Some(error.clone()),
            Stage::Loading => Some(DocumentError::Unreadable("it is loading".to_owned())),
        }
    }

    pub(super) fn visit(&mut self, request: Request, ctx: &mut Context<Self>) {
        let replica = match (&mut self.stage, &request) {
            (_, Request::Delete(_) | Request::Restore(_) | Request::Create(..)) => {
                return self.decide_fate(request, ctx);
            }
            (Stage::Live(replica), _) => replica,
            _ => {
                let error = self.why_not_live().unwrap_or(DocumentError::Stopping);
                return request.refuse(error);
            }
        };
        if let (Some(_), Request::Apply(update, ..)) = (&self.read_only, &request) {
            // What it holds already is saved, and may be said to be.
            let held = replica.holds(update);
            let Request::Apply(_, _, _, reply) = request else {
                return;
            };
            let _ = reply.send(match held {
                Ok(true) => Ok(()),
                Ok(false) => Err(DocumentError::ReadOnly),
                Err(malformed) => Err(DocumentError::Refused(malformed.to_string())),
            });
            return;
        }
        if let Request::Present(most, reply) = request {
            return drop(reply.send(Ok(replica.guises(most))));
        }
        if let Request::Begin(update, room, by, reply) = request {
            return self.begin(update, room, by, reply, ctx);
        }
        // Nobody ever wrote in it: opening a page is not creating a document.
        let known = self.stored || !replica.is_settled();
        match request {
            request if !known => request.refuse(DocumentError::NotFound),
            Request::Apply(update, client, room, reply) => {
                self.apply((update, client), room, reply, ctx);
            }
            Request::Version(name, reply) => self.make_version(name, reply),
            Request::Read(sought, by, reply) => self.read(Wish::new(sought, by, reply), ctx),
            Request::Copy(of, by, reply) => self.copy(of, by, reply, ctx),
            Request::Keep(name, state) => self.keep_copy(name, state),
            Request::Delete(_)
            | Request::Restore(_)
            | Request::Create(..)
            | Request::Begin(..)
            | Request::Present(..) => {}
        }
    }

    /// Makes the document with an update in it, if there is none: one append.
    fn begin(
        &mut self,
        update: Bytes,
        room: Option<Share>,
        by: Visitor,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        let Stage::Live(replica) = &self.stage else {
            return;
        };
        if self.stored || !replica.is_settled() {
            return drop(reply.send(Err(DocumentError::Exists)));
        }
        if self.read_only.is_some() {
            return drop(reply.send(Err(DocumentError::ReadOnly)));
        }
        let taken = match self.surroundings.allowance.take(by, Instant::now()) {
            Ok(taken) => taken,
            Err(wait) => return drop(reply.send(Err(DocumentError::TooMany(wait)))),
        };
        self.apply((update, None), room, reply, ctx);
        let is_begun = match &self.stage {
            Stage::Live(replica) => replica.is_working() || !replica.is_settled(),
            _ => false,
        };
        if !is_begun {
            self.surroundings.allowance.give_back(taken);
        }
    }

    /// Applies an update, and answers once it is durable.
    fn apply(
        &mut self,
        (update, client): (Bytes, Option<u64>),
        room: Option<Share>,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        if self.surroundings.quarantine.holds(&self.id, &update) {
            let error = DocumentError::Refused("this update is in quarantine".to_owned());
            return drop(reply.send(Err(error)));
        }
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        let hand = &self.surroundings.hand;
        match hand.applying(&self.id, || replica.apply_of(&update, client)) {
            Ok(Applied::All(effects)) => {
                self.carry_out(effects);
                self.when_durable(Box::new(move |result| drop(reply.send(result))));
                self.depart(ctx);
            }
            Ok(Applied::Begun) => self.labour_for(update.len(), room, reply, ctx),
            Err(UpdateRefused::Broken(broken)) => {
                let error = DocumentError::NotSaved("the update broke the document".to_owned());
                let _ = reply.send(Err(error));
                self.broke(broken, "a REST request".to_owned(), ctx);
            }
            Err(refused) => drop(reply.send(Err(DocumentError::Refused(refused.to_string())))),
        }
    }

    /// Creation, deletion and its undoing; the mailbox waits for the store.
    fn decide_fate(&mut self, request: Request, ctx: &mut Context<Self>) {
        let store = Arc::clone(&self.surroundings.store);
        self.deciding = true;
        match request {
            Request::Delete(reply) => {
                let deleted = store
                    .delete(&self.id)
                    .into_actor(self)
                    .map(|deleted, this, _| {
                        this.deciding = false;
                        if matches!(deleted, Ok(()) | Err(StoreError::Deleted)) {
                            let reason = "the document was deleted";
                            this.dismiss_all(Refusal::new(CloseCode::Deleted, reason));
                            this.stage = Stage::Deleted;
                            this.reading.clear();
                            this.copying.clear();
                            this.reading.refuse(&DocumentError::Deleted);
                            for (_, answer) in this.answers.drain() {
                                answer(Err(DocumentError::Deleted));
                            }
                            this.held.clear();
                        }
                        if deleted.is_ok() {
                            this.surroundings.feeds.deleted(&this.id);
                        }
                        let _ = reply.send(deleted.map_err(DocumentError::from));
                    });
                ctx.wait(deleted);
            }
            Request::Restore(reply) => {
                let restored =
                    store
                        .restore(&self.id)
                        .into_actor(self)
                        .map(|restored, this, ctx| {
                            this.deciding = false;
                            if restored.is_ok() && matches!(this.stage, Stage::Deleted) {
                                this.surroundings.feeds.appeared(&this.id);
                                this.load(ctx);
                            }
                            let _ = reply.send(restored.map_err(DocumentError::from));
                        });
                ctx.wait(restored);
            }
            Request::Create(by, reply) => {
                let allowance = self.surroundings.allowance.clone();
                let taken = match allowance.take(by, Instant::now()) {
                    Ok(taken) => taken,
                    Err(wait) => {
                        self.deciding = false;
                        return drop(reply.send(Err(DocumentError::TooMany(wait))));
                    }
                };
                let created =
                    store
                        .create(&self.id, None)
                        .into_actor(self)
                        .map(move |created, this, _| {
                            this.deciding = false;
                            this.stored |= created.is_ok();
                            if created.is_err() {
                                allowance.give_back(taken);
                            }
                            let _ = reply.send(created.map_err(DocumentError::from));
                        });
                ctx.wait(created);
            }
            other => {
                self.deciding = false;
                other.refuse(DocumentError::NotFound);
            }
        }
    }
}
