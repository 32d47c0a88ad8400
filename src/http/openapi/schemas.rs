//! Schemas that no type of Rust says by itself.

use serde_json::json;
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, Array, ArrayBuilder, Object, ObjectBuilder, OneOfBuilder,
    Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::id::MAX_DOCUMENT_NAME;
use crate::live::comments::LETTERS;
use crate::live::{FORMATS_IN, FORMATS_OUT, LONGEST_NAME, LONGEST_TITLE, OPERATIONS};

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

fn mark() -> ObjectBuilder {
    let name = ObjectBuilder::from(text()).pattern(Some(format!("^[^{CONTROL}]+$")));
    ObjectBuilder::new()
        .title(Some("mark"))
        .property("type", name)
        .property("attrs", attributes())
        .required("type")
}

fn attributes() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
}

fn list_of(items: impl Into<RefOr<Schema>>) -> ArrayBuilder {
    ArrayBuilder::new().items(items.into())
}

fn list_or_null(list: ArrayBuilder) -> ArrayBuilder {
    list.schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
}

/// A short one.
pub(super) fn example_document() -> serde_json::Value {
    json!({ "type": "doc", "content": [
        { "type": "heading", "attrs": { "level": 1 },
          "content": [{ "type": "text", "text": "The plan" }] },
        { "type": "paragraph", "content": [{ "type": "text", "text": "We ship in May." }] },
    ]})
}

/// Characters that no name may have, for a pattern of ECMA 262.
const CONTROL: &str = r"\u0000-\u001F\u007F-\u009F";

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

/// Two states of a document, told as one.
pub(super) fn comparison() -> Object {
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

fn kind_or_null(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]))
}
