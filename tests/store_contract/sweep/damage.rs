//! What can happen to a file, and at which places it does.

use std::ops::Range;

use cowrite::store::sqlite::DATABASE;

use super::image::Image;

pub const LOG: &str = "cowrite.db-wal";
pub const PAGE: usize = 4096;

/// What a file system writes at once: zeros begin at its borders.
const SECTOR: usize = 512;

/// How much of a file's end is its tail.
const TAIL: usize = 16 * 1024;

#[derive(Debug, Clone, Copy)]
pub struct Damage {
    pub file: &'static str,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Flip {
        at: usize,
        bits: u8,
    },
    Cut {
        length: usize,
    },
    /// What a file system may leave of a file whose end did not get to disk.
    Zeros {
        from: usize,
    },
}

impl Damage {
    pub fn do_to(&self, bytes: &mut Vec<u8>) {
        match self.kind {
            Kind::Flip { at, bits } => bytes[at] ^= bits,
            Kind::Cut { length } => bytes.truncate(length),
            Kind::Zeros { from } => bytes[from..].fill(0),
        }
    }

    /// Whether it meets the only page without which nothing can be known.
    pub fn meets_the_first_page(&self) -> bool {
        self.file == DATABASE
            && match self.kind {
                Kind::Flip { at, .. } => at < PAGE,
                Kind::Cut { length } => length < PAGE,
                Kind::Zeros { from } => from < PAGE,
            }
    }

    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Flip { .. } => "flip",
            Kind::Cut { .. } => "cut",
            Kind::Zeros { .. } => "zeros",
        }
    }
}

/// Which places of a file are tried.
#[derive(Clone, Copy)]
enum Asked {
    All,
    Tail,
    /// So many of each kind.
    Some(usize),
}

impl Asked {
    /// A word it does not know is no reason to try less than was asked for.
    fn from_environment() -> Self {
        match std::env::var("COWRITE_DAMAGE").as_deref() {
            Err(_) | Ok("") => Self::Some(12),
            Ok("all") => Self::All,
            Ok("tail") => Self::Tail,
            Ok(count) => Self::Some(count.parse().expect("COWRITE_DAMAGE: all, tail or N")),
        }
    }

    /// Places in a file of `length` bytes, in steps of `step`.
    fn places(self, length: usize, step: usize, chances: &mut fastrand::Rng) -> Vec<usize> {
        let steps = |range: Range<usize>| range.map(|place| place * step).collect();
        let end = length / step;
        match self {
            Self::All => steps(0..end),
            Self::Tail => steps(length.saturating_sub(TAIL).div_ceil(step)..end),
            Self::Some(count) => (0..count).map(|_| chances.usize(0..end) * step).collect(),
        }
    }
}

/// What is going to be tried: the same for the same seed, whoever tries it in
/// whatever order.
pub fn damages<'a>(
    [closed, killed, broken_off]: &'a [Image; 3],
    chances: &mut fastrand::Rng,
) -> Vec<(&'static str, &'a Image, Damage)> {
    let asked = Asked::from_environment();
    let mut damages = Vec::new();
    for (what, image, file) in [
        ("closed", closed, DATABASE),
        ("killed", killed, DATABASE),
        ("killed", killed, LOG),
        ("broken off", broken_off, DATABASE),
        ("broken off", broken_off, LOG),
    ] {
        let length = image.files[file].len();
        let mut damage = |kind| damages.push((what, image, Damage { file, kind }));
        for at in asked.places(length, 1, chances) {
            let bits = chances.u8(1..);
            damage(Kind::Flip { at, bits });
        }
        for length in asked.places(length, 1, chances) {
            damage(Kind::Cut { length });
        }
        for from in asked.places(length, SECTOR, chances) {
            damage(Kind::Zeros { from });
        }
    }
    damages
}
