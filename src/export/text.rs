//! A document as plain text: one line for each block of text.

use yrs::{Any, Doc, Out, ReadTxn, Transact};

use super::walk::{Step, walk};

/// The text under `root`: an XML fragment as one line a block, hard breaks as
/// line breaks; a `Y.Text` as it is. A root that nobody wrote to is empty.
pub fn document(doc: &Doc, root: &str) -> String {
    let txn = doc.transact();
    let mut lines = Lines::default();
    if let Some(fragment) = txn.get_xml_fragment(root) {
        walk(&fragment, &txn, |step| match step {
            Step::Enter(element) => match element.try_tag().map(|tag| &**tag) {
                Some("hardBreak") => lines.text.push('\n'),
                _ => lines.block(),
            },
            Step::Run {
                insert: Out::Any(Any::String(text)),
                ..
            } => lines.write(&text),
            Step::Run { .. } => {}
            Step::Leave(element) => {
                if element.try_tag().map(|tag| &**tag) != Some("hardBreak") {
                    lines.end_block();
                }
            }
        });
    }
    lines.text
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
        self.open = true;
    }

    fn end_block(&mut self) {
        if std::mem::take(&mut self.open) {
            self.text.push('\n');
        }
    }
}
