//! What goes wrong, and who is told: disks that fail, clients that do not keep
//! to the protocol, options that make no sense.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cowrite::id::DocumentId;
use cowrite::store::StoreError;
use cowrite::store::memory::MemoryStore;
use futures_util::future::join_all;

use support::binary::{Binary, cowrite, runs};
use support::client::Client;
use support::raw::{self, Raw};
use support::reading;
use support::server::{TestServer, config};
use support::until;
use support::wire::Heard;

fn disk_full() -> StoreError {
    StoreError::Engine("the disk is full".to_owned())
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_refused_and_never_shown_empty() {
    let mut config = config();
    config.live.idle_timeout = Duration::ZERO;
    let store = MemoryStore::new();
    let faults = store.faults();
    let server = TestServer::with(config, Arc::new(store)).await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    ada.types("years of work");
    ada.saved().await;
    ada.leaves().await;

    let id = DocumentId::parse("notes").unwrap();
    faults.damage(&id);
    until("the document is read anew, in vain", || async {
        (rest.content("notes", "json").await.status != 200).then_some(())
    })
    .await;
    for format in ["json", "text", "yjs"] {
        let refused = rest.content("notes", format).await;
        assert_eq!(refused.error(), (503, "document_unreadable".into()));
    }
    let mut ben = Client::offline(server.address(), "Ben", "notes");
    ben.types("what a nice empty page");
    ben.connects().await;
    assert_eq!(ben.is_ended().await, 1011);
    let shown = ben.looks(|seen| seen.heard.clone());
    assert_eq!(shown, [], "a page was shown that is none");
    let update = ben.types("!");
    let refused = rest.post("/api/documents/notes/updates", update).await;
    assert_eq!(refused.error(), (503, "document_unreadable".into()));
    // Others are not concerned.
    let carol = server.welcomes("Carol", "elsewhere").await;
    carol.types("fine");
    carol.saved().await;

    faults.mend(&id);
    until("the document is read again", || async {
        let content = rest.content("notes", "text").await;
        (content.status == 200).then(|| assert_eq!(content.text(), "years of work"))
    })
    .await;
    ben.returns().await;
    ben.saved().await;
    let text = ben.text();
    assert!(text.contains("years of work") && text.contains("what a nice empty page"));
}

#[tokio::test]
async fn a_load_that_fails_once_is_tried_again_by_the_next_who_comes() {
    let (server, faults) = TestServer::with_faults().await;
    faults.fail_loads(1, disk_full());
    let mut ada = Client::offline(server.address(), "Ada", "notes");
    ada.types("hello");
    ada.connects().await;
    assert_eq!(ada.is_ended().await, 1011);
    until("the document lets her in", || async {
        let mut again = Client::offline(server.address(), "Ada", "notes");
        again.connects().await;
        again
            .waits("for any answer", |seen| {
                let read = seen.heard.iter().any(|h| matches!(h, Heard::Step2(_)));
                (read || seen.end.is_some()).then_some(read)
            })
            .await
            .then_some(())
    })
    .await;
    ada.returns().await;
    ada.saved().await;
    assert_eq!(server.rest().content("notes", "text").await.text(), "hello");
}

#[tokio::test]
async fn what_cannot_be_saved_is_told_to_nobody() {
    let (server, faults) = TestServer::with_faults().await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    let mut ben = server.welcomes("Ben", "notes").await;
    ada.types("saved");
    ben.sees("saved").await;
    ada.saved().await;

    faults.fail_appends(1, disk_full());
    ada.types(", and not saved");
    let barrier = ada.asks_whether_saved();
    assert_eq!(ada.is_ended().await, 1011);
    assert_eq!(ben.is_ended().await, 1011);
    assert_eq!(ben.text(), "saved");
    assert!(!ada.looks(|seen| seen.is_saved(barrier)));
    let told = ada.looks(|seen| reading::text(&seen.told));
    assert_eq!(told, "saved", "an echo is an acknowledgement");
    let ready = rest.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    let reason = ready.json()["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("the disk is full"), "{reason}");
    assert_eq!(rest.get("/health/live").await.status, 200);

    // The document comes back from disk, without what is not there.
    until("the document is back", || async {
        let content = rest.content("notes", "text").await;
        (content.status == 200).then(|| assert_eq!(content.text(), "saved"))
    })
    .await;
    ben.returns().await;
    assert_eq!(ben.text(), "saved");
    // And takes it when it is sent again, as a provider does.
    ada.returns().await;
    ada.saved().await;
    ben.sees("saved, and not saved").await;
    assert_eq!(rest.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn a_program_hears_that_its_update_was_not_saved() {
    let (server, faults) = TestServer::with_faults().await;
    let rest = server.rest();
    rest.post("/api/documents", r#"{"name":"notes"}"#).await;
    faults.fail_appends(1, disk_full());
    let program = Client::offline(server.address(), "a program", "notes");
    let update = program.types("hello");
    let path = "/api/documents/notes/updates";
    let refused = rest.post(path, update.clone()).await;
    assert_eq!(refused.error(), (503, "not_saved".into()));
    assert_eq!(refused.header("retry-after"), Some("2"));
    until("it is taken", || async {
        (rest.post(path, update.clone()).await.status == 204).then_some(())
    })
    .await;
    assert_eq!(rest.content("notes", "text").await.text(), "hello");
}

#[tokio::test]
async fn a_store_that_stopped_is_not_written_to_and_still_read() {
    let (server, faults) = TestServer::with_faults().await;
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("on disk");
    ada.saved().await;
    faults.stop("the disk did not sync");
    ada.types(", in the air");
    assert_eq!(ada.is_ended().await, 1011);
    assert_eq!(rest.get("/health/ready").await.status, 503);
    until("it is read again", || async {
        let content = rest.content("notes", "text").await;
        (content.status == 200).then(|| assert_eq!(content.text(), "on disk"))
    })
    .await;
}

/// The actor of a document looks once a second whether anybody needs it. When
/// that second ended while it handled a creation, deletion or restoration, it
/// both waited for the store and asked to be forgotten, and went before it had
/// answered: the caller read 503 `shutting_down` of a server that ran on, and of
/// something that was done.
#[tokio::test]
async fn a_document_does_not_retire_while_somebody_waits_for_it() {
    let mut config = config();
    config.live.idle_timeout = Duration::ZERO;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    // Each document leaves memory once a second, and is asked all the time.
    let asking = (0..32).map(|number| {
        let rest = server.rest();
        async move {
            let body = format!(r#"{{"name":"document {number}"}}"#);
            let created = rest.post("/api/documents", body.clone()).await;
            assert_eq!(created.status, 201);
            let begun = Instant::now();
            let mut wrong = 0;
            while begun.elapsed() < Duration::from_secs(3) {
                let again = rest.post("/api/documents", body.clone()).await;
                wrong += usize::from(again.error() != (409, "document_exists".into()));
            }
            wrong
        }
    });
    let wrong: usize = join_all(asking).await.into_iter().sum();
    assert_eq!(wrong, 0, "requests were answered wrongly");
}

#[test]
fn one_folder_serves_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Binary::serves(folder.path());
    let mut second = cowrite();
    second.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    let refused = runs(second.arg(folder.path()));
    assert_eq!(refused.status.code(), Some(1));
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(
        complaint.contains("in use by another cowrite"),
        "{complaint}"
    );
    assert!(
        complaint.contains(&*folder.path().to_string_lossy()),
        "{complaint}"
    );
    first.is_killed();
    // A lock does not outlive its process.
    drop(Binary::serves(folder.path()));
}

#[test]
fn wrong_options_are_named() {
    let cases: [(&[&str], &str); 10] = [
        (&["--listen", "nowhere"], "--listen"),
        (&["--listen", "0.0.0.0:0"], "--insecure-no-auth"),
        (&["--store", "paper"], "--store"),
        (&["--durability", "perhaps"], "--durability"),
        (&["--max-message", "12"], "--max-message"),
        (&["--window", "lots"], "--window"),
        (&["--threads", "0"], "--threads"),
        (&["--silence-timeout", "1"], "--silence-timeout"),
        (&["--allow-origin", "example.org"], "--allow-origin"),
        (
            &["--config", "/nowhere/cowrite.toml"],
            "/nowhere/cowrite.toml",
        ),
    ];
    for (options, named) in cases {
        let refused = runs(cowrite().arg("serve").args(options));
        assert_eq!(refused.status.code(), Some(2), "{options:?}");
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert!(complaint.contains(named), "{options:?}: {complaint}");
    }
    let refused = runs(cowrite().arg("serve").env("COWRITE_MAX_DOCUMENT", "7"));
    assert_eq!(refused.status.code(), Some(2));
    let complaint = String::from_utf8(refused.stderr).unwrap();
    assert!(complaint.contains("--max-document"), "{complaint}");
}

#[tokio::test]
async fn a_message_over_the_limit_is_refused_however_it_comes() {
    let mut config = config();
    config.live.message_bytes = 4096;
    config.live.protocol.frame_bytes = 4096;
    config.live.limits.guard.message_bytes = 4096;
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let ada = server.welcomes("Ada", "notes").await;
    let mut whole = Raw::opens(server.address(), "notes").await;
    whole.sends_frame(raw::FIN | raw::BINARY, &[0; 5000]).await;
    assert_eq!(whole.is_ended().await, 1009);
    let mut parts = Raw::opens(server.address(), "notes").await;
    parts.sends_frame(raw::BINARY, &[0; 3000]).await;
    parts
        .sends_frame(raw::FIN | raw::CONTINUATION, &[0; 3000])
        .await;
    assert_eq!(parts.is_ended().await, 1009);
    ada.types(&"just fits ".repeat(400));
    ada.saved().await;
}

#[tokio::test]
async fn who_says_nothing_at_all_is_ended() {
    let mut config = config();
    config.live.silence_timeout = Duration::from_secs(3);
    let server = TestServer::with(config, Arc::new(MemoryStore::new())).await;
    let ada = server.welcomes("Ada", "notes").await;
    // Ada's library answers pings; this one does not.
    let mut silent = Raw::opens(server.address(), "notes").await;
    assert_eq!(silent.is_ended().await, 1013);
    assert!(ada.is_connected());
}
