//! What is said of versions and authors.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, header};
use super::operation::Operation;
use super::{Api, BODY, DOOR, NAMED, THERE};
use crate::http::code::Code;
use crate::http::versions::{Creation, ListParameters, Listed, Naming, Shown, Writers};

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
            .says("The newest first, in pages as those of documents.")
            .takes::<ListParameters>()
            .answers(Answer::json::<Listed>(
                StatusCode::OK,
                "A page of the list.",
                json!({ "versions": [example()], "next": null }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
    api.post(
        path,
        Operation::new("createVersion", "Make a version")
            .says("Of what is there now.")
            .body::<Creation>(true, json!({ "name": "before the meeting" }))
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
            .fails(&[Code::DocumentReadOnly]),
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
            .fails(&[Code::VersionNotFound]),
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
            .fails(&[Code::VersionNotFound]),
    );
    api.get(
        "/api/documents/{name}/authors",
        Operation::new("listAuthors", "List authors")
            .says("Who writes as which Yjs client, as far as they said.")
            .answers(Answer::json::<Writers>(
                StatusCode::OK,
                "Who wrote.",
                json!({ "authors": [
                    { "client": 2853141, "name": "Ada", "since": "2026-11-27T09:00:00Z" },
                ]}),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
}

const OF_IT: &[(&str, &str)] = &[("name", "$request.path.name"), ("id", "$response.body#/id")];

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
