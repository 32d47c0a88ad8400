//! Damage at every place: one byte changed, or the end cut off, anywhere in the
//! database and its log.
//!
//! The store may refuse to open where nothing can be known without the damaged
//! part (the first page). Otherwise every document is byte for byte what was
//! acknowledged, or an error: never unknown, never shortened, never another's.
//! The same holds after the sound ones were written to.
//!
//! A sample of places is tried, from a seed that is printed;
//! `COWRITE_DAMAGE=all` tries every place, `COWRITE_DAMAGE=N` so many of each
//! kind, `COWRITE_SEED=…` replays.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use cowrite::store::sqlite::{DATABASE, Options, SqliteStore};
use cowrite::store::{Store, StoreError, Stored};

use crate::language::{Words, at, batch, named, open};

const LOG: &str = "cowrite.db-wal";
const PAGE: usize = 4096;

/// The files of a data directory, and what was acknowledged before they were
/// taken.
struct Image {
    files: BTreeMap<String, Vec<u8>>,
    truth: BTreeMap<String, Stored>,
}

impl Image {
    async fn of(place: &Path, store: &SqliteStore, names: &[String]) -> Self {
        let mut truth = BTreeMap::new();
        for name in names {
            truth.insert(name.clone(), store.loaded(name).await);
        }
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(place).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if !name.ends_with("-shm") {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
        Self { files, truth }
    }

    fn lay_out(&self, place: &Path, damage: &Damage) {
        for (name, bytes) in &self.files {
            let mut bytes = bytes.clone();
            if name == damage.file {
                match damage.kind {
                    Kind::Flip { at, bits } => bytes[at] ^= bits,
                    Kind::Cut { length } => bytes.truncate(length),
                    Kind::Zeros { from } => bytes[from..].fill(0),
                }
            }
            fs::write(place.join(name), bytes).unwrap();
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Damage {
    file: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Flip {
        at: usize,
        bits: u8,
    },
    Cut {
        length: usize,
    },
    /// What a file system may leave of a file whose end did not get to disk.
    Zeros {
        from: usize,
    },
}

/// Two directories: one whose store was closed in order, and one whose process
/// was killed, with everything since the last opening in the log.
async fn images() -> [Image; 2] {
    let place = tempfile::tempdir().unwrap();
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
        let folded = store.compact(&named(name), through, snapshot);
        folded.await.unwrap();
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
        .compact(&named("document 9"), through, vec![0xDD; 700].into())
        .await
        .unwrap();
    store.wrote("document 9", "after the fold").await;
    let killed = Image::of(place.path(), &store, &names).await;
    assert!(killed.files[LOG].len() > 20 * PAGE);
    [closed, killed]
}

#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    opened: usize,
    whole: usize,
    damaged: usize,
    written: usize,
    unwritten: usize,
}

/// Tries one damage; says what went wrong, if anything did.
async fn try_one(image: &Image, damage: &Damage, tally: &mut Tally) -> Result<(), String> {
    let place = tempfile::tempdir().unwrap();
    image.lay_out(place.path(), damage);
    let store = match SqliteStore::open(place.path(), Options::default()) {
        Ok(store) => store,
        Err(error) => {
            let first_page = damage.file == DATABASE
                && match damage.kind {
                    Kind::Flip { at, .. } => at < PAGE,
                    Kind::Cut { length } => length < PAGE,
                    Kind::Zeros { from } => from < PAGE,
                };
            tally.refused += 1;
            return match first_page {
                true => Ok(()),
                false => Err(format!("the store did not open: {error}")),
            };
        }
    };
    tally.opened += 1;
    let mut expected = image.truth.clone();
    let mut sound = Vec::new();
    for (name, truth) in &image.truth {
        match store.load(&named(name)).await {
            Ok(Some(found)) if found == *truth => sound.push(name.clone()),
            Err(StoreError::Damaged(said)) if said.contains(name.as_str()) => tally.damaged += 1,
            other => return Err(format!("{name:?} is {}", described(&other, truth))),
        }
    }
    tally.whole += sound.len();
    for name in &sound {
        if expected[name].deleted.is_some() {
            continue;
        }
        match store.write(name, "written after the damage").await {
            Ok(seq) => {
                let update = Bytes::from_static(b"written after the damage");
                expected.get_mut(name).unwrap().tail.push((seq, update));
                tally.written += 1;
            }
            Err(_) => tally.unwritten += 1,
        }
    }
    let _ = store.close().await;
    drop(store);
    let store = SqliteStore::open(place.path(), Options::default())
        .map_err(|error| format!("it did not open a second time: {error}"))?;
    for (name, truth) in &expected {
        match store.load(&named(name)).await {
            Ok(Some(found)) if found == *truth => {}
            Err(StoreError::Damaged(_)) if !sound.contains(name) => {}
            other => {
                let what = described(&other, truth);
                return Err(format!("{name:?}, written to and opened again, is {what}"));
            }
        }
    }
    Ok(())
}

fn described(found: &Result<Option<Stored>, StoreError>, truth: &Stored) -> String {
    let rows = |stored: &Stored| {
        let rows: Vec<_> = stored.tail.iter().map(|(seq, _)| seq.0).collect();
        let snapshot = stored.snapshot.as_ref().map(Bytes::len);
        let (through, deleted) = (stored.through, stored.deleted);
        format!("{snapshot:?} through {through}, rows {rows:?}, deleted {deleted:?}")
    };
    match found {
        Ok(None) => "unknown".to_owned(),
        Ok(Some(found)) => format!("{} instead of {}", rows(found), rows(truth)),
        Err(error) => format!("refused: {error}"),
    }
}

/// Places in `range`: all of them, or some.
fn places(range: std::ops::Range<usize>, chances: &mut fastrand::Rng) -> Vec<usize> {
    let asked = std::env::var("COWRITE_DAMAGE").unwrap_or_default();
    if asked == "all" {
        return range.collect();
    }
    let count = asked.parse().unwrap_or(12);
    (0..count).map(|_| chances.usize(range.clone())).collect()
}

#[tokio::test]
async fn damage_anywhere_is_an_error_for_those_it_meets_and_for_nobody_else() {
    let seed = std::env::var("COWRITE_SEED").ok();
    let seed = seed.map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("COWRITE_SEED={seed}");
    let mut chances = fastrand::Rng::with_seed(seed);
    let [closed, killed] = images().await;
    let mut damages: Vec<(&str, &Image, Damage)> = Vec::new();
    for (what, image, file) in [
        ("closed", &closed, DATABASE),
        ("killed", &killed, DATABASE),
        ("killed", &killed, LOG),
    ] {
        let length = image.files[file].len();
        for at in places(0..length, &mut chances) {
            let bits = chances.u8(1..);
            let kind = Kind::Flip { at, bits };
            damages.push((what, image, Damage { file, kind }));
        }
        for length in places(0..length, &mut chances) {
            let kind = Kind::Cut { length };
            damages.push((what, image, Damage { file, kind }));
        }
        for from in places(0..length / 512, &mut chances) {
            let kind = Kind::Zeros { from: from * 512 };
            damages.push((what, image, Damage { file, kind }));
        }
    }
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (what, image, damage) in &damages {
        let kind = match damage.kind {
            Kind::Flip { .. } => "flip",
            Kind::Cut { .. } => "cut",
            Kind::Zeros { .. } => "zeros",
        };
        let tally = tallies
            .entry(format!("{what}, {}, {kind}", damage.file))
            .or_default();
        if let Err(why) = try_one(image, damage, tally).await {
            println!("{what} {damage:?}: {why}");
            wrong.push((what, damage, why));
        }
    }
    for (what, tally) in &tallies {
        println!("{what}: {tally:?}");
        assert!(
            tally.damaged > 0 || tally.refused > 0,
            "{what}: nothing was damaged"
        );
        assert!(tally.whole > 0, "{what}: nothing was served");
    }
    assert!(wrong.is_empty(), "{} of {}", wrong.len(), damages.len());
}
