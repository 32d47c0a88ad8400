//! The API, described: a document of OpenAPI made from the types that are parsed and
//! serialised, the [table of error codes](super::code) and a few words; and a page made
//! from the document.
//!
//! **Adding a route.** Register it as all others, with `.head(…)` beside `.get(…)` and
//! its methods in `not_allowed`. Then say it here, in the file of its resource:
//!
//! 1. Parameters of the query are a struct that derives `IntoParams`, bodies and answers
//!    in JSON structs that derive `ToSchema`: those that the handler uses, `pub(super)`,
//!    with `///` on what does not speak for itself, and `#[schema(as = …)]` where the
//!    name in Rust is none for the world. An answer's `Option` is `#[schema(required)]`
//!    unless it is skipped. What no type says is in [`schemas`]: by `schema_with` in a
//!    body, and in parameters by a type that stands for it (`value_type = Moment,
//!    inline`, and `required = false` for an `Option`).
//! 2. `api.get(path, Operation::new(id, summary)…)`, which stands for `HEAD` too, or
//!    `post`, `put`, `patch`, `delete`: `takes::<Parameters>()`, `body::<Body>(…)` or
//!    `bytes(media type, …)`, `answers(…)`, `has_tag()` for reads with an `ETag`,
//!    `fails(…)` with the sets below and codes of its own. A path with a parameter that
//!    is new gets an arm in [`operation`].
//! 3. A new error is a line in the table of codes, an arm in `ApiError::code`, and a word
//!    in the `fails` of each operation that may meet it.
//!
//! What is forgotten is found: a test compares the document with the routes that are
//! registered; every answer that any test gets over REST is looked up in the document
//! (`tests/support/described.rs`); and `make api` has schemathesis do so with what it
//! makes up. What that cannot make up (a name of something that is there) goes into
//! `tests/api/run.py` and `hooks.py`; of an answer that does not end it takes a few
//! events if `tests/api/schemathesis.toml` says how many (`max-stream-events`).

mod answer;
mod comments;
mod content;
mod documents;
mod files;
mod operation;
mod page;
pub(super) mod schemas;
mod server;
#[cfg(test)]
mod tests;
mod versions;

use std::sync::LazyLock;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use serde_json::Value;
use utoipa::openapi::path::PathItem;
use utoipa::openapi::tag::Tag;
use utoipa::openapi::{ComponentsBuilder, HttpMethod, Info, License, OpenApi, Paths, Server};

use self::answer::Schemas;
use self::operation::Operation;
use super::code::Code;
use super::{conditional, not_allowed};

/// On the way to any route.
const CONNECTION: &[Code] = &[
    Code::HeadTooSlow,
    Code::HeadTooLarge,
    Code::TooManyConnections,
    Code::ServerCrowded,
];

/// On the way to documents.
const DOOR: &[Code] = &[
    Code::BadRequest,
    Code::ForbiddenOrigin,
    Code::HeadTooSlow,
    Code::HeadTooLarge,
    Code::TooManyConnections,
    Code::ServerCrowded,
];

/// Where a document is named.
const NAMED: &[Code] = &[Code::InvalidDocumentName];

/// Where the store is asked.
const STORE: &[Code] = &[Code::NotSaved, Code::ShuttingDown];

/// Where a document must be there.
const THERE: &[Code] = &[
    Code::DocumentNotFound,
    Code::DocumentDeleted,
    Code::DocumentUnreadable,
    Code::NotSaved,
    Code::ShuttingDown,
];

/// Where it is asked what a document was.
const PAST: &[Code] = &[
    Code::VersionNotFound,
    Code::DocumentNotYet,
    Code::HistoryGone,
    Code::HistoryUnreadable,
];

/// Where a body is read.
const BODY: &[Code] = &[
    Code::BadRequest,
    Code::BodyTooSlow,
    Code::TooLarge,
    Code::EncodedBody,
    Code::TooMuch,
];

/// Where a document is written to.
const WRITE: &[Code] = &[Code::UpdateRefused, Code::DocumentReadOnly];

/// Every path, as it is described.
struct Api {
    paths: Paths,
    groups: Vec<Tag>,
    schemas: Schemas,
}

impl Api {
    /// Begins a group of operations.
    fn group(&mut self, name: &str, what: &str) {
        self.groups
            .push(Tag::builder().name(name).description(Some(what)).build());
    }

    /// What is read, with `HEAD` too.
    fn get(&mut self, path: &str, operation: Operation) {
        self.add(path, HttpMethod::Get, operation);
    }

    /// What is opened by `GET`, and has no `HEAD`.
    fn get_only(&mut self, path: &str, operation: Operation) {
        self.add(path, HttpMethod::Get, operation);
        if let Some(item) = self.paths.paths.get_mut(path) {
            item.head = None;
        }
    }

    fn post(&mut self, path: &str, operation: Operation) {
        self.add(path, HttpMethod::Post, operation);
    }

    fn put(&mut self, path: &str, operation: Operation) {
        self.add(path, HttpMethod::Put, operation);
    }

    fn patch(&mut self, path: &str, operation: Operation) {
        self.add(path, HttpMethod::Patch, operation);
    }

    fn delete(&mut self, path: &str, operation: Operation) {
        self.add(path, HttpMethod::Delete, operation);
    }

    fn add(&mut self, path: &str, method: HttpMethod, operation: Operation) {
        let item = self.paths.paths.entry(path.to_owned());
        let item = item.or_insert_with(|| PathItem::builder().build());
        let tag = self.groups.last().map_or("", |group| group.name.as_str());
        operation.put(tag, path, method, item, &mut self.schemas);
    }
}

/// What the API can do, in the order in which people read it.
fn describe() -> OpenApi {
    let mut api = Api {
        paths: Paths::new(),
        groups: Vec::new(),
        schemas: Schemas::new(),
    };
    documents::describe(&mut api);
    content::describe(&mut api);
    comments::describe(&mut api);
    versions::describe(&mut api);
    files::describe(&mut api);
    server::describe(&mut api);
    let components = ComponentsBuilder::new()
        .schemas_from_iter(api.schemas)
        .schema_from::<schemas::Node>();
    let info = Info::builder()
        .title("cowrite")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            License::builder()
                .name(env!("CARGO_PKG_LICENSE"))
                .identifier(Some(env!("CARGO_PKG_LICENSE")))
                .build(),
        ));
    OpenApi::builder()
        .info(info)
        .servers(Some([Server::new("/")]))
        .paths(api.paths)
        .components(Some(components.build()))
        .tags(Some(api.groups))
        .build()
}

const ABOUT: &str = "Documents that people edit together, for programs: what is read here is what \
     editors show, and what is written here appears in them. A write is answered when it is on \
     disk.\n\n\
     A name of a document is one segment of the path: `team/plan` is `team%2Fplan`. Errors are \
     `{\"error\": {\"code\": \"document_not_found\", \"message\": \"…\"}}`, where the code stays \
     the same and the message says what to do. Reads have an `ETag`, and answer 304 to \
     `If-None-Match` as long as nothing changed. A path that is not there answers 404, a \
     method that a path does not have 405, as JSON too.";

/// The document, as a value.
pub fn document() -> &'static Value {
    &DESCRIBED
}

/// The document, for programs and for the page.
static DESCRIBED: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(describe()).expect("plain data"));

/// The document as it is sent.
static SENT: LazyLock<Bytes> = LazyLock::new(|| DESCRIBED.to_string().into());

pub(super) fn routes(config: &mut ServiceConfig) {
    let methods = || not_allowed("GET, HEAD");
    config
        .service(
            web::resource("/openapi.json")
                .get(serve)
                .head(serve)
                .default_service(methods()),
        )
        .service(
            web::resource("/docs")
                .get(page::page)
                .head(page::page)
                .default_service(methods()),
        )
        .service(
            web::resource("/docs.css")
                .get(page::style)
                .head(page::style)
                .default_service(methods()),
        );
}

async fn serve(request: HttpRequest) -> HttpResponse {
    conditional::answer_bytes(&request, "application/json", SENT.clone())
}
