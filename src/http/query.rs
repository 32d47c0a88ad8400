//! What a query asks for, and which parameter is to blame where that is not understood.

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// Among more parameters than this the wrong one is not looked for.
const PARAMETERS: usize = 16;

/// How many documents a page of the list has unless asked otherwise.
pub(super) const PAGE: usize = 50;

pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    let text = request.query_string();
    let read = Query::<T>::from_query(text).map(Query::into_inner);
    read.map_err(|error| {
        let name = culprit::<T>(text).map(|name| format!("{name}: "));
        let name = name.unwrap_or_default();
        ApiError::BadRequest(format!("the query is not understood: {name}{error}"))
    })
}

/// The parameter without which a query would be understood: the parser says what is wrong
/// with a value, and not with which.
fn culprit<T: DeserializeOwned>(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.split('&').take(PARAMETERS + 1).collect();
    let is_it = |place: &usize| {
        let others = parts.iter().enumerate().filter(|(other, _)| other != place);
        let others: Vec<&str> = others.map(|(_, part)| *part).collect();
        Query::<T>::from_query(&others.join("&")).is_ok()
    };
    let place = (0..parts.len())
        .take_while(|_| parts.len() <= PARAMETERS)
        .find(is_it)?;
    parts[place].split('=').next()
}

/// How many a page of a list has: as many as are asked for, or else `unasked`.
pub(super) fn limit(asked: Option<usize>, unasked: usize, most: usize) -> Result<usize, ApiError> {
    let limit = asked.unwrap_or(unasked);
    match (1..=most).contains(&limit) {
        true => Ok(limit),
        false => Err(ApiError::BadRequest(format!("limit must be 1 to {most}"))),
    }
}
