//! What stands in a line: text with the spaces that are seen, breaks, links, pictures and
//! formulas.

use super::{Code, Reader, image, link};
use crate::export::address::{is_safe_image, is_safe_link};
use crate::export::import::ImportError;
use crate::export::schema::{CODE, Holds, WIDEST, is_suggestion};
use crate::export::tree::{Element, Mark};

impl Reader<'_> {
    /// What stands here is parted from what stood before it.
    pub(super) fn space_here(&mut self) {
        if !self.begins && self.space.is_none() {
            self.space = Some(self.marks.clone());
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), ImportError> {
        if self.verbatim > 0 {
            return self.draft.text(text, &[]);
        }
        self.behind_figure &= text.chars().all(|c| c.is_ascii_whitespace());
        if self.code == Code::Kept && self.marks.iter().any(|mark| &*mark.name == CODE) {
            if let Some(marks) = self.space.take() {
                self.draft.text(" ", &marks)?;
            }
            self.begins = false;
            return self.draft.text(text, &self.marks);
        }
        let mut written = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_ascii_whitespace() {
                if !self.begins && self.space.is_none() {
                    self.space = Some(self.marks.clone());
                }
                continue;
            }
            if let Some(marks) = self.space.take() {
                if written.is_empty() {
                    // It belongs to what is outside of the two.
                    // What is proposed is proposed to the letter.
                    let is_proposed = |mark: &Mark| is_suggestion(&mark.name);
                    let fewer = if marks.len() < self.marks.len() || marks.iter().any(is_proposed) {
                        &marks
                    } else {
                        &self.marks
                    };
                    self.draft.text(" ", fewer)?;
                } else {
                    written.push(' ');
                }
            }
            self.begins = false;
            written.push(c);
        }
        self.draft.text(&written, &self.marks)
    }

    pub(super) fn line_break(&mut self) -> Result<(), ImportError> {
        if self.verbatim > 0 {
            return self.draft.text("\n", &[]);
        }
        self.space = None;
        self.begins = true;
        if std::mem::take(&mut self.behind_figure) && self.draft.holds() != Holds::Line {
            return Ok(());
        }
        self.draft.leaf(Element::named("hardBreak"))
    }

    pub(super) fn link(&self, node: usize) -> Option<Mark> {
        let address = self.page.attribute(node, "href")?;
        (is_safe_link(address) && !address.trim().is_empty())
            .then(|| link(address, self.page.attribute(node, "title")))
    }

    /// A picture stands for itself; where it cannot, or has no address, its words stay.
    pub(super) fn image(&mut self, node: usize) -> Result<(), ImportError> {
        let said = |name| {
            let said = self.page.attribute(node, name).unwrap_or_default().trim();
            (!said.is_empty()).then_some(said)
        };
        let address = said("src").filter(|address| is_safe_image(address));
        let (Some(address), false) = (address, self.in_summary || self.verbatim > 0) else {
            self.draft.simplified.note(match address {
                Some(_) => "images in a line as their words",
                None => "images without a safe address as their words",
            });
            return self.text(said("alt").unwrap_or_default());
        };
        let around = self.marks.iter().find(|mark| &*mark.name == "link");
        let width = said("width").and_then(|width| width.parse::<i64>().ok());
        let image = image(
            address,
            said("alt"),
            said("title"),
            around.and_then(|link| link.text("href")),
        );
        let image = match width.filter(|width| (1..=WIDEST).contains(width)) {
            Some(width) => image.with("width", width),
            None => image,
        };
        self.figure(image)
    }

    /// A formula, in its line or by itself.
    pub(super) fn formula(&mut self, formula: &str, display: bool) -> Result<(), ImportError> {
        let formula = formula.trim();
        if self.verbatim > 0 || formula.is_empty() {
            return self.text(formula);
        }
        if display && !self.in_summary {
            return self.figure(Element::named("blockMath").with("latex", formula));
        }
        if let Some(marks) = self.space.take() {
            self.draft.text(" ", &marks)?;
        }
        self.begins = false;
        self.behind_figure = false;
        let formula = formula.replace(['\n', '\r'], " ");
        self.draft
            .leaf(Element::named("inlineMath").with("latex", formula))
    }

    pub(super) fn figure(&mut self, element: Element) -> Result<(), ImportError> {
        self.draft.figure(element)?;
        self.space = None;
        self.begins = true;
        self.behind_figure = true;
        Ok(())
    }
}
