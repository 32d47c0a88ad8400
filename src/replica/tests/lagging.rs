//! Those who fall behind get one diff, and lose nothing.

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact, Update};

use super::{Desk, Editor, session, whole};
use crate::id::SessionId;
use crate::replica::{Effect, Mark, Pace};
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
            Effect::CatchUp(to, ServerMessage::Update(update)) if *to == self.session => {
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
        |_| (0..100).collect::<Vec<u64>>(),
        |seed| vec![seed.parse().unwrap()],
    );
    for seed in seeds {
        one_story(seed);
    }
}

/// Begins to take an update, and leaves it at that.
fn begins(desk: &mut Desk, editor: &Editor, update: Bytes) {
    let update = ClientMessage::Update(update);
    let told = desk.replica.receive(editor.session, update, desk.now);
    assert_eq!(told.unwrap(), []);
}

/// What a document does for somebody who reads again.
fn catches_up(desk: &mut Desk, session: SessionId, since: &Mark) -> Vec<Effect> {
    let message = desk.replica.missed(session, since);
    desk.replica.catch_up(session, message)
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
        // Half of an update may be taken while appends come and go and people
        // read; nothing else is asked of a document meanwhile.
        let working = desk.replica.is_working();
        match chance.u8(..if working { 12 } else { 10 }) {
            0 if chance.bool() && !working => {
                begins(&mut desk, editor, editor.prepends(chance.usize(20..60)))
            }
            // Long enough that marks are made on the way.
            0..4 if !working => {
                let update = editor.types(&"x".repeat(chance.usize(1..10_000)));
                desk.update(editor, update);
            }
            4 if !working => drop(desk.update(editor, editor.erases())),
            5 => in_flight |= desk.replica.depart().unwrap().is_some(),
            6 if in_flight => {
                in_flight = false;
                tell(&mut readers, &desk.replica.durable());
            }
            7 => readers[chance.usize(..3)].falls_behind(),
            8 => readers[chance.usize(..3)].reads(),
            _ if working => {
                desk.replica.work(&mut || Pace::Pause).unwrap();
            }
            _ => {
                let reader = &mut readers[chance.usize(..3)];
                reader.reads();
                if let Some(since) = reader.missed.take() {
                    reader.asked = true;
                    let told = catches_up(&mut desk, reader.session, &since);
                    tell(&mut readers, &told);
                }
            }
        }
    }
    while desk.replica.is_working() {
        desk.replica.work(&mut || Pace::Go).unwrap();
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
            let told = catches_up(&mut desk, reader.session, &since);
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
    assert_eq!(catches_up(&mut desk, ada.session, &start), vec![]);
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
    let missed = |desk: &mut Desk| match desk.replica.missed(ada.session, mark) {
        ServerMessage::Update(update) => update,
        other => panic!("{other:?}"),
    };
    let first = missed(&mut desk);
    assert_eq!(first.as_ptr(), missed(&mut desk).as_ptr());
    desk.update(&bob, bob.types("!"));
    assert_ne!(first, missed(&mut desk));
}

/// While half of an update was taken, an append came back and the next one left:
/// the mark behind it knew that half, and whoever fell behind from there on never
/// got it.
#[test]
fn nothing_departs_while_an_update_is_half_taken() {
    let (mut desk, ada, bob) = (Desk::new(), Editor::new(1), Editor::new(2));
    desk.seat(&ada);
    desk.seat(&bob);
    desk.update(&ada, ada.types("in flight"));
    desk.replica.depart().unwrap().unwrap();
    desk.update(&ada, ada.types(&"gathers".repeat(10_000)));
    begins(&mut desk, &bob, bob.prepends(100));
    assert!(desk.replica.is_working());
    desk.replica.work(&mut || Pace::Pause).unwrap();
    assert!(desk.replica.is_working(), "half of it");
    assert_eq!(desk.replica.durable().len(), 1);
    assert_eq!(desk.replica.depart().unwrap(), None);
    assert!(!desk.replica.is_settled());
    desk.replica.work(&mut || Pace::Go).unwrap();
    assert!(desk.replica.depart().unwrap().is_some());
}
