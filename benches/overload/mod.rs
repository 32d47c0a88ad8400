//! The server under load: what drives it, what looks at it, what is printed.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

pub mod copy;
pub mod door;
pub mod gauge;
pub mod play;
pub mod report;
pub mod scenario;
pub mod script;
pub mod server;
pub mod torrent;

use door::Door;
use report::Report;
use scenario::Scenario;
use server::Server;

/// Whatever keeps a scenario from being measured.
pub type Trouble = Box<dyn Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(name = "overload", about = "Measures stuck, slow and greedy clients")]
struct Settings {
    /// Which scenarios, by the beginning of their names [default: all]
    scenarios: Vec<String>,
    /// Everything small, just to see it work
    #[arg(long)]
    quick: bool,
    /// How often, where a median is taken [default: 3]
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Where servers keep their data [default: a folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// An option more for every server (repeatable)
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    server: Vec<String>,
    /// What `cargo bench` says; without it everything is small
    #[arg(long, hide = true)]
    bench: bool,
}

/// Measures what the command line asks for and prints the table.
pub fn main() -> ExitCode {
    match measure(Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("overload: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(settings: Settings) -> Result<(), Trouble> {
    let scenarios = Scenario::named(&settings.scenarios)?;
    let quick = settings.quick || !settings.bench;
    let descriptors = descriptors();
    let mut bench = Bench {
        quick,
        runs: settings.runs.unwrap_or(if quick { 1 } else { 3 }).max(1),
        data: settings.data,
        options: settings.server,
        report: Report::default(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Whoever ends this ends its servers too.
        let mut end = signal(SignalKind::terminate())?;
        tokio::select! {
            () = bench.run(&scenarios, descriptors) => Ok(()),
            _ = end.recv() => Err(Trouble::from("ended by SIGTERM")),
        }
    })?;
    bench.report.print();
    if quick {
        println!("\nEverything was small, just to see it work: these figures say little.");
    }
    println!("\n{} bars were not reached.", bench.report.shortfalls());
    Ok(())
}

/// Raises how many descriptors this process and its servers may have as far as
/// it goes; says how many that is.
fn descriptors() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // What is not granted shows in what is there.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// How everything is measured, and the report.
pub struct Bench {
    /// Everything small, just to see it work.
    pub quick: bool,
    /// How often, where a median is taken.
    pub runs: usize,
    /// Where servers keep their data.
    pub data: Option<PathBuf>,
    /// What servers are told beyond what a scenario tells them.
    pub options: Vec<String>,
    /// What was found.
    pub report: Report,
}

/// A server with a folder of its own, and the way to it.
pub struct House {
    /// The server.
    pub server: Server,
    /// The way to it.
    pub door: Door,
    /// Its data, gone with it.
    pub data: TempDir,
}

impl Bench {
    /// Measures one scenario after the other. One that fails is reported.
    async fn run(&mut self, scenarios: &[Scenario], descriptors: u64) {
        for scenario in scenarios {
            let name = scenario.name();
            eprintln!("{name}");
            if scenario.descriptors() > descriptors {
                let needs = format!("needs {} descriptors", scenario.descriptors());
                let has = format!("this machine grants {descriptors}");
                self.report.judge(name, &needs, has, false);
            } else if let Err(error) = scenario.run(self).await {
                let bar = "can be measured";
                self.report.judge(name, bar, error.to_string(), false);
            }
        }
    }

    /// `full`, or `quick` when everything is small.
    pub fn scaled<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    /// So many seconds, or a fifth of them when everything is small.
    pub fn seconds(&self, full: f64) -> Duration {
        Duration::from_secs_f64(self.scaled(full, full / 5.0))
    }

    /// Starts a server on an empty folder.
    pub fn house(&self, options: &[&str]) -> Result<House, Trouble> {
        let data = match &self.data {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        };
        let server = self.serve(&data, options)?;
        let door = Door::to(server.address());
        Ok(House { server, door, data })
    }

    /// Starts a server on a folder that is there.
    pub fn serve(&self, data: &TempDir, options: &[&str]) -> Result<Server, Trouble> {
        let options = options.iter().map(|option| (*option).to_owned());
        let options: Vec<_> = options.chain(self.options.iter().cloned()).collect();
        Server::start(data.path(), &options)
    }
}
