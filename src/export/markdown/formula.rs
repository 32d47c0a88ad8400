//! Formulas in text: the editor has none, and people write them between dollars.

use super::line::{CODE, Piece, Segment};

/// Finds what is maths in the text, and what only has its sign.
pub(super) fn escape_formulas(segments: &mut Vec<Segment>) {
    let dollars = segments.iter().map(|segment| match &segment.piece {
        Piece::Text(text) => text.matches('$').count(),
        Piece::Formula(..) => 2,
        _ => 0,
    });
    if dollars.sum::<usize>() < 2 {
        return;
    }
    let mut split = Vec::with_capacity(segments.len());
    for segment in segments.drain(..) {
        match &segment.piece {
            Piece::Text(text)
                if text.contains('$') && !segment.marks.iter().any(|mark| mark.rank == CODE) =>
            {
                for piece in formulas(text) {
                    split.push(Segment {
                        piece,
                        marks: segment.marks.clone(),
                    });
                }
            }
            // One that a node holds, whatever it is: it is written as it is, too.
            Piece::Formula(inside, display) => {
                let fence = if *display { "$$" } else { "$" };
                let whole = format!("{fence}{inside}{fence}");
                let is_whole = |(_, found, length)| found == *display && length == whole.len();
                let piece = match formula(&whole).is_some_and(is_whole) {
                    true => segment.piece,
                    false => Piece::Text(escaped(&whole)),
                };
                split.push(Segment {
                    piece,
                    marks: segment.marks,
                });
            }
            _ => split.push(segment),
        }
    }
    *segments = split;
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

/// The private letter that stands for a dollar that is none of a formula.
pub(super) const DOLLAR: char = '\u{f0000}';

fn formulas(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(place) = rest.find('$') {
        plain.push_str(&rest[..place]);
        rest = &rest[place..];
        match formula(rest) {
            Some((inside, display, length)) if !plain.ends_with(DOLLAR) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Formula(inside.to_owned(), display));
                rest = &rest[length..];
            }
            _ => {
                // All that stand together: each would only find the same again.
                let signs = rest.bytes().take_while(|byte| *byte == b'$').count();
                plain.extend(std::iter::repeat_n(DOLLAR, signs));
                rest = &rest[signs..];
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
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
