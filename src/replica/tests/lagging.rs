//! Those who fall behind get one diff, and lose nothing.

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact, Update};

use super::{Desk, Editor, session, whole};
use crate::id::SessionId;
use crate::replica::{Effect, Mark};
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::{ClientMessage, ServerMessage};

/// Somebody who reads now and then, with what stands between them and the
/// relay: the rules of an outbox.
struct Reader {
    session: SessionId,
    doc: Doc,
    /// Relayed to it and not read.
    queue: Vec<(Bytes, Option<Mark>)>,
    missed: Option<Mark>,
    asked: bool,
}

impl Reader {
    fn new(number: u64) -> Self {
        Self {
            session: session(number),
            doc: Doc::with_options(super::super::yrs_document::options()),
            queue: Vec::new(),
            missed: None,
            asked: false,
        }
    }

    fn hears(&mut self, effect: &Effect) {
        match effect {
            Effect::Relay(update, before) if self.missed.is_none() && !self.asked => {
                self.queue.push((update.clone(), Some(before.clone())));
            }
            Effect::CatchUp(to, update) if *to == self.session => {
                self.asked = false;
                self.queue.push((update.clone(), None));
            }
            Effect::Send(to, ServerMessage::SyncStep2(update)) if *to == self.session => {
                self.queue.push((update.clone(), None));
            }
            _ => {}
        }
    }

    /// Its window is full: what was relayed to it is thrown away.
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
        for (update, _) in self.queue.drain(..) {
            let update = Update::decode_v1(&update).unwrap();
            self.doc.transact_mut().apply_update(update).unwrap();
        }
    }

    fn text(&self) -> String {
        let text = self.doc.get_or_insert_text("t");
        text.get_string(&self.doc.transact())
    }
}

/// Any order of typing, appends, falling behind and catching up, and every
/// reader has it all in the end.
#[test]
fn whoever_falls_behind_has_everything_after_one_diff() {
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
    let mut desk = Desk::new();
    let editors = [Editor::new(1), Editor::new(2)];
    editors.iter().for_each(|editor| desk.seat(editor));
    let mut readers = [Reader::new(11), Reader::new(12), Reader::new(13)];
    for reader in &mut readers {
        desk.replica.join(reader.session);
        let step1 = ClientMessage::SyncStep1(StateVector::new());
        let told = desk.replica.receive(reader.session, step1, desk.now);
        told.unwrap().iter().for_each(|effect| reader.hears(effect));
    }
    let tell = |readers: &mut [Reader], effects: &[Effect]| {
        for effect in effects {
            readers.iter_mut().for_each(|reader| reader.hears(effect));
        }
    };
    let mut in_flight = false;
    for _ in 0..chance.usize(50..200) {
        let editor = &editors[chance.usize(..2)];
        match chance.u8(..10) {
            // Long enough that marks are made on the way.
            0..4 => {
                let update = editor.types(&"x".repeat(chance.usize(1..20_000)));
                desk.update(editor, update);
            }
            4 => drop(desk.update(editor, editor.erases())),
            5 => in_flight |= desk.replica.depart().unwrap().is_some(),
            6 if in_flight => {
                in_flight = false;
                tell(&mut readers, &desk.replica.durable());
            }
            7 => readers[chance.usize(..3)].falls_behind(),
            8 => readers[chance.usize(..3)].reads(),
            _ => {
                let reader = &mut readers[chance.usize(..3)];
                reader.reads();
                if let Some(since) = reader.missed.take() {
                    reader.asked = true;
                    let told = desk.replica.catch_up(reader.session, &since);
                    tell(&mut readers, &told);
                }
            }
        }
    }
    while in_flight || !desk.replica.is_settled() {
        in_flight = false;
        desk.replica.depart().unwrap();
        tell(&mut readers, &desk.replica.durable());
    }
    for reader in &mut readers {
        reader.reads();
        if let Some(since) = reader.missed.take() {
            reader.asked = true;
            let told = desk.replica.catch_up(reader.session, &since);
            told.iter().for_each(|effect| reader.hears(effect));
            reader.reads();
        }
        assert_eq!(reader.text(), desk.text(), "seed {seed}");
        assert_eq!(whole(&reader.doc), whole(desk.replica.doc()), "seed {seed}");
    }
}

#[test]
fn a_diff_is_not_told_before_it_is_on_disk_and_the_relay_goes_on_behind_it() {
    let (mut desk, ada) = (Desk::new(), Editor::new(1));
    desk.seat(&ada);
    let start = Mark::from(StateVector::new());
    desk.update(&ada, ada.types("one"));
    desk.write();
    desk.update(&ada, ada.types("two"));
    assert_eq!(desk.replica.catch_up(ada.session, &start), vec![]);
    desk.update(&ada, ada.types("three"));
    let told = desk.write();
    assert!(
        matches!(&told[..], [Effect::CatchUp(to, _), Effect::Relay(..)] if *to == ada.session),
        "{told:?}"
    );
}

#[test]
fn those_who_fell_behind_together_share_one_diff() {
    let (mut desk, ada, bob) = (Desk::new(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.seat(&bob);
    desk.update(&ada, ada.types("hello"));
    desk.write();
    desk.update(&ada, ada.types(" world"));
    let told = desk.write();
    let [Effect::Relay(_, mark)] = &told[..] else {
        panic!("{told:?}")
    };
    let diff = |desk: &mut Desk, to: &Editor| match &desk.replica.catch_up(to.session, mark)[..] {
        [Effect::CatchUp(_, update)] => update.as_ptr(),
        other => panic!("{other:?}"),
    };
    assert_eq!(diff(&mut desk, &ada), diff(&mut desk, &bob));
}
