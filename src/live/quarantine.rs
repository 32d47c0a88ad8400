//! Updates that broke a document, so that none breaks it twice.
//!
//! An update that passed the guard and still failed inside Yrs is a defect of
//! ours or of Yrs. Its author's client will send it again on reconnecting, so
//! its hash is kept and it is refused then, before it is applied: the document
//! stays up for everybody else. The hashes are gone with the process.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::id::DocumentId;

/// The most hashes that are kept. Who can make more of these finds a defect a
/// minute, and the process has other worries.
const MOST: usize = 4096;

/// Hashes of bad updates, shared by all documents.
#[derive(Debug, Clone, Default)]
pub struct Quarantine(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: AtomicUsize,
    hashes: Mutex<HashSet<[u8; 32]>>,
}

impl Quarantine {
    /// Puts an update in quarantine and says so in the log.
    pub fn admit(&self, document: &DocumentId, update: &[u8], reason: &str) {
        let hash = hash(document, update);
        let short = u64::from_be_bytes([
            hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7],
        ]);
        log::error!(
            "document {document:?} broke on an update of {} bytes, quarantined as {short:016x}: \
             {reason}",
            update.len()
        );
        let mut hashes = self.0.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        if hashes.len() < MOST {
            hashes.insert(hash);
            self.0.count.store(hashes.len(), Ordering::Release);
        }
    }

    /// Whether this update broke this document before. Costs nothing while
    /// nothing is in quarantine.
    pub fn holds(&self, document: &DocumentId, update: &[u8]) -> bool {
        self.0.count.load(Ordering::Acquire) > 0
            && self
                .0
                .hashes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(&hash(document, update))
    }
}

fn hash(document: &DocumentId, update: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((document.as_str().len() as u64).to_le_bytes());
    hash.update(document.as_str());
    hash.update(update);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_remembered_for_the_document_it_broke() {
        let quarantine = Quarantine::default();
        let (plan, diary) = (
            DocumentId::parse("plan").unwrap(),
            DocumentId::parse("diary").unwrap(),
        );
        assert!(!quarantine.holds(&plan, b"bad"));
        quarantine.admit(&plan, b"bad", "a test");
        assert!(quarantine.holds(&plan, b"bad"));
        assert!(!quarantine.holds(&plan, b"good"));
        assert!(!quarantine.holds(&diary, b"bad"));
    }
}
