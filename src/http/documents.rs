//! `/api/documents`: documents for programs, and what one is as such: made, entitled,
//! deleted and restored.

use actix_web::http::header::{CACHE_CONTROL, LOCATION, WARNING};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
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
use super::names::{self, SEGMENT, name};
use super::not_allowed;
use super::openapi::schemas::{
    beginnings, document_name_or_none, formats_taken_or_none, templates_or_none, title,
};
use super::origin::check_origin;
use super::search;
use super::shown::Shown;
use super::templates;
use super::updates;
use super::versions;
use super::writing;
use crate::id::DocumentId;
use crate::label;
use crate::live::{DocumentError, Documents, LONGEST_TITLE, Record};
use crate::search::Search;

pub(super) type Answer = Result<HttpResponse, ApiError>;

/// How many names are tried when the caller gave none.
const NAME_TRIES: usize = 8;

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
        author::attribute(&documents, id, (&read.update, None), author).await;
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
        author::attribute(&documents, &id, (&wrote.update, wrote.client), &author).await;
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

/// A moment as RFC 3339 writes it.
pub(super) fn moment(at: std::time::SystemTime) -> String {
    OffsetDateTime::from(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
