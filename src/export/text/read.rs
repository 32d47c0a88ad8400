//! A document from plain text: each line is a paragraph, as they are written out.

use crate::export::import::{ImportError, Imported, bounded, text};
use crate::export::simplified::Simplified;
use crate::export::tree::{Builder, Element};

/// Reads a document. Lines end with `\n`, `\r\n` or `\r`; the last one need not.
///
/// # Errors
/// When it is not UTF-8 or has too many lines.
pub fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let mut rest = text(bytes, "text")?;
    let mut builder = Builder::default();
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, behind) = rest.split_at(end);
        bounded(builder.len())?;
        builder.open(Element::named("paragraph"));
        builder.run(line, Vec::new());
        builder.close();
        let broken = behind.strip_prefix("\r\n");
        rest = broken.unwrap_or_else(|| behind.get(1..).unwrap_or_default());
    }
    Ok(Imported {
        tree: builder.finish(),
        simplified: Simplified::default(),
    })
}
