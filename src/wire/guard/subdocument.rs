//! Subdocuments pass through yrs unseen.
//!
//! A document may refer to others by name and options. yrs makes each such
//! reference a document of its own inside the first, which it reads after it
//! was freed when the type around it is deleted, and which keeps the first
//! from ever being freed. The server needs none of that: it only has to hand
//! the reference on. So on the way in a reference is *hidden* in a binary of
//! the same length to the document, which yrs treats alike in every way that
//! matters to others, and on the way out it is [revealed](reveal).
//!
//! Journals and snapshots hold the hidden form. A binary that carries the mark
//! is inspected as what it hides, so nobody can smuggle anything else in.

use std::borrow::Cow;

use super::super::lib0::{Reader, Writer};
use super::super::malformed::{Malformed, Rule};
use super::Limits;
use super::content::{BINARY, SUBDOCUMENT, read_text, read_value};
use super::structure::{Block, CONTENT, read_block};

/// What a hidden reference begins with.
const MARK: &[u8; 16] = b"\0cowrite subdoc\0";

/// The tag of a map among lib0 "any" values.
const VALUE_MAP: u8 = 118;

/// Reads a reference: a name and a map of options.
pub(super) fn read<const CHECK: bool>(
    reader: &mut Reader<'_>,
    limits: &Limits,
) -> Result<(), Malformed> {
    let start = reader.position();
    read_text::<CHECK>(reader)?;
    let options = reader.clone().u8()?;
    read_value::<CHECK>(reader, limits.value_depth)?;
    if options != VALUE_MAP || reader.position() - start > limits.subdocument_bytes {
        return Err(Malformed::new(Rule::Subdocument, start));
    }
    Ok(())
}

/// Checks what a binary hides, if it hides anything.
pub(super) fn inspect_binary(binary: &[u8], at: usize, limits: &Limits) -> Result<(), Malformed> {
    let Some(reference) = binary.strip_prefix(MARK) else {
        return Ok(());
    };
    let mut reader = Reader::new(reference);
    read::<true>(&mut reader, limits)
        .and_then(|()| reader.finish())
        .map_err(|_| Malformed::new(Rule::Subdocument, at))
}

/// Writes a block with its reference hidden.
pub(super) fn write_hidden(writer: &mut Writer<'_>, update: &[u8], block: &Block<'_>) {
    writer.u8(block.info & !CONTENT | BINARY);
    writer.raw(&update[block.at + 1..block.content_at]);
    let reference = &update[block.content_at..block.end];
    writer.var_uint((MARK.len() + reference.len()) as u64);
    writer.raw(MARK);
    writer.raw(reference);
}

/// The name of the subdocument that a binary in a document stands for.
pub fn hidden_name(binary: &[u8]) -> Option<&str> {
    Reader::new(binary.strip_prefix(MARK)?).str().ok()
}

/// An update as others may see it: references that were hidden are written out.
/// Every update that leaves the server passes here.
pub fn reveal(update: &[u8]) -> Cow<'_, [u8]> {
    // The mark does not occur in most updates at all.
    if !contains(update, MARK) {
        return Cow::Borrowed(update);
    }
    match rewrite(update) {
        Ok(revealed) => Cow::Owned(revealed),
        Err(_) => Cow::Borrowed(update),
    }
}

fn rewrite(update: &[u8]) -> Result<Vec<u8>, Malformed> {
    let limits = Limits::default();
    let mut revealed = Vec::with_capacity(update.len());
    let mut reader = Reader::new(update);
    let mut copied = 0;
    for _ in 0..reader.var_uint()? {
        let blocks = reader.var_uint()?;
        reader.var_uint()?;
        reader.var_uint()?;
        for _ in 0..blocks {
            let block = read_block::<false>(&mut reader, &limits)?;
            if block.content() != BINARY {
                continue;
            }
            let binary = Reader::at(update, block.content_at).buf()?;
            if let Some(reference) = binary.strip_prefix(MARK) {
                revealed.extend_from_slice(&update[copied..block.at]);
                revealed.push(block.info & !CONTENT | SUBDOCUMENT);
                revealed.extend_from_slice(&update[block.at + 1..block.content_at]);
                revealed.extend_from_slice(reference);
                copied = block.end;
            }
        }
    }
    revealed.extend_from_slice(&update[copied..]);
    Ok(revealed)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == part[0]) {
        if rest[at..].starts_with(part) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}
