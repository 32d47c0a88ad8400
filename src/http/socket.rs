//! The WebSocket upgrade: `GET /ws/{name}`.

use actix_web::http::header::{SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::entrance::{Entrance, Guest};
use super::error::ApiError;
use super::names::refuse_new_dots;
use super::origin::OriginPolicy;
use super::turnstile::Place;
use crate::id::{DocumentId, InvalidDocumentId};
use crate::live::{self, Dialect, Documents, HubHandle, Opening, Shortcut};

/// The length of a handshake's key: 16 bytes in base64 (RFC 6455, 4.1).
const KEY_LEN: usize = 24;

pub(super) async fn open(
    request: HttpRequest,
    payload: web::Payload,
    documents: web::Data<Documents>,
    origins: web::Data<OriginPolicy>,
    entrance: web::Data<Entrance>,
) -> Result<HttpResponse, actix_web::Error> {
    origins.check(&request)?;
    // The raw path: the router has undone parts of the encoding already.
    let encoded = request
        .uri()
        .path()
        .strip_prefix("/ws/")
        .unwrap_or_default();
    let document = DocumentId::parse_percent_encoded(encoded).map_err(ApiError::from)?;
    check_handshake(&request)?;
    // The library lets go of a connection for nothing else: see `upgrade`.
    if request.extensions().get::<Shortcut>().is_none() {
        let reason = "a handshake asks to upgrade to websocket alone, and has no body";
        return Err(ApiError::BadHandshake(reason.to_owned()).into());
    }
    // Nothing is asked of the store for what is no handshake.
    refuse_new_dots(&documents, &document).await?;
    let hub = request
        .app_data::<HubHandle>()
        .ok_or_else(|| ApiError::BadHandshake("this worker has no hub".to_owned()))?;
    let guest = Guest::of(&request);
    let seat = entrance.enter(Place::Document(document.clone()))?;
    let opening = Opening {
        document,
        visitor: guest.visitor,
        held: Box::new((seat, guest.pass)),
        dialect: Dialect::YWebsocket,
    };
    live::open(opening, &documents, hub, &request, payload)
}

/// `/ws` by itself: a client that left the document out.
pub(super) async fn without_name() -> Result<HttpResponse, ApiError> {
    Err(ApiError::InvalidDocumentName(InvalidDocumentId::Empty))
}

/// What the handshake of actix-web-actors does not look at: it takes the drafts
/// 7 and 8, and any key.
fn check_handshake(request: &HttpRequest) -> Result<(), ApiError> {
    let headers = request.headers();
    let Some(version) = headers.get(SEC_WEBSOCKET_VERSION) else {
        return Err(ApiError::BadHandshake(
            "this is a WebSocket; connect with ws://".to_owned(),
        ));
    };
    if version != "13" {
        return Err(ApiError::WebSocketVersion);
    }
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let sound = headers.get(SEC_WEBSOCKET_KEY).is_some_and(|key| {
        let key = key.as_bytes();
        key.len() == KEY_LEN && key.ends_with(b"==") && key[..KEY_LEN - 2].iter().all(base64)
    });
    if !sound {
        return Err(ApiError::BadHandshake(
            "Sec-WebSocket-Key must be 16 bytes in base64".to_owned(),
        ));
    }
    Ok(())
}
