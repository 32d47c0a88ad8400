//! What a replica decides, and why it refuses.

use bytes::Bytes;

use super::mark::Mark;
use crate::id::SessionId;
use crate::wire::close::{CloseCode, Refusal};
use crate::wire::malformed::Malformed;
use crate::wire::ysync::ServerMessage;

/// A decision of the replica, to be carried out in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Tell one session.
    Send(SessionId, ServerMessage),
    /// Hand an update to every session; the mark says where before it they are.
    Relay(Bytes, Mark),
    /// The same to every session but this one, which wrote it.
    RelayToOthers(SessionId, Bytes, Mark),
    /// An update is on disk that everybody else was told of before: the same to
    /// those who wrote in it.
    Echo(Vec<SessionId>, Bytes, Mark),
    /// The presence of these clients changed: tell every session their latest.
    Announce(Vec<u64>),
    /// Tell one session something large, for whose memory there is a budget: a
    /// step 2 that answers its question.
    Large(SessionId, ServerMessage),
    /// The same: everything that it missed because it fell behind.
    CatchUp(SessionId, ServerMessage),
    /// Tell a session everybody's presence, in pieces: it is much.
    Acquaint(SessionId),
    /// One session should prove that it is alive: another one claims its place.
    Challenge(SessionId),
    /// End one session, with a reason.
    Close(SessionId, Refusal),
    /// What [`Replica::hold`] was asked to wait for is durable.
    Settled(u64),
}

/// An update failed inside Yrs although it passed the guard. Nobody was told
/// about it and it is on no disk; the replica must be discarded. (Where others hear
/// of updates at once, those taken before it may be known and lost: whoever knows
/// them brings them back.)
#[derive(Debug, thiserror::Error)]
#[error("the document broke: {reason}")]
pub struct Broken {
    /// What went wrong.
    pub reason: String,
    /// The update, for quarantine; none when several failed to merge.
    pub update: Option<Bytes>,
}

/// What became of an update that did not come over a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It was taken; to be carried out.
    All(Vec<Effect>),
    /// It is being taken: go on with [`Replica::work`](super::Replica::work).
    Begun,
}

/// What came of work that is done.
#[derive(Debug, Default)]
pub struct Worked {
    /// To be carried out.
    pub effects: Vec<Effect>,
    /// Why an update that did not come over a socket was not taken whole.
    pub refused: Option<UpdateRefused>,
}

/// Why an update that did not come over a socket was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UpdateRefused {
    /// It is not a sound update.
    #[error("not a valid Yjs update: {0}")]
    Malformed(#[from] Malformed),
    /// It builds on changes that this document has not seen.
    #[error("the update builds on changes that this document does not have")]
    Incomplete,
    /// The document would outgrow its limit.
    #[error("the document is full: it may have at most {0} bytes")]
    Full(usize),
    /// It was stopped in the middle. What was done is kept and will be saved.
    #[error("the update takes far more work than its size explains; what was done so far is kept")]
    Laborious,
    /// See [`Broken`].
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<UpdateRefused> for Refusal {
    fn from(refused: UpdateRefused) -> Self {
        match &refused {
            UpdateRefused::Malformed(_) => Refusal::new(CloseCode::Malformed, refused.to_string()),
            UpdateRefused::Incomplete | UpdateRefused::Laborious => {
                Refusal::new(CloseCode::Policy, refused.to_string())
            }
            UpdateRefused::Full(_) => Refusal::new(CloseCode::TooBig, refused.to_string()),
            UpdateRefused::Broken(_) => {
                Refusal::new(CloseCode::Internal, "the document is being reloaded")
            }
        }
    }
}
