//! Who is here, under any order of joining, speaking, leaving and waiting:
//! - a state is told at most once per clock, each id once in a message, and
//!   clocks only rise, unless somebody new claims an id that nobody holds;
//! - an id that a living session speaks for is changed by nobody else;
//! - a session speaks for at most sixteen ids of its own and one that it inherits;
//! - a connection that broke withdraws nothing before its grace is over;
//! - who is challenged lives, and holds an id that somebody newer claims;
//! - when all have left and time has passed, nothing is remembered.

#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use cowrite::id::SessionId;
use cowrite::replica::presence::{
    CLOCK_LEAP, Departure, IDS_PER_SESSION, OUTDATED_AFTER, Presence, WITHDRAWAL_GRACE,
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
    /// Ids that somebody claimed: they may have heirs.
    claimed: BTreeSet<u64>,
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
            claimed: BTreeSet::new(),
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
        let claim = entries.first().filter(|_| first && entries.len() == 1);
        let claim = claim.map(|entry| entry.client);
        self.claimed.extend(claim);
        // What nobody alive speaks for begins anew for whoever claims it.
        let begins_anew = claim.filter(|id| !self.is_held(*id));
        let spoken_of: Vec<u64> = entries.iter().map(|entry| entry.client).collect();
        let before = self.states(&spoken_of);
        let result = self.presence.receive(session(speaker), &entries, self.now);
        for entry in &entries {
            let (was, is) = (
                before.get(&entry.client).copied(),
                self.state_of(entry.client),
            );
            if is == was {
                continue;
            }
            // It was changed, whether it is told or the speaker is ended first.
            if let Some(&last) = self.last.get(&entry.client)
                && last != speaker
                && self.seated.contains_key(&last)
            {
                panic!("s{speaker} changes {} of the living s{last}", entry.client);
            }
            let clock = is.map_or(0, |state| state.0);
            assert!(clock - was.map_or(0, |state| state.0).min(clock) <= 5 * CLOCK_LEAP);
            self.last.insert(entry.client, speaker);
            self.renewed.insert(entry.client, self.now);
        }
        for challenged in self.presence.challenged() {
            let newer = self
                .seated
                .keys()
                .any(|seated| session(*seated) > challenged);
            assert!(
                newer
                    && self
                        .seated
                        .keys()
                        .any(|seated| session(*seated) == challenged)
            );
            assert_ne!(challenged, session(speaker), "nobody challenges itself");
        }
        match result {
            Ok(changed) => {
                for id in &changed {
                    assert!(entries.iter().any(|entry| entry.client == *id));
                    self.broken.remove(id);
                }
                if let Some(id) = claim {
                    self.broken.remove(&id);
                    self.renewed.insert(id, self.now);
                }
                if let Some(id) = begins_anew {
                    self.told.remove(&id);
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
        let changed = self.presence.leave(session(who), how, self.now);
        self.seated.remove(&who);
        for id in &changed {
            // It goes, or an heir has news of it.
            let goes = how == Departure::Clean && self.state_of(*id).is_some_and(|state| !state.1);
            assert!(goes || self.claimed.contains(id), "{id} of s{who}");
        }
        if how == Departure::Unclean {
            for (&id, &last) in &self.last {
                if last == who && !changed.contains(&id) {
                    self.broken.entry(id).or_insert(self.now);
                }
            }
        }
        for id in &changed {
            self.last.remove(id);
            self.renewed.insert(*id, self.now);
        }
        self.told(&changed);
    }

    /// Whether somebody who is seated is known to speak for an id.
    fn is_held(&self, id: u64) -> bool {
        self.last
            .get(&id)
            .is_some_and(|last| self.seated.contains_key(last))
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
        for id in &gone {
            let state = self.state_of(*id);
            assert_eq!(state.map(|state| state.1), Some(false), "gone is gone");
        }
        self.told(&gone);
        let remembered: BTreeSet<u64> = self.presence.remembered().into_iter().collect();
        self.told.retain(|id, _| remembered.contains(id));
        self.last.retain(|id, _| remembered.contains(id));
        self.claimed.retain(|id| remembered.contains(id));
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
        self.states(&[id]).remove(&id)
    }

    fn states(&self, ids: &[u64]) -> BTreeMap<u64, (u32, bool)> {
        let message = self.presence.encode(ids);
        decode(&message, &Limits::default())
            .expect("presence is a message")
            .iter()
            .map(|entry| (entry.client, (entry.clock, entry.state.is_some())))
            .collect()
    }

    fn check(&self) {
        let present = self.presence.present();
        assert!(present.windows(2).all(|pair| pair[0] < pair[1]));
        let known = self.states(&self.presence.remembered());
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
            assert!(ids <= IDS_PER_SESSION + 1, "s{who} speaks for {ids} ids");
        }
    }

    fn everybody_goes(mut self) {
        for who in self.seated.keys().copied().collect::<Vec<_>>() {
            self.depart(who, Departure::Unclean);
        }
        // In steps: time that nobody listened in is nobody's silence.
        let step = Duration::from_secs(5);
        let mut waited = Duration::ZERO;
        while waited < OUTDATED_AFTER * 2 + step * 2 {
            self.now += step;
            waited += step;
            self.tick();
        }
        assert!(self.presence.remembered().is_empty(), "memory comes back");
        assert!(self.presence.present().is_empty());
    }
}

fn session(number: u64) -> SessionId {
    SessionId::numbered(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
}
