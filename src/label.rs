//! What people call themselves and their documents, where it stands beside other words: in
//! lists, at carets, above comments.
//!
//! Anybody writes what they like there. So a line stays one line, and nothing turns the
//! direction of what stands around it (the embeddings, overrides and isolates of Unicode
//! Standard Annex 9); letters of any script keep their own.

/// The letters that are shown of such a text. Where a line would end there is a space.
pub fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter_map(|c| match c {
        '\t' | '\n' | '\r' => Some(' '),
        c if c.is_control() || turns(c) => None,
        c => Some(c),
    })
}

/// Whether it turns the direction of what follows it.
pub fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_and_keeps_its_direction() {
        let shown = |text| letters(text).collect::<String>();
        assert_eq!(shown("a\u{202e}b\u{2067}c\u{2069}"), "abc");
        assert_eq!(shown("two\nlines\u{0}"), "two lines");
        assert_eq!(shown("مرحبا Zürich \u{200f}👋🏽"), "مرحبا Zürich \u{200f}👋🏽");
    }
}
