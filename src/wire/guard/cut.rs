//! Writes the part of an update that can be applied, as an update of its own.
//!
//! The slow path, for updates that need what is missing or repeat what is
//! known. Blocks are copied byte for byte; only a block whose beginning is
//! known is written anew, the way Yjs writes the rest of a block: with the
//! last known element as its left origin.

use std::ops::Range;

use super::super::lib0::{Reader, Writer};
use super::super::malformed::Malformed;
use super::causality::{self, Walk};
use super::content::{DELETED, GONE, SUBDOCUMENT, TEXT, VALUES, read_value};
use super::cursor::Progress;
use super::outline::Known;
use super::structure::{Block, CONTENT, HAS_KEY, HAS_ORIGIN, HAS_RIGHT, inspect, read_block};
use super::{Limits, Survey, subdocument};

/// The largest part of an update that can be applied to a document of which
/// this is known: of each section what comes before the first hole or missing
/// dependency, without what is known, and the deletions of what is known then.
/// `None` if nothing is left.
pub fn complete_part(
    bytes: &[u8],
    limits: &Limits,
    known: &impl Known,
) -> Result<Option<Vec<u8>>, Malformed> {
    let survey = inspect(bytes, limits)?;
    let walk = causality::walk(&survey, known)?;
    Ok(write(&survey, &walk, known))
}

/// Writes what a walk has passed, with all deletions.
pub(super) fn write(survey: &Survey<'_>, walk: &Walk, known: &impl Known) -> Option<Vec<u8>> {
    let mut update = Vec::with_capacity(survey.bytes.len() + 16);
    let sections = write_sections(&mut update, survey, walk);
    let deleted = write_deletes(&mut update, survey, |client| {
        walk.clock_after(survey, client, known)
    });
    (sections > 0 || deleted).then_some(update)
}

/// Writes what a walk has passed since it was last written, with the
/// deletions only that must not come later.
pub(super) fn write_blocks(survey: &Survey<'_>, walk: &Walk) -> Option<Vec<u8>> {
    let mut update = Vec::new();
    let sections = write_sections(&mut update, survey, walk);
    let mut deletes = walk.long_entries.clone();
    write_ranges(&mut update, &mut deletes);
    (sections > 0).then_some(update)
}

/// Writes deleted ranges that do not overlap.
pub(super) fn write_ranges(update: &mut Vec<u8>, deletes: &mut [(u64, Range<u32>)]) {
    deletes.sort_unstable_by_key(|(client, range)| (*client, range.start));
    let clients = deletes.chunk_by(|one, other| one.0 == other.0);
    let mut writer = Writer::new(update);
    writer.var_uint(clients.clone().count() as u64);
    for ranges in clients {
        writer.var_uint(ranges[0].0);
        writer.var_uint(ranges.len() as u64);
        for (_, range) in ranges {
            writer.var_uint(u64::from(range.start));
            writer.var_uint(u64::from(range.end - range.start));
        }
    }
}

fn write_sections(update: &mut Vec<u8>, survey: &Survey<'_>, walk: &Walk) -> usize {
    let fresh = walk.fresh();
    Writer::new(update).var_uint(fresh.len() as u64);
    for &section in &fresh {
        write_section(update, survey, walk, section);
    }
    fresh.len()
}

fn write_section(update: &mut Vec<u8>, survey: &Survey<'_>, walk: &Walk, section: usize) {
    let client = survey.sections[section].client;
    let cursor = match walk.cursors.progress(section) {
        Progress::Ahead | Progress::Old | Progress::Stuck => return,
        Progress::Whole => {
            let at = survey.sections[section].at as usize;
            return update.extend_from_slice(&survey.bytes[at..survey.end_of(section)]);
        }
        Progress::Begun(cursor) => cursor,
    };
    let Some((at, clock)) = cursor.fresh else {
        return;
    };
    let at = at.get();
    let mut writer = Writer::new(update);
    writer.var_uint(u64::from(cursor.fresh_blocks));
    writer.var_uint(client);
    writer.var_uint(u64::from(clock.max(cursor.known)));
    let mut copied_from = at as usize;
    if clock < cursor.known {
        let mut reader = Reader::at(survey.bytes, at as usize);
        if let Ok(block) = read_block::<false>(&mut reader, &survey.limits) {
            write_rest(&mut writer, survey, client, &block, clock, cursor.known);
            copied_from = block.end;
        }
    }
    if cursor.subdocuments {
        write_hiding(&mut writer, survey, copied_from..cursor.at as usize);
    } else {
        writer.raw(&survey.bytes[copied_from..cursor.at as usize]);
    }
}

/// Copies blocks, with their references to subdocuments hidden.
fn write_hiding(writer: &mut Writer<'_>, survey: &Survey<'_>, blocks: Range<usize>) {
    let mut reader = Reader::at(survey.bytes, blocks.start);
    while reader.position() < blocks.end {
        match read_block::<false>(&mut reader, &survey.limits) {
            Ok(block) if block.content() == SUBDOCUMENT => {
                subdocument::write_hidden(writer, survey.bytes, &block);
            }
            Ok(block) => writer.raw(&survey.bytes[block.at..block.end]),
            Err(_) => break,
        }
    }
}

/// Writes what remains of a block from clock `from` on.
fn write_rest(
    writer: &mut Writer<'_>,
    survey: &Survey<'_>,
    client: u64,
    block: &Block<'_>,
    clock: u32,
    from: u32,
) {
    let known = from - clock;
    let rest = block.length - known;
    if block.info == GONE {
        writer.u8(GONE);
        writer.var_uint(u64::from(rest));
        return;
    }
    writer.u8(block.info & (CONTENT | HAS_KEY | HAS_RIGHT) | HAS_ORIGIN);
    writer.var_uint(client);
    writer.var_uint(u64::from(from - 1));
    if let Some(right) = block.right {
        writer.var_uint(right.client);
        writer.var_uint(u64::from(right.clock));
    }
    let mut reader = Reader::at(survey.bytes, block.content_at);
    match block.content() {
        TEXT => write_rest_of_text(writer, reader.str().unwrap_or_default(), known as usize),
        VALUES => {
            writer.var_uint(u64::from(rest));
            let mut skip = || -> Result<(), Malformed> {
                reader.var_uint()?;
                (0..known)
                    .try_for_each(|_| read_value::<false>(&mut reader, survey.limits.value_depth))
            };
            if skip().is_ok() {
                writer.raw(&survey.bytes[reader.position()..block.end]);
            }
        }
        // Only these and deleted content are longer than one.
        _ => {
            debug_assert_eq!(block.content(), DELETED);
            writer.var_uint(u64::from(rest));
        }
    }
}

/// Text without its first `units` UTF-16 units. Half a surrogate pair becomes
/// the replacement character, as in Yjs.
fn write_rest_of_text(writer: &mut Writer<'_>, text: &str, units: usize) {
    let mut before = 0;
    for (at, character) in text.char_indices() {
        if before == units {
            return writer.str(&text[at..]);
        }
        before += character.len_utf16();
        if before > units {
            return writer.str(&format!("\u{fffd}{}", &text[at + character.len_utf8()..]));
        }
    }
    writer.str("");
}

/// Writes the deleted ranges as far as they are below `known`, and says
/// whether there are any.
fn write_deletes(update: &mut Vec<u8>, survey: &Survey<'_>, known: impl Fn(u64) -> u32) -> bool {
    let mut clients = 0;
    each_deleted(survey, &known, |_, _| clients += 1);
    let mut writer = Writer::new(update);
    writer.var_uint(clients);
    each_deleted(survey, &known, |client, ranges| {
        writer.var_uint(client);
        writer.var_uint(ranges.len() as u64);
        for range in ranges {
            writer.var_uint(u64::from(range.start));
            writer.var_uint(u64::from(range.end - range.start));
        }
    });
    clients > 0
}

/// Visits each client of which something known is deleted, with the ranges.
fn each_deleted(
    survey: &Survey<'_>,
    known: impl Fn(u64) -> u32,
    mut visit: impl FnMut(u64, &[Range<u32>]),
) {
    let mut current: Option<(u64, u32)> = None;
    let mut ranges: Vec<Range<u32>> = Vec::new();
    survey.deletes(|client, range| {
        let end = match current {
            Some((same, end)) if same == client => end,
            _ => {
                if let Some((client, _)) = current
                    && !ranges.is_empty()
                {
                    visit(client, &ranges);
                    ranges.clear();
                }
                let end = known(client);
                current = Some((client, end));
                end
            }
        };
        if range.start < end {
            ranges.push(range.start..range.end.min(end));
        }
    });
    if let Some((client, _)) = current
        && !ranges.is_empty()
    {
        visit(client, &ranges);
    }
}
