//! One thing that was acknowledged, as a line of the [witness](super::witness).
//!
//! Each carries a seal over itself and the run of the store that it speaks of: a
//! line that was cut, changed or left over from another run is none.

/// One thing that was acknowledged. Documents go by their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Row {
        document: i64,
        row: u64,
    },
    Document {
        document: i64,
        created: i64,
        name: String,
        title: Option<String>,
    },
    Tombstone {
        document: i64,
        deleted: Option<i64>,
    },
}

impl Seen {
    pub(super) fn encode(&self, generation: i64, out: &mut Vec<u8>) {
        let start = out.len();
        match self {
            Self::Row { document, row } => {
                out.push(1);
                out.extend(document.to_le_bytes());
                out.extend(row.to_le_bytes());
            }
            Self::Document {
                document,
                created,
                name,
                title,
            } => {
                out.push(if title.is_some() { 3 } else { 2 });
                out.extend(document.to_le_bytes());
                out.extend(created.to_le_bytes());
                for text in std::iter::once(name).chain(title) {
                    // Names are short; a title that is not is not worth keeping.
                    let text = if text.len() > usize::from(u16::MAX) {
                        ""
                    } else {
                        text
                    };
                    out.extend((text.len() as u16).to_le_bytes());
                    out.extend(text.as_bytes());
                }
            }
            Self::Tombstone { document, deleted } => {
                out.push(if deleted.is_some() { 4 } else { 5 });
                out.extend(document.to_le_bytes());
                out.extend(deleted.unwrap_or(0).to_le_bytes());
            }
        }
        let seal = seal(generation, &out[start..]);
        out.extend(seal.to_le_bytes());
    }

    /// The entry at the beginning of `bytes` and how long it is, if one is there.
    pub(super) fn decode(generation: i64, bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let kind = *take(&mut rest, 1)?.first()?;
        let mut number = || Some(i64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?));
        let (document, second) = (number()?, number()?);
        let mut text = || {
            let length = u16::from_le_bytes(take(&mut rest, 2)?.try_into().ok()?);
            let text = take(&mut rest, usize::from(length))?;
            String::from_utf8(text.to_vec()).ok()
        };
        let seen = match kind {
            1 => Self::Row {
                document,
                row: second.cast_unsigned(),
            },
            2 | 3 => Self::Document {
                document,
                created: second,
                name: text()?,
                title: if kind == 3 { Some(text()?) } else { None },
            },
            4 | 5 => Self::Tombstone {
                document,
                deleted: (kind == 4).then_some(second),
            },
            _ => return None,
        };
        let length = bytes.len() - rest.len();
        let sealed = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        (sealed == seal(generation, &bytes[..length])).then_some((seen, length + 4))
    }
}

fn seal(generation: i64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&generation.to_le_bytes()), bytes)
}

/// The first `count` bytes, if there are so many.
pub(super) fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}
