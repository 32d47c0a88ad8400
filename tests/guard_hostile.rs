//! Whatever a stranger sends, the document lives: nothing that the guard lets
//! in makes yrs crash, hang, diverge, or keep a state that does not load again.
//!
//! Sessions of honest editors and forgers run in child processes, so that even
//! a crash that cannot be caught is seen, with its seed.
//!
//! In every session updates go through the guard into the document, which is
//! encoded, loaded again and exported in every form; each of these steps is timed.
//!
//! `COWRITE_HOSTILE_SESSIONS=1000000` runs so many of them, from
//! `COWRITE_FIRST_SEED` on; a chunk that crashes names its seed, and the run goes
//! on after it. `COWRITE_SEED=7` plays one again in this process.

#![allow(clippy::unwrap_used)]

mod guard_session;

use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cowrite::export::{self, DEFAULT_ROOT, Format};
use cowrite::replica::fingerprint;
use cowrite::wire::guard::{Known, reveal};
use fastrand::Rng;
use guard_session::draft::Draft;
use guard_session::editor::Editor;
use guard_session::forge::World;
use guard_session::server::{Received, Server};
use guard_session::shown::show;
use yrs::updates::decoder::Decode;
use yrs::{BranchID, ClientID, ID, ReadTxn, StateVector, Transact, Update, merge_updates_v1};

const DEFAULT_SESSIONS: u64 = 400;
const SESSIONS_A_CHILD: u64 = 100;
const CHILDREN: usize = 2;
/// No session takes longer than this.
const PATIENCE: Duration = Duration::from_secs(60);
/// Document threads have this stack.
const STACK: usize = 16 << 20;

#[test]
fn no_forger_kills_the_document() {
    if let Ok(chunk) = std::env::var("COWRITE_HOSTILE_CHUNK") {
        let (start, end) = chunk.split_once("..").expect("start..end");
        return run(start.parse().unwrap()..end.parse().unwrap());
    }
    if let Some(seed) = std::env::var("COWRITE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
    {
        return run(seed..seed + 1);
    }
    let sessions = std::env::var("COWRITE_HOSTILE_SESSIONS")
        .ok()
        .and_then(|sessions| sessions.parse().ok())
        .unwrap_or(DEFAULT_SESSIONS);
    let first: u64 = std::env::var("COWRITE_FIRST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0);
    let chunks: Vec<Range<u64>> = (first..first + sessions)
        .step_by(SESSIONS_A_CHILD as usize)
        .map(|start| start..(start + SESSIONS_A_CHILD).min(first + sessions))
        .collect();
    let (sender, receiver) = mpsc::channel();
    for worker in 0..CHILDREN {
        let (sender, chunks) = (sender.clone(), chunks.clone());
        std::thread::spawn(move || {
            for mut chunk in chunks.into_iter().skip(worker).step_by(CHILDREN) {
                while !chunk.is_empty() {
                    let (counts, failure) = child(chunk.clone());
                    sender.send(Report::Done(counts)).unwrap();
                    let Some((seed, how)) = failure else { break };
                    sender.send(Report::Failed(seed, how)).unwrap();
                    chunk.start = seed + 1;
                }
            }
        });
    }
    drop(sender);
    let (mut sums, mut failures) = (Counts::default(), Vec::new());
    let mut told = 0;
    for report in receiver {
        match report {
            Report::Done(counts) => sums.add(&counts),
            Report::Failed(seed, how) => {
                eprintln!("COWRITE_SEED={seed}: {how}");
                failures.push(how);
            }
        }
        if sums.sessions / 10_000 > told {
            told = sums.sessions / 10_000;
            eprintln!("so far: {sums}");
        }
    }
    let count = |what: &str| failures.iter().filter(|how| how.contains(what)).count();
    println!(
        "seeds {first}..{}: {sums}; {} failed, of which {} hung and {} did not load again",
        first + sessions,
        failures.len(),
        count("it hangs"),
        count("does not load again"),
    );
    assert!(
        failures.is_empty(),
        "{} of {sessions} sessions failed",
        failures.len()
    );
}

/// What a worker says about a child.
enum Report {
    Done(Counts),
    Failed(u64, String),
}

/// Runs sessions in a process of their own, until one fails. Says what it was.
fn child(seeds: Range<u64>) -> (Counts, Option<(u64, String)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "no_forger_kills_the_document", "--nocapture"])
        .env(
            "COWRITE_HOSTILE_CHUNK",
            format!("{}..{}", seeds.start, seeds.end),
        )
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if let Some(seed) = line.strip_prefix("seed ") {
                let _ = sender.send(Line::Begins(seed.parse().unwrap()));
            } else if let Some(counts) = line.strip_prefix("counts ") {
                let _ = sender.send(Line::Counts(Counts::read(counts)));
            }
        }
    });
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let said = std::thread::spawn(move || {
        let lines: Vec<String> = stderr.lines().map_while(Result::ok).collect();
        lines[..lines.len().min(6)].join(" | ")
    });
    let (mut seed, mut counts) = (seeds.start, Counts::default());
    let how = loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(Line::Begins(next)) => seed = next,
            Ok(Line::Counts(all)) => counts = all,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                break "it hangs".to_owned();
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break String::new(),
        }
    };
    let status = child.wait().unwrap();
    let said = said.join().unwrap();
    let failure = (!status.success()).then(|| (seed, format!("{how} {status}: {said}")));
    (counts, failure)
}

/// What a child says.
enum Line {
    Begins(u64),
    /// All since it was started.
    Counts(Counts),
}

fn run(seeds: Range<u64>) {
    let work = move || {
        let mut counts = Counts::default();
        for seed in seeds {
            println!("seed {seed}");
            counts.seed = seed;
            session(&mut Rng::with_seed(seed), &mut counts);
            counts.sessions += 1;
            println!("counts {}", counts.write());
        }
        println!("{counts}");
    };
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .unwrap()
        .join()
        .expect("the session failed");
}

/// What became of the updates.
#[derive(Debug, Default, Clone)]
struct Counts {
    sessions: u64,
    hostile: u64,
    taken: u64,
    taken_in_part: u64,
    waiting: u64,
    refused: u64,
    reloads: u64,
    exports: u64,
    /// How often somebody had the same elements in another order. An item whose
    /// neighbours never stood next to each other makes its place depend on the
    /// order of updates, for yrs and Yjs alike.
    reordered: u64,
    /// The longest step, in microseconds, with its session.
    slowest: u64,
    slowest_seed: u64,
    slowest_step: String,
    /// The session at hand.
    seed: u64,
}

/// How exactly the system counts the time on a core, in microseconds.
const TICK: u64 = 10_000;

/// How long this thread had a core until now, in nanoseconds, where the system
/// tells.
fn time_on_a_core() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok()
}

impl Counts {
    fn numbers(&mut self) -> [&mut u64; 11] {
        [
            &mut self.sessions,
            &mut self.hostile,
            &mut self.taken,
            &mut self.taken_in_part,
            &mut self.waiting,
            &mut self.refused,
            &mut self.reloads,
            &mut self.exports,
            &mut self.reordered,
            &mut self.slowest,
            &mut self.slowest_seed,
        ]
    }

    fn write(&mut self) -> String {
        let numbers = self.numbers().map(|number| number.to_string());
        format!("{} {}", numbers.join(" "), self.slowest_step)
    }

    fn read(line: &str) -> Self {
        let mut counts = Self::default();
        let mut words = line.split(' ');
        for number in counts.numbers() {
            *number = words.next().unwrap().parse().unwrap();
        }
        counts.slowest_step = words.collect::<Vec<_>>().join(" ");
        counts
    }

    fn add(&mut self, other: &Self) {
        let (slowest, seed) = (self.slowest, self.slowest_seed);
        for (sum, number) in self.numbers().into_iter().zip(other.clone().numbers()) {
            *sum += *number;
        }
        (self.slowest, self.slowest_seed) = (slowest, seed);
        if other.slowest > slowest {
            self.slowest = other.slowest;
            self.slowest_seed = other.slowest_seed;
            self.slowest_step.clone_from(&other.slowest_step);
        }
    }

    /// Does a step, and notes how long it took.
    fn step<T>(&mut self, name: &str, step: impl FnOnce() -> T) -> T {
        let (began, worked) = (Instant::now(), time_on_a_core());
        let done = step();
        let mut took = began.elapsed().as_micros() as u64;
        if let (Some(before), Some(after)) = (worked, time_on_a_core()) {
            // While others have the core a step takes long and does nothing. The
            // system counts in ticks, so that little work may be none.
            took = took.min((after - before) / 1_000 + TICK);
        }
        if took > self.slowest {
            self.slowest = took;
            self.slowest_seed = self.seed;
            self.slowest_step = name.to_owned();
        }
        done
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} sessions, {} hostile updates ({} taken, {} taken in part, {} waiting, {} refused), \
             {} reloads, {} exports, {} in another order, slowest step {:.1} ms ({}, seed {})",
            self.sessions,
            self.hostile,
            self.taken,
            self.taken_in_part,
            self.waiting,
            self.refused,
            self.reloads,
            self.exports,
            self.reordered,
            self.slowest as f64 / 1e3,
            self.slowest_step,
            self.slowest_seed,
        )
    }
}

struct Stage {
    server: Server,
    /// Hears only what the server relays.
    listener: Server,
    /// Hears the same, but several news merged into one.
    slow_listener: Server,
    batch: Vec<Vec<u8>>,
    editors: Vec<Editor>,
    next_client: u64,
    spare: Vec<u64>,
    said: Vec<Vec<u8>>,
}

impl Stage {
    fn new(rng: &mut Rng) -> Self {
        let mut server = || Server::new(rng.u8(..5) != 0);
        let mut stage = Self {
            server: server(),
            listener: server(),
            slow_listener: server(),
            batch: Vec::new(),
            editors: Vec::new(),
            next_client: 10,
            spare: vec![1, 2, 3, (1 << 53) - 1],
            said: Vec::new(),
        };
        stage.enter();
        stage.enter();
        stage
    }

    fn enter(&mut self) {
        self.next_client += 7;
        let editor = Editor::new(self.next_client, true);
        editor.hear(&self.server.everything());
        self.editors.push(editor);
    }

    fn world(&self) -> World {
        let txn = self.server.doc.transact();
        let mut clients: Vec<(u64, u32)> = txn
            .state_vector()
            .iter()
            .map(|(client, &clock)| (client.get(), clock))
            .collect();
        clients.sort_unstable();
        let mut types = Vec::new();
        for &(client, end) in &clients {
            for clock in end.saturating_sub(200)..end {
                if BranchID::Nested(ID::new(ClientID::new(client), clock))
                    .get_branch(&txn)
                    .is_some()
                {
                    types.push((client, clock));
                }
            }
        }
        World {
            clients,
            types,
            spare: self.spare.clone(),
        }
    }

    fn send(&mut self, update: &[u8], counts: &mut Counts) {
        counts.hostile += 1;
        let received = counts.step("taking an update", || self.server.receive(update));
        match received {
            Ok(Received::All(news)) => {
                counts.taken += 1;
                self.relay(&news);
            }
            Ok(Received::Part(news)) => {
                counts.taken_in_part += 1;
                self.relay(&news);
            }
            Ok(Received::Nothing) => counts.waiting += 1,
            Err(_) => counts.refused += 1,
        }
        self.said.push(update.to_vec());
    }

    fn relay(&mut self, news: &[u8]) {
        let heard = self.listener.receive(&reveal(news));
        assert!(
            matches!(heard, Ok(Received::All(_))),
            "news are sound: {heard:?}"
        );
        self.editors.iter().for_each(|editor| editor.hear(news));
        self.batch.push(news.to_vec());
    }

    /// Sends what was relayed since the last time as one update.
    fn flush(&mut self, rng: &mut Rng) {
        let merged = merge_updates_v1(std::mem::take(&mut self.batch)).expect("news can be merged");
        let merged = reveal(&merged);
        if rng.bool() {
            return self
                .slow_listener
                .receive_in_slices(&merged, rng.usize(1..6));
        }
        let received = self.slow_listener.receive(&merged);
        assert!(
            matches!(received, Ok(Received::All(_))),
            "merged news are sound: {received:?}"
        );
    }

    fn honest_edit(&mut self, rng: &mut Rng) {
        let who = rng.usize(..self.editors.len());
        let update = self.editors[who].edit(rng);
        match self.server.receive(&update) {
            Ok(Received::All(news)) => self.relay(&news),
            other => panic!("an honest update was not taken: {other:?}"),
        }
        self.said.push(update);
    }

    /// An editor's update, bent on its way. The editor leaves: from now on
    /// somebody else speaks for it.
    fn bent_edit(&mut self, rng: &mut Rng, counts: &mut Counts) {
        let mut editor = self.editors.swap_remove(rng.usize(..self.editors.len()));
        let client = editor.doc.client_id().get();
        self.spare.push(client);
        let world = self.world();
        let mut draft = Draft::decode(&editor.edit(rng));
        for _ in 0..rng.usize(1..4) {
            world.bend(rng, &mut draft);
        }
        let mut update = draft.encode();
        if rng.u8(..6) == 0 {
            let at = rng.usize(..update.len());
            update[at] = rng.u8(..);
        }
        self.send(&update, counts);
        self.enter();
    }

    /// The server stops and starts again.
    fn reload(&mut self, rng: &mut Rng, counts: &mut Counts) {
        let state = counts.step("encoding all", || self.server.everything());
        let collects = rng.bool();
        let loaded = counts.step("loading", || Server::load(&state, collects));
        counts.reloads += 1;
        loaded.check_outline();
        assert_eq!(
            loaded.doc.transact().state_vector(),
            self.server.doc.transact().state_vector(),
            "what was saved is what was there"
        );
        if show(&loaded.doc) != show(&self.server.doc) {
            counts.reordered += 1;
        } else if rng.bool() {
            self.server = loaded;
        }
    }

    /// Somebody reads every root in every form.
    fn export(&self, counts: &mut Counts) {
        let doc = &self.server.doc;
        let names: Vec<String> = {
            let txn = doc.transact();
            let names = txn.root_refs().map(|(name, _)| name.to_owned());
            names.chain([DEFAULT_ROOT.to_owned()]).collect()
        };
        for name in names {
            let json = counts.step("exporting JSON", || {
                export::format::document(doc, &name, Format::Json)
            });
            for format in [Format::Markdown, Format::Page, Format::Text, Format::Delta] {
                counts.step("exporting in other formats", || {
                    export::format::document(doc, &name, format)
                });
            }
            serde_json::from_str::<serde_json::Value>(&json.body)
                .expect("JSON is exported as JSON");
            counts.exports += 5;
        }
        let fingerprint = counts.step("the fingerprint", || fingerprint(doc));
        assert_eq!(fingerprint.len(), 32);
        counts.exports += 1;
    }

    /// Somebody asks for what they lack, from any state.
    fn answer(&self, rng: &mut Rng, counts: &mut Counts) {
        let txn = self.server.doc.transact();
        let mut known: Vec<(ClientID, u32)> = txn
            .state_vector()
            .iter()
            .map(|(client, clock)| (*client, *clock))
            .collect();
        known.sort_unstable();
        let vector: StateVector = known
            .iter()
            .map(|(client, clock)| (*client, rng.u32(..clock + 3)))
            .collect();
        let difference = counts.step("a difference", || txn.encode_diff_v1(&vector));
        counts.exports += 1;
        let update = Update::decode_v1(&difference).expect("differences can be decoded");
        drop(update);
    }
}

fn session(rng: &mut Rng, counts: &mut Counts) {
    let mut stage = Stage::new(rng);
    // Now and then a long one: what is wrong with a document may take time to show.
    let steps = if rng.u8(..20) == 0 {
        250
    } else {
        rng.usize(8..40)
    };
    for _ in 0..steps {
        match rng.u8(..16) {
            0..3 => stage.honest_edit(rng),
            3..6 => stage.bent_edit(rng, counts),
            6 if !stage.said.is_empty() => {
                let again = rng.choice(&stage.said).unwrap().clone();
                stage.send(&again, counts);
            }
            7 if !stage.batch.is_empty() => stage.flush(rng),
            8 => {
                let news = stage.server.edit(rng);
                stage.relay(&news);
            }
            9 => stage.reload(rng, counts),
            10 => stage.answer(rng, counts),
            _ => {
                let draft = stage.world().forge(rng);
                stage.send(&draft.encode(), counts);
            }
        }
    }
    stage.server.check_outline();
    stage.reload(rng, counts);
    stage.export(counts);
    stage.answer(rng, counts);
    stage.flush(rng);
    // Whoever heard the news has heard all of it.
    let editor = &stage.editors[0].doc;
    for doc in [&stage.listener.doc, &stage.slow_listener.doc, editor] {
        assert_eq!(
            doc.transact().state_vector(),
            stage.server.doc.transact().state_vector()
        );
        counts.reordered += u64::from(show(doc) != show(&stage.server.doc));
    }
    let state = stage.server.doc.transact().state_vector();
    for (client, &clock) in state.iter() {
        assert_eq!(stage.server.outline.clock(client.get()), clock);
    }
}
