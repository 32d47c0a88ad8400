//! Updates as values that can be bent, and a forge that writes them by hand.

use fastrand::Rng;
use yrs::Any;
use yrs::encoding::read::{Cursor, Read};

use super::value;

/// An update, taken apart.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub sections: Vec<Section>,
    pub deletes: Vec<(u64, Vec<(u32, u32)>)>,
}

#[derive(Debug, Clone)]
pub struct Section {
    pub client: u64,
    pub clock: u32,
    pub blocks: Vec<Block>,
}

pub type Id = (u64, u32);

#[derive(Debug, Clone)]
pub struct Block {
    pub origin: Option<Id>,
    pub right: Option<Id>,
    pub parent: Parent,
    pub key: Option<String>,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Parent {
    Root(String),
    Item(Id),
}

#[derive(Debug, Clone)]
pub enum Content {
    Gone(u32),
    Skip(u32),
    Deleted(u32),
    LegacyJson(Vec<String>),
    Binary(Vec<u8>),
    Text(String),
    Embed(String),
    Format(String, String),
    Type(u8),
    Values(Vec<Any>),
    Subdocument(String, Any),
}

impl Content {
    fn number(&self) -> u8 {
        match self {
            Self::Gone(_) => 0,
            Self::Deleted(_) => 1,
            Self::LegacyJson(_) => 2,
            Self::Binary(_) => 3,
            Self::Text(_) => 4,
            Self::Embed(_) => 5,
            Self::Format(..) => 6,
            Self::Type(_) => 7,
            Self::Values(_) => 8,
            Self::Subdocument(..) => 9,
            Self::Skip(_) => 10,
        }
    }

    pub fn len(&self) -> u32 {
        match self {
            Self::Gone(len) | Self::Skip(len) | Self::Deleted(len) => *len,
            Self::LegacyJson(values) => values.len() as u32,
            Self::Text(text) => text.encode_utf16().count() as u32,
            Self::Values(values) => values.len() as u32,
            _ => 1,
        }
    }
}

impl Section {
    pub fn end(&self) -> u32 {
        self.blocks.iter().fold(self.clock, |clock, block| {
            clock.saturating_add(block.content.len())
        })
    }
}

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn string(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn id(out: &mut Vec<u8>, (client, clock): Id) {
    number(out, client);
    number(out, u64::from(clock));
}

impl Draft {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        number(&mut out, self.sections.len() as u64);
        for section in &self.sections {
            number(&mut out, section.blocks.len() as u64);
            id(&mut out, (section.client, section.clock));
            section
                .blocks
                .iter()
                .for_each(|block| block.encode(&mut out));
        }
        number(&mut out, self.deletes.len() as u64);
        for (client, ranges) in &self.deletes {
            number(&mut out, *client);
            number(&mut out, ranges.len() as u64);
            for (start, len) in ranges {
                number(&mut out, u64::from(*start));
                number(&mut out, u64::from(*len));
            }
        }
        out
    }

    /// Takes an honest update apart.
    pub fn decode(update: &[u8]) -> Self {
        let mut cursor = Cursor::new(update);
        Self::read(&mut cursor).expect("honest updates can be read")
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, yrs::encoding::read::Error> {
        let mut draft = Self::default();
        for _ in 0..cursor.read_var::<u32>()? {
            let blocks = cursor.read_var::<u32>()?;
            let (client, clock) = read_id(cursor)?;
            let blocks = (0..blocks)
                .map(|_| Block::read(cursor))
                .collect::<Result<_, _>>()?;
            draft.sections.push(Section {
                client,
                clock,
                blocks,
            });
        }
        for _ in 0..cursor.read_var::<u32>()? {
            let client = cursor.read_var::<u64>()?;
            let mut ranges = Vec::new();
            for _ in 0..cursor.read_var::<u32>()? {
                ranges.push((cursor.read_var()?, cursor.read_var()?));
            }
            draft.deletes.push((client, ranges));
        }
        Ok(draft)
    }
}

fn read_id(cursor: &mut Cursor<'_>) -> Result<Id, yrs::encoding::read::Error> {
    Ok((cursor.read_var::<u64>()?, cursor.read_var::<u32>()?))
}

impl Block {
    fn encode(&self, out: &mut Vec<u8>) {
        let key = if self.key.is_some() { 0x20 } else { 0 };
        match self.content {
            Content::Gone(len) | Content::Skip(len) => {
                out.push(self.content.number());
                return number(out, u64::from(len));
            }
            _ => {}
        }
        let origin = if self.origin.is_some() { 0x80 } else { 0 };
        let right = if self.right.is_some() { 0x40 } else { 0 };
        out.push(origin | right | key | self.content.number());
        self.origin
            .into_iter()
            .chain(self.right)
            .for_each(|reference| id(out, reference));
        if self.origin.is_none() && self.right.is_none() {
            match &self.parent {
                Parent::Root(name) => {
                    out.push(1);
                    string(out, name);
                }
                Parent::Item(parent) => {
                    out.push(0);
                    id(out, *parent);
                }
            }
            if let Some(key) = &self.key {
                string(out, key);
            }
        }
        match &self.content {
            Content::Gone(_) | Content::Skip(_) => {}
            Content::Deleted(len) => number(out, u64::from(*len)),
            Content::LegacyJson(values) => {
                number(out, values.len() as u64);
                values.iter().for_each(|value| string(out, value));
            }
            Content::Binary(bytes) => {
                number(out, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Content::Text(text) | Content::Embed(text) => string(out, text),
            Content::Format(key, value) => {
                string(out, key);
                string(out, value);
            }
            Content::Type(kind) => {
                out.push(*kind);
                if *kind == 3 {
                    string(out, "p");
                }
            }
            Content::Values(values) => {
                number(out, values.len() as u64);
                values.iter().for_each(|value| value.encode(out));
            }
            Content::Subdocument(guid, options) => {
                string(out, guid);
                options.encode(out);
            }
        }
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Self, yrs::encoding::read::Error> {
        let info = cursor.read_u8()?;
        let mut block = Self {
            origin: None,
            right: None,
            parent: Parent::Root(String::new()),
            key: None,
            content: Content::Gone(0),
        };
        if info == 0 || info == 10 {
            let len = cursor.read_var()?;
            block.content = if info == 0 {
                Content::Gone(len)
            } else {
                Content::Skip(len)
            };
            return Ok(block);
        }
        if info & 0x80 != 0 {
            block.origin = Some(read_id(cursor)?);
        }
        if info & 0x40 != 0 {
            block.right = Some(read_id(cursor)?);
        }
        if info & 0xc0 == 0 {
            block.parent = match cursor.read_var::<u32>()? {
                1 => Parent::Root(cursor.read_string()?.to_owned()),
                _ => Parent::Item(read_id(cursor)?),
            };
            if info & 0x20 != 0 {
                block.key = Some(cursor.read_string()?.to_owned());
            }
        }
        block.content = match info & 0x1f {
            1 => Content::Deleted(cursor.read_var()?),
            3 => Content::Binary(cursor.read_buf()?.to_vec()),
            4 => Content::Text(cursor.read_string()?.to_owned()),
            5 => Content::Embed(cursor.read_string()?.to_owned()),
            6 => Content::Format(
                cursor.read_string()?.to_owned(),
                cursor.read_string()?.to_owned(),
            ),
            7 => {
                let kind = cursor.read_u8()?;
                if kind == 3 {
                    cursor.read_string()?;
                }
                Content::Type(kind)
            }
            8 => {
                let count = cursor.read_var::<u32>()?;
                Content::Values(
                    (0..count)
                        .map(|_| Any::decode(cursor))
                        .collect::<Result<_, _>>()?,
                )
            }
            9 => Content::Subdocument(cursor.read_string()?.to_owned(), Any::decode(cursor)?),
            _ => return Err(yrs::encoding::read::Error::UnexpectedValue),
        };
        Ok(block)
    }
}

/// What a forger knows of a document.
pub struct World {
    /// Clients with the clock that follows what is known of them.
    pub clients: Vec<(u64, u32)>,
    /// Shared types.
    pub types: Vec<Id>,
    /// Clients that no honest editor speaks for any more.
    pub spare: Vec<u64>,
}

const ROOTS: [&str; 6] = ["text", "map", "list", "xml", "other", ""];
const KEYS: [&str; 3] = ["a", "b", ""];

pub fn content(rng: &mut Rng) -> Content {
    match rng.u8(..32) {
        0..8 => {
            let parts = [
                "x",
                "ab",
                "😀",
                "é😀y",
                "long enough to be split",
                "\u{fffd}",
            ];
            Content::Text(
                (0..rng.usize(1..3))
                    .map(|_| *rng.choice(&parts).unwrap())
                    .collect(),
            )
        }
        8..12 => Content::Values((0..rng.usize(1..4)).map(|_| value(rng, 2)).collect()),
        12..15 => Content::Deleted(rng.u32(1..4)),
        15..17 => Content::Gone(rng.u32(1..4)),
        17..25 => Content::Type(*rng.choice(&[0, 1, 2, 3, 4, 6]).unwrap()),
        25..27 => Content::Format(
            "bold".into(),
            (*rng.choice(&["true", "null", "{\"a\":[1]}"]).unwrap()).into(),
        ),
        27 => Content::Embed("{\"image\":\"x\"}".into()),
        28 => Content::Binary(vec![1, 2, 3]),
        29 => {
            let options = Any::from(std::collections::HashMap::from([
                ("autoLoad".to_owned(), Any::Bool(rng.bool())),
                ("encoding".to_owned(), Any::from(rng.i32(0..2))),
            ]));
            Content::Subdocument(format!("guid{}", rng.u8(..3)), options)
        }
        30 if rng.u8(..6) == 0 => Content::Skip(rng.u32(1..4)),
        31 if rng.u8(..6) == 0 => Content::LegacyJson(vec!["1".into()]),
        _ => Content::Text("y".into()),
    }
}

impl World {
    /// An id that is known, or, rarely, anything.
    fn known(&self, rng: &mut Rng) -> Id {
        if rng.u8(..60) == 0 || self.clients.is_empty() {
            return (rng.u64(..9), rng.u32(..9));
        }
        let &(client, end) = rng.choice(&self.clients).unwrap();
        // Mostly what is recent: it is alive, and others refer to it too.
        let back = if rng.bool() {
            rng.u32(..6)
        } else {
            rng.u32(..end.max(1))
        };
        (client, end.saturating_sub(1 + back))
    }

    /// An id that is known or written before `block` in this draft, or in
    /// another of its sections.
    fn reference(&self, rng: &mut Rng, draft: &Draft, own: &Section) -> Id {
        match rng.u8(..6) {
            0 | 1 if own.end() > own.clock => {
                let back = rng.u32(..(own.end() - own.clock).min(4));
                (own.client, own.end() - 1 - back)
            }
            2 if !draft.sections.is_empty() => {
                let other = rng.choice(&draft.sections).unwrap();
                (
                    other.client,
                    rng.u32(other.clock..=other.end().max(other.clock + 1)),
                )
            }
            _ => self.known(rng),
        }
    }

    fn type_reference(&self, rng: &mut Rng, own: &Section) -> Id {
        let mut clock = own.clock;
        let mut here = Vec::new();
        for block in &own.blocks {
            if matches!(block.content, Content::Type(_)) {
                here.push((own.client, clock));
            }
            clock = clock.saturating_add(block.content.len());
        }
        if !here.is_empty() && rng.u8(..3) != 0 {
            return *rng.choice(&here).unwrap();
        }
        match rng.choice(&self.types) {
            Some(known) => *known,
            None => self.known(rng),
        }
    }

    fn place(&self, rng: &mut Rng, draft: &Draft, own: &Section, block: &mut Block) {
        block.origin = None;
        block.right = None;
        block.key = (rng.u8(..3) == 0).then(|| (*rng.choice(&KEYS).unwrap()).to_owned());
        match rng.u8(..20) {
            0..4 => block.parent = Parent::Root((*rng.choice(&ROOTS).unwrap()).to_owned()),
            4..9 => block.parent = Parent::Item(self.type_reference(rng, own)),
            9 => block.parent = Parent::Item(self.reference(rng, draft, own)),
            10..13 => block.origin = Some(self.reference(rng, draft, own)),
            13..15 => block.right = Some(self.reference(rng, draft, own)),
            15..17 if own.end() > own.clock => block.origin = Some((own.client, own.end() - 1)),
            _ => {
                block.origin = Some(self.reference(rng, draft, own));
                block.right = Some(self.reference(rng, draft, own));
            }
        }
    }

    fn block(&self, rng: &mut Rng, draft: &Draft, own: &Section) -> Block {
        let mut block = Block {
            origin: None,
            right: None,
            parent: Parent::Root(String::new()),
            key: None,
            content: content(rng),
        };
        self.place(rng, draft, own, &mut block);
        block
    }

    fn clock(&self, client: u64) -> u32 {
        self.clients
            .iter()
            .find(|(other, _)| *other == client)
            .map_or(0, |(_, clock)| *clock)
    }

    /// Writes an update by hand: mostly well-formed, rarely meaningful.
    pub fn forge(&self, rng: &mut Rng) -> Draft {
        let mut draft = Draft::default();
        let mut clients = self.spare.clone();
        rng.shuffle(&mut clients);
        for client in clients.into_iter().take(rng.usize(1..4)) {
            let known = self.clock(client);
            let clock = match rng.u8(..12) {
                0..2 => known.saturating_sub(rng.u32(..6)),
                2 if rng.bool() => known + 1,
                _ => known,
            };
            let mut section = Section {
                client,
                clock,
                blocks: Vec::new(),
            };
            for _ in 0..rng.usize(1..8) {
                let block = self.block(rng, &draft, &section);
                section.blocks.push(block);
            }
            draft.sections.push(section);
        }
        self.delete(rng, &mut draft);
        draft
    }

    /// Adds deletions of what is known and of what the draft writes.
    pub fn delete(&self, rng: &mut Rng, draft: &mut Draft) {
        let mut ends = self.clients.clone();
        for section in &draft.sections {
            ends.retain(|(client, _)| *client != section.client);
            ends.push((
                section.client,
                section.end().max(self.clock(section.client)),
            ));
        }
        for (client, end) in ends {
            if rng.u8(..3) != 0 || draft.deletes.iter().any(|(other, _)| *other == client) {
                continue;
            }
            let mut ranges = Vec::new();
            if rng.u8(..3) == 0 {
                // All that is new, so that long entries are let in.
                let from = self.clock(client).min(end);
                if from < end {
                    ranges.push((from, end - from));
                }
            } else {
                let mut at = 0;
                for _ in 0..rng.usize(1..4) {
                    let start = at + rng.u32(..(end.saturating_sub(at) + 1).max(1));
                    let len = rng.u32(1..4);
                    if start + len <= end || rng.u8(..40) == 0 {
                        ranges.push((start, len));
                        at = start + len;
                    }
                }
            }
            draft.deletes.push((client, ranges));
        }
    }

    /// Bends one thing in an honest update.
    pub fn bend(&self, rng: &mut Rng, draft: &mut Draft) {
        if draft.sections.is_empty() || rng.u8(..8) == 0 {
            return self.delete(rng, draft);
        }
        let at = rng.usize(..draft.sections.len());
        let whole = draft.clone();
        let section = &mut draft.sections[at];
        let index = rng.usize(..section.blocks.len());
        let before = Section {
            blocks: section.blocks[..index].to_vec(),
            ..section.clone()
        };
        match rng.u8(..13) {
            0 => section.blocks[index].origin = Some(self.reference(rng, &whole, &before)),
            1 => section.blocks[index].right = Some(self.reference(rng, &whole, &before)),
            2 => self.place(rng, &whole, &before, &mut section.blocks[index]),
            3 => section.blocks[index].content = content(rng),
            4 => {
                let again = section.blocks[index].clone();
                section.blocks.insert(index, again);
            }
            5 => {
                let other = rng.usize(..section.blocks.len());
                section.blocks.swap(index, other);
            }
            6 if section.blocks.len() > 1 => drop(section.blocks.remove(index)),
            7 => section.clock = section.clock.saturating_sub(rng.u32(..5)),
            8 => section.blocks[index].parent = Parent::Item(self.reference(rng, &whole, &before)),
            9 => section.blocks[index].key = Some("a".into()),
            10 => {
                let block = self.block(rng, &whole, &before);
                section.blocks.insert(index, block);
            }
            11 => section.client = *rng.choice(&self.spare).unwrap_or(&7),
            _ => section.clock += rng.u32(..2),
        }
    }
}
