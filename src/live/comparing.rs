//! What became of a document between two moments, and whose each letter of it is.
//!
//! Both states are made by the historian, as any past is. Who wrote a letter its id
//! says; who took one away the rows between the moments say.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::export::comparison::{self, Comparison, Credits, compare};
use crate::export::signed::Signed;
use crate::export::{Rendered, Simplified, json};
use crate::id::{DocumentId, Seq};
use crate::live::answer::{Content, DocumentError};
use crate::live::authorship::author_of;
use crate::live::documents::Documents;
use crate::live::past::{At, lost};
use crate::live::visitor::Visitor;
use crate::replica::{Replica, fingerprint};
use crate::store::{Bounds, Row};
use crate::wire::guard;

/// How long is searched for the best way of telling what changed.
const SEARCH: Duration = Duration::from_secs(1);

/// Deletions that are looked through for who made them; of those behind nobody is known.
const DELETIONS: usize = 1 << 20;

/// How what became of a document is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Blocks and runs, as JSON.
    Json,
    /// A fragment of HTML.
    Html,
    /// A whole page of HTML.
    Page,
}

/// What is to be compared, and how it is to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The moment before,
    pub from: At,
    /// and the one behind.
    pub to: At,
    /// Which root; without, the one where the content is.
    pub root: Option<String>,
    /// In which form.
    pub telling: Telling,
    /// How many blocks that are the same are told beside each that is not; without,
    /// all of them.
    pub context: Option<usize>,
    /// What is said beside it, in JSON.
    pub said: Map<String, Value>,
}

/// A deletion, and the client that made it.
struct Removal {
    of: u64,
    clocks: Range<u32>,
    by: u64,
}

impl Documents {
    /// Tells what became of a root of a document from one moment to another.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at); [`DocumentError::Backwards`];
    /// [`DocumentError::Data`].
    pub async fn compare(
        &self,
        id: &DocumentId,
        question: Question,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.known(id).await?;
        let from = self.since(id, question.from).await?;
        let to = question.to;
        let removals = match (from, to) {
            // A branch is before or after nothing, and no row says who deleted.
            (At::Branch(_), _) | (_, At::Branch(_)) => Vec::new(),
            (from, to) => self.removals_between(id, from, to, by).await?,
        };
        let mut credits = self.names(id).await?;
        for removal in removals {
            credits.removed(removal.of, removal.clocks, removal.by);
        }
        let tell = move |replicas: &mut [Replica]| tell(replicas, question, &credits);
        let (share, told) = self.remember(id, vec![from, to], by, tell).await?;
        let (root, told) = told?;
        let Rendered { body, simplified } = told;
        let share = self.shrunk(share, body.len(), by).await;
        Ok(Content {
            fingerprint: String::new(),
            body: body.into(),
            root: Some(root),
            simplified,
            share: share.map(Arc::new),
        })
    }

    /// From when on is told: what is older than all of a document was before the beginning,
    /// and everything came since. Of a history whose beginning is forgotten nobody can say so.
    async fn since(&self, id: &DocumentId, from: At) -> Result<At, DocumentError> {
        let At::Clock(at) = from else {
            return Ok(from);
        };
        let parts = self.store().history(id).await.map_err(lost)?;
        let is_before = |first: &Bounds| {
            let is_whole = first.after == Seq(0) && !first.has_base;
            is_whole && at < first.since
        };
        Ok(match parts.first().is_some_and(is_before) {
            true => At::Beginning,
            false => from,
        })
    }

    /// The content of a root as ProseMirror's JSON, where nodes and runs of text say who
    /// wrote them.
    ///
    /// # Errors
    /// As [`compare`](Self::compare).
    pub async fn read_signed(
        &self,
        id: &DocumentId,
        at: At,
        root: Option<&str>,
        by: Visitor,
    ) -> Result<Content, DocumentError> {
        self.known(id).await?;
        let credits = self.names(id).await?;
        let root = root.map(str::to_owned);
        let read = move |replicas: &mut [Replica]| {
            let replica = replicas.first().ok_or(DocumentError::Stopping)?;
            let (root, signed) = Signed::read(replica.doc(), root.as_deref());
            let signed = signed.ok_or_else(|| DocumentError::Data(root.clone()))?;
            let body = json::write::signed(&signed, &credits);
            Ok::<_, DocumentError>((root, body, fingerprint(replica.doc())))
        };
        let (share, read) = self.remember(id, vec![at], by, read).await?;
        let (root, body, fingerprint) = read?;
        let share = self.shrunk(share, body.len(), by).await;
        Ok(Content {
            body: body.into(),
            root: Some(root),
            simplified: Simplified::default(),
            fingerprint,
            share: share.map(Arc::new),
        })
    }

    async fn names(&self, id: &DocumentId) -> Result<Credits, DocumentError> {
        let authors = self.store().authors(id).await?.into_iter();
        let named = authors.map(|author| (author.client, author.name));
        Ok(Credits::of(named))
    }

    /// What was deleted between two moments, as far as it is known by whom.
    async fn removals_between(
        &self,
        id: &DocumentId,
        from: At,
        to: At,
        by: Visitor,
    ) -> Result<Vec<Removal>, DocumentError> {
        let (after, through) = (self.row(id, from).await?, self.row(id, to).await?);
        if after > through {
            return Err(DocumentError::Backwards);
        }
        // What was changed can be told without knowing by whom.
        match self.removals(id, after, through, by).await {
            Err(DocumentError::Forgotten(_) | DocumentError::Lost(_)) => Ok(Vec::new()),
            removals => removals,
        }
    }

    /// What was deleted by the rows after one row, up to another, where it is known by
    /// whom.
    async fn removals(
        &self,
        id: &DocumentId,
        after: Seq,
        through: Seq,
        by: Visitor,
    ) -> Result<Vec<Removal>, DocumentError> {
        self.look_through(id, after, through, by, |rows| {
            let mut removals = Vec::new();
            for row in &rows {
                let left = DELETIONS.saturating_sub(removals.len());
                removals.extend(removals_of(row).into_iter().take(left));
            }
            removals
        })
        .await
    }
}

fn removals_of(row: &Row) -> Vec<Removal> {
    let Some(by) = author_of(row) else {
        return Vec::new();
    };
    let mut removals = Vec::new();
    if let Ok(survey) = guard::inspect(&row.update, &guard::Limits::any_size()) {
        survey.each_deleted(|of, clocks| removals.push(Removal { of, clocks, by }));
    }
    removals
}

fn tell(
    replicas: &mut [Replica],
    question: Question,
    credits: &Credits,
) -> Result<(String, Rendered), DocumentError> {
    let [old, new] = replicas else {
        return Err(DocumentError::Stopping);
    };
    let asked = question.root.as_deref();
    let (mut root, mut after) = Signed::read(new.doc(), asked);
    let found = asked.unwrap_or(&root).to_owned();
    let (_, mut before) = Signed::read(old.doc(), Some(&found));
    if asked.is_none() && is_empty(after.as_ref()) && is_empty(before.as_ref()) {
        // All of it may be gone.
        (root, before) = Signed::read(old.doc(), None);
        after = Signed::read(new.doc(), Some(&root)).1;
    }
    let (Some(before), Some(after)) = (before, after) else {
        return Err(DocumentError::Data(root));
    };
    let until = Instant::now() + SEARCH;
    let mut told = compare(&before, &after, credits, until);
    if let Some(context) = question.context {
        told = told.within(context);
    }
    let title = new.title().unwrap_or_default();
    let rendered = write(&told, question, &root, title);
    Ok((root, rendered))
}

fn is_empty(signed: Option<&Signed>) -> bool {
    signed.is_some_and(|signed| signed.tree().is_empty())
}

fn write(told: &Comparison<'_>, question: Question, root: &str, title: &str) -> Rendered {
    match question.telling {
        Telling::Json => {
            let mut said = question.said;
            said.insert("root".to_owned(), root.into());
            Rendered {
                body: comparison::json::write(told, said),
                simplified: Simplified::default(),
            }
        }
        Telling::Html => comparison::html::fragment(told),
        Telling::Page => comparison::html::page(told, title),
    }
}
