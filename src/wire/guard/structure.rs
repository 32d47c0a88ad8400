//! The structural rules: reads an update v1 block by block.
//!
//! Format (`yjs/src/utils/encoding.js`): `nClients | per client (nStructs,
//! client, clock, structs…) | delete set`. A struct is an info byte, whose low
//! five bits name the content and whose high bits say what precedes it: left
//! origin, right origin, or, without either, the parent and its key.
//!
//! The same reader serves the first, distrusting pass and the later ones, which
//! trust its outcome and look into nothing (`CHECK`).

use super::super::lib0::Reader;
use super::super::malformed::{Malformed, Rule};
use super::super::state_vector::CLOCK_LIMIT;
use super::content::{GONE, SKIP, read_content, read_text};
use super::{Limits, Survey};

pub(super) const HAS_ORIGIN: u8 = 0x80;
pub(super) const HAS_RIGHT: u8 = 0x40;
pub(super) const HAS_KEY: u8 = 0x20;
pub(super) const CONTENT: u8 = 0x1f;

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

/// The blocks of one client in an update. The rest of what is to know of them
/// is read again where it is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub client: u64,
    /// Where it begins.
    pub at: u32,
    /// The clock after its last block.
    pub end: u32,
}

/// What a section begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub blocks: u32,
    pub start: u32,
    /// Where its first block begins.
    pub blocks_at: usize,
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
    // Positions are kept in 32 bits, whatever the limit.
    if bytes.len() > limits.message_bytes.min(u32::MAX as usize) {
        return Err(Malformed::new(Rule::TooLarge, 0));
    }
    let mut reader = Reader::new(bytes);
    let count = reader.count(SMALLEST_SECTION)?;
    if count > limits.clients {
        return Err(Malformed::new(Rule::TooManyClients, 0));
    }
    let mut sections = Vec::with_capacity(count);
    let mut blocks = 0;
    for _ in 0..count {
        sections.push(inspect_section(&mut reader, limits, &mut blocks)?);
    }
    let deletes_at = reader.position();
    if has_duplicates(sections.iter().map(|section| section.client)) {
        return Err(Malformed::new(Rule::DuplicateClient, 0));
    }
    let deleted_ranges = inspect_deletes(&mut reader, limits)?;
    reader.finish()?;
    Ok(Survey {
        bytes,
        limits: *limits,
        sections,
        blocks,
        deletes_at,
        deleted_ranges,
    })
}

fn inspect_section(
    reader: &mut Reader<'_>,
    limits: &Limits,
    all_blocks: &mut usize,
) -> Result<Section, Malformed> {
    let at = reader.position();
    let blocks = reader.count(SMALLEST_BLOCK)?;
    if blocks == 0 {
        return Err(reader.broken(Rule::EmptySection));
    }
    if u32::try_from(blocks).is_err() {
        return Err(reader.broken(Rule::CountTooLarge));
    }
    *all_blocks += blocks;
    let client = reader.var_uint()?;
    let mut clock = read_clock(reader)?;
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
        at: at as u32,
        end: clock,
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

/// Checks the deleted ranges, and says how many there are.
fn inspect_deletes(reader: &mut Reader<'_>, limits: &Limits) -> Result<usize, Malformed> {
    let at = reader.position();
    let count = reader.count(2)?;
    if count > limits.clients {
        return Err(Malformed::new(Rule::TooManyClients, at));
    }
    let mut clients = Vec::with_capacity(count);
    let mut ranges = 0;
    for _ in 0..count {
        clients.push(reader.var_uint()?);
        let mut end = 0;
        let count = reader.count(2)?;
        ranges += count;
        for _ in 0..count {
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
    Ok(ranges)
}

/// One deleted range of clocks.
pub(super) fn read_range(reader: &mut Reader<'_>) -> Result<std::ops::Range<u32>, Malformed> {
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
    /// Reads what a section begins with.
    pub(super) fn header(&self, section: usize) -> Header {
        let mut reader = Reader::at(self.bytes, self.sections[section].at as usize);
        let mut read = || -> Result<Header, Malformed> {
            let blocks = reader.var_uint()? as u32;
            reader.var_uint()?;
            let start = reader.var_uint()? as u32;
            let blocks_at = reader.position();
            Ok(Header {
                blocks,
                start,
                blocks_at,
            })
        };
        let header = read();
        debug_assert!(header.is_ok(), "it was read when the update was inspected");
        header.unwrap_or(Header {
            blocks: 0,
            start: 0,
            blocks_at: self.deletes_at,
        })
    }

    /// Where a section ends.
    pub(super) fn end_of(&self, section: usize) -> usize {
        self.sections
            .get(section + 1)
            .map_or(self.deletes_at, |next| next.at as usize)
    }

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
