//! Updates made by hand: someone appends to a text, again and again. Making
//! them costs nothing, whatever the text has become.

use cowrite::wire::lib0::Writer;

use super::client::ROOT;

/// The content of a struct is a string.
const STRING: u8 = 4;

/// The struct names what stands left of it.
const HAS_ORIGIN: u8 = 0x80;

/// The update with which `client` puts `text` behind what it wrote so far,
/// which is `clock` characters. The text is ASCII.
pub fn append(client: u64, clock: u32, text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 32);
    let mut update = Writer::new(&mut bytes);
    // One client, one struct.
    update.var_uint(1);
    update.var_uint(1);
    update.var_uint(client);
    update.var_uint(u64::from(clock));
    match clock.checked_sub(1) {
        Some(last) => {
            update.u8(STRING | HAS_ORIGIN);
            update.var_uint(client);
            update.var_uint(u64::from(last));
        }
        None => {
            update.u8(STRING);
            // The parent is a root, by name.
            update.var_uint(1);
            update.str(ROOT);
        }
    }
    update.str(text);
    // Nothing is deleted.
    update.var_uint(0);
    bytes
}
