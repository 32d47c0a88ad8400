//! What is told of a version, or of a branch, and the id that either has.

use std::fmt;

use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::documents::moment;
use super::error::ApiError;
use super::openapi::schemas;
use crate::live::{At, Branch, Chapter};

/// A version of a document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub(super) struct Shown {
    /// Its number: later ones have greater numbers. Of a branch `b` and a number.
    #[schema(schema_with = schemas::version_id)]
    pub id: Which,
    /// Its name; `null` if it was made in a pause.
    #[schema(required, example = "before the meeting")]
    name: Option<String>,
    #[schema(format = DateTime)]
    at: String,
    /// What the document took in the store then.
    bytes: u64,
    /// Who wrote since the version before; `null` when that is not kept any more.
    #[schema(required)]
    authors: Option<Vec<String>>,
    /// How many clients wrote since then whose names are not known.
    #[schema(required)]
    unnamed: Option<usize>,
    /// It is none of the document's moments, but what somebody wrote without a connection,
    /// before it was merged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    branch: bool,
}

/// The id of a version, or of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Version(u64),
    Branch(u64),
}

impl Which {
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('b') {
            Some(branch) => digits(branch).map(Self::Branch),
            None => digits(text).map(Self::Version),
        }
    }
}

impl From<Which> for At {
    fn from(which: Which) -> Self {
        match which {
            Which::Version(version) => Self::Version(version),
            Which::Branch(branch) => Self::Branch(branch),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version}"),
            Self::Branch(branch) => write!(f, "b{branch}"),
        }
    }
}

impl Serialize for Which {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Version(version) => serializer.serialize_u64(*version),
            Self::Branch(_) => serializer.collect_str(self),
        }
    }
}

impl Shown {
    /// What is told of a version.
    pub fn of(chapter: &Chapter) -> Self {
        let Chapter { version, authors } = chapter;
        let authors = authors.as_ref();
        Self {
            id: Which::Version(version.id),
            name: version.name.clone(),
            at: moment(version.at),
            bytes: version.bytes,
            authors: authors.map(|authors| authors.names.iter().cloned().collect()),
            unnamed: authors.map(|authors| authors.unnamed.len()),
            branch: false,
        }
    }

    /// What is told of a branch.
    pub fn of_branch(branch: &Branch) -> Self {
        let authors = branch.author.as_ref().map(|author| vec![author.clone()]);
        Self {
            id: Which::Branch(branch.id),
            name: branch.name.clone(),
            at: moment(branch.at),
            bytes: branch.bytes,
            unnamed: authors.is_some().then_some(0),
            authors,
            branch: true,
        }
    }
}

/// A page of the list of versions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionList)]
pub(super) struct Listed {
    pub versions: Vec<Shown>,
    /// `cursor` of the next page, if there is one.
    #[schema(required, format = "version-cursor")]
    pub next: Option<String>,
    /// Why there are no branches in the list, when they cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub lost: Option<String>,
}

/// The version that the path names.
pub(super) fn which(request: &HttpRequest) -> Result<Which, ApiError> {
    let named = named(request);
    Which::parse(&named).ok_or_else(|| ApiError::NotAVersion(cited(named)))
}

/// What stands in the place of a version in the path.
pub(super) fn named(request: &HttpRequest) -> String {
    let segment = request.uri().path().split('/').nth(5).unwrap_or_default();
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// As much of it as an answer repeats.
pub(super) fn cited(named: String) -> String {
    const LONGEST: usize = 40;
    match named.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &named[..end]),
        None => named,
    }
}

/// A number; one that is too large for any version is the largest.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}
