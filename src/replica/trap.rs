//! The place where a test lets an update break a document.
//!
//! Yrs has no known defect that the guard lets through, so what follows one can
//! only be tried with a defect of our own making. A trap is set in
//! [`Limits`](super::Limits) by whoever builds a server as a library; no option,
//! variable or message sets one.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// Is shown every update inside the fence around Yrs, just before Yrs is. It
/// may panic, block or end the process, as a defect would.
#[derive(Clone)]
pub struct Trap(Arc<dyn Fn(&Bytes) + Send + Sync>);

impl Trap {
    /// A trap that does this.
    pub fn new(spring: impl Fn(&Bytes) + Send + Sync + 'static) -> Self {
        Self(Arc::new(spring))
    }

    pub(super) fn is_shown(trap: Option<&Self>, update: &Bytes) {
        if let Some(Self(spring)) = trap {
            spring(update);
        }
    }
}

impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trap")
    }
}
