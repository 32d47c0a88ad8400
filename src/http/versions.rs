//! `/api/documents/{name}/versions` and `…/authors`: what a document was, and who
//! wrote it.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::documents::{Answer, PAGE, SEGMENT, moment, name, query};
use super::entrance::Guest;
use super::error::ApiError;
use super::{BodyLimit, author, body, conditional, not_allowed};
use crate::live::{At, Chapter, DocumentError, Documents, MOST_VERSIONS};

/// The longest page of authors.
const LONGEST_PAGE: usize = 1_000;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/{name}/versions")
                .get(list)
                .head(list)
                .post(create)
                .default_service(not_allowed("GET, HEAD, POST")),
        )
        .service(
            web::resource("/{name}/versions/{id}")
                .get(describe)
                .head(describe)
                .patch(rename)
                .default_service(not_allowed("GET, HEAD, PATCH")),
        )
        .service(
            web::resource("/{name}/authors")
                .get(authors)
                .head(authors)
                .default_service(not_allowed("GET, HEAD")),
        );
}

/// What `at` says: the number of a version, or a moment.
pub(super) fn at(text: &str) -> Result<At, ApiError> {
    if let Ok(version) = text.parse() {
        return Ok(At::Version(version));
    }
    // In a query a plus is a space, and nobody writes %2B by hand.
    let text = text.replace(' ', "+");
    OffsetDateTime::parse(&text, &Rfc3339)
        .map(|moment| At::Clock(moment.into()))
        .map_err(|error| {
            ApiError::BadRequest(format!(
                "at must be the number of a version, or a moment such as 2026-11-27T10:00:00Z: {error}"
            ))
        })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListParameters {
    limit: Option<usize>,
    cursor: Option<String>,
}

async fn list(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: ListParameters = query(&request)?;
    let limit = parameters.limit.unwrap_or(PAGE);
    if !(1..MOST_VERSIONS).contains(&limit) {
        let most = MOST_VERSIONS - 1;
        return Err(ApiError::BadRequest(format!("limit must be 1 to {most}")));
    }
    let before = parameters
        .cursor
        .as_deref()
        .map(|cursor| decode(cursor, 'v'))
        .transpose()?;
    let by = Guest::of(&request).visitor;
    let (chapters, next) = documents
        .versions(&name(&request)?, before, limit, by)
        .await?;
    let versions: Vec<Value> = chapters.iter().map(shown).collect();
    let next = next.map(|before| encode('v', before));
    Ok(conditional::answer_json(
        &request,
        &json!({ "versions": versions, "next": next }),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Creation {
    name: String,
}

async fn create(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let id = name(&request)?;
    let Creation { name } = object(&request, &documents, limit, body).await?;
    let name = author::name("name", &name)?;
    let version = documents.make_version(&id, name).await?.id;
    let by = Guest::of(&request).visitor;
    let chapter = documents.version(&id, version, by).await?;
    let encoded = utf8_percent_encode(id.as_str(), SEGMENT);
    let location = format!("/api/documents/{encoded}/versions/{version}");
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(shown(&chapter)))
}

async fn describe(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let by = Guest::of(&request).visitor;
    let chapter = documents
        .version(&name(&request)?, number(&request)?, by)
        .await?;
    Ok(conditional::answer_json(&request, &shown(&chapter)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Naming {
    // Not absent, but null: a body that says nothing is a mistake.
    #[serde(deserialize_with = "Option::deserialize")]
    name: Option<String>,
}

async fn rename(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let (id, version) = (name(&request)?, number(&request)?);
    let Naming { name } = object(&request, &documents, limit, body).await?;
    let name = name.map(|name| author::name("name", &name)).transpose()?;
    documents.rename_version(&id, version, name).await?;
    let by = Guest::of(&request).visitor;
    let chapter = documents.version(&id, version, by).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(shown(&chapter)))
}

async fn authors(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: ListParameters = query(&request)?;
    let limit = parameters.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        return Err(ApiError::BadRequest(format!(
            "limit must be 1 to {LONGEST_PAGE}"
        )));
    }
    let after = parameters.cursor.as_deref();
    let after = after.map(|cursor| decode(cursor, 'a')).transpose()?;
    let mut authors = documents.authors(&name(&request)?).await?;
    // By client, so that who is noted meanwhile moves nobody to another page.
    authors.retain(|author| after.is_none_or(|after| author.client > after));
    authors.sort_unstable_by_key(|author| author.client);
    let has_more = authors.len() > limit;
    authors.truncate(limit);
    let next = authors.last().filter(|_| has_more);
    let next = next.map(|author| encode('a', author.client));
    let shown = authors.iter().map(|author| {
        json!({
            "client": author.client,
            "name": author.name,
            "since": moment(author.since),
        })
    });
    let authors: Vec<Value> = shown.collect();
    Ok(conditional::answer_json(
        &request,
        &json!({ "authors": authors, "next": next }),
    ))
}

fn shown(chapter: &Chapter) -> Value {
    let Chapter { version, authors } = chapter;
    json!({
        "id": version.id,
        "name": version.name,
        "at": moment(version.at),
        "bytes": version.bytes,
        "authors": authors.as_ref().map(|authors| &authors.names),
        "unnamed": authors.as_ref().map(|authors| authors.unnamed.len()),
    })
}

/// The version that the path names.
fn number(request: &HttpRequest) -> Result<u64, ApiError> {
    let segment = request.uri().path().split('/').nth(5).unwrap_or_default();
    // What is no number is no version's.
    let number = segment.parse().ok();
    number.ok_or(ApiError::Document(DocumentError::NoSuchVersion(0)))
}

/// The body as an object of JSON.
async fn object<T: DeserializeOwned>(
    request: &HttpRequest,
    documents: &Documents,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Result<T, ApiError> {
    let body = body::read(request, documents, *limit.get_ref(), body).await?;
    body::object(&body.bytes)
}

/// A cursor of a list that is told from others by its sign.
fn encode(sign: char, number: u64) -> String {
    BASE64.encode(format!("{sign}{number}"))
}

fn decode(encoded: &str, sign: char) -> Result<u64, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        text.strip_prefix(sign)?.parse().ok()
    });
    parsed.ok_or_else(|| ApiError::BadRequest("cursor is not one that a list gave out".to_owned()))
}
