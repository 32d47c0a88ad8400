//! A copy of what can be read of a damaged index: for `backup` and `restore`, if that is
//! wanted.
//!
//! Which documents hold which contents stands in the index alone. What it says of a content
//! itself is told from the content again, where that is the part that cannot be read.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

use super::copy::CopyError;
use super::index::{LAYOUT, hash_in};
use super::kind::{HEAD, pixels, sniff};
use super::shelf::{Folder, Shelf};
use super::{FOLDER, Hash, INDEX};
use crate::annex::{AnnexError, Reading, Table, salvage};

const CONTENTS: Table = Table {
    name: "contents",
    key: "hash",
    columns: "hash, bytes, kind, width, height",
};

const FILES: Table = Table {
    name: "files",
    key: "id",
    columns: "id, document, hash, name, added, looks",
};

/// Makes an index in a folder of what another can still say, and none where it says nothing.
/// Says what is wrong.
///
/// # Errors
/// `error`, for which the index could not be copied, unless it is damage, and that is to be
/// kept.
pub(super) fn index(
    from: &Path,
    is_served: bool,
    to: &Path,
    error: CopyError,
    keep_damaged: bool,
) -> Result<Vec<String>, CopyError> {
    let index = from.join(INDEX);
    // One that is gone, beside contents, is as good as one of which nothing can be read.
    let is_gone = fs::symlink_metadata(&index).is_err();
    match &error {
        CopyError::Index { is_damage, .. } if *is_damage || is_gone => {}
        _ => return Err(error),
    }
    let what = format!("files: {error}");
    if !keep_damaged {
        return Err(CopyError::Damaged(what));
    }
    let mut problems = vec![what];
    let target = to.join(INDEX);
    // It may have been begun.
    let _ = fs::remove_file(&target);
    let source = Reading::of(&index, is_served, &LAYOUT);
    let found = match (is_gone, source) {
        (false, Ok(source)) => copied(&source.connection, &target, from, &mut problems)?,
        _ => 0,
    };
    if found == 0 {
        let _ = fs::remove_file(&target);
        problems.push(format!("{}: no file was copied", from.display()));
    }
    Ok(problems)
}

/// Copies the rows, and says how many files there are.
fn copied(
    source: &Connection,
    target: &Path,
    from: &Path,
    problems: &mut Vec<String>,
) -> Result<usize, CopyError> {
    let said = AnnexError::engine(target);
    let mut made = LAYOUT.make(target)?;
    let mut copying = || -> rusqlite::Result<usize> {
        // What is known of a content may be missing until the end.
        made.pragma_update(None, "foreign_keys", false)?;
        let transaction = made.transaction()?;
        salvage(source, &transaction, &CONTENTS)?;
        let mut files = salvage(source, &transaction, &FILES)?;
        for hash in unknown(&transaction)? {
            if !is_told_anew(&transaction, &hash, from)? {
                let sql = "DELETE FROM files WHERE hash = ?1 RETURNING document, name";
                let mut gone = transaction.prepare(sql)?;
                let mut gone = gone.query([hash.as_bytes()])?;
                while let Some(row) = gone.next()? {
                    let (document, name): (String, String) = (row.get(0)?, row.get(1)?);
                    let file = format!("file {name:?} of document {document:?} ({hash})");
                    problems.push(format!("{file}: its content cannot be read"));
                    files -= 1;
                }
            }
        }
        transaction.commit()?;
        Ok(files)
    };
    Ok(copying().map_err(said)?)
}

/// The contents of files of which nothing is known.
fn unknown(index: &Connection) -> rusqlite::Result<Vec<Hash>> {
    let sql = "SELECT DISTINCT hash FROM files WHERE hash NOT IN (SELECT hash FROM contents)";
    let mut select = index.prepare(sql)?;
    let found = select.query_map([], |row| hash_in(row, 0))?;
    found.collect()
}

/// Notes what a content says of itself, if it can be read. That it fits its hash is looked at
/// when it is copied.
fn is_told_anew(index: &Connection, hash: &Hash, from: &Path) -> rusqlite::Result<bool> {
    let folder = Folder::new(&from.join(FOLDER));
    let length = fs::metadata(folder.path_of(hash)).map(|data| data.len());
    let head = folder.open(hash).and_then(|mut it| it.piece(0, HEAD));
    let (Ok(length), Ok(head)) = (length, head) else {
        return Ok(false);
    };
    let kind = sniff(&head);
    let (width, height) = pixels(kind, &head).unzip();
    let sql = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    index.execute(
        "INSERT INTO contents (hash, bytes, kind, width, height) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            hash.as_bytes(),
            sql(length),
            kind,
            width.map(sql),
            height.map(sql)
        ],
    )?;
    Ok(true)
}
