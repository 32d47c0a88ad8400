//! An operation of the API, in few words.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::Responses;
use utoipa::openapi::schema::{AllOfBuilder, Object};
use utoipa::openapi::{ContentBuilder, HttpMethod, RefOr, Required, Schema};
use utoipa::{IntoParams, ToSchema};

use super::answer::{Answer, Schemas, failure, header, named};
use super::schemas;
use crate::http::code::Code;

/// What a path does with a method.
pub(super) struct Operation {
    id: &'static str,
    summary: &'static str,
    says: &'static str,
    parameters: Vec<Parameter>,
    body: Option<RequestBodyBuilder>,
    answers: Vec<Answer>,
    codes: Vec<Code>,
    has_tag: bool,
    schemas: Schemas,
}

/// How a tag looks.
const TAG: &str = "\"8f4a31c2d90b77e5\"";

impl Operation {
    /// An operation under a name for programs and one for people.
    pub fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            says: "",
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            codes: Vec::new(),
            has_tag: false,
            schemas: Schemas::new(),
        }
    }

    /// What is to be said about it, in Markdown.
    pub fn says(mut self, text: &'static str) -> Self {
        self.says = text;
        self
    }

    /// It takes these parameters.
    pub fn takes<T: IntoParams>(mut self) -> Self {
        self.parameters.extend(T::into_params(|| None));
        self
    }

    /// In examples this parameter has this value.
    pub fn shows(mut self, name: &str, example: &str) -> Self {
        let parameters = self.parameters.into_iter();
        let shown = parameters.map(|parameter| match parameter.name == name {
            true => ParameterBuilder::from(parameter)
                .example(Some(json!(example)))
                .build(),
            false => parameter,
        });
        self.parameters = shown.collect();
        self
    }

    /// It heeds this header of the request.
    pub fn heeds(mut self, name: &str, schema: Object, what: &str, example: &str) -> Self {
        let header = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(what))
            .schema(Some(schema))
            .example(Some(json!(example)));
        self.parameters.push(header.build());
        self
    }

    /// A write that may say whose it is.
    pub fn has_author(self) -> Self {
        self.heeds(
            "X-Cowrite-Author",
            schemas::label(),
            "Whose write it is, for the authors of versions: 1 to 256 bytes of UTF-8.",
            "Ada",
        )
    }

    /// A read that says which state it is of, and is not repeated to who has that.
    pub fn has_tag(mut self) -> Self {
        self.has_tag = true;
        self.heeds(
            "If-None-Match",
            schemas::text(),
            "The `ETag` of an earlier read: 304 if nothing has changed.",
            TAG,
        )
    }

    /// Its body is a `T` in JSON.
    pub fn body<T: ToSchema>(mut self, required: bool, example: Value) -> Self {
        let (schema, schemas) = named::<T>();
        self.schemas.extend(schemas);
        self.bytes("application/json", required, schema, example)
    }

    /// The same, if it also is as `besides` says, which no type of Rust does.
    pub fn body_that<T: ToSchema>(
        mut self,
        besides: impl Into<RefOr<Schema>>,
        required: bool,
        example: Value,
    ) -> Self {
        let (schema, schemas) = named::<T>();
        self.schemas.extend(schemas);
        let schema = AllOfBuilder::new().item(schema).item(besides);
        self.bytes("application/json", required, schema, example)
    }

    /// Its body may be of this media type.
    pub fn bytes(
        mut self,
        media_type: &str,
        required: bool,
        schema: impl Into<RefOr<Schema>>,
        example: Value,
    ) -> Self {
        let example = Some(example).filter(|example| !example.is_null());
        let content = ContentBuilder::new().schema(Some(schema)).example(example);
        let required = if required {
            Required::True
        } else {
            Required::False
        };
        let body = self.body.take().unwrap_or_else(RequestBody::builder);
        self.body = Some(
            body.required(Some(required))
                .content(media_type, content.build()),
        );
        self
    }

    /// It may answer this.
    pub fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// It may fail with these.
    pub fn fails(mut self, codes: &[Code]) -> Self {
        self.codes.extend(codes);
        self
    }

    fn tag_answers(&mut self) {
        let unchanged = Answer::bare(StatusCode::NOT_MODIFIED, "You have it already.");
        self.answers.push(unchanged);
        let answers = std::mem::take(&mut self.answers).into_iter();
        let tagged = answers.map(|answer| match answer.status {
            StatusCode::OK | StatusCode::NOT_MODIFIED => {
                answer.carries("ETag", header("Names the state that was read.", TAG))
            }
            _ => answer,
        });
        self.answers = tagged.collect();
    }

    /// Puts it under a path. `tag` is the group that it stands in.
    pub fn put(
        mut self,
        tag: &str,
        path: &str,
        method: HttpMethod,
        item: &mut PathItem,
        schemas: &mut Schemas,
    ) {
        self.parameters.splice(0..0, parameters_of(path));
        if self.has_tag {
            self.tag_answers();
        }
        self.codes.sort_unstable();
        self.codes.dedup();
        let mut statuses: BTreeMap<StatusCode, Vec<Code>> = BTreeMap::new();
        for code in &self.codes {
            statuses.entry(code.status()).or_default().push(*code);
        }
        for (status, codes) in statuses {
            self.answers.push(failure(status, &codes));
        }
        let mut responses = Responses::new();
        for answer in self.answers {
            self.schemas.extend(answer.schemas.iter().cloned());
            let status = answer.status.as_str().to_owned();
            responses.responses.insert(status, answer.build().into());
        }
        schemas.extend(self.schemas);
        let operation = OperationBuilder::new()
            .tag(tag)
            .operation_id(Some(self.id))
            .summary(Some(self.summary))
            .description(Some(self.says).filter(|says| !says.is_empty()))
            .parameters(Some(self.parameters))
            .request_body(self.body.map(RequestBodyBuilder::build))
            .responses(responses)
            .build();
        // Who may read may ask what it would get.
        if method == HttpMethod::Get {
            item.head = Some(bodiless(&operation, self.id));
        }
        item.merge_operations(PathItem::new(method, operation));
    }
}

/// `HEAD`: the same answers, without their bodies.
fn bodiless(
    operation: &utoipa::openapi::path::Operation,
    id: &str,
) -> utoipa::openapi::path::Operation {
    let mut head = operation.clone();
    head.operation_id = Some(format!("{id}Head"));
    for response in head.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.content.clear();
            response.links.clear();
        }
    }
    head
}

/// The parameters that stand in a path.
fn parameters_of(path: &str) -> Vec<Parameter> {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next());
    names
        .map(|name| {
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True);
            match name {
                "name" => parameter
                    .description(Some(
                        "The name of the document, as one segment: `team/plan` is `team%2Fplan`.",
                    ))
                    .schema(Some(schemas::document_name()))
                    .example(Some(json!("team/plan"))),
                "hash" => parameter
                    .description(Some("The hash of the file."))
                    .schema(Some(schemas::text_of("file-id")))
                    .example(Some(json!(schemas::EXAMPLE_HASH))),
                "comment" => parameter
                    .description(Some("The `id` of the comment."))
                    .schema(Some(schemas::text()))
                    .example(Some(json!("pX3v0aQm81Zt"))),
                "message" => parameter
                    .description(Some("The `id` of the message."))
                    .schema(Some(schemas::text()))
                    .example(Some(json!("Kq2uT1x_09Gd"))),
                "id" => parameter
                    .description(Some("The id of the version."))
                    .schema(Some(schemas::version_id()))
                    .example(Some(json!(1))),
                "at" => parameter
                    .description(Some("The id of a version, a moment (RFC 3339), or `now`."))
                    .schema(Some(schemas::moments()))
                    .example(Some(json!(1))),
                _ => parameter.schema(Some(schemas::text())),
            }
            .build()
        })
        .collect()
}
