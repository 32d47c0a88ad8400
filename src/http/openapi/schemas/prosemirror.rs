//! Documents of ProseMirror.

use serde_json::json;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::names::CONTROL;
use super::{list_of, list_or_null, text, words};

/// A document of ProseMirror, of which the editor's schema says the rest.
pub(in crate::http) fn document() -> Object {
    element()
        .title(Some("ProseMirror document"))
        .property("type", words(&["doc"]))
        .examples([example_document()])
        .build()
}

/// A node of ProseMirror.
pub(in crate::http) struct Node;

impl PartialSchema for Node {
    fn schema() -> RefOr<Schema> {
        let run = ObjectBuilder::new()
            .title(Some("text"))
            .description(Some("Letters that look the same."))
            .property("type", words(&["text"]))
            .property("text", text())
            .property("marks", list_or_null(list_of(mark())))
            .required("type")
            .required("text");
        let name = format!("^(?!(doc|text)$)[^{CONTROL}]+$");
        let block = element()
            .title(Some("block"))
            .description(Some("What is no text, such as a paragraph or an image."))
            .property("type", ObjectBuilder::from(text()).pattern(Some(name)));
        OneOfBuilder::new()
            .description(Some("A node of a ProseMirror document."))
            .item(block)
            .item(run)
            .into()
    }
}

impl ToSchema for Node {}

fn element() -> ObjectBuilder {
    ObjectBuilder::new()
        .property("attrs", attributes())
        .property(
            "content",
            list_or_null(list_of(Ref::from_schema_name("Node"))),
        )
        .required("type")
}

pub(super) fn mark() -> ObjectBuilder {
    let name = ObjectBuilder::from(text()).pattern(Some(format!("^[^{CONTROL}]+$")));
    ObjectBuilder::new()
        .title(Some("mark"))
        .property("type", name)
        .property("attrs", attributes())
        .required("type")
}

pub(super) fn attributes() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
}

/// A short one.
pub(in crate::http::openapi) fn example_document() -> serde_json::Value {
    json!({ "type": "doc", "content": [
        { "type": "heading", "attrs": { "level": 1 },
          "content": [{ "type": "text", "text": "The plan" }] },
        { "type": "paragraph", "content": [{ "type": "text", "text": "We ship in May." }] },
    ]})
}
