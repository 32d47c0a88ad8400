//! The check: what is counted, compared with what was recorded.

mod record;
mod server;
mod session;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use clap::Parser;

use crate::samples::Samples;
use crate::trace::{Trace, client};
use record::{Counts, Record};
use server::Program;
use session::Session;

/// Growth beyond this is not taken without a word.
const TOLERANCE: f64 = 0.05;

/// Runs of which the median counts, where it matters: for the record, and before
/// anybody is told that a count grew.
const RUNS: usize = 3;

#[derive(Debug, Parser)]
#[command(name = "instructions", about = "Counts the server's instructions")]
struct Settings {
    /// The server to count [default: the one that was built with this]
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_cowrite"))]
    server: PathBuf,
    /// Where Valgrind is
    #[arg(
        long,
        env = "VALGRIND",
        value_name = "FILE",
        default_value = "valgrind"
    )]
    valgrind: PathBuf,
    /// Write the record anew, for this reason
    #[arg(long, value_name = "WHY")]
    record: Option<String>,
    /// Keep callgrind's profiles, of the longer session each, in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// What `cargo bench` says; without it nothing is counted, just to see it work
    #[arg(long, hide = true)]
    bench: bool,
}

pub fn main() -> ExitCode {
    match check(&Settings::parse()) {
        Ok(verdict) => verdict,
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    let longest = 2 * Session::INGEST.edits.max(Session::DELIVERY.edits);
    let updates = client::updates(&Trace::typed(1, longest))?;
    if !settings.bench {
        let program = Program::plain(&settings.server);
        Session::SMALL.play(&program, &updates[..Session::SMALL.edits])?;
        println!("a session is played; `make instructions` counts");
        return Ok(ExitCode::SUCCESS);
    }
    let program = Program::counted(&settings.server, &settings.valgrind, settings.keep.clone());
    if let Some(why) = &settings.record {
        let counts = median(&count(&program, &updates, RUNS)?);
        Record::new(counts, why)?.write()?;
        println!("{}", counts.lines());
        println!("recorded in {}: {why}", record::PLACE);
        return Ok(ExitCode::SUCCESS);
    }
    let mut runs = count(&program, &updates, 1)?;
    let record = Record::read()?;
    if record.growth(&median(&runs)) > TOLERANCE {
        runs.extend(count(&program, &updates, RUNS - 1)?);
    }
    Ok(judge(&record, &median(&runs)))
}

fn count(program: &Program, updates: &[Bytes], runs: usize) -> Result<Vec<Counts>, Box<dyn Error>> {
    (0..runs)
        .map(|_| {
            let ingested_edit = Session::INGEST.count(program, updates)?;
            let told_to_all = Session::DELIVERY.count(program, updates)?;
            Ok(Counts {
                ingested_edit,
                delivery: told_to_all.saturating_sub(ingested_edit)
                    / Session::DELIVERY.readers as u64,
            })
        })
        .collect()
}

fn median(runs: &[Counts]) -> Counts {
    let of = |figure: fn(&Counts) -> u64| {
        let mut samples = Samples::default();
        samples.extend(runs.iter().map(|run| figure(run) as f64));
        samples.median() as u64
    };
    Counts {
        ingested_edit: of(|run| run.ingested_edit),
        delivery: of(|run| run.delivery),
    }
}

/// Prints what is to be said, and says whether that is a failure.
fn judge(record: &Record, measured: &Counts) -> ExitCode {
    println!("{}", record.compared(measured));
    let elsewhere = record.made_elsewhere();
    if let Some(difference) = &elsewhere {
        println!(
            "Not judged: {difference}. Another compiler makes other instructions of the same\n\
             source. `make instructions-record WHY=\"a new compiler\"`, on a commit that is\n\
             otherwise known to be good, lets this check judge again."
        );
        return ExitCode::SUCCESS;
    }
    if record.growth(measured) > TOLERANCE {
        println!(
            "More than 5 % above the record. If that is worth it, say why:\n  \
             make instructions-record WHY=\"the reason\"\n\
             and commit {} with the change. `-- --keep DIR` keeps profiles for\n\
             callgrind_annotate.",
            record::PLACE
        );
        return ExitCode::FAILURE;
    }
    if record.fall(measured) > TOLERANCE {
        println!(
            "More than 5 % below the record. Record it, so that it is not lost again unnoticed:\n  \
             make instructions-record WHY=\"what made it less\""
        );
    }
    ExitCode::SUCCESS
}
