//! Damage at every place: a byte changed, a sector of zeros, or the end cut off, anywhere in
//! the database of branches.
//!
//! Where nothing can be known without the damaged part, the first page, nothing is told.
//! Otherwise what comes of it is an error that says so, or each branch of a document, byte
//! for byte, under its number and moment: never a list without one of them, and none is
//! forgotten for it. (Whose a branch is and what it is called are notes, which have no
//! checksum.)
//!
//! A sample of places is tried, from a seed that is said; `COWRITE_DAMAGE=N` tries so many of
//! each kind, `COWRITE_SEED=…` replays.

use std::time::{Duration, SystemTime};

use super::database::BranchDatabase;
use super::*;
use crate::store::{MOST_NAMED, Retention, StoreError};

const SECTOR: usize = 512;

/// The first page has the text of the tables.
const PAGE: usize = 4096;

/// What was kept of a document, the last first.
type Kept = (DocumentId, Vec<(Branch, Bytes)>);

fn retention() -> Retention {
    Retention {
        age: Some(Duration::from_secs(10_000)),
        bytes: None,
    }
}

/// States of a few bytes to some pages, of three documents in turn.
async fn keeps(place: &std::path::Path, random: &mut fastrand::Rng) -> Vec<Kept> {
    let branches = BranchDatabase::at(place, retention());
    let mut kept: Vec<Kept> = ["minutes", "plan", "plans"]
        .map(|name| (DocumentId::parse(name).unwrap(), Vec::new()))
        .into();
    for turn in 0..36_u64 {
        let (document, states) = &mut kept[turn as usize % 3];
        let length = [20, 300, 2_000, 9_000][turn as usize / 3 % 4];
        let state: Bytes = std::iter::repeat_with(|| random.u8(..))
            .take(length)
            .collect();
        let branch = NewBranch {
            state: state.clone(),
            at: SystemTime::now() - Duration::from_secs(1_000 - turn),
            author: Some(format!("somebody {turn}")),
            name: None,
        };
        let branch = branches.keep(document, branch).await.unwrap();
        states.insert(0, (branch, state));
    }
    kept
}

fn is_it(found: &Branch, branch: &Branch) -> bool {
    (found.id, found.at) == (branch.id, branch.at)
}

fn is_damage(error: &StoreError) -> bool {
    matches!(error, StoreError::Damaged(_))
}

/// Says what is wrong, and how many documents could be read. `any`: any error will do.
async fn looks(place: &std::path::Path, kept: &[Kept], any: bool) -> Result<usize, String> {
    let branches = BranchDatabase::at(place, retention());
    let mut whole = 0;
    // Twice: what is old was forgotten in between.
    for turn in 0..2 {
        for (document, states) in kept {
            let mut is_whole = true;
            match branches.list(document, Behind::NOTHING, MOST_NAMED).await {
                Ok(listed) => {
                    let are_all = listed.len() == states.len()
                        && listed
                            .iter()
                            .zip(states)
                            .all(|(it, (branch, _))| is_it(it, branch));
                    if !are_all {
                        return Err(format!("{document:?}, {turn}: {listed:?} are listed"));
                    }
                }
                Err(error) if any || is_damage(&error) => is_whole = false,
                Err(error) => return Err(format!("{document:?} is listed: {error:?}")),
            }
            for (branch, state) in states {
                match branches.find(document, branch.id).await {
                    Ok(Some((found, bytes))) if is_it(&found, branch) && bytes == *state => {}
                    Err(error) if any || is_damage(&error) => is_whole = false,
                    other => {
                        let other = other.map(|it| it.map(|(found, _)| found));
                        return Err(format!("b{} of {document:?}, {turn}: {other:?}", branch.id));
                    }
                }
            }
            whole += usize::from(is_whole && turn == 1);
        }
    }
    Ok(whole)
}

#[tokio::test]
async fn damage_is_an_error_or_makes_no_difference() {
    let number = |name: &str| std::env::var(name).ok().and_then(|it| it.parse().ok());
    let seed: u64 = number("COWRITE_SEED").unwrap_or_else(|| fastrand::u64(..));
    let count: u64 = number("COWRITE_DAMAGE").unwrap_or(40);
    let mut random = fastrand::Rng::with_seed(seed);
    let place = tempfile::tempdir().unwrap();
    let kept = keeps(place.path(), &mut random).await;
    let path = place.path().join(BRANCHES);
    let sound = std::fs::read(&path).unwrap();
    assert_eq!(looks(place.path(), &kept, false).await, Ok(kept.len()));
    let mut whole = [0; 3];
    for turn in 0..3 * count {
        let mut damaged = sound.clone();
        let at = random.usize(..damaged.len());
        let kind = (turn % 3) as usize;
        match kind {
            0 => damaged[at] ^= random.u8(1..),
            1 => {
                let sector = at / SECTOR * SECTOR;
                damaged[sector..][..SECTOR].fill(0);
            }
            _ => damaged.truncate(at),
        }
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join(BRANCHES), &damaged).unwrap();
        // Of a file that is empty there is nothing to know.
        if damaged.is_empty() {
            continue;
        }
        match looks(place.path(), &kept, at < PAGE).await {
            Ok(documents) => whole[kind] += documents,
            Err(wrong) => panic!("seed {seed}, damage {turn} of kind {kind} at {at}: {wrong}"),
        }
    }
    println!(
        "seed {seed}: of {} documents each {whole:?} were whole",
        3 * count
    );
    assert!(whole[0] > 0, "most bytes concern one document");
}

/// A byte of an index was another, and the list of a document was told without a branch; a
/// moment of one was, and a branch that was minutes old was forgotten as one of 1970.
#[tokio::test]
async fn an_index_that_lies_hides_nothing_and_lets_nothing_be_forgotten() {
    let place = tempfile::tempdir().unwrap();
    let kept = keeps(place.path(), &mut fastrand::Rng::with_seed(1)).await;
    let path = place.path().join(BRANCHES);
    let sound = std::fs::read(&path).unwrap();
    let root = |index: &str| -> u32 {
        let connection = super::shelf::LAYOUT.open(&path).unwrap();
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        connection
            .query_row(sql, [index], |row| row.get(0))
            .unwrap()
    };
    // The moment of that which came first, as an index has it.
    let (first, _) = kept[0].1.last().unwrap();
    let at = micros::since_1970(first.at).to_be_bytes();
    for (index, sought) in [
        ("branches_in_order", &b"minutes"[..]),
        ("branches_by_age", &at[..]),
    ] {
        let page = (root(index) as usize - 1) * PAGE;
        let found = sound[page..page + PAGE]
            .windows(sought.len())
            .position(|window| window == sought);
        let found = page + found.unwrap();
        let mut damaged = sound.clone();
        match index {
            "branches_in_order" => damaged[found] = b'l',
            _ => damaged[found..][..8].fill(0),
        }
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join(BRANCHES), &damaged).unwrap();
        assert_eq!(looks(place.path(), &kept, false).await, Ok(2), "{index}");
        let branches = BranchDatabase::at(place.path(), retention());
        let refused = branches.list(&kept[0].0, Behind::NOTHING, 99).await;
        let refused = refused.unwrap_err();
        assert!(is_damage(&refused), "{refused:?}");
        // What is kept is kept all the same, and makes no room for itself.
        let more = NewBranch {
            state: Bytes::from_static(b"one more"),
            at: SystemTime::now(),
            author: None,
            name: None,
        };
        branches.keep(&kept[0].0, more).await.unwrap();
        drop(branches);
        let connection = super::shelf::LAYOUT
            .open(&place.path().join(BRANCHES))
            .unwrap();
        let sql = "SELECT count(*) FROM branches NOT INDEXED WHERE state IS NOT NULL";
        let count: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 37, "{index}");
    }
}
