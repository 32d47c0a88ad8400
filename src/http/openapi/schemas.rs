//! Schemas that no type of Rust says by itself: here those of formats and words; what has
//! parts of its own has a room.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

pub(super) use self::comparison::comparison;
pub(in crate::http) use self::names::{
    document_name, document_name_or_none, label, label_or_none, title,
};
pub(in crate::http) use self::operations::operations;
pub(super) use self::prosemirror::example_document;
pub(in crate::http) use self::prosemirror::{Node, document};
pub(in crate::http) use self::versions::{moments, version_id};
use crate::live::comments::LETTERS;
use crate::live::{FORMATS_IN, FORMATS_OUT};

mod comparison;
mod names;
mod operations;
mod prosemirror;
mod versions;

/// Types that stand for schemas where a parameter is described: one that has a
/// `schema_with` loses what is said of it, and whether it is required.
macro_rules! stands_for {
    ($($name:ident: $schema:expr;)*) => {$(
        #[doc = concat!("Stands for `", stringify!($schema), "`.")]
        pub(in crate::http) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T($schema.into())
            }
        }

        impl ToSchema for $name {}
    )*};
}

stands_for! {
    EventId: event_id();
    FormatOfComparison: formats_of_comparison();
    FormatOffered: formats_offered();
    FormatTaken: formats_taken();
    FormatTold: formats_told();
    FormatWritten: formats_written();
    Label: label();
    Moment: moments();
    Sorting: words(&crate::http::listing::SORTS);
}

/// The formats that content is taken in, or none.
pub(in crate::http) fn formats_taken_or_none() -> Object {
    let formats = formats_taken().enum_values.unwrap_or_default();
    kind_or_null(Type::String)
        .enum_values(Some(formats.into_iter().chain([json!(null)])))
        .description(Some("The format of a text."))
        .build()
}

/// The templates that there are, or none.
pub(in crate::http) fn templates_or_none() -> Object {
    let ids = crate::http::templates::ids().map(|id| json!(id));
    kind_or_null(Type::String)
        .enum_values(Some(ids.chain([json!(null)])))
        .description(Some(
            "What it begins with in the place of `content`: a template.",
        ))
        .build()
}

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

/// The hash of a file in examples.
pub(super) const EXAMPLE_HASH: &str =
    "bda394583e123d3facfab3a4e0a4eb4f0c12cccc6ce312d81023c2168cecf7a3";

/// Bytes.
pub(super) fn bytes() -> Object {
    text_of("binary")
}

/// Anything that is JSON.
pub(super) fn anything() -> Object {
    Object::with_type(SchemaType::AnyValue)
}

/// What `If-Match` says.
pub(super) fn tags() -> Object {
    let tag = r#"(W/)?"[!#-+\--~]*""#;
    ObjectBuilder::from(text())
        .min_length(Some(1))
        .pattern(Some(format!(r"^(\*|{tag}( ?, ?{tag})*)$")))
        .build()
}

/// What is said in a comment.
pub(in crate::http) fn said() -> Object {
    ObjectBuilder::from(text())
        .min_length(Some(1))
        .max_length(Some(LETTERS))
        .pattern(Some(r"\S".to_owned()))
        .description(Some("What is said: 1 to 10000 letters."))
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

/// That content which is a text has a format, and what is none has no other than JSON; and
/// that a template is no content's.
pub(super) fn content_in_its_format() -> Schema {
    let json = || kind_or_null(Type::String).enum_values(Some([json!("json"), json!(null)]));
    AnyOfBuilder::new()
        .item(
            ObjectBuilder::new()
                .property("content", text())
                .property("format", formats_taken())
                .property("template", Object::with_type(Type::Null))
                .required("content")
                .required("format"),
        )
        .item(
            ObjectBuilder::new()
                .property("content", Object::with_type(Type::Object))
                .property("format", json())
                .property("template", Object::with_type(Type::Null))
                .required("content"),
        )
        .item(
            ObjectBuilder::new()
                .property("content", Object::with_type(Type::Null))
                .property("format", Object::with_type(Type::Null)),
        )
        .into()
}

/// The formats of a comparison.
pub(in crate::http) fn formats_of_comparison() -> Object {
    words(&crate::http::diff::FORMATS.split(", ").collect::<Vec<_>>())
}

/// The formats in which events tell content.
pub(in crate::http) fn formats_told() -> Object {
    words(&crate::http::events::FORMATS.split(", ").collect::<Vec<_>>())
}

/// The id of an event.
pub(in crate::http) fn event_id() -> Object {
    ObjectBuilder::from(text())
        .pattern(Some("^[0-9]+$"))
        .examples([json!("57")])
        .build()
}

fn kind_or_null(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}

fn list_of(items: impl Into<RefOr<Schema>>) -> ArrayBuilder {
    ArrayBuilder::new().items(items.into())
}

fn list_or_null(list: ArrayBuilder) -> ArrayBuilder {
    list.schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
}
