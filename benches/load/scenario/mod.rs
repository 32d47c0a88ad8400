//! The scenarios, one a file, and their names.

mod cursors;
mod ingest;
mod people;

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
}

impl Scenario {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [
        Self::Fanout,
        Self::Pairs,
        Self::Crowd,
        Self::Cursors,
        Self::Ingest,
    ];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fanout => "fanout",
            Self::Pairs => "pairs",
            Self::Crowd => "crowd",
            Self::Cursors => "cursors",
            Self::Ingest => "ingest",
        }
    }

    /// Those whose name begins like one of these; all if there are none.
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
        meant.retain(|one| beginnings.is_empty() || beginnings.iter().any(|b| is_meant(one, b)));
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
        }
        Ok(())
    }
}
