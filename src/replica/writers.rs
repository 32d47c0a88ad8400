//! Who writes: the clients of a document that are here and say their names.

use yrs::block::ClientID;
use yrs::{ReadTxn, Transact};

use super::Replica;
use crate::wire::awareness;

impl Replica {
    /// The clients that are here, wrote something at some time, and show a name. Looks
    /// at everybody who is here, so not to be asked for each keystroke.
    pub fn writers(&self) -> Vec<(u64, String)> {
        let mut states = self.presence.states().peekable();
        if states.peek().is_none() {
            return Vec::new();
        }
        let clocks = self.doc.transact().state_vector();
        states
            .filter(|(client, _)| clocks.contains_client(&ClientID::new(*client)))
            .filter_map(|(client, state)| Some((client, awareness::user_name(state)?)))
            .collect()
    }
}
