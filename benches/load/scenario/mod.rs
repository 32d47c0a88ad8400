//! The scenarios, one a file, and their names.

mod cursors;
mod document;
mod durability;
mod growth;
mod idle;
pub mod ingest;
mod joiners;
mod loss;
mod people;
mod size;
mod start;

use super::{Bench, Trouble};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// One writes, many read.
    Fanout,
    /// Many documents, two writers in each.
    Pairs,
    /// Ten documents, ten writers in each.
    Crowd,
    /// A hundred cursors in one document.
    Cursors,
    /// A long history is written, edit by edit.
    Ingest,
    /// Two hundred come at once.
    Joiners,
    /// Ten thousand do nothing.
    Idle,
    /// What a document takes in memory.
    Document,
    /// A server starts again.
    Start,
    /// An edit in a large document.
    Size,
    /// What each durability costs.
    Durability,
    /// The server is killed.
    Loss,
    /// How the cost of an edit grows.
    Growth,
}

impl Scenario {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::Fanout,
        Self::Pairs,
        Self::Crowd,
        Self::Cursors,
        Self::Ingest,
        Self::Joiners,
        Self::Idle,
        Self::Document,
        Self::Start,
        Self::Size,
        Self::Durability,
        Self::Loss,
        Self::Growth,
    ];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fanout => "fanout",
            Self::Pairs => "pairs",
            Self::Crowd => "crowd",
            Self::Cursors => "cursors",
            Self::Ingest => "ingest",
            Self::Joiners => "joiners",
            Self::Idle => "idle",
            Self::Document => "document",
            Self::Start => "start",
            Self::Size => "size",
            Self::Durability => "durability",
            Self::Loss => "loss",
            Self::Growth => "growth",
        }
    }

    /// Those whose name begins like one of these; if there are none all, but for
    /// growth, which takes long.
    pub fn named(beginnings: &[String]) -> Result<Vec<Self>, Trouble> {
        let is_meant =
            |scenario: &Self, beginning: &String| scenario.name().starts_with(beginning.as_str());
        for beginning in beginnings {
            if !Self::ALL.iter().any(|one| is_meant(one, beginning)) {
                let names = Self::ALL.map(Self::name).join(", ");
                return Err(format!("there is no {beginning:?}, but {names}").into());
            }
        }
        let mut meant = Self::ALL.to_vec();
        meant.retain(|one| match beginnings {
            [] => *one != Self::Growth,
            some => some.iter().any(|beginning| is_meant(one, beginning)),
        });
        Ok(meant)
    }

    /// Measures it and reports.
    pub fn run(self, bench: &mut Bench) -> Result<(), Trouble> {
        match self {
            Self::Fanout => people::fanout(bench),
            Self::Pairs => people::pairs(bench),
            Self::Crowd => people::crowd(bench),
            Self::Cursors => cursors::run(bench),
            Self::Ingest => ingest::run(bench)?,
            Self::Joiners => joiners::run(bench)?,
            Self::Idle => idle::run(bench),
            Self::Document => document::run(bench),
            Self::Start => start::run(bench)?,
            Self::Size => size::run(bench),
            Self::Durability => durability::run(bench)?,
            Self::Loss => loss::run(bench),
            Self::Growth => growth::run(bench)?,
        }
        Ok(())
    }
}
