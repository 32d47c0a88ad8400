//! The check that every update passes before yrs sees it.
//!
//! yrs trusts its input: an update that is not what an editor would write can
//! make it panic, abort, never return, read memory that was freed, or accept
//! today what it cannot load tomorrow. So each update (format v1), from
//! sockets, REST, import, relay and disk alike, is read here first, without
//! yrs, without recursion and without trusting a single number in it.
//!
//! # In two steps
//!
//! 1. [`inspect`] reads the update once and checks its **structure**, which
//!    needs no document. It gives a [`Survey`].
//! 2. [`Survey::verdict`] checks its **causality** against what is [`Known`]
//!    of a document: can every block be integrated, in an order that exists,
//!    in the place it claims? [`Outline`] is that knowledge.
//!
//! [`admit`] is both steps, and cuts what can be used out of what cannot.
//!
//! # Structural rules
//!
//! The names are those of [`Rule`](crate::wire::malformed::Rule).
//!
//! 1. *TooLarge*, *TooManyClients*: the update stays within [`Limits`].
//! 2. *Truncated*, *TrailingBytes*: it ends where its bytes end.
//! 3. *NumberRange*, *NotUtf8*: numbers are at most eight bytes and below
//!    2^53; lengths fit 32 bits; text is UTF-8.
//! 4. *CountTooLarge*: a declared count fits the bytes that remain.
//! 5. *DuplicateClient*: a client has at most one section of blocks and one
//!    of deletions.
//! 6. *EmptySection*, *EmptyBlock*: a section has blocks, a block has length.
//! 7. *ClockRange*: clocks stay below 2^31. Inside a section they are
//!    contiguous by construction; a hole is written as a Skip block.
//! 8. *UnknownContent*, *LegacyJson*, *UnknownType*, *ParentKind*: blocks are
//!    of the kinds that Yjs 13.6 writes and yrs reads back: gone (GC), Skip,
//!    deleted, binary, text, embed, format, type, values, subdocument. The
//!    JSON content of old Yjs versions is not, since yrs cannot read what it
//!    writes of it. Types are array, map, text and the XML ones without hooks;
//!    weak links are not.
//! 9. *ForwardReference*: an item refers to its own client only backwards.
//! 10. *UnknownValue*, *ValueDepth*, *NotJson*: values are lib0 "any" or JSON,
//!     nested at most [`Limits::value_depth`] deep.
//! 11. *Subdocument*: a subdocument reference has a bounded name and options.
//! 12. *EmptyDelete*, *UnsortedDeletes*: deleted ranges are non-empty, rising
//!     and do not overlap.
//!
//! # Causal rules
//!
//! 13. Nothing is missing (else the verdict is [`Verdict::Incomplete`]): a
//!     section begins at or before the clock that is known of its client;
//!     there is no Skip beyond that; origin, right origin and parent of each
//!     new item are known or come before it in an order in which all blocks
//!     of the update can be integrated; deleted ranges lie within what is
//!     known after the update.
//! 14. *ParentNotAType*: a parent is a shared type, or gone.
//! 15. *MixedNeighbours*: the two neighbours of a new item lie in the same
//!     list, or are values of the same key, or are both gone.
//! 16. *LongEntry*: a map entry of several values is deleted as a whole by
//!     the same update. (Documents without garbage collection hold such.)
//! 17. *EntryNeighbour*: a map entry has no right neighbour. No editor writes
//!     one, and where such an entry lies would depend on how blocks are cut.
//! 18. *TypeDepth*: shared types are nested at most [`Limits::type_depth`]
//!     deep, over all updates together.
//! 19. A block of which a part is known and which names its parent itself
//!     could disagree with the known part: the update is written anew without
//!     the known part ([`Verdict::Rewrite`]).
//! 20. Subdocument references do not reach yrs as such: the update is written
//!     anew with the references hidden in binaries, and [`reveal`] brings them
//!     back in what leaves the server.
//! 21. *CrowdedClients*: client ids are spread as random ones are.
//!
//! # What it costs
//!
//! The guard itself is linear in the update, about as fast as it can be copied
//! twice. yrs is not: placing one item takes as long as there are items of
//! others at the same place, splitting a long text copies it, and joining what
//! was deleted moves all that follows, so an update of a hundred kilobytes can
//! be written that keeps it busy for a minute. What is not small is therefore
//! applied in [`Slices`], in an order that yrs can bear, with a look at the
//! clock in between.

mod causality;
mod content;
mod cursor;
mod cut;
mod join;
mod outline;
mod placement;
mod slices;
mod structure;
mod subdocument;
#[cfg(test)]
mod tests;

use super::malformed::Malformed;

pub use cut::complete_part;
pub use join::Joint;
pub use outline::{Kind, Known, List, Outline, Place};
pub use slices::{MOVES, Slice, Slices};
pub use structure::inspect;
pub use subdocument::{hidden_name, reveal};

use structure::Section;

/// How large and how deep an update may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an update.
    pub message_bytes: usize,
    /// Clients with blocks, and clients with deletions, in one update.
    pub clients: usize,
    /// Levels of arrays and maps inside one value or JSON text.
    pub value_depth: u32,
    /// Levels of shared types inside each other, in the whole document.
    pub type_depth: u16,
    /// Bytes of a subdocument's name and options.
    pub subdocument_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 16 << 20,
            clients: 65_536,
            value_depth: 64,
            type_depth: 256,
            subdocument_bytes: 16 << 10,
        }
    }
}

impl Limits {
    /// For updates that were taken before, and joined since.
    pub fn any_size() -> Self {
        Self {
            message_bytes: usize::MAX,
            ..Self::default()
        }
    }
}

/// An update whose structure is sound.
#[derive(Debug, Clone)]
pub struct Survey<'a> {
    bytes: &'a [u8],
    limits: Limits,
    sections: Vec<Section>,
    /// How many blocks these have.
    blocks: usize,
    /// Where the delete set begins.
    deletes_at: usize,
    deleted_ranges: usize,
}

/// What can be done with an update now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything it needs is there: it may be applied as it is.
    Sound,
    /// Everything it needs is there, but it repeats a part of a block that is
    /// known, or refers to subdocuments: apply what [`complete_part`] makes of it.
    Rewrite,
    /// Something it needs is missing: apply what [`complete_part`] makes of
    /// it, if anything, and ask for the rest.
    Incomplete,
}

impl<'a> Survey<'a> {
    /// The update itself.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether the update holds neither blocks nor deletions.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.bytes.get(self.deletes_at) == Some(&0)
    }

    /// The clients it has blocks of, with the clocks these cover.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = (u64, std::ops::Range<u32>)> + '_ {
        self.sections
            .iter()
            .enumerate()
            .map(|(at, section)| (section.client, self.header(at).start..section.end))
    }

    /// Tells of every range of elements that it deletes, and whose these are.
    pub fn each_deleted(&self, visit: impl FnMut(u64, std::ops::Range<u32>)) {
        self.deletes(visit);
    }

    /// How many blocks it has.
    pub const fn blocks(&self) -> usize {
        self.blocks
    }

    /// How many ranges of elements it deletes.
    pub const fn deleted_ranges(&self) -> usize {
        self.deleted_ranges
    }

    /// What can be done with the update in a document of which this is known.
    pub fn verdict(&self, known: &impl Known) -> Result<Verdict, Malformed> {
        causality::walk(self, known).map(|walk| walk.verdict)
    }
}

/// What [`admit`] lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// The update as it is.
    Whole,
    /// This in place of the update.
    Part {
        /// What may be applied.
        update: Vec<u8>,
        /// Whether that is all of it; otherwise ask the sender for what is missing.
        complete: bool,
    },
    /// Nothing yet: ask the sender for what is missing.
    Nothing,
}

/// Inspects an update, judges it, and cuts out what can be applied.
pub fn admit(bytes: &[u8], limits: &Limits, known: &impl Known) -> Result<Admission, Malformed> {
    let survey = inspect(bytes, limits)?;
    let walk = causality::walk(&survey, known)?;
    match walk.verdict {
        Verdict::Sound => Ok(Admission::Whole),
        verdict => Ok(match cut::write(&survey, &walk, known) {
            Some(update) => Admission::Part {
                update,
                complete: verdict == Verdict::Rewrite,
            },
            None => Admission::Nothing,
        }),
    }
}
