//! What is done to threads by those who have no copy of their own: worked out on one,
//! as any other change is (`live::writing`).

use std::time::Instant;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use yrs::{
    Any, Array, ArrayPrelim, ArrayRef, Map, MapPrelim, MapRef, Out, TransactionMut, WriteTxn,
};

use super::{Author, LETTERS, MESSAGES, MOST, Thread, any_author, id_of, mark, quote, read};
use crate::export::passage;
use crate::export::revision::{Changed, Revision, Unrevisable, Wanted};
use crate::export::roots::{COMMENTS, Content};
use crate::export::tree::{Builder, Step, Tree};

/// When the last message of a thread was taken away.
const EMPTIED: &str = "emptied";

/// How long an answer to a thread without messages may be on its way: as in the web
/// (`web/src/comments/writing.ts`).
const EMPTY_FOR: Duration = Duration::days(30);

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A thread about words: where they stand for this time, from 0.
    Begin {
        /// The words; not empty.
        find: String,
        /// How many times they stand before that.
        skip: usize,
        /// What is said.
        text: String,
        /// By whom.
        by: Author,
    },
    /// A message at the end of a thread.
    Reply {
        /// The thread.
        thread: String,
        /// What is said.
        text: String,
        /// By whom.
        by: Author,
    },
    /// It is settled, by whom is said; or, by nobody, is open again.
    Settle {
        /// The thread.
        thread: String,
        /// By whom.
        by: Option<Author>,
    },
    /// Other words for a message.
    Reword {
        /// The thread.
        thread: String,
        /// The message.
        message: String,
        /// What it says then.
        text: String,
    },
    /// Takes a message away. The last one of a thread takes that along, and leaves its empty
    /// place: somebody may be answering it at that moment, and what is put into a place that
    /// was taken away is lost, in every copy.
    Withdraw {
        /// The thread.
        thread: String,
        /// The message.
        message: String,
    },
    /// Takes a thread away, and its marks.
    Delete {
        /// The thread.
        thread: String,
    },
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thread.
    #[error("the document has no comment {0:?}; GET …/comments lists those it has")]
    NoThread(String),
    /// There is no such message.
    #[error("the comment has no message {0:?}; GET …/comments lists those it has")]
    NoMessage(String),
    /// The words are nowhere, or not so often, or only where nothing can be marked.
    #[error(
        "the words to comment are not found: they must stand in one block, not in code, and as \
         often as `occurrence` says; nothing was changed"
    )]
    NotFound,
    /// There are as many as may be.
    #[error("the document has {MOST} comments, which are as many as may be; delete resolved ones")]
    TooMany,
    /// There are as many as may be.
    #[error("the comment has {MESSAGES} messages, which are as many as may be; begin another")]
    TooLong,
    /// Where comments should be is something else.
    #[error("the root \"comments\" of the document holds something else")]
    Taken,
    /// The text cannot be marked.
    #[error(transparent)]
    Unrevisable(#[from] Unrevisable),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The thread as it is then; `None` when it is gone.
    pub thread: Option<Thread>,
    /// The message that was written or changed.
    pub message: Option<String>,
    /// What was changed in the text.
    pub changed: Changed,
}

/// Does it on a copy. `ids` makes ids that nobody has, `now` is RFC 3339.
///
/// # Errors
/// The copy is not to be used then.
pub fn carry_out(
    revision: &mut Revision,
    act: &Act,
    now: &str,
    ids: &mut dyn FnMut() -> String,
    until: Instant,
) -> Result<Done, Refusal> {
    let found = revision.found(None);
    let tree = match found.content {
        Content::Document(tree) => Some(tree),
        Content::Text(_) | Content::Data(_) => None,
    };
    let threads = read(revision.doc(), tree.as_ref());
    let of = |id: &str| {
        let thread = threads.iter().find(|thread| thread.id == id);
        thread.ok_or_else(|| Refusal::NoThread(id.to_owned()))
    };
    let mut done = Done {
        thread: None,
        message: None,
        changed: Changed::default(),
    };
    let id = match act {
        Act::Begin {
            find,
            skip,
            text,
            by,
        } => {
            let Some(tree) = &tree else {
                return Err(Unrevisable::Text(found.root).into());
            };
            if threads.len() >= MOST {
                return Err(Refusal::TooMany);
            }
            let (id, first) = (ids(), ids());
            let marked = passage::mark(tree, find, *skip, &mark(&id)).ok_or(Refusal::NotFound)?;
            let wanted = Wanted::Document(marked);
            done.changed = revision.revise(&found.root, &wanted, until)?;
            revision.also(|txn| {
                let map = txn.get_or_insert_map(COMMENTS);
                clear(&map, now, txn);
                let thread = map.insert(txn, id.as_str(), MapPrelim::default());
                thread.insert(txn, "quote", quote(find));
                thread.insert(txn, "by", any_author(by));
                thread.insert(txn, "at", now);
                let messages = thread.insert(txn, "messages", ArrayPrelim::default());
                say(&messages, &first, text, by, now, txn);
            });
            done.message = Some(first);
            id
        }
        Act::Reply { thread, text, by } => {
            if of(thread)?.messages.len() >= MESSAGES {
                return Err(Refusal::TooLong);
            }
            let own = ids();
            change(revision, thread, |it, txn| {
                let messages = messages(it, txn)?;
                say(&messages, &own, text, by, now, txn);
                Some(())
            })?;
            done.message = Some(own);
            thread.clone()
        }
        Act::Settle { thread, by } => {
            let is_settled = of(thread)?.resolved.is_some();
            // Who settled it first did.
            if is_settled != by.is_some() {
                change(revision, thread, |it, txn| {
                    match by {
                        Some(by) => {
                            let said = [("by", any_author(by)), ("at", now.into())];
                            let said = said.map(|(key, value)| (key.to_owned(), value));
                            let said = std::collections::HashMap::from(said);
                            it.insert(txn, "resolved", Any::from(said));
                        }
                        None => drop(it.remove(txn, "resolved")),
                    }
                    Some(())
                })?;
            }
            thread.clone()
        }
        Act::Reword {
            thread,
            message,
            text,
        } => {
            let said = said(of(thread)?, message)?;
            if said != text {
                change(revision, thread, |it, txn| {
                    let (_, message) = find_message(it, message, txn)?;
                    message.insert(txn, "text", cut(text));
                    message.insert(txn, "edited", now);
                    Some(())
                })?;
            }
            done.message = Some(message.clone());
            thread.clone()
        }
        Act::Withdraw { thread, message } => {
            said(of(thread)?, message)?;
            let is_last = of(thread)?.messages.len() == 1;
            if is_last {
                done.changed = unmark(revision, thread, tree.as_ref(), &found.root, until)?;
            }
            change(revision, thread, |it, txn| {
                let (place, _) = find_message(it, message, txn)?;
                messages(it, txn)?.remove(txn, place);
                if is_last {
                    it.insert(txn, EMPTIED, now);
                }
                Some(())
            })?;
            thread.clone()
        }
        Act::Delete { thread } => {
            of(thread)?;
            done.changed = unmark(revision, thread, tree.as_ref(), &found.root, until)?;
            revision.also(|txn| {
                txn.get_or_insert_map(COMMENTS).remove(txn, thread);
            });
            thread.clone()
        }
    };
    let tree = match revision.found(Some(&found.root)).content {
        Content::Document(tree) => Some(tree),
        Content::Text(_) | Content::Data(_) => None,
    };
    let threads = read(revision.doc(), tree.as_ref());
    done.thread = threads.into_iter().find(|thread| thread.id == id);
    Ok(done)
}

fn said<'a>(thread: &'a Thread, message: &str) -> Result<&'a str, Refusal> {
    let found = thread.messages.iter().find(|it| it.id == message);
    let found = found.ok_or_else(|| Refusal::NoMessage(message.to_owned()))?;
    Ok(&found.text)
}

fn cut(text: &str) -> String {
    text.chars().take(LETTERS).collect()
}

fn say(
    messages: &ArrayRef,
    id: &str,
    text: &str,
    by: &Author,
    now: &str,
    txn: &mut TransactionMut<'_>,
) {
    let message = messages.push_back(txn, MapPrelim::default());
    message.insert(txn, "id", id);
    message.insert(txn, "by", any_author(by));
    message.insert(txn, "at", now);
    message.insert(txn, "text", cut(text));
}

/// Changes a thread that was read. What was read is what it should be, so there is
/// nothing to be said when it is not.
fn change(
    revision: &mut Revision,
    thread: &str,
    edit: impl FnOnce(&MapRef, &mut TransactionMut<'_>) -> Option<()>,
) -> Result<(), Refusal> {
    let done = revision.also(|txn| {
        let map = txn.get_or_insert_map(COMMENTS);
        match map.get(txn, thread) {
            Some(Out::YMap(it)) => edit(&it, txn),
            _ => None,
        }
    });
    done.ok_or(Refusal::Taken)
}

fn messages(thread: &MapRef, txn: &TransactionMut<'_>) -> Option<ArrayRef> {
    match thread.get(txn, "messages")? {
        Out::YArray(messages) => Some(messages),
        _ => None,
    }
}

/// Where a message is, and it.
fn find_message(thread: &MapRef, id: &str, txn: &TransactionMut<'_>) -> Option<(u32, MapRef)> {
    let messages = messages(thread, txn)?;
    let found = messages.iter(txn).enumerate().find_map(|(place, value)| {
        let Out::YMap(message) = value else {
            return None;
        };
        let is_it = matches!(
            message.get(txn, "id"),
            Some(Out::Any(Any::String(said))) if *said == *id
        );
        is_it.then_some((place, message))
    });
    let (place, message) = found?;
    Some((u32::try_from(place).ok()?, message))
}

/// Takes the marks of a thread off the text.
fn unmark(
    revision: &mut Revision,
    thread: &str,
    tree: Option<&Tree>,
    root: &str,
    until: Instant,
) -> Result<Changed, Refusal> {
    let Some(tree) = tree else {
        return Ok(Changed::default());
    };
    let wanted = Wanted::Document(keeping(tree, |id| id != thread));
    Ok(revision.revise(root, &wanted, until)?)
}

/// Takes the places away that nobody has answered in since long.
fn clear(threads: &MapRef, now: &str, txn: &mut TransactionMut<'_>) {
    let moment = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    let Some(before) = moment(now).and_then(|now| now.checked_sub(EMPTY_FOR)) else {
        return;
    };
    let is_over = |thread: &Out| {
        let Out::YMap(thread) = thread else {
            return false;
        };
        let is_empty = messages(thread, txn).is_some_and(|messages| messages.len(txn) == 0);
        let emptied = match thread.get(txn, EMPTIED) {
            Some(Out::Any(Any::String(emptied))) => moment(&emptied),
            _ => None,
        };
        is_empty && emptied.is_some_and(|emptied| emptied < before)
    };
    let over: Vec<String> = threads
        .iter(txn)
        .filter(|(_, thread)| is_over(thread))
        .map(|(id, _)| id.to_owned())
        .collect();
    for id in over {
        threads.remove(txn, &id);
    }
}

/// A document with the marks of those threads only that are to be kept.
pub fn keeping(tree: &Tree, is_kept: impl Fn(&str) -> bool) -> Tree {
    let mut builder = Builder::default();
    for step in tree.steps() {
        match step {
            Step::Enter(_, element) => builder.open(element.clone()),
            Step::Leave(_) => builder.close(),
            Step::Run(run) => {
                let marks = run
                    .marks
                    .iter()
                    .filter(|mark| id_of(mark).is_none_or(&is_kept));
                builder.run(&run.text, marks.cloned().collect());
            }
        }
    }
    builder.finish()
}
