//! Nothing leaves before it is durable.

use bytes::Bytes;

use super::{Desk, Editor, whole};
use crate::replica::{Effect, Limits, Replica};
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::{ClientMessage, ServerMessage};

#[test]
fn an_update_is_relayed_after_it_is_on_disk_and_not_before() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    assert_eq!(desk.update(&ada, ada.types("hello")), vec![]);
    assert_eq!(desk.text(), "hello", "it is applied");
    let told = desk.write();
    assert!(matches!(&told[..], [Effect::Relay(..)]));
}

#[test]
fn updates_that_gather_behind_an_append_leave_as_one() {
    let (mut desk, ada, bob) = (Desk::new(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.seat(&bob);
    desk.update(&ada, ada.types("a"));
    let first = desk.replica.depart().unwrap().unwrap();
    for letter in ["b", "c", "d"] {
        desk.update(&ada, ada.types(letter));
        desk.update(&bob, bob.types(letter));
    }
    assert_eq!(desk.replica.depart().unwrap(), None, "one append at a time");
    assert_eq!(desk.replica.durable().len(), 1);
    let merged = desk.replica.depart().unwrap().unwrap();
    let told = desk.replica.durable();
    let [Effect::Relay(relayed, _)] = &told[..] else {
        panic!("one frame: {told:?}")
    };
    assert_eq!(*relayed, merged);
    desk.journal = vec![first, merged];
    assert_eq!(desk.reloaded().state(), whole(desk.replica.doc()));
}

/// In a rush the store takes what it was given some milliseconds later. What came to the
/// document meanwhile waited for that, and then for the next commit.
#[test]
fn what_joins_an_append_is_journaled_and_told_with_it() {
    let (mut desk, ada, bob) = (Desk::new(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.seat(&bob);
    desk.update(&ada, ada.types("a"));
    desk.replica.depart().unwrap().unwrap();
    desk.update(&bob, bob.types("b"));
    let token = Bytes::from_static(b"7");
    let barrier = ClientMessage::Barrier(token.clone());
    assert_eq!(desk.receive(&bob, barrier), vec![]);
    let mut joined = None;
    desk.replica
        .join_append(|update, _| {
            joined = Some(update.clone());
            true
        })
        .unwrap();
    assert_eq!(desk.replica.depart().unwrap(), None, "nothing is left");
    // This one is too late.
    desk.update(&ada, ada.types("c"));
    desk.replica.join_append(|_, _| false).unwrap();
    let told = desk.replica.durable();
    let [Effect::Relay(relayed, _), Effect::Send(to, answer)] = &told[..] else {
        panic!("one frame, then the answer: {told:?}")
    };
    assert_eq!(Some(relayed), joined.as_ref());
    assert_eq!((*to, answer), (bob.session, &ServerMessage::Barrier(token)));
    let last = desk.replica.depart().unwrap().unwrap();
    desk.journal = vec![relayed.clone(), last];
    assert_eq!(desk.reloaded().state(), whole(desk.replica.doc()));
}

#[test]
fn a_barrier_is_answered_after_everything_before_it_is_on_disk() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    let token = Bytes::from_static(b"7");
    let barrier = || ClientMessage::Barrier(token.clone());
    let answer = Effect::Send(ada.session, ServerMessage::Barrier(token.clone()));
    assert_eq!(
        desk.receive(&ada, barrier()),
        vec![answer.clone()],
        "nothing to wait for"
    );
    desk.update(&ada, ada.types("x"));
    assert_eq!(desk.receive(&ada, barrier()), vec![]);
    let told = desk.write();
    assert!(matches!(told[0], Effect::Relay(..)), "the echo comes first");
    assert_eq!(told[1], answer);
}

#[test]
fn a_late_joiner_is_not_told_what_is_not_on_disk() {
    let (mut desk, ada, bob) = (Desk::new(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.update(&ada, ada.types("secret until saved"));
    desk.seat(&bob);
    let asked = desk.receive(&bob, ClientMessage::SyncStep1(StateVector::new()));
    assert_eq!(asked, vec![]);
    let told = desk.write();
    assert!(
        matches!(&told[1], Effect::Send(to, ServerMessage::SyncStep2(_)) if *to == bob.session)
    );
}

#[test]
fn what_repeats_what_is_known_is_not_journaled_again() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    let update = ada.types("once");
    desk.update(&ada, update.clone());
    desk.write();
    desk.update(&ada, update);
    assert_eq!(desk.write(), vec![]);
    assert_eq!(desk.journal.len(), 1);
}

#[test]
fn a_full_document_refuses_and_stays_as_it_was() {
    let limits = Limits {
        document_bytes: 2000,
        ..Limits::default()
    };
    let ada = Editor::new(1);
    let mut desk = Desk::new();
    desk.replica = Replica::empty(limits);
    desk.seat(&ada);
    desk.update(&ada, ada.types("fits"));
    desk.write();
    let told = desk.update(&ada, ada.types(&"x".repeat(3000)));
    assert_eq!(super::close_code(&told), Some(1009));
    assert_eq!(desk.text(), "fits");
    assert!(desk.replica.is_settled());
}

/// What is taken is counted as it comes; a document that was written and erased
/// for long must not be taken for full while it is small.
#[test]
fn a_document_that_was_erased_is_not_full() {
    let limits = Limits {
        document_bytes: 4000,
        ..Limits::default()
    };
    let ada = Editor::new(1);
    let mut desk = Desk::new();
    desk.replica = Replica::empty(limits);
    desk.seat(&ada);
    for round in 0..20 {
        let told = desk.update(&ada, ada.types(&"x".repeat(500)));
        assert_eq!(super::close_code(&told), None, "round {round}");
        let told = desk.update(&ada, ada.erases());
        assert_eq!(super::close_code(&told), None, "round {round}");
        desk.write();
    }
}
