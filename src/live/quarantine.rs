//! Changes that broke a document, so that none breaks it twice.
//!
//! An update that passed the guard and still failed inside Yrs is a defect of
//! ours or of Yrs. Its author's client will offer the same change again on
//! reconnecting, in other company and other bytes; so what is kept is the name
//! of its last element, by client and clock, and every update that brings this
//! element is refused before it is applied. Deletions have no such name: an
//! update that has nothing else is known again by its hash, if it comes in the
//! same bytes. The document stays up for everybody else. The updates themselves
//! are kept by the store, which tells of them whenever a document is loaded; so
//! a restart forgets none.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::id::DocumentId;
use crate::replica::Broken;
use crate::store::{Crash, During};
use crate::wire::guard;

/// The most elements, and the most hashes, that are kept of one document; then
/// the oldest leave. Other documents are not concerned.
const MOST: usize = 4096;

/// The last element of a change: client and clock.
type Element = (u64, u32);

/// SHA-256 of an update.
type Hash = [u8; 32];

/// What broke which document, shared by all documents.
#[derive(Debug, Clone, Default)]
pub struct Quarantine(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Whether anything was ever kept.
    any: AtomicBool,
    documents: Mutex<HashMap<DocumentId, Marks>>,
}

/// By what the updates are known that broke one document.
#[derive(Debug, Default)]
struct Marks {
    elements: Recent<Element>,
    hashes: Recent<Hash>,
}

/// At most [`MOST`]; the oldest leave first.
#[derive(Debug)]
struct Recent<T> {
    by_age: VecDeque<T>,
    by_order: BTreeSet<T>,
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
        let survey = guard::inspect(update, &unbounded());
        if survey.as_ref().is_ok_and(guard::Survey::is_empty) {
            // Everybody sends it, and it changes nothing.
            return;
        }
        let mut documents = self.documents();
        let marks = documents.entry(document.clone()).or_default();
        marks.hashes.keep(digest(update));
        for (client, clocks) in survey.iter().flat_map(guard::Survey::sections) {
            marks.elements.keep((client, clocks.end - 1));
        }
        self.0.any.store(true, Ordering::Release);
    }

    /// Whether this update brings what broke this document before. Costs nothing
    /// while nothing is in quarantine.
    pub fn holds(&self, document: &DocumentId, update: &[u8]) -> bool {
        if !self.0.any.load(Ordering::Acquire) {
            return false;
        }
        let documents = self.documents();
        let Some(marks) = documents.get(document) else {
            return false;
        };
        let brings = |(client, clocks): (u64, std::ops::Range<u32>)| {
            let those = (client, clocks.start)..(client, clocks.end);
            marks.elements.by_order.range(those).next().is_some()
        };
        marks.hashes.by_order.contains(&digest(update))
            || guard::inspect(update, &unbounded())
                .is_ok_and(|survey| survey.sections().any(brings))
    }

    fn documents(&self) -> MutexGuard<'_, HashMap<DocumentId, Marks>> {
        self.0
            .documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Copy + Ord> Recent<T> {
    fn keep(&mut self, one: T) {
        if !self.by_order.insert(one) {
            return;
        }
        self.by_age.push_back(one);
        if self.by_age.len() > MOST
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.by_order.remove(&oldest);
        }
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            by_age: VecDeque::new(),
            by_order: BTreeSet::new(),
        }
    }
}

fn digest(update: &[u8]) -> Hash {
    Sha256::digest(update).into()
}

/// SHA-256, in hexadecimal.
fn hash(update: &[u8]) -> String {
    digest(update)
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
    use yrs::updates::decoder::Decode;
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

    /// What has deletions only has no last element, and was never kept out.
    #[test]
    fn deletions_are_known_again_by_their_bytes() {
        let doc = Doc::with_client_id(7);
        let text = doc.get_or_insert_text("t");
        text.insert(&mut doc.transact_mut(), 0, "bad");
        let before = doc.transact().state_vector();
        text.remove_range(&mut doc.transact_mut(), 0, 2);
        let deletes = Bytes::from(doc.transact().encode_state_as_update_v1(&before));
        let survey = guard::inspect(&deletes, &unbounded()).unwrap();
        assert_eq!(survey.sections().len(), 0);
        let quarantine = Quarantine::default();
        let plan = DocumentId::parse("plan").unwrap();
        quarantine.keep(&plan, &deletes);
        assert!(quarantine.holds(&plan, &deletes));
        assert!(!quarantine.holds(&plan, &typed("bad")));
        // What everybody sends who has nothing to send is not kept out.
        quarantine.keep(&plan, &Bytes::from_static(&[0, 0]));
        assert!(!quarantine.holds(&plan, &[0, 0]));
    }

    /// The bound was one for the process: one update of many clients used it up,
    /// and no document was kept from breaking again after that.
    #[test]
    fn an_update_of_very_many_clients_leaves_room_for_others() {
        let quarantine = Quarantine::default();
        let [plan, diary] = ["plan", "diary"].map(|name| DocumentId::parse(name).unwrap());
        quarantine.keep(&plan, &typed("old"));
        let crowd = Doc::with_client_id(1);
        for client in 0..=MOST as u64 {
            let one = Doc::with_client_id(1000 + client);
            let text = one.get_or_insert_text("t");
            text.insert(&mut one.transact_mut(), 0, "x");
            let state = one
                .transact()
                .encode_state_as_update_v1(&StateVector::default());
            let update = yrs::Update::decode_v1(&state).unwrap();
            crowd.transact_mut().apply_update(update).unwrap();
        }
        let state = crowd
            .transact()
            .encode_state_as_update_v1(&StateVector::default());
        quarantine.keep(&plan, &state.into());
        assert_eq!(quarantine.documents()[&plan].elements.by_age.len(), MOST);
        assert_eq!(quarantine.documents()[&plan].elements.by_order.len(), MOST);
        // In its own bytes the old one is known still.
        assert!(!quarantine.holds(&plan, &typed("old, and more")));
        assert!(quarantine.holds(&plan, &typed("old")));
        quarantine.keep(&plan, &typed("new"));
        assert!(quarantine.holds(&plan, &typed("new, and more")));
        quarantine.keep(&diary, &typed("bad"));
        assert!(quarantine.holds(&diary, &typed("bad, and more")));
    }
}
