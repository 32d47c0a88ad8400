//! What a text is made of, and what is looked for in it.
//!
//! FTS5 finds words between signs. Scripts that do not put spaces between words are taken
//! letter by letter, and so are signs such as emoji: a sign that separates and that nobody
//! sees stands between them in the index, and what is looked for is a row of letters then.

/// Separates, and is not seen.
const SEPARATOR: char = '\u{200b}';

/// The marks around what was found.
pub(super) const BEGIN: char = '\u{1}';
pub(super) const END: char = '\u{2}';

/// Between words that have to be there, and between those of which one is enough. No
/// quoted word ends and begins like this. A word that is nothing to FTS5, such as an arrow,
/// is passed over between spaces; with AND, nothing would be found.
const ALL: &str = " ";
const ANY: &str = " OR ";

/// So many words are looked for at most; the rest is left out.
const WORDS: usize = 16;

/// A part of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The letters.
    pub text: String,
    /// Whether they are what was looked for.
    pub is_match: bool,
}

/// Whether a letter is a word by itself.
fn stands_alone(letter: char) -> bool {
    matches!(letter,
        // Thai, Lao, Myanmar, Khmer
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Symbols, and the emoji among them
        | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}'
        // Radicals, Kana, Bopomofo, ideographs
        | '\u{2e80}'..='\u{2fdf}' | '\u{3040}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// A text as it is put into the index, of so many bytes at most.
pub(super) fn indexed(text: &str, bytes: usize) -> String {
    let text = &text[..text.floor_char_boundary(bytes)];
    let mut indexed = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            BEGIN | END | SEPARATOR | '\0' => {}
            letter if stands_alone(letter) => indexed.extend([SEPARATOR, letter, SEPARATOR]),
            letter => indexed.push(letter),
        }
    }
    indexed
}

/// What somebody typed as an expression of FTS5: words, those in quotation marks in this
/// order, and the beginning of the last one if nothing is behind it. `None`: there is no
/// word in it. Everything stands in the quotation marks of FTS5, so nothing in it is an
/// operator.
pub(super) fn expression(typed: &str) -> Option<String> {
    let is_open = |part: usize| part % 2 == 1;
    let mut words: Vec<String> = Vec::new();
    let mut is_beginning = false;
    for (number, part) in typed.split(['"', '“', '”', '„']).enumerate() {
        let phrases: Vec<&str> = match is_open(number) {
            true => vec![part],
            false => part.split_whitespace().collect(),
        };
        for phrase in phrases {
            let is_word = |letter: char| letter.is_alphanumeric() || stands_alone(letter);
            if !phrase.contains(is_word) {
                continue;
            }
            let letters: String = indexed(phrase, phrase.len());
            words.push(format!("\"{letters}\""));
            is_beginning = !is_open(number) && part.ends_with(phrase);
        }
        is_beginning &= !part.is_empty() && !is_open(number);
    }
    is_beginning &= words.len() <= WORDS;
    words.truncate(WORDS);
    let mut expression = words.join(ALL);
    if is_beginning {
        expression.push('*');
    }
    (!expression.is_empty()).then_some(expression)
}

/// So many letters of a text are shown before what was found first, and in all.
const BEFORE: usize = 60;
const SHOWN: usize = 220;

/// The same where one of the words is enough.
pub(super) fn any(expression: &str) -> String {
    let (between, instead) = (format!("\"{ALL}\""), format!("\"{ANY}\""));
    expression.replace(&between, &instead)
}

/// What stands around the first mark in a text. `None`: there is none.
pub(super) fn around(marked: &str) -> Option<String> {
    let first = marked.find(BEGIN)?;
    let mut letters = marked[..first].char_indices().rev();
    let start = letters.nth(BEFORE).map_or(0, |(place, _)| place);
    // Not within a word, if there is a space.
    let start = match (start, marked[start..first].find(char::is_whitespace)) {
        (0, _) => 0,
        (start, space) => start + space.unwrap_or(0),
    };
    let mut letters = marked[start..].char_indices();
    let end = letters
        .nth(SHOWN)
        .map_or(marked.len(), |(place, _)| start + place);
    let shown = &marked[start..end];
    let shown = match end < marked.len() {
        // Not within a word, if there is a space behind what was found.
        true => {
            let found = shown.find(BEGIN).unwrap_or(0);
            let space = shown[found..].rfind(char::is_whitespace);
            &shown[..space.map_or(shown.len(), |space| found + space)]
        }
        false => shown,
    };
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    let (before, behind) = (dots(start > 0), dots(end < marked.len()));
    Some(format!("{before}{}{END}{behind}", shown.trim()))
}

/// So many letters of a text are its beginning.
const BEGINNING: usize = 140;

/// How a text begins, in one line, for a list in which its title stands above that: a
/// first line that says the same is left out.
pub(super) fn beginning(text: &str, title: Option<&str>) -> String {
    let text = text.trim_start();
    let title = title.unwrap_or_default().trim();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let is_title = first.trim().to_lowercase() == title.to_lowercase();
    let text = if is_title { rest } else { text };
    let mut beginning = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let space = usize::from(!beginning.is_empty());
        let letters = word.chars().count();
        if length + space + letters > BEGINNING {
            // One long word is cut, and no other.
            if beginning.is_empty() {
                beginning.extend(word.chars().take(BEGINNING));
            }
            beginning.push('…');
            break;
        }
        beginning.push_str(&" "[..space]);
        beginning.extend(word.chars().filter(|letter| !letter.is_control()));
        length += space + letters;
    }
    beginning
}

/// An excerpt with marks, in parts. It is one line.
pub(super) fn parts(excerpt: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut is_match = false;
    let mut text = String::new();
    let mut close = |text: &mut String, is_match: bool| {
        if !text.is_empty() {
            let text = std::mem::take(text);
            parts.push(Part { text, is_match });
        }
    };
    let mut was_space = true;
    for letter in excerpt.trim().chars() {
        let is_space = letter.is_whitespace();
        match letter {
            _ if is_space => {
                if !was_space {
                    text.push(' ');
                }
            }
            BEGIN | END => {
                close(&mut text, is_match);
                is_match = letter == BEGIN;
            }
            SEPARATOR => {}
            letter => text.push(letter),
        }
        was_space = is_space || (was_space && matches!(letter, BEGIN | END | SEPARATOR));
    }
    close(&mut text, is_match);
    // Letters that stand alone were found one by one.
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if last.is_match == part.is_match => last.text.push_str(&part.text),
            _ => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_words_and_nothing_else() {
        let typed = |text| expression(text).unwrap_or_default();
        assert_eq!(typed("hello wor"), "\"hello\" \"wor\"*");
        assert_eq!(typed("hello wor "), "\"hello\" \"wor\"");
        assert_eq!(
            typed("say \"hello world\" loud"),
            "\"say\" \"hello world\" \"loud\"*"
        );
        assert_eq!(typed("\"hello wor"), "\"hello wor\"");
        assert_eq!(
            typed("a OR b* NEAR(c) -d title:e"),
            "\"a\" \"OR\" \"b*\" \"NEAR(c)\" \"-d\" \"title:e\"*"
        );
        assert_eq!(typed("東京"), "\"\u{200b}東\u{200b}\u{200b}京\u{200b}\"*");
        for nothing in ["", " ", "\"\"", "!!! --", "\u{1}\u{2}\0"] {
            assert_eq!(expression(nothing), None, "{nothing:?}");
        }
    }

    /// A space before what was found and none behind: it is shown all the same.
    #[test]
    fn what_was_found_is_in_its_excerpt() {
        let marked = format!("{} see {BEGIN}x{END}{}", "y".repeat(80), "z".repeat(300));
        let excerpt = around(&marked).unwrap();
        assert!(
            parts(&excerpt).iter().any(|part| part.is_match),
            "{excerpt:?}"
        );
    }

    #[test]
    fn excerpts_come_in_parts() {
        let excerpt = format!("in {BEGIN}東{END}\u{200b}\u{200b}{BEGIN}京{END} now");
        let told: Vec<_> = parts(&excerpt)
            .into_iter()
            .map(|part| (part.text, part.is_match))
            .collect();
        let part = |text: &str, is_match| (text.to_owned(), is_match);
        assert_eq!(
            told,
            [part("in ", false), part("東京", true), part(" now", false)]
        );
    }
}
