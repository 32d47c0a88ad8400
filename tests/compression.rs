//! Large answers leave compressed, are known by tags of their own, and say the same.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Read;

use reqwest::Method;
use serde_json::json;

use support::raw::Raw;
use support::rest::{Answer, Rest, answer};
use support::server::TestServer;

/// A server with a document of so many lines, and one of a few words.
async fn started(lines: usize) -> TestServer {
    let server = TestServer::start().await;
    let text: String = (0..lines)
        .map(|number| format!("Line {number} says what line {} said.\n\n", number / 2))
        .collect();
    for (name, content) in [("long", &*text), ("short", "few words")] {
        let body = json!({"name": name, "content": content, "format": "markdown"});
        let made = server.rest().post("/api/documents", body.to_string()).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    server
}

async fn asks(rest: &Rest, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = rest.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

async fn gets(rest: &Rest, path: &str, coding: &str) -> Answer {
    asks(rest, Method::GET, path, &[("accept-encoding", coding)]).await
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        Some("gzip") => {
            let mut decoder = flate2::read::GzDecoder::new(&answer.body[..]);
            decoder.read_to_end(&mut plain).unwrap();
        }
        Some("br") => brotli::BrotliDecompress(&mut &answer.body[..], &mut plain).unwrap(),
        other => panic!("{other:?}"),
    }
    plain
}

const LONG: &str = "/api/documents/long/content";

#[tokio::test]
async fn what_is_large_leaves_compressed_and_says_the_same() {
    let server = started(2_000).await;
    let rest = server.rest();
    for format in ["json", "markdown", "html", "text", "yjs", "yjs-v2"] {
        let path = format!("{LONG}?format={format}");
        let plain = rest.get(&path).await;
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(
            plain.header("vary"),
            Some("Accept, Accept-Encoding"),
            "{format}"
        );
        for coding in ["gzip", "br"] {
            let packed = gets(&rest, &path, coding).await;
            assert_eq!(packed.header("content-encoding"), Some(coding), "{format}");
            assert_eq!(packed.header("vary"), plain.header("vary"));
            assert_eq!(packed.header("content-type"), plain.header("content-type"));
            let length = packed.body.len().to_string();
            assert_eq!(packed.header("content-length"), Some(&*length));
            assert!(
                packed.body.len() < plain.body.len() / 2,
                "{format} in {coding}"
            );
            assert_eq!(unpacked(&packed), plain.body, "{format} in {coding}");
            let headers = [("accept-encoding", coding)];
            let head = asks(&rest, Method::HEAD, &path, &headers).await;
            assert_eq!((head.status, head.body.len()), (200, 0));
            for header in ["content-length", "content-encoding", "etag", "vary"] {
                assert_eq!(head.header(header), packed.header(header), "{format}");
            }
        }
    }
    let updates = gets(&rest, "/api/documents/long/updates", "gzip").await;
    assert_eq!(unpacked(&updates), rest.state("long").await);
}

#[tokio::test]
async fn what_is_small_or_an_error_or_unasked_for_is_as_it_is() {
    let server = started(2_000).await;
    let rest = server.rest();
    for path in [
        "/api/documents/short/content",
        "/api/documents",
        "/api/documents/nowhere",
        "/health/live",
    ] {
        let plain = rest.get(path).await;
        let same = gets(&rest, path, "br, gzip").await;
        assert_eq!(same.header("content-encoding"), None, "{path}");
        assert_eq!(same.body, plain.body, "{path}");
        assert_eq!(same.header("etag"), plain.header("etag"), "{path}");
    }
    for coding in [
        "identity",
        "zstd",
        "br;q=0, gzip;q=0",
        "gzip;q=0.2, identity;q=0.8",
        "x;q=y",
    ] {
        let plain = gets(&rest, LONG, coding).await;
        assert_eq!(
            (plain.status, plain.header("content-encoding")),
            (200, None),
            "{coding}"
        );
    }
}

#[tokio::test]
async fn a_compressed_answer_has_a_tag_of_its_own_that_names_the_same_state() {
    let server = started(500).await;
    let rest = server.rest();
    let plain = rest.get(LONG).await;
    let plain_tag = plain.header("etag").unwrap().to_owned();
    let mut tags = vec![plain_tag.clone()];
    for coding in ["gzip", "br"] {
        let packed = gets(&rest, LONG, coding).await;
        let tag = packed.header("etag").unwrap().to_owned();
        assert!(!tags.contains(&tag), "two representations, one tag: {tag}");
        assert!(
            tag.starts_with('"'),
            "no weak one, or If-Match would not take it: {tag}"
        );
        // Whatever the client takes now: it has that state, and is told the tag it knows.
        for takes in ["gzip", "br", "identity"] {
            let headers = [("accept-encoding", takes), ("if-none-match", &*tag)];
            let known = asks(&rest, Method::GET, LONG, &headers).await;
            assert_eq!(
                (known.status, known.body.len()),
                (304, 0),
                "{coding}, {takes}"
            );
            assert_eq!(known.header("etag"), Some(&*tag));
            assert_eq!(known.header("content-encoding"), None);
            assert_eq!(known.header("vary"), Some("Accept, Accept-Encoding"));
        }
        tags.push(tag);
    }
    let all = tags.join(", ");
    for tag in [&*all, &*plain_tag, "*"] {
        let headers = [("accept-encoding", "br"), ("if-none-match", tag)];
        assert_eq!(
            asks(&rest, Method::GET, LONG, &headers).await.status,
            304,
            "{tag}"
        );
    }
    // Who read it compressed changes what was read; words that came since stay.
    let tag = tags.pop().unwrap();
    let put = async |tag: &str, text: &str| {
        let path = format!("{LONG}?format=text");
        let request = rest.request(Method::PUT, &path).header("if-match", tag);
        answer(request.body(text.to_owned())).await
    };
    let put_first = put(&tag, "other words").await;
    assert!(matches!(put_first.status, 200 | 204), "{put_first:?}");
    let after = gets(&rest, LONG, "br").await;
    let stale = [("if-none-match", &*tag)];
    assert_eq!(asks(&rest, Method::GET, LONG, &stale).await.status, 200);
    assert_ne!(after.header("etag"), Some(&*tag));
    assert_eq!(
        put("\"0123~br\"", "x").await.error().1,
        "precondition_failed"
    );
}

#[tokio::test]
async fn what_people_attached_and_what_never_ends_pass_as_they_are() {
    let server = started(10).await;
    let rest = server.rest();
    let bytes = "compress me, ".repeat(10_000);
    let kept = rest
        .post("/api/documents/long/files?name=a.txt", bytes.clone())
        .await;
    let url = kept.json()["url"].as_str().unwrap().to_owned();
    let given = gets(&rest, &url, "br, gzip").await;
    assert_eq!(given.header("content-encoding"), None);
    assert_eq!(given.header("vary"), None);
    assert_eq!(given.body, bytes);
    let headers = [("accept-encoding", "br"), ("range", "bytes=9-10")];
    let part = asks(&rest, Method::GET, &url, &headers).await;
    assert_eq!((part.status, &part.body[..]), (206, &b"me"[..]));
    // Browsers say so with a handshake, too.
    let takes = [("Accept-Encoding", "gzip, deflate, br, zstd")];
    let (head, _socket) = Raw::knocks(server.address(), "/ws/long", &takes).await;
    assert_eq!(head.status(), 101, "{head:?}");
}
