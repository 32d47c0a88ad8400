//! What became of a document: two states told as one, from which both can be had again,
//! and whose the changes are.
//!
//! `COWRITE_SEED` replays random documents, `COWRITE_DOCUMENTS` says how many.

#![allow(clippy::unwrap_used)]

mod support;

use std::time::{Duration, Instant};

use cowrite::export::comparison::{self, Change, Comparison, Credits, Part, compare};
use cowrite::export::revision::{Revision, Wanted};
use cowrite::export::signed::Signed;
use cowrite::export::tree::{Builder, Tree};
use cowrite::export::{self, Content, DEFAULT_ROOT, Format, encoding};
use cowrite::wire::guard;
use serde_json::{Map, Value, json};
use support::trees::each;
use yrs::{ReadTxn, Text, Transact};

fn until() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn json_of(tree: &Tree) -> String {
    export::format::write(&Content::Document(tree.clone()), Format::Json, "").body
}

fn read(markdown: &str) -> Tree {
    let read = export::format::read(markdown.as_bytes(), Format::Markdown);
    read.unwrap().unwrap().tree
}

fn signed(state: &[u8]) -> Signed {
    let doc = support::reading::doc_of(state);
    Signed::read(&doc, Some(DEFAULT_ROOT)).1.unwrap()
}

/// The state after an edit to another tree, the client that made it, and the edit.
fn revised(state: &[u8], wanted: &Tree) -> (Vec<u8>, Option<u64>, Vec<u8>) {
    let mut revision = Revision::of(state).unwrap();
    let wanted = Wanted::Document(wanted.clone());
    revision.revise(DEFAULT_ROOT, &wanted, until()).unwrap();
    let update = revision.update().to_vec();
    let survey = guard::inspect(&update, &guard::Limits::default()).unwrap();
    let client = survey.sections().map(|(client, _)| client).next();
    let after = revision.doc().transact();
    let after = after.encode_state_as_update_v1(&yrs::StateVector::default());
    (after, client, update)
}

/// What one side of a comparison was.
fn side(comparison: &Comparison<'_>, is_old: bool) -> Tree {
    let gone = if is_old {
        Change::Added
    } else {
        Change::Removed
    };
    let mut builder = Builder::default();
    let mut open = Vec::new();
    for part in &comparison.parts {
        match part {
            Part::Open {
                change,
                element,
                was,
                ..
            } => {
                open.push(*change);
                if *change != gone {
                    let element = was.filter(|_| is_old).unwrap_or(element);
                    builder.open(element.clone());
                }
            }
            Part::Run {
                change,
                text,
                marks,
                was,
                ..
            } if *change != gone => {
                let marks = was.filter(|_| is_old).unwrap_or(marks);
                builder.run(text, marks.to_vec());
            }
            Part::Run { .. } => {}
            Part::Close => {
                if open.pop() != Some(gone) {
                    builder.close();
                }
            }
            Part::Omitted(_) => panic!("nothing is left out"),
        }
    }
    builder.finish()
}

/// Whatever was done: both sides are in what is told, all that came is by the client
/// that wrote it, and all that went was taken by the one that did.
#[test]
fn both_sides_can_be_had_again() {
    let (mut moved, mut all) = (0, 0);
    each(|number, chance| {
        let before = encoding::update(&chance.document(), DEFAULT_ROOT, None);
        let old = signed(&before);
        let wanted = match chance.0.bool() {
            true => chance.document(),
            false => chance.variation(old.tree()),
        };
        let (after, client, update) = revised(&before, &wanted);
        let new = signed(&after);
        let mut credits = Credits::of([(client.unwrap_or(0), "Ada".to_owned())]);
        let survey = guard::inspect(&update, &guard::Limits::default()).unwrap();
        survey.each_deleted(|of, clocks| credits.removed(of, clocks, 7));
        let told = compare(&old, &new, &credits, until());
        assert_eq!(
            json_of(&side(&told, true)),
            json_of(old.tree()),
            "document {number}"
        );
        assert_eq!(
            json_of(&side(&told, false)),
            json_of(new.tree()),
            "document {number}"
        );
        for part in &told.parts {
            let (Part::Open { change, by, .. } | Part::Run { change, by, .. }) = part else {
                continue;
            };
            match (change, by.as_ref().map(|by| by.client)) {
                (Change::Added, Some(by)) => assert_eq!(Some(by), client, "document {number}"),
                (Change::Removed, Some(by)) => assert_eq!(by, 7, "document {number}"),
                // It is told at another place.
                (Change::Added | Change::Removed, None) => moved += 1,
                (Change::Same | Change::Changed, by) => assert_eq!(by, None),
            }
            all += 1;
        }
        let json = comparison::json::write(&told, Map::new());
        let json: Value = serde_json::from_str(&json).unwrap();
        assert!(json["content"].is_array(), "document {number}");
        // Told of itself nothing changed.
        let same = compare(&new, &new, &credits, until());
        assert_eq!(same.counts, comparison::Counts::default());
        assert!(same.within(0).parts.len() <= 1, "document {number}");
    });
    assert!(moved * 20 < all, "{moved} of {all}");
}

fn told(old: &str, new: &str) -> Value {
    let before = encoding::update(&read(old), DEFAULT_ROOT, None);
    let (after, client, update) = revised(&before, &read(new));
    let (old, new) = (signed(&before), signed(&after));
    let mut credits = Credits::of(client.map(|client| (client, "Ada".to_owned())));
    let survey = guard::inspect(&update, &guard::Limits::default()).unwrap();
    survey.each_deleted(|of, clocks| credits.removed(of, clocks, 7));
    let told = compare(&old, &new, &credits, until()).within(1);
    let mut told: Value =
        serde_json::from_str(&comparison::json::write(&told, Map::new())).unwrap();
    without_clients(&mut told);
    told
}

/// Clients are drawn by lot.
fn without_clients(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        if let Some(by) = object.get_mut("by") {
            *by = match by["name"].as_str() {
                Some(name) => json!(name),
                None => by["client"].clone(),
            };
        }
        object.values_mut().for_each(without_clients);
    }
    if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(without_clients);
    }
}

#[test]
fn a_word_a_format_and_a_heading_are_told_as_such() {
    let told = told(
        "One.\n\nTwo.\n\nPlan of today\n\nIt is a cat.\n",
        "One.\n\nTwo.\n\n## Plan of today\n\nIt **is** the cat.\n",
    );
    assert_eq!(
        told,
        json!({
            "counts": {
                "added": { "blocks": 0, "characters": 3 },
                "removed": { "blocks": 0, "characters": 1 },
                "changed": { "blocks": 1, "characters": 2 },
            },
            "content": [
                { "change": "same", "blocks": 1 },
                { "change": "same", "type": "paragraph", "content": [
                    { "change": "same", "text": "Two." },
                ]},
                {
                    "change": "changed", "type": "heading", "attrs": { "level": 2 },
                    "was": { "type": "paragraph" },
                    "content": [{ "change": "same", "text": "Plan of today" }],
                },
                { "change": "changed", "type": "paragraph", "content": [
                    { "change": "same", "text": "It " },
                    {
                        "change": "changed", "text": "is", "marks": [{ "type": "bold" }],
                        "was": { "marks": [] },
                    },
                    { "change": "same", "text": " " },
                    { "change": "removed", "text": "a", "by": 7 },
                    { "change": "added", "text": "the", "by": "Ada" },
                    { "change": "same", "text": " cat." },
                ]},
            ],
        })
    );
}

/// Two paragraphs that share nothing are not told as one of which every letter changed.
#[test]
fn what_was_put_in_the_place_of_another_is_new() {
    let told = told("Apples and pears.\n", "No fruit today!\n");
    let changes: Vec<&str> = told["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["removed", "added"]);
    let first = |block: usize| &told["content"][block]["content"][0];
    assert_eq!(first(0)["by"], 7);
    assert_eq!(first(1)["by"], "Ada");
}

#[test]
fn html_says_what_came_and_went_and_runs_nothing() {
    let before = encoding::update(&read("- one\n- two\n\nA *b* c.\n"), DEFAULT_ROOT, None);
    let (after, client, _) = revised(&before, &read("- one\n- 2\n- two\n\nA <*b*> d.\n"));
    let (old, new) = (signed(&before), signed(&after));
    let name = "\"><script>alert(1)</script>".to_owned();
    let credits = Credits::of(client.map(|client| (client, name)));
    let told = compare(&old, &new, &credits, until());
    let html = comparison::html::fragment(&told).body;
    let client = client.unwrap();
    let by = format!(
        " data-change=\"added\" data-client=\"{client}\" \
         data-by=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\" \
         title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""
    );
    assert_eq!(
        html,
        format!(
            "<ul data-change=\"changed\"><li><p>one</p>\n</li>\n\
             <li{by}><p{by}><ins{by}>2</ins></p>\n</li>\n<li><p>two</p>\n</li>\n</ul>\n\
             <p data-change=\"changed\">A <ins{by}>&lt;</ins><em>b</em><ins{by}>&gt;</ins> \
             <del data-change=\"removed\">c</del><ins{by}>d</ins>.</p>\n"
        )
    );
}

/// A root that holds a text, of a plain editor, is compared line by line.
#[test]
fn lines_of_a_text_are_compared() {
    let doc = yrs::Doc::new();
    let text = doc.get_or_insert_text("code");
    text.insert(&mut doc.transact_mut(), 0, "fn a() {\n}\n\nfn b() {}");
    let (_, old) = Signed::read(&doc, Some("code"));
    text.insert(&mut doc.transact_mut(), 11, "// more\n");
    let (_, new) = Signed::read(&doc, Some("code"));
    let credits = Credits::default();
    let (old, new) = (old.unwrap(), new.unwrap());
    let told = compare(&old, &new, &credits, until()).within(0);
    let json: Value = serde_json::from_str(&comparison::json::write(&told, Map::new())).unwrap();
    let changes: Vec<_> = json["content"].as_array().unwrap().iter().collect();
    assert_eq!(changes.len(), 3, "{json}");
    assert_eq!(changes[0], &json!({ "change": "same", "blocks": 2 }));
    assert_eq!(changes[1]["content"][0]["text"], "// more");
    assert_eq!(changes[1]["change"], "added");
    assert_eq!(
        changes[1]["content"][0]["by"]["client"],
        json!(doc.client_id().get())
    );
}

/// Two people in one paragraph: each letter says whose it is, and an editor can read it.
#[test]
fn json_says_whose_each_letter_is() {
    let before = encoding::update(&read("Hello world.\n"), DEFAULT_ROOT, None);
    let (after, client, _) = revised(&before, &read("Hello *new* world.\n"));
    let client = client.unwrap();
    let signed = signed(&after);
    let credits = Credits::of([(client, "Ada".to_owned())]);
    let json: Value =
        serde_json::from_str(&export::json::write::signed(&signed, &credits)).unwrap();
    let line = &json["content"][0]["content"];
    let told: Vec<_> = line.as_array().unwrap().iter().collect();
    let told: Vec<_> = told
        .iter()
        .map(|run| {
            (
                run["text"].as_str().unwrap(),
                run["author"]["name"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Hello ", None),
            ("new", Some("Ada")),
            (" ", Some("Ada")),
            ("world.", None)
        ]
    );
    assert_eq!(line[1]["author"]["client"], json!(client));
    let again = export::format::read(json.to_string().as_bytes(), Format::Json);
    assert_eq!(
        json_of(&again.unwrap().unwrap().tree),
        json_of(signed.tree())
    );
}
