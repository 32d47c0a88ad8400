//! The Yrs document inside a replica: how it is set up, changed and read. Every
//! call that takes bytes is fenced: a panic of the library is an error here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use yrs::updates::decoder::Decode;
use yrs::{Any, Doc, Map, MapRef, OffsetKind, Options, Out, Transact, Update};

use super::{Broken, Trap};
use crate::label;

/// The longest title that is taken from a document, in characters.
pub const LONGEST_TITLE: usize = 200;

/// Merges updates that follow each other into one.
pub(super) fn merge(updates: &[Bytes]) -> Result<Bytes, Broken> {
    let broken = |reason| Broken {
        reason,
        update: None,
    };
    match catch_unwind(AssertUnwindSafe(|| yrs::merge_updates_v1(updates))) {
        Ok(Ok(update)) => Ok(update.into()),
        Ok(Err(error)) => Err(broken(format!("updates do not merge: {error}"))),
        Err(panic) => Err(broken(panic_text(&*panic))),
    }
}

/// How every document on the server is set up. UTF-16 offsets, because Yjs
/// counts that way; no cleanup of formatting, because the server must never be
/// the author of a deletion.
pub(super) fn options() -> Options {
    Options {
        offset_kind: OffsetKind::Utf16,
        cleanup_formatting: false,
        should_load: false,
        ..Options::default()
    }
}

/// Applies in one transaction and returns what was new: exactly that
/// transaction's update.
pub(super) fn apply_admitted(
    doc: &Doc,
    update: &Bytes,
    trap: Option<&Trap>,
) -> Result<Vec<u8>, Broken> {
    let applied = catch_unwind(AssertUnwindSafe(|| {
        Trap::is_shown(trap, update);
        let update = Update::decode_v1(update).map_err(|error| error.to_string())?;
        let mut transaction = doc.transact_mut();
        transaction
            .apply_update(update)
            .map_err(|error| error.to_string())?;
        Ok::<_, String>(transaction.encode_update_v1())
    }));
    match applied {
        Ok(Ok(news)) => Ok(news),
        Ok(Err(reason)) => Err(Broken {
            reason,
            update: Some(update.clone()),
        }),
        Err(panic) => Err(Broken {
            reason: panic_text(&*panic),
            update: Some(update.clone()),
        }),
    }
}

pub(super) fn read_title(doc: &Doc, meta: &MapRef) -> Option<String> {
    match meta.get(&doc.transact(), "title") {
        Some(Out::Any(Any::String(title))) => {
            let title: String = label::letters(&title).take(LONGEST_TITLE).collect();
            (!title.trim().is_empty()).then_some(title)
        }
        _ => None,
    }
}

pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panic: {}", text.unwrap_or("no message"))
}
