//! Who is here. Clocks are given, nobody sleeps.

use std::time::{Duration, Instant};

use super::session;
use crate::replica::presence::{
    CLOCK_LEAP, Departure, IDS_PER_SESSION, OUTDATED_AFTER, Presence, WITHDRAWAL_GRACE,
};
use crate::wire::awareness::{self, Entry};
use crate::wire::close::{CloseCode, Refusal};

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
        self.tries(number, client, clock, state).unwrap()
    }

    fn tries(
        &mut self,
        number: u64,
        client: u64,
        clock: u32,
        state: Option<&str>,
    ) -> Result<Vec<u64>, Refusal> {
        let entry = Entry {
            client,
            clock,
            state,
        };
        self.presence.receive(session(number), &[entry], self.now)
    }

    fn leaves(&mut self, number: u64, how: Departure) -> Vec<u64> {
        self.presence.leave(session(number), how, self.now)
    }

    fn after(&mut self, time: Duration) -> Vec<u64> {
        let end = self.now + time;
        let mut gone = Vec::new();
        while self.now < end {
            self.now = end.min(self.now + Duration::from_secs(1));
            gone.extend(self.presence.tick(self.now));
        }
        gone
    }

    /// Everybody's state, as a newcomer is told.
    fn shown(&self) -> Vec<(u64, u32, Option<String>)> {
        let told = self.presence.encode(&self.presence.present());
        let entries = awareness::decode(&told, &awareness::Limits::default()).unwrap();
        let shown = entries.iter();
        shown
            .map(|entry| (entry.client, entry.clock, entry.state.map(str::to_owned)))
            .collect()
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

/// What others see of 7, in the stories about who speaks for it.
const MOVED: Option<&str> = Some(r#"{"user":{"name":"Ada"},"cursor":1}"#);
const FORGED: Option<&str> = Some(r#"{"user":{"name":"Mallory"}}"#);

#[test]
fn a_newer_connection_of_the_same_client_speaks_once_the_old_one_has_gone() {
    for how in [Departure::Unclean, Departure::Clean] {
        let mut room = Room::new();
        room.joined(1);
        room.says(1, 7, 5, HERE);
        room.joined(2);
        assert_eq!(room.says(2, 7, 5, HERE), NOBODY);
        assert_eq!(room.presence.challenged(), [session(1)]);
        assert_eq!(room.presence.challenged(), [], "once");
        assert_eq!(room.says(2, 7, 6, MOVED), NOBODY, "not yet");
        assert_eq!(room.leaves(1, how), [7], "the old, half-open one ends");
        assert_eq!(room.shown(), [(7, 6, MOVED.map(str::to_owned))]);
        assert_eq!(
            room.after(WITHDRAWAL_GRACE),
            NOBODY,
            "it takes nobody along"
        );
        assert_eq!(room.says(2, 7, 7, HERE), [7]);
        assert_eq!(room.leaves(2, Departure::Clean), [7]);
    }
}

#[test]
fn an_heir_without_news_changes_nothing() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    room.says(2, 7, 5, HERE);
    assert_eq!(room.leaves(1, Departure::Unclean), NOBODY);
    assert_eq!(room.after(WITHDRAWAL_GRACE), NOBODY);
    assert_eq!(room.says(2, 7, 6, HERE), [7]);
}

#[test]
fn nobody_speaks_for_a_client_whose_connection_lives() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    room.says(2, 8, 1, HERE);
    assert_eq!(room.says(2, 7, 9, FORGED), NOBODY);
    assert_eq!(room.says(2, 7, 5, None), NOBODY);
    assert_eq!(room.presence.challenged(), [], "it is no claim");
    assert_eq!(
        room.leaves(2, Departure::Clean),
        [8],
        "only its own id goes with it"
    );
}

/// A first awareness message of one id took the id over at once: whoever sent it
/// could show another name, and with a clock at the ceiling silence the one it
/// belonged to, for everybody who saw it and for good.
#[test]
fn a_stranger_who_claims_the_id_of_somebody_living_changes_nothing() {
    for (clock, state) in [
        (5, FORGED),
        (6, FORGED),
        (6, None),
        (5 + CLOCK_LEAP, FORGED),
        (u32::MAX, FORGED),
        (i32::MAX as u32, None),
    ] {
        let mut room = Room::new();
        room.joined(1);
        room.says(1, 7, 5, HERE);
        room.joined(2);
        assert_eq!(room.says(2, 7, clock, state), NOBODY);
        assert_eq!(room.says(2, 7, clock.saturating_add(1), state), NOBODY);
        assert_eq!(room.shown(), [(7, 5, HERE.map(str::to_owned))]);
        assert_eq!(room.says(1, 7, 6, MOVED), [7], "the living one speaks on");
        assert_eq!(room.leaves(2, Departure::Clean), NOBODY);
        assert_eq!(room.says(1, 7, 7, HERE), [7]);
        assert_eq!(room.leaves(1, Departure::Clean), [7]);
    }
}

/// A stock client without a state of its own repeats, as its first awareness
/// message, what it heard of others: it looks like a claim.
#[test]
fn a_claim_by_mistake_is_forgotten_with_who_made_it() {
    let mut room = Room::new();
    room.joined(1);
    room.says(1, 7, 5, HERE);
    room.joined(2);
    room.says(2, 7, 5, HERE);
    assert_eq!(room.leaves(2, Departure::Unclean), NOBODY);
    assert_eq!(room.after(WITHDRAWAL_GRACE), NOBODY);
    assert_eq!(room.leaves(1, Departure::Clean), [7], "there is no heir");
}

#[test]
fn the_newest_of_several_heirs_speaks_and_then_the_next() {
    let mut room = Room::new();
    for number in 1..=40 {
        room.joined(number);
        room.says(number, 7, 4 + number as u32, HERE);
    }
    assert_eq!(room.leaves(1, Departure::Unclean), [7]);
    assert_eq!(room.shown()[0].1, 44);
    assert_eq!(room.leaves(40, Departure::Unclean), NOBODY);
    assert_eq!(room.says(39, 7, 45, MOVED), [7]);
    for number in 2..=38 {
        assert_eq!(room.leaves(number, Departure::Unclean), NOBODY);
    }
    assert_eq!(room.leaves(39, Departure::Clean), [7]);
}

#[test]
fn a_clock_that_was_made_up_locks_nobody_out() {
    // Nothing that leaps is passed on, from whomever.
    let mut room = Room::new();
    room.joined(1);
    for clock in [CLOCK_LEAP + 1, i32::MAX as u32, u32::MAX] {
        assert_eq!(room.says(1, 7, clock, FORGED), NOBODY);
    }
    // Who goes there step by step has an id to itself, until it goes.
    let mut clock = 0;
    while clock < u32::MAX {
        clock = clock.saturating_add(CLOCK_LEAP);
        assert_eq!(room.says(1, 7, clock, FORGED), [7]);
    }
    room.joined(2);
    assert_eq!(room.says(2, 9, 1, HERE), [9]);
    for how in [Departure::Clean, Departure::Unclean] {
        room.leaves(1, how);
        room.joined(3);
        assert_eq!(room.says(3, 7, 12, HERE), [7], "whose id it is");
        assert_eq!(room.says(3, 7, 13, MOVED), [7]);
        room.leaves(3, Departure::Clean);
        room.joined(1);
    }
}

#[test]
fn time_that_the_server_slept_is_nobodys_silence() {
    let mut room = Room::new();
    room.joined(1);
    room.joined(2);
    room.says(1, 7, 1, HERE);
    room.says(2, 8, 1, HERE);
    room.after(Duration::from_secs(5));
    room.leaves(2, Departure::Unclean);
    room.now += Duration::from_secs(3600);
    assert_eq!(room.presence.tick(room.now), NOBODY);
    assert_eq!(
        room.after(WITHDRAWAL_GRACE - Duration::from_secs(1)),
        NOBODY
    );
    assert_eq!(room.after(Duration::from_secs(1)), [8]);
    assert_eq!(room.after(OUTDATED_AFTER), [7]);
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

/// A message that named one id ten thousand times, with rising clocks and a long
/// last state, was answered to everybody with that state ten thousand times.
#[test]
fn an_id_that_is_named_many_times_is_told_once() {
    let mut room = Room::new();
    room.joined(1);
    let entry = |clock| Entry {
        client: 7,
        clock,
        state: HERE,
    };
    let entries: Vec<_> = (1..100).map(entry).collect();
    let told = room.presence.receive(session(1), &entries, room.now);
    assert_eq!(told.unwrap(), [7]);
}

/// A state of so many bytes.
fn state(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

/// Sixteen states of 64 KiB each, from one connection, made every answer about
/// presence a megabyte larger, for everybody.
#[test]
fn what_one_connection_shows_is_limited_however_many_ids_it_has() {
    let mut room = Room::new();
    room.joined(1);
    let half = state(32 << 10);
    assert_eq!(room.says(1, 1, 1, Some(&half)), [1]);
    assert_eq!(room.says(1, 2, 1, Some(&half)), [2]);
    // The latest of an id counts, not all it ever was.
    for clock in 2..100 {
        assert_eq!(room.says(1, 2, clock, Some(&half)), [2]);
    }
    let refused = room.tries(1, 3, 1, HERE);
    assert_eq!(
        refused.unwrap_err().code(),
        CloseCode::Policy,
        "small, and too much"
    );
    assert_eq!(room.says(1, 2, 100, HERE), [2], "less than before");
    assert_eq!(room.says(1, 4, 1, HERE), [4]);
}

#[test]
fn where_much_is_shown_a_name_and_a_cursor_are_let_in_and_more_is_not() {
    let mut room = Room::new();
    let large = state(60 << 10);
    let shown = |number| vec![number];
    for number in 1..100 {
        room.joined(number);
        let expected = if number <= 8 { shown(number) } else { vec![] };
        assert_eq!(room.says(number, number, 1, Some(&large)), expected);
    }
    // The bug: what somebody showed before was counted beside what took its place,
    // and whoever renewed it in a full document was ended.
    for clock in 2..10 {
        for number in 1..=8 {
            assert_eq!(room.says(number, number, clock, Some(&large)), [number]);
        }
    }
    assert_eq!(room.says(1, 1, 11, Some(&state(59 << 10))), [1]);
    for number in 100..1_000 {
        room.joined(number);
        assert_eq!(room.says(number, number, 1, HERE), [number]);
    }
    // Who leaves makes room.
    room.joined(1_000);
    assert_eq!(room.says(1_000, 1_000, 1, Some(&large)), NOBODY);
    room.leaves(1, Departure::Clean);
    assert_eq!(room.says(1_000, 1_000, 2, Some(&large)), [1_000]);
}
