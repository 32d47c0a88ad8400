//! The smallest input of each class that the guard refuses, and the smallest
//! of each that it judges.

use super::*;
use crate::wire::malformed::Rule;

/// An update with one section of client 1 from clock 0 and no deletions.
fn section(blocks: &[&[u8]]) -> Vec<u8> {
    section_from(0, blocks)
}

fn section_from(clock: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let mut update = vec![1, blocks.len() as u8, 1, clock];
    update.extend(blocks.concat());
    update.push(0);
    update
}

/// Why an update is refused, at the first step or the second.
fn broken(update: &[u8]) -> Option<Rule> {
    let mut outline = Outline::new();
    let survey = match inspect(update, &Limits::default()) {
        Ok(survey) => survey,
        Err(malformed) => return Some(malformed.rule),
    };
    outline.admit(&survey).err().map(|malformed| malformed.rule)
}

/// An outline of what these updates make, all of which are sound.
fn outline(updates: &[&[u8]]) -> Outline {
    let mut outline = Outline::new();
    for update in updates {
        let survey = inspect(update, &Limits::default()).unwrap();
        assert_eq!(outline.admit(&survey), Ok(Verdict::Sound), "{update:?}");
    }
    outline
}

fn verdict(update: &[u8], outline: &Outline) -> Result<Verdict, Rule> {
    let survey = inspect(update, &Limits::default()).map_err(|malformed| malformed.rule)?;
    survey.verdict(outline).map_err(|malformed| malformed.rule)
}

// Blocks: info, [origin], [right], [parent, [key]], content.
/// "ab" at the beginning of the root "t".
const TEXT: &[u8] = &[4, 1, 1, b't', 2, b'a', b'b'];
/// "c" after clock 1 of client 1.
const MORE: &[u8] = &[0x84, 1, 1, 1, b'c'];
/// A map in the list at the root "t".
const MAP: &[u8] = &[7, 1, 1, b't', 1];
/// The key "k" of the root "t": one null.
const ENTRY: &[u8] = &[0x28, 1, 1, b't', 1, b'k', 1, 126];

#[test]
fn an_empty_update_is_sound() {
    assert_eq!(verdict(&[0, 0], &Outline::new()), Ok(Verdict::Sound));
    assert!(inspect(&[0, 0], &Limits::default()).unwrap().is_empty());
}

#[test]
fn rule_1_an_update_stays_within_the_limits() {
    let limits = Limits {
        message_bytes: 4,
        ..Limits::default()
    };
    assert_eq!(inspect(&[0; 5], &limits).unwrap_err().rule, Rule::TooLarge);
    let limits = Limits {
        clients: 0,
        ..Limits::default()
    };
    assert_eq!(
        inspect(&section(&[TEXT]), &limits).unwrap_err().rule,
        Rule::TooManyClients
    );
    assert_eq!(
        inspect(&[0, 1, 1, 0], &limits).unwrap_err().rule,
        Rule::TooManyClients
    );
}

#[test]
fn rule_2_an_update_ends_where_its_bytes_end() {
    assert_eq!(broken(&[]), Some(Rule::Truncated));
    assert_eq!(broken(&[0]), Some(Rule::Truncated));
    assert_eq!(broken(&[0, 0, 0]), Some(Rule::TrailingBytes));
    let whole = section(&[TEXT]);
    for end in 0..whole.len() {
        assert!(broken(&whole[..end]).is_some(), "cut at {end}");
    }
}

#[test]
fn rule_3_numbers_and_text_are_what_they_claim() {
    assert_eq!(
        broken(&section(&[&[4, 1, 1, b't', 1, 0xff]])),
        Some(Rule::NotUtf8)
    );
    assert_eq!(
        broken(&section(&[&[0, 0x80, 0x80, 0x80, 0x80, 0x10]])),
        Some(Rule::NumberRange)
    );
    assert_eq!(
        broken(&section(&[&[
            8, 1, 1, b't', 1, 125, 128, 128, 128, 128, 128, 128, 128, 128, 0
        ]])),
        Some(Rule::NumberRange)
    );
}

#[test]
fn rule_4_a_declared_count_fits_the_bytes() {
    assert_eq!(broken(&[9, 1, 1, 0, 0, 1, 0]), Some(Rule::CountTooLarge));
    assert_eq!(broken(&[1, 99, 1, 0, 0, 1, 0]), Some(Rule::CountTooLarge));
    assert_eq!(broken(&[0, 9, 0]), Some(Rule::CountTooLarge));
    assert_eq!(broken(&[0, 1, 1, 9, 0, 1]), Some(Rule::CountTooLarge));
    assert_eq!(
        broken(&section(&[&[8, 1, 1, b't', 99, 126]])),
        Some(Rule::CountTooLarge)
    );
    assert_eq!(
        broken(&section(&[&[8, 1, 1, b't', 1, 117, 99, 126]])),
        Some(Rule::CountTooLarge)
    );
    assert_eq!(
        broken(&section(&[&[8, 1, 1, b't', 1, 118, 2, 0, 126]])),
        Some(Rule::CountTooLarge)
    );
}

#[test]
fn rule_5_a_client_comes_once() {
    assert_eq!(
        broken(&[2, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0]),
        Some(Rule::DuplicateClient)
    );
    assert_eq!(
        broken(&[0, 2, 1, 1, 0, 1, 1, 1, 1, 1]),
        Some(Rule::DuplicateClient)
    );
}

#[test]
fn rule_6_sections_and_blocks_hold_something() {
    assert_eq!(broken(&[1, 0, 1, 0, 0, 0, 0]), Some(Rule::EmptySection));
    assert_eq!(broken(&section(&[&[0, 0]])), Some(Rule::EmptyBlock));
    assert_eq!(broken(&section(&[&[10, 0]])), Some(Rule::EmptyBlock));
    assert_eq!(
        broken(&section(&[&[1, 1, 1, b't', 0]])),
        Some(Rule::EmptyBlock)
    );
    assert_eq!(
        broken(&section(&[&[4, 1, 1, b't', 0]])),
        Some(Rule::EmptyBlock)
    );
    assert_eq!(
        broken(&section(&[&[8, 1, 1, b't', 0]])),
        Some(Rule::EmptyBlock)
    );
}

#[test]
fn rule_7_clocks_stay_below_two_to_the_31() {
    let most = [0xff, 0xff, 0xff, 0xff, 0x07];
    let over = [0x80, 0x80, 0x80, 0x80, 0x08];
    let gone = |length: [u8; 5]| [&[0][..], &length].concat();
    assert_eq!(broken(&section(&[&gone(most)])), None);
    assert_eq!(broken(&section(&[&gone(over)])), Some(Rule::ClockRange));
    assert_eq!(
        broken(&section(&[&gone(most), &[0, 1]])),
        Some(Rule::ClockRange)
    );
    assert_eq!(
        broken(&[&[1, 1, 1][..], &over, &[0, 1, 0]].concat()),
        Some(Rule::ClockRange)
    );
    assert_eq!(
        broken(&[&[0, 1, 1, 1][..], &most, &most].concat()),
        Some(Rule::ClockRange)
    );
    let origin = [&[0x84, 2][..], &over, &[1, b'x']].concat();
    assert_eq!(broken(&section(&[&origin])), Some(Rule::ClockRange));
}

#[test]
fn rule_8_content_is_of_a_kind_that_yjs_writes_and_yrs_reads_back() {
    assert_eq!(
        broken(&section(&[&[2, 1, 1, b't', 1, 1, b'1']])),
        Some(Rule::LegacyJson)
    );
    assert_eq!(
        broken(&section(&[&[11, 1, 1, b't', 1]])),
        Some(Rule::UnknownContent)
    );
    assert_eq!(
        broken(&section(&[&[0x14, 1, 1, b't', 1, b'x']])),
        Some(Rule::UnknownContent)
    );
    assert_eq!(
        broken(&section(&[&[0x20, 1, 1, b't', 1, b'x', 1]])),
        Some(Rule::UnknownContent)
    );
    assert_eq!(
        broken(&section(&[&[0x8a, 2, 0, 1]])),
        Some(Rule::UnknownContent)
    );
    for kind in [5, 7, 8, 9, 15, 255] {
        assert_eq!(
            broken(&section(&[&[7, 1, 1, b't', kind, 0]])),
            Some(Rule::UnknownType)
        );
    }
    assert_eq!(
        broken(&section(&[&[4, 2, 1, b't', 1, b'x']])),
        Some(Rule::ParentKind)
    );
}

#[test]
fn rule_9_an_item_refers_to_its_own_client_backwards() {
    assert_eq!(
        broken(&section(&[&[0x84, 1, 0, 1, b'x']])),
        Some(Rule::ForwardReference)
    );
    assert_eq!(
        broken(&section(&[&[0x44, 1, 5, 1, b'x']])),
        Some(Rule::ForwardReference)
    );
    assert_eq!(
        broken(&section(&[&[7, 0, 1, 0, 1]])),
        Some(Rule::ForwardReference)
    );
}

#[test]
fn rule_10_values_are_readable_and_shallow() {
    assert_eq!(
        broken(&section(&[&[8, 1, 1, b't', 1, 5]])),
        Some(Rule::UnknownValue)
    );
    assert_eq!(
        broken(&section(&[&[5, 1, 1, b't', 1, b'{']])),
        Some(Rule::NotJson)
    );
    assert_eq!(
        broken(&section(&[&[6, 1, 1, b't', 1, b'b', 0]])),
        Some(Rule::NotJson)
    );
    let nested = |levels: usize| {
        let mut block = vec![8, 1, 1, b't', 1];
        block.extend([117, 1].repeat(levels));
        block.push(126);
        section(&[&block])
    };
    assert_eq!(broken(&nested(64)), None);
    assert_eq!(broken(&nested(65)), Some(Rule::ValueDepth));
}

#[test]
fn rule_11_subdocuments_are_bounded() {
    assert_eq!(broken(&section(&[&[9, 1, 1, b't', 1, b'g', 118, 0]])), None);
    assert_eq!(
        broken(&section(&[&[9, 1, 1, b't', 1, b'g', 126]])),
        Some(Rule::Subdocument)
    );
    let mut block = vec![9, 1, 1, b't', 0xff, 0xff, 1];
    block.extend([b'g'; 0x7fff]);
    block.extend([118, 0]);
    assert_eq!(broken(&section(&[&block])), Some(Rule::Subdocument));
}

#[test]
fn rule_12_deletions_are_in_order() {
    assert_eq!(broken(&[0, 1, 1, 1, 0, 0]), Some(Rule::EmptyDelete));
    assert_eq!(
        broken(&[0, 1, 1, 2, 4, 1, 0, 1]),
        Some(Rule::UnsortedDeletes)
    );
    assert_eq!(
        broken(&[0, 1, 1, 2, 0, 3, 2, 1]),
        Some(Rule::UnsortedDeletes)
    );
    assert_eq!(broken(&[0, 1, 1, 0]), None);
}

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
fn rule_17_types_are_nested_to_a_limit_over_all_updates() {
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

#[test]
fn rule_18_a_block_that_repeats_what_is_known_is_cut() {
    let known = outline(&[&section(&[TEXT])]);
    let longer = section(&[&[4, 1, 1, b't', 4, b'a', b'b', b'c', b'd']]);
    assert_eq!(verdict(&longer, &known), Ok(Verdict::Rewrite));
    let rest = section_from(2, &[&[0x84, 1, 1, 2, b'c', b'd']]);
    assert_eq!(
        complete_part(&longer, &Limits::default(), &known),
        Ok(Some(rest.clone()))
    );
    assert_eq!(
        admit(&longer, &Limits::default(), &known),
        Ok(Admission::Part {
            update: rest,
            complete: true
        })
    );
}

#[test]
fn an_incomplete_update_keeps_what_is_complete() {
    let known = outline(&[&section(&[TEXT])]);
    let limits = Limits::default();
    // Client 1 goes on, then leaves a hole; client 2 waits for client 3;
    // deletions reach beyond what is known.
    let update = [
        2, 3, 1, 2, 0x84, 1, 1, 1, b'c', 10, 1, 0x84, 1, 3, 1, b'e', // client 1
        1, 2, 0, 0x84, 3, 0, 1, b'x', // client 2
        2, 1, 2, 0, 1, 2, 9, 3, 1, 0, 1,
    ];
    let part = [1, 1, 1, 2, 0x84, 1, 1, 1, b'c', 1, 1, 2, 0, 1, 2, 1];
    assert_eq!(verdict(&update, &known), Ok(Verdict::Incomplete));
    assert_eq!(
        complete_part(&update, &limits, &known),
        Ok(Some(part.to_vec()))
    );
    assert_eq!(verdict(&part, &known), Ok(Verdict::Sound));
    let nothing = [1, 1, 3, 1, 0, 1, 0];
    assert_eq!(admit(&nothing, &limits, &known), Ok(Admission::Nothing));
}

#[test]
fn the_rest_of_a_block_is_what_yjs_would_write() {
    let limits = Limits::default();
    // A surrogate pair of which one half is known.
    let known = outline(&[&section(&[&[4, 1, 1, b't', 1, b'x']])]);
    let pair = section(&[&[4, 1, 1, b't', 5, 0xf0, 0x9f, 0x98, 0x80, b'y']]);
    let rest = section_from(1, &[&[0x84, 1, 0, 4, 0xef, 0xbf, 0xbd, b'y']]);
    assert_eq!(complete_part(&pair, &limits, &known), Ok(Some(rest)));
    let values = section(&[&[8, 1, 1, b't', 3, 126, 119, 1, b's', 127]]);
    let rest = section_from(1, &[&[0x88, 1, 0, 2, 119, 1, b's', 127]]);
    assert_eq!(complete_part(&values, &limits, &known), Ok(Some(rest)));
    let deleted = section(&[&[1, 1, 1, b't', 9]]);
    let rest = section_from(1, &[&[0x81, 1, 0, 8]]);
    assert_eq!(complete_part(&deleted, &limits, &known), Ok(Some(rest)));
}

#[test]
fn rule_19_subdocuments_are_hidden_on_the_way_in_and_revealed_on_the_way_out() {
    let limits = Limits::default();
    let reference: &[u8] = &[9, 1, 1, b't', 1, b'g', 118, 0];
    let update = section(&[TEXT, reference, MORE]);
    assert_eq!(verdict(&update, &Outline::new()), Ok(Verdict::Rewrite));
    let Ok(Some(hidden)) = complete_part(&update, &limits, &Outline::new()) else {
        panic!("it can be rewritten")
    };
    assert_eq!(verdict(&hidden, &Outline::new()), Ok(Verdict::Sound));
    assert_eq!(reveal(&hidden), update);
    assert_eq!(reveal(&update), update);
    // What is hidden must be a reference.
    let at = hidden
        .windows(3)
        .position(|bytes| bytes == [1, b'g', 118])
        .unwrap();
    let mut forged = hidden.clone();
    forged[at + 2] = 126;
    assert_eq!(
        inspect(&forged, &limits).unwrap_err().rule,
        Rule::Subdocument
    );
    let binary = &hidden[at - 16..at + 4];
    assert_eq!((hidden_name(binary), hidden_name(b"g")), (Some("g"), None));
}
