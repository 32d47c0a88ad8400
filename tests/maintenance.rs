//! `cowrite check`, `backup`, `restore` and `release`, with real processes: beside
//! a server that people type on, after one that was killed, and on what is damaged.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use support::binary::{Binary, cowrite, runs};
use support::client::Client;
use support::reading;

/// `cowrite WHAT … --data FOLDER`.
fn does(what: &[&str], data: &Path) -> Output {
    runs(cowrite().args(what).arg("--data").arg(data))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn said(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(both).unwrap()
}

fn checked(data: &Path) -> (i32, Value) {
    let output = does(&["check", "--json"], data);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no JSON: {}", said(&output)));
    (code(&output), report)
}

/// Every file of a folder: its bytes, and when it was last changed.
fn contents(folder: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let modified = entry.metadata().unwrap().modified().unwrap();
            (name, (fs::read(entry.path()).unwrap(), modified))
        })
        .collect()
}

/// Does `sql` to the database of a folder that no server has open.
fn behind_the_back(data: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(data.join("cowrite.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

async fn writes(server: &Binary, document: &str, words: &str) {
    let person = server.welcomes("a writer", document).await;
    person.types(words);
    person.saved().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_while_people_type_holds_all_that_was_saved_before() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let server = Binary::serves(&data);
    let stop = Arc::new(AtomicBool::new(false));
    let mut typing = Vec::new();
    for number in 0..4 {
        let document = format!("document {}", number % 2);
        let person = server
            .welcomes(&format!("person {number}"), &document)
            .await;
        let stop = Arc::clone(&stop);
        typing.push(tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) && person.is_connected() {
                person.types(&format!("{number} "));
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            (document, person)
        }));
    }
    let mut backups = Vec::new();
    for round in 0..3 {
        // What is in the documents now is saved: it comes from the server.
        let mut before = Vec::new();
        for document in ["document 0", "document 1"] {
            writes(&server, document, &format!("[before {round}]")).await;
            before.push((document, server.rest().state(document).await));
        }
        let file = place.path().join(format!("backup {round}"));
        let output = does(&["backup", file.to_str().unwrap()], &data);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let (code, report) = checked(&data);
        assert_eq!(code, 0, "beside a server: {report}");
        assert_eq!(report["served"], true);
        backups.push((file, before));
    }
    stop.store(true, Ordering::Relaxed);
    for task in typing {
        let (_, person) = task.await.unwrap();
        person.saved().await;
    }
    for (round, (file, before)) in backups.iter().enumerate() {
        let restored = place.path().join(format!("restored {round}"));
        let output = does(&["restore", file.to_str().unwrap()], &restored);
        assert_eq!(code(&output), 0, "{}", said(&output));
        let (code, report) = checked(&restored);
        assert_eq!(
            (code, &report["clean"]),
            (0, &Value::Bool(true)),
            "{report}"
        );
        assert_eq!(report["served"], false);
        let second = Binary::serves(&restored);
        for (document, part) in before {
            let whole = second.rest().state(document).await;
            assert!(reading::holds(&whole, part), "{document} of backup {round}");
            // And it is a document like any other.
            let person = second.welcomes("a reader", document).await;
            person.types("on");
            person.saved().await;
        }
    }
    // The first server never noticed.
    writes(&server, "document 0", "the end").await;
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let server = Binary::serves(&data);
    writes(&server, "plan", "precious").await;
    let file = place.path().join("backup");
    let to = file.to_str().unwrap();
    assert_eq!(code(&does(&["backup", to], &data)), 0);
    let made = fs::read(&file).unwrap();

    let again = does(&["backup", to], &data);
    assert_eq!(code(&again), 1);
    assert!(said(&again).contains("exists already"), "{}", said(&again));
    assert_eq!(fs::read(&file).unwrap(), made);

    // A folder that a server has open, and one that it has left.
    let served = does(&["restore", to], &data);
    assert_ne!(code(&served), 0);
    assert!(said(&served).contains("in use"), "{}", said(&served));
    let mut server = server;
    server.is_killed();
    let before = contents(&data);
    let left = does(&["restore", to], &data);
    assert_eq!(code(&left), 1);
    assert!(said(&left).contains("holds a store"), "{}", said(&left));
    let without_lock = |mut all: BTreeMap<_, _>| {
        all.remove("cowrite.lock");
        all
    };
    assert_eq!(without_lock(contents(&data)), without_lock(before));
    // Without its log the database is no backup.
    let beside_a_log = does(
        &["restore", data.join("cowrite.db").to_str().unwrap()],
        &place.path().join("elsewhere"),
    );
    assert_eq!(code(&beside_a_log), 1, "{}", said(&beside_a_log));
    assert!(said(&beside_a_log).contains("cowrite backup --data"));
    // Not even one whose database is gone.
    fs::remove_file(data.join("cowrite.db")).unwrap();
    assert_eq!(code(&does(&["restore", to], &data)), 1);

    let leftovers: Vec<_> = contents(place.path().join("data").as_path())
        .into_keys()
        .filter(|name| name.contains("unfinished"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[tokio::test]
async fn a_check_changes_nothing_also_after_a_kill_and_without_leave_to_write() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut server = Binary::serves(&data);
    writes(&server, "plan", "in the log only").await;
    server.is_killed();
    assert!(fs::metadata(data.join("cowrite.db-wal")).unwrap().len() > 0);
    fs::remove_file(data.join("cowrite.db-shm")).unwrap();
    let before = contents(&data);
    let (code_, report) = checked(&data);
    assert_eq!(code_, 0, "{report}");
    assert_eq!(report["documents"][0]["name"], "plan");
    assert_eq!(contents(&data), before);

    set_mode(&data, 0o500);
    let (code_, _) = checked(&data);
    set_mode(&data, 0o700);
    assert_eq!(code_, 0);
    assert_eq!(contents(&data), before);

    // The same when all is in one file.
    let mut server = Binary::serves(&data);
    server.is_asked_to_stop();
    server.ends().await;
    let before = contents(&data);
    set_mode(&data, 0o500);
    let (code_, report) = checked(&data);
    set_mode(&data, 0o700);
    assert_eq!(code_, 0, "{report}");
    assert_eq!(contents(&data), before);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

/// That "plan" is damaged, where, and nothing twice.
fn is_said_once(output: &Output) {
    let said = said(output);
    assert_eq!(said.matches("\"plan\"").count(), 1, "{said}");
    assert!(said.contains("table journal"), "{said}");
}

/// A backup that kept what is damaged said that it was verified, and a message
/// about a damaged document named it twice.
#[tokio::test]
async fn a_check_names_what_is_damaged_and_a_backup_refuses_it() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut server = Binary::serves(&data);
    for document in ["plan", "diary"] {
        writes(&server, document, "some words").await;
    }
    server.is_asked_to_stop();
    server.ends().await;
    behind_the_back(
        &data,
        "UPDATE journal SET body = x'00' WHERE document = (SELECT id FROM documents WHERE name = 'plan')",
    );
    let output = does(&["check"], &data);
    assert_eq!(code(&output), 1);
    let words = said(&output);
    assert!(
        words.contains("\"diary\"") && words.contains("ok"),
        "{words}"
    );
    assert!(
        words.contains("table journal") && words.contains("checksum"),
        "{words}"
    );
    let (code_, report) = checked(&data);
    assert_eq!((code_, &report["clean"]), (1, &Value::Bool(false)));
    let damaged: Vec<&str> = report["documents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|document| !document["problem"].is_null())
        .map(|document| document["name"].as_str().unwrap())
        .collect();
    assert_eq!(damaged, ["plan"]);

    let file = place.path().join("backup");
    let to = file.to_str().unwrap();
    let refused = does(&["backup", to], &data);
    assert_eq!(code(&refused), 1);
    assert!(
        said(&refused).contains("--keep-damaged"),
        "{}",
        said(&refused)
    );
    assert!(!file.exists());
    is_said_once(&refused);
    let kept = does(&["backup", to, "--keep-damaged"], &data);
    assert_eq!(code(&kept), 1, "{}", said(&kept));
    is_said_once(&kept);
    assert!(!said(&kept).contains("verified"), "{}", said(&kept));
    let restored = place.path().join("restored");
    assert_eq!(code(&does(&["restore", to], &restored)), 1);
    assert!(!restored.exists());
    let kept = does(&["restore", to, "--keep-damaged"], &restored);
    assert_eq!(code(&kept), 1, "{}", said(&kept));
    is_said_once(&kept);

    // Served, the one is refused on every way and the other is whole.
    let server = Binary::serves(&restored);
    let answer = server.rest().content("plan", "text").await;
    assert_eq!(answer.error(), (503, "document_unreadable".to_owned()));
    let mut person = Client::offline(server.address(), "a reader", "plan");
    person.connects().await;
    assert_eq!(person.is_ended().await, 1011);
    let diary = server.welcomes("a reader", "diary").await;
    diary.sees("some words").await;
}

/// A backup of a database whose end was cut off said "attempt to write a readonly
/// database", as if something else were wrong, and that nothing could be read.
#[tokio::test]
async fn a_backup_of_what_was_cut_off_says_so_and_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut server = Binary::serves(&data);
    writes(&server, "plan", &"some words ".repeat(5_000)).await;
    server.is_asked_to_stop();
    server.ends().await;
    let database = data.join("cowrite.db");
    let whole = fs::read(&database).unwrap();
    fs::write(&database, &whole[..whole.len() - 3 * 4_096]).unwrap();
    let before = contents(&data);
    let file = place.path().join("backup");
    for more in [&[][..], &["--keep-damaged"]] {
        let backup = [&["backup", file.to_str().unwrap()], more].concat();
        let output = does(&backup, &data);
        let words = said(&output);
        assert_eq!(code(&output), 1, "{words}");
        assert!(words.contains("is damaged"), "{words}");
        assert!(words.contains("cowrite check"), "{words}");
        assert!(words.contains("a server that is started"), "{words}");
        assert!(!file.exists());
    }
    assert_eq!(contents(&data), before);
    let server = Binary::serves(&data);
    let answer = server.rest().content("plan", "text").await;
    assert_eq!(answer.error(), (503, "document_unreadable".to_owned()));
}

#[tokio::test]
async fn an_update_that_makes_no_document_is_found_though_its_checksum_fits() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    {
        use cowrite::store::{Append, Store};
        let store = cowrite::store::sqlite::SqliteStore::open(&data, Default::default()).unwrap();
        let append = Append {
            document: cowrite::id::DocumentId::parse("plan").unwrap(),
            update: "no update at all".into(),
            at: SystemTime::now(),
            sender: Default::default(),
            title: None,
        };
        store.append(append).await.unwrap();
        store.close().await.unwrap();
    }
    let (code, report) = checked(&data);
    assert_eq!(code, 1, "{report}");
    let problem = report["documents"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("cannot be loaded"), "{problem}");
}

#[test]
fn what_cannot_be_read_is_said_and_nothing_is_made() {
    let place = tempfile::tempdir().unwrap();
    let nowhere = place.path().join("nowhere");
    for what in [&["check"][..], &["backup", "made"]] {
        let output = does(what, &nowhere);
        assert_eq!(code(&output), 2, "{}", said(&output));
        assert!(said(&output).contains("cowrite.db"), "{}", said(&output));
    }
    assert!(!nowhere.exists());
    let file = place.path().join("letter");
    fs::write(&file, "Dear diary, ".repeat(500)).unwrap();
    let output = does(&["restore", file.to_str().unwrap()], &nowhere);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert!(!nowhere.exists());
}

/// The same failure ended one command with 1 and another with 2 (a folder in use, a
/// folder without a store), and the release of a document that nobody ever heard of
/// was a success.
#[tokio::test]
async fn every_command_ends_by_the_same_table() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let nowhere = place.path().join("nowhere");
    let file = place.path().join("backup");
    let to = file.to_str().unwrap();
    let ends = |what: &[&str], data: &Path, expected: i32, word: &str| {
        let output = does(what, data);
        let said = said(&output);
        assert_eq!(code(&output), expected, "{what:?}: {said}");
        assert!(said.contains(word), "{what:?}: {said}");
    };
    let mut server = Binary::serves(&data);
    writes(&server, "plan", "words").await;
    ends(&["check"], &data, 0, "all is well");
    ends(&["backup", to], &data, 0, "verified");
    // Refused.
    ends(&["backup", to], &data, 1, "exists already");
    ends(&["restore", to], &data, 1, "in use by another cowrite");
    ends(&["release", "plan"], &data, 1, "in use by another cowrite");
    server.is_asked_to_stop();
    assert!(server.ends().await.success());
    ends(&["restore", to], &data, 1, "holds a store");
    ends(&["release", "plna"], &data, 1, "no document \"plna\"");
    ends(&["release", "plan"], &data, 0, "nothing to release");
    // Cannot.
    ends(&["check"], &nowhere, 2, "nowhere");
    ends(&["backup", "made"], &nowhere, 2, "nowhere");
    ends(&["release", "plan"], &nowhere, 2, "nowhere");
    ends(&["restore", "no such file"], &nowhere, 2, "no such file");
    for what in [&["restore"][..], &["release"], &["release", ""], &["chekc"]] {
        ends(what, &nowhere, 2, "--help");
    }
    assert!(!nowhere.exists(), "a typo makes no folder");
    for what in ["check", "backup", "restore", "release", "serve"] {
        let output = runs(cowrite().args([what, "--help"]));
        assert!(said(&output).contains("Exit codes"), "{what}");
    }
}
