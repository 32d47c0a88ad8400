//! Markdown, HTML within it included of any kind ends, and makes a document that the editor can hold, or is refused:
//! the promises are those of `content`.

#![no_main]

use cowrite::export::Format;
use cowrite_fuzz::content;
use libfuzzer_sys::fuzz_target;

const PIECES: &[&str] = &["# ", "\n", "\n\n", "    ", "- ", "1. ", "- [x] ", "> ", "```", "~~~", "|", "---", "*", "**", "_", "~~", "`", "[", "](", ")", "![", "<b>", "</b>", "<script>", "](javascript:x)", "&colon;", "<div>", "<!--", "-->", "$", "$$", "&amp;", "\\", "a", " ", "https://e.org", "a@e.org", "\t", "\u{a0}", "ü"];

fuzz_target!(|bytes: &[u8]| {
    content::judge(&content::of(bytes, PIECES), Format::Markdown);
});
