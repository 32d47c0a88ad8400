//! Updates (v1) made and read by hand, which costs next to nothing: whatever the
//! document has become, someone appends to what they wrote.

use cowrite::wire::lib0::{Reader, Writer};

use super::Trouble;
use crate::trace::client::ROOT;
pub use crate::trace::update::append;

/// The content of a struct, in the lower bits of its first byte.
const GONE: u8 = 0;
const DELETED: u8 = 1;
const STRING: u8 = 4;
const SKIPPED: u8 = 10;
const CONTENT: u8 = 0x1f;

/// What stands before the content, in the upper ones.
const HAS_LEFT: u8 = 0x80;
const HAS_RIGHT: u8 = 0x40;
const HAS_KEY: u8 = 0x20;

/// The update that says nothing.
pub const EMPTY: [u8; 2] = [0, 0];

/// A text of `pieces` pieces of 100 letters, each put before the one before it, so
/// that none can be joined to another: what a text is that was not typed in one go.
pub fn text(client: u64, pieces: u32) -> Vec<u8> {
    let piece = "How much a letter costs when a hundred thousand others have been written \
                 before, that is the question"
        .get(..100)
        .unwrap_or_default();
    let mut bytes = Vec::with_capacity(pieces as usize * 112 + 16);
    let mut update = Writer::new(&mut bytes);
    update.var_uint(1);
    update.var_uint(u64::from(pieces));
    update.var_uint(client);
    update.var_uint(0);
    for number in 0..u64::from(pieces) {
        match number.checked_sub(1) {
            Some(before) => {
                update.u8(STRING | HAS_RIGHT);
                update.var_uint(client);
                update.var_uint(before * 100);
            }
            None => {
                update.u8(STRING);
                update.var_uint(1);
                update.str(ROOT);
            }
        }
        update.str(piece);
    }
    update.var_uint(0);
    bytes
}

/// Says for each client in an update how far it goes, and how many characters it
/// deletes. It knows the content that the load generator makes, and no other.
pub fn survey(update: &[u8], mut each: impl FnMut(u64, u32)) -> Result<u32, Trouble> {
    let mut rest = Reader::at(update, 0);
    for _ in 0..rest.var_uint()? {
        let structs = rest.var_uint()?;
        let client = rest.var_uint()?;
        let mut clock = rest.var_u32()?;
        for _ in 0..structs {
            clock += length(&mut rest)?;
        }
        each(client, clock);
    }
    let mut deleted = 0;
    for _ in 0..rest.var_uint()? {
        rest.var_uint()?;
        for _ in 0..rest.var_uint()? {
            rest.var_u32()?;
            deleted += rest.var_u32()?;
        }
    }
    Ok(deleted)
}

/// Reads a struct and says how much of its client's it is.
fn length(rest: &mut Reader<'_>) -> Result<u32, Trouble> {
    let info = rest.u8()?;
    if matches!(info & CONTENT, GONE | SKIPPED) {
        return Ok(rest.var_u32()?);
    }
    for _ in 0..(info & (HAS_LEFT | HAS_RIGHT)).count_ones() {
        rest.var_uint()?;
        rest.var_uint()?;
    }
    if info & (HAS_LEFT | HAS_RIGHT) == 0 {
        match rest.var_uint()? {
            0 => {
                rest.var_uint()?;
                rest.var_uint()?;
            }
            _ => drop(rest.str()?),
        }
        if info & HAS_KEY != 0 {
            rest.str()?;
        }
    }
    match info & CONTENT {
        DELETED => Ok(rest.var_u32()?),
        STRING => Ok(units(rest.str()?)),
        other => Err(format!("content {other} is not made here").into()),
    }
}

/// As Yjs counts: in UTF-16.
fn units(text: &str) -> u32 {
    match text.is_ascii() {
        true => text.len() as u32,
        false => text.encode_utf16().count() as u32,
    }
}
