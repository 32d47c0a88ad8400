//! Whatever people do, wherever their connections break: in the end everybody
//! reads the same, and so does who comes late and who asks over REST.
//!
//! Chance chooses: edits of every kind of shared type, broken and closed
//! connections, work offline, slow readers, and times when nobody is there, so
//! that the document is folded, leaves memory and is loaded again in between.
//! `COWRITE_SEED=…` replays the choices of one seed, `COWRITE_CONVERGENCE_SEEDS=N`
//! tries N others.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use cowrite::live::Promptness;
use cowrite::store::StoreError;
use cowrite::store::memory::Faults;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use yrs::types::Attrs;
use yrs::{
    Any, Array, ArrayPrelim, ArrayRef, Doc, Map, MapPrelim, MapRef, Out, Text, TextPrelim, TextRef,
    TransactionMut, WriteTxn, Xml, XmlElementPrelim, XmlElementRef, XmlFragment, XmlFragmentRef,
    XmlOut, XmlTextPrelim, XmlTextRef,
};

use support::chance::{Seed, asked_number};
use support::client::{Client, Seen};
use support::reading;
use support::server::{TestServer, config};
use support::until;
use support::witness::Witness;

/// Seeds that are tried unless others are asked for: those that once failed, and
/// some for good measure.
const SEEDS: [u64; 6] = [1, 2, 3, 0x5eed, 0xC0FFEE, 0xDEAD_BEEF];

const PEOPLE: usize = 8;
const TURNS: usize = 160;

/// How many seeds run at the same time, each with a document of its own.
const AT_ONCE: usize = 8;

/// What people have to put up with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Narrow connections on which much is sent, and a disk that stops now and then
    /// or fails, so that everybody is sent away.
    Foul,
}

impl Weather {
    /// Where nothing fails nobody has to try twice.
    async fn lets_in(self, person: &mut Client) {
        match self {
            Self::Fair => person.returns().await,
            Self::Foul => person.gets_in().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_the_same_in_the_end() {
    let witness = plays(Promptness::AfterDisk, Weather::Fair).await;
    let (count, tried) = (witness.count(), seeds().len());
    assert!(count.loads > tried, "no document left memory in between");
    assert!(
        count.compactions > tried,
        "no document was folded in between"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_the_same_in_foul_weather() {
    plays(Promptness::AfterDisk, Weather::Foul).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_the_same_where_others_hear_before_the_disk() {
    plays(Promptness::AtOnce, Weather::Foul).await;
}

fn seeds() -> Vec<Seed> {
    match (Seed::asked_for(), asked_number("COWRITE_CONVERGENCE_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, Some(number)) => (0..number).map(|_| Seed::any()).collect(),
        (None, None) => SEEDS.into_iter().map(Seed).collect(),
    }
}

/// Plays every seed, and returns what the store was asked.
async fn plays(promptness: Promptness, weather: Weather) -> Arc<Witness> {
    let seeds = seeds();
    let mut config = config();
    config.live.promptness = promptness;
    config.live.fold_rows = 12;
    config.live.idle_timeout = Duration::ZERO;
    if weather == Weather::Foul {
        config.live.window_bytes = 4 << 10;
    }
    let store = Arc::new(Witness::new());
    let server = TestServer::with(config, Arc::clone(&store) as _).await;
    let (server, witness) = (&server, &store);
    let tried = seeds.len();
    let disk = tokio::spawn(stumbles(store.faults(), weather));
    stream::iter(seeds)
        .for_each_concurrent(AT_ONCE, |seed| async move {
            println!("COWRITE_SEED={seed}");
            Room::open(server, seed, weather).plays().await;
        })
        .await;
    disk.abort();
    println!(
        "{tried} seeds, {promptness:?}, {weather:?}: {:?}",
        witness.count()
    );
    store
}

/// A disk that stands still for a while, and now and then fails after that. Seldom
/// enough that everybody gets in between, too.
async fn stumbles(faults: Faults, weather: Weather) {
    if weather == Weather::Fair {
        return;
    }
    for round in 0_u64.. {
        tokio::time::sleep(Duration::from_millis(30 + round % 7 * 10)).await;
        faults.hold_appends();
        tokio::time::sleep(Duration::from_millis(round % 5 * 10)).await;
        if round % 8 == 7 {
            let full = StoreError::Engine("the disk is full".to_owned());
            faults.fail_appends(1, full);
        }
        faults.release();
    }
}

/// One seed: people, a document, and what chance has them do.
struct Room<'a> {
    server: &'a TestServer,
    document: String,
    seed: Seed,
    chances: fastrand::Rng,
    weather: Weather,
    people: Vec<Client>,
}

impl<'a> Room<'a> {
    fn open(server: &'a TestServer, seed: Seed, weather: Weather) -> Self {
        let document = format!("seed {seed}");
        let mut chances = seed.chances(0);
        let people = (0..PEOPLE)
            .map(|number| {
                let id = chances.u64(1..1 << 53);
                let name = format!("{number}, {document}");
                let mut person = Client::with_id(server.address(), &name, &document, id);
                if weather == Weather::Foul {
                    person.has_a_narrow_pipe();
                }
                person
            })
            .collect();
        Self {
            server,
            document,
            seed,
            chances,
            weather,
            people,
        }
    }

    async fn plays(mut self) {
        for turn in 0..TURNS {
            if turn == TURNS / 2 {
                self.everybody_leaves().await;
            }
            self.one_does_something().await;
        }
        self.everybody_comes_back().await;
        self.all_read_the_same().await;
    }

    async fn one_does_something(&mut self) {
        let person = self.chances.usize(..PEOPLE);
        let person = &mut self.people[person];
        match self.chances.u8(..20) {
            0 if person.is_connected() => person.drops().await,
            1 if person.is_connected() => {
                person.reads_on();
                person.leaves().await;
            }
            // With or without waiting for what the others did meanwhile.
            2..4 if !person.is_connected() => {
                person.reads_on();
                self.weather.lets_in(person).await;
            }
            4 if !person.is_connected() => person.connects().await,
            5 => person.dawdles(),
            6 | 7 => person.reads_on(),
            8 if person.is_connected() => {
                let _ = person.asks_whether_saved();
            }
            9 => {
                let number = self.chances.u64(..1000);
                person.shows("cursor", number);
            }
            10 | 11 if person.is_connected() => {
                person.reads_on();
                let saved = person.asks_whether_saved();
                // Whoever was sent away meanwhile will not hear it.
                person
                    .waits("for a word", |seen| {
                        (seen.is_saved(saved) || seen.end.is_some()).then_some(())
                    })
                    .await;
            }
            12 | 13 if self.weather == Weather::Foul => {
                let page = word(&mut self.chances).repeat(20_000);
                person.edits(|_, transaction| {
                    let text = transaction.get_or_insert_text("text");
                    let before = yrs::GetString::get_string(&text, transaction);
                    text.remove_range(transaction, 0, before.encode_utf16().count() as u32);
                    text.push(transaction, &page);
                });
            }
            _ => {
                let chances = &mut self.chances;
                person.edits(|doc, transaction| {
                    for _ in 0..chances.usize(1..4) {
                        edits_anything(chances, doc, transaction);
                    }
                });
            }
        }
    }

    /// So that the document leaves memory.
    async fn everybody_leaves(&mut self) {
        for person in &mut self.people {
            person.reads_on();
            if !person.is_connected() {
                continue;
            }
            if self.chances.bool() {
                person.leaves().await;
            } else {
                person.drops().await;
            }
        }
        let rest = self.server.rest();
        let path = format!("/api/documents/{}", support::rest::encoded(&self.document));
        until("nobody is there", || async {
            (rest.get(&path).await.json()["people"] == 0).then_some(())
        })
        .await;
        // Idle documents are looked for once a second. Whether this one was found
        // is no condition here; the test as a whole says how many were.
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }

    async fn everybody_comes_back(&mut self) {
        // The first answers say that everything is in, the second that everybody
        // was sent it: the answer stands behind it in the same queue.
        for _ in 0..2 {
            for person in &mut self.people {
                while !is_all_saved(person).await {
                    person.connects().await;
                }
            }
        }
    }

    async fn all_read_the_same(&mut self) {
        let seed = self.seed;
        let mut newcomer = Client::offline(self.server.address(), "a newcomer", &self.document);
        self.weather.lets_in(&mut newcomer).await;
        let expected = newcomer.looks(read);
        for person in &self.people {
            let found = person.looks(read);
            assert_eq!(found, expected, "seed {seed}: {} differs", person.name());
        }
        let rest = self.server.rest();
        let exported = reading::doc_of(&rest.state(&self.document).await);
        let found = (reading::extent(&exported), reading::everything(&exported));
        assert_eq!(found, expected, "seed {seed}: REST differs");
        let json = rest.content(&self.document, "json").await.json();
        assert_eq!(json, expected.1["json"], "seed {seed}");
        let text = rest.content(&self.document, "text").await;
        let seen = newcomer.looks(|seen| {
            cowrite::export::format::document(&seen.doc, "content", cowrite::export::Format::Text)
                .body
        });
        assert_eq!(text.text(), seen, "seed {seed}");
    }
}

/// Waits until all that `person` wrote is saved; not so if the connection ended.
async fn is_all_saved(person: &Client) -> bool {
    person.reads_on();
    if !person.is_connected() {
        return false;
    }
    person.waits("to be in step", Seen::is_in_step_or_out).await;
    let number = person.asks_whether_saved();
    let hope = "to hear that it is saved";
    person
        .waits(hope, |seen| {
            (seen.is_saved(number) || seen.end.is_some()).then(|| seen.is_saved(number))
        })
        .await
}

/// The document's whole state and what it reads as.
fn read(seen: &Seen) -> (String, Value) {
    (reading::extent(&seen.doc), reading::everything(&seen.doc))
}

fn edits_anything(chances: &mut fastrand::Rng, _: &Doc, transaction: &mut TransactionMut<'_>) {
    match chances.u8(..4) {
        0 => {
            let text = transaction.get_or_insert_text("text");
            edits_text(chances, &text, transaction);
        }
        1 => {
            let map = transaction.get_or_insert_map("map");
            edits_map(chances, &map, transaction, 0);
        }
        2 => {
            let array = transaction.get_or_insert_array("array");
            edits_array(chances, &array, transaction, 0);
        }
        _ => {
            let page = transaction.get_or_insert_xml_fragment("content");
            edits_page(chances, &page, transaction);
        }
    }
}

fn word(chances: &mut fastrand::Rng) -> String {
    let letters = ['a', 'b', 'c', ' ', 'é', '👋', '\n'];
    (0..chances.usize(1..8))
        .map(|_| chances.choice(letters).unwrap())
        .collect()
}

/// Places where no surrogate pair is cut in two.
fn places(text: &str) -> Vec<u32> {
    let mut place = 0;
    let mut places = vec![0];
    for letter in text.chars() {
        place += letter.len_utf16() as u32;
        places.push(place);
    }
    places
}

fn stretch(chances: &mut fastrand::Rng, places: &[u32]) -> Option<(u32, u32)> {
    let begin = chances.usize(..places.len());
    let end = (begin + chances.usize(..6)).min(places.len() - 1);
    (end > begin).then(|| (places[begin], places[end] - places[begin]))
}

fn format_of(chances: &mut fastrand::Rng) -> Attrs {
    let name = chances.choice(["bold", "italic", "link"]).unwrap();
    let value = match chances.u8(..3) {
        0 => Any::Null,
        1 => Any::from(true),
        _ => Any::from(i64::from(chances.u8(..3))),
    };
    Attrs::from([(name.into(), value)])
}

fn edits_text(chances: &mut fastrand::Rng, text: &TextRef, transaction: &mut TransactionMut<'_>) {
    let places = places(&yrs::GetString::get_string(text, transaction));
    edits_runs(chances, text, &places, transaction);
}

fn edits_runs(
    chances: &mut fastrand::Rng,
    text: &impl Text,
    places: &[u32],
    transaction: &mut TransactionMut<'_>,
) {
    let place = *chances.choice(places).unwrap();
    match chances.u8(..8) {
        0 | 1 => {
            if let Some((begin, length)) = stretch(chances, places) {
                text.remove_range(transaction, begin, length);
            }
        }
        2 | 3 => {
            if let Some((begin, length)) = stretch(chances, places) {
                let format = format_of(chances);
                text.format(transaction, begin, length, format);
            }
        }
        4 => {
            let (word, format) = (word(chances), format_of(chances));
            text.insert_with_attributes(transaction, place, &word, format);
        }
        _ => text.insert(transaction, place, &word(chances)),
    }
}

fn edits_map(
    chances: &mut fastrand::Rng,
    map: &MapRef,
    transaction: &mut TransactionMut<'_>,
    depth: usize,
) {
    let key = chances.choice(["one", "two", "three", "four"]).unwrap();
    match (map.get(transaction, key), chances.u8(..6)) {
        (Some(inner), 0..3) if depth < 3 => edits_within(chances, inner, transaction, depth),
        (_, 3) => {
            map.remove(transaction, key);
        }
        (_, 4) => {
            map.insert(transaction, key, ArrayPrelim::from([1i64, 2]));
        }
        (_, 5) => {
            map.insert(transaction, key, MapPrelim::from([("inner", 1i64)]));
        }
        _ => {
            map.insert(transaction, key, word(chances));
        }
    }
}

fn edits_array(
    chances: &mut fastrand::Rng,
    array: &ArrayRef,
    transaction: &mut TransactionMut<'_>,
    depth: usize,
) {
    let length = array.len(transaction);
    let place = chances.u32(..=length);
    match chances.u8(..8) {
        0 | 1 if place < length => {
            let many = chances.u32(1..=3).min(length - place);
            array.remove_range(transaction, place, many);
        }
        2 | 3 if place < length && depth < 3 => {
            if let Some(inner) = array.get(transaction, place) {
                edits_within(chances, inner, transaction, depth);
            }
        }
        4 => {
            array.insert(transaction, place, ArrayPrelim::from([word(chances)]));
        }
        5 => {
            array.insert(
                transaction,
                place,
                MapPrelim::from([("one", word(chances))]),
            );
        }
        6 => {
            array.insert(transaction, place, TextPrelim::new(word(chances)));
        }
        _ => {
            let values = (0..chances.u32(1..4)).map(f64::from);
            array.insert_range(transaction, place, values.collect::<Vec<_>>());
        }
    }
}

fn edits_within(
    chances: &mut fastrand::Rng,
    inner: Out,
    transaction: &mut TransactionMut<'_>,
    depth: usize,
) {
    match inner {
        Out::YText(text) => edits_text(chances, &text, transaction),
        Out::YArray(array) => edits_array(chances, &array, transaction, depth + 1),
        Out::YMap(map) => edits_map(chances, &map, transaction, depth + 1),
        _ => {}
    }
}

fn edits_page(
    chances: &mut fastrand::Rng,
    page: &XmlFragmentRef,
    transaction: &mut TransactionMut<'_>,
) {
    let blocks = page.len(transaction);
    let place = chances.u32(..=blocks);
    match chances.u8(..6) {
        0 if place < blocks => page.remove_range(transaction, place, 1),
        1 | 2 => {
            let name = chances.choice(["paragraph", "heading", "list"]).unwrap();
            let block = page.insert(transaction, place, XmlElementPrelim::empty(name));
            block.push_back(transaction, XmlTextPrelim::new(word(chances)));
        }
        _ => {
            if let Some(XmlOut::Element(block)) = page.get(transaction, place) {
                edits_element(chances, &block, transaction, 0);
            }
        }
    }
}

fn edits_element(
    chances: &mut fastrand::Rng,
    element: &XmlElementRef,
    transaction: &mut TransactionMut<'_>,
    depth: usize,
) {
    let children = element.len(transaction);
    let place = chances.u32(..=children);
    match chances.u8(..10) {
        0 => {
            let name = chances.choice(["level", "align"]).unwrap();
            element.insert_attribute(transaction, name, word(chances));
        }
        1 => element.remove_attribute(transaction, &"level"),
        2 if place < children => element.remove_range(transaction, place, 1),
        3 if depth < 3 => {
            element.insert(transaction, place, XmlElementPrelim::empty("item"));
        }
        4 => {
            element.insert(transaction, place, XmlTextPrelim::new(word(chances)));
        }
        _ => match element.get(transaction, place) {
            Some(XmlOut::Element(inner)) => edits_element(chances, &inner, transaction, depth + 1),
            Some(XmlOut::Text(text)) => edits_page_text(chances, &text, transaction),
            _ => {}
        },
    }
}

fn edits_page_text(
    chances: &mut fastrand::Rng,
    text: &XmlTextRef,
    transaction: &mut TransactionMut<'_>,
) {
    // What an XML text reads as holds its formats as tags; ask the runs instead.
    let runs = text.diff(transaction, yrs::types::text::YChange::identity);
    let plain: String = runs
        .into_iter()
        .map(|run| run.insert.to_string(transaction))
        .collect();
    let places = places(&plain);
    edits_runs(chances, text, &places, transaction);
}
