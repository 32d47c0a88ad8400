//! Names of documents: as a segment of a path has one, which of them no new document may
//! have, and readable ones for those that were given none.
//!
//! A name is one segment of a path, percent-encoded: `team/plan` is
//! `/api/documents/team%2Fplan`.

use actix_web::HttpRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use super::error::ApiError;
use crate::id::{DocumentId, InvalidDocumentId};
use crate::live::{DocumentError, Documents};

/// What is encoded in a segment of a path: all but RFC 3986's unreserved.
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The document that the path names. The raw path is read, because the router
/// has undone parts of the encoding.
pub(super) fn name(request: &HttpRequest) -> Result<DocumentId, ApiError> {
    let segment = request.uri().path().split('/').nth(3).unwrap_or_default();
    Ok(DocumentId::parse_percent_encoded(segment)?)
}

/// Refuses a name that no new document may have, if there is no document of it: opening one
/// and writing makes it.
pub(super) async fn refuse_new_dots(
    documents: &Documents,
    id: &DocumentId,
) -> Result<(), ApiError> {
    if !id.has_dots() {
        return Ok(());
    }
    match documents.describe(id).await {
        Err(DocumentError::NotFound) => Err(InvalidDocumentId::Dots.into()),
        _ => Ok(()),
    }
}

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
