//! What is said of documents as such.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, header};
use super::operation::Operation;
use super::schemas::{content_in_its_format, tags};
use super::{Api, BODY, DOOR, NAMED, STORE, THERE, WRITE};
use crate::http::backlinks::{BacklinkParameters, Linking};
use crate::http::code::Code;
use crate::http::documents::{Changing, Creation};
use crate::http::listing::{ListParameters, Listed};
use crate::http::search::{Found, SearchParameters};
use crate::http::shown::Shown;
use crate::http::templates::Templates;

pub(super) fn describe(api: &mut Api) {
    api.group(
        "Documents",
        "A document is there once somebody created it, wrote in it, or opened it in an editor and typed.",
    );
    api.get(
        "/api/documents",
        Operation::new("listDocuments", "List documents")
            .says(
                "In pages. `next` of a page is the `cursor` of the one after it; at the end it \
                 is `null`. By title, and of the trash, a page takes longer the more documents \
                 there are.",
            )
            .takes::<ListParameters>()
            .answers(Answer::json::<Listed>(
                StatusCode::OK,
                "A page of the list.",
                json!({ "documents": [example()], "next": null }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(STORE)
            .fails(&[Code::DocumentUnreadable]),
    );
    api.get(
        "/api/search",
        Operation::new("searchDocuments", "Search")
            .says(
                "Documents by the words of their titles and texts, the best first: a few seconds \
                 after these are on disk.",
            )
            .takes::<SearchParameters>()
            .answers(Answer::json::<Found>(
                StatusCode::OK,
                "A page of what was found.",
                json!({ "results": [{
                    "name": "team/plan",
                    "title": "The plan",
                    "updated": "2026-11-27T10:00:00Z",
                    "excerpt": [
                        { "text": "We ship the ", "match": false },
                        { "text": "editor", "match": true },
                        { "text": " in May.", "match": false },
                    ],
                }], "next": null }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(STORE)
            .fails(&[
                Code::DocumentUnreadable,
                Code::SearchTooBroad,
                Code::SearchUnavailable,
            ]),
    );
    api.post(
        "/api/documents",
        Operation::new("createDocument", "Create a document")
            .says(
                "With a text in it, if one is sent or a template is named: on disk with it, or not \
                 there at all. What of it cannot be kept as it was is named in `Warning`. A new \
                 name has no part between slashes that is `.` or `..`.",
            )
            .has_author()
            .body_that::<Creation>(
                content_in_its_format(),
                false,
                json!({ "title": "Minutes", "format": "markdown", "content": "# Minutes\n\n- [x] met" }),
            )
            .answers(
                made(Answer::json::<Shown>(
                    StatusCode::CREATED,
                    "It is there.",
                    example(),
                ))
                .may_carry("Warning", warning()),
            )
            .fails(DOOR)
            .fails(BODY)
            .fails(NAMED)
            .fails(STORE)
            .fails(&[
                Code::UnknownFormat,
                Code::DocumentExists,
                Code::DocumentDeleted,
                Code::MalformedContent,
                Code::UpdateRefused,
                Code::TooManyDocuments,
                Code::DocumentUnreadable,
            ]),
    );
    api.get(
        "/api/templates",
        Operation::new("listTemplates", "List templates")
            .says("What a document may begin with: name one as `template` of a new document.")
            .answers(Answer::json::<Templates>(
                StatusCode::OK,
                "All of them, in every language that there is; English ones have plain ids.",
                json!({ "templates": [{
                    "id": "decision",
                    "language": "en",
                    "title": "Decision record",
                    "about": "What was decided, why, and what else was on the table.",
                    "content": "## Decision\n",
                }] }),
            ))
            .has_tag()
            .fails(DOOR),
    );
    api.get(
        "/api/documents/{name}",
        Operation::new("getDocument", "Describe a document")
            .answers(Answer::json::<Shown>(
                StatusCode::OK,
                "What is known of it.",
                example(),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
    api.patch(
        "/api/documents/{name}",
        Operation::new("changeDocument", "Give a title")
            .says(
                "One edit, on disk when it is answered, which everybody who has the document open \
                 sees live. The text, the name and the links to it stay.",
            )
            .heeds(
                "If-Match",
                tags(),
                "The `ETag` of a read or write of the content: 412 if the title is not what it was \
                 in that state any more, or that state is not kept.",
                "\"8f4a31c2d90b77e5-markdown\"",
            )
            .has_author()
            .body::<Changing>(true, json!({ "title": "The plan" }))
            .answers(Answer::json::<Shown>(
                StatusCode::OK,
                "It is called that.",
                example(),
            ))
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(BODY)
            .fails(WRITE)
            .fails(&[Code::PreconditionFailed]),
    );
    api.get(
        "/api/documents/{name}/backlinks",
        Operation::new("listBacklinks", "List documents that link to a document")
            .says(
                "By name, a few seconds after the links are on disk. A link is to the page of the \
                 document, `/d/team/plan`, alone or at an origin of this server.",
            )
            .takes::<BacklinkParameters>()
            .answers(Answer::json::<Linking>(
                StatusCode::OK,
                "A page of them.",
                json!({
                    "documents": [{ "name": "team/minutes", "title": "Minutes of May" }],
                    "next": null,
                }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(&[Code::SearchTooBroad, Code::SearchUnavailable]),
    );
    api.delete(
        "/api/documents/{name}",
        Operation::new("deleteDocument", "Delete a document")
            .says(
                "Puts a tombstone on it. Those who have it open are told (close code 4404). Its \
                 name stays taken, its history stays, and it can be restored.",
            )
            .answers(
                Answer::bare(StatusCode::NO_CONTENT, "It is deleted.")
                    .leads_to("restoreDocument", &[("name", "$request.path.name")]),
            )
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
    api.post(
        "/api/documents/{name}/restore",
        Operation::new("restoreDocument", "Restore a deleted document")
            .says("Takes the tombstone off. Of a document that is not deleted nothing changes.")
            .answers(Answer::json::<Shown>(
                StatusCode::OK,
                "It is back.",
                example(),
            ))
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
}

/// Says where the document is that was made, and what can be done with it.
pub(super) fn made(answer: Answer) -> Answer {
    let location = header("Where it is.", "/api/documents/team%2Fplan");
    answer
        .carries("Location", location)
        .leads_to("getDocument", &[("name", "$response.body#/name")])
        .leads_to("getContent", &[("name", "$response.body#/name")])
        .leads_to("putContent", &[("name", "$response.body#/name")])
        .leads_to("createVersion", &[("name", "$response.body#/name")])
        .leads_to("deleteDocument", &[("name", "$response.body#/name")])
}

/// Names what a format cannot express.
pub(super) fn warning() -> utoipa::openapi::header::HeaderBuilder {
    header(
        "What of the content could not be kept as it is.",
        "299 - \"simplified: 2 comments\"",
    )
}

fn example() -> Value {
    json!({
        "name": "team/plan",
        "title": "The plan",
        "created": "2026-11-27T09:00:00Z",
        "updated": "2026-11-27T10:12:31.5Z",
        "bytes": 2310,
        "people": 2,
        "present": [{ "name": "Ada", "color": "#2f6fed" }],
        "excerpt": "We ship the editor in May.",
    })
}
