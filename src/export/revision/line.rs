//! A line of text in a block: read, and changed letter by letter and format by format.

use std::sync::Arc;
use std::time::Instant;

use yrs::types::text::YChange;
use yrs::types::{Attrs, Delta};
use yrs::{Any, Out, ReadTxn, Text, TextRef, TransactionMut, XmlTextRef};

use super::letters::{Edit, edits};
use super::{Changed, alike, length, retain, units};
use crate::export::encoding;
use crate::export::roots::stored_marks;
use crate::export::tree::{Mark, Part, Tree};
use alike::Print;

/// What stands for something in a text that is no letter.
const EMBED: char = '\u{fffc}';

/// So often formats are set; then the text is written anew.
const FORMATTING: usize = 3;

/// Text in runs, and the shared texts that hold it, which lie beside each other.
#[derive(Debug, Default)]
pub(super) struct Line {
    texts: Vec<(XmlTextRef, u32)>,
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Run {
    text: String,
    marks: Vec<Stored>,
    print: Print,
}

/// A mark as it is stored.
#[derive(Debug, Clone)]
struct Stored {
    name: Arc<str>,
    value: Any,
    print: Print,
}

impl Run {
    fn new(text: String, marks: Vec<(Arc<str>, Mark)>) -> Self {
        let print = alike::marks(marks.iter().map(|(_, mark)| mark));
        let stored = |(name, mark): (Arc<str>, Mark)| {
            let formats = encoding::formats(std::slice::from_ref(&mark));
            Stored {
                name,
                value: formats.into_values().next().unwrap_or(Any::Null),
                print: alike::mark(&mark),
            }
        };
        Self {
            text,
            marks: marks.into_iter().map(stored).collect(),
            print,
        }
    }

    fn formats(&self) -> Attrs {
        let stored = self.marks.iter();
        stored
            .map(|mark| (mark.name.clone(), mark.value.clone()))
            .collect()
    }

    /// What has to be said of letters that look like this for them to look like
    /// `other`. Nothing, if they do.
    fn becomes(&self, other: &Self) -> Option<Attrs> {
        if self.print == other.print {
            return None;
        }
        let has = |run: &Self, mark: &Stored| run.marks.iter().any(|m| m.print == mark.print);
        let mut formats = Attrs::new();
        let gone = self.marks.iter().filter(|mark| !has(other, mark));
        formats.extend(gone.map(|mark| (mark.name.clone(), Any::Null)));
        let come = other.marks.iter().filter(|mark| !has(self, mark));
        formats.extend(come.map(|mark| (mark.name.clone(), mark.value.clone())));
        (!formats.is_empty()).then_some(formats)
    }
}

impl Line {
    /// What is in a text. `None` when something is in it that is none.
    pub fn read<T: ReadTxn>(text: XmlTextRef, txn: &T) -> Option<Self> {
        let mut line = Self::default();
        let mut len = 0;
        for part in text.diff(txn, YChange::identity) {
            len += length(&part.insert);
            let Out::Any(Any::String(letters)) = part.insert else {
                return None;
            };
            let marks = stored_marks(part.attributes.as_deref());
            line.runs.push(Run::new(letters.to_string(), marks));
        }
        // A value that is a string looks like text, and is as long as one letter.
        if len != text.len(txn) {
            return None;
        }
        line.texts.push((text, len));
        Some(line)
    }

    /// So many runs of a tree.
    pub fn asked(tree: &Tree, first: usize, count: usize) -> Self {
        let runs = tree.nodes()[first..first + count].iter();
        let runs = runs.filter_map(|node| match &node.part {
            Part::Run(run) => {
                let marks = run.marks.iter();
                let marks = marks.map(|mark| (encoding::stored_name(mark), mark.clone()));
                Some(Run::new(run.text.clone(), marks.collect()))
            }
            Part::Element(_) => None,
        });
        Self {
            texts: Vec::new(),
            runs: runs.collect(),
        }
    }

    /// Goes on with another.
    pub fn join(&mut self, other: Self) {
        self.texts.extend(other.texts);
        self.runs.extend(other.runs);
    }

    pub fn is_empty(&self) -> bool {
        self.runs.iter().all(|run| run.text.is_empty())
    }

    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    pub fn letters(&self) -> usize {
        self.runs.iter().map(|run| run.text.chars().count()).sum()
    }

    pub fn print(&self) -> Print {
        alike::line(self.runs.iter().map(|run| (run.text.as_str(), run.print)))
    }

    /// Writes it into a text in which nothing is.
    pub fn write(&self, text: &XmlTextRef, txn: &mut TransactionMut<'_>) {
        let delta = self
            .runs
            .iter()
            .map(|run| Delta::Inserted(run.text.clone(), Some(Box::new(run.formats()))));
        text.apply_delta(txn, delta.collect::<Vec<_>>());
    }

    /// Changes the texts that hold it.
    pub fn becomes(
        &self,
        wanted: &Self,
        until: Instant,
        changed: &mut Changed,
        txn: &mut TransactionMut<'_>,
    ) {
        let mut deltas: Vec<Vec<Delta<String>>> = self.texts.iter().map(|_| Vec::new()).collect();
        let mut room = Room {
            left: self.texts.first().map_or(0, |(_, len)| *len),
            text: 0,
            texts: &self.texts,
        };
        let (mut here, mut there) = (Reader::of(&self.runs), Reader::of(&wanted.runs));
        for edit in edits(&self.text(), &wanted.text(), until) {
            match edit {
                Edit::Keep(letters) => {
                    let mut left = letters;
                    while let (Some((from, had)), Some((to, has))) = (here.run(), there.run()) {
                        let count = left.min(had).min(has);
                        if count == 0 {
                            break;
                        }
                        if from.becomes(to).is_some() {
                            changed.formatted_characters += count;
                        }
                        let text = here.take(count);
                        there.take(count);
                        left -= count;
                        room.each(units(text), |text, len| retain(&mut deltas[text], len));
                    }
                }
                Edit::Delete(letters) => {
                    changed.deleted_characters += letters;
                    here.each(letters, |_, text| {
                        room.each(units(text), |text, len| match deltas[text].last_mut() {
                            Some(Delta::Deleted(more)) => *more += len,
                            _ => deltas[text].push(Delta::Deleted(len)),
                        });
                    });
                }
                Edit::Insert(letters) => {
                    changed.inserted_characters += letters;
                    there.each(letters, |run, text| {
                        let formats = Some(Box::new(run.formats()));
                        if let Some(delta) = deltas.get_mut(room.text) {
                            delta.push(Delta::Inserted(text.to_owned(), formats));
                        }
                    });
                }
            }
        }
        for ((text, _), delta) in self.texts.iter().zip(deltas) {
            if delta.iter().any(|op| !matches!(op, Delta::Retain(..))) {
                text.apply_delta(txn, delta);
            }
        }
        // Formats are looked at again: where letters went, those of their neighbours
        // are not always what they were.
        for _ in 0..FORMATTING {
            if self.looks_like(wanted, txn) {
                return;
            }
        }
        for (number, (text, _)) in self.texts.iter().enumerate() {
            text.remove_range(txn, 0, text.len(txn));
            if number == 0 {
                wanted.write(text, txn);
            }
        }
    }

    /// Whether the texts, which hold the letters of `wanted`, look like it. If not, what
    /// they lack is said of them.
    fn looks_like(&self, wanted: &Self, txn: &mut TransactionMut<'_>) -> bool {
        let mut there = Reader::of(&wanted.runs);
        let mut is_like = true;
        for (text, _) in &self.texts {
            let mut delta = Vec::new();
            let Some(now) = Self::read(text.clone(), txn) else {
                return false;
            };
            let mut here = Reader::of(&now.runs);
            while let (Some((from, had)), Some((to, has))) = (here.run(), there.run()) {
                let count = had.min(has);
                let formats = from.becomes(to);
                there.take(count);
                keep(&mut delta, units(here.take(count)), formats.as_ref());
            }
            if delta.iter().any(|op| !matches!(op, Delta::Retain(_, None))) {
                is_like = false;
                text.apply_delta(txn, delta);
            }
        }
        is_like
    }
}

fn keep(delta: &mut Vec<Delta<String>>, len: u32, formats: Option<&Attrs>) {
    match (delta.last_mut(), formats) {
        (Some(Delta::Retain(last, Some(before))), Some(formats)) if **before == *formats => {
            *last += len;
        }
        (_, Some(formats)) => delta.push(Delta::Retain(len, Some(Box::new(formats.clone())))),
        (_, None) => retain(delta, len),
    }
}

/// Where in which of several texts one is.
struct Room<'a> {
    texts: &'a [(XmlTextRef, u32)],
    text: usize,
    left: u32,
}

impl Room<'_> {
    /// Goes on by `len`, text by text.
    fn each(&mut self, mut len: u32, mut visit: impl FnMut(usize, u32)) {
        while len > 0 {
            while self.left == 0 {
                self.text += 1;
                match self.texts.get(self.text) {
                    Some((_, len)) => self.left = *len,
                    None => return,
                }
            }
            let part = len.min(self.left);
            visit(self.text, part);
            self.left -= part;
            len -= part;
        }
    }
}

/// Reads runs letter by letter.
struct Reader<'a> {
    runs: &'a [Run],
    /// What is left of the first.
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn of(runs: &'a [Run]) -> Self {
        let text = runs.first().map_or("", |run| run.text.as_str());
        Self { runs, text }
    }

    /// The run that comes, and how many letters are left of it.
    fn run(&mut self) -> Option<(&'a Run, usize)> {
        while self.text.is_empty() {
            self.runs = self.runs.get(1..)?;
            self.text = self.runs.first()?.text.as_str();
        }
        Some((self.runs.first()?, self.text.chars().count()))
    }

    /// The next so many letters, which are in one run.
    fn take(&mut self, letters: usize) -> &'a str {
        let end = self.text.char_indices().nth(letters);
        let (text, rest) = self
            .text
            .split_at(end.map_or(self.text.len(), |(end, _)| end));
        self.text = rest;
        text
    }

    /// The next so many letters, run by run.
    fn each(&mut self, mut letters: usize, mut visit: impl FnMut(&'a Run, &'a str)) {
        while letters > 0
            && let Some((run, left)) = self.run()
        {
            let count = letters.min(left);
            visit(run, self.take(count));
            letters -= count;
        }
    }
}

/// How a text that is a root becomes these letters. What comes looks like what is in
/// front of it; what is no letter stays. `None` when its letters cannot be told.
pub(super) fn of_text<T: ReadTxn>(
    text: &TextRef,
    letters: &str,
    until: Instant,
    changed: &mut Changed,
    txn: &T,
) -> Option<Vec<Delta<String>>> {
    // Of each piece its letters; of what is none, a sign.
    let mut old = String::new();
    let mut formats: Vec<(usize, Option<Box<Attrs>>)> = Vec::new();
    let mut len = 0;
    for part in text.diff(txn, YChange::identity) {
        match &part.insert {
            Out::Any(Any::String(letters)) => old.push_str(letters),
            _ => old.push(EMBED),
        }
        len += length(&part.insert);
        formats.push((old.len(), part.attributes));
    }
    if len != text.len(txn) {
        return None;
    }
    let mut delta: Vec<Delta<String>> = Vec::new();
    let (mut here, mut there) = (old.char_indices(), letters.chars());
    let mut edits = edits(&old, letters, until);
    // What comes is put in front of what goes, and so of what stays there.
    for place in 1..edits.len() {
        if let (Edit::Delete(_), Edit::Insert(_)) = (edits[place - 1], edits[place]) {
            edits.swap(place - 1, place);
        }
    }
    for edit in edits {
        match edit {
            Edit::Keep(count) => {
                let kept = here
                    .by_ref()
                    .take(count)
                    .map(|(_, letter)| letter.len_utf16() as u32);
                let len = kept.sum();
                there.by_ref().take(count).for_each(drop);
                retain(&mut delta, len);
            }
            Edit::Delete(count) => {
                for (_, letter) in here.by_ref().take(count) {
                    if letter == EMBED {
                        retain(&mut delta, 1);
                        continue;
                    }
                    changed.deleted_characters += 1;
                    let len = letter.len_utf16() as u32;
                    match delta.last_mut() {
                        Some(Delta::Deleted(more)) => *more += len,
                        _ => delta.push(Delta::Deleted(len)),
                    }
                }
            }
            Edit::Insert(count) => {
                changed.inserted_characters += count;
                let come: String = there.by_ref().take(count).collect();
                // The piece that the letter in front of it is in.
                let at = here.offset();
                let before = formats.partition_point(|(end, _)| *end < at);
                let look = formats.get(before).and_then(|(_, look)| look.clone());
                delta.push(Delta::Inserted(come, look));
            }
        }
    }
    Some(delta)
}
