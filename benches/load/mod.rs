//! The load generator: what drives the servers, what looks at them, what is
//! printed.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

pub mod chart;
pub mod contestant;
pub mod cursor;
pub mod dialect;
pub mod exchange;
pub mod floor;
pub mod gauge;
pub mod ledger;
pub mod line;
pub mod meeting;
pub mod report;
pub mod rest;
pub mod scenario;
pub mod server;
pub mod update;

use crate::trace::{Trace, client};
use contestant::Contestant;
use report::Report;
use scenario::Scenario;
use server::Server;

/// Whatever keeps a scenario from being measured.
pub type Trouble = Box<dyn Error + Send + Sync>;

/// Edits of the session that is typed where no trace is given.
const TYPED: usize = 100_000;

/// Enough for everything, if the machine grants it.
const MANY_DESCRIPTORS: u64 = 100_000;

/// So many are kept for what is no connection.
const SPARED_DESCRIPTORS: u64 = 3_000;

#[derive(Debug, Parser)]
#[command(name = "load", about = "Measures what it costs to carry people")]
struct Settings {
    /// Which scenarios, by the beginning of their names [default: all but growth]
    scenarios: Vec<String>,
    /// Who is measured, beside cowrite and the floor (repeatable)
    #[arg(long, value_enum, value_name = "PEER")]
    peer: Vec<Contestant>,
    /// Only they are
    #[arg(long, value_enum, value_name = "SERVER", conflicts_with = "peer")]
    only: Vec<Contestant>,
    /// Where peers are installed
    #[arg(long, value_name = "DIR", default_value = "target/peers")]
    peers: PathBuf,
    /// A real trace, .json or .json.gz; without it a seeded session is typed
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// How often; figures are medians [default: 3]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// How long each server is measured in each run [default: 5]
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<f64>,
    /// How many edits `ingest` has under way
    #[arg(long, value_name = "N", default_value_t = scenario::ingest::WINDOW)]
    window: usize,
    /// Everything small, just to see it work
    #[arg(long)]
    quick: bool,
    /// Where servers keep their data [default: a folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Another build of cowrite to measure
    #[arg(long, value_name = "FILE", default_value = contestant::COWRITE)]
    program: PathBuf,
    /// An option more for cowrite (repeatable)
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    server: Vec<String>,
    /// Write all figures of all runs here
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the curves of `growth` into this folder
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Print the tables for a document
    #[arg(long)]
    markdown: bool,
    /// What `cargo bench` says; without it everything is small
    #[arg(long, hide = true)]
    bench: bool,
    /// Be the floor
    #[arg(long, hide = true)]
    be_the_floor: bool,
}

/// Measures what the command line asks for and prints the tables.
pub fn main() -> ExitCode {
    let settings = Settings::parse();
    let done = match settings.be_the_floor {
        true => descriptors_then(floor::relay),
        false => measure(settings),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn descriptors_then(relay: fn() -> std::io::Result<()>) -> Result<(), Trouble> {
    raise_descriptors();
    Ok(relay()?)
}

fn measure(settings: Settings) -> Result<(), Trouble> {
    let scenarios = Scenario::named(&settings.scenarios)?;
    let quick = settings.quick || !settings.bench;
    let mut contestants = Contestant::OWN.to_vec();
    contestants.extend(settings.peer);
    if !settings.only.is_empty() {
        contestants = settings.only;
    }
    let seconds = settings.seconds.unwrap_or(if quick { 0.04 } else { 5.0 });
    let mut bench = Bench {
        quick,
        contestants,
        time: Duration::from_secs_f64(seconds),
        window: settings.window.max(1),
        runs: settings.runs.unwrap_or(if quick { 1 } else { 3 }).max(1),
        descriptors: raise_descriptors(),
        images: settings.images,
        data: settings.data,
        peers: settings.peers,
        program: settings.program,
        options: settings.server,
        trace: settings.trace,
        history: None,
        report: Report::default(),
    };
    for scenario in scenarios {
        eprintln!("{}", scenario.name());
        scenario.run(&mut bench)?;
    }
    bench.report.print(settings.markdown);
    if quick {
        println!("\nEverything was small, just to see it work: these figures say little.");
    }
    if let Some(file) = settings.json {
        std::fs::write(file, format!("{:#}\n", bench.report.json()))?;
    }
    match bench.report.refusals() {
        0 => Ok(()),
        // Peers may refuse; that is a figure. This project's own may not.
        refusals if bench.contestants.len() > 2 => {
            eprintln!("{refusals} figures could not be had");
            Ok(())
        }
        refusals => Err(format!("{refusals} figures could not be had").into()),
    }
}

/// Raises how many descriptors this process and its servers may have as far as it
/// goes, beyond the hard limit where it is let; says how many that is.
fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    for wanted in [limit.maximum.max(Some(MANY_DESCRIPTORS)), limit.maximum] {
        let raised = rustix::process::Rlimit {
            current: wanted,
            maximum: wanted,
        };
        // What is not granted shows in what is there.
        if setrlimit(Resource::Nofile, raised).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// How everything is measured, and the report.
pub struct Bench {
    /// Everything small, just to see it work.
    pub quick: bool,
    /// Who is measured.
    pub contestants: Vec<Contestant>,
    /// How long, each in each run.
    pub time: Duration,
    /// How many edits `ingest` has under way.
    pub window: usize,
    /// How often.
    pub runs: usize,
    descriptors: u64,
    /// What was found.
    pub report: Report,
    /// Where pictures are drawn, if anywhere.
    pub images: Option<PathBuf>,
    data: Option<PathBuf>,
    peers: PathBuf,
    /// The cowrite that is measured.
    pub program: PathBuf,
    options: Vec<String>,
    trace: Option<PathBuf>,
    history: Option<Rc<History>>,
}

/// The trace, as updates of one author.
pub struct History {
    /// One an edit.
    pub updates: Vec<Bytes>,
    /// What all of them come to, as one.
    pub state: Bytes,
    /// And as a text.
    pub content: String,
}

/// A server with a folder of its own, which goes with it.
pub struct House {
    pub server: Server,
    pub data: TempDir,
}

impl Bench {
    /// So many connections, or as many as the machine grants. A server may want two
    /// descriptors for each, and some beside.
    pub fn granted(&self, connections: usize) -> usize {
        let most = self.descriptors.saturating_sub(SPARED_DESCRIPTORS) / 2;
        connections.min(usize::try_from(most).unwrap_or(usize::MAX))
    }

    /// `full`, or `quick` when everything is small.
    pub fn scaled<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// Measures each server that `takes_part` once a run, in turn.
    pub fn in_turn(
        &mut self,
        scenario: Scenario,
        takes_part: impl Fn(Contestant) -> bool,
        mut measure: impl FnMut(&mut Self, Contestant) -> Result<(), Trouble>,
    ) {
        let mut those = self.contestants.clone();
        those.retain(|contestant| takes_part(*contestant));
        for _ in 0..self.runs {
            those.retain(|contestant| match measure(self, *contestant) {
                Ok(()) => true,
                Err(error) => {
                    self.report
                        .refuse(scenario.name(), contestant.name(), error.to_string());
                    false
                }
            });
        }
    }

    /// Starts a server on an empty folder.
    pub fn house(&self, contestant: Contestant, options: &[&str]) -> Result<House, Trouble> {
        let data = server::folder(self.data.as_deref())?;
        let server = self.serve(contestant, data.path(), options)?;
        Ok(House { server, data })
    }

    /// Starts a server on a folder that is there.
    pub fn serve(
        &self,
        contestant: Contestant,
        data: &Path,
        options: &[&str],
    ) -> Result<Server, Trouble> {
        let options = options.iter().map(|option| (*option).to_owned());
        let options: Vec<_> = options.chain(self.options.iter().cloned()).collect();
        contestant.start(data, &self.program, &self.peers, &options)
    }

    /// The trace, made into updates when it is first asked for.
    pub fn history(&mut self) -> Result<Rc<History>, Trouble> {
        if let Some(history) = &self.history {
            return Ok(Rc::clone(history));
        }
        let words = |error: Box<dyn Error>| Trouble::from(error.to_string());
        let trace = match &self.trace {
            Some(file) => Trace::read(file).map_err(words)?,
            None => Trace::typed(1, self.scaled(TYPED, 300)),
        };
        eprintln!("  (making the updates of {} edits)", trace.edits.len());
        let (updates, state) = client::replay(&trace).map_err(words)?;
        let history = Rc::new(History {
            updates,
            state,
            content: trace.end_content,
        });
        self.history = Some(Rc::clone(&history));
        Ok(history)
    }
}
