//! The data directories before anything happened to them, and what was
//! acknowledged in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use cowrite::id::Seq;
use cowrite::store::sqlite::{DATABASE, SqliteStore};
use cowrite::store::{Row, Store, Stored};
use tempfile::TempDir;

use super::damage::{Damage, LOG, PAGE};
use crate::language::{Words, at, batch, behind_the_back, named, open};

/// A new directory, in memory where the system has such a place: no try asks
/// whether the disk keeps what was synced, and waiting for it is most of the time.
pub fn directory() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// The files of a data directory, and what was acknowledged before they were
/// taken.
pub struct Image {
    pub files: BTreeMap<String, Vec<u8>>,
    pub truth: BTreeMap<String, Stored>,
    /// Every row that a document ever had.
    pub history: BTreeMap<String, Vec<Row>>,
}

impl Image {
    async fn of(place: &Path, store: &SqliteStore, names: &[String]) -> Self {
        let mut truth = BTreeMap::new();
        let mut history = BTreeMap::new();
        for name in names {
            truth.insert(name.clone(), store.loaded(name).await);
            let rows = store.rows(&named(name), Seq(0), Seq(u64::MAX)).await;
            history.insert(name.clone(), rows.unwrap());
        }
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(place).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if !name.ends_with("-shm") {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
        Self {
            files,
            truth,
            history,
        }
    }

    pub fn lay_out(&self, place: &Path, damage: &Damage) {
        for (name, bytes) in &self.files {
            let mut bytes = bytes.clone();
            if name == damage.file {
                damage.do_to(&mut bytes);
            }
            fs::write(place.join(name), bytes).unwrap();
        }
    }
}

/// Three directories: one whose store was closed in order, one whose process was
/// killed, with everything since the last opening in the log, and one whose process
/// was killed while it moved the log into the database.
pub async fn images() -> [Image; 3] {
    let place = directory();
    let store = open(place.path());
    let mut names: Vec<String> = Vec::new();
    for n in 0..12 {
        let name = format!("document {n}");
        for row in 0..6 {
            let length = [5, 30, 200, 1_500][(n + row) % 4];
            let update = vec![n as u8 * 16 + row as u8; length];
            store.append(batch(&name, update)).await.unwrap();
        }
        names.push(name);
    }
    // Pages that are free again, and snapshots small and large.
    for (n, name) in names.iter().enumerate().take(7) {
        let tail = store.loaded(name).await.tail;
        let snapshot = Bytes::from(vec![0xEE; [50, 3_000, 9_000][n % 3]]);
        let through = tail[3].0;
        store.folded_to(name, through, snapshot).await;
    }
    store
        .create(&named("empty"), Some("Empty".into()))
        .await
        .unwrap();
    store.delete(&named("document 3")).await.unwrap();
    names.push("empty".to_owned());
    store.close().await.unwrap();
    drop(store);
    let store = open(place.path());
    let closed = Image::of(place.path(), &store, &names).await;

    for n in 0..40_usize {
        let name = match n {
            // New ones are begun in the log as well.
            20..25 => format!("new {}", n % 3),
            _ => format!("document {}", [4, 8, 9, 2][n % 4]),
        };
        store
            .append(cowrite::store::Append {
                at: at(n as u64 * 3),
                ..batch(&name, vec![n as u8; [7, 90, 2_500][n % 3]])
            })
            .await
            .unwrap();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    store.delete(&named("document 5")).await.unwrap();
    store.restore(&named("document 3")).await.unwrap();
    store.create(&named("late"), None).await.unwrap();
    names.push("late".to_owned());
    let through = store.loaded("document 9").await.tail[5].0;
    store
        .folded_to("document 9", through, vec![0xDD; 700])
        .await;
    store.wrote("document 9", "after the fold").await;
    let killed = Image::of(place.path(), &store, &names).await;
    assert!(killed.files[LOG].len() > 20 * PAGE);
    let broken_off = broken_off(&killed);
    [closed, killed, broken_off]
}

/// The same with some of the log's pages in the database: SQLite moves them in the
/// order of their numbers, so the file is shorter by now than its first page says.
fn broken_off(killed: &Image) -> Image {
    let place = directory();
    for (name, bytes) in &killed.files {
        fs::write(place.path().join(name), bytes).unwrap();
    }
    let database = behind_the_back(place.path());
    let moved = database.query_row("PRAGMA wal_checkpoint", [], |_| Ok(()));
    moved.unwrap();
    let moved = fs::read(place.path().join(DATABASE)).unwrap();
    let mut files = killed.files.clone();
    let database = files.get_mut(DATABASE).unwrap();
    let length = database.len() + 2 * PAGE;
    assert!(length < moved.len());
    *database = moved[..length].to_vec();
    Image {
        files,
        truth: killed.truth.clone(),
        history: killed.history.clone(),
    }
}
