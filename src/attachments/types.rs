//! Of which types files may be.

use std::fmt;
use std::str::FromStr;

/// A list of types, such as `image/png`, and of kinds, such as `image/*`; an empty one
/// is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeList(Vec<String>);

/// That a text is no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("types such as image/png or image/*, separated by commas")]
pub struct NoType;

impl TypeList {
    /// A list of these.
    ///
    /// # Errors
    /// When one is no type.
    pub fn new<'a>(types: impl IntoIterator<Item = &'a str>) -> Result<Self, NoType> {
        let mut list = Vec::new();
        for text in types {
            let text = text.trim().to_ascii_lowercase();
            if text == "*/*" {
                return Ok(Self::default());
            }
            let is_token = |part: &str| {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+-._".contains(&b);
                !part.is_empty() && part.bytes().all(allowed)
            };
            match text.split_once('/') {
                Some((kind, sub)) if is_token(kind) && (sub == "*" || is_token(sub)) => {}
                _ => return Err(NoType),
            }
            list.push(text);
        }
        Ok(Self(list))
    }

    /// Whether a file of this type may be taken.
    pub fn allows(&self, kind: &str) -> bool {
        let fits = |listed: &String| match listed.strip_suffix('*') {
            Some(start) => kind.starts_with(start),
            None => listed == kind,
        };
        self.0.is_empty() || self.0.iter().any(fits)
    }
}

impl FromStr for TypeList {
    type Err = NoType;

    fn from_str(text: &str) -> Result<Self, NoType> {
        Self::new(text.split(','))
    }
}

impl fmt::Display for TypeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("*/*"),
            false => f.write_str(&self.0.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TypeList;

    #[test]
    fn a_list_allows_what_it_names() {
        let list: TypeList = "image/*, application/PDF".parse().unwrap();
        for (kind, is_allowed) in [
            ("image/png", true),
            ("application/pdf", true),
            ("application/zip", false),
            ("imagery/png", false),
        ] {
            assert_eq!(list.allows(kind), is_allowed, "{kind}");
        }
        assert!(TypeList::default().allows("anything/else"));
        assert_eq!("*/*".parse(), Ok(TypeList::default()));
        for wrong in ["", "png", "image/", "/png", "image/p*", "image/png;q=1"] {
            assert!(wrong.parse::<TypeList>().is_err(), "{wrong}");
        }
    }
}
