//! From one text to another: which letters stay.
//!
//! Words are compared first and then the letters of those that changed, so that a word
//! that was replaced is not picked to pieces for the letters that it happens to share:
//! who types beside it would find them in between.

use std::time::Instant;

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

/// Of longer stretches that changed, only what both begin and end with stays.
const LETTERS: usize = 4096;

/// What becomes of so many letters (Unicode scalar values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::export) enum Edit {
    Keep(usize),
    Delete(usize),
    Insert(usize),
}

/// The way from `old` to `new`. At `until` the search for a shorter one ends.
pub(in crate::export) fn edits(old: &str, new: &str, until: Instant) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (here, there) = (words(old), words(new));
    let ops = capture_diff_slices_deadline(Algorithm::Myers, &here, &there, Some(until));
    let letters = |words: &[&str]| words.iter().flat_map(|w| w.chars()).collect::<Vec<_>>();
    // Neighbours that changed are one stretch.
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for op in ops {
        let (_, from, to) = op.as_tag_tuple();
        if let DiffOp::Equal { .. } = op {
            stretch(
                &mut edits,
                &std::mem::take(&mut gone),
                &std::mem::take(&mut come),
                until,
            );
            push(&mut edits, Edit::Keep(letters(&here[from]).len()));
        } else {
            gone.extend(letters(&here[from]));
            come.extend(letters(&there[to]));
        }
    }
    stretch(&mut edits, &gone, &come, until);
    edits
}

fn stretch(edits: &mut Vec<Edit>, old: &[char], new: &[char], until: Instant) {
    let same = |(a, b): &(&char, &char)| a == b;
    let begin = old.iter().zip(new).take_while(same).count();
    let (old, new) = (&old[begin..], &new[begin..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(same)
        .count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    push(edits, Edit::Keep(begin));
    if !by_letters(edits, old, new, until) {
        push(edits, Edit::Delete(old.len()));
        push(edits, Edit::Insert(new.len()));
    }
    push(edits, Edit::Keep(end));
}

/// Letter by letter, if most of them stay.
fn by_letters(edits: &mut Vec<Edit>, old: &[char], new: &[char], until: Instant) -> bool {
    if old.is_empty() || new.is_empty() || old.len().max(new.len()) > LETTERS {
        return false;
    }
    let ops = capture_diff_slices_deadline(Algorithm::Myers, old, new, Some(until));
    let kept = ops.iter().map(|op| match op {
        DiffOp::Equal { len, .. } => *len,
        _ => 0,
    });
    if kept.sum::<usize>() * 2 < old.len().max(new.len()) {
        return false;
    }
    for op in ops {
        let (_, from, to) = op.as_tag_tuple();
        if let DiffOp::Equal { len, .. } = op {
            push(edits, Edit::Keep(len));
        } else {
            push(edits, Edit::Delete(from.len()));
            push(edits, Edit::Insert(to.len()));
        }
    }
    true
}

fn push(edits: &mut Vec<Edit>, edit: Edit) {
    match (edits.last_mut(), edit) {
        (_, Edit::Keep(0) | Edit::Delete(0) | Edit::Insert(0)) => {}
        (Some(Edit::Keep(last)), Edit::Keep(more))
        | (Some(Edit::Delete(last)), Edit::Delete(more))
        | (Some(Edit::Insert(last)), Edit::Insert(more)) => *last += more,
        _ => edits.push(edit),
    }
}

/// Words, and each sign between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begin = 0;
    let mut in_word = false;
    for (place, letter) in text.char_indices() {
        let is_letter = letter.is_alphanumeric();
        if !(in_word && is_letter) && place > begin {
            words.push(&text[begin..place]);
            begin = place;
        }
        in_word = is_letter;
    }
    if begin < text.len() {
        words.push(&text[begin..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Edit::{Delete, Insert, Keep};
    use super::*;

    #[test]
    fn letters_stay_where_words_do() {
        let later = Instant::now() + Duration::from_secs(60);
        let edits = |old, new| edits(old, new, later);
        assert_eq!(edits("a b c", "a b c"), [Keep(5)]);
        assert_eq!(edits("one two", "one 2 two"), [Keep(4), Insert(2), Keep(3)]);
        assert_eq!(edits("the cat", "the dog"), [Keep(4), Delete(3), Insert(3)]);
        assert_eq!(
            edits("recieve", "receive"),
            [Keep(3), Insert(1), Keep(1), Delete(1), Keep(2)]
        );
        assert_eq!(edits("", "👋"), [Insert(1)]);
        assert_eq!(
            edits("今天我们一起去北京", "明天我们不一起去北京"),
            [Delete(1), Insert(1), Keep(3), Insert(1), Keep(5)]
        );
    }
}
