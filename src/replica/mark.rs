//! How far somebody is who got everything that was relayed.
//!
//! Whoever falls behind is later sent one diff from the state it is known to
//! have. Reading a state vector for each update would cost more than relaying
//! it, so a [`Mark`] is made once in a while and stands for what follows it: a
//! diff from an older mark holds a little more than is missing, never less.

use std::sync::Arc;

use crate::wire::state_vector::StateVector;

/// A new mark is made after so many bytes of updates: about what is sent twice
/// to somebody who fell behind.
const MARK_BYTES: usize = 32 << 10;

/// A point in the stream of relayed updates. Whoever got everything relayed
/// before it has at least this state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(Arc<StateVector>);

impl Mark {
    /// The state that is known to be there.
    pub fn vector(&self) -> &StateVector {
        &self.0
    }

    /// Whether it is the same mark, not only an equal one.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<StateVector> for Mark {
    fn from(vector: StateVector) -> Self {
        Self(Arc::new(vector))
    }
}

/// The marks of one document. One append is in flight at a time, so there is at
/// most one mark that is made and does not hold yet.
#[derive(Debug)]
pub(super) struct Trail {
    current: Mark,
    /// Holds once the append in flight was relayed.
    next: Option<Mark>,
    /// Bytes that departed since the last mark was made.
    bytes: usize,
}

impl Trail {
    /// The trail of a document that was just loaded.
    pub fn new(vector: StateVector) -> Self {
        Self {
            current: vector.into(),
            next: None,
            bytes: 0,
        }
    }

    /// An append departs and nothing gathers behind it: the document is in the
    /// state that everybody has once this append was relayed.
    pub fn departed(&mut self, bytes: usize, vector: impl FnOnce() -> StateVector) {
        self.bytes += bytes;
        if self.bytes >= MARK_BYTES {
            self.bytes = 0;
            self.next = Some(vector().into());
        }
    }

    /// The mark that holds now.
    pub fn current(&self) -> Mark {
        self.current.clone()
    }

    /// The append in flight is about to be relayed, or was and is about to be
    /// echoed. Returns the mark before it.
    pub fn relayed(&mut self) -> Mark {
        match self.next.take() {
            Some(next) => std::mem::replace(&mut self.current, next),
            None => self.current.clone(),
        }
    }
}
