//! Who is here, under any order of joining, speaking, leaving and waiting:
//! - a state is told at most once per clock, and clocks only rise;
//! - one session speaks for at most sixteen ids;
//! - nobody older, who never spoke for it, changes what a living newer session
//!   says; an unclean end withdraws nothing before its grace is over;
//! - what is told is an awareness message of the ids that changed, each once;
//! - when all have left and time has passed, nothing is remembered.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use cowrite::id::SessionId;
use cowrite::replica::presence::{
    Departure, IDS_PER_SESSION, OUTDATED_AFTER, Presence, WITHDRAWAL_GRACE,
};
use cowrite::wire::awareness::{Entry, Limits, decode, is_state};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;

const STATES: [&str; 6] = [
    "{}",
    "{\"user\":{\"name\":\"Zoë\"}}",
    "1",
    "\"\"",
    "{oops",
    "",
];

fuzz_target!(|bytes: &[u8]| Story::new().play(&mut Tape::new(bytes)));

struct Story {
    presence: Presence,
    now: Instant,
    /// Those who joined and did not leave, and whether they have spoken.
    seated: BTreeMap<u64, bool>,
    joined: u64,
    /// Of each id that is remembered: the clock told last, and whether with a state.
    told: BTreeMap<u64, (u32, bool)>,
    /// Who ever had a say in an id: changed it, or claimed it.
    had_a_say: BTreeSet<(u64, u64)>,
    /// Whose change of an id was told last.
    last: BTreeMap<u64, u64>,
    /// Ids whose connection broke, and when.
    broken: BTreeMap<u64, Instant>,
    /// When somebody last renewed an id.
    renewed: BTreeMap<u64, Instant>,
}

impl Story {
    fn new() -> Self {
        Self {
            presence: Presence::default(),
            now: Instant::now(),
            seated: BTreeMap::new(),
            joined: 0,
            told: BTreeMap::new(),
            had_a_say: BTreeSet::new(),
            last: BTreeMap::new(),
            broken: BTreeMap::new(),
            renewed: BTreeMap::new(),
        }
    }

    fn play(mut self, tape: &mut Tape<'_>) {
        self.join();
        let mut steps = 0;
        while !tape.is_empty() && steps < 400 {
            steps += 1;
            match tape.byte() {
                0..24 if self.seated.len() < 8 => self.join(),
                0..180 => self.speak(tape),
                180..210 => self.leave(tape),
                other => {
                    let seconds = if other % 2 == 0 { tape.below(40) } else { 1 };
                    self.now += Duration::from_secs(seconds as u64);
                    self.tick();
                }
            }
            self.check();
        }
        self.everybody_goes();
    }

    fn join(&mut self) {
        self.joined += 1;
        self.presence.join(session(self.joined));
        self.seated.insert(self.joined, false);
    }

    fn somebody(&self, tape: &mut Tape<'_>) -> Option<u64> {
        let seated: Vec<u64> = self.seated.keys().copied().collect();
        (!seated.is_empty()).then(|| tape.pick(&seated))
    }

    fn speak(&mut self, tape: &mut Tape<'_>) {
        let Some(speaker) = self.somebody(tape) else {
            return;
        };
        let mut entries = Vec::new();
        for _ in 0..tape.below(5) {
            let client = match tape.byte() {
                few @ 0..160 => u64::from(few % 6),
                more => 100 + u64::from(more % 40),
            };
            let known = self.told.get(&client).map_or(0, |told| told.0);
            let clock = match tape.byte() {
                0..120 => known.saturating_add(1),
                120..170 => known,
                170..190 => known.saturating_sub(1),
                190..250 => tape.byte().into(),
                _ => tape.number() as u32,
            };
            let state = match tape.byte() {
                0..60 => None,
                60..250 => Some(STATES[0]),
                _ => Some(tape.pick(&STATES)),
            };
            entries.push(Entry {
                client,
                clock,
                state,
            });
        }
        let first = !std::mem::replace(self.seated.entry(speaker).or_default(), true);
        let claims = first && entries.len() == 1;
        if claims {
            self.had_a_say.insert((speaker, entries[0].client));
        }
        let before = self.snapshot();
        let result = self.presence.receive(session(speaker), &entries, self.now);
        for entry in &entries {
            let after = self.state_of(entry.client);
            if after == before.get(&entry.client).copied() {
                continue;
            }
            // It was changed, whether it is told or the speaker is ended first.
            if let Some(&last) = self.last.get(&entry.client)
                && last > speaker
                && self.seated.contains_key(&last)
            {
                assert!(
                    self.had_a_say.contains(&(speaker, entry.client)),
                    "s{speaker} changes {} of the living s{last}",
                    entry.client
                );
            }
            self.had_a_say.insert((speaker, entry.client));
            self.last.insert(entry.client, speaker);
            self.renewed.insert(entry.client, self.now);
        }
        match result {
            Ok(changed) => {
                for id in &changed {
                    assert!(entries.iter().any(|entry| entry.client == *id));
                    self.broken.remove(id);
                }
                if claims {
                    self.broken.remove(&entries[0].client);
                    self.renewed.insert(entries[0].client, self.now);
                }
                self.told(&changed);
            }
            Err(refusal) => {
                let reason = refusal.reason();
                assert!(
                    entries
                        .iter()
                        .any(|e| e.state.is_some_and(|state| !is_state(state)))
                        || reason.contains("16"),
                    "{reason}"
                );
                // The session is ended for it.
                self.depart(speaker, Departure::Clean);
            }
        }
    }

    fn leave(&mut self, tape: &mut Tape<'_>) {
        if let Some(who) = self.somebody(tape) {
            let how = if tape.rarely(2) {
                Departure::Clean
            } else {
                Departure::Unclean
            };
            self.depart(who, how);
        }
    }

    fn depart(&mut self, who: u64, how: Departure) {
        let gone = self.presence.leave(session(who), how, self.now);
        self.seated.remove(&who);
        // What was accepted of a message whose sender was ended is told nobody
        // else, but as gone.
        self.had_a_say.retain(|(session, _)| *session != who);
        if how == Departure::Unclean {
            assert!(gone.is_empty(), "an unclean end withdraws nothing at once");
            for (&id, &last) in &self.last {
                if last == who {
                    self.broken.entry(id).or_insert(self.now);
                }
            }
        }
        self.withdrawn(&gone);
    }

    fn tick(&mut self) {
        let gone = self.presence.tick(self.now);
        for id in &gone {
            let fell_silent = self.now >= self.renewed[id] + OUTDATED_AFTER;
            if let Some(at) = self.broken.remove(id)
                && !fell_silent
            {
                assert!(
                    self.now >= at + WITHDRAWAL_GRACE,
                    "withdrawn within its grace"
                );
            }
        }
        self.withdrawn(&gone);
        let remembered: BTreeSet<u64> = self.presence.remembered().into_iter().collect();
        self.told.retain(|id, _| remembered.contains(id));
        self.last.retain(|id, _| remembered.contains(id));
        self.had_a_say.retain(|(_, id)| remembered.contains(id));
    }

    fn withdrawn(&mut self, gone: &[u64]) {
        for id in gone {
            assert_eq!(
                self.state_of(*id).map(|state| state.1),
                Some(false),
                "gone is gone"
            );
        }
        self.told(gone);
    }

    /// What everybody hears of these ids is news to everybody.
    fn told(&mut self, changed: &[u64]) {
        let message = self.presence.encode(changed);
        let entries = decode(&message, &Limits::default()).expect("presence is a message");
        assert_eq!(entries.len(), changed.len());
        for (entry, id) in entries.iter().zip(changed) {
            assert_eq!(entry.client, *id);
            let news = (entry.clock, entry.state.is_some());
            if let Some(told) = self.told.insert(*id, news) {
                let withdraws = news.0 == told.0 && told.1 && !news.1;
                assert!(
                    news.0 > told.0 || withdraws,
                    "{id} is told {told:?} and {news:?}"
                );
            }
        }
    }

    fn state_of(&self, id: u64) -> Option<(u32, bool)> {
        let message = self.presence.encode(&[id]);
        let entries = decode(&message, &Limits::default()).expect("presence is a message");
        entries
            .first()
            .map(|entry| (entry.clock, entry.state.is_some()))
    }

    fn snapshot(&self) -> BTreeMap<u64, (u32, bool)> {
        self.presence
            .remembered()
            .into_iter()
            .filter_map(|id| Some((id, self.state_of(id)?)))
            .collect()
    }

    fn check(&self) {
        let present = self.presence.present();
        assert!(present.windows(2).all(|pair| pair[0] < pair[1]));
        let known = self.snapshot();
        for id in &present {
            assert!(
                known.get(id).is_some_and(|state| state.1),
                "present is with a state"
            );
        }
        assert_eq!(
            present.len(),
            known.values().filter(|state| state.1).count()
        );
        for who in self.seated.keys() {
            let ids = self.last.iter().filter(|(_, last)| *last == who).count();
            assert!(ids <= IDS_PER_SESSION, "s{who} speaks for {ids} ids");
        }
    }

    fn everybody_goes(mut self) {
        for who in self.seated.keys().copied().collect::<Vec<_>>() {
            self.depart(who, Departure::Unclean);
        }
        for _ in 0..3 {
            self.now += OUTDATED_AFTER;
            self.tick();
        }
        assert!(self.presence.remembered().is_empty(), "memory comes back");
        assert!(self.presence.present().is_empty());
    }
}

fn session(number: u64) -> SessionId {
    SessionId::numbered(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
}
