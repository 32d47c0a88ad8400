//! The codes of errors: one table of names, statuses and meanings, from which both the
//! answers and the [document of the API](super::openapi) are made.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($code:ident = $status:ident, $name:literal: $meaning:literal;)*) => {
        /// What went wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The status of an answer that carries it.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$code => StatusCode::$status,)* }
            }

            /// What an answer calls it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// What it means, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => $meaning,)* }
            }
        }
    };
}

codes! {
    BadRequest = BAD_REQUEST, "bad_request":
        "A parameter, a header or the body is not what it should be.";
    InvalidDocumentName = BAD_REQUEST, "invalid_document_name":
        "A name has 1 to 512 bytes of UTF-8 and no control characters; a new one no part between \
         slashes that is . or ..";
    UnknownFormat = BAD_REQUEST, "unknown_format":
        "There is no such format, or not here; the message lists those there are.";
    BadHandshake = BAD_REQUEST, "bad_handshake":
        "This is no handshake of a WebSocket (RFC 6455).";
    ForbiddenOrigin = FORBIDDEN, "forbidden_origin":
        "The request comes from a page of another site, or by a name that is not the server's.";
    EmptyFile = BAD_REQUEST, "empty_file":
        "The file has no bytes.";
    NoFiles = FORBIDDEN, "no_files":
        "The server takes no files.";
    DocumentNotFound = NOT_FOUND, "document_not_found":
        "There is no document of this name.";
    VersionNotFound = NOT_FOUND, "version_not_found":
        "The document has no version of this number.";
    DocumentNotYet = NOT_FOUND, "document_not_yet":
        "The document did not exist at that moment; the message says when it began.";
    FileNotFound = NOT_FOUND, "file_not_found":
        "The document has no such file.";
    CommentNotFound = NOT_FOUND, "comment_not_found":
        "The document has no such comment.";
    MessageNotFound = NOT_FOUND, "message_not_found":
        "The comment has no such message.";
    NoSuchRoute = NOT_FOUND, "no_such_route":
        "There is nothing under this path.";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed":
        "The path does not know this method; `Allow` lists those that it does.";
    NotAcceptable = NOT_ACCEPTABLE, "unknown_format":
        "Nothing that `Accept` names is offered.";
    BodyTooSlow = REQUEST_TIMEOUT, "body_too_slow":
        "The body did not arrive in time.";
    HeadTooSlow = REQUEST_TIMEOUT, "head_too_slow":
        "The head of the request did not arrive in time.";
    HeadTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large":
        "The head of the request is larger than the server takes, or has too many lines.";
    DocumentExists = CONFLICT, "document_exists":
        "There is already a document of this name.";
    TooManyVersions = CONFLICT, "too_many_versions":
        "As many versions as may have a name have one; take the name from another.";
    TooManyComments = CONFLICT, "too_many_comments":
        "As many comments, or messages of one, as may be are there; delete resolved ones.";
    PassageNotFound = CONFLICT, "passage_not_found":
        "The document does not hold what an operation looks for; `operation` says which.";
    OtherKindOfContent = CONFLICT, "other_kind_of_content":
        "What is in the root is of another kind than what was sent.";
    DocumentDeleted = GONE, "document_deleted":
        "The document was deleted; its name stays taken, and it can be restored.";
    HistoryGone = GONE, "history_gone":
        "What the document was then is not kept any more; the message says since when it is.";
    PreconditionFailed = PRECONDITION_FAILED, "precondition_failed":
        "The document is not, or not any more, what `If-Match` or `If-None-Match` says.";
    TooLarge = PAYLOAD_TOO_LARGE, "too_large":
        "The body, or what it makes, is larger than the server takes.";
    EncodedBody = UNSUPPORTED_MEDIA_TYPE, "encoded_body":
        "The body is compressed; send it as it is.";
    UnknownType = UNSUPPORTED_MEDIA_TYPE, "unknown_format":
        "Content of this type is not taken; the message lists the types that are.";
    FileTypeRefused = UNSUPPORTED_MEDIA_TYPE, "file_type_refused":
        "Files of the type that its bytes are of are not taken; the message lists those that are.";
    RangeNotSatisfiable = RANGE_NOT_SATISFIABLE, "range_not_satisfiable":
        "The file ends before the range begins; `Content-Range` says how long it is.";
    UpdateRefused = UNPROCESSABLE_ENTITY, "update_refused":
        "The update is not sound, or does not fit the document.";
    MalformedContent = UNPROCESSABLE_ENTITY, "malformed_content":
        "The content is not what its format says; the message says where.";
    DocumentReadOnly = LOCKED, "document_read_only":
        "The document broke too often and takes no writes until an operator has released it.";
    WebSocketVersion = UPGRADE_REQUIRED, "websocket_version":
        "The handshake asks for another version of the protocol than 13.";
    TooManyDocuments = TOO_MANY_REQUESTS, "too_many_documents":
        "Too many new documents come from this address.";
    TooManyConnections = TOO_MANY_REQUESTS, "too_many_connections":
        "Too many connections come from this address.";
    TooManyUploads = TOO_MANY_REQUESTS, "too_many_uploads":
        "As many files are on their way from this address as may be.";
    TooMuch = TOO_MANY_REQUESTS, "too_much":
        "More comes from this address than it may send, and has for long.";
    HistoryUnreadable = INTERNAL_SERVER_ERROR, "history_unreadable":
        "What the document was then is damaged on disk. The document itself is not concerned.";
    FileDamaged = INTERNAL_SERVER_ERROR, "file_damaged":
        "The file is damaged on disk; whoever sends it again mends it.";
    DocumentFilesFull = INSUFFICIENT_STORAGE, "document_files_full":
        "The files of the document take as much as they may.";
    FilesFull = INSUFFICIENT_STORAGE, "files_full":
        "The files of all documents take as much as they may.";
    DiskFull = INSUFFICIENT_STORAGE, "disk_full":
        "The disk is full.";
    FilesUnavailable = SERVICE_UNAVAILABLE, "files_unavailable":
        "The index of files cannot be read or written. Documents are not concerned.";
    DocumentUnreadable = SERVICE_UNAVAILABLE, "document_unreadable":
        "The document cannot be read: it is damaged on disk, or still loading.";
    NotSaved = SERVICE_UNAVAILABLE, "not_saved":
        "The store did not do what was asked; the message says why.";
    SearchTooBroad = UNPROCESSABLE_ENTITY, "search_too_broad":
        "So much is found by that that looking takes too long.";
    SearchUnavailable = SERVICE_UNAVAILABLE, "search_unavailable":
        "The index cannot be read; it is made anew, and documents are not concerned.";
    ShuttingDown = SERVICE_UNAVAILABLE, "shutting_down":
        "The server is stopping.";
    DocumentCrowded = SERVICE_UNAVAILABLE, "document_crowded":
        "The document has as many connections as it may.";
    ServerCrowded = SERVICE_UNAVAILABLE, "server_crowded":
        "The server has as many connections as it may.";
}
