//! The way in: connections are counted as they come, and those for whom there is
//! no room are told so.
//!
//! A connection is counted from its first byte on, before it has said anything:
//! in total, and for its visitor unless it comes from a trusted proxy. Behind a
//! proxy what is counted for a visitor is each request while it is answered and
//! each WebSocket while it is open. `/health` is answered on any connection, or a
//! server that is full would be taken for dead; only on one that was hung up on
//! nothing is.

use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use socket2::SockRef;

use super::body::Unread;
use super::error::ApiError;
use super::gate::{Gate, Gated};
use super::idleness::{Eye, Patience, Watch};
use super::proxies::TrustedProxies;
use super::sending::{Counted, Sending};
use super::turnstile::{Full, Pass, Place, Turnstile};
use crate::live::Visitor;

/// Who is let in, and who they are taken for.
#[derive(Debug, Clone)]
pub struct Entrance {
    turnstile: Turnstile,
    proxies: TrustedProxies,
    patience: Patience,
}

/// What is known of a connection as long as it is open.
struct Arrival {
    /// Why there is no room for it.
    refused: Option<Full>,
    /// None if it was hung up on: it is counted nowhere and answered nothing.
    watch: Option<Watch>,
    _passes: Vec<Pass>,
}

/// Who sent a request.
#[derive(Debug, Clone)]
pub(super) struct Guest {
    pub visitor: Visitor,
    /// Its place among those of this visitor, if the connection is a proxy's.
    pub pass: Option<Rc<Pass>>,
}

impl Entrance {
    /// An entrance that counts at `turnstile` and ends connections that ask for
    /// nothing for as long as `asking`, or take almost nothing of an answer for as
    /// long as `reading`.
    pub fn new(
        turnstile: Turnstile,
        proxies: TrustedProxies,
        asking: Duration,
        reading: Duration,
    ) -> Self {
        Self {
            turnstile,
            proxies,
            patience: Patience { asking, reading },
        }
    }

    /// Counts a connection that was just accepted. It is out when it is over. What is
    /// known of it goes to its `data`. When too many are being refused already it is
    /// hung up on.
    pub fn greet(&self, connection: &Gated, data: &mut Extensions) {
        data.insert(connection.gate().clone());
        let stream = connection.stream();
        let peer = stream.peer_addr().ok().map(|peer| peer.ip());
        let mut places = vec![Place::Server];
        if !peer.is_some_and(|peer| self.proxies.trust(peer)) {
            places.push(Place::Visitor(peer.map_or(Visitor::UNKNOWN, Visitor::of)));
        }
        let entered: Result<Vec<_>, _> = places
            .into_iter()
            .map(|place| self.turnstile.enter(place))
            .collect();
        let arrival = match entered {
            Ok(passes) => Arrival {
                refused: None,
                watch: Some(Watch::over(stream, self.patience)),
                _passes: passes,
            },
            Err(full) => match self.turnstile.enter(Place::Doorstep) {
                Ok(pass) => Arrival {
                    refused: Some(full),
                    watch: Some(Watch::over(stream, self.patience)),
                    _passes: vec![pass],
                },
                Err(full) => {
                    // Whether it worked or not: what it sent already is read all
                    // the same, and refused.
                    let _ = SockRef::from(stream).shutdown(std::net::Shutdown::Both);
                    Arrival {
                        refused: Some(full),
                        watch: None,
                        _passes: Vec::new(),
                    }
                }
            },
        };
        let arrival = Rc::new(arrival);
        // Its data belongs to the library, which lets go of a WebSocket.
        connection.holds(Rc::clone(&arrival) as Rc<dyn Any>);
        data.insert(arrival);
    }

    /// How long somebody may take for the next few bytes, either way.
    pub(super) fn reading(&self) -> Duration {
        self.patience.reading
    }

    /// Lets a WebSocket into a document.
    pub(super) fn enter(&self, place: Place) -> Result<Pass, ApiError> {
        Ok(self.turnstile.enter(place)?)
    }

    /// An eye on the answer to this request, which has no end.
    pub(super) fn eye(request: &HttpRequest) -> Option<Eye> {
        let arrival = request.conn_data::<Rc<Arrival>>()?;
        arrival.watch.as_ref().map(Watch::eye)
    }

    fn admit(&self, request: &ServiceRequest) -> Result<Guest, ApiError> {
        // A connection that was not counted is not served.
        let Some(arrival) = request.conn_data::<Rc<Arrival>>() else {
            return Err(self.turnstile.full(Place::Server).into());
        };
        let counted = arrival.watch.is_some();
        if counted && request.path().starts_with("/health/") {
            return Ok(Guest::unknown());
        }
        if let Some(full) = &arrival.refused {
            return Err(full.clone().into());
        }
        let Some(peer) = request.peer_addr().map(|peer| peer.ip()) else {
            return Ok(Guest::unknown());
        };
        self.guest(peer, request)
    }

    fn guest(&self, peer: IpAddr, request: &ServiceRequest) -> Result<Guest, ApiError> {
        let visitor = self.proxies.visitor(peer, request.headers());
        let pass = match self.proxies.trust(peer) {
            true => Some(Rc::new(self.turnstile.enter(Place::Visitor(visitor))?)),
            false => None,
        };
        Ok(Guest { visitor, pass })
    }
}

impl Guest {
    fn unknown() -> Self {
        Self {
            visitor: Visitor::UNKNOWN,
            pass: None,
        }
    }

    /// Who sent this request.
    pub fn of(request: &HttpRequest) -> Self {
        let guest = request.extensions().get::<Self>().cloned();
        guest.unwrap_or_else(Self::unknown)
    }
}

/// A request is being answered, as long as this lives.
struct Answering(Gate);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// The middleware: every request passes it.
pub async fn admit<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let busy = request.conn_data::<Rc<Arrival>>();
    let busy = busy.and_then(|arrival| arrival.watch.as_ref().map(Watch::busy));
    let unread = Unread::of(&mut request);
    let answering = request.conn_data::<Gate>().map(|gate| {
        gate.answers(request.method(), request.headers());
        Answering(gate.clone())
    });
    let mut pass = None;
    if let Some(entrance) = request.app_data::<web::Data<Entrance>>() {
        match entrance.admit(&request) {
            Ok(guest) => {
                pass.clone_from(&guest.pass);
                request.extensions_mut().insert(guest);
            }
            Err(error) => {
                let refused = request.error_response(error);
                return Ok(refused.map_body(|_, body| {
                    EitherBody::right(Sending::new(
                        body,
                        busy,
                        Counted::default(),
                        (unread, answering, None),
                    ))
                }));
            }
        }
    }
    let response = next.call(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        if let Some(arrival) = response.request().conn_data::<Rc<Arrival>>() {
            arrival.watch.iter().for_each(Watch::ends);
        }
        return Ok(response.map_into_left_body());
    }
    let counted = response.response().extensions().get::<Counted>().copied();
    let counted = counted.unwrap_or_default();
    Ok(response.map_body(|_, body| {
        EitherBody::right(Sending::new(
            body.boxed(),
            busy,
            counted,
            (unread, answering, pass),
        ))
    }))
}
