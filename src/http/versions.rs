//! `/api/documents/{name}/versions`: what a document was, and the routes to its authors and
//! differences.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use super::authors::authors;
use super::cursor::{decode_place, encode_place};
use super::documents::Answer;
use super::entrance::Guest;
use super::error::ApiError;
use super::names::{SEGMENT, name};
use super::openapi::schemas::{self, Label};
use super::query::{PAGE, limit, query};
use super::version::{Listed, Shown, Which, cited, named, which};
use super::writing::Told;
use super::{BodyLimit, author, body, conditional, diff, not_allowed};
use crate::id::DocumentId;
use crate::live::{At, Documents, Entry, Format, MOST_VERSIONS, Place, Receipt};

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
            web::resource("/{name}/versions/{at}/restore")
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

/// What `at`, `from` and `to` say: the id of a version, a moment, or `now`.
pub(super) fn at(text: &str) -> Result<At, ApiError> {
    if text == "now" {
        return Ok(At::Now);
    }
    if let Some(version) = Which::parse(text) {
        return Ok(version.into());
    }
    // In a query a plus is a space, and nobody writes %2B by hand.
    let text = text.replace(' ', "+");
    OffsetDateTime::parse(&text, &Rfc3339)
        .map(|moment| At::Clock(moment.into()))
        .map_err(|error| {
            ApiError::BadRequest(format!(
                "{text:?} is not the id of a version, nor a moment such as \
                 2026-11-27T10:00:00Z, nor now: {error}"
            ))
        })
}

/// The same, as the path says it: what is none of these is no version's id.
fn moment_named(request: &HttpRequest) -> Result<At, ApiError> {
    let named = named(request);
    at(&named).map_err(|_| ApiError::NotAVersion(cited(named)))
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
    let place = parameters.cursor.as_deref().map(decode_place);
    let place = place.transpose()?.unwrap_or(Place::BEGIN);
    let by = Guest::of(&request).visitor;
    let annals = documents.annals(&name(&request)?, place, limit, by).await?;
    let show = |entry: &Entry| match entry {
        Entry::Version(chapter) => Shown::of(chapter),
        Entry::Branch(branch) => Shown::of_branch(branch),
    };
    let listed = Listed {
        versions: annals.entries.iter().map(show).collect(),
        next: annals.next.map(encode_place),
        lost: annals.lost.map(|error| error.to_string()),
    };
    Ok(conditional::answer_json(&request, &listed))
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

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct BranchParameters {
    /// With a state: what it is called until somebody names it, 1 to 256 bytes of UTF-8.
    #[param(value_type = Label, required = false, inline, example = "Grace, offline until 10:32")]
    name: Option<String>,
}

/// Whether the body is a state of the document.
fn is_branch(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/octet-stream")
}

async fn create(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let parameters: BranchParameters = query(&request)?;
    let called = parameters.name.map(|name| author::name("name", &name));
    let (called, author) = (called.transpose()?, author::of(&request)?);
    if !is_branch(&request) {
        if called.is_some() {
            return Err(ApiError::BadRequest(
                "name stands in the query beside a state of the document, which is \
                 application/octet-stream; a version of what is there now has it in its JSON"
                    .to_owned(),
            ));
        }
        return make_version(request, documents, limit, body).await;
    }
    let id = name(&request)?;
    let body = body::read(&request, &documents, *limit.get_ref(), body).await?;
    let by = Guest::of(&request).visitor;
    let branch = documents
        .keep_branch(&id, body.bytes, called, author, by, body.room)
        .await?;
    Ok(created(&id, &Shown::of_branch(&branch)))
}

fn created(id: &DocumentId, shown: &Shown) -> HttpResponse {
    let encoded = utf8_percent_encode(id.as_str(), SEGMENT);
    let location = format!("/api/documents/{encoded}/versions/{}", shown.id);
    HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(shown)
}

async fn make_version(
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
    Ok(created(&id, &Shown::of(&chapter)))
}

async fn describe(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let (id, by) = (name(&request)?, Guest::of(&request).visitor);
    let shown = match which(&request)? {
        Which::Version(version) => Shown::of(&documents.version(&id, version, by).await?),
        Which::Branch(branch) => Shown::of_branch(&documents.describe_branch(&id, branch).await?),
    };
    Ok(conditional::answer_json(&request, &shown))
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
    let (id, which) = (name(&request)?, which(&request)?);
    let Naming { name } = object(&request, &documents, limit, body).await?;
    let name = name.map(|name| author::name("name", &name)).transpose()?;
    let by = Guest::of(&request).visitor;
    let shown = match which {
        Which::Version(version) => {
            documents.rename_version(&id, version, name).await?;
            Shown::of(&documents.version(&id, version, by).await?)
        }
        Which::Branch(branch) => {
            Shown::of_branch(&documents.rename_branch(&id, branch, name).await?)
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(shown))
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
    let (id, at) = (name(&request)?, moment_named(&request)?);
    let (by, author) = (Guest::of(&request).visitor, author::of(&request)?);
    let root = parameters.root.as_deref();
    let restored = documents.bring_back(&id, at, root, by).await?;
    if let Some(author) = author {
        let Receipt { update, client, .. } = &restored.receipt;
        author::attribute(&documents, &id, (update, *client), &author).await;
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

/// What was changed when a version or a moment was restored.
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
