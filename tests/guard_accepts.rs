//! What honest editors send is never refused, and means what they meant.
//!
//! Editors built on yrs here; `guard_yjs.rs` has those built on Yjs.
//!
//! `COWRITE_SESSIONS=1000` plays every story with so many seeds,
//! `COWRITE_SEED=7` with this one. `COWRITE_LEGITIMATE_UPDATES=1000000` plays all
//! of them with seed after seed, from `COWRITE_FIRST_SEED` on, until servers were
//! offered so many updates, and says what became of them. `COWRITE_TRACE=file`
//! names a real editing history, in the format of the public editing-traces
//! collection; without it one is typed.

#![allow(clippy::unwrap_used)]

mod guard_session;
#[path = "../benches/trace/mod.rs"]
mod trace;

use std::sync::atomic::Ordering;

use cowrite::wire::guard::{Limits, Verdict, complete_part, inspect, reveal};
use fastrand::Rng;
use guard_session::document;
use guard_session::editor::Editor;
use guard_session::server::{OFFERED, Received, Server};
use guard_session::shown::assert_same;
use trace::Trace;
use yrs::updates::decoder::Decode;
use yrs::{ClientID, GetString, ReadTxn, StateVector, Text, Transact, Update, merge_updates_v1};

const SESSIONS: u64 = 60;

fn sessions() -> u64 {
    std::env::var("COWRITE_SESSIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(SESSIONS)
}

/// Runs a story with many seeds; a failure names its seed.
fn with_seeds(story: Story) {
    let seeds = match std::env::var("COWRITE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
    {
        Some(seed) => seed..seed + 1,
        None => 0..sessions(),
    };
    for seed in seeds {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            story(&mut Rng::with_seed(seed));
        }));
        if let Err(panic) = outcome {
            eprintln!("play it again with COWRITE_SEED={seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

/// Editors who hear each other now and then, and all they said, in an order
/// in which each line needs only lines before it.
fn conversation(rng: &mut Rng, editors: usize, lines: usize) -> (Vec<Editor>, Vec<Vec<u8>>) {
    let mut editors: Vec<Editor> = (0..editors)
        .map(|_| {
            let client = if rng.bool() {
                rng.u64(1..1 << 32)
            } else {
                rng.u64(1..1 << 50)
            };
            Editor::new(client, rng.u8(..4) != 0)
        })
        .collect();
    let mut said: Vec<Vec<u8>> = Vec::new();
    let mut heard = vec![0; editors.len()];
    for _ in 0..lines {
        let who = rng.usize(..editors.len());
        if rng.u8(..3) != 0 {
            let until = rng.usize(heard[who]..=said.len());
            for update in &said[heard[who]..until] {
                editors[who].hear(update);
            }
            heard[who] = until;
        }
        said.push(editors[who].edit(rng));
    }
    for (editor, heard) in editors.iter().zip(heard) {
        for update in &said[heard..] {
            editor.hear(update);
        }
    }
    (editors, said)
}

fn keystrokes_in_order_are_sound(rng: &mut Rng) {
    let (editors, said) = conversation(rng, 3, 40);
    let mut server = Server::new(true);
    for update in &said {
        assert!(matches!(server.receive(update), Ok(Received::All(_))));
    }
    server.check_outline();
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
    let again = Server::load(&server.everything(), true);
    again.check_outline();
    assert_same(&again.doc, &server.doc, "what was saved is what was there");
}

fn what_the_server_relays_is_sound_too(rng: &mut Rng) {
    let (editors, said) = conversation(rng, 3, 30);
    let (mut server, mut relay) = (Server::new(true), Server::new(false));
    for update in &said {
        let Ok(Received::All(news)) = server.receive(update) else {
            panic!("in order")
        };
        assert!(matches!(
            relay.receive(&reveal(&news)),
            Ok(Received::All(_))
        ));
        if rng.u8(..8) == 0 {
            let news = server.edit(rng);
            assert!(matches!(
                relay.receive(&reveal(&news)),
                Ok(Received::All(_))
            ));
            editors
                .iter()
                .for_each(|editor| editor.hear(&reveal(&news)));
        }
    }
    assert_same(&server.doc, &relay.doc, "who hears the news has it all");
}

fn updates_out_of_order_wait_and_are_taken_in_the_end(rng: &mut Rng) {
    let (editors, mut said) = conversation(rng, 4, 40);
    rng.shuffle(&mut said);
    let mut server = Server::new(true);
    let mut waiting = said;
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|update| match server.receive(update) {
            Ok(Received::All(_)) => false,
            Ok(Received::Part(_) | Received::Nothing) => true,
            Err(refused) => panic!("an honest update was refused: {refused}"),
        });
        assert!(waiting.len() < before, "somebody can always go on");
    }
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
}

fn merged_updates_with_and_without_holes_are_taken(rng: &mut Rng) {
    let (editors, said) = conversation(rng, 3, 40);
    let mut server = Server::new(true);
    for _ in 0..12 {
        let chosen: Vec<&Vec<u8>> = said.iter().filter(|_| rng.u8(..3) == 0).collect();
        let Ok(merged) = merge_updates_v1(chosen) else {
            continue;
        };
        if let Err(refused) = server.receive(&merged) {
            panic!("an honest update was refused: {refused}");
        }
    }
    for update in &said {
        assert!(matches!(server.receive(update), Ok(Received::All(_))));
    }
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
}

fn differences_from_any_state_are_sound(rng: &mut Rng) {
    let (editors, said) = conversation(rng, 3, 40);
    let mut server = Server::new(true);
    for update in &said[..rng.usize(..said.len())] {
        assert!(matches!(server.receive(update), Ok(Received::All(_))));
    }
    // An older state than the server's: the difference overlaps.
    let state = server.doc.transact().state_vector();
    let older: StateVector = state
        .iter()
        .map(|(&client, &clock)| (client, rng.u32(..=clock)))
        .collect();
    let difference = editors[0].doc.transact().encode_diff_v1(&older);
    assert!(matches!(server.receive(&difference), Ok(Received::All(_))));
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
    // And everything once more.
    assert!(matches!(
        server.receive(&editors[1].everything()),
        Ok(Received::All(_))
    ));
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
}

fn a_client_that_waits_for_something_itself_is_not_refused(rng: &mut Rng) {
    let (editors, said) = conversation(rng, 3, 30);
    let mut server = Server::new(true);
    // A client that missed some updates holds others pending.
    let waiting = document(77, true);
    for update in said.iter().filter(|_| rng.u8(..3) != 0) {
        let update = Update::decode_v1(update).unwrap();
        waiting.transact_mut().apply_update(update).unwrap();
    }
    let state = waiting
        .transact()
        .encode_state_as_update_v1(&StateVector::default());
    if let Err(refused) = server.receive(&state) {
        panic!("an honest update was refused: {refused}");
    }
    for update in &said {
        assert!(matches!(server.receive(update), Ok(Received::All(_))));
    }
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
}

fn the_complete_part_of_anything_honest_is_sound_and_is_all_there_is(rng: &mut Rng) {
    let limits = Limits::default();
    let (editors, said) = conversation(rng, 4, 30);
    let mut server = Server::new(true);
    for update in said.iter().filter(|_| rng.bool()) {
        server.receive(update).unwrap();
    }
    let sources = said.iter().cloned().chain([editors[0].everything()]);
    for update in sources {
        let Ok(Some(part)) = complete_part(&update, &limits, &server.outline) else {
            continue;
        };
        // The honest wrote subdocuments as such, and the part hides them.
        let survey = inspect(&part, &limits).unwrap();
        assert_eq!(survey.verdict(&server.outline), Ok(Verdict::Sound));
        assert_eq!(
            complete_part(&part, &limits, &server.outline),
            Ok(Some(part))
        );
    }
}

fn clocks_of_clients_are_what_yrs_says(rng: &mut Rng) {
    let (editors, _) = conversation(rng, 2, 20);
    let everything = editors[0].everything();
    let survey = inspect(&everything, &Limits::default()).unwrap();
    let state = editors[0].state();
    for (client, clocks) in survey.sections() {
        assert_eq!(state.get(&ClientID::new(client)), clocks.end);
    }
}

fn a_large_update_can_be_taken_in_slices(rng: &mut Rng) {
    let (editors, said) = conversation(rng, 3, 40);
    let mut server = Server::new(true);
    for update in &said[..rng.usize(..said.len())] {
        server.receive(update).unwrap();
    }
    server.receive_in_slices(&editors[0].everything(), rng.usize(1..9));
    assert_same(
        &server.doc,
        &editors[0].doc,
        "the server has what editors have",
    );
}

/// Somebody types letter after letter, and erases now and then.
fn a_long_session_of_typing_is_sound(rng: &mut Rng) {
    let ada = document(rng.u64(1..1 << 32), true);
    let body = ada.get_or_insert_text("t");
    let mut server = Server::new(true);
    let mut at = 0;
    for _ in 0..200 {
        let mut txn = ada.transact_mut();
        let length = body.len(&txn);
        match rng.u8(..12) {
            0 => at = rng.u32(..=length),
            1 | 2 if at > 0 => {
                at -= 1;
                body.remove_range(&mut txn, at, 1);
            }
            _ => {
                let letter = char::from(rng.u8(b'a'..=b'z'));
                body.insert(&mut txn, at.min(length), &letter.to_string());
                at = at.min(length) + 1;
            }
        }
        let update = txn.encode_update_v1();
        drop(txn);
        assert!(matches!(server.receive(&update), Ok(Received::All(_))));
    }
    assert_same(&server.doc, &ada, "the server has what was typed");
}

/// Editors part, write for long, and answer the server's question when they
/// are back.
fn what_was_written_offline_is_sound(rng: &mut Rng) {
    let (mut editors, said) = conversation(rng, 3, 12);
    let mut server = Server::new(true);
    for update in &said {
        assert!(matches!(server.receive(update), Ok(Received::All(_))));
    }
    for editor in &mut editors {
        for _ in 0..20 {
            editor.edit(rng);
        }
    }
    for editor in &editors {
        let known = server.doc.transact().state_vector();
        let answer = editor.doc.transact().encode_diff_v1(&known);
        assert!(matches!(server.receive(&answer), Ok(Received::All(_))));
    }
    for editor in &editors {
        let known = editor.state();
        let answer = server.doc.transact().encode_diff_v1(&known);
        editor.hear(&reveal(&answer));
        assert_same(&server.doc, &editor.doc, "both sides have all of it");
    }
}

/// A story, told with the chances of a seed.
type Story = fn(&mut Rng);

macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        const STORIES: &[(&str, Story)] = &[$((stringify!($story), $story)),*];
        mod one_by_one {
            $(#[test] fn $story() { super::with_seeds(super::$story); })*
        }
    };
}

stories![
    keystrokes_in_order_are_sound,
    what_the_server_relays_is_sound_too,
    updates_out_of_order_wait_and_are_taken_in_the_end,
    merged_updates_with_and_without_holes_are_taken,
    differences_from_any_state_are_sound,
    a_client_that_waits_for_something_itself_is_not_refused,
    the_complete_part_of_anything_honest_is_sound_and_is_all_there_is,
    clocks_of_clients_are_what_yrs_says,
    a_large_update_can_be_taken_in_slices,
    a_long_session_of_typing_is_sound,
    what_was_written_offline_is_sound,
];

/// How long a history is that nobody gave us.
const EDITS: usize = 5_000;

/// One update for each edit of a history; and the same in pieces, each of which the
/// author made offline.
#[test]
fn what_somebody_really_wrote_is_sound() {
    let trace = match std::env::var_os("COWRITE_TRACE") {
        Some(path) => Trace::read(path.as_ref()).unwrap(),
        None => Trace::typed(7, EDITS),
    };
    let updates = trace::client::updates(&trace).unwrap();
    for piece in [1, 97] {
        let mut server = Server::new(true);
        for piece in updates.chunks(piece) {
            let update = match piece {
                [update] => update.to_vec(),
                several => merge_updates_v1(several).unwrap(),
            };
            let received = server.receive(&update);
            assert!(matches!(received, Ok(Received::All(_))), "{received:?}");
        }
        let text = server.doc.get_or_insert_text(trace::client::ROOT);
        let text = text.get_string(&server.doc.transact());
        assert_eq!(text, trace.end_content);
    }
    println!("{} edits of one author: 0 refused", updates.len());
}

#[test]
fn as_many_as_asked_for() {
    let asked = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let Some(wanted) = asked("COWRITE_LEGITIMATE_UPDATES") else {
        return;
    };
    let first = asked("COWRITE_FIRST_SEED").unwrap_or(0);
    let (mut seed, mut said) = (first, 0);
    while OFFERED.load(Ordering::Relaxed) < wanted {
        for (name, story) in STORIES {
            let told = std::panic::catch_unwind(|| story(&mut Rng::with_seed(seed)));
            if let Err(panic) = told {
                eprintln!("{name}: play it again with COWRITE_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
        seed += 1;
        let offered = OFFERED.load(Ordering::Relaxed);
        if offered / 100_000 > said {
            said = offered / 100_000;
            eprintln!("{offered} legitimate updates so far");
        }
    }
    println!(
        "{} legitimate updates, seeds {first}..{seed}: 0 refused",
        OFFERED.load(Ordering::Relaxed)
    );
}
