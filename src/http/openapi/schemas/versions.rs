//! The ids of versions, and moments.

use serde_json::json;
use utoipa::openapi::schema::{Object, ObjectBuilder, OneOfBuilder, Schema, Type};

use super::{text_of, words};

/// The id of a version: a number, or that of a branch.
pub(in crate::http) fn version_id() -> Schema {
    OneOfBuilder::new()
        .item(version_number())
        .item(branch_id())
        .into()
}

fn version_number() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .examples([json!(1)])
        .build()
}

fn branch_id() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^b[0-9]+$"))
        .examples([json!("b17")])
        .build()
}

/// The id of a version, a moment, or now.
pub(in crate::http) fn moments() -> Schema {
    OneOfBuilder::new()
        .item(version_number())
        .item(branch_id())
        .item(text_of("date-time"))
        .item(words(&["now"]))
        .into()
}
