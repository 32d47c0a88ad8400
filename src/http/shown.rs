//! A document as programs are shown it: what the store knows, who is in it now, and how its
//! text begins. Nobody waits for the last two.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::documents::moment;
use super::error::ApiError;
use crate::id::DocumentId;
use crate::live::{Documents, Record};
use crate::search::Search;

/// What is beside the facts of a list is waited for so long.
const AT_ONCE: Duration = Duration::from_millis(200);

/// So many people in a document are named in a list.
const SHOWN_PEOPLE: usize = 5;

/// What is known of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
pub(super) struct Shown {
    #[schema(example = "team/plan")]
    name: String,
    /// As people wrote it above the text: the first 200 characters.
    #[schema(required, max_length = 200, example = "The plan")]
    title: Option<String>,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    updated: String,
    /// What it takes in the store.
    bytes: u64,
    /// How many connections have it open.
    people: usize,
    /// Who of them shows a name, five at most.
    #[schema(max_items = 5)]
    present: Vec<Person>,
    /// How its text begins, in one line, a few seconds after that is on disk. `null` as
    /// long as it was not read for that.
    #[schema(required, example = "We ship the editor in May.")]
    excerpt: Option<String>,
    /// When it was deleted, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    deleted: Option<String>,
}

/// Somebody who has a document open, as they show themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
struct Person {
    /// 40 characters at most, none of them a control character.
    #[schema(max_length = 40, example = "Ada")]
    name: String,
    #[schema(required, example = "#2f6fed", pattern = "^#[0-9a-f]{6}$")]
    color: Option<String>,
}

impl Shown {
    pub(super) fn of(record: &Record, people: usize) -> Self {
        Self {
            name: record.document.as_str().to_owned(),
            title: record.title.clone(),
            created: moment(record.created),
            updated: moment(record.updated),
            bytes: record.bytes,
            people,
            present: Vec::new(),
            excerpt: None,
            deleted: record.deleted.map(moment),
        }
    }

    /// A document as it is.
    pub(super) async fn now(
        id: &DocumentId,
        documents: &Documents,
        search: &Search,
    ) -> Result<Self, ApiError> {
        let known = documents.describe(id).await?;
        let people = (known.people > 0).then(|| (id.clone(), known.people));
        let people = people.into_iter().collect();
        let records = [known.record];
        let shown = Self::all(&records, &people, documents, search).await;
        let shown = shown.into_iter().next();
        Ok(shown.unwrap_or_else(|| Self::of(&records[0], known.people)))
    }

    /// Documents with who is in them and how their texts begin: one question about all of
    /// them to each who knows. What is not known at once is left out, and nobody waits
    /// for it.
    pub(super) async fn all(
        records: &[Record],
        people: &HashMap<DocumentId, usize>,
        documents: &Documents,
        search: &Search,
    ) -> Vec<Self> {
        let names = records.iter().map(|it| it.document.as_str().to_owned());
        let beginnings = timeout(AT_ONCE, search.beginnings(names.collect()));
        let present = documents.present(people.keys(), SHOWN_PEOPLE);
        let (beginnings, mut present) = join(beginnings, present).await;
        let mut beginnings = match beginnings {
            Ok(Ok(beginnings)) => beginnings,
            Ok(Err(error)) => {
                // Who keeps the index says what is wrong with it.
                log::debug!("a list is told without excerpts: {error}");
                HashMap::new()
            }
            Err(_) => HashMap::new(),
        };
        let shown = |record: &Record| {
            let id = &record.document;
            let guises = present.remove(id).unwrap_or_default();
            let present = guises.into_iter().map(|guise| Person {
                name: guise.name,
                color: guise.color,
            });
            Self {
                present: present.collect(),
                excerpt: beginnings.remove(id.as_str()),
                ..Self::of(record, people.get(id).copied().unwrap_or(0))
            }
        };
        records.iter().map(shown).collect()
    }
}
