//! A file system that really is full, and a limit that really ends the process,
//! under the real program: what cannot be saved is told to nobody, why is told to
//! whoever asks, nothing acknowledged is lost, and room is enough for it to go on.
//!
//! What this machine does not permit is skipped, and says so. `disks.rs` tells of
//! full and failing disks where nothing needs to be permitted.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::binary::{Binary, Starting, cowrite, cowrite_by, runs};
use support::client::Client;
use support::{reading, until};

/// Writes pages until the server ends the connection, and gives back what it has
/// to keep: what was called saved, and what was told.
async fn writes_until_it_ends(server: &Binary, document: &str) -> [Vec<u8>; 2] {
    let mut saved = vec![0, 0];
    let mut person = Client::offline(server.address(), "a writer", document);
    person.connects().await;
    for page in 0.. {
        person.types(&format!("{page} ").repeat(2_000));
        let number = person.asks_whether_saved();
        let heard = until("it is saved, or the connection is ended", || async {
            let saved = person.looks(|seen| seen.is_saved(number));
            (saved || !person.is_connected()).then_some(saved)
        })
        .await;
        if !heard {
            assert_ne!(saved, [0, 0], "nothing was tried");
            return [saved, person.looks(|seen| reading::state(&seen.told))];
        }
        saved = person.state();
    }
    unreachable!("pages without end")
}

/// A file system of its own that holds only so much; unmounted in the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mounted(place: &Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"])
            .arg(place)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(place.to_owned())),
            Ok(output) => {
                let why = String::from_utf8_lossy(&output.stderr);
                println!("skipped: no small disk can be mounted here: {}", why.trim());
                None
            }
            Err(error) => {
                println!("skipped: no mount(8) here: {error}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_and_heals_with_room() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mounted(place.path()) else {
        return;
    };
    let ballast = place.path().join("ballast");
    fs::write(&ballast, vec![1; 3_000_000]).unwrap();
    let data = place.path().join("data");
    let mut server = Binary::serves(&data);
    let early = server.welcomes("an early one", "early").await;
    for words in ["early".to_owned(), "bird ".repeat(1_000)] {
        early.types(&words);
        early.saved().await;
    }
    let saved = writes_until_it_ends(&server, "plan").await;
    let ready = server.rest().get("/health/ready").await;
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.text().contains("full"), "{}", ready.text());
    // What is there is served all the same.
    let state = server.rest().state("plan").await;
    assert!(saved.iter().all(|part| reading::holds(&state, part)));

    fs::remove_file(&ballast).unwrap();
    until("it is ready again", || async {
        (server.rest().get("/health/ready").await.status == 200).then_some(())
    })
    .await;
    let person = server.welcomes("a writer", "plan").await;
    person.types("there is room again");
    person.saved().await;
    // The bug: what lists tell of a document is written a little later than the
    // document, and of those that were not written yet when the disk was full it
    // never was.
    until("the list is current", || async {
        let list = server.rest().get("/api/documents").await.json();
        let listed = list["documents"].as_array()?;
        let early = listed.iter().find(|listed| listed["name"] == "early")?;
        (early["bytes"].as_u64()? > 5_000).then_some(())
    })
    .await;
    let saved = person.state();
    server.is_killed();
    let server = Binary::serves(&data);
    assert!(reading::holds(&server.rest().state("plan").await, &saved));
    drop((server, disk));
}

/// A server that stopped while its disk was full did not come back: it took the
/// database, into which a part of the log had been moved, for damaged, wanted room
/// for a second one, and with room it kept the old one beside a copy of every row.
/// And `cowrite backup` could not save anything to another disk, also while the server
/// still ran: "attempt to write a readonly database".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_on_a_full_disk_starts_again_with_and_without_room() {
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mounted(place.path()) else {
        return;
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let names = || {
        let names = fs::read_dir(&data).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    let mut server = Binary::serves(&data);
    let saved = writes_until_it_ends(&server, "plan").await;
    let database = fs::read(data.join("cowrite.db")).unwrap();
    let counted = u32::from_be_bytes(database[28..32].try_into().unwrap());
    assert!(
        database.len() < counted as usize * 4_096,
        "the log was not being moved: this tells nothing"
    );
    let backs_up = |name: &str| {
        let file = elsewhere.path().join(name);
        let output = runs(cowrite().arg("backup").arg(&file).arg("--data").arg(&data));
        assert!(output.status.success(), "{output:?}");
    };
    backs_up("beside the server");
    for (round, killed) in [true, false, true].into_iter().enumerate() {
        if killed {
            server.is_killed();
        } else {
            server.is_asked_to_stop();
            server.ends().await;
        }
        backs_up(&format!("after round {round}"));
        server = Binary::serves(&data);
        let state = server.rest().state("plan").await;
        assert!(saved.iter().all(|part| reading::holds(&state, part)));
        assert!(!names().iter().any(|name| name.contains("damaged")));
    }
    server.is_killed();

    let remounted = Command::new("mount")
        .args(["-o", "remount,size=30m"])
        .arg(place.path())
        .status();
    assert!(remounted.unwrap().success());
    let server = Binary::serves(&data);
    let state = server.rest().state("plan").await;
    assert!(saved.iter().all(|part| reading::holds(&state, part)));
    let person = server.welcomes("a writer", "plan").await;
    person.types("there is room again");
    person.saved().await;
    let names = names();
    assert!(
        !names.iter().any(|name| name.contains("damaged")),
        "{names:?}"
    );
    drop((server, disk));
}

/// Whoever may not write more to a file is ended by a signal, in the middle of a
/// write or of a checkpoint, unless somebody asked to have it ignored (which
/// `disks.rs` tells of). A restart finds all that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_ended_for_writing_too_much_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let limited = cowrite_by("ulimit -f 1000; exec \"$0\" \"$@\"");
    let mut server = Starting::by(limited, place.path(), &[], "info").serves();
    let saved = writes_until_it_ends(&server, "plan").await;
    assert!(!server.ends().await.success());
    let server = Binary::serves(place.path());
    let state = server.rest().state("plan").await;
    assert!(saved.iter().all(|part| reading::holds(&state, part)));
    let person = server.welcomes("a writer", "plan").await;
    person.types("on");
    person.saved().await;
}
