//! Branches: what somebody wrote without a connection, kept as it was before it was merged.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cowrite::store::Retention;
use cowrite::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use support::binary::{Binary, cowrite, runs};
use support::rest::{Answer, Rest, answer, encoded};
use support::server::{TestServer, config};
use support::{reading, until};

const KIND: &str = "application/octet-stream";

fn path(document: &str) -> String {
    format!("/api/documents/{}/versions", encoded(document))
}

async fn keeps_as(rest: &Rest, document: &str, query: &str, state: Vec<u8>) -> Answer {
    let request = rest
        .request(Method::POST, &format!("{}{query}", path(document)))
        .header("content-type", KIND)
        .header("x-cowrite-author", "Grace");
    answer(request.body(state)).await
}

/// Keeps a branch and gives its id.
async fn keeps(rest: &Rest, document: &str, state: Vec<u8>) -> String {
    let kept = keeps_as(rest, document, "", state).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    kept.json()["id"].as_str().unwrap().to_owned()
}

async fn begins(rest: &Rest, document: &str, markdown: &str) {
    let body = json!({"name": document, "content": markdown, "format": "markdown"});
    let made = rest.post("/api/documents", body.to_string()).await;
    assert_eq!(made.status, 201, "{made:?}");
}

async fn becomes(rest: &Rest, document: &str, markdown: &str) {
    let path = format!(
        "/api/documents/{}/content?format=markdown",
        encoded(document)
    );
    let put = answer(rest.request(Method::PUT, &path).body(markdown.to_owned())).await;
    assert_eq!(put.status, 200, "{put:?}");
}

async fn text_at(rest: &Rest, document: &str, at: &str) -> Answer {
    let document = encoded(document);
    rest.get(&format!(
        "/api/documents/{document}/content?format=text&at={at}"
    ))
    .await
}

/// The ids in the list, page by page.
async fn listed(rest: &Rest, document: &str, limit: usize) -> Vec<Value> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = format!("{}?limit={limit}{cursor}", path(document));
        let page = rest.get(&page).await.json();
        let versions = page["versions"].as_array().unwrap();
        assert!(versions.len() <= limit);
        ids.extend(versions.iter().map(|version| version["id"].clone()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

/// What somebody makes of a document without a connection.
async fn offline(rest: &Rest, document: &str, words: &str) -> Vec<u8> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let aside = format!("{document} aside {}", COUNT.fetch_add(1, Ordering::Relaxed));
    begins(rest, &aside, words).await;
    let state = rest.state(&aside).await;
    assert_eq!(
        rest.delete(&format!("/api/documents/{}", encoded(&aside)))
            .await
            .status,
        204
    );
    state
}

/// A name in the query, as a state has it, beside a JSON body that has one too: one of the
/// two was taken and the other ignored, and nobody said which.
#[tokio::test]
async fn a_version_has_one_name() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "team/plan", "shared line").await;
    let twice = format!("{}?name=second", path("team/plan"));
    let refused = rest
        .post(&twice, json!({"name": "first"}).to_string())
        .await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let said = refused.json().to_string();
    assert!(said.contains("application/octet-stream"), "{said}");
    let named = rest
        .post(&path("team/plan"), json!({"name": "first"}).to_string())
        .await;
    assert_eq!(named.status, 201, "{named:?}");
    assert_eq!(named.json()["name"], "first");
}

#[tokio::test]
async fn a_branch_is_read_compared_named_and_restored_like_a_version() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "team/plan", "shared line").await;
    let first = rest
        .post(&path("team/plan"), json!({"name": "first"}).to_string())
        .await
        .json();
    let state = offline(&rest, "team/plan", "shared line of Grace").await;
    let called = format!("?name={}", encoded("Grace, offline until 10:32"));
    let kept = keeps_as(&rest, "team/plan", &called, state.clone()).await;
    assert_eq!(kept.status, 201, "{kept:?}");
    let mut branch = kept.json();
    let id = "b1";
    assert_eq!(branch["id"], id);
    assert_eq!(branch["name"], "Grace, offline until 10:32");
    assert_eq!(branch["authors"], json!(["Grace"]));
    assert_eq!(branch["branch"], true);
    assert_eq!(branch["bytes"], state.len());
    let location = kept.header("location").unwrap().to_owned();
    assert_eq!(location, format!("{}/{id}", path("team/plan")));
    assert_eq!(rest.get(&location).await.json(), branch);
    // Who did not hear the answer sends it again: it is kept once, and as of now.
    let again = keeps_as(&rest, "team/plan", "", state.clone()).await;
    assert_eq!(again.status, 201, "{again:?}");
    assert_ne!(again.json()["at"], branch["at"]);
    branch["at"] = again.json()["at"].clone();
    assert_eq!(again.json(), branch);

    becomes(&rest, "team/plan", "# shared line").await;
    assert_eq!(
        text_at(&rest, "team/plan", id).await.text().trim(),
        "shared line of Grace"
    );
    let yjs = format!("/api/documents/team%2Fplan/content?format=yjs&at={id}");
    let yjs = rest.get(&yjs).await;
    assert!(
        reading::holds(&yjs.body, &state),
        "the state is the one that was sent"
    );
    let signed = format!("/api/documents/team%2Fplan/content?format=json&authors=true&at={id}");
    assert_eq!(rest.get(&signed).await.status, 200);
    for (from, to) in [("b1", "now"), ("1", "b1"), ("b1", "1"), ("b1", "b1")] {
        let told = format!("/api/documents/team%2Fplan/diff?from={from}&to={to}");
        let told = rest.get(&told).await;
        assert_eq!(told.status, 200, "{from} {to}: {told:?}");
        assert_eq!(told.json()["from"]["version"].is_string(), from == "b1");
    }
    let told = rest
        .get("/api/documents/team%2Fplan/diff?from=1&to=b1")
        .await;
    assert_eq!(told.json()["counts"]["added"]["characters"], 9);

    let named = rest.request(Method::PATCH, &location);
    let named = answer(named.body(json!({"name": "of Grace"}).to_string())).await;
    assert_eq!(
        (named.status, &named.json()["name"]),
        (200, &json!("of Grace"))
    );
    let listed = rest.get(&path("team/plan")).await.json();
    let found = &listed["versions"][0];
    assert_eq!(
        (found, &listed["versions"][1]["id"]),
        (&named.json(), &first["id"])
    );
    assert_eq!(listed["versions"][1].get("branch"), None);

    let restored = rest.post(&format!("{location}/restore"), "").await;
    assert_eq!(restored.status, 200, "{restored:?}");
    let now = rest.content("team/plan", "markdown").await;
    assert_eq!(now.text().trim(), "shared line of Grace");
}

#[tokio::test]
async fn branches_stand_among_versions_by_their_time_page_by_page() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "plan", "0").await;
    let mut expected = Vec::new();
    for number in 0..5 {
        becomes(&rest, "plan", &number.to_string()).await;
        let version = json!({"name": format!("version {number}")}).to_string();
        let version = rest.post(&path("plan"), version).await.json();
        expected.insert(0, version["id"].clone());
        if number != 2 {
            let state = offline(&rest, "plan", &format!("branch {number}")).await;
            expected.insert(0, keeps(&rest, "plan", state).await.into());
        }
    }
    for limit in [1, 2, 3, 50] {
        assert_eq!(
            listed(&rest, "plan", limit).await,
            expected,
            "{limit} a page"
        );
    }
    // Another document's are its own.
    begins(&rest, "other", "0").await;
    assert_eq!(listed(&rest, "other", 50).await, Vec::<Value>::new());
    assert_eq!(
        text_at(&rest, "other", "b1").await.error().1,
        "version_not_found"
    );
}

#[tokio::test]
async fn what_makes_no_document_is_not_kept() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "plan", "words").await;
    let state = rest.state("plan").await;
    let whole = reading::doc_of(&state);
    reading::types(&whole, "more");
    // Only the end of what somebody typed: it builds on what is not there.
    let lacking = {
        let typing = reading::new_doc(7);
        reading::types(&typing, "one");
        reading::types(&typing, "two")
    };
    let mut hostile = vec![
        Vec::new(),
        vec![0xff; 40],
        state[..state.len() - 1].to_vec(),
        lacking,
        b"{\"name\": \"a version\"}".to_vec(),
    ];
    let mut bomb = vec![1, 0xff, 0xff, 0xff, 0xff, 0x0f];
    bomb.extend([0; 8]);
    hostile.push(bomb);
    for body in hostile {
        let refused = keeps_as(&rest, "plan", "", body.clone()).await;
        assert_eq!(refused.error(), (422, "update_refused".into()), "{body:?}");
    }
    for (query, code) in [("?name=", "bad_request"), ("?other=1", "bad_request")] {
        let refused = keeps_as(&rest, "plan", query, state.clone()).await;
        assert_eq!(refused.error().1, code, "{query}");
    }
    let long = format!("?name={}", "n".repeat(257));
    assert_eq!(
        keeps_as(&rest, "plan", &long, state.clone()).await.status,
        400
    );
    let nowhere = keeps_as(&rest, "nowhere", "", state.clone()).await;
    assert_eq!(nowhere.error(), (404, "document_not_found".into()));
    assert_eq!(listed(&rest, "plan", 50).await, Vec::<Value>::new());
    for id in ["b1", "b", "b-1", "bb1", "b99999999999999999999999"] {
        let found = rest.get(&format!("{}/{id}", path("plan"))).await;
        assert_eq!(found.error().1, "version_not_found", "{id}");
    }
    let unknown = rest.get("/api/documents/plan/diff?from=b7").await;
    assert_eq!(unknown.error(), (404, "version_not_found".into()));
}

#[tokio::test]
async fn a_body_is_no_larger_than_a_message() {
    let mut config = config();
    config.live.message_bytes = 4_000;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let rest = server.rest();
    begins(&rest, "plan", "words").await;
    let refused = keeps_as(&rest, "plan", "", vec![0; 4_001]).await;
    assert_eq!(refused.error(), (413, "too_large".into()));
}

#[tokio::test]
async fn what_nobody_named_goes_when_it_is_old() {
    let retention = Retention {
        age: Some(Duration::from_secs(2)),
        bytes: None,
    };
    let store = MemoryStore::with_retention(retention);
    let server = TestServer::with(config(), Arc::new(store)).await;
    let rest = server.rest();
    let (named, old) = one_named_and_one_not(&rest).await;
    let mut number = 0;
    until("the old one is gone", || {
        number += 1;
        let (rest, old) = (&rest, &old);
        async move {
            let state = offline(rest, "plan", &format!("more and more {number}")).await;
            keeps(rest, "plan", state).await;
            (text_at(rest, "plan", old).await.status == 404).then_some(())
        }
    })
    .await;
    assert_eq!(
        text_at(&rest, "plan", &named).await.text().trim(),
        "this one has a name"
    );
    let left = listed(&rest, "plan", 50).await;
    assert!(left.contains(&named.into()) && left.len() > 1, "{left:?}");
}

/// Two came back offline at once, and the second's branch pushed out the first's.
#[tokio::test]
async fn what_came_within_the_hour_makes_no_room_for_others() {
    let retention = Retention {
        age: None,
        bytes: Some(300),
    };
    let store = MemoryStore::with_retention(retention);
    let server = TestServer::with(config(), Arc::new(store)).await;
    let rest = server.rest();
    let (named, old) = one_named_and_one_not(&rest).await;
    let mut number = 0;
    until("there is no room", || {
        number += 1;
        let rest = &rest;
        async move {
            let state = offline(rest, "plan", &format!("more and more {number}")).await;
            let kept = keeps_as(rest, "plan", "", state).await;
            if kept.status == 201 {
                return None;
            }
            assert_eq!(kept.status, 409);
            assert_eq!(kept.json()["error"]["code"], "too_many_versions");
            Some(())
        }
    })
    .await;
    for (branch, words) in [
        (named, "this one has a name"),
        (old, "and this one has none"),
    ] {
        assert_eq!(text_at(&rest, "plan", &branch).await.text().trim(), words);
    }
}

/// A document with two branches: one that somebody named, and one that nobody did.
async fn one_named_and_one_not(rest: &Rest) -> (String, String) {
    begins(rest, "plan", "0").await;
    let named = offline(rest, "plan", "this one has a name").await;
    let named = keeps(rest, "plan", named).await;
    let name = rest.request(Method::PATCH, &format!("{}/{named}", path("plan")));
    let name = answer(name.body(json!({"name": "kept"}).to_string())).await;
    assert_eq!(name.status, 200);
    let other = offline(rest, "plan", "and this one has none").await;
    (named, keeps(rest, "plan", other).await)
}

#[tokio::test]
async fn a_deleted_document_keeps_its_branches() {
    let server = TestServer::start().await;
    let rest = server.rest();
    begins(&rest, "plan", "words").await;
    let state = offline(&rest, "plan", "other words").await;
    let id = keeps(&rest, "plan", state.clone()).await;
    assert_eq!(rest.delete("/api/documents/plan").await.status, 204);
    for refused in [
        keeps_as(&rest, "plan", "", state).await,
        text_at(&rest, "plan", &id).await,
        rest.get(&format!("{}/{id}", path("plan"))).await,
        rest.get(&path("plan")).await,
    ] {
        assert_eq!(refused.error(), (410, "document_deleted".into()));
    }
    assert_eq!(
        rest.post("/api/documents/plan/restore", "").await.status,
        200
    );
    assert_eq!(
        text_at(&rest, "plan", &id).await.text().trim(),
        "other words"
    );
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept: Vec<(String, String)> = Vec::new();
    for round in 0..4 {
        let mut server = Binary::serves(folder.path());
        let rest = server.rest();
        if round == 0 {
            begins(&rest, "plan", "words").await;
        }
        for (id, words) in &kept {
            assert_eq!(text_at(&rest, "plan", id).await.text().trim(), words);
        }
        let words = format!("written offline, round {round}");
        let state = offline(&rest, "plan", &words).await;
        let id = keeps(&rest, "plan", state).await;
        server.is_killed();
        kept.push((id, words));
    }
}

#[tokio::test]
async fn a_file_that_only_a_branch_refers_to_is_not_collected() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves_with(folder.path(), &["--file-grace", "1"]);
    let rest = server.rest();
    begins(&rest, "plan", "words").await;
    let file = |bytes: &[u8]| format!("/api/documents/plan/files/{:x}", Sha256::digest(bytes));
    let (shown, unknown) = (b"\x89PNG shown".to_vec(), b"\x89PNG unknown".to_vec());
    let state = offline(&rest, "plan", &format!("[a file]({})", file(&shown))).await;
    keeps(&rest, "plan", state).await;
    for bytes in [&shown, &unknown] {
        let sent = rest
            .post("/api/documents/plan/files?name=a", bytes.clone())
            .await;
        assert_eq!(sent.status, 201, "{sent:?}");
    }
    until("what nothing refers to is collected", || async {
        (rest.get(&file(&unknown)).await.status == 404).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(rest.get(&file(&shown)).await.status, 200);
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
async fn branches_are_checked_backed_up_and_put_back() {
    let place = tempfile::tempdir().unwrap();
    let (data, file) = (place.path().join("data"), place.path().join("backup"));
    let mut server = Binary::serves(&data);
    let rest = server.rest();
    begins(&rest, "plan", "words").await;
    let state = offline(&rest, "plan", "written offline").await;
    let id = keeps(&rest, "plan", state.clone()).await;
    // Beside a server that runs, and after one that was killed.
    let output = does(&["backup", file.to_str().unwrap()], &data);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("1 branch"), "{}", said(&output));
    let twice = does(
        &["backup", place.path().join("backup").to_str().unwrap()],
        &data,
    );
    assert_eq!(twice.status.code(), Some(1), "nothing is overwritten");
    server.is_killed();
    let (code, report) = check(&data);
    assert_eq!(
        (code, &report["branches"]["count"]),
        (0, &json!(1)),
        "{report}"
    );
    assert_eq!(report["branches"]["bytes"], state.len());

    let restored = place.path().join("restored");
    let output = does(&["restore", file.to_str().unwrap()], &restored);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let mut server = Binary::serves(&restored);
    let rest = server.rest();
    assert_eq!(
        text_at(&rest, "plan", &id).await.text().trim(),
        "written offline"
    );
    assert_eq!(listed(&rest, "plan", 50).await[0], json!(id));
    server.is_killed();

    // Damage is said, refuses a backup, and concerns no document.
    let database = rusqlite::Connection::open(data.join("cowrite.branches.db")).unwrap();
    database
        .execute("UPDATE branches SET hash = zeroblob(32)", [])
        .unwrap();
    drop(database);
    let (code, report) = check(&data);
    assert_eq!((code, &report["clean"]), (1, &json!(false)), "{report}");
    let problem = report["branches"]["problems"][0].as_str().unwrap();
    assert!(
        problem.contains("branch b1 of document \"plan\""),
        "{problem}"
    );
    let other = place.path().join("other");
    let refused = does(&["backup", other.to_str().unwrap()], &data);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(!other.exists());
    let mut server = Binary::serves(&data);
    let rest = server.rest();
    let lost = text_at(&rest, "plan", &id).await;
    assert_eq!(lost.error(), (500, "history_unreadable".into()));
    assert_eq!(rest.content("plan", "text").await.text().trim(), "words");
    // Others are kept beside it.
    keeps(&rest, "plan", state).await;
    server.is_killed();

    // With --keep-damaged it comes along.
    let kept = does(
        &["backup", other.to_str().unwrap(), "--keep-damaged"],
        &data,
    );
    assert_eq!(kept.status.code(), Some(1), "{}", said(&kept));
    assert!(said(&kept).contains("branch b1"), "{}", said(&kept));
    assert!(other.exists());
}

fn overwrite(path: &Path, bytes: &[u8]) {
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    std::fs::write(path, bytes).unwrap();
}

/// A damaged database of branches hid every version of every document: the list was an
/// error. And no backup could be made, whatever was asked for.
#[tokio::test]
async fn damaged_branches_hide_no_version_and_keep_nobody_from_a_backup() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let database = data.join("cowrite.branches.db");
    let mut server = Binary::serves(&data);
    let rest = server.rest();
    begins(&rest, "plan", "words").await;
    for number in 0..3 {
        let named = json!({"name": format!("version {number}")}).to_string();
        assert_eq!(rest.post(&path("plan"), named).await.status, 201);
        becomes(&rest, "plan", &format!("words {number}")).await;
    }
    // Long enough for a page of its own, and not to be packed.
    for number in 0..40 {
        let mut noise = fastrand::Rng::with_seed(number);
        let long: String = std::iter::repeat_with(|| noise.alphanumeric())
            .take(6_000)
            .collect();
        let state = offline(&rest, "plan", &long).await;
        keeps(&rest, "plan", state).await;
    }
    server.is_asked_to_stop();
    server.ends().await;
    let whole = std::fs::read(&database).unwrap();

    // A part of it: what can be read is in the backup, and can be put back.
    let mut torn = whole.clone();
    let middle = torn.len() / 2;
    torn[middle..middle + 20_000].fill(0xa5);
    overwrite(&database, &torn);
    let refused = does(
        &["backup", place.path().join("none").to_str().unwrap()],
        &data,
    );
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(!place.path().join("none").exists());
    let torn_backup = place.path().join("torn");
    let kept = does(
        &["backup", torn_backup.to_str().unwrap(), "--keep-damaged"],
        &data,
    );
    assert_eq!(kept.status.code(), Some(1), "{}", said(&kept));
    assert!(said(&kept).contains("DAMAGED"), "{}", said(&kept));
    let restored = place.path().join("restored");
    let output = does(
        &["restore", torn_backup.to_str().unwrap(), "--keep-damaged"],
        &restored,
    );
    assert!(output.status.code() < Some(2), "{}", said(&output));
    let server = Binary::serves(&restored);
    let found = listed(&server.rest(), "plan", 50).await;
    let branches = found.iter().filter(|id| id.is_string()).count();
    assert!((10..=40).contains(&branches), "{branches} were saved");
    drop(server);

    // All of it.
    overwrite(&database, b"no database");
    let (code, report) = check(&data);
    assert_eq!((code, &report["clean"]), (1, &json!(false)), "{report}");
    let backup = place.path().join("backup");
    let kept = does(
        &["backup", backup.to_str().unwrap(), "--keep-damaged"],
        &data,
    );
    assert_eq!(kept.status.code(), Some(1), "{}", said(&kept));
    assert!(
        said(&kept).contains("no branch was copied"),
        "{}",
        said(&kept)
    );
    assert!(backup.exists() && !place.path().join("backup-branches").exists());
    let server = Binary::serves(&data);
    let rest = server.rest();
    assert_eq!(rest.content("plan", "text").await.text().trim(), "words 2");
    // One more was made when the server ended.
    for limit in [2, 50] {
        let listed = listed(&rest, "plan", limit).await;
        assert!(listed.len() >= 3 && listed.iter().all(Value::is_number));
        assert!(listed.ends_with(&[json!(3), json!(2), json!(1)]));
    }
    let told = rest.get(&path("plan")).await;
    assert_eq!(told.status, 200, "{told:?}");
    let lost = told.json()["lost"].as_str().unwrap().to_owned();
    assert!(lost.contains("not a database"), "{lost}");
    let branch = rest.get(&format!("{}/b1", path("plan"))).await;
    assert_eq!(branch.error(), (500, "history_unreadable".into()));
    assert_eq!(
        std::fs::read(&database).unwrap(),
        b"no database",
        "it is left alone"
    );
}
