//! `/api/documents/{name}/files`: pictures and other files of documents.
//!
//! What is sent may be anything, and whoever sends it may say that it is anything. So a
//! browser is told a type only if the bytes are of one that it shows and cannot run;
//! everything else is bytes to be saved. And whatever it makes of them, it does in a
//! sandbox that loads nothing.

use std::io;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_RANGE, LOCATION, RANGE,
};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conditional;
use super::documents::{Answer, moment};
use super::error::ApiError;
use super::incoming::Incoming;
use super::names::{SEGMENT, name};
use super::not_allowed;
use super::query::{PAGE, limit, query};
use super::range::{self, Asked};
use super::receiving::{Receiving, receive_body, receive_form};
use crate::attachments::{
    Attachments, Content, FileError, Hash, Held, LONGEST_PAGE, Served, cleaned, served,
};
use crate::id::DocumentId;
use crate::live::Documents;

/// So much is read from disk at once.
const PIECE: usize = 64 << 10;

/// What a form may have beside the file, in bytes.
const FORM: u64 = 64 << 10;

/// What a browser may make of a file that it was told to show.
const POLICY: &str = "sandbox; default-src 'none'";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/{name}/files")
                .get(list)
                .head(list)
                .post(take)
                .default_service(not_allowed("GET, HEAD, POST")),
        )
        .service(
            web::resource("/{name}/files/{hash}")
                .get(give)
                .head(give)
                .delete(remove)
                .default_service(not_allowed("GET, HEAD, DELETE")),
        );
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeParameters {
    /// What the file is called.
    name: Option<String>,
}

async fn take(
    request: HttpRequest,
    documents: web::Data<Documents>,
    files: web::Data<Attachments>,
    body: web::Payload,
) -> Answer {
    let id = name(&request)?;
    let parameters: TakeParameters = query(&request)?;
    documents.describe(&id).await?;
    let most = files.limits().file;
    if most == 0 {
        return Err(FileError::Off.into());
    }
    let is_form = (header(request.headers(), CONTENT_TYPE).unwrap_or_default())
        .to_ascii_lowercase()
        .starts_with("multipart/");
    let most = if is_form { most + FORM } else { most };
    let incoming = Incoming::of(&request, &documents, body, most).await;
    let incoming = incoming.map_err(|error| named(error, &files))?;
    let begun = files.clone();
    let upload = on_disk(move || begun.begin()).await?;
    let mut receiving = Receiving::new(upload);
    let headers = request.headers();
    let received = match is_form {
        true => receive_form(headers, incoming, &mut receiving).await,
        false => receive_body(headers, incoming, &mut receiving).await,
    };
    let said = received.map_err(|error| named(error, &files))?;
    let called = parameters.name.or(said).as_deref().and_then(cleaned);
    let upload = receiving.end().await?;
    // Somebody may have deleted it meanwhile.
    documents.describe(&id).await?;
    let of = id.clone();
    let kept = on_disk(move || upload.keep(&of, called)).await?;
    let mut response = match kept.is_new {
        true => HttpResponse::Created(),
        false => HttpResponse::Ok(),
    };
    Ok(response
        .insert_header((LOCATION, url(&id, &kept.held.hash)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Shown::of(&id, &kept.held)))
}

/// A body that is larger than it may be is a file that is.
fn named(error: ApiError, files: &Attachments) -> ApiError {
    match error {
        ApiError::TooLarge(_) => FileError::TooLarge(files.limits().file).into(),
        error => error,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveParameters {
    /// Whether it is to be saved, whatever it is.
    download: Option<bool>,
}

async fn give(
    request: HttpRequest,
    documents: web::Data<Documents>,
    files: web::Data<Attachments>,
) -> Answer {
    let (id, hash) = (name(&request)?, hash(&request)?);
    let parameters: GiveParameters = query(&request)?;
    documents.describe(&id).await?;
    let held = {
        let files = files.clone();
        on_disk(move || files.find(&id, &hash)).await?
    };
    let etag = format!("\"{hash}\"");
    let Served {
        content_type,
        inline,
    } = served(&held.kind);
    let inline = inline && parameters.download != Some(true);
    let mut headers = vec![
        (ETAG, etag.clone()),
        (
            CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    if conditional::is_known(&request, &etag) {
        let mut response = HttpResponse::NotModified();
        headers.into_iter().for_each(|header| {
            response.insert_header(header);
        });
        return Ok(response.finish());
    }
    headers.push((CONTENT_TYPE, content_type.to_owned()));
    headers.push((CONTENT_DISPOSITION, disposition(&held.name, inline)));
    headers.push((ACCEPT_RANGES, "bytes".to_owned()));
    let bytes = held.bytes;
    let content = on_disk(move || files.content(&held)).await?;
    let (mut response, begin, end) = match asked(&request, &etag, bytes)? {
        None => (HttpResponse::Ok(), 0, bytes),
        Some((first, last)) => {
            let range = format!("bytes {first}-{last}/{bytes}");
            headers.push((CONTENT_RANGE, range));
            (HttpResponse::PartialContent(), first, last + 1)
        }
    };
    headers.into_iter().for_each(|header| {
        response.insert_header(header);
    });
    // Who asks for the head gets no body, and nobody has to read one.
    let begin_at = match *request.method() == Method::HEAD {
        true => end,
        false => begin,
    };
    Ok(response.body(SizedStream::new(
        end - begin,
        pieces(content, begin_at, end),
    )))
}

/// The bytes of a content from one place to another.
fn pieces(content: Content, begin: u64, end: u64) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some((content, begin)), move |at| async move {
        let (mut content, at) = at.filter(|(_, at)| *at < end)?;
        let most = (end - at).min(PIECE as u64) as usize;
        let read = web::block(move || {
            let piece = content.piece(at, most);
            (content, piece)
        })
        .await;
        Some(match read {
            Ok((content, Ok(piece))) if !piece.is_empty() => {
                let next = at + piece.len() as u64;
                (Ok(piece), Some((content, next)))
            }
            // The connection is broken off: nobody takes what came for all of it.
            Ok((_, Ok(_))) => (Err(io::ErrorKind::UnexpectedEof.into()), None),
            Ok((_, Err(error))) => (Err(error), None),
            Err(error) => (Err(io::Error::other(error)), None),
        })
    })
    .boxed_local()
}

/// The first and last byte that are asked for, if it is not all. Several ranges at once
/// are answered with all of it, as are those of another state.
fn asked(request: &HttpRequest, etag: &str, bytes: u64) -> Result<Option<(u64, u64)>, ApiError> {
    if *request.method() == Method::HEAD
        || header(request.headers(), IF_RANGE).is_some_and(|tag| tag.trim() != etag)
    {
        return Ok(None);
    }
    let range = header(request.headers(), RANGE).unwrap_or_default();
    match range::asked(range, bytes) {
        Asked::Whole => Ok(None),
        Asked::Part(first, last) => Ok(Some((first, last))),
        Asked::Beyond => Err(ApiError::Range(bytes)),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 999, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "file-cursor")]
    cursor: Option<String>,
}

async fn list(
    request: HttpRequest,
    documents: web::Data<Documents>,
    files: web::Data<Attachments>,
) -> Answer {
    let id = name(&request)?;
    let parameters: ListParameters = query(&request)?;
    let limit = limit(parameters.limit, PAGE, LONGEST_PAGE - 1)?;
    let before = parameters.cursor.as_deref().map(decode_cursor);
    let before = before.transpose()?;
    documents.describe(&id).await?;
    let of = id.clone();
    // One more, to know whether there is a next page.
    let mut listed = on_disk(move || files.list(&of, before, limit + 1)).await?;
    let has_more = listed.len() > limit;
    listed.truncate(limit);
    let next = listed.last().filter(|_| has_more);
    let next = next.map(|held| BASE64.encode(format!("f{}", held.id)));
    let files = listed.iter().map(|held| Shown::of(&id, held)).collect();
    Ok(conditional::answer_json(&request, &Listed { files, next }))
}

async fn remove(
    request: HttpRequest,
    documents: web::Data<Documents>,
    files: web::Data<Attachments>,
) -> Answer {
    let (id, hash) = (name(&request)?, hash(&request)?);
    documents.describe(&id).await?;
    on_disk(move || files.remove(&id, &hash)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Does what waits for the disk, where it keeps no socket waiting.
pub(super) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let done = web::block(work).await;
    done.unwrap_or_else(|error| Err(FileError::Unavailable(error.to_string())))
}

/// The file that the path names. What is no hash is no file's.
fn hash(request: &HttpRequest) -> Result<Hash, ApiError> {
    let segment = request.uri().path().split('/').nth(5).unwrap_or_default();
    segment.parse().map_err(|_| FileError::NotFound.into())
}

fn url(document: &DocumentId, hash: &Hash) -> String {
    let document = utf8_percent_encode(document.as_str(), SEGMENT);
    format!("/api/documents/{document}/files/{hash}")
}

/// A file of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = File)]
pub(super) struct Shown {
    /// The SHA-256 of its bytes.
    #[schema(format = "file-id")]
    id: String,
    /// Where it is.
    url: String,
    #[schema(example = "plan.png")]
    name: String,
    /// What it is, by its bytes.
    #[serde(rename = "type")]
    #[schema(example = "image/png")]
    kind: String,
    bytes: u64,
    /// In pixels, of a picture that says so.
    #[schema(required)]
    width: Option<u64>,
    #[schema(required)]
    height: Option<u64>,
    #[schema(format = DateTime)]
    added: String,
}

/// A page of the list of files, the last one first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileList)]
pub(super) struct Listed {
    files: Vec<Shown>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "file-cursor")]
    next: Option<String>,
}

impl Shown {
    fn of(document: &DocumentId, held: &Held) -> Self {
        Self {
            id: held.hash.to_string(),
            url: url(document, &held.hash),
            name: held.name.clone(),
            kind: held.kind.clone(),
            bytes: held.bytes,
            width: held.pixels.map(|(width, _)| width),
            height: held.pixels.map(|(_, height)| height),
            added: moment(held.added),
        }
    }
}

/// How a file is called where it is saved (RFC 6266).
fn disposition(name: &str, inline: bool) -> String {
    let plain = |c: char| match c {
        '"' | '\\' | '%' | '/' => '-',
        c if !(' '..='~').contains(&c) => '_',
        c => c,
    };
    let ascii: String = name.chars().map(plain).collect();
    let kind = if inline { "inline" } else { "attachment" };
    let encoded = utf8_percent_encode(name, SEGMENT);
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn decode_cursor(encoded: &str) -> Result<u64, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        text.strip_prefix('f')?.parse().ok()
    });
    parsed.ok_or_else(|| ApiError::BadRequest("cursor is not one that a list gave out".to_owned()))
}
