//! The index knows what was put into it, and no more.

use std::fs;

use super::*;

fn entry(name: &str, text: &str) -> Entry {
    Entry {
        name: name.to_owned(),
        title: Some(format!("About {name}")),
        stamp: Stamp {
            updated: 7,
            bytes: 8,
        },
        text: text.to_owned(),
        targets: Vec::new(),
    }
}

fn found_names(index: &Index, typed: &str) -> Vec<String> {
    let hits = index.find(typed, "", None, 10).unwrap();
    let mut names: Vec<_> = hits.into_iter().map(|hit| hit.name).collect();
    names.sort();
    names
}

#[test]
fn words_are_found_in_any_script_and_not_after_they_went() {
    let index = Index::open(None).unwrap();
    index
        .put(&entry("a", "Über den Wolken, 東京タワー and 👋 waves"))
        .unwrap();
    index.put(&entry("b", "مرحبا بالعالم")).unwrap();
    for typed in [
        "uber",
        "WOLK",
        "wolken über",
        "東京",
        "京",
        "タワー",
        "👋",
        "\"den wolken\"",
    ] {
        assert_eq!(found_names(&index, typed), ["a"], "{typed}");
    }
    assert_eq!(found_names(&index, "مرحبا"), ["b"]);
    // A sign that is no word is passed over.
    assert_eq!(found_names(&index, "wolken → über"), ["a"]);
    assert_eq!(found_names(&index, "about"), ["a", "b"]);
    assert_eq!(found_names(&index, "\"wolken den\""), [""; 0]);
    index.put(&entry("a", "nothing of that")).unwrap();
    assert_eq!(found_names(&index, "東京"), [""; 0]);
    index.remove("a").unwrap();
    assert_eq!(found_names(&index, "nothing"), [""; 0]);
    assert_eq!(
        index.known("b").unwrap(),
        Some((
            Some("About b".to_owned()),
            Stamp {
                updated: 7,
                bytes: 8
            }
        ))
    );
    assert_eq!(index.names("", 9).unwrap(), ["b"]);
}

#[test]
fn a_link_is_known_as_long_as_its_document_has_it() {
    let index = Index::open(None).unwrap();
    let linking = |name: &str, addresses: &[&str]| Entry {
        targets: addresses
            .iter()
            .filter_map(|it| links::target(it))
            .collect(),
        ..entry(name, "text")
    };
    let to = |name: &str, hosts: &[&str], after: &str| {
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        index.links_to(name, &hosts, after, 9).unwrap()
    };
    index
        .put(&linking(
            "b",
            &["/d/plan", "/d/plan#end", "http://host/d/plan"],
        ))
        .unwrap();
    index.put(&linking("a", &["http://host/d/plan"])).unwrap();
    index.put(&linking("c", &["http://other/d/plan"])).unwrap();
    index.put(&linking("plan", &["/d/plan", "/d/a"])).unwrap();
    assert_eq!(to("plan", &["host"], ""), ["a", "b"]);
    assert_eq!(to("plan", &["host"], "a"), ["b"]);
    assert_eq!(to("plan", &[], ""), ["b"]);
    assert_eq!(to("plan", &["other", "host"], ""), ["a", "b", "c"]);
    assert_eq!(to("a", &[], ""), ["plan"]);
    index.put(&linking("b", &["/d/a"])).unwrap();
    assert_eq!(to("plan", &[], ""), [""; 0]);
    assert_eq!(to("a", &[], ""), ["b", "plan"]);
    index.remove("b").unwrap();
    assert_eq!(to("a", &[], ""), ["plan"]);
}

#[test]
fn a_list_is_told_how_texts_begin() {
    let index = Index::open(None).unwrap();
    index
        .put(&entry("a", "About a\n\nWe  met.\nThen we left."))
        .unwrap();
    index.put(&entry("b", &"word ".repeat(100))).unwrap();
    let names = ["a", "b", "c"].map(str::to_owned);
    let told = index.beginnings(&names).unwrap();
    assert_eq!(told.len(), 2);
    // What the title says is not said again.
    assert_eq!(
        told[0],
        ("a".to_owned(), "We met. Then we left.".to_owned())
    );
    assert!(told[1].1.ends_with("word…"), "{}", told[1].1);
    assert!(told[1].1.chars().count() <= 141);
}

#[test]
fn pages_follow_each_other_without_doubles() {
    let index = Index::open(None).unwrap();
    for number in 0..25 {
        let text = "word ".repeat(1 + number % 3);
        index.put(&entry(&format!("d{number}"), &text)).unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let hits = index.find("word", "d", after, 4).unwrap();
        let Some(last) = hits.last() else { break };
        after = Some(last.place);
        seen.extend(hits.into_iter().map(|hit| hit.name));
    }
    assert_eq!(seen.len(), 25);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
}

#[test]
fn what_stands_behind_the_first_mebibyte_is_not_looked_through() {
    let index = Index::open(None).unwrap();
    let words = "word ".repeat(MOST_TEXT / 5);
    index
        .put(&entry("a", &format!("first {words} last")))
        .unwrap();
    assert_eq!(found_names(&index, "first"), ["a"]);
    assert_eq!(found_names(&index, "last"), [""; 0]);
}

/// A question was ended in the middle of an excerpt, and the text of its document stayed
/// where excerpts are made: the next question was shown a part of that.
#[test]
fn an_excerpt_is_of_its_own_document() {
    let index = Index::open(None).unwrap();
    index.put(&entry("a", "a word of its own")).unwrap();
    let left = "INSERT INTO temp.stretches (body) VALUES ('a secret word')";
    index.with(|database| database.execute_batch(left)).unwrap();
    let hits = index.find("word", "", None, 9).unwrap();
    let text: String = hits[0].excerpt.iter().map(|part| &*part.text).collect();
    assert_eq!(text, "a word of its own");
}

/// A text of nothing but the word that is looked for: to weigh each place against each
/// other took minutes, in which nobody else found anything.
#[test]
fn however_often_a_word_is_there_it_is_shown_once() {
    let index = Index::open(None).unwrap();
    index.put(&entry("a", &"a b c d ".repeat(100_000))).unwrap();
    let hits = index.find("a b c d", "", None, 9).unwrap();
    let excerpt = &hits[0].excerpt;
    assert!(excerpt[0].is_match, "{excerpt:?}");
    let letters: usize = excerpt.iter().map(|part| part.text.chars().count()).sum();
    assert!(letters < 300, "{letters}");
}

/// A question meets a damaged page: it is said so, and whoever fills the index hears
/// that there is a new one to be filled.
#[test]
fn an_index_that_is_damaged_while_it_is_used_is_made_anew() {
    use futures_util::FutureExt;
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(Some(folder.path())).unwrap();
    index
        .put(&entry("a", &"many words ".repeat(5_000)))
        .unwrap();
    let rest = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory;";
    index.with(|database| database.execute_batch(rest)).unwrap();
    let file = folder.path().join(FILE);
    let mut bytes = fs::read(&file).unwrap();
    bytes[4096..].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    assert!(index.is_made_anew().now_or_never().is_none());
    let found = index.find("words", "", None, 9);
    assert!(
        matches!(found, Err(SearchError::Unavailable(_))),
        "{found:?}"
    );
    assert!(index.is_made_anew().now_or_never().is_some());
    assert_eq!(index.known("a"), Ok(None));
    index.put(&entry("a", "words")).unwrap();
    assert_eq!(found_names(&index, "words"), ["a"]);
}
