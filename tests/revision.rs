//! The smallest edit: a document becomes what is wanted, and what is the same on both
//! sides is the same thing afterwards.
//!
//! `COWRITE_SEED` replays random documents, `COWRITE_DOCUMENTS` says how many.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use bytes::Bytes;
use cowrite::export::revision::{Changed, Revision, Wanted, settle};
use cowrite::export::tree::{Builder, Element, Mark, Tree};
use cowrite::export::{self, Content, DEFAULT_ROOT, Format, encoding};
use cowrite::replica::{Limits, Replica};
use support::trees::each;
use yrs::types::text::YChange;
use yrs::{
    Any, Out, ReadTxn, Text, Transact, XmlElementPrelim, XmlElementRef, XmlFragment, XmlOut,
    XmlTextPrelim,
};

fn until() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn json(tree: &Tree) -> String {
    export::format::write(&Content::Document(tree.clone()), Format::Json, "").body
}

fn read(markdown: &str) -> Tree {
    let read = export::format::read(markdown.as_bytes(), Format::Markdown);
    read.unwrap().unwrap().tree
}

fn markdown(tree: &Tree) -> String {
    export::format::write(&Content::Document(tree.clone()), Format::Markdown, "").body
}

fn tree_in(doc: &yrs::Doc) -> Tree {
    match export::roots::read(doc, Some(DEFAULT_ROOT)).content {
        Content::Document(tree) => tree,
        other => panic!("no document: {other:?}"),
    }
}

/// A replica that holds a tree.
fn replica_of(tree: &Tree) -> Replica {
    let mut replica = Replica::empty(Limits::default());
    takes(&mut replica, encoding::update(tree, DEFAULT_ROOT, None));
    replica
}

/// By way of the guard, whole.
fn takes(replica: &mut Replica, update: Vec<u8>) {
    replica.apply(&Bytes::from(update)).unwrap();
    while replica.is_working() {
        let worked = replica.work(&mut || cowrite::replica::Pace::Go).unwrap();
        assert!(worked.is_none_or(|worked| worked.refused.is_none()));
    }
}

fn revise(replica: &Replica, wanted: &Tree) -> (Vec<u8>, Changed) {
    let mut revision = Revision::of(&replica.snapshot()).unwrap();
    let wanted = Wanted::Document(wanted.clone());
    let changed = revision.revise(DEFAULT_ROOT, &wanted, until()).unwrap();
    assert_eq!(
        json(&tree_in(revision.doc())),
        match &wanted {
            Wanted::Document(tree) => json(tree),
            Wanted::Letters(_) | Wanted::Pieces(_) => unreachable!(),
        }
    );
    (revision.update().to_vec(), changed)
}

/// Blocks of the outermost level: what is in each, and which thing it is.
fn blocks(doc: &yrs::Doc) -> Vec<(String, String)> {
    let tree = tree_in(doc);
    let fragment = doc.get_or_insert_xml_fragment(DEFAULT_ROOT);
    let txn = doc.transact();
    let ids = fragment.children(&txn).filter_map(|child| match child {
        XmlOut::Element(element) => Some(format!(
            "{:?}",
            AsRef::<yrs::branch::Branch>::as_ref(&element).id()
        )),
        _ => None,
    });
    let texts = tree.children(0).map(|place| {
        let mut alone = Builder::default();
        alone.copy(tree.subtree(place));
        json(&alone.finish())
    });
    texts.zip(ids).collect()
}

/// Of two documents that have nothing to do with each other, and of two that nearly are
/// the same: the edit leads from one to the other, the guard takes it, and doing it
/// again changes nothing.
#[test]
fn a_document_becomes_what_is_wanted() {
    each(|number, chance| {
        let mut replica = replica_of(&chance.document());
        for round in 0..4 {
            let wanted = match chance.0.bool() {
                true => chance.document(),
                false => chance.variation(&tree_in(replica.doc())),
            };
            let (update, _) = revise(&replica, &wanted);
            takes(&mut replica, update);
            let is = json(&tree_in(replica.doc()));
            assert_eq!(is, json(&wanted), "document {number}, round {round}");
            let (update, changed) = revise(&replica, &wanted);
            assert_eq!(update, [0, 0], "document {number}, round {round}");
            assert_eq!(changed, Changed::default());
        }
    });
}

/// How many blocks, in order, are the same on both sides.
fn common(one: &[(String, String)], other: &[(String, String)]) -> usize {
    let mut most = vec![0; other.len() + 1];
    for (text, _) in one {
        let before = most.clone();
        for (place, (wanted, _)) in other.iter().enumerate() {
            most[place + 1] = match text == wanted {
                true => before[place] + 1,
                false => before[place + 1].max(most[place]),
            };
        }
    }
    most[other.len()]
}

/// As many blocks as can be, in order, stay the things that they were.
#[test]
fn blocks_that_are_the_same_keep_their_identity() {
    each(|number, chance| {
        let mut replica = replica_of(&chance.document());
        let before = blocks(replica.doc());
        let wanted = chance.variation(&tree_in(replica.doc()));
        let (update, _) = revise(&replica, &wanted);
        takes(&mut replica, update);
        let after = blocks(replica.doc());
        let kept = before.iter().filter(|block| after.contains(block)).count();
        assert!(
            kept >= common(&before, &after),
            "document {number}: {before:?} {after:?}"
        );
    });
}

/// Somebody types into a paragraph and somebody puts one in front of it, both at once,
/// while a script writes the whole document with one word changed elsewhere.
#[test]
fn what_others_do_meanwhile_stays() {
    let mut replica = replica_of(&read("# Plan\n\nFirst thing.\n\nSecond thing.\n"));
    let (update, changed) = revise(
        &replica,
        &read("# The plan\n\nFirst thing.\n\nSecond **thing**.\n"),
    );
    assert_eq!(
        changed,
        Changed {
            inserted_characters: 5,
            deleted_characters: 1,
            formatted_characters: 5,
            ..Changed::default()
        }
    );
    let theirs = support::reading::doc_of(&replica.snapshot());
    let page = theirs.get_or_insert_xml_fragment(DEFAULT_ROOT);
    let written = {
        let mut txn = theirs.transact_mut();
        let Some(XmlOut::Element(second)) = page.get(&txn, 2) else {
            panic!("a paragraph");
        };
        let Some(XmlOut::Text(text)) = second.get(&txn, 0) else {
            panic!("a text");
        };
        text.insert(&mut txn, 6, " (typed)");
        let new = page.insert(&mut txn, 1, XmlElementPrelim::empty("paragraph"));
        new.push_back(&mut txn, XmlTextPrelim::new("between"));
        txn.encode_update_v1()
    };
    takes(&mut replica, written);
    takes(&mut replica, update);
    assert_eq!(
        markdown(&tree_in(replica.doc())),
        "# The plan\n\nbetween\n\nFirst thing.\n\nSecond (typed) **thing**.\n"
    );
}

/// Two people write into an empty paragraph at once, and it holds two texts beside each
/// other ever after. They are one line.
#[test]
fn texts_beside_each_other_are_one_line() {
    let doc = yrs::Doc::with_client_id(1);
    let page = doc.get_or_insert_xml_fragment(DEFAULT_ROOT);
    let whole = {
        let mut txn = doc.transact_mut();
        let paragraph: XmlElementRef =
            page.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
        for part in ["one ", "", "two ", "three"] {
            paragraph.push_back(&mut txn, XmlTextPrelim::new(part));
        }
        txn.encode_state_as_update_v1(&yrs::StateVector::default())
    };
    let mut replica = Replica::empty(Limits::default());
    takes(&mut replica, whole);
    let (update, changed) = revise(&replica, &read("one 2 **two** threes"));
    assert_eq!(
        changed,
        Changed {
            inserted_characters: 3,
            formatted_characters: 3,
            ..Changed::default()
        }
    );
    takes(&mut replica, update);
    let txn = replica.doc().transact();
    let page = txn.get_xml_fragment(DEFAULT_ROOT).unwrap();
    let Some(XmlOut::Element(paragraph)) = page.get(&txn, 0) else {
        panic!("a paragraph");
    };
    assert_eq!(paragraph.len(&txn), 4, "all of them are still there");
}

/// Markdown has no comments and no empty paragraphs: whoever reads, changes a word and
/// writes it back has not deleted them.
#[test]
fn what_a_format_cannot_say_stays() {
    let mut builder = Builder::default();
    for (text, mark) in [
        (
            "Commented.",
            Some(Mark {
                overlaps: true,
                ..Mark::named("comment").with("id", "c")
            }),
        ),
        ("Plain.", None),
        ("", None),
        (
            "Green.",
            Some(Mark::named("highlight").with("color", "green")),
        ),
    ] {
        builder.open(Element::named("paragraph"));
        builder.run(text, mark.into_iter().collect());
        builder.close();
    }
    let base = builder.finish();
    let seen = markdown(&base);
    assert_eq!(
        json(&settle(read(&seen), &base, Format::Markdown, until())),
        json(&base)
    );
    let changed = seen.replace("Plain", "Changed");
    let wanted = settle(read(&changed), &base, Format::Markdown, until());
    assert_eq!(json(&wanted), json(&base).replace("Plain", "Changed"));
    let gone = seen.replace("Commented.\n\n", "");
    let wanted = settle(read(&gone), &base, Format::Markdown, until());
    assert_eq!(markdown(&wanted), gone, "what is deleted is deleted");
}

/// As text a list is several lines, and each of them became a paragraph when the same text
/// was put back: lists, tables, quotes and code were flattened, and nothing was said.
#[test]
fn what_is_several_lines_as_text_stays_what_it_was() {
    let text = |tree: &Tree| {
        export::format::write(&Content::Document(tree.clone()), Format::Text, "").body
    };
    let put = |base: &Tree, text: &str| {
        let read = export::format::read(text.as_bytes(), Format::Text);
        settle(read.unwrap().unwrap().tree, base, Format::Text, until())
    };
    let base = read(
        "Plain.\n\n- one\n- two\n\none\n\n- [x] done\n- [ ] not\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n\
         > said\n>\n> twice\n\n```\nlet a\nlet b\n```\n\nbroken\\\nline\n\n- one\n- two\n- three\n",
    );
    let seen = text(&base);
    assert_eq!(json(&put(&base, &seen)), json(&base), "{seen}");
    let changed = put(&base, &seen.replace("Plain", "Changed"));
    assert_eq!(json(&changed), json(&base).replace("Plain", "Changed"));
    // What was changed itself is what the text says, and the rest stays.
    let changed = put(&base, &seen.replace("twice", "once"));
    let wanted = markdown(&base).replace("> said\n> \n> twice", "said\n\nonce");
    assert_eq!(markdown(&changed), wanted);
    each(|number, chance| {
        let base = chance.document();
        let seen = text(&base);
        assert_eq!(text(&put(&base, &seen)), seen, "document {number}");
    });
}

/// A text of Quill: letters change, pictures and formats stay.
#[test]
fn a_text_keeps_what_is_no_letter() {
    let doc = yrs::Doc::with_client_id(1);
    let text = doc.get_or_insert_text("notes");
    let whole = {
        let mut txn = doc.transact_mut();
        text.insert(&mut txn, 0, "bold end");
        text.format(&mut txn, 0, 4, [("bold".into(), Any::from(true))].into());
        text.insert_embed(
            &mut txn,
            4,
            Any::from(std::collections::HashMap::from([(
                "src".to_owned(),
                Any::from("p"),
            )])),
        );
        txn.encode_state_as_update_v1(&yrs::StateVector::default())
    };
    let mut revision = Revision::of(&whole).unwrap();
    let wanted = Wanted::Letters("bolder ends".into());
    revision.revise("notes", &wanted, until()).unwrap();
    let mut replica = Replica::empty(Limits::default());
    takes(&mut replica, whole);
    takes(&mut replica, revision.update().to_vec());
    let txn = replica.doc().transact();
    let text = txn.get_text("notes").unwrap();
    let pieces: Vec<_> = text
        .diff(&txn, YChange::identity)
        .into_iter()
        .map(|piece| match piece.insert {
            Out::Any(Any::String(letters)) => (letters.to_string(), piece.attributes.is_some()),
            _ => ("picture".to_owned(), false),
        })
        .collect();
    let pieces: Vec<_> = pieces
        .iter()
        .map(|(text, bold)| (text.as_str(), *bold))
        .collect();
    assert_eq!(
        pieces,
        [("bolder", true), ("picture", false), (" ends", false)]
    );
}

/// Everything is otherwise, and there is much of it: an answer all the same.
#[test]
fn documents_that_have_nothing_in_common_are_compared_in_bounds() {
    let lines = |word: &str| {
        (0..30_000)
            .map(|n| format!("{word} {n}\n"))
            .collect::<String>()
    };
    let text = |lines: String| {
        let read = export::format::read(lines.as_bytes(), Format::Text);
        read.unwrap().unwrap().tree
    };
    let mut replica = replica_of(&text(lines("old")));
    let wanted = text(lines("new"));
    let (update, _) = revise(&replica, &wanted);
    takes(&mut replica, update);
    assert_eq!(tree_in(replica.doc()), wanted);
}

/// A text that would take gigabytes to be compared sign by sign is refused, and said so.
#[test]
fn a_text_of_any_length_is_not_compared_sign_by_sign() {
    use cowrite::export::delta::{Delta, Piece};
    use cowrite::export::revision::Unrevisable;
    let doc = yrs::Doc::new();
    let text = doc.get_or_insert_text("notes");
    text.insert(&mut doc.transact_mut(), 0, "short");
    let state = doc.transact();
    let state = state.encode_state_as_update_v1(&yrs::StateVector::default());
    let mut revision = Revision::of(&state).unwrap();
    let long = "x".repeat((4 << 20) + 1);
    let wanted = Wanted::Pieces(Delta(vec![Piece::Text(long, Default::default())]));
    let refused = revision.revise("notes", &wanted, until());
    assert_eq!(refused, Err(Unrevisable::Long("notes".to_owned())));
}
