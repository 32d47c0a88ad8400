//! Is it alive, and does it take work?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::not_allowed;
use crate::live::{Documents, Health};

/// Whether the server is on its way down.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// From here on `/health/ready` says no, so that balancers look elsewhere.
    pub fn stopping(&self) {
        self.0.store(true, Ordering::Release);
    }
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/live")
                .get(live)
                .head(live)
                .default_service(not_allowed("GET, HEAD")),
        )
        .service(
            web::resource("/ready")
                .get(ready)
                .head(ready)
                .default_service(not_allowed("GET, HEAD")),
        )
        .default_service(web::to(async || {
            Err::<HttpResponse, _>(ApiError::NoSuchRoute)
        }));
}

/// How it goes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(super) struct Condition {
    /// `live`, `ready` or `not_ready`.
    status: &'static str,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

async fn live() -> HttpResponse {
    let condition = Condition {
        status: "live",
        reason: None,
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(condition)
}

async fn ready(documents: web::Data<Documents>, readiness: web::Data<Readiness>) -> HttpResponse {
    let reason = if readiness.0.load(Ordering::Acquire) {
        Some("the server is shutting down".to_owned())
    } else {
        match documents.health() {
            Health::Ready => None,
            Health::Failing(reason) | Health::Stopped(reason) => Some(reason),
        }
    };
    let (mut response, status) = match reason {
        None => (HttpResponse::Ok(), "ready"),
        Some(_) => (HttpResponse::ServiceUnavailable(), "not_ready"),
    };
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(Condition { status, reason })
}
