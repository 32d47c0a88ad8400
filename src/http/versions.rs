//! `/api/documents/{name}/versions` and `…/authors`: what a document was, and who
//! wrote it.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use super::documents::{Answer, PAGE, SEGMENT, attribute, limit, moment, name, query};
use super::entrance::Guest;
use super::error::ApiError;
use super::openapi::schemas;
use super::writing::Told;
use super::{BodyLimit, author, body, conditional, diff, not_allowed};
use crate::live::{At, Chapter, DocumentError, Documents, Format, MOST_VERSIONS, Receipt};

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
            web::resource("/{name}/versions/{id}/restore")
                .post(restore)
                .default_service(not_allowed("POST")),
        )
        .service(
            web::resource("/{name}/diff")
                .get(diff::diff)
                .head(diff::diff)
                .default_service(not_allowed("GET, HEAD")),
        )
        .service(
            web::resource("/{name}/authors")
                .get(authors)
                .head(authors)
                .default_service(not_allowed("GET, HEAD")),
        );
}

/// What `at`, `from` and `to` say: the number of a version, a moment, or `now`.
pub(super) fn at(text: &str) -> Result<At, ApiError> {
    if text == "now" {
        return Ok(At::Now);
    }
    if let Some(version) = digits(text) {
        return Ok(At::Version(version));
    }
    // In a query a plus is a space, and nobody writes %2B by hand.
    let text = text.replace(' ', "+");
    OffsetDateTime::parse(&text, &Rfc3339)
        .map(|moment| At::Clock(moment.into()))
        .map_err(|error| {
            ApiError::BadRequest(format!(
                "{text:?} is not the number of a version, nor a moment such as \
                 2026-11-27T10:00:00Z, nor now: {error}"
            ))
        })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 999, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "version-cursor")]
    cursor: Option<String>,
}

async fn list(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: ListParameters = query(&request)?;
    let limit = limit(parameters.limit, PAGE, MOST_VERSIONS - 1)?;
    let before = parameters
        .cursor
        .as_deref()
        .map(|cursor| decode(cursor, 'v'))
        .transpose()?;
    let by = Guest::of(&request).visitor;
    let (chapters, next) = documents
        .versions(&name(&request)?, before, limit, by)
        .await?;
    let listed = Listed {
        versions: chapters.iter().map(Shown::of).collect(),
        next: next.map(|before| encode('v', before)),
    };
    Ok(conditional::answer_json(&request, &listed))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "author-cursor")]
    cursor: Option<String>,
}

/// A version that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewVersion)]
pub(super) struct Creation {
    /// What it is to be called: 1 to 256 bytes of UTF-8.
    #[schema(schema_with = schemas::label)]
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
    let version = documents.make_version(&id, Some(name)).await?.id;
    let by = Guest::of(&request).visitor;
    let chapter = documents.version(&id, version, by).await?;
    let encoded = utf8_percent_encode(id.as_str(), SEGMENT);
    let location = format!("/api/documents/{encoded}/versions/{version}");
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Shown::of(&chapter)))
}

async fn describe(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let by = Guest::of(&request).visitor;
    let chapter = documents
        .version(&name(&request)?, number(&request)?, by)
        .await?;
    Ok(conditional::answer_json(&request, &Shown::of(&chapter)))
}

/// What a version is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VersionName)]
pub(super) struct Naming {
    /// 1 to 256 bytes of UTF-8, or `null`: no name any more.
    // Not absent, but null: a body that says nothing is a mistake.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, schema_with = schemas::label_or_none)]
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
        .json(Shown::of(&chapter)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreParameters {
    /// The root of the Yjs document; the one where the content was if it is left out.
    root: Option<String>,
}

/// The document becomes what it was, by an edit.
async fn restore(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: RestoreParameters = query(&request)?;
    let (id, version) = (name(&request)?, number(&request)?);
    let (by, author) = (Guest::of(&request).visitor, author::of(&request)?);
    let root = parameters.root.as_deref();
    let at = At::Version(version);
    let restored = documents.bring_back(&id, at, root, by).await?;
    if let Some(author) = author {
        let Receipt { update, client, .. } = &restored.receipt;
        attribute(&documents, &id, (update, *client), &author).await;
    }
    let restored = Restored {
        told: Told::of(&restored.receipt, Format::Json),
        before: restored.before.id,
        version: restored.version.map(|version| version.id),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(restored))
}

/// What was changed when a version was restored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestoreReceipt)]
pub(super) struct Restored {
    #[serde(flatten)]
    told: Told,
    /// The version of what was there before: to restore that undoes it.
    before: u64,
    /// The version of what is there now; `null` if it could not be made.
    #[schema(required)]
    version: Option<u64>,
}

async fn authors(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: AuthorParameters = query(&request)?;
    let limit = limit(parameters.limit, PAGE, LONGEST_PAGE)?;
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
    let authors = authors.into_iter().map(|author| Writer {
        client: author.client,
        name: author.name,
        since: moment(author.since),
    });
    let authors = authors.collect();
    Ok(conditional::answer_json(
        &request,
        &Writers { authors, next },
    ))
}

/// A version of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub(super) struct Shown {
    /// Its number: later ones have greater numbers.
    id: u64,
    /// Its name; `null` if it was made in a pause.
    #[schema(required, example = "before the meeting")]
    name: Option<String>,
    #[schema(format = DateTime)]
    at: String,
    /// What the document took in the store then.
    bytes: u64,
    /// Who wrote since the version before; `null` when that is not kept any more.
    #[schema(required)]
    authors: Option<Vec<String>>,
    /// How many clients wrote since then whose names are not known.
    #[schema(required)]
    unnamed: Option<usize>,
}

impl Shown {
    fn of(chapter: &Chapter) -> Self {
        let Chapter { version, authors } = chapter;
        let authors = authors.as_ref();
        Self {
            id: version.id,
            name: version.name.clone(),
            at: moment(version.at),
            bytes: version.bytes,
            authors: authors.map(|authors| authors.names.iter().cloned().collect()),
            unnamed: authors.map(|authors| authors.unnamed.len()),
        }
    }
}

/// A page of the list of versions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionList)]
pub(super) struct Listed {
    versions: Vec<Shown>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "version-cursor")]
    next: Option<String>,
}

/// Who writes as a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Author)]
pub(super) struct Writer {
    /// The Yjs client.
    client: u64,
    #[schema(example = "Ada")]
    name: String,
    /// Since when it is known under this name.
    #[schema(format = DateTime)]
    since: String,
}

/// A page of those who wrote in a document and have a name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorList)]
pub(super) struct Writers {
    authors: Vec<Writer>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "author-cursor")]
    next: Option<String>,
}

/// The version that the path names.
fn number(request: &HttpRequest) -> Result<u64, ApiError> {
    let segment = request.uri().path().split('/').nth(5).unwrap_or_default();
    // What is no number is no version's.
    digits(segment).ok_or(ApiError::Document(DocumentError::NoSuchVersion(0)))
}

/// A number; one that is too large for any version is the largest.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
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
