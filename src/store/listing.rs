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
    let micros = match sort {
        Sort::Updated => micros::since_1970(record.updated),
        Sort::Created => micros::since_1970(record.created),
        Sort::Name => 0,
    };
    Cursor {
        micros,
        name: record.document.as_str().to_owned(),
    }
}

/// Which of two places comes first: the later moment, then the smaller name.
pub(super) fn order(a: &Cursor, b: &Cursor) -> Ordering {
    b.micros.cmp(&a.micros).then_with(|| a.name.cmp(&b.name))
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
