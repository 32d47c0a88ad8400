//! Disk before wire, as the kernel saw it: the server runs under `strace`, people
//! type letters, and for each letter the trace has to show, in this order,
//!
//! 1. the write of the letter's update to the write-ahead log,
//! 2. an `fsync` or `fdatasync` of that log, begun afterwards, *returning* 0,
//! 3. the first write of the update to any socket.
//!
//! With `--durability relay-first` the third is the first write to the author's
//! socket; with `os` there is no second: the update was written, and nothing synced.
//!
//! ```text
//! cargo test --test disk_order -- --nocapture
//! ```
//!
//! It prints the lines that it judges by. Where there is no strace, or it may not
//! trace, it says so and judges nothing; `COWRITE_STRACE=1` makes that a failure.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::process::Command;

use support::binary::{Starting, cowrite_by};
use support::until;

const CALLS: &str = "trace=write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync";

/// One system call of the trace: when it began and ended, as places in the order
/// of the kernel's events.
struct Call {
    line: String,
    begun: usize,
    ended: usize,
    /// When, by the clock.
    at: f64,
    returned_at: f64,
}

#[tokio::test]
async fn an_update_is_synced_to_disk_before_it_is_written_to_any_socket() {
    let Some((letters, calls)) = traced("fsync").await else {
        return;
    };
    for (letter, bytes) in letters {
        judge(letter, &bytes, &calls);
    }
}

#[tokio::test]
async fn where_others_hear_first_it_is_synced_before_its_echo() {
    let Some((letters, calls)) = traced("relay-first").await else {
        return;
    };
    for (letter, bytes) in letters {
        // Others, of whom there is one, hear it once, and may before the disk does.
        let told = |call: &&Call| call.is_to_socket() && call.line.contains(&bytes);
        let tellings: Vec<&Call> = calls.iter().filter(told).collect();
        let [_, echo] = tellings[..] else {
            panic!("{letter:?} was told {} times", tellings.len())
        };
        let synced = synced(letter, &bytes, &calls);
        println!("{}\n{}", excerpt(synced), excerpt(echo));
        assert!(
            synced.line.ends_with("= 0") && synced.ended < echo.begun,
            "{letter:?} was echoed before it was on disk"
        );
    }
}

#[tokio::test]
async fn with_the_system_as_the_only_witness_nothing_is_synced_to_commit() {
    let Some((letters, calls)) = traced("os").await else {
        return;
    };
    let place = |what: &str, found: Option<usize>| found.unwrap_or_else(|| panic!("no {what}"));
    let mut typing = calls.len()..0;
    for (letter, bytes) in letters {
        let holds = |call: &Call| call.line.contains(&bytes);
        let written = calls
            .iter()
            .position(|call| call.is_to_log() && holds(call));
        let told = calls
            .iter()
            .position(|call| call.is_to_socket() && holds(call));
        let (written, told) = (place("write", written), place("telling", told));
        assert!(
            calls[written].ended < calls[told].begun,
            "{letter:?} was on the wire before it was written"
        );
        typing = typing.start.min(written)..typing.end.max(told);
    }
    let synced = calls[typing].iter().find(|call| call.is_sync());
    assert!(synced.is_none(), "{}", excerpt(synced.unwrap()));
}

/// The letters that somebody typed while somebody else read, with their updates in
/// hexadecimal, and what a server of this `--durability` called meanwhile. Nothing
/// where nothing can be traced.
async fn traced(durability: &str) -> Option<(Vec<(&'static str, String)>, Vec<Call>)> {
    if let Err(why) = can_trace() {
        assert!(std::env::var_os("COWRITE_STRACE").is_none(), "{why}");
        println!("skipped: {why}");
        return None;
    }
    let place = tempfile::tempdir().unwrap();
    let trace = place.path().join("trace");
    let data = place.path().join("data");
    // -D: the server is our child, and the tracer ends with it.
    let script = format!(
        "exec strace -D -f -ttt -yy -xx -s 8192 -e {CALLS} -o '{}' \"$0\" \"$@\"",
        trace.display()
    );
    let options = ["--durability", durability];
    let mut server = Starting::by(cowrite_by(&script), &data, &options, "info").serves();
    let writer = server.welcomes("a writer", "plan").await;
    let reader = server.welcomes("a reader", "plan").await;
    let mut letters = Vec::new();
    for letter in ["c", "o", "w", "r", "i", "t", "e"] {
        let update = writer.types(letter);
        let bytes = update.iter().map(|byte| format!("\\x{byte:02x}"));
        letters.push((letter, bytes.collect()));
        writer.saved().await;
    }
    reader.sees("cowrite").await;
    server.is_asked_to_stop();
    assert!(server.ends().await.success());
    let trace = until("the trace is complete", || async {
        let text = fs::read_to_string(&trace).unwrap();
        text.contains("+++ exited").then_some(text)
    })
    .await;
    Some((letters, calls(&trace)))
}

impl Call {
    fn is_to_log(&self) -> bool {
        self.line.contains("cowrite.db-wal>")
    }

    fn is_to_socket(&self) -> bool {
        self.line.contains("<TCP:") || self.line.contains("<TCPv6:")
    }

    fn is_sync(&self) -> bool {
        self.line.contains("sync(")
    }
}

/// The first sync of the log that began after the update was written to it.
fn synced<'c>(letter: &str, bytes: &str, calls: &'c [Call]) -> &'c Call {
    let mut to_log = calls.iter().filter(|call| call.is_to_log());
    let written = to_log.by_ref().find(|call| call.line.contains(bytes));
    let written = written.unwrap_or_else(|| panic!("{letter:?}: no write to the log"));
    let synced = to_log.find(|call| call.is_sync() && call.begun > written.ended);
    synced.unwrap_or_else(|| panic!("{letter:?}: no sync after it"))
}

fn judge(letter: &str, bytes: &str, calls: &[Call]) {
    let holds = |call: &&Call| call.line.contains(bytes);
    let to_log = |call: &&Call| call.is_to_log();
    let to_socket = |call: &&Call| call.is_to_socket();
    let find = |what: &str, found: Option<&Call>| -> usize {
        let found = found.unwrap_or_else(|| panic!("{letter:?}: the trace shows no {what}"));
        calls
            .iter()
            .position(|call| std::ptr::eq(call, found))
            .unwrap()
    };
    let written = find(
        "write to the log",
        calls.iter().filter(to_log).find(|call| holds(call)),
    );
    let synced = find(
        "sync after it",
        calls
            .iter()
            .filter(to_log)
            .find(|call| call.is_sync() && call.begun > calls[written].ended),
    );
    let told = find(
        "write to a socket",
        calls.iter().filter(to_socket).find(|call| holds(call)),
    );
    println!("the letter {letter:?}:");
    for call in [written, synced, told] {
        println!("  {}", excerpt(&calls[call]));
    }
    let (synced, told) = (&calls[synced], &calls[told]);
    assert!(
        synced.line.ends_with("= 0"),
        "{letter:?}: {}",
        excerpt(synced)
    );
    assert!(
        synced.ended < told.begun && synced.returned_at <= told.at,
        "{letter:?} was on the wire before it was on disk"
    );
}

/// The line with the bytes that do not fit on it left out.
fn excerpt(call: &Call) -> String {
    let mut line = call.line.clone();
    if let (Some(begin), Some(end)) = (line.find("\"\\x"), line.rfind("\\x"))
        && end > begin + 48
    {
        line.replace_range(begin + 33..end + 4, "…");
    }
    format!("{:.6} to {:.6}  {line}", call.at, call.returned_at)
}

/// The calls of the trace, those put together again that were interrupted by
/// other threads' lines.
fn calls(trace: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut unfinished: Vec<(&str, usize)> = Vec::new();
    for (place, line) in trace.lines().enumerate() {
        // Process numbers are padded.
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((at, rest)) = rest.trim_start().split_once(' ') else {
            continue;
        };
        let Ok(at) = at.parse::<f64>() else { continue };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some(index) = unfinished.iter().position(|(of, _)| *of == thread) else {
                continue;
            };
            let (_, call) = unfinished.swap_remove(index);
            let (_, end) = resumed.split_once("resumed>").unwrap_or_default();
            calls[call].line.push_str(end);
            calls[call].ended = place;
            calls[call].returned_at = at;
            continue;
        }
        let begun = rest.strip_suffix(" <unfinished ...>");
        if begun.is_some() {
            unfinished.push((thread, calls.len()));
        }
        calls.push(Call {
            line: with_plain_path(begun.unwrap_or(rest)),
            begun: place,
            ended: place,
            at,
            returned_at: at,
        });
    }
    calls
}

/// With `-xx` even the path of a file is in hexadecimal.
fn with_plain_path(line: &str) -> String {
    let Some((begin, end)) = line.find('<').zip(line.find('>')) else {
        return line.to_owned();
    };
    let path: String = line[begin + 1..end]
        .split("\\x")
        .map(|digits| match u8::from_str_radix(digits, 16) {
            Ok(byte) if digits.len() == 2 => char::from(byte).to_string(),
            _ => digits.to_owned(),
        })
        .collect();
    format!("{}{path}{}", &line[..=begin], &line[end..])
}

fn can_trace() -> Result<(), String> {
    let tried = Command::new("strace")
        .args(["-D", "-f", "-o", "/dev/null", "true"])
        .output()
        .map_err(|error| format!("strace cannot be started: {error}"))?;
    match tried.status.success() && tried.stderr.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "strace may not trace here: {}",
            String::from_utf8_lossy(&tried.stderr).trim()
        )),
    }
}

#[test]
fn the_trace_is_read_as_it_is_meant() {
    let trace = "\
7 1.000001 pwrite64(9</d/cowrite.db-wal>, \"\\x41\\x42\", 2, 0) = 2
7 1.000002 fdatasync(9</d/cowrite.db-wal> <unfinished ...>
8 1.000003 writev(4<TCP:[1->2]>, [{iov_base=\"\\x43\", iov_len=1}], 1) = 1
7 1.000004 <... fdatasync resumed>) = 0
8 1.000005 writev(4<TCP:[1->2]>, [{iov_base=\"\\x41\\x42\", iov_len=2}], 1) = 2
";
    let found = calls(trace);
    assert_eq!(found.len(), 4);
    assert!(found[1].line.ends_with("= 0") && found[1].ended == 3);
    judge("x", "\\x41\\x42", &found);
    let early = trace.replace("\\x43", "\\x41\\x42");
    let found = calls(&early);
    assert!(std::panic::catch_unwind(|| judge("x", "\\x41\\x42", &found)).is_err());
}
