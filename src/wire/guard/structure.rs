//! The structural rules: reads an update v1 block by block.
//!
//! Format (`yjs/src/utils/encoding.js`): `nClients | per client (nStructs,
//! client, clock, structs…) | delete set`. A struct is an info byte, whose low
//! five bits name the content and whose high bits say what precedes it: left
//! origin, right origin, or, without either, the parent and its key.
//!
//! The same reader serves the first, distrusting pass and the later ones:
//! `CHECK` says whether text and values are looked into.

use super::super::json::is_json;
use super::super::lib0::Reader;
use super::super::malformed::{Malformed, Rule};
use super::super::state_vector::CLOCK_LIMIT;
use super::{Limits, Survey, subdocument};

pub(super) const HAS_ORIGIN: u8 = 0x80;
pub(super) const HAS_RIGHT: u8 = 0x40;
pub(super) const HAS_KEY: u8 = 0x20;
pub(super) const CONTENT: u8 = 0x1f;

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

/// The bytes of the smallest section: a count, a client, a clock, one block.
const SMALLEST_SECTION: usize = 5;
/// The bytes of the smallest block: info and a length.
const SMALLEST_BLOCK: usize = 2;

/// The name of one element of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id {
    pub client: u64,
    pub clock: u32,
}

/// The blocks of one client in an update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub client: u64,
    pub start: u32,
    pub end: u32,
    /// Where its first block begins.
    pub at: usize,
    pub blocks: u32,
}

/// Where an item says it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent<'a> {
    /// Where its neighbours are.
    OfNeighbours,
    /// In the type of this name at the root of the document.
    Root(&'a [u8]),
    /// In the type that this item holds.
    Item(Id),
}

/// One block, read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    /// Its info byte.
    pub info: u8,
    /// How many clocks it covers.
    pub length: u32,
    pub origin: Option<Id>,
    pub right: Option<Id>,
    pub parent: Parent<'a>,
    /// The key of an entry of its parent.
    pub key: Option<&'a [u8]>,
    /// Where it begins, where its content begins, and where it ends.
    pub at: usize,
    pub content_at: usize,
    pub end: usize,
}

impl Block<'_> {
    pub const fn content(&self) -> u8 {
        self.info & CONTENT
    }
}

/// Checks the structure of an update v1: see [the rules](super).
pub fn inspect<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Survey<'a>, Malformed> {
    if bytes.len() > limits.message_bytes {
        return Err(Malformed::new(Rule::TooLarge, 0));
    }
    let mut reader = Reader::new(bytes);
    let count = reader.count(SMALLEST_SECTION)?;
    if count > limits.clients {
        return Err(Malformed::new(Rule::TooManyClients, 0));
    }
    let mut sections = Vec::with_capacity(count);
    for _ in 0..count {
        sections.push(inspect_section(&mut reader, limits)?);
    }
    let deletes_at = reader.position();
    if has_duplicates(sections.iter().map(|section| section.client)) {
        return Err(Malformed::new(Rule::DuplicateClient, 0));
    }
    inspect_deletes(&mut reader, limits)?;
    reader.finish()?;
    Ok(Survey {
        bytes,
        limits: *limits,
        sections,
        deletes_at,
    })
}

fn inspect_section(reader: &mut Reader<'_>, limits: &Limits) -> Result<Section, Malformed> {
    let blocks = reader.count(SMALLEST_BLOCK)?;
    if blocks == 0 {
        return Err(reader.broken(Rule::EmptySection));
    }
    let blocks = u32::try_from(blocks).map_err(|_| reader.broken(Rule::CountTooLarge))?;
    let client = reader.var_uint()?;
    let start = read_clock(reader)?;
    let at = reader.position();
    let mut clock = start;
    for _ in 0..blocks {
        let block = read_block::<true>(reader, limits)?;
        for id in [block.origin, block.right]
            .into_iter()
            .flatten()
            .chain(match block.parent {
                Parent::Item(id) => Some(id),
                _ => None,
            })
        {
            if id.client == client && id.clock >= clock {
                return Err(Malformed::new(Rule::ForwardReference, block.at));
            }
        }
        clock = match clock.checked_add(block.length) {
            Some(next) if next < CLOCK_LIMIT => next,
            _ => return Err(Malformed::new(Rule::ClockRange, block.at)),
        };
    }
    Ok(Section {
        client,
        start,
        end: clock,
        at,
        blocks,
    })
}

/// Reads one block. Without `CHECK` its bytes were read with it before.
#[inline]
pub(super) fn read_block<'a, const CHECK: bool>(
    reader: &mut Reader<'a>,
    limits: &Limits,
) -> Result<Block<'a>, Malformed> {
    let at = reader.position();
    let info = reader.u8()?;
    let mut block = Block {
        info,
        length: 0,
        origin: None,
        right: None,
        parent: Parent::OfNeighbours,
        key: None,
        at,
        content_at: reader.position(),
        end: 0,
    };
    if info == GONE || info == SKIP {
        block.length = reader.var_u32()?;
    } else {
        if info & HAS_ORIGIN != 0 {
            block.origin = Some(read_id(reader)?);
        }
        if info & HAS_RIGHT != 0 {
            block.right = Some(read_id(reader)?);
        }
        if info & (HAS_ORIGIN | HAS_RIGHT) == 0 {
            block.parent = match reader.var_uint()? {
                1 => Parent::Root(read_text::<CHECK>(reader)?),
                0 => Parent::Item(read_id(reader)?),
                _ => return Err(Malformed::new(Rule::ParentKind, at)),
            };
            if info & HAS_KEY != 0 {
                block.key = Some(read_text::<CHECK>(reader)?);
            }
        }
        block.content_at = reader.position();
        block.length = read_content::<CHECK>(reader, info & CONTENT, limits)?;
    }
    if block.length == 0 {
        return Err(Malformed::new(Rule::EmptyBlock, at));
    }
    block.end = reader.position();
    Ok(block)
}

/// Reads the content of an item and says how many clocks it covers.
fn read_content<const CHECK: bool>(
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

pub(super) fn read_id(reader: &mut Reader<'_>) -> Result<Id, Malformed> {
    Ok(Id {
        client: reader.var_uint()?,
        clock: read_clock(reader)?,
    })
}

fn read_clock(reader: &mut Reader<'_>) -> Result<u32, Malformed> {
    let start = reader.position();
    match reader.var_uint()? {
        clock if clock < u64::from(CLOCK_LIMIT) => Ok(clock as u32),
        _ => Err(Malformed::new(Rule::ClockRange, start)),
    }
}

/// The length in UTF-16 units of text known to be UTF-8: every character is
/// one, those of four bytes are two.
pub(super) fn utf16_len(text: &[u8]) -> usize {
    text.iter()
        .map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0))
        .sum()
}

fn inspect_deletes(reader: &mut Reader<'_>, limits: &Limits) -> Result<(), Malformed> {
    let at = reader.position();
    let count = reader.count(2)?;
    if count > limits.clients {
        return Err(Malformed::new(Rule::TooManyClients, at));
    }
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        clients.push(reader.var_uint()?);
        let mut end = 0;
        for _ in 0..reader.count(2)? {
            let start = reader.position();
            let range = read_range(reader)?;
            if range.is_empty() {
                return Err(Malformed::new(Rule::EmptyDelete, start));
            }
            if range.start < end {
                return Err(Malformed::new(Rule::UnsortedDeletes, start));
            }
            end = range.end;
        }
    }
    if has_duplicates(clients.into_iter()) {
        return Err(Malformed::new(Rule::DuplicateClient, at));
    }
    Ok(())
}

/// One deleted range of clocks.
fn read_range(reader: &mut Reader<'_>) -> Result<std::ops::Range<u32>, Malformed> {
    let start = reader.position();
    let (clock, length) = (read_clock(reader)?, read_clock(reader)?);
    if clock + length >= CLOCK_LIMIT {
        return Err(Malformed::new(Rule::ClockRange, start));
    }
    Ok(clock..clock + length)
}

/// Whether a value occurs twice. Sections mostly come alone or sorted.
fn has_duplicates(values: impl ExactSizeIterator<Item = u64>) -> bool {
    if values.len() < 2 {
        return false;
    }
    let mut values: Vec<u64> = values.collect();
    if !values.is_sorted_by(|a, b| a > b) {
        values.sort_unstable();
    }
    values.windows(2).any(|pair| pair[0] == pair[1])
}

impl Survey<'_> {
    /// The deleted ranges, client by client.
    pub(super) fn deletes(&self, mut visit: impl FnMut(u64, std::ops::Range<u32>)) {
        let mut reader = Reader::at(self.bytes, self.deletes_at);
        let mut read = || -> Result<(), Malformed> {
            for _ in 0..reader.var_uint()? {
                let client = reader.var_uint()?;
                for _ in 0..reader.var_uint()? {
                    visit(client, read_range(&mut reader)?);
                }
            }
            Ok(())
        };
        let outcome = read();
        debug_assert!(outcome.is_ok(), "it was read when the update was inspected");
    }
}
