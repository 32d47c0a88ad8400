//! A document as a tree, and by whom each letter of it is: the ids of its items.
//!
//! An id is a client and a clock (Yjs, "INTERNALS.md"), and a letter keeps its id for as
//! long as it lives. Clocks count UTF-16 units.

use yrs::branch::Branch;
use yrs::{Any, BranchID, Doc, ID, Out, Transact};

use super::delta::{self, Delta, Piece};
use super::roots::{self, Content, Found};
use super::tree::{Builder, Element, Part, Tree};
use super::walk::{Step, walk_items};

/// What a stretch of a document is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// Who wrote it.
    pub client: u64,
    /// Its place in all that this client wrote.
    pub clock: u32,
}

/// Letters that follow each other in a run, and were written one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The node that they are in.
    place: usize,
    /// How many, in Unicode scalar values.
    pub letters: usize,
    /// Of the first of them. `None` where it is not known.
    pub id: Option<Id>,
}

/// A tree, and the ids of what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    tree: Tree,
    /// Of every run one or more; of an element one, of no letters.
    stretches: Vec<Stretch>,
}

impl Signed {
    /// Reads a root of a document, or the one where its content is. A text is read as
    /// lines. `None` when it holds data. Gives the root, too.
    pub fn read(doc: &Doc, asked: Option<&str>) -> (String, Option<Self>) {
        let Found { root, content } = roots::read(doc, asked);
        let signed = match content {
            Content::Data(_) => None,
            Content::Document(tree) => Some(Self::sign(tree, doc, &root, false)),
            Content::Text(delta) => Some(Self::sign(lines(&delta), doc, &root, true)),
        };
        (root, signed)
    }

    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The stretches that the node at `place` consists of.
    pub fn stretches(&self, place: usize) -> &[Stretch] {
        let begin = self.stretches.partition_point(|one| one.place < place);
        let end = self.stretches.partition_point(|one| one.place <= place);
        &self.stretches[begin..end]
    }

    /// The id of an element, or of the first letter of a run.
    pub fn id(&self, place: usize) -> Option<Id> {
        self.stretches(place).first()?.id
    }

    /// Finds the ids of the items in the order in which the tree was made of them.
    fn sign(tree: Tree, doc: &Doc, root: &str, is_text: bool) -> Self {
        let mut pen = Pen::of(&tree);
        if is_text {
            // No newline begins the first line.
            pen.element(None);
        }
        let mut txn = doc.transact_mut();
        if let Some(branch) = roots::branches(&txn).remove(root) {
            walk_items(branch, &mut txn, |step| pen.step(step));
        }
        // Ids of something else are worth nothing.
        let stretches = match pen.is_through() {
            true => pen.stretches,
            false => unsigned(&tree),
        };
        Self { tree, stretches }
    }
}

/// Of a tree of which nobody knows whose it is.
fn unsigned(tree: &Tree) -> Vec<Stretch> {
    let nodes = tree.nodes().iter().enumerate();
    let unsigned = nodes.map(|(place, node)| Stretch {
        place,
        letters: letters(&node.part),
        id: None,
    });
    unsigned.collect()
}

fn letters(part: &Part) -> usize {
    match part {
        Part::Run(run) => run.text.chars().count(),
        Part::Element(_) => 0,
    }
}

/// Writes the ids of items beside the nodes of a tree.
struct Pen<'a> {
    tree: &'a Tree,
    /// The node that was reached.
    place: usize,
    /// Letters of it that are not signed yet.
    left: usize,
    stretches: Vec<Stretch>,
    /// What was met is not what the tree is made of.
    is_lost: bool,
}

impl<'a> Pen<'a> {
    fn of(tree: &'a Tree) -> Self {
        let document = Stretch {
            place: 0,
            letters: 0,
            id: None,
        };
        Self {
            tree,
            place: 0,
            left: 0,
            stretches: vec![document],
            is_lost: false,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Enter(element) => {
                let id = match AsRef::<Branch>::as_ref(&element).id() {
                    BranchID::Nested(id) => Some(Id::from(id)),
                    BranchID::Root(_) => None,
                };
                self.element(id);
            }
            Step::Run {
                insert: Out::Any(Any::String(text)),
                id,
                ..
            } => self.text(&text, id.map(Id::from)),
            Step::Run { id, .. } => self.element(id.map(Id::from)),
            Step::Leave => {}
        }
    }

    fn element(&mut self, id: Option<Id>) {
        self.is_lost |= self.left > 0;
        self.place += 1;
        let node = self.tree.nodes().get(self.place);
        self.is_lost |= node.is_none_or(|node| node.element().is_none());
        self.stretches.push(Stretch {
            place: self.place,
            letters: 0,
            id,
        });
    }

    fn text(&mut self, text: &str, id: Option<Id>) {
        let mut id = id;
        let mut text = text;
        while !text.is_empty() && !self.is_lost {
            // A line of a text ends: what follows is in the next.
            if self.left == 0
                && let Some(rest) = text.strip_prefix('\n')
                && self.begins_line()
            {
                self.element(id);
                id = id.map(|id| id.behind(1));
                text = rest;
                continue;
            }
            self.run(&mut text, &mut id);
        }
    }

    fn begins_line(&self) -> bool {
        let node = self.tree.nodes().get(self.place + 1);
        node.and_then(|node| node.name()) == Some(LINE)
    }

    /// The next letters of a run.
    fn run(&mut self, text: &mut &str, id: &mut Option<Id>) {
        if self.left == 0 {
            self.place += 1;
            let node = self.tree.nodes().get(self.place);
            self.left = node.map_or(0, |node| letters(&node.part));
            if self.left == 0 {
                self.is_lost = true;
                return;
            }
        }
        let end = text.char_indices().nth(self.left);
        let (here, rest) = text.split_at(end.map_or(text.len(), |(end, _)| end));
        let count = here.chars().count();
        self.stretches.push(Stretch {
            place: self.place,
            letters: count,
            id: *id,
        });
        self.left -= count;
        *id = id.map(|id| id.behind(here.encode_utf16().count()));
        *text = rest;
    }

    fn is_through(&self) -> bool {
        !self.is_lost && self.left == 0 && self.place + 1 == self.tree.nodes().len()
    }
}

/// A line of a text that is a root, as no editor of ours names anything.
const LINE: &str = "line";

/// A text as lines. Formats of a line are those of the newline that ends it.
fn lines(delta: &Delta) -> Tree {
    let mut builder = Builder::default();
    builder.open(Element::named(LINE));
    for piece in &delta.0 {
        match piece {
            Piece::Text(text, formats) => {
                for (number, line) in text.split('\n').enumerate() {
                    if number > 0 {
                        builder.close();
                        builder.open(Element::named(LINE));
                    }
                    builder.run(line, delta::marks(formats));
                }
            }
            Piece::Embed(value, _) => builder.leaf(delta::embed(value)),
        }
    }
    builder.finish()
}

impl Id {
    /// So many UTF-16 units further on.
    pub fn behind(self, units: usize) -> Self {
        Self {
            clock: self.clock.saturating_add(units as u32),
            ..self
        }
    }
}

impl From<ID> for Id {
    fn from(id: ID) -> Self {
        Self {
            client: id.client.get(),
            clock: id.clock,
        }
    }
}

#[cfg(test)]
mod tests {
    use yrs::updates::decoder::Decode;
    use yrs::{Options, ReadTxn, Text, Update, XmlElementPrelim, XmlFragment, XmlTextPrelim};

    use super::*;

    fn by(client: u64) -> Doc {
        Doc::with_options(Options {
            offset_kind: yrs::OffsetKind::Utf16,
            ..Options::with_client_id(yrs::ClientID::new(client))
        })
    }

    fn tell(from: &Doc, to: &Doc) {
        let update = from
            .transact()
            .encode_state_as_update_v1(&Default::default());
        let update = Update::decode_v1(&update).unwrap();
        to.transact_mut().apply_update(update).unwrap();
    }

    /// A node, or some letters, how many, and whose.
    type Said = (String, usize, Option<(u64, u32)>);

    fn said(signed: &Signed) -> Vec<Said> {
        let mut said = Vec::new();
        for (place, node) in signed.tree.nodes().iter().enumerate() {
            let mut rest = match &node.part {
                Part::Run(run) => run.text.chars().collect::<Vec<_>>(),
                Part::Element(element) => {
                    let id = signed.id(place).map(|id| (id.client, id.clock));
                    said.push((format!("<{}>", element.name), 0, id));
                    continue;
                }
            };
            for stretch in signed.stretches(place) {
                let text: String = rest.drain(..stretch.letters).collect();
                said.push((
                    text,
                    stretch.letters,
                    stretch.id.map(|id| (id.client, id.clock)),
                ));
            }
            assert!(rest.is_empty());
        }
        said
    }

    #[test]
    fn letters_are_by_those_who_wrote_them() {
        let (ada, bob) = (by(1), by(2));
        let root = ada.get_or_insert_xml_fragment("content");
        let text = {
            let mut txn = ada.transact_mut();
            let block = root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            block.push_back(&mut txn, XmlTextPrelim::new("one 🦀 two"))
        };
        tell(&ada, &bob);
        let theirs = bob.get_or_insert_xml_fragment("content");
        {
            let mut txn = bob.transact_mut();
            let block = theirs.get(&txn, 0).unwrap().into_xml_element().unwrap();
            let line = block.get(&txn, 0).unwrap().into_xml_text().unwrap();
            line.insert(&mut txn, 7, "and ");
        }
        tell(&bob, &ada);
        text.remove_range(&mut ada.transact_mut(), 0, 2);
        let (root, signed) = Signed::read(&ada, None);
        assert_eq!(root, "content");
        assert_eq!(
            said(&signed.unwrap()),
            [
                ("<doc>".to_owned(), 0, None),
                ("<paragraph>".to_owned(), 0, Some((1, 0))),
                ("e 🦀 ".to_owned(), 4, Some((1, 4))),
                ("and ".to_owned(), 4, Some((2, 0))),
                ("two".to_owned(), 3, Some((1, 9))),
            ]
        );
    }

    #[test]
    fn a_text_is_signed_line_by_line() {
        let ada = by(1);
        let text = ada.get_or_insert_text("notes");
        text.insert(&mut ada.transact_mut(), 0, "\nb\n\ncd");
        text.insert(&mut ada.transact_mut(), 1, "a");
        let (root, signed) = Signed::read(&ada, None);
        assert_eq!(root, "notes");
        let line = "<line>".to_owned();
        assert_eq!(
            said(&signed.unwrap()),
            [
                ("<doc>".to_owned(), 0, None),
                (line.clone(), 0, None),
                (line.clone(), 0, Some((1, 0))),
                ("a".to_owned(), 1, Some((1, 6))),
                ("b".to_owned(), 1, Some((1, 1))),
                (line.clone(), 0, Some((1, 2))),
                (line, 0, Some((1, 3))),
                ("cd".to_owned(), 2, Some((1, 4))),
            ]
        );
    }
}
