//! Documents that programs write while people type: what is sent is there, and nothing
//! that anybody typed is lost.
//!
//! `COWRITE_SEED` replays what is typed and written at random.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use yrs::branch::Branch;
use yrs::{
    GetString, ReadTxn, Text, Transact, TransactionMut, WriteTxn, XmlElementRef, XmlFragment,
    XmlOut, XmlTextRef,
};

use support::chance::Seed;
use support::client::Client;
use support::reading;
use support::rest::{Answer, Rest, answer, encoded};
use support::server::{TestServer, config};

async fn creates(rest: &Rest, name: &str, markdown: &str) {
    let body = json!({ "name": name, "content": markdown, "format": "markdown" });
    let created = rest.post("/api/documents", body.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text());
}

fn path(name: &str) -> String {
    format!("/api/documents/{}/content", encoded(name))
}

async fn puts(rest: &Rest, name: &str, markdown: &str) -> Answer {
    let request = rest.request(Method::PUT, &path(name));
    answer(
        request
            .header("content-type", "text/markdown; charset=utf-8")
            .body(markdown.to_owned()),
    )
    .await
}

async fn puts_over(rest: &Rest, name: &str, markdown: &str, etag: &str) -> Answer {
    let request = rest.request(Method::PUT, &path(name));
    answer(
        request
            .header("content-type", "text/markdown")
            .header("if-match", etag)
            .body(markdown.to_owned()),
    )
    .await
}

async fn patches(rest: &Rest, name: &str, operations: Value) -> Answer {
    let body = json!({ "operations": operations }).to_string();
    answer(rest.request(Method::PATCH, &path(name)).body(body)).await
}

async fn markdown(rest: &Rest, name: &str) -> String {
    rest.content(name, "markdown").await.text().to_owned()
}

/// The outermost blocks: what each is, by its id, and its text.
fn blocks(txn: &impl ReadTxn) -> Vec<(String, String)> {
    let page = txn.get_xml_fragment("content").unwrap();
    let blocks = page.children(txn).filter_map(|child| match child {
        XmlOut::Element(element) => {
            let texts = element.children(txn).filter_map(|child| match child {
                XmlOut::Text(text) => Some(text.get_string(txn)),
                _ => None,
            });
            let id = format!("{:?}", AsRef::<Branch>::as_ref(&element).id());
            Some((id, texts.collect::<String>()))
        }
        _ => None,
    });
    blocks.collect()
}

/// The first text of the block of this number.
fn text_of(txn: &mut TransactionMut<'_>, number: usize) -> XmlTextRef {
    let page = txn.get_or_insert_xml_fragment("content");
    let block: XmlElementRef = page
        .get(txn, number as u32)
        .unwrap()
        .into_xml_element()
        .unwrap();
    block.get(txn, 0).unwrap().into_xml_text().unwrap()
}

#[tokio::test]
async fn a_put_changes_what_is_different_and_nothing_else() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "plan", "# Plan\n\nOne.\n\nTwo.\n").await;
    let ada = server.welcomes("Ada", "plan").await;
    ada.has_caught_up().await;
    let before = ada.looks(|seen| blocks(&seen.doc.transact()));
    let put = puts(
        &rest,
        "plan",
        "# Plan\n\nOne and a half.\n\nTwo.\n\n- three\n",
    )
    .await;
    assert_eq!(put.status, 200, "{}", put.text());
    let told = put.json();
    assert_eq!(told["inserted"], json!({ "blocks": 3, "characters": 16 }));
    assert_eq!(told["deleted"], json!({ "blocks": 0, "characters": 0 }));
    let tag = rest.content("plan", "markdown").await;
    assert_eq!(
        told["etag"].as_str(),
        tag.header("etag"),
        "the document is what was told"
    );
    let after = ada
        .waits("the list is there", |seen| {
            let blocks = blocks(&seen.doc.transact());
            (blocks.len() == 4).then_some(blocks)
        })
        .await;
    let ids = |blocks: &[(String, String)]| {
        blocks
            .iter()
            .map(|b| b.0.clone())
            .take(3)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&after), ids(&before));
    let again = puts(
        &rest,
        "plan",
        "# Plan\n\nOne and a half.\n\nTwo.\n\n- three\n",
    )
    .await;
    assert_eq!(again.json()["inserted"]["characters"], 0);
    assert_eq!(again.json()["etag"], told["etag"], "nothing changed");
}

#[tokio::test]
async fn every_format_is_taken() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "all", "old\n").await;
    let page = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [
        { "type": "text", "marks": [{ "type": "bold" }], "text": "new" } ] }] });
    for (content_type, body, reads) in [
        ("text/html", "<h1>new</h1>".to_owned(), "# new\n"),
        ("text/plain", "one\ntwo".to_owned(), "one\n\ntwo\n"),
        ("application/json", page.to_string(), "**new**\n"),
        ("text/markdown", "> q\n".to_owned(), "> q\n"),
    ] {
        let put = rest
            .request(Method::PUT, &path("all"))
            .header("content-type", content_type);
        let put = answer(put.body(body)).await;
        assert_eq!(put.status, 200, "{}", put.text());
        assert_eq!(markdown(&rest, "all").await, reads);
    }
    creates(&rest, "other", "from an update\n").await;
    let state = rest.state("other").await;
    let put = rest.request(Method::PUT, &format!("{}?format=yjs", path("all")));
    let put = answer(put.body(state)).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let merged = markdown(&rest, "all").await;
    assert!(
        merged.contains("> q") && merged.contains("from an update"),
        "{merged}"
    );
    assert_eq!(
        put.json()["etag"],
        rest.content("all", "yjs").await.header("etag").unwrap()
    );
}

/// A script reads, somebody types, the script writes what it made of what it had read.
/// Without If-Match the words would go with the version that the script never saw.
#[tokio::test]
async fn who_says_what_it_saw_leaves_the_words_typed_meanwhile() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "page", "# Title\n\nBody text.\n").await;
    let read = rest.content("page", "markdown").await;
    let tag = read.header("etag").unwrap().to_owned();
    let ada = server.welcomes("Ada", "page").await;
    ada.has_caught_up().await;
    ada.edits(|_, txn| text_of(txn, 1).insert(txn, 4, " of typed"));
    ada.saved().await;
    let put = puts_over(&rest, "page", "# The title\n\nBody text now\n", &tag).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(
        markdown(&rest, "page").await,
        "# The title\n\nBody of typed text now\n"
    );
    // The tag it was told names what it saw and wrote, not what Ada typed.
    let told = put.json()["etag"].as_str().unwrap().to_owned();
    assert_ne!(
        Some(&*told),
        rest.content("page", "markdown").await.header("etag")
    );
    let put = puts_over(&rest, "page", "# The title\n\nBody text then\n", &told).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(
        markdown(&rest, "page").await,
        "# The title\n\nBody of typed text then\n"
    );
    // Who says nothing means what it says.
    puts(&rest, "page", "# The title\n\nBody text then\n").await;
    assert_eq!(
        markdown(&rest, "page").await,
        "# The title\n\nBody text then\n"
    );
    for (tag, status) in [
        ("*", 200),
        ("\"0123-markdown\"", 412),
        ("W/\"0123\"", 412),
        ("0123-markdown", 400),
        ("x", 400),
        ("\"0123\", x", 400),
    ] {
        let put = puts_over(&rest, "page", "other\n", tag).await;
        assert_eq!(put.status, status, "{tag}: {}", put.text());
        if status == 412 {
            assert_eq!(put.error().1, "precondition_failed");
            assert!(put.text().contains("read it again"));
        }
        if status == 400 {
            assert!(put.text().contains("quotation marks"), "{}", put.text());
        }
    }
}

/// Sixteen states are kept. Who read one before those is told to read again.
#[tokio::test]
async fn a_version_that_is_gone_is_said_to_be() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "page", "version 0\n\nend\n").await;
    let mut tags = Vec::new();
    for version in 1..=16 {
        let read = rest.content("page", "markdown").await;
        tags.push(read.header("etag").unwrap().to_owned());
        let put = puts(&rest, "page", &format!("version {version}\n\nend\n")).await;
        assert_eq!(put.status, 200);
    }
    let old = puts_over(&rest, "page", "version 0\n\nthe end\n", &tags[0]).await;
    assert_eq!(old.error(), (412, "precondition_failed".into()));
    let recent = puts_over(&rest, "page", "version 10\n\nthe end\n", &tags[10]).await;
    assert_eq!(recent.status, 200, "{}", recent.text());
    assert_eq!(markdown(&rest, "page").await, "version 16\n\nthe end\n");
    // Of several the first that is known counts.
    let several = format!("{}, {}", tags[0], recent.json()["etag"].as_str().unwrap());
    let put = puts_over(&rest, "page", "version 10\n\nan end\n", &several).await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(markdown(&rest, "page").await, "version 16\n\nan end\n");
}

/// Two programs that say the same at once do not both have their way.
#[tokio::test]
async fn writes_take_turns() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "page", "start\n").await;
    let text = "start\n\n# Same heading\n\nSame text\n";
    let same = (0..8).map(|_| puts(&rest, "page", text));
    for put in futures_util::future::join_all(same).await {
        assert_eq!(put.status, 200);
    }
    assert_eq!(markdown(&rest, "page").await, text);
    let counted = (0..20).map(|number| {
        let line = format!("line {number}\n");
        let path = format!("{}/append?format=text", path("page"));
        let rest = rest.clone();
        async move { answer(rest.request(Method::POST, &path).body(line)).await }
    });
    for appended in futures_util::future::join_all(counted).await {
        assert_eq!(
            appended.json()["inserted"]["blocks"],
            1,
            "{}",
            appended.text()
        );
    }
    let text = markdown(&rest, "page").await;
    assert!(
        (0..20).all(|number| text.contains(&format!("line {number}\n"))),
        "{text}"
    );
}

#[tokio::test]
async fn a_put_makes_a_document_only_if_asked_to() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let put = puts(&rest, "team/new", "# New\n").await;
    assert_eq!(put.error(), (404, "document_not_found".into()));
    let make = || {
        let request = rest.request(Method::PUT, &path("team/new"));
        let request = request
            .header("if-none-match", "*")
            .header("content-type", "text/markdown");
        answer(request.body("# New\n"))
    };
    let made = make().await;
    assert_eq!(
        (made.status, made.header("location")),
        (201, Some("/api/documents/team%2Fnew"))
    );
    assert_eq!(markdown(&rest, "team/new").await, "# New\n");
    assert_eq!(make().await.error(), (412, "precondition_failed".into()));
    let etag = made.json()["etag"].as_str().unwrap().to_owned();
    assert_eq!(
        puts_over(&rest, "team/new", "# Newer\n", &etag)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn passages_are_changed_all_or_none() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(
        &rest,
        "page",
        "# Draft\n\nThe **cat** sat. The cat ran.\n\n- item\n",
    )
    .await;
    let patched = patches(
        &rest,
        "page",
        json!([
            { "find": "Draft", "replace": "Final" },
            { "find": "cat", "replace": "dog", "all": true },
            { "after": "sat", "insert": " down" },
            { "before": "item", "insert": "an " },
            { "after": "ran", "insert": "## More\n\n- [ ] do\n", "format": "markdown" },
        ]),
    )
    .await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    let changed = patched.json()["operations"].clone();
    assert_eq!(
        changed,
        json!([{ "changed": 1 }, { "changed": 2 }, { "changed": 1 }, { "changed": 1 }, { "changed": 1 }])
    );
    let is = markdown(&rest, "page").await;
    assert_eq!(
        is,
        "# Final\n\nThe **dog** sat down. The dog ran.\n\n## More\n\n- [ ] do\n\n\
         <!-- end list -->\n\n- an item\n"
    );
    let failed = patches(
        &rest,
        "page",
        json!([
            { "find": "Final", "replace": "Lost" },
            { "find": "nowhere", "replace": "" },
        ]),
    )
    .await;
    assert_eq!(failed.error(), (409, "passage_not_found".into()));
    assert_eq!(failed.json()["error"]["operation"], 1);
    assert_eq!(markdown(&rest, "page").await, is, "none was carried out");
}

/// A document of a plain text editor, as CodeMirror's binding keeps it.
#[tokio::test]
async fn a_plain_text_is_written_as_text() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "code").await;
    ada.types("fn main() {}\n");
    ada.saved().await;
    let put = rest.request(Method::PUT, &format!("{}?format=text", path("code")));
    let put = answer(put.body("fn main() { run() }\n")).await;
    assert_eq!(put.json()["inserted"]["characters"], 7, "{}", put.text());
    ada.sees("fn main() { run() }\n").await;
    let patched = patches(&rest, "code", json!([{ "find": "run", "replace": "stop" }])).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    let path = format!("{}/append?format=text", path("code"));
    assert_eq!(rest.post(&path, "// end\n").await.status, 200);
    ada.sees("fn main() { stop() }\n// end\n").await;
    let put = puts(&rest, "code", "fn main() {}\n").await;
    assert_eq!(put.status, 200);
    let put = rest.request(Method::PUT, &format!("{}?format=html", self::path("code")));
    assert_eq!(
        answer(put.body("<p>x")).await.error(),
        (409, "other_kind_of_content".into())
    );
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let server = TestServer::start().await;
    let rest = server.rest();
    creates(&rest, "page", "text\n").await;
    let put = |query: &str, content_type: &str, body: &str| {
        let request = rest.request(Method::PUT, &format!("{}{query}", path("page")));
        let request = request.header("content-type", content_type.to_owned());
        answer(request.body(body.to_owned()))
    };
    let unknown = put("", "application/pdf", "x").await;
    assert_eq!(unknown.error(), (415, "unknown_format".into()));
    assert!(unknown.text().contains("text/markdown"));
    assert_eq!(put("", "text/plain; charset=latin1", "x").await.status, 415);
    assert_eq!(
        put("?format=docx", "text/plain", "x").await.error(),
        (400, "unknown_format".into())
    );
    assert_eq!(
        put("?frmat=text", "text/plain", "x").await.error(),
        (400, "bad_request".into())
    );
    let malformed = put("", "application/json", "{\n \"type\": }").await;
    assert_eq!(malformed.error(), (422, "malformed_content".into()));
    assert!(
        malformed.text().contains("line 2 column"),
        "{}",
        malformed.text()
    );
    let unfit = put(
        "",
        "application/json",
        r#"{"type":"doc","content":[{"type":"listItem"}]}"#,
    )
    .await;
    assert_eq!(unfit.error(), (422, "malformed_content".into()));
    assert_eq!(
        put("?format=yjs", "text/plain", "no update").await.error(),
        (422, "update_refused".into())
    );
    assert_eq!(
        put("?root=meta&format=text", "text/plain", "x")
            .await
            .status,
        200,
        "an empty root"
    );
    for operations in [
        json!([]),
        json!([{ "find": "", "replace": "x" }]),
        json!([{ "find": "x" }]),
        json!([{ "find": "x", "replace": "y", "after": "z" }]),
        json!([{ "after": "x", "before": "y", "insert": "z" }]),
        json!({ "find": "x", "replace": "y" }),
    ] {
        let patched = patches(&rest, "page", operations.clone()).await;
        assert_eq!(patched.error(), (400, "bad_request".into()), "{operations}");
    }
    let unfit = json!([{ "after": "text", "insert": "{", "format": "json" }]);
    let unfit = patches(&rest, "page", unfit).await;
    assert_eq!(unfit.error(), (422, "malformed_content".into()));
    assert_eq!(unfit.json()["error"]["operation"], 0);
    let delete = rest.delete(&path("page")).await;
    assert_eq!(delete.error(), (405, "method_not_allowed".into()));
    assert_eq!(delete.header("allow"), Some("GET, HEAD, PUT, PATCH"));
    assert_eq!(markdown(&rest, "page").await, "text\n");
    assert_eq!(rest.delete("/api/documents/page").await.status, 204);
    assert_eq!(
        puts(&rest, "page", "x").await.error(),
        (410, "document_deleted".into())
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let mut config = config();
    config.live.message_bytes = 1 << 10;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    creates(&rest, "page", "text\n").await;
    let put = puts(&rest, "page", &"x".repeat(2 << 10)).await;
    assert_eq!(put.error(), (413, "too_large".into()));
}

/// The document's thread makes a copy and takes an update; what is between is done
/// elsewhere.
#[tokio::test]
async fn others_on_the_thread_are_served_while_a_large_document_is_rewritten() {
    let mut config = config();
    config.live.threads = 1;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    let lines = |word: &str| -> String {
        let lines = (0..10_000).map(|n| format!("Line {n} with **words** and {word}.\n\n"));
        lines.collect()
    };
    creates(&rest, "large", &lines("more")).await;
    let ada = server.welcomes("Ada", "small").await;
    let bob = server.welcomes("Bob", "small").await;
    ada.types("x");
    bob.sees("x").await;
    let wanted = lines("more").replace("Line 5000 with", "Line 5000 without");
    let mut put = Box::pin(puts(&rest, "large", &wanted));
    let mut words = String::from("x");
    let mut relayed = 0;
    let put = loop {
        ada.types("x");
        words.push('x');
        let mut keystroke = Box::pin(bob.sees(&words));
        tokio::select! {
            put = &mut put => {
                keystroke.await;
                break put;
            }
            _ = &mut keystroke => relayed += 1,
        }
    };
    assert_eq!(
        put.json()["inserted"],
        json!({ "blocks": 0, "characters": 3 })
    );
    // On the document's thread there would be those before the request got there.
    assert!(relayed > 10, "{relayed} keystrokes came through meanwhile");
}

const TYPISTS: usize = 8;
const WRITES: usize = 200;

/// Eight people type at random, each in a paragraph of its own, while a program writes
/// the whole document and changes passages in other paragraphs two hundred times.
/// Everybody has the same in the end, every letter that was typed is there, and the
/// paragraphs that nobody but their typists touched are the things that they were.
#[tokio::test]
async fn people_type_while_a_program_writes() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    let server = TestServer::start().await;
    let rest = server.rest();
    let mut page = String::from("# Counter 0\n\n");
    for number in 0..TYPISTS {
        page.push_str(&format!("typist{number}: \\|\n\nbetween {number}\n\n"));
    }
    creates(&rest, "page", &page).await;
    let mut people = Vec::new();
    for number in 0..TYPISTS {
        people.push(server.welcomes(&format!("typist {number}"), "page").await);
    }
    for person in &people {
        person.has_caught_up().await;
    }
    let before = people[0].looks(|seen| blocks(&seen.doc.transact()));
    let done = Arc::new(AtomicBool::new(false));
    let typed = Arc::new(AtomicUsize::new(0));
    let typing = people.into_iter().enumerate().map(|(number, person)| {
        let (done, typed) = (Arc::clone(&done), Arc::clone(&typed));
        let mut chance = seed.chances(number as u64);
        tokio::spawn(async move {
            let mut mine = Vec::new();
            while !done.load(Ordering::Acquire) {
                let letter = chance.alphabetic();
                mine.push(letter);
                person.edits(|_, txn| {
                    let text = block_of(txn, &format!("typist{number}:"));
                    let end = text.len(txn);
                    // Between the colon and the bar.
                    let least = format!("typist{number}: ").len() as u32;
                    let place = chance.u32(least..end);
                    text.insert(txn, place, &letter.to_string());
                });
                typed.fetch_add(1, Ordering::AcqRel);
                tokio::time::sleep(std::time::Duration::from_millis(chance.u64(1..12))).await;
            }
            person.saved().await;
            (person, mine)
        })
    });
    let typing: Vec<_> = typing.collect();
    let mut chance = seed.chances(99);
    let mut betweens: BTreeMap<usize, String> = (0..TYPISTS)
        .map(|number| (number, format!("between {number}")))
        .collect();
    for round in 0..WRITES {
        let number = chance.usize(0..TYPISTS);
        let counter = round;
        let was = betweens[&number].clone();
        let is = format!("between {number} round {round}");
        if chance.bool() {
            let operations = json!([
                { "find": format!("Counter {counter}"), "replace": format!("Counter {}", counter + 1) },
                { "find": was, "replace": is },
            ]);
            let patched = patches(&rest, "page", operations).await;
            assert_eq!(patched.status, 200, "{}", patched.text());
        } else {
            let read = rest.content("page", "markdown").await;
            let text = read.text().replacen(&was, &is, 1);
            let text = text.replacen(
                &format!("Counter {counter}"),
                &format!("Counter {}", counter + 1),
                1,
            );
            let put = puts_over(&rest, "page", &text, read.header("etag").unwrap()).await;
            assert_eq!(put.status, 200, "{}", put.text());
        }
        betweens.insert(number, is);
    }
    done.store(true, Ordering::Release);
    let mut people: Vec<(Client, Vec<char>)> = Vec::new();
    for one in typing {
        people.push(one.await.unwrap());
    }
    assert!(
        typed.load(Ordering::Acquire) > TYPISTS,
        "they typed meanwhile"
    );
    let state = rest.state("page").await;
    let whole = reading::doc_of(&state);
    for (person, _) in &people {
        person
            .waits("everything has come", |seen| {
                (reading::extent(&seen.doc) == reading::extent(&whole)).then_some(())
            })
            .await;
    }
    let after = blocks(&whole.transact());
    let ids = |blocks: &[(String, String)]| blocks.iter().map(|b| b.0.clone()).collect::<Vec<_>>();
    assert_eq!(
        ids(&after),
        ids(&before),
        "every block is the thing that it was"
    );
    for (number, (person, mine)) in people.iter().enumerate() {
        assert_eq!(person.looks(|seen| blocks(&seen.doc.transact())), after);
        let text = &after[1 + 2 * number].1;
        let typed = text
            .strip_prefix(&format!("typist{number}: "))
            .unwrap()
            .strip_suffix('|')
            .unwrap();
        let (mut typed, mut mine): (Vec<char>, _) = (typed.chars().collect(), mine.clone());
        typed.sort_unstable();
        mine.sort_unstable();
        assert_eq!(typed, mine, "every letter of typist {number}");
        assert_eq!(after[2 + 2 * number].1, betweens[&number]);
    }
    assert_eq!(after[0].1, format!("Counter {WRITES}"));
}

/// The text of the block that begins like this.
fn block_of(txn: &mut TransactionMut<'_>, begins: &str) -> XmlTextRef {
    let page = txn.get_or_insert_xml_fragment("content");
    let texts = page.children(txn).filter_map(|child| {
        let text = child.into_xml_element()?.get(txn, 0)?.into_xml_text()?;
        text.get_string(txn).starts_with(begins).then_some(text)
    });
    texts.collect::<Vec<_>>().remove(0)
}
