//! Where others hear of updates at once: who hears what when, and what may be taken
//! for "saved".

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, GetString, ReadTxn, Transact, Update, merge_updates_v1};

use super::{Desk, Editor, whole};
use crate::replica::{Applied, Effect, Mark, Pace, fingerprint};
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::{ClientMessage, ServerMessage};

/// Whether `effects` are nothing but this editor's update for everybody else.
fn is_relay_of(effects: &[Effect], editor: &Editor, update: &Bytes) -> bool {
    matches!(effects, [Effect::RelayToOthers(author, told, _)]
        if *author == editor.session && told == update)
}

fn barrier(token: &'static [u8]) -> ClientMessage {
    ClientMessage::Barrier(Bytes::from_static(token))
}

#[test]
fn others_hear_at_once_and_the_author_when_it_is_on_disk() {
    let (mut desk, ada) = (Desk::at_once(), Editor::new(1));
    desk.seat(&ada);
    let update = ada.types("hello");
    let told = desk.update(&ada, update.clone());
    assert!(is_relay_of(&told, &ada, &update), "{told:?}");
    assert!(!desk.replica.is_settled());
    let told = desk.write();
    assert!(
        matches!(&told[..], [Effect::Echo(authors, echo, _)]
            if *authors == [ada.session] && *echo == update),
        "{told:?}"
    );
}

#[test]
fn what_acknowledges_waits_for_the_disk() {
    let (mut desk, ada) = (Desk::at_once(), Editor::new(1));
    desk.seat(&ada);
    desk.update(&ada, ada.types("x"));
    assert_eq!(desk.receive(&ada, barrier(b"7")), vec![]);
    assert_eq!(desk.replica.hold(Effect::Settled(1)), None);
    let told = desk.write();
    let answer = ServerMessage::Barrier(Bytes::from_static(b"7"));
    assert!(matches!(told[0], Effect::Echo(..)), "the echo comes first");
    assert_eq!(
        told[1..],
        [Effect::Send(ada.session, answer), Effect::Settled(1)]
    );
}

#[test]
fn what_only_tells_does_not_wait() {
    let (mut desk, ada, bob) = (Desk::at_once(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.update(&ada, ada.types("seen by all"));
    desk.seat(&bob);
    let told = desk.receive(&bob, ClientMessage::SyncStep1(StateVector::new()));
    assert!(
        matches!(&told[..], [Effect::Send(to, ServerMessage::SyncStep2(state))]
            if *to == bob.session && *state == whole(&ada.doc)),
        "{told:?}"
    );
    let read = Effect::Settled(1);
    assert_eq!(desk.replica.tell(read.clone()), Some(read));
}

#[test]
fn updates_that_gather_are_echoed_to_each_of_their_authors_once() {
    let (mut desk, ada, bob, cleo) = (
        Desk::at_once(),
        Editor::new(1),
        Editor::new(2),
        Editor::new(3),
    );
    for editor in [&ada, &bob, &cleo] {
        desk.seat(editor);
    }
    desk.update(&cleo, cleo.types("in flight"));
    desk.replica.depart().unwrap().unwrap();
    for editor in [&ada, &bob, &ada] {
        let update = editor.types("gathers");
        let told = desk.update(editor, update.clone());
        assert!(is_relay_of(&told, editor, &update), "each for itself");
    }
    let echoed = |told: Vec<Effect>| match &told[..] {
        [Effect::Echo(authors, echo, _)] => (authors.clone(), echo.clone()),
        _ => panic!("{told:?}"),
    };
    assert_eq!(echoed(desk.replica.durable()).0, [cleo.session]);
    let merged = desk.replica.depart().unwrap().unwrap();
    let expected = (vec![ada.session, bob.session], merged);
    assert_eq!(echoed(desk.replica.durable()), expected);
}

#[test]
fn an_update_over_rest_is_told_to_everybody_at_once_and_echoed_to_nobody() {
    let (mut desk, ada, program) = (Desk::at_once(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    let update = program.types("hello");
    let applied = desk.replica.apply(&update).unwrap();
    let Applied::All(told) = applied else {
        panic!("{applied:?}")
    };
    assert!(
        matches!(&told[..], [Effect::Relay(relayed, _)] if *relayed == update),
        "{told:?}"
    );
    let told = desk.write();
    assert!(matches!(&told[..], [Effect::Echo(authors, ..)] if authors.is_empty()));
}

/// A diff for somebody who fell behind holds what they wrote themselves. As an
/// update it was taken for the echo, before the disk had it.
#[test]
fn a_diff_with_ones_own_unsaved_words_does_not_look_like_their_echo() {
    let (mut desk, ada, bob) = (Desk::at_once(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.seat(&bob);
    let start = Mark::from(StateVector::new());
    desk.update(&ada, ada.types("unsaved"));
    let is_step2 = |message| matches!(message, ServerMessage::SyncStep2(_));
    assert!(is_step2(desk.replica.missed(ada.session, &start)));
    assert!(!is_step2(desk.replica.missed(bob.session, &start)));
    desk.replica.depart().unwrap().unwrap();
    assert!(is_step2(desk.replica.missed(ada.session, &start)));
    desk.replica.durable();
    assert!(!is_step2(desk.replica.missed(ada.session, &start)));
}

/// Somebody who writes, and reads now and then: the rules of an outbox between them
/// and the replica, and a record of what they may take for saved.
struct Person {
    editor: Editor,
    queue: Vec<(Frame, Option<Mark>)>,
    missed: Option<Mark>,
    asked: bool,
    /// Until which clock of their own they heard an echo.
    echoed: u32,
}

enum Frame {
    Update(Bytes),
    Step2(Bytes),
}

impl Person {
    fn new(number: u64) -> Self {
        Self {
            editor: Editor::new(number),
            queue: Vec::new(),
            missed: None,
            asked: false,
            echoed: 0,
        }
    }

    fn id(&self) -> ClientID {
        self.editor.doc.client_id()
    }

    fn hears(&mut self, effect: &Effect) {
        let me = self.editor.session;
        let keeps = self.missed.is_none() && !self.asked;
        match effect {
            Effect::Relay(update, before) if keeps => self.is_sent(update, before),
            Effect::RelayToOthers(author, update, before) if *author != me && keeps => {
                self.is_sent(update, before)
            }
            Effect::Echo(authors, update, before) if authors.contains(&me) && keeps => {
                self.is_sent(update, before)
            }
            Effect::CatchUp(to, message) if *to == me => {
                self.asked = false;
                self.queue.push((frame(message), None));
            }
            Effect::Send(to, message) if *to == me => self.queue.push((frame(message), None)),
            _ => {}
        }
    }

    fn is_sent(&mut self, update: &Bytes, before: &Mark) {
        let frame = Frame::Update(update.clone());
        self.queue.push((frame, Some(before.clone())));
    }

    fn falls_behind(&mut self) {
        if self.asked || self.missed.is_some() {
            return;
        }
        self.missed = self.queue.iter().find_map(|(_, mark)| mark.clone());
        if self.missed.is_some() {
            self.queue.retain(|(_, mark)| mark.is_none());
        }
    }

    fn reads(&mut self) {
        for (frame, _) in std::mem::take(&mut self.queue) {
            let (Frame::Update(bytes) | Frame::Step2(bytes)) = &frame;
            let update = Update::decode_v1(bytes).unwrap();
            if let Frame::Update(_) = frame {
                self.echoed = self.echoed.max(until(&update, self.id()));
            }
            let mut transaction = self.editor.doc.transact_mut();
            transaction.apply_update(update).unwrap();
            assert!(!transaction.has_missing_updates());
        }
    }

    /// Reads everything and asks for what was missed.
    fn catches_up(&mut self, desk: &mut Desk) {
        self.reads();
        if let Some(since) = self.missed.take() {
            self.asked = true;
            let message = desk.replica.missed(self.editor.session, &since);
            let told = desk.replica.catch_up(self.editor.session, message);
            assert_eq!(told.len(), 1, "a diff does not wait");
            self.hears(&told[0]);
        }
    }

    fn text(&self) -> String {
        let text = self.editor.doc.get_or_insert_text("t");
        text.get_string(&self.editor.doc.transact())
    }
}

/// Until which clock of a client an update tells.
fn until(update: &Update, client: ClientID) -> u32 {
    let told = update.insertions(true);
    let ranges = told.iter().filter(|(of, _)| **of == client);
    let ends = ranges.flat_map(|(_, ranges)| ranges.iter().map(|range| range.end));
    ends.max().unwrap_or(0)
}

fn frame(message: &ServerMessage) -> Frame {
    match message {
        ServerMessage::Update(update) => Frame::Update(update.clone()),
        ServerMessage::SyncStep2(update) => Frame::Step2(update.clone()),
        other => panic!("{other:?}"),
    }
}

/// Any order of typing, appends, falling behind and catching up: everybody has it
/// all in the end, nobody ever heard an echo of what the disk did not have, and in
/// the end everybody heard that everything is saved.
#[test]
fn an_echo_is_never_early_and_never_lost() {
    let seeds = std::env::var("COWRITE_SEED").map_or_else(
        |_| (0..200).collect::<Vec<u64>>(),
        |seed| vec![seed.parse().unwrap()],
    );
    for seed in seeds {
        one_story(seed);
    }
}

fn one_story(seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut desk = Desk::at_once();
    let mut people = [Person::new(1), Person::new(2), Person::new(3)];
    for person in &people {
        desk.seat(&person.editor);
    }
    let mut in_flight = None;
    let saved = Editor::new(9).doc;
    for _ in 0..chance.usize(50..200) {
        let one = chance.usize(..people.len());
        let told = match chance.u8(..10) {
            // It is half taken while an append comes back; nothing departs meanwhile.
            0 if chance.bool() => {
                let editor = &people[one].editor;
                let update = ClientMessage::Update(editor.prepends(chance.usize(20..60)));
                let told = desk.replica.receive(editor.session, update, desk.now);
                assert_eq!(told.unwrap(), vec![], "not before it is taken");
                assert_eq!(desk.replica.depart().unwrap(), None);
                if let Some(update) = in_flight.take() {
                    saves(&saved, &update);
                    tell(&mut people, &desk.replica.durable());
                }
                loop {
                    if let Some(worked) = desk.replica.work(&mut || Pace::Pause).unwrap() {
                        break worked.effects;
                    }
                }
            }
            // Long enough that marks are made on the way.
            0..4 => {
                let update = people[one]
                    .editor
                    .types(&"x".repeat(chance.usize(1..10_000)));
                desk.update(&people[one].editor, update)
            }
            4 => {
                // With a letter: it is by letters that an echo is recognised below.
                let editor = &people[one].editor;
                let update = merge_updates_v1([editor.erases(), editor.types(".")]).unwrap();
                desk.update(editor, update.into())
            }
            5 if in_flight.is_none() => {
                in_flight = desk.replica.depart().unwrap();
                Vec::new()
            }
            6 => match in_flight.take() {
                Some(update) => {
                    saves(&saved, &update);
                    desk.replica.durable()
                }
                None => Vec::new(),
            },
            7 => {
                people[one].falls_behind();
                Vec::new()
            }
            8 => {
                people[one].reads();
                Vec::new()
            }
            _ => {
                people[one].catches_up(&mut desk);
                Vec::new()
            }
        };
        tell(&mut people, &told);
        for person in &mut people {
            // Whatever is in the queue was said by now.
            let heard = person.queue.iter().filter_map(|(frame, _)| match frame {
                Frame::Update(update) => Some(Update::decode_v1(update).unwrap()),
                Frame::Step2(_) => None,
            });
            let said = heard.map(|update| until(&update, person.id()));
            let on_disk = saved.transact().state_vector().get(&person.id());
            assert!(said.max().unwrap_or(0) <= on_disk, "seed {seed}: too early");
        }
    }
    while !desk.replica.is_settled() {
        let departed = in_flight.take().or_else(|| desk.replica.depart().unwrap());
        saves(&saved, &departed.unwrap());
        tell(&mut people, &desk.replica.durable());
    }
    for person in &mut people {
        person.catches_up(&mut desk);
        person.reads();
        assert_eq!(person.text(), desk.text(), "seed {seed}");
        let (found, all) = (&person.editor.doc, desk.replica.doc());
        assert_eq!(fingerprint(found), fingerprint(all), "seed {seed}");
        let wrote = person
            .editor
            .doc
            .transact()
            .state_vector()
            .get(&person.id());
        assert_eq!(
            person.echoed, wrote,
            "seed {seed}: not told that it is saved"
        );
    }
    let all = fingerprint(desk.replica.doc());
    assert_eq!(fingerprint(&saved), all, "seed {seed}");
}

fn saves(saved: &Doc, update: &Bytes) {
    let update = Update::decode_v1(update).unwrap();
    saved.transact_mut().apply_update(update).unwrap();
}

fn tell(people: &mut [Person], effects: &[Effect]) {
    for effect in effects {
        people.iter_mut().for_each(|person| person.hears(effect));
    }
}
