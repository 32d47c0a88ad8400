//! Whatever strangers send a document, the document lives, and is the same
//! wherever it is read.
//!
//! A story of updates, forged, raw, repeated, bent, merged, between the edits of
//! an honest editor, through every door of a [`Replica`]:
//! - no update that the guard lets in breaks it, nothing is left pending, and an
//!   honest edit is always taken whole;
//! - nothing tells of an update before it is durable;
//! - a listener that hears what is relayed, the journal, a snapshot with the
//!   journal behind it, the state as others see it, and a diff all make a
//!   document of the same fingerprint;
//! - every export of it is well formed.

#![no_main]

use std::num::NonZeroU64;
use std::time::Instant;

use bytes::Bytes;
use cowrite::export::{self, Format};
use cowrite::id::SessionId;
use cowrite::replica::presence::Departure;
use cowrite::replica::{
    Applied, Effect, Limits, Mark, Pace, Replica, UpdateRefused, verify_snapshot,
};
use cowrite::wire::guard;
use cowrite::wire::json::is_shallow;
use cowrite::wire::state_vector::StateVector;
use cowrite::wire::ysync::{ClientMessage, ServerMessage};
use cowrite_fuzz::forge::{ROOTS, World};
use cowrite_fuzz::tape::Tape;
use libfuzzer_sys::fuzz_target;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, ClientID, Doc, GetString, Map, OffsetKind, Options, ReadTxn, Text, Transact,
    Update, XmlElementPrelim, XmlFragment, XmlTextPrelim,
};

/// The client of the honest editor; nobody else speaks for it.
const EDITOR: u64 = 77;
const SEATS: u64 = 3;

fuzz_target!(|bytes: &[u8]| {
    let mut tape = Tape::new(bytes);
    let mut story = Story::new(&mut tape);
    let mut steps = 0;
    while !tape.is_empty() && steps < 60 {
        steps += 1;
        story.step(&mut tape);
    }
    story.end();
});

struct Story {
    limits: Limits,
    replica: Replica,
    /// Hears what is relayed.
    listener: Replica,
    editor: Doc,
    /// How many rows the editor has heard.
    heard: usize,
    journal: Vec<Bytes>,
    /// A snapshot, and how many rows of the journal it stands for.
    snapshot: Option<(Bytes, usize)>,
    seats: Vec<SessionId>,
    seated: u64,
    now: Instant,
    world: World,
    said: Vec<Vec<u8>>,
}

impl Story {
    fn new(tape: &mut Tape<'_>) -> Self {
        let mut limits = Limits::default();
        limits.guard.message_bytes = 1 << 16;
        if tape.rarely(8) {
            limits.document_bytes = 64 + tape.below(2048);
        }
        if tape.rarely(4) {
            limits.guard.type_depth = 1 + tape.below(8) as u16;
        }
        let mut story = Self {
            replica: Replica::empty(limits.clone()),
            listener: Replica::empty(unlimited(&limits)),
            limits,
            editor: editor(),
            heard: 0,
            journal: Vec::new(),
            snapshot: None,
            seats: Vec::new(),
            seated: 0,
            now: Instant::now(),
            world: World::default(),
            said: Vec::new(),
        };
        for _ in 0..SEATS {
            story.sit_down();
        }
        story
    }

    fn sit_down(&mut self) {
        self.seated += 1;
        let session = SessionId::numbered(NonZeroU64::new(self.seated).unwrap_or(NonZeroU64::MIN));
        self.seats.push(session);
        let effects = self.replica.join(session);
        self.carry_out(effects);
    }

    fn step(&mut self, tape: &mut Tape<'_>) {
        match tape.byte() {
            0..120 => {
                let update = self.world.update(tape);
                self.send(tape, update);
            }
            120..130 => {
                let update = tape.bytes().to_vec();
                self.send(tape, update);
            }
            130..150 if !self.said.is_empty() => {
                let update = self.said[tape.below(self.said.len())].clone();
                self.send(tape, update);
            }
            150..160 if self.journal.len() > 1 => {
                // What a provider does with what it heard.
                let from = tape.below(self.journal.len());
                let rows = &self.journal[from..];
                let merged = yrs::merge_updates_v1(rows).expect("rows can be merged");
                self.send(tape, merged);
            }
            150..190 => self.edit(tape),
            190..210 => self.depart(),
            210..225 => self.durable(),
            225..232 => self.reload(),
            232..238 => self.fold(),
            238..246 => self.ask(tape),
            246..250 => self.read(),
            250.. => self.say(tape, ClientMessage::Barrier(Bytes::from_static(b"7"))),
            _ => self.depart(),
        }
        let state = self.replica.doc().transact().state_vector();
        self.world.clocks = state
            .iter()
            .map(|(client, clock)| (client.get(), *clock))
            .collect();
        assert!(
            !self.replica.doc().transact().has_missing_updates(),
            "nothing is pending"
        );
    }

    /// Sends an update through one of the doors.
    fn send(&mut self, tape: &mut Tape<'_>, mut update: Vec<u8>) {
        if tape.rarely(16) && !update.is_empty() {
            let at = tape.below(update.len());
            update[at] = tape.byte();
        }
        self.said.push(update.clone());
        let update = Bytes::from(update);
        match tape.byte() {
            0..160 => self.say(tape, ClientMessage::Update(update)),
            160..200 => self.say(tape, ClientMessage::SyncStep2(update)),
            _ => {
                let before = self.replica.fingerprint();
                let (pace, effects) = self.apply(tape, &update);
                self.carry_out(effects);
                match pace {
                    Ok(_) | Err(UpdateRefused::Laborious) => {}
                    Err(UpdateRefused::Broken(broken)) => panic!("{broken}"),
                    Err(_) => assert_eq!(self.replica.fingerprint(), before, "all or nothing"),
                }
            }
        }
    }

    /// Takes an update that did not come over a socket, and works on it as long
    /// as the tape says.
    fn apply(
        &mut self,
        tape: &mut Tape<'_>,
        update: &Bytes,
    ) -> (Result<(), UpdateRefused>, Vec<Effect>) {
        match self.replica.apply(update) {
            Ok(Applied::All(effects)) => (Ok(()), effects),
            Ok(Applied::Begun) => self.work(tape),
            Err(refused) => (Err(refused), Vec::new()),
        }
    }

    /// Goes on with what was begun: now and then with a pause, rarely to its end.
    fn work(&mut self, tape: &mut Tape<'_>) -> (Result<(), UpdateRefused>, Vec<Effect>) {
        loop {
            let mut pace = || match tape.byte() {
                0..200 => Pace::Go,
                200..250 => Pace::Pause,
                _ => Pace::Stop,
            };
            if let Some(worked) = self.replica.work(&mut pace).expect("it broke") {
                assert!(!self.replica.is_working());
                return (worked.refused.map_or(Ok(()), Err), worked.effects);
            }
            assert!(self.replica.is_working());
            // Others have their turn: what is durable is told, what is half done stays.
            assert_eq!(self.replica.depart().ok(), Some(None));
            self.durable();
        }
    }

    fn say(&mut self, tape: &mut Tape<'_>, message: ClientMessage) {
        let session = self.seats[tape.below(self.seats.len())];
        let mut effects = self
            .replica
            .receive(session, message, self.now)
            .expect("it broke");
        if self.replica.is_working() {
            let (refused, more) = self.work(tape);
            assert!(refused.is_ok(), "a session hears of it as an effect");
            effects.extend(more);
        }
        if !self.replica.is_settled() {
            for effect in &effects {
                assert!(
                    tells_nothing(effect),
                    "told before it is durable: {effect:?}"
                );
            }
        }
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Relay(update, _) => {
                    take(&mut self.listener, &update).expect("what is relayed is sound");
                }
                Effect::Large(_, ServerMessage::SyncStep2(update))
                | Effect::CatchUp(_, ServerMessage::Update(update))
                | Effect::Send(
                    _,
                    ServerMessage::SyncStep2(update) | ServerMessage::Update(update),
                ) => {
                    self.inspect(&update);
                }
                Effect::Send(_, ServerMessage::SyncStep1(vector)) => {
                    StateVector::decode(&vector, usize::MAX).expect("a vector is sound");
                }
                Effect::Close(session, refusal) => {
                    assert!(refusal.reason().len() <= 123);
                    self.seats.retain(|seat| *seat != session);
                    let gone = self.replica.leave(session, Departure::Clean, self.now);
                    assert!(gone.is_empty());
                    self.sit_down();
                }
                Effect::RelayToOthers(..) | Effect::Echo(..) => {
                    panic!("disk comes first: {effect:?}")
                }
                Effect::Send(..)
                | Effect::Large(..)
                | Effect::CatchUp(..)
                | Effect::Announce(_)
                | Effect::Acquaint(_)
                | Effect::Challenge(_)
                | Effect::Settled(_) => {}
            }
        }
    }

    fn inspect<'u>(&self, update: &'u [u8]) -> guard::Survey<'u> {
        let limits = unlimited(&self.limits).guard;
        guard::inspect(update, &limits).expect("what the server says has a structure")
    }

    /// What an editor of Yrs does, who heard everything that is durable.
    fn edit(&mut self, tape: &mut Tape<'_>) {
        self.settle();
        for row in &self.journal[self.heard..] {
            let row = Update::decode_v1(row).expect("a row is an update");
            self.editor
                .transact_mut()
                .apply_update(row)
                .expect("a row can be applied");
        }
        self.heard = self.journal.len();
        let update = edit(&self.editor, tape);
        let full = match take(&mut self.replica, &Bytes::from(update.clone())) {
            Ok(()) => false,
            Err(UpdateRefused::Full(_)) => true,
            // Between what forgers nested, an editor may go too deep as well.
            Err(UpdateRefused::Malformed(malformed))
                if malformed.rule == cowrite::wire::malformed::Rule::TypeDepth =>
            {
                true
            }
            Err(other) => panic!("an honest edit was refused: {other}"),
        };
        if full {
            // It starts anew from what is there.
            self.editor = editor();
            self.heard = 0;
            return;
        }
        self.said.push(update);
    }

    fn depart(&mut self) {
        let row = self.replica.depart().expect("gathered updates merge");
        if let Some(row) = row {
            self.inspect(&row);
            self.journal.push(row);
        }
    }

    fn durable(&mut self) {
        let effects = self.replica.durable();
        self.carry_out(effects);
    }

    /// Everything taken becomes durable and is told.
    fn settle(&mut self) {
        while !self.replica.is_settled() {
            self.depart();
            self.durable();
        }
        assert_eq!(
            self.listener.fingerprint(),
            self.replica.fingerprint(),
            "the listener"
        );
    }

    /// The server stops and starts again.
    fn reload(&mut self) {
        self.settle();
        let rows: Vec<&Bytes> = self.journal.iter().collect();
        let limits = self.limits.clone();
        let loaded = Replica::load(&rows, limits.clone()).expect("the journal loads");
        assert_eq!(
            loaded.fingerprint(),
            self.replica.fingerprint(),
            "the journal"
        );
        if let Some((snapshot, rows)) = &self.snapshot {
            // A row written since may repeat what the snapshot holds.
            for from in [*rows, rows.saturating_sub(1)] {
                let parts: Vec<&Bytes> = std::iter::once(snapshot)
                    .chain(&self.journal[from..])
                    .collect();
                let folded = Replica::load(&parts, limits.clone()).expect("a snapshot loads");
                assert_eq!(
                    folded.fingerprint(),
                    self.replica.fingerprint(),
                    "the snapshot"
                );
            }
        }
        self.replica = loaded;
        self.seats.clear();
        for _ in 0..SEATS {
            self.sit_down();
        }
    }

    fn fold(&mut self) {
        self.settle();
        let snapshot = self.replica.snapshot();
        verify_snapshot(&snapshot, &self.replica.fingerprint(), &self.limits.guard)
            .expect("a snapshot holds what the document holds");
        self.snapshot = Some((snapshot, self.journal.len()));
    }

    /// Somebody asks for what they lack, from any state.
    fn ask(&mut self, tape: &mut Tape<'_>) {
        let known: Vec<(u64, u32)> = self.world.clocks.iter().map(|(c, k)| (*c, *k)).collect();
        let mut theirs: Vec<(u64, u32)> = Vec::new();
        for (client, clock) in known {
            theirs.push((client, tape.below(clock as usize % 4096 + 3) as u32));
        }
        let vector: StateVector = theirs.into_iter().collect();
        if tape.rarely(2) {
            return self.say(tape, ClientMessage::SyncStep1(vector));
        }
        let session = self.seats[0];
        let missed = self.replica.missed(session, &Mark::from(vector));
        let effects = self.replica.catch_up(session, missed);
        if !self.replica.is_settled() {
            assert!(effects.is_empty(), "told before it is durable");
        }
        self.carry_out(effects);
    }

    fn read(&mut self) {
        let doc = self.replica.doc();
        for root in ROOTS {
            let json = export::format::document(doc, root, Format::Json).body;
            if is_shallow(&json, 120) {
                let read = serde_json::from_str::<serde_json::Value>(&json);
                assert!(read.is_ok(), "{read:?}: {json}");
            }
            for format in [Format::Markdown, Format::Page, Format::Text, Format::Delta] {
                export::format::document(doc, root, format);
            }
        }
        assert!(
            self.replica
                .title()
                .is_none_or(|title| title.chars().count() <= 200)
        );
    }

    fn end(mut self) {
        self.settle();
        self.fold();
        self.reload();
        self.read();
        let fingerprint = self.replica.fingerprint();
        // As others see it: all of it, and what a late listener lacks.
        let state = self.replica.state();
        self.inspect(&state);
        let mut joiner = Replica::empty(unlimited(&self.limits));
        take(&mut joiner, &state).expect("the state loads");
        assert_eq!(joiner.fingerprint(), fingerprint, "the state");
        let mut late = Replica::empty(unlimited(&self.limits));
        for row in &self.journal[..self.journal.len() / 2] {
            take(&mut late, row).expect("a row is sound");
        }
        let vector = StateVector::from(&late.doc().transact().state_vector());
        let diff = self.replica.diff(&vector);
        take(&mut late, &diff).expect("a diff is sound");
        assert_eq!(late.fingerprint(), fingerprint, "the diff");
        assert!(late.title().is_none_or(|title| !title.trim().is_empty()));
    }
}

/// Whether an effect says nothing of updates. A question and an end do not.
fn tells_nothing(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::Relay(..)
            | Effect::RelayToOthers(..)
            | Effect::Echo(..)
            | Effect::Large(..)
            | Effect::CatchUp(..)
            | Effect::Settled(_)
            | Effect::Send(
                _,
                ServerMessage::SyncStep2(_) | ServerMessage::Update(_) | ServerMessage::Barrier(_)
            )
    )
}

/// Takes an update to its end.
fn take(replica: &mut Replica, update: &Bytes) -> Result<(), UpdateRefused> {
    if replica.apply(update)? == Applied::Begun {
        let worked = replica.work(&mut || Pace::Go)?;
        let worked = worked.expect("nobody asked for a pause");
        assert!(worked.effects.is_empty());
        worked.refused.map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// Whoever listens does not measure the document.
fn unlimited(limits: &Limits) -> Limits {
    let mut limits = limits.clone();
    limits.document_bytes = usize::MAX;
    limits.guard.message_bytes = usize::MAX;
    limits
}

fn editor() -> Doc {
    let mut options = Options::with_client_id(ClientID::new(EDITOR));
    options.offset_kind = OffsetKind::Utf16;
    options.cleanup_formatting = false;
    Doc::with_options(options)
}

fn edit(editor: &Doc, tape: &mut Tape<'_>) -> Vec<u8> {
    let (text, meta, list, content) = (
        editor.get_or_insert_text("text"),
        editor.get_or_insert_map("meta"),
        editor.get_or_insert_array("list"),
        editor.get_or_insert_xml_fragment("content"),
    );
    let mut txn = editor.transact_mut();
    match tape.below(8) {
        0 | 1 => text.push(&mut txn, tape.pick(&["hello ", "x", "日本語", "\n"])),
        2 => {
            // Between characters, and not where a forger put something else.
            let string = text.get_string(&txn);
            let length = string.encode_utf16().count() as u32;
            let at = tape.below(string.chars().count());
            let mut before = string.chars().map(|c| c.len_utf16() as u32);
            let start = before.by_ref().take(at).sum();
            if let Some(units) = before.next().filter(|_| text.len(&txn) == length) {
                text.remove_range(&mut txn, start, units);
            }
        }
        3 => drop(meta.insert(&mut txn, "title", tape.pick(&["Plan", "a", ""]))),
        4 => drop(list.insert(&mut txn, 0, Any::from(f64::from(tape.byte())))),
        5 => drop(content.push_back(&mut txn, XmlElementPrelim::empty("paragraph"))),
        6 => drop(content.insert(&mut txn, 0, XmlTextPrelim::new("words"))),
        _ => drop(meta.remove(&mut txn, "title")),
    }
    txn.encode_update_v1()
}
