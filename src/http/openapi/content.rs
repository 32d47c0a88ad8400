//! What is said of content: reading it and writing it.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, header};
use super::documents::warning;
use super::operation::Operation;
use super::schemas::{
    anything, bytes, document, event_id, example_document, tags, text, text_of, words,
};
use super::{Api, BODY, DOOR, NAMED, PAST, THERE, WRITE};
use crate::http::code::Code;
use crate::http::content::ContentParameters;
use crate::http::events::EventParameters;
use crate::http::updates;
use crate::http::writing::{AppendParameters, Patch, PatchParameters, Told, WriteParameters};

const MARKDOWN: &str = "# The plan\n\nWe ship in May.\n";
const EVENT: &str = "event: change\nid: 57\ndata: {\"version\":57,\"authors\":[\"Ada\"],\
     \"unnamed\":0,\"bytes\":120,\"at\":\"2026-11-27T10:00:00Z\"}\n\n";
const HTML: &str = "<h1>The plan</h1>\n<p>We ship in May.</p>\n";
const TEXT: &str = "The plan\nWe ship in May.\n";

pub(super) fn describe(api: &mut Api) {
    api.group(
        "Content",
        "Content in the formats that other programs read and write. What is written is compared \
         with what is there, and only the difference is made, so people who type elsewhere in \
         the document keep their caret and their words.",
    );
    let path = "/api/documents/{name}/content";
    api.get(path, read());
    api.put(path, put());
    api.patch(path, patch());
    api.post("/api/documents/{name}/content/append", append());
    api.get_only("/api/documents/{name}/events", events());
    let path = "/api/documents/{name}/updates";
    api.get(path, missing());
    api.post(path, apply());
}

fn read() -> Operation {
    Operation::new("getContent", "Read content")
        .says(
            "In the format that is asked for, now or as it was; without `format` in the one that \
             `Accept` likes best. What the format cannot express is named in `Warning`. A root \
             that nobody wrote to is empty.",
        )
        .takes::<ContentParameters>()
        .shows("format", "markdown")
        .answers(
            Answer::bare(StatusCode::OK, "The content.")
                .of("application/json", anything(), example_document())
                .of("text/markdown", text_of("markdown"), json!(MARKDOWN))
                .of("text/html", text_of("html"), json!(HTML))
                .of("text/plain", text(), json!(TEXT))
                .of("application/octet-stream", bytes(), Value::Null)
                .may_carry("Warning", warning())
                .may_carry(
                    "X-Cowrite-Root",
                    header("The root that was read, percent-encoded.", "content"),
                )
                .may_carry(
                    "Content-Disposition",
                    header(
                        "With `download`: the name of the file.",
                        "attachment; filename=\"Minutes.md\"; filename*=UTF-8''Minutes.md",
                    ),
                ),
        )
        .has_tag()
        .fails(DOOR)
        .fails(NAMED)
        .fails(THERE)
        .fails(PAST)
        .fails(&[
            Code::UnknownFormat,
            Code::NotAcceptable,
            Code::OtherKindOfContent,
        ])
}

fn events() -> Operation {
    Operation::new("followDocument", "Follow")
        .says(
            "Server-sent events, for as long as the connection is: `change` with who wrote and how \
             much, `versioned`, `deleted`, and `gap` where what was missed is not kept. With \
             `content`, the text too, after each pause.",
        )
        .takes::<EventParameters>()
        .heeds(
            "Last-Event-ID",
            event_id(),
            "The `id` of the last event that was taken: what was missed since comes first.",
            "57",
        )
        .answers(Answer::bare(StatusCode::OK, "The events.").of(
            "text/event-stream",
            text_of("event-stream"),
            json!(EVENT),
        ))
        .fails(DOOR)
        .fails(NAMED)
        .fails(THERE)
        .fails(&[Code::UnknownFormat, Code::DocumentCrowded])
}

fn put() -> Operation {
    let operation = Operation::new("putContent", "Write content")
        .says(
            "The body is what is to be there: the smallest edit that leads there is made, while \
             people go on typing. A Yjs update is merged.\n\n\
             With `If-Match` and the `ETag` of a read, the edit is worked out against what was \
             read, and words typed since are kept. `If-None-Match: *` makes the document.",
        )
        .takes::<WriteParameters>()
        .heeds(
            "If-None-Match",
            words(&["*"]),
            "`*`: only if there is no such document, which is made then.",
            "*",
        );
    writes(operation)
        .bytes("application/octet-stream", true, bytes(), Value::Null)
        .answers(told(StatusCode::OK, "What was changed."))
        .answers(told(StatusCode::CREATED, "The document was made.").carries(
            "Location",
            header("Where it is.", "/api/documents/team%2Fplan"),
        ))
        .fails(&[
            Code::UnknownFormat,
            Code::UnknownType,
            Code::TooManyDocuments,
        ])
}

fn append() -> Operation {
    let operation = Operation::new("appendContent", "Append content")
        .says("The blocks of the body follow what is there.")
        .takes::<AppendParameters>();
    writes(operation)
        .answers(told(StatusCode::OK, "What was changed."))
        .fails(&[Code::UnknownFormat, Code::UnknownType])
}

/// What `PUT` and `POST …/append` have in common.
fn writes(operation: Operation) -> Operation {
    changes(operation)
        .bytes("text/markdown", true, text_of("markdown"), json!(MARKDOWN))
        .bytes("text/html", true, text_of("html"), json!(HTML))
        .bytes("text/plain", true, text(), json!(TEXT))
        .bytes("application/json", true, document(), example_document())
}

fn patch() -> Operation {
    let operation = Operation::new("patchContent", "Change passages")
        .says(
            "Passages are found by their words, in the text of one block, and changed all or none. \
             Each operation sees what the one before it left.",
        )
        .takes::<PatchParameters>();
    changes(operation)
        .body::<Patch>(
            true,
            json!({ "operations": [
                { "find": "May", "replace": "June" },
                { "after": "We ship", "insert": " at last" },
            ]}),
        )
        .answers(told(StatusCode::OK, "What was changed."))
        .fails(&[Code::UnknownFormat, Code::PassageNotFound])
}

/// What all writes of content have in common.
fn changes(operation: Operation) -> Operation {
    operation
        .heeds(
            "If-Match",
            tags(),
            "The `ETag` of the read or write that this builds on; 412 if that state is not kept \
             any more.",
            "\"8f4a31c2d90b77e5-markdown\"",
        )
        .has_author()
        .fails(DOOR)
        .fails(NAMED)
        .fails(THERE)
        .fails(BODY)
        .fails(WRITE)
        .fails(&[
            Code::PreconditionFailed,
            Code::OtherKindOfContent,
            Code::MalformedContent,
        ])
}

fn told(status: StatusCode, what: &str) -> Answer {
    let example = json!({
        "etag": "\"8f4a31c2d90b77e5-markdown\"",
        "inserted": { "blocks": 1, "characters": 12 },
        "deleted": { "blocks": 0, "characters": 3 },
        "formatted": { "characters": 0 },
        "attributes": 0,
    });
    Answer::json::<Told>(status, what, example).may_carry("Warning", warning())
}

fn missing() -> Operation {
    Operation::new("getUpdates", "Read as a Yjs update")
        .says("What somebody with the state vector `since` lacks; everything without one.")
        .takes::<updates::Parameters>()
        .answers(Answer::bare(StatusCode::OK, "A Yjs update, v1.").of(
            "application/octet-stream",
            bytes(),
            Value::Null,
        ))
        .has_tag()
        .fails(DOOR)
        .fails(NAMED)
        .fails(THERE)
}

fn apply() -> Operation {
    Operation::new("applyUpdate", "Apply a Yjs update")
        .says(
            "A Yjs update, v1, to a document that is there: all of it, durably, or nothing. Only \
             of one that is stopped for taking far too long, which 422 says, a part may stay.",
        )
        .has_author()
        .bytes("application/octet-stream", true, bytes(), Value::Null)
        .answers(Answer::bare(
            StatusCode::NO_CONTENT,
            "It is applied, and on disk.",
        ))
        .fails(DOOR)
        .fails(NAMED)
        .fails(THERE)
        .fails(BODY)
        .fails(WRITE)
}
