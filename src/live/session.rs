//! One socket: frames, heartbeat, closing. The only file that names
//! actix-web-actors, so that leaving it stays cheap.
//!
//! A session knows no document content. It hands its document decoded messages
//! and is answered by way of its hub and [`Outbox`]. Everything it writes,
//! control frames too, goes through the outbox, which alone decides the order on
//! the wire.
//!
//! A session is polled only while its socket accepts bytes; whatever must happen
//! to a stuck one is done from outside (`Outbox`, the TCP user timeout set by
//! the server).

mod outflow;

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use actix::prelude::*;
use actix_http::ws::{Codec, Item, Message as Frame, ProtocolError};
use actix_web::error::PayloadError;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use actix_web_actors::ws::{WebsocketContext, handshake};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;

use crate::id::{DocumentId, SessionId};
use crate::live::dialect::Dialect;
use crate::live::document::{Document, Inbound, Join, Lagging, Leave, Seated};
use crate::live::documents::Documents;
use crate::live::heart::{Heart, Over};
use crate::live::hub::HubHandle;
use crate::live::intake::{Charge, Intake};
use crate::live::outbox::Outbox;
use crate::live::pulse::Pulse;
use crate::live::registry::{Enter, Exit};
use crate::live::shortcut::Shortcut;
use crate::live::visitor::Visitor;
use crate::replica::presence::Departure;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::frame::{self, Opcode};
use crate::wire::ysync::ClientMessage;

use outflow::Outflow;

/// A connection that wants to become a session.
pub struct Opening {
    /// Which document.
    pub document: DocumentId,
    /// What it speaks.
    pub dialect: Dialect,
    /// Who it is, by address.
    pub visitor: Visitor,
    /// What is to be dropped when the session is over, such as its place in a
    /// count.
    pub held: Box<dyn Any>,
}

/// Upgrades a request to a session.
///
/// # Errors
/// An HTTP error when the request is no sound WebSocket handshake.
pub fn open<S>(
    opening: Opening,
    documents: &Documents,
    hub: &HubHandle,
    request: &HttpRequest,
    payload: S,
) -> Result<HttpResponse, actix_web::Error>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin + 'static,
{
    let mut response = handshake(request)?;
    let settings = documents.settings();
    let outbox = Outbox::new(settings.window_bytes, settings.slow_client_timeout);
    let shortcut = request.extensions().get::<Shortcut>().cloned();
    let outbox = Rc::new(outbox.with_shortcut(shortcut));
    let intake = Intake::new(
        settings.credit_bytes,
        settings.message_bytes,
        documents.purse(opening.visitor),
        documents.incoming(opening.visitor),
    );
    let payload = Rc::new(RefCell::new(payload));
    let metered = intake.meter(Rc::clone(&payload));
    let session = Session {
        id: SessionId::fresh(),
        opening,
        documents: documents.clone(),
        hub: hub.clone(),
        outbox: Rc::clone(&outbox),
        intake: intake.clone(),
        seat: Seat::OnTheWay(Vec::new()),
        fragments: None,
        departure: Departure::Unclean,
    };
    let codec = Codec::new().max_size(settings.message_bytes);
    let actor = Box::pin(WebsocketContext::with_codec(session, metered, codec));
    Ok(response.streaming(Outflow::new(actor, outbox, intake, payload)))
}

/// The session actor.
pub struct Session {
    id: SessionId,
    opening: Opening,
    documents: Documents,
    hub: HubHandle,
    outbox: Rc<Outbox>,
    intake: Intake,
    seat: Seat,
    fragments: Option<BytesMut>,
    departure: Departure,
}

enum Seat {
    /// The document has not answered yet; frames wait here, against credit.
    OnTheWay(Vec<(Vec<ClientMessage>, Charge)>),
    Seated(Addr<Document>),
    Leaving,
}

impl Actor for Session {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let settings = self.documents.settings();
        let heart = Heart::new(
            Pulse::new(settings.silence_timeout, Instant::now()),
            self.intake.clone(),
            settings.slow_client_timeout,
            ctx.address().recipient(),
        );
        self.hub.register(self.id, Rc::clone(&self.outbox), heart);
        let join = Join {
            session: self.id,
            seated: ctx.address().recipient(),
            hub: self.hub.addr(),
        };
        let document = self.opening.document.clone();
        self.documents.registry().do_send(Enter { document, join });
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.leave();
        self.hub.forget(self.id);
    }
}

impl Handler<Seated> for Session {
    type Result = ();

    fn handle(&mut self, Seated(document): Seated, _: &mut Self::Context) {
        match std::mem::replace(&mut self.seat, Seat::Leaving) {
            Seat::OnTheWay(waiting) => {
                for (messages, charge) in waiting {
                    document.do_send(Inbound {
                        session: self.id,
                        visitor: self.opening.visitor,
                        messages,
                        charge,
                    });
                }
                let (session, visitor, to) = (self.id, self.opening.visitor, document.clone());
                self.outbox.ask_with(move |behind| {
                    to.do_send(Lagging {
                        session,
                        visitor,
                        behind,
                    })
                });
                self.seat = Seat::Seated(document);
            }
            // It left before it arrived, and said so by way of the registry.
            Seat::Leaving => {}
            seated @ Seat::Seated(_) => self.seat = seated,
        }
    }
}

impl Handler<Over> for Session {
    type Result = ();

    fn handle(&mut self, Over(refusal): Over, _: &mut Self::Context) {
        if !self.outbox.is_closing() {
            self.end(&refusal);
        }
    }
}

impl StreamHandler<Result<Frame, ProtocolError>> for Session {
    fn handle(&mut self, frame: Result<Frame, ProtocolError>, ctx: &mut Self::Context) {
        let frame = match frame {
            Ok(frame) => frame,
            // The codec would decode the same bytes again for ever: it is taken
            // out, whatever the error.
            Err(error) => {
                ctx.cancel_future(ctx.handle());
                let refusal = self.intake.cut();
                return self.end(&refusal.unwrap_or_else(|| protocol_refusal(&error)));
            }
        };
        let charge = self.intake.take();
        if self.outbox.is_closing() {
            if let Frame::Close(_) = frame {
                ctx.stop();
            }
            return;
        }
        match frame {
            Frame::Binary(bytes) => self.message(bytes, charge),
            Frame::Continuation(item) => self.fragment(item, charge),
            Frame::Text(_) => {
                let reason = "this server speaks binary frames only";
                self.end(&Refusal::new(CloseCode::Unsupported, reason));
            }
            Frame::Ping(payload) => self.outbox.control(frame::encode(Opcode::Pong, &payload)),
            Frame::Close(_) => {
                self.departure = Departure::Clean;
                self.end(&Refusal::new(CloseCode::Normal, ""));
                // The peer has said goodbye; ours is the last frame.
                ctx.stop();
            }
            Frame::Pong(_) | Frame::Nop => {}
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Session {
    fn message(&mut self, bytes: Bytes, charge: Charge) {
        let decoded = match self
            .opening
            .dialect
            .decode(&bytes, &self.documents.settings().protocol)
        {
            Ok(decoded) => decoded,
            Err(malformed) => {
                let reason = malformed.to_string();
                return self.end(&Refusal::new(CloseCode::Malformed, reason));
            }
        };
        if let Some(kind) = decoded.unknown {
            log::debug!("{} sent a message of unknown type {kind}", self.id);
        }
        let messages = decoded.messages;
        match &mut self.seat {
            Seat::Seated(document) => {
                document.do_send(Inbound {
                    session: self.id,
                    visitor: self.opening.visitor,
                    messages,
                    charge,
                });
            }
            Seat::OnTheWay(waiting) => waiting.push((messages, charge)),
            Seat::Leaving => {}
        }
    }

    /// Joins fragments, which the codec does not; their sum has the same limit
    /// as a message in one frame.
    fn fragment(&mut self, item: Item, charge: Charge) {
        let (bytes, last) = match item {
            Item::FirstText(_) => {
                let reason = "this server speaks binary frames only";
                return self.end(&Refusal::new(CloseCode::Unsupported, reason));
            }
            Item::FirstBinary(bytes) => {
                self.fragments = Some(BytesMut::new());
                (bytes, false)
            }
            Item::Continue(bytes) => (bytes, false),
            Item::Last(bytes) => (bytes, true),
        };
        let limit = self.documents.settings().message_bytes;
        let Some(fragments) = &mut self.fragments else {
            let reason = "a continuation of nothing";
            return self.end(&Refusal::new(CloseCode::Protocol, reason));
        };
        if fragments.len() + bytes.len() > limit {
            let reason = format!("a message may have at most {limit} bytes");
            return self.end(&Refusal::new(CloseCode::TooBig, reason));
        }
        fragments.extend_from_slice(&bytes);
        // Like a large frame, a message that is still coming is not counted:
        // it is limited by itself.
        if last && let Some(fragments) = self.fragments.take() {
            let charge = charge.for_bytes(fragments.len());
            self.message(fragments.freeze(), charge);
        }
    }

    /// Says why and leaves.
    fn end(&mut self, refusal: &Refusal) {
        if !self.outbox.is_closing() {
            let document = &self.opening.document;
            log::debug!("{} in {document:?} ends: {}", self.id, refusal.reason());
        }
        self.outbox.close(refusal);
        self.leave();
    }

    /// Tells the document, once. A session that is still on the way to it sends
    /// what it had to say, and its leave, the same way after it.
    fn leave(&mut self) {
        let leave = Leave {
            session: self.id,
            how: self.departure,
        };
        match std::mem::replace(&mut self.seat, Seat::Leaving) {
            Seat::Seated(document) => document.do_send(leave),
            Seat::OnTheWay(waiting) => {
                let (session, visitor) = (self.id, self.opening.visitor);
                let said = waiting
                    .into_iter()
                    .map(|(messages, charge)| Inbound {
                        session,
                        visitor,
                        messages,
                        charge,
                    })
                    .collect();
                let document = self.opening.document.clone();
                let exit = Exit {
                    document,
                    said,
                    leave,
                };
                self.documents.registry().do_send(exit);
            }
            Seat::Leaving => {}
        }
    }
}

/// Which close code an error of the codec has earned.
fn protocol_refusal(error: &ProtocolError) -> Refusal {
    match error {
        ProtocolError::Overflow => Refusal::new(CloseCode::TooBig, "the message is too large"),
        // The connection broke; nobody will read this.
        ProtocolError::Io(_) => Refusal::new(CloseCode::Protocol, "the stream broke"),
        other => Refusal::new(CloseCode::Protocol, other.to_string()),
    }
}
