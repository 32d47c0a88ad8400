//! One page of the list, read in order from an index.
//!
//! SQL does order, prefix and cursor; what a name or title contains is decided
//! by the rules that all stores share, because SQLite knows upper and lower case
//! of ASCII only. Such a search reads on until its page is full. So does a list by
//! title, and one of what is deleted, which is little: neither has an index.

use rusqlite::{Connection, Row, ToSql, named_params};

use super::super::listing::{self, Filter};
use super::super::{ListQuery, Page, Record, Sort, StoreError, micros};
use super::failure::{self, Failure};
use crate::id::{DocumentId, Seq};

/// Reads one page.
pub(super) fn page(connection: &Connection, query: &ListQuery) -> Result<Page, StoreError> {
    read(connection, query).map_err(answer)
}

fn answer(failure: Failure) -> StoreError {
    match failure {
        Failure::Refused(error) => error,
        Failure::Engine(error) => failure::answer("the list of documents", &error),
    }
}

fn read(connection: &Connection, query: &ListQuery) -> Result<Page, Failure> {
    let filter = Filter::of(query);
    let prefix = query.prefix.as_deref().unwrap_or_default();
    let end = listing::after_prefix(prefix);
    let after = query.after.as_ref();
    let (micros, name) = (after.map(|a| a.micros), after.map(|a| a.name.as_str()));

    let mut sql = format!(
        "SELECT name, title, created_at, updated_at, bytes, deleted_at, last_row FROM documents
          WHERE deleted_at IS {}NULL",
        if query.deleted { "NOT " } else { "" }
    );
    let all = named_params! { ":prefix": prefix, ":end": end, ":micros": micros, ":name": name };
    let mut given: Vec<(&str, &dyn ToSql)> = Vec::new();
    let mut restrict = |condition: &str, names: &[&str]| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        given.extend(all.iter().filter(|(name, _)| names.contains(name)));
    };
    if !prefix.is_empty() {
        restrict("name >= :prefix", &[":prefix"]);
    }
    if end.is_some() {
        restrict("name < :end", &[":end"]);
    }
    let is_in_order = !query.deleted && query.sort != Sort::Title;
    let column = match query.sort {
        Sort::Updated => Some("updated_at"),
        Sort::Created => Some("created_at"),
        Sort::Name | Sort::Title | Sort::Deleted => None,
    };
    match (column, after) {
        _ if !is_in_order => {}
        (_, None) => {}
        (None, Some(_)) => restrict("name > :name", &[":name"]),
        (Some(column), Some(_)) => restrict(
            &format!("{column} <= :micros AND ({column} < :micros OR name > :name)"),
            &[":micros", ":name"],
        ),
    }
    match column {
        _ if !is_in_order => {}
        Some(column) => sql.push_str(&format!(" ORDER BY {column} DESC, name")),
        None => sql.push_str(" ORDER BY name"),
    }

    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_and_then(given.as_slice(), |row| admitted(row, &filter))?;
    let records = rows.filter_map(|row| row.map_err(answer).transpose());
    Ok(match is_in_order {
        true => listing::page(query, records)?,
        false => listing::sorted(query, records)?,
    })
}

/// The record in this row, unless the filter leaves it out.
fn admitted(row: &Row<'_>, filter: &Filter) -> Result<Option<Record>, Failure> {
    let name = row
        .get_ref(0)?
        .as_str()
        .map_err(|_| unfit("a name that is no text"))?;
    let title: Option<String> = row.get(1)?;
    if !filter.admits(name, title.as_deref()) {
        return Ok(None);
    }
    let document = DocumentId::parse(name)
        .map_err(|error| unfit(&format!("the name {name:?}, which is none: {error}")))?;
    Ok(Some(Record {
        document,
        title,
        created: micros::moment(row.get(2)?),
        updated: micros::moment(row.get(3)?),
        row: Seq(row.get::<_, i64>(6)?.cast_unsigned()),
        bytes: row.get::<_, i64>(4)?.cast_unsigned(),
        deleted: row.get::<_, Option<i64>>(5)?.map(micros::moment),
    }))
}

fn unfit(what: &str) -> StoreError {
    StoreError::Damaged(format!("table documents has {what}"))
}
