//! The scenarios, one a file, and their names.

mod churn;
mod flood;
mod memory;
mod recover_many;
mod stop;
mod stuck_many;
mod stuck_one;

use super::{Bench, Trouble};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// One reader stops reading for a while.
    StuckOne,
    /// A thousand stop reading for good.
    StuckMany,
    /// Sixty stop reading for a while and come back at once.
    RecoverMany,
    /// One client sends as fast as its socket takes it.
    Flood,
    /// Ten thousand documents are opened and left.
    Memory,
    /// A hundred thousand connections come and go.
    Churn,
    /// SIGTERM while a thousand are connected.
    Stop,
}

impl Scenario {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::StuckOne,
        Self::StuckMany,
        Self::RecoverMany,
        Self::Flood,
        Self::Memory,
        Self::Churn,
        Self::Stop,
    ];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::StuckOne => "stuck-one",
            Self::StuckMany => "stuck-many",
            Self::RecoverMany => "recover-many",
            Self::Flood => "flood",
            Self::Memory => "memory",
            Self::Churn => "churn",
            Self::Stop => "stop",
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

    /// How many descriptors this process needs for it, a few spared.
    pub fn descriptors(self) -> u64 {
        match self {
            Self::StuckMany | Self::Stop => 1_200,
            _ => 256,
        }
    }

    /// Measures it and reports.
    pub async fn run(self, bench: &mut Bench) -> Result<(), Trouble> {
        match self {
            Self::StuckOne => stuck_one::run(bench).await,
            Self::StuckMany => stuck_many::run(bench).await,
            Self::RecoverMany => recover_many::run(bench).await,
            Self::Flood => flood::run(bench).await,
            Self::Memory => memory::run(bench).await,
            Self::Churn => churn::run(bench).await,
            Self::Stop => stop::run(bench).await,
        }
    }
}
