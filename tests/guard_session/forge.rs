//! Somebody who writes updates by hand, and bends those of others.

use fastrand::Rng;
use yrs::Any;

use super::draft::{Block, Content, Draft, Id, Parent, Section};
use super::editor::value;

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
