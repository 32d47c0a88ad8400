//! Passages are found, and changed, where a reader would.

use super::*;
use crate::export::format::write;
use crate::export::roots::Content;

fn replace(find: &str, replace: &str, all: bool) -> Operation {
    Operation::Replace {
        find: find.into(),
        replace: replace.into(),
        all,
    }
}

fn beside(beside: &str, before: bool, insert: &str, format: Option<Format>) -> Operation {
    Operation::Insert {
        beside: beside.into(),
        before,
        insert: insert.into(),
        format,
    }
}

fn amended(markdown: &str, operations: &[Operation]) -> Result<(String, Vec<usize>), Amiss> {
    let tree = blocks(markdown, Format::Markdown).map_err(|e| Amiss::Content(0, e))?;
    let (tree, counts) = amend(&tree, operations)?;
    let written = write(&Content::Document(tree), Format::Markdown, "");
    Ok((written.body, counts))
}

#[test]
fn words_are_found_across_marks_and_not_across_blocks() {
    let change = [replace("two three", "2 3", false)];
    assert_eq!(
        amended("one **two** three", &change),
        Ok(("one **2 3**\n".into(), vec![1]))
    );
    assert_eq!(
        amended("one two\n\nthree", &change),
        Err(Amiss::NotFound(0))
    );
    let change = [replace("a", "aa", true), replace("aa", "b", false)];
    assert_eq!(
        amended("# a\n\n- a a\n", &change),
        Ok(("# b\n\n- aa aa\n".into(), vec![3, 1]))
    );
}

#[test]
fn something_is_put_beside_words_or_beside_their_block() {
    let change = [
        beside("one", false, " more", None),
        beside("two", true, "# H\n\n- x", Some(Format::Markdown)),
        beside("two", false, "end", Some(Format::Text)),
    ];
    assert_eq!(
        amended("**one**\n\ntwo", &change),
        Ok((
            "**one more**\n\n# H\n\n- x\n\ntwo\n\nend\n".into(),
            vec![1, 1, 1]
        ))
    );
    let change = [beside("item", true, "# H", Some(Format::Markdown))];
    assert!(matches!(amended("- item", &change), Err(Amiss::Unfit(_))));
}

#[test]
fn lines_are_broken_in_paragraphs_and_stay_lines_in_code() {
    let change = [replace("x", "y\nz", true)];
    let (text, _) = amended("x\n\n```\nx\n```", &change).unwrap_or_default();
    assert_eq!(text, "y\\\nz\n\n```\ny\nz\n```\n");
    assert_eq!(
        amend_letters("x x", &change),
        Ok(("y\nz y\nz".into(), vec![2]))
    );
    assert_eq!(append_letters("a", "b"), "a\nb");
}

/// A megabyte of one letter, each to become a megabyte: two megabytes that ask for
/// a terabyte.
#[test]
fn what_is_put_everywhere_has_its_bounds() {
    let text = "a".repeat(1 << 20);
    let change = [replace("a", &text, true)];
    assert_eq!(amended(&text, &change), Err(Amiss::TooLarge(0)));
    assert_eq!(amend_letters(&text, &change), Err(Amiss::TooLarge(0)));
    let change = [replace("a", &"\n".repeat(1 << 10), true)];
    assert_eq!(amended(&text, &change), Err(Amiss::TooLarge(0)));
}

/// `gamma`, which nobody had proposed, came into the suggestion, and would have gone with
/// it when that was rejected.
#[test]
fn words_across_the_edge_of_a_suggestion_become_no_part_of_it() {
    let page = r#"<p>Alpha <ins data-id="one" data-by="Ada">beta </ins>gamma <b>de</b>lta.</p>"#;
    let amended = |find, put| {
        let tree = blocks(page, Format::Html).unwrap();
        let (tree, _) = amend(&tree, &[replace(find, put, false)]).unwrap();
        let mut said: Vec<(String, bool)> = Vec::new();
        for step in tree.steps() {
            if let Step::Run(run) = step {
                let proposed = run
                    .marks
                    .iter()
                    .any(|mark| schema::is_suggestion(&mark.name));
                said.push((run.text.to_string(), proposed));
            }
        }
        said
    };
    let across = amended("beta gamma", "beta GAMMA");
    assert!(!across.iter().any(|(_, proposed)| *proposed), "{across:?}");
    let within = amended("beta", "BETA");
    assert!(within.contains(&("BETA ".into(), true)), "{within:?}");
}
