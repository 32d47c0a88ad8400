//! `/api/search`: documents by what they say.

use actix_web::HttpRequest;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::documents::{Answer, moment};
use super::error::ApiError;
use super::origin::check_origin;
use super::query::{limit, query};
use super::{conditional, not_allowed};
use crate::id::DocumentId;
use crate::live::{DocumentError, Documents};
use crate::search::{Hit, LONGEST_QUESTION, Place, Search};

/// How many results a page has unless asked otherwise, and the most.
const PAGE: usize = 20;
pub(super) const MOST: usize = 100;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/search")
            .wrap(from_fn(check_origin))
            .get(search)
            .head(search)
            .default_service(not_allowed("GET, HEAD")),
    );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchParameters {
    /// The words that are looked for: all of them, the last one by its beginning, and those
    /// in quotation marks in this order.
    #[param(max_length = 512, example = "quarterly plan")]
    q: String,
    /// Only documents whose names begin with this.
    #[param(example = "team/")]
    prefix: Option<String>,
    /// How many results a page has at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "search-cursor")]
    cursor: Option<String>,
}

/// A page of what was found, the best first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResults)]
pub(super) struct Found {
    #[schema(max_items = 100)]
    results: Vec<Match>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "search-cursor")]
    next: Option<String>,
}

/// A document in which it was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResult)]
struct Match {
    #[schema(example = "team/plan")]
    name: String,
    #[schema(required)]
    title: Option<String>,
    #[schema(format = DateTime)]
    updated: String,
    /// A part of its text; its beginning, if what was found is the title.
    excerpt: Vec<Piece>,
}

/// A part of an excerpt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchExcerpt)]
struct Piece {
    text: String,
    /// Whether it is what was looked for.
    #[serde(rename = "match")]
    is_match: bool,
}

async fn search(
    request: HttpRequest,
    documents: web::Data<Documents>,
    search: web::Data<Search>,
) -> Answer {
    let parameters: SearchParameters = query(&request)?;
    if parameters.q.chars().count() > LONGEST_QUESTION {
        let reason = format!("q may have at most {LONGEST_QUESTION} characters");
        return Err(ApiError::BadRequest(reason));
    }
    let limit = limit(parameters.limit, PAGE, MOST)?;
    let after = parameters.cursor.as_deref().map(decode).transpose()?;
    let prefix = parameters.prefix.unwrap_or_default();
    // One more, to know whether there is a next page.
    let mut hits = search.find(parameters.q, prefix, after, limit + 1).await?;
    let is_more = hits.len() > limit;
    hits.truncate(limit);
    let next = hits.last().filter(|_| is_more).map(|hit| encode(hit.place));
    let mut results = Vec::with_capacity(hits.len());
    for hit in hits {
        results.extend(shown(&documents, hit).await?);
    }
    Ok(conditional::answer_json(&request, &Found { results, next }))
}

/// A hit as it is told; `None` when the document is not there any more: the index hears of
/// that a little later.
async fn shown(documents: &Documents, hit: Hit) -> Result<Option<Match>, ApiError> {
    let Ok(id) = DocumentId::parse(&hit.name) else {
        return Ok(None);
    };
    let record = match documents.describe(&id).await {
        Ok(summary) => summary.record,
        Err(DocumentError::NotFound | DocumentError::Deleted) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let pieces = hit.excerpt.into_iter().map(|part| Piece {
        text: part.text,
        is_match: part.is_match,
    });
    Ok(Some(Match {
        name: hit.name,
        title: record.title,
        updated: moment(record.updated),
        excerpt: pieces.collect(),
    }))
}

fn encode(place: Place) -> String {
    BASE64.encode(format!("s{:x}:{}", place.rank.to_bits(), place.id))
}

fn decode(encoded: &str) -> Result<Place, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let (rank, id) = text.strip_prefix('s')?.split_once(':')?;
        let rank = f64::from_bits(u64::from_str_radix(rank, 16).ok()?);
        let id = id.parse().ok()?;
        rank.is_finite().then_some(Place { rank, id })
    });
    parsed
        .ok_or_else(|| ApiError::BadRequest("cursor is not one that a search gave out".to_owned()))
}
