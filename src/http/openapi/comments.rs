//! What is said of comments.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, header};
use super::operation::Operation;
use super::{Api, BODY, DOOR, NAMED, THERE, WRITE};
use crate::http::code::Code;
use crate::http::comments::{
    Beginning, ListParameters, Listed, Replying, Rewording, Settling, Shown,
};

pub(super) fn describe(api: &mut Api) {
    api.group(
        "Comments",
        "What is said about words of a document: threads that stay on their words whatever is \
         written around them. They are part of the document, so whoever has it open sees them \
         live, and they are in its backups and its history. A name proves nothing.",
    );
    let path = "/api/documents/{name}/comments";
    api.get(
        path,
        Operation::new("listComments", "List comments")
            .says("In the order of their words; those whose words were deleted come last.")
            .takes::<ListParameters>()
            .answers(Answer::json::<Listed>(
                StatusCode::OK,
                "All of them.",
                json!({ "comments": [example()] }),
            ))
            .has_tag()
            .fails(DOOR)
            .fails(NAMED)
            .fails(THERE),
    );
    api.post(
        path,
        writes(Operation::new("createComment", "Comment on words"))
            .says("The words are found in the text of one block, as in *Change passages*.")
            .body::<Beginning>(
                true,
                json!({ "text": "Which May?", "find": "in May", "by": "Ada" }),
            )
            .answers(
                Answer::json::<Shown>(StatusCode::CREATED, "It is there.", example())
                    .carries(
                        "Location",
                        header("Where it is.", "/api/documents/team%2Fplan/comments/…"),
                    )
                    .leads_to("replyToComment", OF_IT)
                    .leads_to("changeComment", OF_IT)
                    .leads_to("deleteComment", OF_IT),
            )
            .fails(BODY)
            .fails(&[
                Code::PassageNotFound,
                Code::TooManyComments,
                Code::OtherKindOfContent,
            ]),
    );
    let path = "/api/documents/{name}/comments/{comment}";
    api.patch(
        path,
        writes(Operation::new("changeComment", "Resolve or reopen"))
            .body::<Settling>(true, json!({ "resolved": true }))
            .answers(shown(StatusCode::OK, "It is so."))
            .fails(BODY)
            .fails(FINDS),
    );
    api.delete(
        path,
        writes(Operation::new("deleteComment", "Delete a comment"))
            .says("The whole thread, and its mark on the words, which stay.")
            .answers(Answer::bare(StatusCode::NO_CONTENT, "It is gone."))
            .fails(FINDS),
    );
    api.post(
        "/api/documents/{name}/comments/{comment}/replies",
        writes(Operation::new("replyToComment", "Reply"))
            .body::<Replying>(true, json!({ "text": "The next one." }))
            .answers(shown(StatusCode::CREATED, "It is there, as the last one."))
            .fails(BODY)
            .fails(FINDS)
            .fails(&[Code::TooManyComments]),
    );
    let path = "/api/documents/{name}/comments/{comment}/messages/{message}";
    api.patch(
        path,
        writes(Operation::new("changeMessage", "Change a message"))
            .body::<Rewording>(true, json!({ "text": "Which May, this one?" }))
            .answers(shown(StatusCode::OK, "It says that."))
            .fails(BODY)
            .fails(FINDS)
            .fails(&[Code::MessageNotFound]),
    );
    api.delete(
        path,
        writes(Operation::new("deleteMessage", "Delete a message"))
            .says("The last message of a thread takes that along. An answer to it that was on its way brings it back, without its words.")
            .answers(Answer::bare(StatusCode::NO_CONTENT, "It is gone."))
            .fails(FINDS)
            .fails(&[Code::MessageNotFound]),
    );
}

/// Where a comment is named.
const FINDS: &[Code] = &[Code::CommentNotFound, Code::OtherKindOfContent];

const OF_IT: &[(&str, &str)] = &[
    ("name", "$request.path.name"),
    ("comment", "$response.body#/id"),
];

/// What all writes of comments have in common.
fn writes(operation: Operation) -> Operation {
    operation
        .has_author()
        .fails(DOOR)
        .fails(NAMED)
        .fails(THERE)
        .fails(WRITE)
        .fails(&[Code::TooLarge])
}

fn shown(status: StatusCode, what: &str) -> Answer {
    Answer::json::<Shown>(status, what, example())
}

fn example() -> Value {
    let ada = json!({ "name": "Ada", "color": "#1a6fc4" });
    json!({
        "id": "pX3v0aQm81Zt",
        "quote": "in May",
        "words": "in May",
        "by": ada,
        "at": "2026-11-27T18:36:43.295Z",
        "resolved": null,
        "messages": [{
            "id": "Kq2uT1x_09Gd",
            "by": ada,
            "at": "2026-11-27T18:36:43.295Z",
            "text": "Which May?",
            "edited": null,
        }],
    })
}
