//! What the guard admits keeps the outline's promises.
//!
//! A story of updates, forged, raw, repeated and bent, against one outline:
//! - [`admit`] and [`Survey::verdict`](cowrite::wire::guard::Survey::verdict)
//!   agree, and neither changes what they judge;
//! - what is cut out of an update is sound, and cutting it again changes nothing;
//! - after it is admitted, the outline knows every clock of it and nothing more,
//!   and whatever it knew before is where it was; no type lies too deep;
//! - an update admitted whole is sound when it comes again, and brings nothing;
//! - slices are sound one after another, bring what the whole brings, and say
//!   truly whether it was whole; joined they are one sound update again;
//! - what is revealed to others can be hidden again.

#![no_main]

use bytes::Bytes;
use cowrite::wire::guard::{
    Admission, Joint, Kind, Known, Limits, Outline, Place, Slices, Verdict, admit, complete_part,
    inspect, reveal,
};
use cowrite_fuzz::forge::{CLIENTS, World};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;

/// How many clocks of each client are asked for again.
const WATCHED: u32 = 48;

fuzz_target!(|bytes: &[u8]| play(&mut Tape::new(bytes)));

fn play(tape: &mut Tape<'_>) {
    let limits = limits(tape);
    let mut outline = Outline::new();
    let mut world = World::default();
    let mut said: Vec<Vec<u8>> = Vec::new();
    while !tape.is_empty() && said.len() < 64 {
        let mut update = match tape.byte() {
            0..200 => world.update(tape),
            200..220 => tape.bytes().to_vec(),
            _ if said.is_empty() => Vec::new(),
            _ => said[tape.below(said.len())].clone(),
        };
        if tape.rarely(8) && !update.is_empty() {
            let at = tape.below(update.len());
            update[at] = tape.byte();
        }
        let slice = 1 + tape.below(4);
        send(&update, &limits, slice, &mut outline);
        for client in CLIENTS {
            let clock = outline.clock(client);
            if clock > 0 {
                world.clocks.insert(client, clock);
            }
        }
        said.push(update);
    }
}

/// Small limits are met more often than large ones.
fn limits(tape: &mut Tape<'_>) -> Limits {
    let mut limits = Limits::default();
    if tape.rarely(2) {
        limits.type_depth = 1 + tape.below(4) as u16;
        limits.value_depth = tape.below(4) as u32;
        limits.clients = 1 + tape.below(3);
        limits.subdocument_bytes = tape.below(16);
        limits.message_bytes = 64 + tape.below(256);
    }
    limits
}

fn send(update: &[u8], limits: &Limits, slice: usize, outline: &mut Outline) {
    let survey = match inspect(update, limits) {
        Ok(survey) => survey,
        Err(malformed) => {
            assert!(malformed.offset <= update.len(), "{malformed}");
            assert_eq!(admit(update, limits, outline), Err(malformed));
            return;
        }
    };
    assert_eq!(survey.bytes(), update);
    let before = outline.clone();
    let verdict = survey.verdict(outline);
    let admission = admit(update, limits, outline);
    let part = match (verdict, admission) {
        (Err(one), Err(other)) => return assert_eq!(one, other),
        (Ok(Verdict::Sound), Ok(Admission::Whole)) => update.to_vec(),
        (
            Ok(Verdict::Rewrite),
            Ok(Admission::Part {
                update,
                complete: true,
            }),
        ) => update,
        (
            Ok(Verdict::Incomplete),
            Ok(Admission::Part {
                update,
                complete: false,
            }),
        ) => update,
        // Everything in it is known, but for what is written another way.
        (Ok(Verdict::Rewrite | Verdict::Incomplete), Ok(Admission::Nothing)) => vec![0, 0],
        other => panic!("verdict and admission disagree: {other:?}"),
    };
    let sound = inspect(&part, limits);
    // Hiding makes an update a little longer than it came.
    let Ok(sound) = sound else {
        assert!(part.len() > limits.message_bytes, "{sound:?}");
        return;
    };
    assert_eq!(
        sound.verdict(outline),
        Ok(Verdict::Sound),
        "what is let in is sound"
    );
    assert_eq!(outline.admit(&sound), Ok(Verdict::Sound));
    kept(&before, outline, limits);
    let whole = verdict != Ok(Verdict::Incomplete);
    let sliced = sliced(update, limits, slice, &before, whole);
    for client in CLIENTS {
        assert_eq!(
            sliced.clock(client),
            outline.clock(client),
            "slices bring as much"
        );
    }
    for (client, clocks) in sound.sections() {
        assert_eq!(outline.clock(client), clocks.end.max(before.clock(client)));
    }
    if verdict != Ok(Verdict::Sound) {
        let again = complete_part(&part, limits, &before).unwrap();
        let again = again.unwrap_or(vec![0, 0]);
        assert_eq!(again, part, "a cut is a cut of itself");
    }
    if verdict != Ok(Verdict::Incomplete) {
        for (client, clocks) in survey.sections() {
            assert!(outline.clock(client) >= clocks.end, "all of it is known");
        }
        let mut after = outline.clone();
        assert_eq!(
            after.admit(&survey),
            Ok(Verdict::Sound),
            "it may come again"
        );
        kept(outline, &after, limits);
    }
    revealed(&part, &before, limits);
}

/// What an outline knows that took an update in slices.
fn sliced(update: &[u8], limits: &Limits, size: usize, before: &Outline, whole: bool) -> Outline {
    let roomy = Limits {
        message_bytes: usize::MAX,
        ..*limits
    };
    let update = Bytes::copy_from_slice(update);
    let mut slices = Slices::new(update, limits, before, size).expect("it was inspected");
    let (mut outline, mut joint) = (before.clone(), Joint::default());
    while let Some(slice) = slices.next(&outline).expect("it was judged") {
        let survey = inspect(&slice.update, &roomy).expect("a slice has a structure");
        assert!(survey.blocks() <= size && survey.deleted_ranges() <= size);
        assert!(!survey.is_empty(), "a slice brings something");
        assert_eq!(
            outline.admit(&survey),
            Ok(Verdict::Sound),
            "a slice is sound"
        );
        assert_eq!(joint.add(&slice.update), Ok(true), "a slice goes on");
    }
    assert_eq!(slices.is_whole(), whole);
    if let Some(joined) = joint.finish() {
        let joined = inspect(&joined, &roomy).expect("what is joined has a structure");
        let mut all = before.clone();
        assert_eq!(
            all.admit(&joined),
            Ok(Verdict::Sound),
            "what is joined is sound"
        );
        kept(before, &all, limits);
        for client in CLIENTS {
            assert_eq!(all.clock(client), outline.clock(client));
        }
    }
    outline
}

/// What was known is where it was, and nothing lies too deep.
fn kept(before: &Outline, after: &Outline, limits: &Limits) {
    for client in CLIENTS {
        let (known, end) = (before.clock(client), after.clock(client));
        assert!(end >= known, "a clock goes back");
        for clock in known.saturating_sub(WATCHED)..known {
            assert_eq!(before.place(client, clock), after.place(client, clock));
        }
        for clock in known..end.min(known.saturating_add(WATCHED)) {
            if let Place::Item {
                kind: Kind::Type,
                depth,
                ..
            } = after.place(client, clock)
            {
                assert!(depth < limits.type_depth, "a type lies too deep");
            }
        }
    }
}

/// What others are told can be taken in again, and is the same then.
fn revealed(part: &[u8], before: &Outline, limits: &Limits) {
    let shown = reveal(part);
    if *shown == *part {
        return;
    }
    let nothing = vec![0, 0];
    let hide = |update: &[u8]| {
        complete_part(update, limits, before).map(|part| part.unwrap_or(nothing.clone()))
    };
    let Ok(hidden) = hide(&shown) else {
        panic!("what is revealed is not taken in again");
    };
    let shown_again = reveal(&hidden);
    assert_eq!(
        hide(&shown_again).as_ref(),
        Ok(&hidden),
        "hidden and revealed"
    );
}
