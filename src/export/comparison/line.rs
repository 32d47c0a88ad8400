//! A line of text, read letter by letter: each with how it looks and its id.

use crate::export::revision::alike;
use crate::export::revision::letters::Edit;
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

/// Of a word that changed so many letters at its beginning or end are told with the rest
/// of it: "three" became "two", not "hree" "wo".
const LETTERS: usize = 2;

/// The same edits, as they are read: few letters that stay in a word do not stand alone.
pub(super) fn readable(edits: Vec<Edit>, old: &str, new: &str) -> Vec<Edit> {
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let is_word = |letter: &char| letter.is_alphanumeric() && *letter < '\u{2e80}';
    let few = |count: usize| if count <= LETTERS { count } else { 0 };
    let mut told = Told::default();
    let (mut here, mut there) = (0, 0);
    let mut edits = edits.into_iter().peekable();
    // Whether a word goes on in what changed just before.
    let mut in_word = false;
    while let Some(edit) = edits.next() {
        match edit {
            Edit::Delete(count) => {
                here += count;
                told.gone += count;
                in_word |= old[..here].last().is_some_and(is_word);
            }
            Edit::Insert(count) => {
                there += count;
                told.come += count;
                in_word |= new[..there].last().is_some_and(is_word);
            }
            Edit::Keep(count) => {
                let kept = &old[here..here + count];
                (here, there) = (here + count, there + count);
                let goes_on = match edits.peek() {
                    Some(Edit::Delete(_)) => old.get(here).is_some_and(is_word),
                    Some(Edit::Insert(_)) => new.get(there).is_some_and(is_word),
                    _ => false,
                };
                let head = few(kept.iter().take_while(|letter| is_word(letter)).count());
                let tail = kept.iter().rev().take_while(|letter| is_word(letter));
                let tail = few(tail.count());
                let head = if std::mem::take(&mut in_word) {
                    head
                } else {
                    0
                };
                let tail = if goes_on { tail.min(count - head) } else { 0 };
                told.both(head);
                if head + tail < count {
                    told.keep(count - head - tail);
                }
                told.both(tail);
            }
        }
    }
    told.keep(0);
    told.edits
}

/// Edits on their way to be told.
#[derive(Default)]
struct Told {
    edits: Vec<Edit>,
    gone: usize,
    come: usize,
}

impl Told {
    fn both(&mut self, count: usize) {
        self.gone += count;
        self.come += count;
    }

    /// What changed before, and what stays.
    fn keep(&mut self, count: usize) {
        let gone = Edit::Delete(std::mem::take(&mut self.gone));
        let come = Edit::Insert(std::mem::take(&mut self.come));
        for edit in [gone, come, Edit::Keep(count)] {
            match (self.edits.last_mut(), edit) {
                (_, Edit::Delete(0) | Edit::Insert(0) | Edit::Keep(0)) => {}
                (Some(Edit::Keep(last)), Edit::Keep(more)) => *last += more,
                _ => self.edits.push(edit),
            }
        }
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::export::revision::letters::edits;

    #[test]
    fn words_are_told_whole_where_little_of_them_stays() {
        let told = |old: &str, new: &str| {
            let until = Instant::now() + Duration::from_secs(60);
            let (mut here, mut there) = (old.chars(), new.chars());
            let mut told = String::new();
            for edit in readable(edits(old, new, until), old, new) {
                match edit {
                    Edit::Keep(count) => {
                        told.extend(here.by_ref().take(count));
                        there.by_ref().take(count).for_each(drop);
                    }
                    Edit::Delete(count) => {
                        told += &format!("[-{}]", here.by_ref().take(count).collect::<String>());
                    }
                    Edit::Insert(count) => {
                        told += &format!("[+{}]", there.by_ref().take(count).collect::<String>());
                    }
                }
            }
            assert!(here.next().is_none() && there.next().is_none());
            told
        };
        assert_eq!(
            told("in three steps", "in two steps"),
            "in [-three][+two] steps"
        );
        assert_eq!(told("a plan", "a plane"), "a plan[+e]");
        assert_eq!(told("it is", "it was"), "it [-is][+was]");
        assert_eq!(told("same", "same"), "same");
        assert_eq!(told("ab", "ac"), "[-ab][+ac]");
        assert_eq!(told("今天去", "明天去"), "[-今][+明]天去");
        assert_eq!(told("", "new"), "[+new]");
        assert_eq!(told("a b c", "a b c d"), "a b c[+ d]");
    }
}
