//! `/api/documents/{name}/authors`: who writes in a document under which name.

use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conditional;
use super::cursor::{decode, encode};
use super::documents::{Answer, moment};
use super::names::name;
use super::query::{PAGE, limit, query};
use crate::live::Documents;

/// The longest page of authors.
const LONGEST_PAGE: usize = 1_000;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
    /// `next` of the page before.
    #[param(format = "author-cursor")]
    cursor: Option<String>,
}

pub(super) async fn authors(request: HttpRequest, documents: web::Data<Documents>) -> Answer {
    let parameters: AuthorParameters = query(&request)?;
    let limit = limit(parameters.limit, PAGE, LONGEST_PAGE)?;
    let after = parameters.cursor.as_deref();
    let after = after.map(|cursor| decode(cursor, 'a')).transpose()?;
    let mut authors = documents.authors(&name(&request)?).await?;
    // By client, so that who is noted meanwhile moves nobody to another page.
    authors.retain(|author| after.is_none_or(|after| author.client > after));
    authors.sort_unstable_by_key(|author| author.client);
    let has_more = authors.len() > limit;
    authors.truncate(limit);
    let next = authors.last().filter(|_| has_more);
    let next = next.map(|author| encode('a', author.client));
    let authors = authors.into_iter().map(|author| Writer {
        client: author.client,
        name: author.name,
        since: moment(author.since),
    });
    let authors = authors.collect();
    Ok(conditional::answer_json(
        &request,
        &Writers { authors, next },
    ))
}

/// Who writes as a client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Author)]
pub(super) struct Writer {
    /// The Yjs client.
    client: u64,
    #[schema(example = "Ada")]
    name: String,
    /// Since when it is known under this name.
    #[schema(format = DateTime)]
    since: String,
}

/// A page of those who wrote in a document and have a name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuthorList)]
pub(super) struct Writers {
    authors: Vec<Writer>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "author-cursor")]
    next: Option<String>,
}
