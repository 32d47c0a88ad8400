//! What the guard remembers of a document: its outline.
//!
//! yrs offers no way to ask, at a price that fits a keystroke, what kind of
//! place an id is in. So the guard keeps it beside the document: for every
//! element, whether it is a shared type, which list it lies in or which map it
//! is an entry of, and how deep. What one client writes in one go mostly agrees
//! in that, so it costs sixteen bytes, and a text of any length no more.
//!
//! The promise: as long as every update that enters the document, the
//! server's own included, was [admitted](Outline::admit) here, the outline
//! knows every id that the document knows.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

use super::causality;
use super::{Malformed, Survey, Verdict};

/// What one element of a document is, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Collected, or never in a place of its own.
    Gone,
    /// An item of a list or of a map.
    Item {
        /// What the item holds.
        kind: Kind,
        /// Whether it is the value of a map's key or an XML attribute, rather
        /// than an element of a list or text.
        entry: bool,
        /// How many shared types it lies in, the one at the root left out.
        depth: u16,
        /// The list it lies in, or the key it is a value of.
        list: List,
    },
}

/// Names a list, text or key of a map. Two names are equal when they name the
/// same thing, and otherwise differ as surely as 64 secret bits can say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct List(u64);

impl List {
    /// The elements, or the values under `key`, of the root type `name`.
    pub fn of_root(name: &[u8], key: Option<&[u8]>) -> Self {
        Self(SECRET.hash_one((name, key)))
    }

    /// The elements, or the values under `key`, of the type held by an item.
    pub fn of_item(client: u64, clock: u32, key: Option<&[u8]>) -> Self {
        Self(SECRET.hash_one((client, clock, key)))
    }
}

/// Chosen at random, so that nobody can look for two names of one hash.
static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// What an item holds, as far as it matters to what may refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, a value, a mark, a subdocument: nothing that can be a parent.
    Value,
    /// A shared type.
    Type,
    /// Something that was deleted before it arrived, perhaps a type.
    Deleted,
}

/// What is known of a document before an update.
pub trait Known {
    /// The next clock of `client` that is not known: everything below is.
    fn clock(&self, client: u64) -> u32;

    /// What the element `clock` of `client` is. Only asked for what is known.
    fn place(&self, client: u64, clock: u32) -> Place;

    /// How many clients are known whose ids have the same low 16 bits.
    fn alike(&self, client: u64) -> usize;
}

/// Elements that follow each other and agree in their place, which is taken apart
/// so that a run takes 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub start: u32,
    depth: u16,
    entry: bool,
    /// None of what is gone.
    kind: Option<Kind>,
    list: List,
}

impl Run {
    pub fn new(start: u32, place: Place) -> Self {
        match place {
            Place::Gone => Self {
                start,
                depth: 0,
                entry: false,
                kind: None,
                list: List(0),
            },
            Place::Item {
                kind,
                entry,
                depth,
                list,
            } => Self {
                start,
                depth,
                entry,
                kind: Some(kind),
                list,
            },
        }
    }

    fn place(self) -> Place {
        self.kind.map_or(Place::Gone, |kind| Place::Item {
            kind,
            entry: self.entry,
            depth: self.depth,
            list: self.list,
        })
    }
}

/// The places of elements that follow each other. What comes before the first
/// run is gone. Most clients have one.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::box_collection,
    reason = "a vector in place would make each of them larger"
)]
pub(super) enum Runs {
    #[default]
    None,
    One(Run),
    /// In a box, since there may be very many clients with one.
    Many(Box<Vec<Run>>),
}

impl Runs {
    fn as_slice(&self) -> &[Run] {
        match self {
            Self::None => &[],
            Self::One(run) => std::slice::from_ref(run),
            Self::Many(runs) => runs,
        }
    }

    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Appends a run, unless it goes on with what is before it.
    pub fn push(&mut self, run: Run) {
        let goes_on = match self.as_slice().last() {
            None => run.kind.is_none(),
            Some(last) => last.place() == run.place(),
        };
        if goes_on {
            return;
        }
        match self {
            Self::None => *self = Self::One(run),
            Self::One(first) => *self = Self::Many(Box::new(vec![*first, run])),
            Self::Many(runs) => runs.push(run),
        }
    }

    /// Appends what begins at `start`.
    fn append(&mut self, start: u32, next: Self) {
        if self.is_empty() {
            *self = next;
            if let Self::Many(runs) = self {
                runs.shrink_to_fit();
            }
            return;
        }
        // It may go on with what is gone.
        let next = next.as_slice();
        if next.first().is_none_or(|first| first.start > start) {
            self.push(Run::new(start, Place::Gone));
        }
        next.iter().for_each(|run| self.push(*run));
    }

    /// The place of `clock`.
    pub fn place(&self, clock: u32) -> Place {
        let runs = self.as_slice();
        match runs
            .partition_point(|run| run.start <= clock)
            .checked_sub(1)
        {
            Some(index) => runs[index].place(),
            None => Place::Gone,
        }
    }
}

/// The outline of a document: what is known of it, kept beside it.
///
/// Feed it every update that enters the document, the server's own included
/// ([`admit`](Self::admit)), and throw it away together with the document.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    clients: HashMap<u64, Client>,
    /// How many clients there are by the low bits of their ids.
    alike: HashMap<u16, u32>,
}

#[derive(Debug, Clone, Default)]
struct Client {
    end: u32,
    /// In about how many blocks it came, each end of a deletion counted as one.
    blocks: u32,
    runs: Runs,
    /// The same number by where the blocks are: so many from this clock on.
    /// Empty while there are few.
    density: Vec<(u32, u32)>,
}

/// So many blocks are counted together.
const COUNTED_TOGETHER: u32 = 64;

impl Client {
    /// Counts blocks at the end.
    fn count(&mut self, blocks: u32) {
        self.blocks = self.blocks.saturating_add(blocks);
        if self.blocks <= COUNTED_TOGETHER {
            return;
        }
        match self.density.last_mut() {
            None => self.density.push((0, self.blocks)),
            Some((_, here)) if *here + blocks <= COUNTED_TOGETHER => *here += blocks,
            Some(_) => self.density.push((self.end, blocks)),
        }
    }

    /// Counts the two ends of a deletion that begins at `clock`.
    fn count_deletion(&mut self, clock: u32) {
        self.blocks = self.blocks.saturating_add(2);
        let after = self.density.partition_point(|(start, _)| *start <= clock);
        if let Some((_, blocks)) = after
            .checked_sub(1)
            .and_then(|index| self.density.get_mut(index))
        {
            *blocks = blocks.saturating_add(2);
        }
    }

    fn blocks_in(&self, clocks: &Range<u32>) -> u32 {
        let most = clocks.end - clocks.start;
        if self.density.is_empty() {
            return self.blocks.min(most);
        }
        let from = self
            .density
            .partition_point(|(start, _)| *start <= clocks.start)
            .saturating_sub(1);
        self.density[from..]
            .iter()
            .take_while(|(start, _)| *start < clocks.end)
            .fold(0, |sum: u32, (_, blocks)| sum.saturating_add(*blocks))
            .min(most)
    }

    fn extend(&mut self, end: u32, blocks: u32, runs: Runs) {
        self.count(blocks);
        self.runs.append(self.end, runs);
        self.end = end;
    }
}

impl Known for Outline {
    fn clock(&self, client: u64) -> u32 {
        self.clients.get(&client).map_or(0, |client| client.end)
    }

    fn place(&self, client: u64, clock: u32) -> Place {
        self.clients
            .get(&client)
            .map_or(Place::Gone, |client| client.runs.place(clock))
    }

    fn alike(&self, client: u64) -> usize {
        self.alike
            .get(&(client as u16))
            .map_or(0, |count| *count as usize)
    }
}

impl Outline {
    /// The outline of an empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges an update and, if it is sound, remembers what it adds. The
    /// caller applies it to the document next, and throws the outline away
    /// together with the document if that fails.
    pub fn admit(&mut self, survey: &Survey<'_>) -> Result<Verdict, Malformed> {
        let mut walk = causality::walk(survey, self)?;
        if walk.verdict == Verdict::Sound {
            for (at, section) in survey.sections.iter().enumerate() {
                let client = self.clients.entry(section.client).or_default();
                if section.end <= client.end {
                    continue;
                }
                if client.end == 0 {
                    *self.alike.entry(section.client as u16).or_default() += 1;
                }
                let (blocks, runs) = walk.cursors.take(survey, at);
                client.extend(section.end, blocks, runs);
            }
            self.count_deletions(survey);
        }
        Ok(walk.verdict)
    }

    fn count_deletions(&mut self, survey: &Survey<'_>) {
        survey.deletes(|client, range| {
            if let Some(client) = self.clients.get_mut(&client) {
                client.count_deletion(range.start);
            }
        });
    }

    /// At most about how many blocks yrs keeps these clocks of a client in, and
    /// how many all of the client's.
    pub(super) fn blocks(&self, client: u64, clocks: &Range<u32>) -> (u32, u32) {
        self.clients
            .get(&client)
            .map_or((0, 0), |client| (client.blocks_in(clocks), client.blocks))
    }

    /// What it costs yrs to join what an update deletes, at worst: for each
    /// block that goes, all that follow it are moved.
    pub fn moves(&self, survey: &Survey<'_>) -> u64 {
        let mut moves: u64 = 0;
        survey.deletes(|client, range| {
            let (here, all) = self.blocks(client, &range);
            moves = moves.saturating_add(u64::from(here) * u64::from(all));
        });
        moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_fits_a_run() {
        for place in [
            Place::Gone,
            Place::Item {
                kind: Kind::Value,
                entry: false,
                depth: 0,
                list: List(1),
            },
            Place::Item {
                kind: Kind::Type,
                entry: true,
                depth: 256,
                list: List(u64::MAX),
            },
            Place::Item {
                kind: Kind::Deleted,
                entry: false,
                depth: u16::MAX,
                list: List(7),
            },
        ] {
            assert_eq!(Run::new(7, place).place(), place);
        }
        assert_eq!(size_of::<Run>(), 16);
    }

    #[test]
    fn what_follows_goes_on_or_is_gone() {
        let text = |list| Place::Item {
            kind: Kind::Value,
            entry: false,
            depth: 0,
            list: List(list),
        };
        let mut runs = Runs::default();
        runs.append(0, Runs::One(Run::new(3, text(1))));
        runs.append(5, Runs::One(Run::new(5, text(1))));
        runs.append(7, Runs::None);
        runs.append(8, Runs::One(Run::new(9, text(2))));
        let places: Vec<Place> = (0..11).map(|clock| runs.place(clock)).collect();
        let expected = [
            [Place::Gone; 3].as_slice(),
            &[text(1); 4],
            &[Place::Gone; 2],
            &[text(2); 2],
        ];
        assert_eq!(places, expected.concat());
    }

    #[test]
    fn runs_that_agree_are_one() {
        let list = List::of_root(b"text", None);
        let text = Place::Item {
            kind: Kind::Value,
            entry: false,
            depth: 0,
            list,
        };
        let mut runs = Runs::default();
        runs.push(Run::new(0, text));
        runs.push(Run::new(5, text));
        runs.push(Run::new(9, Place::Gone));
        assert_eq!(runs.as_slice().len(), 2);
        assert_eq!((runs.place(8), runs.place(9)), (text, Place::Gone));
    }
}
