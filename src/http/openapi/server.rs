//! What is said of the server itself: how it is, this document, and the WebSocket.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::answer::Answer;
use super::operation::Operation;
use super::schemas::{anything, text};
use super::{Api, CONNECTION, DOOR, NAMED};
use crate::http::code::Code;
use crate::http::health::Condition;

pub(super) fn describe(api: &mut Api) {
    api.group(
        "Editing together",
        "People edit over a WebSocket with any client of y-websocket.",
    );
    api.get_only(
        "/ws/{name}",
        Operation::new("openSocket", "Open a document")
            .says(
                "A WebSocket (RFC 6455, version 13) of the protocol of \
                 [y-websocket](https://github.com/yjs/y-websocket): \
                 `new WebsocketProvider('ws://localhost:8080/ws', 'team/plan', doc)`. A document \
                 that nobody wrote in yet comes into being with the first edit. Here slashes of \
                 the name may stand as they are.\n\n\
                 It is closed with a code and a reason: 1001 shutting down, 1002 not WebSocket, \
                 1003 text frame, 1007 a goodbye that is not UTF-8, 1008 policy, 1009 too large, \
                 1011 storage, 1013 come back later, 4400 malformed, 4404 deleted.",
            )
            .answers(Answer::bare(
                StatusCode::SWITCHING_PROTOCOLS,
                "From here on it is a WebSocket.",
            ))
            .fails(DOOR)
            .fails(NAMED)
            .fails(&[
                Code::BadHandshake,
                Code::WebSocketVersion,
                Code::DocumentCrowded,
                Code::ShuttingDown,
            ]),
    );
    api.group("Server", "How it is, and what it knows of itself.");
    api.get(
        "/health/live",
        Operation::new("getLiveness", "Is it alive?").answers(Answer::json::<Condition>(
            StatusCode::OK,
            "It is.",
            json!({ "status": "live" }),
        )),
    );
    api.get(
        "/health/ready",
        Operation::new("getReadiness", "Does it take work?")
            .says("Answered even where there is no room for another connection.")
            .answers(Answer::json::<Condition>(
                StatusCode::OK,
                "It does.",
                json!({ "status": "ready" }),
            ))
            .answers(Answer::json::<Condition>(
                StatusCode::SERVICE_UNAVAILABLE,
                "It does not, and says why.",
                json!({ "status": "not_ready", "reason": "the server is shutting down" }),
            )),
    );
    api.get(
        "/api/openapi.json",
        Operation::new("getOpenApi", "This document")
            .says("What this page is made of (OpenAPI 3.1).")
            .answers(Answer::bare(StatusCode::OK, "The document.").of(
                "application/json",
                anything(),
                Value::Null,
            ))
            .has_tag()
            .fails(CONNECTION),
    );
    api.get(
        "/api/docs",
        Operation::new("getDocs", "This page")
            .answers(Answer::bare(StatusCode::OK, "The page.").of("text/html", text(), Value::Null))
            .has_tag()
            .fails(CONNECTION),
    );
    api.get(
        "/api/docs.css",
        Operation::new("getDocsStyle", "The look of this page")
            .answers(Answer::bare(StatusCode::OK, "A style sheet.").of(
                "text/css",
                text(),
                Value::Null,
            ))
            .has_tag()
            .fails(CONNECTION),
    );
}
