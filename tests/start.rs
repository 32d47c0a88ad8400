//! What the program says when it starts, and that nobody needs to listen.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::PATIENCE;
use support::binary::{Binary, Starting, cowrite, cowrite_by, runs};

fn said(command: &mut Command) -> (Option<i32>, String) {
    let output = runs(command);
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

/// A server that was started with this in its environment, and what it said by the
/// time that it served.
async fn starts_with(variables: &[(&str, &str)], options: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let mut command = cowrite_by(r#"unset RUST_LOG; eval "$SET"; exec "$0" "$@""#);
    let set = variables
        .iter()
        .map(|(name, value)| format!("export {name}='{value}';"));
    command.env("SET", set.collect::<String>());
    let mut server = Starting::by(command, place.path(), options, "").serves();
    server.is_asked_to_stop();
    assert!(server.ends().await.success());
    server.complaints()
}

/// Signals were heard only some moments after the address was printed: a server that
/// was told to stop in between was killed by it.
#[tokio::test]
async fn whoever_knows_the_address_can_stop_it_in_order() {
    let place = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let mut server = Binary::serves(place.path());
        server.is_asked_to_stop();
        assert_eq!(server.ends().await.code(), Some(0));
    }
}

/// A misspelt variable did nothing, a misspelt level turned the log off, and
/// nothing was said about either.
#[tokio::test]
async fn what_is_misspelt_in_the_environment_is_said() {
    let said = starts_with(
        &[("COWRITE_MAX_MESAGE", "1024"), ("RUST_LOG", "infoo")],
        &[],
    )
    .await;
    assert!(said.contains("did you mean COWRITE_MAX_MESSAGE?"), "{said}");
    assert!(said.contains(r#"RUST_LOG="infoo""#), "{said}");
    assert!(said.contains("stopping"), "the default is logged: {said}");
    let said = starts_with(&[("RUST_LOG", "cowrite=inof")], &[]).await;
    assert!(
        said.contains("is not understood") && said.contains("stopping"),
        "{said}"
    );
    let said = starts_with(&[("RUST_LOG", "off")], &[]).await;
    assert_eq!(said, "");
    // The commands look for their folder in the environment, too.
    let place = tempfile::tempdir().unwrap();
    let mut command = cowrite();
    command.current_dir(&place).env("COWRITE_DAAT", "elsewhere");
    let (code, said) = self::said(command.arg("check"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("did you mean COWRITE_DATA?"), "{said}");
}

/// Fewer files than 100 000 connections take were a warning, on every machine whose
/// operator had never asked for so many.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn few_open_files_are_a_warning_to_who_asked_for_more_connections() {
    let starts = |options: &'static [&str]| async move {
        let place = tempfile::tempdir().unwrap();
        let command = cowrite_by(r#"ulimit -n 1024; exec "$0" "$@""#);
        let mut server = Starting::by(command, place.path(), options, "info").serves();
        server.is_killed();
        server.complaints()
    };
    let said = starts(&[]).await;
    assert!(
        said.contains("INFO  cowrite::open_files] at most 336"),
        "{said}"
    );
    assert!(!said.contains("WARN  cowrite::open_files"), "{said}");
    let said = starts(&["--max-connections", "300"]).await;
    assert!(!said.contains("open files"), "{said}");
    let said = starts(&["--max-connections", "5000"]).await;
    assert!(
        said.contains("WARN  cowrite::open_files") && said.contains("the 5000 that were"),
        "{said}"
    );
}

/// A pipe that nobody reads.
fn closed() -> Stdio {
    let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
    let pipe = reader.stdin.take().unwrap();
    assert!(reader.wait().unwrap().success());
    pipe.into()
}

/// Words that found nobody ended the process with a panic: the address at the
/// start on a closed standard output, a complaint about `RUST_LOG` or the
/// configuration on a closed standard error.
#[tokio::test]
async fn nobody_has_to_listen() {
    let place = tempfile::tempdir().unwrap();
    for (out, err, log) in [
        (Stdio::null(), closed(), "info"),
        (Stdio::null(), closed(), "debug/a/b"),
        (closed(), closed(), "trace"),
    ] {
        let mut server = cowrite()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(place.path())
            .env("RUST_LOG", log)
            .stdout(out)
            .stderr(err)
            .spawn()
            .unwrap();
        // It is there once the folder is its own.
        let folder = place.path();
        let begun = Instant::now();
        while File::open(folder).unwrap().try_lock_shared().is_ok() {
            assert_eq!(server.try_wait().unwrap(), None, "it ended, at {log}");
            assert!(begun.elapsed() < PATIENCE);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // A while longer, in which it would have said something.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(server.try_wait().unwrap(), None, "it ended, at {log}");
        let pid = server.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        assert_eq!(server.wait().unwrap().code(), Some(0), "at {log}");
    }
    let mut wrong = cowrite();
    wrong.args(["serve", "--window", "1"]).stderr(closed());
    assert_eq!(wrong.status().unwrap().code(), Some(2));
    // A report that nobody gets was not made.
    let mut check = cowrite();
    check.args(["check", "--data"]).arg(place.path());
    for (out, code) in [(Stdio::null(), 0), (closed(), 2)] {
        let status = check.stdout(out).stderr(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(code));
    }
}
