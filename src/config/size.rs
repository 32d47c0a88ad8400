//! A number of bytes, as people write it: `16777216`, `16MiB` or `16 MB`.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// The units: those of memory, and those of thousands.
const UNITS: [(&str, usize); 7] = [
    ("b", 1),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
];

/// What is accepted.
const EXPECTED: &str = "give bytes, such as 16777216, or whole KiB, MiB or GiB, such as 16MiB \
                        (kB, MB and GB are thousands)";

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Size(pub(super) usize);

/// That it is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{EXPECTED}")]
pub(super) struct NoSize;

impl FromStr for Size {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Self, NoSize> {
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let number: usize = number.parse().map_err(|_| NoSize)?;
        let unit = unit.trim_start();
        let factor = match unit {
            "" => 1,
            _ => UNITS
                .into_iter()
                .find(|(name, _)| unit.eq_ignore_ascii_case(name))
                .map(|(_, factor)| factor)
                .ok_or(NoSize)?,
        };
        number.checked_mul(factor).map(Self).ok_or(NoSize)
    }
}

impl fmt::Display for Size {
    /// In the largest unit of memory that it is a whole number of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = *self;
        let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
        match units
            .into_iter()
            .find(|(_, bits)| bytes > 0 && bytes.trailing_zeros() >= *bits)
        {
            Some((unit, bits)) => write!(f, "{}{unit}", bytes >> bits),
            None => write!(f, "{bytes}"),
        }
    }
}

/// In a file it is a number or a text.
impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size: ")?;
                f.write_str(EXPECTED)
            }

            fn visit_i64<E: Error>(self, bytes: i64) -> Result<Size, E> {
                usize::try_from(bytes)
                    .map(Size)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(bytes), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                text.parse()
                    .map_err(|NoSize| E::invalid_value(Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_understood_as_they_are_written() {
        for (text, bytes) in [
            ("0", 0),
            ("7", 7),
            ("7B", 7),
            ("1KiB", 1024),
            ("16MiB", 16 << 20),
            ("16 mib", 16 << 20),
            ("1GiB", 1 << 30),
            ("1kB", 1_000),
            ("16MB", 16_000_000),
            ("2gb", 2_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in [
            "",
            "MiB",
            "16M",
            "16k",
            "1.5MiB",
            "-1",
            "+1",
            "1e9",
            "0x10",
            "16MiBs",
            "99999999999999999999",
            "99999999999GiB",
        ] {
            assert_eq!(text.parse::<Size>(), Err(NoSize), "{text}");
        }
    }

    #[test]
    fn what_is_said_is_understood() {
        for (bytes, said) in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1KiB"),
            (3 << 20, "3MiB"),
            (1 << 31, "2GiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), said);
            assert_eq!(said.parse(), Ok(Size(bytes)));
        }
    }
}
