//! The one error of this room: which rule a message broke, and where.
//!
//! Whatever a stranger sends, the answer of this room is a value or a
//! [`Malformed`]. Its text is a short sentence that fits a WebSocket close
//! reason (123 bytes) and says what is refused, in words a person can read.

/// A message that breaks a rule of its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rule} (at byte {offset})")]
pub struct Malformed {
    /// The rule that was broken.
    pub rule: Rule,
    /// Where in the message, in bytes from its beginning.
    pub offset: usize,
}

impl Malformed {
    /// The rule `rule`, broken at byte `offset`.
    pub const fn new(rule: Rule, offset: usize) -> Self {
        Self { rule, offset }
    }
}

/// The rules that messages keep. Those about updates are explained in
/// [`guard`](crate::wire::guard).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rule {
    /// The message goes on after its bytes have ended.
    #[error("the message ends too early")]
    Truncated,
    /// There are bytes after the end of the message.
    #[error("there are bytes after the end of the message")]
    TrailingBytes,
    /// A number has too many bytes or is out of its range.
    #[error("a number is out of range")]
    NumberRange,
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    NotUtf8,
    /// The message is longer than the limit.
    #[error("the message is too large")]
    TooLarge,
    /// A declared count cannot fit into the bytes that remain.
    #[error("a declared count does not fit the message")]
    CountTooLarge,
    /// There are more clients than the limit.
    #[error("there are too many clients in one message")]
    TooManyClients,
    /// A client occurs twice where it may occur once.
    #[error("a client occurs twice")]
    DuplicateClient,
    /// A client id needs more than 53 bits.
    #[error("a client id has more than 53 bits")]
    ClientRange,
    /// Too many client ids agree in their low bits.
    #[error("too many client ids are alike")]
    CrowdedClients,
    /// A clock, or the end of a range of clocks, is not below 2^31.
    #[error("a clock is out of range")]
    ClockRange,
    /// A sync message of a kind that does not exist.
    #[error("this kind of sync message is not known")]
    UnknownSyncMessage,
    /// A presence state is longer than the limit.
    #[error("a presence state is too large")]
    PresenceTooLarge,
    /// A presence message has more entries than the limit.
    #[error("a presence message has too many entries")]
    TooManyPresenceEntries,

    /// A section of an update holds no blocks.
    #[error("the update has a section without blocks")]
    EmptySection,
    /// A block covers no clock.
    #[error("the update has a block without length")]
    EmptyBlock,
    /// A block's info byte names no content that documents may hold.
    #[error("the update has content of an unsupported kind")]
    UnknownContent,
    /// The legacy JSON content, which cannot be stored and read back.
    #[error("the update has legacy JSON content, which is not supported")]
    LegacyJson,
    /// A shared type that documents may not hold.
    #[error("the update has a shared type of an unsupported kind")]
    UnknownType,
    /// A parent is neither a root name nor an id.
    #[error("the update has an item with an unreadable parent")]
    ParentKind,
    /// An item refers to itself or to a later item of its own client.
    #[error("the update has an item that refers to a later one")]
    ForwardReference,
    /// A value has a tag that does not exist.
    #[error("the update has a value of an unknown kind")]
    UnknownValue,
    /// Text that should be JSON is not, or its numbers are out of range.
    #[error("the update has an attribute that is not JSON")]
    NotJson,
    /// A value or JSON text is nested deeper than the limit.
    #[error("the update has a value that is nested too deeply")]
    ValueDepth,
    /// A subdocument's name or options are longer than the limit, or unreadable.
    #[error("the update has an unreadable subdocument")]
    Subdocument,
    /// A deleted range covers nothing.
    #[error("the update deletes an empty range")]
    EmptyDelete,
    /// Deleted ranges of one client are not in rising order, or overlap.
    #[error("the update's deletions are not in order")]
    UnsortedDeletes,

    /// A parent is known and is not a shared type.
    #[error("the update puts an item into something that is not a shared type")]
    ParentNotAType,
    /// Two neighbours of a new item cannot be neighbours of each other.
    #[error("the update puts an item between two that are not neighbours")]
    MixedNeighbours,
    /// A map entry of several values which are not all deleted.
    #[error("the update has a map entry of several values")]
    LongEntry,
    /// A map entry that has a right neighbour.
    #[error("the update has a map entry with a right neighbour")]
    EntryNeighbour,
    /// A shared type is nested deeper than the limit.
    #[error("the update nests shared types too deeply")]
    TypeDepth,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_a_close_frame() {
        let longest = Malformed::new(Rule::ParentNotAType, 256 << 20).to_string();
        assert!(longest.len() <= 123, "{longest}");
    }
}
