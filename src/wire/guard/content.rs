//! What items hold: rules 8, 10 and 11.
//!
//! Each kind of content is read exactly as yrs reads it; those that Yjs and yrs
//! read differently are refused. `CHECK` says whether text and values are
//! looked into, which the first pass over an update does and later ones need
//! not.

use super::super::json::is_json;
use super::super::lib0::Reader;
use super::super::malformed::{Malformed, Rule};
use super::{Limits, subdocument};

pub(super) const GONE: u8 = 0;
pub(super) const DELETED: u8 = 1;
pub(super) const LEGACY_JSON: u8 = 2;
pub(super) const BINARY: u8 = 3;
pub(super) const TEXT: u8 = 4;
pub(super) const EMBED: u8 = 5;
pub(super) const FORMAT: u8 = 6;
pub(super) const TYPE: u8 = 7;
pub(super) const VALUES: u8 = 8;
pub(super) const SUBDOCUMENT: u8 = 9;
pub(super) const SKIP: u8 = 10;

/// The types that Yjs and yrs agree on: array, map, text, XML element (with a
/// name), XML fragment, XML text. Hooks (5) they read differently.
const TYPE_XML_ELEMENT: u8 = 3;
const TYPES: [u8; 6] = [0, 1, 2, TYPE_XML_ELEMENT, 4, 6];

/// Reads the content of an item and says how many clocks it covers.
pub(super) fn read_content<const CHECK: bool>(
    reader: &mut Reader<'_>,
    content: u8,
    limits: &Limits,
) -> Result<u32, Malformed> {
    let start = reader.position();
    match content {
        DELETED => reader.var_u32(),
        TEXT => {
            let text = read_text::<CHECK>(reader)?;
            u32::try_from(utf16_len(text)).map_err(|_| Malformed::new(Rule::ClockRange, start))
        }
        VALUES => {
            let count = reader.count(1)?;
            for _ in 0..count {
                read_value::<CHECK>(reader, limits.value_depth)?;
            }
            u32::try_from(count).map_err(|_| Malformed::new(Rule::ClockRange, start))
        }
        BINARY => {
            let binary = reader.buf()?;
            if CHECK {
                subdocument::inspect_binary(binary, start, limits)?;
            }
            Ok(1)
        }
        EMBED => read_json::<CHECK>(reader, limits).map(|()| 1),
        FORMAT => {
            read_text::<CHECK>(reader)?;
            read_json::<CHECK>(reader, limits).map(|()| 1)
        }
        TYPE => {
            let kind = reader.u8()?;
            if !TYPES.contains(&kind) {
                return Err(Malformed::new(Rule::UnknownType, start));
            }
            if kind == TYPE_XML_ELEMENT {
                read_text::<CHECK>(reader)?;
            }
            Ok(1)
        }
        SUBDOCUMENT => subdocument::read::<CHECK>(reader, limits).map(|()| 1),
        LEGACY_JSON => Err(Malformed::new(Rule::LegacyJson, start)),
        _ => Err(Malformed::new(Rule::UnknownContent, start)),
    }
}

/// Reads one lib0 "any" value.
pub(super) fn read_value<const CHECK: bool>(
    reader: &mut Reader<'_>,
    depth: u32,
) -> Result<(), Malformed> {
    let start = reader.position();
    match reader.u8()? {
        // undefined, null, false, true
        127 | 126 | 121 | 120 => Ok(()),
        // integer
        125 => reader.skip_var_int(),
        // float32; float64 and bigint
        124 => reader.take(4).map(|_| ()),
        123 | 122 => reader.take(8).map(|_| ()),
        // string, bytes
        119 => read_text::<CHECK>(reader).map(|_| ()),
        116 => reader.buf().map(|_| ()),
        tag @ (117 | 118) => {
            let is_map = tag == 118;
            let inner = depth
                .checked_sub(1)
                .ok_or(Malformed::new(Rule::ValueDepth, start))?;
            for _ in 0..reader.count(if is_map { 2 } else { 1 })? {
                if is_map {
                    read_text::<CHECK>(reader)?;
                }
                read_value::<CHECK>(reader, inner)?;
            }
            Ok(())
        }
        _ => Err(Malformed::new(Rule::UnknownValue, start)),
    }
}

fn read_json<const CHECK: bool>(reader: &mut Reader<'_>, limits: &Limits) -> Result<(), Malformed> {
    if !CHECK {
        return reader.buf().map(|_| ());
    }
    let start = reader.position();
    let text = reader.str()?;
    if is_json(text, limits.value_depth) {
        Ok(())
    } else {
        Err(Malformed::new(Rule::NotJson, start))
    }
}

pub(super) fn read_text<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
) -> Result<&'a [u8], Malformed> {
    if CHECK {
        reader.str().map(str::as_bytes)
    } else {
        reader.buf()
    }
}

/// The length in UTF-16 units of text known to be UTF-8: every character is
/// one, those of four bytes are two.
fn utf16_len(text: &[u8]) -> usize {
    text.iter()
        .map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0))
        .sum()
}
