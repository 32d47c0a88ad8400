//! Schemas as people read them.

use maud::{Markup, html};
use serde_json::Value;

use super::{entries, list, markdown, word};

/// A schema with a name.
pub(super) fn article(name: &str, schema: &Value) -> Markup {
    html! {
        article.schema id={"schema-" (name)} {
            h3 { a href={"#schema-" (name)} { (name) } }
            (markdown(&schema["description"]))
            (fields(schema))
            (choices(schema))
        }
    }
}

/// A parameter, a header or a property.
pub(super) fn field(name: &str, required: bool, schema: &Value, says: &Value) -> Markup {
    let says = [says, &schema["description"]];
    let says = says.into_iter().find(|says| says.is_string());
    let parts = match schema["type"] == "array" {
        true => &schema["items"],
        false => schema,
    };
    html! {
        dt {
            code { (name) } " " span.kind { (kind(schema)) }
            @if required { " " span.required { "required" } }
        }
        dd {
            @if let Some(says) = says { (markdown(says)) }
            (choices(parts))
        }
    }
}

/// The objects of which it is one.
fn choices(schema: &Value) -> Markup {
    html! {
        @for choice in list(&schema["oneOf"]).filter(|it| it["properties"].is_object()) {
            (markdown(&choice["description"]))
            (fields(choice))
        }
    }
}

/// The properties of an object.
fn fields(schema: &Value) -> Markup {
    html! {
        @if schema["properties"].is_object() {
            dl.fields {
                @for (name, property) in entries(&schema["properties"]).filter(|(_, it)| it["type"] != "null") {
                    @let required = list(&schema["required"]).any(|it| it == name.as_str());
                    (field(name, required, property, &Value::Null))
                }
            }
        }
    }
}

/// What something is, in a few words.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(name) = word(&schema["$ref"])
        .rsplit('/')
        .next()
        .filter(|it| !it.is_empty())
    {
        return html! { a href={"#schema-" (name)} { (name) } };
    }
    // What else has to be so is said where it is named.
    if let Some(first) = list(&schema["allOf"]).next() {
        return kind(first);
    }
    let choices = list(&schema["oneOf"]).chain(list(&schema["anyOf"]));
    let choices: Vec<_> = choices.map(kind).collect();
    if !choices.is_empty() {
        return joined(&choices, " or ");
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words
            .iter()
            .map(|it| html! { code { (word(it)) } })
            .collect();
        return joined(&words, ", ");
    }
    if schema["type"] == "array" {
        return match schema["items"]["oneOf"].is_array() {
            true => html! { "list of any of these" },
            false => html! { "list of " (kind(&schema["items"])) },
        };
    }
    let named = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().map(word).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    };
    html! {
        @match word(&schema["format"]) {
            "binary" => "bytes",
            "date-time" => "moment (RFC 3339)",
            _ if schema["title"].is_string() => (word(&schema["title"])),
            _ => (named),
        }
        (bounds(schema))
    }
}

fn joined(parts: &[Markup], with: &str) -> Markup {
    html! {
        @for (index, part) in parts.iter().enumerate() {
            @if index > 0 { (with) }
            (part)
        }
    }
}

/// How large it may be, and what it is if nobody says.
fn bounds(schema: &Value) -> Markup {
    let of = |key: &str| schema[key].as_u64();
    html! {
        @match (of("minimum"), of("maximum")) {
            (Some(least), Some(most)) => { ", " (least) " to " (most) }
            (None, Some(most)) => { ", up to " (most) }
            _ => {}
        }
        @if let Some(default) = of("default") { ", " (default) " unless said" }
    }
}
