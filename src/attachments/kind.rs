//! What a file is, by its first bytes, and what a browser may do with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// So many bytes from its beginning tell what a file is, and how large a picture.
pub(super) const HEAD: usize = 256 << 10;

/// What nobody knows.
const UNKNOWN: &str = "application/octet-stream";

/// How a file is given to a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// The type that it is told.
    pub content_type: &'static str,
    /// Whether it may be shown where it is, and is not only to be saved.
    pub inline: bool,
}

/// What is served under its own type, and whether a browser shows it: what could run in one
/// is not among it.
const KNOWN: [(&str, bool); 21] = [
    ("image/png", true),
    ("image/jpeg", true),
    ("image/gif", true),
    ("image/webp", true),
    ("image/avif", true),
    ("image/bmp", true),
    ("image/vnd.microsoft.icon", true),
    ("audio/mpeg", true),
    ("audio/ogg", true),
    ("audio/x-wav", true),
    ("audio/x-flac", true),
    ("audio/m4a", true),
    ("audio/aac", true),
    ("video/mp4", true),
    ("video/webm", true),
    ("video/ogg", true),
    ("video/quicktime", true),
    ("video/x-m4v", true),
    ("application/pdf", false),
    ("application/zip", false),
    ("application/gzip", false),
];

/// All types that a file is served as.
pub fn types() -> impl Iterator<Item = &'static str> {
    let known = KNOWN.iter().map(|(kind, _)| *kind);
    known.chain([UNKNOWN])
}

/// The type of a file, by its beginning. That what looks breaks means that nobody knows.
pub(super) fn sniff(head: &[u8]) -> &'static str {
    let found = catch_unwind(AssertUnwindSafe(|| infer::get(head)));
    let found = found.ok().flatten();
    found.map_or(UNKNOWN, |found| found.mime_type())
}

/// What a file of this type is served as. Whatever is not known to be harmless (SVG, HTML,
/// XML and all that nobody knows) is bytes to be saved.
pub fn served(kind: &str) -> Served {
    let found = KNOWN.iter().find(|(known, _)| *known == kind);
    let (content_type, inline) = found.copied().unwrap_or((UNKNOWN, false));
    Served {
        content_type,
        inline,
    }
}

/// Width and height of a picture, if its beginning says so. It is a stranger's, and what
/// reads it is somebody else's: that it breaks only means that nobody knows.
pub(super) fn pixels(kind: &str, head: &[u8]) -> Option<(u64, u64)> {
    if !kind.starts_with("image/") {
        return None;
    }
    let size = catch_unwind(AssertUnwindSafe(|| imagesize::blob_size(head).ok()));
    let size = size.ok().flatten()?;
    Some((size.width as u64, size.height as u64))
}
