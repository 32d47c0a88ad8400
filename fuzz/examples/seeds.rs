//! Writes the first stories for each target into `fuzz/corpus`: honest ones,
//! the smallest of each kind, and tapes of chance with fixed seeds, so that
//! everybody starts from the same.

use std::path::{Path, PathBuf};
use std::{fs, io};

use cowrite::wire::awareness::{self, Entry};
use cowrite::wire::lib0::Writer;
use cowrite::wire::state_vector::StateVector;
use cowrite::wire::ysync::ServerMessage;
use cowrite_fuzz::tape::Tape;
use fastrand::Rng;
use yrs::{
    Any, ClientID, Doc, GetString, Map, Options, Text, Transact, XmlElementPrelim, XmlFragment,
    XmlTextPrelim,
};

/// Targets whose bytes are choices: any bytes are a story.
const CHANCE: [&str; 14] = [
    "guard",
    "update",
    "state_vector",
    "awareness",
    "ysync_frame",
    "websocket_frame",
    "json",
    "lib0",
    "presence",
    "request",
    "content_markdown",
    "content_html",
    "content_json",
    "content_text",
];

fn main() -> io::Result<()> {
    let corpus = Corpus(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
    for target in CHANCE {
        for seed in 0..32 {
            let mut rng = Rng::with_seed(seed);
            let length = 1 << rng.usize(4..12);
            let tape: Vec<u8> = (0..length).map(|_| rng.u8(..)).collect();
            corpus.write(target, &format!("chance-{seed}"), &tape)?;
        }
    }
    updates(&corpus)?;
    messages(&corpus)?;
    texts(&corpus)
}

struct Corpus(PathBuf);

impl Corpus {
    fn write(&self, target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    }
}

/// What an editor writes, as raw updates of a story.
fn updates(corpus: &Corpus) -> io::Result<()> {
    let honest = session();
    // Small limits off; then for each: raw, not bent, through the first door.
    let mut guard = vec![0];
    let mut update = vec![0, 0];
    for bytes in &honest {
        guard.push(200);
        Tape::write_bytes(&mut guard, bytes);
        guard.extend([0, 2]);
        update.push(120);
        Tape::write_bytes(&mut update, bytes);
        update.extend([0, 0, 0]);
        // Now and then it departs and is durable.
        update.extend([200, 215]);
    }
    corpus.write("guard", "honest", &guard)?;
    corpus.write("update", "honest", &update)?;
    // The editor's own edits of each kind, folding, reloading and reading between.
    let mut edits = vec![0, 0];
    for kind in 0..8 {
        edits.extend([160, kind, 0, 160, kind, 1, 233, 226, 247]);
    }
    corpus.write("update", "edits", &edits)
}

fn session() -> Vec<Vec<u8>> {
    let doc = Doc::with_options(Options::with_client_id(ClientID::new(1)));
    let (text, meta, content) = (
        doc.get_or_insert_text("text"),
        doc.get_or_insert_map("meta"),
        doc.get_or_insert_xml_fragment("content"),
    );
    let mut said = Vec::new();
    for step in 0..6 {
        let mut txn = doc.transact_mut();
        match step {
            0 => text.insert(&mut txn, 0, "Hello 😀 world"),
            1 => text.remove_range(&mut txn, 2, 3),
            2 => drop(meta.insert(&mut txn, "title", "Plan")),
            3 => drop(content.push_back(&mut txn, XmlElementPrelim::empty("paragraph"))),
            4 => drop(content.push_back(&mut txn, XmlTextPrelim::new("words"))),
            _ => {
                let length = text.get_string(&txn).encode_utf16().count() as u32;
                let bold = [("bold".into(), Any::Bool(true))].into();
                text.format(&mut txn, 0, length, bold);
            }
        }
        said.push(txn.encode_update_v1());
    }
    said
}

fn messages(corpus: &Corpus) -> io::Result<()> {
    let vector: StateVector = [(1, 5), (300, 1 << 20), ((1 << 53) - 1, 1)]
        .into_iter()
        .collect();
    corpus.write(
        "state_vector",
        "three",
        &[&[63, 0], &vector.encode()[..]].concat(),
    )?;
    let entries = [
        (1, 2, Some("{\"user\":{\"name\":\"Zoë\"}}")),
        (1 << 40, 300, None),
    ];
    let presence = awareness::encode(entries.map(|(client, clock, state)| Entry {
        client,
        clock,
        state,
    }));
    let roomy = [0, 31, 1, 255, 0];
    corpus.write("awareness", "two", &[&roomy[1..], &presence[..]].concat())?;

    let mut frame = Vec::new();
    ServerMessage::SyncStep1(vector.encode().into()).encode(&mut frame);
    ServerMessage::SyncStep2(vec![0, 0].into()).encode(&mut frame);
    ServerMessage::Awareness(presence.into()).encode(&mut frame);
    ServerMessage::Barrier(vec![7].into()).encode(&mut frame);
    frame.push(3);
    corpus.write(
        "ysync_frame",
        "several",
        &[&[15, 15, 63, 2], &frame[..]].concat(),
    )?;

    // A limit of 1000, cuts of three bytes, then frames as they are.
    let mut stream = vec![3, 232];
    Tape::write_bytes(&mut stream, &[2]);
    stream.push(0);
    for (first, length) in [(0x82, 5u16), (0x02, 0), (0x89, 3), (0x80, 300)] {
        stream.push(first);
        if length < 126 {
            stream.push(0x80 | length as u8);
        } else {
            stream.push(0x80 | 126);
            stream.extend(length.to_be_bytes());
        }
        stream.extend([0; 4]);
        stream.extend(vec![b'x'; length.into()]);
    }
    corpus.write("websocket_frame", "four", &stream)?;

    let mut numbers = vec![0];
    Tape::write_bytes(&mut numbers, &[1, 2, 6, 7, 19, 4, 0]);
    let mut writer = Writer::new(&mut numbers);
    for number in [0, 127, 128, 1 << 31, (1 << 53) - 1] {
        writer.var_uint(number);
    }
    writer.str("né");
    corpus.write("lib0", "numbers", &numbers)
}

fn texts(corpus: &Corpus) -> io::Result<()> {
    let values = [
        "{\"a\":[1,-2.5e3,{\"b\":null}],\"c\":\"\\u00e9\"}",
        "[[[[]]]]",
        "9223372036854775807",
    ];
    for (index, value) in values.iter().enumerate() {
        let tape = [&[64, 0], value.as_bytes()].concat();
        corpus.write("json", &format!("value-{index}"), &tape)?;
    }
    let long = "é".repeat(256);
    let names = [
        "plan",
        "team%2Fplan%2520x",
        "../../etc/passwd",
        "%ff",
        "a%00b",
        "%c3%a9",
        &long,
    ];
    for (index, name) in names.iter().enumerate() {
        corpus.write("document_name", &format!("name-{index}"), name.as_bytes())?;
    }
    Ok(())
}
