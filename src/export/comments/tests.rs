use std::time::{Duration, Instant};

use yrs::{Array, ArrayPrelim, Doc, Map, MapPrelim, Out, Text, Transact, WriteTxn, XmlFragment};

use super::acts::{Act, Refusal, carry_out};
use super::*;
use crate::export::encoding;
use crate::export::format::{Format, read as read_format};
use crate::export::passage;
use crate::export::revision::Revision;
use crate::export::roots::Content;

fn tree(markdown: &str) -> Tree {
    read_format(markdown.as_bytes(), Format::Markdown)
        .unwrap()
        .unwrap()
        .tree
}

/// The words of each thread, by its id.
fn marked(tree: &Tree) -> Vec<(String, String)> {
    let mut found: Vec<_> = words(tree)
        .into_iter()
        .map(|(id, (place, words))| (place, id, words))
        .collect();
    found.sort();
    found
        .into_iter()
        .map(|(_, id, words)| (id, words))
        .collect()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn carried(base: &str, find: &str, wanted: &str) -> Vec<String> {
    let base = passage::mark(&tree(base), find, 0, &mark("c1")).unwrap();
    let carried = carry(&base, tree(wanted), soon());
    // Nothing else of it is touched.
    assert_eq!(text(&carried), text(&tree(wanted)));
    marked(&carried)
        .into_iter()
        .map(|(_, words)| words)
        .collect()
}

fn text(tree: &Tree) -> String {
    let rendered = crate::export::format::write(&Content::Document(tree.clone()), Format::Text, "");
    rendered.body
}

#[test]
fn words_that_stay_keep_their_comment() {
    let base = "# A\n\nThe red garden is here.\n\nEnd.";
    let cases = [
        // The same, with others around it.
        (
            "New.\n\nSo the red garden is there.\n\nEnd.",
            Some("red garden"),
        ),
        // One of them is another, and one is put between them.
        ("The green garden is here.", Some("garden")),
        ("The red big garden is here.", Some("red big garden")),
        ("The red gardens are here.", Some("red garden")),
        // The line is broken within them, and looks otherwise.
        ("The red\n\ngarden is here.", Some("red garden")),
        ("The **red** *garden* is here.", Some("red garden")),
        ("- The red garden is here.", Some("red garden")),
        // None of them is left; a space that is left is none of them.
        ("Nothing of it.", None),
        ("The blue house is here.\n\nEnd.", None),
        ("`The red garden is here.`", None),
    ];
    for (wanted, words) in cases {
        let expected: Vec<String> = words.map(str::to_owned).into_iter().collect();
        assert_eq!(carried(base, "red garden", wanted), expected, "{wanted}");
    }
}

#[test]
fn what_says_itself_what_is_commented_is_left_alone() {
    let base = passage::mark(&tree("one two"), "one", 0, &mark("c1")).unwrap();
    let wanted = passage::mark(&tree("one two"), "two", 0, &mark("c1")).unwrap();
    assert_eq!(carry(&base, wanted.clone(), soon()), wanted);
}

#[test]
fn words_are_marked_where_they_stand_and_code_is_not() {
    let text = "`a b` a b **a** b\n\n```\na b\n```\n\nx a b";
    let at = |skip| passage::mark(&tree(text), "a b", skip, &mark("c"));
    let place = |skip: usize| {
        let marked = at(skip)?;
        let runs = marked.steps().filter_map(|step| match step {
            Step::Run(run) => Some((run.text.clone(), run.mark("comment").is_some())),
            _ => None,
        });
        Some(runs.collect::<Vec<_>>())
    };
    let runs = place(0).unwrap();
    assert_eq!(runs[0], ("a b".into(), false));
    assert_eq!(runs[2], ("a b".into(), true));
    // Across marks.
    let runs = place(1).unwrap();
    let said: String = runs.iter().filter(|run| run.1).map(|run| &*run.0).collect();
    assert_eq!(said, "a b");
    assert_eq!(place(2).unwrap().last(), Some(&("a b".into(), true)));
    assert!(at(3).is_none());
    assert!(passage::mark(&tree(text), "", 0, &mark("c")).is_none());
}

#[test]
fn what_is_put_beside_commented_words_is_not_commented() {
    let base = passage::mark(&tree("one two three"), "two", 0, &mark("c1")).unwrap();
    let put = |beside: &str, before: bool, insert: &str| {
        let operation = passage::Operation::Insert {
            beside: beside.into(),
            before,
            insert: insert.into(),
            format: None,
        };
        let (tree, _) = passage::amend(&base, &[operation]).unwrap();
        marked(&tree).pop().map(|(_, words)| words)
    };
    assert_eq!(put("two", false, " more").as_deref(), Some("two"));
    assert_eq!(put("two", true, "more ").as_deref(), Some("two"));
    assert_eq!(put("tw", false, "x").as_deref(), Some("twxo"));
}

fn revision(markdown: &str) -> Revision {
    Revision::of(&encoding::update(&tree(markdown), "content", None)).unwrap()
}

fn by(name: &str) -> Author {
    Author {
        name: name.to_owned(),
        color: None,
    }
}

#[test]
fn a_thread_is_begun_answered_settled_and_taken_away() {
    let mut revision = revision("one two three");
    let mut number = 0;
    let mut ids = || {
        number += 1;
        format!("id{number}")
    };
    let now = "2026-11-27T10:00:00Z";
    let mut act = |act: &Act| carry_out(&mut revision, act, now, &mut ids, soon());
    let begin = Act::Begin {
        find: "two".into(),
        skip: 0,
        text: "Why?".into(),
        by: by("Ada"),
    };
    let done = act(&begin).unwrap();
    let thread = done.thread.unwrap();
    assert_eq!(
        (thread.words.as_deref(), thread.quote.as_str()),
        (Some("two"), "two")
    );
    let id = thread.id;
    let reply = Act::Reply {
        thread: id.clone(),
        text: "So.".into(),
        by: by("Grace"),
    };
    assert_eq!(act(&reply).unwrap().thread.unwrap().messages.len(), 2);
    let settle = |by| Act::Settle {
        thread: id.clone(),
        by,
    };
    let settled = act(&settle(Some(by("Ada")))).unwrap().thread.unwrap();
    assert_eq!(settled.resolved.unwrap().0.name, "Ada");
    // Who settled it first did.
    let settled = act(&settle(Some(by("Bob")))).unwrap().thread.unwrap();
    assert_eq!(settled.resolved.unwrap().0.name, "Ada");
    assert!(
        act(&settle(None))
            .unwrap()
            .thread
            .unwrap()
            .resolved
            .is_none()
    );
    let reword = Act::Reword {
        thread: id.clone(),
        message: settled.messages[1].id.clone(),
        text: "Therefore.".into(),
    };
    let said = act(&reword).unwrap().thread.unwrap();
    assert_eq!(said.messages[1].text, "Therefore.");
    assert_eq!(said.messages[1].edited.as_deref(), Some(now));
    let withdraw = |message: &str| Act::Withdraw {
        thread: id.clone(),
        message: message.to_owned(),
    };
    assert!(matches!(act(&withdraw("nope")), Err(Refusal::NoMessage(_))));
    let left = act(&withdraw(&said.messages[0].id))
        .unwrap()
        .thread
        .unwrap();
    assert_eq!(left.messages.len(), 1);
    let gone = act(&withdraw(&left.messages[0].id)).unwrap();
    assert_eq!(gone.thread, None);
    assert!(gone.changed.formatted_characters > 0);
    assert!(matches!(act(&reply), Err(Refusal::NoThread(_))));
    assert!(matches!(
        act(&Act::Begin {
            find: "four".into(),
            skip: 0,
            text: "?".into(),
            by: by("Ada")
        }),
        Err(Refusal::NotFound)
    ));
}

/// Anybody may write anything into the map.
#[test]
fn what_is_no_thread_is_none() {
    let doc = Doc::new();
    {
        let mut txn = doc.transact_mut();
        let map = txn.get_or_insert_map(COMMENTS);
        map.insert(&mut txn, "number", 1);
        map.insert(&mut txn, "empty", MapPrelim::default());
        let odd = map.insert(&mut txn, "odd", MapPrelim::default());
        let list = odd.insert(&mut txn, "messages", ArrayPrelim::default());
        list.push_back(&mut txn, "text");
        list.push_back(&mut txn, MapPrelim::from([("id", "a"), ("text", "  ")]));
        let named = map.insert(&mut txn, "an id\"><b>", MapPrelim::default());
        let list = named.insert(&mut txn, "messages", ArrayPrelim::default());
        list.push_back(&mut txn, MapPrelim::from([("id", "a"), ("text", "x")]));
        let good = map.insert(&mut txn, "good", MapPrelim::default());
        good.insert(&mut txn, "by", "Ada");
        good.insert(&mut txn, "resolved", true);
        let list = good.insert(&mut txn, "messages", ArrayPrelim::default());
        let long = "ü".repeat(LETTERS + 1);
        list.push_back(
            &mut txn,
            MapPrelim::from([("id", "a"), ("text", &*long), ("at", "now")]),
        );
    }
    let threads = read(&doc, None);
    assert_eq!(threads.len(), 1);
    let thread = &threads[0];
    assert_eq!((&*thread.id, &*thread.by.name), ("good", "Guest"));
    assert!(thread.resolved.is_none());
    assert_eq!(thread.messages[0].text.chars().count(), LETTERS);
    assert_eq!(thread.messages[0].at, "1970-01-01T00:00:00Z");
    // A text where the map should be.
    let doc = Doc::new();
    {
        let mut txn = doc.transact_mut();
        let text = txn.get_or_insert_text(COMMENTS);
        yrs::Text::insert(&text, &mut txn, 0, "not a map");
    }
    assert_eq!(read(&doc, None), []);
}

/// Comments are no content: a document of which all text was deleted is empty, and not
/// the map of what was said about it.
#[test]
fn a_document_without_text_is_not_its_comments() {
    let mut revision = revision("Two words.");
    let begin = Act::Begin {
        find: "words".to_owned(),
        skip: 0,
        text: "Which?".to_owned(),
        by: by("Ada"),
    };
    let mut id = || "c1".to_owned();
    carry_out(
        &mut revision,
        &begin,
        "2026-11-27T10:00:00Z",
        &mut id,
        soon(),
    )
    .unwrap();
    let doc = revision.doc();
    {
        let mut txn = doc.transact_mut();
        let content = txn.get_or_insert_xml_fragment("content");
        content.remove_range(&mut txn, 0, 1);
    }
    assert_eq!(roots::read(doc, None).root, "content");
    assert!(matches!(
        roots::read(doc, Some(COMMENTS)).content,
        Content::Data(_)
    ));
}

/// Another program kept what it had in a map of that name, and every export of it was an
/// empty document; and a text of that name hid the one that stood beside it.
#[test]
fn what_is_under_the_name_of_comments_and_no_thread_is_content() {
    let doc = Doc::new();
    {
        let mut txn = doc.transact_mut();
        let map = txn.get_or_insert_map(COMMENTS);
        map.insert(&mut txn, "count", 5);
    }
    let found = roots::read(&doc, None);
    assert_eq!(found.root, COMMENTS);
    assert_eq!(
        found.content,
        Content::Data(serde_json::json!({ "count": 5 }))
    );
    let doc = Doc::new();
    {
        let mut txn = doc.transact_mut();
        for root in [COMMENTS, "notes"] {
            txn.get_or_insert_text(root).insert(&mut txn, 0, root);
        }
    }
    assert_eq!(roots::read(&doc, None).root, "notes");
}

/// The last message of a thread that was taken away over REST took the thread's place in the
/// map along, and with it, in every copy, the answer that somebody was writing offline. In
/// the web it never did.
#[test]
fn an_answer_to_a_thread_whose_last_message_went_brings_it_back() {
    let mut revision = revision("one two three");
    let mut number = 0;
    let mut ids = || {
        number += 1;
        format!("id{number}")
    };
    let mut act = |act: &Act, now: &str, revision: &mut Revision| {
        carry_out(revision, act, now, &mut ids, soon()).unwrap()
    };
    let begin = |find: &str| Act::Begin {
        find: find.into(),
        skip: 0,
        text: "Why?".into(),
        by: by("Ada"),
    };
    let begun = act(&begin("two"), "2026-11-01T10:00:00Z", &mut revision);
    let (thread, message) = (begun.thread.unwrap().id, begun.message.unwrap());
    // Somebody takes the document along.
    let offline = Doc::new();
    let state = |doc: &Doc, known: &yrs::StateVector| {
        yrs::ReadTxn::encode_state_as_update_v1(&yrs::Transact::transact(doc), known)
    };
    let take = |doc: &Doc, update: &[u8]| {
        let update = yrs::updates::decoder::Decode::decode_v1(update).unwrap();
        doc.transact_mut().apply_update(update).unwrap();
    };
    take(
        &offline,
        &state(revision.doc(), &yrs::StateVector::default()),
    );
    let withdraw = Act::Withdraw {
        thread: thread.clone(),
        message,
    };
    let gone = act(&withdraw, "2026-11-02T10:00:00Z", &mut revision);
    assert_eq!(gone.thread, None);
    assert!(gone.changed.formatted_characters > 0);
    // There, the thread is answered, and what was written comes back.
    {
        let mut txn = offline.transact_mut();
        let threads = txn.get_or_insert_map(COMMENTS);
        let Some(Out::YMap(thread)) = threads.get(&txn, &thread) else {
            panic!("it is no map")
        };
        let Some(Out::YArray(messages)) = thread.get(&txn, "messages") else {
            panic!("it has no messages")
        };
        let reply = [
            ("id", "late"),
            ("text", "So."),
            ("at", "2026-11-03T10:00:00Z"),
        ];
        messages.push_back(&mut txn, MapPrelim::from(reply));
    }
    let answered = Doc::new();
    take(
        &answered,
        &state(revision.doc(), &yrs::StateVector::default()),
    );
    take(&answered, &state(&offline, &yrs::StateVector::default()));
    let threads = read(&answered, None);
    assert_eq!(threads.len(), 1);
    assert_eq!(threads[0].id, thread);
    assert_eq!(threads[0].messages[0].text, "So.");
    // A place that stayed empty is cleared when another is begun, a month later.
    let is_there = |revision: &Revision| {
        let mut txn = revision.doc().transact_mut();
        let threads = txn.get_or_insert_map(COMMENTS);
        threads.get(&txn, &thread).is_some()
    };
    act(&begin("one"), "2026-12-02T09:00:00Z", &mut revision);
    assert!(is_there(&revision));
    act(&begin("three"), "2026-12-02T11:00:00Z", &mut revision);
    assert!(!is_there(&revision));
}
