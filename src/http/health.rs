//! Is it alive, and does it take work?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, ServiceConfig};
use serde_json::json;

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

async fn live() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "status": "live" }))
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
    let (mut response, body) = match reason {
        None => (HttpResponse::Ok(), json!({ "status": "ready" })),
        Some(reason) => (
            HttpResponse::ServiceUnavailable(),
            json!({ "status": "not_ready", "reason": reason }),
        ),
    };
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}
