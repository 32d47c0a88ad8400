//! The public door: routes, and errors as answers.
//!
//! This room names `live`, `export`, `attachments` and actix-web; never `store` or `replica`
//! beyond what `live` hands out.

mod assets;
mod author;
mod authors;
mod backlinks;
mod body;
mod code;
mod comments;
mod compression;
mod conditional;
mod content;
mod cursor;
mod diff;
mod documents;
mod entrance;
mod error;
mod events;
mod files;
mod gate;
mod headers;
mod health;
mod idleness;
mod incoming;
mod listing;
mod names;
mod openapi;
mod origin;
mod proxies;
mod query;
mod range;
mod receiving;
mod search;
mod sending;
mod shown;
mod socket;
mod templates;
mod turnstile;
mod unparsed;
mod updates;
mod upgrade;
mod version;
mod versions;
mod writing;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Route};

pub use assets::has_editor;
pub use compression::compress;
pub use entrance::{Entrance, admit};
pub use error::ApiError;
pub use gate::Gated;
pub use headers::SecurityHeaders;
pub use health::Readiness;
pub use openapi::document as openapi;
pub use origin::OriginPolicy;
pub use proxies::TrustedProxies;
pub use turnstile::{ConnectionLimits, Turnstile};
pub use upgrade::upgrade;

/// The largest body that REST takes, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// Every route of the server. Needs, as app data: `Documents`, `Attachments`,
/// `HubHandle`, [`Readiness`], [`OriginPolicy`], [`BodyLimit`], [`Entrance`]; and around it
/// [`admit`].
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::scope("/health").configure(health::routes))
        .service(
            web::scope("/api")
                .configure(openapi::routes)
                .configure(documents::routes),
        )
        .service(
            web::resource("/ws/{name:.*}")
                .get(socket::open)
                .default_service(not_allowed("GET")),
        )
        .service(web::resource("/ws").to(socket::without_name))
        .default_service(web::to(assets::serve));
}

/// Answers methods that a path does not have; it has those in `allowed`.
fn not_allowed(allowed: &'static str) -> Route {
    web::to(move || async move { Err::<HttpResponse, _>(ApiError::MethodNotAllowed(allowed)) })
}
