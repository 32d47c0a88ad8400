//! Updates that are not what they should be, and documents that are loaded.

use bytes::Bytes;
use yrs::{ReadTxn, Transact};

use super::{Desk, Editor, asks, close_code, whole};
use crate::replica::{Effect, Limits, Pace, Replica, UpdateRefused, verify_snapshot};
use crate::wire::guard;
use crate::wire::ysync::{ClientMessage, ServerMessage};

#[test]
fn a_gap_is_asked_about_and_heals() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    desk.receive(&ada, ClientMessage::SyncStep2(whole(&ada.doc)));
    let first = ada.types("one ");
    let second = ada.types("two");
    let told = desk.update(&ada, second);
    assert!(asks(&told, ada.session));
    assert_eq!(desk.text(), "");
    desk.update(&ada, first);
    let told = desk.receive(&ada, ClientMessage::SyncStep2(whole(&ada.doc)));
    assert_eq!(told, vec![]);
    assert_eq!(desk.text(), "one two");
}

#[test]
fn who_keeps_sending_updates_without_their_past_is_told_to_go() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    ada.types("never sent");
    let mut told = Vec::new();
    for letter in ["a", "b", "c"] {
        let answer = ClientMessage::SyncStep2(Bytes::from_static(&[0, 0]));
        assert_eq!(close_code(&desk.receive(&ada, answer)), None);
        told = desk.update(&ada, ada.types(letter));
    }
    assert_eq!(close_code(&told), Some(1008));
}

#[test]
fn a_client_that_waits_for_something_itself_is_not_punished() {
    // Bob has Cy's second update but not the first: his own state has a hole.
    let (mut desk, bob, cy) = (Desk::new(), Editor::new(2), Editor::new(3));
    desk.seat(&bob);
    let hidden = cy.types("hidden ");
    let shown = cy.types("shown");
    {
        use yrs::updates::decoder::Decode;
        let update = yrs::Update::decode_v1(&shown).unwrap();
        bob.doc.transact_mut().apply_update(update).unwrap();
    }
    bob.types("mine");
    let offered: Bytes = bob
        .doc
        .transact()
        .encode_state_as_update_v1(&yrs::StateVector::default())
        .into();
    for _ in 0..5 {
        let told = desk.receive(&bob, ClientMessage::SyncStep2(offered.clone()));
        assert_eq!(close_code(&told), None);
    }
    assert_eq!(desk.text(), "mine", "what is complete is taken");
    desk.update(&bob, hidden);
    desk.receive(&bob, ClientMessage::SyncStep2(offered));
    assert!(desk.text().contains("hidden shown"), "{:?}", desk.text());
}

#[test]
fn garbage_ends_the_connection_and_touches_nothing() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    desk.update(&ada, ada.types("kept"));
    let before = whole(desk.replica.doc());
    for garbage in [&b""[..], b"\x01", b"\xff\xff\xff\xff\x0f", b"\x00\x00\x00"] {
        let told = desk.update(&ada, Bytes::copy_from_slice(garbage));
        assert_eq!(close_code(&told), Some(4400), "{garbage:?}");
    }
    assert_eq!(whole(desk.replica.doc()), before);
}

#[test]
fn over_rest_an_update_is_taken_whole_or_not_at_all() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    ada.types("never sent");
    let refused = desk.replica.apply(&ada.types("late"));
    assert!(matches!(refused, Err(UpdateRefused::Incomplete)));
    desk.replica.apply(&whole(&ada.doc)).unwrap();
    assert_eq!(desk.text(), "never sentlate");
}

#[test]
fn a_document_is_loaded_as_it_was_or_not_at_all() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    for word in ["one ", "two ", "three"] {
        desk.update(&ada, ada.types(word));
        desk.write();
    }
    assert_eq!(desk.reloaded().state(), whole(desk.replica.doc()));
    let load = |rows: &[&Bytes]| Replica::load(rows, Limits::default());
    let rows: Vec<_> = desk.journal.iter().collect();
    assert_eq!(
        load(&[rows[0], rows[2]]).unwrap_err().part,
        1,
        "a row is missing"
    );
    let cut = rows[1].slice(..rows[1].len() - 1);
    assert_eq!(
        load(&[rows[0], &cut]).unwrap_err().part,
        1,
        "a row is cut short"
    );
}

#[test]
fn a_snapshot_is_proven_before_it_replaces_anything() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    desk.update(&ada, ada.types("all of it"));
    let (snapshot, fingerprint) = (desk.replica.snapshot(), desk.replica.fingerprint());
    let verify =
        |snapshot: &Bytes| verify_snapshot(snapshot, &fingerprint, &guard::Limits::default());
    verify(&snapshot).unwrap();
    let cut = snapshot.slice(..snapshot.len() - 1);
    verify(&cut).unwrap_err();
    let empty = Bytes::from_static(&[0, 0]);
    verify(&empty).expect_err("sound, and not this document");
}

#[test]
fn a_title_is_read_from_meta() {
    use yrs::Map;
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    let meta = ada.doc.get_or_insert_map("meta");
    let update: Bytes = {
        let mut txn = ada.doc.transact_mut();
        meta.insert(&mut txn, "title", "Aurora");
        txn.encode_update_v1().into()
    };
    desk.update(&ada, update);
    desk.write();
    assert_eq!(desk.replica.title(), Some("Aurora"));
    assert_eq!(desk.reloaded().title(), Some("Aurora"));
}

/// A snapshot is taken while updates gather; the row that they become is written
/// after it and merged: a block of which the snapshot holds the first letter.
/// Such a document was refused as unreadable after a restart.
#[test]
fn a_row_that_goes_on_where_a_snapshot_was_taken_is_loaded() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    desk.update(&ada, ada.types("a"));
    let snapshot = desk.replica.snapshot();
    desk.update(&ada, ada.types("b"));
    desk.update(&ada, ada.types("c"));
    desk.write();
    let rows = [&snapshot, &desk.journal[0]];
    let loaded = Replica::load(&rows, Limits::default()).unwrap();
    assert_eq!(loaded.fingerprint(), desk.replica.fingerprint());
}

/// Yrs frees a subdocument too early, so references pass through it hidden; what
/// others and the disk get must be the reference, to the last option.
#[test]
fn a_subdocument_is_handed_on_as_it_came() {
    // Root array `a` holds a subdocument named "sub" with {"meta": "kept"}.
    let mut update = vec![1, 1, 7, 0, 9, 1, 1, b'a', 3, b's', b'u', b'b'];
    update.extend([
        118, 1, 4, b'm', b'e', b't', b'a', 119, 4, b'k', b'e', b'p', b't', 0,
    ]);
    let update = Bytes::from(update);
    let (mut desk, ada) = (Desk::new(), Editor::new(7));
    desk.seat(&ada);
    assert_eq!(close_code(&desk.update(&ada, update.clone())), None);
    let told = desk.write();
    let [Effect::Relay(relayed, _)] = &told[..] else {
        panic!("one frame: {told:?}")
    };
    assert_eq!(*relayed, update);
    assert_eq!(desk.replica.state(), update);
    assert_eq!(desk.reloaded().state(), update);
}

#[test]
fn whether_an_update_is_news_is_told_without_taking_it() {
    let mut desk = Desk::new();
    let (ada, ben) = (Editor::new(1), Editor::new(2));
    desk.replica.join(ada.session);
    let hello = ada.types("hello");
    assert_eq!(desk.replica.holds(&hello), Ok(false));
    desk.replica.apply(&hello).unwrap();
    assert_eq!(desk.replica.holds(&hello), Ok(true));
    assert_eq!(desk.replica.holds(&Bytes::from_static(&[0, 0])), Ok(true));
    let erased = ada.erases();
    assert_eq!(desk.replica.holds(&erased), Ok(false), "a deletion is news");
    desk.replica.apply(&erased).unwrap();
    assert_eq!(desk.replica.holds(&erased), Ok(true));
    assert_eq!(desk.replica.holds(&ben.types("hi")), Ok(false));
    assert!(
        desk.replica
            .holds(&Bytes::from_static(b"\xff\xff"))
            .is_err()
    );
}

/// An answer that took several turns had settled what was owed before the batch knew of
/// it: the tick between two turns called it saved, and no disk had it.
#[test]
fn nothing_is_called_saved_while_it_is_half_taken() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    ada.prepends(400);
    let typed = ada.types("x");
    desk.seat(&ada);
    desk.update(&ada, typed);
    let barrier = ClientMessage::Barrier(Bytes::from_static(b"7"));
    assert_eq!(desk.receive(&ada, barrier), vec![], "it lacks its past");
    let is_saved = |effects: &[Effect]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Send(_, ServerMessage::Barrier(_))))
    };
    let answer = ClientMessage::SyncStep2(whole(&ada.doc));
    desk.replica.receive(ada.session, answer, desk.now).unwrap();
    assert!(desk.replica.is_working());
    while desk.replica.is_working() {
        assert!(!is_saved(&desk.replica.tick(desk.now)), "a lie");
        let worked = desk.replica.work(&mut || Pace::Pause).unwrap();
        assert!(!worked.is_some_and(|worked| is_saved(&worked.effects)));
    }
    assert!(!is_saved(&desk.replica.tick(desk.now)));
    assert!(is_saved(&desk.write()));
}
