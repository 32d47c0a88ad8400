//! What an operation may answer, in few words.

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::link::Link;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Schema};

use super::schemas;
use crate::http::code::Code;
use crate::http::error::Failure;

/// Schemas with names, as an operation needs them.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// An answer that an operation may give.
pub(super) struct Answer {
    pub status: StatusCode,
    response: ResponseBuilder,
    pub schemas: Schemas,
}

impl Answer {
    /// One without a body.
    pub fn bare(status: StatusCode, what: &str) -> Self {
        Self {
            status,
            response: ResponseBuilder::new().description(what),
            schemas: Schemas::new(),
        }
    }

    /// One with a `T` in JSON.
    pub fn json<T: ToSchema>(status: StatusCode, what: &str, example: Value) -> Self {
        let (schema, schemas) = named::<T>();
        let content = ContentBuilder::new()
            .schema(Some(schema))
            .example(Some(example));
        let mut answer = Self::bare(status, what).with("application/json", content.build());
        answer.schemas = schemas;
        answer
    }

    /// It may be of this media type, too.
    pub fn of(self, media_type: &str, schema: impl Into<RefOr<Schema>>, example: Value) -> Self {
        let example = Some(example).filter(|example| !example.is_null());
        let content = ContentBuilder::new().schema(Some(schema)).example(example);
        self.with(media_type, content.build())
    }

    fn with(mut self, media_type: &str, content: Content) -> Self {
        self.response = self.response.content(media_type, content);
        self
    }

    /// It carries this header, always.
    pub fn carries(mut self, name: &str, header: HeaderBuilder) -> Self {
        let required = Extensions::from_iter([("required", true)]);
        let header = header.extensions(Some(required)).build();
        self.response = self.response.header(name, header);
        self
    }

    /// It carries this header, if there is a reason.
    pub fn may_carry(mut self, name: &str, header: HeaderBuilder) -> Self {
        self.response = self.response.header(name, header.build());
        self
    }

    /// `parameters` of the operation of this id are found in it.
    pub fn leads_to(mut self, operation: &str, parameters: &[(&str, &str)]) -> Self {
        let mut link = Link::builder().operation_id(operation);
        for (name, place) in parameters {
            link = link.parameter(*name, *place);
        }
        self.response = self.response.link(operation, link.build());
        self
    }

    pub fn build(self) -> Response {
        self.response.build()
    }
}

/// A type by its name, and all that it needs.
pub(super) fn named<T: ToSchema>() -> (Ref, Schemas) {
    let mut schemas = Schemas::new();
    T::schemas(&mut schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    (Ref::from_schema_name(T::name()), schemas)
}

/// A header that is a text.
pub(super) fn header(what: &str, example: &str) -> HeaderBuilder {
    Header::builder()
        .schema(Some(schemas::text()))
        .description(Some(what))
        .example(Some(json!(example)))
}

/// How an operation fails with any of `codes`, which have one status.
pub(super) fn failure(status: StatusCode, codes: &[Code]) -> Answer {
    let said = codes
        .iter()
        .map(|code| format!("- `{}`: {}", code.name(), code.meaning()));
    let said = said.collect::<Vec<_>>().join("\n");
    let (error, schemas) = named::<Failure>();
    let names: Vec<_> = codes.iter().map(|code| code.name()).collect();
    let code = ObjectBuilder::new().property("code", schemas::words(&names));
    let schema = AllOfBuilder::new()
        .item(error)
        .item(ObjectBuilder::new().property("error", code));
    let example = codes.first().map(|code| {
        json!({ "error": { "code": code.name(), "message": "What is wrong, and what to do." } })
    });
    let mut answer =
        Answer::bare(status, &said).of("application/json", schema, example.unwrap_or_default());
    answer.schemas = schemas;
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let seconds = Header::builder()
                .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)))
                .description(Some("After how many seconds to try again."))
                .example(Some(json!(2)));
            answer.carries("Retry-After", seconds)
        }
        StatusCode::UPGRADE_REQUIRED => answer.carries(
            "Sec-WebSocket-Version",
            header("The version that this server speaks.", "13"),
        ),
        _ => answer,
    }
}
