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

/// What a browser shows and cannot run.
const SHOWN: [&str; 18] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "audio/mpeg",
    "audio/ogg",
    "audio/x-wav",
    "audio/x-flac",
    "audio/m4a",
    "audio/aac",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "video/x-m4v",
];

/// What is saved under its own type: what runs in a browser is not among it.
const SAVED: [&str; 3] = ["application/pdf", "application/zip", "application/gzip"];

/// All types that a file is served as.
pub const TYPES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "image/vnd.microsoft.icon",
    "audio/mpeg",
    "audio/ogg",
    "audio/x-wav",
    "audio/x-flac",
    "audio/m4a",
    "audio/aac",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "video/x-m4v",
    "application/pdf",
    "application/zip",
    "application/gzip",
    UNKNOWN,
];

/// The type of a file, by its beginning. That what looks breaks means that nobody knows.
pub(super) fn sniff(head: &[u8]) -> &'static str {
    let found = catch_unwind(AssertUnwindSafe(|| infer::get(head)));
    let found = found.ok().flatten();
    found.map_or(UNKNOWN, |found| found.mime_type())
}

/// What a file of this type is served as. Whatever is not known to be harmless (SVG, HTML,
/// XML and all that nobody knows) is bytes to be saved.
pub fn served(kind: &str) -> Served {
    let known = |list: &[&'static str]| list.iter().find(|known| **known == kind).copied();
    match (known(&SHOWN), known(&SAVED)) {
        (Some(content_type), _) => Served {
            content_type,
            inline: true,
        },
        (None, saved) => Served {
            content_type: saved.unwrap_or(UNKNOWN),
            inline: false,
        },
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
