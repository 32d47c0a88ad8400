//! Large answers to single sessions: one diff for those who fell behind instead of
//! all they missed, and what those lack who come back to a large document. Both
//! are made when the process has memory for them. And the latest presence for
//! those who missed it.

use actix::prelude::*;

use super::{Document, Stage};
use crate::id::SessionId;
use crate::live::dialect::Dialect;
use crate::live::hub::Order;
use crate::live::memory_budget::{Claim, Question, Share};
use crate::live::outbox::{Behind, Missed, Stale};
use crate::live::visitor::Visitor;
use crate::replica::Mark;
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::ServerMessage;

/// How large an answer is taken to be of which nothing is known. The set of
/// deletions goes with it whole.
const LEAST_BYTES: usize = 64 << 10;

/// Below this a document is small enough to be answered from at once.
const LARGE_DOCUMENT: usize = 1 << 20;

/// A session has read everything it was given, and this is what it missed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Lagging {
    pub session: SessionId,
    pub visitor: Visitor,
    pub behind: Behind,
}

/// A large answer that a session is to get.
pub(super) struct Debt {
    session: SessionId,
    visitor: Visitor,
    what: What,
    /// About how large it is.
    bytes: usize,
}

enum What {
    /// Everything relayed from here on.
    Missed(Mark),
    /// Everything that is not in this.
    Lacks(StateVector),
}

impl Handler<Lagging> for Document {
    type Result = ();

    fn handle(&mut self, lagging: Lagging, ctx: &mut Self::Context) {
        let Lagging {
            session,
            visitor,
            behind,
        } = lagging;
        if let Some(stale) = behind.presence {
            self.refresh(session, stale);
        }
        if let Some(Missed { since, bytes }) = behind.updates {
            log::debug!("{session} in {:?} missed {bytes} bytes", self.id);
            let debt = Debt {
                session,
                visitor,
                what: What::Missed(since),
                bytes: bytes.max(LEAST_BYTES),
            };
            self.owe(debt, Question::new().0, ctx);
        }
    }
}

impl Document {
    /// Whether the answer to a step 1 has to wait for memory; then it will come.
    /// Unless the answer to an earlier one was not read yet: together with what
    /// is relayed that one holds the same and more.
    pub(super) fn owes(
        &mut self,
        session: SessionId,
        visitor: Visitor,
        theirs: &StateVector,
        ctx: &mut Context<Self>,
    ) -> bool {
        let Stage::Live(replica) = &self.stage else {
            return false;
        };
        // The whole state is made once and shared.
        if theirs.is_empty() || replica.bytes() < LARGE_DOCUMENT {
            return false;
        }
        if !self.claims.get(&session).is_some_and(Claim::is_open) {
            let (question, claim) = Question::new();
            self.claims.insert(session, claim);
            let debt = Debt {
                session,
                visitor,
                what: What::Lacks(theirs.clone()),
                bytes: LEAST_BYTES,
            };
            self.owe(debt, question, ctx);
        }
        true
    }

    fn owe(&self, debt: Debt, question: Question, ctx: &mut Context<Self>) {
        let portion = self.surroundings.large_answers.of(debt.visitor);
        let bytes = debt.bytes;
        let share = async move { portion.share(bytes, question).await };
        ctx.spawn(share.into_actor(self).map(move |share, this, ctx| {
            if let Some(share) = share {
                this.pay(debt, share, ctx);
            }
        }));
    }

    /// Pays what had to wait until an update was taken whole.
    pub(super) fn pay_debts(&mut self, ctx: &mut Context<Self>) {
        for (debt, share) in std::mem::take(&mut self.debts) {
            self.pay(debt, share, ctx);
        }
    }

    fn pay(&mut self, mut debt: Debt, share: Share, ctx: &mut Context<Self>) {
        let Stage::Live(replica) = &mut self.stage else {
            return;
        };
        // It may have left while it waited for its turn.
        if !self.sessions.contains_key(&debt.session) {
            return;
        }
        if replica.is_working() {
            return self.debts.push((debt, share));
        }
        let message = match &debt.what {
            What::Missed(since) => replica.missed(debt.session, since),
            What::Lacks(theirs) => ServerMessage::SyncStep2(replica.diff(theirs)),
        };
        let bytes = message.encoded_len();
        if !self.surroundings.large_answers.covers(&share, bytes) {
            debt.bytes = bytes;
            return self.owe(debt, share.give_back(), ctx);
        }
        let effects = match debt.what {
            What::Missed(_) => replica.catch_up(debt.session, message),
            What::Lacks(_) => replica.hand_over(debt.session, message),
        };
        self.shares.entry(debt.session).or_default().push(share);
        self.carry_out(effects);
    }

    /// Tells a session a piece of the presence that it missed.
    fn refresh(&self, session: SessionId, stale: Stale) {
        let (Stage::Live(replica), Some(hub)) = (&self.stage, self.hub_of(session)) else {
            return;
        };
        let ids = stale.among(replica.remembered());
        let (message, told) = replica.presence_of(&ids);
        let frame = Dialect::YWebsocket.encode(&message);
        let rest = stale.after(ids.get(told).copied());
        hub.order(self.key, vec![Order::Refresh(session, frame, rest)]);
    }
}
