//! Random documents of rich text, and variations of them.
//!
//! `COWRITE_SEED` replays, `COWRITE_DOCUMENTS` says how many.

use cowrite::export::tree::{Builder, Element, Mark, Step, Tree};

use super::chance::{Seed, asked_number};

const DOCUMENTS: u64 = 400;

/// Draws documents.
pub struct Chance(pub fastrand::Rng);

impl Chance {
    /// A document.
    pub fn document(&mut self) -> Tree {
        let mut builder = Builder::default();
        for _ in 0..self.0.usize(0..8) {
            self.block(&mut builder, 0);
        }
        builder.finish()
    }

    fn block(&mut self, builder: &mut Builder, depth: usize) {
        let kinds = if depth > 2 { 4 } else { 7 };
        match self.0.usize(0..kinds) {
            0..=2 => {
                builder.open(Element::named("paragraph"));
                self.line(builder);
                builder.close();
            }
            3 => {
                builder.open(Element::named("heading").with("level", self.0.i64(1..=2)));
                self.line(builder);
                builder.close();
            }
            4 => builder.leaf(Element::named("horizontalRule")),
            kind => {
                let (list, item) = match kind {
                    5 => ("bulletList", "listItem"),
                    _ => ("taskList", "taskItem"),
                };
                builder.open(Element::named(list));
                for _ in 0..self.0.usize(1..4) {
                    let mut item = Element::named(item);
                    if kind == 6 {
                        item = item.with("checked", self.0.bool());
                    }
                    builder.open(item);
                    builder.open(Element::named("paragraph"));
                    self.line(builder);
                    builder.close();
                    if self.0.usize(0..3) == 0 {
                        self.block(builder, depth + 1);
                    }
                    builder.close();
                }
                builder.close();
            }
        }
    }

    fn line(&mut self, builder: &mut Builder) {
        for _ in 0..self.0.usize(0..5) {
            if self.0.usize(0..8) == 0 {
                builder.leaf(Element::named("hardBreak"));
            }
            let words: String = (0..self.0.usize(1..4)).map(|_| self.word()).collect();
            builder.run(&words, self.marks());
        }
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 8] = ["one ", "two ", "👋", "Über ", "a", "b ", "中文", "e\u{301}"];
        WORDS[self.0.usize(0..WORDS.len())]
    }

    fn marks(&mut self) -> Vec<Mark> {
        let mut marks = Vec::new();
        if self.0.usize(0..3) == 0 {
            marks.push(Mark::named("bold"));
        }
        if self.0.usize(0..4) == 0 {
            let color = ["yellow", "green"][self.0.usize(0..2)];
            marks.push(Mark::named("highlight").with("color", color));
        }
        for id in ["c1", "c2"] {
            if self.0.usize(0..6) == 0 {
                let overlaps = true;
                let comment = Mark::named("comment").with("id", id);
                marks.push(Mark {
                    overlaps,
                    ..comment
                });
            }
        }
        marks
    }

    /// The same document with a few things otherwise.
    pub fn variation(&mut self, tree: &Tree) -> Tree {
        let mut builder = Builder::default();
        let mut skip_to = 0;
        let mut place = 0;
        let mut steps = tree.steps();
        while let Some(step) = steps.next() {
            place += 1;
            match step {
                Step::Enter(at, element) => {
                    let top = steps.depth() == 1;
                    if top && at >= skip_to && self.0.usize(0..6) == 0 {
                        steps.skip_inside();
                        steps.next();
                        skip_to = at + 1;
                        continue;
                    }
                    if top && self.0.usize(0..6) == 0 {
                        self.block(&mut builder, 0);
                    }
                    let mut element = element.clone();
                    if &*element.name == "heading" && self.0.bool() {
                        element = element.with("level", self.0.i64(1..=2));
                    }
                    builder.open(element);
                }
                Step::Run(run) => {
                    let mut text = run.text.clone();
                    if self.0.usize(0..4) == 0 {
                        let letters: Vec<char> = text.chars().collect();
                        let cut = self.0.usize(0..=letters.len());
                        text = letters[..cut].iter().collect::<String>() + self.word();
                        text.extend(&letters[cut..]);
                    }
                    let marks = match self.0.usize(0..4) {
                        0 => self.marks(),
                        _ => run.marks.clone(),
                    };
                    builder.run(&text, marks);
                }
                Step::Leave(_) => builder.close(),
            }
        }
        assert!(place <= 2 * tree.nodes().len());
        builder.finish()
    }
}

/// Draws many, after the seed that was asked for.
pub fn each(mut look: impl FnMut(u64, &mut Chance)) {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    for number in 0..asked_number("COWRITE_DOCUMENTS").unwrap_or(DOCUMENTS) {
        look(number, &mut Chance(seed.chances(number)));
    }
}
