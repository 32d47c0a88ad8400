//! Subscript and superscript, of which a text has what Unicode has letters for: H₂O, x².

use super::Reader;
use crate::export::html::parse::Data;

/// What is written low or high, and the letter that is that by itself.
const LOW: [(&str, &str); 2] = [("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"), ("−", "₋")];
const HIGH: [(&str, &str); 2] = [("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ"), ("−", "⁻")];

impl Reader<'_> {
    /// All that is in a `sub` or `sup`, in letters of its own. `None`: it has other words, or marks.
    pub(super) fn script(&self, node: usize) -> Option<String> {
        let letters = if self.page.name(node)? == "sub" {
            LOW
        } else {
            HIGH
        };
        let [child] = self.page.children(node) else {
            return None;
        };
        let Data::Text(text) = self.page.data(*child) else {
            return None;
        };
        let one = |letter: char| {
            letters.iter().find_map(|(plain, own)| {
                let place = plain.chars().position(|known| known == letter)?;
                own.chars().nth(place)
            })
        };
        text.chars().map(one).collect()
    }
}
