//! Chance that can be had again: seeds from the environment, printed when used.

use std::fmt;

/// A seed. `COWRITE_SEED=0x…` (or decimal) replays one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl Seed {
    /// The seed that was asked for, if one was.
    pub fn asked_for() -> Option<Self> {
        let text = std::env::var("COWRITE_SEED").ok()?;
        let parsed = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        Some(Self(parsed.expect("COWRITE_SEED is a number")))
    }

    /// One that nobody chose.
    pub fn any() -> Self {
        Self(fastrand::u64(..))
    }

    /// The chances of this seed, for one of several who draw from it.
    pub fn chances(self, of: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.0 ^ of.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// A number from the environment.
pub fn asked_number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}
