//! Schemas that no type of Rust says by itself.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, SchemaType, Type,
};

use crate::live::{FORMATS_IN, FORMATS_OUT, LONGEST_NAME, OPERATIONS};

/// One of a few words.
pub(in crate::http) fn words(words: &[&str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().map(|word| json!(word))))
        .build()
}

/// The formats that content is offered in.
pub(in crate::http) fn formats_offered() -> Object {
    words(&FORMATS_OUT.split(", ").collect::<Vec<_>>())
}

/// The formats that content is taken in.
pub(in crate::http) fn formats_taken() -> Object {
    words(&FORMATS_IN.split(", ").collect::<Vec<_>>())
}

/// The formats that a document is written in.
pub(in crate::http) fn formats_written() -> Object {
    words(
        &crate::http::writing::FORMATS
            .split(", ")
            .collect::<Vec<_>>(),
    )
}

/// A text.
pub(super) fn text() -> Object {
    Object::with_type(Type::String)
}

/// A text of this form.
pub(super) fn text_of(format: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())))
        .build()
}

/// Bytes.
pub(super) fn bytes() -> Object {
    text_of("binary")
}

/// Anything that is JSON.
pub(super) fn anything() -> Object {
    Object::with_type(SchemaType::AnyValue)
}

/// A document of ProseMirror, of which the editor's schema says the rest.
pub(in crate::http) fn document() -> Object {
    ObjectBuilder::new()
        .title(Some("ProseMirror document"))
        .property("type", words(&["doc"]))
        .property(
            "content",
            ObjectBuilder::new().schema_type(Type::Array).build(),
        )
        .required("type")
        .examples([example_document()])
        .build()
}

/// A short one.
pub(super) fn example_document() -> serde_json::Value {
    json!({ "type": "doc", "content": [
        { "type": "heading", "attrs": { "level": 1 },
          "content": [{ "type": "text", "text": "Minutes" }] },
    ]})
}

/// What people call something: no control characters, and not only spaces.
pub(in crate::http) fn label() -> Object {
    label_of(Type::String.into())
}

/// The same, or nothing.
pub(in crate::http) fn label_or_none() -> Object {
    label_of(SchemaType::from_iter([Type::String, Type::Null]))
}

fn label_of(kind: SchemaType) -> Object {
    const CONTROL: &str = r"\u0000-\u001F\u007F-\u009F";
    ObjectBuilder::new()
        .schema_type(kind)
        .max_length(Some(LONGEST_NAME))
        .pattern(Some(format!(r"^[^{CONTROL}]*[^\s{CONTROL}][^{CONTROL}]*$")))
        .examples([json!("before the meeting")])
        .build()
}

/// What a new document begins with.
pub(in crate::http) fn beginnings() -> Schema {
    OneOfBuilder::new()
        .description(Some(
            "A text in `format`, or a document of ProseMirror as it is.",
        ))
        .item(text())
        .item(document())
        .item(Object::with_type(Type::Null))
        .into()
}

/// The number of a version, or a moment.
pub(in crate::http) fn moments() -> Schema {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .examples([json!(1)]);
    OneOfBuilder::new()
        .item(number)
        .item(text_of("date-time"))
        .into()
}

/// The operations of `PATCH`.
pub(in crate::http) fn operations() -> Array {
    ArrayBuilder::new()
        .items(RefOr::T(operation()))
        .min_items(Some(1))
        .max_items(Some(OPERATIONS))
        .build()
}

fn operation() -> Schema {
    let sought = || {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
    };
    let operation =
        || ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let beside = |place: &str, what: &str| {
        operation()
            .title(Some(place))
            .description(Some(what))
            .property(place, sought().description(Some("Must be there once.")))
            .property("insert", text())
            .property("format", formats_taken())
            .required(place)
            .required("insert")
    };
    OneOfBuilder::new()
        .item(
            operation()
                .title(Some("find"))
                .description(Some("Puts `replace` in the place of `find`."))
                .property("find", sought())
                .property("replace", text())
                .property(
                    "all",
                    ObjectBuilder::new()
                        .schema_type(Type::Boolean)
                        .description(Some("Wherever it is, and not only where it is alone.")),
                )
                .required("find")
                .required("replace"),
        )
        .item(beside("after", "Puts `insert` behind a passage."))
        .item(beside("before", "Puts `insert` before a passage."))
        .into()
}
