//! What stands in a line and is no text: breaks, formulas, pictures, and nodes of other
//! editors, which are their words.

use super::Writer;
use crate::export::address::{is_safe_image, is_safe_link};
use crate::export::html::write::Writer as Markup;
use crate::export::text::write::instead;
use crate::export::tree::Element;

impl Writer<'_, '_> {
    /// Something in a line that is no text.
    pub(super) fn inline(&mut self, element: &Element) {
        match &*element.name {
            "hardBreak" => self.line.line_break(),
            "inlineMath" => {
                let formula = element.text("latex").unwrap_or_default();
                let formula = formula.replace(|c: char| c.is_control(), " ");
                if !formula.trim().is_empty() {
                    self.line.formula(formula.trim(), false);
                }
            }
            "image" => {
                let said = |name| element.text(name).unwrap_or_default();
                let mut around = said("href");
                if !is_safe_link(around) {
                    self.simplified.note("links with unsafe addresses");
                    around = "";
                }
                match is_safe_image(said("src")) {
                    true if element.number("width").is_some() => {
                        let mut markup = Markup::default();
                        markup.picture(element);
                        self.line.markup(&markup.html, around);
                    }
                    true => {
                        let source = said("src");
                        self.line.image(source, said("alt"), said("title"), around);
                    }
                    false => {
                        self.simplified.note("images with unsafe addresses");
                        self.line.plain(said("alt"));
                    }
                }
            }
            other => {
                let words = instead(element);
                if words.is_empty() {
                    self.simplified.unknown(other);
                }
                self.line.plain(&words);
            }
        }
    }
}
