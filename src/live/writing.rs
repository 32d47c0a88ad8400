//! Changes to documents by those who have no copy of their own: what is to be there, or
//! what is to be put where.
//!
//! A change is worked out on a copy by a scribe and applied like anybody's update, so
//! it is merged with whatever happened since the copy was taken: that is the rebase.
//! Who says which state it saw gets a copy of that one.

use std::time::{Duration, Instant};

use bytes::Bytes;
use yrs::{ReadTxn, Transact};

use crate::export::comments::carry;
use crate::export::passage::{self, Amiss, Operation};
use crate::export::revision::{Changed, Revision, Unrevisable, Wanted, settle};
use crate::export::{self, Content, DEFAULT_ROOT, Format, ImportError, Simplified, import};
use crate::id::DocumentId;
use crate::live::answer::DocumentError;
use crate::live::documents::Documents;
use crate::live::memory_budget::Share;
use crate::live::visitor::Visitor;
use crate::replica::{NOTHING, fingerprint};

/// How long is searched for the smallest edit before a larger one will do.
pub(super) const SEARCH: Duration = Duration::from_secs(1);

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This is what is to be there. An update, if the format is `yjs`, is merged.
    Put(Bytes, Format),
    /// This is to follow what is there.
    Append(Bytes, Format),
    /// Passages are to be changed; all of them or none.
    Amend(Vec<Operation>),
}

/// Which state of the document somebody saw who changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing is said of that.
    Unsaid,
    /// One of the states of these fingerprints.
    One(Vec<String>),
    /// That there is none: it is to be made.
    None,
}

/// What a change changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// How much. `None` where an update was merged.
    pub changed: Option<Changed>,
    /// In how many places each operation changed something.
    pub places: Vec<usize>,
    /// What of the content could not be kept as it was.
    pub simplified: Simplified,
    /// The fingerprint of what the document was seen to be, with this change and no
    /// other: of the document, unless somebody else changed it meanwhile.
    pub fingerprint: String,
    /// The document was made.
    pub created: bool,
    /// What was written, as an update,
    pub update: Bytes,
    /// and the client that wrote it, if it was made here.
    pub client: Option<u64>,
}

/// Why a document was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The document said no.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The content is not what its format says.
    #[error(transparent)]
    Content(#[from] ImportError),
    /// An operation cannot be carried out.
    #[error(transparent)]
    Amiss(#[from] Amiss),
    /// What is there is of another kind.
    #[error(transparent)]
    Unrevisable(#[from] Unrevisable),
}

/// A change that was worked out.
pub(super) struct Worked {
    pub update: Bytes,
    /// The client that makes it.
    pub client: u64,
    pub changed: Changed,
    pub places: Vec<usize>,
    pub simplified: Simplified,
    /// Of what comes of it, and that, whole.
    pub fingerprint: String,
    pub state: Bytes,
}

impl Documents {
    /// Changes what is in a root of a document, or in the one where its content is.
    /// When this succeeds, all of it is durable. `room` is the memory that is counted
    /// for the change.
    ///
    /// # Errors
    /// Nothing was changed then; but see [`apply`](Self::apply).
    pub async fn write(
        &self,
        id: &DocumentId,
        change: Change,
        root: Option<&str>,
        seen: Seen,
        by: Visitor,
        room: Option<Share>,
    ) -> Result<Receipt, WriteError> {
        let of = match seen {
            Seen::Unsaid => None,
            Seen::One(names) => Some(names),
            Seen::None => return self.make(id, change, root, by).await,
        };
        if let Change::Put(update, Format::Yjs) = change {
            return self.merge(id, update, of, by, room).await;
        }
        let copy = self.copy(id, of, by).await?;
        let worked = self.work_out(copy.state.clone(), change, root).await?;
        drop(copy.room);
        let update = (worked.update.clone(), Some(worked.client));
        self.apply_of(id, update, room).await?;
        self.keep(id, worked.fingerprint.clone(), worked.state.clone());
        drop(copy.turn);
        Ok(worked.wrote(false))
    }

    async fn make(
        &self,
        id: &DocumentId,
        change: Change,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Receipt, WriteError> {
        let worked = match change {
            Change::Put(update, Format::Yjs) => {
                self.begin(id, update.clone(), None, by).await?;
                let copy = self.copy(id, None, by).await?;
                return Ok(Receipt::merged(copy.fingerprint, update, true));
            }
            change => {
                let root = root.or(Some(DEFAULT_ROOT));
                self.work_out(Bytes::from_static(NOTHING), change, root)
                    .await?
            }
        };
        match *worked.update == *NOTHING {
            true => self.create(id, by).await?,
            false => self.begin(id, worked.update.clone(), None, by).await?,
        };
        self.keep(id, worked.fingerprint.clone(), worked.state.clone());
        Ok(worked.wrote(true))
    }

    async fn merge(
        &self,
        id: &DocumentId,
        update: Bytes,
        of: Option<Vec<String>>,
        by: Visitor,
        room: Option<Share>,
    ) -> Result<Receipt, WriteError> {
        if of.is_some() {
            drop(self.copy(id, of, by).await?);
        }
        self.apply(id, update.clone(), room).await?;
        let copy = self.copy(id, None, by).await?;
        self.keep(id, copy.fingerprint.clone(), copy.state);
        Ok(Receipt::merged(copy.fingerprint, update, false))
    }

    async fn work_out(
        &self,
        state: Bytes,
        change: Change,
        root: Option<&str>,
    ) -> Result<Worked, WriteError> {
        let root = root.map(str::to_owned);
        self.work(move || work_out(&state, &change, root.as_deref()))
            .await
    }

    /// Has a change worked out.
    pub(super) async fn work(
        &self,
        work: impl FnOnce() -> Result<Worked, WriteError> + Send + 'static,
    ) -> Result<Worked, WriteError> {
        let failed = || {
            let reason = "the change could not be worked out; nothing was changed".to_owned();
            DocumentError::NotSaved(reason)
        };
        self.scribe().does(work).await.ok_or_else(failed)?
    }
}

impl Receipt {
    fn merged(fingerprint: String, update: Bytes, created: bool) -> Self {
        Self {
            changed: None,
            places: Vec::new(),
            simplified: Simplified::default(),
            fingerprint,
            created,
            update,
            client: None,
        }
    }
}

impl Worked {
    /// Of an edit that was made.
    pub fn of(revision: &Revision, changed: Changed) -> Self {
        let state = revision.doc().transact();
        let state = state.encode_state_as_update_v1(&yrs::StateVector::default());
        Self {
            update: Bytes::copy_from_slice(revision.update()),
            client: revision.client(),
            changed,
            places: Vec::new(),
            simplified: Simplified::default(),
            fingerprint: fingerprint(revision.doc()),
            state: state.into(),
        }
    }

    pub(super) fn wrote(self, created: bool) -> Receipt {
        Receipt {
            changed: Some(self.changed),
            places: self.places,
            simplified: self.simplified,
            fingerprint: self.fingerprint,
            created,
            update: self.update,
            client: Some(self.client),
        }
    }
}

fn work_out(state: &[u8], change: &Change, root: Option<&str>) -> Result<Worked, WriteError> {
    let mut revision = Revision::of(state)?;
    let found = revision.found(root);
    let mut simplified = Simplified::default();
    let mut places = Vec::new();
    let until = Instant::now() + SEARCH;
    let wanted = match (&found.content, change) {
        (Content::Data(_), _) => return Err(Unrevisable::Data(found.root).into()),
        (Content::Document(base), change) => Wanted::Document(match change {
            Change::Put(content, format) | Change::Append(content, format) => {
                let read = read(content, *format)?;
                simplified = read.simplified;
                match change {
                    Change::Append(..) => passage::append(base, &read.tree),
                    // JSON says which words have a comment, and which have none.
                    _ if *format == Format::Json => read.tree,
                    _ => carry(base, settle(read.tree, base, *format, until), until),
                }
            }
            Change::Amend(operations) => {
                let (tree, counts) = passage::amend(base, operations)?;
                places = counts;
                tree
            }
        }),
        (Content::Text(delta), change) => {
            let base = delta.text();
            // What stands between its letters is not among them, and stays.
            Wanted::Letters(match change {
                Change::Put(content, format) => letters(content, *format, &found.root)?.to_owned(),
                Change::Append(content, format) => {
                    passage::append_letters(&base, letters(content, *format, &found.root)?)
                }
                Change::Amend(operations) => {
                    let (text, counts) = passage::amend_letters(&base, operations)?;
                    places = counts;
                    text
                }
            })
        }
    };
    let changed = revision.revise(&found.root, &wanted, until)?;
    Ok(Worked {
        places,
        simplified,
        ..Worked::of(&revision, changed)
    })
}

fn read(content: &[u8], format: Format) -> Result<export::Imported, WriteError> {
    let not_taken = || ImportError::Malformed {
        format: format.name(),
        reason: "nothing is taken in this format here".to_owned(),
    };
    Ok(export::format::read(content, format).ok_or_else(not_taken)??)
}

/// The letters for a root that holds nothing else.
fn letters<'a>(content: &'a [u8], format: Format, root: &str) -> Result<&'a str, WriteError> {
    match format {
        // The text of a plain editor is Markdown already, if it is any.
        Format::Text | Format::Markdown => Ok(import::text(content, format.name())?),
        _ => Err(Unrevisable::Text(root.to_owned()).into()),
    }
}
