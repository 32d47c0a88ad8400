//! Two states of a document, told as one.

use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::prosemirror::{attributes, mark};
use super::{anything, kind_or_null, list_of, text, words};

/// Two states of a document, told as one.
pub(in crate::http::openapi) fn comparison() -> Object {
    let change = || words(&["same", "added", "removed", "changed"]);
    let part = ObjectBuilder::new()
        .description(Some(
            "A block or a run of text: what became of it, by whom, and what it was. Blocks that \
             are left out are counted.",
        ))
        .property("change", change())
        .property("type", text())
        .property("attrs", attributes())
        .property("text", text())
        .property("marks", list_of(mark()))
        .property("was", Object::with_type(Type::Object))
        .property("by", person())
        .property("blocks", Object::with_type(Type::Integer))
        .property("content", list_of(anything()))
        .required("change");
    let extent = || {
        ObjectBuilder::new()
            .property("blocks", Object::with_type(Type::Integer))
            .property("characters", Object::with_type(Type::Integer))
            .required("blocks")
            .required("characters")
    };
    let counts = ["added", "removed", "changed"]
        .into_iter()
        .fold(ObjectBuilder::new(), |counts, name| {
            counts.property(name, extent()).required(name)
        });
    ["from", "to"]
        .into_iter()
        .fold(ObjectBuilder::new(), |told, name| {
            let moment = Object::with_type(Type::Object);
            told.property(name, moment).required(name)
        })
        .title(Some("Comparison"))
        .property("root", text())
        .required("root")
        .property("counts", counts)
        .required("counts")
        .property("content", list_of(part))
        .required("content")
        .build()
}

/// Who wrote or deleted something.
fn person() -> ObjectBuilder {
    ObjectBuilder::new()
        .property("client", Object::with_type(Type::Integer))
        .property("name", kind_or_null(Type::String))
        .required("client")
        .required("name")
}
