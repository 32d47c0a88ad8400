//! The record: the figures that the next ones are compared with, and why they are
//! what they are. It is a tracked file, so a commit that lets them grow has to change
//! it, with its reason.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// Where it is, in the project.
pub const PLACE: &str = "benches/instructions.toml";

const HEAD: &str = "\
# Instructions of the server: see benches/instructions.rs. `make instructions` fails when
# one is more than 5 % above. Not written by hand: make instructions-record WHY=\"the reason\"
";

/// Instructions, of each once.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Counts {
    pub ingested_edit: u64,
    pub delivery: u64,
}

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Why the figures are these and not those before.
    why: String,
    /// Who compiled the server that was counted.
    rustc: String,
    architecture: String,
    instructions: Counts,
}

impl Counts {
    /// For people.
    pub fn lines(&self) -> String {
        format!(
            "an ingested edit {:9} instructions\na delivery       {:9}",
            self.ingested_edit, self.delivery
        )
    }

    fn pairs(&self, other: &Self) -> [(&'static str, u64, u64); 2] {
        [
            ("an ingested edit", self.ingested_edit, other.ingested_edit),
            ("a delivery", self.delivery, other.delivery),
        ]
    }
}

impl Record {
    /// What was counted here and now.
    pub fn new(instructions: Counts, why: &str) -> Result<Self, Box<dyn Error>> {
        if why.trim().is_empty() {
            return Err("a record needs a reason".into());
        }
        Ok(Self {
            why: why.trim().to_owned(),
            rustc: rustc()?,
            architecture: std::env::consts::ARCH.to_owned(),
            instructions,
        })
    }

    pub fn read() -> Result<Self, Box<dyn Error>> {
        let text = std::fs::read_to_string(path()).map_err(|error| format!("{PLACE}: {error}"))?;
        Ok(toml::from_str(&text).map_err(|error| format!("{PLACE}: {error}"))?)
    }

    pub fn write(&self) -> Result<(), Box<dyn Error>> {
        // What JSON makes of a string, TOML reads as the same string.
        let text = format!(
            "{HEAD}why = {}\nrustc = {}\narchitecture = {}\n\n\
             [instructions]\ningested_edit = {}\ndelivery = {}\n",
            serde_json::to_string(&self.why)?,
            serde_json::to_string(&self.rustc)?,
            serde_json::to_string(&self.architecture)?,
            self.instructions.ingested_edit,
            self.instructions.delivery,
        );
        Ok(std::fs::write(path(), text)?)
    }

    /// In what the record was made differently, if that forbids to compare.
    pub fn made_elsewhere(&self) -> Option<String> {
        let here = (rustc().unwrap_or_default(), std::env::consts::ARCH);
        if (self.rustc.as_str(), self.architecture.as_str()) == (here.0.as_str(), here.1) {
            return None;
        }
        Some(format!(
            "recorded with {} on {}, counted with {} on {}",
            self.rustc, self.architecture, here.0, here.1
        ))
    }

    /// The largest growth, as a part of what was recorded.
    pub fn growth(&self, measured: &Counts) -> f64 {
        self.changes(measured).fold(f64::MIN, f64::max)
    }

    /// The largest fall, as a part of what was recorded.
    pub fn fall(&self, measured: &Counts) -> f64 {
        -self.changes(measured).fold(f64::MAX, f64::min)
    }

    /// A table, for people.
    pub fn compared(&self, measured: &Counts) -> String {
        let mut table = "                    measured   recorded    growth".to_owned();
        for (name, measured, recorded) in measured.pairs(&self.instructions) {
            let percent = change(measured, recorded) * 100.0;
            let _ = write!(
                table,
                "\n{name:16} {measured:11} {recorded:10} {percent:+7.1} %"
            );
        }
        table
    }

    fn changes(&self, measured: &Counts) -> impl Iterator<Item = f64> {
        let pairs = measured.pairs(&self.instructions);
        pairs
            .into_iter()
            .map(|(_, measured, recorded)| change(measured, recorded))
    }
}

fn change(measured: u64, recorded: u64) -> f64 {
    measured as f64 / recorded as f64 - 1.0
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE)
}

/// The compiler that cargo uses here, as it calls itself: `rustc 1.95.0`.
fn rustc() -> Result<String, Box<dyn Error>> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output()?.stdout;
    let said = String::from_utf8(said)?;
    let words: Vec<_> = said.split_whitespace().take(2).collect();
    Ok(words.join(" "))
}
