//! From stored bytes to a replica, and the proof that a snapshot will make that
//! way. Disk is no more trusted than a socket: the same guard stands here.

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{Doc, Transact, TransactionMut, Update};

use super::admission::admit;
use super::mark::Trail;
use super::work::{self, Burden};
use super::yrs_document::{options, panic_text, read_title};
use super::{Limits, Pace, Replica, Trap};
use crate::wire::guard::{self, Outline, Verdict};

/// Why stored bytes did not become a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("part {part} of the stored document cannot be loaded: {reason}")]
pub struct LoadError {
    /// Which part: 0 is the first of what was given.
    pub part: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl Replica {
    /// Builds a document from what a store kept, a snapshot and the updates after
    /// it, oldest first.
    ///
    /// # Errors
    /// [`LoadError`] when any part fails the guard or does not apply. There is
    /// no partial result: a shortened document is worse than none.
    pub fn load(updates: &[&Bytes], limits: Limits) -> Result<Self, LoadError> {
        Self::load_within(updates, limits, &mut || Pace::Go)
    }

    /// The same of what a stranger sent: `pace` is asked after every slice of what is not
    /// small, and ends it when it says anything but [`Pace::Go`].
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_within(
        updates: &[&Bytes],
        limits: Limits,
        pace: &mut dyn FnMut() -> Pace,
    ) -> Result<Self, LoadError> {
        let mut replica = Replica::empty(limits);
        let guard = guard::Limits {
            message_bytes: usize::MAX,
            ..replica.limits.guard
        };
        let trap = replica.limits.trap.as_ref();
        replica.outline = apply_all(&replica.doc, updates, &guard, trap, pace)?;
        replica.bytes = updates.iter().map(|update| update.len()).sum();
        replica.trail = Trail::new(super::state_vector(&replica.doc));
        replica.title = read_title(&replica.doc, &replica.meta);
        Ok(replica)
    }

    /// Lets go of what can be made again: for a document that falls idle.
    pub fn trim(&mut self) {
        self.full_state.clear();
        self.caught_up = None;
    }
}

/// Proves that `snapshot` loads and holds all of the state it was taken of,
/// which has this `fingerprint`, before it may replace journal rows: it is
/// decoded, applied to a fresh document and compared. Costs about as much as
/// loading; run it off the document's thread.
///
/// # Errors
/// [`LoadError`] when it does not load or holds something else.
pub fn verify_snapshot(
    snapshot: &Bytes,
    fingerprint: &str,
    guard: &guard::Limits,
) -> Result<(), LoadError> {
    let guard = guard::Limits {
        message_bytes: usize::MAX,
        ..*guard
    };
    let fresh = Doc::with_options(options());
    apply_all(&fresh, &[snapshot], &guard, None, &mut || Pace::Go)?;
    if super::fingerprint(&fresh) == fingerprint {
        return Ok(());
    }
    Err(LoadError {
        part: 0,
        reason: "it does not hold what the document holds".to_owned(),
    })
}

fn apply_all(
    doc: &Doc,
    updates: &[&Bytes],
    guard: &guard::Limits,
    trap: Option<&Trap>,
    pace: &mut dyn FnMut() -> Pace,
) -> Result<Outline, LoadError> {
    let mut part = 0;
    let mut outline = Outline::new();
    let applied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut fold = Fold::new(doc);
        for update in updates {
            Trap::is_shown(trap, update);
            fold.apply(&mut outline, update, guard, pace)?;
            part += 1;
        }
        Ok(())
    }));
    let result = match applied {
        Ok(result) => result,
        Err(panic) => Err(panic_text(&*panic)),
    };
    result.map_err(|reason| LoadError { part, reason })?;
    Ok(outline)
}

/// Many updates in as few transactions as Yrs can bear.
struct Fold<'d> {
    doc: &'d Doc,
    transaction: Option<TransactionMut<'d>>,
    burden: Burden,
}

impl<'d> Fold<'d> {
    fn new(doc: &'d Doc) -> Self {
        Self {
            doc,
            transaction: None,
            burden: Burden::default(),
        }
    }

    /// The transaction at hand, or the next one when that has enough to bear.
    fn transaction(&mut self) -> (&mut TransactionMut<'d>, &mut Burden) {
        if self.burden.is_full() {
            self.transaction = None;
            self.burden = Burden::default();
        }
        let doc = self.doc;
        let transaction = self.transaction.get_or_insert_with(|| doc.transact_mut());
        (transaction, &mut self.burden)
    }

    fn apply(
        &mut self,
        outline: &mut Outline,
        update: &Bytes,
        guard: &guard::Limits,
        pace: &mut dyn FnMut() -> Pace,
    ) -> Result<(), String> {
        const LACKS: &str = "it lacks what it builds on";
        const LABORIOUS: &str = "it takes far more work than its size explains";
        let survey = guard::inspect(update, guard).map_err(text)?;
        if !work::is_small(&survey, outline) {
            drop(survey);
            let mut slices = work::slices(update, guard, outline).map_err(text)?;
            loop {
                let (transaction, burden) = self.transaction();
                if work::apply_next(&mut slices, outline, transaction, burden)?.is_none() {
                    break;
                }
                if pace() != Pace::Go {
                    return Err(LABORIOUS.to_owned());
                }
            }
            return slices.is_whole().then_some(()).ok_or(LACKS.to_owned());
        }
        // A snapshot holds what was gathered when it was taken; the journal row of
        // that batch may repeat the beginning of a block. Only what is new is
        // applied.
        let moves = outline.moves(&survey);
        let admitted = admit(outline, update, &survey, guard).map_err(text)?;
        if admitted.verdict == Verdict::Incomplete {
            return Err(LACKS.to_owned());
        }
        let (transaction, burden) = self.transaction();
        burden.add(survey.blocks(), update.len(), moves);
        let update = Update::decode_v1(&admitted.update).map_err(text)?;
        transaction.apply_update(update).map_err(text)
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use yrs::{ReadTxn, StateVector, Text};

    use super::*;

    /// What a stranger sent as a branch was made a document of for as long as that took,
    /// while everybody waited who wanted to see history.
    #[test]
    fn what_takes_too_long_is_no_document() {
        let doc = Doc::with_options(options());
        let text = doc.get_or_insert_text("content");
        for _ in 0..20_000 {
            // In front of what is there: each is a block of its own.
            text.insert(&mut doc.transact_mut(), 0, "x");
        }
        let state = doc.transact();
        let state = Bytes::from(state.encode_state_as_update_v1(&StateVector::default()));
        let mut asked = 0;
        let mut load = |most: usize| {
            asked = 0;
            let mut pace = || {
                asked += 1;
                match asked > most {
                    true => Pace::Stop,
                    false => Pace::Go,
                }
            };
            let loaded = Replica::load_within(&[&state], Limits::default(), &mut pace);
            loaded.map(drop).map_err(|error| error.reason)
        };
        load(usize::MAX).unwrap();
        let refused = load(1).unwrap_err();
        assert!(refused.contains("far more work"), "{refused}");
        assert_eq!(asked, 2, "nothing is done after that");
    }
}
