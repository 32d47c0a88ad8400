//! Presence made and read by hand: somebody moves a cursor.

use cowrite::wire::awareness::{self, Limits};
use cowrite::wire::lib0::Writer;

use super::Trouble;

/// What `client` shows of itself the `clock`th time: what editors show.
pub fn state(client: u64, clock: u32) -> Vec<u8> {
    let at = clock * 7 % 10_000;
    let state = format!(
        "{{\"user\":{{\"name\":\"Person {client}\",\"color\":\"#30bced\"}},\
         \"cursor\":{{\"anchor\":{at},\"head\":{}}}}}",
        at + 3
    );
    let mut bytes = Vec::with_capacity(state.len() + 16);
    let mut update = Writer::new(&mut bytes);
    // One client.
    update.var_uint(1);
    update.var_uint(client);
    update.var_uint(u64::from(clock));
    update.str(&state);
    bytes
}

/// Says of each client in a presence message which of its states this is.
pub fn survey(presence: &[u8], mut each: impl FnMut(u64, u32)) -> Result<(), Trouble> {
    for entry in awareness::decode(presence, &Limits::default())? {
        if entry.state.is_some() {
            each(entry.client, entry.clock);
        }
    }
    Ok(())
}
