//! Disks that fill up, fail, turn read-only or lose their files, under a server
//! with people on it: nobody is told that something is saved which is not, and
//! what was said to be saved is.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cowrite::store::StoreError;
use cowrite::store::sqlite::{Options, SqliteStore};

use support::binary::{Binary, cowrite, runs};
use support::client::Client;
use support::rest::Rest;
use support::server::{TestServer, config};
use support::{reading, until};

const UPDATES: &str = "/api/documents/notes/updates";

/// Why a server is not ready; it has to be so.
async fn trouble(rest: &Rest) -> String {
    let ready = rest.get("/health/ready").await;
    assert_eq!(ready.status, 503, "{ready:?}");
    ready.json()["reason"].as_str().unwrap().to_owned()
}

/// Types pages, each after the last was saved, until the server ends the
/// connection for the page that it could not save. Returns what was saved.
async fn fills_the_disk(ada: &Client) -> String {
    for page in 0.. {
        let before = ada.text();
        ada.types(&format!("page {page} ").repeat(2_000));
        let barrier = ada.asks_whether_saved();
        let saved = ada.waits("for a word, or the end", |seen| {
            let saved = seen.is_saved(barrier);
            (saved || seen.end.is_some()).then_some(saved)
        });
        if !saved.await {
            assert_eq!(ada.is_ended().await, 1011);
            let told = ada.looks(|seen| reading::text(&seen.told));
            assert_eq!(told, before, "an echo is an acknowledgement");
            return before;
        }
        assert!(page < 1_000, "the disk does not fill up");
    }
    unreachable!()
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_full_and_service_resumes_with_room() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        max_bytes: Some(300_000),
        ..Options::default()
    };
    let store = Arc::new(SqliteStore::open(folder.path(), options).unwrap());
    let server = TestServer::with(config(), Arc::clone(&store) as _).await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    let saved = fills_the_disk(&ada).await;
    assert!(saved.len() > 20_000, "{}", saved.len());
    let reason = trouble(&rest).await;
    assert!(reason.contains("full"), "{reason}");

    // Reading goes on, and shows what is saved; what Ada offers again and again,
    // as a provider does, is refused each time.
    let mut ben = Client::offline(server.address(), "Ben", "notes");
    for _ in 0..2 {
        ben.gets_in().await;
        assert_eq!(ben.text(), saved, "a latecomer");
        ada.connects().await;
        assert_eq!(ada.is_ended().await, 1011);
        ben.waits_for_the_end().await;
        assert_eq!(ben.text(), saved);
        let shown = until("the document is read again", || async {
            let content = rest.content("notes", "text").await;
            (content.status == 200).then(|| content.text().to_owned())
        });
        assert_eq!(shown.await, saved);
        assert!(trouble(&rest).await.contains("full"));
    }

    // Nobody has to write anything for the server to notice that there is room.
    store.set_max_bytes(None);
    until("the server is ready", || async {
        (rest.get("/health/ready").await.status == 200).then_some(())
    })
    .await;
    ada.gets_in().await;
    ada.saved().await;
    ben.gets_in().await;
    assert_eq!(ben.text(), ada.text());
    let text = ada.text();
    drop((ada, ben));
    server.stops().await;
    drop(store);
    let server = TestServer::on_disk(folder.path()).await;
    assert_eq!(server.rest().content("notes", "text").await.text(), text);
}

#[tokio::test]
async fn whoever_comes_while_a_write_fails_never_sees_what_was_in_it() {
    let (server, faults) = TestServer::with_faults().await;
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    ada.types("saved");
    ada.saved().await;
    faults.hold_appends();
    faults.fail_appends(1, StoreError::Engine("the disk is full".to_owned()));
    ada.types(", and lost");
    faults.until_held(1).await;
    // The document has it in memory by now, and the disk has not.
    let mut ben = Client::offline(server.address(), "Ben", "notes");
    ben.connects().await;
    let knows_all = ada.looks(|seen| reading::vector(&seen.doc));
    let exports = ["text", "json", "yjs"].map(|format| {
        let rest = rest.clone();
        tokio::spawn(async move { rest.content("notes", format).await })
    });
    let diff = {
        let rest = rest.clone();
        tokio::spawn(async move { rest.get(UPDATES).await })
    };
    ben.waits("to be asked what he has", |seen| {
        seen.heard.first().map(drop)
    })
    .await;
    faults.release();
    assert_eq!((ada.is_ended().await, ben.is_ended().await), (1011, 1011));
    assert_eq!(ben.text(), "");
    for answer in exports.into_iter().chain([diff]) {
        let answer = answer.await.unwrap();
        let lost = answer.body.windows(4).any(|part| part == b"lost");
        assert!(!lost, "{answer:?}");
    }
    // Not even that there is something is left of it.
    ben.gets_in().await;
    assert_eq!(ben.text(), "saved");
    let vector = ben.looks(|seen| reading::vector(&seen.doc));
    assert_ne!(vector, knows_all);
    ada.gets_in().await;
    ada.saved().await;
    ben.sees("saved, and lost").await;
}

/// A limit for the size of files is the failing disk that every system has:
/// writes beyond it fail, and SQLite takes that for what it is.
#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_fails_is_not_written_to_again_and_still_read() {
    use support::binary::{Starting, cowrite_by};
    let folder = tempfile::tempdir().unwrap();
    let limited = cowrite_by("trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\"");
    let mut server = Starting::by(limited, folder.path(), &[], "info").serves();
    let rest = server.rest();
    let mut ada = server.welcomes("Ada", "notes").await;
    let saved = fills_the_disk(&ada).await;
    let reason = trouble(&rest).await;

    // Everybody who tries is told no, and not a byte is written any more.
    let files = || ["cowrite.db", "cowrite.db-wal"].map(|name| bytes_of(&folder.path().join(name)));
    let before = files();
    for _ in 0..3 {
        ada.connects().await;
        assert_eq!(ada.is_ended().await, 1011);
        let update = reading::types(&reading::new_doc(7), "a few letters");
        let refused = rest.post(UPDATES, update).await;
        assert_eq!(refused.error(), (503, "not_saved".into()));
        let created = rest.post("/api/documents", r#"{"name":"other"}"#).await;
        assert_eq!(created.error(), (503, "not_saved".into()));
    }
    // The store would try a full disk again by now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(trouble(&rest).await, reason);
    assert!(
        files() == before,
        "something was written to a disk that failed"
    );
    let mut ben = Client::offline(server.address(), "Ben", "notes");
    ben.gets_in().await;
    assert_eq!(ben.text(), saved);
    assert_eq!(rest.get("/health/live").await.status, 200);

    // It stops when it is told to, and says that something is wrong.
    server.is_asked_to_stop();
    assert_eq!(ben.is_ended().await, 1001);
    let status = server.ends().await;
    let complaints = server.complaints();
    assert_eq!(status.code(), Some(1), "{complaints}");
    assert!(complaints.contains("did not close cleanly"), "{complaints}");

    let server = Binary::serves(folder.path());
    // What was not acknowledged may be found or not: the disk failed in it.
    let found = server.rest().content("notes", "text").await;
    assert!(found.text().starts_with(&saved));
    ada = Client::offline(server.address(), "Ada", "notes");
    ada.gets_in().await;
    ada.types("and on");
    ada.saved().await;
}

fn bytes_of(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[tokio::test]
async fn a_file_that_vanishes_takes_no_word_of_anybody_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Binary::serves(folder.path());
    let rest = server.rest();
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("saved");
    ada.saved().await;
    let (here, away) = (
        folder.path().join("cowrite.db"),
        folder.path().join("moved"),
    );
    std::fs::rename(&here, &away).unwrap();
    ada.types(", and written to nowhere");
    let barrier = ada.asks_whether_saved();
    assert_eq!(ada.is_ended().await, 1011);
    assert!(!ada.looks(|seen| seen.is_saved(barrier)));
    let told = ada.looks(|seen| reading::text(&seen.told));
    assert_eq!(told, "saved");
    let reason = trouble(&rest).await;
    assert!(reason.contains("cowrite.db is gone"), "{reason}");
    // That it is back does not make good what was written meanwhile.
    std::fs::rename(&away, &here).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(trouble(&rest).await.contains("is gone"));
    server.is_killed();
    let server = Binary::serves(folder.path());
    let found = server.rest().content("notes", "text").await;
    assert!(found.text().starts_with("saved"), "{}", found.text());
}

/// Permissions say nothing to the superuser, so the server is started as
/// somebody else where the tests are run as root.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named_at_once() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let place = tempfile::tempdir().unwrap();
    let permit = |path: &Path, mode| {
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    };
    permit(place.path(), 0o755);
    let root = std::fs::metadata(place.path()).unwrap().uid() == 0;
    let program = place.path().join("cowrite");
    std::fs::copy(cowrite().get_program(), &program).unwrap();
    permit(&program, 0o755);
    let fresh = place.path().join("fresh");
    let used = place.path().join("used");
    std::fs::create_dir(&fresh).unwrap();
    let server = Binary::serves(&used);
    let ada = server.welcomes("Ada", "notes").await;
    ada.types("saved");
    ada.saved().await;
    let stops = || async {
        let mut server = server;
        server.is_asked_to_stop();
        server.ends().await
    };
    assert!(stops().await.success());
    for folder in [&fresh, &used] {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            permit(&entry.path(), 0o400);
            if root {
                chown(entry.path(), Some(NOBODY), None).unwrap();
            }
        }
        permit(folder, 0o500);
        if root {
            chown(folder, Some(NOBODY), None).unwrap();
        }
        let mut command = std::process::Command::new(&program);
        command.env_clear();
        if root {
            command.uid(NOBODY);
        }
        let refused = runs(
            command
                .args(["serve", "--listen", "127.0.0.1:0", "--data"])
                .arg(folder),
        );
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{complaint}");
        assert!(complaint.contains(folder.to_str().unwrap()), "{complaint}");
        permit(folder, 0o700);
    }
}
