//! `/api/documents`: documents for programs.
//!
//! A name is one segment of the path, percent-encoded: `team/plan` is
//! `/api/documents/team%2Fplan`.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, LOCATION, WARNING};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::future::join;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::BodyLimit;
use super::author;
use super::backlinks;
use super::body;
use super::comments;
use super::conditional;
use super::content::{self, Beginning};
use super::entrance::Guest;
use super::error::ApiError;
use super::events;
use super::files;
use super::listing;
use super::names;
use super::not_allowed;
use super::openapi::schemas::{
    beginnings, document_name_or_none, formats_taken_or_none, templates_or_none, title,
};
use super::origin::OriginPolicy;
use super::search;
use super::templates;
use super::updates;
use super::versions;
use super::writing;
use crate::id::{DocumentId, InvalidDocumentId};
use crate::label;
use crate::live::{DocumentError, Documents, LONGEST_TITLE, Record};
use crate::search::Search;

/// What is beside the facts of a list is waited for so long.
const AT_ONCE: Duration = Duration::from_millis(200);

pub(super) type Answer = Result<HttpResponse, ApiError>;

/// What is encoded in a segment of a path: all but RFC 3986's unreserved.
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How many names are tried when the caller gave none.
const NAME_TRIES: usize = 8;

/// So many people in a document are named in a list.
const SHOWN_PEOPLE: usize = 5;

/// Among more parameters than this the wrong one is not looked for.
const PARAMETERS: usize = 16;

/// How many documents a page of the list has unless asked otherwise.
pub(super) const PAGE: usize = 50;

pub(super) fn routes(config: &mut ServiceConfig) {
    let nowhere = || web::to(async || Err::<HttpResponse, _>(ApiError::NoSuchRoute));
    config.service(
        web::scope("/documents")
            .wrap(from_fn(check_origin))
            .service(
                web::resource("")
                    .get(listing::list)
                    .head(listing::list)
                    .post(create)
                    .default_service(not_allowed("GET, HEAD, POST")),
            )
            .service(
                web::resource("/{name}")
                    .get(describe)
                    .head(describe)
                    .patch(change)
                    .delete(delete)
                    .default_service(not_allowed("GET, HEAD, PATCH, DELETE")),
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
            .service(
                web::resource("/{name}/backlinks")
                    .get(backlinks::backlinks)
                    .head(backlinks::backlinks)
                    .default_service(not_allowed("GET, HEAD")),
            )
            .configure(versions::routes)
            .configure(comments::routes)
            .configure(events::routes)
            .configure(files::routes)
            // A scope of its own: without this the editor's page would answer.
            .default_service(nowhere()),
    );
    config
        .configure(search::routes)
        .configure(templates::routes);
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

/// What a document is made of. All of it may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDocument)]
pub(super) struct Creation {
    /// A readable one is picked if there is none.
    #[schema(schema_with = document_name_or_none)]
    name: Option<String>,
    /// Shown above the text, and in lists the first 200 characters of it.
    #[schema(example = "Minutes")]
    title: Option<String>,
    /// What is in it: a text in `format`, or a document of ProseMirror.
    #[schema(schema_with = beginnings)]
    content: Option<Value>,
    /// In which format `content` is, if it is a text.
    #[schema(schema_with = formats_taken_or_none)]
    format: Option<String>,
    /// What it begins with in the place of `content`: the id of a template.
    #[schema(schema_with = templates_or_none)]
    template: Option<String>,
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
    let name = creation.name.as_deref().map(DocumentId::parse_new);
    let name = name.transpose()?;
    let beginning = Beginning {
        title: creation.title,
        content: creation.content,
        format: creation.format,
    };
    let beginning = match creation.template {
        None => beginning,
        Some(template) => templates::begin(&template, beginning)?,
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

async fn describe(
    request: HttpRequest,
    documents: web::Data<Documents>,
    search: web::Data<Search>,
) -> Answer {
    let shown = Shown::now(&name(&request)?, &documents, &search).await?;
    Ok(conditional::answer_json(&request, &shown))
}

/// What of a document as such is to be otherwise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DocumentChange)]
pub(super) struct Changing {
    /// What stands above the text and in lists from now on; empty: nothing does.
    #[schema(schema_with = title)]
    title: String,
}

async fn change(
    request: HttpRequest,
    documents: web::Data<Documents>,
    search: web::Data<Search>,
    limit: web::Data<BodyLimit>,
    payload: web::Payload,
) -> Answer {
    let (id, author) = (name(&request)?, author::of(&request)?);
    let seen = writing::seen_if_there(&request)?;
    let body = body::read(&request, &documents, *limit.get_ref(), payload).await?;
    let asked: Changing = body::object(&body.bytes)?;
    let title = checked_title(&asked.title)?;
    let by = Guest::of(&request).visitor;
    let before = documents.describe(&id).await?.record;
    let wrote = documents.entitle(&id, title.clone(), seen, by, body.room);
    let wrote = wrote.await?;
    if let Some(author) = author {
        attribute(&documents, &id, (&wrote.update, wrote.client), &author).await;
    }
    let now = Shown::now(&id, &documents, &search).await;
    let shown = now.unwrap_or_else(|error| {
        // It may be deleted by now, or the store cannot say: what was written was written.
        log::debug!("{id:?} has its new title, and is told as it was before: {error}");
        let title = Some(title).filter(|title| !title.is_empty());
        Shown::of(&Record { title, ..before }, 0)
    });
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(shown))
}

/// A title without the spaces around it.
fn checked_title(title: &str) -> Result<String, ApiError> {
    let title = title.replace(label::turns, "");
    let title = title.trim();
    if title.chars().nth(LONGEST_TITLE).is_some() || title.chars().any(char::is_control) {
        return Err(ApiError::BadRequest(format!(
            "title must have {LONGEST_TITLE} characters at most, and no control characters"
        )));
    }
    Ok(title.to_owned())
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

/// Refuses a name that no new document may have, if there is no document of it: opening one
/// and writing makes it.
pub(super) async fn refuse_new_dots(
    documents: &Documents,
    id: &DocumentId,
) -> Result<(), ApiError> {
    if !id.has_dots() {
        return Ok(());
    }
    match documents.describe(id).await {
        Err(DocumentError::NotFound) => Err(InvalidDocumentId::Dots.into()),
        _ => Ok(()),
    }
}

pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    let text = request.query_string();
    let read = Query::<T>::from_query(text).map(Query::into_inner);
    read.map_err(|error| {
        let name = culprit::<T>(text).map(|name| format!("{name}: "));
        let name = name.unwrap_or_default();
        ApiError::BadRequest(format!("the query is not understood: {name}{error}"))
    })
}

/// The parameter without which a query would be understood: the parser says what is wrong
/// with a value, and not with which.
fn culprit<T: DeserializeOwned>(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.split('&').take(PARAMETERS + 1).collect();
    let is_it = |place: &usize| {
        let others = parts.iter().enumerate().filter(|(other, _)| other != place);
        let others: Vec<&str> = others.map(|(_, part)| *part).collect();
        Query::<T>::from_query(&others.join("&")).is_ok()
    };
    let place = (0..parts.len())
        .take_while(|_| parts.len() <= PARAMETERS)
        .find(is_it)?;
    parts[place].split('=').next()
}

/// What is known of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
pub(super) struct Shown {
    #[schema(example = "team/plan")]
    name: String,
    /// As people wrote it above the text: the first 200 characters.
    #[schema(required, max_length = 200, example = "The plan")]
    title: Option<String>,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    updated: String,
    /// What it takes in the store.
    bytes: u64,
    /// How many connections have it open.
    people: usize,
    /// Who of them shows a name, five at most.
    #[schema(max_items = 5)]
    present: Vec<Person>,
    /// How its text begins, in one line, a few seconds after that is on disk. `null` as
    /// long as it was not read for that.
    #[schema(required, example = "We ship the editor in May.")]
    excerpt: Option<String>,
    /// When it was deleted, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    deleted: Option<String>,
}

/// Somebody who has a document open, as they show themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
struct Person {
    /// 40 characters at most, none of them a control character.
    #[schema(max_length = 40, example = "Ada")]
    name: String,
    #[schema(required, example = "#2f6fed", pattern = "^#[0-9a-f]{6}$")]
    color: Option<String>,
}

impl Shown {
    pub(super) fn of(record: &Record, people: usize) -> Self {
        Self {
            name: record.document.as_str().to_owned(),
            title: record.title.clone(),
            created: moment(record.created),
            updated: moment(record.updated),
            bytes: record.bytes,
            people,
            present: Vec::new(),
            excerpt: None,
            deleted: record.deleted.map(moment),
        }
    }

    /// A document as it is.
    async fn now(
        id: &DocumentId,
        documents: &Documents,
        search: &Search,
    ) -> Result<Self, ApiError> {
        let known = documents.describe(id).await?;
        let people = (known.people > 0).then(|| (id.clone(), known.people));
        let people = people.into_iter().collect();
        let records = [known.record];
        let shown = Self::all(&records, &people, documents, search).await;
        let shown = shown.into_iter().next();
        Ok(shown.unwrap_or_else(|| Self::of(&records[0], known.people)))
    }

    /// Documents with who is in them and how their texts begin: one question about all of
    /// them to each who knows. What is not known at once is left out, and nobody waits
    /// for it.
    pub(super) async fn all(
        records: &[Record],
        people: &HashMap<DocumentId, usize>,
        documents: &Documents,
        search: &Search,
    ) -> Vec<Self> {
        let names = records.iter().map(|it| it.document.as_str().to_owned());
        let beginnings = timeout(AT_ONCE, search.beginnings(names.collect()));
        let present = documents.present(people.keys(), SHOWN_PEOPLE);
        let (beginnings, mut present) = join(beginnings, present).await;
        let mut beginnings = match beginnings {
            Ok(Ok(beginnings)) => beginnings,
            Ok(Err(error)) => {
                // Who keeps the index says what is wrong with it.
                log::debug!("a list is told without excerpts: {error}");
                HashMap::new()
            }
            Err(_) => HashMap::new(),
        };
        let shown = |record: &Record| {
            let id = &record.document;
            let guises = present.remove(id).unwrap_or_default();
            let present = guises.into_iter().map(|guise| Person {
                name: guise.name,
                color: guise.color,
            });
            Self {
                present: present.collect(),
                excerpt: beginnings.remove(id.as_str()),
                ..Self::of(record, people.get(id).copied().unwrap_or(0))
            }
        };
        records.iter().map(shown).collect()
    }
}

/// A moment as RFC 3339 writes it.
pub(super) fn moment(at: std::time::SystemTime) -> String {
    OffsetDateTime::from(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
