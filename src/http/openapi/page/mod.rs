//! The page that people read: made from the document, without scripts, and with nothing
//! of another host.

mod command;
mod operation;
mod schema;

use std::sync::LazyLock;

use actix_web::http::header::HOST;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

use self::operation::{METHODS, Operation};
use super::DESCRIBED;
use crate::http::conditional;

/// The server in examples, where the reader's own is not known.
const SOMEWHERE: &str = "localhost:8080";

/// The longest name of a host (RFC 1035), and a port.
const LONGEST_HOST: usize = 255 + 6;

static PAGE: LazyLock<String> = LazyLock::new(|| render(&DESCRIBED).into_string());

pub(super) async fn page(request: HttpRequest) -> HttpResponse {
    let host = request.headers().get(HOST).and_then(|it| it.to_str().ok());
    let page = match host.filter(|host| is_host(host)) {
        Some(host) => PAGE.replace(SOMEWHERE, host),
        None => PAGE.clone(),
    };
    conditional::answer_bytes(&request, "text/html; charset=utf-8", page.into())
}

pub(super) async fn style(request: HttpRequest) -> HttpResponse {
    let style = Bytes::from_static(include_bytes!("style.css"));
    conditional::answer_bytes(&request, "text/css; charset=utf-8", style)
}

/// Whether it may stand in a page and in a command as it is.
fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (1..=LONGEST_HOST).contains(&host.len()) && host.chars().all(plain)
}

fn render(document: &Value) -> Markup {
    let info = &document["info"];
    let groups: Vec<_> = list(&document["tags"]).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (word(&info["title"])) " API" }
                link rel="icon" href="/favicon.svg" type="image/svg+xml";
                link rel="stylesheet" href="docs.css";
            }
            body {
                a.skip href="#about" { "Skip to the text" }
                header {
                    a.brand href="/" { (word(&info["title"])) }
                    span { "API " (word(&info["version"])) }
                    a.document href="openapi.json" { "openapi.json" }
                }
                div.frame {
                    nav aria-label="Operations" {
                        // Closed where there is little room, and open where there is enough.
                        details { summary { "Contents" } (contents(document, &groups)) }
                        div { (contents(document, &groups)) }
                    }
                    main {
                        section #about { h1 { "The API" } (markdown(&info["description"])) }
                        @for group in &groups {
                            section.group id=(anchor(word(&group["name"]))) {
                                h2 { (word(&group["name"])) }
                                (markdown(&group["description"]))
                                @for operation in of(document, group) { (operation.article()) }
                            }
                        }
                        section.group id="schemas" {
                            h2 { "Schemas" }
                            p { "What bodies and answers in JSON are made of." }
                            @for (name, schema) in entries(&document["components"]["schemas"]) {
                                (schema::article(name, schema))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn contents(document: &Value, groups: &[&Value]) -> Markup {
    html! {
        @for group in groups {
            p { a href={"#" (anchor(word(&group["name"])))} { (word(&group["name"])) } }
            ul {
                @for operation in of(document, group) {
                    li { a href={"#" (operation.id())} {
                        (operation.badge()) span { (operation.summary()) }
                    } }
                }
            }
        }
        p { a href="#schemas" { "Schemas" } }
    }
}

/// The operations of a group; those of `HEAD` go without saying.
fn of<'a>(document: &'a Value, group: &'a Value) -> impl Iterator<Item = Operation<'a>> {
    entries(&document["paths"])
        .flat_map(|(path, item)| {
            let methods = METHODS.iter().filter(|method| !item[**method].is_null());
            methods.map(move |method| Operation::new(path, method, item))
        })
        .filter(|operation| operation.is_in(word(&group["name"])))
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// A text of the document.
fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// What is said about something; raw HTML in it is not.
fn markdown(text: &Value) -> Markup {
    let html = comrak::markdown_to_html(word(text), &comrak::Options::default());
    PreEscaped(html)
}

/// An example as it is sent.
fn sample(example: &Value) -> String {
    match example {
        Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_could_be_more_than_a_host_is_none() {
        for host in ["localhost:8080", "docs.example.org", "[::1]:8080"] {
            assert!(is_host(host), "{host}");
        }
        for host in ["", "a'b", "<b>", "a b", "a;b", "$(b)", "ü.example"] {
            assert!(!is_host(host), "{host}");
        }
    }
}
