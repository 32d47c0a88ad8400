//! The smallest edit that makes of a document what somebody wants it to be.
//!
//! A [`Revision`] is a copy of the document on which the edit is made, by a client that
//! nobody was before and in one transaction. The update that comes of it goes to the
//! document like anybody's: what others did there since the copy was taken stays, as
//! with any two people who write at once.
//!
//! Blocks are aligned first: those that are [the same](alike) keep their identity.
//! Of those that changed and are of one kind, attributes, letters and formats are
//! changed in place, and the blocks in them likewise. The rest is deleted and inserted.

pub(super) mod alignment;
pub(super) mod alike;
mod attributes;
pub(super) mod letters;
mod line;
mod pieces;
mod settling;
pub(super) mod sides;

use std::collections::HashMap;
use std::time::Instant;

use yrs::branch::{Branch, BranchPtr};
use yrs::types::Delta as Edits;
use yrs::types::text::YChange;
use yrs::types::xml::XmlIn;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Doc, OffsetKind, Options, Out, ReadTxn, StateVector, Text, TextRef, Transact,
    TransactionMut, Update, XmlElementPrelim, XmlTextPrelim, merge_updates_v1,
};

use super::delta::Delta;
use super::encoding::{self, Parent};
use super::roots::{self, Content, Found};
use super::schema;
use super::tree::Tree;
use alignment::{Step, align};
use line::Line;
pub use settling::settle;
use sides::{Asked, Sides, Standing, What};

/// What a root is to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// In a document of rich text: this.
    Document(Tree),
    /// In a text: these letters. What is among them and no letter stays.
    Letters(String),
    /// In a text: these letters, formats and what stands among them.
    Pieces(Delta),
}

/// How much an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed {
    /// Blocks that were not there, those inside others included.
    pub inserted_blocks: usize,
    /// Blocks that are gone, likewise.
    pub deleted_blocks: usize,
    /// Letters that came, in Unicode scalar values, those of new blocks included.
    pub inserted_characters: usize,
    /// Letters that are gone, likewise.
    pub deleted_characters: usize,
    /// Letters that stay and look otherwise.
    pub formatted_characters: usize,
    /// Attributes of nodes that stay which were set or taken away.
    pub attributes: usize,
}

/// Why a document cannot be made into what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrevisable {
    /// The copy does not decode.
    #[error("the document cannot be copied: {0}")]
    Unreadable(String),
    /// The root holds a map or a list.
    #[error("the root {0:?} holds data, no text: change it by an update")]
    Data(String),
    /// Something in the root looks like text and is none.
    #[error("the root {0:?} holds values where text should be: change it by an update")]
    Odd(String),
    /// The root holds a text, and blocks are wanted.
    #[error("the root {0:?} holds a text without blocks: send text, or an update")]
    Text(String),
    /// The root holds, or is to hold, too long a text.
    #[error("the text in the root {0:?} is too long for that: change it by an update")]
    Long(String),
    /// The root holds blocks, and a text is wanted.
    #[error("the root {0:?} holds blocks, and held a text without them: change it by an update")]
    Blocks(String),
}

/// A copy of a document, and the edit that was made on it.
#[derive(Debug)]
pub struct Revision {
    doc: Doc,
    update: Vec<u8>,
}

/// An update of nothing.
const NOTHING: [u8; 2] = [0, 0];

impl Revision {
    /// A copy of the document of which `state` is the whole, v1.
    ///
    /// # Errors
    /// When it is no update. It must have passed the guard.
    pub fn of(state: &[u8]) -> Result<Self, Unrevisable> {
        let unreadable = |error: &dyn std::fmt::Display| Unrevisable::Unreadable(error.to_string());
        let doc = Doc::with_options(Options {
            offset_kind: OffsetKind::Utf16,
            cleanup_formatting: false,
            should_load: false,
            ..Options::default()
        });
        let update = Update::decode_v1(state).map_err(|error| unreadable(&error))?;
        let applied = doc.transact_mut().apply_update(update);
        applied.map_err(|error| unreadable(&error))?;
        Ok(Self {
            doc,
            update: NOTHING.to_vec(),
        })
    }

    /// What is in a root of it, or in the one where its content is.
    pub fn found(&self, root: Option<&str>) -> Found {
        roots::read(&self.doc, root)
    }

    /// The copy, with the edit.
    pub fn doc(&self) -> &Doc {
        &self.doc
    }

    /// The client that makes the edit.
    pub fn client(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// The edit, as an update, v1.
    pub fn update(&self) -> &[u8] {
        &self.update
    }

    /// Makes an edit to what lies beside the text, in addition.
    pub fn also<T>(&mut self, edit: impl FnOnce(&mut TransactionMut<'_>) -> T) -> T {
        let mut txn = self.doc.transact_mut();
        let done = edit(&mut txn);
        let update = txn.encode_update_v1();
        drop(txn);
        self.update = match *self.update == NOTHING {
            true => update,
            // Should they not merge, the whole says the same, and more that is known.
            false => merge_updates_v1([&self.update, &update]).unwrap_or_else(|_| {
                let txn = self.doc.transact();
                txn.encode_state_as_update_v1(&StateVector::default())
            }),
        };
        done
    }

    /// Makes the edit. Once.
    ///
    /// # Errors
    /// When what is in the root is of another kind; the copy is not to be used then.
    pub fn revise(
        &mut self,
        root: &str,
        wanted: &Wanted,
        until: Instant,
    ) -> Result<Changed, Unrevisable> {
        let found = self.found(Some(root));
        let mut edit = Edit {
            until,
            changed: Changed::default(),
            is_odd: false,
        };
        let update = match (found.content, wanted) {
            (Content::Data(_), _) => return Err(Unrevisable::Data(root.to_owned())),
            (Content::Text(_), Wanted::Document(_)) => {
                return Err(Unrevisable::Text(root.to_owned()));
            }
            (Content::Document(tree), Wanted::Letters(_) | Wanted::Pieces(_))
                if !tree.is_empty() =>
            {
                return Err(Unrevisable::Blocks(root.to_owned()));
            }
            (_, Wanted::Pieces(wanted)) => {
                let text = self.doc.get_or_insert_text(root);
                let mut txn = self.doc.transact_mut();
                if text.len(&txn).max(units(&wanted.text())) > pieces::LETTERS {
                    return Err(Unrevisable::Long(root.to_owned()));
                }
                let changed = &mut edit.changed;
                edit.is_odd = !pieces::become_delta(&text, wanted, until, changed, &mut txn);
                txn.encode_update_v1()
            }
            (_, Wanted::Letters(letters)) => {
                let text = self.doc.get_or_insert_text(root);
                let mut txn = self.doc.transact_mut();
                edit.letters(&text, letters, &mut txn);
                txn.encode_update_v1()
            }
            (Content::Document(_), Wanted::Document(wanted)) => {
                let fragment = self.doc.get_or_insert_xml_fragment(root);
                let mut txn = self.doc.transact_mut();
                let branch = BranchPtr::from(AsRef::<Branch>::as_ref(&fragment));
                edit.document(branch, wanted, &mut txn);
                txn.encode_update_v1()
            }
        };
        if edit.is_odd {
            return Err(Unrevisable::Odd(root.to_owned()));
        }
        self.update = update;
        Ok(edit.changed)
    }
}

/// An edit in the making.
struct Edit {
    until: Instant,
    changed: Changed,
    /// Places cannot be told: nothing of it is to be used.
    is_odd: bool,
}

impl Edit {
    fn document(&mut self, root: BranchPtr, new: &Tree, txn: &mut TransactionMut<'_>) {
        let mut places = HashMap::new();
        let old = roots::tree_of(root, txn, |place, element| {
            places.insert(AsRef::<Branch>::as_ref(element).id(), place);
        });
        let (old_prints, new_prints) = (alike::prints(&old), alike::prints(new));
        let sides = Sides {
            old: &old,
            old_prints: &old_prints,
            places: &places,
            new,
            new_prints: &new_prints,
        };
        let mut todo = vec![(root, 0)];
        while let Some((parent, wanted)) = todo.pop() {
            self.place(&sides, parent, wanted, txn, &mut todo);
        }
    }

    /// What is directly in `parent` becomes what is directly in the node at `wanted`.
    fn place(
        &mut self,
        sides: &Sides<'_>,
        parent: BranchPtr,
        wanted: usize,
        txn: &mut TransactionMut<'_>,
        todo: &mut Vec<(BranchPtr, usize)>,
    ) {
        let standing = sides.standing(parent, txn);
        let end = standing.last().map_or(0, |last| last.at + last.len);
        if end != parent.content_len() {
            self.is_odd = true;
            return;
        }
        let asked = sides::asked(sides.new, wanted);
        let old: Vec<_> = standing.iter().map(|one| sides.unit(one)).collect();
        let new: Vec<_> = asked.iter().map(|one| sides.asked_unit(one)).collect();
        let in_it = |is_old: bool, place: usize| match is_old {
            true => sides.words(&standing[place]),
            false => sides.asked_words(&asked[place]),
        };
        let steps = align(&old, &new, &in_it, self.until);
        let text = TextRef::from(parent);
        let mut delta: Vec<Edits<XmlIn>> = Vec::new();
        let mut changes = Vec::new();
        // Where what is inserted will be, and what it is.
        let mut inserted = Vec::new();
        let (mut place, mut index) = (0, 0);
        for step in steps {
            match step {
                Step::Keep | Step::Change(..) => {
                    if let Step::Change(one, other) = step {
                        changes.push((one, other));
                    }
                    retain(&mut delta, standing[place].len);
                    index += standing[place].len;
                    place += 1;
                }
                Step::Delete(_) => {
                    let one = &standing[place];
                    place += 1;
                    // Somebody may just begin to write in it, and nobody sees it.
                    if matches!(&one.what, What::Line(line) if line.is_empty()) {
                        retain(&mut delta, one.len);
                        index += one.len;
                        continue;
                    }
                    self.count_gone(sides, one);
                    match delta.last_mut() {
                        Some(Edits::Deleted(len)) => *len += one.len,
                        _ => delta.push(Edits::Deleted(one.len)),
                    }
                }
                Step::Insert(other) => {
                    let asked = &asked[other];
                    let prelim = match asked {
                        Asked::Element(place) => {
                            let name = sides.new.nodes()[*place].name().unwrap_or_default();
                            XmlIn::from(XmlElementPrelim::empty(name))
                        }
                        Asked::Line(..) => XmlIn::from(XmlTextPrelim::new("")),
                    };
                    delta.push(Edits::Inserted(prelim, None));
                    self.count_come(sides, asked);
                    inserted.push((index, other));
                    index += 1;
                }
            }
        }
        if delta.iter().any(|op| !matches!(op, Edits::Retain(..))) {
            text.apply_delta(txn, delta);
        }
        self.fill(sides, &text, &asked, &inserted, txn);
        for (one, other) in changes {
            match (&standing[one].what, &asked[other]) {
                (What::Element(element, here), Asked::Element(there)) => {
                    let old = sides.old.nodes()[*here].element();
                    let new = sides.new.nodes()[*there].element();
                    if let (Some(old), Some(new)) = (old, new) {
                        self.changed.attributes += attributes::revise(element, old, new, txn);
                    }
                    let branch = BranchPtr::from(AsRef::<Branch>::as_ref(element));
                    todo.push((branch, *there));
                }
                (What::Line(line), Asked::Line(first, count)) => {
                    let runs = Line::asked(sides.new, *first, *count);
                    line.becomes(&runs, self.until, &mut self.changed, txn);
                }
                _ => {}
            }
        }
    }

    /// Writes into what was inserted at these indexes what is to be in it.
    fn fill(
        &self,
        sides: &Sides<'_>,
        parent: &TextRef,
        asked: &[Asked],
        inserted: &[(u32, usize)],
        txn: &mut TransactionMut<'_>,
    ) {
        if inserted.is_empty() {
            return;
        }
        let mut next = inserted.iter().peekable();
        let mut index = 0;
        for part in parent.diff(txn, YChange::identity) {
            let at = index;
            index += length(&part.insert);
            let Some((_, other)) = next.next_if(|(inserted, _)| *inserted == at) else {
                continue;
            };
            match (part.insert, &asked[*other]) {
                (Out::YXmlElement(element), Asked::Element(place)) => {
                    if let Some(said) = sides.new.nodes()[*place].element() {
                        encoding::write_attributes(said, &element, txn);
                    }
                    encoding::write_children(sides.new, *place, Parent::Element(element), txn);
                }
                (Out::YXmlText(text), Asked::Line(first, count)) => {
                    Line::asked(sides.new, *first, *count).write(&text, txn);
                }
                _ => {}
            }
        }
    }

    /// A text becomes these letters.
    fn letters(&mut self, text: &TextRef, letters: &str, txn: &mut TransactionMut<'_>) {
        let Some(edits) = line::of_text(text, letters, self.until, &mut self.changed, txn) else {
            self.is_odd = true;
            return;
        };
        if edits.iter().any(|op| !matches!(op, Edits::Retain(..))) {
            text.apply_delta(txn, edits);
        }
    }

    fn count_gone(&mut self, sides: &Sides<'_>, one: &Standing) {
        match &one.what {
            What::Element(_, place) => {
                let (blocks, letters) = extent(sides.old, *place);
                self.changed.deleted_blocks += blocks;
                self.changed.deleted_characters += letters;
            }
            What::Line(line) => self.changed.deleted_characters += line.letters(),
            What::Odd => self.changed.deleted_blocks += 1,
        }
    }

    fn count_come(&mut self, sides: &Sides<'_>, asked: &Asked) {
        match asked {
            Asked::Element(place) => {
                let (blocks, letters) = extent(sides.new, *place);
                self.changed.inserted_blocks += blocks;
                self.changed.inserted_characters += letters;
            }
            Asked::Line(first, count) => {
                let runs = Line::asked(sides.new, *first, *count);
                self.changed.inserted_characters += runs.letters();
            }
        }
    }
}

/// Blocks and letters of a node.
fn extent(tree: &Tree, place: usize) -> (usize, usize) {
    let names = tree.subtree(place).iter().filter_map(|node| node.name());
    let blocks = names.filter(|name| !schema::is_inline(name)).count();
    (
        blocks,
        sides::texts(tree, place)
            .map(|text| text.chars().count())
            .sum(),
    )
}

fn retain<T>(delta: &mut Vec<Edits<T>>, more: u32) {
    match delta.last_mut() {
        Some(Edits::Retain(len, None)) => *len += more,
        _ => delta.push(Edits::Retain(more, None)),
    }
}

/// How much room something takes where it is, as Yrs counts.
fn length(part: &Out) -> u32 {
    match part {
        Out::Any(Any::String(text)) => units(text),
        _ => 1,
    }
}

/// UTF-16 units.
fn units(text: &str) -> u32 {
    text.chars().map(|letter| letter.len_utf16() as u32).sum()
}
