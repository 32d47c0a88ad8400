//! Changes that broke a document, so that none breaks it twice.
//!
//! An update that passed the guard and still failed inside Yrs is a defect of
//! ours or of Yrs. Its author's client will offer the same change again on
//! reconnecting, in other company and other bytes; so what is kept is the name
//! of its last element, by client and clock, and every update that brings this
//! element is refused before it is applied. The document stays up for everybody
//! else. The updates themselves are kept by the store, which tells of them
//! whenever a document is loaded; so a restart forgets none.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use std::time::SystemTime;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::id::DocumentId;
use crate::replica::Broken;
use crate::store::{Crash, During};
use crate::wire::guard;

/// The most elements that are kept. Who can make more of these finds a defect a
/// minute, and the process has other worries.
const MOST: usize = 4096;

/// The last element of a change: client and clock.
type Element = (u64, u32);

/// What broke which document, shared by all documents.
#[derive(Debug, Clone, Default)]
pub struct Quarantine(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: AtomicUsize,
    elements: Mutex<HashMap<DocumentId, HashSet<Element>>>,
}

impl Quarantine {
    /// Keeps what broke a document out of it from now on and says so in the log.
    /// What only failed to merge with others is not kept: alone it is sound. The
    /// answer is for the store.
    pub fn admit(&self, document: &DocumentId, broken: Broken, author: String) -> Crash {
        let Broken { reason, update } = broken;
        let hash = update.as_deref().map(hash);
        let named = hash.as_deref().unwrap_or("none to blame");
        log::error!("document {document:?} broke: {reason}; update {named}, of {author}");
        if let Some(update) = &update {
            self.keep(document, update);
        }
        Crash {
            document: document.clone(),
            at: SystemTime::now(),
            during: During::Applying,
            reason,
            author,
            hash,
            update,
        }
    }

    /// Keeps an update out of a document: one that broke it now, or that the
    /// store remembers.
    pub fn keep(&self, document: &DocumentId, update: &Bytes) {
        let Ok(survey) = guard::inspect(update, &unbounded()) else {
            return;
        };
        let mut elements = self.elements();
        for (client, clocks) in survey.sections() {
            if self.0.count.load(Ordering::Acquire) < MOST
                && elements
                    .entry(document.clone())
                    .or_default()
                    .insert((client, clocks.end - 1))
            {
                self.0.count.fetch_add(1, Ordering::AcqRel);
            }
        }
    }

    /// Whether this update brings what broke this document before. Costs nothing
    /// while nothing is in quarantine.
    pub fn holds(&self, document: &DocumentId, update: &[u8]) -> bool {
        if self.0.count.load(Ordering::Acquire) == 0 {
            return false;
        }
        let elements = self.elements();
        let Some(kept) = elements.get(document) else {
            return false;
        };
        guard::inspect(update, &unbounded()).is_ok_and(|survey| {
            survey.sections().any(|(client, clocks)| {
                kept.iter()
                    .any(|(bad, clock)| *bad == client && clocks.contains(clock))
            })
        })
    }

    fn elements(&self) -> MutexGuard<'_, HashMap<DocumentId, HashSet<Element>>> {
        self.0
            .elements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// SHA-256, in hexadecimal.
fn hash(update: &[u8]) -> String {
    Sha256::digest(update)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Size was checked before, or will be.
fn unbounded() -> guard::Limits {
    guard::Limits {
        message_bytes: usize::MAX,
        ..guard::Limits::default()
    }
}

#[cfg(test)]
mod tests {
    use yrs::{Doc, ReadTxn, StateVector, Text, Transact};

    use super::*;

    /// A client's whole document after typing some letters.
    fn typed(letters: &str) -> Bytes {
        let doc = Doc::with_client_id(7);
        let text = doc.get_or_insert_text("t");
        text.insert(&mut doc.transact_mut(), 0, letters);
        let update = doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default());
        update.into()
    }

    #[test]
    fn a_change_is_known_again_in_other_company() {
        let quarantine = Quarantine::default();
        let plan = DocumentId::parse("plan").unwrap();
        let diary = DocumentId::parse("diary").unwrap();
        assert!(!quarantine.holds(&plan, &typed("bad")));
        let broken = Broken {
            reason: "a test".to_owned(),
            update: Some(typed("bad")),
        };
        let crash = quarantine.admit(&plan, broken, "a test".to_owned());
        assert_eq!(crash.update, Some(typed("bad")));
        assert_eq!(crash.hash.map(|hash| hash.len()), Some(64));
        assert!(quarantine.holds(&plan, &typed("bad")));
        assert!(quarantine.holds(&plan, &typed("bad, and more")));
        assert!(!quarantine.holds(&plan, &typed("ba")), "it ends before");
        assert!(!quarantine.holds(&diary, &typed("bad")));
        quarantine.keep(&diary, &typed("bad"));
        assert!(quarantine.holds(&diary, &typed("bad, and more")));
    }
}
