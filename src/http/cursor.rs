//! Cursors of lists, each told from those of others by its sign.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;

use super::error::ApiError;
use crate::live::{Behind, Place};

/// A cursor of a number.
pub(super) fn encode(sign: char, number: u64) -> String {
    BASE64.encode(format!("{sign}{number}"))
}

/// The number of a cursor.
pub(super) fn decode(encoded: &str, sign: char) -> Result<u64, ApiError> {
    decoded(encoded, sign, |numbers| numbers.parse().ok())
}

/// What stands behind the sign of a cursor.
fn decoded<T>(
    encoded: &str,
    sign: char,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ApiError> {
    let parsed = BASE64.decode(encoded).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        read(text.strip_prefix(sign)?)
    });
    parsed.ok_or_else(|| ApiError::BadRequest("cursor is not one that a list gave out".to_owned()))
}

/// A cursor of versions: `v`, a number, and the number and the moment of a branch where one
/// was listed.
pub(super) fn encode_place(Place { version, branch }: Place) -> String {
    match branch {
        Behind::NOTHING => encode('v', version),
        Behind { at, id } => BASE64.encode(format!("v{version}b{id}t{at}")),
    }
}

/// The place of a cursor of versions.
pub(super) fn decode_place(encoded: &str) -> Result<Place, ApiError> {
    decoded(encoded, 'v', |numbers| {
        let (version, branch) = match numbers.split_once('b') {
            Some((version, branch)) => {
                let (id, at) = branch.split_once('t')?;
                let (id, at) = (id.parse().ok()?, at.parse().ok()?);
                (version, Behind { at, id })
            }
            None => (numbers, Behind::NOTHING),
        };
        Some(Place {
            version: version.parse().ok()?,
            branch,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_nothing_else_is_one() {
        let behind = Behind { at: -7, id: 3 };
        for branch in [Behind::NOTHING, behind] {
            let place = Place { version: 9, branch };
            assert_eq!(decode_place(&encode_place(place)).unwrap(), place);
        }
        for other in [
            "v9b3", "v9b3t", "v9bt7", "vb3t7", "a9", "v", "v9b3t7t8", "v-9",
        ] {
            assert!(decode_place(&BASE64.encode(other)).is_err(), "{other}");
        }
        assert!(decode_place("no cursor").is_err());
    }
}
