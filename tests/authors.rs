//! Who wrote in a document, page by page.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use reqwest::Method;

use support::rest::answer;
use support::server::TestServer;

const AUTHORS: &str = "/api/documents/plan/authors";

#[tokio::test]
async fn all_authors_are_listed_once_whatever_the_page_and_whoever_comes() {
    let server = TestServer::start().await;
    let rest = server.rest();
    let body = r#"{"name":"plan"}"#;
    assert_eq!(rest.post("/api/documents", body).await.status, 201);
    let writes = async |number: usize| {
        let path = "/api/documents/plan/content/append?format=text";
        let request = rest.request(Method::POST, path);
        let request = request.header("x-cowrite-author", format!("author {number}"));
        let appended = answer(request.body(format!("words {number}"))).await;
        assert!(appended.status < 300, "{appended:?}");
    };
    for number in 0..7 {
        writes(number).await;
    }
    let whole = rest.get(AUTHORS).await.json();
    assert_eq!(whole["authors"].as_array().unwrap().len(), 7);
    assert_eq!(whole["next"], serde_json::Value::Null);
    for limit in 1..=8 {
        let (mut names, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = rest.get(&format!("{AUTHORS}?limit={limit}{cursor}")).await;
            let page = page.json();
            let authors = page["authors"].as_array().unwrap();
            assert!(authors.len() <= limit);
            names.extend(
                authors
                    .iter()
                    .map(|it| it["name"].as_str().unwrap().to_owned()),
            );
            pages += 1;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(pages, 7_usize.div_ceil(limit), "pages of {limit}");
        let all: BTreeSet<&String> = names.iter().collect();
        assert_eq!((names.len(), all.len()), (7, 7), "pages of {limit}");
    }
    // Who is noted between two pages moves nobody.
    let first = rest.get(&format!("{AUTHORS}?limit=3")).await.json();
    writes(7).await;
    let next = first["next"].as_str().unwrap();
    let second = rest
        .get(&format!("{AUTHORS}?limit=100&cursor={next}"))
        .await;
    let of = |page: &serde_json::Value| -> Vec<u64> {
        let authors = page["authors"].as_array().unwrap().iter();
        authors.map(|it| it["client"].as_u64().unwrap()).collect()
    };
    let (first, second) = (of(&first), of(&second.json()));
    assert!(
        first.iter().max() < second.iter().min(),
        "{first:?} {second:?}"
    );
    assert!((7..=8).contains(&(first.len() + second.len())));
    for wrong in ["limit=0", "limit=1001", "cursor=djE", "cursor=x", "page=2"] {
        let refused = rest.get(&format!("{AUTHORS}?{wrong}")).await;
        assert_eq!(refused.error(), (400, "bad_request".to_owned()), "{wrong}");
    }
}
