//! A document as plain text: one line for each block of text.

use crate::export::schema;
use crate::export::tree::{Element, Step, Tree};

/// The text of a document: a line a block, hard breaks as line breaks. Text that
/// stands in no block is given as it is. What is only proposed is not part of it, and
/// what is proposed to go still is.
pub fn write(tree: &Tree) -> String {
    let mut lines = Lines::default();
    for step in tree.steps() {
        match step {
            Step::Enter(_, element) if schema::is_inline(&element.name) => {
                lines.write(&instead(element));
            }
            Step::Enter(_, element) => {
                lines.block();
                if let Some(formula) = element.text("latex") {
                    lines.write(formula);
                }
                if &*element.name == "image" {
                    lines.write(element.text("alt").unwrap_or_default());
                }
            }
            Step::Run(run) if run.mark(schema::INSERTION).is_some() => {}
            Step::Run(run) => lines.write(&run.text),
            Step::Leave(element) if schema::is_inline(&element.name) => {}
            Step::Leave(_) => lines.end_block(),
        }
    }
    lines.text
}

/// What stands for something in a line that is no text.
pub(in crate::export) fn instead(element: &Element) -> String {
    match &*element.name {
        "hardBreak" => "\n".to_owned(),
        "mention" => {
            let name = element.text("label").or(element.text("id"));
            name.map(|name| format!("@{name}")).unwrap_or_default()
        }
        "emoji" => {
            let name = element.text("name");
            name.map(|name| format!(":{name}:")).unwrap_or_default()
        }
        _ => element.text("latex").unwrap_or_default().to_owned(),
    }
}

/// Lines, each ended once, however the blocks around it nest.
#[derive(Default)]
struct Lines {
    text: String,
    /// A block began and neither wrote nor held another block yet.
    open: bool,
}

impl Lines {
    fn block(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.open = true;
    }

    fn write(&mut self, text: &str) {
        self.text.push_str(text);
        self.open |= !text.is_empty();
    }

    fn end_block(&mut self) {
        if std::mem::take(&mut self.open) {
            self.text.push('\n');
        }
    }
}
