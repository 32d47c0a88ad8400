//! How a replica takes updates: all or a part of one, at once or in turns.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::admission::{Admitted, NotAdmitted, admit};
use super::seat::{Response, Seat};
use super::work::{self, Author, Reached, Work};
use super::yrs_document::{apply_admitted, read_title};
use super::{Applied, Broken, Effect, NOTHING, Pace, Replica, Taken, UpdateRefused, Worked};
use crate::id::SessionId;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::guard::{self, Verdict};
use crate::wire::ysync::ServerMessage;

impl Replica {
    /// Takes an update that did not come over a socket: all of it or nothing,
    /// unless it has to be [stopped](Pace::Stop).
    ///
    /// # Errors
    /// Why nothing was taken; after [`UpdateRefused::Broken`] discard this
    /// replica.
    pub fn apply(&mut self, update: &Bytes) -> Result<Applied, UpdateRefused> {
        self.apply_of(update, None)
    }

    /// The same, of a client.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_of(
        &mut self,
        update: &Bytes,
        client: Option<u64>,
    ) -> Result<Applied, UpdateRefused> {
        let survey = guard::inspect(update, &self.limits.guard)?;
        if survey.verdict(&self.outline)? == Verdict::Incomplete {
            return Err(UpdateRefused::Incomplete);
        }
        Ok(match self.take(update, Author::Caller(client))? {
            Some(taken) => Applied::All(taken.told),
            None => Applied::Begun,
        })
    }

    /// Whether an update was begun and is not done: call [`work`](Self::work)
    /// until it is, before anything else.
    pub fn is_working(&self) -> bool {
        self.work.is_some()
    }

    /// Goes on with the update that was begun. `pace` is asked after every slice;
    /// `None` means that it said [`Pace::Pause`] and there is more to do.
    ///
    /// # Errors
    /// [`Broken`]: discard this replica.
    pub fn work(&mut self, pace: &mut dyn FnMut() -> Pace) -> Result<Option<Worked>, Broken> {
        let Some(mut work) = self.work.take() else {
            return Ok(Some(Worked::default()));
        };
        let reached = match work.turn(&self.doc, &mut self.outline, pace) {
            Ok(Reached::Pause) => {
                self.work = Some(work);
                return Ok(None);
            }
            Ok(reached) => reached,
            Err(reason) => {
                let update = Some(work.update);
                return Err(Broken { reason, update });
            }
        };
        let before = self.version;
        let mut effects = match work.news() {
            Some(news) => self.gather(news, work.author),
            None => Vec::new(),
        };
        let progress = self.version != before;
        let mut refused = None;
        match (work.author, reached) {
            (Author::Session { id, is_answer }, Reached::End { whole }) => {
                let taken = Taken {
                    whole,
                    progress,
                    told: effects,
                };
                effects = self.answer(id, &work.update, taken, is_answer);
            }
            (Author::Session { id, .. }, _) => {
                effects.push(Effect::Close(id, UpdateRefused::Laborious.into()));
            }
            (Author::Caller(_), Reached::End { .. }) => {}
            (Author::Caller(_), _) => refused = Some(UpdateRefused::Laborious),
        }
        Ok(Some(Worked { effects, refused }))
    }

    /// How long an update of so many bytes may be worked on before its owner
    /// should say [`Pace::Stop`].
    pub fn patience(&self, bytes: usize) -> Duration {
        self.limits.patience(bytes)
    }

    /// `is_answer`: it answers our step 1, and the sender has no more than this.
    pub(super) fn receive_update(
        &mut self,
        session: SessionId,
        update: &Bytes,
        is_answer: bool,
    ) -> Result<Vec<Effect>, Broken> {
        let id = session;
        match self.take(update, Author::Session { id, is_answer }) {
            Ok(Some(taken)) => Ok(self.answer(session, update, taken, is_answer)),
            Ok(None) => Ok(Vec::new()),
            Err(UpdateRefused::Broken(broken)) => Err(broken),
            Err(refused) => Ok(vec![Effect::Close(session, refused.into())]),
        }
    }

    /// Guards an update and applies what of it can be applied now. `None` if it
    /// is not small: then it is only begun.
    fn take(&mut self, update: &Bytes, author: Author) -> Result<Option<Taken>, UpdateRefused> {
        // Before the outline hears of it: both must know the same.
        self.check_room(update.len())?;
        let survey = guard::inspect(update, &self.limits.guard)?;
        if !work::is_small(&survey, &self.outline) {
            // A part of what breaks a rule must not be taken.
            survey.verdict(&self.outline)?;
            let slices = work::slices(update, &self.limits.guard, &self.outline)?;
            let trap = self.limits.trap.clone();
            self.work = Some(Box::new(Work::new(slices, update.clone(), author, trap)));
            return Ok(None);
        }
        let before = self.version;
        let broken = |reason| Broken {
            reason,
            update: Some(update.clone()),
        };
        let admitted = admit(&mut self.outline, update, &survey, &self.limits.guard);
        let Admitted {
            update: part,
            verdict,
        } = admitted.map_err(|refused| match refused {
            NotAdmitted::Malformed(malformed) => UpdateRefused::Malformed(malformed),
            NotAdmitted::OwnCut => broken(refused.to_string()).into(),
        })?;
        let told = match part == NOTHING {
            true => Vec::new(),
            false => {
                let integrated = self.integrate(&part, author);
                integrated.map_err(|part| broken(part.reason))?
            }
        };
        Ok(Some(Taken {
            whole: verdict != Verdict::Incomplete,
            progress: self.version != before,
            told,
        }))
    }

    /// Whether the document may grow by `more` bytes. What was taken is counted
    /// as it came; only when that is too much is the document really measured.
    fn check_room(&mut self, more: usize) -> Result<(), UpdateRefused> {
        let limit = self.limits.document_bytes;
        if self.bytes.saturating_add(more) > limit {
            self.bytes = self.state().len();
        }
        if self.bytes.saturating_add(more) > limit {
            return Err(UpdateRefused::Full(limit));
        }
        Ok(())
    }

    pub(super) fn lacks(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_some_and(Seat::lacks)
    }

    pub(super) fn put_off(&mut self, session: SessionId, token: Bytes) -> Vec<Effect> {
        match self
            .sessions
            .get_mut(&session)
            .map(|seat| seat.put_off(token))
        {
            Some(Response::Dismiss) => vec![self.tired_of(session)],
            _ => Vec::new(),
        }
    }

    /// The end of a session that keeps sending updates without their past.
    fn tired_of(&self, session: SessionId) -> Effect {
        let reason = "updates keep lacking what they build on";
        Effect::Close(session, Refusal::new(CloseCode::Policy, reason))
    }

    /// Asks a session for what its `update` builds on, or ends one that keeps
    /// sending updates without their past: see [`seat`].
    fn answer(
        &mut self,
        session: SessionId,
        update: &[u8],
        taken: Taken,
        is_answer: bool,
    ) -> Vec<Effect> {
        let mut effects = taken.told;
        let Some(seat) = self.sessions.get_mut(&session) else {
            return effects;
        };
        // An answer with holes is not owed: the client has no more itself.
        if !taken.whole
            && !is_answer
            && let Ok(survey) = guard::inspect(update, &self.limits.guard)
        {
            seat.owes(&survey, &self.outline);
        }
        let response = match is_answer {
            true => {
                seat.answered(taken.whole, taken.progress);
                Response::Fine
            }
            false => seat.updated(taken.whole, taken.progress),
        };
        let settled = seat.settle(self.version, &self.outline);
        effects.extend(settled.into_iter().filter_map(|token| {
            let answer = ServerMessage::Barrier(token);
            self.batch.hold(Effect::Send(session, answer))
        }));
        match response {
            Response::Fine => {}
            Response::Ask => effects.push(Effect::Send(session, self.step1())),
            Response::Dismiss => effects.push(self.tired_of(session)),
        }
        effects
    }

    /// Answers the barriers of sessions whose updates lacked a past that has come from
    /// elsewhere, and ends those who left it at that. Not while an update is half taken:
    /// the outline knows of it, and the batch does not yet.
    pub(super) fn those_who_owe(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.is_working() {
            return effects;
        }
        let mut tiresome = Vec::new();
        for (&id, seat) in &mut self.sessions {
            for token in seat.settle(self.version, &self.outline) {
                let answer = ServerMessage::Barrier(token);
                effects.extend(self.batch.hold(Effect::Send(id, answer)));
            }
            if seat.tick(now) == Response::Dismiss {
                tiresome.push(id);
            }
        }
        effects.extend(tiresome.into_iter().map(|id| self.tired_of(id)));
        effects
    }

    /// Applies an update that the guard admitted and puts what is new into the
    /// batch.
    fn integrate(&mut self, update: &Bytes, author: Author) -> Result<Vec<Effect>, Broken> {
        let news = apply_admitted(&self.doc, update, self.limits.trap.as_ref())?;
        Ok(self.gather(news.into(), author))
    }

    /// Puts what is new, if anything is, into the batch, and tells those who hear of
    /// it at once.
    fn gather(&mut self, news: Bytes, author: Author) -> Vec<Effect> {
        if news == NOTHING {
            return Vec::new();
        }
        self.bytes += news.len();
        self.version += 1;
        self.title = read_title(&self.doc, &self.meta);
        let told = self.relay_at_once(&news, author.session());
        let client = match author {
            // An answer is all that somebody has, whoever did it.
            Author::Session {
                is_answer: true, ..
            } => None,
            Author::Session { id, .. } => self.presence.client_of(id),
            Author::Caller(client) => client,
        };
        self.batch.push(news, client);
        told
    }
}
