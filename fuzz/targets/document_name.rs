//! A name is 1 to 512 bytes without control characters however it comes, is the
//! same after it was encoded for a path, and is decoded once: what an encoded
//! name spells is never decoded again. Encoded it is one segment: it cannot
//! climb, end, or split the path that it stands in.

#![no_main]

use cowrite::id::{DocumentId, InvalidDocumentId, MAX_DOCUMENT_NAME};
use libfuzzer_sys::fuzz_target;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What REST encodes in a segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(id) = DocumentId::parse(&text) {
        assert_eq!(id.as_str(), text);
        sound(&id);
    }
    match DocumentId::parse_percent_encoded(&text) {
        Ok(id) => {
            let decoded: Vec<u8> = percent_decode_str(&text).collect();
            assert_eq!(id.as_str().as_bytes(), decoded, "decoded once, all of it");
            sound(&id);
        }
        Err(refused) => {
            // It is refused for what it spells.
            let spelt = percent_decode_str(&text).decode_utf8();
            let spelt = spelt.map_err(|_| InvalidDocumentId::NotUtf8);
            let plain = spelt.and_then(|name| DocumentId::parse(&name));
            assert_eq!(plain, Err(refused));
        }
    }
});

fn sound(id: &DocumentId) {
    let name = id.as_str();
    assert!((1..=MAX_DOCUMENT_NAME).contains(&name.len()));
    assert!(!name.chars().any(char::is_control));
    let segment = utf8_percent_encode(name, SEGMENT).to_string();
    assert!(!segment.contains(['/', '\\', '?', '#', ':', ' ']));
    assert_eq!(DocumentId::parse_percent_encoded(&segment).as_ref(), Ok(id));
    assert_eq!(DocumentId::parse(name).as_ref(), Ok(id));
    assert_eq!(id.to_string(), name);
}
