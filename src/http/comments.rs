//! `/api/documents/{name}/comments`: what is said about words of a document.
//!
//! Whatever is done here is one edit of the document, text and threads together, which
//! everybody who has it open sees live; it is on disk when it is answered.

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::documents::Answer;
use super::entrance::Guest;
use super::error::ApiError;
use super::names::{SEGMENT, name};
use super::openapi::schemas;
use super::query::query;
use super::{BodyLimit, author, body, conditional, not_allowed};
use crate::live::comments::{Act, Author, LETTERS, Refusal, Thread, thread_json};
use crate::live::{Commented, Documents, Share};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/{name}/comments")
                .get(list)
                .head(list)
                .post(begin)
                .default_service(not_allowed("GET, HEAD, POST")),
        )
        .service(
            web::resource("/{name}/comments/{comment}")
                .patch(settle)
                .delete(delete)
                .default_service(not_allowed("PATCH, DELETE")),
        )
        .service(
            web::resource("/{name}/comments/{comment}/replies")
                .post(reply)
                .default_service(not_allowed("POST")),
        )
        .service(
            web::resource("/{name}/comments/{comment}/messages/{message}")
                .patch(reword)
                .delete(withdraw)
                .default_service(not_allowed("PATCH, DELETE")),
        );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    /// Only those that are resolved, or only those that are open.
    resolved: Option<bool>,
}

async fn list(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: ListParameters = query(&request)?;
    let by = Guest::of(&request).visitor;
    let resolved = parameters.resolved;
    let content = documents.comments(&name(&request)?, resolved, by).await?;
    let tag = conditional::tag(&content.body);
    Ok(conditional::answer(
        &request,
        &tag,
        "application/json",
        content.body,
        content.share,
    ))
}

/// A comment on words.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewComment)]
pub(super) struct Beginning {
    /// What is said: 1 to 10000 letters.
    #[schema(schema_with = schemas::said)]
    text: String,
    /// The words in the text that it is about; in one block, and not in code.
    #[schema(min_length = 1)]
    find: String,
    /// Where they stand for this time; the first if it is left out.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 100000)]
    #[serde(default)]
    occurrence: Option<f64>,
    /// Whose it is; `X-Cowrite-Author` if it is left out, and else a guest's.
    #[schema(schema_with = schemas::label_or_none)]
    #[serde(default)]
    by: Option<String>,
}

async fn begin(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    payload: web::Payload,
) -> Answer {
    let (asked, room): (Beginning, _) = said(&request, &documents, &limit, payload).await?;
    if asked.find.trim().is_empty() {
        return Err(bad("find must have the words that the comment is about"));
    }
    // 645.0 is a whole number in JSON.
    let skip = match asked.occurrence {
        None => 0,
        Some(it) if it.fract() == 0.0 && (1.0..=100_000.0).contains(&it) => it as usize - 1,
        Some(_) => return Err(bad("occurrence must be a whole number from 1 to 100000")),
    };
    let act = Act::Begin {
        find: asked.find,
        skip,
        text: text(asked.text)?,
        by: who(&request, asked.by.as_deref())?,
    };
    let done = carry_out(&request, &documents, act, room).await?;
    let thread = told(&done)?;
    let at = format!(
        "/api/documents/{}/comments/{}",
        utf8_percent_encode(name(&request)?.as_str(), SEGMENT),
        thread.id
    );
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((LOCATION, at))
        .json(thread_json(thread)))
}

/// One more message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewReply)]
pub(super) struct Replying {
    /// What is said: 1 to 10000 letters.
    #[schema(schema_with = schemas::said)]
    text: String,
    /// Whose it is; `X-Cowrite-Author` if it is left out, and else a guest's.
    #[schema(schema_with = schemas::label_or_none)]
    #[serde(default)]
    by: Option<String>,
}

async fn reply(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    payload: web::Payload,
) -> Answer {
    let (asked, room): (Replying, _) = said(&request, &documents, &limit, payload).await?;
    let act = Act::Reply {
        thread: segment(&request, "comment"),
        text: text(asked.text)?,
        by: who(&request, asked.by.as_deref())?,
    };
    let done = carry_out(&request, &documents, act, room).await?;
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(thread_json(told(&done)?)))
}

/// Whether it is settled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CommentChange)]
pub(super) struct Settling {
    /// `true`: it is. `false`: it is open again.
    resolved: bool,
    /// Who says so; `X-Cowrite-Author` if it is left out, and else a guest.
    #[schema(schema_with = schemas::label_or_none)]
    #[serde(default)]
    by: Option<String>,
}

async fn settle(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    payload: web::Payload,
) -> Answer {
    let (asked, room): (Settling, _) = said(&request, &documents, &limit, payload).await?;
    let by = who(&request, asked.by.as_deref())?;
    let act = Act::Settle {
        thread: segment(&request, "comment"),
        by: asked.resolved.then_some(by),
    };
    let done = carry_out(&request, &documents, act, room).await?;
    shown(&done)
}

async fn delete(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let act = Act::Delete {
        thread: segment(&request, "comment"),
    };
    carry_out(&request, &documents, act, None).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Other words for a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageChange)]
pub(super) struct Rewording {
    /// What it says then: 1 to 10000 letters.
    #[schema(schema_with = schemas::said)]
    text: String,
}

async fn reword(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    payload: web::Payload,
) -> Answer {
    let (asked, room): (Rewording, _) = said(&request, &documents, &limit, payload).await?;
    let act = Act::Reword {
        thread: segment(&request, "comment"),
        message: segment(&request, "message"),
        text: text(asked.text)?,
    };
    let done = carry_out(&request, &documents, act, room).await?;
    shown(&done)
}

async fn withdraw(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let act = Act::Withdraw {
        thread: segment(&request, "comment"),
        message: segment(&request, "message"),
    };
    carry_out(&request, &documents, act, None).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the body says, and the memory that is counted for it.
async fn said<T: DeserializeOwned>(
    request: &HttpRequest,
    documents: &Documents,
    limit: &BodyLimit,
    payload: web::Payload,
) -> Result<(T, Option<Share>), ApiError> {
    let body = body::read(request, documents, *limit, payload).await?;
    Ok((body::object(&body.bytes)?, body.room))
}

async fn carry_out(
    request: &HttpRequest,
    documents: &Documents,
    act: Act,
    room: Option<Share>,
) -> Result<Commented, ApiError> {
    let (id, author) = (name(request)?, author::of(request)?);
    let by = Guest::of(request).visitor;
    let done = documents.comment(&id, act, by, room).await?;
    if let Some(author) = author {
        let wrote = &done.receipt;
        author::attribute(documents, &id, (&wrote.update, wrote.client), &author).await;
    }
    Ok(done)
}

fn shown(done: &Commented) -> Answer {
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(thread_json(told(done)?)))
}

fn told(done: &Commented) -> Result<&Thread, ApiError> {
    let thread = done.done.thread.as_ref();
    // Somebody put something in its place while it was read.
    thread.ok_or(ApiError::Comment(Refusal::Taken))
}

fn bad(reason: &str) -> ApiError {
    ApiError::BadRequest(reason.to_owned())
}

fn text(text: String) -> Result<String, ApiError> {
    match text.trim().is_empty() || text.chars().nth(LETTERS).is_some() {
        true => Err(bad("text must have 1 to 10000 letters")),
        false => Ok(text),
    }
}

fn who(request: &HttpRequest, said: Option<&str>) -> Result<Author, ApiError> {
    let name = match said {
        Some(said) => Some(author::name("by", said)?),
        None => author::of(request)?,
    };
    Ok(Author {
        name: name.unwrap_or_else(|| "Guest".to_owned()),
        color: None,
    })
}

/// A part of the path. What is no id names nothing that there is.
fn segment(request: &HttpRequest, name: &str) -> String {
    request.match_info().query(name).to_owned()
}

/// A page of comments; all of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comments)]
pub(super) struct Listed {
    comments: Vec<Shown>,
}

/// A thread about words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub(super) struct Shown {
    id: String,
    /// The words that it was begun about.
    quote: String,
    /// Those that bear it now; `null` if they were deleted.
    #[schema(required)]
    words: Option<String>,
    by: Who,
    at: String,
    /// Who settled it and when; `null` as long as it is open.
    #[schema(required)]
    resolved: Option<Settled>,
    messages: Vec<Said>,
}

/// Somebody, as they called themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentAuthor)]
struct Who {
    name: String,
    #[schema(required)]
    color: Option<String>,
}

/// That it is settled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentResolved)]
struct Settled {
    by: Who,
    at: String,
}

/// A message of a thread.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentMessage)]
struct Said {
    id: String,
    by: Who,
    at: String,
    text: String,
    /// When it was changed last.
    #[schema(required)]
    edited: Option<String>,
}
