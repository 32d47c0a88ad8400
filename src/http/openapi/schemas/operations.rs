//! The operations of `PATCH`.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, Schema, Type,
};

use super::{formats_taken_or_none, kind_or_null, text};
use crate::live::OPERATIONS;

/// The operations of `PATCH`.
pub(in crate::http) fn operations() -> Array {
    ArrayBuilder::new()
        .items(RefOr::T(operation()))
        .min_items(Some(1))
        .max_items(Some(OPERATIONS))
        .build()
}

fn operation() -> Schema {
    let all = kind_or_null(Type::Boolean)
        .description(Some("Everywhere, and not only where it is first."));
    let replace = only(&["find", "replace"])
        .title(Some("find"))
        .description(Some(
            "Puts other words where these are first, or everywhere.",
        ))
        .property("find", sought())
        .property("replace", text())
        .property("all", all);
    OneOfBuilder::new()
        .item(replace)
        .item(beside(
            "after",
            "Puts words behind the first place where these are.",
        ))
        .item(beside(
            "before",
            "Puts words before the first place where these are.",
        ))
        .into()
}

fn beside(place: &str, what: &str) -> ObjectBuilder {
    let format = ObjectBuilder::from(formats_taken_or_none()).description(Some(
        "Blocks in this format are put beside the block in which the words are.",
    ));
    only(&[place, "insert"])
        .title(Some(place))
        .description(Some(what))
        .property(place, sought())
        .property("insert", text())
        .property("format", format)
}

/// Of all that an operation may say only these, which it must, and what is added.
fn only(these: &[&str]) -> ObjectBuilder {
    let all = [
        "find", "replace", "all", "after", "before", "insert", "format",
    ];
    let others = all.iter().filter(|name| !these.contains(name));
    let operation =
        ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)));
    // What is null is not said.
    let operation = others.fold(operation, |operation, name| {
        operation.property(*name, Object::with_type(Type::Null))
    });
    these
        .iter()
        .fold(operation, |operation, name| operation.required(*name))
}

fn sought() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
}
