//! Threads about words of a document: read from a map that lies beside the text in the
//! same document, and found in the text by a mark (docs/comments.md).
//!
//! Whoever may write the document may write anything into that map. What does not look
//! like a thread is none, and what is odd about one is mended while it is read.

pub mod acts;
mod carry;
pub mod written;

use std::collections::HashMap;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use yrs::branch::BranchPtr;
use yrs::{Any, Array, Doc, Map, MapRef, Out, ReadTxn, Transact};

use super::roots::{self, COMMENTS};
use super::schema;
use super::tree::{Mark, Step, Tree};
use crate::label;

pub use carry::carry;

/// Letters that a message may have.
pub const LETTERS: usize = 10_000;

/// Threads that a document may have.
pub const MOST: usize = 1000;

/// Messages that a thread may have where one is added over REST.
pub const MESSAGES: usize = 1000;

/// The longest moment, in bytes; what is longer counts fractions that nobody can tell.
const MOMENT: usize = 40;

/// Of what says no moment.
const BEGINNING: &str = "1970-01-01T00:00:00Z";

/// Letters of the words that are kept for when they are deleted.
const QUOTED: usize = 300;

/// Letters of a name that are shown.
const NAMED: usize = 256;

/// Somebody, as they called themselves. It proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// What they are called.
    pub name: String,
    /// `#rrggbb`, if they have a colour.
    pub color: Option<String>,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Unlike that of every other in the thread.
    pub id: String,
    /// Who said it.
    pub by: Author,
    /// When, RFC 3339.
    pub at: String,
    /// The words.
    pub text: String,
    /// When it was changed last.
    pub edited: Option<String>,
}

/// A thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The name of its mark, too.
    pub id: String,
    /// The words that it was begun about.
    pub quote: String,
    /// Those that bear its mark now. `None`: they were deleted.
    pub words: Option<String>,
    /// Who began it.
    pub by: Author,
    /// When.
    pub at: String,
    /// Who resolved it, and when.
    pub resolved: Option<(Author, String)>,
    /// At least one.
    pub messages: Vec<Message>,
}

/// Reads the threads of a document of which the text is `tree`, in the order of their
/// words; those without come last, by when they were begun.
pub fn read(doc: &Doc, tree: Option<&Tree>) -> Vec<Thread> {
    let words = tree.map(words).unwrap_or_default();
    let txn = doc.transact();
    let Some(branch) = roots::branches(&txn).remove(COMMENTS) else {
        return Vec::new();
    };
    let map = MapRef::from(branch);
    let mut threads: Vec<(usize, Thread)> = map
        .iter(&txn)
        .filter_map(|(id, value)| thread(id, &value, &txn))
        .map(|mut thread| {
            let found = words.get(&thread.id);
            thread.words = found.map(|(_, words)| words.clone());
            (found.map_or(usize::MAX, |(place, _)| *place), thread)
        })
        .collect();
    threads.sort_by(|(place, a), (other, b)| (place, &a.at, &a.id).cmp(&(other, &b.at, &b.id)));
    threads.into_iter().map(|(_, thread)| thread).collect()
}

/// Whether something in a map is a thread.
pub(super) fn has_threads<T: ReadTxn>(branch: BranchPtr, txn: &T) -> bool {
    MapRef::from(branch)
        .iter(txn)
        .any(|(id, value)| thread(id, &value, txn).is_some())
}

/// About how many bytes threads take when they are told.
pub fn weight(threads: &[Thread]) -> usize {
    let said = |thread: &Thread| {
        let words = thread.quote.len() + thread.words.as_ref().map_or(0, String::len);
        let messages = thread
            .messages
            .iter()
            .map(|it| it.text.len() + it.by.name.len() + 128);
        words + messages.sum::<usize>() + 256
    };
    threads.iter().map(said).sum()
}

/// Of each thread that is marked in a text: where it is among them, and its words.
fn words(tree: &Tree) -> HashMap<String, (usize, String)> {
    let mut found: HashMap<String, (usize, String)> = HashMap::new();
    // Where the words of each ended: in which line.
    let mut lines: HashMap<String, usize> = HashMap::new();
    let mut line = 0;
    for step in tree.steps() {
        let Step::Run(run) = step else {
            line += 1;
            continue;
        };
        for id in run.marks.iter().filter_map(id_of) {
            let next = found.len();
            if next >= MOST && !found.contains_key(id) {
                continue;
            }
            let (_, words) = found
                .entry(id.to_owned())
                .or_insert_with(|| (next, String::new()));
            // A few are enough to know them by, however many marks lie on a text.
            let room = LETTERS.saturating_sub(words.len());
            if room == 0 {
                continue;
            }
            if lines
                .insert(id.to_owned(), line)
                .is_some_and(|last| last != line)
            {
                words.push(' ');
            }
            words.extend(run.text.chars().take(room));
        }
    }
    found
}

/// The thread that a mark is of.
pub fn id_of(mark: &Mark) -> Option<&str> {
    (&*mark.name == schema::COMMENT)
        .then(|| mark.text("id"))?
        .filter(|id| is_id(id))
}

/// The mark of a thread.
pub fn mark(id: &str) -> Mark {
    Mark {
        overlaps: true,
        ..Mark::named(schema::COMMENT).with("id", id)
    }
}

/// Ids stand in addresses and in pages, so they are of plain letters.
pub fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=64).contains(&id.len()) && id.chars().all(plain)
}

fn thread<T: ReadTxn>(id: &str, value: &Out, txn: &T) -> Option<Thread> {
    let Out::YMap(thread) = value else {
        return None;
    };
    let Some(Out::YArray(messages)) = thread.get(txn, "messages") else {
        return None;
    };
    let messages: Vec<Message> = messages
        .iter(txn)
        .filter_map(|value| message(&value, txn))
        .collect();
    if messages.is_empty() || !is_id(id) {
        return None;
    }
    let resolved = match thread.get(txn, "resolved") {
        Some(Out::Any(Any::Map(said))) => Some((author(said.get("by")), moment(said.get("at")))),
        _ => None,
    };
    Some(Thread {
        id: id.to_owned(),
        quote: quote(&text(any(thread, "quote", txn).as_ref()).unwrap_or_default()),
        words: None,
        by: author(any(thread, "by", txn).as_ref()),
        at: moment(any(thread, "at", txn).as_ref()),
        resolved,
        messages,
    })
}

fn message<T: ReadTxn>(value: &Out, txn: &T) -> Option<Message> {
    let Out::YMap(message) = value else {
        return None;
    };
    let id = text(any(message, "id", txn).as_ref()).filter(|id| is_id(id))?;
    let said = text(any(message, "text", txn).as_ref())?;
    if said.trim().is_empty() {
        return None;
    }
    let edited = any(message, "edited", txn);
    Some(Message {
        id,
        by: author(any(message, "by", txn).as_ref()),
        at: moment(any(message, "at", txn).as_ref()),
        text: said.chars().take(LETTERS).collect(),
        edited: matches!(edited, Some(Any::String(_))).then(|| moment(edited.as_ref())),
    })
}

fn any<T: ReadTxn>(map: &MapRef, key: &str, txn: &T) -> Option<Any> {
    match map.get(txn, key)? {
        Out::Any(any) => Some(any),
        _ => None,
    }
}

fn text(any: Option<&Any>) -> Option<String> {
    match any? {
        Any::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn author(any: Option<&Any>) -> Author {
    let said = |key: &str| match any {
        Some(Any::Map(said)) => text(said.get(key)),
        _ => None,
    };
    let name: String = said("name").unwrap_or_default();
    let name: String = label::letters(&name).take(NAMED).collect();
    let is_colour = |color: &String| {
        color.len() == 7
            && color.starts_with('#')
            && color[1..].chars().all(|c| c.is_ascii_hexdigit())
    };
    Author {
        name: match name.trim() {
            "" => "Guest".to_owned(),
            name => name.to_owned(),
        },
        color: said("color")
            .filter(|color| color.is_ascii())
            .filter(is_colour),
    }
}

/// A moment as it was written, if that is one in UTC that can be counted with; else the
/// same moment there, or the beginning of time if it is none. Anybody writes what they
/// like: an offset can lead out of the years there are.
fn moment(any: Option<&Any>) -> String {
    let said = text(any).filter(|at| at.len() <= MOMENT);
    let at = said
        .as_ref()
        .and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok())
        .and_then(|at| at.checked_to_offset(UtcOffset::UTC));
    match (said, at) {
        (Some(said), Some(_)) if said.ends_with('Z') => said,
        (_, Some(at)) => at.format(&Rfc3339).unwrap_or_else(|_| BEGINNING.to_owned()),
        _ => BEGINNING.to_owned(),
    }
}

/// Words, short enough to stand above a thread.
fn quote(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(QUOTED) {
        Some(_) => words.chars().take(QUOTED - 1).chain(['…']).collect(),
        None => words,
    }
}

/// As a value of the map.
fn any_author(author: &Author) -> Any {
    let color = author.color.iter().map(|color| ("color", color));
    let said = [("name", &author.name)].into_iter().chain(color);
    let said = said.map(|(key, value)| (key.to_owned(), Any::from(value.as_str())));
    Any::from(said.collect::<HashMap<_, _>>())
}

#[cfg(test)]
mod tests;
