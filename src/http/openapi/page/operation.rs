//! An operation as people read it.

use actix_web::http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::{command, entries, list, markdown, sample, schema, word};

/// The methods that are shown, in the order in which they are.
pub(super) const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

pub(super) struct Operation<'a> {
    pub path: &'a str,
    pub method: &'a str,
    pub said: &'a Value,
    has_head: bool,
}

impl<'a> Operation<'a> {
    pub fn new(path: &'a str, method: &'a str, item: &'a Value) -> Self {
        Self {
            path,
            method,
            said: &item[method],
            has_head: method == "get" && !item["head"].is_null(),
        }
    }

    pub fn is_in(&self, group: &str) -> bool {
        list(&self.said["tags"]).any(|tag| word(tag) == group)
    }

    pub fn id(&self) -> &'a str {
        word(&self.said["operationId"])
    }

    pub fn summary(&self) -> &'a str {
        word(&self.said["summary"])
    }

    pub fn badge(&self) -> Markup {
        html! { span class={"method " (self.method)} { (self.method.to_uppercase()) } }
    }

    pub fn article(&self) -> Markup {
        html! {
            article id=(self.id()) {
                h3 { a href={"#" (self.id())} { (self.summary()) } }
                p.route {
                    (self.badge()) code { (route(self.path)) }
                    @if self.has_head { span.also { "and HEAD" } }
                }
                div.columns {
                    div.facts {
                        (markdown(&self.said["description"]))
                        (self.parameters())
                        (self.body())
                        (self.answers())
                    }
                    div.examples { (self.examples()) }
                }
            }
        }
    }

    fn parameters(&self) -> Markup {
        let all: Vec<_> = list(&self.said["parameters"]).collect();
        let kinds = [
            ("path", "In the path"),
            ("query", "In the query"),
            ("header", "Headers"),
        ];
        html! {
            @for (kind, title) in kinds {
                @let these: Vec<_> = all.iter().filter(|it| word(&it["in"]) == kind).collect();
                @if !these.is_empty() {
                    h4 { (title) }
                    dl.fields {
                        @for it in these {
                            (schema::field(
                                word(&it["name"]),
                                it["required"] == true && kind != "path",
                                &it["schema"],
                                &it["description"],
                            ))
                        }
                    }
                }
            }
        }
    }

    fn body(&self) -> Markup {
        let body = &self.said["requestBody"];
        if body.is_null() {
            return html! {};
        }
        html! {
            h4 { "Body" @if body["required"] != true { " " small { "may be left out" } } }
            (contents(&body["content"]))
        }
    }

    fn answers(&self) -> Markup {
        html! {
            h4 { "Answers" }
            div.answers {
                @for (status, answer) in entries(&self.said["responses"]) {
                    (answer_of(status, answer))
                }
            }
        }
    }

    fn examples(&self) -> Markup {
        let shown = entries(&self.said["responses"])
            .filter(|(status, _)| status.starts_with('2'))
            .flat_map(|(status, answer)| {
                entries(&answer["content"]).map(move |(kind, content)| (status, kind, content))
            })
            .find(|(_, _, content)| !content["example"].is_null());
        html! {
            @if let Some(command) = command::of(self) {
                p.label { "Try it" }
                pre.command tabindex="0" { code { (command) } }
            }
            @if let Some((status, kind, content)) = shown {
                p.label { (status) " " span { (kind) } }
                pre tabindex="0" { code { (sample(&content["example"])) } }
            }
        }
    }
}

/// A path, which may break before a slash.
fn route(path: &str) -> Markup {
    html! {
        @for part in path.split_inclusive('/') {
            @match part.strip_prefix('{') {
                Some(_) => var { (part) },
                None => (part),
            }
            wbr;
        }
    }
}

fn answer_of(status: &str, answer: &Value) -> Markup {
    let reason = status.parse().ok();
    let reason = reason.and_then(|code: u16| StatusCode::from_u16(code).ok());
    let reason = reason.and_then(|status| status.canonical_reason());
    let class = format!("status s{}", status.get(..1).unwrap_or_default());
    let summary = html! {
        span class=(class) { (status) } " " span.reason { (reason.unwrap_or_default()) }
    };
    // What every failure is made of need not be said each time.
    let fails = status.starts_with(['4', '5']);
    html! {
        details open[status.starts_with('2')] {
            summary { (summary) }
            div {
                (markdown(&answer["description"]))
                @if answer["headers"].is_object() {
                    dl.fields {
                        @for (name, header) in entries(&answer["headers"]) {
                            (schema::field(
                                name,
                                false,
                                &header["schema"],
                                &header["description"],
                            ))
                        }
                    }
                }
                @if !fails { (contents(&answer["content"])) }
            }
        }
    }
}

/// The media types that something may be of.
fn contents(content: &Value) -> Markup {
    html! {
        @if content.is_object() {
            ul.types {
                @for (kind, content) in entries(content) {
                    li { code { (kind) } " " span.kind { (schema::kind(&content["schema"])) } }
                }
            }
        }
    }
}
