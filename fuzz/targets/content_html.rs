//! HTML of any kind ends, and makes a document that the editor can hold, or is refused:
//! the promises are those of `content`.

#![no_main]

use cowrite::export::Format;
use cowrite_fuzz::content;
use libfuzzer_sys::fuzz_target;

const PIECES: &[&str] = &["<", ">", "</", "<p>", "</p>", "<ul>", "<ol start=9>", "<li>", "</li>", "</ul>", "<table>", "<tr>", "<td colspan=3>", "<th rowspan=2>", "</table>", "<b>", "<b id=1>", "</b>", "<i>", "</i>", "<a href=x>", "<a href=javascript:x>", "</a>", "<pre>", "<code>", "</pre>", "<h6>", "<input type=checkbox checked>", "<br>", "<hr>", "<img src=x alt=y>", "<svg>", "<math>", "<style>", "<script>", "<template>", "<frameset>", "<frame>", "<body>", "<select>", "<!--", "-->", "<span style=\"font-weight:700\">", "<div data-latex=x>", "a", " ", "\n", "&lt;"];

fuzz_target!(|bytes: &[u8]| {
    content::judge(&content::of(bytes, PIECES), Format::Html);
});
