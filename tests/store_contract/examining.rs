//! An examination that cannot look somewhere says so; it does not find nothing there.

use std::fs;
use std::path::Path;

use cowrite::store::Store;
use cowrite::store::sqlite::{
    BackupError, DATABASE, Damage, Examination, back_up, examine, put_back,
};

use crate::language::{Words, behind_the_back, open, text};

fn examined(place: &Path) -> Examination {
    examine(place, &|_| Ok(())).unwrap()
}

async fn one_document() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    store.close().await.unwrap();
    assert!(examined(place.path()).is_clean());
    place
}

/// The only problem there is.
fn problem(place: &Path) -> String {
    let examination = examined(place);
    assert!(!examination.is_clean());
    assert!(examination.damaged().next().is_none());
    match &examination.problems[..] {
        [problem] => problem.clone(),
        problems => panic!("{problems:?}"),
    }
}

/// A witness that could not be read counted as one that had seen nothing, and a
/// check called a folder well whose last rows it could not know.
#[tokio::test]
async fn a_witness_that_cannot_be_read_is_a_problem_and_an_absent_one_is_none() {
    let place = one_document().await;
    let witness = place.path().join(format!("{DATABASE}-rows"));
    let copy = place.path().join("copy");
    fs::remove_file(&witness).unwrap();
    assert!(examined(place.path()).is_clean());
    // A folder can be opened like a file, and not be read.
    fs::create_dir(&witness).unwrap();
    let said = problem(place.path());
    assert!(said.contains("the witness cannot be read"), "{said}");
    let refused = back_up(place.path(), &copy, Damage::Refuse, &|_| Ok(()));
    assert!(
        matches!(&refused, Err(BackupError::Damaged { what, .. }) if what.contains("witness")),
        "{refused:?}"
    );
    assert!(!copy.exists());
    let kept = back_up(place.path(), &copy, Damage::Keep, &|_| Ok(())).unwrap();
    assert!(!kept.is_clean());
    assert!(copy.exists());
}

/// The same beside a log that a killed server left, where both are copied first.
#[tokio::test]
async fn a_witness_that_cannot_be_read_is_a_problem_beside_a_log_too() {
    let place = tempfile::tempdir().unwrap();
    let store = open(place.path());
    store.wrote("plan", "a").await;
    let left = tempfile::tempdir().unwrap();
    for file in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        fs::copy(place.path().join(&file), left.path().join(&file)).unwrap();
    }
    assert!(examined(left.path()).is_clean());
    fs::create_dir(left.path().join(format!("{DATABASE}-rows"))).unwrap();
    let said = problem(left.path());
    assert!(said.contains("the witness cannot be read"), "{said}");
}

/// What could not be counted was none.
#[tokio::test]
async fn a_table_that_cannot_be_counted_is_a_problem() {
    let place = one_document().await;
    behind_the_back(place.path())
        .execute_batch("DROP TABLE crashes")
        .unwrap();
    let said = problem(place.path());
    assert!(said.contains("table crashes cannot be read"), "{said}");
}

/// Beside ten thousand documents and more nobody looked for rows without one.
#[tokio::test]
async fn rows_of_no_document_are_found_beside_however_many_documents() {
    let place = one_document().await;
    behind_the_back(place.path())
        .execute_batch(
            "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 10000)
             INSERT INTO documents (name, created_at, updated_at, bytes, last_row)
             SELECT 'document ' || n, 0, 0, 0, 0 FROM number;
             INSERT INTO journal SELECT max(id) + 1, 777777, 0, written_at, checksum, body, NULL FROM journal;",
        )
        .unwrap();
    assert_eq!(examined(place.path()).documents.len(), 10_001);
    let said = problem(place.path());
    assert!(said.contains("document number 777777"), "{said}");
}

/// A database was restored without the log beside it, and what a killed server had
/// saved there last was gone without a word.
#[tokio::test]
async fn a_database_with_a_log_beside_it_is_no_backup() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let store = open(&data);
    store.wrote("plan", "a").await;
    let old = place.path().join("old");
    fs::create_dir(&old).unwrap();
    for file in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
        fs::copy(data.join(&file), old.join(&file)).unwrap();
    }
    let restored = place.path().join("restored");
    let mut given = vec![old.join(DATABASE)];
    #[cfg(unix)]
    {
        let link = place.path().join("link");
        std::os::unix::fs::symlink(old.join(DATABASE), &link).unwrap();
        given.push(link);
    }
    for file in given {
        let refused = put_back(&file, &restored, Damage::Keep, &|_| Ok(()));
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("a log beside it"), "{said}");
        assert!(said.contains("cowrite backup --data"), "{said}");
        assert!(!restored.exists());
    }
    // What it says to do instead.
    let backup = place.path().join("backup");
    back_up(&old, &backup, Damage::Refuse, &|_| Ok(())).unwrap();
    put_back(&backup, &restored, Damage::Refuse, &|_| Ok(())).unwrap();
    assert_eq!(text(&open(&restored).loaded("plan").await), "a");
    // A log that is empty holds nothing.
    store.close().await.unwrap();
    fs::write(data.join(format!("{DATABASE}-wal")), "").unwrap();
    let again = place.path().join("again");
    put_back(&data.join(DATABASE), &again, Damage::Refuse, &|_| Ok(())).unwrap();
    assert_eq!(text(&open(&again).loaded("plan").await), "a");
}
