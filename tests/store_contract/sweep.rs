//! Damage at every place: one byte changed, or the end cut off, anywhere in the
//! database and its log.
//!
//! The store may refuse to open where nothing can be known without the damaged
//! part (the first page). Otherwise every document is byte for byte what was
//! acknowledged, or an error: never unknown, never shortened, never another's; and so
//! is its history, every row that it ever had.
//! The same holds after the sound ones were written to.
//!
//! A sample of places is tried, from a seed that is printed;
//! `COWRITE_DAMAGE=all` tries every place, `COWRITE_DAMAGE=tail` every place in
//! the last 16 KiB of each file, `COWRITE_DAMAGE=N` so many of each kind,
//! `COWRITE_SEED=…` replays. Zeros begin where a sector does. Each processor
//! tries what no other has taken yet.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use bytes::Bytes;
use cowrite::id::Seq;
use cowrite::store::sqlite::{Options, SqliteStore};
use cowrite::store::{Store, StoreError, Stored, Ticket};
use tokio::runtime::{Builder, Runtime};

use crate::language::{Words, named};
use damage::{Damage, damages};
use image::{Image, directory, images};

mod damage;
mod image;

/// After how many tries it says how far it is.
const NEWS: usize = 5_000;

#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    opened: usize,
    whole: usize,
    damaged: usize,
    remembered: usize,
    written: usize,
    unwritten: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.refused += other.refused;
        self.opened += other.opened;
        self.whole += other.whole;
        self.damaged += other.damaged;
        self.remembered += other.remembered;
        self.written += other.written;
        self.unwritten += other.unwritten;
    }
}

/// Tries one damage; says what went wrong, if anything did.
async fn try_one(image: &Image, damage: &Damage, tally: &mut Tally) -> Result<(), String> {
    let place = directory();
    image.lay_out(place.path(), damage);
    let store = match SqliteStore::open(place.path(), Options::default()) {
        Ok(store) => store,
        Err(error) => {
            tally.refused += 1;
            return match damage.meets_the_first_page() {
                true => Ok(()),
                false => Err(format!("the store did not open: {error}")),
            };
        }
    };
    tally.opened += 1;
    let mut expected = image.truth.clone();
    let mut sound = Vec::new();
    for (name, truth, found) in all_of(&store, &image.truth) {
        match found.await {
            Ok(Some(found)) if found == *truth => sound.push(name.clone()),
            Err(StoreError::Damaged(said)) if said.contains(name.as_str()) => tally.damaged += 1,
            other => return Err(format!("{name:?} is {}", described(&other, truth))),
        }
    }
    tally.whole += sound.len();
    for (name, rows) in &image.history {
        match store.rows(&named(name), Seq(0), Seq(u64::MAX)).await {
            Ok(found) if found == *rows => tally.remembered += 1,
            Err(StoreError::Damaged(_) | StoreError::Forgotten(_)) => {}
            Ok(found) => {
                let (found, rows) = (found.len(), rows.len());
                return Err(format!(
                    "{name:?} remembers {found} rows of {rows}, or others"
                ));
            }
            Err(error) => return Err(format!("{name:?} remembers nothing: {error}")),
        }
    }
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
    for (name, truth, found) in all_of(&store, &expected) {
        match found.await {
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

/// Asks for every document at once: the answers come as they would one by one.
fn all_of<'a>(
    store: &SqliteStore,
    truth: &'a BTreeMap<String, Stored>,
) -> Vec<(&'a String, &'a Stored, Ticket<Option<Stored>>)> {
    truth
        .iter()
        .map(|(name, truth)| (name, truth, store.load(&named(name))))
        .collect()
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

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// What one thread found out: a tally for each kind, and how much was wrong.
type Findings = (BTreeMap<String, Tally>, usize);

/// Tries what nobody else has taken yet, until nothing is left.
fn try_on(damages: &[(&str, &Image, Damage)], taken: &AtomicUsize) -> Findings {
    let runtime = runtime();
    let begun = Instant::now();
    let (mut tallies, mut wrong): Findings = Default::default();
    loop {
        let number = taken.fetch_add(1, Ordering::Relaxed);
        let Some((what, image, damage)) = damages.get(number) else {
            return (tallies, wrong);
        };
        if number > 0 && number.is_multiple_of(NEWS) {
            let seconds = begun.elapsed().as_secs();
            println!("{number} of {} after {seconds} s", damages.len());
        }
        let tally = tallies
            .entry(format!("{what}, {}, {}", damage.file, damage.noun()))
            .or_default();
        // A panic is one more thing that can be wrong; the others are tried still.
        let tried = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(try_one(image, damage, tally))
        }));
        if let Err(why) = tried.unwrap_or_else(|_| Err("a panic".to_owned())) {
            println!("{what} {damage:?}: {why}");
            wrong += 1;
        }
    }
}

#[test]
fn damage_anywhere_is_an_error_for_those_it_meets_and_for_nobody_else() {
    let seed = std::env::var("COWRITE_SEED").ok();
    let seed = seed.map_or_else(|| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("COWRITE_SEED={seed}");
    let images = runtime().block_on(images());
    let damages = damages(&images, &mut fastrand::Rng::with_seed(seed));
    let begun = Instant::now();
    let taken = AtomicUsize::new(0);
    let found: Vec<Findings> = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, |count| count.get());
        let threads: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| try_on(&damages, &taken)))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.collect()
    });
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut wrong = 0;
    for (counted, complaints) in found {
        for (what, tally) in counted {
            tallies.entry(what).or_default().add(&tally);
        }
        wrong += complaints;
    }
    for (what, tally) in &tallies {
        println!("{what}: {tally:?}");
    }
    let refused: usize = tallies.values().map(|tally| tally.refused).sum();
    println!(
        "{} damages in {} s: {wrong} wrong, {refused} refusals of the whole store",
        damages.len(),
        begun.elapsed().as_secs()
    );
    // A few flips of bits may well meet nobody, so all kinds count together.
    let mut files: BTreeMap<&str, Tally> = BTreeMap::new();
    for (what, tally) in &tallies {
        let (file, _kind) = what.rsplit_once(", ").unwrap();
        files.entry(file).or_default().add(tally);
    }
    for (what, tally) in &files {
        assert!(
            tally.damaged > 0 || tally.refused > 0,
            "{what}: nothing was damaged"
        );
        assert!(tally.whole > 0, "{what}: nothing was served");
        assert!(tally.remembered > 0, "{what}: nothing was remembered");
    }
    assert!(wrong == 0, "{wrong} of {}", damages.len());
}
