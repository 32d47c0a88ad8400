//! Rules 19 and 20, and updates of which a part is taken.

use super::*;

#[test]
fn rule_19_a_block_that_repeats_what_is_known_is_cut() {
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
fn rule_20_subdocuments_are_hidden_on_the_way_in_and_revealed_on_the_way_out() {
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

#[test]
fn slices_are_sound_one_after_the_other_and_make_the_whole() {
    let turns = [
        2, 3, 2, 0, 4, 1, 1, b't', 1, b'a', 0x84, 1, 0, 1, b'c', 0x84, 2, 1, 1,
        b'd', // client 2
        1, 1, 0, 0x84, 2, 0, 1, b'b', // client 1
        1, 2, 1, 0, 2,
    ];
    let limits = Limits::default();
    let (mut outline, mut sizes) = (Outline::new(), Vec::new());
    let update = Bytes::copy_from_slice(&turns);
    let mut slices = Slices::new(update, &limits, &outline, 1).unwrap();
    while let Some(slice) = slices.next(&outline).unwrap() {
        let survey = inspect(&slice.update, &limits).unwrap();
        assert_eq!(outline.admit(&survey), Ok(Verdict::Sound));
        sizes.push((survey.blocks(), slice.update.ends_with(&[1, 2, 1, 0, 2])));
    }
    assert!(slices.is_whole());
    assert_eq!(
        sizes,
        [(1, false), (1, false), (1, false), (1, false), (0, true)]
    );
    assert_eq!((outline.clock(1), outline.clock(2)), (1, 3));
}

#[test]
fn slices_delete_from_the_middle_and_long_ranges_from_their_end() {
    let limits = Limits::default();
    let text: &[u8] = &[4, 1, 1, b't', 9, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    let mut outline = outline(&[&section(&[text])]);
    let ranges = Bytes::from_static(&[0, 1, 1, 4, 0, 1, 2, 1, 4, 1, 6, 4]);
    let mut slices = Slices::new(ranges, &limits, &outline, 1).unwrap();
    let mut starts = Vec::new();
    while let Some(slice) = slices.next(&outline).unwrap() {
        let survey = inspect(&slice.update, &limits).unwrap();
        assert_eq!(outline.admit(&survey), Ok(Verdict::Sound));
        starts.push(slice.update[4]);
    }
    assert_eq!(starts, [4, 2, 0, 6]);
    assert!(!slices.is_whole(), "the last range ends beyond the text");

    // So many blocks that to delete them all would move too many.
    let many = 1 << 13;
    let blocks: Vec<&[u8]> = [MAP].repeat(many);
    let mut update = Vec::new();
    let mut writer = crate::wire::lib0::Writer::new(&mut update);
    writer.u8(1);
    writer.var_uint(many as u64);
    writer.raw(&[2, 0]);
    writer.raw(&blocks.concat());
    writer.u8(0);
    let mut outline = super::outline(&[&update]);
    let all = Bytes::from_static(&[0, 1, 2, 1, 0, 0x80, 0x40]);
    assert!(outline.moves(&inspect(&all, &limits).unwrap()) > MOVES);
    let mut slices = Slices::new(all, &limits, &outline, 1).unwrap();
    let mut upper = many as u32;
    while let Some(slice) = slices.next(&outline).unwrap() {
        assert!(slice.moves <= MOVES);
        let survey = inspect(&slice.update, &limits).unwrap();
        survey.deletes(|_, range| {
            assert_eq!(range.end, upper);
            upper = range.start;
        });
        assert_eq!(outline.admit(&survey), Ok(Verdict::Sound));
    }
    assert_eq!((upper, slices.is_whole()), (0, true));
}

#[test]
fn what_follows_is_joined_and_nothing_else_is() {
    let mut joint = Joint::default();
    assert_eq!(joint.add(&section(&[TEXT])), Ok(true));
    assert_eq!(joint.add(&section_from(3, &[MORE])), Ok(false), "a hole");
    assert_eq!(
        joint.add(&[1, 1, 1, 2, 0x84, 1, 1, 1, b'c', 1, 1, 1, 2, 1]),
        Ok(true)
    );
    assert_eq!(joint.add(&[0, 1, 1, 1, 0, 2]), Ok(true));
    assert!(joint.add(&[0]).is_err());
    let mut whole = section(&[TEXT, MORE]);
    whole.pop();
    whole.extend([1, 1, 1, 0, 3]);
    assert_eq!(joint.finish(), Some(whole));
    assert_eq!(Joint::default().finish(), None);
}
