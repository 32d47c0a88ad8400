//! Who wrote which rows, for those who ask again: rows never change, so neither does
//! this.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::id::{DocumentId, Seq};

/// So much is kept, in clients, and a few for each answer.
const KEPT: usize = 1 << 16;

/// What an answer counts for beside its clients.
const EACH: usize = 16;

/// Whose rows these are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    document: DocumentId,
    after: Seq,
    through: Seq,
}

/// The answers that were given lately.
#[derive(Debug, Clone, Default)]
pub struct WritersKnown(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    answers: VecDeque<(Span, Arc<[u64]>)>,
    weight: usize,
}

impl WritersKnown {
    /// The clients that wrote these rows, if somebody asked lately.
    pub fn find(&self, document: &DocumentId, after: Seq, through: Seq) -> Option<Arc<[u64]>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |span: &Span| {
            span.after == after && span.through == through && span.document == *document
        };
        let found = kept.answers.iter().find(|(span, _)| is_it(span));
        found.map(|(_, clients)| Arc::clone(clients))
    }

    /// Keeps an answer.
    pub fn keep(&self, document: &DocumentId, after: Seq, through: Seq, clients: &Arc<[u64]>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let span = Span {
            document: document.clone(),
            after,
            through,
        };
        kept.weight += clients.len() + EACH;
        kept.answers.push_front((span, Arc::clone(clients)));
        while kept.weight > KEPT
            && let Some((_, gone)) = kept.answers.pop_back()
        {
            kept.weight -= gone.len() + EACH;
        }
    }
}
