//! Somebody who writes a text: types in bursts, takes words back, jumps about,
//! pastes.
//!
//! The shape is that of a real, recorded paper of 260 000 edits: seven in ten
//! put a character in, three in ten take one out; a burst has about 28
//! characters, a run of backspaces 17, and every other one begins somewhere
//! else, mostly nearby. Pastes and letters beyond ASCII are ours.

use fastrand::Rng;

use super::{Edit, Patch, Trace};

/// Of a hundred acts so many are bursts of typing; as many pastes; the rest
/// takes words back.
const BURSTS: u32 = 58;
const PASTES: u32 = 1;

/// The longest of each, in characters. Lengths are spread evenly over their
/// logarithm: most are short, a few are long.
const LONGEST_BURST: usize = 140;
const LONGEST_BACKSPACE: usize = 75;
const LONGEST_PASTE: usize = 2_000;
const LONGEST_JUMP: usize = 5_000;

/// One word in so many has a letter beyond ASCII.
const FOREIGN: u32 = 40;

/// The writer at work.
pub struct Typist {
    dice: Rng,
    text: Vec<char>,
    caret: usize,
    edits: Vec<Edit>,
    wanted: usize,
}

impl Typist {
    /// Somebody before an empty page, with time for `wanted` edits.
    pub fn new(seed: u64, wanted: usize) -> Self {
        Self {
            wanted,
            dice: Rng::with_seed(seed),
            text: Vec::new(),
            caret: 0,
            edits: Vec::new(),
        }
    }

    /// Writes until all edits are done, be it in the middle of a word.
    pub fn work(mut self) -> Trace {
        while self.edits.len() < self.wanted {
            if self.dice.bool() {
                self.jump();
            }
            match self.dice.u32(0..100) {
                act if act < BURSTS => {
                    for letter in self.letters(LONGEST_BURST) {
                        self.edit(0, vec![letter]);
                    }
                }
                act if act < BURSTS + PASTES => {
                    let pasted = self.letters(LONGEST_PASTE);
                    self.edit(0, pasted);
                }
                _ => {
                    let run = self.length(LONGEST_BACKSPACE).min(self.caret);
                    for _ in 0..run {
                        self.edit(1, Vec::new());
                    }
                }
            }
        }
        Trace {
            start_content: String::new(),
            end_content: self.text.iter().collect(),
            edits: self.edits,
        }
    }

    /// Deletes `backspaces` characters before the caret and puts `letters` there.
    fn edit(&mut self, backspaces: usize, letters: Vec<char>) {
        if self.edits.len() == self.wanted {
            return;
        }
        let position = self.caret - backspaces;
        self.edits.push(Edit {
            patches: vec![Patch {
                position,
                deleted: backspaces,
                inserted: letters.iter().collect(),
            }],
        });
        self.caret = position + letters.len();
        self.text.splice(position..position + backspaces, letters);
    }

    fn jump(&mut self) {
        let distance = self.length(LONGEST_JUMP);
        self.caret = match self.dice.bool() {
            true => self.caret.saturating_sub(distance),
            false => (self.caret + distance).min(self.text.len()),
        };
    }

    fn length(&mut self, longest: usize) -> usize {
        ((longest as f64).ln() * self.dice.f64()).exp() as usize
    }

    /// Words, spaces and line breaks.
    fn letters(&mut self, longest: usize) -> Vec<char> {
        let length = self.length(longest);
        let mut letters = Vec::with_capacity(length);
        while letters.len() < length {
            for _ in 0..self.dice.usize(1..10) {
                letters.push(self.dice.lowercase());
            }
            if self.dice.u32(0..FOREIGN) == 0 {
                letters.extend(self.dice.choice(['é', 'ß', 'я', '語', '𝄞']));
            }
            letters.push(match self.dice.u32(0..12) {
                0 => '\n',
                _ => ' ',
            });
        }
        letters.truncate(length);
        letters
    }
}
