//! Changes to passages of a document, found by their words.
//!
//! Words are found in the text of one block, across marks; a line break or another
//! node that stands in the line ends them. What is put in looks like the first letter
//! that it replaces, or like the one that it is put beside.

mod marking;

use super::format::{Format, read};
use super::import::ImportError;
use super::schema;
use super::tree::{Builder, Element, Mark, Run, Step, Tree};
pub use marking::mark;

/// Operations that one request may have.
pub const OPERATIONS: usize = 256;

/// How much all operations of one request may put into a document, in bytes: what is
/// put everywhere is put as often as it is found.
const ROOM: usize = 16 << 20;

/// What a line break counts for.
const BREAK: usize = 64;

/// A change to a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Puts other words where these are: once, or everywhere.
    Replace {
        /// What is looked for; not empty.
        find: String,
        /// What is there afterwards.
        replace: String,
        /// Everywhere.
        all: bool,
    },
    /// Puts something beside the first place where these words are.
    Insert {
        /// What is looked for; not empty.
        beside: String,
        /// In front of it.
        before: bool,
        /// What is put there: words; or, in a format, blocks beside the block.
        insert: String,
        /// The format.
        format: Option<Format>,
    },
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Amiss {
    /// The operation of this index, from 0, found nothing.
    #[error("operation {0} found nothing: its text is in no block; nothing was changed")]
    NotFound(usize),
    /// The operation of this index, from 0, would put too much in.
    #[error("operation {0} would put more than 16 MiB into the document; nothing was changed")]
    TooLarge(usize),
    /// Blocks are not what their format says.
    #[error("operation {0}: {1}")]
    Content(usize, ImportError),
    /// The bundled editor could not hold what would come of it.
    #[error("the document could not hold what would come of it: {0}; nothing was changed")]
    Unfit(String),
}

/// Carries out operations on a document, each on what the one before it left. How many
/// places each changed.
///
/// # Errors
/// The first operation that cannot be carried out; then none is.
pub fn amend(tree: &Tree, operations: &[Operation]) -> Result<(Tree, Vec<usize>), Amiss> {
    let was_fit = schema::check(tree).is_ok();
    let mut amended = tree.clone();
    let mut room = ROOM;
    let mut counts = Vec::with_capacity(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        let (next, count) = match operation {
            Operation::Insert {
                beside,
                before,
                insert,
                format: Some(format),
            } => {
                let blocks = blocks(insert, *format).map_err(|e| Amiss::Content(index, e))?;
                (put_blocks(&amended, beside, *before, &blocks), 1)
            }
            _ => {
                let mut words = Words::of(operation, room);
                let next = words.put(&amended);
                room = words.room.ok_or(Amiss::TooLarge(index))?;
                ((words.count > 0).then_some(next), words.count)
            }
        };
        amended = next.ok_or(Amiss::NotFound(index))?;
        counts.push(count);
    }
    if was_fit && let Err(unfit) = schema::check(&amended) {
        return Err(Amiss::Unfit(unfit.reason));
    }
    Ok((amended, counts))
}

/// The same for a text without blocks.
///
/// # Errors
/// As [`amend`]. Blocks cannot be put into a text; their words are.
pub fn amend_letters(text: &str, operations: &[Operation]) -> Result<(String, Vec<usize>), Amiss> {
    let mut amended = text.to_owned();
    let mut room = ROOM;
    let mut counts = Vec::with_capacity(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        let mut words = Words::of(operation, room);
        let mut next = String::with_capacity(amended.len());
        let mut end = 0;
        let mut count = 0;
        for (at, _) in amended.match_indices(words.find).take(words.most()) {
            if !words.has_room() {
                return Err(Amiss::TooLarge(index));
            }
            next.push_str(&amended[end..at + words.skips]);
            next.push_str(words.put);
            end = at + words.skips + words.takes;
            count += 1;
        }
        if count == 0 {
            return Err(Amiss::NotFound(index));
        }
        next.push_str(&amended[end..]);
        room = words.room.unwrap_or(0);
        amended = next;
        counts.push(count);
    }
    Ok((amended, counts))
}

fn blocks(content: &str, format: Format) -> Result<Tree, ImportError> {
    let refused = || ImportError::Malformed {
        format: format.name(),
        reason: "nothing is put in from this format".to_owned(),
    };
    let imported = read(content.as_bytes(), format).ok_or_else(refused)??;
    Ok(imported.tree)
}

/// Words to be found, and what is to be done where they are.
struct Words<'a> {
    find: &'a str,
    put: &'a str,
    /// So many bytes of what was found stay in front of what is put,
    skips: usize,
    /// and so many behind those go.
    takes: usize,
    all: bool,
    count: usize,
    /// How much more may be put. `None`: not even this could be.
    room: Option<usize>,
    /// What is taken of that each time.
    weight: usize,
}

impl<'a> Words<'a> {
    fn of(operation: &'a Operation, room: usize) -> Self {
        let (find, put, skips, takes, all) = match operation {
            Operation::Replace { find, replace, all } => (find, replace, 0, find.len(), *all),
            Operation::Insert {
                beside,
                before,
                insert,
                ..
            } => {
                let skips = if *before { 0 } else { beside.len() };
                (beside, insert, skips, 0, false)
            }
        };
        Self {
            find,
            put,
            skips,
            takes,
            all,
            count: 0,
            room: Some(room),
            weight: put.len() + BREAK * put.matches('\n').count(),
        }
    }

    /// Takes the room to put the words once.
    fn has_room(&mut self) -> bool {
        self.room = self.room.and_then(|room| room.checked_sub(self.weight));
        self.room.is_some()
    }

    fn most(&self) -> usize {
        match self.all {
            true => usize::MAX,
            false => 1 - self.count.min(1),
        }
    }

    fn put(&mut self, tree: &Tree) -> Tree {
        let mut builder = Builder::default();
        let mut line: Vec<&Run> = Vec::new();
        for step in tree.steps() {
            if let Step::Run(run) = step {
                line.push(run);
                continue;
            }
            self.rewrite(&std::mem::take(&mut line), &mut builder);
            match step {
                Step::Enter(_, element) => builder.open(element.clone()),
                Step::Leave(_) => builder.close(),
                Step::Run(_) => {}
            }
        }
        self.rewrite(&line, &mut builder);
        builder.finish()
    }

    fn rewrite(&mut self, line: &[&Run], builder: &mut Builder) {
        let text: String = line.iter().map(|run| run.text.as_str()).collect();
        let mut end = 0;
        for (at, _) in text.match_indices(self.find).take(self.most()) {
            if !self.has_room() {
                return;
            }
            let from = at + self.skips;
            copy(line, end..from, builder);
            end = from + self.takes;
            // The first letter that goes, or the one that it is put beside.
            let like = match self.takes > 0 || from == 0 || self.skips == 0 {
                true => from,
                false => from - 1,
            };
            let marks = match self.takes {
                0 => marks_beside(line, from, like),
                taken => marks_over(line, from..from + taken, like),
            };
            self.write(&marks, builder);
            self.count += 1;
        }
        copy(line, end..text.len(), builder);
    }

    /// Lines that are put into a block are broken there; code holds them as they are.
    fn write(&self, marks: &[Mark], builder: &mut Builder) {
        let parent = builder.at(builder.depth());
        let known = parent.and_then(|parent| schema::node_type(&parent.name));
        let breaks = known.is_some_and(|known| known.holds == schema::Holds::Line);
        if !breaks {
            return builder.run(self.put, marks.to_vec());
        }
        for (number, part) in self.put.split('\n').enumerate() {
            if number > 0 {
                builder.leaf(Element::named("hardBreak"));
            }
            builder.run(part.trim_end_matches('\r'), marks.to_vec());
        }
    }
}

/// The marks of what replaces a range: those of the letter at `like`. A suggestion is one
/// of all that goes, or none of what comes: words that nobody proposed would be rejected
/// with it, or deleted.
fn marks_over(line: &[&Run], range: std::ops::Range<usize>, like: usize) -> Vec<Mark> {
    let mut ends = 0;
    let taken: Vec<&Run> = line
        .iter()
        .copied()
        .filter(|run| {
            let begins = ends;
            ends += run.text.len();
            begins < range.end && range.start < ends
        })
        .collect();
    let stays = |mark: &&Mark| {
        !schema::is_suggestion(&mark.name) || taken.iter().all(|run| run.marks.contains(mark))
    };
    let marks = marks_at(line, like).iter();
    marks.filter(stays).cloned().collect()
}

/// The marks of what is put in at a place and replaces nothing, beside the letter at
/// `like`: as that, but for comments that end or begin there.
fn marks_beside(line: &[&Run], at: usize, like: usize) -> Vec<Mark> {
    let behind = marks_at(line, at);
    let is_end = at >= line.iter().map(|run| run.text.len()).sum::<usize>();
    let before = match at.checked_sub(1) {
        Some(before) => marks_at(line, before),
        None => &[],
    };
    let goes_on = |mark: &&Mark| {
        !mark.overlaps || (!is_end && before.contains(mark) && behind.contains(mark))
    };
    marks_at(line, like)
        .iter()
        .filter(goes_on)
        .cloned()
        .collect()
}

fn marks_at<'a>(line: &[&'a Run], at: usize) -> &'a [Mark] {
    let mut end = 0;
    for run in line {
        end += run.text.len();
        if at < end {
            return &run.marks;
        }
    }
    line.last().map_or(&[], |run| &run.marks)
}

fn copy(line: &[&Run], range: std::ops::Range<usize>, builder: &mut Builder) {
    let mut begin = 0;
    for run in line {
        let end = begin + run.text.len();
        let (from, to) = (range.start.max(begin), range.end.min(end));
        if from < to {
            builder.run(&run.text[from - begin..to - begin], run.marks.clone());
        }
        begin = end;
    }
}

/// Puts blocks beside the block in which the words are first. `None`: they are nowhere.
fn put_blocks(tree: &Tree, beside: &str, before: bool, blocks: &Tree) -> Option<Tree> {
    let block = block_of(tree, beside)?;
    let added = blocks.subtree(0).get(1..).unwrap_or_default();
    let mut builder = Builder::default();
    if block == 0 && before {
        builder.copy(added);
    }
    let mut open = Vec::new();
    for step in tree.steps() {
        match step {
            Step::Enter(place, element) => {
                if place == block && before {
                    builder.copy(added);
                }
                open.push(place);
                builder.open(element.clone());
            }
            Step::Run(run) => builder.run(&run.text, run.marks.clone()),
            Step::Leave(_) => {
                builder.close();
                if open.pop() == Some(block) && !before {
                    builder.copy(added);
                }
            }
        }
    }
    if block == 0 && !before {
        builder.copy(added);
    }
    Some(builder.finish())
}

/// The place of the block in which words are first.
fn block_of(tree: &Tree, find: &str) -> Option<usize> {
    let mut open = vec![0];
    let mut text = String::new();
    for step in tree.steps() {
        match step {
            Step::Run(run) => {
                text.push_str(&run.text);
                continue;
            }
            _ if text.contains(find) => return open.last().copied(),
            Step::Enter(place, _) => open.push(place),
            Step::Leave(_) => drop(open.pop()),
        }
        text.clear();
    }
    text.contains(find).then(|| open.last().copied())?
}

/// A document with the blocks of another at its end.
pub fn append(tree: &Tree, more: &Tree) -> Tree {
    let mut builder = Builder::default();
    for tree in [tree, more] {
        builder.copy(tree.nodes().get(1..).unwrap_or_default());
    }
    builder.finish()
}

/// Text with more of it at its end, on lines of its own.
pub fn append_letters(text: &str, more: &str) -> String {
    let newline = match text.is_empty() || text.ends_with('\n') {
        true => "",
        false => "\n",
    };
    format!("{text}{newline}{more}")
}

#[cfg(test)]
mod tests;
