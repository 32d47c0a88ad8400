//! A line of text, read letter by letter: each with how it looks and its id.

use crate::export::revision::alike;
use crate::export::signed::{Id, Signed};
use crate::export::tree::{Part, Run};

/// Reads runs that lie beside each other.
pub(super) struct Reader<'a> {
    signed: &'a Signed,
    /// The run that is read, and the one behind the last.
    place: usize,
    end: usize,
    /// Which of its stretches is read.
    stretch: usize,
    /// What was read of the run, in bytes, and of the stretch, in letters.
    byte: usize,
    letter: usize,
    /// The id of the next letter.
    id: Option<Id>,
}

impl<'a> Reader<'a> {
    /// Of so many runs from the one at `first`.
    pub fn of(signed: &'a Signed, first: usize, count: usize) -> Self {
        Self {
            signed,
            place: first,
            end: first + count,
            stretch: 0,
            byte: 0,
            letter: 0,
            id: signed.id(first),
        }
    }

    /// How many letters follow that were written one after the other, and their run.
    pub fn run(&mut self) -> Option<(usize, &'a Run)> {
        while self.place < self.end {
            let stretches = self.signed.stretches(self.place);
            match stretches.get(self.stretch) {
                Some(stretch) if self.letter < stretch.letters => {
                    let Part::Run(run) = &self.signed.tree().nodes()[self.place].part else {
                        return None;
                    };
                    return Some((stretch.letters - self.letter, run));
                }
                Some(_) => {
                    self.stretch += 1;
                    self.letter = 0;
                    let next = stretches.get(self.stretch);
                    self.id = next.and_then(|stretch| stretch.id);
                }
                None => {
                    self.place += 1;
                    (self.stretch, self.byte, self.letter) = (0, 0, 0);
                    if self.place < self.end {
                        self.id = self.signed.id(self.place);
                    }
                }
            }
        }
        None
    }

    /// The next so many letters, no more than [`run`](Self::run) said, and the id of the
    /// first.
    pub fn take(&mut self, letters: usize) -> (&'a str, Option<Id>) {
        let text = match &self.signed.tree().nodes()[self.place].part {
            Part::Run(run) => &run.text[self.byte..],
            Part::Element(_) => "",
        };
        let end = text.char_indices().nth(letters);
        let text = &text[..end.map_or(text.len(), |(end, _)| end)];
        let id = self.id;
        self.id = id.map(|id| id.behind(text.encode_utf16().count()));
        self.byte += text.len();
        self.letter += letters;
        (text, id)
    }
}

/// Whether two runs have the same marks.
pub(super) fn look_alike(one: &Run, other: &Run) -> bool {
    one.marks == other.marks || alike::marks(one.marks.iter()) == alike::marks(other.marks.iter())
}

/// The first so many UTF-16 units of a text, at least one letter, and the rest.
pub(super) fn split(text: &str, units: usize) -> (&str, &str) {
    let mut seen = 0;
    let end = text.char_indices().find_map(|(place, letter)| {
        let is_behind = place > 0 && seen >= units;
        seen += letter.len_utf16();
        is_behind.then_some(place)
    });
    text.split_at(end.unwrap_or(text.len()))
}
