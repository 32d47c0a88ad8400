//! What the pieces of the server take, one by one, without sockets.
//!
//! ```text
//! cargo bench --bench pieces
//! cargo bench --bench pieces -- guard apply
//! COWRITE_TRACE=paper.json.gz cargo bench --bench pieces
//! ```
//!
//! Criterion measures and compares with the run before. The document is a seeded
//! session of typing, or, in `COWRITE_TRACE`, a trace in the format of the public
//! editing-traces collection; what is counted by the edit is counted over the last
//! of them, in a document that holds all those before.
//!
//! How to read it: one number a piece, to see what a change of that piece did. Whether
//! an edit costs more as the document grows is asked by `replay`; how the disk stands
//! to a bare file, and how many documents share a commit, by `journal`; both compare
//! what has to be measured in turn, which Criterion does not. A journal's append
//! contains its fsync, so it is a figure of the disk.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use cowrite::export::revision::{Revision, Wanted};
use cowrite::export::tree::{Builder, Element, Mark, Step, Tree};
use cowrite::export::{self, Format};
use cowrite::id::{DocumentId, SessionId};
use cowrite::replica::{Limits, Replica};
use cowrite::store::sqlite::{Options, SqliteStore};
use cowrite::store::{Append, Store};
use cowrite::wire::awareness::{self, Entry};
use cowrite::wire::frame;
use cowrite::wire::guard::{self, Outline};
use cowrite::wire::state_vector::StateVector;
use cowrite::wire::ysync::{ClientMessage, ServerMessage};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, Transact};

mod trace;

use trace::{Trace, client};

type Outcome = Result<(), Box<dyn Error>>;

/// People whose cursors are shown.
const PEOPLE: u64 = 100;

/// How many edits gather while an append is on its way, and how many a batch has.
const GATHERED: [usize; 3] = [1, 10, 100];

/// A history in two parts, and the document between them.
struct Session {
    content: String,
    /// What was done before.
    past: Vec<Bytes>,
    /// What is measured by the edit.
    edits: Vec<Bytes>,
    /// The whole of what the past left.
    state: Bytes,
}

fn main() -> Outcome {
    // Without what `cargo bench` says, Criterion does each once, just to see it work.
    let small = !std::env::args().any(|argument| argument == "--bench");
    let session = Session::play(small)?;
    let mut criterion = Criterion::default().configure_from_args();
    guard(&mut criterion, &session)?;
    apply(&mut criterion, &session)?;
    merge(&mut criterion, &session)?;
    encode(&mut criterion, &session)?;
    load(&mut criterion, &session);
    presence(&mut criterion)?;
    journal(&mut criterion, &session)?;
    export(&mut criterion, &session, small);
    criterion.final_summary();
    Ok(())
}

impl Session {
    fn play(small: bool) -> Result<Self, Box<dyn Error>> {
        let (length, measured) = match small {
            true => (600, 200),
            false => (50_000, 5_000),
        };
        let trace = match std::env::var_os("COWRITE_TRACE") {
            Some(path) => Trace::read(path.as_ref())?,
            None => Trace::typed(1, length),
        };
        let mut past = client::updates(&trace)?;
        let edits = past.split_off(past.len().saturating_sub(measured));
        if edits.len() < 2 * GATHERED[2] {
            return Err("the trace is too short".into());
        }
        let state = replica_of(&past)?.snapshot();
        Ok(Self {
            content: trace.end_content,
            past,
            edits,
            state,
        })
    }

    /// The document with its author present.
    fn document(&self) -> Result<(Replica, SessionId), Box<dyn Error>> {
        let mut replica = Replica::load(&[&self.state], Limits::default())?;
        let author = SessionId::fresh();
        replica.join(author);
        Ok((replica, author))
    }

    /// Times `times` edits in a document made by `fresh`, and begins again with a
    /// fresh one when there are no more. Making one is not timed.
    fn replay<D>(
        &self,
        times: u64,
        fresh: impl Fn() -> D,
        mut step: impl FnMut(&mut D, &Bytes),
    ) -> Duration {
        let (mut taken, mut left) = (Duration::ZERO, times as usize);
        while left > 0 {
            let mut document = fresh();
            let edits = &self.edits[..left.min(self.edits.len())];
            let began = Instant::now();
            for edit in edits {
                step(&mut document, edit);
            }
            taken += began.elapsed();
            left -= edits.len();
        }
        taken
    }
}

/// The check alone: of the structure, and of both structure and causality.
fn guard(criterion: &mut Criterion, session: &Session) -> Outcome {
    let limits = guard::Limits::default();
    let mut before = Outline::new();
    for update in &session.past {
        before.admit(&guard::inspect(update, &limits)?)?;
    }
    let mut group = criterion.benchmark_group("guard");
    group.throughput(Throughput::Elements(1));
    group.bench_function("inspect an edit", |bencher| {
        bencher.iter_custom(|times| {
            let inspect = |(): &mut (), edit: &Bytes| {
                black_box(guard::inspect(edit, &limits)).expect("sound");
            };
            session.replay(times, || (), inspect)
        });
    });
    group.bench_function("admit an edit", |bencher| {
        bencher.iter_custom(|times| {
            let admit = |outline: &mut Outline, edit: &Bytes| {
                let survey = guard::inspect(edit, &limits).expect("sound");
                black_box(outline.admit(&survey)).expect("sound");
            };
            session.replay(times, || before.clone(), admit)
        });
    });
    group.bench_function("inspect the state", |bencher| {
        bencher.iter(|| {
            black_box(guard::inspect(&session.state, &limits))
                .expect("sound")
                .blocks()
        });
    });
    group.finish();
    Ok(())
}

/// An edit from its message to the effects that tell everybody, without a disk.
fn apply(criterion: &mut Criterion, session: &Session) -> Outcome {
    session.document()?;
    criterion.bench_function("apply/an edit", |bencher| {
        let now = Instant::now();
        bencher.iter_custom(|times| {
            session.replay(
                times,
                || session.document().expect("loaded before"),
                |(replica, author), edit| {
                    receive(replica, *author, edit, now);
                    replica.depart().expect("sound").expect("news");
                    black_box(replica.durable());
                },
            )
        });
    });
    Ok(())
}

/// What gathered while an append was on its way becomes one update.
fn merge(criterion: &mut Criterion, session: &Session) -> Outcome {
    let mut group = criterion.benchmark_group("merge");
    for gathered in GATHERED {
        // The first is on its way, the others gather.
        group.throughput(Throughput::Elements(gathered as u64));
        group.bench_function(BenchmarkId::new("edits", gathered), |bencher| {
            let prepare = || {
                let (mut replica, author) = session.document().expect("loaded before");
                let now = Instant::now();
                for (number, edit) in session.edits[..=gathered].iter().enumerate() {
                    receive(&mut replica, author, edit, now);
                    if number == 0 {
                        replica.depart().expect("sound");
                    }
                }
                replica.durable();
                replica
            };
            bencher.iter_batched_ref(
                prepare,
                |replica| black_box(replica.depart()).expect("sound"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    Ok(())
}

/// What is said: everything, what somebody lacks, and one update to everybody.
fn encode(criterion: &mut Criterion, session: &Session) -> Outcome {
    let (mut replica, author) = session.document()?;
    let vector = StateVector::from(&replica.doc().transact().state_vector());
    let now = Instant::now();
    for edit in &session.edits[..GATHERED[2]] {
        receive(&mut replica, author, edit, now);
    }
    let mut group = criterion.benchmark_group("encode");
    group.bench_function("the state", |bencher| {
        bencher.iter(|| black_box(replica.snapshot()));
    });
    group.bench_function("what a hundred edits changed", |bencher| {
        bencher.iter(|| black_box(replica.diff(&vector)));
    });
    let update = &session.edits[0];
    group.bench_function("the frame of an edit", |bencher| {
        bencher.iter(|| black_box(broadcast(ServerMessage::Update(update.clone()))));
    });
    group.finish();
    Ok(())
}

/// A document from what the store gives back of it.
fn load(criterion: &mut Criterion, session: &Session) {
    criterion.bench_function("load/the state", |bencher| {
        let load = || Replica::load(&[&session.state], Limits::default()).expect("loaded before");
        bencher.iter_with_large_drop(load);
    });
}

/// One moves a cursor, everybody is told.
fn presence(criterion: &mut Criterion) -> Outcome {
    let now = Instant::now();
    let mut replica = Replica::empty(Limits::default());
    let mut people = Vec::new();
    for client in 0..PEOPLE {
        let person = SessionId::fresh();
        replica.join(person);
        replica.receive(person, cursor(client, 1), now)?;
        people.push(person);
    }
    let mut clock = 1;
    criterion.bench_function("presence/a cursor of a hundred", |bencher| {
        bencher.iter_batched(
            || {
                clock += 1;
                cursor(0, clock)
            },
            |moved| {
                let effects = replica.receive(people[0], moved, now).expect("sound");
                assert!(!effects.is_empty(), "a cursor that moved is news");
                broadcast(replica.presence_of(&[0]).0)
            },
            BatchSize::SmallInput,
        );
    });
    Ok(())
}

/// A batch reaches the disk.
fn journal(criterion: &mut Criterion, session: &Session) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let place = tempfile::tempdir()?;
    let store = SqliteStore::open(place.path(), Options::default())?;
    let mut group = criterion.benchmark_group("journal");
    group.sample_size(20);
    for edits in GATHERED {
        let document = DocumentId::parse(&format!("of-{edits}"))?;
        let update = Bytes::from(yrs::merge_updates_v1(&session.edits[..edits])?);
        group.throughput(Throughput::Elements(edits as u64));
        group.bench_function(BenchmarkId::new("a batch of edits", edits), |bencher| {
            bencher.iter(|| {
                let append = Append {
                    document: document.clone(),
                    update: update.clone(),
                    at: SystemTime::now(),
                    sender: Default::default(),
                    title: None,
                };
                runtime.block_on(store.append(append)).expect("durable")
            });
        });
    }
    group.finish();
    runtime.block_on(store.close())?;
    Ok(())
}

/// The session's text and a document of 100 000 words, as the editor holds them, in
/// every format: reading it into a tree, which holds the document's thread, and all of
/// it, which may take 150 ms (docs/formats.md).
fn export(criterion: &mut Criterion, session: &Session, small: bool) {
    let mut lines = Builder::default();
    for line in session.content.lines() {
        lines.open(Element::named("paragraph"));
        lines.run(line, Vec::new());
        lines.close();
    }
    let book = book(if small { 1_000 } else { BOOK_WORDS });
    for (name, tree) in [("session", lines.finish()), ("book", book)] {
        let update = export::encoding::update(&tree, export::DEFAULT_ROOT, None);
        let doc = Doc::new();
        let decoded = yrs::Update::decode_v1(&update).expect("an update");
        let applied = doc.transact_mut().apply_update(decoded);
        applied.expect("an update that can be applied");
        let mut group = criterion.benchmark_group(format!("export-{name}"));
        group.throughput(Throughput::Bytes(update.len() as u64));
        group.bench_function("tree", |bencher| {
            bencher.iter(|| black_box(export::roots::read(&doc, None)));
        });
        for format in FORMATS {
            group.bench_function(format.name(), |bencher| {
                bencher.iter(|| {
                    let root = export::DEFAULT_ROOT;
                    black_box(export::format::document(&doc, root, format))
                });
            });
        }
        group.bench_function("yjs-v2", |bencher| {
            bencher.iter(|| black_box(export::encoding::second_version(&update)));
        });
        for (taken, format) in [
            ("from markdown", Format::Markdown),
            ("from html", Format::Html),
        ] {
            let content = export::format::document(&doc, export::DEFAULT_ROOT, format).body;
            group.bench_function(taken, |bencher| {
                bencher.iter(|| black_box(export::format::read(content.as_bytes(), format)));
            });
        }
        group.finish();
        revise(criterion, name, &tree, &update);
    }
}

/// What it takes to change one word of a document over REST: the first of these on the
/// document's thread, the others on a scribe's.
fn revise(criterion: &mut Criterion, name: &str, tree: &Tree, state: &[u8]) {
    let later = || Instant::now() + Duration::from_secs(60);
    let replica = replica_of(&[Bytes::copy_from_slice(state)]).expect("a document");
    let mut group = criterion.benchmark_group(format!("revise-{name}"));
    group.bench_function("snapshot", |bencher| {
        bencher.iter(|| black_box(replica.snapshot()));
    });
    group.bench_function("copy", |bencher| {
        bencher.iter(|| black_box(Revision::of(state)).expect("a copy"));
    });
    let mut wanted = Builder::default();
    let half = tree.nodes().len() / 2;
    let mut is_changed = false;
    for (place, step) in tree.steps().enumerate() {
        match step {
            Step::Enter(_, element) => wanted.open(element.clone()),
            Step::Run(run) if place >= half && !is_changed => {
                wanted.run(&format!("{} changed", run.text), run.marks.clone());
                is_changed = true;
            }
            Step::Run(run) => wanted.run(&run.text, run.marks.clone()),
            Step::Leave(_) => wanted.close(),
        }
    }
    let wanted = Wanted::Document(wanted.finish());
    let revised = |mut copy: Revision| {
        let root = export::DEFAULT_ROOT;
        copy.revise(root, &wanted, later()).expect("a document");
        copy
    };
    let edit = revised(Revision::of(state).expect("a copy"));
    eprintln!(
        "revise-{name}: the edit is {} bytes of an update",
        edit.update().len()
    );
    group.bench_function("edit", |bencher| {
        let copy = || Revision::of(state).expect("a copy");
        bencher.iter_batched(copy, revised, BatchSize::LargeInput);
    });
    let Wanted::Document(changed) = &wanted else {
        return;
    };
    for format in [Format::Json, Format::Markdown] {
        group.bench_function(format!("settle {}", format.name()), |bencher| {
            let base = || (changed.clone(), later());
            let settle = |(wanted, until)| export::revision::settle(wanted, tree, format, until);
            bencher.iter_batched(base, settle, BatchSize::LargeInput);
        });
    }
    group.finish();
}

/// Words of the large document.
const BOOK_WORDS: usize = 100_000;

const FORMATS: [Format; 5] = [
    Format::Markdown,
    Format::Html,
    Format::Page,
    Format::Json,
    Format::Text,
];

/// Headings, paragraphs with marks, lists, quotes, code and tables.
fn book(words: usize) -> Tree {
    let mut builder = Builder::default();
    let mut written = 0;
    let mut block = 0;
    while written < words {
        block += 1;
        let name = ["paragraph", "heading"][usize::from(block % 10 == 0)];
        let around: &[&str] = match block % 10 {
            3 => &["bulletList", "listItem"],
            5 => &["blockquote"],
            7 => &["table", "tableRow", "tableHeader"],
            _ => &[],
        };
        for name in around {
            builder.open(Element::named(*name));
        }
        builder.open(Element::named(name).with("level", 2));
        for run in 0..9 {
            let marks = match run % 4 {
                1 => vec![Mark::named("bold")],
                3 => vec![Mark::named("italic"), Mark::named("strike")],
                _ => Vec::new(),
            };
            builder.run("so many plain words, and some <more> ", marks);
            written += 7;
        }
        builder.close();
        for _ in around {
            builder.close();
        }
    }
    builder.finish()
}

fn replica_of(updates: &[Bytes]) -> Result<Replica, Box<dyn Error>> {
    let updates: Vec<&Bytes> = updates.iter().collect();
    Ok(Replica::load(&updates, Limits::default())?)
}

/// Takes an edit that is small enough to be taken at once.
fn receive(replica: &mut Replica, author: SessionId, edit: &Bytes, now: Instant) {
    let message = ClientMessage::Update(edit.clone());
    black_box(replica.receive(author, message, now)).expect("sound");
    assert!(!replica.is_working(), "an edit is taken at once");
}

/// A message as the frame that all sockets share.
fn broadcast(message: ServerMessage) -> Bytes {
    frame::encode_binary(message.encoded_len(), |buffer| message.encode(buffer))
}

/// What a client says when its cursor moved.
fn cursor(client: u64, clock: u32) -> ClientMessage {
    let state = format!(
        "{{\"user\":{{\"name\":\"Person {client}\",\"color\":\"#30bced\"}},\
         \"cursor\":{{\"anchor\":{clock},\"head\":{clock}}}}}"
    );
    let entry = Entry {
        client,
        clock,
        state: Some(&state),
    };
    ClientMessage::Awareness(awareness::encode([entry]).into())
}
