//! Details: a piece of markup before what folds and one behind it, as they are
//! [read again](crate::export::markdown::fold).

use comrak::nodes::{Node, NodeHtmlBlock, NodeValue};

use super::Writer;
use crate::export::html::write::Writer as Markup;
use crate::export::tree::{Step, steps};

impl<'a> Writer<'a, '_> {
    /// Whether details are as the editor has them, and so are written as such. Others are
    /// their text.
    pub(super) fn folds(&self, place: usize) -> bool {
        let names: Vec<_> = self
            .tree
            .children(place)
            .map(|child| self.tree.nodes()[child].name())
            .collect();
        names == [Some("detailsSummary"), Some("detailsContent")]
    }

    /// Whether what is entered lies in details that are written as such.
    pub(super) fn is_folded(&self) -> bool {
        self.open.last().is_some_and(|open| open.end.is_some())
    }

    /// What begins details: where there is markup, all of a line is.
    pub(super) fn summary(&mut self, place: usize, parent: Node<'a>) {
        let mut markup = Markup::default();
        for step in steps(self.tree.subtree(place)) {
            match step {
                Step::Enter(_, element) => markup.open(element, true),
                Step::Run(run) => markup.run(&run.text, &run.marks),
                Step::Leave(element) => markup.close(element),
            }
        }
        let summary = markup.rendered();
        self.simplified.join(summary.simplified);
        let html = summary.body.trim().replace(['\n', '\r'], " ");
        self.markup(parent, format!("<details>\n{html}"));
    }

    pub(super) fn markup(&self, parent: Node<'a>, literal: String) {
        let block = NodeHtmlBlock {
            block_type: 6,
            literal,
        };
        self.node(parent, NodeValue::HtmlBlock(block));
    }
}
