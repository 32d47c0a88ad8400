//! What documents, versions and people are called.

use serde_json::json;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use super::{text, text_of};
use crate::id::MAX_DOCUMENT_NAME;
use crate::live::{LONGEST_NAME, LONGEST_TITLE};

/// Characters that no name may have, for a pattern of ECMA 262.
pub(super) const CONTROL: &str = r"\u0000-\u001F\u007F-\u009F";

/// Those that turn the direction of words, and are left out of what people call themselves.
const TURNS: &str = r"\u202A-\u202E\u2066-\u2069";

/// The name of a document.
pub(in crate::http) fn document_name() -> Object {
    name_of(Type::String.into())
}

/// The same, or nothing.
pub(in crate::http) fn document_name_or_none() -> Object {
    let name = name_of(SchemaType::from_iter([Type::String, Type::Null]));
    ObjectBuilder::from(name)
        .description(Some(
            "A readable one is picked if there is none. No part between slashes is `.` or `..`.",
        ))
        .pattern(Some(format!(r"^(?!(.*/)?\.{{1,2}}(/|$))[^{CONTROL}]+$")))
        .build()
}

fn name_of(kind: SchemaType) -> Object {
    ObjectBuilder::from(text_of("document-name"))
        .schema_type(kind)
        .min_length(Some(1))
        .max_length(Some(MAX_DOCUMENT_NAME))
        .pattern(Some(format!("^[^{CONTROL}]+$")))
        .description(Some("1 to 512 bytes of UTF-8 without control characters."))
        .examples([json!("team/plan")])
        .build()
}

/// What people call something: no control characters, and not only spaces.
pub(in crate::http) fn label() -> Object {
    label_of(Type::String.into())
}

/// The same, or nothing.
pub(in crate::http) fn label_or_none() -> Object {
    label_of(SchemaType::from_iter([Type::String, Type::Null]))
}

/// A title that is given.
pub(in crate::http) fn title() -> Object {
    ObjectBuilder::from(text())
        .max_length(Some(LONGEST_TITLE))
        .pattern(Some(format!("^[^{CONTROL}]*$")))
        .description(Some(
            "What stands above the text and in lists: 200 characters at most, none of them a control \
             character; the spaces around it are left out. An empty one takes the title away.",
        ))
        .examples([json!("The plan")])
        .build()
}

fn label_of(kind: SchemaType) -> Object {
    ObjectBuilder::new()
        .schema_type(kind)
        .max_length(Some(LONGEST_NAME))
        .pattern(Some(format!(
            r"^[^{CONTROL}]*[^\s{CONTROL}{TURNS}][^{CONTROL}]*$"
        )))
        .description(Some("1 to 256 bytes of UTF-8 without control characters."))
        .examples([json!("before the meeting")])
        .build()
}
