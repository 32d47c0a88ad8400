//! What is said of versions and authors.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, header};
use super::documents::warning;
use super::operation::Operation;
use super::schemas::{bytes, comparison, text_of};
use super::{Api, BODY, DOOR, NAMED, PAST, THERE, WRITE};
use crate::http::authors::{AuthorParameters, Writers};
use crate::http::code::Code;
use crate::http::diff::DiffParameters;
use crate::http::version::{Listed, Shown};
use crate::http::versions::{
    BranchParameters, Creation, ListParameters, Naming, RestoreParameters, Restored,
};

pub(super) fn describe(api: &mut Api) {
    api.group(
        "History",
        "Every update is kept, so any moment can be read again: `at` of *Read content*. Versions \
         are made where people pause; those that have a name stay for ever.",
    );
    let path = "/api/documents/{name}/versions";
    api.get(
        path,
        Operation::new("listVersions", "List versions")
            .says(
                "The newest first, in pages as those of documents. What people wrote without a \
                 connection is among them: with `branch`, and an id of its own kind.",
            )
            .takes::<ListParameters>()
            .answers(Answer::json::<Listed>(
                StatusCode::OK,
                "A page of the list.",
                json!({ "versions": [example()], "next": null }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(&[Code::HistoryUnreadable]),
    );
    api.post(
        path,
        Operation::new("createVersion", "Make a version")
            .says(
                "The type of the body says of what. **JSON**: of what is there now, under the `name` \
                 in the body; it stays for ever.\n\n\
                 **`application/octet-stream`**: the body, a Yjs update, is a state of the document \
                 that is kept beside it as a branch, and not merged: what somebody wrote without a \
                 connection, before it was merged. Only here `name` stands in the query. It is \
                 forgotten as history is, unless it is given a name later; the same state is kept \
                 once.",
            )
            .takes::<BranchParameters>()
            .has_author()
            .body::<Creation>(true, json!({ "name": "before the meeting" }))
            .bytes("application/octet-stream", true, bytes(), Value::Null)
            .answers(
                Answer::json::<Shown>(StatusCode::CREATED, "It is made.", example())
                    .carries(
                        "Location",
                        header("Where it is.", "/api/documents/team%2Fplan/versions/3"),
                    )
                    .leads_to("getVersion", OF_IT)
                    .leads_to("renameVersion", OF_IT)
                    .leads_to(
                        "getContent",
                        &[("name", "$request.path.name"), ("at", "$response.body#/id")],
                    ),
            )
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(BODY)
            .fails(&[
                Code::DocumentReadOnly,
                Code::TooManyVersions,
                Code::UpdateRefused,
            ]),
    );
    let path = "/api/documents/{name}/versions/{id}";
    api.get(
        path,
        Operation::new("getVersion", "Describe a version")
            .answers(Answer::json::<Shown>(
                StatusCode::OK,
                "What is known of it.",
                example(),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(&[Code::VersionNotFound, Code::HistoryUnreadable]),
    );
    api.patch(
        path,
        Operation::new("renameVersion", "Name a version")
            .says("`null` takes the name away.")
            .body::<Naming>(true, json!({ "name": "before the meeting" }))
            .answers(Answer::json::<Shown>(
                StatusCode::OK,
                "It is called that.",
                example(),
            ))
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(BODY)
            .fails(&[Code::VersionNotFound, Code::TooManyVersions]),
    );
    api.post(
        "/api/documents/{name}/versions/{at}/restore",
        Operation::new("restoreVersion", "Restore a version or a moment")
            .says(
                "The document becomes what it was, by the smallest edit, which everybody who has \
                 it open sees live. Nothing is lost: what was there before is a version too, and \
                 words that stay keep their comments.",
            )
            .takes::<RestoreParameters>()
            .has_author()
            .answers(Answer::json::<Restored>(
                StatusCode::OK,
                "What was changed.",
                json!({
                    "etag": "\"8f4a31c2d90b77e5-json\"",
                    "inserted": { "blocks": 1, "characters": 12 },
                    "deleted": { "blocks": 2, "characters": 30 },
                    "formatted": { "characters": 0 },
                    "attributes": 0,
                    "before": 4,
                    "version": 5,
                }),
            ))
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE)
            .fails(PAST)
            .fails(WRITE)
            .fails(&[Code::OtherKindOfContent]),
    );
    api.get(
        "/api/documents/{name}/diff",
        Operation::new("compareVersions", "Compare")
            .says(
                "What became of the document from one version or moment to another: blocks and \
                 runs of text that were added, removed or changed, and by whom. As HTML, with \
                 `ins` and `del`.",
            )
            .takes::<DiffParameters>()
            .answers(
                Answer::bare(StatusCode::OK, "Both, told as one.")
                    .of("application/json", comparison(), told())
                    .of(
                        "text/html",
                        text_of("html"),
                        json!("<p data-change=\"changed\">It is <ins data-change=\"added\">on</ins>.</p>"),
                    )
                    .may_carry(
                        "X-Cowrite-Root",
                        header("The root that was read, percent-encoded.", "content"),
                    )
                    .may_carry("Warning", warning()),
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
            ]),
    );
    api.get(
        "/api/documents/{name}/authors",
        Operation::new("listAuthors", "List authors")
            .says("Who writes as which Yjs client, as far as they said; in pages, by client.")
            .takes::<AuthorParameters>()
            .answers(Answer::json::<Writers>(
                StatusCode::OK,
                "Who wrote.",
                json!({ "authors": [
                    { "client": 2853141, "name": "Ada", "since": "2026-11-27T09:00:00Z" },
                ], "next": null }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
}

const OF_IT: &[(&str, &str)] = &[("name", "$request.path.name"), ("id", "$response.body#/id")];

fn told() -> Value {
    json!({
        "from": { "version": 1 },
        "to": { "now": true },
        "root": "content",
        "counts": {
            "added": { "blocks": 0, "characters": 2 },
            "removed": { "blocks": 0, "characters": 0 },
            "changed": { "blocks": 0, "characters": 0 },
        },
        "content": [
            { "change": "same", "blocks": 3 },
            { "type": "paragraph", "change": "changed", "content": [
                { "change": "same", "text": "It is " },
                { "change": "added", "text": "on", "by": { "client": 2853141, "name": "Ada" } },
                { "change": "same", "text": "." },
            ]},
        ],
    })
}

fn example() -> Value {
    json!({
        "id": 3,
        "name": "before the meeting",
        "at": "2026-11-27T10:00:00Z",
        "bytes": 2310,
        "authors": ["Ada", "Grace"],
        "unnamed": 1,
    })
}
