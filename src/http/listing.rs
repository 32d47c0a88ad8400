//! `GET /api/documents`: the documents in pages, or those in the trash.

use actix_web::{HttpRequest, web};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conditional;
use super::documents::Answer;
use super::error::ApiError;
use super::openapi::schemas::Sorting;
use super::query::{PAGE, limit, query};
use super::shown::Shown;
use crate::live::{Cursor, Documents, ListQuery, Sort};
use crate::search::Search;

/// How lists may be sorted.
pub(super) const SORTS: [&str; 5] = ["updated", "created", "name", "title", "deleted"];

/// Between the name and the title in a cursor: no name has it in it.
const BETWEEN: char = '\0';

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    /// Only documents whose names begin with this.
    prefix: Option<String>,
    /// Only documents whose name or title has this in it; case does not matter.
    #[param(example = "plan")]
    q: Option<String>,
    /// What comes first: what was written, made or deleted last; or by name; or by title,
    /// whose case does not matter, and behind those what has none, by name. What is in the
    /// trash is sorted by when it was deleted unless asked otherwise.
    #[param(value_type = Sorting, required = false, inline)]
    sort: Option<String>,
    /// Those in the trash, and no others: they are deleted, and can be restored.
    #[param(default = false)]
    deleted: Option<bool>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "cursor")]
    cursor: Option<String>,
}

/// A page of the list of documents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentList)]
pub(super) struct Listed {
    #[schema(max_items = 1000)]
    documents: Vec<Shown>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "cursor")]
    next: Option<String>,
}

pub(super) async fn list(
    request: HttpRequest,
    documents: web::Data<Documents>,
    search: web::Data<Search>,
) -> Answer {
    let parameters: ListParameters = query(&request)?;
    let deleted = parameters.deleted.unwrap_or(false);
    let sort = match parameters.sort.as_deref() {
        None if deleted => Sort::Deleted,
        None | Some("updated") => Sort::Updated,
        Some("created") => Sort::Created,
        Some("name") => Sort::Name,
        Some("title") => Sort::Title,
        Some("deleted") => Sort::Deleted,
        Some(other) => {
            let there = SORTS.join(", ");
            let message = format!("unknown sort {other:?}; there are: {there}");
            return Err(ApiError::BadRequest(message));
        }
    };
    let limit = limit(parameters.limit, PAGE, 1000)?;
    let after = parameters.cursor.as_deref().map(decode).transpose()?;
    let asked = ListQuery {
        deleted,
        prefix: parameters.prefix.filter(|prefix| !prefix.is_empty()),
        contains: parameters.q.filter(|q| !q.is_empty()),
        sort,
        limit,
        after,
    };
    let (page, people) = documents.list(asked).await?;
    let listed = Listed {
        documents: Shown::all(&page.records, &people, &documents, &search).await,
        next: page.next.as_ref().map(encode),
    };
    Ok(conditional::answer_json(&request, &listed))
}

fn encode(cursor: &Cursor) -> String {
    let Cursor {
        micros,
        title,
        name,
    } = cursor;
    BASE64.encode(match title.is_empty() {
        true => format!("{micros}:{name}"),
        false => format!("{micros}:{name}{BETWEEN}{title}"),
    })
}

fn decode(encoded: &str) -> Result<Cursor, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let (micros, rest) = text.split_once(':')?;
        let (name, title) = rest.split_once(BETWEEN).unwrap_or((rest, ""));
        Some(Cursor {
            micros: micros.parse().ok()?,
            title: title.to_owned(),
            name: name.to_owned(),
        })
    });
    parsed.ok_or_else(|| ApiError::BadRequest("cursor is not one that a list gave out".to_owned()))
}
