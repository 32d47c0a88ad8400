//! Formulas: nodes that are written between dollars, and dollars of text that are none of them.

use super::line::{CODE, Piece, Rank, Segment};
use crate::export::html::write::escape;

/// Sees to it that formulas are read again as what they are, and that no text is: where
/// dollars would not do, an element of HTML stands for a formula.
pub(super) fn escape_formulas(segments: &mut Vec<Segment>) {
    if segments.iter().map(dollars).sum::<usize>() < 2 {
        return;
    }
    let mut written = Vec::with_capacity(segments.len());
    let mut rest = segments.drain(..).peekable();
    // What ends in dollars stands before: with more of them it would end elsewhere.
    let mut behind_formula = false;
    while let Some(mut segment) = rest.next() {
        let is_behind = std::mem::take(&mut behind_formula);
        match &mut segment.piece {
            Piece::Text(text) if !segment.marks.iter().any(|mark| mark.rank == CODE) => {
                *text = text.replace('$', DOLLAR.encode_utf8(&mut [0; 4]));
            }
            Piece::Image(_, words, _) => {
                *words = words.replace('$', DOLLAR.encode_utf8(&mut [0; 4]));
            }
            // One that a node holds, whatever it is.
            Piece::Formula(inside, display) => {
                let fence = if *display { "$$" } else { "$" };
                let whole = format!("{fence}{inside}{fence}");
                let is_whole = |(_, found, length)| found == *display && length == whole.len();
                let ends = match rest.peek().map(|next| &next.piece) {
                    Some(Piece::Text(text)) => !text.starts_with(|c: char| c.is_ascii_digit()),
                    _ => true,
                };
                if is_behind || !ends || !formula(&whole).is_some_and(is_whole) {
                    written.extend(element(inside).map(|piece| Segment {
                        piece,
                        marks: segment.marks.clone(),
                    }));
                    continue;
                }
                behind_formula = true;
            }
            _ => {}
        }
        written.push(segment);
    }
    drop(rest);
    *segments = written;
}

/// How many dollars are written for a segment: one of text begins a formula that ends
/// wherever the next one stands, in an address as well.
fn dollars(segment: &Segment) -> usize {
    let count = |text: &str| text.matches('$').count();
    let of_piece = match &segment.piece {
        Piece::Text(text) | Piece::Markup(text) => count(text),
        Piece::Formula(..) => 2,
        Piece::Image(source, words, title) => count(source) + count(words) + count(title),
        Piece::Break => 0,
    };
    let of_mark = |mark: &Rank| {
        let link = mark.link.as_ref();
        count(&mark.says) + link.map_or(0, |(url, title)| count(url) + count(title))
    };
    of_piece + segment.marks.iter().map(of_mark).sum::<usize>()
}

/// A formula as an element of HTML, with its source as words.
fn element(formula: &str) -> [Piece; 3] {
    let mut begins = String::from("<span data-type=\"inline-math\" data-latex=\"");
    let line = formula.replace(|c: char| c.is_control(), " ");
    escape(&mut begins, line.trim());
    begins.push_str("\">");
    [
        Piece::Markup(begins),
        Piece::Text(escaped(line.trim())),
        Piece::Markup("</span>".to_owned()),
    ]
}

/// A formula as words: its dollars are none, and it is one line.
fn escaped(formula: &str) -> String {
    let sign = |c: char| match c {
        '$' => DOLLAR,
        c if c.is_control() => ' ',
        c => c,
    };
    formula.chars().map(sign).collect()
}

/// What stands for a dollar that is none of a formula: a control character, since a line
/// holds none of its own.
pub(super) const DOLLAR: char = '\u{1a}';

/// A formula as a cell may hold it. comrak writes a backslash before each bar, which is
/// taken off again; but of two backslashes the bar behind them would end the cell, so
/// what TeX writes as `\|` is its word for the same.
pub(super) fn in_cell(formula: &str) -> String {
    let mut written = String::with_capacity(formula.len());
    let mut signs = formula.chars().peekable();
    while let Some(sign) = signs.next() {
        written.push(sign);
        if sign != '\\' {
            continue;
        }
        match signs.next() {
            Some('|') => {
                written.push_str("Vert");
                if signs.peek().is_some_and(|next| next.is_alphabetic()) {
                    written.push(' ');
                }
            }
            next => written.extend(next),
        }
    }
    written
}

/// The formula that a text begins with: what is in it, whether it stands for itself,
/// and its length.
fn formula(text: &str) -> Option<(&str, bool, usize)> {
    let fence = text.bytes().take_while(|byte| *byte == b'$').count();
    let inside = text.get(fence..)?;
    let inside = &inside[..inside.find('$')?];
    let behind = &text[fence + inside.len()..];
    let closing = behind.bytes().take_while(|byte| *byte == b'$').count();
    if closing != fence || inside.is_empty() || inside.ends_with('\\') {
        return None;
    }
    let behind = &behind[fence..];
    if could_be_markup(inside) {
        return None;
    }
    let is_formula = match fence {
        1 => {
            let tight =
                !inside.starts_with(char::is_whitespace) && !inside.ends_with(char::is_whitespace);
            tight && !behind.starts_with(|c: char| c.is_ascii_digit())
        }
        2 => true,
        _ => false,
    };
    is_formula.then_some((inside, fence == 2, 2 * fence + inside.len()))
}

/// Whether a formula may be written between two dollars on either side: it is read again
/// as what it is, and none of its lines begins a block.
pub(super) fn stands_by_itself(inside: &str) -> bool {
    let begins_block = |line: &str| {
        line.trim_start()
            .starts_with(|c: char| c.is_ascii_digit() || "#>-+*=_~:|[".contains(c))
            || line.starts_with("    ")
            || line.starts_with('\t')
    };
    let whole = format!("$${inside}$$");
    inside.trim() == inside
        && !inside.contains(|c: char| c.is_control() && c != '\n')
        && !inside.lines().skip(1).any(begins_block)
        && formula(&whole).is_some_and(|(_, display, length)| display && length == whole.len())
}

/// Whether somebody who knows no formulas could take this for markup: it is written as it
/// is. In a formula a sign of comparison or of a column stands by itself, no bracket
/// begins the address of a link, and no line is empty, behind which anything may begin.
fn could_be_markup(inside: &str) -> bool {
    let stands_alone =
        |behind: &str| behind.is_empty() || behind.starts_with([' ', '=', '\\', '\n']);
    let taken = inside.match_indices(['<', '&']);
    let behind = taken.map(|(place, _)| &inside[place + 1..]);
    let is_empty = |line: &str| line.trim().is_empty();
    inside.contains('`')
        || inside.contains("](")
        || inside.contains("]:")
        || inside.lines().skip(1).any(is_empty)
        || behind.into_iter().any(|behind| {
            !stands_alone(behind) && !behind.starts_with(|c: char| c.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_behind_one_backslash_is_a_word_in_a_cell() {
        for (formula, written) in [
            (r"|x|", r"|x|"),
            (r"\|x\|", r"\Vert x\Vert"),
            (r"\|\|", r"\Vert\Vert"),
            (r"a \\| b", r"a \\| b"),
            (r"a \\\|", r"a \\\Vert"),
            (r"\", r"\"),
        ] {
            assert_eq!(in_cell(formula), written, "{formula}");
        }
    }

    /// A person typed this, and every reader that knows no formulas made an image of it.
    #[test]
    fn what_could_be_markup_is_no_formula() {
        for markup in [
            "$<img src=x onerror=alert(1)>$",
            "$&lt;script$",
            "$a`b$",
            "$[x](javascript:alert(1))$",
            "$$a\n\nb$$",
            "$$a\n[x]: javascript:alert(1)\n$$",
        ] {
            assert_eq!(formula(markup), None, "{markup}");
        }
        for sum in [
            "$a < b$",
            "$a <= 2$",
            "$$a & b \\\\ c$$",
            "$1<2$",
            "$x[i][j]$",
            "$$\na\n$$",
        ] {
            assert!(formula(sum).is_some(), "{sum}");
        }
    }
}
