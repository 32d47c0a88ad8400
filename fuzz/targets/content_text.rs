//! text of any kind ends, and makes a document that the editor can hold, or is refused:
//! the promises are those of `content`.

#![no_main]

use cowrite::export::Format;
use cowrite_fuzz::content;
use libfuzzer_sys::fuzz_target;

const PIECES: &[&str] = &["\n", "\r", "\r\n", "a", " ", "\u{feff}", "\u{2028}", "\0"];

fuzz_target!(|bytes: &[u8]| {
    content::judge(&content::of(bytes, PIECES), Format::Text);
});
