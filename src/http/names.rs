//! Readable names for documents that were given none.

const ADJECTIVES: &[&str] = &[
    "amber", "bold", "brisk", "calm", "clear", "crisp", "eager", "early", "fair", "fresh",
    "gentle", "glad", "golden", "green", "happy", "keen", "kind", "light", "lively", "lucky",
    "mellow", "merry", "noble", "plain", "proud", "quick", "quiet", "rapid", "ready", "silver",
    "smart", "soft", "spry", "steady", "sunny", "swift", "tidy", "vivid", "warm", "wise",
];

const NOUNS: &[&str] = &[
    "acorn", "atlas", "badger", "beacon", "birch", "brook", "canyon", "cedar", "comet", "coral",
    "crane", "delta", "ember", "falcon", "fern", "forest", "garden", "harbor", "heron", "island",
    "lantern", "maple", "meadow", "meteor", "orchard", "otter", "pebble", "pine", "planet",
    "prairie", "quartz", "raven", "reef", "river", "sparrow", "summit", "thicket", "tulip",
    "valley", "willow",
];

/// Such as `amber-otter-48213`: 160 million of them, so that one is free.
pub(super) fn readable() -> String {
    let pick = |words: &'static [&'static str]| fastrand::choice(words).copied().unwrap_or("new");
    format!(
        "{}-{}-{:05}",
        pick(ADJECTIVES),
        pick(NOUNS),
        fastrand::u32(0..100_000)
    )
}
