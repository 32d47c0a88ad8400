//! Pictures and other files of documents: sent, given, limited, collected, backed up; by
//! people, by strangers, and through kills.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cowrite::config::Config;
use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use support::binary::{Binary, cowrite, runs};
use support::chance::{Seed, asked_number};
use support::rest::{Answer, Rest, answer, encoded};
use support::server::{TestServer, config};
use support::{in_time, until};

/// A picture of 7 × 5 pixels, as far as its head goes, and something behind it.
fn picture(of: &str) -> Vec<u8> {
    let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x07\0\0\0\x05\x08\x06\0\0\0";
    [&head[..], of.as_bytes()].concat()
}

async fn started(with: impl FnOnce(&mut Config)) -> TestServer {
    let mut config = config();
    with(&mut config);
    TestServer::with(config, Arc::new(MemoryStore::new())).await
}

async fn begins(rest: &Rest, document: &str, markdown: &str) {
    let body = json!({"name": document, "content": markdown, "format": "markdown"});
    let made = rest.post("/api/documents", body.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
}

fn files_of(document: &str) -> String {
    format!("/api/documents/{}/files", encoded(document))
}

async fn sends(rest: &Rest, document: &str, name: &str, bytes: impl Into<reqwest::Body>) -> Answer {
    let path = format!("{}?name={}", files_of(document), encoded(name));
    rest.post(&path, bytes).await
}

/// Sends a file that is taken, and gives its address.
async fn keeps(rest: &Rest, document: &str, bytes: impl Into<reqwest::Body>) -> String {
    let kept = sends(rest, document, "a file", bytes).await;
    assert!(matches!(kept.status, 200 | 201), "{kept:?}");
    kept.json()["url"].as_str().unwrap().to_owned()
}

async fn asks(rest: &Rest, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = rest.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

/// The names of a document's files, page by page.
async fn listed(rest: &Rest, document: &str, limit: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = rest
            .get(&format!("{}?limit={limit}{cursor}", files_of(document)))
            .await
            .json();
        let files = page["files"].as_array().unwrap();
        assert!(files.len() <= limit);
        let name = |file: &Value| file["name"].as_str().unwrap().to_owned();
        names.extend(files.iter().map(name));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

#[tokio::test]
async fn a_picture_is_kept_and_given_back_as_what_it_is() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "team/plan", "text").await;
    let bytes = picture("the plan");
    let kept = sends(&rest, "team/plan", "Übersicht.png", bytes.clone()).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    let said = kept.json();
    let url = said["url"].as_str().unwrap();
    assert_eq!(kept.header("location"), Some(url));
    assert!(url.ends_with(said["id"].as_str().unwrap()), "{said}");
    assert_eq!(said["name"], "Übersicht.png");
    assert_eq!(
        (&said["type"], &said["bytes"]),
        (&json!("image/png"), &json!(bytes.len()))
    );
    assert_eq!((&said["width"], &said["height"]), (&json!(7), &json!(5)));

    let given = rest.get(url).await;
    assert_eq!((given.status, &given.body[..]), (200, &bytes[..]));
    let policy = "sandbox; default-src 'none'";
    for (header, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", policy),
        ("cache-control", "private, max-age=31536000, immutable"),
        ("accept-ranges", "bytes"),
        (
            "content-disposition",
            "inline; filename=\"_bersicht.png\"; filename*=UTF-8''%C3%9Cbersicht.png",
        ),
    ] {
        assert_eq!(given.header(header), Some(value), "{header}");
    }
    let etag = given.header("etag").unwrap().to_owned();
    let head = asks(&rest, Method::HEAD, url, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let length = bytes.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
    let known = asks(&rest, Method::GET, url, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(known.header("etag"), Some(&*etag));
    let saved = rest.get(&format!("{url}?download=true")).await;
    let disposition = saved.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; "), "{disposition}");

    // Sent again it is the same one; in another document it is another one of the same bytes.
    let again = sends(&rest, "team/plan", "other.png", bytes.clone()).await;
    assert_eq!((again.status, &again.json()), (200, &said));
    begins(&rest, "copy", "text").await;
    let copied = keeps(&rest, "copy", bytes.clone()).await;
    assert_eq!(rest.delete(url).await.status, 204);
    assert_eq!(rest.get(url).await.error().1, "file_not_found");
    assert_eq!(rest.delete(url).await.error().1, "file_not_found");
    assert_eq!(rest.get(&copied).await.body, bytes);
    // There are files of documents only.
    let nowhere = sends(&rest, "nowhere", "a", picture("")).await;
    assert_eq!(nowhere.error(), (404, "document_not_found".to_owned()));
}

#[tokio::test]
async fn a_part_is_given_to_who_asks_for_one() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    // More than one piece, so that parts begin and end anywhere in them.
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let url = keeps(&rest, "plan", bytes.clone()).await;
    let etag = rest.get(&url).await.header("etag").unwrap().to_owned();
    let last = bytes.len() - 1;
    for (asked, first, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=65530-65545", 65_530, 65_546),
        ("bytes=100000-", 100_000, bytes.len()),
        ("bytes=-3", last - 2, bytes.len()),
        ("bytes=199990-9999999", 199_990, bytes.len()),
        ("bytes=-9999999", 0, bytes.len()),
    ] {
        let part = asks(&rest, Method::GET, &url, &[("range", asked)]).await;
        assert_eq!(part.status, 206, "{asked}: {part:?}");
        assert_eq!(part.body, bytes[first..end], "{asked}");
        let range = format!("bytes {first}-{}/{}", end - 1, bytes.len());
        assert_eq!(part.header("content-range"), Some(&*range), "{asked}");
        let same = [("range", asked), ("if-range", &*etag)];
        assert_eq!(asks(&rest, Method::GET, &url, &same).await.status, 206);
        let other = [("range", asked), ("if-range", "\"other\"")];
        let whole = asks(&rest, Method::GET, &url, &other).await;
        assert_eq!((whole.status, whole.body.len()), (200, bytes.len()));
    }
    for asked in ["bytes=200000-", "bytes=-0"] {
        let beyond = asks(&rest, Method::GET, &url, &[("range", asked)]).await;
        assert_eq!(beyond.error(), (416, "range_not_satisfiable".to_owned()));
        assert_eq!(beyond.header("content-range"), Some("bytes */200000"));
    }
    // Numbers beyond those that the server counts with are numbers, too: a range that begins
    // with one was answered with all of it.
    const BEYOND: &str = "99999999999999999999999";
    let asked = format!("bytes={BEYOND}-");
    let beyond = asks(&rest, Method::GET, &url, &[("range", &*asked)]).await;
    assert_eq!(beyond.error(), (416, "range_not_satisfiable".to_owned()));
    let asked = format!("bytes=199990-{BEYOND}");
    let part = asks(&rest, Method::GET, &url, &[("range", &*asked)]).await;
    assert_eq!((part.status, part.body.len()), (206, 10));
    // What is not understood is not asked for.
    for asked in ["bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "bytes=x"] {
        let whole = asks(&rest, Method::GET, &url, &[("range", asked)]).await;
        assert_eq!(
            (whole.status, whole.body.len()),
            (200, bytes.len()),
            "{asked}"
        );
    }
}

/// What browsers and `curl -F` send.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (disposition, bytes) in parts {
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: text/html\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(bytes);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--limit--\r\n");
    form
}

#[tokio::test]
async fn a_form_brings_one_file() {
    let server = started(|config| config.files.file = 300_000).await;
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let posts = async |body: Vec<u8>| {
        let request = rest.request(Method::POST, &files_of("plan"));
        let request = request.header("content-type", "multipart/form-data; boundary=limit");
        answer(request.body(body)).await
    };
    let bytes = picture(&"\r\n--limi\r\n".repeat(20_000));
    let kept = posts(form(&[
        ("name=\"note\"", b"not for us"),
        ("name=\"picture\"; filename=\"../me.png\"", &bytes),
    ]))
    .await;
    assert_eq!(kept.status, 201, "{kept:?}");
    let said = kept.json();
    assert_eq!(
        (&said["name"], &said["type"]),
        (&json!("me.png"), &json!("image/png"))
    );
    assert_eq!(rest.get(said["url"].as_str().unwrap()).await.body, bytes);
    let named = form(&[(
        "name=\"file\"; filename=\"a\"; filename*=UTF-8''%E2%82%AC.png",
        b"x",
    )]);
    assert_eq!(posts(named).await.json()["name"], "€.png");

    let small = picture(&"x".repeat(2_000));
    let one = ("name=\"file\"; filename=\"a.png\"", &small[..]);
    for (body, status, code) in [
        (form(&[one, one]), 400, "bad_request"),
        (form(&[("name=\"note\"", b"text")]), 400, "bad_request"),
        (
            form(&[("name=\"file\"; filename=\"a\"", b"")]),
            400,
            "empty_file",
        ),
        (b"no form at all".to_vec(), 400, "bad_request"),
        (form(&[one])[..1000].to_vec(), 400, "bad_request"),
        (
            form(&[("name=\"file\"", &vec![7; 300_001])]),
            413,
            "too_large",
        ),
        (
            form(&[("name=\"note\"", &vec![7; 400_000])]),
            413,
            "too_large",
        ),
    ] {
        assert_eq!(posts(body).await.error(), (status, code.to_owned()));
    }
    assert_eq!(listed(&rest, "plan", 10).await, ["€.png", "me.png"]);
    // Pages of other sites may not make a browser send one.
    let request = rest.request(Method::POST, &files_of("plan"));
    let request = request
        .header("content-type", "multipart/form-data; boundary=limit")
        .header("origin", "https://elsewhere.example");
    let foreign = answer(request.body(form(&[one]))).await;
    assert_eq!(foreign.error().1, "forbidden_origin");
}

#[tokio::test]
async fn what_could_run_in_a_browser_is_bytes_to_be_saved() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let script = "<script>alert(document.domain)</script>";
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{script}</svg>");
    for (what, bytes, content_type) in [
        (
            "html",
            format!("<!doctype html>{script}").into_bytes(),
            None,
        ),
        (
            "html after a space",
            format!("\n <html>{script}").into_bytes(),
            None,
        ),
        ("svg", svg.clone().into_bytes(), None),
        (
            "svg in xml",
            format!("<?xml version=\"1.0\"?>{svg}").into_bytes(),
            None,
        ),
        ("text", script.as_bytes().to_vec(), None),
        ("a program", b"\x7fELF\x02\x01\x01\0".to_vec(), None),
        (
            "a script",
            format!("#!/bin/sh\n{script}").into_bytes(),
            None,
        ),
        (
            "pdf",
            format!("%PDF-1.7\n{script}").into_bytes(),
            Some("application/pdf"),
        ),
        // It is a picture, and nobody is told anything else.
        (
            "a picture that is a page",
            picture(script),
            Some("image/png"),
        ),
        (
            "gif and script",
            b"GIF89a/*\0\0*/=1;alert(1)".to_vec(),
            Some("image/gif"),
        ),
    ] {
        for claimed in [
            "text/html",
            "image/svg+xml",
            "image/png",
            "text/javascript",
            "nonsense",
        ] {
            let path = format!("{}?name=x.html", files_of("plan"));
            let headers = [("content-type", claimed)];
            let mut request = rest.request(Method::POST, &path);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let kept = answer(request.body(bytes.clone())).await;
            let url = kept.json()["url"].as_str().unwrap().to_owned();
            let given = rest.get(&url).await;
            let is_picture = content_type.is_some_and(|it| it.starts_with("image/"));
            let plain = content_type.unwrap_or("application/octet-stream");
            assert_eq!(given.header("content-type"), Some(plain), "{what}");
            assert_eq!(given.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(
                given.header("content-security-policy"),
                Some("sandbox; default-src 'none'")
            );
            let disposition = given.header("content-disposition").unwrap();
            assert_eq!(
                disposition.starts_with("inline"),
                is_picture,
                "{what}: {disposition}"
            );
            assert_eq!(given.body, bytes, "{what}");
        }
    }
}

#[tokio::test]
async fn what_is_too_much_is_refused_and_says_what_to_do() {
    let server = started(|config| {
        config.files.file = 100_000;
        config.files.document = 200_000;
        config.files.total = 300_000;
    })
    .await;
    let rest = server.rest();
    for document in ["a", "b"] {
        begins(&rest, document, "text").await;
    }
    assert_eq!(sends(&rest, "a", "a", "").await.error().1, "empty_file");
    let large = picture(&"x".repeat(100_000));
    assert_eq!(
        sends(&rest, "a", "a", large.clone()).await.error(),
        (413, "too_large".into())
    );
    // Nobody says how large it is.
    let pieces: Vec<Result<Bytes, std::io::Error>> = large
        .chunks(7_000)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let (head, body) = chunked(server.address(), &files_of("a"), pieces).await;
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    assert!(body.contains("--file-bytes"), "{body}");

    let of = |number: usize| picture(&number.to_string().repeat(90_000));
    for number in [1, 2] {
        keeps(&rest, "a", of(number)).await;
    }
    // The same once more takes nothing.
    keeps(&rest, "a", of(2)).await;
    assert_eq!(listed(&rest, "a", 10).await.len(), 2);
    let full = sends(&rest, "a", "a", of(3)).await;
    assert_eq!(full.error(), (507, "document_files_full".to_owned()));
    keeps(&rest, "b", of(3)).await;
    let full = sends(&rest, "b", "b", of(4)).await;
    assert_eq!(full.error(), (507, "files_full".to_owned()));

    let picky = started(|config| config.files.types = "image/*".parse().unwrap()).await;
    begins(&picky.rest(), "a", "text").await;
    let refused = sends(&picky.rest(), "a", "x.png", "<svg></svg>").await;
    assert_eq!(refused.error(), (415, "file_type_refused".to_owned()));
    keeps(&picky.rest(), "a", picture("")).await;
    let none = started(|config| config.files.file = 0).await;
    begins(&none.rest(), "a", "text").await;
    assert_eq!(
        sends(&none.rest(), "a", "a", "x").await.error(),
        (403, "no_files".into())
    );
}

/// The bug: the connection was closed under a file that was still being sent, and behind a
/// proxy a browser was told that the line was lost, and not that the file is too large.
#[tokio::test]
async fn who_sends_too_much_is_heard_out_and_then_told() {
    let server = started(|config| config.files.file = 100_000).await;
    begins(&server.rest(), "a", "text").await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let path = files_of("a");
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3000000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    for _ in 0..3 {
        let early =
            tokio::time::timeout(Duration::from_millis(300), stream.peek(&mut answer)).await;
        assert!(early.is_err(), "answered before all was heard");
        stream.write_all(&vec![b'x'; 1_000_000]).await.unwrap();
    }
    in_time("an answer comes", stream.read_exact(&mut answer))
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

/// POSTs a body without saying how long it is.
async fn chunked(
    address: std::net::SocketAddr,
    path: &str,
    pieces: Vec<Result<Bytes, std::io::Error>>,
) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for piece in pieces {
        let piece = piece.unwrap();
        let size = format!("{:x}\r\n", piece.len());
        // It may have been answered already.
        let _ = stream.write_all(size.as_bytes()).await;
        let _ = stream.write_all(&piece).await;
        let _ = stream.write_all(b"\r\n").await;
    }
    let _ = stream.write_all(b"0\r\n\r\n").await;
    let mut answered = Vec::new();
    in_time("an answer comes", async {
        let _ = stream.read_to_end(&mut answered).await;
    })
    .await;
    let text = String::from_utf8_lossy(&answered).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn many_at_once_are_all_kept_and_listed_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let mut sending = Vec::new();
    for number in 0..60 {
        let rest = rest.clone();
        sending.push(tokio::spawn(async move {
            // Some are the same.
            let bytes = picture(&format!("number {}", number % 50));
            let name = format!("{}.png", number % 50);
            until("there is room", || async {
                let sent = sends(&rest, "plan", &name, bytes.clone()).await;
                (sent.status != 429).then_some(sent.status)
            })
            .await
        }));
    }
    let mut made = 0;
    for sent in sending {
        let status = sent.await.unwrap();
        assert!(matches!(status, 200 | 201), "{status}");
        made += usize::from(status == 201);
    }
    assert_eq!(made, 50);
    let mut names = listed(&rest, "plan", 7).await;
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 50);
    for wrong in ["limit=0", "limit=1000", "cursor=x", "page=1"] {
        let path = format!("{}?{wrong}", files_of("plan"));
        assert_eq!(rest.get(&path).await.error().0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn nobody_sends_so_many_at_once_that_others_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves(folder.path());
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let mut underway = Vec::new();
    for _ in 0..32 {
        underway.push(begins_to_send(&server, "plan").await);
    }
    until("they are under way", || async {
        (drafts(folder.path()) == 32).then_some(())
    })
    .await;
    let refused = sends(&rest, "plan", "a", "x").await;
    assert_eq!(refused.error(), (429, "too_many_uploads".to_owned()));
    assert!(refused.header("retry-after").is_some());
    // Everything else goes on.
    assert_eq!(listed(&rest, "plan", 10).await, [""; 0]);
    underway.pop();
    until("there is room again", || async {
        let sent = sends(&rest, "plan", "a", "x").await;
        (sent.status == 201).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_document_gives_no_files_and_a_restored_one_has_them_again() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let url = keeps(&rest, "plan", picture("kept")).await;
    assert_eq!(rest.delete("/api/documents/plan").await.status, 204);
    let gone = (410, "document_deleted".to_owned());
    assert_eq!(rest.get(&url).await.error(), gone);
    assert_eq!(rest.get(&files_of("plan")).await.error(), gone);
    assert_eq!(sends(&rest, "plan", "x", "x").await.error(), gone);
    assert_eq!(
        rest.post("/api/documents/plan/restore", "").await.status,
        200
    );
    assert_eq!(rest.get(&url).await.body, picture("kept"));
}

/// What is not kept yet.
fn drafts(data: &Path) -> usize {
    fs::read_dir(data.join("files/incoming")).map_or(0, Iterator::count)
}

/// Begins an upload that says that it has a megabyte, and sends some of it.
async fn begins_to_send(server: &Binary, document: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000000\r\n\r\n",
        files_of(document),
        server.address()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
        .write_all(&picture(&"x".repeat(300_000)))
        .await
        .unwrap();
    stream
}

#[tokio::test]
async fn a_kill_in_the_middle_leaves_nothing_and_takes_nothing_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Binary::serves(data);
    begins(&server.rest(), "plan", "text").await;
    let url = keeps(&server.rest(), "plan", picture("kept")).await;
    let _underway = begins_to_send(&server, "plan").await;
    until("an upload is under way", || async {
        (drafts(data) > 0).then_some(())
    })
    .await;
    server.is_killed();
    assert_eq!(drafts(data), 1);
    let mut server = Binary::serves(data);
    assert_eq!(drafts(data), 0);
    assert_eq!(listed(&server.rest(), "plan", 10).await.len(), 1);
    assert_eq!(server.rest().get(&url).await.body, picture("kept"));
    // The last answer, and at once the end.
    for round in 0..10 {
        let bytes = picture(&format!("round {round}"));
        let url = keeps(&server.rest(), "plan", bytes.clone()).await;
        server.is_killed();
        server = Binary::serves(data);
        assert_eq!(server.rest().get(&url).await.body, bytes, "round {round}");
    }
    assert_eq!(check(data).0, 0);
}

/// `COWRITE_KILL_ROUNDS=N` kills N times, `COWRITE_SEED=…` chooses the same again; when the
/// process dies remains chance.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_answered_is_there_after_kills_at_any_moment() {
    let seed = Seed::asked_for().unwrap_or_else(Seed::any);
    println!("COWRITE_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Binary::serves(data);
    begins(&server.rest(), "plan", "text").await;
    let mut answered: Vec<(String, u64, usize)> = Vec::new();
    for round in 0..asked_number("COWRITE_KILL_ROUNDS").unwrap_or(6) {
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        for sender in 0..4 {
            let (tell, rest) = (tell.clone(), server.rest());
            let mut chances = seed.chances(8 * round + sender);
            tokio::spawn(async move {
                loop {
                    let (word, size) = (chances.u64(..1 << 20), chances.usize(1..200_000));
                    let path = files_of("plan");
                    let request = rest.request(Method::POST, &path).body(random(word, size));
                    // It was killed.
                    let Ok(kept) = request.send().await else {
                        return;
                    };
                    assert!(matches!(kept.status().as_u16(), 200 | 201), "{kept:?}");
                    let url = kept.headers()["location"].to_str().unwrap().to_owned();
                    if tell.send((url, word, size)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        let enough = seed.chances(8 * round + 7).usize(1..30);
        let mut dying = Some(&mut server);
        let mut count = 0;
        // What is answered while it dies counts, too.
        while let Some(kept) = in_time("files are kept", told.recv()).await {
            answered.push(kept);
            count += 1;
            if count == enough
                && let Some(server) = dying.take()
            {
                server.is_killed();
            }
        }
        server = Binary::serves(data);
        assert_eq!(drafts(data), 0, "round {round}");
        for (url, word, size) in &answered {
            let given = server.rest().get(url).await;
            let is_whole = given.body == random(*word, *size);
            assert!(given.status == 200 && is_whole, "round {round}: {url}");
        }
    }
    assert_eq!(check(data).0, 0);
    println!("{} files that were answered, none lost", answered.len());
}

/// Bytes that are the same for the same word.
fn random(word: u64, size: usize) -> Vec<u8> {
    let mut chances = fastrand::Rng::with_seed(word);
    let mut bytes = vec![0; size];
    chances.fill(&mut bytes);
    bytes
}

#[tokio::test]
async fn who_hangs_up_leaves_nothing_and_who_dawdles_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Binary::serves_with(data, &["--slow-client-timeout", "1"]);
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let underway = begins_to_send(&server, "plan").await;
    until("an upload is under way", || async {
        (drafts(data) > 0).then_some(())
    })
    .await;
    drop(underway);
    until("it is gone", || async { (drafts(data) == 0).then_some(()) }).await;
    let mut dawdles = begins_to_send(&server, "plan").await;
    let mut said = Vec::new();
    in_time("it is ended", dawdles.read_to_end(&mut said))
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.starts_with("HTTP/1.1 408") && said.contains("body_too_slow"),
        "{said}"
    );
    until("it is gone", || async { (drafts(data) == 0).then_some(()) }).await;
    assert_eq!(listed(&rest, "plan", 10).await, [""; 0]);
}

/// A whole file was never to be in memory.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_files_pass_through_and_take_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves_with(folder.path(), &["--bytes-per-second", "0"]);
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    keeps(&rest, "plan", picture("first")).await;
    let before = server.memory();
    let mut sending = Vec::new();
    for number in 0..4_u8 {
        let rest = rest.clone();
        sending.push(tokio::spawn(async move {
            let url = keeps(&rest, "plan", vec![number; 30 << 20]).await;
            let given = rest.get(&url).await.body;
            assert!(given.len() == 30 << 20 && given.iter().all(|byte| *byte == number));
        }));
    }
    let mut most = before;
    for task in sending {
        while !task.is_finished() {
            most = most.max(server.memory());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        task.await.unwrap();
    }
    let grew = most.saturating_sub(before) >> 20;
    assert!(grew < 40, "{grew} MiB for 120 MiB");
}

async fn writes(rest: &Rest, document: &str, markdown: &str) {
    let path = format!(
        "/api/documents/{}/content?format=markdown",
        encoded(document)
    );
    let put = answer(rest.request(Method::PUT, &path).body(markdown.to_owned())).await;
    assert!(matches!(put.status, 200 | 201 | 204), "{put:?}");
}

#[tokio::test]
async fn files_that_nothing_refers_to_are_collected_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves_with(folder.path(), &["--file-grace", "1", "--fold-rows", "3"]);
    let rest = server.rest();
    for document in ["plan", "other", "deleted"] {
        begins(&rest, document, "text").await;
    }
    // Written before they are sent, so that none is looked for too early.
    let address = |document: &str, bytes: &[u8]| {
        format!("{}/{:x}", files_of(document), Sha256::digest(bytes))
    };
    let of = |what: &str| address("plan", &picture(what));
    let (never, shared) = (picture("never"), picture("of two"));
    let (now, shared_here) = (of("shown now"), of("of two"));
    let kept = format!("[now]({now})\n\n[shared]({shared_here})");
    let once = of("shown once");
    writes(&rest, "plan", &format!("{kept}\n\n[once]({once})")).await;
    writes(&rest, "plan", &format!("{kept}\n\nother words")).await;
    // In pieces, none of which has all of the word; one is there still, one in a version.
    for what in ["typed", "typed once"] {
        let (typed, name) = (of(what), json!({"name": what}));
        let (head, tail) = typed.split_at(typed.len() - 20);
        writes(&rest, "plan", &format!("{kept}\n\n{tail}")).await;
        writes(&rest, "plan", &format!("{kept}\n\n{head}{tail}")).await;
        if what == "typed once" {
            let versions = "/api/documents/plan/versions";
            let made = rest.post(versions, name.to_string()).await;
            assert_eq!(made.status, 201, "{made:?}");
            writes(&rest, "plan", &format!("{kept}\n\n{}", of("typed"))).await;
        }
    }
    let of_deleted = address("deleted", &picture("of a deleted one"));
    writes(&rest, "deleted", &format!("[a file]({of_deleted})")).await;
    let mut referred = Vec::new();
    for what in ["shown now", "of two", "shown once", "typed", "typed once"] {
        let url = keeps(&rest, "plan", picture(what)).await;
        assert_eq!(url, of(what));
        referred.push(url);
    }
    keeps(&rest, "deleted", picture("of a deleted one")).await;
    assert_eq!(rest.delete("/api/documents/deleted").await.status, 204);
    let gone = async |url: String| {
        until("it is collected", || async {
            let answer = rest.get(&url).await;
            (answer.status == 404).then(|| assert_eq!(answer.error().1, "file_not_found"))
        })
        .await;
    };
    gone(keeps(&rest, "plan", never.clone()).await).await;
    gone(keeps(&rest, "other", shared.clone()).await).await;
    // The file that somebody sends again is there again, and again is looked for.
    gone(keeps(&rest, "plan", never).await).await;
    for kept in &referred {
        assert_eq!(rest.get(kept).await.status, 200, "{kept}");
    }
    assert_eq!(rest.get(&shared_here).await.body, shared);
    assert_eq!(
        rest.post("/api/documents/deleted/restore", "").await.status,
        200
    );
    assert_eq!(rest.get(&of_deleted).await.status, 200);
    assert_eq!(contents(folder.path()).len(), 6);
}

/// Where contents lie.
fn contents(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for part in fs::read_dir(data.join("files")).unwrap() {
        for file in fs::read_dir(part.unwrap().path()).unwrap() {
            found.push(file.unwrap().path());
        }
    }
    found
}

fn does(what: &[&str], data: &Path) -> Output {
    runs(cowrite().args(what).arg("--data").arg(data))
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(both).unwrap()
}

fn check(data: &Path) -> (i32, Value) {
    let output = does(&["check", "--json"], data);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no JSON: {}", said(&output)));
    (output.status.code().unwrap(), report)
}

#[tokio::test]
async fn a_backup_has_the_files_and_puts_them_back() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut server = Binary::serves(&data);
    begins(&server.rest(), "plan", "text").await;
    let first = keeps(&server.rest(), "plan", picture("first")).await;
    let file = place.path().join("beside a server");
    let to = |file: &Path| file.to_str().unwrap().to_owned();
    let made = does(&["backup", &to(&file)], &data);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    assert!(said(&made).contains("1 file"), "{}", said(&made));
    let second = keeps(&server.rest(), "plan", picture("second")).await;
    server.is_killed();
    let after = place.path().join("after a kill");
    let made = does(&["backup", &to(&after)], &data);
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    for (file, count) in [(&file, 1), (&after, 2)] {
        let restored = place.path().join(format!("restored {count}"));
        let put = does(&["restore", &to(file)], &restored);
        assert_eq!(put.status.code(), Some(0), "{}", said(&put));
        let (code, report) = check(&restored);
        assert_eq!(
            (code, &report["files"]["count"]),
            (0, &json!(count)),
            "{report}"
        );
        let server = Binary::serves(&restored);
        let given = server.rest().get(&first).await;
        assert_eq!(
            (given.status, &given.body[..]),
            (200, &picture("first")[..])
        );
        let status = server.rest().get(&second).await.status;
        assert_eq!(status, if count == 2 { 200 } else { 404 });
        keeps(&server.rest(), "plan", picture("third")).await;
        // Nothing is overwritten.
        let again = does(&["restore", &to(file)], &restored);
        assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    }
    let again = does(&["backup", &to(&after)], &data);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    // A folder with files in it, and no documents: somebody's all the same.
    let odd = place.path().join("odd");
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("cowrite.files.db"), "").unwrap();
    let refused = does(&["restore", &to(&after)], &odd);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(!odd.join("cowrite.db").exists());
}

#[tokio::test]
async fn damage_is_named_and_never_given_out() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let server = Binary::serves(&data);
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let sound = keeps(&rest, "plan", picture("sound")).await;
    let url = keeps(&rest, "plan", picture("to be damaged")).await;
    assert_eq!(rest.get(&url).await.status, 200);
    let hash = url.rsplit('/').next().unwrap();
    let path = data.join("files").join(&hash[..2]).join(&hash[2..]);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    for method in [Method::GET, Method::HEAD] {
        assert_eq!(asks(&rest, method, &url, &[]).await.status, 500);
    }
    assert_eq!(rest.get(&url).await.error().1, "file_damaged");
    assert_eq!(rest.get(&sound).await.status, 200);
    let (code, report) = check(&data);
    assert_eq!(code, 1);
    let problems = report["files"]["problems"].to_string();
    assert!(
        problems.contains(hash) && problems.contains("plan"),
        "{report}"
    );
    let file = place.path().join("backup");
    let refused = does(&["backup", file.to_str().unwrap()], &data);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(!file.exists(), "a backup without the files");
    let kept = does(&["backup", "--keep-damaged", file.to_str().unwrap()], &data);
    assert!(said(&kept).contains(hash), "{}", said(&kept));
    let restored = place.path().join("restored");
    let put = does(
        &["restore", "--keep-damaged", file.to_str().unwrap()],
        &restored,
    );
    assert!(said(&put).contains(hash), "{}", said(&put));
    let second = Binary::serves(&restored);
    assert_eq!(second.rest().get(&url).await.error().1, "file_damaged");
    assert_eq!(second.rest().get(&sound).await.status, 200);
    // Whoever sends it again mends it.
    for rest in [rest, second.rest()] {
        assert_eq!(
            sends(&rest, "plan", "x", picture("to be damaged"))
                .await
                .status,
            200
        );
        assert_eq!(rest.get(&url).await.body, picture("to be damaged"));
    }
}

#[tokio::test]
async fn a_lost_index_is_no_empty_one_and_documents_are_served_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut server = Binary::serves(data);
    begins(&server.rest(), "plan", "text").await;
    let url = keeps(&server.rest(), "plan", picture("kept")).await;
    server.is_asked_to_stop();
    server.ends().await;
    let index = data.join("cowrite.files.db");
    let whole = fs::read(&index).unwrap();
    fs::remove_file(&index).unwrap();
    let mut server = Binary::serves(data);
    assert_eq!(
        server.rest().get(&url).await.error(),
        (503, "files_unavailable".into())
    );
    assert_eq!(sends(&server.rest(), "plan", "x", "x").await.error().0, 503);
    assert_eq!(server.rest().content("plan", "text").await.status, 200);
    assert_eq!(check(data).0, 1);
    server.is_asked_to_stop();
    server.ends().await;
    fs::write(&index, whole).unwrap();
    assert_eq!(
        Binary::serves(data).rest().get(&url).await.body,
        picture("kept")
    );
}

fn overwrite(path: &Path, bytes: &[u8]) {
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", path.display()));
    }
    fs::write(path, bytes).unwrap();
}

/// A database in which the first page that has `word` in it is worth nothing.
fn without_page(whole: &[u8], word: &[u8]) -> Vec<u8> {
    const PAGE: usize = 4096;
    let is_it = |page: &[u8]| page.windows(word.len()).any(|window| window == word);
    let pages = whole.chunks(PAGE).skip(1);
    let page = 1 + pages.into_iter().position(is_it).unwrap();
    let mut torn = whole.to_vec();
    torn[page * PAGE..][..PAGE].fill(0xa5);
    torn
}

/// Damage to the index, a single page of it, let nobody make a backup, of documents
/// neither, whatever was asked for.
#[tokio::test]
async fn a_damaged_index_keeps_nobody_from_a_backup_of_the_rest() {
    const FILES: usize = 60;
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let index = data.join("cowrite.files.db");
    let mut server = Binary::serves(&data);
    let rest = server.rest();
    begins(&rest, "plan", "text").await;
    let mut urls = Vec::new();
    for number in 0..FILES {
        let name = format!("{number:03} {}", "long ".repeat(30));
        let kept = sends(&rest, "plan", &name, picture(&name)).await;
        assert_eq!(kept.status, 201, "{kept:?}");
        urls.push(kept.json()["url"].as_str().unwrap().to_owned());
    }
    server.is_asked_to_stop();
    server.ends().await;
    // What may lie in the log still.
    let database = rusqlite::Connection::open(&index).unwrap();
    let written = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    written.unwrap();
    drop(database);
    let whole = fs::read(&index).unwrap();
    let to = |name: &str| place.path().join(name).to_str().unwrap().to_owned();

    // What is known of contents is told from them; which files there are is not.
    for (story, word, least) in [
        ("contents", &b"image/png"[..], FILES),
        ("files", b"030 long", FILES / 2),
    ] {
        overwrite(&index, &without_page(&whole, word));
        let none = to(&format!("no {story}"));
        let refused = does(&["backup", &none], &data);
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(
            said(&refused).contains("--keep-damaged"),
            "{}",
            said(&refused)
        );
        assert!(!Path::new(&none).exists());
        let file = to(&format!("backup of {story}"));
        let kept = does(&["backup", "--keep-damaged", &file], &data);
        assert_eq!(kept.status.code(), Some(1), "{}", said(&kept));
        assert!(said(&kept).contains("DAMAGED: files: "), "{}", said(&kept));
        // What was copied is whole.
        let restored = place.path().join(format!("restored {story}"));
        let put = does(&["restore", &file], &restored);
        assert_eq!(put.status.code(), Some(0), "{}", said(&put));
        let server = Binary::serves(&restored);
        let (mut found, mut last) = (0, 0);
        for (number, url) in urls.iter().enumerate() {
            let name = format!("{number:03} {}", "long ".repeat(30));
            let given = server.rest().get(url).await;
            if given.status == 200 {
                assert_eq!(given.body, picture(&name));
                (found, last) = (found + 1, number);
            }
        }
        assert!((least..=FILES).contains(&found), "{story}: {found} files");
        assert_eq!((found < FILES, last), (story == "files", FILES - 1));
        assert_eq!(listed(&server.rest(), "plan", 100).await.len(), found);
        keeps(&server.rest(), "plan", "one more").await;
    }

    // Of all of it nothing is left, and the documents are in the backup.
    for (story, bytes) in [("nothing", Some(&b"no database"[..])), ("gone", None)] {
        overwrite(&index, bytes.unwrap_or_default());
        if bytes.is_none() {
            fs::remove_file(&index).unwrap();
        }
        let file = to(story);
        let kept = does(&["backup", "--keep-damaged", &file], &data);
        assert_eq!(kept.status.code(), Some(1), "{}", said(&kept));
        assert!(
            said(&kept).contains("no file was copied"),
            "{}",
            said(&kept)
        );
        assert!(!Path::new(&format!("{file}-files")).exists());
        let restored = place.path().join(format!("restored {story}"));
        let put = does(&["restore", &file], &restored);
        assert_eq!(put.status.code(), Some(0), "{}", said(&put));
        let server = Binary::serves(&restored);
        let content = server.rest().content("plan", "text").await;
        assert_eq!(content.text().trim(), "text");
    }
}
