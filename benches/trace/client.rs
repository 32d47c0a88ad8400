//! The editor at the other end: makes of a trace what it would send.

use std::error::Error;

use bytes::Bytes;
use yrs::block::ClientID;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact};

use super::{Edit, Trace};

/// Where the text is, in the document.
pub const ROOT: &str = "text";

/// Who types the trace.
pub const AUTHOR: u64 = 1;

/// One update for each edit, and first one for the text it began with, if any.
pub fn updates(trace: &Trace) -> Result<Vec<Bytes>, Box<dyn Error>> {
    Ok(replay(trace)?.0)
}

/// The same, and the one update that all of them come to.
pub fn replay(trace: &Trace) -> Result<(Vec<Bytes>, Bytes), Box<dyn Error>> {
    let mut client = Client::new(AUTHOR);
    let mut updates = Vec::with_capacity(trace.edits.len() + 1);
    if !trace.start_content.is_empty() {
        updates.push(client.insert(0, &trace.start_content));
    }
    for edit in &trace.edits {
        updates.push(client.edit(edit));
    }
    if client.read() != trace.end_content {
        return Err("the trace does not lead to the content it promises".into());
    }
    let nothing = StateVector::default();
    let state = client.doc.transact().encode_state_as_update_v1(&nothing);
    Ok((updates, state.into()))
}

/// One update from each of `people` others, a word each: what a document looks
/// like that many have opened and written in.
pub fn words_of_others(people: u64) -> Vec<Bytes> {
    (0..people)
        .map(|number| Client::new(AUTHOR + 1 + number).insert(0, "word "))
        .collect()
}

/// A Yjs document as an editor holds it.
struct Client {
    doc: Doc,
    /// The text again, to turn characters into the UTF-16 units that Yjs counts.
    characters: Vec<char>,
    /// How many characters take two of them.
    wide: usize,
}

impl Client {
    fn new(id: u64) -> Self {
        Self {
            doc: Doc::with_options(Options {
                client_id: ClientID::new(id),
                offset_kind: OffsetKind::Utf16,
                cleanup_formatting: false,
                ..Options::default()
            }),
            characters: Vec::new(),
            wide: 0,
        }
    }

    fn read(&self) -> String {
        let text = self.doc.get_or_insert_text(ROOT);
        text.get_string(&self.doc.transact())
    }

    fn insert(&mut self, position: usize, text: &str) -> Bytes {
        let patch = super::Patch {
            position,
            deleted: 0,
            inserted: text.to_owned(),
        };
        self.edit(&Edit {
            patches: vec![patch],
        })
    }

    /// Makes the edit in one transaction and returns that transaction's update.
    fn edit(&mut self, edit: &Edit) -> Bytes {
        let text = self.doc.get_or_insert_text(ROOT);
        let mut transaction = self.doc.transact_mut();
        for patch in &edit.patches {
            let end = patch.position + patch.deleted;
            let start = patch.position + wide(&self.characters[..patch.position], self.wide);
            if patch.deleted > 0 {
                let gone = &self.characters[patch.position..end];
                let gone_wide = wide(gone, self.wide);
                self.wide -= gone_wide;
                text.remove_range(
                    &mut transaction,
                    start as u32,
                    (patch.deleted + gone_wide) as u32,
                );
            }
            if !patch.inserted.is_empty() {
                text.insert(&mut transaction, start as u32, &patch.inserted);
                self.wide += patch
                    .inserted
                    .chars()
                    .filter(|c| c.len_utf16() == 2)
                    .count();
            }
            self.characters
                .splice(patch.position..end, patch.inserted.chars());
        }
        transaction.encode_update_v1().into()
    }
}

/// How many of `characters` take two units; nothing is counted when there are
/// none in the whole text.
fn wide(characters: &[char], in_all: usize) -> usize {
    match in_all {
        0 => 0,
        _ => characters.iter().filter(|c| c.len_utf16() == 2).count(),
    }
}
