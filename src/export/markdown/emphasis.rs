//! Where the signs of emphasis are read as such, and where they are not.
//!
//! CommonMark reads `**` by the letters on both sides of it: between a letter and a full
//! stop it is no end of bold words. There the element of HTML stands for it.

use finl_unicode::categories::CharacterCategories;

use super::formula::DOLLAR;
use super::line::{BOLD, CODE, ITALIC, LINK, Piece, Rank, STRIKE, Segment, common};

/// Rounds in which one element of HTML may ask for another beside it.
const ROUNDS: usize = 8;

/// For each segment, of which of its marks HTML must stand for.
pub(super) fn as_html(segments: &[Segment]) -> Vec<Vec<bool>> {
    let has_no_signs = |mark: &Rank| (STRIKE + 1..CODE).contains(&mark.rank);
    let mut html: Vec<Vec<bool>> = segments
        .iter()
        .map(|segment| segment.marks.iter().map(has_no_signs).collect())
        .collect();
    for place in 0..segments.len() {
        look_at_nested(segments, &mut html, place);
    }
    for _ in 0..ROUNDS {
        let before = html.clone();
        for place in 0..=segments.len() {
            look_at_edge(segments, &mut html, place);
        }
        if html == before {
            break;
        }
    }
    html
}

/// Italics at the end of bold words that have others at their beginning: three signs
/// at either end would be read as one pair.
fn look_at_nested(segments: &[Segment], html: &mut [Vec<bool>], place: usize) {
    let marks = &segments[place].marks;
    let Some(bold) = marks.iter().position(|mark| mark.rank == BOLD) else {
        return;
    };
    let holds = |at: usize, marks: &[Rank]| segments[at].marks.get(..marks.len()) == Some(marks);
    let begins = place
        .checked_sub(1)
        .is_none_or(|before| !holds(before, &marks[..=bold]));
    if !begins || marks.get(bold + 1).is_none_or(|mark| mark.rank != ITALIC) {
        return;
    }
    let within = (place..segments.len()).take_while(|at| holds(*at, &marks[..=bold]));
    let Some(last) = within.last() else { return };
    let both = &marks[..=bold + 1];
    if holds(last, both) && !(place..=last).all(|at| holds(at, both)) {
        spread(segments, html, last, -1, bold + 1);
    }
}

/// Looks between two segments, where marks end and others begin.
fn look_at_edge(segments: &[Segment], html: &mut [Vec<bool>], place: usize) {
    let before = place.checked_sub(1);
    let after = (place < segments.len()).then_some(place);
    let same = match (before, after) {
        (Some(before), Some(after)) => {
            common(&segments[before].marks, &segments[after].marks).len()
        }
        _ => 0,
    };
    let signs = |at: Option<usize>| -> Vec<usize> {
        let Some(at) = at else { return Vec::new() };
        let marks = segments[at].marks.iter().zip(&html[at]).skip(same);
        let signs = marks.filter(|(mark, html)| (1..=STRIKE).contains(&mark.rank) && !**html);
        signs.map(|(mark, _)| mark.rank).collect()
    };
    let (closing, opening) = (signs(before), signs(after));
    // The letters beside the edge, where an element of HTML or a link is a sign.
    let letter = |at: Option<usize>, pick: fn(&str) -> Option<char>| {
        let at = at?;
        let beyond = segments[at].marks.iter().zip(&html[at]).skip(same);
        let mut beyond = beyond.map(|(mark, html)| *html || mark.rank == LINK);
        match beyond.any(|is_sign| is_sign) {
            true => Some('<'),
            false => inside(&segments[at], pick),
        }
    };
    let last = letter(before, |text| text.chars().next_back());
    let first = letter(after, |text| text.chars().next());
    // Two groups of signs that touch may be read as one.
    let touch = !closing.is_empty() && !opening.is_empty();
    let is_starred = |mark: &usize| *mark < STRIKE;
    let open = after.map_or(&[][..], |at| &segments[at].marks[..same]);
    let is_within = open
        .iter()
        .zip(after.iter().flat_map(|at| &html[*at]))
        .any(|(mark, html)| (1..STRIKE).contains(&mark.rank) && !*html);
    // Within stars, such as could also end something would end those.
    let ends = is_within && opening.iter().any(is_starred) && is_read(&opening, first, last);
    if touch || ends || !is_read(&opening, last, first) {
        spread(segments, html, place, 1, same);
    }
    if let Some(before) = before
        && !touch
        && !is_read(&closing, first, last)
    {
        spread(segments, html, before, -1, same);
    }
}

/// Makes HTML stand for the marks beyond `same` of a segment, wherever they reach.
fn spread(segments: &[Segment], html: &mut [Vec<bool>], place: usize, step: isize, same: usize) {
    for level in same..segments.get(place).map_or(0, |segment| segment.marks.len()) {
        let mark = &segments[place].marks[..=level];
        if !(1..=STRIKE).contains(&mark[level].rank) {
            continue;
        }
        let mut at = place;
        while segments
            .get(at)
            .is_some_and(|segment| segment.marks.get(..=level) == Some(mark))
        {
            html[at][level] = true;
            match at.checked_add_signed(step) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
}

/// Whether a group of signs is read as marks, between a letter outside and one inside.
/// `None` is the edge of the line.
fn is_read(signs: &[usize], outside: Option<char>, inside: Option<char>) -> bool {
    if signs.is_empty() {
        return true;
    }
    let is_mixed = signs.contains(&STRIKE) && signs.len() > 1;
    let Some(inside) = inside else { return false };
    let open_outside = outside.is_none_or(|c| c.is_whitespace() || is_sign(c));
    !inside.is_whitespace() && (open_outside || !(is_sign(inside) || is_mixed))
}

/// What counts as punctuation where signs stand beside it: Unicode's punctuation and its
/// symbols, by the table that comrak reads with. An accent, a letter that is not seen and
/// one for private use are none, though they are no letters either.
fn is_sign(c: char) -> bool {
    c == DOLLAR || c.is_punctuation() || c.is_symbol()
}

fn inside(segment: &Segment, pick: impl Fn(&str) -> Option<char>) -> Option<char> {
    match &segment.piece {
        Piece::Break => Some(' '),
        Piece::Text(text) if segment.marks.iter().all(|mark| mark.rank <= STRIKE) => pick(text),
        _ => Some('`'),
    }
}
