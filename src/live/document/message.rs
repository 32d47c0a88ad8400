//! What a document is told.

use actix::prelude::*;
use bytes::Bytes;
use tokio::sync::oneshot;

use crate::export::Format;
use crate::id::{DocumentId, SessionId};
use crate::live::answer::{Content, DocumentError};
use crate::live::document::{Copy, Document};
use crate::live::hub::{DocumentKey, HubAddr};
use crate::live::intake::Charge;
use crate::live::memory_budget::Share;
use crate::live::visitor::Visitor;
use crate::replica::presence::Departure;
use crate::store::{Record, Version};
use crate::wire::awareness::Guise;
use crate::wire::state_vector::StateVector;
use crate::wire::ysync::ClientMessage;

/// What is wanted of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// The content of a root, or of the one where it is.
    Export(Format, Option<String>),
    /// The same with what is said about it.
    Commented(Format, Option<String>),
    /// What is said about the text, as JSON: all of it, or what is resolved, or open.
    Comments(Option<bool>),
    /// What somebody with this state vector lacks, as an update.
    Lacks(StateVector),
}

/// A session joins.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Join {
    pub session: SessionId,
    /// Told once the session is seated.
    pub seated: Recipient<Seated>,
    pub hub: HubAddr,
}

/// The document seated the session.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Seated(pub Addr<Document>);

/// A document asks to be forgotten. `true`: it is, and must end; `false`:
/// somebody is on the way to it.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Retire {
    pub document: DocumentId,
    pub key: DocumentKey,
    pub arrived: u64,
}

/// Messages of a session, in order.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Inbound {
    pub session: SessionId,
    pub visitor: Visitor,
    pub messages: Vec<ClientMessage>,
    pub charge: Charge,
}

/// A session left.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Leave {
    pub session: SessionId,
    pub how: Departure,
}

/// A request that the registry forwarded.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Visit(pub Request);

/// End: everything durable, every session told 1001, then the answer.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Stop(pub oneshot::Sender<()>);

/// Where an answer goes.
pub type Reply<T> = oneshot::Sender<Result<T, DocumentError>>;

/// What somebody other than a session may want.
pub enum Request {
    /// What it contains.
    Read(Sought, Visitor, Reply<Content>),
    /// Who is here and shows a name: so many at most.
    Present(usize, Reply<Vec<Guise>>),
    /// Take an update, of a client if that is known, which has this much room in memory.
    Apply(Bytes, Option<u64>, Option<Share>, Reply<()>),
    /// Make a version of what it holds now, with a name or without.
    Version(Option<String>, Reply<Version>),
    /// A copy of one of the states of these names, or as it is, and the turn to change it.
    Copy(Option<Vec<String>>, Visitor, Reply<Copy>),
    /// Keep a state that somebody was told the name of.
    Keep(String, Bytes),
    /// Put a tombstone on it.
    Delete(Reply<()>),
    /// Take the tombstone off.
    Restore(Reply<Record>),
    /// Make it, if there is none.
    Create(Visitor, Reply<Record>),
    /// Make it, if there is none, with this update in it, which has this much room in
    /// memory.
    Begin(Bytes, Option<Share>, Visitor, Reply<()>),
}

impl Request {
    /// Answers with an error.
    pub(super) fn refuse(self, error: DocumentError) {
        match self {
            Request::Read(_, _, reply) => drop(reply.send(Err(error))),
            Request::Present(_, reply) => drop(reply.send(Err(error))),
            Request::Copy(_, _, reply) => drop(reply.send(Err(error))),
            Request::Keep(..) => {}
            Request::Apply(_, _, _, reply) | Request::Delete(reply) => drop(reply.send(Err(error))),
            Request::Version(_, reply) => drop(reply.send(Err(error))),
            Request::Begin(_, _, _, reply) => drop(reply.send(Err(error))),
            Request::Restore(reply) | Request::Create(_, reply) => drop(reply.send(Err(error))),
        }
    }
}
