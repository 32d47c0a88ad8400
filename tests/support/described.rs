//! What REST answers is in the document of the API.

use cowrite::http::openapi;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Checks that the document knows an answer: its status, its type, and the code of an
/// error.
pub fn check(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let Some((template, item)) = template(path) else {
        let is_api = path.starts_with("/api/") || path.starts_with("/health/");
        assert!(
            !is_api || status == 404,
            "{path} is answered {status}, and not described"
        );
        return;
    };
    let operation = &item[method.as_str().to_lowercase()];
    if operation.is_null() {
        assert_eq!(status, 405, "{method} {template} is not described");
        return;
    }
    let what = format!("{method} {template} answers {status}");
    let answer = &operation["responses"][status.as_str()];
    assert!(answer.is_object(), "{what}, and that is not described");
    if body.is_empty() {
        return;
    }
    let kind = headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let content = &answer["content"][kind];
    assert!(
        content.is_object(),
        "{what} with {kind:?}, and that is not described"
    );
    if status.is_client_error() || status.is_server_error() {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = &body["error"]["code"];
        let codes = &content["schema"]["allOf"][1]["properties"]["error"]["properties"]["code"];
        let known = codes["enum"]
            .as_array()
            .is_none_or(|codes| codes.contains(code));
        assert!(known, "{what} with {code}, and that is not described");
    }
}

/// The path of the document that a path is one of.
fn template(path: &str) -> Option<(&'static String, &'static Value)> {
    let matches = |template: &str| match template {
        "/ws/{name}" => path
            .strip_prefix("/ws/")
            .is_some_and(|name| !name.is_empty()),
        template => {
            let (known, asked) = (template.split('/'), path.split('/'));
            known.clone().count() == asked.clone().count()
                && known
                    .zip(asked)
                    .all(|(known, asked)| known == asked || known.starts_with('{'))
        }
    };
    let paths = openapi()["paths"].as_object()?;
    paths.iter().find(|(template, _)| matches(template))
}
