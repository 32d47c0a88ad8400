//! The tables `versions` and `authors`: what people call moments and each other.
//!
//! None of it is content. A row that does not fit its checksum is left out, and said
//! by `cowrite check`.

use rusqlite::{Connection, OptionalExtension, Row as Record, params};

use super::super::history::can_be_had;
use super::super::version::cut;
use super::super::{
    Author, Bounds, MOST_AUTHORS, MOST_NAMED, MOST_VERSIONS, Source, StoreError, Version, micros,
};
use super::checksum;
use super::failure::Failure;
use super::ledger::Ledger;
use crate::id::{DocumentId, Seq};

const VERSION: &str = "id, row, at, bytes, name, checksum";

impl Ledger {
    /// See [`Store::version`](super::super::Store::version).
    pub(super) fn version(
        &mut self,
        document: &DocumentId,
        name: Option<&str>,
    ) -> Result<Version, Failure> {
        let known = self.alive(document)?;
        let (key, row) = (known.key, Seq(known.last_row));
        let record = known.record(document, &self.tails);
        if name.is_some() {
            self.may_name(key)?;
        }
        let there = self
            .connection
            .prepare_cached(&format!(
                "SELECT {VERSION} FROM versions
                  WHERE document = ?1 AND row = ?2 AND (?3 IS NULL OR name IS NULL)
                  ORDER BY id DESC LIMIT 1"
            ))?
            .query_row(params![key, row.0.cast_signed(), name], |record| {
                version(key, record)
            })
            .optional()?
            .flatten();
        if let Some(mut version) = there {
            if name.is_some() {
                version.name = name.map(str::to_owned);
                put(&self.connection, key, &version)?;
            }
            return Ok(version);
        }
        let id: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM versions WHERE document = ?1")?
            .query_row([key], |row| row.get(0))?;
        let version = Version {
            id: id.cast_unsigned(),
            row,
            at: record.updated,
            name: name.map(str::to_owned),
            bytes: record.bytes,
        };
        put(&self.connection, key, &version)?;
        Ok(version)
    }

    /// Whether one more version of a document may have a name.
    fn may_name(&self, key: i64) -> Result<(), Failure> {
        let named: i64 = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM versions WHERE document = ?1 AND name IS NOT NULL",
            )?
            .query_row([key], |row| row.get(0))?;
        match named < MOST_NAMED as i64 {
            true => Ok(()),
            false => Err(StoreError::TooManyNamed.into()),
        }
    }

    /// See [`Store::rename`](super::super::Store::rename).
    pub(super) fn rename(
        &mut self,
        document: &DocumentId,
        id: u64,
        name: Option<&str>,
    ) -> Result<Option<Version>, Failure> {
        let key = self.alive(document)?.key;
        let found = self
            .connection
            .prepare_cached(&format!(
                "SELECT {VERSION} FROM versions WHERE document = ?1 AND id = ?2"
            ))?
            .query_row(params![key, id.cast_signed()], |record| {
                version(key, record)
            })
            .optional()?
            .flatten();
        let Some(mut version) = found else {
            return Ok(None);
        };
        if name.is_some() && version.name.is_none() {
            self.may_name(key)?;
        }
        version.name = name.map(str::to_owned);
        put(&self.connection, key, &version)?;
        Ok(Some(version))
    }

    /// See [`Store::attribute`](super::super::Store::attribute).
    pub(super) fn attribute(
        &mut self,
        document: &DocumentId,
        author: &Author,
        source: Source,
    ) -> Result<(), Failure> {
        let Some(known) = self.find(document)? else {
            return Ok(());
        };
        let (key, client, name) = (known.key, author.client.cast_signed(), cut(&author.name));
        let there: Option<String> = self
            .connection
            .prepare_cached("SELECT name FROM authors WHERE document = ?1 AND client = ?2")?
            .query_row([key, client], |row| row.get(0))
            .optional()?;
        match there {
            Some(known) if source == Source::Messenger || known == name => return Ok(()),
            Some(_) => {}
            None => {
                // Counted once: a stranger chooses how many there are.
                let count = match self.authors.get(&key) {
                    Some(count) => *count,
                    None => self
                        .connection
                        .prepare_cached("SELECT count(*) FROM authors WHERE document = ?1")?
                        .query_row([key], |row| row.get(0))?,
                };
                if count >= MOST_AUTHORS as i64 {
                    self.authors.insert(key, count);
                    return Ok(());
                }
                self.authors.insert(key, count + 1);
            }
        }
        let since = micros::since_1970(author.since);
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO authors (document, client, name, since, checksum)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                key,
                client,
                name,
                since,
                checksum::of_author(key, client, since, name)
            ])?;
        Ok(())
    }

    fn alive(&mut self, document: &DocumentId) -> Result<super::known::Known, Failure> {
        let known = self.find(document)?.ok_or(StoreError::NotFound)?;
        match known.deleted {
            Some(_) => Err(StoreError::Deleted.into()),
            None => Ok(known),
        }
    }
}

fn put(connection: &Connection, key: i64, version: &Version) -> rusqlite::Result<()> {
    let numbers = [
        key,
        version.id.cast_signed(),
        version.row.0.cast_signed(),
        micros::since_1970(version.at),
        version.bytes.cast_signed(),
    ];
    let [_, id, row, at, bytes] = numbers;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO versions (document, id, row, at, bytes, name, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            key,
            id,
            row,
            at,
            bytes,
            version.name,
            checksum::of_version(numbers, version.name.as_deref())
        ])?;
    Ok(())
}

/// The version in a row that begins with the columns of [`VERSION`], if it is sound.
fn version(key: i64, record: &Record<'_>) -> rusqlite::Result<Option<Version>> {
    let (id, row, at, bytes) = (
        record.get(0)?,
        record.get(1)?,
        record.get(2)?,
        record.get(3)?,
    );
    let name: Option<String> = record.get(4)?;
    let sealed: i64 = record.get(5)?;
    if sealed != checksum::of_version([key, id, row, at, bytes], name.as_deref()) {
        log::error!("version {id} of document number {key} is damaged (table versions)");
        return Ok(None);
    }
    Ok(Some(Version {
        id: id.cast_unsigned(),
        row: Seq(row.cast_unsigned()),
        at: micros::moment(at),
        name,
        bytes: bytes.cast_unsigned(),
    }))
}

/// A document's versions, the newest first.
pub(super) fn versions(
    connection: &Connection,
    key: i64,
    before: Option<u64>,
    limit: usize,
) -> rusqlite::Result<Vec<Version>> {
    let before = before.map_or(i64::MAX, |before| before.min(1 << 62).cast_signed());
    let limit = limit.min(MOST_VERSIONS);
    let mut ask = connection.prepare_cached(&format!(
        "SELECT {VERSION} FROM versions WHERE document = ?1 AND id < ?2 ORDER BY id DESC"
    ))?;
    let mut rows = ask.query([key, before])?;
    let mut versions = Vec::new();
    while versions.len() < limit
        && let Some(row) = rows.next()?
    {
        versions.extend(version(key, row).unwrap_or_default());
    }
    Ok(versions)
}

/// Whose names are known.
pub(super) fn authors(connection: &Connection, key: i64) -> rusqlite::Result<Vec<Author>> {
    let mut ask = connection.prepare_cached(
        "SELECT client, name, since, checksum FROM authors WHERE document = ?1 ORDER BY client",
    )?;
    let mut rows = ask.query([key])?;
    let mut authors = Vec::new();
    while let Some(row) = rows.next()? {
        let Ok(found) = author(key, row) else {
            continue;
        };
        authors.extend(found);
    }
    Ok(authors)
}

fn author(key: i64, row: &Record<'_>) -> rusqlite::Result<Option<Author>> {
    let (client, name, since): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
    if row.get::<_, i64>(3)? != checksum::of_author(key, client, since, &name) {
        log::error!("author {client} of document number {key} is damaged (table authors)");
        return Ok(None);
    }
    Ok(Some(Author {
        client: client.cast_unsigned(),
        name,
        since: micros::moment(since),
    }))
}

/// The rows that versions with names are of.
pub(super) fn named_rows(connection: &Connection, key: i64) -> rusqlite::Result<Vec<Seq>> {
    connection
        .prepare_cached("SELECT row FROM versions WHERE document = ?1 AND name IS NOT NULL")?
        .query_map([key], |row| {
            row.get::<_, i64>(0).map(|row| Seq(row.cast_unsigned()))
        })?
        .collect()
}

/// Forgets the versions without a name that cannot be had any more, where these
/// segments are left and the tail begins after the row `folded`. The newest one stays,
/// lest its number be given out again.
pub(super) fn forget(
    connection: &Connection,
    key: i64,
    segments: &[Bounds],
    folded: Seq,
) -> rusqlite::Result<()> {
    let nameless: Vec<(i64, Seq)> = connection
        .prepare_cached(
            "SELECT id, row FROM versions WHERE document = ?1 AND name IS NULL
                AND id < (SELECT max(id) FROM versions WHERE document = ?1)",
        )?
        .query_map([key], |row| {
            Ok((row.get(0)?, Seq(row.get::<_, i64>(1)?.cast_unsigned())))
        })?
        .collect::<Result<_, _>>()?;
    for (id, row) in nameless {
        if !can_be_had(row, segments, folded) {
            connection
                .prepare_cached("DELETE FROM versions WHERE document = ?1 AND id = ?2")?
                .execute([key, id])?;
        }
    }
    Ok(())
}

/// How many notes are not sound.
pub(super) fn damaged(connection: &Connection) -> rusqlite::Result<usize> {
    let mut count = 0;
    let mut ask = connection.prepare(&format!("SELECT {VERSION}, document FROM versions"))?;
    let mut rows = ask.query([])?;
    while let Some(row) = rows.next()? {
        let found = row.get(6).and_then(|key| version(key, row));
        count += usize::from(!matches!(found, Ok(Some(_))));
    }
    let mut ask =
        connection.prepare("SELECT client, name, since, checksum, document FROM authors")?;
    let mut rows = ask.query([])?;
    while let Some(row) = rows.next()? {
        let found = row.get(4).and_then(|key| author(key, row));
        count += usize::from(!matches!(found, Ok(Some(_))));
    }
    Ok(count)
}
