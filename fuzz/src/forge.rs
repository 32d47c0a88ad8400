//! Writes updates v1 by hand, as a tape tells: mostly well-formed, rarely
//! meaningful, never what an editor would write.
//!
//! Bytes changed at random hardly ever pass the structural rules. So the
//! choices are those of somebody who knows the format and the document: which
//! client goes on from which clock, what a block holds, next to what, inside
//! what.

use std::collections::BTreeMap;

use cowrite::wire::lib0::Writer;

use crate::tape::Tape;

/// The name of one element: client and clock.
pub type Id = (u64, u32);

/// Those who speak: small ids, one whose encoding is long, the highest.
pub const CLIENTS: [u64; 6] = [1, 2, 3, 200, 1 << 32, (1 << 53) - 1];
/// Where what is written may go; the first are the roots of the editor.
pub const ROOTS: [&str; 5] = ["content", "meta", "text", "list", ""];
const KEYS: [&str; 4] = ["title", "a", "ключ", ""];
const TEXTS: [&str; 8] = [
    "x",
    "ab",
    "😀",
    "é😀y",
    "\n",
    "long enough to be split in the middle",
    "\u{fffd}",
    "",
];
const JSON: [&str; 10] = [
    "true",
    "null",
    "{}",
    "{\"a\":[1]}",
    "\"😀\"",
    "1.5e3",
    "[[[[[[]]]]]]",
    "9223372036854775808",
    "{\"a\":1,\"a\":[]}",
    "{oops",
];
/// What hides a reference to a subdocument.
const MARK: &[u8] = b"\0cowrite subdoc\0";

/// What a forger knows of a document.
#[derive(Debug, Default)]
pub struct World {
    /// For each client the clock that follows what is known of it.
    pub clocks: BTreeMap<u64, u32>,
    /// What was written as a shared type and may have become one.
    pub types: Vec<Id>,
}

/// A section as far as it is written.
struct Section {
    client: u64,
    start: u32,
    end: u32,
    types: Vec<Id>,
}

impl World {
    /// An update, as the tape tells.
    pub fn update(&mut self, tape: &mut Tape<'_>) -> Vec<u8> {
        let mut written: Vec<Section> = Vec::new();
        let mut body = Vec::new();
        for _ in 0..tape.below(4) {
            self.section(tape, &mut body, &mut written);
        }
        let mut update = Vec::new();
        Writer::new(&mut update).var_uint(written.len() as u64);
        update.append(&mut body);
        self.deletions(tape, &mut update, &written);
        for section in written {
            self.types.extend(section.types);
        }
        let excess = self.types.len().saturating_sub(64);
        self.types.drain(..excess);
        update
    }

    fn known(&self, client: u64) -> u32 {
        self.clocks.get(&client).copied().unwrap_or(0)
    }

    fn section(&self, tape: &mut Tape<'_>, body: &mut Vec<u8>, written: &mut Vec<Section>) {
        let client = tape.pick(&CLIENTS);
        if written.iter().any(|section| section.client == client) && !tape.rarely(32) {
            return;
        }
        let known = self.known(client);
        let start = match tape.byte() {
            0..180 => known,
            180..230 => known.saturating_sub(tape.below(6) as u32),
            230..240 => 0,
            240..252 => known.saturating_add(tape.below(3) as u32),
            _ => tape.number() as u32,
        };
        let mut section = Section {
            client,
            start,
            end: start,
            types: Vec::new(),
        };
        let blocks = 1 + tape.below(6);
        let mut writer = Writer::new(body);
        writer.var_uint(blocks as u64);
        writer.var_uint(client);
        writer.var_uint(u64::from(start));
        for _ in 0..blocks {
            let length = self.block(tape, body, &mut section, written);
            section.end = section.end.saturating_add(length);
        }
        written.push(section);
    }

    /// Writes a block and says how many clocks it covers.
    fn block(
        &self,
        tape: &mut Tape<'_>,
        body: &mut Vec<u8>,
        own: &mut Section,
        written: &[Section],
    ) -> u32 {
        let kind = tape.byte();
        if kind >= 240 {
            let length = 1 + tape.below(4) as u32;
            body.push(if kind >= 250 { 10 } else { 0 });
            Writer::new(body).var_uint(u64::from(length));
            return length;
        }
        let mut content = Vec::new();
        let id = (own.client, own.end);
        let (number, length) = write_content(tape, kind, &mut content);
        let place = tape.byte();
        // At the very beginning there is nothing to be next to, or inside of.
        let begun = own.end > 0 || !self.clocks.is_empty();
        let origin =
            (begun && matches!(place, 96..200)).then(|| self.reference(tape, own, written));
        let right = (begun && matches!(place, 160..232)).then(|| match origin {
            Some(origin) if tape.rarely(2) => self.behind(tape, origin, own),
            _ => self.reference(tape, own, written),
        });
        let key = tape
            .rarely(3)
            .then(|| tape.pick(&KEYS))
            .filter(|_| origin.is_none() || place.is_multiple_of(7));
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        body.push(
            number
                | flag(origin.is_some(), 0x80)
                | flag(right.is_some(), 0x40)
                | flag(key.is_some(), 0x20),
        );
        for (client, clock) in origin.into_iter().chain(right) {
            let mut writer = Writer::new(body);
            writer.var_uint(client);
            writer.var_uint(u64::from(clock));
        }
        if origin.is_none() && right.is_none() {
            if place < 40 || !begun {
                body.push(1);
                Writer::new(body).str(tape.pick(&ROOTS));
            } else {
                let (client, clock) = self.parent(tape, own, written);
                body.push(0);
                let mut writer = Writer::new(body);
                writer.var_uint(client);
                writer.var_uint(u64::from(clock));
            }
            if let Some(key) = key {
                Writer::new(body).str(key);
            }
        }
        body.append(&mut content);
        if number == 7 {
            own.types.push(id);
        }
        length
    }

    /// An element that is known, or comes before in this update; rarely anything.
    fn reference(&self, tape: &mut Tape<'_>, own: &Section, written: &[Section]) -> Id {
        let how = tape.byte();
        match how {
            0..80 if own.end > own.start => {
                (own.client, own.end - 1 - tape.below(4) as u32 % own.end)
            }
            80..110 if !written.is_empty() => {
                let other = &written[tape.below(written.len())];
                let span = (other.end - other.start).min(255) as usize;
                (other.client, other.start + tape.below(span + 1) as u32)
            }
            250.. => (tape.pick(&CLIENTS), tape.number() as u32),
            _ => {
                let clients: Vec<Id> = self.clocks.iter().map(|(c, e)| (*c, *e)).collect();
                if clients.is_empty() {
                    return (own.client, own.end.saturating_sub(1));
                }
                let (client, end) = tape.pick(&clients);
                let back = if how.is_multiple_of(2) {
                    tape.below(6)
                } else {
                    tape.below(end as usize)
                };
                (client, end.saturating_sub(1 + back as u32))
            }
        }
    }

    /// What may well be the neighbour of `left`.
    fn behind(&self, tape: &mut Tape<'_>, (client, clock): Id, own: &Section) -> Id {
        let end = if client == own.client {
            own.end
        } else {
            self.known(client)
        };
        let next = clock.saturating_add(1 + tape.below(3) as u32);
        (client, next.min(end.saturating_sub(1)))
    }

    /// What is, or was written as, a shared type; rarely anything else.
    fn parent(&self, tape: &mut Tape<'_>, own: &Section, written: &[Section]) -> Id {
        let how = tape.byte();
        match how {
            0..120 if !own.types.is_empty() => {
                // Mostly the last, so that types come to lie deep in each other.
                own.types[own.types.len() - 1 - (how as usize / 80).min(own.types.len() - 1)]
            }
            0..230 if !self.types.is_empty() => {
                self.types[self.types.len() - 1 - tape.below(self.types.len())]
            }
            _ => self.reference(tape, own, written),
        }
    }

    fn deletions(&self, tape: &mut Tape<'_>, update: &mut Vec<u8>, written: &[Section]) {
        let mut ends = self.clocks.clone();
        for section in written {
            let end = ends.entry(section.client).or_default();
            *end = section.end.max(*end);
        }
        let ends: Vec<Id> = ends.into_iter().collect();
        let mut deletes: Vec<(u64, Vec<(u32, u32)>)> = Vec::new();
        for _ in 0..tape.below(4) {
            if ends.is_empty() {
                break;
            }
            let (client, end) = tape.pick(&ends);
            if deletes.iter().any(|(other, _)| *other == client) && !tape.rarely(32) {
                continue;
            }
            let mut ranges = Vec::new();
            if tape.rarely(3) {
                // All that is new of it, so that long entries are let in.
                let start = self.known(client).min(end);
                ranges.push((start, end - start));
            } else {
                let mut at = 0u32;
                for _ in 0..1 + tape.below(3) {
                    let start = at.saturating_add(
                        tape.below(end.saturating_sub(at) as usize % 256 + 1) as u32,
                    );
                    let length = 1 + tape.below(4) as u32;
                    if start.saturating_add(length) <= end || tape.rarely(24) {
                        ranges.push((start, length));
                        at = start.saturating_add(length);
                    }
                }
            }
            deletes.push((client, ranges));
        }
        let mut writer = Writer::new(update);
        writer.var_uint(deletes.len() as u64);
        for (client, ranges) in deletes {
            writer.var_uint(client);
            writer.var_uint(ranges.len() as u64);
            for (start, length) in ranges {
                writer.var_uint(u64::from(start));
                writer.var_uint(u64::from(length));
            }
        }
    }
}

/// Writes what an item holds: the number of its kind, and how many clocks it
/// covers.
fn write_content(tape: &mut Tape<'_>, kind: u8, content: &mut Vec<u8>) -> (u8, u32) {
    let mut writer = Writer::new(content);
    match kind {
        0..60 => {
            let mut text = (tape.pick(&TEXTS)).to_owned();
            if tape.rarely(2) {
                text.push_str(tape.pick(&TEXTS));
            }
            writer.str(&text);
            (4, text.encode_utf16().count() as u32)
        }
        60..100 => {
            let count = 1 + tape.below(3) as u32;
            writer.var_uint(u64::from(count));
            for _ in 0..count {
                write_value(tape, content, 0);
            }
            (8, count)
        }
        100..150 => {
            let kind = tape.pick(&[0, 1, 2, 3, 4, 6, 3, 4, 5]);
            writer.u8(kind);
            if kind == 3 {
                writer.str(tape.pick(&["paragraph", "hardBreak", ""]));
            }
            (7, 1)
        }
        150..180 => {
            let length = 1 + tape.below(4) as u32;
            writer.var_uint(u64::from(length));
            (1, length)
        }
        180..200 => {
            writer.str(tape.pick(&["bold", "link", "comment--1tiVU/zO"]));
            writer.str(tape.pick(&JSON));
            (6, 1)
        }
        200..210 => {
            writer.str(tape.pick(&JSON));
            (5, 1)
        }
        210..224 => {
            write_binary(tape, content);
            (3, 1)
        }
        224..236 => {
            write_subdocument(tape, content);
            (9, 1)
        }
        236 => {
            writer.var_uint(1);
            writer.str("1");
            (2, 1)
        }
        other => {
            content.extend(tape.bytes());
            (other & 0x1f, 1)
        }
    }
}

/// Bytes, and now and then such as hide a subdocument, or seem to.
fn write_binary(tape: &mut Tape<'_>, content: &mut Vec<u8>) {
    let mut binary = Vec::new();
    match tape.below(4) {
        0 => binary.extend(tape.bytes()),
        1 => {
            binary.extend(MARK);
            binary.extend(tape.bytes());
        }
        _ => {
            binary.extend(MARK);
            write_subdocument(tape, &mut binary);
        }
    }
    Writer::new(content).buf(&binary);
}

fn write_subdocument(tape: &mut Tape<'_>, content: &mut Vec<u8>) {
    let mut writer = Writer::new(content);
    writer.str(tape.pick(&["guid", "", "ключ"]));
    match tape.below(3) {
        0 => writer.raw(&[118, 0]),
        1 => writer.raw(&[
            118, 1, 8, b'a', b'u', b't', b'o', b'L', b'o', b'a', b'd', 120,
        ]),
        _ => write_value(tape, content, 0),
    }
}

/// Writes a lib0 "any" value.
fn write_value(tape: &mut Tape<'_>, content: &mut Vec<u8>, depth: u32) {
    let mut writer = Writer::new(content);
    match tape.below(12) {
        0 => writer.u8(126),
        1 => writer.u8(127),
        2 => writer.u8(tape.pick(&[120, 121])),
        3 => {
            writer.u8(125);
            // A small signed number; its sign is the second bit.
            writer.u8(tape.byte() & 0x7f);
        }
        4 => {
            writer.u8(123);
            let bits = f64::from_bits(tape.number().wrapping_mul(0x9e37_79b9_7f4a_7c15));
            writer.raw(&bits.to_be_bytes());
        }
        5 => {
            writer.u8(124);
            writer.raw(&(tape.byte() as f32).to_be_bytes());
        }
        6 => {
            writer.u8(122);
            writer.raw(&tape.number().to_be_bytes());
        }
        7 => {
            writer.u8(116);
            writer.buf(tape.bytes());
        }
        8 if depth < 80 => {
            let count = tape.below(3);
            writer.u8(117);
            writer.var_uint(count as u64);
            for _ in 0..count {
                write_value(tape, content, depth + 1);
            }
        }
        9 if depth < 80 => {
            let count = tape.below(3);
            writer.u8(118);
            writer.var_uint(count as u64);
            for _ in 0..count {
                Writer::new(content).str(tape.pick(&KEYS));
                write_value(tape, content, depth + 1);
            }
        }
        10 if depth == 0 => {
            // Deeper than anybody may go, now and then.
            let levels = tape.below(70);
            for _ in 0..levels {
                writer.raw(&[117, 1]);
            }
            writer.u8(126);
        }
        _ => {
            writer.u8(119);
            writer.str(tape.pick(&TEXTS));
        }
    }
}
