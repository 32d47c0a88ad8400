//! One database file, one server, whatever names lead to it: links to the file
//! and to the folder, and a file that is moved under a server. With real
//! processes, because locks are theirs.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use support::binary::{Binary, cowrite, runs};

const DATABASE: &str = "cowrite.db";

async fn writes(server: &Binary, document: &str, words: &str) {
    let person = server.welcomes("a writer", document).await;
    person.types(words);
    person.saved().await;
}

async fn holds(server: &Binary, document: &str) -> String {
    let found = server.rest().content(document, "text").await;
    found.text().trim_end().to_owned()
}

/// A server on this folder does not start, and says why.
fn is_refused(data: &Path) -> String {
    let mut command = cowrite();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    refused(command.arg(data))
}

fn refused(command: &mut std::process::Command) -> String {
    let output = runs(command);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    said
}

/// Two data folders could have one `cowrite.db`, by a symbolic or by a hard link.
/// The lock is on the folder, so both servers started. Each numbered the rows of
/// the one journal as if it were alone, and with a hard link each had a log of its
/// own beside its name and moved it into the same file: edits that were
/// acknowledged were gone.
#[tokio::test]
async fn a_second_name_of_the_database_opens_nothing_also_after_the_first_server() {
    type Link = fn(&Path, &Path) -> std::io::Result<()>;
    let kinds: [(Link, &str); 2] = [
        (|of, to| symlink(of, to), "symbolic link"),
        (|of, to| fs::hard_link(of, to), "hard links"),
    ];
    for (link, word) in kinds {
        let place = tempfile::tempdir().unwrap();
        let (first, second) = (place.path().join("first"), place.path().join("second"));
        let mut server = Binary::serves(&first);
        writes(&server, "plan", "acknowledged").await;
        fs::create_dir(&second).unwrap();
        let other = second.join(DATABASE);
        link(&first.join(DATABASE), &other).unwrap();

        let beside_each_other = is_refused(&second);
        server.is_killed();
        let after_each_other = is_refused(&second);
        for said in [beside_each_other, after_each_other] {
            assert!(said.contains(word), "{said}");
            assert!(said.contains(other.to_str().unwrap()), "{said}");
        }
        // What is read there would lack the log, and would be called whole.
        let backup = place.path().join("backup");
        for what in [&["check"][..], &["backup", backup.to_str().unwrap()]] {
            let said = refused(cowrite().args(what).arg("--data").arg(&second));
            assert!(said.contains(word), "{said}");
        }
        assert!(!backup.exists());

        fs::remove_file(&other).unwrap();
        let server = Binary::serves(&first);
        assert_eq!(holds(&server, "plan").await, "acknowledged");
    }
}

/// The same with the files beside the database.
#[tokio::test]
async fn a_log_or_witness_that_is_a_link_is_refused() {
    for name in ["cowrite.db-wal", "cowrite.db-rows"] {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        let mut server = Binary::serves(&data);
        writes(&server, "plan", "acknowledged").await;
        server.is_killed();
        let (file, away) = (data.join(name), place.path().join("away"));
        fs::rename(&file, &away).unwrap();
        symlink(&away, &file).unwrap();
        let said = is_refused(&data);
        assert!(said.contains(file.to_str().unwrap()), "{said}");
        fs::rename(&away, &file).unwrap();
        assert_eq!(holds(&Binary::serves(&data), "plan").await, "acknowledged");
    }
}

#[tokio::test]
async fn a_link_to_the_folder_is_the_folder() {
    let place = tempfile::tempdir().unwrap();
    let (folder, link) = (place.path().join("folder"), place.path().join("link"));
    let mut server = Binary::serves(&folder);
    writes(&server, "plan", "acknowledged").await;
    symlink(&folder, &link).unwrap();
    let said = is_refused(&link);
    assert!(said.contains("in use"), "{said}");
    server.is_killed();
    let server = Binary::serves(&link);
    assert_eq!(holds(&server, "plan").await, "acknowledged");
    assert!(is_refused(&folder).contains("in use"));
}

/// A database that was moved to another folder under a running server was free
/// there: the lock stayed behind. When the first server ended, it moved its log
/// into what was the second one's file by then.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_database_that_was_moved_away_is_still_its_servers() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (place.path().join("first"), place.path().join("second"));
    let mut server = Binary::serves(&first);
    writes(&server, "plan", "acknowledged").await;
    fs::create_dir(&second).unwrap();
    let names = [DATABASE, "cowrite.db-wal", "cowrite.db-rows"];
    for name in names {
        fs::rename(first.join(name), second.join(name)).unwrap();
    }
    let said = is_refused(&second);
    assert!(said.contains("in use"), "{said}");
    server.is_killed();
    let server = Binary::serves(&second);
    assert_eq!(holds(&server, "plan").await, "acknowledged");
}
