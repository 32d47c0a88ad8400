//! Who is here. Clocks are given, nobody sleeps.

use std::time::{Duration, Instant};

use super::session;
use crate::replica::presence::{
    Departure, IDS_PER_SESSION, OUTDATED_AFTER, Presence, WITHDRAWAL_GRACE,
};
use crate::wire::awareness::{self, Entry};

/// No client.
const NOBODY: [u64; 0] = [];

const HERE: Option<&str> = Some(r#"{"user":{"name":"Ada"}}"#);

/// A document's presence, and a clock that moves when told to.
struct Room {
    presence: Presence,
    now: Instant,
}

impl Room {
    fn new() -> Self {
        Self {
            presence: Presence::default(),
            now: Instant::now(),
        }
    }

    fn joined(&mut self, number: u64) {
        self.presence.join(session(number));
    }

    fn says(&mut self, number: u64, client: u64, clock: u32, state: Option<&str>) -> Vec<u64> {
        let entry = Entry {
            client,
            clock,
            state,
        };
        self.presence
            .receive(session(number), &[entry], self.now)
            .unwrap()
    }

    fn leaves(&mut self, number: u64, how: Departure) -> Vec<u64> {
        self.presence.leave(session(number), how, self.now)
    }

    fn after(&mut self, time: Duration) -> Vec<u64> {
        self.now += time;
        self.presence.tick(self.now)
    }
}

#[test]
fn a_state_is_news_once() {
    let mut room = Room::new();
    room.joined(1);
    assert_eq!(room.says(1, 7, 1, HERE), [7]);
    assert_eq!(room.says(1, 7, 1, HERE), NOBODY);
    assert_eq!(room.says(1, 7, 0, HERE), NOBODY);
    assert_eq!(room.says(1, 7, 2, HERE), [7]);
    assert_eq!(room.presence.present(), [7]);
}

#[test]
fn null_at_the_same_clock_is_a_goodbye() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 3, HERE);
    assert_eq!(room.says(1, 7, 3, None), [7]);
    assert_eq!(room.presence.present(), NOBODY);
    assert_eq!(
        room.says(1, 7, 3, HERE),
        NOBODY,
        "it does not come back at that clock"
    );
    assert_eq!(room.says(1, 7, 4, HERE), [7]);
}

#[test]
fn who_says_goodbye_goes_at_once() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 1, HERE);
    assert_eq!(room.leaves(1, Departure::Clean), [7]);
}

#[test]
fn a_broken_connection_has_time_to_come_back() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    assert_eq!(room.leaves(1, Departure::Unclean), NOBODY);
    assert_eq!(room.after(WITHDRAWAL_GRACE / 2), NOBODY);
    room.joined(2);
    assert_eq!(
        room.says(2, 7, 5, HERE),
        NOBODY,
        "unchanged: nobody need be told"
    );
    assert_eq!(room.after(WITHDRAWAL_GRACE), NOBODY, "it is back");
    assert_eq!(room.presence.present(), [7]);
}

#[test]
fn a_broken_connection_that_does_not_come_back_is_withdrawn() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.leaves(1, Departure::Unclean);
    assert_eq!(room.after(WITHDRAWAL_GRACE), [7]);
    assert_eq!(room.after(WITHDRAWAL_GRACE), NOBODY, "once");
}

#[test]
fn a_newer_connection_of_the_same_client_takes_over() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    room.says(2, 7, 5, HERE);
    assert_eq!(
        room.leaves(1, Departure::Unclean),
        NOBODY,
        "the old, half-open one ends"
    );
    assert_eq!(
        room.after(WITHDRAWAL_GRACE),
        NOBODY,
        "and takes nobody along"
    );
    assert_eq!(room.says(2, 7, 6, HERE), [7]);
}

#[test]
fn nobody_speaks_for_a_client_whose_connection_lives() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    room.says(2, 8, 1, HERE);
    assert_eq!(room.says(2, 7, 9, Some(r#""spoofed""#)), NOBODY);
    assert_eq!(room.says(2, 7, 5, None), NOBODY);
    assert_eq!(
        room.leaves(2, Departure::Clean),
        [8],
        "only its own id goes with it"
    );
}

/// A stock client without a state of its own repeats, as its first awareness
/// message, what it heard of others: it looks like a take-over. The one who is
/// spoken for must not be silenced by that.
#[test]
fn a_claim_by_mistake_is_healed_by_the_next_change() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    assert_eq!(room.says(2, 7, 5, HERE), NOBODY);
    assert_eq!(room.says(1, 7, 6, HERE), [7], "the living one speaks on");
    assert_eq!(room.leaves(2, Departure::Clean), NOBODY);
    assert_eq!(room.presence.present(), [7]);
}

#[test]
fn a_mistaken_claim_that_leaves_first_gives_the_id_back() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    room.says(2, 7, 5, HERE);
    assert_eq!(room.leaves(2, Departure::Clean), NOBODY);
    assert_eq!(room.presence.present(), [7]);
    assert_eq!(room.leaves(1, Departure::Clean), [7]);
}

#[test]
fn who_falls_silent_is_withdrawn_and_later_forgotten() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 1, HERE);
    assert_eq!(room.after(OUTDATED_AFTER / 2), NOBODY);
    room.says(1, 7, 2, HERE);
    assert_eq!(room.after(OUTDATED_AFTER / 2), NOBODY, "it renewed itself");
    assert_eq!(room.after(OUTDATED_AFTER / 2), [7]);
    assert_eq!(room.says(1, 7, 2, HERE), NOBODY, "its clock is remembered");
    room.after(OUTDATED_AFTER);
    assert_eq!(room.says(1, 7, 1, HERE), [7], "and then forgotten");
}

#[test]
fn a_session_may_speak_for_sixteen_and_no_more() {
    let mut room = Room::new();
    room.joined(1);
    for client in 0..IDS_PER_SESSION as u64 {
        assert_eq!(room.says(1, client, 1, HERE), [client]);
    }
    let entry = Entry {
        client: 99,
        clock: 1,
        state: HERE,
    };
    let refused = room
        .presence
        .receive(session(1), &[entry], room.now)
        .unwrap_err();
    assert_eq!(refused.code().number(), 1008);
}

#[test]
fn a_state_that_is_not_json_ends_the_connection_before_anyone_sees_it() {
    let mut room = Room::new();
    room.joined(1);
    let entry = Entry {
        client: 7,
        clock: 1,
        state: Some("{nonsense"),
    };
    let refused = room
        .presence
        .receive(session(1), &[entry], room.now)
        .unwrap_err();
    assert_eq!(refused.code().number(), 4400);
    assert_eq!(room.presence.present(), NOBODY);
}

#[test]
fn everybody_can_be_told_about_everybody() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 3, HERE);
    room.says(1, 8, 4, HERE);
    let told = room.presence.encode(&room.presence.present());
    let entries = awareness::decode(&told, &awareness::Limits::default()).unwrap();
    let seen: Vec<_> = entries
        .iter()
        .map(|entry| (entry.client, entry.clock, entry.state))
        .collect();
    assert_eq!(seen, [(7, 3, HERE), (8, 4, HERE)]);
}
