//! Content of documents in the formats that other programs read and write:
//! `GET /api/documents/{name}/content`, and what a new document begins with.

use actix_web::http::header::{
    ACCEPT, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    WARNING,
};
use actix_web::{HttpRequest, web};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::conditional;
use super::documents::Answer;
use super::entrance::Guest;
use super::error::ApiError;
use super::names::{SEGMENT, name};
use super::openapi::schemas::{FormatOffered, Moment};
use super::query::query;
use super::versions;
use crate::id::DocumentId;
use crate::live::{At, Documents, FORMATS_IN, FORMATS_OUT, Format, Read, Simplified};

/// The update that says nothing.
const NOTHING: [u8; 2] = [0, 0];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ContentParameters {
    /// The format; by the header `Accept` if it is left out, `json` without one.
    #[param(value_type = FormatOffered, required = false, inline)]
    format: Option<String>,
    /// The root of the Yjs document; the one where the content is if it is left out.
    root: Option<String>,
    /// With `html`: a whole page instead of a fragment.
    page: Option<bool>,
    /// As a file with a name.
    download: Option<bool>,
    /// As it was: the id of a version, a moment (RFC 3339), or `now`.
    #[param(value_type = Moment, required = false, inline)]
    at: Option<String>,
    /// With `json`: nodes and runs of text say in `author` whose they are.
    authors: Option<bool>,
    /// With `json`, `markdown` and `html`: what is said about the text, at its end.
    comments: Option<bool>,
}

pub(super) async fn content(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: ContentParameters = query(&request)?;
    let format = match parameters.format {
        Some(format) => {
            Format::parse(&format).ok_or(ApiError::UnknownFormat(format, FORMATS_OUT))?
        }
        None => accepted_format(&request)?,
    };
    let format = match parameters.page {
        Some(true) if format == Format::Html => Format::Page,
        _ => format,
    };
    let id = name(&request)?;
    let (root, by) = (parameters.root.as_deref(), Guest::of(&request).visitor);
    let at = parameters.at.as_deref().map(versions::at).transpose()?;
    let is_signed = parameters.authors == Some(true);
    if is_signed && format != Format::Json {
        let reason = "authors are told in the format json only".to_owned();
        return Err(ApiError::BadRequest(reason));
    }
    let is_commented = parameters.comments == Some(true);
    let can_tell = matches!(
        format,
        Format::Json | Format::Markdown | Format::Html | Format::Page
    );
    if is_commented && (!can_tell || at.is_some() || is_signed) {
        let reason = "comments are told in the formats json, markdown and html, as they are now: \
                      leave at and authors out"
            .to_owned();
        return Err(ApiError::BadRequest(reason));
    }
    let content = match at {
        _ if is_commented => documents.read_commented(&id, format, root, by).await?,
        at if is_signed => {
            let at = at.unwrap_or(At::Now);
            documents.read_signed(&id, at, root, by).await?
        }
        None => documents.read(&id, format, root, by).await?,
        Some(at) => documents.read_at(&id, at, format, root, by).await?,
    };
    let tag = match is_signed {
        // Somebody may be given a name while the document stays as it is.
        true => format!("{}-signed", conditional::tag(&content.body)),
        false if is_commented => format!("{}-commented", conditional::tag(&content.body)),
        false => format!("{}-{}", content.fingerprint, format.name()),
    };
    let mut response = conditional::answer(
        &request,
        &tag,
        format.media_type(),
        content.body,
        content.share,
    );
    let headers = response.headers_mut();
    let is_html = matches!(format, Format::Html | Format::Page);
    explain(
        headers,
        content.root.as_deref(),
        &content.simplified,
        is_html,
    );
    if parameters.download == Some(true) {
        let title = documents.describe(&id).await?.record.title;
        let disposition = disposition(title.as_deref(), &id, format);
        insert(headers, CONTENT_DISPOSITION, &disposition);
    }
    Ok(response)
}

/// Says of what was read from which root it is and what the format cannot express, and
/// keeps what is HTML from doing anything.
pub(super) fn explain(
    headers: &mut HeaderMap,
    root: Option<&str>,
    simplified: &Simplified,
    is_html: bool,
) {
    if let Some(root) = root {
        let root = utf8_percent_encode(root, SEGMENT).to_string();
        insert(headers, HeaderName::from_static("x-cowrite-root"), &root);
    }
    if let Some(warning) = warning(simplified) {
        insert(headers, WARNING, &warning);
    }
    if is_html {
        insert(headers, CONTENT_SECURITY_POLICY, HTML_POLICY);
    }
}

/// What a document that somebody else wrote may do in a browser: be seen.
const HTML_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
     img-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     sandbox";

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // All of these are of visible ASCII.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Names what a format cannot express (RFC 7234, 5.5: 299 is "miscellaneous").
pub(super) fn warning(simplified: &Simplified) -> Option<String> {
    let simplified = (!simplified.is_empty()).then(|| simplified.line())?;
    Some(format!("299 - \"simplified: {simplified}\""))
}

/// As a file, named after the document's title or the last part of its name. Those
/// who read no more than ASCII get that of it (RFC 6266).
fn disposition(title: Option<&str>, id: &DocumentId, format: Format) -> String {
    let last = id.as_str().rsplit('/').find(|part| !part.trim().is_empty());
    let name = title.or(last).unwrap_or("document");
    let allowed = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' => '-',
        c if c.is_control() => '-',
        c => c,
    };
    let name: String = name.chars().map(allowed).take(120).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let name = if name.is_empty() { "document" } else { name };
    let ascii = name.replace(|c: char| !c.is_ascii(), "_");
    let encoded = utf8_percent_encode(name, SEGMENT);
    let extension = format.extension();
    format!("attachment; filename=\"{ascii}.{extension}\"; filename*=UTF-8''{encoded}.{extension}")
}

/// The format that `Accept` likes best; JSON when nothing is asked for. Of equal
/// ones the first counts.
fn accepted_format(request: &HttpRequest) -> Result<Format, ApiError> {
    let Some(accept) = request
        .headers()
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(Format::Json);
    };
    let mut best = None;
    for range in accept.split(',') {
        let (wanted, quality) = weighed(range);
        let format = match wanted {
            "application/json" | "application/*" | "*/*" => Format::Json,
            "text/plain" | "text/*" => Format::Text,
            "text/markdown" => Format::Markdown,
            "text/html" => Format::Html,
            "application/octet-stream" => Format::Yjs,
            _ => continue,
        };
        if quality > best.map_or(0.0, |(best, _)| best) {
            best = Some((quality, format));
        }
    }
    best.map(|(_, format)| format)
        .ok_or_else(|| ApiError::NotAcceptable(accept.to_owned()))
}

/// A range of `Accept`, and how much it is wanted.
pub(super) fn weighed(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let wanted = parts.next().unwrap_or_default();
    let quality = parts
        .find_map(|part| part.strip_prefix("q="))
        .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
    (wanted, quality)
}

/// What a document is made with.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    /// Shown in lists and above the text.
    pub title: Option<String>,
    /// What is in it: a text in `format`, or a document of ProseMirror.
    pub content: Option<Value>,
    pub format: Option<String>,
}

/// What a new document begins with, as an update; `None` when that is nothing.
pub(super) async fn import(
    documents: &Documents,
    begin: Beginning,
    limit: usize,
) -> Result<Option<Read>, ApiError> {
    let title = begin.title.filter(|title| !title.trim().is_empty());
    let (content, format) = match (begin.content, begin.format.as_deref()) {
        (None | Some(Value::Null), None) => (String::new(), "text"),
        (None | Some(Value::Null), Some(_)) => {
            let reason = "there is a format and no content".to_owned();
            return Err(ApiError::BadRequest(reason));
        }
        (Some(content @ Value::Object(_)), None | Some("json")) => (content.to_string(), "json"),
        (Some(Value::String(content)), Some(format)) => (content, format),
        (Some(Value::String(_)), None) => {
            let reason = format!("content that is a text needs a format; there are: {FORMATS_IN}");
            return Err(ApiError::BadRequest(reason));
        }
        (Some(_), _) => {
            let reason = "content must be a text, or a document of ProseMirror".to_owned();
            return Err(ApiError::BadRequest(reason));
        }
    };
    let format = Format::parse(format)
        .filter(|format| format.is_taken())
        .ok_or_else(|| ApiError::UnknownFormat(format.to_owned(), FORMATS_IN))?;
    let read = documents.import(content.into(), format, title).await??;
    if read.update.len() > limit {
        return Err(ApiError::TooLarge(limit));
    }
    Ok((*read.update != NOTHING).then_some(read))
}
