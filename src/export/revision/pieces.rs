//! A text that is a root becomes another, with all its formats and what lies between
//! its letters.

use std::time::Instant;

use yrs::types::text::{Diff, YChange};
use yrs::types::{Attrs, Delta as Edits};
use yrs::{Any, In, Out, Text, TextRef, TransactionMut};

use super::letters::{Edit, edits};
use super::{Changed, length, retain};
use crate::export::delta::{Delta, Piece};

/// What stands for something in a text that is no letter.
const EMBED: char = '\u{fffc}';

/// So often formats are set; then the text is written anew.
const FORMATTING: usize = 3;

/// A letter, or what stands among them, and how it looks.
#[derive(Debug, Clone, PartialEq)]
struct Sign {
    letter: char,
    /// Which of the formats it has.
    look: u32,
    embed: Option<Box<Any>>,
}

/// A text, sign by sign.
#[derive(Debug, Default)]
struct Signs {
    signs: Vec<Sign>,
    looks: Vec<Attrs>,
}

impl Signs {
    fn push(&mut self, text: &str, embed: Option<Any>, look: Attrs) {
        let number = self.looks.len() as u32;
        self.looks.push(look);
        let sign = |letter| Sign {
            letter,
            embed: None,
            look: number,
        };
        match embed {
            Some(embed) => self.signs.push(Sign {
                embed: Some(Box::new(embed)),
                ..sign(EMBED)
            }),
            None => self.signs.extend(text.chars().map(sign)),
        }
    }

    /// What is in a text. `None` when something in it is no plain value.
    fn read(text: &TextRef, txn: &TransactionMut<'_>) -> Option<Self> {
        let mut signs = Self::default();
        let mut len = 0;
        for Diff {
            insert, attributes, ..
        } in text.diff(txn, YChange::identity)
        {
            len += length(&insert);
            let mut look = attributes.map(|look| *look).unwrap_or_default();
            look.retain(|_, value| !matches!(value, Any::Null | Any::Undefined));
            match insert {
                Out::Any(Any::String(letters)) => signs.push(&letters, None, look),
                Out::Any(embed) => signs.push("", Some(embed), look),
                _ => return None,
            }
        }
        (len == text.len(txn)).then_some(signs)
    }

    fn asked(delta: &Delta) -> Self {
        let mut signs = Self::default();
        for piece in &delta.0 {
            match piece {
                Piece::Text(text, look) => signs.push(text, None, look.clone()),
                Piece::Embed(value, look) => {
                    let embed = serde_json::from_value(value.clone()).unwrap_or(Any::Null);
                    signs.push("", Some(embed), look.clone());
                }
            }
        }
        signs
    }

    fn text(&self) -> String {
        self.signs.iter().map(|sign| sign.letter).collect()
    }

    fn look(&self, place: usize) -> &Attrs {
        &self.looks[self.signs[place].look as usize]
    }

    /// So many signs as what is to be inserted.
    fn inserts(&self, from: usize, count: usize) -> Vec<Edits<In>> {
        let mut inserts = Vec::new();
        let same = |one: &Sign, other: &Sign| {
            one.look == other.look && one.embed.is_none() && other.embed.is_none()
        };
        for piece in self.signs[from..from + count].chunk_by(same) {
            let look = Some(Box::new(self.looks[piece[0].look as usize].clone()));
            let what = match &piece[0].embed {
                Some(embed) => In::Any(Any::clone(embed)),
                None => {
                    let letters: String = piece.iter().map(|sign| sign.letter).collect();
                    In::Any(Any::from(letters))
                }
            };
            inserts.push(Edits::Inserted(what, look));
        }
        inserts
    }
}

/// More letters are not compared: each takes as much memory as sixteen of them.
pub(super) const LETTERS: u32 = 4 << 20;

/// The text becomes that. `false`: its signs cannot be told, and nothing was done.
pub(super) fn become_delta(
    text: &TextRef,
    wanted: &Delta,
    until: Instant,
    changed: &mut Changed,
    txn: &mut TransactionMut<'_>,
) -> bool {
    let Some(old) = Signs::read(text, txn) else {
        return false;
    };
    let new = Signs::asked(wanted);
    let mut delta: Vec<Edits<In>> = Vec::new();
    let (mut here, mut there) = (0, 0);
    for edit in edits(&old.text(), &new.text(), until) {
        match edit {
            Edit::Keep(count) => {
                for _ in 0..count {
                    let (had, has) = (&old.signs[here], &new.signs[there]);
                    match had.embed == has.embed {
                        true => retain(&mut delta, had.letter.len_utf16() as u32),
                        false => {
                            delete(&mut delta, 1);
                            delta.extend(new.inserts(there, 1));
                        }
                    }
                    if old.look(here) != new.look(there) {
                        changed.formatted_characters += 1;
                    }
                    (here, there) = (here + 1, there + 1);
                }
            }
            Edit::Delete(count) => {
                changed.deleted_characters += count;
                let gone = old.signs[here..here + count].iter();
                delete(
                    &mut delta,
                    gone.map(|sign| sign.letter.len_utf16() as u32).sum(),
                );
                here += count;
            }
            Edit::Insert(count) => {
                changed.inserted_characters += count;
                delta.extend(new.inserts(there, count));
                there += count;
            }
        }
    }
    if delta.iter().any(|op| !matches!(op, Edits::Retain(..))) {
        text.apply_delta(txn, delta);
    }
    // Formats are looked at again: where letters went, those of their neighbours are
    // not always what they were.
    for _ in 0..FORMATTING {
        match formatting(text, &new, txn) {
            None => return false,
            Some(delta) if delta.is_empty() => return true,
            Some(delta) => text.apply_delta(txn, delta),
        }
    }
    text.remove_range(txn, 0, text.len(txn));
    text.apply_delta(txn, new.inserts(0, new.signs.len()));
    true
}

/// What the text, which has these signs, lacks to look like them.
fn formatting(text: &TextRef, new: &Signs, txn: &TransactionMut<'_>) -> Option<Vec<Edits<In>>> {
    let now = Signs::read(text, txn)?;
    let mut delta: Vec<Edits<In>> = Vec::new();
    let mut is_like = true;
    for (place, sign) in now.signs.iter().enumerate() {
        let len = sign.letter.len_utf16() as u32;
        let (had, has) = (now.look(place), new.look(place));
        if had == has {
            retain(&mut delta, len);
            continue;
        }
        is_like = false;
        let gone = had.keys().filter(|name| !has.contains_key(*name));
        let mut formats: Attrs = gone.map(|name| (name.clone(), Any::Null)).collect();
        let come = has
            .iter()
            .filter(|(name, value)| had.get(*name) != Some(value));
        formats.extend(come.map(|(name, value)| (name.clone(), value.clone())));
        match delta.last_mut() {
            Some(Edits::Retain(last, Some(before))) if **before == formats => *last += len,
            _ => delta.push(Edits::Retain(len, Some(Box::new(formats)))),
        }
    }
    Some(if is_like { Vec::new() } else { delta })
}

fn delete(delta: &mut Vec<Edits<In>>, more: u32) {
    match delta.last_mut() {
        Some(Edits::Deleted(len)) => *len += more,
        _ => delta.push(Edits::Deleted(more)),
    }
}
