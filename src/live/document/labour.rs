//! Work that is longer than a turn: an update whose integration takes Yrs more
//! than some milliseconds.
//!
//! The document goes on with it turn by turn and lets go of its thread in
//! between, so that the other documents there do not wait for it. Its own
//! mailbox does wait: nobody hears of an update that is half taken. What takes
//! far longer than its size explains is stopped, and its author is ended.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use std::vec::IntoIter;

use actix::prelude::*;
use bytes::Bytes;

use super::message::Reply;
use super::{Document, Member, Stage};
use crate::id::SessionId;
use crate::live::answer::DocumentError;
use crate::live::intake::Charge;
use crate::live::memory_budget::Share;
use crate::live::visitor::Visitor;
use crate::replica::{Effect, NOTHING, Pace};
use crate::store::During;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::ysync::ClientMessage;

/// After so long others get their turn.
const TURN: Duration = Duration::from_millis(5);

/// An update that took longer than this is not finished when the server stops.
const LAST_TURNS: Duration = Duration::from_millis(500);

/// After a frame that took longer than this, others get their turn.
const LONG_TURN: Duration = Duration::from_millis(1);

/// So many frames are handled before others get their turn.
const FRAMES_IN_A_TURN: u64 = 64;

/// So many updates of a session are [noted](crate::live::hand) before they are applied,
const NOTED_UPDATES: u32 = 16;

/// and after that those of more than so many bytes, since a note costs more than a
/// keystroke. Where the process before this one ended without a word, all are.
const NOTED_BYTES: usize = 4 << 10;

impl Member {
    /// Counts an update of so many bytes. Whether it is noted before it is applied.
    fn is_noted(&mut self, bytes: usize) -> bool {
        self.updates = self.updates.saturating_add(1);
        self.updates <= NOTED_UPDATES || bytes > NOTED_BYTES
    }
}

/// What is left to hear of a session's frame.
pub(super) struct Frame {
    pub session: SessionId,
    pub visitor: Visitor,
    pub messages: IntoIter<ClientMessage>,
    pub charge: Charge,
    /// Bytes of all its updates, and the time that was spent on them.
    pub bytes: usize,
    pub spent: Duration,
}

/// An update that is being worked on.
struct Labour {
    spent: Duration,
    patience: Duration,
    then: Then,
}

/// What to do once it is done.
enum Then {
    Hear(Frame),
    Answer {
        reply: Reply<()>,
        _room: Option<Share>,
    },
}

impl Document {
    /// Hears the messages of a frame, in order.
    pub(super) fn hear(&mut self, mut frame: Frame, ctx: &mut Context<Self>) {
        let now = Instant::now();
        while let Some(message) = frame.messages.next() {
            if !matches!(self.stage, Stage::Live(_)) {
                return;
            }
            // It was ended by an earlier message of the same frame.
            if !self.sessions.contains_key(&frame.session) {
                break;
            }
            if self.read_only.is_some() {
                self.hear_without_writing(frame.session, message, now);
                continue;
            }
            if let ClientMessage::SyncStep1(theirs) = &message
                && self.owes(frame.session, frame.visitor, theirs, ctx)
            {
                continue;
            }
            let Stage::Live(replica) = &mut self.stage else {
                return;
            };
            let update = message.update();
            if let Some(update) = update
                && self.surroundings.quarantine.holds(&self.id, update)
            {
                let refusal = Refusal::new(CloseCode::Malformed, "this update is in quarantine");
                self.carry_out(vec![Effect::Close(frame.session, refusal)]);
                break;
            }
            // The first change that anybody makes is what creates a document.
            let creates = !self.stored
                && replica.is_settled()
                && update.is_some_and(|update| update != NOTHING);
            let allowance = &self.surroundings.allowance;
            let taken = creates.then(|| allowance.take(frame.visitor, now));
            let Ok(taken) = taken.transpose() else {
                // Not for ever: what was typed stays with its client, which comes
                // back with it.
                let reason = "too many new documents come from your address; wait a minute";
                let refusal = Refusal::new(CloseCode::TryAgainLater, reason);
                self.carry_out(vec![Effect::Close(frame.session, refusal)]);
                break;
            };
            let in_hand = update.map(Bytes::len).filter(|bytes| {
                let member = self.sessions.get_mut(&frame.session);
                let noted = member.is_none_or(|member| member.is_noted(*bytes));
                noted || self.surroundings.hand.is_wary()
            });
            let in_hand = in_hand.map(|_| self.surroundings.hand.takes(&self.id, During::Applying));
            let received = replica.receive(frame.session, message, now);
            drop(in_hand);
            if let Some(taken) = taken
                && replica.is_settled()
                && !replica.is_working()
            {
                allowance.give_back(taken);
            }
            match received {
                Ok(effects) => self.carry_out(effects),
                Err(broken) => {
                    let author = format!("session {}", frame.session);
                    return self.broke(broken, author, ctx);
                }
            }
            if self.is_working() {
                return self.labour(frame.bytes, frame.spent, Then::Hear(frame), ctx);
            }
            if now.elapsed() > TURN && frame.messages.len() > 0 {
                return self.hear_later(frame, ctx);
            }
        }
        self.depart(ctx);
        if let Stage::Live(replica) = &self.stage
            && replica.backlog() > self.surroundings.settings.backlog_bytes
        {
            self.held.push(frame.charge);
        }
        self.had_a_turn(now, ctx);
    }

    /// A message was handled. An actor works off its whole mailbox before it looks at
    /// anything else, its own append included; so it lets go of the thread now and
    /// then.
    pub(super) fn had_a_turn(&mut self, began: Instant, ctx: &mut Context<Self>) {
        self.handled += 1;
        if began.elapsed() > LONG_TURN || self.handled.is_multiple_of(FRAMES_IN_A_TURN) {
            ctx.wait(tokio::task::yield_now().into_actor(self));
        }
    }

    /// Hears the rest of a frame when the thread comes round to this document again:
    /// a frame holds many messages, and each may be a turn's work.
    fn hear_later(&mut self, frame: Frame, ctx: &mut Context<Self>) {
        let again = tokio::task::yield_now().into_actor(self);
        ctx.wait(again.map(move |(), this, ctx| this.hear(frame, ctx)));
    }

    /// Works on an update of so many bytes that was begun over REST, and answers.
    pub(super) fn labour_for(
        &mut self,
        bytes: usize,
        room: Option<Share>,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        let answer = Then::Answer { reply, _room: room };
        self.labour(bytes, Duration::ZERO, answer, ctx);
    }

    fn is_working(&self) -> bool {
        matches!(&self.stage, Stage::Live(replica) if replica.is_working())
    }

    fn labour(&mut self, bytes: usize, spent: Duration, then: Then, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &self.stage else {
            return;
        };
        let labour = Labour {
            spent,
            patience: replica.patience(bytes),
            then,
        };
        self.go_on(labour, ctx);
    }

    /// Turn after turn, each when the thread comes round to this document again.
    fn go_on(&mut self, labour: Labour, ctx: &mut Context<Self>) {
        if let Some(labour) = self.turn(labour, ctx) {
            let again = tokio::task::yield_now().into_actor(self);
            ctx.wait(again.map(move |(), this, ctx| this.go_on(labour, ctx)));
        }
    }

    /// One turn. Gives back what is not done.
    fn turn(&mut self, mut labour: Labour, ctx: &mut Context<Self>) -> Option<Labour> {
        let stops = self.surroundings.stopping.load(Ordering::Acquire);
        if stops && labour.spent > LAST_TURNS {
            // Whoever wrote it still has it, and comes back with it.
            let reason = "the server is shutting down";
            self.dismiss_all(Refusal::new(CloseCode::GoingAway, reason));
            labour.patience = Duration::ZERO;
        }
        let Stage::Live(replica) = &mut self.stage else {
            // It was taken out of service between two turns.
            if let Then::Answer { reply, .. } = labour.then {
                let reason = "the document was taken out of service".to_owned();
                let _ = reply.send(Err(DocumentError::NotSaved(reason)));
            }
            return None;
        };
        let began = Instant::now();
        let left = labour.patience.saturating_sub(labour.spent);
        let in_hand = self.surroundings.hand.takes(&self.id, During::Applying);
        let worked = replica.work(&mut || match began.elapsed() {
            elapsed if elapsed > left => Pace::Stop,
            elapsed if elapsed > TURN => Pace::Pause,
            _ => Pace::Go,
        });
        drop(in_hand);
        labour.spent += began.elapsed();
        let worked = match worked {
            Ok(None) => return Some(labour),
            Ok(Some(worked)) => worked,
            Err(broken) => {
                let author = match labour.then {
                    Then::Hear(frame) => format!("session {}", frame.session),
                    Then::Answer { reply, .. } => {
                        let reason = "the update broke the document".to_owned();
                        let _ = reply.send(Err(DocumentError::NotSaved(reason)));
                        "a REST request".to_owned()
                    }
                };
                self.broke(broken, author, ctx);
                return None;
            }
        };
        self.carry_out(worked.effects);
        match (labour.then, worked.refused) {
            (Then::Hear(mut frame), _) => {
                frame.spent = labour.spent;
                self.hear_later(frame, ctx);
            }
            (Then::Answer { reply, .. }, None) => {
                self.when_durable(Box::new(move |result| drop(reply.send(result))));
                self.depart(ctx);
            }
            (Then::Answer { reply, .. }, Some(refused)) => {
                let refused = match stops {
                    true => DocumentError::Stopping,
                    false => DocumentError::Refused(refused.to_string()),
                };
                let _ = reply.send(Err(refused));
                self.depart(ctx);
            }
        }
        self.pay_debts(ctx);
        self.read_on(ctx);
        None
    }
}
