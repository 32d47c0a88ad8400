//! `GET /api/documents/{name}/diff`: what became of a document from one version or
//! moment to another, and by whom.

use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, web};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::conditional;
use super::content::{explain, weighed};
use super::documents::{Answer, moment};
use super::entrance::Guest;
use super::error::ApiError;
use super::names::name;
use super::openapi::schemas::{FormatOfComparison, Moment};
use super::query::query;
use super::versions::at;
use crate::live::{At, Documents, Question, Telling};

/// The formats of a comparison, for people.
pub(super) const FORMATS: &str = "json, html";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffParameters {
    /// What it was: the id of a version, a moment (RFC 3339), or `now`. Of a moment before
    /// the document was, all of it is added.
    #[param(value_type = Moment, inline)]
    from: String,
    /// What it is then, likewise; `now` if it is left out.
    #[param(value_type = Moment, required = false, inline)]
    to: Option<String>,
    /// The root of the Yjs document; the one where the content is if it is left out.
    root: Option<String>,
    /// The format; by the header `Accept` if it is left out, `json` without one.
    #[param(value_type = FormatOfComparison, required = false, inline)]
    format: Option<String>,
    /// With `html`: a whole page instead of a fragment.
    page: Option<bool>,
    /// How many blocks that are the same are told beside each that is not; all of them
    /// if it is left out.
    #[param(example = 1)]
    context: Option<usize>,
}

pub(super) async fn diff(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: DiffParameters = query(&request)?;
    let telling = telling(&request, parameters.format, parameters.page)?;
    let from = at(&parameters.from)?;
    let to = parameters.to.as_deref().map_or(Ok(At::Now), at)?;
    let said = Map::from_iter([
        ("from".to_owned(), shown(from)),
        ("to".to_owned(), shown(to)),
    ]);
    let question = Question {
        from,
        to,
        root: parameters.root,
        telling,
        context: parameters.context,
        said,
    };
    let by = Guest::of(&request).visitor;
    let told = documents.compare(&name(&request)?, question, by).await?;
    let media_type = match telling {
        Telling::Json => "application/json",
        Telling::Html | Telling::Page => "text/html; charset=utf-8",
    };
    let tag = conditional::tag(&told.body);
    let mut response = conditional::answer(&request, &tag, media_type, told.body, told.share);
    let is_html = telling != Telling::Json;
    explain(
        response.headers_mut(),
        told.root.as_deref(),
        &told.simplified,
        is_html,
    );
    Ok(response)
}

fn shown(at: At) -> Value {
    match at {
        At::Version(id) => json!({ "version": id }),
        At::Branch(id) => json!({ "version": format!("b{id}") }),
        At::Clock(at) => json!({ "at": moment(at) }),
        At::Now => json!({ "now": true }),
        At::Beginning => Value::Null,
    }
}

/// As the parameters say, or as `Accept` does; JSON when nothing is asked for.
fn telling(
    request: &HttpRequest,
    format: Option<String>,
    page: Option<bool>,
) -> Result<Telling, ApiError> {
    let html = match page {
        Some(true) => Telling::Page,
        _ => Telling::Html,
    };
    match format.as_deref() {
        Some("json") => return Ok(Telling::Json),
        Some("html") => return Ok(html),
        Some(other) => return Err(ApiError::UnknownFormat(other.to_owned(), FORMATS)),
        None => {}
    }
    let accept = request.headers().get(ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    let Some(accept) = accept else {
        return Ok(Telling::Json);
    };
    let mut best = None;
    for range in accept.split(',') {
        let (wanted, quality) = weighed(range);
        let telling = match wanted {
            "application/json" | "application/*" | "*/*" => Telling::Json,
            "text/html" | "text/*" => html,
            _ => continue,
        };
        if quality > best.map_or(0.0, |(best, _)| best) {
            best = Some((quality, telling));
        }
    }
    best.map(|(_, telling)| telling)
        .ok_or_else(|| ApiError::NotAcceptable(accept.to_owned()))
}
