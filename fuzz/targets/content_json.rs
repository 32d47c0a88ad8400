//! JSON of ProseMirror of any kind ends, and makes a document that the editor can hold, or is refused:
//! the promises are those of `content`.

#![no_main]

use cowrite::export::Format;
use cowrite_fuzz::content;
use libfuzzer_sys::fuzz_target;

const PIECES: &[&str] = &["{", "}", "[", "]", ",", ":", "\"type\":", "\"content\":[", "\"attrs\":{", "\"marks\":[", "\"text\":", "\"doc\"", "\"paragraph\"", "\"text\"", "\"heading\"", "\"bulletList\"", "\"listItem\"", "\"level\":", "\"bold\"", "\"link\"", "\"x\"", "1", "null", "{\"type\":\"doc\",\"content\":[", "{\"type\":\"paragraph\",\"content\":[", "{\"type\":\"text\",\"text\":\"a\"}", "]}"];

fuzz_target!(|bytes: &[u8]| {
    content::judge(&content::of(bytes, PIECES), Format::Json);
});
