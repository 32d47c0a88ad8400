//! `GET /api/documents/{name}/backlinks`: which documents link to one.

use actix_web::{HttpRequest, web};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conditional;
use super::documents::Answer;
use super::error::ApiError;
use super::names::name;
use super::origin::OriginPolicy;
use super::query::{PAGE, limit, query};
use crate::id::DocumentId;
use crate::live::{DocumentError, Documents};
use crate::search::Search;

/// The most on a page.
pub(super) const MOST: usize = 100;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct BacklinkParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "backlink-cursor")]
    cursor: Option<String>,
}

/// A page of documents that link to one, by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backlinks)]
pub(super) struct Linking {
    #[schema(max_items = 100)]
    documents: Vec<Linker>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "backlink-cursor")]
    next: Option<String>,
}

/// A document that links to another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backlink)]
struct Linker {
    #[schema(example = "team/minutes")]
    name: String,
    #[schema(required, example = "Minutes of May")]
    title: Option<String>,
}

pub(super) async fn backlinks(
    request: HttpRequest,
    documents: web::Data<Documents>,
    search: web::Data<Search>,
    origins: web::Data<OriginPolicy>,
) -> Answer {
    let id = name(&request)?;
    let parameters: BacklinkParameters = query(&request)?;
    let limit = limit(parameters.limit, PAGE, MOST)?;
    let after = parameters.cursor.as_deref().map(decode).transpose()?;
    documents.describe(&id).await?;
    let hosts = origins.hosts(&request);
    let after = after.unwrap_or_default();
    // One more, to know whether there is a next page.
    let links = search.links_to(id.as_str().to_owned(), hosts, after, limit + 1);
    let mut names = links.await?;
    let is_more = names.len() > limit;
    names.truncate(limit);
    let next = names.last().filter(|_| is_more).map(|name| encode(name));
    let mut linking = Vec::with_capacity(names.len());
    for name in names {
        linking.extend(linker(&documents, name).await?);
    }
    let page = Linking {
        documents: linking,
        next,
    };
    Ok(conditional::answer_json(&request, &page))
}

/// A document as it is told; `None` when it is not there any more: the index hears of that
/// a little later.
async fn linker(documents: &Documents, name: String) -> Result<Option<Linker>, ApiError> {
    let Ok(id) = DocumentId::parse(&name) else {
        return Ok(None);
    };
    match documents.describe(&id).await {
        Ok(summary) => Ok(Some(Linker {
            name,
            title: summary.record.title,
        })),
        Err(DocumentError::NotFound | DocumentError::Deleted) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn encode(name: &str) -> String {
    BASE64.encode(format!("b{name}"))
}

fn decode(encoded: &str) -> Result<String, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        text.strip_prefix('b').map(str::to_owned)
    });
    parsed.ok_or_else(|| {
        ApiError::BadRequest("cursor is not one that a list of backlinks gave out".to_owned())
    })
}
