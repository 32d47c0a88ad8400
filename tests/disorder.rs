//! Documents in no order at all: whoever writes the shared types may put anything anywhere,
//! and every format says all of the text, and none panics.
//!
//! `COWRITE_SEED` replays random documents, `COWRITE_DOCUMENTS` says how many.

#![allow(clippy::unwrap_used)]

mod support;

use cowrite::export::tree::{Builder, Element, Mark, Tree};
use cowrite::export::{self, Content, DEFAULT_ROOT, Format, encoding, roots};

use support::chance::{Seed, asked_number};
use support::reading::doc_of;

/// Random documents that are looked at.
const DOCUMENTS: u64 = 400;

/// The nodes of the editor, some of other editors, and some of nobody.
const NAMES: [&str; 28] = [
    "paragraph",
    "paragraph",
    "heading",
    "blockquote",
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "taskItem",
    "codeBlock",
    "horizontalRule",
    "table",
    "table",
    "tableRow",
    "tableRow",
    "tableCell",
    "tableHeader",
    "image",
    "callout",
    "details",
    "detailsSummary",
    "detailsContent",
    "blockMath",
    "inlineMath",
    "hardBreak",
    "mention",
    "somethingElse",
    "doc",
];

// Words that are only proposed are no text yet.
const MARKS: [&str; 6] = ["bold", "italic", "code", "link", "deletion", "unknown"];

const FORMATS: [Format; 6] = [
    Format::Markdown,
    Format::Html,
    Format::Page,
    Format::Text,
    Format::Json,
    Format::Delta,
];

struct Chance {
    random: fastrand::Rng,
    /// The words that were written, none of which is in another.
    words: Vec<String>,
}

impl Chance {
    fn document(&mut self) -> Tree {
        let mut builder = Builder::default();
        for _ in 0..self.random.usize(1..5) {
            self.node(&mut builder, 0);
        }
        builder.finish()
    }

    fn node(&mut self, builder: &mut Builder, depth: usize) {
        if self.random.usize(0..4) == 0 {
            return self.text(builder);
        }
        let name = NAMES[self.random.usize(0..NAMES.len())];
        builder.open(self.element(name));
        let most = if depth > 6 { 1 } else { 4 };
        for _ in 0..self.random.usize(0..most) {
            self.node(builder, depth + 1);
        }
        builder.close();
    }

    fn element(&mut self, name: &str) -> Element {
        let mut element = Element::named(name);
        let number = [-1_i64, 0, 1, 2, 3, 300, i64::MAX][self.random.usize(0..7)];
        for attribute in ["colspan", "rowspan", "start", "level", "width"] {
            if self.random.usize(0..6) == 0 {
                element = element.with(attribute, number);
            }
        }
        for (attribute, value) in [
            ("latex", "x^2"),
            ("src", "/a.png"),
            ("href", "https://e.org/"),
            ("kind", "nothing known"),
            ("checked", "maybe"),
            ("language", "a `b`"),
        ] {
            if self.random.usize(0..4) == 0 {
                element = element.with(attribute, value);
            }
        }
        element
    }

    fn text(&mut self, builder: &mut Builder) {
        let word = format!("w{}e", self.words.len());
        let mut marks = Vec::new();
        if self.random.bool() {
            let name = MARKS[self.random.usize(0..MARKS.len())];
            marks.push(Mark::named(name).with("href", "https://e.org/"));
        }
        let around = ["", " ", "\n", "*"][self.random.usize(0..4)];
        builder.run(&format!("{around}{word}{around}"), marks);
        self.words.push(word);
    }
}

/// A read of a paragraph that stood in a table, or in a list, beside its rows or items
/// panicked in what writes Markdown, on the document's thread: everybody in the document
/// was cut off, again at every read. Text beside them was left out.
#[test]
fn whatever_stands_wherever_every_format_says_all_of_the_text() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    for number in 0..asked_number("COWRITE_DOCUMENTS").unwrap_or(DOCUMENTS) {
        let mut chance = Chance {
            random: seed.chances(number),
            words: Vec::new(),
        };
        let tree = chance.document();
        let update = encoding::update(&tree, DEFAULT_ROOT, Some("A title"));
        let stored = roots::read(&doc_of(&update), None).content;
        for content in [Content::Document(tree), stored] {
            for format in FORMATS {
                let said = export::format::write(&content, format, "A title").body;
                for word in &chance.words {
                    assert!(
                        said.contains(word.as_str()),
                        "{number}: {word} is not in {format:?}: {said}\n{content:?}"
                    );
                }
                if let Some(read) = export::format::read(said.as_bytes(), format) {
                    // Whatever becomes of it, it is an answer.
                    drop(read);
                }
            }
        }
    }
}
