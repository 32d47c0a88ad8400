//! What a page of documents shows, decided without an engine.
//!
//! Every store lists by these rules, so that no two of them disagree about the
//! order, about what "contains" means or about where the next page begins.

use std::cmp::Ordering;

use super::{Cursor, ListQuery, Page, Record, Sort, StoreError, micros};

/// The longest page.
pub(super) const LONGEST_PAGE: usize = 1_000;

/// The part of a query that looks into names and titles.
pub(super) struct Filter {
    prefix: String,
    needle: Option<String>,
}

impl Filter {
    pub(super) fn of(query: &ListQuery) -> Self {
        Self {
            prefix: query.prefix.clone().unwrap_or_default(),
            needle: query
                .contains
                .as_deref()
                .filter(|needle| !needle.is_empty())
                .map(str::to_lowercase),
        }
    }

    /// Case is ignored by Unicode's rules, which an SQL `LIKE` does not know.
    pub(super) fn admits(&self, name: &str, title: Option<&str>) -> bool {
        name.starts_with(&self.prefix)
            && self.needle.as_deref().is_none_or(|needle| {
                name.to_lowercase().contains(needle)
                    || title.is_some_and(|title| title.to_lowercase().contains(needle))
            })
    }
}

/// The place of `record` in a list sorted by `sort`.
pub(super) fn place(sort: Sort, record: &Record) -> Cursor {
    let title = match sort {
        Sort::Title => shown_title(record).to_lowercase(),
        _ => String::new(),
    };
    let micros = match sort {
        Sort::Updated => micros::since_1970(record.updated),
        Sort::Created => micros::since_1970(record.created),
        Sort::Deleted => record.deleted.map_or(0, micros::since_1970),
        Sort::Title => i64::from(!title.is_empty()),
        Sort::Name => 0,
    };
    Cursor {
        micros,
        title,
        name: record.document.as_str().to_owned(),
    }
}

/// The title as people see it.
fn shown_title(record: &Record) -> &str {
    record.title.as_deref().unwrap_or_default().trim()
}

/// Which of two places comes first: the later moment, then the smaller title and name.
pub(super) fn order(a: &Cursor, b: &Cursor) -> Ordering {
    let moments = b.micros.cmp(&a.micros);
    let titles = || a.title.cmp(&b.title);
    moments.then_with(titles).then_with(|| a.name.cmp(&b.name))
}

/// Fills a page from `records` that come in no order: all of them are looked at, and not
/// many more kept than the page has.
pub(super) fn sorted(
    query: &ListQuery,
    records: impl Iterator<Item = Result<Record, StoreError>>,
) -> Result<Page, StoreError> {
    let kept = query.limit.min(LONGEST_PAGE) + 1;
    let by_place = |(a, _): &(Cursor, Record), (b, _): &(Cursor, Record)| order(a, b);
    let mut found: Vec<(Cursor, Record)> = Vec::new();
    for record in records {
        let record = record?;
        let place = place(query.sort, &record);
        let after = query.after.as_ref();
        if after.is_none_or(|after| order(&place, after).is_gt()) {
            found.push((place, record));
        }
        if found.len() >= 4 * kept {
            found.sort_by(by_place);
            found.truncate(kept);
        }
    }
    found.sort_by(by_place);
    page(query, found.into_iter().map(|(_, record)| Ok(record)))
}

/// Fills a page from `records`, which come in order and begin after the cursor.
/// Reads one more than it shows, to know whether there is a next page; one
/// unreadable record spoils the page, because a shorter list would be a lie.
pub(super) fn page(
    query: &ListQuery,
    records: impl Iterator<Item = Result<Record, StoreError>>,
) -> Result<Page, StoreError> {
    let limit = query.limit.min(LONGEST_PAGE);
    let mut page = Page::default();
    if limit == 0 {
        return Ok(page);
    }
    for record in records {
        let record = record?;
        if page.records.len() == limit {
            page.next = page.records.last().map(|last| place(query.sort, last));
            break;
        }
        page.records.push(record);
    }
    Ok(page)
}

/// The smallest string greater than every string that begins with `prefix`, if
/// there is one: the end of an index range.
pub(super) fn after_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_stands_after_all_that_begin_with_it() {
        assert_eq!(after_prefix("ab"), Some("ac".to_owned()));
        assert_eq!(after_prefix("a\u{10FFFF}"), Some("b".to_owned()));
        assert_eq!(after_prefix("\u{D7FF}"), Some("\u{E000}".to_owned()));
        assert_eq!(after_prefix("\u{10FFFF}"), None);
        assert_eq!(after_prefix(""), None);
    }
}
