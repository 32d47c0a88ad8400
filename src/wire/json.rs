//! Is this text JSON, as documents and presence may hold it?
//!
//! The answer costs no allocation in proportion to the text, no recursion
//! beyond a chosen depth, and agrees with what yrs reads: whatever passes here,
//! `yrs::Any::from_json` accepts too.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Whether `text` is one JSON value nested at most `depth` levels deep.
pub fn is_json(text: &str, depth: u32) -> bool {
    match text {
        "true" | "false" | "null" | "{}" => true,
        _ => is_shallow(text, depth) && serde_json::from_str::<Readable>(text).is_ok(),
    }
}

/// Whether brackets are nested at most `depth` deep, strings left out.
pub fn is_shallow(text: &str, depth: u32) -> bool {
    let (mut open, mut quoted, mut escaped) = (0u32, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => {
                open += 1;
                if open > depth {
                    return false;
                }
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    true
}

/// Any JSON value whose numbers fit what yrs holds: nothing of it is kept.
struct Readable;

impl<'de> Deserialize<'de> for Readable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadableVisitor)
    }
}

struct ReadableVisitor;

impl<'de> Visitor<'de> for ReadableVisitor {
    type Value = Readable;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Readable, E> {
        match i64::try_from(number) {
            Ok(_) => Ok(Readable),
            Err(_) => Err(E::custom("yrs holds integers as signed ones")),
        }
    }

    fn visit_f64<E>(self, _: f64) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_str<E>(self, _: &str) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_unit<E>(self) -> Result<Readable, E> {
        Ok(Readable)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Readable, A::Error> {
        while values.next_element::<Readable>()?.is_some() {}
        Ok(Readable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Readable, A::Error> {
        while entries.next_entry::<IgnoredAny, Readable>()?.is_some() {}
        Ok(Readable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_other_text() {
        for text in [
            "null",
            "1",
            "-2.5e3",
            "\"[[[[\"",
            "[1,{\"a\":[]}]",
            " {\"x\": \"\\\"\"} ",
            "9223372036854775807",
        ] {
            assert!(is_json(text, 4), "{text}");
            assert!(yrs::Any::from_json(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "undefined",
            "{",
            "[1,]",
            "1 2",
            "nul",
            "\"\u{1}\"",
            "1e999",
        ] {
            assert!(!is_json(text, 4), "{text}");
            assert!(yrs::Any::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_without_recursion() {
        assert!(is_json("[[[[1]]]]", 4));
        assert!(!is_json("[[[[[1]]]]]", 4));
        assert!(!is_json(&"[".repeat(1 << 20), 64));
    }
}
