//! An operation as a command for a shell.

use percent_encoding::utf8_percent_encode;
use serde_json::Value;

use super::operation::Operation;
use super::{SOMEWHERE, entries, list, sample, word};
use crate::http::names::SEGMENT;

/// The media types of bodies that say most, those first.
const TELLING: &[&str] = &["text/markdown", "application/json"];

/// A call of curl; none for what no single request does.
pub(super) fn of(operation: &Operation) -> Option<String> {
    if !operation.said["responses"]["101"].is_null() {
        return None;
    }
    let mut command = "curl ".to_owned();
    if operation.method != "get" {
        command += &format!("-X {} ", operation.method.to_uppercase());
    }
    command += &quoted(&format!("{SOMEWHERE}{}", target(operation)));
    let content = &operation.said["requestBody"]["content"];
    let telling = TELLING.iter().find(|kind| content[**kind].is_object());
    let kind = telling.copied();
    let kind = kind.or_else(|| entries(content).next().map(|(kind, _)| kind.as_str()));
    if let Some(kind) = kind {
        command += &format!(" \\\n  -H {}", quoted(&format!("content-type: {kind}")));
        command += " \\\n  --data-binary ";
        command += &match &content[kind]["example"] {
            Value::Null => "@file".to_owned(),
            Value::String(text) => format!("$'{}'", escaped(text)),
            value => quoted(&sample(value)),
        };
    }
    let answer = &operation.said["responses"]["200"]["content"];
    let bytes = &answer["application/octet-stream"];
    if bytes.is_object() && answer.as_object().is_some_and(|kinds| kinds.len() == 1) {
        command += " -o file";
    }
    Some(command)
}

/// The path with its parameters, and the query.
fn target(operation: &Operation) -> String {
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    for parameter in list(&operation.said["parameters"]) {
        let name = word(&parameter["name"]);
        let example = match &parameter["example"] {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let example = utf8_percent_encode(&example, SEGMENT).to_string();
        match word(&parameter["in"]) {
            "path" => path = path.replace(&format!("{{{name}}}"), &example),
            "query" => query.push(format!("{name}={example}")),
            _ => {}
        }
    }
    match query.is_empty() {
        true => path,
        false => format!("{path}?{}", query.join("&")),
    }
}

/// A word for a shell, in quotes where it needs them.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.:-_%".contains(c);
    match text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// A text for `$'…'`.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('\'', r"\'")
        .replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        assert_eq!(quoted("localhost/a%2Fb"), "localhost/a%2Fb");
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(escaped("it's\n\\n"), r"it\'s\n\\n");
    }
}
