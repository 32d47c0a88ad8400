//! A document as a Yjs update: the tree in an XML fragment, as the bundled editor
//! stores it (y-tiptap 3; docs/design.md, "Encoding").

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use sha2::{Digest, Sha256};
use yrs::encoding::write::Write;
use yrs::types::{Attrs, Delta};
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{
    Any, Doc, Map, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update, Xml,
    XmlElementPrelim, XmlElementRef, XmlFragment, XmlFragmentRef, XmlTextPrelim,
};

use super::roots::META;
use super::tree::{Element, Mark, Part, Run, Tree};

/// The key of a document's title in [`META`].
pub const TITLE: &str = "title";

/// The document as an update, v1, of a client that nobody was before, which writes it
/// into the root `root` in front of what is there, and the title where the editor
/// keeps it. Without either there is nothing to write, and the update is empty.
pub fn update(tree: &Tree, root: &str, title: Option<&str>) -> Vec<u8> {
    let doc = Doc::with_options(Options {
        offset_kind: OffsetKind::Utf16,
        cleanup_formatting: false,
        ..Options::default()
    });
    let fragment = doc.get_or_insert_xml_fragment(root);
    let meta = doc.get_or_insert_map(META);
    {
        let mut txn = doc.transact_mut();
        write(tree, &fragment, &mut txn);
        if let Some(title) = title {
            meta.insert(&mut txn, TITLE, title);
        }
    }
    doc.transact()
        .encode_state_as_update_v1(&StateVector::default())
}

/// An update of format v1 as one of v2. `None` when it is none.
pub fn second_version(update: &[u8]) -> Option<Vec<u8>> {
    Some(Update::decode_v1(update).ok()?.encode_v2())
}

/// Where children are written.
pub(super) enum Parent {
    Fragment(XmlFragmentRef),
    Element(XmlElementRef),
}

/// Writes all of a tree in front of what is in `fragment`. Children are written from
/// the last to the first, each in front of those behind it, since Yrs walks to any
/// other place.
pub fn write(tree: &Tree, fragment: &XmlFragmentRef, txn: &mut yrs::TransactionMut) {
    write_children(tree, 0, Parent::Fragment(fragment.clone()), txn);
}

/// Writes what is in the node at `place` in front of what is in `parent`.
pub(super) fn write_children(
    tree: &Tree,
    place: usize,
    parent: Parent,
    txn: &mut yrs::TransactionMut,
) {
    let mut todo = vec![(parent, place)];
    while let Some((parent, place)) = todo.pop() {
        let mut children: Vec<usize> = tree.children(place).collect();
        while let Some(child) = children.pop() {
            match &tree.nodes()[child].part {
                Part::Element(element) => {
                    let prelim = XmlElementPrelim::empty(Arc::clone(&element.name));
                    let written = match &parent {
                        Parent::Fragment(parent) => parent.insert(txn, 0, prelim),
                        Parent::Element(parent) => parent.insert(txn, 0, prelim),
                    };
                    write_attributes(element, &written, txn);
                    if tree.nodes()[child].size > 1 {
                        todo.push((Parent::Element(written), child));
                    }
                }
                Part::Run(_) => {
                    // Neighbours are one text.
                    let mut first = child;
                    while let Some(before) = children.pop_if(|before| run(tree, *before).is_some())
                    {
                        first = before;
                    }
                    let text = match &parent {
                        Parent::Fragment(parent) => parent.insert(txn, 0, XmlTextPrelim::new("")),
                        Parent::Element(parent) => parent.insert(txn, 0, XmlTextPrelim::new("")),
                    };
                    let runs = (first..=child).filter_map(|place| run(tree, place));
                    let delta = runs.map(|run| {
                        let formats = formats(&run.marks);
                        Delta::Inserted(run.text.clone(), Some(Box::new(formats)))
                    });
                    text.apply_delta(txn, delta.collect::<Vec<_>>());
                }
            }
        }
    }
}

/// Says of an element of which nothing is said what is said of it.
pub(super) fn write_attributes(
    element: &Element,
    written: &XmlElementRef,
    txn: &mut yrs::TransactionMut,
) {
    for (name, value) in &element.attributes {
        if !matches!(value, Any::Null | Any::Undefined) {
            written.insert_attribute(txn, Arc::clone(name), value.clone());
        }
    }
}

fn run(tree: &Tree, place: usize) -> Option<&Run> {
    match &tree.nodes()[place].part {
        Part::Run(run) => Some(run),
        Part::Element(_) => None,
    }
}

/// Marks as formats of a text.
pub fn formats(marks: &[Mark]) -> Attrs {
    marks
        .iter()
        .map(|mark| {
            let said: HashMap<String, Any> = mark
                .attributes
                .iter()
                .map(|(name, value)| (name.to_string(), value.clone()))
                .collect();
            (stored_name(mark), Any::Map(Arc::new(said)))
        })
        .collect()
}

/// The name by which a mark is stored: its own, or with a hash where several of this
/// name may lie on one text.
pub(super) fn stored_name(mark: &Mark) -> Arc<str> {
    match mark.overlaps {
        true => format!("{}--{}", mark.name, hash(mark)).into(),
        false => Arc::clone(&mark.name),
    }
}

/// The hash of a mark's JSON (y-tiptap, `hashOfJSON`): SHA-256 of its lib0 encoding,
/// folded to six bytes. Attributes are taken in the order of their names; an editor
/// takes them as its schema has them, and one that differs stores the mark anew when
/// it writes it again.
fn hash(mark: &Mark) -> String {
    const OBJECT: u8 = 118;
    let mut json = Vec::new();
    json.write_u8(OBJECT);
    json.write_u8(1 + u8::from(!mark.attributes.is_empty()));
    json.write_string("type");
    Any::from(&*mark.name).encode(&mut json);
    if !mark.attributes.is_empty() {
        json.write_string("attrs");
        json.write_u8(OBJECT);
        json.write_var(mark.attributes.len());
        for (name, value) in &mark.attributes {
            json.write_string(name);
            value.encode(&mut json);
        }
    }
    let mut folded = [0; 6];
    for (place, byte) in Sha256::digest(&json).into_iter().enumerate() {
        folded[place % 6] ^= byte;
    }
    BASE64.encode(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hashes are those of `look/encoding-dump`: a live editor wrote them.
    #[test]
    fn marks_that_overlap_are_stored_as_the_editor_stores_them() {
        let comment = |id: &str| Mark {
            overlaps: true,
            ..Mark::named("comment").with("id", id)
        };
        assert_eq!(&*stored_name(&comment("c1")), "comment--1tiVU/zO");
        assert_eq!(&*stored_name(&comment("c2")), "comment--pueABHZP");
    }
}
