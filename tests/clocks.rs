//! Time that jumps or stands still: clocks that are set, machines that sleep.

#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;
use std::time::Duration;

use support::binary::Binary;
use support::raw::Raw;

/// After a suspension all connections had been silent for longer than they may,
/// by the clock, and were ended at once, with what they had said still unread.
#[tokio::test]
async fn a_machine_that_sleeps_wakes_up_with_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serves_with(folder.path(), &["--silence-timeout", "3"]);
    let mut people = Vec::new();
    for number in 0..20 {
        let person = server
            .welcomes("somebody", &format!("notes {number}"))
            .await;
        person.shows("name", "somebody");
        people.push(person);
    }
    // Twice as long as anybody may be silent.
    server.sleeps(Duration::from_secs(7)).await;
    let mut silent = Raw::opens(server.address(), "notes%200").await;
    for person in &people {
        person.types("good morning");
        person.saved().await;
    }
    // Who really is silent is still found out, and only then it is too late to
    // have been ended for having slept.
    assert_eq!(silent.is_ended().await, 1013);
    for person in &people {
        assert!(person.is_connected());
    }
}

/// Nobody can set a machine's clock for a test. What can be shown is that there is
/// nothing to be set: whatever waits, expires or is measured in this server uses
/// monotonic time, which a clock that is set does not move. The wall clock is
/// read only to write down *when* something was, and these files do that.
#[test]
fn nothing_waits_by_the_wall_clock() {
    const WRITTEN_DOWN: [&str; 13] = [
        "http/documents.rs",
        "live/answer.rs",
        "live/authorship.rs",
        "live/branching.rs",
        "live/commenting.rs",
        "live/document/journal.rs",
        "live/document/milestones.rs",
        "live/documents.rs",
        "live/following.rs",
        "live/past.rs",
        "live/quarantine.rs",
        "search/indexer.rs",
        "webhooks/news.rs",
    ];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut read = 0;
    visit(&source, &mut |path, text| {
        read += 1;
        let name = path.strip_prefix(&source).unwrap().to_string_lossy();
        let name = name.replace('\\', "/");
        let is_kept = name.starts_with("store/") || name.starts_with("attachments/");
        if is_kept || WRITTEN_DOWN.contains(&&*name) {
            // Times of records: kept and shown, never measured with.
            assert!(!text.contains("SystemTime::elapsed"), "{name}");
            assert!(!text.contains("SystemTime::now().elapsed"), "{name}");
            assert!(!text.contains("SystemTime::now().duration_since"), "{name}");
            return;
        }
        for clock in ["SystemTime", "now_utc", "now_local", "UNIX_EPOCH"] {
            assert!(
                !text.contains(clock),
                "{name} reads the wall clock: {clock}"
            );
        }
    });
    assert!(read > 60, "{read} files are not the source");
}

fn visit(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
