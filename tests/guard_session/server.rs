//! What the server does with updates, and checks that the guard was right.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use cowrite::replica::fingerprint;
use cowrite::wire::guard::{
    Admission, Joint, Kind, Known, Limits, Outline, Place, Slices, Verdict, admit, inspect, reveal,
};
use cowrite::wire::malformed::Malformed;
use fastrand::Rng;
use yrs::updates::decoder::Decode;
use yrs::{BranchID, ClientID, Doc, ID, ReadTxn, StateVector, Transact, Update};

use super::document;
use super::editor::edit;

/// How many updates servers were offered in this process.
pub static OFFERED: AtomicU64 = AtomicU64::new(0);

/// The server: a document, its outline, and the guard before both.
pub struct Server {
    pub doc: Doc,
    pub outline: Outline,
    pub limits: Limits,
    collects: bool,
    /// All that was applied, in its order: the journal.
    journal: Vec<Vec<u8>>,
}

/// What became of an update.
#[derive(Debug, PartialEq)]
pub enum Received {
    /// It was applied; this is what was new.
    All(Vec<u8>),
    /// A part of it was applied; this is what was new.
    Part(Vec<u8>),
    /// Nothing of it could be applied yet.
    Nothing,
}

impl Server {
    pub fn new(collects: bool) -> Self {
        Self {
            doc: document(1 << 50, collects),
            outline: Outline::new(),
            limits: Limits::default(),
            collects,
            journal: Vec::new(),
        }
    }

    /// Loads what a server wrote to its disk. Nothing may be missing of it.
    pub fn load(state: &[u8], collects: bool) -> Self {
        let mut server = Self::new(collects);
        match server.receive(state) {
            Ok(Received::All(_)) => server,
            other => panic!("the state of a document does not load again: {other:?}"),
        }
    }

    /// What the server does with every update.
    pub fn receive(&mut self, update: &[u8]) -> Result<Received, Malformed> {
        OFFERED.fetch_add(1, Ordering::Relaxed);
        Ok(match admit(update, &self.limits, &self.outline)? {
            Admission::Whole => Received::All(self.apply(update)),
            Admission::Part {
                update,
                complete: true,
            } => Received::All(self.apply(&update)),
            Admission::Part {
                update,
                complete: false,
            } => Received::Part(self.apply(&update)),
            Admission::Nothing => Received::Nothing,
        })
    }

    /// Receives an update that needs nothing, slice by slice.
    pub fn receive_in_slices(&mut self, update: &[u8], blocks: usize) {
        let update = Bytes::copy_from_slice(update);
        let mut slices =
            Slices::new(update, &self.limits, &self.outline, blocks).expect("it was let in before");
        let mut joint = Joint::default();
        let before = (fingerprint(&self.doc), self.everything());
        while let Some(slice) = slices.next(&self.outline).expect("it was let in before") {
            let news = self.apply(&slice.update);
            assert_eq!(joint.add(&news), Ok(true), "slices follow each other");
        }
        assert!(slices.is_whole(), "nothing was missing");
        // What is journaled of it makes the same of the document before.
        let mut again = Self::load(&before.1, self.collects);
        assert_eq!(fingerprint(&again.doc), before.0, "a state is its document");
        if let Some(news) = joint.finish() {
            let received = again.receive(&news);
            assert!(matches!(received, Ok(Received::All(_))), "{received:?}");
        }
        assert_eq!(
            fingerprint(&again.doc),
            fingerprint(&self.doc),
            "what was taken in slices is what they say"
        );
    }

    /// Applies what the guard let in, and checks that the guard was right.
    fn apply(&mut self, update: &[u8]) -> Vec<u8> {
        let survey = inspect(update, &self.limits).expect("what the guard lets in has a structure");
        assert_eq!(
            self.outline.admit(&survey),
            Ok(Verdict::Sound),
            "what the guard lets in is sound"
        );
        let clients: Vec<(u64, u32)> = survey
            .sections()
            .map(|(client, clocks)| (client, clocks.end))
            .collect();
        let decoded = Update::decode_v1(update).expect("what the guard lets in can be decoded");
        let mut txn = self.doc.transact_mut();
        txn.apply_update(decoded)
            .expect("what the guard lets in can be applied");
        self.journal.push(update.to_vec());
        assert!(!txn.has_missing_updates(), "nothing is left pending");
        let state = txn.state_vector();
        for (client, end) in clients {
            let clock = state.get(&ClientID::new(client));
            assert!(clock >= end, "all blocks are integrated");
            assert_eq!(clock, self.outline.clock(client), "the outline keeps up");
        }
        txn.encode_update_v1()
    }

    /// An edit by the server itself.
    pub fn edit(&mut self, rng: &mut Rng) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        edit(&mut txn, rng, 0);
        let news = txn.encode_update_v1();
        drop(txn);
        let survey = inspect(&news, &self.limits).expect("the server writes updates");
        assert_eq!(
            self.outline.admit(&survey),
            Ok(Verdict::Sound),
            "the server's own edits are sound"
        );
        news
    }

    pub fn everything(&self) -> Vec<u8> {
        self.doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default())
    }

    /// The same, as others may see it.
    pub fn everything_revealed(&self) -> Vec<u8> {
        reveal(&self.everything()).into_owned()
    }

    /// Whatever yrs calls a shared type, the outline calls one too.
    pub fn check_outline(&self) {
        let txn = self.doc.transact();
        for (client, &end) in txn.state_vector().iter() {
            assert_eq!(self.outline.clock(client.get()), end);
            for clock in 0..end.min(4_000) {
                let id = ID::new(*client, clock);
                if BranchID::Nested(id).get_branch(&txn).is_some() {
                    let place = self.outline.place(client.get(), clock);
                    assert!(
                        matches!(
                            place,
                            Place::Item {
                                kind: Kind::Type,
                                ..
                            }
                        ),
                        "{place:?}"
                    );
                }
            }
        }
    }
}
