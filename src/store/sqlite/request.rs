//! What callers ask of the writer thread, each with the end of its ticket.

use bytes::Bytes;

use super::super::{
    Append, Author, Counterfoil, Crash, CrashHistory, Draft, During, ListQuery, Page, Record,
    Segment, Source, StoreError, Stored, Ticket, Version,
};
use super::reader::{Look, Plan};
use crate::id::{DocumentId, Seq};

/// One thing asked for.
pub(super) enum Request {
    Write(Write),
    Read(Read),
    /// A new limit for the size of the database.
    Limit(Option<u64>),
    /// The last request; the writer ends after it.
    Close(Counterfoil<()>),
}

/// What changes the file.
pub(super) enum Write {
    Append(Call<Appending, Seq>),
    Create(Call<(DocumentId, Option<String>), Record>),
    Compact(Call<Compaction, ()>),
    Delete(Call<DocumentId, ()>),
    Restore(Call<DocumentId, Record>),
    Crash(Call<Crash, ()>),
    Release(Call<(DocumentId, Option<During>), usize>),
    Version(Call<(DocumentId, Option<String>), Version>),
    Rename(Call<(DocumentId, u64, Option<String>), Option<Version>>),
    Attribute(Call<(DocumentId, Author, Source), ()>),
}

/// What only looks.
pub(super) enum Read {
    Load(Call<DocumentId, Option<Stored>, Option<Plan>>),
    Describe(Call<DocumentId, Option<Record>>),
    List(Call<ListQuery, Page>),
    Crashes(Call<DocumentId, CrashHistory>),
    Look(Glance),
}

/// Somebody looks at a document.
pub(super) struct Glance {
    pub(super) document: DocumentId,
    pub(super) plan: Option<Result<Option<Plan>, StoreError>>,
    pub(super) look: Look,
}

/// A batch that may grow until its group is formed.
pub(super) struct Appending {
    pub(super) document: DocumentId,
    draft: Draft,
    content: Option<Append>,
}

impl Appending {
    pub(super) fn of(document: &DocumentId, draft: &Draft) -> Self {
        Self {
            document: document.clone(),
            draft: draft.clone(),
            content: None,
        }
    }

    /// What is to be written; after [`Write::is_final`] only. `None` if it was taken by
    /// somebody else.
    pub(super) fn content(&self) -> Option<&Append> {
        self.content.as_ref()
    }
}

/// The snapshot that is to replace rows.
pub(super) struct Compaction {
    pub(super) document: DocumentId,
    pub(super) through: Seq,
    pub(super) snapshot: Bytes,
    /// The rows, for history.
    pub(super) segment: Option<Segment>,
}

/// Arguments, what came of them so far, and who wants to know. The outcome is
/// only worth something once the transaction that it belongs to is on disk.
pub(super) struct Call<A, T, O = T> {
    pub(super) arguments: A,
    pub(super) outcome: Option<Result<O, StoreError>>,
    pub(super) counterfoil: Counterfoil<T>,
}

impl<A, T, O> Call<A, T, O> {
    /// A call to put into a request, and the ticket for its caller.
    pub(super) fn new(arguments: A) -> (Self, Ticket<T>) {
        let (counterfoil, ticket) = Ticket::pair();
        (
            Self {
                arguments,
                outcome: None,
                counterfoil,
            },
            ticket,
        )
    }
}

impl<A, T> Call<A, T> {
    /// Gives the outcome out.
    pub(super) fn answer(self) {
        // A call that was never tried is answered by dropping its counterfoil.
        if let Some(outcome) = self.outcome {
            self.counterfoil.answer(outcome);
        }
    }
}

impl Write {
    /// What it writes does not change from here on.
    pub(super) fn is_final(&mut self) {
        if let Self::Append(call) = self {
            let appending = &mut call.arguments;
            if appending.content.is_none() {
                appending.content = appending.draft.take();
            }
        }
    }

    /// Roughly how many bytes it adds to a transaction.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Append(call) => call.arguments.content().map_or(0, |it| it.update.len()),
            Self::Compact(call) => {
                let segment = call.arguments.segment.as_ref();
                let segment = segment.map_or(0, |segment| segment.bounds.stored as usize);
                call.arguments.snapshot.len() + segment
            }
            Self::Crash(call) => call.arguments.kept_update().map_or(0, Bytes::len),
            Self::Create(_) | Self::Delete(_) | Self::Restore(_) | Self::Release(_) => 0,
            Self::Version(_) | Self::Rename(_) | Self::Attribute(_) => 0,
        }
    }

    /// Gives the outcome out; the transaction is on disk.
    pub(super) fn answer(self) {
        match self {
            Self::Append(call) => call.answer(),
            Self::Create(call) => call.answer(),
            Self::Compact(call) => call.answer(),
            Self::Delete(call) => call.answer(),
            Self::Restore(call) => call.answer(),
            Self::Crash(call) => call.answer(),
            Self::Release(call) => call.answer(),
            Self::Version(call) => call.answer(),
            Self::Rename(call) => call.answer(),
            Self::Attribute(call) => call.answer(),
        }
    }

    /// Answers with `error`, whatever the outcome would have been.
    pub(super) fn refuse(self, error: StoreError) {
        match self {
            Self::Append(call) => call.counterfoil.answer(Err(error)),
            Self::Create(call) => call.counterfoil.answer(Err(error)),
            Self::Compact(call) => call.counterfoil.answer(Err(error)),
            Self::Delete(call) => call.counterfoil.answer(Err(error)),
            Self::Restore(call) => call.counterfoil.answer(Err(error)),
            Self::Crash(call) => call.counterfoil.answer(Err(error)),
            Self::Release(call) => call.counterfoil.answer(Err(error)),
            Self::Version(call) => call.counterfoil.answer(Err(error)),
            Self::Rename(call) => call.counterfoil.answer(Err(error)),
            Self::Attribute(call) => call.counterfoil.answer(Err(error)),
        }
    }
}
