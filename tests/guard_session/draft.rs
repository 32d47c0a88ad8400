//! Updates as values that can be bent.

use yrs::Any;
use yrs::encoding::read::{Cursor, Read};

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
