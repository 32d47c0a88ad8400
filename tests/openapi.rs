//! The API says what it is: a document for programs, and a page for people.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use reqwest::Method;

use support::rest::answer;
use support::server::TestServer;

#[tokio::test]
async fn the_document_is_served_and_not_sent_twice() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let document = rest.get("/api/openapi.json").await;
    assert_eq!(document.status, 200);
    assert_eq!(document.header("content-type"), Some("application/json"));
    let said = document.json();
    assert_eq!(said["openapi"], "3.1.0");
    assert_eq!(said["info"]["version"], env!("CARGO_PKG_VERSION"));
    for path in ["/api/openapi.json", "/api/docs", "/api/docs.css"] {
        let first = rest.get(path).await;
        let tag = first.header("etag").unwrap();
        let again = rest.request(Method::GET, path);
        let again = answer(again.header("if-none-match", tag)).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let head = answer(rest.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.header("etag")), (200, Some(tag)));
    }
}

/// It has to work under the policy that every answer carries, so it is let do nothing
/// else than what that allows.
#[tokio::test]
async fn the_page_needs_no_script_and_nobody_else() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let page = rest.get("/api/docs").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert_eq!(
        rest.get("/health/live")
            .await
            .header("content-security-policy"),
        Some(policy.as_str()),
        "the page has the policy of all other answers"
    );
    let html = page.text();
    for not in ["<script", "style=", "<style", " on", "src="] {
        let tags = html.split('<').map(|tag| tag.split('>').next().unwrap());
        let found = tags
            .map(|tag| format!("<{tag}"))
            .find(|tag| tag.contains(not));
        assert_eq!(found, None, "{not}");
    }
    let style = "<link rel=\"stylesheet\" href=\"docs.css\">";
    assert!(html.contains(style));
    assert_eq!(html.matches("<link").count(), 2, "and an icon");
    assert!(!html.contains("href=\"//"), "nothing is of another host");
    let css = rest.get("/api/docs.css").await;
    assert_eq!(css.header("content-type"), Some("text/css; charset=utf-8"));
    assert!(!css.text().contains("url("), "a style loads nothing");
}

#[tokio::test]
async fn the_page_shows_every_operation_with_the_readers_own_address() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let html = rest.get("/api/docs").await;
    let html = html.text();
    let paths = &rest.get("/api/openapi.json").await.json()["paths"];
    for (path, item) in paths.as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let shown = html.contains(&format!("<article id=\"{id}\">"));
            assert_eq!(shown, method != "head", "{method} {path}");
        }
    }
    let command = format!(
        "curl {}/api/documents/team%2Fplan/versions",
        server.address()
    );
    assert!(html.contains(&command), "{command}");
    // What is no name of a host is not repeated.
    let odd = rest
        .request(Method::GET, "/api/docs")
        .header("host", "a'b.localhost");
    let odd = answer(odd).await;
    assert!(odd.text().contains("curl localhost:8080/api"));
    assert!(!odd.text().contains("a'b"));
}

#[tokio::test]
async fn a_path_allows_the_methods_that_are_described() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let paths = &rest.get("/api/openapi.json").await.json()["paths"];
    for (path, item) in paths.as_object().unwrap() {
        let asked = path.replace("{name}", "plan").replace("{id}", "1");
        let brew = Method::from_bytes(b"BREW").unwrap();
        let refused = answer(rest.request(brew, &asked)).await;
        assert_eq!(
            refused.error(),
            (405, "method_not_allowed".into()),
            "{path}"
        );
        let allowed = refused.header("allow").unwrap().split(", ");
        let described = item.as_object().unwrap().keys();
        assert_eq!(
            allowed.map(str::to_owned).collect::<BTreeSet<_>>(),
            described.map(|method| method.to_uppercase()).collect(),
            "{path}"
        );
    }
}
