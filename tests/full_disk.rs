//! Disks that are full or take no more, under the real program: what cannot be
//! saved is told to nobody, why is told to whoever asks, nothing acknowledged is
//! lost, and room is enough for it to go on.
//!
//! What this machine does not permit is skipped, and says so.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::binary::{Binary, cowrite, runs};
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
    let saved = person.state();
    server.is_killed();
    let server = Binary::serves(&data);
    assert!(reading::holds(&server.rest().state("plan").await, &saved));
    drop((server, disk));
}

/// A file that may not grow is no full disk: the process gets a signal, or, if it
/// ignores that, an error that says nothing of what was written. Either way it
/// stops writing, and a restart finds all that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_loses_nothing() {
    for signal in ["trap '' XFSZ; ", ""] {
        let place = tempfile::tempdir().unwrap();
        let script = format!("{signal}ulimit -f 1000; exec \"$0\" \"$@\"");
        let mut server = Binary::serves_under(&["sh", "-c", &script], place.path());
        let saved = writes_until_it_ends(&server, "plan").await;
        if signal.is_empty() {
            assert!(!server.ends().await.success());
        } else {
            let ready = server.rest().get("/health/ready").await;
            assert_eq!(ready.status, 503, "{ready:?}");
            server.is_killed();
        }
        let server = Binary::serves(place.path());
        let state = server.rest().state("plan").await;
        assert!(saved.iter().all(|part| reading::holds(&state, part)));
        let person = server.welcomes("a writer", "plan").await;
        person.types("on");
        person.saved().await;
    }
}

#[test]
fn a_folder_that_may_not_be_written_to_is_named() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(data.join("probe"), "").is_ok() {
        println!("skipped: whoever runs this may write to read-only folders (root does)");
        return;
    }
    let output = runs(
        cowrite()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data),
    );
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("data"), "{said}");
}
