//! The smallest input of each class that the guard refuses, and the smallest
//! of each that it judges.

mod causal;
mod rewriting;
mod structural;

use bytes::Bytes;

use super::*;
use crate::wire::malformed::Rule;

/// An update with one section of client 1 from clock 0 and no deletions.
fn section(blocks: &[&[u8]]) -> Vec<u8> {
    section_from(0, blocks)
}

fn section_from(clock: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let mut update = vec![1, blocks.len() as u8, 1, clock];
    update.extend(blocks.concat());
    update.push(0);
    update
}

/// Why an update is refused, at the first step or the second.
fn broken(update: &[u8]) -> Option<Rule> {
    let mut outline = Outline::new();
    let survey = match inspect(update, &Limits::default()) {
        Ok(survey) => survey,
        Err(malformed) => return Some(malformed.rule),
    };
    outline.admit(&survey).err().map(|malformed| malformed.rule)
}

/// An outline of what these updates make, all of which are sound.
fn outline(updates: &[&[u8]]) -> Outline {
    let mut outline = Outline::new();
    for update in updates {
        let survey = inspect(update, &Limits::default()).unwrap();
        assert_eq!(outline.admit(&survey), Ok(Verdict::Sound), "{update:?}");
    }
    outline
}

fn verdict(update: &[u8], outline: &Outline) -> Result<Verdict, Rule> {
    let survey = inspect(update, &Limits::default()).map_err(|malformed| malformed.rule)?;
    survey.verdict(outline).map_err(|malformed| malformed.rule)
}

// Blocks: info, [origin], [right], [parent, [key]], content.
/// "ab" at the beginning of the root "t".
const TEXT: &[u8] = &[4, 1, 1, b't', 2, b'a', b'b'];
/// "c" after clock 1 of client 1.
const MORE: &[u8] = &[0x84, 1, 1, 1, b'c'];
/// A map in the list at the root "t".
const MAP: &[u8] = &[7, 1, 1, b't', 1];
/// The key "k" of the root "t": one null.
const ENTRY: &[u8] = &[0x28, 1, 1, b't', 1, b'k', 1, 126];
