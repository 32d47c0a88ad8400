//! Who writes: the clients of a document that are here and say their names.
//!
//! Of who inserted something the document tells; who only deletes is remembered here,
//! for as long as the document is in memory.

use std::collections::BTreeSet;

use yrs::block::ClientID;
use yrs::{ReadTxn, Transact};

use super::Replica;
use crate::id::Sender;
use crate::wire::awareness::{self, Guise};

/// So many who only deleted are remembered.
const DELETERS: usize = 1024;

/// Who deleted something and inserted nothing beside it.
#[derive(Debug, Default)]
pub(super) struct Deleters(BTreeSet<u64>);

impl Deleters {
    fn note(&mut self, client: u64) {
        if self.0.len() < DELETERS {
            self.0.insert(client);
        }
    }
}

impl Replica {
    /// Remembers who sent an append that says no author.
    pub(super) fn sent(&mut self, sender: Sender) {
        if let Sender::Client(client) = sender {
            self.deleters.note(client);
        }
    }

    /// Who is here and shows a name, each of them once: so many at most, those first whose
    /// clients have the smallest numbers, so that it stays as it was.
    pub fn guises(&self, most: usize) -> Vec<Guise> {
        let mut states: Vec<(u64, &str)> = self.presence.states().collect();
        states.sort_unstable_by_key(|(client, _)| *client);
        let mut guises: Vec<Guise> = Vec::new();
        for (_, state) in states {
            if guises.len() == most {
                break;
            }
            let guise = awareness::guise(state);
            guises.extend(guise.filter(|guise| !guises.contains(guise)));
        }
        guises
    }

    /// The clients that are here, wrote something at some time, and show a name. Looks
    /// at everybody who is here, so not to be asked for each keystroke.
    pub fn writers(&self) -> Vec<(u64, String)> {
        let mut states = self.presence.states().peekable();
        if states.peek().is_none() {
            return Vec::new();
        }
        let clocks = self.doc.transact().state_vector();
        states
            .filter(|(client, _)| {
                clocks.contains_client(&ClientID::new(*client)) || self.deleters.0.contains(client)
            })
            .filter_map(|(client, state)| Some((client, awareness::user_name(state)?)))
            .collect()
    }
}
