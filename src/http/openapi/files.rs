//! What is said of files.

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::schema::ObjectBuilder;

use super::answer::{Answer, header};
use super::operation::Operation;
use super::schemas::{EXAMPLE_HASH, bytes, text};
use super::{Api, BODY, DOOR, NAMED, THERE};
use crate::attachments::types;
use crate::http::code::Code;
use crate::http::files::{GiveParameters, ListParameters, Listed, Shown, TakeParameters};

/// Where the index is asked.
const INDEX: &[Code] = &[Code::FilesUnavailable, Code::DiskFull];

pub(super) fn describe(api: &mut Api) {
    api.group(
        "Files",
        "Pictures and other files of documents, known by the hash of their bytes. One that nothing \
         in the document or its history refers to is collected after a while.",
    );
    let path = "/api/documents/{name}/files";
    api.get(
        path,
        Operation::new("listFiles", "List files")
            .says("The last one first, in pages.")
            .takes::<ListParameters>()
            .answers(Answer::json::<Listed>(
                StatusCode::OK,
                "A page of the list.",
                json!({ "files": [example()], "next": null }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(INDEX),
    );
    let form = ObjectBuilder::new()
        .property("file", bytes())
        .required("file");
    let kept = |status, what| {
        Answer::json::<Shown>(status, what, example())
            .carries(
                "Location",
                header("Where it is.", "/api/documents/plan/files/…"),
            )
            .leads_to("getFile", OF_IT)
            .leads_to("removeFile", OF_IT)
    };
    api.post(
        path,
        Operation::new("sendFile", "Send a file")
            .says("As the body, or as the one file of a form. It is on disk when this is answered.")
            .takes::<TakeParameters>()
            .bytes("application/octet-stream", true, bytes(), Value::Null)
            .bytes("multipart/form-data", true, form, Value::Null)
            .answers(kept(StatusCode::CREATED, "It is kept."))
            .answers(kept(StatusCode::OK, "The document has it already."))
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(BODY)
            .fails(INDEX)
            .fails(&[
                Code::EmptyFile,
                Code::NoFiles,
                Code::FileTypeRefused,
                Code::TooManyUploads,
                Code::DocumentFilesFull,
                Code::FilesFull,
            ]),
    );
    let path = "/api/documents/{name}/files/{hash}";
    let given = |status, what| {
        types()
            .fold(Answer::bare(status, what), |answer, kind| {
                answer.of(kind, bytes(), Value::Null)
            })
            .carries(
                "Content-Disposition",
                header("What it is called.", "inline"),
            )
            .carries("Accept-Ranges", header("Parts can be had.", "bytes"))
    };
    api.get(
        path,
        Operation::new("getFile", "Read a file")
            .says(
                "Of a type that is told from its bytes, if browsers show that and cannot run it; \
                 everything else is bytes to be saved.",
            )
            .takes::<GiveParameters>()
            .heeds("Range", text(), "One range of bytes.", "bytes=0-99")
            .answers(given(StatusCode::OK, "All of it."))
            .answers(
                given(StatusCode::PARTIAL_CONTENT, "A part of it.")
                    .carries("Content-Range", header("Which.", "bytes 0-99/200")),
            )
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(INDEX)
            .fails(&[
                Code::FileNotFound,
                Code::FileDamaged,
                Code::RangeNotSatisfiable,
            ]),
    );
    api.delete(
        path,
        Operation::new("removeFile", "Take a file away")
            .says("From the document, in its history too.")
            .answers(Answer::bare(StatusCode::NO_CONTENT, "It is gone."))
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(INDEX)
            .fails(&[Code::FileNotFound]),
    );
}

const OF_IT: &[(&str, &str)] = &[
    ("name", "$request.path.name"),
    ("hash", "$response.body#/id"),
];

fn example() -> Value {
    json!({
        "id": EXAMPLE_HASH,
        "url": format!("/api/documents/team%2Fplan/files/{EXAMPLE_HASH}"),
        "name": "plan.png",
        "type": "image/png",
        "bytes": 112690,
        "width": 1440,
        "height": 900,
        "added": "2026-11-27T18:36:43.295885Z",
    })
}
