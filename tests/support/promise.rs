//! What somebody was promised, and whether a document keeps it.

use yrs::updates::decoder::Decode;
use yrs::{ClientID, Update};

use super::client::Client;
use super::reading;

/// Something that somebody may rely on when the server dies: a document holds
/// at least this, because `who` was told so, by `what`.
pub struct Promise {
    pub document: String,
    pub what: &'static str,
    pub kept: Kept,
    pub who: String,
}

/// What a document has to hold.
pub enum Kept {
    /// All of this.
    Update(Vec<u8>),
    /// What this client wrote before this clock.
    Until { client: u64, clock: u32 },
}

impl Kept {
    /// Whether a document of this state holds it.
    pub fn is_in(&self, state: &[u8]) -> bool {
        match self {
            Self::Update(update) => reading::holds(state, update),
            Self::Until { client, clock } => {
                let found = reading::vector(&reading::doc_of(state));
                found.get(&ClientID::new(*client)) >= *clock
            }
        }
    }

    /// Whether any document holds it.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Update(update) if update == &[0, 0])
    }
}

/// Until which clock of its own a client heard updates of the server.
pub fn echoed(client: &Client) -> u32 {
    let me = ClientID::new(client.id());
    client.looks(|seen| {
        let clocks = seen.relayed().map(|update| {
            let told = Update::decode_v1(update).unwrap().insertions(true);
            let mine = told.iter().filter(|(of, _)| **of == me);
            let ends = mine.flat_map(|(_, ranges)| ranges.iter().map(|range| range.end));
            ends.max().unwrap_or(0)
        });
        clocks.max().unwrap_or(0)
    })
}
