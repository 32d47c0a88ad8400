//! What every format that comes in promises, whatever the bytes: it ends, it is refused with
//! a reason or makes a document that the editor can hold, and that document is stored, read
//! and written in every format.

use cowrite::export::{self, Content, DEFAULT_ROOT, Format, encoding, roots, schema};
use yrs::updates::decoder::Decode;
use yrs::{Doc, Transact, Update};

use crate::tape::Tape;

/// Bytes as they are, or put together of `pieces`.
pub fn of(bytes: &[u8], pieces: &[&str]) -> Vec<u8> {
    let mut tape = Tape::new(bytes);
    if !tape.rarely(3) {
        let mut text = String::new();
        while !tape.is_empty() {
            text.push_str(tape.pick(pieces));
        }
        return text.into_bytes();
    }
    tape.rest().to_vec()
}

/// Reads content, and looks at what came of it.
pub fn judge(content: &[u8], format: Format) {
    let read = export::format::read(content, format).expect("a format that is taken in");
    let imported = match read {
        Ok(imported) => imported,
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            return;
        }
    };
    let tree = imported.tree;
    assert_eq!(schema::check(&tree), Ok(()), "the editor can hold it");
    let mut steps = tree.steps();
    let mut deepest = 0;
    while steps.next().is_some() {
        deepest = deepest.max(steps.depth());
    }
    assert!(deepest <= schema::DEPTH, "{deepest} levels");
    let line = imported.simplified.line();
    assert!(
        line.is_ascii() && !line.contains(['"', '\\', '\n']),
        "{line}"
    );
    let doc = Doc::new();
    let update = encoding::update(&tree, DEFAULT_ROOT, None);
    let update = Update::decode_v1(&update).expect("an update");
    let applied = doc.transact_mut().apply_update(update);
    applied.expect("an update that can be applied");
    let stored = roots::read(&doc, Some(DEFAULT_ROOT)).content;
    let json = |content: &Content| export::format::write(content, Format::Json, "").body;
    let content = Content::Document(tree);
    assert_eq!(json(&stored), json(&content), "it is stored as it is");
    for format in [
        Format::Markdown,
        Format::Html,
        Format::Page,
        Format::Text,
        Format::Delta,
    ] {
        let written = export::format::write(&content, format, "</title>").body;
        // Markdown as somebody shows it who knows no formulas, and lets markup through.
        let markup = match format {
            Format::Html | Format::Page => Some(written.to_ascii_lowercase()),
            Format::Markdown => {
                let mut options = comrak::Options::default();
                options.render.r#unsafe = true;
                Some(comrak::markdown_to_html(&written, &options).to_ascii_lowercase())
            }
            _ => None,
        };
        if let Some(markup) = markup {
            assert!(!markup.contains("<script") && !markup.contains("href=\"javascript:"));
        }
        if format.is_taken() {
            let again = export::format::read(written.as_bytes(), format);
            assert!(again.is_some_and(|again| again.is_ok()), "{written}");
        }
    }
}
