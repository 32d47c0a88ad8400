//! Changes to content: `PUT`, `PATCH` and `POST …/append` under
//! `/api/documents/{name}/content`.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION, WARNING,
};
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::utf8_percent_encode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::BodyLimit;
use super::author;
use super::body;
use super::content::warning;
use super::documents::Answer;
use super::entrance::Guest;
use super::error::ApiError;
use super::names::{SEGMENT, name, refuse_new_dots};
use super::openapi::schemas::{self, FormatTaken, FormatWritten};
use super::query::query;
use crate::live::{
    Change, DocumentError, Documents, FORMATS_IN, Format, OPERATIONS, Operation, Receipt, Seen,
    WriteError,
};

/// The formats that a document is written in, for people.
pub(super) const FORMATS: &str = "json, markdown, html, text, yjs";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WriteParameters {
    /// The format of the body; by its `Content-Type` if it is left out.
    #[param(value_type = FormatWritten, required = false, inline)]
    format: Option<String>,
    /// The root of the Yjs document; the one where the content is if it is left out.
    root: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AppendParameters {
    /// The format of the body; by its `Content-Type` if it is left out.
    #[param(value_type = FormatTaken, required = false, inline)]
    format: Option<String>,
    /// The root of the Yjs document; the one where the content is if it is left out.
    root: Option<String>,
}

/// `PUT`: this is what is to be there.
pub(super) async fn put(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let parameters: WriteParameters = query(&request)?;
    let format = format(&request, parameters.format.as_deref())?;
    let seen = seen(&request)?;
    let change = |bytes| Ok((Change::Put(bytes, format), format));
    let asked = (parameters.root, seen);
    carry_out(request, documents, *limit.get_ref(), body, asked, change).await
}

/// `POST …/append`: this is to follow.
pub(super) async fn append(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let parameters: AppendParameters = query(&request)?;
    let format = format(&request, parameters.format.as_deref())?;
    if format == Format::Yjs {
        return Err(ApiError::UnknownFormat("yjs".to_owned(), FORMATS_IN));
    }
    let seen = seen_if_there(&request)?;
    let change = |bytes| Ok((Change::Append(bytes, format), format));
    let asked = (parameters.root, seen);
    carry_out(request, documents, *limit.get_ref(), body, asked, change).await
}

/// `PATCH`: passages are to be changed.
pub(super) async fn patch(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let parameters: PatchParameters = query(&request)?;
    let seen = seen_if_there(&request)?;
    let change = |bytes: bytes::Bytes| Ok((Change::Amend(operations(&bytes)?), Format::Json));
    let asked = (parameters.root, seen);
    carry_out(request, documents, *limit.get_ref(), body, asked, change).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchParameters {
    /// The root of the Yjs document; the one where the content is if it is left out.
    root: Option<String>,
}

async fn carry_out(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: BodyLimit,
    body: web::Payload,
    (root, seen): (Option<String>, Seen),
    change: impl FnOnce(bytes::Bytes) -> Result<(Change, Format), ApiError>,
) -> Answer {
    let (id, author) = (name(&request)?, author::of(&request)?);
    if seen == Seen::None {
        refuse_new_dots(&documents, &id).await?;
    }
    let body = body::read(&request, &documents, limit, body).await?;
    let (change, format) = change(body.bytes)?;
    let by = Guest::of(&request).visitor;
    let root = root.as_deref();
    let is_new = seen == Seen::None;
    let wrote = documents
        .write(&id, change, root, seen, by, body.room)
        .await;
    let wrote = wrote.map_err(|error| match error {
        WriteError::Document(DocumentError::Exists) if is_new => ApiError::AlreadyThere,
        error => error.into(),
    })?;
    if let Some(author) = author {
        author::attribute(&documents, &id, (&wrote.update, wrote.client), &author).await;
    }
    let mut response = match wrote.created {
        true => HttpResponse::Created(),
        false => HttpResponse::Ok(),
    };
    response.insert_header((CACHE_CONTROL, "no-store"));
    if wrote.created {
        let encoded = utf8_percent_encode(id.as_str(), SEGMENT);
        response.insert_header((LOCATION, format!("/api/documents/{encoded}")));
    }
    if let Some(warning) = warning(&wrote.simplified) {
        response.insert_header((WARNING, warning));
    }
    Ok(response.json(Told::of(&wrote, format)))
}

/// What was changed, and the tag to go on from. No header says that: what is stored is
/// not byte by byte what was sent (RFC 9110, 8.8.3 and 9.3.4).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WriteReceipt)]
pub(super) struct Told {
    /// For `If-Match` of the next write.
    #[schema(example = "\"8f4a31c2d90b77e5-markdown\"")]
    etag: String,
    /// Not there, like all that follows, where an update was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted: Option<Extent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<Extent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    formatted: Option<Length>,
    /// How many attributes of blocks were set or taken away.
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<usize>,
    /// For each operation of a `PATCH`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operations: Vec<Places>,
}

/// How much came or went.
#[derive(Debug, Serialize, ToSchema)]
struct Extent {
    blocks: usize,
    /// Unicode scalar values, those in the blocks included.
    characters: usize,
}

/// How much looks otherwise.
#[derive(Debug, Serialize, ToSchema)]
struct Length {
    /// Unicode scalar values.
    characters: usize,
}

/// What an operation did.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationReceipt)]
struct Places {
    /// In how many places it changed something.
    changed: usize,
}

impl Told {
    pub fn of(wrote: &Receipt, format: Format) -> Self {
        let changed = wrote.changed;
        let places = wrote.places.iter();
        Self {
            etag: format!("\"{}-{}\"", wrote.fingerprint, format.name()),
            inserted: changed.map(|changed| Extent {
                blocks: changed.inserted_blocks,
                characters: changed.inserted_characters,
            }),
            deleted: changed.map(|changed| Extent {
                blocks: changed.deleted_blocks,
                characters: changed.deleted_characters,
            }),
            formatted: changed.map(|changed| Length {
                characters: changed.formatted_characters,
            }),
            attributes: changed.map(|changed| changed.attributes),
            operations: places.map(|&changed| Places { changed }).collect(),
        }
    }
}

/// In which format the body is: as the parameter says, or the type of the body.
fn format(request: &HttpRequest, asked: Option<&str>) -> Result<Format, ApiError> {
    if let Some(asked) = asked {
        return Format::parse(asked)
            .filter(|format| format.is_taken() || *format == Format::Yjs)
            .ok_or_else(|| ApiError::UnknownFormat(asked.to_owned(), FORMATS));
    }
    let said = request.headers().get(CONTENT_TYPE);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let (media_type, parameters) = said.split_once(';').unwrap_or((said, ""));
    let unknown = || ApiError::UnknownType(said.to_owned());
    let is_utf8 = parameters.split(';').all(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim().trim_matches('"');
        !name.trim().eq_ignore_ascii_case("charset")
            || value.eq_ignore_ascii_case("utf-8")
            || value.eq_ignore_ascii_case("us-ascii")
    });
    if !is_utf8 {
        return Err(unknown());
    }
    Ok(match media_type.trim().to_ascii_lowercase().as_str() {
        "application/json" => Format::Json,
        "text/markdown" => Format::Markdown,
        "text/html" => Format::Html,
        "text/plain" => Format::Text,
        "application/octet-stream" => Format::Yjs,
        _ => return Err(unknown()),
    })
}

/// Which state the sender saw: `If-Match` and `If-None-Match` (RFC 9110, 13.1). A tag
/// names a state and the format in which it was read, which is all the same here.
fn seen(request: &HttpRequest) -> Result<Seen, ApiError> {
    let tags = |name: HeaderName| -> Option<Vec<&str>> {
        let mut values = request.headers().get_all(name).peekable();
        values.peek()?;
        let values = values.flat_map(|value| value.to_str().unwrap_or("?").split(','));
        Some(
            values
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .collect(),
        )
    };
    let bad = |what: &str| Err(ApiError::BadRequest(what.to_owned()));
    match (tags(IF_MATCH), tags(IF_NONE_MATCH)) {
        (Some(_), Some(_)) => bad("If-Match and If-None-Match exclude each other here"),
        (None, None) => Ok(Seen::Unsaid),
        (None, Some(tags)) if tags == ["*"] => Ok(Seen::None),
        (None, Some(_)) => bad("If-None-Match may only be * where something is written"),
        (Some(tags), None) if tags == ["*"] => Ok(Seen::Unsaid),
        (Some(tags), None) if !tags.iter().all(|tag| is_tag(tag)) => {
            bad("If-Match must be *, or the ETag of a read or write with its quotation marks")
        }
        // Weak tags match nothing, and so does what is no tag of ours.
        (Some(tags), None) => Ok(Seen::One(
            tags.into_iter().filter_map(fingerprint).collect(),
        )),
    }
}

/// Whether it looks like a tag (RFC 9110, 8.8.3).
fn is_tag(text: &str) -> bool {
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let inside = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    inside.is_some_and(|inside| !inside.contains('"'))
}

/// The state that a tag names.
fn fingerprint(tag: &str) -> Option<String> {
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    let (state, _) = tag.split_once('-').unwrap_or((tag, ""));
    Some(state.to_owned())
}

/// The same where nothing is made.
pub(super) fn seen_if_there(request: &HttpRequest) -> Result<Seen, ApiError> {
    match seen(request)? {
        Seen::None => Err(ApiError::BadRequest(
            "only PUT makes a document; leave If-None-Match out".to_owned(),
        )),
        seen => Ok(seen),
    }
}

/// Passages that are to be changed, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Patch {
    #[schema(schema_with = schemas::operations)]
    operations: Vec<Asked>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    find: Option<String>,
    replace: Option<String>,
    all: Option<bool>,
    after: Option<String>,
    before: Option<String>,
    insert: Option<String>,
    format: Option<String>,
}

fn operations(body: &[u8]) -> Result<Vec<Operation>, ApiError> {
    let patch: Patch = body::object(body)?;
    if !(1..=OPERATIONS).contains(&patch.operations.len()) {
        let reason = format!("there must be 1 to {OPERATIONS} operations");
        return Err(ApiError::BadRequest(reason));
    }
    let asked = patch.operations.into_iter().enumerate();
    asked
        .map(|(index, asked)| operation(index, asked))
        .collect()
}

fn operation(index: usize, asked: Asked) -> Result<Operation, ApiError> {
    let wrong = |what: &str| Err(ApiError::BadRequest(format!("operation {index}: {what}")));
    let operation = match asked {
        Asked {
            find: Some(find),
            replace: Some(replace),
            all,
            after: None,
            before: None,
            insert: None,
            format: None,
        } => Operation::Replace {
            find,
            replace,
            all: all.unwrap_or(false),
        },
        Asked {
            find: None,
            replace: None,
            all: None,
            after,
            before,
            insert: Some(insert),
            format,
        } if after.is_some() != before.is_some() => {
            let format = match format {
                Some(format) => {
                    let known = Format::parse(&format).filter(|format| format.is_taken());
                    Some(known.ok_or(ApiError::UnknownFormat(format, FORMATS_IN))?)
                }
                None => None,
            };
            Operation::Insert {
                before: before.is_some(),
                beside: after.or(before).unwrap_or_default(),
                insert,
                format,
            }
        }
        _ => {
            return wrong(
                "it must be {find, replace, all?}, {after, insert, format?} or \
                 {before, insert, format?}",
            );
        }
    };
    let (Operation::Replace { find, .. } | Operation::Insert { beside: find, .. }) = &operation;
    match find.is_empty() {
        true => wrong("what is looked for must not be empty"),
        false => Ok(operation),
    }
}
