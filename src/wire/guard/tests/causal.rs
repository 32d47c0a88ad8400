//! Rules 13 to 18: what must be known, and where things may be.

use super::*;

#[test]
fn rule_13_what_is_missing_makes_an_update_incomplete() {
    let known = outline(&[&section(&[TEXT])]);
    assert_eq!(
        verdict(&section_from(2, &[MORE]), &known),
        Ok(Verdict::Sound)
    );
    assert_eq!(verdict(&section(&[TEXT, MORE]), &known), Ok(Verdict::Sound));
    // A hole before the section, and a Skip inside it.
    assert_eq!(
        verdict(&section_from(3, &[MORE]), &known),
        Ok(Verdict::Incomplete)
    );
    assert_eq!(
        verdict(&section_from(2, &[&[10, 1], MORE]), &known),
        Ok(Verdict::Incomplete)
    );
    // A Skip over what is known is none.
    assert_eq!(
        verdict(&section(&[&[10, 2], MORE]), &known),
        Ok(Verdict::Sound)
    );
    // Origins, parents and deletions of clients never heard of.
    assert_eq!(
        verdict(&[1, 1, 1, 2, 0x84, 9, 0, 1, b'x', 0], &known),
        Ok(Verdict::Incomplete)
    );
    assert_eq!(
        verdict(&[1, 1, 1, 2, 0x44, 9, 0, 1, b'x', 0], &known),
        Ok(Verdict::Incomplete)
    );
    assert_eq!(
        verdict(&[1, 1, 1, 2, 4, 0, 9, 0, 1, b'x', 0], &known),
        Ok(Verdict::Incomplete)
    );
    assert_eq!(
        verdict(&[0, 1, 1, 1, 0, 3], &known),
        Ok(Verdict::Incomplete)
    );
    assert_eq!(
        verdict(&[0, 1, 9, 1, 0, 1], &known),
        Ok(Verdict::Incomplete)
    );
    assert_eq!(verdict(&[0, 1, 1, 1, 0, 2], &known), Ok(Verdict::Sound));
}

#[test]
fn rule_13_sections_may_need_each_other_in_turns_but_not_in_circles() {
    // 2 writes, 1 answers, 2 answers that.
    let turns = [
        2, 2, 2, 0, 4, 1, 1, b't', 1, b'a', 0x84, 1, 0, 1, b'c', // client 2
        1, 1, 0, 0x84, 2, 0, 1, b'b', // client 1
        0,
    ];
    assert_eq!(verdict(&turns, &Outline::new()), Ok(Verdict::Sound));
    let circle = [
        2, 1, 2, 0, 0x84, 1, 0, 1, b'a', 1, 1, 0, 0x84, 2, 0, 1, b'b', 0,
    ];
    assert_eq!(verdict(&circle, &Outline::new()), Ok(Verdict::Incomplete));
    assert_eq!(
        complete_part(&circle, &Limits::default(), &Outline::new()),
        Ok(None)
    );
}

#[test]
fn rule_14_a_parent_is_a_shared_type_or_gone() {
    let in_clock_0: &[u8] = &[4, 0, 1, 0, 1, b'x'];
    assert_eq!(broken(&section(&[MAP, in_clock_0])), None);
    assert_eq!(broken(&section(&[&[0, 1], in_clock_0])), None);
    assert_eq!(broken(&section(&[&[1, 1, 1, b't', 1], in_clock_0])), None);
    assert_eq!(
        broken(&section(&[&[4, 1, 1, b't', 1, b'x'], in_clock_0])),
        Some(Rule::ParentNotAType)
    );
    let known = outline(&[&section(&[TEXT])]);
    assert_eq!(
        verdict(&section_from(2, &[in_clock_0]), &known),
        Err(Rule::ParentNotAType)
    );
}

#[test]
fn rule_15_neighbours_are_of_one_kind() {
    // An element between clock 0 (an element) and clock 1 (an entry).
    let element: &[u8] = &[4, 1, 1, b't', 1, b'x'];
    let between: &[u8] = &[0xc4, 1, 0, 1, 1, 1, b'y'];
    assert_eq!(
        broken(&section(&[element, ENTRY, between])),
        Some(Rule::MixedNeighbours)
    );
    assert_eq!(
        broken(&section(&[ENTRY, element, between])),
        Some(Rule::MixedNeighbours)
    );
    assert_eq!(broken(&section(&[element, element, between])), None);
    assert_eq!(
        broken(&section(&[&[0, 1], element, between])),
        Some(Rule::MixedNeighbours)
    );
    assert_eq!(
        broken(&section(&[element, &[0, 1], between])),
        Some(Rule::MixedNeighbours)
    );
    assert_eq!(broken(&section(&[&[0, 2], between])), None);
}

#[test]
fn rule_16_an_entry_of_several_values_is_deleted() {
    let long: &[u8] = &[0x28, 1, 1, b't', 1, b'k', 2, 126, 126];
    let mut update = section(&[long]);
    assert_eq!(broken(&update), Some(Rule::LongEntry));
    update.pop();
    assert_eq!(
        broken(&[&update[..], &[1, 1, 1, 0, 1]].concat()),
        Some(Rule::LongEntry)
    );
    assert_eq!(broken(&[&update[..], &[1, 1, 1, 0, 2]].concat()), None);
    assert_eq!(
        broken(&[&update[..], &[1, 1, 2, 0, 1, 1, 1]].concat()),
        None
    );
}

#[test]
fn rule_17_an_entry_has_no_right_neighbour() {
    // An entry, and one before it, as no editor writes.
    let before: &[u8] = &[0x48, 1, 0, 1, 126];
    assert_eq!(
        broken(&section(&[ENTRY, before])),
        Some(Rule::EntryNeighbour)
    );
    let between: &[u8] = &[0xc8, 1, 0, 1, 1, 1, 126];
    let after: &[u8] = &[0x88, 1, 0, 1, 126];
    assert_eq!(
        broken(&section(&[ENTRY, after, between])),
        Some(Rule::EntryNeighbour)
    );
    assert_eq!(broken(&section(&[ENTRY, after])), None);
    // In a list there is nothing wrong with it.
    assert_eq!(broken(&section(&[TEXT, before])), None);
}

#[test]
fn rule_18_types_are_nested_to_a_limit_over_all_updates() {
    let limits = Limits {
        type_depth: 3,
        ..Limits::default()
    };
    let mut outline = Outline::new();
    for clock in 0..4u8 {
        let block: Vec<u8> = if clock == 0 {
            MAP.to_vec()
        } else {
            vec![7, 0, 1, clock - 1, 1]
        };
        let update = section_from(clock, &[&block]);
        let survey = inspect(&update, &limits).unwrap();
        let expected = if clock < 3 {
            Ok(Verdict::Sound)
        } else {
            Err(Rule::TypeDepth)
        };
        assert_eq!(
            outline.admit(&survey).map_err(|malformed| malformed.rule),
            expected
        );
    }
}
