//! `/api/documents`: documents for programs.
//!
//! A name is one segment of the path, percent-encoded: `team/plan` is
//! `/api/documents/team%2Fplan`.

use std::collections::HashMap;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, LOCATION, WARNING};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

use super::BodyLimit;
use super::author;
use super::body;
use super::conditional;
use super::content::{self, Beginning};
use super::entrance::Guest;
use super::error::ApiError;
use super::events;
use super::files;
use super::names;
use super::not_allowed;
use super::openapi::schemas::{Sorting, beginnings, document_name_or_none, formats_taken_or_none};
use super::origin::OriginPolicy;
use super::search;
use super::updates;
use super::versions;
use super::writing;
use crate::id::DocumentId;
use crate::live::{Cursor, DocumentError, Documents, ListQuery, Record, Sort};

pub(super) type Answer = Result<HttpResponse, ApiError>;

/// What is encoded in a segment of a path: all but RFC 3986's unreserved.
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How many names are tried when the caller gave none.
const NAME_TRIES: usize = 8;

/// How many documents a page of the list has unless asked otherwise.
pub(super) const PAGE: usize = 50;

pub(super) fn routes(config: &mut ServiceConfig) {
    let nowhere = || web::to(async || Err::<HttpResponse, _>(ApiError::NoSuchRoute));
    config.service(
        web::scope("/documents")
            .wrap(from_fn(check_origin))
            .service(
                web::resource("")
                    .get(list)
                    .head(list)
                    .post(create)
                    .default_service(not_allowed("GET, HEAD, POST")),
            )
            .service(
                web::resource("/{name}")
                    .get(describe)
                    .head(describe)
                    .delete(delete)
                    .default_service(not_allowed("GET, HEAD, DELETE")),
            )
            .service(
                web::resource("/{name}/content")
                    .get(content::content)
                    .head(content::content)
                    .put(writing::put)
                    .patch(writing::patch)
                    .default_service(not_allowed("GET, HEAD, PUT, PATCH")),
            )
            .service(
                web::resource("/{name}/content/append")
                    .post(writing::append)
                    .default_service(not_allowed("POST")),
            )
            .service(
                web::resource("/{name}/updates")
                    .get(updates::read)
                    .head(updates::read)
                    .post(updates::apply)
                    .default_service(not_allowed("GET, HEAD, POST")),
            )
            .service(
                web::resource("/{name}/restore")
                    .post(restore)
                    .default_service(not_allowed("POST")),
            )
            .configure(versions::routes)
            .configure(events::routes)
            .configure(files::routes)
            // A scope of its own: without this the editor's page would answer.
            .default_service(nowhere()),
    );
    config.configure(search::routes);
    config.default_service(nowhere());
}

/// How many a page of a list has: as many as are asked for, or else `unasked`.
pub(super) fn limit(asked: Option<usize>, unasked: usize, most: usize) -> Result<usize, ApiError> {
    let limit = asked.unwrap_or(unasked);
    match (1..=most).contains(&limit) {
        true => Ok(limit),
        false => Err(ApiError::BadRequest(format!("limit must be 1 to {most}"))),
    }
}

/// Asks a page of another site to stay away.
pub(super) async fn check_origin(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let origins = request.app_data::<web::Data<OriginPolicy>>();
    let checked = origins.map_or(Ok(()), |origins| origins.check(request.request()));
    // As an answer, not as an error: what is held until it was sent is held then too.
    if let Err(error) = checked {
        return Ok(request.error_response(error).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    /// Only documents whose names begin with this.
    prefix: Option<String>,
    /// Only documents whose name or title has this in it; case does not matter.
    #[param(example = "plan")]
    q: Option<String>,
    /// What comes first: what was written or made last, or by name.
    #[param(value_type = Sorting, required = false, inline)]
    sort: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "cursor")]
    cursor: Option<String>,
}

async fn list(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: ListParameters = query(&request)?;
    let sort = match parameters.sort.as_deref() {
        None | Some("updated") => Sort::Updated,
        Some("created") => Sort::Created,
        Some("name") => Sort::Name,
        Some(other) => {
            let message = format!("unknown sort {other:?}; there are: updated, created, name");
            return Err(ApiError::BadRequest(message));
        }
    };
    let limit = limit(parameters.limit, PAGE, 1000)?;
    let after = parameters
        .cursor
        .as_deref()
        .map(decode_cursor)
        .transpose()?;
    let asked = ListQuery {
        prefix: parameters.prefix.filter(|prefix| !prefix.is_empty()),
        contains: parameters.q.filter(|q| !q.is_empty()),
        sort,
        limit,
        after,
    };
    let (page, people) = documents.list(asked).await?;
    let listed = Listed {
        documents: page
            .records
            .iter()
            .map(|record| Shown::of(record, people_of(&people, record)))
            .collect(),
        next: page.next.as_ref().map(encode_cursor),
    };
    Ok(conditional::answer_json(&request, &listed))
}

/// What a document is made of. All of it may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDocument)]
pub(super) struct Creation {
    /// A readable one is picked if there is none.
    #[schema(schema_with = document_name_or_none)]
    name: Option<String>,
    /// Shown in lists and above the text.
    #[schema(example = "Minutes")]
    title: Option<String>,
    /// What is in it: a text in `format`, or a document of ProseMirror.
    #[schema(schema_with = beginnings)]
    content: Option<Value>,
    /// In which format `content` is, if it is a text.
    #[schema(schema_with = formats_taken_or_none)]
    format: Option<String>,
}

async fn create(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let body = body::read(&request, &documents, *limit.get_ref(), body).await?;
    let creation: Creation = if body.bytes.is_empty() {
        Creation::default()
    } else {
        body::object(&body.bytes)?
    };
    let (visitor, author) = (Guest::of(&request).visitor, author::of(&request)?);
    let name = creation.name.as_deref().map(DocumentId::parse);
    let name = name.transpose()?;
    let beginning = Beginning {
        title: creation.title,
        content: creation.content,
        format: creation.format,
    };
    let begun = content::import(&documents, beginning, limit.0).await?;
    let mut tries = 0;
    let record = loop {
        let id = match &name {
            Some(id) => id.clone(),
            None => DocumentId::parse(&names::readable())?,
        };
        // The body's memory is counted until all of it is taken.
        let made = match &begun {
            Some(read) => {
                documents
                    .begin(&id, read.update.clone(), None, visitor)
                    .await
            }
            None => documents.create(&id, visitor).await,
        };
        tries += 1;
        match made {
            // A readable name that is still free.
            Err(DocumentError::Exists | DocumentError::Deleted)
                if name.is_none() && tries < NAME_TRIES => {}
            made => break made?,
        }
    };
    drop(body);
    if let (Some(read), Some(author)) = (&begun, &author) {
        let id = &record.document;
        attribute(&documents, id, (&read.update, None), author).await;
    }
    let encoded = utf8_percent_encode(record.document.as_str(), SEGMENT);
    let mut response = HttpResponse::Created();
    response
        .insert_header((LOCATION, format!("/api/documents/{encoded}")))
        .insert_header((CACHE_CONTROL, "no-store"));
    if let Some(warning) = begun.and_then(|read| content::warning(&read.simplified)) {
        response.insert_header((WARNING, warning));
    }
    Ok(response.json(Shown::of(&record, 0)))
}

async fn describe(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let known = documents.describe(&name(&request)?).await?;
    Ok(conditional::answer_json(
        &request,
        &Shown::of(&known.record, known.people),
    ))
}

async fn delete(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    documents.delete(&name(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn restore(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let record = documents.restore(&name(&request)?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Shown::of(&record, 0)))
}

/// Notes who wrote what is on disk already: that it cannot be noted is no reason to call
/// the write a failure.
pub(super) async fn attribute(
    documents: &Documents,
    id: &DocumentId,
    (update, client): (&Bytes, Option<u64>),
    author: &str,
) {
    if let Err(error) = documents.attribute(id, update, client, author).await {
        log::warn!("that {author:?} wrote in {id:?} is not noted: {error}");
    }
}

/// The document that the path names. The raw path is read, because the router
/// has undone parts of the encoding.
pub(super) fn name(request: &HttpRequest) -> Result<DocumentId, ApiError> {
    let segment = request.uri().path().split('/').nth(3).unwrap_or_default();
    Ok(DocumentId::parse_percent_encoded(segment)?)
}

pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    Query::<T>::from_query(request.query_string())
        .map(Query::into_inner)
        .map_err(|error| ApiError::BadRequest(format!("the query is not understood: {error}")))
}

fn encode_cursor(cursor: &Cursor) -> String {
    BASE64.encode(format!("{}:{}", cursor.micros, cursor.name))
}

fn decode_cursor(encoded: &str) -> Result<Cursor, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let (micros, name) = text.split_once(':')?;
        Some(Cursor {
            micros: micros.parse().ok()?,
            name: name.to_owned(),
        })
    });
    parsed.ok_or_else(|| ApiError::BadRequest("cursor is not one that a list gave out".to_owned()))
}

fn people_of(people: &HashMap<DocumentId, usize>, record: &Record) -> usize {
    people.get(&record.document).copied().unwrap_or(0)
}

/// What is known of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
pub(super) struct Shown {
    #[schema(example = "team/plan")]
    name: String,
    /// As people wrote it above the text.
    #[schema(required, example = "The plan")]
    title: Option<String>,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    updated: String,
    /// What it takes in the store.
    bytes: u64,
    /// How many connections have it open.
    people: usize,
}

/// A page of the list of documents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentList)]
pub(super) struct Listed {
    documents: Vec<Shown>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "cursor")]
    next: Option<String>,
}

impl Shown {
    fn of(record: &Record, people: usize) -> Self {
        Self {
            name: record.document.as_str().to_owned(),
            title: record.title.clone(),
            created: moment(record.created),
            updated: moment(record.updated),
            bytes: record.bytes,
            people,
        }
    }
}

/// A moment as RFC 3339 writes it.
pub(super) fn moment(at: std::time::SystemTime) -> String {
    OffsetDateTime::from(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
