//! Rules 1 to 12 and 20, which need no document, or only its clients.

use super::*;

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
fn rule_21_client_ids_are_spread() {
    let update = |clients: u64, step: u64| {
        let mut update = Vec::new();
        let mut writer = crate::wire::lib0::Writer::new(&mut update);
        writer.var_uint(clients);
        for client in 1..=clients {
            writer.u8(1);
            writer.var_uint(client * step);
            writer.raw(&[0, 0, 1]);
        }
        writer.u8(0);
        update
    };
    assert_eq!(broken(&update(1_000, 1)), None);
    assert_eq!(broken(&update(256, 1 << 16)), None);
    assert_eq!(broken(&update(257, 1 << 16)), Some(Rule::CrowdedClients));
    let known = outline(&[&update(256, 1 << 16)]);
    assert_eq!(
        verdict(&[1, 1, 0x80, 0x80, 0x80, 0x10, 0, 0, 1, 0], &known),
        Err(Rule::CrowdedClients)
    );
}
