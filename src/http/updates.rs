//! Documents as Yjs updates: `/api/documents/{name}/updates`.

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use utoipa::IntoParams;

use super::documents::Answer;
use super::entrance::Guest;
use super::error::ApiError;
use super::names::name;
use super::query::query;
use super::{BodyLimit, author, body, conditional};
use crate::live::{Documents, StateVector};

/// How many clients a state vector may name.
const VECTOR_CLIENTS: usize = 65_536;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The state vector of who asks, in base64url: only what that one lacks is sent.
    #[param(format = "state-vector", example = "AA")]
    since: Option<String>,
}

/// What somebody lacks.
pub(super) async fn read(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: Parameters = query(&request)?;
    let since = match parameters.since.as_deref() {
        None | Some("") => StateVector::new(),
        Some(encoded) => decode_vector(encoded)?,
    };
    let content = documents
        .diff(&name(&request)?, since, Guest::of(&request).visitor)
        .await?;
    let tag = content.fingerprint;
    Ok(conditional::answer(
        &request,
        &tag,
        "application/octet-stream",
        content.body,
        content.share,
    ))
}

/// Takes an update.
pub(super) async fn apply(
    request: HttpRequest,
    documents: web::Data<Documents>,
    limit: web::Data<BodyLimit>,
    body: web::Payload,
) -> Answer {
    let (name, author) = (name(&request)?, author::of(&request)?);
    let update = body::read(&request, &documents, *limit.get_ref(), body).await?;
    let bytes = update.bytes.clone();
    documents.apply(&name, update.bytes, update.room).await?;
    if let Some(author) = author {
        author::attribute(&documents, &name, (&bytes, None), &author).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

fn decode_vector(encoded: &str) -> Result<StateVector, ApiError> {
    let wrong = |what: String| {
        ApiError::BadRequest(format!("since must be a state vector in base64url: {what}"))
    };
    let bytes = BASE64
        .decode(encoded.trim_end_matches('='))
        .map_err(|e| wrong(e.to_string()))?;
    StateVector::decode(&bytes, VECTOR_CLIENTS).map_err(|e| wrong(e.to_string()))
}
